//! Recorded motion: skeletal clips read from BVH and glTF files, brought onto the body's own bones, and laid over what
//! the person does anyway.
//!
//! A file becomes a [`Clip`] ([`bvh`], [`gltf`]), whose joints are recognised by their names or, failing that, by their
//! shape ([`joints`], [`structure`]) and whose unit and axes are recognised from the skeleton ([`frame`]). [`Retarget`]
//! turns moments of it into deltas of any skeleton; [`layers`] blends them by weight, mask and time.

pub mod bvh;
pub mod check;
pub mod clip;
pub mod error;
pub mod frame;
pub mod gltf;
pub mod joints;
pub mod layers;
pub mod library;
pub mod names;
pub mod on_body;
pub mod retarget;
mod rules;
pub mod settings;
pub mod source;
pub mod structure;

pub use clip::{Clip, Loaded, LocalPose, Skeleton, WorldPose};
pub use error::ClipError;
pub use joints::{JointMap, Limb, Side};
pub use layers::{Laid, Moment, Place, lay, mask_weights};
pub use library::Clips;
pub use on_body::BodyClips;
pub use retarget::{BodyPose, Retarget};
pub use settings::{ClipLayer, Mask, Travel};
pub use source::Source;

#[cfg(test)]
mod tests;
