//! The 15 mouth shapes that can be told apart by eye, and which sound has which.
//!
//! The set is that of the Oculus LipSync SDK ("Viseme reference", Meta), after MPEG-4's visemes (ISO/IEC 14496-2). The weights
//! over the 52 shapes follow the descriptions and pictures of that reference; their size is this project's judgement.

use super::shapes::Action;

/// An action, or both of a pair, and its weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    One(Action, f32),
    Pair([Action; 2], f32),
}

const fn one(name: &str, weight: f32) -> Goal {
    Goal::One(Action::named(name), weight)
}

const fn pair(stem: &str, weight: f32) -> Goal {
    Goal::Pair(Action::pair(stem), weight)
}

/// A mouth shape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viseme {
    /// Name in the reference.
    pub name: &'static str,
    /// Shapes of the mouth.
    pub shapes: &'static [Goal],
    /// How much the sound insists on its jaw and on its lips, 0..1: the dominance of Cohen and Massaro. The lips of a `k` take
    /// the shape of their neighbours, those of a `p` never do.
    pub jaw_dominance: f64,
    pub lip_dominance: f64,
    /// The lips meet.
    pub seals: bool,
}

const fn viseme(name: &'static str, jaw_dominance: f64, lip_dominance: f64, shapes: &'static [Goal]) -> Viseme {
    Viseme { name, shapes, jaw_dominance, lip_dominance, seals: false }
}

/// All visemes; the first is silence.
pub const VISEMES: [Viseme; 15] = [
    viseme("sil", 0.6, 0.5, &[]),
    Viseme {
        name: "PP",
        shapes: &[pair("mouthPress", 0.35), one("mouthRollLower", 0.15), one("mouthRollUpper", 0.12)],
        jaw_dominance: 0.6,
        lip_dominance: 1.0,
        seals: true,
    },
    viseme(
        "FF",
        0.6,
        0.95,
        &[one("jawOpen", 0.06), one("mouthRollLower", 0.5), pair("mouthUpperUp", 0.2), one("mouthShrugLower", 0.15)],
    ),
    viseme(
        "TH",
        0.55,
        0.5,
        &[one("jawOpen", 0.14), one("tongueOut", 0.2), pair("mouthUpperUp", 0.1), pair("mouthLowerDown", 0.18)],
    ),
    viseme("DD", 0.5, 0.25, &[one("jawOpen", 0.12), pair("mouthLowerDown", 0.22), pair("mouthUpperUp", 0.12)]),
    viseme("kk", 0.4, 0.15, &[one("jawOpen", 0.18), pair("mouthLowerDown", 0.2), pair("mouthUpperUp", 0.1)]),
    viseme(
        "CH",
        0.7,
        0.85,
        &[one("jawOpen", 0.1), one("mouthFunnel", 0.5), one("mouthPucker", 0.2), pair("mouthLowerDown", 0.12)],
    ),
    viseme(
        "SS",
        0.8,
        0.5,
        &[one("jawOpen", 0.05), pair("mouthStretch", 0.25), pair("mouthLowerDown", 0.3), pair("mouthUpperUp", 0.15)],
    ),
    viseme("nn", 0.45, 0.2, &[one("jawOpen", 0.13), pair("mouthLowerDown", 0.18), pair("mouthUpperUp", 0.1)]),
    viseme("RR", 0.5, 0.6, &[one("jawOpen", 0.14), one("mouthFunnel", 0.32), one("mouthPucker", 0.2)]),
    viseme("aa", 0.9, 0.5, &[one("jawOpen", 0.6), pair("mouthLowerDown", 0.25), pair("mouthUpperUp", 0.15)]),
    viseme(
        "E",
        0.8,
        0.6,
        &[one("jawOpen", 0.32), pair("mouthStretch", 0.15), pair("mouthSmile", 0.15), pair("mouthLowerDown", 0.25)],
    ),
    viseme(
        "I",
        0.75,
        0.7,
        &[
            one("jawOpen", 0.15),
            pair("mouthSmile", 0.3),
            pair("mouthStretch", 0.25),
            pair("mouthLowerDown", 0.2),
            pair("mouthUpperUp", 0.1),
        ],
    ),
    viseme("O", 0.8, 0.85, &[one("jawOpen", 0.38), one("mouthFunnel", 0.45), one("mouthPucker", 0.25)]),
    viseme("U", 0.8, 0.95, &[one("jawOpen", 0.16), one("mouthPucker", 0.7), one("mouthFunnel", 0.25)]),
];

