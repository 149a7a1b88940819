//! Coarse depth at the size of its picture, with edges where the picture has them.
//!
//! Depth that was made small and large again, or that a network gave, ramps from one surface to the other over several
//! pixels. Where it does, each pixel is given to one of both sides by a vote of its neighbours of like colour (the joint
//! bilateral filter of Kopf et al., SIGGRAPH 2007, taken as a vote instead of a mean, because a mean of two surfaces is a
//! third that does not exist) and takes that side's depth. What is left between pixels, the layers' rims find.

use crate::raster::{Raster, Rgba};
use crate::workers::for_rows;

/// How depth is refined.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RefineSettings {
    /// Half the width of the ramps at edges, pixels of the coarse depth. 0.5..=4; more finds edges that lie farther off
    /// and costs its square. A network's depth has about 2, depth that was only made smaller 1.
    pub ramp_px: f32,
    /// Jumps smaller than this share of the nearer side stay ramps. 0.01..=0.5.
    pub smallest_jump: f32,
}

impl Default for RefineSettings {
    fn default() -> Self {
        Self { ramp_px: 1.5, smallest_jump: 0.05 }
    }
}

impl RefineSettings {
    /// Half the width of the ramps in pixels of the picture that a coarse map covers.
    pub fn ramp_in_picture_px(&self, coarse: &Raster<f32>, picture: &Raster<Rgba>) -> f32 {
        self.ramp_px * (picture.width() as f32 / coarse.width() as f32).max(1.0)
    }
}

/// Colours this far apart (square roots of linear) are half as alike.
const COLOUR_SIGMA: f32 = 0.06;
const MOST_RADIUS: usize = 24;

/// Depth of the picture's size. `coarse` is inverse depth of any size and of the same shape; `colour` is linear.
pub fn refine(coarse: &Raster<f32>, colour: &Raster<Rgba>, settings: &RefineSettings) -> Raster<f32> {
    let (width, height) = colour.size();
    let smooth = coarse.resized(width, height);
    let scale = (width as f32 / coarse.width() as f32).max(1.0);
    let radius = ((settings.ramp_px * scale).ceil() as usize + 1).clamp(2, MOST_RADIUS);
    let near = extremes(&smooth, radius);
    let wide = extremes(&smooth, 2 * radius);
    let tone = colour.map(|p| [p[0].max(0.0).sqrt(), p[1].max(0.0).sqrt(), p[2].max(0.0).sqrt()]);
    // Where a surface only slopes, twice the window holds twice the range; at a jump it holds the same.
    let is_edge = |i: usize| {
        let ((low, high), (wide_low, wide_high)) = (near.data()[i], wide.data()[i]);
        high - low > settings.smallest_jump * high && high - low > 0.7 * (wide_high - wide_low)
    };
    let mut share = vec![f32::NAN; width * height];
    let edges = Edges { smooth: &smooth, near: &near, tone: &tone, radius };
    for_rows(&mut share, width, |y, row| {
        for (x, share) in row.iter_mut().enumerate().filter(|(x, _)| is_edge(y * width + x)) {
            *share = edges.near_share(x, y);
        }
    });
    let share = Raster::from_fn(width, height, |x, y| share[y * width + x]);
    let mut refined = smooth.clone();
    for_rows(refined.data_mut(), width, |y, row| {
        for (x, depth) in row.iter_mut().enumerate().filter(|(x, _)| !share.at(*x, y).is_nan()) {
            *depth = edges.side_depth(x, y, edges.agreed(&share, x, y) > 0.5);
        }
    });
    refined
}

struct Edges<'a> {
    smooth: &'a Raster<f32>,
    near: &'a Raster<(f32, f32)>,
    tone: &'a Raster<[f32; 3]>,
    radius: usize,
}

fn unlike2(a: [f32; 3], b: [f32; 3]) -> f32 {
    (0..3).map(|c| (a[c] - b[c]) * (a[c] - b[c])).sum()
}

