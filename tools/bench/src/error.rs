use std::path::PathBuf;

use kinema::KinemaError;
use kinema::cloth::ClothBakeError;
use kinema::cloth::device::DeviceError;
use kinema::cloth::solver::contact::error::ContactError;
use kinema::cloth::solver::error::ClothError;
use kinema::export::ExportError;
use kinema::export::gltf::GltfError;
use kinema::humanoid::HumanoidError;
use kinema::neural::NeuralError;
use kinema::parallax::ParallaxError;
use kinema::physics::PhysicsError;
use kinema::physics::reference::cases::CaseError;
use kinema_core::{Blame, Blamed, Diagnostics};

/// Why a measurement ended without figures.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    #[error("there is no area `{area}`{}; choose from {known}", .nearest.as_ref().map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default())]
    UnknownArea { area: String, nearest: Option<String>, known: String },
    #[error("area `{area}` has no peer `{peer}`; choose from {known}")]
    UnknownPeer { area: &'static str, peer: String, known: String },
    /// A program of the peer is not on the search path.
    #[error("peer `{peer}` is not installed: there is no program `{program}`; run `cargo xtask peers {package}`")]
    PeerMissing { peer: &'static str, program: &'static str, package: &'static str },
    /// The peer ran and did not answer as expected.
    #[error("peer `{peer}` {problem}; run `cargo xtask peers {package}` and measure again{}", quoted(.said))]
    PeerFailed { peer: &'static str, package: &'static str, problem: String, said: Vec<String> },
    #[error("{}: {source}; check the disk and its permissions", .path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error("{0}; measure on a machine with nothing else to do")]
    NothingMeasured(String),
    #[error(transparent)]
    Cloth(#[from] ClothError),
    #[error(transparent)]
    ClothDevice(#[from] DeviceError),
    #[error(transparent)]
    Contact(#[from] ContactError),
    #[error(transparent)]
    Simulation(#[from] ClothBakeError),
    #[error(transparent)]
    Shot(#[from] Diagnostics),
    #[error(transparent)]
    Kinema(#[from] KinemaError),
    #[error(transparent)]
    Export(#[from] ExportError),
    #[error(transparent)]
    Gltf(#[from] GltfError),
    #[error(transparent)]
    Neural(Box<NeuralError>),
    #[error(transparent)]
    Parallax(Box<ParallaxError>),
    #[error(transparent)]
    Physics(#[from] PhysicsError),
    #[error(transparent)]
    Humanoid(#[from] HumanoidError),
}

// Boxed: they are so large that results would be.
impl From<NeuralError> for BenchError {
    fn from(error: NeuralError) -> Self {
        Self::Neural(Box::new(error))
    }
}

impl From<ParallaxError> for BenchError {
    fn from(error: ParallaxError) -> Self {
        Self::Parallax(Box::new(error))
    }
}

impl Blamed for BenchError {
    fn blame(&self) -> Blame {
        match self {
            Self::UnknownArea { .. } | Self::UnknownPeer { .. } => Blame::User,
            Self::PeerMissing { .. }
            | Self::PeerFailed { .. }
            | Self::Io { .. }
            | Self::NothingMeasured(_)
            | Self::Cloth(_)
            | Self::ClothDevice(_)
            | Self::Contact(_) => Blame::Machine,
            Self::Simulation(error) => error.blame(),
            Self::Shot(error) => error.blame(),
            Self::Kinema(error) => error.blame(),
            Self::Export(error) => error.blame(),
            Self::Gltf(error) => error.blame(),
            Self::Neural(error) => error.blame(),
            Self::Parallax(error) => error.blame(),
            Self::Physics(error) => error.blame(),
            Self::Humanoid(error) => error.blame(),
        }
    }
}

impl From<CaseError> for BenchError {
    fn from(error: CaseError) -> Self {
        match error {
            CaseError::Shot(error) => Self::Shot(error),
            CaseError::Physics(error) => Self::Physics(error),
        }
    }
}

fn quoted(lines: &[String]) -> String {
    if lines.is_empty() { String::new() } else { format!(". It said:\n  {}", lines.join("\n  ")) }
}
