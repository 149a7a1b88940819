//! The oracle of rigid bodies: formulas of mechanics, and cases that hold the simulation against them.

pub mod cases;
mod probes;
pub mod worlds;

use std::f64::consts::{PI, TAU};

/// Acceleration of gravity of the default world, m/s².
pub const GRAVITY_M_S2: f64 = 9.81;

/// The complete elliptic integral of the first kind K(k), by the arithmetic-geometric mean (Abramowitz and Stegun, 17.6.3).
pub fn elliptic_k(modulus: f64) -> f64 {
    let (mut a, mut b) = (1.0, (1.0 - modulus * modulus).max(0.0).sqrt());
    // The number of right digits doubles in each turn.
    for _ in 0..8 {
        (a, b) = ((a + b) / 2.0, (a * b).sqrt());
    }
    PI / (2.0 * a)
}

/// Period in seconds of a pendulum of (effective) length `length_m` that swings to `amplitude_rad` on either side:
/// 4 √(l/g) K(sin θ/2) (Landau and Lifshitz, "Mechanics", section 11, problem 1).
pub fn pendulum_period_secs(length_m: f64, amplitude_rad: f64) -> f64 {
    4.0 * (length_m / GRAVITY_M_S2).sqrt() * elliptic_k((amplitude_rad / 2.0).sin())
}

/// Length in metres of the point pendulum that swings like a ball on a massless rod.
pub fn ball_pendulum_length_m(rod_m: f64, radius_m: f64) -> f64 {
    rod_m + 0.4 * radius_m * radius_m / rod_m
}

/// Distance in metres that a block slides down an incline in `time_secs` from rest: g (sin a - μ cos a) t²/2, or 0 when
/// tan a <= μ.
pub fn incline_slide_m(angle_rad: f64, friction: f64, time_secs: f64) -> f64 {
    (0.5 * GRAVITY_M_S2 * (angle_rad.sin() - friction * angle_rad.cos()) * time_secs * time_secs).max(0.0)
}

/// Principal moments of inertia of a box of density 1, kg m².
pub fn box_inertia(size_m: [f64; 3]) -> [f64; 3] {
    let [x, y, z] = size_m;
    let mass_kg = x * y * z;
    [y * y + z * z, x * x + z * z, x * x + y * y].map(|squares| mass_kg * squares / 12.0)
}

/// Seconds between two flips of a free body with moments of inertia I1 < I2 < I3 that spins mostly about its second axis
/// with M² > 2 E I2: half the period 4 K(k)/√((I3-I2)(M²-2EI1)/(I1 I2 I3)) of its angular velocity, with
/// k² = (I2-I1)(2EI3-M²)/((I3-I2)(M²-2EI1)) (Landau and Lifshitz, "Mechanics", section 37). `None` where that does not hold.
pub fn flip_secs(inertia: [f64; 3], angular_rad_s: [f64; 3]) -> Option<f64> {
    let [i1, i2, i3] = inertia;
    let sum = |weight: fn(f64) -> f64| -> f64 {
        inertia.iter().zip(angular_rad_s).map(|(moment, spin)| weight(*moment) * spin * spin).sum()
    };
    let (twice_energy, momentum_squared) = (sum(|moment| moment), sum(|moment| moment * moment));
    let (fast, slow) = ((i3 - i2) * (momentum_squared - twice_energy * i1), twice_energy * i3 - momentum_squared);
    let modulus_squared = (i2 - i1) * slow / fast;
    let holds = i1 < i2 && i2 < i3 && (0.0..1.0).contains(&modulus_squared);
    holds.then(|| 2.0 * elliptic_k(modulus_squared.sqrt()) / (fast / (i1 * i2 * i3)).sqrt())
}

/// Depth in metres to which an upright box sinks in a denser liquid (Archimedes).
pub fn draft_m(height_m: f64, density_ratio: f64) -> f64 {
    height_m * density_ratio
}

/// Period in seconds of an upright box bobbing in a liquid without drag and added mass: m y'' = -ρ g A y gives 2π √(d/g) for
/// the draft d at rest.
pub fn bobbing_period_secs(draft_m: f64) -> f64 {
    TAU * (draft_m / GRAVITY_M_S2).sqrt()
}

/// Volume in m³ of the part of a ball below a plane that is `depth_m` above its lowest point.
pub fn ball_cap_m3(radius_m: f64, depth_m: f64) -> f64 {
    let depth_m = depth_m.clamp(0.0, 2.0 * radius_m);
    PI * depth_m * depth_m * (3.0 * radius_m - depth_m) / 3.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elliptic_integrals_match_tables() {
        // Abramowitz and Stegun, table 17.1, for the parameter m = k².
        for (parameter, value) in
            [(0.0, std::f64::consts::FRAC_PI_2), (0.5, 1.854_074_677_301_372), (0.99, 3.695_637_362_989_875)]
        {
            assert!((elliptic_k(f64::sqrt(parameter)) - value).abs() < 1e-12, "{parameter}");
        }
    }

    #[test]
    fn flips_match_a_fine_integration_of_eulers_equations() {
        let inertia = [1.0, 2.0, 3.0];
        let mut spin = [0.02, 5.0, 0.3];
        let expected = flip_secs(inertia, spin).expect("the case of M² > 2 E I2");
        let rate = |[a, b, c]: [f64; 3]| {
            let [i1, i2, i3] = inertia;
            [(i2 - i3) * b * c / i1, (i3 - i1) * c * a / i2, (i1 - i2) * a * b / i3]
        };
        let dt = 1e-4;
        let mut crossings = Vec::new();
        for step in 0..200_000 {
            let add = |base: [f64; 3], slope: [f64; 3], by: f64| std::array::from_fn(|i| base[i] + slope[i] * by);
            let k1 = rate(spin);
            let k2 = rate(add(spin, k1, dt / 2.0));
            let k3 = rate(add(spin, k2, dt / 2.0));
            let k4 = rate(add(spin, k3, dt));
            let next: [f64; 3] =
                std::array::from_fn(|i| spin[i] + dt / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]));
            if spin[1] * next[1] < 0.0 {
                crossings.push(f64::from(step) * dt + dt * spin[1] / (spin[1] - next[1]));
            }
            spin = next;
        }
        let measured = (crossings[crossings.len() - 1] - crossings[0]) / (crossings.len() - 1) as f64;
        assert!((measured - expected).abs() < 1e-6, "{measured} {expected}");
        assert_eq!(flip_secs([2.0, 1.0, 3.0], [0.0, 1.0, 0.0]), None);
    }
}
