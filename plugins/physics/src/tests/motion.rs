//! Motion against the formulas of mechanics. Time step: 1/240 s.

use bevy::math::{Quat, Vec3};
use serde_json::json;

use super::{rigid, run_frames, shot, world};
use crate::RigidWorld;

const G: f64 = 9.81;
const DT_SECS: f64 = 1.0 / 240.0;

fn position(world: &RigidWorld, body: usize) -> Vec3 {
    Vec3::from_array(world.poses()[body].position_m)
}

fn speed(world: &RigidWorld, body: usize) -> Vec3 {
    Vec3::from_array(world.velocities()[body].linear_m_s)
}

fn floor(settings: serde_json::Value) -> serde_json::Value {
    let mut floor = json!({ "shape": "HalfSpace", "body": "Fixed" });
    for (name, value) in settings.as_object().expect("an object") {
        floor[name] = value.clone();
    }
    rigid("floor", [0.0; 3], [0.0; 3], floor)
}

#[test]
fn free_fall_matches_half_g_t_squared_up_to_the_order_of_the_integrator() {
    let shot = shot(
        60,
        json!([rigid("ball", [0.0, 100.0, 0.0], [0.0; 3], json!({ "shape": { "Ball": { "radius_m": 0.1 } } }))]),
    );
    let mut world = world(&shot);
    run_frames(&mut world, 60);
    let fallen = 100.0 - f64::from(position(&world, 0).y);
    let exact = 0.5 * G;
    // Semi-implicit Euler falls further by g t dt / 2; the engine's inner steps can only make that smaller.
    let error = fallen - exact;
    assert!((-1e-3..=0.5 * G * DT_SECS + 1e-3).contains(&error), "error {error}");
    assert!((f64::from(speed(&world, 0).y) + G).abs() < 1e-3);
}

#[test]
fn a_thrown_body_keeps_its_energy() {
    let settings = json!({
        "shape": { "Box": { "size_m": [0.3, 0.2, 0.1] } },
        "linear_velocity_m_s": [3.0, 8.0, 0.0],
        "angular_velocity_rad_s": [1.0, 6.0, 2.0],
    });
    let shot = shot(60, json!([rigid("box", [0.0; 3], [0.0; 3], settings)]));
    let mut world = world(&shot);
    let energy =
        |world: &RigidWorld| 0.5 * f64::from(speed(world, 0).length_squared()) + G * f64::from(position(world, 0).y);
    let start = energy(&world);
    run_frames(&mut world, 60);
    assert!((energy(&world) - start).abs() < 0.2, "{} then {}", start, energy(&world));
}

#[test]
fn a_bounce_returns_to_e_squared_of_the_height() {
    for restitution in [0.5_f64, 0.8] {
        let bouncy = json!({ "shape": { "Ball": { "radius_m": 0.1 } }, "restitution": restitution });
        let shot = shot(
            600,
            json!([floor(json!({ "restitution": restitution })), rigid("ball", [0.0, 2.1, 0.0], [0.0; 3], bouncy)]),
        );
        let mut world = world(&shot);
        while speed(&world, 1).y <= 0.0 {
            world.step().expect("a step");
        }
        let mut top = 0.0_f64;
        while speed(&world, 1).y > 0.0 {
            world.step().expect("a step");
            top = top.max(f64::from(position(&world, 1).y) - 0.1);
        }
        let expected = restitution * restitution * 2.0;
        assert!((top - expected).abs() < 0.04 * expected, "e {restitution}: {top} instead of {expected}");
    }
}

#[test]
fn a_box_slides_down_an_incline_exactly_when_the_slope_beats_friction() {
    let (friction, angle_deg) = (0.3_f64, 30.0_f64);
    let down = |angle_deg: f64, friction: f64| {
        let angle = angle_deg.to_radians();
        let tilt = [0.0, 0.0, -angle_deg];
        // The box rests on the slope: half its height along the normal.
        let normal = [angle.sin() * 0.1, angle.cos() * 0.1, 0.0];
        let slope =
            rigid("slope", [0.0; 3], tilt, json!({ "shape": "HalfSpace", "body": "Fixed", "friction": friction }));
        let block =
            json!({ "shape": { "Box": { "size_m": [0.4, 0.2, 0.4] } }, "friction": friction, "can_sleep": false });
        let shot = shot(60, json!([slope, rigid("block", normal, tilt, block)]));
        let mut world = world(&shot);
        let start = position(&world, 1);
        run_frames(&mut world, 60);
        f64::from((position(&world, 1) - start).dot(Quat::from_rotation_z(-(angle as f32)) * Vec3::X))
    };
    let angle = angle_deg.to_radians();
    let expected = 0.5 * G * (angle.sin() - friction * angle.cos());
    let slid = down(angle_deg, friction);
    assert!((slid - expected).abs() < 0.01 * expected, "slid {slid} m instead of {expected} m");
    let slope_of_friction_deg = friction.atan().to_degrees();
    assert!(down(slope_of_friction_deg - 2.0, friction).abs() < 1e-3);
    assert!(down(slope_of_friction_deg + 2.0, friction) > 0.05);
}

