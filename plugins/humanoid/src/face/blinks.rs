//! Blinks: when they come and how the lid moves.

use kinema_core::Seed;

use super::{
    chance::{Interval, Renewal, Stream},
    curves::{mix, smootherstep},
};

/// Mean time between blinks at rate 1: 16.7 a minute. A. R. Bentivoglio et al., "Analysis of blink rate patterns in normal
/// subjects", Mov. Disord. 12, 1997, count 17 a minute at rest, 26 in conversation and 4.5 while reading, with rates spread
/// log-normally over people; that intervals are, too, is our judgement.
pub const MEAN_INTERVAL_SECS: f64 = 3.6;
const INTERVAL_LOG_SIGMA: f64 = 0.55;
const BLINK_STREAM: u64 = 30;

/// How the upper lid goes down and up again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Blink {
    /// Seconds.
    pub start_secs: f64,
    /// The way down, seconds.
    pub closing_secs: f64,
    /// At the lowest point, seconds.
    pub closed_secs: f64,
    /// The way up, seconds.
    pub opening_secs: f64,
    /// How far it goes down: 1 closes the eye.
    pub depth: f64,
}

impl Blink {
    /// Draws one. C. Sforza et al., "Spontaneous blinking in healthy persons: an optoelectronic study of eyelid motion",
    /// Ophthalmic Physiol. Opt. 28, 2008, measure a closing that is 40 to 47 % faster than the opening and, of young men,
    /// 44 % of blinks that are (nearly) complete, of women fewer. How long a blink takes and how it varies is our judgement.
    pub fn draw(start_secs: f64, chance: &mut Seed) -> Self {
        let mut vary = |log_sigma: f64| (log_sigma * f64::from(chance.normal()).clamp(-2.5, 2.5)).exp();
        let tempo = vary(0.14);
        let [closing_secs, closed_secs, opening_secs] = [0.1, 0.03, 0.141].map(|secs| secs * tempo * vary(0.04));
        let is_partial = chance.unit_f32() < 0.5;
        let depth = if is_partial { mix(0.65, 0.95, f64::from(chance.unit_f32())) } else { 1.0 };
        Self { start_secs, closing_secs, closed_secs, opening_secs, depth }
    }

    /// 0 open .. 1 closed at `seconds`.
    pub fn at(&self, seconds: f64) -> f64 {
        let since = seconds - self.start_secs;
        let rising = since - self.closing_secs - self.closed_secs;
        let share = if rising > 0.0 {
            // The levator lifts the lid quickly at first, then it creeps to its place.
            1.0 - smootherstep((rising / self.opening_secs).clamp(0.0, 1.0).powf(0.8))
        } else {
            smootherstep(since / self.closing_secs)
        };
        self.depth * share
    }
}

/// How far the lids are closed by spontaneous blinks, 0..1. `rate` 1 is natural, 0 never.
pub fn closure(rate: f32, seed: Seed, seconds: f64) -> f64 {
    if !(rate > 0.0) {
        return 0.0;
    }
    let renewal = Renewal { mean_secs: MEAN_INTERVAL_SECS / f64::from(rate), log_sigma: INTERVAL_LOG_SIGMA };
    let stream = Stream::new(seed, BLINK_STREAM);
    let now = renewal.at(stream, seconds);
    let lid = |interval: Interval| {
        let mut chance = Stream::new(seed, BLINK_STREAM + 1).draw(interval.index);
        Blink::draw(interval.start_secs, &mut chance).at(seconds)
    };
    both(lid(now), lid(renewal.before(stream, now)))
}

/// Two blinks that overlap.
pub fn both(one: f64, other: f64) -> f64 {
    one + other - one * other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_is_faster_than_opening_and_the_lid_moves_without_jerks() {
        let mut chance = Seed(3);
        let mut ratios = Vec::new();
        for _ in 0..50 {
            let blink = Blink::draw(1.0, &mut chance);
            assert!(blink.closing_secs < 0.95 * blink.opening_secs, "{blink:?}");
            let speed = |seconds: f64| (blink.at(seconds + 5e-5) - blink.at(seconds - 5e-5)) / 1e-4;
            let speeds: Vec<f64> = (0..6000).map(|step| speed(0.9 + f64::from(step) * 1e-4)).collect();
            let (down, up) =
                (speeds.iter().fold(0.0, |a: f64, b| a.max(*b)), speeds.iter().fold(0.0, |a: f64, b| a.min(*b)));
            ratios.push(down / -up);
            assert!(speeds.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.4), "no step of speed in {blink:?}");
            assert!((blink.at(1.0 + blink.closing_secs) - blink.depth).abs() < 1e-9);
            assert!(blink.at(0.99) == 0.0 && blink.at(1.6) == 0.0);
        }
        let mean = ratios.iter().sum::<f64>() / ratios.len() as f64;
        assert!((1.38..1.5).contains(&mean), "closing is {mean} times as fast as opening");
    }

    #[test]
    fn blinks_come_about_seventeen_times_a_minute_irregularly() {
        let mut starts = Vec::new();
        let mut is_closed = false;
        for step in 0..60_000 {
            let seconds = f64::from(step) * 0.01;
            let lid = closure(1.0, Seed(5), seconds);
            assert!((0.0..=1.0).contains(&lid));
            if lid > 0.5 && !is_closed {
                starts.push(seconds);
            }
            is_closed = lid > 0.5;
        }
        assert!((150..=180).contains(&starts.len()), "{} in ten minutes", starts.len());
        let gaps: Vec<f64> = starts.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let shortest = gaps.iter().fold(f64::MAX, |a, b| a.min(*b));
        let longest = gaps.iter().fold(0.0_f64, |a, b| a.max(*b));
        assert!(shortest < 1.5 && longest > 8.0, "from {shortest} to {longest} s");
        assert_eq!(closure(0.0, Seed(5), 3.0), 0.0);
    }
}
