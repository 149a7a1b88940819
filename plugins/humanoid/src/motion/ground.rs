//! The ground as a function of place.

use bevy::math::{DQuat, DVec2, DVec3};

use super::settings::Ground;

impl Ground {
    /// Height above y = 0 at x, z, metres.
    pub fn height_m(&self, at: DVec2) -> f64 {
        match *self {
            Self::Flat => 0.0,
            Self::Slope { rise_deg, towards_deg } => {
                f64::from(rise_deg).to_radians().tan() * at.dot(direction(f64::from(towards_deg).to_radians()))
            }
            Self::Steps { rise_m, going_m, first_m, count, towards_deg } => {
                let along = at.dot(direction(f64::from(towards_deg).to_radians())) - f64::from(first_m);
                // The tread of the first step begins at its edge.
                let steps = (along / f64::from(going_m.max(0.01))).floor() + 1.0;
                steps.clamp(0.0, f64::from(count)) * f64::from(rise_m)
            }
        }
    }

    /// The turn that takes +y to the ground's normal, without turning about +y. Treads are level.
    pub fn tilt(&self) -> DQuat {
        match *self {
            Self::Slope { rise_deg, towards_deg } => {
                let towards = direction(f64::from(towards_deg).to_radians());
                let axis = DVec3::new(towards.y, 0.0, -towards.x);
                DQuat::from_axis_angle(axis, -f64::from(rise_deg).to_radians())
            }
            Self::Flat | Self::Steps { .. } => DQuat::IDENTITY,
        }
    }

    /// Where a foot that wants to stand at `at` finds a tread: the nearest place along `forward` (a unit vector). The sole
    /// reaches `heel_m` behind and `toe_m` ahead of `at`. On a tread that is too shallow for it the heel stands over, then the
    /// toes as well.
    pub fn footing(&self, at: DVec2, forward: DVec2, heel_m: f64, toe_m: f64) -> DVec2 {
        let Self::Steps { going_m, .. } = *self else { return at };
        let stride_m = 0.01;
        let most = (f64::from(going_m).min(1.0) / stride_m) as i32;
        for (heel, toe) in [(1.0, 1.0), (0.4, 1.0), (0.4, 0.6)] {
            let fits = |shift_m: f64| {
                let middle = at + forward * shift_m;
                self.height_m(middle - forward * heel_m * heel) == self.height_m(middle + forward * toe_m * toe)
            };
            let shifts = (0..=most).flat_map(|step| [f64::from(step), -f64::from(step)]).map(|step| step * stride_m);
            if let Some(shift) = shifts.into_iter().find(|&shift| fits(shift)) {
                return at + forward * shift;
            }
        }
        at
    }
}

/// The unit vector x, z of a heading in radians: 0 is +z, a quarter turn is +x.
pub fn direction(heading: f64) -> DVec2 {
    DVec2::new(heading.sin(), heading.cos())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_rise_as_they_say_and_soles_turn_with_them() {
        let slope = Ground::Slope { rise_deg: 10.0, towards_deg: 90.0 };
        assert!((slope.height_m(DVec2::new(2.0, 5.0)) - 2.0 * 10.0_f64.to_radians().tan()).abs() < 1e-9);
        let along = slope.tilt() * DVec3::X;
        assert!((along.y - 10.0_f64.to_radians().sin()).abs() < 1e-9, "{along}");
        assert!((slope.tilt() * DVec3::Z - DVec3::Z).length() < 1e-9);
    }

    #[test]
    fn steps_begin_at_their_edge_and_end_after_their_count() {
        let steps = Ground::Steps { rise_m: 0.17, going_m: 0.3, first_m: 1.0, count: 3, towards_deg: 0.0 };
        let height = |z: f64| steps.height_m(DVec2::new(0.4, z));
        for (z, level) in [(0.99, 0.0), (1.01, 1.0), (1.29, 1.0), (1.31, 2.0), (9.0, 3.0), (-4.0, 0.0)] {
            assert!((height(z) - level * 0.17).abs() < 1e-6, "at {z}");
        }
    }

    #[test]
    fn a_foot_finds_a_whole_tread() {
        let steps = Ground::Steps { rise_m: 0.17, going_m: 0.3, first_m: 1.0, count: 9, towards_deg: 0.0 };
        for step in 0..200 {
            let wanted = DVec2::new(0.0, f64::from(step) * 0.02);
            let found = steps.footing(wanted, DVec2::Y, 0.05, 0.2);
            assert_eq!(steps.height_m(found - DVec2::Y * 0.05), steps.height_m(found + DVec2::Y * 0.2));
            assert!(found.distance(wanted) < 0.26);
        }
    }
}
