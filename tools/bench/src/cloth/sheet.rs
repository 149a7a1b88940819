//! The time of a step: threads, and how it grows.

use std::collections::BTreeMap;
use std::time::Instant;

use kinema::cloth::solver::accuracy::cases::{self, Resolution};
use kinema::cloth::solver::cloth::{Cloth, Fastenings};
use kinema::cloth::solver::contact::hook::Contact;
use kinema::cloth::solver::contact::mesh::ContactMesh;
use kinema::cloth::solver::contact::solver::ContactSettings;
use kinema::cloth::solver::error::ClothError;
use kinema::cloth::solver::fabric::Fabric;
use kinema::cloth::solver::grids::{Diagonals, rectangle};
use kinema::cloth::solver::settings::Settings;

use super::peers::CELLS;
use crate::BenchError;
use crate::stats::{measured, median};

/// Particles along a side of the sheet whose step is timed, and its substeps in 1/60 s.
pub const SIDE: usize = 64;
pub const SUBSTEPS: u32 = 20;
/// A memory that makes cloth in a scene as stiff as its fabric, s.
const MEMORY_SECS: f32 = 0.5;
/// Cells along a side of sheets of about 10, 40 and 160 thousand triangles, and the frames timed of each.
const GROWTH: [(usize, u32); 3] = [(71, 6), (141, 4), (283, 3)];

/// A sheet that hangs from two corners and swings, with contact of the sheet with itself.
pub struct Sheet {
    cloth: Cloth,
    contact: Contact,
}

impl Sheet {
    /// `cells` along a side, the cells of a square metre with [`SIDE`] particles along its side.
    pub fn new(cells: usize, threads: usize) -> Result<Self, BenchError> {
        let cloth = hanging(cells, threads)?;
        let start: Vec<[i32; 3]> = cloth.state().particles().iter().map(|particle| particle.q()).collect();
        let mesh = ContactMesh::new(&cloth.mesh().triangles, &start, cloth.fabric().thickness_m, &[])?;
        let contact = Contact::new(mesh, ContactSettings { threads, ..ContactSettings::default() });
        Ok(Self { cloth, contact })
    }

    /// Milliseconds of a frame of 1/60 s.
    pub fn frame_ms(&mut self) -> f64 {
        let start = Instant::now();
        self.cloth.step_with(SUBSTEPS, &mut self.contact);
        start.elapsed().as_secs_f64() * 1e3
    }
}

fn hanging(cells: usize, threads: usize) -> Result<Cloth, ClothError> {
    let size_m = cells as f64 / (SIDE - 1) as f64;
    let mesh = rectangle([size_m; 2], [cells; 2], Diagonals::Alternating)?;
    let pins = vec![0, cells as u32];
    let settings = Settings { threads, ..Settings::default() };
    Cloth::new(mesh, Fabric::default(), settings, Fastenings { pins, ..Fastenings::default() })
}

