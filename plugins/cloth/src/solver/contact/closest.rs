//! Closest points of a point and a triangle, and of two segments, without a branch and without a case that can go wrong.
//!
//! Every candidate that is compared is a pair of points *of the two primitives*: the unconstrained optimum where it lies inside both, and the
//! projections of end points otherwise. The nearest candidate is taken. A badly conditioned candidate (parallel edges, slivers)
//! therefore is at worst not the nearest; it never reports a distance that is too small, and its neighbours are then good.
//! The usual tree of cases (Ericson 2005, sections 5.1.5 and 5.1.9) clamps one parameter after the other from `ac - b^2`, which loses all its digits for
//! nearly parallel edges; the cross product used here does not.
//!
//! The same code runs on one pair (`f32`) and on eight side by side (see `vec3::Real`).

use crate::solver::vec3::{Real, V3};

/// Squares of lengths below this (m^2) are taken as zero: below the square of half a unit of position.
const TINY_M2: f32 = 1e-16;

/// Closest points of two primitives A and B.
#[derive(Clone, Copy, Debug)]
pub struct Closest<T = f32> {
    /// Weights of the four vertices, positive ones of A (sum 1) and negative ones of B (sum -1). For a point and a triangle the
    /// vertices are `p, a, b, c`; for two segments `a0, a1, b0, b1`. Sum over k of `weights[k] * x_k` is `difference_m`.
    pub weights: [T; 4],
    /// From the closest point of B to that of A, metres.
    pub difference_m: V3<T>,
    /// Square of the distance, m^2.
    pub distance_m2: T,
    /// 1 where both closest points lie inside their primitives (face, edge), so that `common_normal` is perpendicular to both; else 0.
    pub is_interior: T,
    /// Perpendicular to both primitives, not normalised: the triangle's normal or the cross product of the edges.
    pub common_normal: V3<T>,
}

impl Closest<f32> {
    /// Unit normal from B to A. Inside both primitives it comes from their edges, not from the difference of the points, because that
    /// one loses its direction when the distance nears the rounding of positions. Null vector where there is no direction at all.
    pub fn normal(&self) -> V3 {
        if self.is_interior > 0.0 {
            let unit = self.common_normal.normalised_or(V3::ZERO);
            let side = unit.dot(self.difference_m);
            if side > 0.0 {
                unit
            } else if side < 0.0 {
                unit.neg()
            } else {
                V3::ZERO
            }
        } else {
            // Scaled by 2^20 so that squares of distances in nanometres stay normal numbers.
            self.difference_m.scale(1_048_576.0).normalised_or(V3::ZERO)
        }
    }
}

/// `1 / x`, or zero where `x` is not above [`TINY_M2`].
#[inline(always)]
fn recip_or_zero<T: Real>(x: T) -> T {
    let safe = x.select_gt(T::splat(TINY_M2), x, T::splat(1.0));
    x.select_gt(T::splat(TINY_M2), safe.recip(), T::splat(0.0))
}

#[inline(always)]
fn clamp01<T: Real>(x: T) -> T {
    x.max(T::splat(0.0)).min(T::splat(1.0))
}

#[inline(always)]
fn select_v3<T: Real>(x: T, limit: T, yes: V3<T>, no: V3<T>) -> V3<T> {
    V3 { x: x.select_gt(limit, yes.x, no.x), y: x.select_gt(limit, yes.y, no.y), z: x.select_gt(limit, yes.z, no.z) }
}

/// The nearest candidate so far, with two parameters that the caller gives meaning to.
struct Best<T> {
    parameters: [T; 2],
    difference: V3<T>,
    square: T,
}

impl<T: Real> Best<T> {
    /// Takes the candidate if `valid` is positive and it is strictly nearer; 1 if it was taken, else 0. For slivers and nearly parallel edges
    /// the parameters may be noise, but the difference belongs to them, and the comparison throws it out.
    #[inline(always)]
    fn offer_if(&mut self, valid: T, parameters: [T; 2], difference: V3<T>) -> T {
        let zero = T::splat(0.0);
        let gain = self.square.sub(difference.length_squared());
        let taken = valid.select_gt(zero, gain.select_gt(zero, T::splat(1.0), zero), zero);
        for (mine, new) in self.parameters.iter_mut().zip(parameters) {
            *mine = taken.select_gt(zero, new, *mine);
        }
        self.difference = select_v3(taken, zero, difference, self.difference);
        self.square = taken.select_gt(zero, difference.length_squared(), self.square);
        taken
    }

