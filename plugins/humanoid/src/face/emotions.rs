//! Seven emotions as action units.
//!
//! Prototypes: table 11-1 of P. Ekman and W. V. Friesen's FACS manual (1978; 10-1 in the edition of 2002) and their "EMFACS-7"
//! (1983), which are not openly published, in the form in which they are commonly cited: happiness 6+12, sadness 1+4+15, surprise 1+2+5+26, fear 1+2+4+5+7+20+26, anger 4+5+7+23, disgust 9+15+16,
//! contempt 12+14 of one side. Units that the manual and S. Du, Y. Tao and A. M. Martinez, "Compound facial expressions of
//! emotion", PNAS 111, 2014, find beside them take part too: 25 with a smile and in sadness, 17 in sadness, 10 and 16 in anger and
//! disgust. How strong each unit is at full emotion is this project's judgement, chosen among combinations of the
//! literature so that strangers and a classifier name the emotion (`cargo xtask pictures expressions` draws them, `kinema bench
//! face` asks the classifier; the faces that combinations were tried on are among those it is asked about).

use kinema_core::Seed;

use super::{
    action_units::{self, Activation},
    chance::Stream,
    settings::{Emotion, EmotionKind},
};

/// FACS intensities A (trace), B (slight), C (marked), D (severe), E (maximum) as numbers: the ordinal scale 1..5 over 5,
/// as in S. M. Mavadati et al., "DISFA: a spontaneous facial action intensity database", IEEE TAC 4, 2013. The manual
/// gives C and D a wider range of evidence than the rest; a linear scale does not show that.
pub const INTENSITY_A_TO_E: [f32; 5] = [0.2, 0.4, 0.6, 0.8, 1.0];

/// One half of the face of one person moves a little further than the other. Schmidt, Liu and Cohn, "The role of
/// structural facial asymmetry in asymmetry of peak facial expressions", Laterality 11, 2006, find a sidedness that
/// stays with a person over emotions; its size here, up to this share, is a choice.
const MOST_ASYMMETRY: f64 = 0.06;
const ASYMMETRY_STREAM: u64 = 60;

/// FACS number, and activation left and right at full emotion.
type Share = (u8, [f32; 2]);

const fn both(number: u8, amount: f32) -> Share {
    (number, [amount, amount])
}

const HAPPINESS: [Share; 4] = [both(6, 1.0), both(12, 0.95), both(25, 0.5), both(26, 0.12)];
const SADNESS: [Share; 8] = [
    both(1, 1.0),
    both(4, 0.85),
    both(6, 0.4),
    both(7, 0.35),
    both(11, 0.3),
    both(15, 1.0),
    both(17, 0.9),
    both(25, 0.2),
];
/// AU 27 beside AU 26: jaw drop alone opens the mouth no wider than speech does.
const SURPRISE: [Share; 5] = [both(1, 1.0), both(2, 1.0), both(5, 1.0), both(26, 1.0), both(27, 0.8)];
/// AU 2 weaker and AU 4 stronger than in surprise: raised and drawn together, the brows are straight.
const FEAR: [Share; 8] = [
    both(1, 1.0),
    both(2, 0.65),
    both(4, 0.85),
    both(5, 1.0),
    both(7, 0.1),
    both(20, 1.0),
    both(25, 1.0),
    both(26, 0.5),
];
/// The variant with bared teeth, 4+5+7+10+22+23+25 or 26. The nose root wrinkles along with a full frown.
const ANGER: [Share; 9] = [
    both(4, 1.0),
    both(5, 0.4),
    both(7, 1.0),
    both(9, 0.7),
    both(10, 0.65),
    both(16, 0.4),
    both(23, 0.6),
    both(25, 1.0),
    both(26, 0.35),
];
/// 9+10+16+25 or 26, with what comes along: the frown, squinted eyes.
const DISGUST: [Share; 9] = [
    both(4, 0.8),
    both(6, 1.0),
    both(7, 0.9),
    both(9, 1.0),
    both(10, 1.0),
    both(15, 0.1),
    both(16, 1.0),
    both(25, 1.0),
    both(26, 0.5),
];
/// Of one side: the corner of the lip tightened and slightly raised (P. Ekman and W. V. Friesen, "A new pan-cultural facial
/// expression of emotion", Motiv. Emot. 10, 1986). That it is the right one is a choice.
const CONTEMPT: [Share; 2] = [(12, [0.0, 0.45]), (14, [0.05, 1.0])];

/// The action units of an emotion at full intensity.
pub fn prototype(kind: EmotionKind) -> &'static [Share] {
    match kind {
        EmotionKind::Happiness => &HAPPINESS,
        EmotionKind::Sadness => &SADNESS,
        EmotionKind::Surprise => &SURPRISE,
        EmotionKind::Fear => &FEAR,
        EmotionKind::Anger => &ANGER,
        EmotionKind::Disgust => &DISGUST,
        EmotionKind::Contempt => &CONTEMPT,
    }
}

