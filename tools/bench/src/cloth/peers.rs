//! Newton and Blender beside Kinema: the same cases and the same sheet, each in a process of its own.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use super::sheet::{SIDE, SUBSTEPS, Sheet};
use crate::BenchError;
use crate::peer::{Peer, PeerName, require};
use crate::stats::{measured, median, ratio_of_medians};

const NEWTON: PeerName = PeerName { peer: "newton", package: "newton" };
const BLENDER: PeerName = PeerName { peer: "blender", package: "blender" };
const NEWTON_SCRIPT: (&str, &str) = ("newton_cloth.py", include_str!("../../peers/newton_cloth.py"));
const BLENDER_SCRIPT: (&str, &str) = ("blender_cloth.py", include_str!("../../peers/blender_cloth.py"));
/// Cells along the strip of a peer's case: the middle one of ours.
pub const CELLS: usize = 24;
/// Quality steps of Blender's cloth: the default, and three times that.
const BLENDER_QUALITIES: [(u32, &str, &str); 2] =
    [(5, "blender", "Blender's cloth"), (15, "blender_quality_15", "Blender's cloth at quality 15")];

/// One way in which a peer simulates cloth.
struct Method {
    /// In the names of metrics.
    metric: &'static str,
    title: &'static str,
    /// Words of its orders: between `case` and the case, after those, and after `sheet`.
    case_before: &'static str,
    case_after: String,
    sheet_words: String,
    /// Cases that it can express.
    cases: &'static [&'static str],
    /// Frames of the race.
    frames: u32,
}

struct Running {
    peer: Peer,
    methods: Vec<Method>,
}

/// The peers that were asked for.
pub struct Peers {
    running: Vec<Running>,
    /// Holds the scripts while they run.
    _dir: tempfile::TempDir,
}

const BENDING_CASES: &[&str] =
    &["hanging_strip", "catenary", "small_cantilever", "elastica_10_drop", "elastica_100_drop", "pendulum"];

impl Peers {
    /// Starts those in `names`, separated by commas.
    ///
    /// # Errors
    /// One is not installed, or does not start.
    pub fn start(names: &str) -> Result<Self, BenchError> {
        let dir = tempfile::tempdir().map_err(|source| BenchError::Io { path: std::env::temp_dir(), source })?;
        let script = |(name, text): (&str, &str)| {
            let path = dir.path().join(name);
            fs::write(&path, text).map_err(|source| BenchError::Io { path: path.clone(), source })?;
            Ok::<_, BenchError>(path)
        };
        let mut running = Vec::new();
        for name in names.split(',').filter(|name| !name.is_empty()) {
            if name == NEWTON.peer {
                let python = NEWTON.python()?;
                let peer = Peer::start(NEWTON, Command::new(python).arg(script(NEWTON_SCRIPT)?))?;
                let method = |metric, title, word: &'static str, frames| Method {
                    metric,
                    title,
                    case_before: word,
                    case_after: CELLS.to_string(),
                    sheet_words: format!("{word} {SIDE}"),
                    cases: BENDING_CASES,
                    frames,
                };
                let methods = vec![
                    method("newton_xpbd", "Newton's XPBD", "xpbd", 20),
                    method("newton_vbd", "Newton's VBD", "vbd", 6),
                ];
                running.push(Running { peer, methods });
            } else {
                require(BLENDER, &["blender"])?;
                let mut command = Command::new("blender");
                command.args(["-b", "--factory-startup", "-noaudio", "-P"]).arg(script(BLENDER_SCRIPT)?);
                let peer = Peer::start(BLENDER, &mut command)?;
                let methods = BLENDER_QUALITIES.map(|(quality, metric, title)| Method {
                    metric,
                    title,
                    case_before: "",
                    case_after: format!("{CELLS} {quality}"),
                    sheet_words: format!("{SIDE} {quality}"),
                    cases: &["hanging_strip", "catenary", "pendulum"],
                    frames: 20,
                });
                running.push(Running { peer, methods: methods.into() });
            }
        }
        Ok(Self { running, _dir: dir })
    }

    /// What each makes of a case whose truth is known. A peer that blows up has no metric, and a note.
    pub fn case(
        &mut self,
        case: &str,
        truth: f64,
        metrics: &mut BTreeMap<String, f64>,
        notes: &mut Vec<String>,
        tell: &mut dyn FnMut(&str),
    ) -> Result<(), BenchError> {
        for Running { peer, methods } in &mut self.running {
            for method in methods.iter().filter(|method| method.cases.contains(&case)) {
                tell(&format!("{case}, {}", method.title));
                let words = ["case", method.case_before, case, &method.case_after];
                let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
                let answer = peer.ask(&words.join(" "))?;
                let value: f64 = answer.parse().unwrap_or(f64::NAN);
                let error = value / truth - 1.0;
                if error.is_finite() {
                    metrics.insert(format!("cloth.{}_{case}_err_{CELLS}", method.metric), error.abs());
                    notes.push(format!(
                        "{case}: {} gives {value:.5} for {truth:.5}, {:+.2} %.",
                        method.title,
                        100.0 * error
                    ));
                } else {
                    notes.push(format!("{case}: {} blew up or did not finish.", method.title));
                }
            }
        }
        Ok(())
    }

    /// The same sheet with self-contact, in turns.
    pub fn race(
        &mut self,
        cores: usize,
        is_quick: bool,
        metrics: &mut BTreeMap<String, f64>,
        notes: &mut Vec<String>,
        tell: &mut dyn FnMut(&str),
    ) -> Result<(), BenchError> {
        for Running { peer, methods } in &mut self.running {
            let mut slowest_margin = f64::INFINITY;
            for method in methods.iter() {
                let frames = if is_quick { 3 } else { method.frames };
                tell(&format!("the sheet, {frames} frames in turns with {}", method.title));
                peer.ask(&format!("sheet {}", method.sheet_words))?;
                let mut sheet = Sheet::new(SIDE - 1, cores)?;
                let (mut ours_ms, mut theirs_ms) = (Vec::new(), Vec::new());
                for _ in 0..frames {
                    ours_ms.push(sheet.frame_ms());
                    theirs_ms.push(peer.ask_secs("frame")? * 1e3);
                }
                let name = format!("cloth.speed_vs_{}", method.metric);
                let ratio = measured(&name, ratio_of_medians(&theirs_ms, &ours_ms))?;
                metrics.insert(name, ratio);
                slowest_margin = slowest_margin.min(ratio);
                for (name, times) in [
                    (format!("cloth.{}_sheet_ms", method.metric), &theirs_ms),
                    (format!("cloth.sheet_beside_{}_ms", method.metric), &ours_ms),
                ] {
                    let ms = measured(&name, median(times))?;
                    metrics.insert(name, ms);
                }
            }
            if methods.iter().any(|method| method.metric.starts_with("newton")) {
                metrics.insert("cloth.speed_vs_newton".to_owned(), slowest_margin);
            }
        }
        if !self.running.is_empty() {
            notes.push(format!(
                "speed_vs: their milliseconds of 1/60 s over ours, frame by frame in turns, {SIDE}x{SIDE} particles with \
                 self-contact; ours in {SUBSTEPS} substeps on {cores} threads, Newton in 10 substeps of 10 iterations (0.1 kg a particle, without \
                 which its XPBD does not survive), Blender at quality 5 and 15. speed_vs_newton is against the faster of its two solvers."
            ));
        }
        Ok(())
    }
}
