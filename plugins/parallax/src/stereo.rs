//! Two eyes, and depth and points for other programs.

mod cloud;
mod depth_out;
mod pair;

pub use cloud::{point_cloud_ply, scene_of_layers};
pub use depth_out::{DepthScale, depth_exr, depth_png16, depth_png16_to_white};
pub use pair::{Anaglyph, StereoLayout, StereoSettings, anaglyph, disparity_px, packed, stereo_views};
