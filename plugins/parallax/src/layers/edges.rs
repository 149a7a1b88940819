//! Where neighbouring pixels would tear apart.

use crate::raster::Raster;

/// The pixels at jumps of depth.
#[derive(Clone, Debug)]
pub struct TearMap {
    /// How far a pixel and a neighbour part at the camera's limit, pixels; 0 where they hold together. For a pixel
    /// on the near side of a tear it is positive, on the far side negative; the largest of its tears.
    pub jump_px: Raster<f32>,
    /// Inverse depth half-way between both sides of a pixel's tears, weighted by their size; only where there are any.
    pub middle: Raster<f32>,
    /// Pairs of pixels that tear.
    pub count: usize,
}

/// Pairs that part by less hold together: what opens is narrower than a pixel's own filter.
const SMALLEST_JUMP_PX: f32 = 1.25;
/// Below this a jump is a tear only if the surface on both sides is much less steep than the jump.
const CERTAIN_JUMP_PX: f32 = 3.0;
const STEEPER_THAN_SIDES: f32 = 2.5;

/// Finds tears between pixels side by side. `px_per_inverse` turns a difference of inverse depth into the pixels by
/// which both part at the camera's limit. Only pairs with at least one `measured` pixel count.
pub fn tears(inverse_depth: &Raster<f32>, measured: &Raster<bool>, px_per_inverse: f32) -> TearMap {
    let (width, height) = inverse_depth.size();
    let mut jump_px = Raster::filled(width, height, 0.0f32);
    let mut sums = Raster::filled(width, height, (0.0f32, 0.0f32));
    let mut count = 0;
    let mut pair = |x: usize, y: usize, dx: usize, dy: usize| {
        let (nx, ny) = (x + dx, y + dy);
        if nx >= width || ny >= height || !(measured.at(x, y) || measured.at(nx, ny)) {
            return;
        }
        let (here, there) = (inverse_depth.at(x, y), inverse_depth.at(nx, ny));
        let jump = (there - here) * px_per_inverse;
        if !(jump.abs() > SMALLEST_JUMP_PX) {
            return;
        }
        if jump.abs() < CERTAIN_JUMP_PX {
            let (x, y, dx, dy) = (x as isize, y as isize, dx as isize, dy as isize);
            let before = (here - inverse_depth.clamped(x - dx, y - dy)).abs();
            let after = (inverse_depth.clamped(x + 2 * dx, y + 2 * dy) - there).abs();
            if jump.abs() < STEEPER_THAN_SIDES * before.max(after) * px_per_inverse {
                return;
            }
        }
        count += 1;
        for (x, y, signed) in [(x, y, -jump), (nx, ny, jump)] {
            if signed.abs() > jump_px.at(x, y).abs() {
                jump_px.set(x, y, signed);
            }
            let (sum, weight) = sums.at(x, y);
            sums.set(x, y, (sum + (here + there) * 0.5 * jump.abs(), weight + jump.abs()));
        }
    };
    for y in 0..height {
        for x in 0..width {
            pair(x, y, 1, 0);
            pair(x, y, 0, 1);
        }
    }
    let middle = sums.map(|(sum, weight)| if weight > 0.0 { sum / weight } else { 0.0 });
    TearMap { jump_px, middle, count }
}
