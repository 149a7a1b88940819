//! Which part of the background's rim says what is behind each hidden pixel.

use super::edges::TearMap;
use crate::raster::Raster;

/// The rim pixel that speaks for a pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spokesman {
    /// Its index.
    pub rim: u32,
    /// How far it can be looked past, pixels.
    pub reach_px: f32,
    /// How far it is, pixels.
    pub distance_px: f32,
}

impl Spokesman {
    /// Distance as a share of reach: at 1 the last look past the rim ends.
    fn badness(self) -> f32 {
        self.distance_px / self.reach_px
    }
}

const NOBODY: Spokesman = Spokesman { rim: u32::MAX, reach_px: 1.0, distance_px: f32::INFINITY };
/// What every rim reaches at least, and each beyond its own jump.
const LEAST_REACH_PX: f32 = 1.5;
/// Reach that is left one pixel away from a tear on its far side; colour is taken from a few pixels beyond the rim.
const REACH_BESIDE: f32 = 0.85;
/// Of what is known where something hides it, from a frame before: what is beside it belongs to it.
const RECALLED_REACH_PX: f32 = 24.0;
const FADES_PX: usize = 24;
const DIAGONAL: f32 = std::f32::consts::SQRT_2;

/// For every pixel that is not `known`, the known pixel that is nearest by its own reach. A tear by j pixels lets a view
/// look j pixels behind its near side and no farther, so a rim reaches as far as it can be looked past: the wall behind
/// a bicycle goes on behind all of it, a spoke of its rear wheel only a little behind the front one. With rims that are
/// all alike, such spokes would hold the wall up as poles a tent. `None` where nothing is known.
///
/// `background` is what is seen of it, mixed with the front or not: reach is carried across it, from the tear to what is known.
pub fn spokesmen(known: &Raster<bool>, background: &Raster<bool>, tears: &TearMap) -> Option<Raster<Spokesman>> {
    let (width, height) = known.size();
    // How far a look can pass, carried from the far sides of tears into the background beside them.
    let mut beside = Raster::from_fn(width, height, |x, y| match (background.at(x, y), known.at(x, y)) {
        (true, _) => (-tears.jump_px.at(x, y)).max(0.0) + LEAST_REACH_PX,
        (false, true) => RECALLED_REACH_PX,
        (false, false) => 0.0,
    });
    let diagonally = REACH_BESIDE.powf(DIAGONAL);
    // Only rims are asked, and what comes from farther than this has faded.
    let close = near_true(&known.map(|k| !k), FADES_PX);
    sweep(
        (width, height),
        1,
        |i| close[i] && background.data()[i],
        |i, near| {
            let best = near.fold(beside.data()[i], |best, (j, cost)| {
                // Two costs only, and a power each would take longer than all the rest.
                let left = if cost > 1.0 { diagonally } else { REACH_BESIDE };
                if background.data()[j] { best.max(beside.data()[j] * left) } else { best }
            });
            beside.data_mut()[i] = best;
        },
    );
    let mut spoken = Raster::from_fn(width, height, |x, y| {
        let rim = (y * width + x) as u32;
        if known.at(x, y) { Spokesman { rim, reach_px: beside.at(x, y), distance_px: 0.0 } } else { NOBODY }
    });
    if !known.data().iter().any(|&k| k) {
        return None;
    }
    // Twice, so that reach also goes around corners.
    sweep(
        (width, height),
        2,
        |i| !known.data()[i],
        |i, near| {
            let best = near.fold(spoken.data()[i], |best, (j, cost)| {
                let there = spoken.data()[j];
                let offer = Spokesman { distance_px: there.distance_px + cost, ..there };
                if offer.badness() < best.badness() { offer } else { best }
            });
            spoken.data_mut()[i] = best;
        },
    );
    Some(spoken)
}

/// Calls `visit(index, neighbours before it with their distance)` for pixels that are wanted, over the picture down and up
/// again. Neighbours come as four pairs, of which those outside the picture are left out.
fn sweep(
    (width, height): (usize, usize),
    times: usize,
    is_wanted: impl Fn(usize) -> bool,
    mut visit: impl FnMut(usize, Near),
) {
    for _ in 0..times {
        for y in 0..height {
            for x in (0..width).filter(|x| is_wanted(y * width + x)) {
                let i = y * width + x;
                let mut near = Near::default();
                near.add(x > 0, i.wrapping_sub(1), 1.0);
                near.add(x > 0 && y > 0, i.wrapping_sub(width + 1), DIAGONAL);
                near.add(y > 0, i.wrapping_sub(width), 1.0);
                near.add(x + 1 < width && y > 0, i.wrapping_sub(width - 1), DIAGONAL);
                visit(i, near);
            }
        }
        for y in (0..height).rev() {
            for x in (0..width).rev().filter(|x| is_wanted(y * width + x)) {
                let i = y * width + x;
                let mut near = Near::default();
                near.add(x + 1 < width, i + 1, 1.0);
                near.add(x + 1 < width && y + 1 < height, i + width + 1, DIAGONAL);
                near.add(y + 1 < height, i + width, 1.0);
                near.add(x > 0 && y + 1 < height, i + width - 1, DIAGONAL);
                visit(i, near);
            }
        }
    }
}

/// Up to four neighbours.
#[derive(Clone, Copy, Default)]
struct Near {
    all: [(usize, f32); 4],
    count: usize,
}

impl Near {
    #[inline]
    fn add(&mut self, is_inside: bool, index: usize, distance: f32) {
        if is_inside {
            self.all[self.count] = (index, distance);
            self.count += 1;
        }
    }

    #[inline]
    fn fold<T>(self, start: T, join: impl FnMut(T, (usize, f32)) -> T) -> T {
        self.all[..self.count].iter().copied().fold(start, join)
    }
}

/// Pixels with a true one in the square of `reach` around.
pub(super) fn near_true(of: &Raster<bool>, reach: usize) -> Vec<bool> {
    let (width, height) = of.size();
    let mut along = vec![false; width * height];
    for y in 0..height {
        let (mut last, row) = (usize::MAX, of.row(y));
        for x in 0..width {
            last = if row[x] { x } else { last };
            along[y * width + x] = last != usize::MAX && x - last <= reach;
        }
        last = usize::MAX;
        for x in (0..width).rev() {
            last = if row[x] { x } else { last };
            along[y * width + x] |= last != usize::MAX && last - x <= reach;
        }
    }
    let mut both = along.clone();
    let mut last = vec![usize::MAX; width];
    for y in 0..height {
        for x in 0..width {
            last[x] = if along[y * width + x] { y } else { last[x] };
            both[y * width + x] |= last[x] != usize::MAX && y - last[x] <= reach;
        }
    }
    last.fill(usize::MAX);
    for y in (0..height).rev() {
        for x in 0..width {
            last[x] = if along[y * width + x] { y } else { last[x] };
            both[y * width + x] |= last[x] != usize::MAX && last[x] - y <= reach;
        }
    }
    both
}
