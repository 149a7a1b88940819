//! Three-vectors on exact arithmetic: every operation has one fixed order, so that WGSL's twin gives the same bits.
//!
//! `V3` alone means `V3<f32>`. The solver also runs eight constraints at a time as `V3<F8>` (see `lanes.rs`): the same code, the same
//! operations in the same order on each lane, so that a lane's bits are those of the scalar code.

use crate::solver::exact;

/// A number of the step: `f32`, or several side by side. Each method does on each lane what `exact` does.
pub trait Real: Copy {
    /// The same value in all lanes.
    fn splat(x: f32) -> Self;
    /// `self + b`, rounded once.
    fn add(self, b: Self) -> Self;
    /// `self - b`, rounded once.
    fn sub(self, b: Self) -> Self;
    /// `self * b`, rounded once.
    fn mul(self, b: Self) -> Self;
    /// `1 / self`, see [`exact::recip`].
    fn recip(self) -> Self;
    /// `1 / sqrt(self)`, see [`exact::rsqrt`].
    fn rsqrt(self) -> Self;
    /// `sqrt(self)`, see [`exact::sqrt`].
    fn sqrt(self) -> Self;
    /// `-self`.
    fn neg(self) -> Self;
    /// `|self|`.
    fn abs(self) -> Self;
    /// The smaller of two numbers that are not NaN.
    fn min(self, b: Self) -> Self;
    /// The larger of two numbers that are not NaN.
    fn max(self, b: Self) -> Self;
    /// `yes` where `self > limit`, `no` elsewhere (also where a NaN is compared).
    fn select_gt(self, limit: Self, yes: Self, no: Self) -> Self;
}

impl Real for f32 {
    #[inline(always)]
    fn splat(x: f32) -> f32 {
        x
    }
    #[inline(always)]
    fn add(self, b: f32) -> f32 {
        exact::add(self, b)
    }
    #[inline(always)]
    fn sub(self, b: f32) -> f32 {
        exact::sub(self, b)
    }
    #[inline(always)]
    fn mul(self, b: f32) -> f32 {
        exact::mul(self, b)
    }
    #[inline(always)]
    fn recip(self) -> f32 {
        exact::recip(self)
    }
    #[inline(always)]
    fn rsqrt(self) -> f32 {
        exact::rsqrt(self)
    }
    #[inline(always)]
    fn sqrt(self) -> f32 {
        exact::sqrt(self)
    }
    #[inline(always)]
    fn neg(self) -> f32 {
        -self
    }
    #[inline(always)]
    fn abs(self) -> f32 {
        f32::abs(self)
    }
    #[inline(always)]
    fn min(self, b: f32) -> f32 {
        if b < self { b } else { self }
    }
    #[inline(always)]
    fn max(self, b: f32) -> f32 {
        if b > self { b } else { self }
    }
    #[inline(always)]
    fn select_gt(self, limit: f32, yes: f32, no: f32) -> f32 {
        if self > limit { yes } else { no }
    }
}

/// A vector of three numbers; metres, metres a second, ... as its name says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct V3<T = f32> {
    /// First component.
    pub x: T,
    /// Second component (up, where gravity is meant).
    pub y: T,
    /// Third component.
    pub z: T,
}

impl V3<f32> {
    /// The null vector.
    pub const ZERO: V3 = V3 { x: 0.0, y: 0.0, z: 0.0 };

    /// From an array.
    #[inline(always)]
    pub fn from_array(a: [f32; 3]) -> V3 {
        V3 { x: a[0], y: a[1], z: a[2] }
    }

    /// As an array.
    #[inline(always)]
    pub fn to_array(self) -> [f32; 3] {
        [self.x, self.y, self.z]
    }

    /// `self / |self|`, or `fallback` where the square of the length is not a normal positive number (null vector, NaN).
    #[inline(always)]
    pub fn normalised_or(self, fallback: V3) -> V3 {
        let square = self.length_squared();
        if square >= f32::MIN_POSITIVE { self.scale(exact::rsqrt(square)) } else { fallback }
    }

    /// Whether all components are finite.
    #[inline(always)]
    pub fn is_finite(self) -> bool {
        self.x.is_finite() && self.y.is_finite() && self.z.is_finite()
    }
}

impl<T: Real> V3<T> {
    /// From components.
    #[inline(always)]
    pub fn new(x: T, y: T, z: T) -> Self {
        V3 { x, y, z }
    }

    /// `self + b`.
    #[inline(always)]
    pub fn add(self, b: Self) -> Self {
        V3 { x: self.x.add(b.x), y: self.y.add(b.y), z: self.z.add(b.z) }
    }

    /// `self - b`.
    #[inline(always)]
    pub fn sub(self, b: Self) -> Self {
        V3 { x: self.x.sub(b.x), y: self.y.sub(b.y), z: self.z.sub(b.z) }
    }

    /// `self * s`.
    #[inline(always)]
    pub fn scale(self, s: T) -> Self {
        V3 { x: self.x.mul(s), y: self.y.mul(s), z: self.z.mul(s) }
    }

    /// `self + b * s`: product first, then the sum.
    #[inline(always)]
    pub fn add_scaled(self, b: Self, s: T) -> Self {
        self.add(b.scale(s))
    }

    /// `-self`.
    #[inline(always)]
    pub fn neg(self) -> Self {
        V3 { x: self.x.neg(), y: self.y.neg(), z: self.z.neg() }
    }

    /// `(x x' + y y') + z z'`.
    #[inline(always)]
    pub fn dot(self, b: Self) -> T {
        self.x.mul(b.x).add(self.y.mul(b.y)).add(self.z.mul(b.z))
    }

    /// Right-handed cross product.
    #[inline(always)]
    pub fn cross(self, b: Self) -> Self {
        V3 {
            x: self.y.mul(b.z).sub(self.z.mul(b.y)),
            y: self.z.mul(b.x).sub(self.x.mul(b.z)),
            z: self.x.mul(b.y).sub(self.y.mul(b.x)),
        }
    }

    /// Square of the length.
    #[inline(always)]
    pub fn length_squared(self) -> T {
        self.dot(self)
    }

    /// Length.
    #[inline(always)]
    pub fn length(self) -> T {
        self.length_squared().sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cross_is_right_handed_and_dot_is_ordered() {
        let (x, y) = (V3::new(1.0, 0.0, 0.0), V3::new(0.0, 1.0, 0.0));
        assert_eq!(x.cross(y), V3::new(0.0, 0.0, 1.0));
        assert_eq!(V3::new(1.0, 2.0, 3.0).dot(V3::new(4.0, 5.0, 6.0)), 32.0);
    }

    #[test]
    fn normalised_is_unit_or_the_fallback() {
        let up = V3::new(0.0, 1.0, 0.0);
        let n = V3::new(3.0, 4.0, 12.0).normalised_or(up);
        assert!((n.length() - 1.0).abs() < 1e-6 && (n.z - 12.0 / 13.0).abs() < 1e-6);
        assert_eq!(V3::ZERO.normalised_or(up), up);
        assert_eq!(V3::new(f32::NAN, 0.0, 0.0).normalised_or(up), up);
    }
}
