//! The search for patches on the processor: the oracle of `shaders/parallax/patches.compute.wgsl`, line by line.

use super::level::{COMPARED_MOST, COMPARED_SHIFT, HALF, IS_CENTRE, Level, ROOT_SHIFT};
use crate::workers::collect;

/// Places that are tried to begin with where no coarser level knows one.
const ATTEMPTS: u32 = 48;
/// How far the finest level looks for something better, pixels.
const FINEST_REACH_PX: u32 = 4;
/// Rounds on coarse levels, on the finest but one, and on the finest, which costs most and begins with what those found.
const ROUNDS: [u32; 3] = [4, 4, 1];
/// Differences of depth above this are all as bad, compared units.
const MOST_DEPTH: u32 = 2000;
/// How good a patch is: this over a squared difference, and as little of one as counts for none: 0.003.
const GOOD: u32 = 1023 * LEAST_DIFFERENCE;
const LEAST_DIFFERENCE: u32 = 786;
/// What the middle of a patch has of its 49 votes, against one pixel farther by square distance. A steep fall keeps grain; an
/// even mean would blur it away.
const NEAR: u32 = 64;
/// What the kernels are compiled with.
pub const DEFINES: &[(&str, u32)] = &[
    ("PATCH_HALF", HALF),
    ("PATCH_COMPARED_SHIFT", COMPARED_SHIFT),
    ("PATCH_COMPARED_MOST", COMPARED_MOST),
    ("PATCH_ROOT_SHIFT", ROOT_SHIFT),
    ("PATCH_IS_CENTRE", IS_CENTRE),
    ("PATCH_ATTEMPTS", ATTEMPTS),
    ("PATCH_MOST_DEPTH", MOST_DEPTH),
    ("PATCH_GOOD", GOOD),
    ("PATCH_LEAST_DIFFERENCE", LEAST_DIFFERENCE),
    ("PATCH_NEAR", NEAR),
];
/// No place.
const NONE: u32 = 0;

/// Pixels of a patch's side, and values of four channels in a row of it, up to a whole number of vector registers.
const SIDE: usize = 2 * HALF as usize + 1;
const ROW: usize = 4 * (SIDE + 1);

/// What a round of a level is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Round {
    /// Begins the stream of random numbers of every pixel.
    pub salt: u32,
    /// Radius of the first random try, pixels.
    pub reach_px: u32,
}

/// The start and the rounds of level `number`, of which 0 is the finest of `levels`.
pub fn rounds(level: &Level, number: usize, levels: usize, seed: u64) -> (Round, Vec<Round>) {
    let salt = |round: u32| {
        let seed = (seed ^ seed >> 32) as u32;
        hash(hash(seed) ^ hash((number as u32) << 8 | round))
    };
    let widest = level.widest_px();
    // Levels before have searched widely enough; the finest only looks around.
    let reach_px = if number == 0 && levels > 1 { FINEST_REACH_PX } else { widest };
    let count = ROUNDS[ROUNDS.len() - 1 - number.min(ROUNDS.len() - 1)];
    (Round { salt: salt(255), reach_px: widest }, (0..count).map(|r| Round { salt: salt(r), reach_px }).collect())
}

/// PCG-RXS-M-XS 32 (O'Neill 2014; Jarzynski and Olano, "Hash functions for GPU rendering", JCGT 2020).
pub fn hash(value: u32) -> u32 {
    let state = value.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
    let word = ((state >> ((state >> 28) + 4)) ^ state).wrapping_mul(277_803_737);
    (word >> 22) ^ word
}

/// A pixel's random numbers.
struct Stream(u32);

impl Stream {
    fn new(salt: u32, place: u32) -> Self {
        Self(hash(salt ^ hash(place)))
    }

    /// From -radius to radius.
    fn within(&mut self, radius: u32) -> i32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9);
        (((hash(self.0) >> 16) * (2 * radius + 1)) >> 16).cast_signed() - radius.cast_signed()
    }
}

/// What a level's search reads in every comparison.
struct Searched<'a> {
    level: &'a Level,
    /// Roots as they are compared, four a pixel, and one pixel more than there are, so that every row is a whole [`ROW`].
    compared: Vec<i16>,
    width: i32,
    height: i32,
    apart: u32,
}

/// A patch to find others for.
struct Target {
    x: i32,
    y: i32,
    depth: u32,
    roots: [[i16; ROW]; SIDE],
    trusts: [[i16; ROW]; SIDE],
    /// An eighth of the sum of trust.
    area: u32,
}

/// What a patch found, and how much it says in the vote.
#[derive(Clone, Copy, Default)]
struct Best {
    place: u32,
    weight: u32,
}

