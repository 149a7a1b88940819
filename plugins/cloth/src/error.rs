//! What can go wrong between a shot and its bake.

use kinema_core::{Blame, Blamed, Fault};

use crate::garment::error::GarmentError;
use crate::solver::contact::error::ContactError;
use crate::solver::error::ClothError;

/// A failure with the part it belongs to.
#[derive(Debug, thiserror::Error)]
pub enum ClothBakeError {
    /// The cloth cannot be built.
    #[error("part `{part}`: {source}")]
    Cloth { part: String, source: ClothError },
    /// It cannot collide.
    #[error("part `{part}`: {source}")]
    Contact { part: String, source: ContactError },
    /// A garment cannot be worn.
    #[error("part `{part}`: {source}")]
    Garment { part: String, source: GarmentError },
    /// It has gone too far from where it began.
    #[error(
        "part `{part}`: at frame {frame} the cloth is more than {limit_m} m from where it began; \
         pin it, give it something to land on, or end the shot earlier"
    )]
    Lost { part: String, frame: i64, limit_m: f64 },
    /// More than fits in memory.
    #[error(
        "{particles} particles over {frames} frames are too many for one bake; raise `spacing_m` or split the shot"
    )]
    TooLarge { particles: usize, frames: u32 },
    /// What it collides with cannot be simulated.
    #[error("what the cloth collides with cannot be simulated: {0}")]
    Solids(Fault),
    /// The store cannot be written.
    #[error("the bake cannot be stored: {0}; free space or choose another folder")]
    Store(#[source] std::io::Error),
}

impl Blamed for ClothBakeError {
    fn blame(&self) -> Blame {
        match self {
            Self::Solids(fault) => fault.blame,
            Self::Garment { source: GarmentError::Body(fault), .. } => fault.blame,
            Self::Store(_) => Blame::Machine,
            Self::Cloth { .. }
            | Self::Contact { .. }
            | Self::Garment { .. }
            | Self::Lost { .. }
            | Self::TooLarge { .. } => Blame::User,
        }
    }
}
