//! What two actions together look like where the sum of their shapes looks wrong: the same as corrective shapes, made of
//! the 52 that there are. Figures are measured on the shapes of the pack, in millimetres at full weight.

use super::shapes::{Action, MOST_INNER_BROW, add, at, put};
use crate::body::FaceWeights;

const INNER_UP: Action = Action::named("browInnerUp");
const BROW_DOWN: [Action; 2] = Action::pair("browDown");
const OUTER_UP: [Action; 2] = Action::pair("browOuterUp");
const SMILE: [Action; 2] = Action::pair("mouthSmile");
const UPPER_UP: [Action; 2] = Action::pair("mouthUpperUp");
const LOWER_DOWN: [Action; 2] = Action::pair("mouthLowerDown");

/// With AU 1 and AU 4 together the inner brow goes up and the brows draw together: frontalis and corrugator pull at
/// different places (FACS manual, AU 1+4). The shapes add up instead: `browDown` takes 4.9 mm from the inner brow where
/// `browInnerUp` gives 4.3. What is taken is given back, so that the inner end stays where AU 1 puts it while the
/// rest of the brow is lowered and drawn inwards.
const GIVEN_BACK: f32 = 4.9 / 4.3;

/// With AU 1 and AU 2 together the whole of frontalis lifts the whole brow: `browInnerUp` alone gives 4.3 mm where
/// `browOuterUp` gives 6.7, so that the inner brow would stay behind.
const LIFTED_ALONG: f32 = 0.4;

/// A full smile parts the lips (AU 12 of intensity D and E nearly always comes with AU 25): how far upper and lower lip
/// part beyond [`SMILES_CLOSED`]. Our judgement.
const PARTED: [f32; 2] = [0.32, 0.16];
const SMILES_CLOSED: f32 = 0.55;

/// Adds what combinations need. Before the limits of [`super::anatomy`].
pub fn correct(weights: &mut FaceWeights) {
    hold_inner_brow(weights);
    part_lips_of_a_smile(weights);
}

fn hold_inner_brow(weights: &mut FaceWeights) {
    let up = at(weights, INNER_UP).clamp(0.0, 1.0);
    let down = BROW_DOWN.map(|action| at(weights, action).clamp(0.0, 1.0));
    let taken = 0.5 * (down[0] + down[1]) * GIVEN_BACK;
    let outer = OUTER_UP.map(|action| at(weights, action).clamp(0.0, 1.0));
    let along = 0.5 * (outer[0] + outer[1]) * LIFTED_ALONG;
    // Products: any of the muscles alone leaves its shape as it is.
    put(weights, INNER_UP, (at(weights, INNER_UP) + up * (taken + along)).min(MOST_INNER_BROW));
}

fn part_lips_of_a_smile(weights: &mut FaceWeights) {
    for ((&smile, &upper), &lower) in SMILE.iter().zip(&UPPER_UP).zip(&LOWER_DOWN) {
        let wide = ((at(weights, smile) - SMILES_CLOSED) / (1.0 - SMILES_CLOSED)).clamp(0.0, 1.0);
        // Quadratic from 0, so that there is no kink of speed where lips begin to part.
        for (action, share) in [(upper, PARTED[0]), (lower, PARTED[1])] {
            add(weights, action, share * wide * wide);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        agreement::basis,
        face::shapes::{NEUTRAL, get, set},
    };

    fn corrected(actions: &[(&str, f32)]) -> FaceWeights {
        let mut weights = NEUTRAL;
        actions.iter().for_each(|(name, weight)| set(&mut weights, name, *weight));
        correct(&mut weights);
        weights
    }

    /// How high the inner ends of the brows lie over their place at rest, millimetres: rows within 25 mm of the middle
    /// that `browInnerUp` raises by more than half of its most.
    fn inner_brow_mm(weights: &FaceWeights) -> f32 {
        let basis = basis();
        let raised: Vec<(usize, [i16; 3])> = basis.facial_shapes.shape(INNER_UP.place()).collect();
        let most = raised.iter().map(|(_, offset)| offset[1]).max().expect("it moves something");
        let near = |row: &usize| basis.template[*row][0].abs() < 0.025;
        let rows: Vec<usize> =
            raised.into_iter().filter(|(row, offset)| near(row) && offset[1] > most / 2).map(|(row, _)| row).collect();
        assert!(rows.len() > 4, "{}", rows.len());
        let mut sum = 0.0;
        for action in Action::all() {
            let offsets = basis.facial_shapes.shape(action.place()).filter(|(row, _)| rows.contains(row));
            sum += at(weights, action) * offsets.map(|(_, offset)| f32::from(offset[1])).sum::<f32>();
        }
        sum / rows.len() as f32 * crate::anny::target::METRES_PER_UNIT * 1e3
    }

    #[test]
    fn with_au4_the_inner_brow_stays_where_au1_puts_it_and_alone_either_is_as_it_was() {
        let alone = inner_brow_mm(&corrected(&[("browInnerUp", 1.0)]));
        let both = [("browInnerUp", 1.0), ("browDownLeft", 0.5), ("browDownRight", 0.5)];
        let uncorrected = {
            let mut weights = NEUTRAL;
            both.iter().for_each(|(name, weight)| set(&mut weights, name, *weight));
            inner_brow_mm(&weights)
        };
        let together = inner_brow_mm(&corrected(&both));
        println!("inner brow: {alone:.1} mm by AU 1, {uncorrected:.1} with AU 4 added, {together:.1} corrected");
        assert!(alone > 3.0 && uncorrected < 0.6 * alone);
        assert!((together / alone - 1.0).abs() < 0.15);
        assert_eq!(get(&corrected(&[("browInnerUp", 0.7)]), "browInnerUp"), 0.7);
        assert_eq!(get(&corrected(&[("browDownLeft", 0.7)]), "browInnerUp"), 0.0);
    }

    #[test]
    fn a_full_smile_parts_the_lips_and_a_slight_one_does_not() {
        let full = corrected(&[("mouthSmileLeft", 1.0), ("mouthSmileRight", 0.5)]);
        assert!(get(&full, "mouthUpperUpLeft") > 0.25 && get(&full, "mouthUpperUpRight") == 0.0);
        assert!(get(&full, "mouthLowerDownLeft") > 0.1);
    }
}
