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
const DIAGONAL: f32 = std::f32::consts::SQRT_2;

/// For every pixel that is not `known`, the known pixel that is nearest by its own reach. A tear by j pixels lets a view
/// look j pixels behind its near side and no farther, so a rim reaches as far as it can be looked past: the wall behind
/// a bicycle goes on behind all of it, a spoke of its rear wheel only a little behind the front one. With rims that are
/// all alike, such spokes would hold the wall up as poles a tent. `None` where nothing is known.
pub fn spokesmen(known: &Raster<bool>, tears: &TearMap) -> Option<Raster<Spokesman>> {
    let (width, height) = known.size();
    // How far a look can pass, carried from the far sides of tears into the background beside them.
    let mut beside = Raster::from_fn(width, height, |x, y| {
        if known.at(x, y) { (-tears.jump_px.at(x, y)).max(0.0) + LEAST_REACH_PX } else { 0.0 }
    });
    sweep(width, height, 1, |x, y, near| {
        if known.at(x, y) {
            let best = near.fold(beside.at(x, y), |best, (i, cost)| {
                if known.data()[i] { best.max(beside.data()[i] * REACH_BESIDE.powf(cost)) } else { best }
            });
            beside.set(x, y, best);
        }
    });
    let mut spoken = Raster::from_fn(width, height, |x, y| {
        let rim = (y * width + x) as u32;
        if known.at(x, y) { Spokesman { rim, reach_px: beside.at(x, y), distance_px: 0.0 } } else { NOBODY }
    });
    if !known.data().iter().any(|&k| k) {
        return None;
    }
    // Twice, so that reach also goes around corners.
    sweep(width, height, 2, |x, y, near| {
        if !known.at(x, y) {
            let best = near.fold(spoken.at(x, y), |best, (i, cost)| {
                let there = spoken.data()[i];
                let offer = Spokesman { distance_px: there.distance_px + cost, ..there };
                if offer.badness() < best.badness() { offer } else { best }
            });
            spoken.set(x, y, best);
        }
    });
    Some(spoken)
}

/// Calls `visit(x, y, neighbours before it with their distance)` over the picture down and up again.
fn sweep(
    width: usize,
    height: usize,
    times: usize,
    mut visit: impl FnMut(usize, usize, &mut dyn Iterator<Item = (usize, f32)>),
) {
    let around: [(isize, isize, f32); 4] = [(-1, 0, 1.0), (-1, -1, DIAGONAL), (0, -1, 1.0), (1, -1, DIAGONAL)];
    for _ in 0..times {
        for i in 0..width * height {
            visit_one(width, height, i, 1, &around, &mut visit);
        }
        for i in (0..width * height).rev() {
            visit_one(width, height, i, -1, &around, &mut visit);
        }
    }
}

fn visit_one(
    width: usize,
    height: usize,
    i: usize,
    sign: isize,
    around: &[(isize, isize, f32); 4],
    visit: &mut impl FnMut(usize, usize, &mut dyn Iterator<Item = (usize, f32)>),
) {
    let (x, y) = (i % width, i / width);
    let mut near = around.iter().filter_map(|&(dx, dy, cost)| {
        let (nx, ny) = (x as isize + dx * sign, y as isize + dy * sign);
        let inside = nx >= 0 && ny >= 0 && (nx as usize) < width && (ny as usize) < height;
        inside.then(|| (ny as usize * width + nx as usize, cost))
    });
    visit(x, y, &mut near);
}
