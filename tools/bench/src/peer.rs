//! Peers: other programs, kept running beside Kinema and asked for one piece of work at a time.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, unbounded};
use kinema::core::cache_dir;

use crate::BenchError;

/// Longest wait for one answer. The first one includes compiling shaders.
const PATIENCE: Duration = Duration::from_secs(300);
/// How many of its last lines are shown when it fails.
const LAST_LINES: usize = 12;

/// A peer's name here, and the list in `tools/bench/peers` that installs it.
#[derive(Clone, Copy, Debug)]
pub struct PeerName {
    pub peer: &'static str,
    pub package: &'static str,
}

/// Python of a peer's environment, from its root.
const PYTHON: &str = "bin/python";

impl PeerName {
    /// Python with the peer's packages.
    ///
    /// # Errors
    /// They are not installed.
    pub fn python(self) -> Result<PathBuf, BenchError> {
        let python = cache_dir().join("peers").join(self.package).join(PYTHON);
        if !python.is_file() {
            return Err(BenchError::PeerMissing { peer: self.peer, program: PYTHON, package: self.package });
        }
        Ok(python)
    }
}

/// A running peer. It answers each line on its standard input with one line `KINEMA <words>` among others.
pub struct Peer {
    name: PeerName,
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    last_lines: VecDeque<String>,
}

impl Peer {
    /// Starts `command` and waits for its first answer.
    ///
    /// # Errors
    /// The program does not start or does not answer.
    pub fn start(name: PeerName, command: &mut Command) -> Result<Self, BenchError> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let program = command.get_program().to_string_lossy().into_owned();
        let mut child = command.spawn().map_err(|source| BenchError::Io { path: program.into(), source })?;
        let (sender, lines) = unbounded();
        if let Some(stdout) = child.stdout.take() {
            // The thread ends with the peer's output.
            std::thread::spawn(move || {
                for line in BufReader::new(stdout).split(b'\n').map_while(Result::ok) {
                    if sender.send(String::from_utf8_lossy(&line).trim_end().to_owned()).is_err() {
                        break;
                    }
                }
            });
        }
        let stdin = child.stdin.take();
        let mut peer = Self { name, child, stdin, lines, last_lines: VecDeque::new() };
        peer.answer()?;
        Ok(peer)
    }

    /// Sends a line and waits for the answer, its words after `KINEMA`.
    ///
    /// # Errors
    /// The peer ended or did not answer in time.
    pub fn ask(&mut self, line: &str) -> Result<String, BenchError> {
        let sent = self.stdin.as_mut().map(|stdin| writeln!(stdin, "{line}").and_then(|()| stdin.flush()));
        match sent {
            Some(Ok(())) => self.answer(),
            _ => Err(self.failed("takes no more orders")),
        }
    }

    /// Like [`Peer::ask`], for an answer that is a number of seconds.
    ///
    /// # Errors
    /// As [`Peer::ask`]; an answer that is no positive number.
    pub fn ask_secs(&mut self, line: &str) -> Result<f64, BenchError> {
        let answer = self.ask(line)?;
        match answer.parse::<f64>() {
            Ok(secs) if secs > 0.0 => Ok(secs),
            _ => Err(self.failed(&format!("answered `{answer}`, expected seconds"))),
        }
    }

    fn answer(&mut self) -> Result<String, BenchError> {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    if let Some(answer) = line.strip_prefix("KINEMA ") {
                        return Ok(answer.to_owned());
                    }
                    if self.last_lines.len() == LAST_LINES {
                        self.last_lines.pop_front();
                    }
                    self.last_lines.push_back(line);
                }
                Err(RecvTimeoutError::Timeout) => {
                    return Err(self.failed(&format!("did not answer for {} s", PATIENCE.as_secs())));
                }
                Err(RecvTimeoutError::Disconnected) => return Err(self.failed("ended early")),
            }
        }
    }

    fn failed(&self, problem: &str) -> BenchError {
        BenchError::PeerFailed {
            peer: self.name.peer,
            package: self.name.package,
            problem: problem.to_owned(),
            said: self.last_lines.iter().cloned().collect(),
        }
    }
}

impl Drop for Peer {
    /// Closing its input ends a well-behaved peer; the rest is ended by force.
    fn drop(&mut self) {
        drop(self.stdin.take());
        for _ in 0..50 {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// # Errors
/// [`BenchError::PeerMissing`] with the first program that is not on the search path.
pub fn require(name: PeerName, programs: &[&'static str]) -> Result<(), BenchError> {
    let search_path = std::env::var_os("PATH").unwrap_or_default();
    let exists = |program: &str| std::env::split_paths(&search_path).any(|dir| is_file(&dir.join(program)));
    match programs.iter().find(|program| !exists(program)) {
        Some(program) => Err(BenchError::PeerMissing { peer: name.peer, program, package: name.package }),
        None => Ok(()),
    }
}

fn is_file(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file())
}

#[cfg(test)]
mod tests {
    use kinema_core::{Blame, Blamed};

    use super::*;

    const NAME: PeerName = PeerName { peer: "other", package: "list" };

    fn shell(script: &str) -> Result<Peer, BenchError> {
        Peer::start(NAME, Command::new("sh").arg("-c").arg(script))
    }

    #[test]
    fn a_peer_answers_line_by_line_among_its_own_chatter() {
        let script = "echo hello; echo KINEMA ready; while read line; do echo noise; echo \"KINEMA $line\"; done";
        let mut peer = shell(script).expect("a peer");
        assert_eq!(peer.ask("one").expect("an answer"), "one");
        assert_eq!(peer.ask_secs("2.5").expect("seconds"), 2.5);
        let error = peer.ask_secs("later").expect_err("no number").to_string();
        assert!(error.contains("peer `other` answered `later`, expected seconds"), "{error}");
    }

    #[test]
    fn a_peer_that_ends_is_quoted() {
        let error = shell("echo no scene; exit 1").err().expect("it ended");
        let text = error.to_string();
        assert!(text.contains("ended early; run `cargo xtask peers list`") && text.ends_with("no scene"), "{text}");
        assert_eq!(error.blame(), Blame::Machine);
    }

    #[test]
    fn a_missing_program_is_named_with_the_remedy() {
        let error = require(NAME, &["sh", "kinema-no-such-program"]).expect_err("missing");
        let text = error.to_string();
        assert_eq!(
            text,
            "peer `other` is not installed: there is no program `kinema-no-such-program`; run `cargo xtask peers list`"
        );
    }
}
