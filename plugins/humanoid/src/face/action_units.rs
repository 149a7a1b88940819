//! Action units of the Facial Action Coding System over the 52 facial actions.
//!
//! The units themselves stand in [`table`].

mod table;

use std::collections::BTreeMap;

pub use table::ACTION_UNITS;

use super::{
    curves::soft_or,
    settings::FacePart,
    shapes::{self, Action},
};
use crate::body::FaceWeights;

/// A shape and its weight at full activation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// A pair, left and right.
    Pair([Action; 2], f32),
    /// One shape for both halves; one half alone brings half of it.
    Single(Action, f32),
    /// Two shapes, one for the unit towards the person's left and one for that towards the right.
    Sides(Action, Action, f32),
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
        (Sidedness::Both, _)
        | (Sidedness::OneSide, [true, false] | [false, true])
        | (Sidedness::Whole, [true, true]) => true,
        (Sidedness::OneSide | Sidedness::Whole, _) => false,
    };
    fits.then_some((place, sides))
}

/// Every valid name.
pub fn names() -> Vec<String> {
    let mut names = Vec::new();
    for unit in &ACTION_UNITS {
        let sides: &[&str] = match unit.sides {
            Sidedness::Both => &["", "L", "R"],
            Sidedness::OneSide => &["L", "R"],
            Sidedness::Whole => &[""],
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
                    Shape::Pair(pair, weight) => shapes::add_pair(weights, pair, [weight * left, weight * right]),
                    Shape::Single(action, weight) => shapes::add(weights, action, weight * 0.5 * (left + right)),
                    Shape::Sides(to_left, to_right, weight) => {
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
    fn all_but_two_of_the_52_shapes_belong_to_a_unit() {
        let mut used = Vec::new();
        for shape in ACTION_UNITS.iter().flat_map(|unit| unit.shapes) {
            let (actions, weight) = match *shape {
                Shape::Pair(pair, weight) => (pair.to_vec(), weight),
                Shape::Single(action, weight) => (vec![action], weight),
                Shape::Sides(left, right, weight) => (vec![left, right], weight),
            };
            used.extend(actions);
            assert!(weight > 0.0 && weight <= 1.0);
        }
        for action in Action::all().filter(|action| !["mouthLeft", "mouthRight"].contains(&action.name())) {
            assert!(used.contains(&action), "{} belongs to no unit", action.name());
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
