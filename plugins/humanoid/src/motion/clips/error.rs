//! Why a clip cannot be used.

use std::path::{Path, PathBuf};

use kinema_core::{AssetError, Blame, Blamed};

/// An error of a motion file. Messages name the file, the line where there are lines, and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum ClipError {
    /// The reference leads nowhere.
    #[error(transparent)]
    Asset(#[from] AssetError),
    /// The file cannot be read.
    #[error("{}: cannot be read ({source})", file.display())]
    Read { file: PathBuf, source: std::io::Error },
    /// The file is not what it claims to be. `line` is 1-based, 0 where lines mean nothing.
    #[error("{}{}: {message}", file.display(), LineSuffix(*line))]
    Form { file: PathBuf, line: usize, message: String },
    /// A glTF file is not what it claims to be.
    #[error(transparent)]
    Gltf(kinema_core::gltf::GltfError),
    /// The skeleton lacks bones that the body needs.
    #[error(
        "{}: its skeleton has no {}; name the joints as Mixamo, VRM, CMU or MakeHuman do, or export the whole skeleton (its joints are {joints})",
        file.display(), missing.join(", no ")
    )]
    MissingBones { file: PathBuf, missing: Vec<String>, joints: String },
}

struct LineSuffix(usize);

impl std::fmt::Display for LineSuffix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0 == 0 { Ok(()) } else { write!(f, ":{}", self.0) }
    }
}

impl ClipError {
    pub(crate) fn form(file: &Path, line: usize, message: impl Into<String>) -> Self {
        Self::Form { file: file.to_owned(), line, message: message.into() }
    }
}

impl Blamed for ClipError {
    fn blame(&self) -> Blame {
        match self {
            ClipError::Asset(error) => error.blame(),
            ClipError::Read { .. } => Blame::Machine,
            ClipError::Form { .. } | ClipError::Gltf(_) | ClipError::MissingBones { .. } => Blame::User,
        }
    }
}

/// Reads a whole file of at most `limit_bytes`.
pub(crate) fn read_file(file: &Path, limit_bytes: u64) -> Result<Vec<u8>, ClipError> {
    let read_error = |source| ClipError::Read { file: file.to_owned(), source };
    let metadata = std::fs::metadata(file).map_err(read_error)?;
    // A pipe or a device would block for ever.
    if !metadata.is_file() {
        return Err(ClipError::form(file, 0, "is not a regular file"));
    }
    if metadata.len() > limit_bytes {
        let message = format!("is {} bytes long, more than the {limit_bytes} that are read; cut it", metadata.len());
        return Err(ClipError::form(file, 0, message));
    }
    std::fs::read(file).map_err(read_error)
}
