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
/// Patches whose mean around a pixel differs from the guess's by more than this, in square roots of light, come from
/// another surface: their grain alone is taken, about the guess's mean.
const ALIKE: f32 = 0.05;
/// Half the side of that mean, pixels.
const AROUND_PX: isize = 4;

/// Replaces the wanted pixels of `colour` (multiplied by opacity; they hold a first guess such as a membrane).
/// Where no whole patch of background exists, the guess stays.
pub fn complete(colour: &mut Raster<Rgba>, task: &Completion) {
    let levels = level::pyramid(colour, task);
    let Some(finest) = levels.first() else { return };
    let voted = device::voted(&levels, task.seed, ComputeOn::chosen());
    let (width, height) = colour.size();
    // By how much patches differ from the guess, and where they say something.
    let mut change = Raster::filled(width, height, [0.0f32; 4]);
    for (&i, shown) in finest.places.iter().zip(&voted) {
        let Some(shown) = shown else { continue };
        let guess = colour.data()[i as usize];
        let of = |c: usize| shown[c] as f32 / SHOWN_UNIT as f32 - guess[c].max(0.0).sqrt();
        change.data_mut()[i as usize] = [of(0), of(1), of(2), 1.0];
    }
    let around = summed(&summed(&change, 1, 0), 0, 1);
    for (&i, _) in finest.places.iter().zip(&voted).filter(|(_, shown)| shown.is_some()) {
        let (change, sum) = (change.data()[i as usize], around.data()[i as usize]);
        let mean = [0, 1, 2].map(|c| sum[c] / sum[3]);
        let far2: f32 = mean.iter().map(|d| d * d).sum();
        let alike = (-far2 / (ALIKE * ALIKE)).exp();
        let pixel = &mut colour.data_mut()[i as usize];
        for c in 0..3 {
            let root = pixel[c].max(0.0).sqrt() + SHARE * (change[c] - (1.0 - alike) * mean[c]);
            pixel[c] = root.max(0.0).powi(2);
        }
    }
}

/// Sums of the pixels around each along one direction.
fn summed(of: &Raster<[f32; 4]>, dx: isize, dy: isize) -> Raster<[f32; 4]> {
    let (width, height) = of.size();
    Raster::par_fn(width, height, |x, y| {
        let mut sum = [0.0; 4];
        for step in -AROUND_PX..=AROUND_PX {
            let (nx, ny) = (x as isize + step * dx, y as isize + step * dy);
            if (0..width as isize).contains(&nx) && (0..height as isize).contains(&ny) {
                let v = of.at(nx as usize, ny as usize);
                (0..4).for_each(|c| sum[c] += v[c]);
            }
        }
        sum
    })
}
