use kinema_core::{Blame, Blamed, Diagnostics, Fault};
use kinema_export::ExportError;
use kinema_gpu::GpuError;

/// Anything that can end a run. Its [`Blame`] decides the exit code.
#[derive(Debug, thiserror::Error)]
pub enum KinemaError {
    #[error(transparent)]
    Shot(#[from] Diagnostics),
    #[error(transparent)]
    Gpu(#[from] GpuError),
    #[error(transparent)]
    Export(#[from] ExportError),
    #[error("frame {frame}: {fault}")]
    Fault { frame: i64, fault: Fault },
    #[error(
        "the shot has no active camera; add a part such as `(id: \"camera\", position: (0, 1.5, 4), part: Camera())`"
    )]
    NoCamera,
    #[error("frames {start}..{end} lie outside the shot, which has frames 0..{frames}")]
    FrameRange { start: i64, end: i64, frames: u32 },
}

impl Blamed for KinemaError {
    fn blame(&self) -> Blame {
        match self {
            KinemaError::Shot(diagnostics) => diagnostics.blame(),
            KinemaError::Gpu(error) => error.blame(),
            KinemaError::Export(error) => error.blame(),
            KinemaError::Fault { fault, .. } => fault.blame(),
            KinemaError::NoCamera | KinemaError::FrameRange { .. } => Blame::User,
        }
    }
}
