//! The motion that everything has in common: what falls or flies together needs no detection and is not slowed.

use super::solver::ContactSolver;
use crate::solver::exact::{mul, recip};
use crate::solver::position::round_half_away;
use crate::solver::vec3::V3;

/// Unit in which displacements are summed to find the common motion: 2^-14 m, each at most half a metre, so that 2^17 vertices fit an `i32`.
const COMMON_UNITS_PER_M: f32 = 16_384.0;

impl ContactSolver {
    /// Mean displacement of the bodies of triangles: who wears a cloth takes it along. Without them that of what is free. Null where bodies of simple shape are near,
    /// because those do not take part in it. It need not be exact: any
    /// vector that is the same for all vertices will do.
    pub(super) fn common_motion(&self, d: &[V3], inverse_mass: &[f32]) -> V3 {
        if self.is_supported {
            return V3::ZERO;
        }
        if !self.body_displacement.is_empty() {
            return mean(self.body_displacement.iter().copied());
        }
        mean(d.iter().zip(inverse_mass).filter(|(_, w)| **w > 0.0).map(|(d, _)| *d))
    }

    /// With bodies of triangles the common motion, otherwise the share of it that the recorded vertices have; none where pins are among them, because what holds a pin back must not take it along.
    pub(super) fn base_motion(&self, d: &[V3], inverse_mass: &[f32]) -> V3 {
        let square = self.common.length_squared();
        let has_pins = || inverse_mass.iter().zip(&self.is_recorded).any(|(w, is_recorded)| *w <= 0.0 && *is_recorded);
        if square < 1e-14 || has_pins() {
            return V3::ZERO;
        }
        if !self.body_displacement.is_empty() {
            return self.common;
        }
        let recorded = d
            .iter()
            .zip(inverse_mass)
            .zip(&self.is_recorded)
            .filter(|((_, w), is_recorded)| **w > 0.0 && **is_recorded);
        let share = mul(mean(recorded.map(|((d, _), _)| *d)).dot(self.common), recip(square));
        self.common.scale(share.clamp(0.0, 1.0))
    }
}

/// Mean of displacements, the same for any order of summation; null of none.
fn mean(displacements: impl Iterator<Item = V3>) -> V3 {
    let (mut sum, mut count) = ([0i32; 3], 0);
    for d in displacements {
        for (sum, x) in sum.iter_mut().zip(d.to_array()) {
            *sum += round_half_away(mul(x.clamp(-0.5, 0.5), COMMON_UNITS_PER_M));
        }
        count += 1;
    }
    if count == 0 {
        return V3::ZERO;
    }
    let scale = mul(recip(count as f32), 1.0 / COMMON_UNITS_PER_M);
    V3::from_array(sum.map(|s| mul(s as f32, scale)))
}
