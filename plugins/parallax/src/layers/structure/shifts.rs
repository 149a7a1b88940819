//! The search for shifts within a plane that bring what is seen onto what is seen.

use super::{Plane, Regular, distance2, tone};
use crate::raster::Rgba;
use crate::workers::collect;

/// Shifts are searched in a grid of so many steps to each side, a width of the picture being 640 steps.
const STEPS: i32 = 80;
/// Shifts that are averaged: what repeats is in all of them, what does not is in one.
const MOST_SHIFTS: usize = 6;
/// Of how many that suit alone, and how much of the variance each may leave: a shift that is right adds the variance of
/// what does not repeat once more.
const MOST_CHOSEN: usize = 16;
const MOST_ALONE: f32 = 1.6;
/// One of so many samples, and this share of the hidden part, must be seen where a shift takes it.
const LEAST_COVERED: usize = 8;
const LEAST_HIDDEN_COVERED: f32 = 0.15;
/// How much of their variance the parts count that a shift does not take to what is seen.
const UNSEEN: f32 = 1.3;
/// Of how many samples one is asked while shifts are looked for; those that suit are asked of all.
const LOOK: usize = 2;
/// Samples after which a shift that suits badly is given up.
const HOPELESS_AFTER: usize = 15;
/// Steps of the coarse grid, which reaches as many times farther.
const COARSE: f32 = 3.0;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shift {
    /// In pixels at the plane's anchor.
    pub px: [f32; 2],
    /// Square of the share of the hidden part that it takes to what is seen: a shift of a pixel or two suits well and helps
    /// nobody.
    pub weight: f32,
}

/// A pixel that is seen.
pub struct Sample {
    pub at: [f32; 2],
    pub tone: Rgba,
    /// Squared distance from the mean around it: what a guess would miss it by.
    pub variance: f32,
}

pub struct Search<'a> {
    pub task: &'a Regular<'a>,
    pub plane: &'a Plane,
    pub samples: &'a [Sample],
    pub hidden: &'a [[f32; 2]],
}

impl Search<'_> {
    /// Shifts that suit alone, the best first, refined to parts of a pixel.
    pub fn best(&self, variance: f32, step: f32) -> Vec<([f32; 2], f32)> {
        let side = (2 * STEPS + 1) as usize;
        let shift_of = |n: usize| {
            let step = if n < side * side { step } else { COARSE * step };
            let n = n % (side * side);
            [(n % side) as i32 - STEPS, (n / side) as i32 - STEPS].map(|s| s as f32 * step)
        };
        let costs = collect(2 * side * side, |n| self.cost(shift_of(n), variance, LOOK));
        let mut order: Vec<usize> = (0..costs.len()).filter(|&n| costs[n] < MOST_ALONE * variance).collect();
        order.sort_by(|&a, &b| costs[a].total_cmp(&costs[b]).then(a.cmp(&b)));
        let mut chosen: Vec<([f32; 2], f32)> = Vec::new();
        for n in order {
            let shift = shift_of(n);
            let far = |other: [f32; 2]| (other[0] - shift[0]).abs().max((other[1] - shift[1]).abs()) > 3.0 * step;
            if chosen.iter().all(|&(other, _)| far(other)) {
                chosen.push((shift, costs[n]));
                if chosen.len() >= 3 * MOST_CHOSEN {
                    break;
                }
            }
        }
        chosen.iter_mut().for_each(|(shift, cost)| *cost = self.cost(*shift, variance, 1));
        chosen.sort_by(|a, b| a.1.total_cmp(&b.1));
        chosen.truncate(MOST_CHOSEN);
        for (shift, cost) in &mut chosen {
            let mut reach = 1.5 * step;
            while reach > 0.1 {
                for (dx, dy) in [(-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0)] {
                    let other = [shift[0] + dx * reach, shift[1] + dy * reach];
                    let there = self.cost(other, variance, 1);
                    if there < *cost {
                        (*shift, *cost) = (other, there);
                    }
                }
                reach *= 0.6;
            }
        }
        chosen.sort_by(|a, b| a.1.total_cmp(&b.1));
        chosen
    }

    /// Those whose mean suits best: what repeats is in all of them, what does not is in one and fades.
    pub fn joined(&self, chosen: &[([f32; 2], f32)]) -> Vec<Shift> {
        let mut others: Vec<Shift> =
            chosen.iter().map(|&(px, _)| Shift { px, weight: self.covered(px, 1).powi(2) }).collect();
        let mut joined: Vec<Shift> = Vec::new();
        let mut left = f32::INFINITY;
        while joined.len() < MOST_SHIFTS {
            let tries =
                others.iter().enumerate().map(|(n, shift)| (n, self.left(&[joined.as_slice(), &[*shift]].concat())));
            match tries.min_by(|a, b| a.1.total_cmp(&b.1)) {
                Some((n, there)) if there < left => {
                    joined.push(others.remove(n));
                    left = there;
                }
                _ => break,
            }
        }
        joined
    }

    fn can(&self, at: [f32; 2], shift: [f32; 2]) -> Option<[f32; 2]> {
        self.plane.shifted(at, shift).filter(|&place| self.task.may_be_copied(self.plane, place))
    }

    fn lookup(&self, at: [f32; 2], shift: [f32; 2]) -> Option<Rgba> {
        self.can(at, shift).map(|[x, y]| tone(self.task.colour.bilinear_colour(x, y)))
    }

    /// Share of the hidden part that a shift takes to what is seen; one of `every` samples is asked.
    fn covered(&self, shift: [f32; 2], every: usize) -> f32 {
        let asked = self.hidden.iter().step_by(every);
        asked.clone().filter(|&&at| self.can(at, shift).is_some()).count() as f32 / asked.len().max(1) as f32
    }

    /// Mean squared difference of tones between samples and the mean of where shifts take them; their variance where none
    /// takes them to what is seen.
    pub fn left(&self, shifts: &[Shift]) -> f32 {
        let mut sum = 0.0f32;
        for sample in self.samples {
            let (mut mean, mut weights) = ([0.0f32; 4], 0.0f32);
            for &Shift { px, weight } in shifts {
                if let Some(v) = self.lookup(sample.at, px) {
                    (0..4).for_each(|c| mean[c] += v[c] * weight);
                    weights += weight;
                }
            }
            sum += if weights > 0.0 { distance2(sample.tone, mean.map(|v| v / weights)) } else { sample.variance };
        }
        sum / self.samples.len().max(1) as f32
    }

    /// As [`left`](Self::left) for one shift, which must suit better the fewer samples it takes to what is seen; one of
    /// `every` samples is asked. Infinite if too little of the samples or of the hidden part is seen there, and once it is
    /// clear that it exceeds `variance` by much.
    fn cost(&self, shift: [f32; 2], variance: f32, every: usize) -> f32 {
        if self.covered(shift, every) < LEAST_HIDDEN_COVERED {
            return f32::INFINITY;
        }
        let asked = self.samples.iter().step_by(every);
        let all = asked.len();
        let (mut sum, mut count) = (0.0f32, 0usize);
        for (done, sample) in asked.enumerate() {
            match self.lookup(sample.at, shift) {
                Some(there) => {
                    sum += distance2(sample.tone, there);
                    count += 1;
                }
                None => sum += UNSEEN * sample.variance,
            }
            if done == HOPELESS_AFTER && sum > 3.0 * variance * (HOPELESS_AFTER + 1) as f32 {
                return f32::INFINITY;
            }
        }
        if count * LEAST_COVERED < all { f32::INFINITY } else { sum / all as f32 }
    }
}
