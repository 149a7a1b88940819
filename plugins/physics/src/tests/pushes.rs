//! What others do to bodies: impulses, and simulations that somebody else leads.

use bevy::math::DVec3;
use kinema_core::{BakeStore, SolidImpulse, SolidPlace};
use serde_json::json;

use super::{registry, rigid, run_frames, shot, world};
use crate::{RigidBaker, solids};

fn ball() -> serde_json::Value {
    rigid("ball", [0.0, 4.0, 0.0], [0.0; 3], json!({ "shape": { "Ball": { "radius_m": 0.1 } } }))
}

fn impulse(solid: usize, linear: [f64; 3], about_m: [f64; 3]) -> SolidImpulse {
    SolidImpulse {
        solid,
        linear_n_s: DVec3::from_array(linear),
        angular_n_m_s: DVec3::ZERO,
        about_m: DVec3::from_array(about_m),
    }
}

/// A minute of small impulses: what the body has is what it was given and what gravity gave.
#[test]
fn a_body_keeps_the_momentum_that_it_is_given() {
    let shot = shot(1, json!([ball()]));
    let mut world = world(&shot);
    let mass_kg = 1000.0 * 4.0 / 3.0 * std::f64::consts::PI * 0.1_f64.powi(3);
    let (substeps, dt_secs) = (240 * 60, 1.0 / 240.0);
    let (mut given, mut weight) = ([0.0; 3], 0.0);
    for step in 0..substeps {
        let phase = f64::from(step) * 0.37;
        let linear = [0.01 * phase.sin(), 9.81 * mass_kg * dt_secs * (1.0 + 0.1 * phase.cos()), 0.02 * phase.cos()];
        world.push(0, &impulse(0, linear, [0.0; 3]));
        for (sum, x) in given.iter_mut().zip(linear) {
            *sum += x;
        }
        weight += 9.81 * mass_kg * dt_secs;
        world.step().expect("a step");
    }
    let velocity = world.velocities()[0].linear_m_s.map(f64::from);
    let rest = [0, 1, 2].map(|k| velocity[k] * mass_kg - given[k] + if k == 1 { weight } else { 0.0 });
    let drift = rest.iter().map(|x| x * x).sum::<f64>().sqrt() / weight;
    assert!(drift < 1e-6, "{drift:e}");
}

#[test]
fn an_impulse_beside_the_centre_turns_and_fixed_bodies_stay() {
    let fixed = rigid(
        "wall",
        [0.0, -5.0, 0.0],
        [0.0; 3],
        json!({ "shape": { "Box": { "size_m": [1.0, 1.0, 1.0] } }, "body": "Fixed" }),
    );
    let free = rigid(
        "box",
        [1.0, 2.0, 3.0],
        [0.0; 3],
        json!({ "shape": { "Box": { "size_m": [0.2, 0.2, 0.2] } }, "gravity_scale": 0.0 }),
    );
    let shot = shot(1, json!([fixed, free]));
    let mut world = world(&shot);
    // 2 N s along +y, 0.1 m beside the centre along x: 0.2 N m s about z. The box: 8 kg, 8 * 0.04 / 6 kg m2.
    for body in [0, 1, 7] {
        world.push(body, &impulse(body, [0.0, 2.0, 0.0], [1.1, 2.0, 3.0]));
    }
    let [wall, moved] = [0, 1].map(|body| world.velocities()[body]);
    assert_eq!(wall.linear_m_s, [0.0; 3]);
    assert!((moved.linear_m_s[1] - 0.25).abs() < 1e-5, "{moved:?}");
    assert!((moved.angular_rad_s[2] - 0.2 / (8.0 * 0.04 / 6.0)).abs() < 1e-3, "{moved:?}");
}

#[test]
fn whoever_joins_leads_and_without_impulses_nothing_differs() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = BakeStore::new(folder.path());
    let parts =
        || json!([ball(), rigid("floor", [0.0; 3], [0.0; 3], json!({ "shape": "HalfSpace", "body": "Fixed" }))]);
    let alone = shot(3, parts());
    let mut world = world(&alone);
    let mut registry = registry();
    registry.register_solids(solids::open_solids);
    let text = kinema_core::shot_to_json(&alone.shot).expect("a document");
    let load = || {
        let read = kinema_core::parse_shot(
            text.as_bytes(),
            std::path::Path::new("a.json"),
            kinema_core::Format::Json,
            &registry,
        );
        std::sync::Arc::new(read.expect("a shot"))
    };
    let shot = load();
    let mut sources = shot.solids(&store).expect("solids");
    let [before, start] = [0, 0].map(|_| sources[0].places(0).expect("places"));
    assert_eq!(before, start);
    let solids = sources[0].yielding().expect("a ball gives way");
    assert!(!solids.join("cloth").expect("a bake"), "nothing is kept yet");
    let mut places = Vec::new();
    for _ in 0..3 * 4 {
        places = solids.step(&[]).expect("a step");
    }
    run_frames(&mut world, 3);
    let SolidPlace::Pose { translation_m, .. } = &places[0] else { panic!("a ball has a pose") };
    assert_eq!(translation_m.to_array(), world.poses()[0].position_m);
    // All of it is kept, for this leader and no other.
    let known = |by: &str| RigidBaker::open(&load(), &store).expect("a bake").join(by, &store);
    assert!(known("cloth") && !known("other"));
    assert!(!RigidBaker::open(&load(), &store).expect("a bake").is_complete(), "alone it was never simulated");
}
