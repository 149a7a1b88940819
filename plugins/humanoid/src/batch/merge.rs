//! Fewer shapes for the same body: macro shapes whose coefficients always sum to a known number are merged when the
//! basis is loaded.
//!
//! Along every axis of the phenotype the weights of the variations sum to 1. So for a fixed gender, age, muscle and
//! weight, `(1 - h) * short + h * tall = short + h * (tall - short)`: the first variation of height, proportions, cup
//! size, firmness and ancestry goes into one shape per (gender, age, muscle, weight), and the others become
//! differences to it. The same is done once more over muscle and weight: what a gender and an age have in common is one
//! shape, and the cells are differences to the cell that is most like the others. Many of those are empty, as the pack
//! says the same of every build, and most move a part of the body. Offsets are whole numbers, so nothing is lost.

use std::collections::BTreeMap;

use crate::anny::{
    basis::{BONE_STRIDE, BodyBasis, MacroShape},
    catalogue::{AXES, NO_FACTOR, first_variation},
};

/// Axes by their place in [`AXES`].
pub const RACE: usize = 0;
pub const GENDER: usize = 1;
pub const AGE: usize = 2;
pub const MUSCLE: usize = 3;
pub const WEIGHT: usize = 4;
pub const HEIGHT: usize = 5;
pub const PROPORTIONS: usize = 6;
pub const CUPSIZE: usize = 7;
pub const FIRMNESS: usize = 8;

/// Variations of gender, age, muscle and weight, in this order.
pub type Cell = [u8; 4];
/// Stands for muscle and weight in the cell of what all builds have in common.
pub const COMMON: u8 = 3;

/// What a merged shape is scaled by besides the weight of its cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Factor {
    /// Nothing.
    Whole,
    Tall,
    Uncommon,
    /// A cup size and a firmness, not both 0.
    Breast(u8, u8),
    /// An ancestry before the last, in common cells only.
    Race(u8),
}

/// Whole-number offsets of a merged shape and its bones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Merged {
    /// `[row][3]`, in [`crate::anny::target::METRES_PER_UNIT`].
    pub offsets: Vec<i32>,
    /// `[bone][BONE_STRIDE]`.
    pub bones: Vec<f64>,
}

/// The variations of a macro shape per axis.
fn variations(shape: &MacroShape) -> [Option<u8>; AXES.len()] {
    let mut of = [None; AXES.len()];
    for &factor in shape.factors.iter().filter(|&&factor| factor != NO_FACTOR) {
        let factor = usize::from(factor);
        let axis = (0..AXES.len()).rev().find(|&axis| first_variation(axis) <= factor).unwrap_or(0);
        if let Some(place) = of.get_mut(axis) {
            *place = u8::try_from(factor - first_variation(axis)).ok();
        }
    }
    of
}

/// Where a macro shape goes: merged shapes and the sign with which it is added to them.
fn places(shape: &MacroShape) -> Vec<((Factor, Cell), i32)> {
    let of = variations(shape);
    let at = |axis: usize| of.get(axis).copied().flatten();
    let [gender, age, muscle, weight] = [GENDER, AGE, MUSCLE, WEIGHT].map(|axis| at(axis).unwrap_or(0));
    let cell = [gender, age, muscle, weight];
    let variations_of = |axis: usize| AXES.get(axis).map_or(0, |axis| axis.variations.len() as u8);
    let of_breast = |cup, firm| (Factor::Breast(cup, firm), cell);
    if let Some(race) = at(RACE) {
        let last = variations_of(RACE) - 1;
        if race < last {
            return vec![((Factor::Race(race), [gender, age, COMMON, COMMON]), 1)];
        }
        let mut places: Vec<_> =
            (0..last).map(|race| ((Factor::Race(race), [gender, age, COMMON, COMMON]), -1)).collect();
        for muscle in 0..variations_of(MUSCLE) {
            for weight in 0..variations_of(WEIGHT) {
                places.push(((Factor::Whole, [gender, age, muscle, weight]), 1));
            }
        }
        return places;
    }
    match (at(HEIGHT), at(PROPORTIONS), at(CUPSIZE), at(FIRMNESS)) {
        (Some(0), ..) => vec![((Factor::Whole, cell), 1), ((Factor::Tall, cell), -1)],
        (Some(_), ..) => vec![((Factor::Tall, cell), 1)],
        (_, Some(0), ..) => vec![((Factor::Whole, cell), 1), ((Factor::Uncommon, cell), -1)],
        (_, Some(_), ..) => vec![((Factor::Uncommon, cell), 1)],
        (_, _, Some(0), Some(0)) => {
            let others =
                (0..variations_of(CUPSIZE)).flat_map(|cup| (0..variations_of(FIRMNESS)).map(move |f| (cup, f)));
            let others = others.filter(|&pair| pair != (0, 0)).map(|(cup, firm)| (of_breast(cup, firm), -1));
            std::iter::once(((Factor::Whole, cell), 1)).chain(others).collect()
        }
        (_, _, Some(cup), Some(firm)) => vec![(of_breast(cup, firm), 1)],
        _ => vec![((Factor::Whole, cell), 1)],
    }
}

