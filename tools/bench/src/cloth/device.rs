//! Cloth on the graphics device: whether its bits are the processor's, and what that costs.

use std::collections::BTreeMap;
use std::time::Instant;

use kinema::cloth::device::self_test::Opened;
use kinema::cloth::device::{Arithmetic, DeviceCloth, DeviceError, DeviceGroup, Kernels, SelfTest, open};
use kinema::cloth::reference::layers::{Layers, hash};
use kinema::cloth::reference::{contact_trial, trial};
use kinema::cloth::solver::cloth::{Cloth, Fastenings};
use kinema::cloth::solver::fabric::Fabric;
use kinema::cloth::solver::grids::{Diagonals, rectangle};
use kinema::cloth::solver::settings::Settings;

use super::walker;
use crate::BenchError;
use crate::stats::{measured, median, ratio_of_medians};

/// Particles along a side of the sheet whose step is timed, and its substeps in 1/60 s.
const SIDE: usize = 64;
const SUBSTEPS: u32 = 20;
/// Cells along a side of the sheet whose bits are compared, and its steps.
const CELLS: usize = 12;
const STEPS: u32 = 10_000;
const QUICK_STEPS: u32 = 500;
/// The same of the folded sheet in contact: cells across each of its three layers.
const CONTACT_CELLS: usize = 6;
/// The same of two layers on bodies of triangles: cells along a side of the lower one, and steps, of which each has twice as many dispatches.
const LAYER_CELLS: usize = 6;
const LAYER_STEPS: u32 = 600;
const QUICK_LAYER_STEPS: u32 = 120;
/// Frames of the sheets on a person who walks; one, with one workgroup size, where there is little time.
const WALKER_FRAMES: u32 = 2;
/// Steps in one submission.
const STEPS_AT_ONCE: u32 = 100;
/// Cells of the folded sheet in contact whose step is timed.
const TIMED_CONTACT_CELLS: usize = 12;
/// Workgroup sizes that must not matter.
const WORKGROUPS: [u32; 4] = [32, 64, 128, 256];