/// One emotion of the person with this seed, `intensity` 0..1.
pub fn activation(kind: EmotionKind, intensity: f32, seed: Seed) -> Activation {
    let mut activation = Activation::default();
    for &(number, amounts) in prototype(kind) {
        if let Some(place) = action_units::place(number) {
            let [left, right] = sides(seed, number);
            activation.join(place, [amounts[0] * left * intensity, amounts[1] * right * intensity]);
        }
    }
    activation
}

/// All emotions at once: units that several share grow stronger, never past full.
pub fn blend(emotion: &Emotion, seed: Seed) -> Activation {
    let mut sum = Activation::default();
    for kind in EmotionKind::ALL {
        let intensity = emotion.get(kind);
        if intensity > 0.0 {
            sum.join_all(&activation(kind, intensity, seed));
        }
    }
    sum
}

/// How far each half of a person's face goes with a unit, close to 1. Half of it is the person's, half the unit's.
fn sides(seed: Seed, number: u8) -> [f32; 2] {
    let stream = Stream::new(seed, ASYMMETRY_STREAM);
    let lean = 0.5 * (stream.unit(-1) + stream.unit(i64::from(number))) * 2.0 - 1.0;
    let lean = lean * MOST_ASYMMETRY;
    // The weaker half falls back, the stronger one stays: full is full.
    [1.0 + lean.min(0.0), 1.0 - lean.max(0.0)].map(|side| side as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::shapes;

    fn face(emotion: Emotion) -> crate::body::FaceWeights {
        let mut weights = shapes::NEUTRAL;
        blend(&emotion, Seed(7)).add_to(&mut weights);
        weights
    }

    #[test]
    fn every_prototype_holds_the_units_of_the_literature_and_only_units_that_exist() {
        for (kind, core) in [
            (EmotionKind::Happiness, &[6, 12][..]),
            (EmotionKind::Sadness, &[1, 4, 15]),
            (EmotionKind::Surprise, &[1, 2, 5, 26]),
            (EmotionKind::Fear, &[1, 2, 4, 5, 7, 20, 26]),
            (EmotionKind::Anger, &[4, 5, 7, 23]),
            (EmotionKind::Disgust, &[9, 15, 16]),
            (EmotionKind::Contempt, &[12, 14]),
        ] {
            let numbers: Vec<u8> = prototype(kind).iter().map(|share| share.0).collect();
            assert!(core.iter().all(|number| numbers.contains(number)), "{kind:?} {numbers:?}");
            assert!(numbers.iter().all(|&number| action_units::place(number).is_some()), "{kind:?}");
        }
    }

    #[test]
    fn emotions_show_where_they_should() {
        let happy = face(Emotion { happiness: 1.0, ..Emotion::default() });
        assert!(shapes::get(&happy, "mouthSmileLeft") > 0.85 && shapes::get(&happy, "cheekSquintRight") > 0.7);
        assert_eq!(shapes::get(&happy, "mouthFrownLeft"), 0.0);
        let contempt = face(Emotion { contempt: 1.0, ..Emotion::default() });
        assert!(shapes::get(&contempt, "mouthSmileRight") > 0.4 && shapes::get(&contempt, "mouthSmileLeft") == 0.0);
        let none = face(Emotion::default());
        assert_eq!(none, shapes::NEUTRAL);
    }

    #[test]
    fn intensity_is_monotonic_and_blends_stay_in_range() {
        let mut last = 0.0;
        for step in 1..=10 {
            let now =
                shapes::get(&face(Emotion { fear: step as f32 / 10.0, ..Emotion::default() }), "mouthStretchLeft");
            assert!(now > last);
            last = now;
        }
        let all =
            Emotion { happiness: 1.0, sadness: 1.0, surprise: 1.0, fear: 1.0, anger: 1.0, disgust: 1.0, contempt: 1.0 };
        assert!(face(all).iter().all(|weight| (0.0..=1.0).contains(weight)));
    }

    #[test]
    fn faces_are_a_little_asymmetric_each_in_its_own_way() {
        let mut leans = Vec::new();
        for seed in 0..60 {
            let mut weights = shapes::NEUTRAL;
            activation(EmotionKind::Happiness, 1.0, Seed(seed)).add_to(&mut weights);
            let (left, right) = (shapes::get(&weights, "mouthSmileLeft"), shapes::get(&weights, "mouthSmileRight"));
            assert!((left - right).abs() <= 0.061 && left.max(right) <= 0.9501);
            leans.push(left - right);
        }
        assert!(leans.iter().any(|lean| *lean > 0.01) && leans.iter().any(|lean| *lean < -0.01));
    }
}