#[test]
fn a_small_pendulum_swings_with_the_period_of_its_length() {
    // A ball of radius r on a rod of length L: T = 2 pi sqrt((L + 0.4 r^2 / L) / g) for small angles.
    let (length, radius, start_deg) = (1.0_f64, 0.05_f64, 5.0_f64);
    let angle = start_deg.to_radians();
    let hook = rigid("hook", [0.0; 3], [0.0; 3], json!({ "shape": { "Ball": { "radius_m": 0.01 } }, "body": "Fixed" }));
    let bob = json!({ "shape": { "Ball": { "radius_m": radius } }, "can_sleep": false });
    let bob = rigid("bob", [length * angle.sin(), -length * angle.cos(), 0.0], [0.0, 0.0, start_deg], bob);
    for kind in [json!({ "Revolute": { "axis": [0.0, 0.0, 1.0] } }), json!("Ball")] {
        let joint = json!({ "id": "joint", "part": { "Joint": {
            "body_a": "hook", "body_b": "bob", "kind": kind, "anchor_b_m": [0.0, length, 0.0],
        } } });
        let shot = shot(600, json!([hook, bob, joint]));
        let mut world = world(&shot);
        let mut crossings = Vec::new();
        let mut before = position(&world, 1).x;
        while crossings.len() < 5 && world.completed_substeps() < 2400 {
            world.step().expect("a step");
            let now = position(&world, 1).x;
            if before > 0.0 && now <= 0.0 {
                let part = f64::from(before / (before - now));
                crossings.push((world.completed_substeps() as f64 - 1.0 + part) * DT_SECS);
            }
            before = now;
        }
        let period = (crossings[4] - crossings[0]) / 4.0;
        let effective = length + 0.4 * radius * radius / length;
        let exact = std::f64::consts::TAU * (effective / G).sqrt() * (1.0 + angle * angle / 16.0);
        assert!((period / exact - 1.0).abs() < 0.01, "{kind}: period {period} s instead of {exact} s");
        assert!((f64::from(position(&world, 1).length()) - length).abs() < 2e-3, "the rod stretched");
    }
}

#[test]
fn a_stack_of_ten_boxes_stands() {
    let mut parts = vec![floor(json!({}))];
    for level in 0..10 {
        let settings = json!({ "shape": { "Box": { "size_m": [0.2, 0.2, 0.2] } } });
        parts.push(rigid(&format!("box{level}"), [0.0, 0.1 + 0.2 * f64::from(level), 0.0], [0.0; 3], settings));
    }
    let shot = shot(300, json!(parts));
    let mut world = world(&shot);
    run_frames(&mut world, 300);
    for level in 0..10 {
        let place = position(&world, level + 1);
        let expected = Vec3::new(0.0, 0.1 + 0.2 * level as f32, 0.0);
        assert!(place.distance(expected) < 0.005, "box {level} is at {place}");
    }
}

#[test]
fn ropes_hold_springs_settle_and_motors_turn() {
    let hook =
        rigid("hook", [0.0, 5.0, 0.0], [0.0; 3], json!({ "shape": { "Ball": { "radius_m": 0.05 } }, "body": "Fixed" }));
    let weight = |y: f64| {
        rigid(
            "weight",
            [0.0, y, 0.0],
            [0.0; 3],
            json!({ "shape": { "Ball": { "radius_m": 0.1 } }, "mass_kg": 2.0, "linear_damping": 0.5, "can_sleep": false }),
        )
    };
    let joined = |kind: serde_json::Value, y: f64, frames: u32| {
        let joint =
            json!({ "id": "joint", "part": { "Joint": { "body_a": "hook", "body_b": "weight", "kind": kind } } });
        let shot = shot(frames, json!([hook, weight(y), joint]));
        let mut world = world(&shot);
        run_frames(&mut world, frames);
        world
    };
    let rope = joined(json!({ "Rope": { "length_m": 1.5 } }), 4.9, 300);
    assert!((position(&rope, 1).y - 3.5).abs() < 0.01, "rope: {}", position(&rope, 1));
    // At rest a spring is longer by m g / k.
    let spring =
        joined(json!({ "Spring": { "rest_length_m": 1.0, "stiffness_n_m": 100.0, "damping_n_s_m": 10.0 } }), 4.0, 600);
    let expected = 5.0 - 1.0 - 2.0 * G / 100.0;
    assert!((f64::from(position(&spring, 1).y) - expected).abs() < 0.01, "spring: {}", position(&spring, 1));
    let weld = joined(json!("Fixed"), 4.0, 60);
    assert!(position(&weld, 1).distance(Vec3::new(0.0, 4.0, 0.0)) < 5e-3);
    let wheel = joined(
        json!({ "Revolute": { "axis": [0.0, 1.0, 0.0], "motor": { "Speed": { "target_rad_s": 3.0 } } } }),
        5.0,
        120,
    );
    assert!((wheel.velocities()[1].angular_rad_s[1] - 3.0).abs() < 0.05, "{:?}", wheel.velocities()[1]);
    let servo = joined(
        json!({ "Prismatic": { "axis": [1.0, 0.0, 0.0], "motor": { "Servo": { "target_m": 0.4, "frequency_hz": 2.0 } } } }),
        5.0,
        180,
    );
    assert!((position(&servo, 1).x - 0.4).abs() < 0.01, "servo: {}", position(&servo, 1));
}