/// Adds `cloth.hash_equal`, `cloth.deterministic_cost_ratio` and milliseconds of a frame; tells the device. Without one it adds a note.
pub fn measure(
    is_quick: bool,
    metrics: &mut BTreeMap<String, f64>,
    notes: &mut Vec<String>,
    tell: &mut dyn FnMut(&str),
) -> Result<String, BenchError> {
    let opened = match open() {
        Err(error @ DeviceError::NoDevice(_)) => {
            notes.push(format!("hash_equal, deterministic_cost_ratio: {error}"));
            return Ok("no graphics device".to_owned());
        }
        opened => opened?,
    };
    let steps = if is_quick { QUICK_STEPS } else { STEPS };
    let mut hashes = Vec::new();
    for threads in [1, 2] {
        tell(&format!("{steps} steps on the processor, {threads} threads"));
        let mut cloth = trial(CELLS)?;
        cloth.set_settings(Settings { threads, ..cloth.settings().clone() })?;
        cloth.step(steps);
        hashes.push(cloth.state().sha256());
    }
    for workgroup in WORKGROUPS {
        tell(&format!("{steps} steps on the device, workgroups of {workgroup}"));
        let kernels = Kernels::new(&opened.device, Arithmetic::Exact, workgroup)?;
        let mut cloth = DeviceCloth::new(&mut trial(CELLS)?, &kernels, &opened.device, &opened.queue, u64::MAX)?;
        for _ in 0..steps / STEPS_AT_ONCE {
            cloth.step(&kernels, STEPS_AT_ONCE);
            cloth.wait()?;
        }
        hashes.push(cloth.read_state()?.sha256());
    }
    let (contact_hashes, contact_note) = contact_hashes(steps, &opened, tell)?;
    let layer_steps = if is_quick { QUICK_LAYER_STEPS } else { LAYER_STEPS };
    let (layer_hashes, layer_note) = layer_hashes(layer_steps, &opened, tell)?;
    let (frames, workgroups) = if is_quick { (1, &WORKGROUPS[1..2]) } else { (WALKER_FRAMES, &WORKGROUPS[1..3]) };
    let (walker_hashes, walker_note) = match walker::hashes(frames, workgroups, &opened, tell) {
        Ok(found) => found,
        // Without the data of the body there is nobody.
        Err(error @ (BenchError::Simulation(_) | BenchError::Shot(_))) => {
            (Vec::new(), format!("no sheets on a person, because {error}"))
        }
        Err(error) => return Err(error),
    };
    let are_equal = |hashes: &[String]| hashes.iter().all(|hash| *hash == hashes[0]);
    let mut is_equal = opened.test == SelfTest::Deterministic;
    is_equal &= [hashes, contact_hashes, layer_hashes, walker_hashes].iter().all(|hashes| are_equal(hashes));
    notes.push(format!(
        "hash_equal: 1 if the SHA-256 of the state is the same after {steps} steps of a sheet of {CELLS}x{CELLS} cells with pins, wind, memory, \
         strain limit, attachments and seams (one tears off) on the processor with 1 and 2 threads and on the device with workgroups of \
         {WORKGROUPS:?}; the same of a sheet of {} x {CONTACT_CELLS} cells, folded in three layers that touch each other, a ball, the ground and a capsule ({contact_note}); the same after {layer_steps} steps of two sheets of different fabrics over \
         each other on balls of triangles, one of which pushes up, swells, bulges and jumps into them ({layer_note}); after {walker_note}; the large sheets that are timed \
         end alike; and the device passes its self-test ({}).",
        2 * CONTACT_CELLS,
        opened.test
    ));

    let frames = if is_quick { 5 } else { 40 };
    let (mut exact_ms, mut fast_ms, mut processor_ms) = (Vec::new(), Vec::new(), Vec::new());
    let [exact, fast] = [Arithmetic::Exact, Arithmetic::Fast].map(|a| Kernels::new(&opened.device, a, 64));
    let (exact, fast) = (exact?, fast?);
    let on_device = |kernels| DeviceCloth::new(&mut sheet()?, kernels, &opened.device, &opened.queue, u64::MAX);
    let (mut here, mut in_exact, mut in_fast) = (sheet()?, on_device(&exact)?, on_device(&fast)?);
    tell(&format!(
        "a sheet of {SIDE}x{SIDE} particles on the device, {} dispatches a frame",
        in_exact.dispatches(SUBSTEPS)
    ));
    for _ in 0..frames {
        // In turns, so that all see the same machine.
        for (cloth, kernels, times) in [(&mut in_exact, &exact, &mut exact_ms), (&mut in_fast, &fast, &mut fast_ms)] {
            let start = Instant::now();
            cloth.step(kernels, SUBSTEPS);
            cloth.wait()?;
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
        let start = Instant::now();
        here.step(SUBSTEPS);
        processor_ms.push(start.elapsed().as_secs_f64() * 1e3);
    }
    for (name, times) in [("device_exact", &exact_ms), ("device_fast", &fast_ms), ("processor", &processor_ms)] {
        let name = format!("cloth.sheet_{name}_ms");
        metrics.insert(name.clone(), measured(&name, median(times))?);
    }
    let name = "cloth.deterministic_cost_ratio";
    metrics.insert(name.to_owned(), measured(name, ratio_of_medians(&exact_ms, &fast_ms))?);
    notes.push(format!(
        "deterministic_cost_ratio: medians of {frames} frames of 1/60 s in {SUBSTEPS} substeps of the {SIDE}x{SIDE} sheet without contact on \
         the device, exact arithmetic over plain; in turns with the processor's solver on one thread."
    ));
    is_equal &= in_exact.read_state()?.sha256() == here.state().sha256();
    is_equal &= time_contact(&opened, [&exact, &fast], if is_quick { 3 } else { 12 }, metrics, notes, tell)?;
    metrics.insert("cloth.hash_equal".to_owned(), f64::from(u8::from(is_equal)));
    Ok(opened.name)
}

/// Hashes of the folded sheet in contact after `steps` steps, here and there; what happened meanwhile.
fn contact_hashes(
    steps: u32,
    opened: &Opened,
    tell: &mut dyn FnMut(&str),
) -> Result<(Vec<String>, String), BenchError> {
    let (mut hashes, mut note) = (Vec::new(), String::new());
    for threads in [1, 2] {
        tell(&format!("{steps} steps in contact on the processor, {threads} threads"));
        let (mut cloth, mut contact) = contact_trial(CONTACT_CELLS).map_err(DeviceError::from)?;
        cloth.set_settings(Settings { threads, ..cloth.settings().clone() })?;
        contact.solver.settings.threads = threads;
        cloth.step_with(steps, &mut contact);
        hashes.push(cloth.state().sha256());
    }
    for workgroup in WORKGROUPS {
        tell(&format!("{steps} steps in contact on the device, workgroups of {workgroup}"));
        let kernels = Kernels::new(&opened.device, Arithmetic::Exact, workgroup)?;
        let (mut cloth, contact) = contact_trial(CONTACT_CELLS).map_err(DeviceError::from)?;
        let mut there =
            DeviceGroup::new(&mut [&mut cloth], &contact, &kernels, &opened.device, &opened.queue, u64::MAX)?;
        for _ in 0..steps / STEPS_AT_ONCE {
            there.step(&kernels, STEPS_AT_ONCE)?;
        }
        hashes.push(there.cloths[0].read_state()?.sha256());
        let counts = there.contact.counts()?;
        note = format!(
            "{} detections, {} near pairs at the end, {} frames made again with larger rooms",
            counts.detections, counts.near, counts.repeats
        );
    }
    Ok((hashes, note))
}

/// Hashes of two layers on bodies of triangles after `steps` steps, here and there; what happened meanwhile.
fn layer_hashes(steps: u32, opened: &Opened, tell: &mut dyn FnMut(&str)) -> Result<(Vec<String>, String), BenchError> {
    let (mut hashes, mut inside) = (Vec::new(), 0);
    for threads in [1, 2] {
        tell(&format!("{steps} steps of layers on bodies of triangles on the processor, {threads} threads"));
        let mut here = Layers::new(LAYER_CELLS).map_err(DeviceError::from)?;
        for cloth in &mut here.cloths {
            cloth.set_settings(Settings { threads, ..cloth.settings().clone() })?;
        }
        here.contact.solver.settings.threads = threads;
        for _ in 0..steps {
            here.step(1)?;
            inside = inside.max(here.contact.solver.counts.inside);
        }
        hashes.push(here.hash());
    }
    let mut note = String::new();
    for workgroup in WORKGROUPS {
        tell(&format!("{steps} steps of layers on bodies of triangles on the device, workgroups of {workgroup}"));
        let kernels = Kernels::new(&opened.device, Arithmetic::Exact, workgroup)?;
        let mut layers = Layers::new(LAYER_CELLS).map_err(DeviceError::from)?;
        let mut there = layers.on_device(&kernels, &opened.device, &opened.queue)?;
        for done in (0..steps).step_by(STEPS_AT_ONCE as usize) {
            layers.step_there(&mut there, &kernels, done, STEPS_AT_ONCE.min(steps - done))?;
        }
        hashes.push(hash(&there.read_states()?));
        let counts = there.contact.counts()?;
        note = format!(
            "{} detections, up to {inside} vertices inside, {} frames made again with larger rooms",
            counts.detections, counts.repeats
        );
    }
    Ok((hashes, note))
}

/// Milliseconds of a frame of the folded sheet in contact: exact and fast on the device, and on the processor; what exactness costs. Whether the exact one ends like the
/// processor's.
fn time_contact(
    opened: &Opened,
    [exact, fast]: [&Kernels; 2],
    frames: usize,
    metrics: &mut BTreeMap<String, f64>,
    notes: &mut Vec<String>,
    tell: &mut dyn FnMut(&str),
) -> Result<bool, BenchError> {
    let make = || contact_trial(TIMED_CONTACT_CELLS).map_err(DeviceError::from);
    let on_device = |kernels| {
        let (mut cloth, contact) = make()?;
        DeviceGroup::new(&mut [&mut cloth], &contact, kernels, &opened.device, &opened.queue, u64::MAX)
    };
    let (mut in_exact, mut in_fast, (mut here, mut contact)) = (on_device(exact)?, on_device(fast)?, make()?);
    tell(&format!("a folded sheet in contact on the device, {} dispatches a frame", in_exact.dispatches(SUBSTEPS)));
    let (mut exact_ms, mut fast_ms, mut processor_ms) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..frames {
        for (cloth, kernels, times) in [(&mut in_exact, exact, &mut exact_ms), (&mut in_fast, fast, &mut fast_ms)] {
            let start = Instant::now();
            cloth.step(kernels, SUBSTEPS)?;
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
        let start = Instant::now();
        here.step_with(SUBSTEPS, &mut contact);
        processor_ms.push(start.elapsed().as_secs_f64() * 1e3);
    }
    for (name, times) in [("device_exact", &exact_ms), ("device_fast", &fast_ms), ("processor", &processor_ms)] {
        let name = format!("cloth.contact_{name}_ms");
        metrics.insert(name.clone(), measured(&name, median(times))?);
    }
    let name = "cloth.contact_deterministic_cost_ratio";
    metrics.insert(name.to_owned(), measured(name, ratio_of_medians(&exact_ms, &fast_ms))?);
    notes.push(format!(
        "contact_deterministic_cost_ratio: the same of {frames} frames of the folded sheet in contact, {} x {TIMED_CONTACT_CELLS} cells, \
         the processor with one thread.",
        2 * TIMED_CONTACT_CELLS
    ));
    Ok(in_exact.cloths[0].read_state()?.sha256() == here.state().sha256())
}

fn sheet() -> Result<Cloth, DeviceError> {
    let mesh = rectangle([1.0, 1.0], [SIDE - 1, SIDE - 1], Diagonals::Alternating)?;
    let pins = vec![0, SIDE as u32 - 1];
    Ok(Cloth::new(mesh, Fabric::default(), Settings::default(), Fastenings { pins, ..Fastenings::default() })?)
}
