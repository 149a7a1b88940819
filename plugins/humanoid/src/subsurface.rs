//! Light that enters skin at one place and leaves it at another, in screen space.
//!
//! * [`kernel`]: the profile and the samples with which a pass gathers the light around a pixel.
//! * [`transmission`]: how much light passes thin parts, by their thickness.
//! * [`reference`]: what the pass computes, on the CPU, and its comparison with a volumetric path tracer.

pub mod kernel;
pub mod reference;
pub mod transmission;
