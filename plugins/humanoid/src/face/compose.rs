//! The face of one moment, in order: written weights, expressions, speech, smile, direction of the eyes, lids; anatomy last.

use kinema_core::Seed;

use super::{
    action_units::Activation,
    anatomy, correctives, emotions, eye_motion,
    lip_sync::MouthTrack,
    micro,
    settings::{Speech, Voice},
    shapes::{self, Action},
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
    /// The action of the left and of the right eye.
    actions: [Action; 2],
    /// The direction that gives the action its full weight, degrees. Chosen so that the lids look right.
    full_deg: f64,
    /// How far the action alone turns the pack's eyeball then, degrees; measured. The bone turns the rest.
    turned_deg: f64,
}

const LOOK_IN: Look = Look { actions: Action::pair("eyeLookIn"), full_deg: 30.0, turned_deg: 15.3 };
const LOOK_OUT: Look = Look { actions: Action::pair("eyeLookOut"), full_deg: 30.0, turned_deg: 15.0 };
const LOOK_UP: Look = Look { actions: Action::pair("eyeLookUp"), full_deg: 25.0, turned_deg: 9.8 };
const LOOK_DOWN: Look = Look { actions: Action::pair("eyeLookDown"), full_deg: 25.0, turned_deg: 11.4 };

const BLINK: [Action; 2] = Action::pair("eyeBlink");
/// An eyeball of life and one of the pack, millimetres. With the pack's turned by the full angle an iris would travel so
/// far that it nearly vanishes below the lids at 30 degrees.
const EYE_MM: f64 = 24.0;
const PACK_EYE_MM: f64 = 33.0;

/// How far the pack's eyeball turns for its iris to travel as far as that of a real eye that turns by `angle_deg`.
pub fn drawn_deg(angle_deg: f64) -> f64 {
    (EYE_MM / PACK_EYE_MM * angle_deg.to_radians().sin()).asin().to_degrees()
}

/// The weights of the 52 facial actions at this moment.
pub fn face_weights(human: &Human, life: &LifeSigns, moment: &Moment) -> FaceWeights {
    let mut weights = shapes::NEUTRAL;
    for (name, &weight) in &human.face {
        if let Some(action) = Action::find(name) {
            shapes::add(&mut weights, action, weight);
        }
    }
    expression(human, moment).add_to(&mut weights);
    let mouth = said(&human.speech, moment);
    for (weight, said) in weights.iter_mut().zip(mouth.weights) {
        *weight = super::curves::soft_or(*weight, said);
    }
    smile(human.smile, &mut weights);
    for (side, angles_deg) in eye_angles_deg(human, life).into_iter().enumerate() {
        for (look, angle_deg) in looks(side, angles_deg) {
            shapes::add(&mut weights, look.actions[side], (angle_deg / look.full_deg) as f32);
        }
        shapes::add(&mut weights, BLINK[side], human.blink.max(life.blink));
    }
    correctives::correct(&mut weights);
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
    let mut bones = [[0.0; 2]; 2];
    for (side, angles_deg) in eye_angles_deg(human, life).into_iter().enumerate() {
        for (axis, (look, angle_deg)) in looks(side, angles_deg).into_iter().enumerate() {
            let turned = (angle_deg / look.full_deg).min(f64::from(shapes::MOST_LOOK)) * look.turned_deg;
            bones[side][axis] = (drawn_deg(angle_deg) - turned).copysign(angles_deg[axis]);
        }
    }
    bones
}

/// The horizontal and the vertical action of one eye with their angles, degrees, 0 or more. Side 0 is the left.
fn looks(side: usize, [yaw_deg, pitch_deg]: [f64; 2]) -> [(Look, f64); 2] {
    let turns_out = (yaw_deg > 0.0) == (side == 0);
    let across = if turns_out { LOOK_OUT } else { LOOK_IN };
    let along = if pitch_deg > 0.0 { LOOK_UP } else { LOOK_DOWN };
    [(across, yaw_deg.abs()), (along, pitch_deg.abs())]
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

const SMILE: [([Action; 2], f32); 6] = [
    (Action::pair("mouthSmile"), 0.8),
    (Action::pair("cheekSquint"), 0.55),
    (Action::pair("eyeSquint"), 0.28),
    (Action::pair("mouthDimple"), 0.18),
    (Action::pair("mouthUpperUp"), 0.12),
    (Action::pair("mouthLowerDown"), 0.06),
];

/// A smile that only pulls the corners looks false: cheeks and eyes take part (Ekman's AU 6 with AU 12).
fn smile(amount: f32, weights: &mut FaceWeights) {
    for (pair, share) in SMILE {
        shapes::add_pair(weights, pair, [share * amount; 2]);
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
    fn shapes_and_bones_together_turn_each_eye_so_far_that_its_iris_travels_as_in_life() {
        for (yaw, pitch) in [(0.0, 0.0), (12.0, -9.0), (-35.0, 20.0), (5.0, 34.0), (-2.0, 1.0)] {
            let mut human = still();
            (human.gaze.yaw_deg, human.gaze.pitch_deg) = (yaw, pitch);
            let life = LifeSigns::default();
            let wanted = eye_angles_deg(&human, &life);
            let face = at(&human, 1.0);
            for side in [0, 1] {
                let turned = |look: Look| f64::from(shapes::at(&face, look.actions[side])) * look.turned_deg;
                let across = turned(LOOK_OUT) - turned(LOOK_IN);
                let across = if side == 0 { across } else { -across };
                let along = turned(LOOK_UP) - turned(LOOK_DOWN);
                let bone = eye_bone_deg(&human, &life)[side];
                for (axis, turned) in [across, along].into_iter().enumerate() {
                    let travel_mm = 0.5 * PACK_EYE_MM * (turned + bone[axis]).to_radians().sin();
                    let in_life_mm = 0.5 * EYE_MM * wanted[side][axis].to_radians().sin();
                    assert!((travel_mm - in_life_mm).abs() < 1e-3, "{yaw} {pitch}: {travel_mm} for {in_life_mm} mm");
                }
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
            assert!(
                at(&human, seconds).iter().all(|weight| (0.0..=shapes::MOST_INNER_BROW).contains(weight)),
                "{seconds}"
            );
        }
    }
}
