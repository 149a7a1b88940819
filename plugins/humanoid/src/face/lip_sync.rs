//! The mouth of a recorded voice, without a trained model: loudness says whether it speaks, the first formant how far it
//! opens, the second how wide or round it is, and the pitch of noise whether it hisses.
//!
//! That F1 rises with the opening of the mouth, and that rounding and protrusion lower F2, is the acoustic theory of vowels
//! (G. Fant, "Acoustic theory of speech production", 1960); the figures are those of G. E. Peterson and H. L. Barney, JASA 24, 1952.
//! Sounds that differ only inside of the mouth look the same here, and p, b and m are only seen as gaps.

use std::f64::consts::{PI, TAU};

use super::{
    curves::{mix, smootherstep},
    formants,
    shapes::{self, Action},
    speech::Mouth,
    wav::Sound,
};

/// One analysis every so often, seconds.
const HOP_SECS: f64 = 0.01;
/// Length of the piece that is analysed, seconds.
const WINDOW_SECS: f64 = 0.03;
/// The rate that formants are looked for at, samples a second; lower rates stay.
const ANALYSIS_RATE: f64 = 10_000.0;
/// Below the loud passages by this much is silence; above the second figure it is speech; decibels.
const SILENT_DB: f64 = -34.0;
const SPOKEN_DB: f64 = -20.0;
/// A recording whose loudest passages are below this is silence altogether.
const LEAST_LOUD_DB: f64 = -60.0;
/// Noise whose energy lies around this frequency hisses, around the second all of it does, hertz.
const HISS_HZ: [f64; 2] = [1900.0, 3300.0];
/// Spread of the smoothing, in hops: movements of lips are slower than formants.
const SMOOTHING_HOPS: f64 = 2.2;

const JAW_OPEN: Action = Action::named("jawOpen");
const PUCKER: Action = Action::named("mouthPucker");
const FUNNEL: Action = Action::named("mouthFunnel");
const LOWER_DOWN: [Action; 2] = Action::pair("mouthLowerDown");
const UPPER_UP: [Action; 2] = Action::pair("mouthUpperUp");
const SMILE: [Action; 2] = Action::pair("mouthSmile");
const STRETCH: [Action; 2] = Action::pair("mouthStretch");

/// What is heard in one piece, each 0..1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Heard {
    /// 0 silence .. 1 speech.
    pub speaks: f64,
    /// 0 closed as in /i/ .. 1 open as in /a/.
    pub open: f64,
    /// Corners of the mouth drawn aside, as in /i/.
    pub wide: f64,
    /// Lips rounded, as in /u/.
    pub round: f64,
    /// Noise of a fricative, as in /s/.
    pub hiss: f64,
}

impl Heard {
    fn to_array(self) -> [f64; 5] {
        [self.speaks, self.open, self.wide, self.round, self.hiss]
    }

    fn from_array([speaks, open, wide, round, hiss]: [f64; 5]) -> Self {
        Self { speaks, open, wide, round, hiss }
    }
}

/// The mouth over the time of one recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MouthTrack {
    heard: Vec<[f64; 5]>,
}

impl MouthTrack {
    /// Listens to a recording.
    pub fn listen(sound: &Sound) -> Self {
        let rate = f64::from(sound.samples_per_sec);
        let samples: Vec<f64> = sound.samples.iter().map(|sample| f64::from(*sample)).collect();
        let factor = (rate / ANALYSIS_RATE).floor().max(1.0);
        let slow = decimate(&samples, factor as usize);
        let slow_rate = rate / factor;
        let count = (samples.len() as f64 / rate / HOP_SECS).ceil() as usize + 1;
        let levels: Vec<f64> = (0..count).map(|hop| level_db(piece(&samples, rate, hop))).collect();
        let loud_db = loud_level(&levels);
        let mut heard: Vec<[f64; 5]> = Vec::with_capacity(count);
        for (hop, level) in levels.into_iter().enumerate() {
            let speaks = if loud_db > LEAST_LOUD_DB { step(level - loud_db, SILENT_DB, SPOKEN_DB) } else { 0.0 };
            let hiss = if speaks > 0.0 { hiss(piece(&samples, rate, hop), rate) } else { 0.0 };
            let vowel = if speaks > 0.0 { formants::find(piece(&slow, slow_rate, hop), slow_rate) } else { None };
            // Where no formants are found the mouth keeps its last shape.
            let before = Heard::from_array(heard.last().copied().unwrap_or_default());
            let shape = vowel.map_or(before, articulate);
            heard.push(Heard { speaks, hiss, ..shape }.to_array());
        }
        Self { heard: smooth(&heard) }
    }

