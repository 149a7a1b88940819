//! FLIP by its authors' own evaluator, in processes of their own beside drawing: it takes longer than everything else.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::depthflow::{NAME, write};
use crate::BenchError;
use crate::peer::Peer;

const SCRIPT: (&str, &str) = ("flip_error.py", include_str!("../../peers/flip_error.py"));
/// Pictures that wait for an evaluator.
const WAITING: usize = 16;

/// Two pictures as sRGB bytes, and what to look at.
pub struct Pair {
    pub reference: Arc<Vec<u8>>,
    pub test: Vec<u8>,
    /// A byte a pixel, not 0 where it counts.
    pub mask: Arc<Vec<u8>>,
    pub size: (usize, usize),
}

/// Mean error over the mask, not a number if that is empty, and over the whole picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flip {
    pub masked: f64,
    pub whole: f64,
}

/// Running evaluators.
pub struct Evaluators {
    pairs: Option<Sender<(usize, Pair)>>,
    answers: Receiver<Result<(usize, Flip), BenchError>>,
    threads: Vec<JoinHandle<()>>,
    sent: usize,
}

impl Evaluators {
    /// # Errors
    /// The peer is not installed, or does not start.
    pub fn start() -> Result<Self, BenchError> {
        let python = NAME.python()?;
        let (pairs, queue) = bounded::<(usize, Pair)>(WAITING);
        let (answer, answers) = unbounded();
        let mut threads = Vec::new();
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from).min(4) {
            let dir = tempfile::tempdir().map_err(|source| BenchError::Io { path: std::env::temp_dir(), source })?;
            let script = dir.path().join(SCRIPT.0);
            write(&script, SCRIPT.1.as_bytes())?;
            let mut peer = Peer::start(NAME, Command::new(&python).arg(script))?;
            let (queue, answer) = (queue.clone(), answer.clone());
            threads.push(std::thread::spawn(move || {
                for (index, pair) in queue {
                    let found = evaluated(&mut peer, dir.path(), &pair).map(|flip| (index, flip));
                    let has_failed = found.is_err();
                    if answer.send(found).is_err() || has_failed {
                        break;
                    }
                }
            }));
        }
        Ok(Self { pairs: Some(pairs), answers, threads, sent: 0 })
    }

    /// Hands a pair over; gives the index of its answer. Waits while all are busy.
    pub fn send(&mut self, pair: Pair) -> usize {
        let index = self.sent;
        self.sent += 1;
        if let Some(pairs) = &self.pairs {
            // No evaluator left: one has failed, and `finish` says why.
            let _ = pairs.send((index, pair));
        }
        index
    }

    /// All answers, by index.
    ///
    /// # Errors
    /// An evaluator that failed.
    pub fn finish(mut self) -> Result<Vec<Flip>, BenchError> {
        drop(self.pairs.take());
        let mut found = vec![Flip { masked: f64::NAN, whole: f64::NAN }; self.sent];
        for answer in &self.answers {
            let (index, flip) = answer?;
            found[index] = flip;
        }
        self.threads.drain(..).for_each(|thread| drop(thread.join()));
        Ok(found)
    }
}

fn evaluated(peer: &mut Peer, dir: &Path, pair: &Pair) -> Result<Flip, BenchError> {
    let files = ["reference", "test", "mask"].map(|name| dir.join(name));
    for (file, bytes) in files.iter().zip([&*pair.reference, &pair.test, &*pair.mask]) {
        write(file, bytes)?;
    }
    let [reference, test, mask] = files.map(|file| file.display().to_string());
    let (width, height) = pair.size;
    let answer = peer.ask(&format!("flip {reference} {test} {mask} {width} {height}"))?;
    let mut numbers = answer.split_whitespace().map(|word| word.parse().unwrap_or(f64::NAN));
    Ok(Flip { masked: numbers.next().unwrap_or(f64::NAN), whole: numbers.next().unwrap_or(f64::NAN) })
}
