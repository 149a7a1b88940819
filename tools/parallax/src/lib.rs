//! A photograph with depth becomes layers in space that a camera can move through.

pub mod cameras;
pub mod error;
pub mod input;
#[cfg(test)]
mod lab;
pub mod layers;
pub mod measure;
pub mod membrane;
pub mod raster;
pub mod reference;
pub mod refine;
pub mod stereo;
pub mod transfer;
pub mod truth;
pub mod video;
pub mod view;
pub mod workers;
