//! Cloth on the graphics device: whether its bits are the processor's, and what that costs.

use std::collections::BTreeMap;
use std::time::Instant;

use kinema::cloth::device::{Arithmetic, DeviceCloth, DeviceError, Kernels, SelfTest, open};
use kinema::cloth::reference::trial;
use kinema::cloth::solver::cloth::{Cloth, Fastenings};
use kinema::cloth::solver::fabric::Fabric;
use kinema::cloth::solver::grids::{Diagonals, rectangle};
use kinema::cloth::solver::settings::Settings;

use crate::BenchError;
use crate::stats::{measured, median, ratio_of_medians};

/// Particles along a side of the sheet whose step is timed, and its substeps in 1/60 s.
const SIDE: usize = 64;
const SUBSTEPS: u32 = 20;
/// Cells along a side of the sheet whose bits are compared, and its steps.
const CELLS: usize = 12;
const STEPS: u32 = 10_000;
const QUICK_STEPS: u32 = 500;
/// Steps in one submission.
const STEPS_AT_ONCE: u32 = 100;
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
    let is_equal = opened.test == SelfTest::Deterministic && hashes.iter().all(|hash| *hash == hashes[0]);
    metrics.insert("cloth.hash_equal".to_owned(), f64::from(u8::from(is_equal)));
    notes.push(format!(
        "hash_equal: 1 if the SHA-256 of the state is the same after {steps} steps of a sheet of {CELLS}x{CELLS} cells with pins, wind, memory, \
         strain limit, attachments and seams (one tears off) on the processor with 1 and 2 threads and on the device with workgroups of \
         {WORKGROUPS:?}, and the device passes its self-test ({}). Without contact.",
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
    Ok(opened.name)
}

fn sheet() -> Result<Cloth, DeviceError> {
    let mesh = rectangle([1.0, 1.0], [SIDE - 1, SIDE - 1], Diagonals::Alternating)?;
    let pins = vec![0, SIDE as u32 - 1];
    Ok(Cloth::new(mesh, Fabric::default(), Settings::default(), Fastenings { pins, ..Fastenings::default() })?)
}
