//! What a document may not say.

use std::path::Path;

use kinema_core::{Diagnostic, Format, PartRegistry, parse_shot};
use serde_json::{Value, json};

use super::{rigid, shot, try_shot_in};
use crate::{PhysicsScene, PhysicsWorld, RigidWorld};

fn ball(id: &str, body: &str) -> Value {
    rigid(id, [0.0, 1.0, 0.0], [0.0; 3], json!({ "shape": { "Ball": { "radius_m": 0.1 } }, "body": body }))
}

fn scene_errors(parts: Value, tracks: Value) -> Vec<Diagnostic> {
    try_shot_in(Path::new("."), 10, parts, tracks).expect_err("the parts do not fit together").0
}

fn scene_error(parts: Value, tracks: Value) -> String {
    let errors = scene_errors(parts, tracks);
    assert!(errors.len() == 1 && errors[0].line == 1 && errors[0].column > 1, "{errors:?}");
    format!("{}: {}; {}", errors[0].at, errors[0].message, errors[0].help.as_deref().unwrap_or_default())
}

fn check_error(settings: Value) -> String {
    let parts = json!([rigid("body", [0.0; 3], [0.0; 3], settings)]);
    try_shot_in(Path::new("."), 10, parts, json!([])).expect_err("an impossible part").to_string()
}

#[test]
fn parts_that_do_not_fit_together_are_named() {
    let child = |mut part: Value, parent: &str| {
        part["parent"] = json!(parent);
        part
    };
    let moves = |target: &str| json!([{ "target": target, "keys": [{ "frame": 0, "value": 0.0 }, { "frame": 5, "value": 1.0 }] }]);
    let error = scene_error(json!([ball("a", "Fixed"), child(ball("b", "Dynamic"), "a")]), json!([]));
    assert_eq!(
        error,
        "parts[1].parent: a dynamic body moves by itself, but its parent is `a`; remove `parent`, or set `body: Kinematic`"
    );
    let error = scene_error(json!([ball("a", "Dynamic"), child(ball("b", "Kinematic"), "a")]), json!([]));
    assert!(error.starts_with("parts[1].parent: it hangs below `a`"), "{error}");
    for body in ["Dynamic", "Fixed"] {
        let error = scene_error(json!([ball("a", body)]), moves("a/position/x"));
        assert!(error.contains("the track `a/position/x` moves a body that is not kinematic"), "{error}");
    }
    let error = scene_error(json!([ball("a", "Kinematic")]), moves("a/scale/x"));
    assert!(error.contains("scales a rigid body"), "{error}");
    let joint =
        |a: &str, b: &str| json!({ "id": "j", "part": { "Joint": { "body_a": a, "body_b": b, "kind": "Ball" } } });
    let error = scene_error(json!([ball("a", "Fixed"), ball("b", "Kinematic"), joint("a", "b")]), json!([]));
    assert!(error.contains("neither of its bodies is dynamic"), "{error}");
    let earth = |id: &str| json!({ "id": id, "part": { "PhysicsWorld": {} } });
    let error = scene_error(json!([earth("w"), earth("v")]), json!([]));
    assert!(error.contains("`w` already sets the physical world"), "{error}");
    assert!(
        PhysicsScene::from_shot(&shot(1, json!([child(ball("b", "Kinematic"), "a"), ball("a", "Kinematic")]))).is_ok()
    );
}

#[test]
fn everything_that_does_not_fit_is_reported_at_once() {
    let earth = |id: &str| json!({ "id": id, "part": { "PhysicsWorld": {} } });
    let joint = json!({ "id": "j", "part": { "Joint": { "body_a": "a", "body_b": "b", "kind": "Ball" } } });
    let errors =
        scene_errors(json!([earth("w"), ball("a", "Fixed"), ball("b", "Fixed"), joint, earth("v")]), json!([]));
    let places: Vec<&str> = errors.iter().map(|error| error.at.as_str()).collect();
    assert_eq!(places, ["parts[3].part.Joint", "parts[4].part"]);
}

#[test]
fn a_shot_that_skipped_the_check_is_refused_by_the_simulation() {
    let mut registry = PartRegistry::default();
    registry.register::<PhysicsWorld>();
    let text = r#"{ "schema": 1, "timeline": { "rate": "24/1", "frames": 1 }, "output": { "width": 8, "height": 8 },
        "parts": [{ "id": "w", "part": { "PhysicsWorld": {} } }, { "id": "v", "part": { "PhysicsWorld": {} } }] }"#;
    let shot = parse_shot(text.as_bytes(), Path::new("two.json"), Format::Json, &registry).expect("no rule registered");
    let error = PhysicsScene::from_shot(&shot).expect_err("two worlds").to_string();
    assert_eq!(error, "part `v`: `w` already sets the physical world; keep one PhysicsWorld part");
}

