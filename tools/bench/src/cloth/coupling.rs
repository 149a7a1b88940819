//! A ball of the rigid world on a trampoline of cloth, as shots have it: is the momentum of the ball what cloth and gravity gave it?

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use kinema::cloth::simulation::ClothWorld;
use kinema_core::{BakeStore, Format, SolidPlace, parse_shot};

use crate::BenchError;
use crate::stats::measured;

/// Frames a second, substeps of the rigid world in each, and inner steps of its engine in each of those, in which gravity acts.
const RATE: f64 = 24.0;
const SUBSTEPS: f64 = 16.0;
const INNER_STEPS: f64 = 4.0;
const GRAVITY_M_S2: f64 = 9.81;
const BALL_M: f64 = 0.12;
const BALL_KG_M3: f64 = 300.0;

/// The ball jumps for `secs`; the last frame of those in which it flies freely all the time shows its speed.
pub fn measure(
    secs: f64,
    threads: usize,
    metrics: &mut BTreeMap<String, f64>,
    notes: &mut Vec<String>,
) -> Result<(), BenchError> {
    let frames = (secs * RATE) as i64;
    let text = format!(
        r#"(schema: 1, timeline: (rate: "{RATE}/1", frames: {}, substeps: {SUBSTEPS}), output: (width: 64, height: 36), parts: [
            (id: "ball", position: (0, 0.6, 0), part: Rigid(shape: Ball(radius_m: {BALL_M}), density_kg_m3: {BALL_KG_M3})),
            (id: "mat", rotation_deg: (-90, 0, 0), part: Cloth(cut: Disc(radius_m: 0.8, spacing_m: 0.1), pins: [Rim], steps_per_sec: 1536,
                material: Custom((area_density_kg_m2: 0.3, thickness_m: 0.001, stretch_n_m: (4000, 4000), shear_n_m: 1500,
                    bend_n_m: (0.00002, 0.00002)))))])"#,
        frames
    );
    let registry = kinema::part_registry();
    let shot = Arc::new(parse_shot(text.as_bytes(), Path::new("mat.shot.ron"), Format::Ron, &registry)?);
    let dir = tempfile::tempdir().map_err(|source| BenchError::Io { path: std::env::temp_dir(), source })?;
    let Some(mut world) = ClothWorld::open(&shot, &BakeStore::new(dir.path()), threads)? else {
        return Err(BenchError::NothingMeasured("the mat is no cloth".to_owned()));
    };
    world.join("bench")?;
    let height = |world: &ClothWorld| match world.places().first() {
        Some(SolidPlace::Pose { translation_m, .. }) => f64::from(translation_m.y),
        _ => f64::NAN,
    };
    let given = |world: &ClothWorld| world.given_n_s().first().map_or(f64::NAN, |given| given.y);
    let (mut bounces, mut was_rising, mut seen) = (0, false, None);
    for frame in 1..=frames {
        let (before_m, before_n_s) = (height(&world), given(&world));
        world.step_frame()?;
        let (risen_m, is_free) = (height(&world) - before_m, given(&world) == before_n_s);
        bounces += i32::from(risen_m > 0.0 && !was_rising);
        was_rising = risen_m > 0.0;
        if is_free {
            // Each inner step adds to the speed before it moves the ball: on the way it was half of all but one of these additions slower or faster.
            let inner_secs = 1.0 / (RATE * SUBSTEPS * INNER_STEPS);
            let speed_m_s = risen_m * RATE - 0.5 * GRAVITY_M_S2 * (1.0 / RATE - inner_secs);
            seen = Some((frame, speed_m_s, given(&world), bounces));
        }
    }
    let Some((frame, speed_m_s, given_n_s, bounces)) = seen else {
        return Err(BenchError::NothingMeasured("the ball never flies freely for a frame".to_owned()));
    };
    let mass_kg = BALL_KG_M3 * 4.0 / 3.0 * std::f64::consts::PI * BALL_M.powi(3);
    let weight_n_s = mass_kg * GRAVITY_M_S2 * frame as f64 / RATE;
    let name = "cloth.shot_momentum_drift";
    let drift = (mass_kg * speed_m_s - given_n_s + weight_n_s).abs() / weight_n_s;
    metrics.insert(name.to_owned(), measured(name, Some(drift))?);
    notes.push(format!(
        "shot_momentum_drift: a rigid ball of {mass_kg:.2} kg on a mat of cloth in a shot, seen in frame {frame} of {frames} of 1/{RATE} s, the last in which it \
         flies freely, after {bounces} bounces: its momentum less what cloth and gravity gave it, as a share of what gravity gave."
    ));
    Ok(())
}
