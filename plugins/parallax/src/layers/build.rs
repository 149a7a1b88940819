//! From a picture with depth to layers.

use serde::{Deserialize, Serialize};

use super::depth_behind::{continued, front_depth, not_steeper};
use super::edges::tears;
use super::matte::{foreground, mattes};
use super::past::{Asked, Origin, Past, Rest};
use super::patches::{Completion, complete};
use super::split::{front, overlap, reach_px, steps_to_tear};
use super::spread::{Spokesman, spokesmen};
use super::structure::{Prediction, Regular, predicted};
use crate::error::ParallaxError;
use crate::raster::{Raster, Rgba};
use crate::workers::{both, for_rows};

/// How layers are made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LayerSettings {
    /// How far the nearest point may move against infinity in any view, in widths of the picture. 0.005..=0.3. Larger
    /// allows wider moves and completes wider bands behind things, whose middle is the more invented the wider.
    pub most_shift_widths: f32,
    /// 1..=6. 1 is a relief without layers.
    pub most_layers: usize,
    /// Pixels on each side of an edge that may be mixtures of both sides. 0..=3; 0 keeps edges hard and haloed.
    pub rim_px: u8,
    /// Patches (true) or a smooth membrane (false) as colour behind things.
    pub patches: bool,
    /// Of the search for patches.
    pub seed: u64,
}

impl Default for LayerSettings {
    fn default() -> Self {
        Self { most_shift_widths: 0.08, most_layers: 4, rim_px: 2, patches: true, seed: 1 }
    }
}

/// One surface of the picture.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Linear, multiplied by opacity.
    pub colour: Raster<Rgba>,
    /// Everywhere, also where the layer is clear. Between opaque pixels nowhere so steep that a triangle stretches more
    /// than four times at the camera's limit; where it is steeper, the layer is cut ([`LayeredImage::steepest`]).
    pub inverse_depth: Raster<f32>,
}

/// A picture as layers, the front one first. The last one is closed: it has no clear pixel that the picture has not.
#[derive(Clone, Debug)]
pub struct LayeredImage {
    pub layers: Vec<Layer>,
    /// Largest inverse depth of the picture.
    pub nearest: f32,
    /// Smallest inverse depth of the picture.
    pub farthest: f32,
    /// What the layers were made for, [`LayerSettings::most_shift_widths`].
    pub most_shift_widths: f32,
    /// Tears that were left because there are no more layers; they bend.
    pub tears_left: usize,
}

impl LayeredImage {
    pub fn width(&self) -> usize {
        self.layers[0].colour.width()
    }

    pub fn height(&self) -> usize {
        self.layers[0].colour.height()
    }

    /// Inverse depth a pixel beyond which a layer is cut: at the camera's limit it parts neighbours by three pixels,
    /// which stretches a triangle four times.
    pub fn steepest(&self) -> f32 {
        STEEPEST_PX_PER_PX * self.nearest.max(1e-12) / (self.most_shift_widths * self.width() as f32)
    }
}

/// Triangles may stretch to four times their length: one pixel and three more.
const STEEPEST_PX_PER_PX: f32 = 3.0;
/// Completed beyond what can be seen, for the filters that look past the edge.
const MARGIN_PX: f32 = 4.0;
/// Of a frame's pixels one of so many must be made before its planes are searched for what repeats, which costs as much for
/// a few as for many.
const WORTH_PLANES: usize = 100;
/// In one of so many frames of a video what repeats is looked for again, and gets this share.
const REFRESHED_EVERY: usize = 4;
const REFRESHED_SHARE: f32 = 0.2;

/// Makes layers. `colour` is linear and multiplied by opacity; `inverse_depth` has the same size, is finite and >= 0,
/// and jumps from one pixel to the next at edges (see [`refine`](crate::refine)).
///
/// # Errors
/// [`ParallaxError::DepthShape`] for another size, [`ParallaxError::Setting`] for settings out of range.
pub fn build_layers(
    colour: &Raster<Rgba>,
    inverse_depth: &Raster<f32>,
    settings: &LayerSettings,
) -> Result<LayeredImage, ParallaxError> {
    check(colour, inverse_depth, settings)?;
    build(colour, inverse_depth, settings, inverse_depth.range(), None, None)
}

/// Makes up what a picture lacks: given a picture and which of its pixels are known, a picture of the same size, of which
/// the others are taken.
pub type Inpaint<'a> = dyn Fn(&Raster<Rgba>, &Raster<bool>) -> Result<Raster<Rgba>, ParallaxError> + Sync + 'a;

