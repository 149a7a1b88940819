//! Absurd worlds: a named error, or a result that stays within bounds.

use std::path::Path;
use std::sync::Arc;

use bevy::math::Vec3;
use kinema_core::{Format, LoadedShot, parse_shot};
use serde_json::{Value, json};

use super::{registry, rigid, run_frames, shot, try_shot_in, world};
use crate::{Joint, RigidWorld};

fn floor() -> Value {
    rigid("floor", [0.0; 3], [0.0; 3], json!({ "shape": "HalfSpace", "body": "Fixed" }))
}

fn refused(parts: Value) -> String {
    try_shot_in(Path::new("."), 1, parts, json!([])).expect_err("an impossible shot").to_string()
}

/// Runs `parts` and returns the farthest that a body came from the origin, metres, and the highest speed, m/s.
fn extremes(parts: Value, frames: u32) -> (f32, f32) {
    let shot = shot(frames, parts);
    let mut world = world(&shot);
    let (mut farthest, mut fastest) = (0.0_f32, 0.0_f32);
    for _ in 0..frames {
        world.step_frame().expect("a step");
        for (pose, velocity) in world.poses().iter().zip(world.velocities()) {
            farthest = farthest.max(Vec3::from_array(pose.position_m).length());
            fastest = fastest.max(Vec3::from_array(velocity.linear_m_s).length());
        }
    }
    assert!(farthest.is_finite() && fastest.is_finite());
    (farthest, fastest)
}

#[test]
fn a_mass_of_nothing_is_refused_and_next_to_nothing_is_simulated() {
    let ball = |settings: Value| {
        let mut ball = json!({ "shape": { "Ball": { "radius_m": 0.1 } } });
        for (name, value) in settings.as_object().expect("an object") {
            ball[name] = value.clone();
        }
        ball
    };
    for field in ["mass_kg", "density_kg_m3"] {
        for value in [0.0, -1.0] {
            let error = refused(json!([rigid("ball", [0.0; 3], [0.0; 3], ball(json!({ field: value })))]));
            assert!(error.contains(&format!("parts[0].part.Rigid.{field}")), "{error}");
        }
    }
    // A feather of a microgram under an anvil of a thousand tonnes, and a speck of 1e-15 kg in water.
    let heavy = rigid("anvil", [0.0, 0.35, 0.0], [0.0; 3], ball(json!({ "mass_kg": 1e6 })));
    let light = rigid("feather", [0.0, 0.1, 0.0], [0.0; 3], ball(json!({ "mass_kg": 1e-6 })));
    let (farthest, fastest) = extremes(json!([floor(), light, heavy]), 120);
    assert!(farthest < 20.0 && fastest < 20.0, "{farthest} m, {fastest} m/s");
    let speck = json!({ "shape": { "Box": { "size_m": [1e-4, 1e-4, 1e-4] } }, "density_kg_m3": 0.001 });
    let water = json!({ "id": "water", "part": { "Fluid": {} } });
    let (farthest, fastest) = extremes(json!([water, rigid("speck", [0.0, -0.5, 0.0], [0.0; 3], speck)]), 60);
    assert!(farthest <= 500.0 && fastest <= 400.0, "{farthest} m, {fastest} m/s");
}

#[test]
fn the_stiffest_springs_motors_and_drags_stay_calm() {
    let hook = rigid("hook", [0.0; 3], [0.0; 3], json!({ "shape": { "Ball": { "radius_m": 0.01 } }, "body": "Fixed" }));
    let weight = json!({ "shape": { "Ball": { "radius_m": 0.05 } }, "mass_kg": 0.001, "can_sleep": false });
    for kind in [
        json!({ "Spring": { "rest_length_m": 1.0, "stiffness_n_m": 1e9, "damping_n_s_m": 1e9 } }),
        json!({ "Spring": { "rest_length_m": 1.0, "stiffness_n_m": 1e9 } }),
        json!({ "Prismatic": { "axis": [1.0, 0.0, 0.0], "motor": { "Servo": { "target_m": 1.0, "frequency_hz": 100.0 } } } }),
    ] {
        let joint =
            json!({ "id": "joint", "part": { "Joint": { "body_a": "hook", "body_b": "weight", "kind": kind } } });
        let weight = rigid("weight", [0.0, -0.5, 0.0], [0.0; 3], weight.clone());
        let (farthest, _) = extremes(json!([hook, weight, joint]), 120);
        assert!(farthest < 3.0, "{kind}: {farthest} m");
    }
    // A sheet of a milligram in a hurricane, with the highest drag there is, and in syrup as dense as osmium.
    let sheet = json!({ "shape": { "Box": { "size_m": [1.0, 0.01, 1.0] } }, "mass_kg": 1e-6, "air_drag": { "coefficient": 100.0 } });
    let wind =
        json!({ "id": "wind", "part": { "Wind": { "flow": { "Uniform": { "velocity_m_s": [60.0, 0.0, 0.0] } } } } });
    let (_, fastest) = extremes(json!([wind, rigid("sheet", [0.0; 3], [0.0, 0.0, 30.0], sheet)]), 120);
    assert!(fastest < 130.0, "{fastest} m/s");
    let syrup = json!({ "id": "syrup", "part": { "Fluid": { "density_kg_m3": 22_000.0, "drag_coefficient": 100.0 } } });
    let stone = json!({ "shape": { "Box": { "size_m": [0.3, 0.3, 0.3] } }, "density_kg_m3": 2500.0,
        "linear_velocity_m_s": [0.0, -300.0, 0.0], "angular_velocity_rad_s": [500.0, 0.0, 300.0] });
    let (farthest, fastest) = extremes(json!([syrup, rigid("stone", [0.0, 1.0, 0.0], [0.0; 3], stone)]), 240);
    assert!(farthest < 10.0 && fastest < 320.0, "{farthest} m, {fastest} m/s");
}

