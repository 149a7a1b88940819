//! The face of one moment, in order: written weights, expressions, speech, smile, direction of the eyes, lids; anatomy last.

use kinema_core::Seed;

use super::{
    action_units::Activation,
    anatomy, emotions, eye_motion,
    lip_sync::MouthTrack,
    micro,
    settings::{Speech, Voice},
    shapes,
    speech::{self, Mouth},
};
use crate::{body::FaceWeights, idle::LifeSigns, settings::Human};

/// What a face needs to know besides the settings.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// Whose face it is.
    pub seed: Seed,
    /// Seconds after the shot's first frame.
    pub seconds: f64,
    /// For what is written down in frames.
    pub secs_per_frame: f64,
    /// What the file says that the settings name, if they name one.
    pub voice: Option<&'a MouthTrack>,
}

/// How an `eyeLook*` action and the eye's bone share a direction: in, out, up, down.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Look {
    /// The direction that gives the action its full weight, degrees. Chosen so that the lids look right.
    full_deg: f64,
    /// How far the action alone turns the pack's eyeball then, degrees; measured. The bone turns the rest.
    turned_deg: f64,
}

const LOOK: [Look; 4] = [
    Look { full_deg: 30.0, turned_deg: 15.3 },
    Look { full_deg: 30.0, turned_deg: 15.0 },
    Look { full_deg: 25.0, turned_deg: 9.8 },
    Look { full_deg: 25.0, turned_deg: 11.4 },
];

/// The weights of the 52 facial actions at this moment.
pub fn face_weights(human: &Human, life: &LifeSigns, moment: &Moment) -> FaceWeights {
    let mut weights = shapes::NEUTRAL;
    for (action, &weight) in &human.face {
        shapes::add(&mut weights, action, weight);
    }
    expression(human, moment).add_to(&mut weights);
    let mouth = said(&human.speech, moment);
    for (weight, said) in weights.iter_mut().zip(mouth.weights) {
        *weight = super::curves::soft_or(*weight, said);
    }
    smile(human.smile, &mut weights);
    for (side, angles_deg) in ["Left", "Right"].into_iter().zip(eye_angles_deg(human, life)) {
        for (name, look, angle_deg) in looks(side, angles_deg) {
            shapes::add(&mut weights, &name, (angle_deg / look.full_deg) as f32);
        }
        shapes::add(&mut weights, &format!("eyeBlink{side}"), human.blink.max(life.blink));
    }
    anatomy::bring_lips_together(&mut weights, mouth.seal);
    anatomy::settle(&mut weights);
    weights
}

/// Yaw and pitch of the left and of the right eye against the head, degrees.
pub fn eye_angles_deg(human: &Human, life: &LifeSigns) -> [[f64; 2]; 2] {
    let [yaw, pitch] = life.eyes_deg.map(f64::from);
    let (yaw, pitch) = (f64::from(human.gaze.yaw_deg) + yaw, f64::from(human.gaze.pitch_deg) + pitch);
    eye_motion::eye_angles_deg(yaw, pitch, f64::from(human.gaze.distance_m))
}

/// Yaw and pitch that the bones of the left and of the right eye add to what the facial actions turn, degrees.
pub fn eye_bone_deg(human: &Human, life: &LifeSigns) -> [[f64; 2]; 2] {
    let sides = ["Left", "Right"].into_iter().zip(eye_angles_deg(human, life));
    let mut rest = [[0.0; 2]; 2];
    for (rest, (side, angles_deg)) in rest.iter_mut().zip(sides) {
        *rest = angles_deg;
        for (name, look, angle_deg) in looks(side, angles_deg) {
            let turned = (angle_deg / look.full_deg).min(f64::from(anatomy::MOST_LOOK)) * look.turned_deg;
            let axis = usize::from(name.contains("Up") || name.contains("Down"));
            if let Some(rest) = rest.get_mut(axis) {
                *rest -= turned.copysign(*rest);
            }
        }
    }
    rest
}

