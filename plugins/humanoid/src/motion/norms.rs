//! What is known of how people walk and run: angles over a cycle, and how step length follows from speed.
//!
//! Angles are knots of D. A. Winter's norms for walking at natural cadence ("Biomechanics and Motor Control of Human
//! Movement", table of joint angles over the stride), rounded and from memory; what the tests hold them to are his
//! landmarks: hip about +20 at contact to -11 at half of the stride, knee 20 at 15 % and 65 at 72 %, ankle +10 at 45 % and
//! -20 at 62 %. Running is our drawing after the same pattern: more flexion of hip and knee, no heel first.

/// One angle over the cycle: knots of share of the cycle (0..1, ascending) and degrees, closed periodically.
pub type Curve = &'static [(f64, f64)];

/// A leg over a cycle that begins when its foot touches the ground. Hip: flexion against the vertical. Knee: flexion.
/// Ankle: dorsiflexion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cycle {
    pub hip: Curve,
    pub knee: Curve,
    pub ankle: Curve,
}

/// Walking.
pub const WALK: Cycle = Cycle {
    hip: &[
        (0.0, 19.5),
        (0.06, 19.0),
        (0.14, 15.5),
        (0.22, 9.0),
        (0.30, 2.0),
        (0.38, -4.5),
        (0.46, -9.5),
        (0.53, -11.3),
        (0.60, -7.5),
        (0.66, 1.0),
        (0.72, 9.5),
        (0.78, 16.0),
        (0.85, 21.0),
        (0.92, 21.3),
    ],
    knee: &[
        (0.0, 4.0),
        (0.06, 12.5),
        (0.14, 20.5),
        (0.22, 19.0),
        (0.30, 13.0),
        (0.38, 8.0),
        (0.44, 8.5),
        (0.50, 16.0),
        (0.56, 32.0),
        (0.62, 49.5),
        (0.68, 62.5),
        (0.72, 65.0),
        (0.78, 60.0),
        (0.84, 44.0),
        (0.90, 21.5),
        (0.96, 4.0),
    ],
    ankle: &[
        (0.0, 0.0),
        (0.06, -5.0),
        (0.12, -2.5),
        (0.20, 2.5),
        (0.30, 5.8),
        (0.38, 8.5),
        (0.45, 9.7),
        (0.50, 6.5),
        (0.56, -6.5),
        (0.62, -19.8),
        (0.68, -15.0),
        (0.74, -5.5),
        (0.80, -0.5),
        (0.87, 0.8),
        (0.94, -0.5),
    ],
};

/// Running at an easy pace.
pub const RUN: Cycle = Cycle {
    hip: &[
        (0.0, 30.0),
        (0.08, 27.0),
        (0.18, 16.0),
        (0.28, 2.0),
        (0.36, -7.0),
        (0.42, -9.0),
        (0.50, -4.0),
        (0.60, 14.0),
        (0.70, 33.0),
        (0.78, 43.0),
        (0.85, 45.0),
        (0.92, 39.0),
    ],
    knee: &[
        (0.0, 16.0),
        (0.08, 32.0),
        (0.16, 42.0),
        (0.24, 36.0),
        (0.32, 23.0),
        (0.38, 17.0),
        (0.46, 34.0),
        (0.56, 75.0),
        (0.66, 98.0),
        (0.74, 97.0),
        (0.84, 65.0),
        (0.92, 28.0),
        (0.97, 14.0),
    ],
    ankle: &[
        (0.0, 6.0),
        (0.08, 14.0),
        (0.16, 22.0),
        (0.24, 16.0),
        (0.32, -6.0),
        (0.38, -22.0),
        (0.46, -20.0),
        (0.58, -8.0),
        (0.72, 2.0),
        (0.86, 4.0),
    ],
};

/// The angle at `phase` (any number; whole cycles are dropped), degrees: a periodic cubic through the knots with slopes from
/// their neighbours, which is continuous in angle and in speed.
pub fn angle_deg(curve: Curve, phase: f64) -> f64 {
    let count = curve.len() as i64;
    let phase = phase.rem_euclid(1.0);
    let knot = |index: i64| {
        let (turn, place) = (index.div_euclid(count), index.rem_euclid(count));
        let (share, angle) = curve.get(usize::try_from(place).unwrap_or(0)).copied().unwrap_or_default();
        (share + turn as f64, angle)
    };
    let after = curve.partition_point(|&(share, _)| share <= phase) as i64;
    let [a, b, c, d] = [after - 2, after - 1, after, after + 1].map(knot);
    let slope = |from: (f64, f64), to: (f64, f64)| (to.1 - from.1) / (to.0 - from.0);
    let width = c.0 - b.0;
    hermite(b.1, slope(a, c) * width, c.1, slope(b, d) * width, (phase - b.0) / width)
}