fn with_timeline(timeline: &str, parts: &Value) -> Result<Arc<LoadedShot>, String> {
    let text = format!(
        r#"{{ "schema": 1, "timeline": {timeline}, "output": {{ "width": 8, "height": 8 }}, "parts": {parts} }}"#
    );
    parse_shot(text.as_bytes(), Path::new("a.json"), Format::Json, &registry())
        .map(Arc::new)
        .map_err(|error| error.to_string())
}

#[test]
fn a_step_that_is_too_long_is_refused_with_the_number_of_substeps_that_is_enough() {
    let stack: Vec<Value> = (0..5)
        .map(|level| {
            let place = [0.0, 0.1 + 0.2 * f64::from(level), 0.0];
            rigid(&format!("box{level}"), place, [0.0; 3], json!({ "shape": { "Box": { "size_m": [0.2, 0.2, 0.2] } } }))
        })
        .chain([floor()])
        .collect();
    let error = with_timeline(r#"{ "rate": "1/1", "frames": 5, "substeps": 1 }"#, &json!(stack)).expect_err("1 s");
    assert!(
        error.contains("this frame rate needs 10 substeps") && error.contains("raise timeline.substeps"),
        "{error}"
    );
    let slow = with_timeline(r#"{ "rate": "1/1", "frames": 5, "substeps": 10 }"#, &json!(stack)).expect("0.1 s");
    let mut world = RigidWorld::from_shot(&slow).expect("a world");
    run_frames(&mut world, 5);
    for pose in &world.poses()[..5] {
        assert!(Vec3::from_array(pose.position_m).length() < 3.0, "{pose:?}");
    }
}

#[test]
fn numbers_that_are_none_never_reach_the_engine() {
    for bad in ["NaN", "inf", "1e400"] {
        let text = format!(
            r#"(schema: 1, timeline: (rate: "24/1", frames: 2), output: (width: 8, height: 8),
            parts: [(id: "a", part: Rigid(shape: Ball(radius_m: 1), body: Kinematic))],
            tracks: [(target: "a/position/x", keys: [(frame: 0, value: 0), (frame: 1, value: {bad})])])"#
        );
        assert!(parse_shot(text.as_bytes(), Path::new("a.shot.ron"), Format::Ron, &registry()).is_err(), "{bad}");
    }
    // A program may change a loaded shot.
    let paddle =
        rigid("paddle", [0.0; 3], [0.0; 3], json!({ "shape": { "Ball": { "radius_m": 1.0 } }, "body": "Kinematic" }));
    let water = json!({ "id": "water", "part": { "Fluid": {} } });
    let ball = rigid("ball", [0.0, 5.0, 0.0], [0.0; 3], json!({ "shape": { "Ball": { "radius_m": 1.0 } } }));
    let good = shot(2, json!([paddle, water, ball]));
    for (part, id) in [(0, "paddle"), (1, "water")] {
        let mut bad = (*good).clone();
        bad.shot.parts[part].position[1] = f32::NAN;
        let error =
            RigidWorld::from_shot(&Arc::new(bad)).and_then(|mut world| world.step()).expect_err("NaN").to_string();
        assert!(error.starts_with(&format!("part `{id}`: its place at frame 0")), "{error}");
    }
}

#[test]
fn bodies_that_start_inside_each_other_come_apart_without_an_explosion() {
    let pair = |index: u32, x: f64| {
        let settings = json!({ "shape": { "Box": { "size_m": [0.4, 0.4, 0.4] } } });
        rigid(&format!("pair{index}"), [x, 0.2, 0.0], [0.0; 3], settings)
    };
    let (farthest, fastest) = extremes(json!([floor(), pair(0, -0.05), pair(1, 0.05)]), 240);
    assert!(farthest < 2.0 && fastest < 4.0, "{farthest} m, {fastest} m/s");
    // Thirty in one place, half in the floor: each pushes its neighbour at the engine's 3 m/s at most.
    let mut parts = vec![floor()];
    for index in 0..30 {
        let settings = json!({ "shape": { "Box": { "size_m": [0.3, 0.3, 0.3] } } });
        parts.push(rigid(&format!("box{index}"), [0.0, 0.1, 0.001 * f64::from(index)], [0.0; 3], settings));
    }
    let (farthest, fastest) = extremes(json!(parts), 240);
    assert!(farthest < 100.0 && fastest < 45.0, "{farthest} m, {fastest} m/s");
}

#[test]
fn a_motor_target_without_a_motor_changes_nothing() {
    let mut joint = Joint {
        body_a: "a".into(),
        body_b: "b".into(),
        kind: crate::JointKind::Ball,
        anchor_a_m: [0.0; 3],
        anchor_b_m: [0.0; 3],
        contacts: false,
        break_force_n: None,
        break_torque_n_m: None,
    };
    let before = joint.clone();
    joint.set_motor_target(5.0);
    assert_eq!(joint, before);
}
