//! The exported person, read by another reader and moved by glTF's rules.

use bevy::math::{DMat4, DQuat, DVec3, DVec4, Vec3};
use kinema_core::{FrameRate, Seed};

use super::{PersonExportError, attached, export_person_glb, parts};
use crate::{anny::catalogue::FACIAL_ACTIONS, figure::Figure, settings::Human, tests::wardrobe};

fn figure() -> Figure {
    Figure::new(wardrobe(), Seed(5))
}

/// Everything changes: bones, face, place.
fn human_at(frame: i64) -> Human {
    let share = frame as f32 / 4.0;
    let mut human = Human::default();
    human.phenotype.gender = 0.8;
    human.phenotype.weight = 0.9;
    human.local.insert("nose-hump-incr".to_owned(), 0.7);
    human.smile = share;
    human.face.insert("jawOpen".to_owned(), 0.8 * share);
    human.face.insert("browInnerUp".to_owned(), share);
    human.head.yaw_deg = 40.0 * share;
    human.gaze.pitch_deg = 12.0 * share;
    for (bone, angles) in
        [("root", [5.0, 60.0, 0.0]), ("lowerarm01.L", [0.0, 0.0, 80.0]), ("upperleg01.R", [-50.0, 0.0, 9.0])]
    {
        human.pose.insert(bone.to_owned(), angles.map(|angle| angle * share));
    }
    human
}

/// A file in memory, read with the `gltf` crate.
struct Asset {
    document: gltf::Document,
    blob: Vec<u8>,
    /// World from node at the time asked for.
    world: Vec<DMat4>,
    weights: Vec<Vec<f32>>,
}

impl Asset {
    fn read(bytes: &[u8]) -> Self {
        let gltf::Gltf { document, blob } = gltf::Gltf::from_slice(bytes).expect("valid glTF");
        Self { document, blob: blob.expect("a binary chunk"), world: Vec::new(), weights: Vec::new() }
    }

    /// Poses all nodes at key `key` of the one animation.
    fn pose(&mut self, key: usize) {
        use gltf::animation::util::ReadOutputs;
        let mut local: Vec<(DVec3, DQuat)> = Vec::new();
        for node in self.document.nodes() {
            let (translation, rotation, scale) = node.transform().decomposed();
            assert_eq!(scale, [1.0; 3]);
            local.push((
                DVec3::from_array(translation.map(f64::from)),
                DQuat::from_array(rotation.map(f64::from)).normalize(),
            ));
        }
        self.weights = vec![Vec::new(); local.len()];
        let animation = self.document.animations().next().expect("an animation");
        for channel in animation.channels() {
            let node = channel.target().node().index();
            match channel.reader(|_| Some(self.blob.as_slice())).read_outputs().expect("values") {
                ReadOutputs::Translations(mut values) => {
                    local[node].0 = DVec3::from_array(values.nth(key).expect("a key").map(f64::from));
                }
                ReadOutputs::Rotations(values) => {
                    let value = values.into_f32().nth(key).expect("a key");
                    local[node].1 = DQuat::from_array(value.map(f64::from)).normalize();
                }
                ReadOutputs::MorphTargetWeights(values) => {
                    let count = FACIAL_ACTIONS.len();
                    self.weights[node] = values.into_f32().skip(key * count).take(count).collect();
                }
                ReadOutputs::Scales(_) => panic!("nothing is scaled"),
            }
        }
        let mut world: Vec<Option<DMat4>> = vec![None; local.len()];
        let mut open: Vec<(gltf::Node, DMat4)> =
            self.document.scenes().next().expect("a scene").nodes().map(|node| (node, DMat4::IDENTITY)).collect();
        while let Some((node, above)) = open.pop() {
            let (translation, rotation) = local[node.index()];
            let own = above * DMat4::from_rotation_translation(rotation, translation);
            world[node.index()] = Some(own);
            open.extend(node.children().map(|child| (child, own)));
        }
        self.world = world.into_iter().map(|world| world.expect("every node is in the scene")).collect();
    }

