//! Regular surfaces go on behind what hides them: floors, tiles, bricks, fences.
//!
//! What is hidden mostly lies on a plane of which other parts are seen. Shifts within such a plane that bring what is seen
//! near the hidden part onto what is seen elsewhere are found once for all of it, and the hidden part is looked up
//! through them: exactly in step, with the foreshortening of its own place. After Huang et al., "Image Completion using
//! Planar Structure Guidance" (SIGGRAPH 2014) and He and Sun, "Statistics of Patch Offsets" (ECCV 2012). Where nothing
//! repeats, nothing is predicted.

mod shifts;
#[cfg(test)]
mod tests;

use self::shifts::{Sample, Search, Shift};
use super::depth_behind::fitted;
use super::edges::TearMap;
use super::spread::{Spokesman, near_true};
use crate::raster::{Raster, Rgba};
use crate::workers::for_rows;

/// What is looked at.
pub struct Regular<'a> {
    /// Linear, multiplied by opacity.
    pub colour: &'a Raster<Rgba>,
    pub inverse_depth: &'a Raster<f32>,
    /// Background whose colour is measured.
    pub source: &'a Raster<bool>,
    /// Pixels to be made.
    pub wanted: &'a Raster<bool>,
    pub spoken: &'a Raster<Spokesman>,
    pub tears: &'a TearMap,
    pub px_per_inverse: f32,
}

/// What repeats, as far as it does.
pub struct Prediction {
    /// Of wanted pixels and of source pixels beside them.
    pub colour: Raster<Rgba>,
    /// One more than the number of the plane that predicts a pixel; 0 for none.
    pub plane: Raster<u8>,
}

/// Surfaces are one plane if they part from it by less at the camera's limit.
const FLAT_PX: f32 = 0.75;
const MOST_PLANES: usize = 12;
/// A plane speaks for at least this share of what is wanted, and is seen in at least so many pixels.
const LEAST_SHARE: f32 = 0.004;
const LEAST_SEEN: usize = 400;
/// Samples of what is seen beside the hidden part, and of the hidden part.
const SAMPLES: usize = 320;
const HIDDEN_SAMPLES: usize = 64;
/// How far from the hidden part samples lie, shares of the picture's width.
const BESIDE_WIDTHS: f32 = 0.025;
const STEPS_OF_WIDTH: f32 = 640.0;
/// Of the variance around the mean of a neighbourhood, shifts together may leave this much in samples that did not
/// choose them.
const MOST_LEFT: f32 = 0.8;
/// Neighbourhoods whose variance is compared: as wide as what a guess would have to reach over.
const AROUND_WIDTHS: f32 = 0.025;
/// Squares of samples that choose and that judge, widths of the picture.
const SQUARE_WIDTHS: f32 = 0.02;

/// A plane of inverse depth about a pixel, and the shifts that repeat it.
struct Plane {
    /// q = at + slope . (pixel - anchor).
    anchor: [f32; 2],
    at: f32,
    slope: [f32; 2],
    /// In pixels at the anchor.
    shifts: Vec<Shift>,
}

impl Plane {
    fn depth(&self, x: f32, y: f32) -> f32 {
        self.at + self.slope[0] * (x - self.anchor[0]) + self.slope[1] * (y - self.anchor[1])
    }

    /// Where a pixel of the plane comes to lie when the plane is shifted within itself. Up to an affine change of space,
    /// which keeps planes and shifts, a pixel (x, y) with inverse depth q is the point (x, y, 1) / q: no focal length is needed.
    fn shifted(&self, [x, y]: [f32; 2], [sx, sy]: [f32; 2]) -> Option<[f32; 2]> {
        let q = self.depth(x, y);
        let (rx, ry) = (x - self.anchor[0], y - self.anchor[1]);
        let scale = q / self.at;
        let w = 1.0 - scale * (self.slope[0] * sx + self.slope[1] * sy) / self.at;
        (q > 0.0 && w > 1e-3).then(|| [self.anchor[0] + (rx + scale * sx) / w, self.anchor[1] + (ry + scale * sy) / w])
    }

