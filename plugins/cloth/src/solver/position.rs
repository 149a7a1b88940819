//! Positions that are as fine far from the origin as near it, and that lose no small motion in a long simulation.
//!
//! A particle is at `q * 2^-24 m + offset`: `q` three `i32` (range +-128 m about the cloth's own origin) and `offset` three `f32` in
//! metres. Between substeps the offset is the *rest* `r`, what is below the unit (at most half of one, 30 nm). During a substep it is
//! `r + d`, where `d` is the displacement since the substep began. Differences of `q` are exact integers, so a triangle's edges do not
//! depend on where in the world it lies.

use crate::solver::exact::{add, mul, sub};
use crate::solver::vec3::V3;

/// Units of `q` in a metre.
pub const UNITS_PER_M: f32 = 16_777_216.0;
/// One unit of `q`, in metres.
pub const UNIT_M: f32 = 1.0 / UNITS_PER_M;
/// Largest coordinate that may be given, in metres. Room is left so that differences of valid coordinates fit an `i32`.
pub const RANGE_M: f64 = 63.0;
/// Largest displacement of one particle in one substep, in metres; more is clamped (it is 60 km/h and more at any sane time step).
pub const MAX_STEP_M: f32 = 1.0;

/// `x` to the nearest integer, halves away from zero; `x` clamped to +-2^30 first, and zero if it is not a number.
#[inline(always)]
pub fn round_half_away(x: f32) -> i32 {
    const LIMIT: f32 = 1_073_741_824.0;
    let clamped = if x > LIMIT {
        LIMIT
    } else if x < -LIMIT {
        -LIMIT
    } else if !x.is_nan() {
        x
    } else {
        0.0
    };
    let half = if clamped < 0.0 { -0.5 } else { 0.5 };
    add(clamped, half) as i32
}

/// `units * 2^-24`, rounded once, for any integer: both halves are exact in `f32`, so that no device's integer conversion has to round.
#[inline(always)]
pub fn metres_of_units(units: i32) -> f32 {
    let high = mul((units >> 12) as f32, 1.0 / 4096.0);
    let low = mul((units & 4095) as f32, UNIT_M);
    add(high, low)
}

/// `(q_a - q_b) * 2^-24 + (offset_a - offset_b)` in metres.
#[inline(always)]
pub fn difference(q_a: [i32; 3], offset_a: V3, q_b: [i32; 3], offset_b: V3) -> V3 {
    let whole = V3::new(
        metres_of_units(q_a[0].wrapping_sub(q_b[0])),
        metres_of_units(q_a[1].wrapping_sub(q_b[1])),
        metres_of_units(q_a[2].wrapping_sub(q_b[2])),
    );
    whole.add(offset_a.sub(offset_b))
}

/// Splits an offset into whole units and the rest below them. The product and the difference are exact for offsets below a metre.
#[inline(always)]
pub fn split(offset: f32) -> (i32, f32) {
    let bounded = offset.clamp(-MAX_STEP_M, MAX_STEP_M);
    let units = round_half_away(mul(bounded, UNITS_PER_M));
    (units, if !bounded.is_nan() { sub(bounded, mul(units as f32, UNIT_M)) } else { 0.0 })
}

/// Preparation: whole units and rest of a coordinate in metres.
pub fn from_metres(x: f64) -> (i32, f32) {
    let units = (x * f64::from(UNITS_PER_M)).round();
    (units as i32, (x - units / f64::from(UNITS_PER_M)) as f32)
}

/// For output and measurement: a coordinate in metres.
pub fn to_metres(q: i32, offset: f32) -> f64 {
    f64::from(q) / f64::from(UNITS_PER_M) + f64::from(offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rounding_is_half_away_and_bounded() {
        assert_eq!([0.5, -0.5, 1.49, -1.5, 2.5].map(round_half_away), [1, -1, 1, -2, 3]);
        assert_eq!([f32::NAN, f32::INFINITY, f32::NEG_INFINITY].map(round_half_away), [0, 1 << 30, -(1 << 30)]);
    }

    #[test]
    fn a_triangle_far_away_has_the_same_edges() {
        let (near, far) = (from_metres(0.012_345_678_9), from_metres(0.0));
        let moved = |p: (i32, f32)| [p.0 + (60 << 24), 0, 0];
        let edge = |a: [i32; 3], b: [i32; 3]| difference(a, V3::new(near.1, 0.0, 0.0), b, V3::new(far.1, 0.0, 0.0)).x;
        assert_eq!(edge([near.0, 0, 0], [far.0, 0, 0]), edge(moved(near), moved(far)));
    }

    proptest! {
        #[test]
        fn splitting_loses_nothing(offset in -0.25f32..0.25) {
            let (units, rest) = split(offset);
            prop_assert!(rest.abs() <= 0.500_000_1 * UNIT_M);
            prop_assert_eq!(f64::from(units) / f64::from(UNITS_PER_M) + f64::from(rest), f64::from(offset));
        }

        #[test]
        fn units_become_metres_with_one_rounding(units in any::<i32>()) {
            prop_assert_eq!(metres_of_units(units), (f64::from(units) / f64::from(UNITS_PER_M)) as f32);
        }
    }
}
