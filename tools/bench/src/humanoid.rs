//! Area `humanoid`: bodies per second, everything changed in each of them, and how far they are from `anny`'s.

mod anny;
mod bodies;
mod gpu;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use kinema::core::{cache_dir, pack_dir};
use kinema::humanoid::anny::basis::BodyBasis;
use kinema::humanoid::subsurface::agreement::{self, Agreement};
use kinema::humanoid::wardrobe::Wardrobe;
use kinema::humanoid::{Batch, HumanoidError};

use self::anny::Anny;
use self::bodies::Bodies;
use crate::stats::{measured, median, ratio_of_medians};
use crate::{BenchArgs, BenchError, BenchReport, Machine};

/// Bodies at once.
const BATCHES: [usize; 2] = [1, 32];
/// Local changes and facial actions that a random body has, as in the fixtures.
const SOME: Changed = Changed { locals: 12, faces: 8 };
/// All of them.
const ALL: Changed = Changed { locals: 254, faces: 52 };

/// How many local changes and facial actions are not zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Changed {
    pub locals: usize,
    pub faces: usize,
}

/// Rings of samples of the subsurface pass.
const RINGS: usize = kinema::humanoid::materials::gpu_types::RINGS;

/// How many samples are taken.
struct Samples {
    turns: usize,
    /// Evaluations of ours in a turn; the peer makes one, as it takes so much longer.
    ours_per_turn: usize,
    compared_bodies: usize,
}

const FULL: Samples = Samples { turns: 15, ours_per_turn: 8, compared_bodies: 1000 };
const QUICK: Samples = Samples { turns: 3, ours_per_turn: 4, compared_bodies: 20 };

pub fn run(args: &BenchArgs, tell: &mut dyn FnMut(&str)) -> Result<BenchReport, BenchError> {
    let samples = if args.quick { QUICK } else { FULL };
    let mut peer = match args.peer.as_deref() {
        Some(_) => {
            tell("anny loads (minutes when it does so for the first time)");
            Some(Anny::start()?)
        }
        None => None,
    };
    let pack = pack_dir("anny").map_err(HumanoidError::from)?;
    let basis = Arc::new(BodyBasis::load(&pack, &cache_dir().join("humanoid"))?);
    let mut machine = Machine::here("no graphics device".to_owned());
    let rows = basis.topology.surface_count;
    let mut batch = Batch::new(basis.clone(), rows, machine.cores)
        .ok_or_else(|| BenchError::NothingMeasured("the basis does not fit a batch".to_owned()))?;

    let mut metrics = BTreeMap::new();
    let mut notes = Vec::new();
    if let Some(peer) = &mut peer {
        tell(&format!("{} bodies against anny", samples.compared_bodies));
        let (worst, note) = peer.compare(&basis, &mut batch, samples.compared_bodies)?;
        metrics.insert("humanoid.max_vertex_error_m".to_owned(), worst);
        notes.push(note);
    }
    let mut bodies = Bodies::new(&basis);
    for (changed, suffix) in [(SOME, ""), (ALL, "_all_locals")] {
        for size in BATCHES {
            tell(&format!("{size} at once, {} local changes each", changed.locals));
            let mut ours_ms = Vec::new();
            let mut theirs_ms = [Vec::new(), Vec::new()];
            let mut out = Vec::new();
            for turn in 0..=samples.turns {
                // The first turn of either side warms its caches up.
                let counts = turn > 0;
                for _ in 0..samples.ours_per_turn {
                    let states = bodies.draw(size, changed);
                    let start = Instant::now();
                    batch.evaluate(&states, &mut out);
                    let ms = start.elapsed().as_secs_f64() * 1e3;
                    ours_ms.extend(counts.then_some(ms));
                }
                if let Some(peer) = &mut peer {
                    for (precision, times) in anny::PRECISIONS.iter().zip(&mut theirs_ms) {
                        let ms = peer.forward_ms(precision, size, changed, turn)?;
                        times.extend(counts.then_some(ms));
                    }
                }
            }
            let name = format!("humanoid.batch{size}{suffix}_ms");
            metrics.insert(name.clone(), measured(&name, median(&ours_ms))?);
            for (precision, times) in anny::PRECISIONS.iter().zip(&theirs_ms).filter(|(_, times)| !times.is_empty()) {
                // The plain name belongs to the precision that anny has by default.
                let of = if *precision == anny::PRECISIONS[0] { String::new() } else { format!("_{precision}") };
                let ratio = format!("humanoid.speedup_batch{size}{suffix}{of}");
                metrics.insert(ratio.clone(), measured(&ratio, ratio_of_medians(times, &ours_ms))?);
                let name = format!("humanoid.anny_batch{size}{suffix}{of}_ms");
                metrics.insert(name.clone(), measured(&name, median(times))?);
            }
        }
    }
    tell("light in skin against a volumetric path tracer");
    scattering(&mut metrics)?;
    notes.push(format!(
        "sss: relative RMSE of the worst channel against Mitsuba's volumetric path tracer (plugins/humanoid/fixtures); \
         half_plane: {RINGS} rings, mean of its rows, and single pixels of one frame."
    ));
    tell("one person's drawn vertices, on the processor and on the device");
    let wardrobe = Wardrobe::load()?;
    let driver = gpu::measure(&wardrobe, &bodies.draw(samples.turns + 1, SOME), &mut metrics)?;
    machine.driver.clone_from(&driver);
    notes.push(
        "person: pose and face of one person changed, all of its surfaces moved, with normals: on one thread of the \
         processor, and by the compute kernels with upload and waiting."
            .to_owned(),
    );
    notes.push(format!(
        "batchN: N bodies at once from parameters to vertices, every phenotype, every bone, {} local changes and {} facial \
         actions of each other than in the call before; all_locals: {} and {}. {} threads on either side.",
        SOME.locals, SOME.faces, ALL.locals, ALL.faces, machine.cores
    ));
    Ok(BenchReport { area: args.area.clone(), machine, metrics, notes })
}

/// How far scattering and transmission are from the reference, the worst channel of each scene.
fn scattering(metrics: &mut BTreeMap<String, f64>) -> Result<(), BenchError> {
    let all = agreement::all(RINGS, 1);
    for (scene, baseline) in agreement::SCENES {
        let mut worst = |name: String, of: fn(&Agreement) -> f32| -> Result<(), BenchError> {
            let errors =
                all.iter().filter(|agreement| agreement.scene == scene).map(|agreement| f64::from(of(agreement)));
            // A NaN must not be lost among greater numbers.
            let most = errors.fold(0.0, |most: f64, error| if most.is_nan() || error <= most { most } else { error });
            metrics.insert(name.clone(), measured(&name, Some(most))?);
            Ok(())
        };
        worst(format!("humanoid.sss_{scene}_rmse"), |of| of.ours)?;
        worst(format!("humanoid.sss_{scene}_rmse_{baseline}"), |of| of.baseline)?;
        if scene == "half_plane" {
            worst(format!("humanoid.sss_{scene}_rmse_pixels"), |of| of.pixels)?;
        }
    }
    Ok(())
}