    /// About another anchor.
    fn about(&self, x: f32, y: f32) -> Self {
        Self { anchor: [x, y], at: self.depth(x, y), slope: self.slope, shifts: Vec::new() }
    }
}

/// What repeats behind things; `None` if nothing does.
pub fn predicted(task: &Regular) -> Option<Prediction> {
    let (width, height) = task.colour.size();
    let wanted: Vec<u32> = (0..width * height).filter(|&i| task.wanted.data()[i]).map(|i| i as u32).collect();
    let mut speaks_for = vec![0u32; width * height];
    for &i in &wanted {
        speaks_for[task.spoken.data()[i as usize].rim as usize] += 1;
    }
    let mut rims: Vec<u32> = (0..width * height).filter(|&i| speaks_for[i] > 0).map(|i| i as u32).collect();
    // Those that speak for most come first; of equals the first.
    rims.sort_by_key(|&i| (u32::MAX - speaks_for[i as usize], i));
    let mut of_rim = vec![0u8; width * height];
    let mut planes: Vec<Plane> = Vec::new();
    let close = near_true(task.wanted, (BESIDE_WIDTHS * width as f32) as usize);
    let mut tries = 0;
    for &rim in &rims {
        if of_rim[rim as usize] != 0 || tries >= 4 * MOST_PLANES || planes.len() >= MOST_PLANES {
            continue;
        }
        tries += 1;
        let Some(plane) = task.plane_of(rim as usize) else { continue };
        let on = |i: u32| of_rim[i as usize] == 0 && task.is_on(&plane, i as usize);
        let mine: Vec<u32> = rims.iter().copied().filter(|&i| on(i)).collect();
        let share: u32 = mine.iter().map(|&i| speaks_for[i as usize]).sum();
        if (share as f32) < LEAST_SHARE * wanted.len() as f32 {
            continue;
        }
        let number = planes.len() as u8 + 1;
        mine.iter().for_each(|&i| of_rim[i as usize] = number);
        let hidden: Vec<u32> =
            wanted.iter().copied().filter(|&i| of_rim[task.spoken.data()[i as usize].rim as usize] == number).collect();
        planes.push(task.repeated(plane, &hidden, &close));
    }
    if planes.iter().all(|plane| plane.shifts.is_empty()) {
        return None;
    }
    // Colours of a guess are means around rims; what is seen there is predicted as well, so that both can be compared.
    let beside = task.beside();
    let mut both = vec![([0.0f32; 4], 0u8); width * height];
    for_rows(&mut both, width, |y, row| {
        for (x, out) in row.iter_mut().enumerate() {
            let i = y * width + x;
            let number = if task.wanted.data()[i] {
                of_rim[task.spoken.data()[i].rim as usize]
            } else if beside[i] {
                (1..=planes.len()).find(|&n| task.is_on(&planes[n - 1], i)).unwrap_or(0) as u8
            } else {
                0
            };
            if number == 0 {
                continue;
            }
            let plane = &planes[number as usize - 1];
            if let Some(colour) = task.looked_up(plane, [x as f32, y as f32]) {
                *out = (colour, number);
            }
        }
    });
    let colour = Raster::from_fn(width, height, |x, y| both[y * width + x].0);
    let plane = Raster::from_fn(width, height, |x, y| both[y * width + x].1);
    Some(Prediction { colour, plane })
}

