//! Bakes: any frame without the ones before, damaged files made again, keys that know what matters.

use kinema_core::BakeStore;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{rigid, run_frames, shot, try_shot_in, world};
use crate::bake_file::{Stored, decode, encode};
use crate::bake_key::bake_key;
use crate::{PhysicsEvent, PhysicsScene, RigidBaker, TimedEvent, bake};

fn parts() -> Value {
    json!([
        rigid("floor", [0.0; 3], [0.0; 3], json!({ "shape": "HalfSpace", "body": "Fixed" })),
        rigid(
            "ball",
            [0.0, 1.0, 0.0],
            [0.0; 3],
            json!({ "shape": { "Ball": { "radius_m": 0.1 } }, "restitution": 0.5 })
        ),
        rigid(
            "block",
            [0.05, 1.5, 0.0],
            [10.0, 20.0, 30.0],
            json!({ "shape": { "Box": { "size_m": [0.2, 0.3, 0.4] } } })
        ),
    ])
}

fn store() -> (TempDir, BakeStore) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = BakeStore::new(folder.path().to_path_buf());
    (folder, store)
}

#[test]
fn a_stored_bake_gives_every_frame_in_any_order() {
    let (_folder, store) = store();
    let shot = shot(60, parts());
    let mut heard = Vec::new();
    let first = bake(&shot, &store, &mut |progress| heard.push(progress.frames_done)).expect("a bake");
    assert_eq!((first.dynamic_bodies, first.frames, first.simulated_substeps), (2, 61, 240));
    assert!(first.stored_bytes > 61 * 2 * 28);
    assert!(heard.is_sorted() && heard.last() == Some(&61));
    let second = bake(&shot, &store, &mut |_| {}).expect("a bake");
    assert_eq!((second.simulated_substeps, second.stored_bytes, second.key), (0, 0, first.key));

    let mut stored = RigidBaker::open(&shot, &store).expect("a bake");
    assert!(stored.is_complete());
    assert_eq!(stored.bake().part_indices(), [1, 2]);
    let mut stepped = world(&shot);
    let initial = stepped.poses()[1..].to_vec();
    run_frames(&mut stepped, 37);
    assert_eq!(stored.advance_to(37).expect("a frame"), &stepped.poses()[1..]);
    assert_eq!(stored.advance_to(-5).expect("a frame"), initial);
    assert_eq!(stored.advance_to(0).expect("a frame"), initial);
    run_frames(&mut stepped, 23);
    assert_eq!(stored.advance_to(1000).expect("a frame"), &stepped.poses()[1..]);
}

#[test]
fn an_unfinished_bake_simulates_only_what_is_needed() {
    let (_folder, store) = store();
    let shot = shot(60, parts());
    let mut baker = RigidBaker::open(&shot, &store).expect("a bake");
    baker.advance_to(10).expect("a frame");
    assert_eq!((baker.bake().frames(), baker.is_complete()), (11, false));
    assert_eq!(baker.store(&store).expect("nothing to do"), 0);
    assert!(!RigidBaker::open(&shot, &store).expect("a bake").is_complete());
    baker.advance_to(59).expect("a frame");
    assert!(baker.is_complete());
    assert!(baker.store(&store).expect("stored") > 0);
    assert!(RigidBaker::open(&shot, &store).expect("a bake").is_complete());
}

#[test]
fn a_longer_bake_serves_a_shorter_shot_and_not_the_other_way() {
    let (_folder, store) = store();
    bake(&shot(30, parts()), &store, &mut |_| {}).expect("a bake");
    let mut short = RigidBaker::open(&shot(20, parts()), &store).expect("a bake");
    assert!(short.is_complete());
    let last = short.advance_to(20).expect("a frame").to_vec();
    assert_eq!(short.advance_to(29).expect("a frame"), last);
    assert!(!RigidBaker::open(&shot(31, parts()), &store).expect("a bake").is_complete());
}

#[test]
fn a_bake_beyond_memory_is_refused_before_it_starts() {
    let (_folder, store) = store();
    let many: Vec<Value> = (0..101)
        .map(|index| {
            rigid(&format!("b{index}"), [0.0; 3], [0.0; 3], json!({ "shape": { "Ball": { "radius_m": 0.1 } } }))
        })
        .collect();
    let error = RigidBaker::open(&shot(1_000_000, json!(many)), &store).err().expect("too large").to_string();
    assert_eq!(error, "101 moving bodies over 1000000 frames are more than a bake holds; split the shot");
}

