//! Sensors and breaking joints: what is recorded, kept and read.

use kinema_core::BakeStore;
use serde_json::{Value, json};

use super::{rigid, run_frames, shot, try_shot_in, world};
use crate::{PhysicsEvent, RigidBaker, RigidWorld, bake};

fn gate(body: &str) -> Value {
    let settings = json!({ "shape": { "Box": { "size_m": [1.0, 1.0, 1.0] } }, "body": body, "sensor": true });
    rigid("gate", [0.0, 2.0, 0.0], [0.0; 3], settings)
}

fn ball() -> Value {
    rigid("ball", [0.0, 4.0, 0.0], [0.0; 3], json!({ "shape": { "Ball": { "radius_m": 0.1 } } }))
}

#[test]
fn a_ball_that_falls_through_a_sensor_is_seen_entering_and_leaving_on_time() {
    let shot = shot(90, json!([gate("Fixed"), ball()]));
    let mut world = world(&shot);
    run_frames(&mut world, 90);
    let seen: Vec<PhysicsEvent> = world.events().iter().map(|timed| timed.event).collect();
    assert_eq!(seen, [PhysicsEvent::Entered { sensor: 0, body: 1 }, PhysicsEvent::Left { sensor: 0, body: 1 }]);
    // Its lowest point reaches 2.5 m after 1.4 m of fall, its highest 1.5 m after 2.6 m.
    for (timed, fallen_m) in world.events().iter().zip([1.4_f64, 2.6]) {
        let secs = timed.substep as f64 / 240.0;
        assert!((secs - (2.0 * fallen_m / 9.81).sqrt()).abs() < 0.02, "{secs} s for {fallen_m} m");
    }
    // It was not slowed.
    assert!((world.velocities()[1].linear_m_s[1] + 9.81 * 1.5).abs() < 0.01);
}

#[test]
fn sensors_that_move_see_what_stands_still() {
    let wall = rigid(
        "wall",
        [3.0, 2.0, 0.0],
        [0.0; 3],
        json!({ "shape": { "Box": { "size_m": [1.0, 1.0, 1.0] } }, "body": "Fixed" }),
    );
    let tracks =
        json!([{ "target": "gate/position/x", "keys": [{ "frame": 0, "value": 0.0 }, { "frame": 60, "value": 6.0 }] }]);
    let shot =
        try_shot_in(std::path::Path::new("."), 60, json!([gate("Kinematic"), wall]), tracks).expect("a valid shot");
    let folder = tempfile::tempdir().expect("a folder");
    let store = BakeStore::new(folder.path().to_path_buf());
    bake(&shot, &store, &mut |_| {}).expect("a bake");
    let stored = RigidBaker::open(&shot, &store).expect("a bake");
    assert!(stored.is_complete(), "a shot without dynamic bodies is baked for its sensors");
    assert_eq!(stored.bake().events().len(), 2);
    assert_eq!(stored.bake().inside_at(30).into_iter().collect::<Vec<_>>(), [(0, 1)]);
    assert!(stored.bake().inside_at(5).is_empty() && stored.bake().inside_at(60).is_empty());
}

#[test]
fn a_bake_keeps_events_frame_by_frame_and_cuts_them_with_the_shot() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = BakeStore::new(folder.path().to_path_buf());
    let long = shot(90, json!([gate("Fixed"), ball()]));
    bake(&long, &store, &mut |_| {}).expect("a bake");
    let stored = RigidBaker::open(&long, &store).expect("a bake");
    let mut world = world(&long);
    run_frames(&mut world, 90);
    assert_eq!(stored.bake().events(), world.events());
    let mut again = Vec::new();
    for frame in -2..=91 {
        again.extend_from_slice(stored.bake().events_at(frame));
    }
    assert_eq!(again, world.events());
    let short = RigidBaker::open(&shot(40, json!([gate("Fixed"), ball()])), &store).expect("a bake");
    assert!(short.is_complete());
    assert_eq!(short.bake().events(), &world.events()[..1]);
}

fn hanging(mass_kg: f64, kind: Value, limits: Value) -> RigidWorld {
    let hook =
        rigid("hook", [0.0, 5.0, 0.0], [0.0; 3], json!({ "shape": { "Ball": { "radius_m": 0.05 } }, "body": "Fixed" }));
    let weight = json!({ "shape": { "Ball": { "radius_m": 0.1 } }, "mass_kg": mass_kg, "linear_damping": 0.5, "can_sleep": false });
    let mut joint = json!({ "body_a": "hook", "body_b": "weight", "kind": kind });
    for (name, value) in limits.as_object().expect("an object") {
        joint[name] = value.clone();
    }
    let joint = json!({ "id": "joint", "part": { "Joint": joint } });
    let shot = shot(300, json!([hook, rigid("weight", [0.0, 4.0, 0.0], [0.0; 3], weight), joint]));
    let mut world = world(&shot);
    run_frames(&mut world, 300);
    world
}