/// The horizontal and the vertical action of one eye with their angles, degrees, 0 or more.
fn looks(side: &str, [yaw_deg, pitch_deg]: [f64; 2]) -> [(String, Look, f64); 2] {
    let [inward, outward, up, down] = LOOK;
    let turns_out = (yaw_deg > 0.0) == (side == "Left");
    let (across, across_look) = if turns_out { ("Out", outward) } else { ("In", inward) };
    let (along, along_look) = if pitch_deg > 0.0 { ("Up", up) } else { ("Down", down) };
    [
        (format!("eyeLook{across}{side}"), across_look, yaw_deg.abs()),
        (format!("eyeLook{along}{side}"), along_look, pitch_deg.abs()),
    ]
}

/// Everything that is told in muscles.
fn expression(human: &Human, moment: &Moment) -> Activation {
    let mut sum = Activation::from_settings(&human.action_units);
    sum.join_all(&emotions::blend(&human.emotion, moment.seed));
    sum.join_all(&micro::activation(&human.micro, moment.secs_per_frame, moment.seed, moment.seconds));
    sum
}

fn said(speech: &Speech, moment: &Moment) -> Mouth {
    let seconds = moment.seconds - speech.start_secs;
    let mut mouth = match (&speech.source, moment.voice) {
        (Voice::Phonemes { phonemes }, _) => speech::mouth(phonemes, seconds),
        (Voice::Wav { .. }, Some(voice)) => voice.mouth(seconds),
        (Voice::Silent | Voice::Wav { .. }, _) => Mouth::REST,
    };
    for weight in &mut mouth.weights {
        *weight = (*weight * speech.strength).clamp(0.0, 1.0);
    }
    // Lips that hardly move still meet.
    mouth.seal *= speech.strength.clamp(0.0, 1.0).sqrt();
    mouth
}