    /// How long it is, seconds.
    pub fn secs(&self) -> f64 {
        self.heard.len().saturating_sub(1) as f64 * HOP_SECS
    }

    /// What is heard at `seconds`: a cubic B-spline through the analyses, so two derivatives are continuous and nothing overshoots.
    pub fn heard(&self, seconds: f64) -> Heard {
        let at = seconds / HOP_SECS;
        let (cell, t) = (at.floor(), at - at.floor());
        let basis = [
            (1.0 - t).powi(3),
            3.0 * t.powi(3) - 6.0 * t * t + 4.0,
            -3.0 * t.powi(3) + 3.0 * t * t + 3.0 * t + 1.0,
            t.powi(3),
        ];
        let mut sum = [0.0; 5];
        for (offset, share) in [-1.0, 0.0, 1.0, 2.0].into_iter().zip(basis) {
            let place = cell + offset;
            // Before the beginning and after the end it is silent.
            let row = if place >= 0.0 { self.heard.get(place as usize) } else { None };
            for (sum, value) in sum.iter_mut().zip(row.copied().unwrap_or_default()) {
                *sum += value * share / 6.0;
            }
        }
        Heard::from_array(sum)
    }

    /// The mouth at `seconds`.
    pub fn mouth(&self, seconds: f64) -> Mouth {
        let heard = self.heard(seconds);
        let mut mouth = Mouth::REST;
        let voiced = heard.speaks * (1.0 - heard.hiss);
        let hissed = heard.speaks * heard.hiss;
        shapes::add(&mut mouth.weights, JAW_OPEN, (voiced * mix(0.08, 0.66, heard.open) + hissed * 0.05) as f32);
        shapes::add_pair(
            &mut mouth.weights,
            LOWER_DOWN,
            [(voiced * 0.24 * (1.0 - heard.round) + hissed * 0.3) as f32; 2],
        );
        shapes::add_pair(
            &mut mouth.weights,
            UPPER_UP,
            [(voiced * 0.13 * (1.0 - heard.round) + hissed * 0.15) as f32; 2],
        );
        shapes::add(&mut mouth.weights, PUCKER, (voiced * 0.62 * heard.round * (1.0 - 0.5 * heard.open)) as f32);
        shapes::add(&mut mouth.weights, FUNNEL, (voiced * heard.round * mix(0.25, 0.5, heard.open)) as f32);
        shapes::add_pair(&mut mouth.weights, SMILE, [(voiced * 0.28 * heard.wide) as f32; 2]);
        shapes::add_pair(&mut mouth.weights, STRETCH, [(voiced * 0.22 * heard.wide + hissed * 0.25) as f32; 2]);
        mouth
    }
}

/// From formants to the mouth.
fn articulate(formants: formants::Formants) -> Heard {
    let (f1, f2) = (formants.f1_hz, formants.f2_hz);
    Heard {
        open: step(f1, 230.0, 780.0),
        wide: step(f2, 1450.0, 2250.0),
        // /a/ has a low second formant, too, but with a high first one: it is open, not round.
        round: step(f2, 1350.0, 850.0) * step(f1, 720.0, 520.0),
        ..Heard::default()
    }
}

/// 0 at `from`, 1 at `to`, smooth between; `from` may be above `to`.
fn step(value: f64, from: f64, to: f64) -> f64 {
    smootherstep((value - from) / (to - from))
}

/// The samples around the hop.
fn piece(samples: &[f64], rate: f64, hop: usize) -> &[f64] {
    let centre = hop as f64 * HOP_SECS;
    let place = |secs: f64| ((secs * rate).max(0.0) as usize).min(samples.len());
    samples.get(place(centre - 0.5 * WINDOW_SECS)..place(centre + 0.5 * WINDOW_SECS)).unwrap_or_default()
}

