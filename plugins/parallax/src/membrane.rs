//! Fills holes as a membrane that is held at their rims: the solution of Laplace's equation, coarse to fine.

use crate::raster::Raster;

/// Sweeps of Gauss and Seidel on each level. The coarser levels carry far values already, so few are enough: twelve
/// leave a rest below a fortieth of the rims' range in the test.
const SWEEPS: usize = 12;
/// On levels larger than this; what the level before left is only what half a pixel changes at the rims.
const LARGE_PX: usize = 1 << 18;
const SWEEPS_OF_LARGE: usize = 4;

/// Replaces every pixel of `values` that is not `known` by the membrane through the known ones. Without any known
/// pixel all become 0. At the border of the picture the membrane is free.
pub fn fill<const N: usize>(values: &mut Raster<[f32; N]>, known: &Raster<bool>) {
    let (width, height) = values.size();
    if known.data().iter().all(|&k| k) {
        return;
    }
    if width == 1 && height == 1 || !known.data().iter().any(|&k| k) {
        values.data_mut().fill([0.0; N]);
        return;
    }
    let (mut coarse, coarse_known) = halved(values, known);
    fill(&mut coarse, &coarse_known);
    let unknown: Vec<u32> = (0..width * height).filter(|&i| !known.data()[i]).map(|i| i as u32).collect();
    for &i in &unknown {
        let (x, y) = (i as usize % width, i as usize / width);
        values.data_mut()[i as usize] = from_coarse(&coarse, x, y);
    }
    let sweeps = if width * height > LARGE_PX { SWEEPS_OF_LARGE } else { SWEEPS };
    for sweep in 0..sweeps {
        // Alternating directions carry values both ways.
        if sweep % 2 == 0 {
            unknown.iter().for_each(|&i| relax(values, i as usize));
        } else {
            unknown.iter().rev().for_each(|&i| relax(values, i as usize));
        }
    }
}

/// [`fill`] for one number a pixel.
pub fn fill_one(values: &Raster<f32>, known: &Raster<bool>) -> Raster<f32> {
    let mut wide = values.map(|v| [v]);
    fill(&mut wide, known);
    wide.map(|v| v[0])
}

fn relax<const N: usize>(values: &mut Raster<[f32; N]>, i: usize) {
    let (width, height) = values.size();
    let (x, y) = (i % width, i / width);
    let data = values.data_mut();
    if x > 0 && y > 0 && x + 1 < width && y + 1 < height {
        let (left, right, above, below) = (data[i - 1], data[i + 1], data[i - width], data[i + width]);
        data[i] = std::array::from_fn(|c| 0.25 * (left[c] + right[c] + above[c] + below[c]));
        return;
    }
    let (mut sum, mut count) = ([0.0; N], 0.0);
    let mut add = |j: usize| {
        for c in 0..N {
            sum[c] += data[j][c];
        }
        count += 1.0;
    };
    if x > 0 {
        add(i - 1);
    }
    if x + 1 < width {
        add(i + 1);
    }
    if y > 0 {
        add(i - width);
    }
    if y + 1 < height {
        add(i + width);
    }
    data[i] = sum.map(|s| s / count);
}

fn halved<const N: usize>(values: &Raster<[f32; N]>, known: &Raster<bool>) -> (Raster<[f32; N]>, Raster<bool>) {
    let (width, height) = (values.width().div_ceil(2), values.height().div_ceil(2));
    let mut small = Raster::filled(width, height, [0.0; N]);
    let mut small_known = Raster::filled(width, height, false);
    for y in 0..height {
        for x in 0..width {
            let (mut sum, mut count) = ([0.0; N], 0.0);
            for sy in 2 * y..(2 * y + 2).min(values.height()) {
                for sx in 2 * x..(2 * x + 2).min(values.width()) {
                    if known.at(sx, sy) {
                        let v = values.at(sx, sy);
                        (0..N).for_each(|c| sum[c] += v[c]);
                        count += 1.0;
                    }
                }
            }
            if count > 0.0 {
                small.set(x, y, sum.map(|s| s / count));
                small_known.set(x, y, true);
            }
        }
    }
    (small, small_known)
}

/// The value of a coarse raster at a pixel of the fine one, linearly.
fn from_coarse<const N: usize>(coarse: &Raster<[f32; N]>, x: usize, y: usize) -> [f32; N] {
    let (cx, cy) = (x as isize / 2, y as isize / 2);
    let (dx, dy) = (2 * (x as isize % 2) - 1, 2 * (y as isize % 2) - 1);
    let corners = [(cx, cy, 9.0), (cx + dx, cy, 3.0), (cx, cy + dy, 3.0), (cx + dx, cy + dy, 1.0)];
    let mut sum = [0.0; N];
    for (x, y, weight) in corners {
        let v = coarse.clamped(x, y);
        (0..N).for_each(|c| sum[c] += v[c] * weight / 16.0);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_in_a_harmonic_function_is_filled_with_it() {
        let truth = Raster::from_fn(64, 48, |x, y| {
            let (x, y) = (x as f32 / 64.0, y as f32 / 48.0);
            x * x - y * y + x
        });
        let known = Raster::from_fn(64, 48, |x, y| !(20..44).contains(&x) || !(12..36).contains(&y));
        let holed = Raster::from_fn(64, 48, |x, y| if known.at(x, y) { truth.at(x, y) } else { 9.0 });
        let filled = fill_one(&holed, &known);
        let worst = filled.data().iter().zip(truth.data()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 0.025 * 2.0, "{worst}");
    }

    #[test]
    fn nothing_known_is_zero_and_everything_known_stays() {
        let values = Raster::filled(7, 3, 5.0);
        assert!(fill_one(&values, &Raster::filled(7, 3, false)).data().iter().all(|&v| v == 0.0));
        assert_eq!(fill_one(&values, &Raster::filled(7, 3, true)), values);
    }
}