/// A smile that only pulls the corners looks false: cheeks and eyes take part (Ekman's AU 6 with AU 12).
fn smile(amount: f32, weights: &mut FaceWeights) {
    for (stem, share) in [
        ("mouthSmile", 0.8),
        ("cheekSquint", 0.55),
        ("eyeSquint", 0.28),
        ("mouthDimple", 0.18),
        ("mouthUpperUp", 0.12),
        ("mouthLowerDown", 0.06),
    ] {
        shapes::add_pair(weights, stem, [share * amount; 2]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        face::settings::{Emotion, Leak, MicroKey, When},
        idle::life_signs,
    };

    fn at(human: &Human, seconds: f64) -> FaceWeights {
        let life = life_signs(&human.idle, Seed(3), seconds);
        let moment = Moment { seed: Seed(3), seconds, secs_per_frame: 1.0 / 24.0, voice: None };
        face_weights(human, &life, &moment)
    }

    fn still() -> Human {
        let mut human = Human::default();
        human.idle.blinks = 0.0;
        human.idle.saccades = 0.0;
        human
    }

    #[test]
    fn a_face_without_instructions_has_its_eyes_a_touch_open_and_nothing_else() {
        let face = at(&still(), 1.0);
        assert!((shapes::get(&face, "eyeWideLeft") - 0.14).abs() < 1e-6);
        assert!((face.iter().sum::<f32>() - 0.28).abs() < 2e-3, "{face:?}");
    }

    #[test]
    fn the_smile_is_what_it_was() {
        let face = at(&Human { smile: 1.0, ..still() }, 1.0);
        for (action, weight) in [("mouthSmileLeft", 0.8), ("cheekSquintRight", 0.55), ("mouthDimpleLeft", 0.18)] {
            assert!((shapes::get(&face, action) - weight).abs() < 0.011, "{action}");
        }
    }

    #[test]
    fn every_kind_of_instruction_arrives() {
        let base = at(&still(), 1.1);
        let differs = |human: Human| at(&human, 1.1) != base;
        assert!(differs(Human { action_units: [("AU9".to_owned(), 0.5)].into(), ..still() }));
        assert!(differs(Human { emotion: Emotion { anger: 0.5, ..Emotion::default() }, ..still() }));
        let key = MicroKey { at: When::Secs(1.0), emotion: Some(Default::default()), ..MicroKey::default() };
        assert!(differs(Human {
            micro: super::super::settings::MicroExpressions { keys: vec![key], leak: Leak::default() },
            ..still()
        }));
        let phonemes = vec![("AA1".to_owned(), 0.5, 0.8)];
        let speech = Speech { source: Voice::Phonemes { phonemes }, start_secs: 0.5, strength: 1.0 };
        assert!(differs(Human { speech, ..still() }));
        let mut near = still();
        near.gaze.distance_m = 0.3;
        assert!(shapes::get(&at(&near, 1.1), "eyeLookInLeft") > 0.15);
    }

    #[test]
    fn lips_meet_on_a_b_even_while_smiling_with_the_mouth_open() {
        let phonemes = vec![("AA1".to_owned(), 0.0, 0.3), ("B".to_owned(), 0.3, 0.38), ("AA1".to_owned(), 0.38, 0.6)];
        let speech = Speech { source: Voice::Phonemes { phonemes }, ..Speech::default() };
        let human = Human { speech, smile: 1.0, action_units: [("AU25".to_owned(), 1.0)].into(), ..still() };
        let face = at(&human, 0.34);
        let get = |name| shapes::get(&face, name);
        assert_eq!(get("jawOpen"), get("mouthClose"));
        assert!(get("mouthLowerDownLeft") < 1e-6 && get("mouthUpperUpRight") < 1e-6 && get("mouthSmileLeft") > 0.6);
        assert!(shapes::get(&at(&human, 0.15), "jawOpen") > 0.45);
    }

    #[test]
    fn shapes_and_bones_together_turn_each_eye_by_its_angle() {
        for (yaw, pitch) in [(0.0, 0.0), (12.0, -9.0), (-35.0, 20.0), (5.0, 34.0)] {
            let mut human = still();
            (human.gaze.yaw_deg, human.gaze.pitch_deg) = (yaw, pitch);
            let life = LifeSigns::default();
            let wanted = eye_angles_deg(&human, &life);
            let face = at(&human, 1.0);
            for (eye, side) in ["Left", "Right"].into_iter().enumerate() {
                let turned = |name: &str, look: Look| {
                    f64::from(shapes::get(&face, &format!("eyeLook{name}{side}"))) * look.turned_deg
                };
                let across = turned("Out", LOOK[1]) - turned("In", LOOK[0]);
                let across = if side == "Left" { across } else { -across };
                let along = turned("Up", LOOK[2]) - turned("Down", LOOK[3]);
                let bone = eye_bone_deg(&human, &life)[eye];
                assert!((across + bone[0] - wanted[eye][0]).abs() < 1e-3, "{yaw} {pitch}");
                assert!((along + bone[1] - wanted[eye][1]).abs() < 1e-3, "{yaw} {pitch}");
            }
        }
    }

    #[test]
    fn no_setting_however_wrong_leaves_the_range() {
        let mut human = Human { smile: f32::NAN, blink: f32::INFINITY, ..Human::default() };
        human.face.insert("jawOpen".to_owned(), f32::NAN);
        human.emotion.fear = 1e30;
        human.gaze.distance_m = -1.0;
        human.speech.source = Voice::Phonemes { phonemes: vec![("AA".to_owned(), f64::NAN, 0.0)] };
        human.speech.strength = f32::NAN;
        for seconds in [0.0, 1.0, -1e12, f64::NAN, f64::INFINITY] {
            assert!(at(&human, seconds).iter().all(|weight| (0.0..=1.4).contains(weight)), "{seconds}");
        }
    }
}