fn level_db(piece: &[f64]) -> f64 {
    let mean = piece.iter().map(|sample| sample * sample).sum::<f64>() / piece.len().max(1) as f64;
    10.0 * (mean + 1e-12).log10()
}

/// The level that one piece in twenty exceeds.
fn loud_level(levels: &[f64]) -> f64 {
    let mut sorted = levels.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() * 19 / 20).copied().unwrap_or(f64::NEG_INFINITY)
}

/// Mean of two measures of where the energy lies, hertz: half the rate of zero crossings, and the frequency whose first
/// difference has the same share of energy.
fn hiss(piece: &[f64], rate: f64) -> f64 {
    let pairs = || piece.windows(2).filter_map(|pair| Some((*pair.first()?, *pair.get(1)?)));
    let crossings = pairs().filter(|(a, b)| (*a < 0.0) != (*b < 0.0)).count() as f64;
    let crossing_hz = 0.5 * crossings * rate / piece.len().max(1) as f64;
    let energy: f64 = piece.iter().map(|sample| sample * sample).sum();
    let difference: f64 = pairs().map(|(a, b)| (b - a).powi(2)).sum();
    let tilt_hz = if energy > 0.0 { (0.5 * (difference / energy).sqrt()).min(1.0).asin() * rate / PI } else { 0.0 };
    let [from, to] = HISS_HZ;
    step(0.5 * (crossing_hz + tilt_hz), from, to)
}

/// Every `factor`-th sample after a windowed-sinc low pass at 0.45 of the new rate.
fn decimate(samples: &[f64], factor: usize) -> Vec<f64> {
    if factor <= 1 {
        return samples.to_vec();
    }
    let half = 8 * factor;
    let tap = |n: usize| {
        let x = n as f64 - half as f64;
        let cut = 0.9 / factor as f64;
        let sinc = if x == 0.0 { cut } else { (PI * cut * x).sin() / (PI * x) };
        sinc * (0.5 + 0.5 * (TAU * x / (2.0 * half as f64 + 2.0)).cos())
    };
    let taps: Vec<f64> = (0..=2 * half).map(tap).collect();
    let filtered = |centre: usize| {
        let first = centre as i64 - half as i64;
        let at = |n: usize| usize::try_from(first + n as i64).ok().and_then(|place| samples.get(place));
        taps.iter().enumerate().filter_map(|(n, tap)| Some(tap * at(n)?)).sum()
    };
    (0..samples.len()).step_by(factor).map(filtered).collect()
}