/// As [`build_layers`], with somebody else's idea of what is behind things; patches lend it their grain.
///
/// # Errors
/// As there, and what `inpaint` fails by.
pub fn build_inpainted(
    colour: &Raster<Rgba>,
    inverse_depth: &Raster<f32>,
    settings: &LayerSettings,
    inpaint: &Inpaint,
) -> Result<LayeredImage, ParallaxError> {
    check(colour, inverse_depth, settings)?;
    build(colour, inverse_depth, settings, inverse_depth.range(), None, Some(inpaint))
}

/// Also keeps what the next frame of a video asks for: give the frame before, or none of its rests where it begins.
pub(crate) fn build_tracked(
    colour: &Raster<Rgba>,
    inverse_depth: &Raster<f32>,
    settings: &LayerSettings,
    range: (f32, f32),
    past: &Past,
) -> Result<(LayeredImage, Vec<Rest>), ParallaxError> {
    check(colour, inverse_depth, settings)?;
    let mut rests = Vec::new();
    let image = build(colour, inverse_depth, settings, range, Some((past, &mut rests)), None)?;
    Ok((image, rests))
}

/// `range` is the smallest and the largest inverse depth; pictures stand alone, frames of a video have a past.
fn build(
    colour: &Raster<Rgba>,
    inverse_depth: &Raster<f32>,
    settings: &LayerSettings,
    (farthest, nearest): (f32, f32),
    mut video: Option<(&Past, &mut Vec<Rest>)>,
    inpaint: Option<&Inpaint>,
) -> Result<LayeredImage, ParallaxError> {
    let px_per_inverse = settings.most_shift_widths * colour.width() as f32 / nearest.max(1e-12);
    let mut layers = Vec::new();
    let mut rest = Layer { colour: colour.clone(), inverse_depth: inverse_depth.clone() };
    let mut measured = rest.colour.map(|_| true);
    let mut origin = rest.colour.map(|_| Origin::Shown);
    let tears_left;
    loop {
        let tears = tears(&rest.inverse_depth, &measured, px_per_inverse);
        if layers.len() + 1 >= settings.most_layers || tears.count == 0 {
            tears_left = tears.count;
            break;
        }
        let in_front = front(&rest.inverse_depth, &tears);
        if !in_front.data().iter().any(|&f| f) {
            tears_left = tears.count;
            break;
        }
        let seed = settings.seed.wrapping_add(layers.len() as u64);
        let past = video.as_ref().map(|(past, _)| *past).filter(|past| !past.rests.is_empty());
        let round = Round {
            rest: &rest,
            measured: &measured,
            origin: &origin,
            in_front: &in_front,
            px_per_inverse,
            settings,
            seed,
            past,
            inpaint,
        };
        let Split { layer, behind, measured: still_measured, origin: behind_origin, clean } = round.split(&tears)?;
        layers.push(layer);
        let surface = std::mem::replace(&mut rest, behind);
        let origin = std::mem::replace(&mut origin, behind_origin);
        measured = still_measured;
        if let Some((_, rests)) = &mut video {
            rests.push(Rest { surface, origin, clean });
        }
    }
    if let Some((_, rests)) = video {
        rests.push(Rest { surface: rest.clone(), clean: origin.map(|_| true), origin });
    }
    layers.push(rest);
    for layer in &mut layers {
        not_steeper(&mut layer.inverse_depth, &layer.colour, STEEPEST_PX_PER_PX / px_per_inverse);
    }
    Ok(LayeredImage { layers, nearest, farthest, most_shift_widths: settings.most_shift_widths, tears_left })
}

fn check(colour: &Raster<Rgba>, depth: &Raster<f32>, settings: &LayerSettings) -> Result<(), ParallaxError> {
    let (width, height) = colour.size();
    if depth.size() != (width, height) {
        let (depth_width, depth_height) = depth.size();
        return Err(ParallaxError::DepthShape { depth_width, depth_height, width, height });
    }
    let bad = depth.data().iter().filter(|v| !(v.is_finite() && **v >= 0.0)).count();
    if bad > 0 {
        return Err(ParallaxError::DepthValues { bad, all: width * height, convention: "inverse depth" });
    }
    let wrong = |setting, value: String, expected| Err(ParallaxError::Setting { setting, value, expected });
    if !(0.005..=0.3).contains(&settings.most_shift_widths) {
        return wrong("most_shift_widths", settings.most_shift_widths.to_string(), "0.005..=0.3");
    }
    if !(1..=6).contains(&settings.most_layers) {
        return wrong("most_layers", settings.most_layers.to_string(), "1..=6");
    }
    if settings.rim_px > 3 {
        return wrong("rim_px", settings.rim_px.to_string(), "0..=3");
    }
    Ok(())
}

