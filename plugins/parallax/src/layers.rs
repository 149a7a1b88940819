//! A picture with depth becomes layers that hide each other, each complete behind the ones before it.
//!
//! 1. [`edges`] finds where neighbours would tear apart when the camera moves as far as it may.
//! 2. [`split`] lays a surface of thresholds through the middle of all those jumps; what is nearer than it is the front.
//! 3. [`matte`] gives the front's rim an opacity and takes the background's colour out of it.
//! 4. [`depth_behind`] and [`patches`] continue the background behind the front, from the background alone.
//! 5. The completed background is split again, until nothing tears or there are as many layers as asked for.
//!
//! After Shade et al., "Layered Depth Images" (SIGGRAPH 1998), and Zheng et al., "Layered Depth Panoramas" (CVPR 2007).

mod build;
mod depth_behind;
mod edges;
mod matte;
mod mesh;
mod past;
mod patches;
mod split;
mod spread;
mod structure;
#[cfg(test)]
mod tests;

pub(crate) use build::build_tracked;
pub use build::{Inpaint, Layer, LayerSettings, LayeredImage, build_inpainted, build_layers};
pub use edges::{TearMap, tears};
pub use mesh::{LayerMesh, OPAQUE, layer_mesh};
pub(crate) use past::{Past, Rest};
pub(crate) use patches::Completion as PatchCompletion;
pub use patches::level::Level as PatchLevel;
pub(crate) use patches::level::pyramid as patch_levels;
pub(crate) use patches::search::{DEFINES as PATCH_DEFINES, rounds as patch_rounds, voted as patches_here};
