//! Everything that can go wrong in this crate.

use std::io;

use kinema_core::{AssetError, Blame, Blamed, Fault};

use crate::colliders::ShapeError;
use crate::heights::HeightsError;
use kinema_core::gltf::GltfError;

/// Why a shot cannot be simulated, or its simulation cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum PhysicsError {
    /// A shape cannot collide.
    #[error("part `{part}`: {source}")]
    Shape {
        /// Id of the `Rigid` part.
        part: String,
        /// What is wrong with it.
        source: ShapeError,
    },
    /// A mesh file cannot be read.
    #[error("part `{part}`: {source}")]
    Mesh {
        /// Id of the `Rigid` part.
        part: String,
        /// What is wrong with the file.
        source: GltfError,
    },
    /// The heights of a terrain cannot be used.
    #[error("part `{part}`: {source}")]
    Heights {
        /// Id of the `Rigid` part.
        part: String,
        /// What is wrong with them.
        source: HeightsError,
    },
    /// A file cannot be found.
    #[error("part `{part}`: {source}")]
    Asset {
        /// Id of the `Rigid` part.
        part: String,
        /// Why not.
        source: AssetError,
    },
    /// The document asks for something that cannot be simulated.
    #[error("part `{part}`: {message}; {remedy}")]
    Document {
        /// Id of the part.
        part: String,
        /// What cannot be.
        message: String,
        /// What to do.
        remedy: &'static str,
    },
    /// The bake would not fit.
    #[error("{bodies} moving bodies over {frames} frames are more than a bake holds; split the shot")]
    TooLarge {
        /// Bodies the simulation moves.
        bodies: usize,
        /// Frames of the shot.
        frames: u32,
    },
    /// The simulation diverged.
    #[error(
        "part `{part}` flew apart at frame {frame}: its state is no longer a number; raise timeline.substeps, or \
         look for bodies that overlap at frame 0 or joints of very unequal masses"
    )]
    Diverged {
        /// Id of the `Rigid` part.
        part: String,
        /// The frame that was being simulated.
        frame: u64,
    },
    /// A track or a parent leads a body out of the numbers.
    #[error(
        "part `{part}`: its place at frame {frame} is not a number; look at the tracks that move it or its parents"
    )]
    NotANumber {
        /// Id of the part.
        part: String,
        /// The frame, which may lie between frames.
        frame: f64,
    },
    /// The people of the shot cannot be had.
    #[error("{0}")]
    Figures(Fault),
    /// What stands in the way and belongs to others cannot be had.
    #[error("{0}")]
    Scenery(Fault),
    /// A snapshot cannot be made or used.
    #[error("snapshot: {0}; simulate again from frame 0")]
    Snapshot(String),
    /// The bake cannot be stored.
    #[error("the bake cannot be stored: {0}; free disk space or choose another cache folder")]
    Store(#[source] io::Error),
}

impl Blamed for PhysicsError {
    fn blame(&self) -> Blame {
        match self {
            PhysicsError::Asset { source, .. } => source.blame(),
            PhysicsError::Figures(fault) | PhysicsError::Scenery(fault) => fault.blame,
            PhysicsError::Snapshot(_) | PhysicsError::Store(_) => Blame::Machine,
            PhysicsError::Shape { .. }
            | PhysicsError::Mesh { .. }
            | PhysicsError::Heights { .. }
            | PhysicsError::NotANumber { .. }
            | PhysicsError::Document { .. }
            | PhysicsError::TooLarge { .. }
            | PhysicsError::Diverged { .. } => Blame::User,
        }
    }
}
