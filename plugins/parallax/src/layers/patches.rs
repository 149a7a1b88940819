//! Colour of what is hidden, put together from patches of the background.
//!
//! Nearest neighbour fields by propagation and random search (Barnes et al., "PatchMatch", SIGGRAPH 2009), coarse to fine.
//! Patches are always compared with the first guess, and voted on once at the end: voting and matching in turn (Wexler et
//! al., PAMI 2007) was tried, and let plain surfaces, which match anything plain, grow over everything. Each round reads the field of the round before,
//! so that rows can be worked out in any order: the result depends on the seed alone.

use kinema_core::Seed;

use crate::raster::{Raster, Rgba};
use crate::workers::{collect, for_rows};

/// What to complete and from what.
pub struct Completion<'a> {
    /// Pixels to make.
    pub wanted: &'a Raster<bool>,
    /// Pixels that may be copied: measured, and background.
    pub source: &'a Raster<bool>,
    /// Of the background, complete; patches come from a similar depth.
    pub inverse_depth: &'a Raster<f32>,
    /// A difference of inverse depth that weighs as much as one of 0.1 in (square root) colour.
    pub depth_scale: f32,
    pub seed: u64,
}

/// Half the side of a patch: 7 x 7 pixels.
const HALF: isize = 3;
/// What patches have of the result; the guess has the rest. Grain that is copied is never the grain that is hidden, so all of it
/// is twice as wrong as none; half of it looks like the surface and is hardly worse than none.
const SHARE: f32 = 0.5;
/// How far the finest level looks for something better, pixels.
const FINEST_REACH_PX: f32 = 4.0;
const MOST_LEVELS: usize = 5;
/// Rounds on coarse levels, on the finest but one, and on the finest, which costs most and begins with what those found.
const ROUNDS: [usize; 3] = [4, 4, 1];

/// One level of the pyramid.
struct Level {
    /// Square roots of linear colour: near to perceived differences, and cheap.
    colour: Raster<Rgba>,
    wanted: Raster<bool>,
    /// Centres of patches that hold source pixels only.
    centres: Raster<bool>,
    depth: Raster<f32>,
    source: Raster<bool>,
    /// How much a pixel says in a comparison: 1 where it is known, less the deeper it lies in what is wanted, because
    /// there it is only the guess of a level before.
    trust: Raster<f32>,
}

/// Trust in a wanted pixel is this to the power of its distance from known ones: at a rim the known pixels decide.
const TRUST_PER_PX: f32 = 0.85;
const LEAST_TRUST: f32 = 0.15;

/// Replaces the wanted pixels of `colour` (multiplied by opacity; they hold a first guess such as a membrane).
/// Where no whole patch of background exists, the guess stays.
pub fn complete(colour: &mut Raster<Rgba>, task: &Completion) {
    if !task.wanted.data().iter().any(|&w| w) {
        return;
    }
    let mut levels = vec![Level::new(
        colour.map(|p| p.map(|v| v.max(0.0).sqrt())),
        task.wanted.clone(),
        task.source.clone(),
        task.inverse_depth.clone(),
    )];
    while levels.len() < MOST_LEVELS {
        let finest = &levels[levels.len() - 1];
        if finest.colour.width().min(finest.colour.height()) < 48 {
            break;
        }
        let next = finest.halved();
        levels.push(next);
    }
    let mut field: Option<Raster<[i32; 2]>> = None;
    while let Some(level) = levels.pop() {
        if !level.centres.data().iter().any(|&c| c) {
            continue;
        }
        let is_finest = levels.is_empty();
        let rounds = ROUNDS[ROUNDS.len() - 1 - levels.len().min(ROUNDS.len() - 1)];
        let found = level.solve(field.as_ref(), rounds, task, levels.len() as u64);
        if is_finest {
            let voted = level.voted(&found);
            for (pixel, (new, &wanted)) in colour.data_mut().iter_mut().zip(voted.data().iter().zip(task.wanted.data()))
            {
                if wanted {
                    *pixel = std::array::from_fn(|c| pixel[c] + SHARE * (new[c] * new[c] - pixel[c]));
                }
            }
        }
        field = Some(found.map(|(place, _)| place));
    }
}

