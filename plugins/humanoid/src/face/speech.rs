//! From a phoneme track to the mouth: every sound has a goal, and what is seen is the mean of the goals around, weighted by
//! how much each dominates at that moment (M. M. Cohen and D. W. Massaro, "Modeling coarticulation in synthetic visual speech", in
//! Models and Techniques in Computer Animation, 1993).

use super::{
    curves::smootherstep,
    shapes::{self, Action},
    visemes::{self, Articulation, Goal, Viseme},
};
use crate::{anny::catalogue::FACIAL_ACTIONS, body::FaceWeights};

/// What speech asks of the face at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mouth {
    pub weights: FaceWeights,
    /// How far the lips are brought together whatever else would part them, 0..1.
    pub seal: f32,
}

impl Mouth {
    /// A mouth at rest.
    pub const REST: Mouth = Mouth { weights: shapes::NEUTRAL, seal: 0.0 };
}

/// A sound, its begin and end in seconds.
pub type Phoneme = (String, f64, f64);

/// Dominance falls as exp(-rate |t|), with t in seconds from the middle of the goal. Rounded near 0, where the published
/// function has a corner that would show as a jerk.
const DOMINANCE_RATE: f64 = 14.0;
const CORNER_SECS: f64 = 0.012;
/// Beyond this a sound has no influence, so that a moment needs its neighbours only.
const REACH_SECS: f64 = 0.45;
/// Within this far of silence the mouth is already, or still, moving.
const REST_DOMINANCE: f64 = 0.012;

/// Lips stay together at least this long, so that a picture of 24 frames a second shows it; their way takes this long.
const SEALED_SECS: f64 = 0.05;
const SEALING_SECS: f64 = 0.07;

/// The mouth at `seconds` of a track in order of time.
pub fn mouth(track: &[Phoneme], seconds: f64) -> Mouth {
    let mut sums = [[0.0_f64; 2]; FACIAL_ACTIONS.len()];
    // Rest is a weak goal that is always there: it wins where no sound is near.
    let mut dominance = [REST_DOMINANCE; 2];
    let mut open = 1.0;
    for (articulation, start, end) in near(track, seconds) {
        for (viseme, from, to) in goals(&articulation, start, end) {
            let share = falloff(seconds, from, to);
            let by = [viseme.jaw_dominance * share, viseme.lip_dominance * share];
            dominance = [0, 1].map(|group| dominance[group] + by[group]);
            aim(&mut sums, viseme, articulation.effort, by);
        }
        if articulation.begin.seals {
            open *= 1.0 - sealing(seconds, start, end);
        }
    }
    let mut weights = shapes::NEUTRAL;
    for (weight, sum) in weights.iter_mut().zip(sums) {
        *weight = (sum[0] / dominance[0] + sum[1] / dominance[1]) as f32;
    }
    Mouth { weights, seal: (1.0 - open) as f32 }
}

/// The sounds that can be felt at `seconds`. The track is in order, so they stand together.
fn near(track: &[Phoneme], seconds: f64) -> impl Iterator<Item = (Articulation, f64, f64)> + '_ {
    let first = track.partition_point(|(_, _, end)| *end < seconds - REACH_SECS);
    let felt = track.iter().skip(first).take_while(move |(_, start, _)| *start < seconds + REACH_SECS);
    felt.filter_map(|(phoneme, start, end)| Some((visemes::articulation(phoneme)?, *start, *end)))
}

/// A diphthong has two goals, its first part the longer.
fn goals(
    articulation: &Articulation,
    start: f64,
    end: f64,
) -> impl Iterator<Item = (&'static Viseme, f64, f64)> + use<> {
    let moves = articulation.begin != articulation.end;
    let middle = if moves { start + 0.6 * (end - start) } else { end };
    let second = moves.then_some((articulation.end, middle, end));
    [(articulation.begin, start, middle)].into_iter().chain(second)
}

/// Full inside of the goal but for its outer fifths, falling outside, none beyond [`REACH_SECS`].
fn falloff(seconds: f64, from: f64, to: f64) -> f64 {
    let half = 0.3 * (to - from);
    let away = (seconds - 0.5 * (from + to)).abs();
    let outside = if away > half { away - half } else { 0.0 };
    let rounded = outside.hypot(CORNER_SECS) - CORNER_SECS;
    let edge = (1.0 - (outside / REACH_SECS).min(1.0).powi(2)).powi(2);
    (-DOMINANCE_RATE * rounded).exp() * edge
}

fn aim(sums: &mut [[f64; 2]; FACIAL_ACTIONS.len()], viseme: &Viseme, effort: f32, by: [f64; 2]) {
    let mut pull = |action: Action, weight: f32| {
        let group = usize::from(!action.name().starts_with("jaw"));
        if let Some(sum) = sums.get_mut(action.place()).and_then(|sum| sum.get_mut(group)) {
            *sum += f64::from(weight * effort) * by.get(group).copied().unwrap_or(0.0);
        }
    };
    for goal in viseme.shapes {
        match *goal {
            Goal::One(action, weight) => pull(action, weight),
            Goal::Pair(pair, weight) => pair.into_iter().for_each(|action| pull(action, weight)),
        }
    }
}