#[test]
fn joints_carry_the_weight_that_hangs_on_them() {
    let fixed = json!("Fixed");
    let rope = json!({ "Rope": { "length_m": 1.0 } });
    let spring = json!({ "Spring": { "rest_length_m": 0.8, "stiffness_n_m": 200.0, "damping_n_s_m": 20.0 } });
    for kind in [fixed, rope, spring] {
        let world = hanging(2.0, kind.clone(), json!({}));
        let (force_n, _) = world.joint_load(0).expect("it holds");
        assert!((force_n / (2.0 * 9.81) - 1.0).abs() < 0.02, "{kind}: {force_n} N");
    }
}

#[test]
fn joints_break_above_their_limit_and_not_below() {
    for kind in [json!("Fixed"), json!({ "Rope": { "length_m": 1.0 } })] {
        let holds = hanging(2.0, kind.clone(), json!({ "break_force_n": 30.0 }));
        assert!(holds.events().is_empty() && holds.poses()[1].position_m[1] > 3.9, "{kind}");
        let breaks = hanging(4.0, kind.clone(), json!({ "break_force_n": 30.0 }));
        assert_eq!(breaks.events().len(), 1, "{kind}");
        assert_eq!(breaks.events()[0].event, PhysicsEvent::Broke { joint: 2 });
        assert!(breaks.poses()[1].position_m[1] < 0.0 && breaks.joint_load(0).is_none(), "{kind}");
    }
    // A beam welded at its end: torque m g l/2.
    let beam = |limit: f64| {
        let wall = json!({ "shape": { "Ball": { "radius_m": 0.05 } }, "body": "Fixed" });
        let beam = json!({ "shape": { "Box": { "size_m": [2.0, 0.1, 0.1] } }, "mass_kg": 1.0, "can_sleep": false });
        let joint = json!({ "body_a": "wall", "body_b": "beam", "kind": "Fixed", "break_torque_n_m": limit });
        let parts = json!([
            rigid("wall", [0.0; 3], [0.0; 3], wall),
            rigid("beam", [1.0, 0.0, 0.0], [0.0; 3], beam),
            { "id": "joint", "part": { "Joint": joint } },
        ]);
        let shot = shot(60, parts);
        let mut world = world(&shot);
        run_frames(&mut world, 60);
        if let Some((force_n, torque_n_m)) = world.joint_load(0) {
            assert!(
                (force_n / 9.81 - 1.0).abs() < 0.02 && (torque_n_m / 9.81 - 1.0).abs() < 0.02,
                "{force_n} {torque_n_m}"
            );
        }
        world.events().len()
    };
    assert_eq!((beam(12.0), beam(8.0)), (0, 1));
}

#[test]
fn a_pendulum_pulls_on_its_hinge_with_weight_and_swing() {
    // Let go from 60°, at the bottom: m g (3 - 2 cos 60°) = 2 m g for a point; the ball itself turns with the rod.
    let ball = json!({ "shape": { "Ball": { "radius_m": 0.05 } }, "mass_kg": 2.0, "can_sleep": false });
    let hook = json!({ "shape": { "Ball": { "radius_m": 0.01 } }, "body": "Fixed" });
    let angle = 60_f64.to_radians();
    for kind in [json!("Ball"), json!({ "Revolute": { "axis": [0.3, 0.0, 1.0] } })] {
        let tilt = if kind == json!("Ball") { 0.0 } else { 0.3_f64 };
        // The hinge may be tilted: the ball then swings in the plane across it.
        let out = bevy::math::DVec3::new(1.0, 0.0, -tilt).normalize() * angle.sin();
        let place = [out.x, -angle.cos(), out.z];
        let joint =
            json!({ "body_a": "hook", "body_b": "bob", "kind": kind, "anchor_b_m": [-out.x, angle.cos(), -out.z] });
        let parts = json!([rigid("hook", [0.0; 3], [0.0; 3], hook.clone()), rigid("bob", place, [0.0; 3], ball.clone()),
            { "id": "joint", "part": { "Joint": joint } }]);
        let shot = shot(120, parts);
        let mut world = world(&shot);
        let mut most_n = 0.0_f32;
        for _ in 0..240 {
            world.step().expect("a step");
            most_n = most_n.max(world.joint_load(0).expect("it holds").0);
        }
        assert!((most_n / (2.0 * 2.0 * 9.81) - 1.0).abs() < 0.03, "{kind}: {most_n} N");
    }
}