/// ARPAbet phonemes with the visemes they begin and end with. Diphthongs move, the others stay.
const PHONEMES: [(&str, &str, &str); 42] = [
    ("SIL", "sil", "sil"),
    ("SP", "sil", "sil"),
    ("PAU", "sil", "sil"),
    ("P", "PP", "PP"),
    ("B", "PP", "PP"),
    ("M", "PP", "PP"),
    ("F", "FF", "FF"),
    ("V", "FF", "FF"),
    ("TH", "TH", "TH"),
    ("DH", "TH", "TH"),
    ("T", "DD", "DD"),
    ("D", "DD", "DD"),
    ("K", "kk", "kk"),
    ("G", "kk", "kk"),
    ("HH", "kk", "kk"),
    ("CH", "CH", "CH"),
    ("JH", "CH", "CH"),
    ("SH", "CH", "CH"),
    ("ZH", "CH", "CH"),
    ("S", "SS", "SS"),
    ("Z", "SS", "SS"),
    ("N", "nn", "nn"),
    ("NG", "kk", "kk"),
    ("L", "nn", "nn"),
    ("R", "RR", "RR"),
    ("ER", "RR", "RR"),
    ("AA", "aa", "aa"),
    ("AE", "aa", "aa"),
    ("AH", "aa", "aa"),
    ("EH", "E", "E"),
    ("IH", "I", "I"),
    ("IY", "I", "I"),
    ("Y", "I", "I"),
    ("AO", "O", "O"),
    ("UH", "U", "U"),
    ("UW", "U", "U"),
    ("W", "U", "U"),
    ("AY", "aa", "I"),
    ("AW", "aa", "U"),
    ("EY", "E", "I"),
    ("OW", "O", "U"),
    ("OY", "O", "I"),
];

/// How far schwa-like `AH` opens against a full `AA`: unstressed vowels are reduced.
const UNSTRESSED: f32 = 0.6;

/// What a phoneme asks of the mouth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Articulation {
    pub begin: &'static Viseme,
    pub end: &'static Viseme,
    /// Scales the shapes; below 1 for vowels without stress.
    pub effort: f32,
}

/// Looks an ARPAbet phoneme up, in capital or small letters, with or without stress digit.
pub fn articulation(phoneme: &str) -> Option<Articulation> {
    let upper = phoneme.to_ascii_uppercase();
    let (name, stress) = match upper.strip_suffix(['0', '1', '2']) {
        Some(name) => (name, upper.chars().next_back()),
        None => (upper.as_str(), None),
    };
    let (_, begin, end) = PHONEMES.iter().find(|(known, ..)| *known == name)?;
    let is_vowel = name.starts_with(['A', 'E', 'I', 'O', 'U']);
    if stress.is_some() && !is_vowel {
        return None;
    }
    let effort = if stress == Some('0') { UNSTRESSED } else { 1.0 };
    Some(Articulation { begin: by_name(begin)?, end: by_name(end)?, effort })
}

fn by_name(name: &str) -> Option<&'static Viseme> {
    VISEMES.iter().find(|viseme| viseme.name == name)
}

/// Every phoneme, without stress digits.
pub fn phonemes() -> impl Iterator<Item = &'static str> {
    PHONEMES.iter().map(|(name, ..)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phoneme_has_its_visemes_and_every_viseme_its_shapes() {
        for phoneme in phonemes() {
            let found = articulation(phoneme).unwrap_or_else(|| panic!("{phoneme}"));
            assert!(found.begin.seals == ["P", "B", "M"].contains(&phoneme));
        }
        for viseme in &VISEMES {
            for goal in viseme.shapes {
                let (Goal::One(_, weight) | Goal::Pair(_, weight)) = goal;
                assert!(*weight > 0.0 && *weight <= 1.0, "{}", viseme.name);
            }
            let used = PHONEMES.iter().any(|(_, begin, end)| *begin == viseme.name || *end == viseme.name);
            assert!(used, "{} belongs to no phoneme", viseme.name);
        }
    }

    #[test]
    fn stress_and_letters_are_read_and_nonsense_is_not() {
        assert_eq!(articulation("ah0").map(|a| a.effort), Some(UNSTRESSED));
        assert_eq!(articulation("AA1"), articulation("AA"));
        for wrong in ["", "0", "AA3", "P1", "Ä", "QQ", "AA11"] {
            assert!(articulation(wrong).is_none(), "{wrong}");
        }
    }
}