impl Level {
    fn new(colour: Raster<Rgba>, wanted: Raster<bool>, source: Raster<bool>, depth: Raster<f32>) -> Self {
        let centres = eroded(&source, HALF as usize);
        let trust = trust(&wanted, &source);
        Self { colour, wanted, centres, depth, source, trust }
    }

    fn halved(&self) -> Self {
        let (width, height) = (self.colour.width() / 2, self.colour.height() / 2);
        let four =
            |x: usize, y: usize| [(2 * x, 2 * y), (2 * x + 1, 2 * y), (2 * x, 2 * y + 1), (2 * x + 1, 2 * y + 1)];
        let colour = Raster::from_fn(width, height, |x, y| {
            let all = four(x, y).map(|(x, y)| self.colour.at(x, y));
            std::array::from_fn(|c| all.iter().map(|p| p[c]).sum::<f32>() * 0.25)
        });
        let any = |of: &Raster<bool>, x, y| four(x, y).iter().any(|&(x, y)| of.at(x, y));
        let every = |of: &Raster<bool>, x, y| four(x, y).iter().all(|&(x, y)| of.at(x, y));
        Self::new(
            colour,
            Raster::from_fn(width, height, |x, y| any(&self.wanted, x, y)),
            Raster::from_fn(width, height, |x, y| every(&self.source, x, y) && !any(&self.wanted, x, y)),
            Raster::from_fn(width, height, |x, y| {
                four(x, y).iter().map(|&(x, y)| self.depth.at(x, y)).sum::<f32>() * 0.25
            }),
        )
    }

    /// For every wanted pixel the centre of the patch that suits it best, (-1, -1) for none, and how badly it does.
    fn solve(
        &self,
        coarse: Option<&Raster<[i32; 2]>>,
        rounds: usize,
        task: &Completion,
        level: u64,
    ) -> Raster<([i32; 2], f32)> {
        let (width, height) = self.colour.size();
        let places: Vec<(u32, u32)> = (0..height)
            .flat_map(|y| (0..width).map(move |x| (x as u32, y as u32)))
            .filter(|&(x, y)| self.wanted.at(x as usize, y as usize))
            .collect();
        let random = |i: usize, round: usize| {
            let mut seed = Seed(task.seed ^ (level << 56) ^ ((round as u64) << 40) ^ i as u64);
            seed.next_u64();
            seed
        };
        let none = [-1, -1];
        let widest = (width.max(height) / 5).max(12) as f32;
        let first = collect(places.len(), |i| {
            let (x, y) = places[i];
            if let Some(coarse) = coarse {
                let (cx, cy) = ((x / 2) as isize, (y / 2) as isize);
                let parent = coarse.clamped(cx, cy);
                let child = [parent[0] * 2 + (x % 2) as i32, parent[1] * 2 + (y % 2) as i32];
                if parent[0] >= 0 && self.is_centre(child) {
                    return child;
                }
            }
            let mut seed = random(i, 99);
            // Wider and wider circles: what is near is likelier to be the same surface.
            (0..48)
                .map(|attempt| {
                    let radius = (widest * (attempt + 4) as f32 / 24.0).max(8.0);
                    [x as i32 + seed.range(-radius..radius) as i32, y as i32 + seed.range(-radius..radius) as i32]
                })
                .find(|&place| self.is_centre(place))
                .unwrap_or(none)
        });
        let mut field = Raster::filled(width, height, none);
        for (&(x, y), &place) in places.iter().zip(&first) {
            field.set(x as usize, y as usize, place);
        }
        let mut costs = Vec::new();
        for round in 0..rounds {
            // Levels before have searched widely enough; the finest only looks around.
            let widest = if level == 0 && coarse.is_some() { FINEST_REACH_PX } else { widest };
            costs = collect(places.len(), |i| self.improved(places[i], &field, random(i, round), widest, task));
            for (&(x, y), &(place, _)) in places.iter().zip(&costs) {
                field.set(x as usize, y as usize, place);
            }
        }
        let mut all = field.map(|place| (place, f32::INFINITY));
        for (&(x, y), &best) in places.iter().zip(&costs) {
            all.set(x as usize, y as usize, best);
        }
        all
    }

