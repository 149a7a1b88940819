//! Area `cloth`: sheets against closed formulas and shooting solutions, and the time of a step.

use std::collections::BTreeMap;
use std::time::Instant;

use kinema::cloth::solver::accuracy::cases::{self, Outcome};
use kinema::cloth::solver::cloth::{Cloth, Fastenings};
use kinema::cloth::solver::contact::hook::Contact;
use kinema::cloth::solver::contact::mesh::ContactMesh;
use kinema::cloth::solver::contact::solver::ContactSettings;
use kinema::cloth::solver::error::ClothError;
use kinema::cloth::solver::fabric::Fabric;
use kinema::cloth::solver::grids::{Diagonals, rectangle};
use kinema::cloth::solver::settings::Settings;

use crate::stats::{measured, median};
use crate::{BenchArgs, BenchError, BenchReport, Machine};

/// Cells along a strip, or substeps a second of a falling sheet.
const CELLS: [usize; 3] = [12, 24, 48];
const RATES: [usize; 3] = [300, 1200, 4800];
/// Particles along a side of the sheet whose step is timed, and its substeps in 1/60 s.
const SIDE: usize = 64;
const SUBSTEPS: u32 = 20;

/// A case with a known answer.
struct Case {
    metric: String,
    resolutions: [usize; 3],
    run: Box<dyn Fn(usize) -> Result<Outcome, ClothError>>,
}

fn case(
    metric: impl Into<String>,
    resolutions: [usize; 3],
    run: impl Fn(usize) -> Result<Outcome, ClothError> + 'static,
) -> Case {
    Case { metric: metric.into(), resolutions, run: Box::new(run) }
}

fn table() -> Vec<Case> {
    let mut table = vec![
        case("hanging_strip", CELLS, cases::hanging_strip),
        case("catenary", CELLS, cases::catenary),
        case("small_cantilever", CELLS, cases::small_cantilever),
    ];
    for gamma in [0.1, 1.0, 10.0, 100.0, 1000.0] {
        table.push(case(format!("elastica_{gamma}_drop"), CELLS, move |cells| Ok(cases::elastica(gamma, cells)?[0])));
    }
    table.push(case("peirce", CELLS, cases::peirce));
    table.push(case("pendulum", CELLS, cases::pendulum));
    table.push(case("falling_after_0.2s", RATES, |rate| cases::falling_sheet(0.2, rate as u32)));
    table.push(case("falling_terminal", RATES, |rate| cases::falling_sheet(2.0, rate as u32)));
    table
}

pub fn run(args: &BenchArgs, tell: &mut dyn FnMut(&str)) -> Result<BenchReport, BenchError> {
    let mut metrics = BTreeMap::new();
    let mut notes = Vec::new();
    let mut finest = Vec::new();
    for Case { metric, resolutions, run } in table() {
        tell(&metric);
        let used = if args.quick { &resolutions[..1] } else { &resolutions[..] };
        let mut last = f64::NAN;
        for resolution in used {
            let outcome = run(*resolution)?;
            last = outcome.error().abs();
            metrics.insert(format!("cloth.{metric}_err_{resolution}"), last);
        }
        finest.push(last);
    }
    if !args.quick {
        let name = "cloth.accuracy_median_err";
        metrics.insert(name.to_owned(), measured(name, median(&finest))?);
        let worst =
            finest.iter().fold(0.0, |most: f64, error| if most.is_nan() || *error <= most { most } else { *error });
        let name = "cloth.accuracy_worst_err";
        metrics.insert(name.to_owned(), measured(name, Some(worst))?);
        notes.push(
            "accuracy: relative errors of all cases at the finest of three resolutions, substeps as fine as waves on that mesh \
             need; plugins/cloth/src/solver/DESIGN.md tells truths and settings."
                .to_owned(),
        );
    }
    let machine = Machine::here("no graphics device".to_owned());
    let frames = if args.quick { 5 } else { 40 };
    let mut hashes = Vec::new();
    for threads in [1, machine.cores.max(2)] {
        tell(&format!("a sheet of {SIDE}x{SIDE} particles, {threads} threads"));
        let (elastic_ms, contact_ms, hash) = time_sheet(threads, frames)?;
        for (what, times) in [("elastic", elastic_ms), ("self_contact", contact_ms)] {
            let name = format!("cloth.sheet_{what}_{threads}_threads_ms");
            metrics.insert(name.clone(), measured(&name, median(&times))?);
        }
        hashes.push(hash);
    }
    metrics.insert("cloth.threads_hash_equal".to_owned(), f64::from(u8::from(hashes[0] == hashes[1])));
    notes.push(format!(
        "sheet: medians of {frames} frames of 1/60 s in {SUBSTEPS} substeps, two corners pinned, swinging: elasticity alone, and \
         with contact of the sheet with itself. threads_hash_equal: 1 if all bits of the state agree after them."
    ));
    Ok(BenchReport { area: args.area.clone(), machine, metrics, notes })
}

/// Times of frames without and with contact, and the state's hash after the latter.
fn time_sheet(threads: usize, frames: u32) -> Result<(Vec<f64>, Vec<f64>, u64), BenchError> {
    let sheet = || -> Result<Cloth, ClothError> {
        let mesh = rectangle([1.0, 1.0], [SIDE - 1, SIDE - 1], Diagonals::Alternating)?;
        let pins = vec![0, SIDE as u32 - 1];
        let settings = Settings { threads, ..Settings::default() };
        Cloth::new(mesh, Fabric::default(), settings, Fastenings { pins, ..Fastenings::default() })
    };
    let times = |step: &mut dyn FnMut()| -> Vec<f64> {
        (0..frames)
            .map(|_| {
                let start = Instant::now();
                step();
                start.elapsed().as_secs_f64() * 1e3
            })
            .collect()
    };
    let mut cloth = sheet()?;
    let elastic_ms = times(&mut || cloth.step(SUBSTEPS));
    let mut cloth = sheet()?;
    let start: Vec<[i32; 3]> = cloth.state().particles().iter().map(|particle| particle.q()).collect();
    let mesh = ContactMesh::new(&cloth.mesh().triangles, &start, cloth.fabric().thickness_m, &[])?;
    let mut contact = Contact::new(mesh, ContactSettings { threads, ..ContactSettings::default() });
    let contact_ms = times(&mut || cloth.step_with(SUBSTEPS, &mut contact));
    Ok((elastic_ms, contact_ms, cloth.state().hash()))
}
