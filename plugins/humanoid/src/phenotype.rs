//! What kind of person: eleven sliders, and how they weigh the shapes of the basis.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::anny::{
    basis::BodyBasis,
    catalogue::{NO_FACTOR, VARIATION_COUNT, first_variation},
};

/// The build of a person. Every slider is continuous; values outside of a range are held at its ends.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Phenotype {
    /// 0 male .. 1 female.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub gender: f32,
    /// -0.333 newborn, 0 baby, 0.333 child of about 11, 0.667 adult of about 25, 1 old.
    #[schemars(range(min = -0.334, max = 1.0))]
    pub age: f32,
    /// 0 slack .. 1 very muscular.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub muscle: f32,
    /// 0 thin .. 1 heavy.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub weight: f32,
    /// 0 short .. 1 tall, for the age and gender.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub height: f32,
    /// 0 ideal .. 1 uncommon proportions.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub proportions: f32,
    /// 0 .. 1, adults only.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub cupsize: f32,
    /// 0 .. 1, adults only.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub firmness: f32,
    /// Share of African ancestry; the three shares are scaled to sum to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub african: f32,
    /// Share of Asian ancestry.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub asian: f32,
    /// Share of Caucasian ancestry.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub caucasian: f32,
}

impl Default for Phenotype {
    /// An adult in the middle of everything else.
    fn default() -> Self {
        Self { age: 2.0 / 3.0, ..Self::MIDDLE }
    }
}

/// A slider: its name, its limits, and how to reach it in a [`Phenotype`].
pub type Slider = (&'static str, std::ops::RangeInclusive<f32>, fn(&mut Phenotype) -> &mut f32);

impl Phenotype {
    /// Every slider at 0.5, `anny`'s own default.
    pub const MIDDLE: Self = Self {
        gender: 0.5,
        age: 0.5,
        muscle: 0.5,
        weight: 0.5,
        height: 0.5,
        proportions: 0.5,
        cupsize: 0.5,
        firmness: 0.5,
        african: 0.5,
        asian: 0.5,
        caucasian: 0.5,
    };

    /// All sliders, in `anny`'s order.
    pub fn sliders() -> [Slider; 11] {
        [
            ("gender", 0.0..=1.0, |p| &mut p.gender),
            ("age", -0.334..=1.0, |p| &mut p.age),
            ("muscle", 0.0..=1.0, |p| &mut p.muscle),
            ("weight", 0.0..=1.0, |p| &mut p.weight),
            ("height", 0.0..=1.0, |p| &mut p.height),
            ("proportions", 0.0..=1.0, |p| &mut p.proportions),
            ("cupsize", 0.0..=1.0, |p| &mut p.cupsize),
            ("firmness", 0.0..=1.0, |p| &mut p.firmness),
            ("african", 0.0..=1.0, |p| &mut p.african),
            ("asian", 0.0..=1.0, |p| &mut p.asian),
            ("caucasian", 0.0..=1.0, |p| &mut p.caucasian),
        ]
    }

    /// The weight of every variation (see [`crate::anny::catalogue::AXES`]): piecewise linear between anchors that are
    /// evenly spaced over a slider's range.
    pub fn variation_weights(&self) -> [f64; VARIATION_COUNT] {
        let mut weights = [0.0; VARIATION_COUNT];
        let shares = [self.african, self.asian, self.caucasian].map(|share| f64::from(share).max(0.0));
        let sum: f64 = shares.iter().sum();
        for (place, share) in weights.iter_mut().zip(shares) {
            *place = if sum > 0.0 { share / sum } else { 1.0 / 3.0 };
        }
        interpolate(&mut weights, 1, self.gender, 0.0, 2);
        interpolate(&mut weights, 2, self.age, -1.0 / 3.0, 5);
        interpolate(&mut weights, 3, self.muscle, 0.0, 3);
        interpolate(&mut weights, 4, self.weight, 0.0, 3);
        interpolate(&mut weights, 5, self.height, 0.0, 2);
        interpolate(&mut weights, 6, self.proportions, 0.0, 2);
        interpolate(&mut weights, 7, self.cupsize, 0.0, 3);
        interpolate(&mut weights, 8, self.firmness, 0.0, 3);
        weights
    }
}

/// Weights the two anchors around `value`; `count` anchors run evenly from `first` to 1.
fn interpolate(weights: &mut [f64; VARIATION_COUNT], axis: usize, value: f32, first: f64, count: usize) {
    let value = if value.is_finite() { f64::from(value) } else { 0.5 };
    let steps = (count - 1) as f64;
    let place = ((value - first) / (1.0 - first) * steps).clamp(0.0, steps);
    let lower = (place.floor() as usize).min(count - 2);
    let share = place - lower as f64;
    let at = first_variation(axis) + lower;
    if let Some([low, high]) = weights.get_mut(at..at + 2) {
        (*low, *high) = (1.0 - share, share);
    }
}

/// A shape and how much of it there is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coefficient {
    /// Index of the macro shape, or the number of macro shapes plus the index of the local shape.
    pub shape: u32,
    pub amount: f64,
}