/// All merged shapes over the first `rows` rows. Newborn cells have bones and no offsets: their offsets are the
/// babies'.
pub fn merge(basis: &BodyBasis, rows: usize) -> BTreeMap<(Factor, Cell), Merged> {
    let all_rows = basis.template.len();
    let bones = basis.skeleton.names.len() * BONE_STRIDE;
    let mut merged = BTreeMap::<(Factor, Cell), Merged>::new();
    for (index, shape) in basis.macro_shapes.iter().enumerate() {
        let first = usize::from(shape.block) * all_rows * 3;
        let block = basis.macro_blocks.get(first..first + rows * 3).unwrap_or_default();
        let bone_row = basis.skeleton.shapes.get(index * bones..(index + 1) * bones).unwrap_or_default();
        for (key, sign) in places(shape) {
            let sum = merged.entry(key).or_default();
            sum.bones.resize(bones, 0.0);
            for (sum, &bone) in sum.bones.iter_mut().zip(bone_row) {
                *sum += f64::from(sign) * f64::from(bone);
            }
            if !shape.newborn {
                sum.offsets.resize(rows * 3, 0);
                for (sum, &offset) in sum.offsets.iter_mut().zip(block) {
                    *sum += sign * i32::from(offset);
                }
            }
        }
    }
    relative(merged)
}

/// Splits the cells of each factor, gender and age into what they have in common and differences to it.
fn relative(mut merged: BTreeMap<(Factor, Cell), Merged>) -> BTreeMap<(Factor, Cell), Merged> {
    let mut kinds: Vec<(Factor, u8, u8)> = merged.keys().map(|&(factor, [g, a, ..])| (factor, g, a)).collect();
    kinds.dedup();
    for (factor, gender, age) in kinds.into_iter().filter(|(factor, ..)| !matches!(factor, Factor::Race(_))) {
        let range = (factor, [gender, age, 0, 0])..(factor, [gender, age, COMMON, COMMON]);
        let keys: Vec<(Factor, Cell)> = merged.range(range).map(|(&key, _)| key).collect();
        let differing = |a: &Merged, b: &Merged| a.offsets.iter().zip(&b.offsets).filter(|(a, b)| a != b).count();
        let distance = |key: &(Factor, Cell)| -> usize {
            let Some(own) = merged.get(key) else { return usize::MAX };
            keys.iter().filter_map(|other| merged.get(other)).map(|other| differing(own, other)).sum()
        };
        let Some(common) = keys.iter().min_by_key(|key| distance(key)).and_then(|key| merged.get(key).cloned()) else {
            continue;
        };
        for key in &keys {
            if let Some(cell) = merged.get_mut(key) {
                cell.offsets.iter_mut().zip(&common.offsets).for_each(|(own, common)| *own -= common);
                cell.bones.iter_mut().zip(&common.bones).for_each(|(own, common)| *own -= common);
            }
        }
        merged.insert((factor, [gender, age, COMMON, COMMON]), common);
    }
    merged
}
