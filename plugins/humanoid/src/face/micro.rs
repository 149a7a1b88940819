//! Micro-expressions: expressions so short that they are easily missed.
//!
//! P. Ekman and W. V. Friesen, "Nonverbal leakage and clues to deception", Psychiatry 32, 1969, name them; W.-J. Yan et al.,
//! "How fast are the leaked facial expressions: the duration of micro-expressions", J. Nonverbal Behav. 37, 2013, measure
//! totals below 500 ms or onsets below 260 ms; S. Porter and L. ten Brinke, "Reading between the lies", Psychol. Sci. 19,
//! 2008, find them only partial, in the upper or the lower face.

use std::ops::RangeInclusive;

use kinema_core::Seed;

use super::{
    action_units::Activation,
    chance::{Renewal, Stream},
    curves::{Envelope, mix},
    emotions,
    settings::{FacePart, Leak, MicroExpressions, MicroKey},
};

/// How long a micro-expression lasts, milliseconds.
pub const TOTAL_MS: RangeInclusive<f32> = 40.0..=500.0;
/// How long an expression lasts that nothing holds back (Ekman, "Emotions revealed", 2003), seconds.
pub const MACRO_SECS: RangeInclusive<f64> = 0.5..=4.0;
/// From this suppression on, what leaks is a micro-expression.
pub const MICRO_FROM: f32 = 0.5;

const LEAK_STREAM: u64 = 50;
/// The mean length of an expression, seconds, at no and at full suppression; between them it falls exponentially.
const MEDIAN_SECS: [f64; 2] = [1.9, 0.11];
/// Spread of the logarithm of lengths and of the intervals between events.
const LENGTH_LOG_SIGMA: f64 = 0.35;
const INTERVAL_LOG_SIGMA: f64 = 0.45;
/// How strong an expression remains at full suppression.
const SUPPRESSED_INTENSITY: f64 = 0.35;

/// One expression that leaks, as the generator drew it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Leaked {
    pub envelope: Envelope,
    /// 0..1.
    pub intensity: f32,
    pub part: FacePart,
}

/// What the person with this seed shows for a moment at `seconds`.
pub fn activation(micro: &MicroExpressions, secs_per_frame: f64, seed: Seed, seconds: f64) -> Activation {
    let mut sum = Activation::default();
    for key in &micro.keys {
        let amount = envelope(key, secs_per_frame).at(seconds) as f32 * key.intensity;
        if amount > 0.0 {
            let mut shown = Activation::from_settings(&key.action_units);
            if let Some(kind) = key.emotion {
                shown.join_all(&emotions::activation(kind, 1.0, seed));
            }
            sum.join_all(&shown.scaled(amount, key.part));
        }
    }
    if let Some(leaked) = leaked(&micro.leak, seed, seconds) {
        let amount = leaked.envelope.at(seconds) as f32 * leaked.intensity;
        if amount > 0.0 {
            sum.join_all(&emotions::activation(micro.leak.emotion, 1.0, seed).scaled(amount, leaked.part));
        }
    }
    sum
}

/// The course of a written micro-expression.
pub fn envelope(key: &MicroKey, secs_per_frame: f64) -> Envelope {
    let secs = |ms: f32| f64::from(ms) / 1000.0;
    Envelope {
        start_secs: key.at.secs(secs_per_frame),
        onset_secs: secs(key.onset_ms),
        apex_secs: secs(key.apex_ms),
        offset_secs: secs(key.offset_ms),
    }
}

/// The expression whose interval holds `seconds`. It ends inside of its own interval, so that no other can reach here.
pub fn leaked(leak: &Leak, seed: Seed, seconds: f64) -> Option<Leaked> {
    if !(leak.per_minute > 0.0 && leak.intensity > 0.0) {
        return None;
    }
    let renewal = Renewal { mean_secs: 60.0 / f64::from(leak.per_minute), log_sigma: INTERVAL_LOG_SIGMA };
    let interval = renewal.at(Stream::new(seed, LEAK_STREAM), seconds);
    let mut chance = Stream::new(seed, LEAK_STREAM + 1).draw(interval.index);
    let suppression = f64::from(leak.suppression.clamp(0.0, 1.0));
    let total_secs = total_secs(suppression, &mut chance).min(interval.end_secs - interval.start_secs);
    // Onsets take a third to nearly half of the whole (Yan et al.: up to 260 of 500 ms), the apex little.
    let onset = mix(0.3, 0.45, f64::from(chance.unit_f32()));
    let apex = mix(0.08, 0.22, f64::from(chance.unit_f32()));
    let envelope = Envelope {
        start_secs: interval.start_secs,
        onset_secs: total_secs * onset,
        apex_secs: total_secs * apex,
        offset_secs: total_secs * (1.0 - onset - apex),
    };
    let is_partial = f64::from(chance.unit_f32()) < suppression;
    let part = match (is_partial, chance.unit_f32() < 0.5) {
        (false, _) => FacePart::Whole,
        (true, true) => FacePart::Upper,
        (true, false) => FacePart::Lower,
    };
    let strength = mix(1.0, SUPPRESSED_INTENSITY, suppression) * mix(0.85, 1.0, f64::from(chance.unit_f32()));
    Some(Leaked { envelope, intensity: leak.intensity * strength as f32, part })
}