impl Regular<'_> {
    fn is_on(&self, plane: &Plane, i: usize) -> bool {
        let width = self.colour.width();
        let off = self.inverse_depth.data()[i] - plane.depth((i % width) as f32, (i / width) as f32);
        off.abs() * self.px_per_inverse < FLAT_PX
    }

    /// The plane that a rim pixel lies on, fitted to all that is seen of it.
    fn plane_of(&self, rim: usize) -> Option<Plane> {
        let (width, height) = self.colour.size();
        let (x, y) = (rim % width, rim / width);
        let [offset, slope_x, slope_y] = fitted(self.inverse_depth, self.source, self.tears, x, y);
        let anchor = [x as f32, y as f32];
        let at = offset + slope_x * anchor[0] + slope_y * anchor[1];
        let mut plane = Plane { anchor, at, slope: [slope_x, slope_y], shifts: Vec::new() };
        let step = ((width * height / 30_000) as f32).sqrt().ceil().max(1.0) as usize;
        let mut seen = 0;
        // The first window is small, so the plane grows outwards from the rim.
        for reach in [0.04, 0.12, 1.0, 1.0f32] {
            let reach = reach * width as f32;
            let mut s = [0.0f64; 9];
            for py in (0..height).step_by(step).filter(|&p| p.abs_diff(y) as f32 <= reach) {
                for px in (0..width).step_by(step).filter(|&p| p.abs_diff(x) as f32 <= reach) {
                    let i = py * width + px;
                    if !self.source.data()[i] || self.tears.jump_px.data()[i] != 0.0 || !self.is_on(&plane, i) {
                        continue;
                    }
                    let (dx, dy) = (px as f64 - x as f64, py as f64 - y as f64);
                    let v = f64::from(self.inverse_depth.data()[i]);
                    for (sum, term) in s.iter_mut().zip([1.0, dx, dy, dx * dx, dx * dy, dy * dy, v, v * dx, v * dy]) {
                        *sum += term;
                    }
                }
            }
            seen = s[0] as usize * step * step;
            if s[0] < 12.0 {
                continue;
            }
            let (mx, my, mv) = (s[1] / s[0], s[2] / s[0], s[6] / s[0]);
            let (xx, xy, yy) = (s[3] - s[0] * mx * mx, s[4] - s[0] * mx * my, s[5] - s[0] * my * my);
            let (xv, yv) = (s[7] - s[0] * mx * mv, s[8] - s[0] * my * mv);
            let determinant = xx * yy - xy * xy;
            if !(determinant > 1e-3 * xx * yy) {
                continue;
            }
            let slope = [(xv * yy - yv * xy) / determinant, (yv * xx - xv * xy) / determinant];
            plane.at = (mv - slope[0] * mx - slope[1] * my) as f32;
            plane.slope = slope.map(|v| v as f32);
        }
        (seen >= LEAST_SEEN && plane.at > 0.0).then_some(plane)
    }

    /// Source pixels so near to wanted ones that guesses look at them.
    fn beside(&self) -> Vec<bool> {
        const GUESSES_PX: usize = 7;
        near_true(self.wanted, GUESSES_PX)
    }

    /// The plane with the shifts that repeat it.
    fn repeated(&self, plane: Plane, hidden: &[u32], close: &[bool]) -> Plane {
        let (width, height) = self.colour.size();
        let place = |i: u32| [(i as usize % width) as f32, (i as usize / width) as f32];
        let around: Vec<u32> = (0..width * height)
            .filter(|&i| close[i] && self.source.data()[i] && self.is_on(&plane, i))
            .map(|i| i as u32)
            .collect();
        if around.len() < 64 {
            return plane;
        }
        let seen = thinned(&around, SAMPLES);
        let hidden: Vec<[f32; 2]> = thinned(hidden, HIDDEN_SAMPLES).into_iter().map(place).collect();
        // A step at the nearest sample is at most a step at all others.
        let depth_at = |i: u32| plane.depth(place(i)[0], place(i)[1]);
        let nearest = seen.iter().copied().max_by(|&a, &b| depth_at(a).total_cmp(&depth_at(b))).unwrap_or(seen[0]);
        let mut plane = plane.about(place(nearest)[0], place(nearest)[1]);
        let variances: Vec<f32> = seen.iter().map(|&i| self.unlike_surroundings(i as usize)).collect();
        // Shifts are chosen by one half of the samples and judged by the other. Halves are squares, as of a chess board:
        // neighbours are alike, and samples in turn would judge themselves.
        let square = (SQUARE_WIDTHS * width as f32).max(4.0);
        let half = |i: u32| ((place(i)[0] / square) as usize + (place(i)[1] / square) as usize) % 2;
        let of_half = |which: usize| -> (Vec<Sample>, f32) {
            let mine = seen.iter().zip(&variances).filter(|(i, _)| half(**i) == which);
            let samples: Vec<Sample> = mine
                .map(|(&i, &variance)| Sample { at: place(i), tone: tone(self.colour.data()[i as usize]), variance })
                .collect();
            let variance = samples.iter().map(|s| s.variance).sum::<f32>() / samples.len().max(1) as f32;
            (samples, variance)
        };
        let ((choosers, variance), (judges, judged_variance)) = (of_half(0), of_half(1));
        if choosers.len().min(judges.len()) < 16 || variance < 1e-5 {
            return plane;
        }
        let search = Search { task: self, plane: &plane, samples: &choosers, hidden: &hidden };
        let chosen = search.best(variance, (width as f32 / STEPS_OF_WIDTH).max(1.0));
        plane.shifts = search.joined(&chosen);
        let left = Search { task: self, plane: &plane, samples: &judges, hidden: &hidden }.left(&plane.shifts);
        if !(left < MOST_LEFT * judged_variance) {
            plane.shifts.clear();
        }
        plane
    }

    /// Squared distance of a pixel's tone from the mean around it.
    fn unlike_surroundings(&self, i: usize) -> f32 {
        let (width, height) = self.colour.size();
        let reach = ((width as f32 * AROUND_WIDTHS) as usize).max(4);
        let (x, y) = (i % width, i / width);
        let (mut sum, mut count) = ([0.0f32; 4], 0.0f32);
        for ny in (y.saturating_sub(reach)..(y + reach + 1).min(height)).step_by((reach / 5).max(1)) {
            for nx in (x.saturating_sub(reach)..(x + reach + 1).min(width)).step_by((reach / 5).max(1)) {
                if self.source.at(nx, ny) {
                    let v = tone(self.colour.at(nx, ny));
                    (0..4).for_each(|c| sum[c] += v[c]);
                    count += 1.0;
                }
            }
        }
        distance2(tone(self.colour.data()[i]), sum.map(|s| s / count.max(1.0)))
    }

    /// A pixel of a plane through its shifts.
    fn looked_up(&self, plane: &Plane, at: [f32; 2]) -> Option<Rgba> {
        let (mut sum, mut weights) = ([0.0f32; 4], 0.0f32);
        for &Shift { px, weight } in &plane.shifts {
            if let Some([x, y]) = plane.shifted(at, px).filter(|&place| self.may_be_copied(plane, place)) {
                let v = self.colour.bilinear_colour(x, y);
                (0..4).for_each(|c| sum[c] += v[c] * weight);
                weights += weight;
            }
        }
        (weights > 0.0).then(|| sum.map(|s| s / weights))
    }

    fn may_be_copied(&self, plane: &Plane, [x, y]: [f32; 2]) -> bool {
        let (width, height) = self.colour.size();
        if !(x >= 0.0 && y >= 0.0 && x <= width as f32 - 1.0 && y <= height as f32 - 1.0) {
            return false;
        }
        let i = (y + 0.5) as usize * width + (x + 0.5) as usize;
        self.source.data()[i] && self.is_on(plane, i)
    }
}

/// Near to perceived differences.
fn tone(linear: Rgba) -> Rgba {
    linear.map(|v| v.max(0.0).sqrt())
}

fn distance2(a: Rgba, b: Rgba) -> f32 {
    (0..3).map(|c| (a[c] - b[c]) * (a[c] - b[c])).sum()
}

/// About `most` of all, evenly.
fn thinned(all: &[u32], most: usize) -> Vec<u32> {
    let most = most.min(all.len());
    (0..most).map(|n| all[n * all.len() / most]).collect()
}
