//! Depth of what is hidden, continued from the background.

use super::edges::TearMap;
use super::spread::Spokesman;
use crate::membrane;
use crate::raster::{Raster, Rgba};
use crate::workers::for_rows;

/// Pixels around a known one whose depth its plane is fitted to: once near it and once farther out.
const FIT_NEAR: isize = 4;
const FIT_FAR: isize = 8;

/// Rounds in which neighbours of different spokesmen are drawn together.
const SMOOTHING_ROUNDS: usize = 16;

/// Inverse depth with every pixel that is not `known` replaced. Inverse depth is affine over a plane in space, so the
/// rim pixel that speaks for a hidden one ([`spokesmen`](super::spread::spokesmen)) carries the plane through its neighbourhood there: a floor
/// goes on as that floor, where blending depth alone would bend it level. Where spokesmen change, planes are blended.
///
/// Nothing hidden may stand in front of what hides it: the result is at most `inverse_depth` where that is unknown.
pub fn continued(
    inverse_depth: &Raster<f32>,
    known: &Raster<bool>,
    tears: &TearMap,
    spoken: &Raster<Spokesman>,
) -> Raster<f32> {
    let (width, height) = inverse_depth.size();
    let mut planes = Raster::filled(width, height, [0.0f32; 3]);
    let (low, high) = known_range(inverse_depth, known);
    for_rows(planes.data_mut(), width, |y, row| {
        for (x, plane) in row.iter_mut().enumerate() {
            if known.at(x, y) && borders_unknown(known, x, y) {
                *plane = fitted(inverse_depth, known, tears, x, y);
            }
        }
    });
    let mut values = inverse_depth.clone();
    for_rows(values.data_mut(), width, |y, row| {
        for (x, value) in row.iter_mut().enumerate().filter(|(x, _)| !known.at(*x, y)) {
            let [offset, slope_x, slope_y] = planes.data()[spoken.at(x, y).rim as usize];
            let carried = offset + slope_x * x as f32 + slope_y * y as f32;
            // A plane that is carried far may leave what the picture contains; nothing there is nearer or farther.
            *value = carried.clamp(low, high).min(*value).max(0.0);
        }
    });
    let carried = values.clone();
    let hidden: Vec<usize> = (0..width * height).filter(|&i| !known.data()[i]).collect();
    for round in 0..SMOOTHING_ROUNDS {
        let mut relax = |i: usize| {
            let (x, y) = (i % width, i / width);
            let data = values.data();
            let left = if x > 0 { data[i - 1] } else { data[i] };
            let right = if x + 1 < width { data[i + 1] } else { data[i] };
            let above = if y > 0 { data[i - width] } else { data[i] };
            let below = if y + 1 < height { data[i + width] } else { data[i] };
            let mean = 0.25 * (left + right + above + below);
            values.data_mut()[i] = (0.9 * mean + 0.1 * carried.data()[i]).min(inverse_depth.data()[i]);
        };
        if round % 2 == 0 {
            hidden.iter().for_each(|&i| relax(i));
        } else {
            hidden.iter().rev().for_each(|&i| relax(i));
        }
    }
    values
}

fn known_range(values: &Raster<f32>, known: &Raster<bool>) -> (f32, f32) {
    let inside = values.data().iter().zip(known.data()).filter(|(_, k)| **k);
    let range = inside.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), (&v, _)| (low.min(v), high.max(v)));
    if range.0 <= range.1 { range } else { (0.0, f32::MAX) }
}

fn borders_unknown(known: &Raster<bool>, x: usize, y: usize) -> bool {
    let (x, y) = (x as isize, y as isize);
    [(-1, 0), (1, 0), (0, -1), (0, 1)].iter().any(|&(dx, dy)| !known.clamped(x + dx, y + dy))
}

/// Offset and slopes of the plane through the pixels around one, as `offset + slope_x x + slope_y y` in the pixels of
/// the whole picture. Other surfaces in the window would tilt it, so pixels count the less the farther they are from
/// the middle one in depth as well, and none does beyond a tear.
///
/// A surface that bends, such as the side of a cylinder, is not carried on along its tangent: the slope counts the less
/// the more both windows disagree on it.
pub(super) fn fitted(values: &Raster<f32>, known: &Raster<bool>, tears: &TearMap, x: usize, y: usize) -> [f32; 3] {
    let near = slopes(values, known, tears, (x, y), FIT_NEAR);
    let far = slopes(values, known, tears, (x, y), FIT_FAR);
    let apart = (near[0] - far[0]).hypot(near[1] - far[1]);
    let bend = apart / (near[0].hypot(near[1]) + far[0].hypot(far[1])).max(1e-20);
    let trust = (-(bend / 0.15).powi(2)).exp();
    let [slope_x, slope_y] = far.map(|s| s * trust);
    [(f64::from(values.at(x, y)) - slope_x * x as f64 - slope_y * y as f64) as f32, slope_x as f32, slope_y as f32]
}

