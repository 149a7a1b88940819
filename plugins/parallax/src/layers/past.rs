//! What the frame before knows of what is hidden now: content that was invented once stays, and background that was seen
//! before something moved in front of it is shown as it was.
//!
//! A hidden pixel is still where its depth and the camera's motion put it ([`SceneMotion`]), so the surfaces of the frame
//! before are looked up there. What is found at another depth is another surface.

use crate::layers::build::Layer;
use crate::membrane;
use crate::raster::{Raster, Rgba};
use crate::video::SceneMotion;
use crate::workers::for_rows;

/// Where the colour of a pixel comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    #[default]
    Invented,
    /// In a frame before.
    Seen,
    /// In this frame.
    Shown,
}

/// What was left of a frame before one of its fronts was taken off; the first is the picture itself, the last is closed.
#[derive(Clone, Debug)]
pub struct Rest {
    pub surface: Layer,
    pub origin: Raster<Origin>,
    /// Pixels whose colour is of one surface alone.
    pub clean: Raster<bool>,
}

/// A frame and how its still points have moved since.
pub struct Past<'a> {
    pub rests: &'a [Rest],
    pub motion: &'a SceneMotion,
    /// Number of the frame that asks, in its scene.
    pub frame: usize,
}

/// What is looked for.
pub struct Asked<'a> {
    pub colour: &'a Raster<Rgba>,
    /// Pixels whose colour is the background's.
    pub known: &'a Raster<bool>,
    /// Of the background where it is hidden, as far as it can be told from what is seen beside it.
    pub inverse_depth: &'a Raster<f32>,
    /// Of what hides it.
    pub in_front: &'a Raster<f32>,
    pub px_per_inverse: f32,
}

/// What was found.
pub struct Recalled {
    /// As asked, with what was found in its places.
    pub colour: Raster<Rgba>,
    pub inverse_depth: Raster<f32>,
    /// Of pixels that were not known and were found.
    pub found: Raster<Option<Origin>>,
}

/// Depths that part by less at the camera's limit are one surface; what was measured is sooner believed than what is
/// carried on from beside it.
const SAME_PX: f32 = 2.5;
const SAME_AS_SEEN_PX: f32 = 5.0;
/// Of the way to what is in front, a hidden surface may be off by this share.
const SHARE_OF_FRONT: f32 = 0.4;
/// Share of the depth before.
const MEMORY: f32 = 0.85;
const MEMORY_OF_SEEN: f32 = 0.97;
/// Blocks in which light and depth are compared with those before, along the width of the picture.
const BLOCKS: usize = 32;
/// Pixels of a block that say enough.
const LEAST_PX: f32 = 12.0;
/// Tones (square roots of light) that differ by more are other things.
const SAME_TONE: f32 = 0.12;
const MOST_GAIN: f32 = 1.25;

/// Three gains of light and what is added to inverse depth.
type Change = [f32; 4];
const NO_CHANGE: Change = [1.0, 1.0, 1.0, 0.0];

struct Found {
    colour: Rgba,
    inverse_depth: f32,
    origin: Origin,
}

