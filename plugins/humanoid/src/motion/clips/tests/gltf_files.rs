//! glTF files: what other programs write, and what nobody should.

use std::path::Path;

use bevy::math::{DQuat, DVec3};
use kinema_core::gltf::GltfSource;
use kinema_export::gltf::{
    NodeContent, SceneSnapshot, SnapshotAnimation, SnapshotChannel, SnapshotNode, SnapshotSkin, write_glb,
};

use super::{
    super::{Clip, ClipError, Loaded, gltf},
    figures::{self, MAKE_HUMAN, person, walk},
};

/// A clip as a `.glb` file: below an armature that is turned and scaled, as exporters of z-up programs write it, in
/// centimetres.
fn glb(clip: &Clip, name: &str) -> Vec<u8> {
    let turn = DQuat::from_rotation_x(-std::f64::consts::FRAC_PI_2);
    let back = turn.inverse();
    let place = |v: DVec3| (back * v * 100.0).as_vec3().to_array();
    let node = |name: &str, parent, translation, content| SnapshotNode {
        name: name.to_owned(),
        parent,
        translation,
        rotation: [0.0, 0.0, 0.0, 1.0],
        scale: [1.0; 3],
        content,
    };
    let mut armature = node("Armature", None, [0.0; 3], NodeContent::Empty);
    (armature.rotation, armature.scale) = (turn.as_quat().to_array(), [0.01; 3]);
    let mut scene = SceneSnapshot { nodes: vec![armature], ..SceneSnapshot::default() };
    let times_secs = (0..clip.frames()).map(|frame| (frame as f64 / clip.rate_hz) as f32).collect();
    let mut animation = SnapshotAnimation { name: name.to_owned(), times_secs, channels: Vec::new() };
    for (joint, name) in clip.rest.names.iter().enumerate() {
        let parent = clip.rest.parent(joint).map_or(0, |parent| parent + 1);
        scene.nodes.push(node(name, Some(parent), place(clip.rest.offsets[joint]), NodeContent::Empty));
        let keys = (0..clip.frames()).map(|frame| {
            let rotation = clip.rotations[frame * clip.rest.len() + joint];
            (back * rotation * turn).as_quat().to_array()
        });
        animation.channels.push((joint + 1, SnapshotChannel::Rotation(keys.collect())));
    }
    let ways = clip.moves[0].1.iter().map(|&way| place(way)).collect();
    animation.channels.push((1, SnapshotChannel::Translation(ways)));
    let joints: Vec<usize> = (1..=clip.rest.len()).collect();
    let unit = [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0];
    let joint_from_mesh = vec![unit; joints.len()];
    scene.skins.push(SnapshotSkin { name: "body".to_owned(), joints, joint_from_mesh });
    // A prop that is no part of the skeleton.
    scene.nodes.push(node("Head", None, [9.0; 3], NodeContent::Empty));
    scene.animations.push(animation);
    write_glb(&scene).expect("a file")
}

fn read(bytes: &[u8], animation: Option<&str>) -> Result<Loaded, ClipError> {
    gltf::from_source(&GltfSource::from_bytes(Path::new("a.glb"), bytes)?, animation)
}

#[test]
fn every_convention_comes_through_a_gltf_file() {
    for convention in 0..figures::CONVENTIONS {
        let clip = walk(&person(convention), 12, 30.0, 1.0);
        let (plain, _) = figures::matched(Loaded { clip: clip.clone(), warnings: Vec::new() }, &person(MAKE_HUMAN))
            .expect("a person");
        let loaded = read(&glb(&clip, "walk"), None).expect("a valid file");
        assert_eq!(loaded.warnings, Vec::<String>::new());
        assert_eq!((loaded.clip.frames(), loaded.clip.rate_hz, loaded.clip.rest.len()), (12, 30.0, 22));
        let (other, warnings) = figures::matched(loaded, &person(MAKE_HUMAN)).expect("a person");
        assert_eq!(warnings, Vec::<String>::new(), "the armature has turned and scaled it already");
        for frame in 0..12 {
            let (a, b) = (plain.at(f64::from(frame) / 30.0), other.at(f64::from(frame) / 30.0));
            assert!(a.hips.distance(b.hips) < 1e-5, "{} {}", a.hips, b.hips);
            for (bone, (a, b)) in a.deltas.iter().zip(&b.deltas).enumerate() {
                let (a, b) = (a.unwrap_or(DQuat::IDENTITY), b.unwrap_or(DQuat::IDENTITY));
                assert!(a.angle_between(b) < 1e-5, "bone {bone} of frame {frame}");
            }
        }
    }
}