/// Times of frames without and with contact, and whether threads change the state.
pub fn threads(
    cores: usize,
    is_quick: bool,
    metrics: &mut BTreeMap<String, f64>,
    notes: &mut Vec<String>,
    tell: &mut dyn FnMut(&str),
) -> Result<(), BenchError> {
    let frames = if is_quick { 5 } else { 40 };
    let mut hashes = Vec::new();
    for threads in [1, cores.max(2)] {
        tell(&format!("a sheet of {SIDE}x{SIDE} particles, {threads} threads"));
        let mut cloth = hanging(SIDE - 1, threads)?;
        let elastic_ms: Vec<f64> = (0..frames)
            .map(|_| {
                let start = Instant::now();
                cloth.step(SUBSTEPS);
                start.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        let mut sheet = Sheet::new(SIDE - 1, threads)?;
        let contact_ms: Vec<f64> = (0..frames).map(|_| sheet.frame_ms()).collect();
        let mut learning = Sheet::new(SIDE - 1, threads)?;
        let settings = learning.cloth.settings().clone();
        learning.cloth.set_settings(Settings { memory_secs: MEMORY_SECS, ..settings })?;
        let memory_ms: Vec<f64> = (0..frames).map(|_| learning.frame_ms()).collect();
        for (what, times) in [("elastic", elastic_ms), ("self_contact", contact_ms), ("memory", memory_ms)] {
            let name = format!("cloth.sheet_{what}_{threads}_threads_ms");
            metrics.insert(name.clone(), measured(&name, median(&times))?);
        }
        hashes.push(sheet.cloth.state().hash());
    }
    metrics.insert("cloth.threads_hash_equal".to_owned(), f64::from(u8::from(hashes[0] == hashes[1])));
    notes.push(format!(
        "sheet: medians of {frames} frames of 1/60 s in {SUBSTEPS} substeps, two corners pinned, swinging: elasticity alone, and \
         with contact of the sheet with itself. threads_hash_equal: 1 if all bits of the state agree after them."
    ));
    Ok(())
}

/// What the pace at which the sheet is timed makes of cases with a truth: speed without its error says nothing.
pub fn errors_at_pace(
    metrics: &mut BTreeMap<String, f64>,
    notes: &mut Vec<String>,
    tell: &mut dyn FnMut(&str),
) -> Result<(), BenchError> {
    let substep_secs = 1.0 / (60 * SUBSTEPS) as f32;
    for (pace, memory_secs) in [("pace", 0.0), ("pace_with_memory", MEMORY_SECS)] {
        let at = Resolution { cells: CELLS, pace_secs: Some([substep_secs, memory_secs]) };
        tell(&format!("errors at {SUBSTEPS} substeps in 1/60 s, memory of {memory_secs} s"));
        let outcomes = [
            ("hanging_strip", cases::hanging_strip(at)?),
            ("catenary", cases::catenary(at)?),
            ("small_cantilever", cases::small_cantilever(at)?),
            ("elastica_10_drop", cases::elastica(10.0, at)?[0]),
            ("elastica_100_drop", cases::elastica(100.0, at)?[0]),
            ("pendulum", cases::pendulum(at)?),
        ];
        for (case, outcome) in outcomes {
            let name = format!("cloth.{pace}_{case}_err_{CELLS}");
            metrics.insert(name.clone(), measured(&name, Some(outcome.error().abs()))?);
        }
    }
    notes.push(format!(
        "pace: errors of cases in the {SUBSTEPS} substeps and one iteration with which the sheet is timed, without memory as it is, and with a \
         memory of {MEMORY_SECS} s, which has its price in time (sheet_memory)."
    ));
    Ok(())
}

/// Time against size: sheets of ever more cells of one size.
pub fn growth(
    cores: usize,
    metrics: &mut BTreeMap<String, f64>,
    notes: &mut Vec<String>,
    tell: &mut dyn FnMut(&str),
) -> Result<(), BenchError> {
    let mut points = Vec::new();
    for (cells, frames) in GROWTH {
        let triangles = 2 * cells * cells;
        tell(&format!("a sheet of {triangles} triangles"));
        let mut sheet = Sheet::new(cells, cores)?;
        // The first one also finds the pairs.
        sheet.frame_ms();
        let times: Vec<f64> = (0..frames).map(|_| sheet.frame_ms()).collect();
        let name = format!("cloth.growth_{}k_triangles_ms", (triangles as f64 / 1e3).round());
        let ms = measured(&name, median(&times))?;
        metrics.insert(name, ms);
        points.push([(triangles as f64).ln(), ms.ln()]);
    }
    let name = "cloth.growth_exponent";
    metrics.insert(name.to_owned(), measured(name, slope(&points))?);
    notes.push(format!(
        "growth: medians of a few frames of 1/60 s in {SUBSTEPS} substeps, with self-contact, {cores} threads; sheets of cells of one size. \
         growth_exponent: of triangles in time, by least squares; 1 is linear."
    ));
    Ok(())
}

/// Slope of the line of least squares.
fn slope(points: &[[f64; 2]]) -> Option<f64> {
    let count = points.len() as f64;
    let mean = |axis: usize| points.iter().map(|point| point[axis]).sum::<f64>() / count;
    let (x, y) = (mean(0), mean(1));
    let along: f64 = points.iter().map(|point| (point[0] - x).powi(2)).sum();
    (along > 0.0).then(|| points.iter().map(|point| (point[0] - x) * (point[1] - y)).sum::<f64>() / along)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_is_the_exponent_of_a_power() {
        let points: Vec<[f64; 2]> =
            [10.0, 40.0, 160.0_f64].iter().map(|n| [n.ln(), (3.0 * n.powf(1.2)).ln()]).collect();
        assert!((slope(&points).expect("a slope") - 1.2).abs() < 1e-9);
        assert_eq!(slope(&points[..1]), None);
    }
}