/// A Gaussian over the analyses. Shapes are weighted by speech, so that a pause does not pull on the vowel before it.
fn smooth(heard: &[[f64; 5]]) -> Vec<[f64; 5]> {
    let reach = (3.0 * SMOOTHING_HOPS).ceil() as i64;
    let weight = |offset: i64| (-0.5 * (offset as f64 / SMOOTHING_HOPS).powi(2)).exp();
    let one = |centre: usize| {
        let (mut sum, mut all, mut spoken) = ([0.0; 5], 0.0, 1e-9);
        for offset in -reach..=reach {
            let share = weight(offset);
            all += share;
            let row = usize::try_from(centre as i64 + offset).ok().and_then(|place| heard.get(place));
            let Some([speaks, shape @ ..]) = row else { continue };
            spoken += share * speaks;
            for (sum, value) in sum.iter_mut().zip([*speaks].into_iter().chain(shape.map(|value| value * speaks))) {
                *sum += share * value;
            }
        }
        let [speaks, shape @ ..] = sum;
        let [open, wide, round, hiss] = shape.map(|value| value / spoken);
        [speaks / all, open, wide, round, hiss]
    };
    (0..heard.len()).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::formants::tests::vowel;

    const A: [(f64, f64); 4] = [(730.0, 70.0), (1090.0, 90.0), (2500.0, 150.0), (3500.0, 200.0)];
    const I: [(f64, f64); 4] = [(270.0, 60.0), (2290.0, 100.0), (3010.0, 150.0), (3700.0, 200.0)];
    const U: [(f64, f64); 4] = [(300.0, 60.0), (870.0, 90.0), (2250.0, 150.0), (3500.0, 200.0)];

    fn sound(samples_per_sec: u32, parts: &[Vec<f64>]) -> Sound {
        let loud = |part: &Vec<f64>| {
            let peak = part.iter().fold(1e-9_f64, |peak, sample| peak.max(sample.abs()));
            part.iter().map(|sample| (0.5 * sample / peak) as f32).collect::<Vec<_>>()
        };
        Sound { samples_per_sec, samples: parts.iter().flat_map(loud).collect() }
    }

    fn silence(samples_per_sec: u32, secs: f64) -> Vec<f64> {
        vec![0.0; (f64::from(samples_per_sec) * secs) as usize]
    }

    fn noise(samples_per_sec: u32, secs: f64) -> Vec<f64> {
        let mut seed = kinema_core::Seed(1);
        let white: Vec<f64> = silence(samples_per_sec, secs).iter().map(|_| f64::from(seed.normal())).collect();
        // Twice differenced: the energy lies high, as in an s.
        let once: Vec<f64> = white.windows(2).map(|pair| pair[1] - pair[0]).collect();
        once.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    #[test]
    fn vowels_open_spread_and_round_the_mouth_and_silence_closes_it() {
        for rate in [8_000, 16_000, 44_100] {
            let say = |formants: &[(f64, f64)]| vowel(formants, 120.0, f64::from(rate), 0.4);
            let pause = || silence(rate, 0.3);
            let parts = [pause(), say(&A), pause(), say(&I), pause(), say(&U), pause(), noise(rate, 0.3), pause()];
            let track = MouthTrack::listen(&sound(rate, &parts));
            let at = |secs: f64, name: &str| shapes::get(&track.mouth(secs).weights, name);
            let (a, i, u, s) = (0.5, 1.2, 1.9, 2.55);
            assert!(
                at(a, "jawOpen") > 0.45 && at(a, "jawOpen") > 2.0 * at(i, "jawOpen"),
                "{rate}: {:?}",
                track.heard(a)
            );
            assert!(
                at(u, "mouthPucker") > 0.35 && at(u, "mouthPucker") > 5.0 * at(a, "mouthPucker"),
                "{rate}: {:?}",
                track.heard(u)
            );
            assert!(at(i, "mouthSmileLeft") > 0.15 && at(u, "mouthSmileLeft") < 0.02, "{rate}: {:?}", track.heard(i));
            if rate > 10_000 {
                assert!(track.heard(s).hiss > 0.7 && at(s, "jawOpen") < 0.2, "{rate}: {:?}", track.heard(s));
                assert!(track.heard(a).hiss < 0.1);
            }
            for quiet in [0.12, 0.86, 1.56, 9.0, -1.0] {
                assert!(track.mouth(quiet).weights.iter().all(|weight| *weight < 0.02), "{rate}: open at {quiet}");
            }
        }
    }

    #[test]
    fn the_mouth_moves_without_jumps_of_speed() {
        let parts = [
            silence(16_000, 0.1),
            vowel(&A, 100.0, 16_000.0, 0.2),
            vowel(&U, 130.0, 16_000.0, 0.2),
            noise(16_000, 0.2),
        ];
        let track = MouthTrack::listen(&sound(16_000, &parts));
        let open = |n: i32| f64::from(shapes::get(&track.mouth(f64::from(n) * 1e-3).weights, "jawOpen"));
        let speeds: Vec<f64> = (-50..800).map(|n| (open(n + 1) - open(n)) * 1e3).collect();
        assert!(speeds.iter().any(|speed| *speed > 3.0), "it does move");
        assert!(speeds.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 1.2), "a jump of speed");
    }

    #[test]
    fn silence_a_click_and_nothing_are_no_speech() {
        let quiet = MouthTrack::listen(&Sound { samples_per_sec: 16_000, samples: vec![1e-5; 16_000] });
        assert_eq!(quiet.mouth(0.5), Mouth::REST);
        assert_eq!(MouthTrack::listen(&Sound { samples_per_sec: 16_000, samples: vec![] }).mouth(0.0), Mouth::REST);
        assert!(quiet.secs() > 0.9 && quiet.secs() < 1.1);
        assert_eq!(quiet.mouth(f64::NAN).weights.len(), 52);
    }
}
