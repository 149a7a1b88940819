//! How a command ends: one message, one exit status.
//!
//! | status | meaning |
//! |---|---|
//! | 0 | done |
//! | 2 | the user's mistake |
//! | 3 | the machine's |
//! | 70 | an internal error, that is a panic (`EX_SOFTWARE` of BSD's sysexits) |
//! | 130 | stopped by Ctrl-C, as shells report it |

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use kinema::KinemaError;
use kinema::cloth::ClothBakeError;
use kinema::core::{Blame, Blamed, Diagnostics};
use kinema::export::ExportError;
use kinema::parallax::ParallaxError;
use kinema::physics::PhysicsError;
use kinema_bench::BenchError;

use crate::output::{self, Screen};

const INTERNAL: u8 = 70;
const INTERRUPTED: u8 = 130;

/// Every status this program ends with by itself.
#[cfg(test)]
pub const STATUSES: [u8; 5] = [0, 2, 3, INTERNAL, INTERRUPTED];

/// Anything that ends a command early. Printed once, by [`conclude`].
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    #[error(transparent)]
    Kinema(#[from] KinemaError),
    #[error(transparent)]
    Physics(#[from] PhysicsError),
    #[error(transparent)]
    Cloth(#[from] ClothBakeError),
    #[error(transparent)]
    Export(#[from] ExportError),
    #[error(transparent)]
    Parallax(#[from] ParallaxError),
    #[error(transparent)]
    Bench(#[from] BenchError),
    /// What was typed cannot be done.
    #[error("{0}")]
    Refused(String),
    /// `check` has printed what is wrong.
    #[error("errors in {failed} of {}", output::count(*.total, "file"))]
    ChecksFailed { failed: usize, total: usize, blame: Blame },
    /// `doctor` has printed what is missing.
    #[error(
        "this machine lacks {0} of what rendering needs; the lines above that begin with `missing` name the remedy"
    )]
    MachineLacks(usize),
    /// The system refused to read or write a file.
    #[error("cannot {action} `{}`; {remedy}", path.display())]
    File { action: &'static str, path: PathBuf, remedy: &'static str, source: io::Error },
    /// Standard output went away.
    #[error("cannot write to standard output; if it goes into a file, check the disk")]
    Output(#[source] io::Error),
    /// Ctrl-C cannot be caught.
    #[error("cannot listen for Ctrl-C")]
    Signals(#[source] ctrlc::Error),
    /// Stopped by the user; says how to go on.
    #[error("{0}")]
    Interrupted(String),
}

impl From<Diagnostics> for CliError {
    fn from(diagnostics: Diagnostics) -> Self {
        CliError::Kinema(KinemaError::Shot(diagnostics))
    }
}

impl CliError {
    fn exit_code(&self) -> u8 {
        match self {
            CliError::Interrupted(_) => INTERRUPTED,
            CliError::Kinema(error) => error.blame().exit_code(),
            CliError::Physics(error) => error.blame().exit_code(),
            CliError::Cloth(error) => error.blame().exit_code(),
            CliError::Export(error) => error.blame().exit_code(),
            CliError::Parallax(error) => error.blame().exit_code(),
            CliError::Bench(error) => error.blame().exit_code(),
            CliError::ChecksFailed { blame, .. } => blame.exit_code(),
            CliError::Refused(_) => Blame::User.exit_code(),
            CliError::File { source, .. } => file_blame(source).exit_code(),
            CliError::MachineLacks(_) | CliError::Output(_) | CliError::Signals(_) => Blame::Machine.exit_code(),
        }
    }

    /// The error and what caused it, on one line as far as the messages are.
    fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut source = self.source();
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            if !text.contains(&cause_text) {
                text.push_str(": ");
                text.push_str(&cause_text);
            }
            source = cause.source();
        }
        text
    }

    fn shown(&self) -> String {
        match self {
            // Each of them says `error` behind its place.
            CliError::Kinema(KinemaError::Shot(diagnostics)) => diagnostics.to_string(),
            CliError::Interrupted(message) => message.clone(),
            _ => format!("error: {}", self.chain()),
        }
    }

    fn pipe_closed(&self) -> bool {
        matches!(self, CliError::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// A path that cannot be used is the user's; a disk that fails is the machine's.
fn file_blame(error: &io::Error) -> Blame {
    use io::ErrorKind::*;
    match error.kind() {
        NotFound | PermissionDenied | NotADirectory | IsADirectory | AlreadyExists | ReadOnlyFilesystem
        | InvalidFilename => Blame::User,
        _ => Blame::Machine,
    }
}

/// Prints the error, if there is one, and chooses the exit status. With `json`, machines learn of it too.
pub fn conclude(outcome: Result<(), CliError>, json: bool, screen: &Screen) -> ExitCode {
    let Err(error) = outcome else { return ExitCode::SUCCESS };
    if error.pipe_closed() {
        // Whoever read has read enough: `kinema schema | head`.
        return ExitCode::SUCCESS;
    }
    let exit_code = error.exit_code();
    if json {
        let event = serde_json::json!({ "kind": "failed", "exit_code": exit_code, "message": error.chain() });
        // The same words follow on standard error.
        let _ = output::line(&event.to_string());
    }
    screen.note(&error.shown());
    ExitCode::from(exit_code)
}

/// Makes every panic, on any thread, one line and an exit. Frames are committed atomically, so ending anywhere is safe.
pub fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        let message = panic.payload_as_str().unwrap_or("a panic without words");
        // A closed standard error must not cause another panic.
        let _ = writeln!(
            io::stderr(),
            "internal error: {message} ({place})\n  help: this is a fault in Kinema, please report it with the line above; \
             committed frames are kept"
        );
        std::process::exit(INTERNAL.into());
    }));
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// Set in the process that is to end by a panic.
    const PANICS: &str = "KINEMA_TEST_PANICS";

    /// Ends its process; the test below starts it.
    #[test]
    fn panics_on_another_thread() {
        if std::env::var_os(PANICS).is_none() {
            return;
        }
        report_panics();
        let nothing = std::env::var_os("KINEMA_THAT_NOBODY_SETS");
        let thread = std::thread::spawn(move || nothing.expect("a value that is not there"));
        let _ = thread.join();
        std::thread::sleep(std::time::Duration::from_secs(60));
    }

    #[test]
    fn a_panic_is_one_line_with_its_place_and_status_70() {
        let test = "exit::tests::panics_on_another_thread";
        let this_program = std::env::current_exe().expect("this program");
        let output = Command::new(this_program).args([test, "--exact", "--nocapture"]).env(PANICS, "1").output();
        let output = output.expect("it starts");
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(INTERNAL.into()), "{text}");
        assert!(text.contains("internal error: a value that is not there (") && text.contains("exit.rs:"), "{text}");
    }

    #[test]
    fn causes_are_appended_once() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let error = CliError::File { action: "write", path: "a.ron".into(), remedy: "free some space", source: full };
        assert_eq!(error.shown(), "error: cannot write `a.ron`; free some space: no storage space");
        assert_eq!(error.exit_code(), 3);
        let error = CliError::ChecksFailed { failed: 1, total: 2, blame: Blame::User };
        assert_eq!((error.shown().as_str(), error.exit_code()), ("error: errors in 1 of 2 files", 2));
    }
}
