//! Action units of the Facial Action Coding System over the 52 facial actions.
//!
//! Numbers, names and muscles: P. Ekman, W. V. Friesen and J. C. Hager, "Facial Action Coding System: the manual", 2002.
//! Which shape shows which unit: M. Ozel, "ARKit to FACS: blendshape cheat sheet" (melindaozel.com), which is one shape to
//! one unit for most; where a unit needs several shapes (AU 9 also lowers the inner brow, AU 17 also pushes the upper lip)
//! the weights follow the appearance changes that the manual describes and are this project's judgement.
//!
//! Left out, as no shape of the 52 shows them: 21 (neck tightener), 31 (jaw clencher), 32 (lip bite), 35 (cheek suck), 36
//! (tongue bulge), 37 (lip wipe), 38 and 39 (nostril dilator and compressor), 40 (sniff), and 50 and above but the eyes'
//! 61 to 66. Turns of the head (51 to 58) are `head`. The shapes `mouthLeft` and `mouthRight` belong to no unit.

// size: one table of 42 units with the few functions that read it.

use std::collections::BTreeMap;

use super::{curves::soft_or, settings::FacePart, shapes};
use crate::body::FaceWeights;

/// A shape and its weight at full activation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// A pair, named without `Left` and `Right`.
    Pair(&'static str, f32),
    /// One shape for both halves; one half alone brings half of it.
    Single(&'static str, f32),
    /// Two shapes, one for the unit towards the person's left and one for that towards the right.
    Sides(&'static str, &'static str, f32),
}

/// Which sides a unit can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sidedness {
    /// `AU12`, `AU12L`, `AU12R`.
    Both,
    /// Only `AU30L` and `AU30R`: without a side it means nothing.
    OneSide,
    /// Only `AU26`.
    Whole,
}

/// An action unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ActionUnit {
    /// FACS number.
    pub number: u8,
    /// FACS name.
    pub name: &'static str,
    /// The muscle that makes it.
    pub muscle: &'static str,
    pub sides: Sidedness,
    /// Upper or lower face, as in the manual's chapters.
    pub part: FacePart,
    pub shapes: &'static [Shape],
}

const fn unit(
    number: u8,
    name: &'static str,
    muscle: &'static str,
    sides: Sidedness,
    part: FacePart,
    shapes: &'static [Shape],
) -> ActionUnit {
    ActionUnit { number, name, muscle, sides, part, shapes }
}

use FacePart::{Lower, Upper};
use Shape::{Pair, Sides, Single};
use Sidedness::{Both, OneSide, Whole};