/// The shapes of a person that are not zero. `local_changes` are pairs of a local change's index and its value in
/// -1..=1.
pub fn coefficients(basis: &BodyBasis, phenotype: &Phenotype, local_changes: &[(u16, f32)]) -> Vec<Coefficient> {
    let weights = phenotype.variation_weights();
    let weight =
        |&factor: &u8| if factor == NO_FACTOR { 1.0 } else { weights.get(usize::from(factor)).copied().unwrap_or(0.0) };
    let amounts = basis.macro_shapes.iter().map(|shape| shape.factors.iter().map(weight).product::<f64>());
    let mut coefficients: Vec<Coefficient> = (0..)
        .zip(amounts)
        .filter(|(_, amount)| *amount != 0.0)
        .map(|(shape, amount)| Coefficient { shape, amount })
        .collect();
    let first_local = basis.macro_shapes.len() as u32;
    for &(local, value) in local_changes {
        let direction = u32::from(value < 0.0);
        if value != 0.0 && value.is_finite() {
            let shape = first_local + 2 * u32::from(local) + direction;
            coefficients.push(Coefficient { shape, amount: f64::from(value.abs()) });
        }
    }
    coefficients
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_an_axis_sum_to_one_and_hit_their_anchors() {
        for age in [-1.0, -1.0 / 3.0, -0.1, 0.0, 0.2, 1.0 / 3.0, 0.9, 1.0, 7.0, f32::NAN] {
            let weights = Phenotype { age, ..Phenotype::MIDDLE }.variation_weights();
            let ages = &weights[first_variation(2)..first_variation(3)];
            assert!((ages.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{age}: {ages:?}");
            assert!(ages.iter().all(|weight| (0.0..=1.0).contains(weight)));
        }
        let newborn = Phenotype { age: -1.0 / 3.0, ..Phenotype::MIDDLE }.variation_weights();
        assert!((newborn[first_variation(2)] - 1.0).abs() < 1e-6);
        let nobody = Phenotype { african: 0.0, asian: 0.0, caucasian: 0.0, ..Phenotype::MIDDLE }.variation_weights();
        assert_eq!(nobody[..3], [1.0 / 3.0; 3]);
    }

    #[test]
    fn the_sliders_reach_every_field() {
        let mut phenotype = Phenotype::MIDDLE;
        for (_, range, field) in Phenotype::sliders() {
            *field(&mut phenotype) = *range.end();
        }
        let all = serde_json::to_value(phenotype).expect("serializes");
        let all = all.as_object().expect("a map");
        assert_eq!(all.len(), 11);
        assert!(all.values().all(|value| value == 1.0), "{all:?}");
    }
}