    /// Vertices of the mesh of a node, moved by its morphs and joints.
    fn vertices(&self, name: &str) -> Vec<DVec3> {
        let data = |_: gltf::Buffer| Some(self.blob.as_slice());
        let node = self.document.nodes().find(|node| node.name() == Some(name) && node.mesh().is_some()).expect(name);
        let mesh = node.mesh().expect("a mesh");
        let skin = node.skin().expect("a skin");
        let joints: Vec<usize> = skin.joints().map(|joint| joint.index()).collect();
        let bound = skin.reader(data).read_inverse_bind_matrices().expect("matrices");
        let from_mesh: Vec<DMat4> = bound
            .zip(&joints)
            .map(|(matrix, &joint)| {
                self.world[joint] * DMat4::from_cols_array_2d(&matrix.map(|column| column.map(f64::from)))
            })
            .collect();
        let primitive = mesh.primitives().next().expect("a primitive");
        let reader = primitive.reader(data);
        let mut positions: Vec<DVec3> =
            reader.read_positions().expect("positions").map(|p| DVec3::from_array(p.map(f64::from))).collect();
        for ((offsets, ..), &weight) in reader.read_morph_targets().zip(&self.weights[node.index()]) {
            for (position, offset) in positions.iter_mut().zip(offsets.expect("offsets")) {
                *position += f64::from(weight) * DVec3::from_array(offset.map(f64::from));
            }
        }
        let mut moved = vec![DVec4::ZERO; positions.len()];
        for set in 0.. {
            let (Some(joints), Some(weights)) = (reader.read_joints(set), reader.read_weights(set)) else { break };
            for ((sum, position), (joints, weights)) in
                moved.iter_mut().zip(&positions).zip(joints.into_u16().zip(weights.into_f32()))
            {
                for (joint, weight) in joints.into_iter().zip(weights) {
                    *sum += f64::from(weight) * (from_mesh[usize::from(joint)] * position.extend(1.0));
                }
            }
        }
        moved.into_iter().map(DVec4::truncate).collect()
    }
}

#[test]
fn an_exported_person_is_read_back_where_kinema_has_it() {
    let mut exported = figure();
    let bytes = export_person_glb(&mut exported, "ann", FrameRate::FILM, 0..=4, &mut human_at).expect("a file");
    let mut asset = Asset::read(&bytes);
    let mut own = figure();
    let (mut worst, mut seen) = (0.0_f32, 0);
    for frame in 0..=4 {
        own.set(&human_at(frame), FrameRate::FILM.secs_at(frame as f64));
        asset.pose(frame as usize);
        for (part, _) in parts::cut(&own, &human_at(frame)) {
            let vertices = asset.vertices(part.name);
            assert_eq!(vertices.len(), part.rows.len(), "{}", part.name);
            for (vertex, &row) in vertices.iter().zip(&part.rows) {
                let expected: Vec3 = own.body().positions()[row as usize];
                worst = worst.max(vertex.as_vec3().distance(expected));
                seen += 1;
            }
        }
    }
    println!(
        "{seen} vertices of an exported person, read again: at most {worst:.1e} m from Kinema's ({} bytes)",
        bytes.len()
    );
    assert!(worst < 1e-5, "{worst} m");
    let names: Vec<String> = asset
        .document
        .skins()
        .next()
        .expect("a skin")
        .joints()
        .filter_map(|joint| Some(joint.name()?.to_owned()))
        .collect();
    assert_eq!(names, own.body().basis().skeleton.names);
    // Hair stays on the head.
    let (hair, _) = attached::meshes(&own, &human_at(0)).remove(0);
    let (head, read) = (own.head_from_rest(), asset.vertices(&hair.name));
    for (vertex, &rest) in read.iter().zip(&hair.positions) {
        assert!(vertex.as_vec3().distance(head.transform_point3(Vec3::from_array(rest))) < 1e-5);
    }
}

#[test]
fn an_exported_person_is_dressed_and_complete() {
    let mut figure = figure();
    figure.set(&Human::default(), 0.0);
    let parts = parts::cut(&figure, &Human::default());
    for (part, _) in &parts {
        assert!(!part.indices.is_empty(), "{}", part.name);
        assert!(part.indices.iter().all(|&index| (index as usize) < part.rows.len()));
    }
    let skin = &parts[0].0;
    assert_eq!(skin.name, "skin");
    // No skin between the chest and the ankles.
    let bare = skin.rows.iter().map(|&row| figure.body().shape()[row as usize]);
    let lowest = bare.filter(|p| p.x.abs() < 0.2).map(|p| p.y).fold(f32::MAX, f32::min);
    let chest = figure.body().rest_bones().heads[figure.body().basis().bone("spine01").expect("a chest")].y as f32;
    assert!(lowest > chest, "bare skin down to {lowest} m, the chest is at {chest} m");
}

#[test]
fn frames_and_shapes_that_cannot_be_exported_are_named() {
    let mut figure = figure();
    let mut export = |frames, human: &mut dyn FnMut(i64) -> Human| {
        export_person_glb(&mut figure, "ann", FrameRate::FILM, frames, human).map(|bytes| bytes.len())
    };
    #[expect(clippy::reversed_empty_ranges, reason = "that is the mistake")]
    let backwards = 3..=2;
    assert!(matches!(export(backwards, &mut human_at), Err(PersonExportError::Frames { frames: 0 })));
    assert!(matches!(export(0..=i64::MAX, &mut human_at), Err(PersonExportError::Frames { .. })));
    let mut grows = |frame: i64| {
        let mut human = Human::default();
        human.phenotype.age = 0.3 + 0.1 * frame as f32;
        human
    };
    let error = export(0..=3, &mut grows).expect_err("a shape that changes").to_string();
    assert!(error.contains("changes at frame 1"), "{error}");
}
