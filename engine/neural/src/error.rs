use std::path::PathBuf;

use kinema_core::{Aov, Blame, Blamed, PackError, PixelFormat};

/// Why a model cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum NeuralError {
    /// ONNX Runtime is not installed.
    #[error("ONNX Runtime, which runs neural models, is missing: {0}")]
    Pack(#[from] PackError),
    /// ONNX Runtime is there and does not load.
    #[error("{}: ONNX Runtime does not load: {problem}; delete {} and run `cargo xtask setup`", .path.display(), .pack_dir.display())]
    Library {
        /// The shared library.
        path: PathBuf,
        /// The pack that it belongs to.
        pack_dir: PathBuf,
        /// What the loader said.
        problem: String,
    },
    /// A file of a model cannot be read.
    #[error("{}: the model cannot be read: {source}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// `model.toml` is wrong.
    #[error("{}: {problem}", .path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong, what was expected.
        problem: String,
    },
    /// The weights are not those that the manifest describes.
    #[error(
        "{}: sha256 is {found} where model.toml says {expected}; restore the file, or run the model's export script again",
        .path.display()
    )]
    Hash {
        /// The model file.
        path: PathBuf,
        /// From the manifest.
        expected: String,
        /// Of the file.
        found: String,
    },
    /// The network and its manifest disagree.
    #[error("model `{model}`: {problem}; model.toml must describe the file it names")]
    Interface {
        /// The model.
        model: String,
        /// Which tensor, and how it differs.
        problem: String,
    },
    /// A tensor does not fit the model, or its own data.
    #[error("tensor `{tensor}`: {problem}")]
    Shape {
        /// Name of the tensor, or what it was made from.
        tensor: String,
        /// What is wrong, what was expected.
        problem: String,
    },
    /// The values of a tensor are unusable.
    #[error("tensor `{tensor}`: {problem}")]
    Values {
        /// Name of the tensor, or what it was made from.
        tensor: String,
        /// How many, and what to do.
        problem: String,
    },
    /// This AOV holds no numbers that a network could take.
    #[error(
        "AOV `{aov}` as {format:?} cannot become a tensor; use display (8 bit), beauty, depth, normal, motion or albedo"
    )]
    Plane {
        /// The AOV.
        aov: Aov,
        /// Its pixels.
        format: PixelFormat,
    },
    /// ONNX Runtime failed.
    #[error("model `{model}`: {doing} failed: {problem}")]
    Runtime {
        /// The model.
        model: String,
        /// What was being done.
        doing: &'static str,
        /// What ONNX Runtime said.
        problem: String,
    },
}

impl Blamed for NeuralError {
    fn blame(&self) -> Blame {
        match self {
            Self::Pack(error) => error.blame(),
            Self::Library { .. } | Self::Runtime { .. } => Blame::Machine,
            Self::Unreadable { .. }
            | Self::Manifest { .. }
            | Self::Hash { .. }
            | Self::Interface { .. }
            | Self::Shape { .. }
            | Self::Values { .. }
            | Self::Plane { .. } => Blame::User,
        }
    }
}