/// For each wanted pixel of the finest level, roots of its colour in [`SHOWN_UNIT`](super::level::SHOWN_UNIT)s by the vote of all patches around it; `None` where no patch is.
pub fn voted(levels: &[Level], seed: u64) -> Vec<Option<[u32; 4]>> {
    let mut coarse: Option<(usize, usize, Vec<u32>)> = None;
    for (number, level) in levels.iter().enumerate().rev() {
        let searched = Searched::new(level);
        let (start, rounds) = rounds(level, number, levels.len(), seed);
        let first = collect(level.places.len(), |i| searched.start(level.places[i], coarse.as_ref(), start));
        let (width, height) = level.colour.size();
        let mut field = vec![NONE; width * height];
        let write = |field: &mut Vec<u32>, places: &[u32]| {
            level.places.iter().zip(places).for_each(|(&i, &place)| field[i as usize] = place);
        };
        write(&mut field, &first);
        let mut best = Vec::new();
        for round in rounds {
            best = collect(level.places.len(), |i| searched.improved(level.places[i], &field, round));
            write(&mut field, &best.iter().map(|b: &Best| b.place).collect::<Vec<_>>());
        }
        if number == 0 {
            let mut weights = vec![0; width * height];
            level.places.iter().zip(&best).for_each(|(&i, best)| weights[i as usize] = best.weight);
            return collect(level.places.len(), |i| searched.vote(level.places[i], &field, &weights));
        }
        coarse = Some((width, height, field));
    }
    Vec::new()
}

impl<'a> Searched<'a> {
    fn new(level: &'a Level) -> Self {
        let (width, height) = level.colour.size();
        let compared = |v: &u16| (u32::from(*v) >> COMPARED_SHIFT).min(COMPARED_MOST) as i16;
        let mut all: Vec<i16> = level.colour.data().as_flattened().iter().map(compared).collect();
        all.extend([0; 4]);
        Self { level, compared: all, width: width as i32, height: height as i32, apart: level.apart() }
    }

    /// The index of a place and one, or [`NONE`] where it is no centre.
    fn centre(&self, x: i32, y: i32) -> u32 {
        if x < 0 || y < 0 || x >= self.width || y >= self.height {
            return NONE;
        }
        let i = (y * self.width + x) as u32;
        if self.level.words.data()[i as usize] & IS_CENTRE != 0 { i + 1 } else { NONE }
    }

    fn position(&self, i: u32) -> (i32, i32) {
        ((i % self.width as u32) as i32, (i / self.width as u32) as i32)
    }

    /// Where the coarser level found something, that; else the first centre in wider and wider circles, because what is near
    /// is likelier to be the same surface.
    fn start(&self, i: u32, coarse: Option<&(usize, usize, Vec<u32>)>, round: Round) -> u32 {
        let (x, y) = self.position(i);
        if let Some((width, height, field)) = coarse {
            let (cx, cy) = ((x as usize / 2).min(width - 1), (y as usize / 2).min(height - 1));
            let parent = field[cy * width + cx];
            if parent != NONE {
                let parent = parent as usize - 1;
                let (px, py) = ((parent % width) as i32, (parent / width) as i32);
                let child = self.centre(2 * px + x % 2, 2 * py + y % 2);
                if child != NONE {
                    return child;
                }
            }
        }
        let mut stream = Stream::new(round.salt, i);
        for attempt in 0..ATTEMPTS {
            let radius = (round.reach_px * (attempt + 4) / 24).max(8);
            let (dx, dy) = (stream.within(radius), stream.within(radius));
            let place = self.centre(x + dx, y + dy);
            if place != NONE {
                return place;
            }
        }
        NONE
    }

    fn improved(&self, i: u32, field: &[u32], round: Round) -> Best {
        let (x, y) = self.position(i);
        let target = self.target(x, y);
        let mut best = field[i as usize];
        let mut cost = if best == NONE { u32::MAX } else { self.cost(&target, best - 1, u32::MAX) };
        let mut offer = |place: u32, best: &mut u32| {
            if place != NONE && place != *best {
                let other = self.cost(&target, place - 1, cost);
                if other < cost {
                    (cost, *best) = (other, place);
                }
            }
        };
        for step in [1, 3, 9] {
            for (dx, dy) in [(-step, 0), (step, 0), (0, -step), (0, step)] {
                let (nx, ny) = ((x + dx).clamp(0, self.width - 1), (y + dy).clamp(0, self.height - 1));
                let near = field[(ny * self.width + nx) as usize];
                if near != NONE {
                    let (sx, sy) = self.position(near - 1);
                    offer(self.centre(sx - dx, sy - dy), &mut best);
                }
            }
        }
        let mut stream = Stream::new(round.salt, i);
        let mut radius = round.reach_px;
        while radius > 0 {
            let (fx, fy) = if best == NONE { (x, y) } else { self.position(best - 1) };
            let (dx, dy) = (stream.within(radius), stream.within(radius));
            offer(self.centre(fx + dx, fy + dy), &mut best);
            radius /= 2;
        }
        if best == NONE {
            return Best::default();
        }
        let root = self.level.words.data()[i as usize] >> ROOT_SHIFT & 15;
        Best { place: best, weight: GOOD / (LEAST_DIFFERENCE + cost / target.area) * root * root }
    }

