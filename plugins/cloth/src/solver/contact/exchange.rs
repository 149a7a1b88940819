//! Momentum between cloth and bodies: what contact gives to the cloth it takes from the body, to the last unit.
//!
//! Impulses are summed as integers, so the sum does not depend on the order of vertices. Whoever moves a body takes what has come together
//! ([`Exchange::take`]): a [`Mover`] here, within the substep, or a rigid-body engine elsewhere, at its own steps. Within a substep a body is
//! as heavy as it needs to be to bring the cloth out; what that costs it is felt in the next one. Momentum is kept however heavy it is, but a body much
//! lighter than the cloth it meets is thrown about.

use super::shapes::Body;
use crate::solver::vec3::V3;

/// Impulses in units of 2^-40 N s (N m s).
const UNITS_PER_N_S: f64 = (1u64 << 40) as f64;

/// What a body has been given and has not taken yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    linear: [i64; 3],
    angular: [i64; 3],
}

impl Exchange {
    /// The reaction to a change of a vertex' displacement, metres, in a substep; `arm` is the vertex as seen from the body's centre, metres.
    pub(super) fn react(&mut self, change: V3, arm: V3, inverse_mass_per_kg: f32, dt_secs: f32) {
        let mass_per_sec = 1.0 / (f64::from(inverse_mass_per_kg) * f64::from(dt_secs));
        let given = change.to_array().map(|x| -f64::from(x) * mass_per_sec);
        let arm = arm.to_array().map(f64::from);
        for axis in 0..3 {
            let (next, last) = ((axis + 1) % 3, (axis + 2) % 3);
            self.linear[axis] = self.linear[axis].saturating_add(units(given[axis]));
            let turn = arm[next] * given[last] - arm[last] * given[next];
            self.angular[axis] = self.angular[axis].saturating_add(units(turn));
        }
    }

    /// Impulse, N s, and angular impulse about the body's centre, N m s, since they were last taken.
    pub fn take(&mut self) -> ([f64; 3], [f64; 3]) {
        let Exchange { linear, angular } = std::mem::take(self);
        (linear.map(newton_secs), angular.map(newton_secs))
    }
}

fn units(newton_secs: f64) -> i64 {
    // A cast saturates, and of what is no number it makes nothing.
    (newton_secs * UNITS_PER_N_S).round() as i64
}

fn newton_secs(units: i64) -> f64 {
    units as f64 / UNITS_PER_N_S
}

/// A body that moves by its own inertia, by gravity and by what cloth does to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Mover {
    /// kg, above 0.
    pub mass_kg: f64,
    /// Moments of inertia about the body's own axes, kg m2, above 0.
    pub inertia_kg_m2: [f64; 3],
    /// m/s2.
    pub gravity_m_s2: [f64; 3],
    momentum: [i64; 3],
    spin: [i64; 3],
}

impl Mover {
    /// A solid ball at rest.
    pub fn ball(mass_kg: f64, radius_m: f64, gravity_m_s2: [f64; 3]) -> Mover {
        let inertia_kg_m2 = [0.4 * mass_kg * radius_m * radius_m; 3];
        Mover { mass_kg, inertia_kg_m2, gravity_m_s2, momentum: [0; 3], spin: [0; 3] }
    }

    /// Lets it move with a velocity, m/s.
    pub fn set_velocity_m_s(&mut self, velocity_m_s: [f64; 3]) {
        self.momentum = velocity_m_s.map(|v| units(v * self.mass_kg));
    }

    /// kg m/s.
    pub fn momentum(&self) -> [f64; 3] {
        self.momentum.map(newton_secs)
    }

    /// Angular momentum about its centre, kg m2/s.
    pub fn spin(&self) -> [f64; 3] {
        self.spin.map(newton_secs)
    }

    /// Takes what came in the last substep and gives the body its velocities for the next.
    pub(super) fn send(&mut self, body: &mut Body, exchange: &mut Exchange, dt_secs: f32) {
        let Exchange { linear, angular } = std::mem::take(exchange);
        for axis in 0..3 {
            let weight = units(self.mass_kg * self.gravity_m_s2[axis] * f64::from(dt_secs));
            self.momentum[axis] = self.momentum[axis].saturating_add(linear[axis]).saturating_add(weight);
            self.spin[axis] = self.spin[axis].saturating_add(angular[axis]);
        }
        body.velocity_m_s = V3::from_array(self.momentum().map(|p| (p / self.mass_kg) as f32));
        let spin = self.spin();
        let mut turning = [0.0; 3];
        for (axis, inertia) in body.axes.iter().zip(self.inertia_kg_m2) {
            let axis = axis.to_array().map(f64::from);
            let rate = (0..3).map(|k| axis[k] * spin[k]).sum::<f64>() / inertia;
            turning = [0, 1, 2].map(|k| turning[k] + axis[k] * rate);
        }
        body.angular_velocity_rad_s = V3::from_array(turning.map(|w| w as f32));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solver::contact::shapes::Core;

    #[test]
    fn what_is_given_is_taken_once_and_turns_the_body() {
        let mut exchange = Exchange::default();
        // A vertex of 10 g is pushed by 1 mm along -y in 1 ms: 10 mN s upwards for the body, half a metre beside its centre.
        exchange.react(V3::new(0.0, -1e-3, 0.0), V3::new(0.5, 0.0, 0.0), 100.0, 1e-3);
        let ([x, y, z], [_, _, turn]) = { exchange }.take();
        assert!(x == 0.0 && z == 0.0 && (y - 0.01).abs() < 1e-9 && (turn - 0.005).abs() < 1e-9, "{y} {turn}");
        let mut ball = Body::new(Core::Point, 0.1, [0.0; 3], 0.3);
        let mut mover = Mover::ball(2.0, 0.1, [0.0; 3]);
        mover.send(&mut ball, &mut exchange, 1e-3);
        assert_eq!(exchange, Exchange::default());
        assert!((ball.velocity_m_s.y - 0.005).abs() < 1e-7, "{ball:?}");
        assert!((ball.angular_velocity_rad_s.z - 0.005 / 0.008).abs() < 1e-5, "{ball:?}");
        mover.send(&mut ball, &mut exchange, 1e-3);
        assert!((mover.momentum()[1] - 0.01).abs() < 1e-9);
    }
}