#[test]
fn impossible_values_are_refused_by_the_check() {
    for (settings, part_of_message) in [
        (json!({ "shape": { "Box": { "size_m": [1.0, 0.0, 1.0] } } }), "size_m"),
        (json!({ "shape": { "Ball": { "radius_m": -1.0 } } }), "radius_m"),
        (json!({ "shape": { "Ball": { "radius_m": 1.0 } }, "density_kg_m3": 0.0 }), "density_kg_m3"),
        (json!({ "shape": { "Ball": { "radius_m": 1.0 } }, "density_kg_m3": 1.0, "mass_kg": 1.0 }), "keep one of them"),
        (json!({ "shape": { "Ball": { "radius_m": 1.0 } }, "restitution": 1.5 }), "restitution"),
        (
            json!({ "shape": { "Ball": { "radius_m": 1.0 } }, "linear_velocity_m_s": [1e9, 0.0, 0.0] }),
            "linear_velocity_m_s",
        ),
        (
            json!({ "shape": { "Ball": { "radius_m": 1.0 } }, "body": "Fixed", "linear_velocity_m_s": [1.0, 0.0, 0.0] }),
            "only dynamic",
        ),
        (json!({ "shape": "HalfSpace" }), "half-space"),
        (json!({ "shape": { "Convex": { "points_m": [[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]] } } }), "one plane"),
        (json!({ "shape": { "Convex": { "points_m": [[0, 0, 0], [1, 0, 0], [0, 1, 0]] } } }), "points_m"),
        (json!({ "shape": { "Mesh": { "file": "../outside.glb" } } }), "outside.glb"),
        (json!({ "shape": { "Ball": { "radius_m": 1.0, "radius": 2.0 } } }), "radius"),
    ] {
        let message = check_error(settings);
        assert!(message.contains(part_of_message), "{part_of_message}: {message}");
    }
}

#[test]
fn joints_are_checked() {
    let error = |settings: Value| {
        let joint = json!({ "id": "j", "part": { "Joint": settings } });
        let parts = json!([ball("a", "Dynamic"), ball("b", "Dynamic"), joint]);
        try_shot_in(Path::new("."), 10, parts, json!([])).expect_err("an impossible joint").to_string()
    };
    for (settings, part_of_message) in [
        (json!({ "body_a": "a", "body_b": "a", "kind": "Ball" }), "to itself"),
        (json!({ "body_a": "a", "body_b": "c", "kind": "Ball" }), "`c`"),
        (json!({ "body_a": "a", "body_b": "b", "kind": { "Revolute": { "axis": [0.0, 0.0, 0.0] } } }), "no direction"),
        (
            json!({ "body_a": "a", "body_b": "b", "kind": { "Prismatic": { "axis": [1, 0, 0], "limits_m": [1.0, -1.0] } } }),
            "above the upper",
        ),
        (json!({ "body_a": "a", "body_b": "b", "kind": { "Rope": { "length_m": 0.0 } } }), "length_m"),
    ] {
        let message = error(settings);
        assert!(message.contains(part_of_message), "{part_of_message}: {message}");
    }
}

#[test]
fn scales_shape_colliders_or_are_refused() {
    let scaled = |shape: Value, scale: [f64; 3]| {
        let mut part = rigid("body", [0.0, 1.0, 0.0], [0.0; 3], json!({ "shape": shape, "can_sleep": false }));
        part["scale"] = json!(scale);
        let floor = rigid("floor", [0.0; 3], [0.0; 3], json!({ "shape": "HalfSpace", "body": "Fixed" }));
        let shot = shot(120, json!([floor, part]));
        RigidWorld::from_shot(&shot).map(|mut world| {
            super::run_frames(&mut world, 120);
            world.poses()[1].position_m[1]
        })
    };
    let rest = scaled(json!({ "Box": { "size_m": [1.0, 0.2, 1.0] } }), [1.0, 3.0, 1.0]).expect("a box");
    assert!((rest - 0.3).abs() < 5e-3, "{rest}");
    let rest = scaled(json!({ "Ball": { "radius_m": 0.1 } }), [2.0, 2.0, 2.0]).expect("a ball");
    assert!((rest - 0.2).abs() < 5e-3, "{rest}");
    let uneven = scaled(json!({ "Ball": { "radius_m": 0.1 } }), [1.0, 2.0, 1.0]).expect_err("an ellipsoid").to_string();
    assert!(uneven.contains("differs between directions"), "{uneven}");
    let mirrored =
        scaled(json!({ "Ball": { "radius_m": 0.1 } }), [-1.0, 1.0, 1.0]).expect_err("inside out").to_string();
    assert!(mirrored.contains("not above zero"), "{mirrored}");
}

#[test]
fn unlucky_hulls_are_errors_and_never_panics() {
    let mut seed = kinema_core::Seed(3);
    for round in 0..300 {
        let count = 4 + round % 12;
        let grain = [1.0, 1e-3, 1e-5][round % 3];
        let mut number = || (seed.unit_f32() * 4.0).round() / 4.0 + grain * seed.unit_f32();
        let points: Vec<[f32; 3]> = (0..count).map(|_| [number(), number(), number()]).collect();
        let shape = crate::Shape::Convex { points_m: points };
        if let Ok(shape) = crate::colliders::collision_shape(&shape, [1.0; 3], None) {
            assert!(shape.mass_properties(1.0).mass().is_finite());
        }
    }
}

