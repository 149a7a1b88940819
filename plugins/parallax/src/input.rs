//! Files of strangers: pictures and depth, made upright, linear and finite, or refused with a reason.

mod convention;
mod depth_file;
mod fitted;
mod picture;
#[cfg(test)]
mod picture_tests;

pub use convention::{DepthConvention, DepthRange, InverseDepth, inverse_depth, inverse_depth_in};
pub use depth_file::{RawDepth, read_depth};
pub use fitted::{fitted_depth, stretched_depth};
pub use picture::{Photograph, PictureLimits, PictureNote, read_picture};
