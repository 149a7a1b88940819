//! The same shot gives the same bits, also through a snapshot.

use kinema_core::Seed;
use serde_json::{Value, json};

use super::{rigid, shot, world};
use crate::RigidWorld;

/// A hundred bodies of every shape, two joints and a turning paddle, all falling into a heap.
fn tumble() -> Value {
    let mut seed = Seed(7);
    let mut number = move || f64::from(seed.unit_f32());
    let mut parts = vec![
        rigid("floor", [0.0; 3], [0.0; 3], json!({ "shape": "HalfSpace", "body": "Fixed" })),
        rigid(
            "paddle",
            [0.0, 0.4, 0.0],
            [0.0; 3],
            json!({ "shape": { "Box": { "size_m": [3.0, 0.2, 0.2] } }, "body": "Kinematic" }),
        ),
    ];
    for index in 0..100 {
        let size = 0.1 + 0.2 * number();
        let shape = match index % 4 {
            0 => json!({ "Box": { "size_m": [size, size * 0.7, size * 1.3] } }),
            1 => json!({ "Ball": { "radius_m": size * 0.5 } }),
            2 => json!({ "Capsule": { "radius_m": size * 0.3, "half_height_m": size * 0.4 } }),
            _ => {
                json!({ "Convex": { "points_m": [[0.0, 0.0, 0.0], [size, 0.0, 0.0], [0.0, size, 0.0], [0.0, 0.0, size]] } })
            }
        };
        let place = [2.0 * number() - 1.0, 0.8 + 0.1 * f64::from(index), 2.0 * number() - 1.0];
        let turn = [360.0 * number(), 360.0 * number(), 360.0 * number()];
        parts.push(rigid(
            &format!("body{index}"),
            place,
            turn,
            json!({ "shape": shape, "restitution": 0.3, "ccd": index % 10 == 0 }),
        ));
    }
    for (id, a, b) in [("chain", "body0", "body4"), ("chain2", "body4", "body8")] {
        parts.push(json!({ "id": id, "part": { "Joint": { "body_a": a, "body_b": b, "kind": { "Rope": { "length_m": 0.6 } } } } }));
    }
    json!(parts)
}

fn tumbling_world() -> RigidWorld {
    let tracks = json!([{ "target": "paddle/rotation_deg", "keys": [
        { "frame": 0, "value": [0.0, 0.0, 0.0] }, { "frame": 120, "value": [0.0, 720.0, 0.0] },
    ] }]);
    world(&super::try_shot_in(std::path::Path::new("."), 120, tumble(), tracks).expect("a valid shot"))
}

fn run(world: &mut RigidWorld, substeps: u64) -> String {
    for _ in 0..substeps {
        world.step().expect("a step");
    }
    world.state_sha256()
}

#[test]
fn two_runs_give_the_same_bits() {
    let (mut first, mut second) = (tumbling_world(), tumbling_world());
    let start = first.state_sha256();
    for _ in 0..6 {
        assert_eq!(run(&mut first, 80), run(&mut second, 80));
    }
    assert_ne!(first.state_sha256(), start);
}

#[test]
fn a_restored_snapshot_continues_with_the_same_bits() {
    let mut straight = tumbling_world();
    let total = 400;
    let expected = run(&mut straight, total);
    for round in 0..3_u64 {
        let at = 1 + Seed(round).next_u64() % (total - 1);
        let mut before = tumbling_world();
        run(&mut before, at);
        let snapshot = before.snapshot().expect("a snapshot");
        // Into a fresh world, and back into the one it came from after that has gone on.
        let mut fresh = tumbling_world();
        fresh.restore(&snapshot).expect("a snapshot");
        assert_eq!(fresh.completed_substeps(), at);
        assert_eq!(run(&mut fresh, total - at), expected, "restored at {at}");
        run(&mut before, 17);
        before.restore(&snapshot).expect("a snapshot");
        assert_eq!(run(&mut before, total - at), expected, "rewound to {at}");
    }
}

#[test]
fn damaged_snapshots_are_refused_and_change_nothing() {
    let mut world = tumbling_world();
    run(&mut world, 5);
    let snapshot = world.snapshot().expect("a snapshot");
    let state = world.state_sha256();
    let mut flipped = snapshot.clone();
    flipped[snapshot.len() / 2] ^= 1;
    let other = super::world(&shot(
        1,
        json!([rigid("ball", [0.0; 3], [0.0; 3], json!({ "shape": { "Ball": { "radius_m": 1.0 } } }))]),
    ));
    let foreign = other.snapshot().expect("a snapshot");
    for bad in [&snapshot[..snapshot.len() - 1], &snapshot[..20], &[], &flipped, &foreign] {
        assert!(world.restore(bad).is_err());
        assert_eq!(world.state_sha256(), state);
    }
}