/// One split of what is left into a front and what is behind it.
struct Round<'a> {
    rest: &'a Layer,
    /// Pixels that the picture shows, as against ones that were completed in a round before.
    measured: &'a Raster<bool>,
    origin: &'a Raster<Origin>,
    in_front: &'a Raster<bool>,
    px_per_inverse: f32,
    settings: &'a LayerSettings,
    seed: u64,
    past: Option<&'a Past<'a>>,
    inpaint: Option<&'a Inpaint<'a>>,
}

struct Split {
    layer: Layer,
    behind: Layer,
    /// Of what is behind.
    measured: Raster<bool>,
    origin: Raster<Origin>,
    /// Of what was split: pixels wholly of one side.
    clean: Raster<bool>,
}

impl Round<'_> {
    fn split(&self, tears: &super::TearMap) -> Result<Split, ParallaxError> {
        let (width, height) = self.rest.colour.size();
        let in_front = self.in_front;
        let steps = steps_to_tear(in_front, tears, self.settings.rim_px + 3);
        let mattes = mattes(&self.rest.colour, in_front, &steps, self.settings.rim_px);
        // Background that is seen: depth of all its pixels, colour of those without a share of the front.
        let overlap = overlap(in_front, &steps, self.settings.rim_px);
        let depth_known = Raster::par_fn(width, height, |x, y| !in_front.at(x, y) || overlap.at(x, y));
        let colour_known = Raster::par_fn(width, height, |x, y| {
            depth_known.at(x, y) && (overlap.at(x, y) || mattes.at(x, y).opacity <= 0.0) && steps.at(x, y) > 1
        });
        let depth_behind = || {
            let spoken = spokesmen(&depth_known, &depth_known, tears)?;
            Some(continued(&self.rest.inverse_depth, &depth_known, tears, &spoken))
        };
        let clean = Raster::par_fn(width, height, |x, y| {
            colour_known.at(x, y) || (in_front.at(x, y) && mattes.at(x, y).opacity >= 1.0 && steps.at(x, y) > 1)
        });
        // What the frame before knows need not be made; what is made goes on from it.
        let recalled = self.past.map(|past| {
            past.recall(&Asked {
                colour: &self.rest.colour,
                known: &colour_known,
                inverse_depth: &depth_behind().unwrap_or_else(|| self.rest.inverse_depth.clone()),
                in_front: &self.rest.inverse_depth,
                px_per_inverse: self.px_per_inverse,
            })
        });
        let seen_colour = recalled.as_ref().map_or(&self.rest.colour, |r| &r.colour);
        let is_seen = |x: usize, y: usize| colour_known.at(x, y);
        let is_found = |x: usize, y: usize| recalled.as_ref().and_then(|r| r.found.at(x, y));
        let origin = Raster::par_fn(width, height, |x, y| match is_found(x, y) {
            _ if is_seen(x, y) => self.origin.at(x, y),
            found => found.unwrap_or_default(),
        });
        // What repeats is often seen better later on; then what was invented of it is drawn towards that.
        let refreshes = self.past.is_some_and(|past| past.frame % REFRESHED_EVERY == 0);
        let is_invented = |x: usize, y: usize| !is_seen(x, y) && is_found(x, y) == Some(Origin::Invented);
        let colour_known = Raster::par_fn(width, height, |x, y| {
            is_seen(x, y) || (is_found(x, y).is_some() && !(refreshes && is_invented(x, y)))
        });
        let reach = reach_px(tears, in_front, MARGIN_PX);
        let wanted = Raster::par_fn(width, height, |x, y| !colour_known.at(x, y) && reach.at(x, y) > 0.0);
        let new_px = wanted.data().iter().filter(|&&w| w).count() * WORTH_PLANES;
        let is_worth_planes = recalled.is_none() || new_px > width * height;
        let source = Raster::par_fn(width, height, |x, y| match is_found(x, y) {
            None => colour_known.at(x, y) && self.measured.at(x, y),
            Some(origin) => origin != Origin::Invented,
        });
        let made_up = self.inpaint.map(|inpaint| inpaint(seen_colour, &colour_known)).transpose()?;
        let colour_behind = || {
            if let Some(made_up) = &made_up {
                let behind = |x, y| if colour_known.at(x, y) { seen_colour.at(x, y) } else { made_up.at(x, y) };
                let is_any_known = colour_known.data().iter().any(|&known| known);
                return is_any_known.then(|| (Raster::par_fn(width, height, behind), None));
            }
            let spoken = spokesmen(&colour_known, &depth_known, tears)?;
            let regular = Regular {
                colour: seen_colour,
                inverse_depth: &self.rest.inverse_depth,
                source: &source,
                wanted: &wanted,
                spoken: &spoken,
                tears,
                px_per_inverse: self.px_per_inverse,
            };
            let prediction = if is_worth_planes { predicted(&regular) } else { None };
            let guess = guessed(seen_colour, &colour_known, &spoken, prediction.as_ref());
            Some((guess, prediction))
        };
        // The front as far as its rim reaches has its own depth carried outwards.
        let depth_behind = || recalled.as_ref().map_or_else(depth_behind, |r| Some(r.inverse_depth.clone()));
        let ((depth_behind, front_depth), colour_behind) = both(
            || (depth_behind(), front_depth(&self.rest.inverse_depth, in_front, self.settings.rim_px)),
            colour_behind,
        );
        let (depth_behind, mut behind, prediction) = match (depth_behind, colour_behind) {
            (Some(depth), Some((colour, prediction))) => (depth, colour, prediction),
            // Nothing of a background is seen: it stays where the front is.
            _ => (self.rest.inverse_depth.clone(), self.rest.colour.clone(), None),
        };
        let is_regular = |x, y| prediction.as_ref().is_some_and(|p| p.plane.at(x, y) > 0);
        if let Some(recalled) = recalled.as_ref().filter(|_| refreshes) {
            for_rows(behind.data_mut(), width, |y, row| {
                for (x, pixel) in row.iter_mut().enumerate().filter(|(x, _)| is_invented(*x, y)) {
                    let (old, share) = (recalled.colour.at(x, y), if is_regular(x, y) { REFRESHED_SHARE } else { 0.0 });
                    *pixel = std::array::from_fn(|c| old[c] + share * (pixel[c] - old[c]));
                }
            });
        }
        if self.settings.patches {
            // What repeats needs no patches, nor does what was made before.
            let is_new = |x, y| !is_regular(x, y) && is_found(x, y).is_none();
            let wanted = Raster::par_fn(width, height, |x, y| wanted.at(x, y) && is_new(x, y));
            let task = Completion {
                wanted: &wanted,
                source: &source,
                inverse_depth: &depth_behind,
                // What parts by two pixels at the limit is another surface, or another place on a steep one.
                depth_scale: 6.0 / self.px_per_inverse,
                seed: self.seed,
            };
            complete(&mut behind, &task);
        }
        let colour = Raster::par_fn(width, height, |x, y| {
            foreground(self.rest.colour.at(x, y), mattes.at(x, y), behind.at(x, y))
        });
        let measured = Raster::par_fn(width, height, |x, y| self.measured.at(x, y) && depth_known.at(x, y));
        let layer = Layer { colour, inverse_depth: front_depth };
        Ok(Split { layer, behind: Layer { colour: behind, inverse_depth: depth_behind }, measured, origin, clean })
    }
}