    /// Takes the candidate if it is strictly nearer.
    #[inline(always)]
    fn offer(&mut self, parameters: [T; 2], difference: V3<T>) {
        self.offer_if(T::splat(1.0), parameters, difference);
    }
}

/// Point `p` and triangle `a b c`, given by `ap = p - a`, `ab = b - a`, `ac = c - a` (metres).
#[inline(always)]
pub fn point_triangle<T: Real>(ap: V3<T>, ab: V3<T>, ac: V3<T>) -> Closest<T> {
    let (zero, one) = (T::splat(0.0), T::splat(1.0));
    let along_ab = clamp01(ap.dot(ab).mul(recip_or_zero(ab.length_squared())));
    let difference = ap.add_scaled(ab, along_ab.neg());
    let mut best = Best { parameters: [along_ab, zero], difference, square: difference.length_squared() };

    let along_ac = clamp01(ap.dot(ac).mul(recip_or_zero(ac.length_squared())));
    best.offer([zero, along_ac], ap.add_scaled(ac, along_ac.neg()));

    let (bc, bp) = (ac.sub(ab), ap.sub(ab));
    let along_bc = clamp01(bp.dot(bc).mul(recip_or_zero(bc.length_squared())));
    best.offer([one.sub(along_bc), along_bc], bp.add_scaled(bc, along_bc.neg()));

    let normal = ab.cross(ac);
    let square = normal.length_squared();
    let floor = T::splat(f32::MIN_POSITIVE);
    let inverse = square.select_gt(floor, one, zero).mul(square.select_gt(floor, square, one).recip());
    let (u, v) = (ap.cross(ac).dot(normal).mul(inverse), ab.cross(ap).dot(normal).mul(inverse));
    // The least of the three barycentric coordinates says whether the foot point is inside.
    let inside = u.min(v).min(one.sub(u).sub(v));
    let is_interior = best.offer_if(inside, [u, v], ap.add_scaled(ab, u.neg()).add_scaled(ac, v.neg()));
    let [u, v] = best.parameters;
    Closest {
        weights: [one, u.add(v).sub(one), u.neg(), v.neg()],
        difference_m: best.difference,
        distance_m2: best.square,
        is_interior,
        common_normal: normal,
    }
}

/// Segments `a0 a1` and `b0 b1`, given by `along_a = a1 - a0`, `along_b = b1 - b0` and `between = a0 - b0` (metres).
#[inline(always)]
pub fn segment_segment<T: Real>(along_a: V3<T>, along_b: V3<T>, between: V3<T>) -> Closest<T> {
    let (zero, one) = (T::splat(0.0), T::splat(1.0));
    let (u, v, w) = (along_a, along_b, between);
    let inverse_uu = recip_or_zero(u.length_squared());
    let inverse_vv = recip_or_zero(v.length_squared());

    let t = clamp01(w.dot(v).mul(inverse_vv));
    let difference = w.add_scaled(v, t.neg());
    let mut best = Best { parameters: [zero, t], difference, square: difference.length_squared() };

    let from_a1 = w.add(u);
    let t = clamp01(from_a1.dot(v).mul(inverse_vv));
    best.offer([one, t], from_a1.add_scaled(v, t.neg()));

    let s = clamp01(w.dot(u).mul(inverse_uu).neg());
    best.offer([s, zero], w.add_scaled(u, s));

    let to_b1 = w.sub(v);
    let s = clamp01(to_b1.dot(u).mul(inverse_uu).neg());
    best.offer([s, one], to_b1.add_scaled(u, s));

    // w + s u - t v is parallel to n = u x v:  s = -(w x v).n / n.n,  t = -(w x u).n / n.n
    let n = u.cross(v);
    let square = n.length_squared();
    let floor = T::splat(f32::MIN_POSITIVE);
    let inverse = square.select_gt(floor, one, zero).mul(square.select_gt(floor, square, one).recip());
    let s = w.cross(v).dot(n).mul(inverse).neg();
    let t = w.cross(u).dot(n).mul(inverse).neg();
    let inside = s.min(t).min(one.sub(s)).min(one.sub(t));
    let is_interior = best.offer_if(inside, [s, t], w.add_scaled(u, s).add_scaled(v, t.neg()));
    let [s, t] = best.parameters;
    Closest {
        weights: [one.sub(s), s, t.sub(one), t.neg()],
        difference_m: best.difference,
        distance_m2: best.square,
        is_interior,
        common_normal: n,
    }
}

#[cfg(test)]
#[path = "closest_tests.rs"]
mod tests;