fn total_secs(suppression: f64, chance: &mut Seed) -> f64 {
    let [free, held] = MEDIAN_SECS;
    let median = free * (held / free).powf(suppression);
    let drawn = median * (LENGTH_LOG_SIGMA * f64::from(chance.normal())).exp();
    if suppression >= f64::from(MICRO_FROM) {
        drawn.clamp(f64::from(*TOTAL_MS.start()) / 1000.0, f64::from(*TOTAL_MS.end()) / 1000.0)
    } else {
        drawn.clamp(*MACRO_SECS.start(), *MACRO_SECS.end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::settings::{EmotionKind, When};

    fn leak(suppression: f32) -> Leak {
        Leak { emotion: EmotionKind::Fear, per_minute: 20.0, intensity: 1.0, suppression }
    }

    /// All expressions of ten minutes.
    fn drawn(leak: &Leak) -> Vec<Leaked> {
        let mut list: Vec<Leaked> = Vec::new();
        for step in 0..120_000 {
            let now = leaked(leak, Seed(8), f64::from(step) * 0.005).expect("a rate is set");
            if list.last().is_none_or(|last| last.envelope.start_secs != now.envelope.start_secs) {
                list.push(now);
            }
        }
        list
    }

    #[test]
    fn the_generator_keeps_its_rate_its_lengths_and_its_parts() {
        for suppression in [0.0, 0.3, 0.5, 0.8, 1.0] {
            let list = drawn(&leak(suppression));
            assert!((170..=230).contains(&list.len()), "{} in ten minutes at 20 a minute", list.len());
            let totals: Vec<f64> = list.iter().map(|one| one.envelope.total_secs()).collect();
            let partial = list.iter().filter(|one| one.part != FacePart::Whole).count() as f32 / list.len() as f32;
            assert!((partial - suppression).abs() < 0.12, "{partial} partial at {suppression}");
            if suppression >= MICRO_FROM {
                assert!(totals.iter().all(|total| (0.0399..=0.5001).contains(total)), "{totals:?}");
            } else {
                assert!(totals.iter().all(|total| *total > 0.4));
            }
        }
        let mean = |suppression: f32| {
            let list = drawn(&leak(suppression));
            let sum = |f: fn(&Leaked) -> f64| list.iter().map(f).sum::<f64>() / list.len() as f64;
            (sum(|one| one.envelope.total_secs()), sum(|one| f64::from(one.intensity)))
        };
        let (free, half, held) = (mean(0.0), mean(0.5), mean(1.0));
        assert!(free.0 > half.0 && half.0 > held.0 && held.0 < 0.15, "{free:?} {half:?} {held:?}");
        assert!(free.1 > half.1 && half.1 > held.1 && held.1 < 0.4);
    }

    #[test]
    fn what_leaks_ends_before_the_next_begins_and_changes_no_faster_than_it_may() {
        let leak = leak(1.0);
        let list = drawn(&leak);
        assert!(list.windows(2).all(|pair| {
            pair[0].envelope.start_secs + pair[0].envelope.total_secs() <= pair[1].envelope.start_secs + 1e-9
        }));
        let micro = MicroExpressions { leak, ..MicroExpressions::default() };
        let strength = |seconds: f64| {
            activation(&micro, 1.0 / 24.0, Seed(8), seconds)
                .0
                .iter()
                .flatten()
                .map(|x| f64::from(*x))
                .fold(0.0, f64::max)
        };
        let mut last = strength(0.0);
        for step in 1..40_000 {
            let now = strength(f64::from(step) * 5e-4);
            assert!((now - last).abs() < 0.06, "a jump from {last} to {now}");
            last = now;
        }
    }

    #[test]
    fn keys_show_in_their_own_span_only_at_frames_or_seconds() {
        let key = |at| MicroKey { at, emotion: Some(EmotionKind::Anger), intensity: 0.5, ..MicroKey::default() };
        let show = |key: MicroKey, seconds: f64| {
            let micro = MicroExpressions { keys: vec![key], ..MicroExpressions::default() };
            activation(&micro, 1.0 / 24.0, Seed(1), seconds)
        };
        assert_eq!(show(key(When::Frame(48.0)), 2.1), show(key(When::Secs(2.0)), 2.1));
        assert_ne!(show(key(When::Frame(48.0)), 2.1), Activation::default());
        assert_eq!(show(key(When::Frame(48.0)), 2.0), Activation::default());
        assert_eq!(show(key(When::Frame(48.0)), 2.26), Activation::default());
        let upper = show(MicroKey { part: FacePart::Upper, ..key(When::Secs(2.0)) }, 2.1);
        let units = upper.0.iter().zip(&crate::face::action_units::ACTION_UNITS);
        assert!(units.clone().any(|(sides, _)| sides[0] > 0.3));
        assert!(units.clone().all(|(sides, unit)| sides[0] == 0.0 || unit.part == FacePart::Upper));
    }
}