/// Each unknown pixel as a mean of known ones around the one that speaks for it, the wider the farther away it is: a
/// first guess for patches, and what stays where there are none.
///
/// Where a prediction exists, it is the difference from that which is carried there.
fn guessed(
    colour: &Raster<Rgba>,
    known: &Raster<bool>,
    spoken: &Raster<Spokesman>,
    prediction: Option<&Prediction>,
) -> Raster<Rgba> {
    let width = colour.width();
    let plane_at = |x: isize, y: isize| prediction.map_or(0, |p| p.plane.clamped(x, y));
    let mut guess = colour.clone();
    for_rows(guess.data_mut(), width, |y, row| {
        for (x, pixel) in row.iter_mut().enumerate().filter(|(x, _)| !known.at(*x, y)) {
            let rim = spoken.at(x, y).rim as usize;
            let (rx, ry) = (rim % width, rim / width);
            let apart = (x.abs_diff(rx)).max(y.abs_diff(ry)) as isize;
            let reach = (apart / 3).clamp(1, 6);
            let own = plane_at(x as isize, y as isize);
            // Of wide windows every second pixel says enough.
            let step = if reach > 3 { 2 } else { 1 };
            let (mut sum, mut count) = ([0.0f32; 4], 0.0f32);
            for dy in (-reach..=reach).step_by(step) {
                for dx in (-reach..=reach).step_by(step) {
                    let (nx, ny) = (rx as isize + dx, ry as isize + dy);
                    if known.clamped(nx, ny) && (own == 0 || plane_at(nx, ny) == own) {
                        let v = colour.clamped(nx, ny);
                        let base = prediction.filter(|_| own > 0).map_or([0.0; 4], |p| p.colour.clamped(nx, ny));
                        (0..4).for_each(|c| sum[c] += v[c] - base[c]);
                        count += 1.0;
                    }
                }
            }
            let base = prediction.filter(|_| own > 0).map_or([0.0; 4], |p| p.colour.at(x, y));
            *pixel = std::array::from_fn(|c| (base[c] + sum[c] / count.max(1.0)).max(0.0));
        }
    });
    guess
}
