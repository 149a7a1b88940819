//! Colour of what is hidden, put together from patches of the background.
//!
//! Nearest neighbour fields by propagation and random search (Barnes et al., "PatchMatch", SIGGRAPH 2009), coarse to fine.
//! Patches are always compared with the first guess, and voted on once at the end: voting and matching in turn (Wexler et
//! al., PAMI 2007) was tried, and let plain surfaces, which match anything plain, grow over everything. Each round reads the field of the round before,
//! so that pixels can be worked out in any order, and everything is counted in integers: the result depends on the seed alone,
//! whether [`search`] found it on the processor or `shaders/parallax/patches.compute.wgsl` on a device.

pub mod level;
pub mod search;

use self::level::SHOWN_UNIT;
use crate::device::{self, ComputeOn};
use crate::raster::{Raster, Rgba};

/// What to complete and from what.
pub struct Completion<'a> {
    /// Pixels to make.
    pub wanted: &'a Raster<bool>,
    /// Pixels that may be copied: measured, and background.
    pub source: &'a Raster<bool>,
    /// Of the background, complete; patches come from a similar depth.
    pub inverse_depth: &'a Raster<f32>,
    /// A difference of inverse depth that weighs as much as one of 0.1 in (square root) colour.
    pub depth_scale: f32,
    pub seed: u64,
}

/// What patches have of the result; the guess has the rest. Grain that is copied is never the grain that is hidden, so all of it
/// is twice as wrong as none; half of it looks like the surface and is hardly worse than none.
const SHARE: f32 = 0.5;

/// Replaces the wanted pixels of `colour` (multiplied by opacity; they hold a first guess such as a membrane).
/// Where no whole patch of background exists, the guess stays.
pub fn complete(colour: &mut Raster<Rgba>, task: &Completion) {
    let levels = level::pyramid(colour, task);
    let Some(finest) = levels.first() else { return };
    let voted = device::voted(&levels, task.seed, ComputeOn::chosen());
    for (&i, shown) in finest.places.iter().zip(&voted) {
        let Some(shown) = shown else { continue };
        let pixel = &mut colour.data_mut()[i as usize];
        *pixel = std::array::from_fn(|c| {
            let root = shown[c] as f32 / SHOWN_UNIT as f32;
            pixel[c] + SHARE * (root * root - pixel[c])
        });
    }
}