fn slopes(values: &Raster<f32>, known: &Raster<bool>, tears: &TearMap, (x, y): (usize, usize), fit: isize) -> [f64; 2] {
    let middle = values.at(x, y);
    let tolerance = (middle * 0.03).max(1e-6);
    let (width, height) = values.size();
    // Sums of w, wx, wy, wxx, wxy, wyy, wv, wvx, wvy about the middle pixel.
    let mut s = [0.0f64; 9];
    for dy in -fit..=fit {
        for dx in -fit..=fit {
            let (nx, ny) = (x as isize + dx, y as isize + dy);
            if nx < 0 || ny < 0 || nx as usize >= width || ny as usize >= height {
                continue;
            }
            let (nx, ny) = (nx as usize, ny as usize);
            if !known.at(nx, ny) || (tears.jump_px.at(nx, ny) > 0.0) {
                continue;
            }
            let v = f64::from(values.at(nx, ny) - middle);
            let reach = f64::from(tolerance) * (1.0 + ((dx * dx + dy * dy) as f64).sqrt());
            let weight = 1.0 / (1.0 + (v / reach) * (v / reach)).powi(2);
            let (dx, dy) = (dx as f64, dy as f64);
            let terms = [1.0, dx, dy, dx * dx, dx * dy, dy * dy, v, v * dx, v * dy];
            for (sum, term) in s.iter_mut().zip(terms) {
                *sum += weight * term;
            }
        }
    }
    if s[0] < 6.0 {
        return [0.0; 2];
    }
    let (mx, my, mv) = (s[1] / s[0], s[2] / s[0], s[6] / s[0]);
    // A little stiffness keeps a slope small that the window does not show: rims of one pixel's width.
    let stiff = 2.0 * s[0] / 10.0;
    let xx = s[3] - s[0] * mx * mx + stiff;
    let yy = s[5] - s[0] * my * my + stiff;
    let xy = s[4] - s[0] * mx * my;
    let (xv, yv) = (s[7] - s[0] * mx * mv, s[8] - s[0] * my * mv);
    let determinant = xx * yy - xy * xy;
    [(xv * yy - yv * xy) / determinant, (yv * xx - xv * xy) / determinant]
}

/// The front's own depth, carried outwards: its rim lies at its nearest surface, the rest is a membrane, where the
/// front is clear anyway.
pub fn front_depth(inverse_depth: &Raster<f32>, in_front: &Raster<bool>, rim_px: u8) -> Raster<f32> {
    let (width, height) = in_front.size();
    let reach = rim_px as isize + 1;
    // The nearest front around each pixel, along and then across.
    let own = |x: isize, y: isize| {
        let front = in_front.clamped(x, y);
        if front { inverse_depth.clamped(x, y) } else { f32::NEG_INFINITY }
    };
    let along = Raster::par_fn(width, height, |x, y| {
        (-reach..=reach).map(|dx| own(x as isize + dx, y as isize)).fold(f32::NEG_INFINITY, f32::max)
    });
    let nearest = Raster::par_fn(width, height, |x, y| {
        let around = (-reach..=reach).map(|dy| along.clamped(x as isize, y as isize + dy));
        around.fold(f32::NEG_INFINITY, f32::max)
    });
    let depth = Raster::par_fn(width, height, |x, y| match (in_front.at(x, y), nearest.at(x, y)) {
        (false, nearest) if nearest > f32::NEG_INFINITY => nearest,
        _ => inverse_depth.at(x, y),
    });
    let known = nearest.map(|q| q > f32::NEG_INFINITY);
    membrane::fill_one(&depth, &known)
}

/// Makes a layer nowhere steeper than `most_per_px` between opaque pixels, by moving the nearer ones away: what a layer
/// that keeps a tear is given, so that it bends there and neither stretches without limit nor opens a hole. Elsewhere it
/// may be steep, and is cut: a far thing does not pull a near one back across the rim between them.
pub fn not_steeper(values: &mut Raster<f32>, colour: &Raster<Rgba>, most_per_px: f32) {
    let (width, height) = values.size();
    let data = values.data_mut();
    let seen: Vec<bool> = colour.data().iter().map(|p| p[3] >= 0.999).collect();
    let mut hold = |i: usize, j: usize| {
        if seen[i] && seen[j] {
            data[i] = data[i].min(data[j] + most_per_px);
        }
    };
    for y in 0..height {
        for x in 0..width {
            let i = y * width + x;
            if x > 0 {
                hold(i, i - 1);
            }
            if y > 0 {
                hold(i, i - width);
            }
        }
    }
    for y in (0..height).rev() {
        for x in (0..width).rev() {
            let i = y * width + x;
            if x + 1 < width {
                hold(i, i + 1);
            }
            if y + 1 < height {
                hold(i, i + width);
            }
        }
    }
}
