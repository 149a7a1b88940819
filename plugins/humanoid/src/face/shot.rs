//! What tracks can drive of a face, and what is checked of it before a shot runs.

use std::{ops::RangeInclusive, sync::Arc};

use kinema_core::{PartReport, Property};

use super::{
    action_units, micro,
    settings::{MicroKey, Voice, When},
    visemes, wav,
};
use crate::{
    settings::Human,
    shot::{Dial, check_dials, check_number, dial_properties, unknown},
};

const WEIGHT: RangeInclusive<f32> = 0.0..=1.0;

/// Numbers that tracks can drive.
const DIALS: [Dial; 12] = [
    ("emotion/happiness", WEIGHT, |h| &mut h.emotion.happiness),
    ("emotion/sadness", WEIGHT, |h| &mut h.emotion.sadness),
    ("emotion/surprise", WEIGHT, |h| &mut h.emotion.surprise),
    ("emotion/fear", WEIGHT, |h| &mut h.emotion.fear),
    ("emotion/anger", WEIGHT, |h| &mut h.emotion.anger),
    ("emotion/disgust", WEIGHT, |h| &mut h.emotion.disgust),
    ("emotion/contempt", WEIGHT, |h| &mut h.emotion.contempt),
    ("micro/leak/intensity", WEIGHT, |h| &mut h.micro.leak.intensity),
    ("micro/leak/suppression", WEIGHT, |h| &mut h.micro.leak.suppression),
    ("speech/strength", 0.0..=1.5, |h| &mut h.speech.strength),
    ("gaze/distance_m", 0.1..=1000.0, |h| &mut h.gaze.distance_m),
    ("idle/glances", 0.0..=2.0, |h| &mut h.idle.glances),
];

const LEAKS_PER_MINUTE: RangeInclusive<f32> = 0.0..=30.0;
const RAMP_MS: RangeInclusive<f32> = 10.0..=400.0;
const APEX_MS: RangeInclusive<f32> = 0.0..=400.0;
/// Twelve days; more is a slip of the pen.
const MOST_SECS: f64 = 1e6;

/// What tracks can drive.
pub fn properties() -> Vec<Property<Human>> {
    let mut properties: Vec<_> = dial_properties(DIALS).collect();
    for name in action_units::names() {
        let property = format!("au/{name}");
        let set = Arc::new(move |human: &mut Human, value: f32| {
            human.action_units.insert(name.clone(), value);
        });
        properties.push(Property::named_scalar(property, WEIGHT, set));
    }
    properties
}

/// Reports what is wrong with the face of `human`.
pub fn check(human: &Human, report: &mut PartReport<'_>) {
    check_dials(report, &mut human.clone(), DIALS);
    check_number(report, "micro.leak.per_minute", human.micro.leak.per_minute, &LEAKS_PER_MINUTE);
    check_units(report, "action_units", &human.action_units);
    for (index, key) in human.micro.keys.iter().enumerate() {
        check_key(report, &format!("micro.keys[{index}]"), key);
    }
    check_secs(report, "speech.start_secs", human.speech.start_secs);
    match &human.speech.source {
        Voice::Silent => {}
        Voice::Phonemes { phonemes } => check_phonemes(report, phonemes),
        Voice::Wav { file } => {
            if let Some(path) = report.asset("speech.source.Wav.file", file)
                && let Err(error) = wav::read(&path)
            {
                report.error("speech.source.Wav.file", error.to_string(), "");
            }
        }
    }
}

fn check_units(report: &mut PartReport<'_>, field: &str, units: &std::collections::BTreeMap<String, f32>) {
    for (name, &amount) in units {
        let field = format!("{field}.{name}");
        if action_units::parse(name).is_none() {
            let known = action_units::names();
            unknown(report, &field, "action unit", name, &known.iter().map(String::as_str).collect::<Vec<_>>());
        }
        check_number(report, &field, amount, &WEIGHT);
    }
}

fn check_key(report: &mut PartReport<'_>, field: &str, key: &MicroKey) {
    let (When::Frame(at) | When::Secs(at)) = key.at;
    check_secs(report, &format!("{field}.at"), at);
    check_units(report, &format!("{field}.action_units"), &key.action_units);
    for (name, value, range) in [
        ("intensity", key.intensity, &WEIGHT),
        ("onset_ms", key.onset_ms, &RAMP_MS),
        ("apex_ms", key.apex_ms, &APEX_MS),
        ("offset_ms", key.offset_ms, &RAMP_MS),
    ] {
        check_number(report, &format!("{field}.{name}"), value, range);
    }
    if !micro::TOTAL_MS.contains(&key.total_ms()) {
        let (least, most) = (micro::TOTAL_MS.start(), micro::TOTAL_MS.end());
        let message = format!("it lasts {} ms, outside of {least} to {most}", key.total_ms());
        report.error(field, message, "what lasts longer is an expression: drive `emotion` or `au` with a track");
    }
    if key.emotion.is_none() && key.action_units.is_empty() {
        report.error(field, "it shows nothing", "give it an `emotion` or `action_units`");
    }
}

fn check_secs(report: &mut PartReport<'_>, field: &str, secs: f64) {
    if !(secs.abs() <= MOST_SECS) {
        report.error(field, format!("{secs} is not a time between -{MOST_SECS} and {MOST_SECS}"), "");
    }
}

fn check_phonemes(report: &mut PartReport<'_>, phonemes: &[(String, f64, f64)]) {
    let mut before = f64::NEG_INFINITY;
    for (index, (name, start, end)) in phonemes.iter().enumerate() {
        let field = format!("speech.source.Phonemes.phonemes[{index}]");
        if visemes::articulation(name).is_none() {
            unknown(report, &field, "phoneme", name, &visemes::phonemes().collect::<Vec<_>>());
        }
        if !(start < end && start.abs() <= MOST_SECS && end.abs() <= MOST_SECS) {
            report.error(&field, format!("`{name}` goes from {start} to {end} s"), "a sound ends after it starts");
        } else if !(*start >= before) {
            let message = format!("`{name}` starts at {start} s, before the last one ends at {before} s");
            report.error(&field, message, "write sounds in order, without overlap");
        }
        before = *end;
    }
}

/// The emotions of the settings are the emotions of the properties.
#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::settings::{Emotion, EmotionKind};

    #[test]
    fn every_emotion_has_a_dial_that_sets_it() {
        for kind in EmotionKind::ALL {
            let name = format!("emotion/{}", kind.name());
            let (_, _, field) = DIALS.into_iter().find(|dial| dial.0 == name).unwrap_or_else(|| panic!("{name}"));
            let mut human = Human::default();
            *field(&mut human) = 0.5;
            let mut expected = Emotion::default();
            *expected.get_mut(kind) = 0.5;
            assert_eq!(human.emotion, expected);
        }
    }
}
