//! Which rows of a [`Layout`] a body is mixed from, and how much of each.

use super::{
    layout::{Layout, MergedShape, Place},
    merge::{AGE, COMMON, CUPSIZE, Cell, FIRMNESS, Factor, GENDER, HEIGHT, MUSCLE, PROPORTIONS, RACE, WEIGHT},
};
use crate::{
    anny::{
        catalogue::{AXES, VARIATION_COUNT, first_variation},
        target::METRES_PER_UNIT,
    },
    body::{BodyState, NEWBORN_SCALE},
};

/// A shape and how much of it there is, in x and z, and in y. They differ for newborns alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Amount {
    pub shape: u32,
    pub across: f32,
    pub up: f32,
}

/// What one body is mixed from.
#[derive(Clone, Debug, Default)]
pub struct Recipe {
    /// Size of the template across and up: 1 except for newborns.
    pub template: [f32; 2],
    pub dense: Vec<Amount>,
    pub sparse: Vec<Amount>,
    /// Row of the bone table and its amount.
    pub bones: Vec<(u32, f64)>,
}

/// Number of [`Factor`]s.
const FACTORS: usize = 14;
/// Number of [`Cell`]s.
const CELLS: usize = 2 * 5 * 4 * 4;

/// Merged shapes by factor and cell, found without searching.
#[derive(Clone, Debug, Default)]
pub struct Directory(Vec<Option<MergedShape>>);

fn slot(factor: Factor, [gender, age, muscle, weight]: Cell) -> usize {
    let factor = match factor {
        Factor::Whole => 0,
        Factor::Tall => 1,
        Factor::Uncommon => 2,
        Factor::Breast(cup, firm) => 3 + usize::from(cup) * 3 + usize::from(firm),
        Factor::Race(race) => 12 + usize::from(race),
    };
    let cell = ((usize::from(gender) * 5 + usize::from(age)) * 4 + usize::from(muscle)) * 4 + usize::from(weight);
    factor * CELLS + cell
}

impl Directory {
    pub fn new(layout: &Layout) -> Self {
        let mut slots = vec![None; FACTORS * CELLS];
        for (&(factor, cell), &shape) in &layout.merged {
            if let Some(place) = slots.get_mut(slot(factor, cell)) {
                *place = Some(shape);
            }
        }
        Self(slots)
    }

    fn get(&self, factor: Factor, cell: Cell) -> Option<MergedShape> {
        self.0.get(slot(factor, cell)).copied().flatten()
    }
}

/// Weights of the variations of one axis.
fn of_axis(weights: &[f64; VARIATION_COUNT], axis: usize) -> impl Iterator<Item = (u8, f64)> + Clone + '_ {
    let count = AXES.get(axis).map_or(0, |axis| axis.variations.len());
    let first = first_variation(axis);
    (0..)
        .zip(weights.get(first..first + count).unwrap_or_default().iter().copied())
        .filter(|(_, weight)| *weight != 0.0)
}

impl Recipe {
    /// Writes down how `state` is mixed.
    pub fn write(&mut self, layout: &Layout, directory: &Directory, state: &BodyState) {
        self.dense.clear();
        self.sparse.clear();
        self.bones.clear();
        let weights = state.phenotype.variation_weights();
        let weight = |axis: usize, variation: u8| {
            weights.get(first_variation(axis) + usize::from(variation)).copied().unwrap_or(0.0)
        };
        let newborn = weight(AGE, 0);
        let of_newborn = |size: f32| (1.0 + (f64::from(size) - 1.0) * newborn) as f32;
        self.template = [of_newborn(NEWBORN_SCALE.x), of_newborn(NEWBORN_SCALE.y)];
        for (gender, gender_weight) in of_axis(&weights, GENDER) {
            for (age, age_weight) in of_axis(&weights, AGE) {
                let common = gender_weight * age_weight;
                for race in 0..2 {
                    let amount = common * weight(RACE, race);
                    self.add(directory, Factor::Race(race), [gender, age, COMMON, COMMON], amount);
                }
                self.add_cell(directory, &weights, [gender, age, COMMON, COMMON], common);
                for (muscle, muscle_weight) in of_axis(&weights, MUSCLE) {
                    for (heaviness, heaviness_weight) in of_axis(&weights, WEIGHT) {
                        let amount = common * muscle_weight * heaviness_weight;
                        self.add_cell(directory, &weights, [gender, age, muscle, heaviness], amount);
                    }
                }
            }
        }
        for &(local, value) in &state.local_changes {
            let shape = 2 * u32::from(local) + u32::from(value < 0.0);
            if value != 0.0 && value.is_finite() && shape < layout.first_face - layout.first_local {
                self.bones.push((layout.first_local_bones + shape, f64::from(value.abs())));
                self.push_sparse(layout.first_local + shape, value.abs());
            }
        }
        for (action, &value) in (0..).zip(&state.face) {
            if value != 0.0 {
                self.push_sparse(layout.first_face + action, value);
            }
        }
        self.bones.retain(|&(row, _)| layout.moves_bones.get(row as usize).copied().unwrap_or(false));
    }

    fn add_cell(&mut self, directory: &Directory, weights: &[f64; VARIATION_COUNT], cell: Cell, whole: f64) {
        let weight = |axis: usize| weights.get(first_variation(axis) + 1).copied().unwrap_or(0.0);
        self.add(directory, Factor::Whole, cell, whole);
        self.add(directory, Factor::Tall, cell, whole * weight(HEIGHT));
        self.add(directory, Factor::Uncommon, cell, whole * weight(PROPORTIONS));
        for (cup, cup_weight) in of_axis(weights, CUPSIZE) {
            for (firm, firm_weight) in of_axis(weights, FIRMNESS) {
                if (cup, firm) != (0, 0) {
                    self.add(directory, Factor::Breast(cup, firm), cell, whole * cup_weight * firm_weight);
                }
            }
        }
    }

    fn push_sparse(&mut self, shape: u32, value: f32) {
        let amount = value * METRES_PER_UNIT;
        self.sparse.push(Amount { shape, across: amount, up: amount });
    }

    /// Adds a merged shape. The offsets of newborns are those of babies, scaled; their bones are their own.
    fn add(&mut self, directory: &Directory, factor: Factor, cell: Cell, amount: f64) {
        if amount == 0.0 {
            return;
        }
        let [gender, age, muscle, weight] = cell;
        if let Some(shape) = directory.get(factor, cell) {
            self.bones.push((shape.bone_row, amount));
        }
        let Some(shape) = directory.get(factor, [gender, age.max(1), muscle, weight]) else { return };
        let metres = amount as f32 * METRES_PER_UNIT;
        let [across, up] = if age == 0 { [NEWBORN_SCALE.x, NEWBORN_SCALE.y] } else { [1.0; 2] }.map(|s| s * metres);
        let (list, shape) = match shape.place {
            Place::Dense(shape) => (&mut self.dense, shape),
            Place::Sparse(shape) => (&mut self.sparse, shape),
            Place::Nowhere => return,
        };
        // The last age before this one may be the newborn's, with the same offsets.
        match list.iter_mut().find(|known| age == 1 && known.shape == shape) {
            Some(known) => {
                known.across += across;
                known.up += up;
            }
            None => list.push(Amount { shape, across, up }),
        }
    }
}
