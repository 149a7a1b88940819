//! Optical flow: where each pixel was in another picture.
//!
//! Iterated, warped Lucas and Kanade (IJCAI 1981) on a pyramid after Bouguet (2000), every pixel its own window, with a
//! median between rounds. Made for what the stabiliser asks: small, smooth motion of surfaces, and an honest remainder.

use crate::raster::Raster;
use crate::workers::for_rows;

/// Motion of every pixel of a picture.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Pixel (x, y) was at (x, y) + this in the other picture, pixels.
    pub offset: Raster<[f32; 2]>,
    /// Difference in brightness that is left, in units of the pictures' values.
    pub remainder: Raster<f32>,
}

const WINDOW: isize = 3;
/// On the finest level and on coarser ones, which cost little and have farther to go.
const ROUNDS: usize = 3;
const COARSE_ROUNDS: usize = 8;
const SMALLEST_SIDE: usize = 14;

/// Flow from `now` to `other`, both of one size: brightness, best as square roots of light, 0..=1.
pub fn flow_between(now: &Raster<f32>, other: &Raster<f32>) -> Flow {
    let mut pyramid = vec![(now.clone(), other.clone())];
    loop {
        let (finest, _) = &pyramid[pyramid.len() - 1];
        let (width, height) = (finest.width() / 2, finest.height() / 2);
        if width.min(height) < SMALLEST_SIDE {
            break;
        }
        let (a, b) = &pyramid[pyramid.len() - 1];
        let next = (a.resized(width, height), b.resized(width, height));
        pyramid.push(next);
    }
    let mut offset: Option<Raster<[f32; 2]>> = None;
    while let Some((now, other)) = pyramid.pop() {
        let (width, height) = now.size();
        let mut start = match &offset {
            None => Raster::filled(width, height, [0.0; 2]),
            Some(coarse) => {
                let (fx, fy) = (width as f32 / coarse.width() as f32, height as f32 / coarse.height() as f32);
                let (u, v) = (coarse.map(|o| o[0] * fx), coarse.map(|o| o[1] * fy));
                let at = |x: usize, y: usize| ((x as f32 + 0.5) / fx - 0.5, (y as f32 + 0.5) / fy - 0.5);
                Raster::from_fn(width, height, |x, y| {
                    let (cx, cy) = at(x, y);
                    [u.bilinear(cx, cy), v.bilinear(cx, cy)]
                })
            }
        };
        for _ in 0..if pyramid.is_empty() { ROUNDS } else { COARSE_ROUNDS } {
            start = median(&round(&now, &other, &start));
        }
        offset = Some(start);
    }
    let offset = offset.unwrap_or_else(|| Raster::filled(now.width(), now.height(), [0.0; 2]));
    let remainder = Raster::from_fn(now.width(), now.height(), |x, y| {
        let [u, v] = offset.at(x, y);
        (now.at(x, y) - other.bilinear(x as f32 + u, y as f32 + v)).abs()
    });
    Flow { offset, remainder }
}

/// One Gauss-Newton step for every pixel.
fn round(now: &Raster<f32>, other: &Raster<f32>, offset: &Raster<[f32; 2]>) -> Raster<[f32; 2]> {
    let (width, height) = now.size();
    let mut terms = Raster::filled(width, height, [0.0f32; 5]);
    for_rows(terms.data_mut(), width, |y, row| {
        for (x, term) in row.iter_mut().enumerate() {
            let (ix, iy) = (x as isize, y as isize);
            let gx = 0.5 * (now.clamped(ix + 1, iy) - now.clamped(ix - 1, iy));
            let gy = 0.5 * (now.clamped(ix, iy + 1) - now.clamped(ix, iy - 1));
            let [u, v] = offset.at(x, y);
            let difference = other.bilinear(x as f32 + u, y as f32 + v) - now.at(x, y);
            // Large differences are other surfaces; their pull is bounded.
            let weight = 1.0 / (1.0 + (difference / 0.1) * (difference / 0.1));
            *term = [gx * gx, gx * gy, gy * gy, gx * difference, gy * difference].map(|t| t * weight);
        }
    });
    let summed = box_sum(&terms);
    Raster::from_fn(width, height, |x, y| {
        let [xx, xy, yy, xd, yd] = summed.at(x, y);
        let stiff = 2e-4;
        let (xx, yy) = (xx + stiff, yy + stiff);
        let determinant = xx * yy - xy * xy;
        let step = [-(xd * yy - yd * xy) / determinant, -(yd * xx - xd * xy) / determinant];
        let [u, v] = offset.at(x, y);
        [u + step[0].clamp(-1.0, 1.0), v + step[1].clamp(-1.0, 1.0)]
    })
}

fn box_sum(terms: &Raster<[f32; 5]>) -> Raster<[f32; 5]> {
    let (width, height) = terms.size();
    let along = |of: &Raster<[f32; 5]>, dx: isize, dy: isize| {
        let mut out = of.clone();
        for_rows(out.data_mut(), width, |y, row| {
            for (x, sum) in row.iter_mut().enumerate() {
                *sum = [0.0; 5];
                for i in -WINDOW..=WINDOW {
                    let v = of.clamped(x as isize + i * dx, y as isize + i * dy);
                    (0..5).for_each(|c| sum[c] += v[c]);
                }
            }
        });
        out
    };
    debug_assert!(height > 0);
    along(&along(terms, 1, 0), 0, 1)
}

fn median(of: &Raster<[f32; 2]>) -> Raster<[f32; 2]> {
    let (width, height) = of.size();
    Raster::from_fn(width, height, |x, y| {
        let around: [[f32; 2]; 9] =
            std::array::from_fn(|i| of.clamped(x as isize + i as isize % 3 - 1, y as isize + i as isize / 3 - 1));
        [0, 1].map(|c| {
            let mut values = around.map(|v| v[c]);
            values.sort_by(f32::total_cmp);
            values[4]
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::truth::noise;

    #[test]
    fn a_shift_is_found_to_an_eighth_of_a_pixel() {
        let texture = |x: f32, y: f32| 0.6 * noise(x * 0.11, y * 0.11, 1) + 0.4 * noise(x * 0.3, y * 0.3, 2);
        for (dx, dy) in [(0.3, -0.6), (3.7, 1.2), (-7.0, 4.5)] {
            let now = Raster::from_fn(128, 72, |x, y| texture(x as f32, y as f32));
            let other = Raster::from_fn(128, 72, |x, y| texture(x as f32 - dx, y as f32 - dy));
            let flow = flow_between(&now, &other);
            let (mut sum, mut count) = (0.0, 0.0);
            for y in 10..62 {
                for x in 12..116 {
                    let [u, v] = flow.offset.at(x, y);
                    sum += ((u - dx).powi(2) + (v - dy).powi(2)).sqrt();
                    count += 1.0;
                }
            }
            assert!(sum / count < 0.12, "{dx} {dy}: {}", sum / count);
        }
    }
}