#[test]
fn an_animation_is_found_by_its_name() {
    let bytes = glb(&walk(&person(MAKE_HUMAN), 3, 30.0, 1.0), "walk");
    assert!(read(&bytes, Some("walk")).is_ok());
    let error = read(&bytes, Some("run")).expect_err("no such animation").to_string();
    assert_eq!(error, "a.glb: animations: there is no animation `run`; it has `walk`");
    let bare = br#"{"asset": {"version": "2.0"}, "nodes": [{"name": "a"}]}"#;
    let error = read(bare, None).expect_err("nothing moves").to_string();
    assert!(error.contains("no animation turns joints"), "{error}");
}

#[test]
fn nodes_that_run_in_circles_or_are_none_are_refused() {
    for (nodes, expected) in [
        (r#"[{"children": [1]}, {"children": [2]}, {"children": [1]}]"#, "hangs below two nodes"),
        (r#"[{"children": [1]}, {"children": [0]}]"#, "run in a circle"),
        (r#"[{"children": [0]}]"#, "below itself"),
        (r#"[{"scale": [1e39, 1, 1]}]"#, "a.glb: "),
        (r#"[]"#, "there is no skeleton"),
    ] {
        let text = format!(r#"{{"asset": {{"version": "2.0"}}, "nodes": {nodes}}}"#);
        let error = read(text.as_bytes(), None).expect_err(nodes).to_string();
        assert!(error.contains(expected), "{nodes}: {error}");
    }
}

#[test]
fn files_outside_of_the_folder_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("shot")).expect("a folder");
    std::fs::write(folder.path().join("secret.bin"), [0; 64]).expect("written");
    let file = folder.path().join("shot/a.gltf");
    for uri in ["../secret.bin", "/etc/passwd", "https://example.org/a.bin", "%2e%2e/secret.bin"] {
        let text = format!(r#"{{"asset": {{"version": "2.0"}}, "buffers": [{{"byteLength": 64, "uri": "{uri}"}}]}}"#);
        std::fs::write(&file, text).expect("written");
        let error = gltf::read(&file, None).expect_err(uri).to_string();
        assert!(error.contains("folder of the") || error.contains("fetched"), "{uri}: {error}");
    }
}

#[test]
fn splines_and_steps_are_sampled_as_gltf_says() {
    let value = |kind: &str| {
        let (zero, up) = ([0.0_f32; 3], [0.0, 4.0, 0.0]);
        let values = if kind == "CUBICSPLINE" { vec![zero, zero, zero, zero, up, zero] } else { vec![zero, up] };
        let turns = [[0.0_f32, 0.0, 0.0, 1.0]; 2];
        let numbers =
            [0.0_f32, 1.0].into_iter().chain(values.iter().flatten().copied()).chain(turns.into_iter().flatten());
        let bytes: Vec<u8> = numbers.flat_map(f32::to_le_bytes).collect();
        let length = values.len() * 12;
        let json = serde_json::json!({
            "asset": {"version": "2.0"},
            "nodes": [{"name": "hips"}],
            "buffers": [{"byteLength": bytes.len()}],
            "bufferViews": [
                {"buffer": 0, "byteOffset": 0, "byteLength": 8},
                {"buffer": 0, "byteOffset": 8, "byteLength": length},
                {"buffer": 0, "byteOffset": 8 + length, "byteLength": 32},
            ],
            "accessors": [
                {"bufferView": 0, "componentType": 5126, "count": 2, "type": "SCALAR", "min": [0.0], "max": [1.0]},
                {"bufferView": 1, "componentType": 5126, "count": values.len(), "type": "VEC3"},
                {"bufferView": 2, "componentType": 5126, "count": 2, "type": "VEC4"},
            ],
            "animations": [{
                "samplers": [{"input": 0, "output": 1, "interpolation": kind}, {"input": 0, "output": 2}],
                "channels": [
                    {"sampler": 0, "target": {"node": 0, "path": "translation"}},
                    {"sampler": 1, "target": {"node": 0, "path": "rotation"}},
                ],
            }],
        });
        let mut json = json.to_string().into_bytes();
        json.resize(json.len().next_multiple_of(4), b' ');
        let mut file = b"glTF\x02\0\0\0".to_vec();
        file.extend((12 + 8 + json.len() as u32 + 8 + bytes.len() as u32).to_le_bytes());
        file.extend((json.len() as u32).to_le_bytes());
        file.extend(b"JSON");
        file.extend(json);
        file.extend((bytes.len() as u32).to_le_bytes());
        file.extend(b"BIN\0");
        file.extend(bytes);
        let clip = read(&file, None).expect(kind).clip;
        clip.at(0.25).offsets[0].y
    };
    assert!((value("LINEAR") - 1.0).abs() < 1e-6);
    assert!(value("STEP").abs() < 1e-6);
    // The Hermite curve with level ends at a quarter of the way.
    assert!((value("CUBICSPLINE") - 4.0 * (3.0 * 0.0625 - 2.0 * 0.015_625)).abs() < 1e-6, "{}", value("CUBICSPLINE"));
}
