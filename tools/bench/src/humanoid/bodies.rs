//! Random bodies, drawn as `make_fixtures.py` draws them.

use kinema::core::Seed;
use kinema::humanoid::anny::basis::BodyBasis;
use kinema::humanoid::{BodyState, Phenotype};

use super::Changed;

/// Largest turn of the root about an axis.
const ROOT_TURN_RAD: f32 = std::f32::consts::FRAC_PI_2;
/// Standard deviation of the turn of any other bone about an axis.
const BONE_TURN_RAD: f32 = 0.2;

/// A source of random bodies.
pub struct Bodies {
    seed: Seed,
    locals: usize,
    bones: usize,
}

impl Bodies {
    pub fn new(basis: &BodyBasis) -> Self {
        Self { seed: Seed(20260), locals: basis.local_names.len(), bones: basis.skeleton.names.len() }
    }

    /// `count` bodies that have nothing in common.
    pub fn draw(&mut self, count: usize, changed: Changed) -> Vec<BodyState> {
        (0..count).map(|_| self.one(changed)).collect()
    }

    fn one(&mut self, changed: Changed) -> BodyState {
        let mut state = BodyState::default();
        for (_, range, field) in Phenotype::sliders() {
            *field(&mut state.phenotype) = self.seed.range(*range.start()..*range.end());
        }
        for local in self.choose(self.locals, changed.locals) {
            state.local_changes.push((local as u16, self.seed.range(-1.0..1.0)));
        }
        for action in self.choose(state.face.len(), changed.faces) {
            if let Some(weight) = state.face.get_mut(action) {
                *weight = self.seed.unit_f32();
            }
        }
        for bone in 0..self.bones {
            let turn = std::array::from_fn(|_| {
                f64::from(if bone == 0 {
                    self.seed.range(-ROOT_TURN_RAD..ROOT_TURN_RAD)
                } else {
                    self.seed.normal() * BONE_TURN_RAD
                })
            });
            state.deltas.push(bevy::math::DQuat::from_scaled_axis(bevy::math::DVec3::from_array(turn)));
        }
        state.root = std::array::from_fn(|_| f64::from(self.seed.range(-1.0..1.0))).into();
        state
    }

    /// `wanted` of `count` numbers, in order.
    fn choose(&mut self, count: usize, wanted: usize) -> Vec<usize> {
        let mut chosen = Vec::with_capacity(wanted);
        for number in 0..count {
            let (missing, left) = (wanted.saturating_sub(chosen.len()), count - number);
            if self.seed.unit_f32() * (left as f32) < missing as f32 {
                chosen.push(number);
            }
        }
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_change_as_were_asked_for() {
        let mut bodies = Bodies { seed: Seed(1), locals: 254, bones: 3 };
        for changed in [Changed { locals: 12, faces: 8 }, Changed { locals: 254, faces: 52 }] {
            for body in bodies.draw(5, changed) {
                assert_eq!(body.local_changes.len(), changed.locals);
                assert_eq!(body.face.iter().filter(|weight| **weight != 0.0).count(), changed.faces);
                assert_eq!(body.deltas.len(), 3);
            }
        }
    }
}