/// All units that the 52 shapes can show, by number.
pub const ACTION_UNITS: [ActionUnit; 42] = [
    unit(1, "inner brow raiser", "frontalis, pars medialis", Both, Upper, &[Single("browInnerUp", 1.0)]),
    unit(2, "outer brow raiser", "frontalis, pars lateralis", Both, Upper, &[Pair("browOuterUp", 1.0)]),
    unit(
        4,
        "brow lowerer",
        "corrugator supercilii, depressor supercilii, depressor glabellae",
        Both,
        Upper,
        &[Pair("browDown", 1.0)],
    ),
    unit(5, "upper lid raiser", "levator palpebrae superioris", Both, Upper, &[Pair("eyeWide", 1.0)]),
    unit(
        6,
        "cheek raiser",
        "orbicularis oculi, pars orbitalis",
        Both,
        Upper,
        &[Pair("cheekSquint", 1.0), Pair("eyeSquint", 0.3)],
    ),
    unit(7, "lid tightener", "orbicularis oculi, pars palpebralis", Both, Upper, &[Pair("eyeSquint", 1.0)]),
    unit(8, "lips toward each other", "orbicularis oris", Whole, Lower, &[Single("mouthClose", 1.0)]),
    unit(
        9,
        "nose wrinkler",
        "levator labii superioris alaeque nasi",
        Both,
        Lower,
        &[Pair("noseSneer", 1.0), Pair("mouthUpperUp", 0.3), Pair("browDown", 0.3), Pair("cheekSquint", 0.2)],
    ),
    unit(
        10,
        "upper lip raiser",
        "levator labii superioris",
        Both,
        Lower,
        &[Pair("mouthUpperUp", 1.0), Pair("noseSneer", 0.2)],
    ),
    unit(
        11,
        "nasolabial deepener",
        "zygomaticus minor",
        Both,
        Lower,
        &[Pair("mouthUpperUp", 0.35), Pair("cheekSquint", 0.2)],
    ),
    unit(12, "lip corner puller", "zygomaticus major", Both, Lower, &[Pair("mouthSmile", 1.0)]),
    unit(
        13,
        "sharp lip puller",
        "levator anguli oris",
        Both,
        Lower,
        &[Pair("mouthSmile", 0.45), Pair("mouthDimple", 0.25), Single("cheekPuff", 0.15)],
    ),
    unit(14, "dimpler", "buccinator", Both, Lower, &[Pair("mouthDimple", 1.0), Pair("mouthPress", 0.2)]),
    unit(15, "lip corner depressor", "depressor anguli oris", Both, Lower, &[Pair("mouthFrown", 1.0)]),
    unit(16, "lower lip depressor", "depressor labii inferioris", Both, Lower, &[Pair("mouthLowerDown", 1.0)]),
    unit(
        17,
        "chin raiser",
        "mentalis",
        Whole,
        Lower,
        &[Single("mouthShrugLower", 1.0), Single("mouthShrugUpper", 0.45)],
    ),
    unit(18, "lip pucker", "incisivii labii superioris and inferioris", Whole, Lower, &[Single("mouthPucker", 1.0)]),
    unit(19, "tongue show", "genioglossus", Whole, Lower, &[Single("tongueOut", 1.0), Single("jawOpen", 0.2)]),
    unit(20, "lip stretcher", "risorius with platysma", Both, Lower, &[Pair("mouthStretch", 1.0)]),
    unit(22, "lip funneler", "orbicularis oris", Whole, Lower, &[Single("mouthFunnel", 1.0)]),
    unit(
        23,
        "lip tightener",
        "orbicularis oris",
        Both,
        Lower,
        &[Pair("mouthPress", 0.45), Single("mouthRollUpper", 0.3), Single("mouthRollLower", 0.3)],
    ),
    unit(24, "lip pressor", "orbicularis oris", Both, Lower, &[Pair("mouthPress", 1.0)]),
    unit(
        25,
        "lips part",
        "depressor labii inferioris, or relaxed mentalis or orbicularis oris",
        Whole,
        Lower,
        &[Pair("mouthLowerDown", 0.35), Pair("mouthUpperUp", 0.2)],
    ),
    unit(
        26,
        "jaw drop",
        "relaxed masseter, temporalis and internal pterygoid",
        Whole,
        Lower,
        &[Single("jawOpen", 0.45)],
    ),
    unit(27, "mouth stretch", "pterygoids, digastric", Whole, Lower, &[Single("jawOpen", 1.0)]),
    unit(
        28,
        "lip suck",
        "orbicularis oris",
        Whole,
        Lower,
        &[Single("mouthRollUpper", 1.0), Single("mouthRollLower", 1.0), Single("jawOpen", 0.08)],
    ),
    unit(29, "jaw thrust", "external pterygoid", Whole, Lower, &[Single("jawForward", 1.0)]),
    unit(30, "jaw sideways", "external pterygoid", OneSide, Lower, &[Sides("jawLeft", "jawRight", 1.0)]),
    unit(
        33,
        "cheek blow",
        "relaxed buccinator, orbicularis oris",
        Whole,
        Lower,
        &[Single("cheekPuff", 0.8), Single("mouthPucker", 0.3)],
    ),
    unit(
        34,
        "cheek puff",
        "relaxed buccinator, orbicularis oris",
        Whole,
        Lower,
        &[Single("cheekPuff", 1.0), Pair("mouthPress", 0.25)],
    ),
    unit(41, "lid droop", "relaxed levator palpebrae superioris", Both, Upper, &[Pair("eyeBlink", 0.3)]),
    unit(42, "slit", "orbicularis oculi", Both, Upper, &[Pair("eyeBlink", 0.6), Pair("eyeSquint", 0.2)]),
    unit(43, "eyes closed", "relaxed levator palpebrae superioris", Both, Upper, &[Pair("eyeBlink", 1.0)]),
    unit(
        44,
        "squint",
        "orbicularis oculi, pars palpebralis",
        Both,
        Upper,
        &[Pair("eyeSquint", 1.0), Pair("eyeBlink", 0.15), Pair("browDown", 0.2)],
    ),
    unit(
        45,
        "blink",
        "relaxed levator palpebrae superioris, orbicularis oculi, pars palpebralis",
        Both,
        Upper,
        &[Pair("eyeBlink", 1.0)],
    ),
    unit(
        46,
        "wink",
        "orbicularis oculi, pars palpebralis",
        OneSide,
        Upper,
        &[Pair("eyeBlink", 1.0), Pair("cheekSquint", 0.45)],
    ),
    unit(
        61,
        "eyes turn left",
        "lateral and medial rectus",
        Whole,
        Upper,
        &[Single("eyeLookOutLeft", 1.0), Single("eyeLookInRight", 1.0)],
    ),
    unit(
        62,
        "eyes turn right",
        "medial and lateral rectus",
        Whole,
        Upper,
        &[Single("eyeLookInLeft", 1.0), Single("eyeLookOutRight", 1.0)],
    ),
    unit(63, "eyes up", "superior rectus, inferior oblique", Whole, Upper, &[Pair("eyeLookUp", 1.0)]),
    unit(64, "eyes down", "inferior rectus, superior oblique", Whole, Upper, &[Pair("eyeLookDown", 1.0)]),
    unit(65, "walleye", "lateral rectus", Both, Upper, &[Pair("eyeLookOut", 1.0)]),
    unit(66, "cross-eye", "medial rectus", Both, Upper, &[Pair("eyeLookIn", 1.0)]),
];