    fn target(&self, x: i32, y: i32) -> Target {
        let mut target = Target {
            x,
            y,
            depth: self.level.words.at(x as usize, y as usize) & 0xffff,
            roots: [[0; ROW]; SIDE],
            trusts: [[0; ROW]; SIDE],
            area: 0,
        };
        let half = HALF as i32;
        for (dy, (roots, trusts)) in (-half..).zip(target.roots.iter_mut().zip(&mut target.trusts)) {
            let row = (y + dy).clamp(0, self.height - 1) * self.width;
            for dx in 0..SIDE {
                let i = (row + (x + dx as i32 - half).clamp(0, self.width - 1)) as usize;
                let trust = self.level.words.data()[i] >> ROOT_SHIFT & 15;
                target.area += trust * trust;
                roots[4 * dx..4 * dx + 4].copy_from_slice(&self.compared[4 * i..4 * i + 4]);
                trusts[4 * dx..4 * dx + 4].fill(trust as i16);
            }
        }
        target.area /= 8;
        target
    }

    /// Sum of squared differences of two patches, each pixel's by its trust, with what speaks against copying from far in
    /// depth or in the picture. Gives up, with any value above it, past `limit`.
    ///
    /// It fits: a row sums to less than 28 (1023 * 8)^2 < 2^31, seven eighths of it to 1.64e9, and the rest to 392 (2000^2 + 10486) =
    /// 1.57e9.
    fn cost(&self, target: &Target, source: u32, limit: u32) -> u32 {
        let (sx, sy) = self.position(source);
        let depth = target.depth.abs_diff(self.level.words.data()[source as usize] & 0xffff).min(MOST_DEPTH);
        let (dx, dy) = (sx.abs_diff(target.x), sy.abs_diff(target.y));
        let apart = ((dx * dx + dy * dy) * self.apart) >> 16;
        let mut sum = (depth * depth + apart) * target.area;
        let mut start = 4 * ((sy - HALF as i32) * self.width + sx - HALF as i32) as usize;
        for (roots, trusts) in target.roots.iter().zip(&target.trusts) {
            let mut row = 0i32;
            for ((a, b), trust) in roots.iter().zip(&self.compared[start..start + ROW]).zip(trusts) {
                let difference = (a - b).wrapping_mul(*trust);
                row += i32::from(difference) * i32::from(difference);
            }
            sum += row.cast_unsigned() >> 3;
            if sum > limit {
                break;
            }
            start += 4 * self.width as usize;
        }
        sum
    }

    /// The mean of what all patches around a pixel say of it, good patches first.
    ///
    /// It fits: weights sum to less than 568 * 65472 / 32 < 2^21.
    fn vote(&self, i: u32, field: &[u32], weights: &[u32]) -> Option<[u32; 4]> {
        let (x, y) = self.position(i);
        let half = HALF as i32;
        let (mut high, mut low, mut all) = ([0u32; 4], [0u32; 4], 0u32);
        for dy in -half..=half {
            for dx in -half..=half {
                let (cx, cy) = (x + dx, y + dy);
                if cx < 0 || cy < 0 || cx >= self.width || cy >= self.height {
                    continue;
                }
                let centre = (cy * self.width + cx) as usize;
                if field[centre] == NONE {
                    continue;
                }
                let near = NEAR / (1 + (dx * dx + dy * dy) as u32);
                let weight = ((weights[centre] * near) >> 5).max(1);
                let source = (field[centre] - 1) as i32 - dy * self.width - dx;
                for (c, &value) in self.level.colour.data()[source as usize].iter().enumerate() {
                    high[c] += u32::from(value >> 8) * weight;
                    low[c] += u32::from(value & 255) * weight;
                }
                all += weight;
            }
        }
        // A division of 37 by 21 bits in three steps that fit into 32.
        let divided = |c: usize| {
            let (whole, rest) = (high[c] / all, ((high[c] % all) << 8) + low[c]);
            let (middle, rest) = (rest / all, (rest % all) << 6);
            (whole << 14) + (middle << 6) + rest / all
        };
        (all > 0).then(|| std::array::from_fn(divided))
    }
}
