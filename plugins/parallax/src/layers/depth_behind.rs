//! Depth of what is hidden, continued from the background.

use super::edges::TearMap;
use crate::membrane;
use crate::raster::Raster;
use crate::workers::for_rows;

/// Pixels around a known one whose depth its plane is fitted to.
const FIT: isize = 4;

/// Inverse depth with every pixel that is not `known` replaced. Inverse depth is affine over a plane in space, so each
/// known pixel next to the unknown ones carries the plane through its neighbourhood, and the planes are blended as a
/// membrane: a floor goes on as that floor, where blending depth alone would bend it level.
///
/// Nothing hidden may stand in front of what hides it: the result is at most `inverse_depth` where that is unknown.
pub fn continued(inverse_depth: &Raster<f32>, known: &Raster<bool>, tears: &TearMap) -> Raster<f32> {
    let (width, height) = inverse_depth.size();
    if known.data().iter().all(|&k| k) {
        return inverse_depth.clone();
    }
    let mut planes = Raster::filled(width, height, [0.0f32; 3]);
    let (low, high) = known_range(inverse_depth, known);
    for_rows(planes.data_mut(), width, |y, row| {
        for (x, plane) in row.iter_mut().enumerate() {
            if known.at(x, y) {
                *plane = if borders_unknown(known, x, y) {
                    fitted(inverse_depth, known, tears, x, y)
                } else {
                    [inverse_depth.at(x, y), 0.0, 0.0]
                };
            }
        }
    });
    // Only rims matter to a membrane; others are known only so that the pyramid averages rims alone.
    let rim = Raster::from_fn(width, height, |x, y| known.at(x, y) && borders_unknown(known, x, y));
    membrane::fill(&mut planes, &rim);
    Raster::from_fn(width, height, |x, y| {
        if known.at(x, y) {
            return inverse_depth.at(x, y);
        }
        let [offset, slope_x, slope_y] = planes.at(x, y);
        let value = offset + slope_x * x as f32 + slope_y * y as f32;
        // A plane that is carried far may leave what the picture contains; nothing there is nearer or farther.
        value.clamp(low, high).min(inverse_depth.at(x, y)).max(0.0)
    })
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
fn fitted(values: &Raster<f32>, known: &Raster<bool>, tears: &TearMap, x: usize, y: usize) -> [f32; 3] {
    let middle = values.at(x, y);
    let tolerance = (middle * 0.03).max(1e-6);
    let (width, height) = values.size();
    // Sums of w, wx, wy, wxx, wxy, wyy, wv, wvx, wvy about the middle pixel.
    let mut s = [0.0f64; 9];
    for dy in -FIT..=FIT {
        for dx in -FIT..=FIT {
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
        return [middle, 0.0, 0.0];
    }
    let (mx, my, mv) = (s[1] / s[0], s[2] / s[0], s[6] / s[0]);
    // A little stiffness keeps a slope small that the window does not show: rims of one pixel's width.
    let stiff = 2.0 * s[0] / 10.0;
    let xx = s[3] - s[0] * mx * mx + stiff;
    let yy = s[5] - s[0] * my * my + stiff;
    let xy = s[4] - s[0] * mx * my;
    let (xv, yv) = (s[7] - s[0] * mx * mv, s[8] - s[0] * my * mv);
    let determinant = xx * yy - xy * xy;
    let slope_x = (xv * yy - yv * xy) / determinant;
    let slope_y = (yv * xx - xv * xy) / determinant;
    let at_middle = f64::from(middle);
    [(at_middle - slope_x * x as f64 - slope_y * y as f64) as f32, slope_x as f32, slope_y as f32]
}

/// The nearest surface that is nowhere steeper than `most_per_px` and nowhere nearer than `values`: what a layer that
/// keeps a tear is given, so that it bends there and neither stretches without limit nor opens a hole.
pub fn not_steeper(values: &mut Raster<f32>, most_per_px: f32) {
    let (width, height) = values.size();
    let data = values.data_mut();
    for y in 0..height {
        for x in 0..width {
            let i = y * width + x;
            if x > 0 {
                data[i] = data[i].min(data[i - 1] + most_per_px);
            }
            if y > 0 {
                data[i] = data[i].min(data[i - width] + most_per_px);
            }
        }
    }
    for y in (0..height).rev() {
        for x in (0..width).rev() {
            let i = y * width + x;
            if x + 1 < width {
                data[i] = data[i].min(data[i + 1] + most_per_px);
            }
            if y + 1 < height {
                data[i] = data[i].min(data[i + width] + most_per_px);
            }
        }
    }
}