/// 0..1: the lips of a p, b or m, closed in the middle of the sound at the latest.
fn sealing(seconds: f64, start: f64, end: f64) -> f64 {
    let half = 0.5 * (end - start).max(SEALED_SECS);
    let away = (seconds - 0.5 * (start + end)).abs();
    1.0 - smootherstep((away - half) / SEALING_SECS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(sounds: &[(&str, f64)]) -> Vec<Phoneme> {
        let mut at = 1.0;
        let place = |(name, secs): &(&str, f64)| {
            let start = at;
            at += secs;
            ((*name).to_owned(), start, at)
        };
        sounds.iter().map(place).collect()
    }

    fn shape(track: &[Phoneme], seconds: f64, name: &str) -> f32 {
        shapes::get(&mouth(track, seconds).weights, name)
    }

    #[test]
    fn vowels_look_like_themselves() {
        let say = |sound: &str, name: &str| shape(&track(&[(sound, 0.3)]), 1.15, name);
        assert!(say("AA1", "jawOpen") > 0.5 && say("AA1", "jawOpen") > 2.0 * say("IY1", "jawOpen"));
        assert!(say("UW1", "mouthPucker") > 0.55 && say("AA1", "mouthPucker") == 0.0);
        assert!(say("IY1", "mouthSmileLeft") > 0.2 && say("UW1", "mouthSmileLeft") == 0.0);
        assert!(say("AA0", "jawOpen") < 0.7 * say("AA1", "jawOpen"));
    }

    #[test]
    fn lips_meet_on_p_b_and_m_in_every_phase_of_the_frame() {
        for sound in ["P", "B", "M"] {
            for length in [0.02, 0.05, 0.12] {
                let track = track(&[("AA1", 0.2), (sound, length), ("AA1", 0.2)]);
                let (start, end) = (track[1].1, track[1].2);
                for phase in 0..20 {
                    let first = 1.0 + f64::from(phase) / 20.0 / 24.0;
                    let sealed = (0..12).any(|frame| mouth(&track, first + f64::from(frame) / 24.0).seal > 0.999);
                    assert!(sealed, "{sound} of {length} s at phase {phase}");
                }
                assert_eq!(mouth(&track, 0.5 * (start + end)).seal, 1.0);
                assert_eq!(mouth(&track, 1.08).seal, 0.0);
            }
        }
        assert_eq!(mouth(&track(&[("T", 0.1)]), 1.05).seal, 0.0);
    }

    #[test]
    fn consonants_take_the_lips_of_their_vowels() {
        let (stew, steal) =
            (track(&[("S", 0.1), ("T", 0.08), ("UW1", 0.2)]), track(&[("S", 0.1), ("T", 0.08), ("IY1", 0.2)]));
        assert!(
            shape(&stew, 1.05, "mouthPucker") > shape(&steal, 1.05, "mouthPucker") + 0.03,
            "rounding is anticipated"
        );
        assert!(shape(&stew, 1.14, "mouthPucker") > 0.2);
        // A p keeps its lips even between vowels that pull.
        let pull = track(&[("IY1", 0.2), ("P", 0.1), ("IY1", 0.2)]);
        assert!(shape(&pull, 1.25, "mouthPressLeft") > 0.15);
    }

    #[test]
    fn the_mouth_moves_smoothly_rests_in_silence_and_is_in_range() {
        let track =
            track(&[("HH", 0.06), ("AH0", 0.07), ("L", 0.08), ("OW1", 0.22), ("SIL", 0.3), ("M", 0.03), ("AY1", 0.25)]);
        let mut last = mouth(&track, 0.0);
        let mut speed = [0.0_f32; 52];
        for step in 1..24_000 {
            let now = mouth(&track, f64::from(step) * 1e-4);
            for i in 0..52 {
                assert!((0.0..=1.0).contains(&now.weights[i]) && (0.0..=1.0).contains(&now.seal));
                let here = (now.weights[i] - last.weights[i]) * 1e4;
                assert!(
                    (here - speed[i]).abs() < 0.6,
                    "{} jerks at {step}: {here} after {}",
                    FACIAL_ACTIONS[i],
                    speed[i]
                );
                speed[i] = here;
            }
            last = now;
        }
        assert_eq!(mouth(&track, 0.4).weights, shapes::NEUTRAL);
        assert_eq!(mouth(&track, 9.0), Mouth::REST);
        assert!(shape(&track, 1.58, "jawOpen") < 0.05, "silence closes");
        assert_eq!(mouth(&[], 1.0), Mouth::REST);
    }
}
