//! What went wrong, whose move it is, and the command that mends it.

use std::fmt;
use std::path::Path;

/// Every failure of a task. Printed once, by `main`.
#[derive(Debug)]
pub struct TaskError {
    /// The process's exit status: 1 a check failed, 2 the user's mistake, 3 the machine's; a child's own otherwise.
    pub exit_code: u8,
    pub message: String,
    /// What to do about it; empty when the message of a child process already said so.
    pub remedy: String,
}

pub type TaskResult<T = ()> = Result<T, TaskError>;

impl TaskError {
    /// A check ran and failed.
    pub fn check(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { exit_code: 1, message: message.into(), remedy: remedy.into() }
    }

    /// The user asked for something that cannot be.
    pub fn user(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { exit_code: 2, message: message.into(), remedy: remedy.into() }
    }

    /// The machine lacks something or failed.
    pub fn machine(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { exit_code: 3, message: message.into(), remedy: remedy.into() }
    }

    /// Reading, writing or renaming `path` failed: `doing` is "read", "write", ...
    pub fn io(doing: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::machine(
            format!("cannot {doing} {}: {error}", path.display()),
            "check that the path exists, that you own it and that the disk has room, then run the command again",
        )
    }
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.message)?;
        if !self.remedy.is_empty() {
            write!(f, "\n  help: {}", self.remedy)?;
        }
        Ok(())
    }
}

impl std::error::Error for TaskError {}