#[test]
fn damaged_bakes_are_simulated_again() {
    let (_folder, store) = store();
    let shot = shot(20, parts());
    let summary = bake(&shot, &store, &mut |_| {}).expect("a bake");
    let whole = store.get(&summary.key).expect("readable").expect("stored");
    let mut flipped = whole.clone();
    flipped[100] ^= 1;
    for damaged in [&flipped[..], &whole[..whole.len() - 1], &whole[..10], &[], b"something else entirely"] {
        store.put(&summary.key, damaged).expect("stored");
        let again = bake(&shot, &store, &mut |_| {}).expect("a bake");
        assert_eq!(again.simulated_substeps, 80);
        assert_eq!(store.get(&summary.key).expect("readable").as_deref(), Some(&whole[..]));
    }
}

#[test]
fn the_file_refuses_every_flipped_bit_and_every_length() {
    let mut stepped = world(&shot(3, parts()));
    let mut poses = stepped.poses();
    run_frames(&mut stepped, 1);
    poses.extend(stepped.poses());
    let events = vec![
        TimedEvent { substep: 3, event: PhysicsEvent::Entered { sensor: 1, body: 2 } },
        TimedEvent { substep: 4, event: PhysicsEvent::Left { sensor: 1, body: 2 } },
        TimedEvent { substep: 4, event: PhysicsEvent::Broke { joint: 7 } },
    ];
    let stored = Stored { frames: 2, poses, events };
    let bytes = encode("key", 3, &stored);
    assert_eq!(decode("key", 3, &bytes), Some(stored));
    assert!(decode("other", 3, &bytes).is_none() && decode("key", 2, &bytes).is_none());
    for index in 0..bytes.len() {
        assert!(decode("key", 3, &bytes[..index]).is_none());
        let mut flipped = bytes.clone();
        flipped[index] ^= 0x10;
        assert!(decode("key", 3, &flipped).is_none(), "byte {index}");
    }
}

#[test]
fn the_key_changes_with_what_moves_bodies_and_with_nothing_else() {
    let key = |parts: Value, tracks: Value, frames: u32| {
        let shot = try_shot_in(std::path::Path::new("."), frames, parts, tracks).expect("a valid shot");
        bake_key(&shot, &PhysicsScene::from_shot(&shot).expect("a scene"), &[], &[]).expect("a key")
    };
    let plain = key(parts(), json!([]), 10);
    assert_eq!(plain.len(), 64);
    let changed = |change: fn(&mut Value)| {
        let mut parts = parts();
        change(&mut parts);
        key(parts, json!([]), 10)
    };
    let same: [fn(&mut Value); 3] = [
        |parts| parts[2]["part"]["Rigid"]["surface"] = json!({ "base_color": [1.0, 0.0, 0.0] }),
        |parts| parts[2]["part"]["Rigid"]["shape"]["Box"]["bevel_m"] = json!(0.02),
        |parts| parts[2]["visible"] = json!(false),
    ];
    for change in same {
        assert_eq!(changed(change), plain);
    }
    assert_eq!(key(parts(), json!([{ "target": "ball/visible", "keys": [{ "frame": 0, "value": true }] }]), 99), plain);
    let different: [fn(&mut Value); 7] = [
        |parts| {
            parts.as_array_mut().expect("parts").push(json!({ "id": "ground", "part": { "PhysicsWorld": {} } }));
            parts[0]["parent"] = json!("ground");
        },
        |parts| parts[1]["part"]["Rigid"]["friction"] = json!(0.51),
        |parts| parts[1]["position"] = json!([0.0, 1.0001, 0.0]),
        |parts| parts[0]["rotation_deg"] = json!([0.0, 0.0, 1.0]),
        |parts| parts[2]["id"] = json!("brick"),
        |parts| parts[1]["part"]["Rigid"]["body"] = json!("Kinematic"),
        |parts| {
            parts
                .as_array_mut()
                .expect("parts")
                .push(json!({ "id": "w", "part": { "PhysicsWorld": { "gravity_m_s2": [0.0, -1.62, 0.0] } } }))
        },
    ];
    let mut keys: Vec<String> = different.into_iter().map(changed).collect();
    keys.push(plain);
    let mut kinematic = parts();
    kinematic[1]["part"]["Rigid"]["body"] = json!("Kinematic");
    let tracks =
        json!([{ "target": "ball/position/x", "keys": [{ "frame": 0, "value": 0.0 }, { "frame": 9, "value": 1.0 }] }]);
    keys.push(key(kinematic, tracks, 10));
    let count = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), count);
}
