//! Which pixels are in front of a tear near them.

use super::edges::TearMap;
use crate::membrane;
use crate::raster::Raster;

/// True for the front: pixels nearer than a membrane of thresholds that goes through the middle of every tear. One
/// threshold for the whole picture would leave tears on either side of it; this one passes between the two sides of
/// each. Where it crosses a surface that holds together, front and back carry the same pixels and the cut is unseen.
pub fn front(inverse_depth: &Raster<f32>, tears: &TearMap) -> Raster<bool> {
    let (width, height) = inverse_depth.size();
    let has_tear = tears.jump_px.map(|j| j != 0.0);
    let threshold = membrane::fill_one(&tears.middle, &has_tear);
    let mut front = Raster::par_fn(width, height, |x, y| inverse_depth.at(x, y) > threshold.at(x, y));
    drop_parts_without_tears(&mut front, tears);
    front
}

/// Connected parts of the front that hide nothing go to the back: they would only cost time.
fn drop_parts_without_tears(front: &mut Raster<bool>, tears: &TearMap) {
    let (width, height) = front.size();
    let mut seen = Raster::filled(width, height, false);
    let mut part = Vec::new();
    for start in 0..width * height {
        if !front.data()[start] || seen.data()[start] {
            continue;
        }
        part.clear();
        part.push(start);
        seen.data_mut()[start] = true;
        let mut next = 0;
        let mut hides = false;
        while next < part.len() {
            let i = part[next];
            next += 1;
            hides |= tears.jump_px.data()[i] > 0.0;
            let (x, y) = (i % width, i / width);
            let near = [
                (x > 0).then(|| i - 1),
                (x + 1 < width).then(|| i + 1),
                (y > 0).then(|| i - width),
                (y + 1 < height).then(|| i + width),
            ];
            for j in near.into_iter().flatten() {
                if front.data()[j] && !seen.data()[j] {
                    seen.data_mut()[j] = true;
                    part.push(j);
                }
            }
        }
        if !hides {
            part.iter().for_each(|&i| front.data_mut()[i] = false);
        }
    }
}

/// Steps (of the eight neighbours, capped at `most`) from each pixel to the other side of the tear nearest to it: 1 is
/// at the tear. `most` where none is near.
pub fn steps_to_tear(front: &Raster<bool>, tears: &TearMap, most: u8) -> Raster<u8> {
    let (width, height) = front.size();
    // A front pixel counts as a rim only for tears that it is the near side of, a back pixel for those it is behind.
    let mut steps = Raster::from_fn(width, height, |x, y| {
        let jump = tears.jump_px.at(x, y);
        if (jump > 0.0 && front.at(x, y)) || (jump < 0.0 && !front.at(x, y)) { 1 } else { most }
    });
    let mut rim: Vec<u32> = (0..width * height).filter(|&i| steps.data()[i] == 1).map(|i| i as u32).collect();
    for round in 1..most.saturating_sub(1) {
        let mut next = Vec::new();
        for &i in &rim {
            let (x, y) = (i as usize % width, i as usize / width);
            let side = front.at(x, y);
            for ny in y.saturating_sub(1)..(y + 2).min(height) {
                for nx in x.saturating_sub(1)..(x + 2).min(width) {
                    if steps.at(nx, ny) > round + 1 && front.at(nx, ny) == side {
                        steps.set(nx, ny, round + 1);
                        next.push((ny * width + nx) as u32);
                    }
                }
            }
        }
        rim = next;
    }
    steps
}

/// How many more pixels of the front beyond each one can be looked behind: at a tear its jump and `margin_px`, one
/// less with every step away from it. At most 0 where nothing opens.
pub fn reach_px(tears: &TearMap, front: &Raster<bool>, margin_px: f32) -> Raster<f32> {
    let (width, height) = front.size();
    let mut reach = Raster::from_fn(width, height, |x, y| {
        let jump = tears.jump_px.at(x, y);
        if jump != 0.0 { jump.abs() + margin_px } else { 0.0 }
    });
    // Two sweeps of a chamfer give the largest remainder within 8 % of the true distance.
    let diagonal = std::f32::consts::SQRT_2;
    let pull = |reach: &mut Raster<f32>, x: usize, y: usize, around: [(isize, isize); 4]| {
        let mut best = reach.at(x, y);
        for (dx, dy) in around {
            let (nx, ny) = (x as isize + dx, y as isize + dy);
            if nx >= 0 && ny >= 0 && (nx as usize) < width && (ny as usize) < height {
                let cost = if dx != 0 && dy != 0 { diagonal } else { 1.0 };
                best = best.max(reach.at(nx as usize, ny as usize) - cost);
            }
        }
        reach.set(x, y, best);
    };
    for y in 0..height {
        for x in 0..width {
            pull(&mut reach, x, y, [(-1, 0), (-1, -1), (0, -1), (1, -1)]);
        }
    }
    for y in (0..height).rev() {
        for x in (0..width).rev() {
            pull(&mut reach, x, y, [(1, 0), (1, 1), (0, 1), (-1, 1)]);
        }
    }
    reach
}

/// On both sides of a cut through a surface that holds together, front and back carry the same pixels.
const OVERLAP_PX: isize = 3;

/// Front pixels beside a cut through a surface that holds together.
pub fn overlap(in_front: &Raster<bool>, steps: &Raster<u8>, rim_px: u8) -> Raster<bool> {
    let (width, height) = in_front.size();
    let at_cut = Raster::from_fn(width, height, |x, y| {
        let (x, y) = (x as isize, y as isize);
        let here = in_front.clamped(x, y);
        here && steps.clamped(x, y) > rim_px.max(1)
            && [(-1, 0), (1, 0), (0, -1), (0, 1)]
                .iter()
                .any(|&(dx, dy)| !in_front.clamped(x + dx, y + dy) && steps.clamped(x + dx, y + dy) > 1)
    });
    let mut overlap = Raster::filled(width, height, false);
    for y in 0..height {
        for x in (0..width).filter(|&x| at_cut.at(x, y)) {
            for dy in -OVERLAP_PX..=OVERLAP_PX {
                for dx in -OVERLAP_PX..=OVERLAP_PX {
                    let (nx, ny) = (x as isize + dx, y as isize + dy);
                    if in_front.clamped(nx, ny) && steps.clamped(nx, ny) > rim_px.max(1) {
                        let nx = nx.clamp(0, width as isize - 1) as usize;
                        let ny = ny.clamp(0, height as isize - 1) as usize;
                        overlap.set(nx, ny, true);
                    }
                }
            }
        }
    }
    overlap
}
