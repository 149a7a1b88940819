//! Momentum between cloth and bodies: what contact gives to the cloth it takes from the body, to the last unit.
//!
//! Impulses are summed as integers, so the sum does not depend on the order of vertices; each is the product of two floats, exact and then rounded once, which
//! a device without doubles can do too. Whoever moves a body takes what has come together
//! ([`Exchange::take`]): a [`Mover`] here, within the substep, or a rigid-body engine elsewhere, at its own steps. Within a substep a body is
//! as heavy as it needs to be to bring the cloth out; what that costs it is felt in the next one. Momentum is kept however heavy it is, but a body much
//! lighter than the cloth it meets is thrown about.

use super::shapes::Body;
use crate::solver::exact::mul;
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
        let mass_per_sec = mass_per_sec(inverse_mass_per_kg, dt_secs);
        let (change, arm) = (change.neg().to_array(), arm.to_array());
        let given = change.map(|x| mul(x, mass_per_sec[0]));
        for axis in 0..3 {
            let (next, last) = ((axis + 1) % 3, (axis + 2) % 3);
            for part in mass_per_sec {
                self.linear[axis] = self.linear[axis].wrapping_add(product_units(change[axis], part));
            }
            let turn = product_units(arm[next], given[last]) - product_units(arm[last], given[next]);
            self.angular[axis] = self.angular[axis].wrapping_add(turn);
        }
    }

    /// Adds what a device has summed: low and high words of each axis, linear ones first.
    pub(crate) fn add_words(&mut self, words: &[u32]) {
        let sums = self.linear.iter_mut().chain(&mut self.angular);
        for (sum, half) in sums.zip(words.chunks_exact(2)) {
            *sum = sum.wrapping_add((u64::from(half[0]) | u64::from(half[1]) << 32).cast_signed());
        }
    }

    /// Impulse, N s, and angular impulse about the body's centre, N m s, since they were last taken.
    pub fn take(&mut self) -> ([f64; 3], [f64; 3]) {
        let Exchange { linear, angular } = std::mem::take(self);
        (linear.map(newton_secs), angular.map(newton_secs))
    }
}

/// The mass of a vertex over a substep's length, kg/s, as a float and what is missing from it.
pub(crate) fn mass_per_sec(inverse_mass_per_kg: f32, dt_secs: f32) -> [f32; 2] {
    let whole = 1.0 / (f64::from(inverse_mass_per_kg) * f64::from(dt_secs));
    let high = whole as f32;
    [high, mul((whole - f64::from(high)) as f32, 1.0)]
}

/// Most that a single product counts for, so that sums of any that occur do not overflow: four million N s.
const LARGEST_UNITS: f64 = (1u64 << 62) as f64;

/// A product in units of 2^-40, rounded to the nearest, halves away from zero; nothing of what is no normal number. The product itself is exact: 24 bits by 24 bits.
pub(crate) fn product_units(a: f32, b: f32) -> i64 {
    if !(a.is_normal() && b.is_normal()) {
        return 0;
    }
    (f64::from(a) * f64::from(b) * UNITS_PER_N_S).round().clamp(-LARGEST_UNITS, LARGEST_UNITS) as i64
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
    pub(crate) fn send(&mut self, body: &mut Body, exchange: &mut Exchange, dt_secs: f32) {
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
