//! `anny` beside Kinema: the package whose bodies Kinema's agree with, on PyTorch.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use kinema::humanoid::anny::basis::BodyBasis;
use kinema::humanoid::samples::Samples;
use kinema::humanoid::{Batch, BodyState};

use super::Changed;
use crate::BenchError;
use crate::peer::{Peer, PeerName};

/// What `anny` is measured in: its default, and what ours is in.
pub const PRECISIONS: [&str; 2] = ["float64", "float32"];

const NAME: PeerName = PeerName { peer: "anny", package: "anny" };
/// The scripts it runs.
const FILES: [(&str, &str); 2] = [
    ("anny_body.py", include_str!("../../peers/anny_body.py")),
    ("make_fixtures.py", include_str!("../../../../plugins/humanoid/fixtures/make_fixtures.py")),
];
/// The seed of the bodies that are compared; those of the committed fixtures are others.
const SEED: u32 = 1000;
/// Bodies compared at once.
const CHUNK: usize = 25;

/// A running `anny`.
pub struct Anny {
    peer: Peer,
    dir: tempfile::TempDir,
}

impl Anny {
    /// # Errors
    /// It is not installed, or does not start.
    pub fn start() -> Result<Self, BenchError> {
        let python = NAME.python()?;
        let io = |path: PathBuf| move |source| BenchError::Io { path, source };
        let dir = tempfile::tempdir().map_err(io(std::env::temp_dir()))?;
        for (name, text) in FILES {
            fs::write(dir.path().join(name), text).map_err(io(dir.path().join(name)))?;
        }
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let mut command = Command::new(python);
        command.arg(dir.path().join(FILES[0].0)).arg(threads.to_string());
        Ok(Self { peer: Peer::start(NAME, &mut command)?, dir })
    }

    /// Milliseconds of one evaluation.
    pub fn forward_ms(
        &mut self,
        precision: &str,
        size: usize,
        changed: Changed,
        turn: usize,
    ) -> Result<f64, BenchError> {
        let order = format!("forward {precision} {size} {} {} {turn}", changed.locals, changed.faces);
        Ok(self.peer.ask_secs(&order)? * 1e3)
    }

    /// The largest distance of a vertex of ours from its own, metres, over `count` bodies.
    pub fn compare(&mut self, basis: &BodyBasis, batch: &mut Batch, count: usize) -> Result<(f64, String), BenchError> {
        let path = self.dir.path().join("samples.bin");
        self.peer.ask_secs(&format!("samples {count} {SEED} {}", path.display()))?;
        let bytes = fs::read(&path).map_err(|source| BenchError::Io { path: path.clone(), source })?;
        let failed = |problem| BenchError::PeerFailed {
            peer: NAME.peer,
            package: NAME.package,
            problem: format!("made samples that cannot be compared ({problem})"),
            said: Vec::new(),
        };
        let samples = Samples::read(&bytes, basis).map_err(failed)?;
        let mut out = Vec::new();
        let mut worst = 0.0_f64;
        let indexed: Vec<(usize, &BodyState)> = samples.states.iter().enumerate().collect();
        for chunk in indexed.chunks(CHUNK) {
            let states: Vec<BodyState> = chunk.iter().map(|(_, state)| (*state).clone()).collect();
            batch.evaluate(&states, &mut out);
            for ((index, _), positions) in chunk.iter().zip(&out) {
                worst = worst.max(f64::from(samples.max_error_m(*index, positions)));
            }
        }
        let note = format!(
            "max_vertex_error_m: all {} vertices of {} random bodies against anny {} on PyTorch {} in float64, everything \
             changed at once.",
            samples.header.vertices_per_fixture,
            samples.states.len(),
            samples.header.anny,
            samples.header.torch
        );
        Ok((worst, note))
    }
}
