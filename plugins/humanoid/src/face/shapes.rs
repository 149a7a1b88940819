//! The 52 weights, and how contributions to one of them come together.

use super::curves::soft_or;
use crate::{anny::catalogue::FACIAL_ACTIONS, body::FaceWeights};

/// No action at all.
pub const NEUTRAL: FaceWeights = [0.0; FACIAL_ACTIONS.len()];

/// Looking far aside may go a little past the shape's own end.
pub const MOST_LOOK: f32 = 1.4;
/// The inner brow may, too, to hold its own against the muscles that lower it (see [`super::correctives`]).
pub const MOST_INNER_BROW: f32 = 1.6;

/// One of the 52 facial actions, by its place, so that no frame compares names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Action(usize);

impl Action {
    /// The action of this name. For constants, where a name that is none does not compile; elsewhere use
    /// [`find`](Self::find).
    pub const fn named(name: &str) -> Self {
        Self::joined(name, "")
    }

    /// The left and the right action of a pair; the same holds.
    pub const fn pair(stem: &str) -> [Self; 2] {
        [Self::joined(stem, "Left"), Self::joined(stem, "Right")]
    }

    /// The action of this name, if there is one.
    pub fn find(name: &str) -> Option<Self> {
        FACIAL_ACTIONS.iter().position(|action| *action == name).map(Self)
    }

    const fn joined(stem: &str, side: &str) -> Self {
        let mut place = 0;
        while place < FACIAL_ACTIONS.len() {
            if is_joined(FACIAL_ACTIONS[place].as_bytes(), stem.as_bytes(), side.as_bytes()) {
                return Self(place);
            }
            place += 1;
        }
        panic!("there is no facial action of this name");
    }

    /// Its place among the 52.
    pub const fn place(self) -> usize {
        self.0
    }

    /// ARKit's name.
    pub fn name(self) -> &'static str {
        FACIAL_ACTIONS.get(self.0).copied().unwrap_or("")
    }

    /// Whether it is a direction of an eye. Those are angles.
    pub const fn is_look(self) -> bool {
        self.0 >= FIRST_LOOK.0 && self.0 <= LAST_LOOK.0
    }

    /// The highest weight it can have.
    pub const fn top(self) -> f32 {
        if self.is_look() {
            MOST_LOOK
        } else if self.0 == INNER_BROW.0 {
            MOST_INNER_BROW
        } else {
            1.0
        }
    }

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..FACIAL_ACTIONS.len()).map(Self)
    }
}

// The pack lists actions by name, so the directions of the eyes stand together.
const FIRST_LOOK: Action = Action::named("eyeLookDownLeft");
const LAST_LOOK: Action = Action::named("eyeLookUpRight");
const INNER_BROW: Action = Action::named("browInnerUp");

const fn is_joined(name: &[u8], stem: &[u8], side: &[u8]) -> bool {
    if name.len() != stem.len() + side.len() {
        return false;
    }
    let mut at = 0;
    while at < name.len() {
        let expected = if at < stem.len() { stem[at] } else { side[at - stem.len()] };
        if name[at] != expected {
            return false;
        }
        at += 1;
    }
    true
}

/// The weight of an action.
pub fn at(weights: &FaceWeights, action: Action) -> f32 {
    weights.get(action.0).copied().unwrap_or(0.0)
}

/// Sets a weight.
pub fn put(weights: &mut FaceWeights, action: Action, weight: f32) {
    if let Some(slot) = weights.get_mut(action.0) {
        *slot = weight;
    }
}

/// Adds a contribution. Directions of the eyes are angles and add up; everything else saturates softly at 1.
pub fn add(weights: &mut FaceWeights, action: Action, weight: f32) {
    let now = at(weights, action);
    let sum = if action.is_look() { now + weight } else { soft_or(now, weight.clamp(0.0, 1.0)) };
    put(weights, action, sum);
}

/// Adds a contribution to the left and the right action of a pair.
pub fn add_pair(weights: &mut FaceWeights, pair: [Action; 2], amounts: [f32; 2]) {
    for (action, amount) in pair.into_iter().zip(amounts) {
        add(weights, action, amount);
    }
}

/// Multiplies a weight.
pub fn scale(weights: &mut FaceWeights, action: Action, factor: f32) {
    put(weights, action, at(weights, action) * factor);
}

/// The weight of the action of this name, 0 for a name that is none.
pub fn get(weights: &FaceWeights, name: &str) -> f32 {
    Action::find(name).map_or(0.0, |action| at(weights, action))
}

/// Sets the weight of the action of this name; a name that is none changes nothing.
pub fn set(weights: &mut FaceWeights, name: &str, weight: f32) {
    if let Some(action) = Action::find(name) {
        put(weights, action, weight);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_found_by_name_and_only_looks_are_looks() {
        for (place, name) in FACIAL_ACTIONS.into_iter().enumerate() {
            let action = Action::find(name).expect("a name");
            assert_eq!((action.place(), action.name()), (place, name));
            assert_eq!(Action::named(name), action);
            assert_eq!(action.is_look(), name.starts_with("eyeLook"));
        }
        assert_eq!(Action::pair("mouthSmile").map(Action::name), ["mouthSmileLeft", "mouthSmileRight"]);
        assert_eq!(Action::find("mouthSmile"), None);
        assert_eq!(Action::named("browInnerUp").top(), MOST_INNER_BROW);
    }
}
