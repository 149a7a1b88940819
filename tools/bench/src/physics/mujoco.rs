//! MuJoCo beside Kinema: the same cases and the same heap, in a process of its own.

use std::fs;
use std::process::Command;

use crate::BenchError;
use crate::peer::{Peer, PeerName};

const NAME: PeerName = PeerName { peer: "mujoco", package: "mujoco" };
const SCRIPT: (&str, &str) = ("mujoco_rigid.py", include_str!("../../peers/mujoco_rigid.py"));

/// The cases that it can run: it has no buoyancy.
pub const CASES: [&str; 9] = [
    "incline_slide",
    "incline_hold",
    "incline_slip",
    "pendulum_period",
    "dzhanibekov_flip",
    "tower_20",
    "cradle",
    "free_fall",
    "bounce",
];

/// A running MuJoCo.
pub struct Mujoco {
    peer: Peer,
    /// Holds the script while it runs.
    _dir: tempfile::TempDir,
}

impl Mujoco {
    /// # Errors
    /// It is not installed, or does not start.
    pub fn start() -> Result<Self, BenchError> {
        let python = NAME.python()?;
        let dir = tempfile::tempdir().map_err(|source| BenchError::Io { path: std::env::temp_dir(), source })?;
        let script = dir.path().join(SCRIPT.0);
        fs::write(&script, SCRIPT.1).map_err(|source| BenchError::Io { path: script.clone(), source })?;
        Ok(Self { peer: Peer::start(NAME, Command::new(python).arg(script))?, _dir: dir })
    }

    /// The quantity of a case; no number if it has none.
    pub fn case(&mut self, case: &str, hertz: u32) -> Result<f64, BenchError> {
        Ok(self.peer.ask(&format!("case {case} {hertz}"))?.parse().unwrap_or(f64::NAN))
    }

    /// Builds the heap that is stepped.
    pub fn heap(&mut self, bodies: u32, hertz: u32) -> Result<(), BenchError> {
        self.peer.ask(&format!("heap {bodies} {hertz}")).map(|_| ())
    }

    /// Milliseconds of a step of the heap, the mean of `count`.
    pub fn steps_ms(&mut self, count: u32) -> Result<f64, BenchError> {
        Ok(self.peer.ask_secs(&format!("steps {count}"))? * 1e3)
    }
}