impl Edges<'_> {
    /// How likely a pixel belongs to the nearer side, 0..=1.
    fn near_share(&self, x: usize, y: usize) -> f32 {
        let (low, high) = self.near.at(x, y);
        let span = high - low;
        let own = self.tone.at(x, y);
        // Votes and how many could have been cast, so that the larger side has no advantage.
        let mut votes = [(1e-4f32, 1e-3f32); 2];
        let radius = 2 * self.radius as isize;
        // Every second pixel beyond the nearest few: the vote is a mean of many.
        let step = if self.radius > 4 { 2 } else { 1 };
        let spread = (self.radius * self.radius) as f32;
        for dy in (-radius..=radius).step_by(step) {
            for dx in (-radius..=radius).step_by(step) {
                let (nx, ny) = (x as isize + dx, y as isize + dy);
                let place = (self.smooth.clamped(nx, ny) - low) / span;
                // The middle of a ramp belongs to nobody, and what is far outside the range is a third surface.
                let side = if (0.8..1.3).contains(&place) {
                    1
                } else if (-0.3..0.2).contains(&place) {
                    0
                } else {
                    continue;
                };
                let weight = (-((dx * dx + dy * dy) as f32) / (2.0 * spread)).exp();
                let like = (-unlike2(own, self.tone.clamped(nx, ny)) / (2.0 * COLOUR_SIGMA * COLOUR_SIGMA)).exp();
                votes[side].0 += weight * like;
                votes[side].1 += weight;
            }
        }
        let prior = ((self.smooth.at(x, y) - low) / span).clamp(0.03, 0.97);
        let near = votes[1].0 / votes[1].1 * prior;
        let far = votes[0].0 / votes[0].1 * (1.0 - prior);
        near / (near + far)
    }

    /// The share with its neighbours of like colour: single pixels do not stand out alone.
    fn agreed(&self, share: &Raster<f32>, x: usize, y: usize) -> f32 {
        let own = self.tone.at(x, y);
        let (mut sum, mut weights) = (0.0, 0.0);
        for dy in -2..=2isize {
            for dx in -2..=2isize {
                let (nx, ny) = (x as isize + dx, y as isize + dy);
                let there = share.clamped(nx, ny);
                if there.is_nan() {
                    continue;
                }
                let like = (-unlike2(own, self.tone.clamped(nx, ny)) / (2.0 * COLOUR_SIGMA * COLOUR_SIGMA)).exp();
                let weight = (like + 0.02) / (1.0 + (dx * dx + dy * dy) as f32);
                sum += weight * there;
                weights += weight;
            }
        }
        sum / weights
    }

    /// Depth of one side near a pixel: the mean of where its ramp has ended.
    fn side_depth(&self, x: usize, y: usize, is_near: bool) -> f32 {
        let (low, high) = self.near.at(x, y);
        let span = high - low;
        let radius = self.radius as isize + 1;
        let (mut sum, mut weights) = (0.0, 1e-12);
        for dy in -radius..=radius {
            for dx in -radius..=radius {
                let value = self.smooth.clamped(x as isize + dx, y as isize + dy);
                let from_end = if is_near { (high - value) / span } else { (value - low) / span };
                if from_end < 0.25 {
                    // Ends of ramps approach their surface from within: the nearer to the end the better.
                    let weight = (1.0 - 4.0 * from_end).powi(2) / (1.0 + (dx * dx + dy * dy) as f32 * 0.05);
                    sum += weight * value;
                    weights += weight;
                }
            }
        }
        if weights > 1e-6 {
            sum / weights
        } else if is_near {
            high
        } else {
            low
        }
    }
}

/// Smallest and largest value in the square of `radius` around each pixel.
fn extremes(of: &Raster<f32>, radius: usize) -> Raster<(f32, f32)> {
    let (width, height) = of.size();
    let join = |a: (f32, f32), b: (f32, f32)| (a.0.min(b.0), a.1.max(b.1));
    let mut along = of.map(|v| (v, v));
    for_rows(along.data_mut(), width, |y, row| {
        let source = of.row(y);
        for (x, v) in row.iter_mut().enumerate() {
            let part = &source[x.saturating_sub(radius)..(x + radius + 1).min(width)];
            *v = part.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |all, &v| join(all, (v, v)));
        }
    });
    let mut both = along.clone();
    for_rows(both.data_mut(), width, |y, row| {
        for (x, v) in row.iter_mut().enumerate() {
            let rows = y.saturating_sub(radius)..(y + radius + 1).min(height);
            *v = rows.fold((f32::INFINITY, f32::NEG_INFINITY), |all, sy| join(all, along.at(x, sy)));
        }
    });
    both
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::truth::Scene;
    use crate::view::View;

    /// Mean |d - d*| / d* over pixels within three of an edge of depth, and share of those on the wrong side.
    fn at_edges(got: &Raster<f32>, truth: &Raster<f32>) -> (f32, f32) {
        let range = extremes(truth, 3);
        let (mut sum, mut wrong, mut count) = (0.0, 0.0, 0.0);
        for (i, &(low, high)) in range.data().iter().enumerate() {
            if high - low > 0.15 * high {
                let (q, t) = (got.data()[i].max(1e-6), truth.data()[i]);
                let off = (1.0 / q - 1.0 / t).abs() * t;
                sum += off;
                wrong += f32::from(u8::from(off > 0.1));
                count += 1.0;
            }
        }
        (sum / count, wrong / count)
    }

    #[test]
    fn edges_are_found_again_in_depth_that_was_made_four_times_smaller() {
        let (mut bilinear, mut refined) = ((0.0, 0.0), (0.0, 0.0));
        for number in 0..8 {
            let truth = Scene::numbered(number).picture(&View::of_picture(0.9), 320, 180, 3);
            let coarse = truth.inverse_depth.resized(80, 45);
            let got = refine(&coarse, &truth.colour, &RefineSettings { ramp_px: 1.0, ..RefineSettings::default() });
            let before = at_edges(&coarse.resized(320, 180), &truth.inverse_depth);
            let after = at_edges(&got, &truth.inverse_depth);
            println!(
                "scene {number}: AbsRel at edges {:.4} -> {:.4}, wrong {:.3} -> {:.3}",
                before.0, after.0, before.1, after.1
            );
            bilinear = (bilinear.0 + before.0 / 8.0, bilinear.1 + before.1 / 8.0);
            refined = (refined.0 + after.0 / 8.0, refined.1 + after.1 / 8.0);
        }
        println!("mean: bilinear {bilinear:?}, refined {refined:?}");
        assert!(refined.0 < 0.5 * bilinear.0 && refined.1 < 0.5 * bilinear.1, "{bilinear:?} {refined:?}");
    }

    #[test]
    fn a_slope_stays_as_it_is() {
        let slope = Raster::from_fn(40, 30, |x, y| 0.2 + 0.01 * x as f32 + 0.02 * y as f32);
        let colour = Raster::from_fn(160, 120, |x, y| [((x ^ y) & 1) as f32, 0.5, 0.2, 1.0]);
        let got = refine(&slope, &colour, &RefineSettings::default());
        assert_eq!(got, slope.resized(160, 120));
    }
}