    fn is_centre(&self, [x, y]: [i32; 2]) -> bool {
        x >= 0
            && y >= 0
            && (x as usize) < self.colour.width()
            && (y as usize) < self.colour.height()
            && self.centres.at(x as usize, y as usize)
    }

    fn improved(
        &self,
        (x, y): (u32, u32),
        field: &Raster<[i32; 2]>,
        mut seed: Seed,
        widest: f32,
        task: &Completion,
    ) -> ([i32; 2], f32) {
        let (x, y) = (x as i32, y as i32);
        let mut best = field.at(x as usize, y as usize);
        let mut cost = if best[0] >= 0 { self.cost(x, y, best, f32::INFINITY, task) } else { f32::INFINITY };
        let mut offer = |place: [i32; 2], best: &mut [i32; 2]| {
            if place != *best && self.is_centre(place) {
                let other = self.cost(x, y, place, cost, task);
                if other < cost {
                    (cost, *best) = (other, place);
                }
            }
        };
        for step in [1, 3, 9] {
            for (dx, dy) in [(-step, 0), (step, 0), (0, -step), (0, step)] {
                let near = field.clamped((x + dx) as isize, (y + dy) as isize);
                if near[0] >= 0 {
                    offer([near[0] - dx, near[1] - dy], &mut best);
                }
            }
        }
        let mut radius = widest;
        while radius >= 1.0 {
            let from = if best[0] >= 0 { best } else { [x, y] };
            let place = [from[0] + seed.range(-radius..radius) as i32, from[1] + seed.range(-radius..radius) as i32];
            offer(place, &mut best);
            radius *= 0.5;
        }
        (best, cost)
    }

    /// Squared difference of two patches a pixel, with what speaks against copying from far in depth or in the
    /// picture. Gives up, with any value above it, past `limit`.
    fn cost(&self, x: i32, y: i32, [sx, sy]: [i32; 2], limit: f32, task: &Completion) -> f32 {
        let (width, height) = (self.colour.width() as i32, self.colour.height() as i32);
        let depth = self.depth.at(x as usize, y as usize) - self.depth.at(sx as usize, sy as usize);
        let apart = ((sx - x) * (sx - x) + (sy - y) * (sy - y)) as f32 / (width * width) as f32;
        let by_depth = depth / task.depth_scale * 0.1;
        let half = HALF as i32;
        let area = self.trust_around(x, y);
        let mut sum = (by_depth * by_depth + 0.02 * apart) * area;
        let limit = limit * area;
        if x >= half && y >= half && x + half < width && y + half < height {
            let side = 2 * HALF as usize + 1;
            for dy in -half..=half {
                let start = ((y + dy) * width + x - half) as usize;
                let source_start = ((sy + dy) * width + sx - half) as usize;
                let data = self.colour.data();
                let mut row = [0.0f32; 4];
                let trust = &self.trust.data()[start..start + side];
                let sources = &data[source_start..source_start + side];
                for ((a, b), t) in data[start..start + side].iter().zip(sources).zip(trust) {
                    for c in 0..4 {
                        let d = a[c] - b[c];
                        row[c] += d * d * t;
                    }
                }
                sum += row[0] + row[1] + row[2] + row[3];
                if sum > limit {
                    break;
                }
            }
        } else {
            for dy in -half..=half {
                for dx in -half..=half {
                    let a = self.colour.clamped((x + dx) as isize, (y + dy) as isize);
                    let b = self.colour.clamped((sx + dx) as isize, (sy + dy) as isize);
                    let trust = self.trust.clamped((x + dx) as isize, (y + dy) as isize);
                    sum += (0..4).map(|c| (a[c] - b[c]) * (a[c] - b[c])).sum::<f32>() * trust;
                }
            }
        }
        sum / area
    }