/// The cubic with these values and slopes (per unit of `share`) at both ends.
pub fn hermite(from: f64, from_slope: f64, to: f64, to_slope: f64, share: f64) -> f64 {
    let (x, x2) = (share, share * share);
    let x3 = x2 * x;
    from * (2.0 * x3 - 3.0 * x2 + 1.0)
        + from_slope * (x3 - 2.0 * x2 + x)
        + to * (3.0 * x2 - 2.0 * x3)
        + to_slope * (x3 - x2)
}

/// Length of a walking step, metres, for a leg of `leg_m` at `speed_m_s`.
///
/// Adults keep the ratio of step length to cadence at about 0.0065 m per step a minute over a wide range of speeds (Sekiya
/// and Nagasaki 1998; see also Murakami and Otaka 2017, PMC5430280, who find that it rises below about 62 m a minute). The
/// ratio has the dimension of length times time, so that it goes with the leg to the power 3/2; an adult's is taken as 0.9 m.
pub fn walking_step_m(leg_m: f64, speed_m_s: f64) -> f64 {
    let ratio_m_min = 0.0065 * (leg_m / 0.9).powf(1.5);
    let slow = 1.0 + 0.35 * (1.0 - speed_m_s / (62.0 / 60.0)).max(0.0);
    (ratio_m_min * slow * speed_m_s * 60.0).sqrt().min(1.15 * leg_m)
}

/// Length of a running step, metres: R. McN. Alexander's relation between relative stride length and Froude number, stride =
/// 2.3 h (v^2 / g h)^0.3 with the height h of the hip ("Estimates of speeds of dinosaurs", Nature 261, 1976).
pub fn running_step_m(hip_m: f64, speed_m_s: f64) -> f64 {
    0.5 * 2.3 * hip_m * (speed_m_s * speed_m_s / (9.81 * hip_m)).powf(0.3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walking_has_winters_landmarks() {
        let at = |curve, percent: f64| angle_deg(curve, percent / 100.0);
        for (curve, percent, range) in [
            (WALK.hip, 0.0, 15.0..=30.0),
            (WALK.hip, 52.0, -20.0..=-10.0),
            (WALK.knee, 15.0, 18.0..=22.0),
            (WALK.knee, 72.0, 60.0..=66.0),
            (WALK.knee, 100.0, 2.0..=7.0),
            (WALK.ankle, 45.0, 8.0..=11.0),
            (WALK.ankle, 62.0, -20.5..=-18.0),
        ] {
            let angle = at(curve, percent);
            assert!(range.contains(&angle), "{angle} at {percent} % is outside of {range:?}");
        }
    }

    #[test]
    fn curves_are_periodic_and_smooth() {
        for curve in [WALK.hip, WALK.knee, WALK.ankle, RUN.hip, RUN.knee, RUN.ankle] {
            for &(share, angle) in curve {
                assert!((angle_deg(curve, share + 3.0) - angle).abs() < 1e-9);
            }
            let step = 1e-4;
            for index in 0..10_000 {
                let at = |offset: f64| angle_deg(curve, (f64::from(index) + offset) * step);
                assert!((at(1.0) - at(0.0)).abs() < 0.12 && (at(2.0) - 2.0 * at(1.0) + at(0.0)).abs() < 2e-3);
            }
        }
    }

    #[test]
    fn steps_are_as_long_as_people_make_them() {
        let step = walking_step_m(0.9, 1.35);
        assert!((0.68..0.78).contains(&step) && (105.0..118.0).contains(&(1.35 / step * 60.0)), "{step}");
        assert!(walking_step_m(0.5, 1.0) < walking_step_m(0.85, 1.0));
        let step = running_step_m(0.9, 3.0);
        assert!((155.0..185.0).contains(&(3.0 / step * 60.0)), "{step}");
    }
}
