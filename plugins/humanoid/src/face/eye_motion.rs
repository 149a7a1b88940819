//! Where the eyes point while the person looks at something: fixations, saccades, micro-saccades, drift, glances aside,
//! and the angle between the two eyes.

use std::f64::consts::TAU;

use kinema_core::Seed;

use super::{
    blinks::{self, Blink},
    chance::{Renewal, Stream},
    curves::smootherstep,
};
use crate::settings::Idle;

/// Half the distance between the pupils, metres (N. A. Dodgson, "Variation and extrema of human interpupillary distance",
/// SPIE 5291, 2004: mean 63 mm).
const HALF_PUPIL_DISTANCE_M: f64 = 0.0315;

/// Fixations on details of what is looked at.
const FIXATIONS: Renewal = Renewal { mean_secs: 0.55, log_sigma: 0.4 };
const FIXATION_STREAM: u64 = 20;
/// Spread of the points that are fixated, degrees yaw and pitch, and the most.
const FIXATION_SPREAD_DEG: [f64; 2] = [0.4, 0.26];
const FIXATION_MOST_DEG: f64 = 1.0;

/// Micro-saccades, 1 to 2 a second, below 1 degree (S. Martinez-Conde, S. L. Macknik and D. H. Hubel, "The role of fixational eye
/// movements in visual perception", Nat. Rev. Neurosci. 5, 2004).
const MICRO_SACCADES: Renewal = Renewal { mean_secs: 0.7, log_sigma: 0.5 };
const MICRO_SACCADE_STREAM: u64 = 24;
const MICRO_SPREAD_DEG: f64 = 0.13;
const MICRO_MOST_DEG: f64 = 0.33;

/// Drift between them, amplitude and periods (same source: about half a degree a second at most).
const DRIFT_DEG: f64 = 0.06;
const DRIFT_PERIODS_SECS: [f64; 2] = [1.7, 0.9];

/// Glances aside at strength 1: about eight a minute.
const GLANCE_MEAN_SECS: f64 = 7.5;
const GLANCE_STREAM: u64 = 26;

/// What the eyes do by themselves at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Wander {
    /// Yaw (positive to the person's left) and pitch (positive upwards) added to the gaze, degrees.
    pub eyes_deg: [f64; 2],
    /// Lids closed by blinks that go with large movements of the eyes, 0..1.
    pub blink: f64,
}

/// How long a saccade lasts, seconds: 2.2 ms per degree and 21 ms. The relation is the main sequence of A. T. Bahill, M. R. Clark
/// and L. Stark, "The main sequence, a tool for studying human eye movements", Math. Biosci. 24, 1975; the constants are those
/// commonly taken from R. H. S. Carpenter, "Movements of the eyes", 1988.
pub fn saccade_secs(amplitude_deg: f64) -> f64 {
    0.0022 * amplitude_deg + 0.021
}

/// How likely a blink goes with a shift of the gaze: 97 % above 33 degrees (C. Evinger et al., "Not looking while leaping: the
/// linkage of blinking and saccadic gaze shifts", Exp. Brain Res. 100, 1994). That small shifts hardly ever bring one, and
/// the logistic curve in between, is our judgement.
pub fn blink_probability(amplitude_deg: f64) -> f64 {
    1.0 / (1.0 + (-(amplitude_deg - 20.0) / 3.74).exp())
}

/// On the way from one point to another, `since_secs` after leaving. Minimum jerk: its peak speed is 1.875 times the mean,
/// which at 10 degrees is 436 degrees a second, inside of what the main sequence has.
fn saccade(from: [f64; 2], to: [f64; 2], since_secs: f64) -> [f64; 2] {
    let share = smootherstep(since_secs / saccade_secs(distance(from, to)));
    [0, 1].map(|axis| from[axis] + (to[axis] - from[axis]) * share)
}

fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// What the eyes of the person with this seed do at `seconds`.
pub fn wander(idle: &Idle, seed: Seed, seconds: f64) -> Wander {
    let mut sum = Wander::default();
    if idle.saccades > 0.0 {
        let parts = [fixated(seed, seconds), micro(seed, seconds), drift(seed, seconds)];
        for part in parts {
            sum.eyes_deg = [0, 1].map(|axis| sum.eyes_deg[axis] + part[axis] * f64::from(idle.saccades));
        }
    }
    if idle.glances > 0.0 {
        let glance = glance(idle, seed, seconds);
        sum.eyes_deg = [0, 1].map(|axis| sum.eyes_deg[axis] + glance.eyes_deg[axis]);
        sum.blink = glance.blink;
    }
    sum
}

/// From point to point, each drawn around what is looked at.
fn fixated(seed: Seed, seconds: f64) -> [f64; 2] {
    steps(FIXATIONS, seed, FIXATION_STREAM, seconds, FIXATION_SPREAD_DEG, FIXATION_MOST_DEG)
}

fn micro(seed: Seed, seconds: f64) -> [f64; 2] {
    steps(MICRO_SACCADES, seed, MICRO_SACCADE_STREAM, seconds, [MICRO_SPREAD_DEG; 2], MICRO_MOST_DEG)
}

fn steps(renewal: Renewal, seed: Seed, stream: u64, seconds: f64, spread_deg: [f64; 2], most_deg: f64) -> [f64; 2] {
    let now = renewal.at(Stream::new(seed, stream), seconds);
    let point = |index: i64| {
        let mut chance = Stream::new(seed, stream + 1).draw(index);
        spread_deg.map(|spread| (f64::from(chance.normal()) * spread).clamp(-most_deg, most_deg))
    };
    saccade(point(now.index.wrapping_sub(1)), point(now.index), seconds - now.start_secs)
}

fn drift(seed: Seed, seconds: f64) -> [f64; 2] {
    let phase = |n: i64| Stream::new(seed, MICRO_SACCADE_STREAM).unit(-1 - n) * TAU;
    [0, 1].map(|axis| {
        let waves = DRIFT_PERIODS_SECS.into_iter().zip([0, 1]);
        let period = |(secs, wave): (f64, i64)| {
            (seconds * TAU / secs * (1.0 + 0.13 * axis as f64) + phase(2 * axis + wave)).sin()
        };
        DRIFT_DEG * waves.map(period).sum::<f64>() * 0.5
    })
}

/// Now and then the eyes leave their goal and come back, mostly sideways.
fn glance(idle: &Idle, seed: Seed, seconds: f64) -> Wander {
    let renewal = Renewal { mean_secs: GLANCE_MEAN_SECS / f64::from(idle.glances), log_sigma: 0.5 };
    let now = renewal.at(Stream::new(seed, GLANCE_STREAM), seconds);
    let mut chance = Stream::new(seed, GLANCE_STREAM + 1).draw(now.index);
    // 83 % of saccades are below 15 degrees (I. V. Malinov et al., "Characteristics of saccades and vergence in two kinds of
    // sequential looking tasks", Vision Res. 40, 2000).
    let amplitude_deg = (9.0 * (0.5 * f64::from(chance.normal())).exp()).clamp(3.0, 24.0);
    let around = f64::from(chance.unit_f32()) * TAU;
    let (up, left) = around.sin_cos();
    let goal = [left, 0.5 * up].map(|axis| amplitude_deg * axis / left.hypot(0.5 * up));
    let stay_secs = (0.8 * (0.4 * f64::from(chance.normal())).exp()).min(0.5 * (now.end_secs - now.start_secs));
    let since = seconds - now.start_secs;
    let there = saccade([0.0; 2], goal, since);
    let back = saccade([0.0; 2], goal, since - stay_secs);
    let mut wander = Wander { eyes_deg: [there[0] - back[0], there[1] - back[1]], blink: 0.0 };
    for start_secs in [0.0, stay_secs] {
        let blink = Blink::draw(start_secs, &mut chance);
        let goes_along = f64::from(chance.unit_f32()) < blink_probability(amplitude_deg);
        if goes_along && idle.blinks > 0.0 {
            wander.blink = blinks::both(wander.blink, blink.at(since));
        }
    }
    wander
}