impl Past<'_> {
    /// Looks up every pixel that is not known.
    pub fn recall(&self, asked: &Asked) -> Recalled {
        let (width, height) = asked.colour.size();
        let change = self.change(asked);
        let (fx, fy) = (change.width() as f32 / width as f32, change.height() as f32 / height as f32);
        let mut all: Raster<(Rgba, f32, Option<Origin>)> = Raster::filled(width, height, ([0.0; 4], 0.0, None));
        for_rows(all.data_mut(), width, |y, row| {
            for (x, out) in row.iter_mut().enumerate() {
                let expected = asked.inverse_depth.at(x, y);
                *out = (asked.colour.at(x, y), expected, None);
                if asked.known.at(x, y) {
                    continue;
                }
                let change = change.bilinear_colour((x as f32 + 0.5) * fx - 0.5, (y as f32 + 0.5) * fy - 0.5);
                let behind = asked.in_front.at(x, y) - expected;
                // Beside the front the depth is the background's own.
                let most = if behind > 0.0 { SHARE_OF_FRONT * behind } else { f32::INFINITY };
                let same = |px: f32| (px / asked.px_per_inverse).min(most);
                let tolerance = [same(SAME_PX), same(SAME_AS_SEEN_PX)];
                if let Some(found) = self.find([x, y], expected, tolerance, change) {
                    let memory = if found.origin == Origin::Invented { MEMORY } else { MEMORY_OF_SEEN };
                    let depth = expected + (found.inverse_depth - expected) * memory;
                    *out = (found.colour, depth, Some(found.origin.min(Origin::Seen)));
                }
            }
        });
        Recalled { colour: all.map(|p| p.0), inverse_depth: all.map(|p| p.1), found: all.map(|p| p.2) }
    }

    /// The surface of the frame before that is nearest to what is expected, one that was seen before any other.
    fn find(&self, place: [usize; 2], expected: f32, tolerance: [f32; 2], change: Change) -> Option<Found> {
        let mut best: Option<(f32, Found)> = None;
        for rest in self.rests.iter().rev() {
            let Some(found) = self.look(rest, place, expected, tolerance, change) else { continue };
            let off = (found.inverse_depth - expected).abs();
            let is_better = best.as_ref().is_none_or(|(least, other)| {
                match (found.origin == Origin::Invented, other.origin == Origin::Invented) {
                    (false, true) => true,
                    (true, false) => false,
                    _ => off < *least,
                }
            });
            if is_better {
                best = Some((off, found));
            }
        }
        best.map(|(_, found)| found)
    }

    fn look(
        &self,
        rest: &Rest,
        [x, y]: [usize; 2],
        expected: f32,
        [same, same_as_seen]: [f32; 2],
        change: Change,
    ) -> Option<Found> {
        let depth = &rest.surface.inverse_depth;
        let (width, height) = depth.size();
        let mut at = [0.0; 2];
        let mut q = expected;
        // Where it was depends on its depth, which is the one that is found there.
        for _ in 0..2 {
            let [u, v] = self.motion.offset(x as f32, y as f32, q);
            at = [x as f32 + u, y as f32 + v];
            let inside = at[0] >= 0.0 && at[1] >= 0.0 && at[0] <= width as f32 - 1.0 && at[1] <= height as f32 - 1.0;
            if !inside {
                return None;
            }
            q = depth.bilinear(at[0], at[1]) + change[3];
            if !((q - expected).abs() <= same_as_seen) {
                return None;
            }
        }
        let (x0, y0) = (at[0] as usize, at[1] as usize);
        let (x1, y1) = ((x0 + 1).min(width - 1), (y0 + 1).min(height - 1));
        let mut origin = Origin::Shown;
        for (x, y) in [(x0, y0), (x1, y0), (x0, y1), (x1, y1)] {
            let off = (depth.at(x, y) + change[3] - expected).abs();
            if !rest.clean.at(x, y) || off > same_as_seen {
                return None;
            }
            origin = origin.min(rest.origin.at(x, y));
        }
        if origin == Origin::Invented && (q - expected).abs() > same {
            return None;
        }
        let v = sharp(rest, at, same_as_seen);
        let colour = [v[0] * change[0], v[1] * change[1], v[2] * change[2], v[3]];
        Some(Found { colour, inverse_depth: q, origin })
    }

    /// How light and depth have changed since, slowly over the picture: from what is seen now and was seen before.
    fn change(&self, asked: &Asked) -> Raster<Change> {
        let (width, height) = asked.colour.size();
        let block = width.div_ceil(BLOCKS).max(4);
        let (across, down) = (width.div_ceil(block), height.div_ceil(block));
        let same = SAME_PX / asked.px_per_inverse;
        let mut sums = Raster::filled(across, down, [[0.0f32; 4]; 3]);
        for_rows(sums.data_mut(), across, |by, row| {
            for (bx, [now, then, count]) in row.iter_mut().enumerate() {
                for y in (by * block..((by + 1) * block).min(height)).step_by(2) {
                    for x in (bx * block..((bx + 1) * block).min(width)).step_by(2) {
                        if !asked.known.at(x, y) {
                            continue;
                        }
                        let q = asked.inverse_depth.at(x, y);
                        let Some(found) = self.find([x, y], q, [same; 2], NO_CHANGE) else { continue };
                        let own = asked.colour.at(x, y);
                        let is_same = (0..3).all(|c| (own[c].sqrt() - found.colour[c].sqrt()).abs() < SAME_TONE);
                        if is_same && found.origin == Origin::Shown {
                            for c in 0..3 {
                                now[c] += own[c];
                                then[c] += found.colour[c];
                            }
                            now[3] += q;
                            then[3] += found.inverse_depth;
                            count[0] += 1.0;
                        }
                    }
                }
            }
        });
        let known = sums.map(|[_, _, count]| count[0] >= LEAST_PX);
        if !known.data().iter().any(|&k| k) {
            return Raster::filled(across, down, NO_CHANGE);
        }
        let mut change = sums.map(|[now, then, count]| {
            let gain = |c: usize| (now[c] / then[c].max(1e-6)).clamp(1.0 / MOST_GAIN, MOST_GAIN);
            [gain(0), gain(1), gain(2), (now[3] - then[3]) / count[0].max(1.0)]
        });
        membrane::fill(&mut change, &known);
        smoothed(&smoothed(&change))
    }
}

