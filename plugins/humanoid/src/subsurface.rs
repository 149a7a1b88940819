//! Light that enters skin at one place and leaves it at another, in screen space.
//!
//! * [`kernel`]: the profile and the samples with which a pass gathers the light around a pixel.
//! * [`transmission`]: how much light passes thin parts, by their thickness.

pub mod kernel;
pub mod transmission;