/// How far each unit is activated, left and right, 0..1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Activation(pub [[f32; 2]; ACTION_UNITS.len()]);

impl Default for Activation {
    fn default() -> Self {
        Self([[0.0; 2]; ACTION_UNITS.len()])
    }
}

/// The place of a FACS number in [`ACTION_UNITS`].
pub fn place(number: u8) -> Option<usize> {
    ACTION_UNITS.iter().position(|unit| unit.number == number)
}

/// Place and sides of a name such as `AU12` or `AU12L`.
pub fn parse(name: &str) -> Option<(usize, [bool; 2])> {
    let digits = name.strip_prefix("AU")?;
    let (digits, sides) = match (digits.strip_suffix('L'), digits.strip_suffix('R')) {
        (Some(digits), _) => (digits, [true, false]),
        (_, Some(digits)) => (digits, [false, true]),
        _ => (digits, [true, true]),
    };
    if digits.starts_with('0') || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let place = place(digits.parse().ok()?)?;
    let fits = match (ACTION_UNITS.get(place)?.sides, sides) {
        (Both, _) | (OneSide, [true, false] | [false, true]) | (Whole, [true, true]) => true,
        (OneSide | Whole, _) => false,
    };
    fits.then_some((place, sides))
}

/// Every valid name.
pub fn names() -> Vec<String> {
    let mut names = Vec::new();
    for unit in &ACTION_UNITS {
        let sides: &[&str] = match unit.sides {
            Both => &["", "L", "R"],
            OneSide => &["L", "R"],
            Whole => &[""],
        };
        names.extend(sides.iter().map(|side| format!("AU{}{side}", unit.number)));
    }
    names
}

impl Activation {
    /// The units that settings name; names that are none are left to the checks.
    pub fn from_settings(units: &BTreeMap<String, f32>) -> Self {
        let mut activation = Self::default();
        for (name, &amount) in units {
            if let Some((place, sides)) = parse(name) {
                activation.join(place, sides.map(|on| if on { amount } else { 0.0 }));
            }
        }
        activation
    }

    /// Joins an activation of one unit to what is there.
    pub fn join(&mut self, place: usize, amounts: [f32; 2]) {
        if let Some(sides) = self.0.get_mut(place) {
            for (side, amount) in sides.iter_mut().zip(amounts) {
                *side = soft_or(*side, amount.clamp(0.0, 1.0));
            }
        }
    }

    /// Joins another activation.
    pub fn join_all(&mut self, other: &Self) {
        for (place, &amounts) in other.0.iter().enumerate() {
            self.join(place, amounts);
        }
    }