/// The mean of 3 x 3.
fn smoothed(of: &Raster<Change>) -> Raster<Change> {
    Raster::from_fn(of.width(), of.height(), |x, y| {
        let mut sum = [0.0; 4];
        for i in 0..9isize {
            let v = of.clamped(x as isize + i % 3 - 1, y as isize + i / 3 - 1);
            (0..4).for_each(|c| sum[c] += v[c] / 9.0);
        }
        sum
    })
}

/// Half the width of the filter.
const TAPS: usize = 6;

/// Colour between pixels by the polynomial of the fifth degree through six of them (Lagrange): it is flat as far as can
/// be, so that what is carried through many frames is neither blurred nor rings. Where other surfaces are near, linearly.
fn sharp(rest: &Rest, [x, y]: [f32; 2], same: f32) -> Rgba {
    let colour = &rest.surface.colour;
    let (width, height) = colour.size();
    let (x0, y0) = (x.floor() as isize - 2, y.floor() as isize - 2);
    let last = TAPS as isize;
    if x0 < 0 || y0 < 0 || x0 + last > width as isize || y0 + last > height as isize {
        return colour.bilinear_colour(x, y);
    }
    let (x0, y0) = (x0 as usize, y0 as usize);
    let middle = rest.surface.inverse_depth.at(x0 + 2, y0 + 2);
    let (wx, wy) = (lagrange(x.fract()), lagrange(y.fract()));
    let mut sum = [0.0f32; 4];
    for (j, wy) in wy.iter().enumerate() {
        let start = (y0 + j) * width + x0;
        let row = start..start + TAPS;
        let is_one = rest.clean.data()[row.clone()].iter().all(|&c| c)
            && rest.surface.inverse_depth.data()[row.clone()].iter().all(|q| (q - middle).abs() <= same);
        if !is_one {
            return colour.bilinear_colour(x, y);
        }
        for (pixel, wx) in colour.data()[row].iter().zip(&wx) {
            (0..4).for_each(|c| sum[c] += pixel[c] * wx * wy);
        }
    }
    [sum[0].max(0.0), sum[1].max(0.0), sum[2].max(0.0), sum[3].clamp(0.0, 1.0)]
}

fn lagrange(t: f32) -> [f32; TAPS] {
    let nodes = [-2.0f32, -1.0, 0.0, 1.0, 2.0, 3.0];
    std::array::from_fn(|i| (0..TAPS).filter(|&j| j != i).map(|j| (t - nodes[j]) / (nodes[i] - nodes[j])).product())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_keeps_pixels_and_carries_grain_through_many_frames() {
        assert!((lagrange(0.0)[2] - 1.0).abs() < 1e-6);
        assert!((lagrange(0.3).iter().sum::<f32>() - 1.0).abs() < 1e-6);
        let (width, height) = (64, 16);
        let wave = |x: f32| 0.5 + 0.3 * (x * std::f32::consts::TAU / 6.0).sin();
        let rest_of = |colour: Raster<Rgba>| Rest {
            surface: Layer { inverse_depth: colour.map(|_| 1.0), colour: colour.clone() },
            origin: colour.map(|_| Origin::Invented),
            clean: colour.map(|_| true),
        };
        let mut rest = rest_of(Raster::from_fn(width, height, |x, _| [wave(x as f32), 0.5, 0.5, 1.0]));
        for _ in 0..10 {
            rest = rest_of(Raster::from_fn(width, height, |x, y| sharp(&rest, [x as f32 + 0.3, y as f32 - 0.4], 0.1)));
        }
        for x in 20..40 {
            let off = rest.surface.colour.at(x, 8)[0] - wave(x as f32 + 3.0);
            assert!(off.abs() < 0.03, "{x}: {off}");
        }
    }
}