    fn trust_around(&self, x: i32, y: i32) -> f32 {
        let mut sum = 0.0;
        for dy in -HALF..=HALF {
            for dx in -HALF..=HALF {
                sum += self.trust.clamped(x as isize + dx, y as isize + dy);
            }
        }
        sum
    }

    /// Each wanted pixel becomes the mean of what the patches that cover it say, good patches first.
    fn voted(&self, field: &Raster<([i32; 2], f32)>) -> Raster<Rgba> {
        let (width, height) = self.colour.size();
        let mut voted = self.colour.clone();
        for_rows(voted.data_mut(), width, |y, row| {
            for (x, pixel) in row.iter_mut().enumerate().filter(|(x, _)| self.wanted.at(*x, y)) {
                let (mut sum, mut weights) = ([0.0; 4], 0.0);
                for dy in -HALF..=HALF {
                    for dx in -HALF..=HALF {
                        let (cx, cy) = (x as isize + dx, y as isize + dy);
                        if cx < 0 || cy < 0 || cx as usize >= width || cy as usize >= height {
                            continue;
                        }
                        let ([sx, sy], cost) = field.at(cx as usize, cy as usize);
                        if sx < 0 {
                            continue;
                        }
                        // A steep fall of weight keeps grain; an even mean of 49 patches would blur it away.
                        let near = 1.0 / (1.0 + (dx * dx + dy * dy) as f32);
                        let good = 1.0 / (0.003 + cost);
                        let weight = near * good * self.trust.at(cx as usize, cy as usize);
                        let v = self.colour.clamped(sx as isize - dx, sy as isize - dy);
                        (0..4).for_each(|c| sum[c] += v[c] * weight);
                        weights += weight;
                    }
                }
                if weights > 0.0 {
                    *pixel = sum.map(|s| s / weights);
                }
            }
        });
        voted
    }
}

/// See [`Level::trust`]; pixels that are neither wanted nor source, such as the front's own, say nothing.
fn trust(wanted: &Raster<bool>, source: &Raster<bool>) -> Raster<f32> {
    let (width, height) = wanted.size();
    let mut trust = Raster::from_fn(width, height, |x, y| if source.at(x, y) { 1.0 } else { LEAST_TRUST });
    let diagonal = TRUST_PER_PX.powf(std::f32::consts::SQRT_2);
    let mut pull = |x: usize, y: usize, sign: isize| {
        if source.at(x, y) || !wanted.at(x, y) {
            return;
        }
        let mut best = trust.at(x, y);
        for (dx, dy, share) in [(-1, 0, TRUST_PER_PX), (0, -1, TRUST_PER_PX), (-1, -1, diagonal), (1, -1, diagonal)] {
            let (nx, ny) = (x as isize + dx * sign, y as isize + dy * sign);
            best = best.max(trust.clamped(nx, ny) * share);
        }
        trust.set(x, y, best);
    };
    for y in 0..height {
        (0..width).for_each(|x| pull(x, y, 1));
    }
    for y in (0..height).rev() {
        (0..width).rev().for_each(|x| pull(x, y, -1));
    }
    trust
}

/// True where the whole square of `half` pixels around is.
fn eroded(of: &Raster<bool>, half: usize) -> Raster<bool> {
    let (width, height) = of.size();
    let run = |get: &dyn Fn(usize) -> bool, len: usize, put: &mut dyn FnMut(usize)| {
        let mut since = 0usize;
        for i in 0..len {
            since = if get(i) { since + 1 } else { 0 };
            if since > 2 * half {
                put(i - half);
            }
        }
    };
    let mut along = Raster::filled(width, height, false);
    for y in 0..height {
        run(&|x| of.at(x, y), width, &mut |x| along.set(x, y, true));
    }
    let mut both = Raster::filled(width, height, false);
    for x in 0..width {
        run(&|y| along.at(x, y), height, &mut |y| both.set(x, y, true));
    }
    both
}
