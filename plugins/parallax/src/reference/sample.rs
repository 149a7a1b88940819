//! Colour between pixels.

use crate::raster::{Raster, Rgba};

/// Catmull and Rom's cubic through whole pixels, which keeps grain that a linear mean would blur; linear at the border
/// and where opacity changes, because a cubic overshoots there and draws rims.
#[inline]
pub fn colour(of: &Raster<Rgba>, x: f32, y: f32) -> Rgba {
    let (width, height) = of.size();
    let (fx, fy) = (x.floor(), y.floor());
    if !(fx >= 1.0 && fy >= 1.0 && fx + 2.0 < width as f32 && fy + 2.0 < height as f32) {
        return of.bilinear_colour(x, y);
    }
    let (x0, y0) = (fx as usize - 1, fy as usize - 1);
    let data = of.data();
    let rows: [&[Rgba; 4]; 4] = std::array::from_fn(|j| {
        let start = (y0 + j) * width + x0;
        data[start..start + 4].first_chunk().unwrap_or(&[[0.0; 4]; 4])
    });
    // Opaque inside means the sixteen agree closely enough that a cubic cannot leave 0..=1 in opacity.
    let inner = rows[1][1][3].min(rows[1][2][3]).min(rows[2][1][3]).min(rows[2][2][3]);
    let outer = rows[0][1][3].min(rows[0][2][3]).min(rows[3][1][3]).min(rows[3][2][3]);
    if inner.min(outer) < 1.0 {
        return of.bilinear_colour(x, y);
    }
    let (wx, wy) = (weights(x - fx), weights(y - fy));
    let mut sum = [0.0f32; 4];
    for j in 0..4 {
        let mut along = [0.0f32; 4];
        for i in 0..4 {
            for c in 0..4 {
                along[c] += rows[j][i][c] * wx[i];
            }
        }
        for c in 0..4 {
            sum[c] += along[c] * wy[j];
        }
    }
    [sum[0].max(0.0), sum[1].max(0.0), sum[2].max(0.0), sum[3].clamp(0.0, 1.0)]
}

#[inline]
fn weights(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [-0.5 * t + t2 - 0.5 * t3, 1.0 - 2.5 * t2 + 1.5 * t3, 0.5 * t + 2.0 * t2 - 1.5 * t3, -0.5 * t2 + 0.5 * t3]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parabola_is_reproduced_and_pixels_are_kept() {
        let of = Raster::from_fn(9, 9, |x, y| [(x * x) as f32 + y as f32, 0.5, 0.5, 1.0]);
        assert!((colour(&of, 3.5, 4.25)[0] - (3.5f32.powi(2) + 4.25)).abs() < 1e-4);
        assert_eq!(colour(&of, 4.0, 4.0), of.at(4, 4));
        assert_eq!(colour(&of, 8.0, 8.0), of.at(8, 8));
    }
}