/// Yaw and pitch of the left and the right eye, degrees, when both look at a point that lies `distance_m` away in the
/// direction `yaw_deg`, `pitch_deg` from between the eyes.
pub fn eye_angles_deg(yaw_deg: f64, pitch_deg: f64, distance_m: f64) -> [[f64; 2]; 2] {
    let (yaw, pitch) = (yaw_deg.to_radians(), pitch_deg.to_radians());
    // Nearer than this the eyes could not turn inwards far enough.
    let distance_m = distance_m.max(2.0 * HALF_PUPIL_DISTANCE_M);
    let target = [yaw.sin() * pitch.cos(), pitch.sin(), yaw.cos() * pitch.cos()].map(|axis| axis * distance_m);
    [HALF_PUPIL_DISTANCE_M, -HALF_PUPIL_DISTANCE_M].map(|eye_x| {
        let [x, y, z] = [target[0] - eye_x, target[1], target[2]];
        [x.atan2(z).to_degrees(), y.atan2(x.hypot(z)).to_degrees()]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STILL: Idle = Idle { breathing: 0.0, sway: 0.0, blinks: 1.0, saccades: 0.0, glances: 0.0 };

    /// Peak speed in degrees a second and amplitude of every movement faster than `floor` in `minutes`.
    fn saccades(idle: &Idle, minutes: f64, floor: f64) -> Vec<(f64, f64)> {
        let step = 0.001;
        let mut found = Vec::new();
        let mut running: Option<(f64, [f64; 2])> = None;
        let mut last = wander(idle, Seed(4), 0.0).eyes_deg;
        for n in 1..(minutes * 60.0 / step) as i32 {
            let now = wander(idle, Seed(4), f64::from(n) * step).eyes_deg;
            let speed = distance(now, last) / step;
            if speed > floor {
                let (peak, from) = running.unwrap_or((0.0, last));
                running = Some((peak.max(speed), from));
            } else if let Some((peak, from)) = running.take() {
                found.push((peak, distance(from, now)));
            }
            last = now;
        }
        found
    }

    /// What is published, not what is implemented: measured on the movement itself. Laboratories disagree by some tens of
    /// percent (D. Boghen et al., "Velocity characteristics of normal human saccades", Invest. Ophthalmol. 13, 1974), so that
    /// the bands are wide; small and large saccades lie on one curve (B. L. Zuber, L. Stark and G. Cook, "Microsaccades and the
    /// velocity-amplitude relationship for saccadic eye movements", Science 150, 1965).
    #[test]
    fn peak_speeds_and_durations_lie_where_they_are_measured_and_on_one_curve() {
        let large = saccades(&Idle { glances: 1.0, ..STILL }, 8.0, 15.0);
        assert!((100..160).contains(&large.len()), "eight glances a minute, there and back: {}", large.len());
        let bands =
            [(2.5, 5.0, 80.0, 330.0), (5.0, 9.0, 180.0, 450.0), (9.0, 14.0, 270.0, 560.0), (14.0, 25.0, 350.0, 720.0)];
        for (least, most, slow, fast) in bands {
            let inside: Vec<f64> = large
                .iter()
                .filter(|(_, amplitude)| (least..most).contains(amplitude))
                .map(|(peak, _)| *peak)
                .collect();
            assert!(inside.len() > 3, "{least} to {most} degrees: {}", inside.len());
            assert!(inside.iter().all(|peak| (slow..fast).contains(peak)), "{least} to {most} degrees: {inside:?}");
        }
        assert!(large.iter().all(|(_, amplitude)| *amplitude > 2.5 && *amplitude < 24.5));
        // Peak speed over amplitude falls with amplitude (the curve saturates), from below a degree to twenty.
        let small = saccades(&Idle { saccades: 1.0, ..STILL }, 2.0, 4.0);
        let rate = |list: &[(f64, f64)], least: f64, most: f64| {
            let inside = list.iter().filter(|(_, amplitude)| (least..most).contains(amplitude));
            let rates: Vec<f64> = inside.map(|(peak, amplitude)| peak / amplitude).collect();
            assert!(!rates.is_empty(), "{least} to {most}");
            rates.iter().sum::<f64>() / rates.len() as f64
        };
        let rates = [rate(&small, 0.2, 0.6), rate(&small, 0.6, 1.5), rate(&large, 3.0, 8.0), rate(&large, 12.0, 24.0)];
        assert!(rates.windows(2).all(|pair| pair[0] > pair[1]), "{rates:?}");
        assert!(rates[0] < 110.0 && rates[3] > 20.0, "{rates:?}");
        // 20 to 100 ms, longer for larger ones, measured at a tenth of the peak speed.
        let [short, long] = [3.0, 20.0].map(measured_secs);
        assert!(short > 0.018 && long < 0.1 && long > 1.7 * short, "{short} and {long} s");
    }

    /// How long a saccade moves faster than a tenth of its own peak.
    fn measured_secs(amplitude: f64) -> f64 {
        let at = |n: i32| saccade([0.0; 2], [amplitude, 0.0], f64::from(n) * 1e-4)[0];
        let speeds: Vec<f64> = (-100..2000).map(|n| at(n + 1) - at(n)).collect();
        let peak = speeds.iter().copied().fold(0.0, f64::max);
        speeds.iter().filter(|speed| **speed > 0.1 * peak).count() as f64 * 1e-4
    }

    #[test]
    fn small_movements_are_small_frequent_and_continuous() {
        let idle = Idle { saccades: 1.0, ..STILL };
        let found = saccades(&idle, 1.0, 3.0);
        let micro = found.iter().filter(|(_, amplitude)| *amplitude < 1.0).count();
        assert!((90..230).contains(&found.len()), "fixations and micro-saccades of a minute: {}", found.len());
        assert!(micro * 10 > found.len() * 8);
        let far = (0..60_000).map(|n| distance(wander(&idle, Seed(1), f64::from(n) * 1e-3).eyes_deg, [0.0; 2]));
        assert!(far.fold(0.0, f64::max) < 2.1);
        let mut last = wander(&idle, Seed(2), -5.0).eyes_deg;
        for n in 1..100_000 {
            let now = wander(&idle, Seed(2), -5.0 + f64::from(n) * 1e-4).eyes_deg;
            assert!(distance(now, last) < 0.02, "a jump at step {n}");
            last = now;
        }
    }

    #[test]
    fn large_shifts_bring_blinks_and_small_ones_do_not() {
        assert!(blink_probability(33.0) > 0.965 && blink_probability(33.0) < 0.975 && blink_probability(5.0) < 0.02);
        let blinks =
            |idle: &Idle| (0..120_000).filter(|n| wander(idle, Seed(4), f64::from(*n) * 0.01).blink > 0.6).count();
        assert!(blinks(&Idle { glances: 2.0, ..STILL }) > 0);
        assert_eq!(blinks(&Idle { saccades: 2.0, ..STILL }), 0);
        assert_eq!(blinks(&Idle { glances: 2.0, blinks: 0.0, ..STILL }), 0);
    }

    #[test]
    fn both_eyes_meet_at_the_point_that_is_looked_at() {
        let [left, right] = eye_angles_deg(0.0, 0.0, 0.5);
        let expected = (0.0315_f64 / 0.5).atan().to_degrees();
        assert!((left[0] + expected).abs() < 1e-9 && (right[0] - expected).abs() < 1e-9);
        let [left, right] = eye_angles_deg(12.0, -7.0, 1000.0);
        assert!((left[0] - 12.0).abs() < 0.01 && (right[0] - 12.0).abs() < 0.01 && (left[1] + 7.0).abs() < 0.01);
        assert!(eye_angles_deg(0.0, 0.0, 0.0).iter().flatten().all(|angle| angle.is_finite()));
    }
}
