//! Movement: what settings, seed and time make of the pose. Pure functions, no Bevy, nothing remembered: any frame can be
//! computed alone.
//!
//! A [`Stance`] goes through these steps, in this order (see [`crate::pose::body_state`]): rest pose; acts (walk, run,
//! turn, sit) and gestures; clips; what is added (head, `pose`, life signs); feet on the ground, hands to their goals, look.

pub mod clips;
pub mod settings;

use bevy::math::{DQuat, DVec3};

use crate::pose::Standing;

/// A pose in the making.
#[derive(Clone, Debug, PartialEq)]
pub struct Stance {
    /// One rotation per bone, as in [`crate::body::BodyState::deltas`].
    pub deltas: Vec<DQuat>,
    /// Where the root bone's head goes, metres, in the person's space.
    pub root: DVec3,
    /// Whether `root` already stands rightly on the ground. Otherwise the lowest sole is put on y = 0 afterwards, if the
    /// settings ask for it.
    pub grounded: bool,
}

impl Stance {
    /// The rest pose at the origin.
    pub fn at_rest(standing: &Standing) -> Self {
        let mut deltas = standing.rest.to_vec();
        deltas.resize(standing.basis.skeleton.names.len(), DQuat::IDENTITY);
        Self { deltas, root: DVec3::ZERO, grounded: false }
    }
}