    /// The same, `factor` as strong, in one part of the face.
    pub fn scaled(mut self, factor: f32, part: FacePart) -> Self {
        for (sides, unit) in self.0.iter_mut().zip(&ACTION_UNITS) {
            let takes_part = part == FacePart::Whole || part == unit.part;
            for side in sides {
                *side *= if takes_part { factor } else { 0.0 };
            }
        }
        self
    }

    /// Adds the shapes of all units to `weights`.
    pub fn add_to(&self, weights: &mut FaceWeights) {
        for (&[left, right], unit) in self.0.iter().zip(&ACTION_UNITS) {
            if left == 0.0 && right == 0.0 {
                continue;
            }
            for shape in unit.shapes {
                match *shape {
                    Pair(stem, weight) => shapes::add_pair(weights, stem, [weight * left, weight * right]),
                    Single(name, weight) => shapes::add(weights, name, weight * 0.5 * (left + right)),
                    Sides(to_left, to_right, weight) => {
                        shapes::add(weights, to_left, weight * left);
                        shapes::add(weights, to_right, weight * right);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anny::catalogue::FACIAL_ACTIONS;

    fn weights(units: &[(&str, f32)]) -> FaceWeights {
        let units = units.iter().map(|(name, amount)| ((*name).to_owned(), *amount)).collect();
        let mut weights = shapes::NEUTRAL;
        Activation::from_settings(&units).add_to(&mut weights);
        weights
    }

    #[test]
    fn every_shape_of_every_unit_exists_and_all_but_two_of_the_52_are_used() {
        let mut used = Vec::new();
        for unit in &ACTION_UNITS {
            for shape in unit.shapes {
                match *shape {
                    Pair(stem, weight) => {
                        used.extend([format!("{stem}Left"), format!("{stem}Right")]);
                        assert!(weight > 0.0 && weight <= 1.0);
                    }
                    Single(name, _) => used.push(name.to_owned()),
                    Sides(left, right, _) => used.extend([left.to_owned(), right.to_owned()]),
                }
            }
        }
        assert!(used.iter().all(|name| FACIAL_ACTIONS.contains(&name.as_str())), "{used:?}");
        for action in FACIAL_ACTIONS.into_iter().filter(|action| !["mouthLeft", "mouthRight"].contains(action)) {
            assert!(used.iter().any(|name| name == action), "{action} belongs to no unit");
        }
    }

    #[test]
    fn units_are_ordered_and_their_names_are_read_back() {
        assert!(ACTION_UNITS.windows(2).all(|pair| pair[0].number < pair[1].number));
        for name in names() {
            let (place, sides) = parse(&name).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(sides, [!name.ends_with('R'), !name.ends_with('L')]);
            assert!(name.contains(&ACTION_UNITS[place].number.to_string()));
        }
        for wrong in
            ["AU3", "AU012", "au12", "AU12l", "AU30", "AU26L", "AU", "AU-1", "AU+4", "AU4294967297", "12", "ÄU1"]
        {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn one_side_moves_one_side_and_both_sides_are_the_sum() {
        let left = weights(&[("AU12L", 0.7)]);
        assert_eq!(shapes::get(&left, "mouthSmileLeft"), 0.7);
        assert_eq!(shapes::get(&left, "mouthSmileRight"), 0.0);
        assert_eq!(weights(&[("AU1L", 0.6), ("AU1R", 0.6)]), weights(&[("AU1", 0.6)]));
        assert_eq!(shapes::get(&weights(&[("AU30R", 0.5)]), "jawRight"), 0.5);
    }

    #[test]
    fn a_unit_twice_is_stronger_but_never_more_than_full() {
        let twice = weights(&[("AU4", 0.8), ("AU4L", 0.8)]);
        assert!(shapes::get(&twice, "browDownLeft") > 0.9 && shapes::get(&twice, "browDownLeft") <= 1.0);
        assert_eq!(shapes::get(&twice, "browDownRight"), 0.8);
        let all: Vec<String> = names();
        let all: Vec<(&str, f32)> = all.iter().map(|name| (name.as_str(), 1.0)).collect();
        let full = weights(&all);
        for (weight, action) in full.iter().zip(FACIAL_ACTIONS) {
            assert!(*weight <= 1.0 || action.starts_with("eyeLook"), "{action}: {weight}");
        }
    }
}
