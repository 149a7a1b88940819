//! The 52 weights by name, and how contributions to one of them come together.

use super::curves::soft_or;
use crate::{anny::catalogue::FACIAL_ACTIONS, body::FaceWeights};

/// No action at all.
pub const NEUTRAL: FaceWeights = [0.0; FACIAL_ACTIONS.len()];

/// The place of a facial action.
pub fn index(action: &str) -> Option<usize> {
    FACIAL_ACTIONS.iter().position(|name| *name == action)
}

/// The weight of a facial action, 0 for a name that is none.
pub fn get(weights: &FaceWeights, action: &str) -> f32 {
    index(action).and_then(|index| weights.get(index)).copied().unwrap_or(0.0)
}

/// Sets a weight; a name that is none changes nothing.
pub fn set(weights: &mut FaceWeights, action: &str, weight: f32) {
    if let Some(slot) = index(action).and_then(|index| weights.get_mut(index)) {
        *slot = weight;
    }
}

/// Adds a contribution. Directions of the eyes are angles and add up; everything else saturates softly at 1.
pub fn add(weights: &mut FaceWeights, action: &str, weight: f32) {
    let now = get(weights, action);
    let sum = if action.starts_with("eyeLook") { now + weight } else { soft_or(now, weight.clamp(0.0, 1.0)) };
    set(weights, action, sum);
}

/// Adds a contribution to the left and the right action of a pair.
pub fn add_pair(weights: &mut FaceWeights, stem: &str, [left, right]: [f32; 2]) {
    add(weights, &format!("{stem}Left"), left);
    add(weights, &format!("{stem}Right"), right);
}

/// Multiplies a weight.
pub fn scale(weights: &mut FaceWeights, action: &str, factor: f32) {
    let now = get(weights, action);
    set(weights, action, now * factor);
}
