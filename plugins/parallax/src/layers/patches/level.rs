//! The pyramid in which patches are searched for, as both searches read it.

use super::Completion;
use crate::raster::{Raster, Rgba};

/// Half the side of a patch: 7 x 7 pixels.
pub const HALF: u32 = 3;
/// 1.0 of square roots of linear colour, which are near to perceived differences and cheap. They are held up to 64.
pub const COLOUR_UNIT: u32 = 1024;
/// Roots are compared in so many parts of a [`COLOUR_UNIT`], up to [`COMPARED_MOST`]: light above four times white is all alike.
pub const COMPARED_SHIFT: u32 = 1;
pub const COMPARED_MOST: u32 = 1023;
/// 1.0 of a root as the vote hands it out.
pub const SHOWN_UNIT: u32 = COLOUR_UNIT << 6;
/// What stands in a [`Level::words`]: from here on the root of trust, then what a pixel is.
pub const ROOT_SHIFT: u32 = 16;
pub const IS_CENTRE: u32 = 1 << 20;
/// Root of full trust. Differences are multiplied by it before they are squared.
const FULL_ROOT: f32 = 8.0;
/// Trust in a wanted pixel is this to the power of its distance from known ones: at a rim the known pixels decide.
const TRUST_PER_PX: f32 = 0.85;
const LEAST_TRUST: f32 = 0.15;
/// Compared units of a difference of `depth_scale`.
const DEPTH_UNITS: f32 = 0.1 * (COLOUR_UNIT >> COMPARED_SHIFT) as f32;
/// What a patch from a picture's width away is worse by, as a squared difference of colour.
const APART: f64 = 0.02;
const MOST_LEVELS: usize = 5;

/// One level of the pyramid.
pub struct Level {
    /// Roots of colour in [`COLOUR_UNIT`]s.
    pub colour: Raster<[u16; 4]>,
    /// Of each pixel: depth in 16 bits; the root of how much it says in a comparison, from 3 to 8; [`IS_CENTRE`], of a patch that holds source
    /// pixels only.
    pub words: Raster<u32>,
    /// Indices of wanted pixels, in order.
    pub places: Vec<u32>,
    wanted: Raster<bool>,
    source: Raster<bool>,
}

/// Levels from the finest to the coarsest in which anything can be copied; none where nothing is wanted or nothing can be copied.
pub fn pyramid(colour: &Raster<Rgba>, task: &Completion) -> Vec<Level> {
    if !task.wanted.data().iter().any(|&w| w) {
        return Vec::new();
    }
    let unit = COLOUR_UNIT as f32;
    let (width, height) = colour.size();
    let roots = Raster::par_fn(width, height, |x, y| {
        colour.at(x, y).map(|v| (v.max(0.0).sqrt() * unit + 0.5).min(f32::from(u16::MAX)) as u16)
    });
    let depth = Raster::par_fn(width, height, |x, y| {
        (task.inverse_depth.at(x, y) / task.depth_scale * DEPTH_UNITS + 0.5).clamp(0.0, f32::from(u16::MAX)) as u16
    });
    let mut levels: Vec<Level> = Vec::new();
    let mut next = Level::new(roots, task.wanted.clone(), task.source.clone(), &depth);
    while next.words.data().iter().any(|word| word & IS_CENTRE != 0) {
        let (width, height) = next.colour.size();
        let halved = (levels.len() + 1 < MOST_LEVELS && width.min(height) >= 48).then(|| next.halved());
        levels.push(next);
        let Some(halved) = halved else { break };
        next = halved;
    }
    levels
}

impl Level {
    fn new(colour: Raster<[u16; 4]>, wanted: Raster<bool>, source: Raster<bool>, depth: &Raster<u16>) -> Self {
        let (width, height) = colour.size();
        let centres = eroded(&source, HALF as usize);
        let trust = trust(&wanted, &source);
        let words = Raster::par_fn(width, height, |x, y| {
            let root = (trust.at(x, y).sqrt() * FULL_ROOT + 0.5) as u32;
            let centre = if centres.at(x, y) { IS_CENTRE } else { 0 };
            u32::from(depth.at(x, y)) | root << ROOT_SHIFT | centre
        });
        let places = (0..width * height).filter(|&i| wanted.data()[i]).map(|i| i as u32).collect();
        Self { colour, words, places, wanted, source }
    }

    fn halved(&self) -> Self {
        let (width, height) = (self.colour.width() / 2, self.colour.height() / 2);
        let four =
            |x: usize, y: usize| [(2 * x, 2 * y), (2 * x + 1, 2 * y), (2 * x, 2 * y + 1), (2 * x + 1, 2 * y + 1)];
        let mean = |all: [u32; 4]| ((all.iter().sum::<u32>() + 2) / 4) as u16;
        let colour = Raster::par_fn(width, height, |x, y| {
            let all = four(x, y).map(|(x, y)| self.colour.at(x, y));
            std::array::from_fn(|c| mean(all.map(|p| u32::from(p[c]))))
        });
        let depth = Raster::par_fn(width, height, |x, y| mean(four(x, y).map(|(x, y)| self.depth(x, y))));
        let any = |of: &Raster<bool>, x, y| four(x, y).iter().any(|&(x, y)| of.at(x, y));
        let every = |of: &Raster<bool>, x, y| four(x, y).iter().all(|&(x, y)| of.at(x, y));
        Self::new(
            colour,
            Raster::par_fn(width, height, |x, y| any(&self.wanted, x, y)),
            Raster::par_fn(width, height, |x, y| every(&self.source, x, y) && !any(&self.wanted, x, y)),
            &depth,
        )
    }

    fn depth(&self, x: usize, y: usize) -> u32 {
        self.words.at(x, y) & 0xffff
    }

    /// What a squared pixel of distance costs, in 65536ths of a squared compared unit.
    pub fn apart(&self) -> u32 {
        let (width, height) = self.colour.size();
        let longer = width.max(height) as f64;
        let unit = f64::from(COLOUR_UNIT >> COMPARED_SHIFT);
        (APART * unit * unit * 65536.0 / (longer * longer)).round() as u32
    }

    /// How far a search on this level looks, pixels.
    pub fn widest_px(&self) -> u32 {
        let (width, height) = self.colour.size();
        ((width.max(height) / 5) as u32).clamp(12, 8192)
    }
}

/// See [`Level::words`]; pixels that are neither wanted nor source, such as the front's own, say little.
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
