//! Area `face`: rendered faces, judged by networks that this project did not train.

mod crop;
mod detector;
mod emotions;
mod judge;
mod people;
mod recover;
mod studio;
mod tables;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::{BenchArgs, BenchError, BenchReport, Machine};
use judge::Judge;
use studio::Studio;

/// How much is drawn.
struct Samples {
    /// People with random faces, and random faces of each.
    random: (usize, usize),
    /// People who show every emotion.
    emotional: usize,
}

const FULL: Samples = Samples { random: (12, 25), emotional: 20 };
const QUICK: Samples = Samples { random: (3, 12), emotional: 3 };
/// Side of the pictures, pixels.
const SIDE: u32 = 512;

pub fn run(args: &BenchArgs, tell: &mut dyn FnMut(&str)) -> Result<BenchReport, BenchError> {
    let samples = if args.quick { QUICK } else { FULL };
    tell("opening the studio");
    let mut judge = Judge::open()?;
    let mut studio = Studio::open(SIDE, args.keep_dir.as_deref())?;
    let mut metrics = BTreeMap::new();
    let mut notes = recover::measure(&mut studio, &mut judge, samples.random, &mut metrics, tell)?;
    notes.extend(emotions::measure(&mut studio, &mut judge, samples.emotional, &mut metrics, tell)?);
    let machine = Machine::here(studio.driver());
    studio.close()?;
    Ok(BenchReport { area: args.area.clone(), machine, metrics, notes })
}