#[test]
fn parts_are_written_in_ron_and_survive_a_round_trip() {
    let text = r#"(
        schema: 1,
        timeline: (rate: "24/1", frames: 2),
        output: (width: 64, height: 64),
        parts: [
            (id: "floor", part: Rigid(shape: HalfSpace, body: Fixed)),
            (id: "ball", position: (0, 1, 0), part: Rigid(shape: Ball(radius_m: 0.2), mass_kg: 2, restitution: 0.5)),
            (id: "die", part: Rigid(shape: Box(size_m: (0.2, 0.2, 0.2)), surface: (base_color: (0.8, 0.1, 0.1), metallic: 1))),
            (id: "hinge", part: Joint(body_a: "ball", body_b: "die", kind: Revolute(
                axis: (0, 1, 0), limits_deg: (-90, 90), motor: Servo(target_deg: 30, frequency_hz: 2)))),
            (id: "moon", part: PhysicsWorld(gravity_m_s2: (0, -1.62, 0))),
        ],
    )"#;
    let parse = |text: &str| {
        kinema_core::parse_shot(text.as_bytes(), Path::new("a.shot.ron"), kinema_core::Format::Ron, &super::registry())
    };
    let first = parse(text).unwrap_or_else(|error| panic!("{error}"));
    let ball = first.shot.parts[1].part.get::<crate::Rigid>().expect("a body");
    assert_eq!((ball.mass_kg, ball.density_kg_m3, ball.friction), (Some(2.0), None, None));
    let again = parse(&kinema_core::shot_to_ron(&first.shot).expect("text")).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(again.shot, first.shot);
}

#[test]
fn everything_there_is_can_be_written_in_ron_and_survives_a_round_trip() {
    let text = r#"(
        schema: 1,
        timeline: (rate: "24/1", frames: 2),
        output: (width: 64, height: 64),
        parts: [
            (id: "ice", part: PhysicsMaterial(friction: 0.05, friction_rule: Min, pairs: [(with: "ice", friction: 0.02, restitution: 0.1)])),
            (id: "hills", part: Rigid(shape: Terrain(size_m: (4, 4), heights: Numbers(columns: 2, heights_m: [0, 1, 0, 1])), body: Fixed)),
            (id: "dumbbell", position: (0, 3, 0), part: Rigid(
                shape: Compound(pieces: [(shape: Ball(radius_m: 0.2)), (shape: Box(size_m: (0.1, 0.1, 1)), rotation_deg: (0, 90, 0))]),
                material: "ice", restitution: 0.3, air_drag: (coefficient: 0.5, area_m2: 0.2))),
            (id: "gate", part: Rigid(shape: Box(size_m: (1, 1, 1)), body: Fixed, sensor: true)),
            (id: "lake", part: Fluid(density_kg_m3: 1025, size_m: (10, 10), depth_m: 2, flow_m_s: (1, 0, 0))),
            (id: "breeze", part: Wind(flow: Gusty(velocity_m_s: (3, 0, 0), gust_m_s: 1, length_m: 4, seed: 7), strength: 0.5)),
            (id: "neck", part: Joint(body_a: "hills", body_b: "dumbbell", break_force_n: 100, break_torque_n_m: 5,
                kind: ConeTwist(axis: (0, 1, 0), swing_deg: 40, twist_deg: 20))),
            (id: "mars", part: PhysicsWorld(gravity_m_s2: (0, -3.71, 0), air_density_kg_m3: 0.02)),
        ],
        tracks: [(target: "breeze/strength", keys: [(frame: 0, value: 0), (frame: 1, value: 1)])],
    )"#;
    let parse = |text: &str| {
        kinema_core::parse_shot(text.as_bytes(), Path::new("a.shot.ron"), kinema_core::Format::Ron, &super::registry())
            .unwrap_or_else(|error| panic!("{error}"))
    };
    let first = parse(text);
    let again = parse(&kinema_core::shot_to_ron(&first.shot).expect("text"));
    assert_eq!(again.shot, first.shot);
    let mut world = RigidWorld::from_shot(&std::sync::Arc::new(first)).expect("a world");
    super::run_frames(&mut world, 2);
}

#[test]
fn the_schema_uses_only_what_loading_enforces() {
    let schema = kinema_core::shot_schema(&super::registry());
    assert!(kinema_core::unenforced_schema_keywords(&schema).is_empty());
    let text = schema.to_string();
    for unit in ["metres", "kg/m³", "radians per second"] {
        assert!(text.contains(unit), "{unit} is not documented");
    }
}

#[test]
fn errors_are_small_enough_to_pass_by_value() {
    assert!(size_of::<crate::PhysicsError>() <= 128, "{}", size_of::<crate::PhysicsError>());
}
