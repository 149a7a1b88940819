//! Eight constraints of one colour side by side. Each lane does the very operations of the scalar code, so lanes change no bit.
//!
//! `[f32; 8]` with a loop over each operation is turned into vector instructions by the compiler on every target; intrinsics would bind the code
//! to one.

use crate::solver::position::UNIT_M;
use crate::solver::state::{Particle, SharedV3};
use crate::solver::vec3::{Real, V3};

/// Constraints in a batch.
pub const LANES: usize = 8;

/// Eight numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(align(32))]
pub struct F8(pub [f32; LANES]);

/// Particle indices of one corner, a lane each.
pub type Indices = [u32; LANES];

#[inline(always)]
fn each(f: impl Fn(usize) -> f32) -> F8 {
    // A loop with one call of `f`, not `array::from_fn`, which is not always inlined.
    let mut out = [0.0; LANES];
    for l in 0..LANES {
        out[l] = f(l);
    }
    F8(out)
}

/// `exact::rounded` of all lanes. Written as a comparison of numbers instead of bits, which compilers turn into vector instructions; a test holds both equal.
#[inline(always)]
fn rounded(x: F8) -> F8 {
    each(|l| if x.0[l].abs() <= f32::MIN_POSITIVE { 0.0 } else { x.0[l] })
}

/// Each operation for all lanes before the next one: so that each is a vector instruction.
impl Real for F8 {
    #[inline(always)]
    fn splat(x: f32) -> F8 {
        F8([x; LANES])
    }
    #[inline(always)]
    fn add(self, b: F8) -> F8 {
        rounded(each(|l| self.0[l] + b.0[l]))
    }
    #[inline(always)]
    fn sub(self, b: F8) -> F8 {
        rounded(each(|l| self.0[l] - b.0[l]))
    }
    #[inline(always)]
    fn mul(self, b: F8) -> F8 {
        rounded(each(|l| self.0[l] * b.0[l]))
    }
    #[inline(always)]
    fn recip(self) -> F8 {
        let a = self.abs();
        let mut y = each(|l| f32::from_bits(0x7ef3_11c7u32.wrapping_sub(a.0[l].to_bits())));
        for _ in 0..3 {
            y = y.mul(F8::splat(2.0).sub(a.mul(y)));
        }
        each(|l| if self.0[l] < 0.0 { -y.0[l] } else { y.0[l] })
    }
    #[inline(always)]
    fn rsqrt(self) -> F8 {
        let mut y = each(|l| f32::from_bits(0x5f37_5a86u32.wrapping_sub(self.0[l].to_bits() >> 1)));
        let half = F8::splat(0.5).mul(self);
        for _ in 0..3 {
            y = y.mul(F8::splat(1.5).sub(half.mul(y.mul(y))));
        }
        y
    }
    #[inline(always)]
    fn sqrt(self) -> F8 {
        let root = self.mul(self.rsqrt());
        each(|l| if self.0[l] >= f32::MIN_POSITIVE { root.0[l] } else { 0.0 })
    }
    #[inline(always)]
    fn neg(self) -> F8 {
        each(|l| -self.0[l])
    }
    #[inline(always)]
    fn abs(self) -> F8 {
        each(|l| self.0[l].abs())
    }
    #[inline(always)]
    fn min(self, b: F8) -> F8 {
        each(|l| Real::min(self.0[l], b.0[l]))
    }
    #[inline(always)]
    fn max(self, b: F8) -> F8 {
        each(|l| Real::max(self.0[l], b.0[l]))
    }
    #[inline(always)]
    fn select_gt(self, limit: F8, yes: F8, no: F8) -> F8 {
        each(|l| self.0[l].select_gt(limit.0[l], yes.0[l], no.0[l]))
    }
}

/// Positions of one corner in all lanes: units and offsets kept apart, so that differences are exact.
#[derive(Clone, Copy)]
pub struct Corner {
    q: [[i32; LANES]; 3],
    offset: V3<F8>,
}

impl Corner {
    /// `self - base` in metres, the lanes of [`crate::solver::position::difference`].
    #[inline(always)]
    pub fn minus(&self, base: &Corner) -> V3<F8> {
        let whole = |axis: usize| {
            let mut units = [0; LANES];
            for l in 0..LANES {
                units[l] = self.q[axis][l].wrapping_sub(base.q[axis][l]);
            }
            // Products with powers of two of integers: exact, never subnormal.
            let high = each(|l| (units[l] >> 12) as f32 * (1.0 / 4096.0));
            let low = each(|l| (units[l] & 4095) as f32 * UNIT_M);
            high.add(low)
        };
        V3::new(whole(0), whole(1), whole(2)).add(self.offset.sub(base.offset))
    }

    /// The offsets `r + d`.
    #[inline(always)]
    pub fn offset(&self) -> V3<F8> {
        self.offset
    }
}

/// Reads the corner's particles.
#[inline(always)]
pub fn gather(particles: &[Particle], index: &Indices) -> Corner {
    let mut q = [[0; LANES]; 3];
    let mut offset = [[0.0; LANES]; 3];
    for l in 0..LANES {
        let particle = &particles[index[l] as usize];
        let (units, metres) = (particle.q(), particle.offset_m());
        [q[0][l], q[1][l], q[2][l]] = units;
        [offset[0][l], offset[1][l], offset[2][l]] = [metres.x, metres.y, metres.z];
    }
    Corner { q, offset: V3::new(F8(offset[0]), F8(offset[1]), F8(offset[2])) }
}

/// Reads any vector of the corner's particles.
#[inline(always)]
pub fn gather_with(index: &Indices, read: impl Fn(usize) -> V3) -> V3<F8> {
    let mut out = [[0.0; LANES]; 3];
    for l in 0..LANES {
        let v = read(index[l] as usize);
        [out[0][l], out[1][l], out[2][l]] = [v.x, v.y, v.z];
    }
    V3::new(F8(out[0]), F8(out[1]), F8(out[2]))
}

/// Writes the corner's offsets. No particle but the spare one may stand in two lanes, and that is not written: bad input somewhere must not reach
/// all constraints through it.
#[inline(always)]
pub fn scatter_offsets(particles: &[Particle], index: &Indices, offset: V3<F8>) {
    let spare = particles.len() - 1;
    for l in 0..LANES {
        if index[l] as usize == spare {
            continue;
        }
        particles[index[l] as usize].set_offset_m(V3::new(offset.x.0[l], offset.y.0[l], offset.z.0[l]));
    }
}

/// Adds to a vector of each of the corner's particles.
#[inline(always)]
pub fn scatter_add(buffer: &[SharedV3], index: &Indices, v: V3<F8>) {
    for l in 0..LANES {
        let at = &buffer[index[l] as usize];
        at.set(at.get().add(V3::new(v.x.0[l], v.y.0[l], v.z.0[l])));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solver::position::difference;
    use crate::solver::state::State;
    use proptest::prelude::*;

    fn same(a: f32, b: f32) -> bool {
        a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
    }

    proptest! {
        #[test]
        fn lanes_have_the_bits_of_the_scalar_code(a in any::<[u32; LANES]>(), b in any::<[u32; LANES]>()) {
            let (a, b) = (F8(a.map(f32::from_bits)), F8(b.map(f32::from_bits)));
            let (sum, difference, product) = (a.add(b), a.sub(b), a.mul(b));
            let (reciprocal, root, inverse_root) = (a.recip(), a.abs().sqrt(), a.abs().rsqrt());
            for l in 0..LANES {
                let (x, y) = (a.0[l], b.0[l]);
                prop_assert!(same(sum.0[l], x.add(y)) && same(difference.0[l], x.sub(y)) && same(product.0[l], x.mul(y)));
                prop_assert!(same(reciprocal.0[l], Real::recip(x)), "{x:e}: {:e} {:e}", reciprocal.0[l], Real::recip(x));
                let (scalar_root, scalar_inverse) = (Real::sqrt(Real::abs(x)), Real::rsqrt(Real::abs(x)));
                prop_assert!(same(root.0[l], scalar_root), "{x:e}: {:e} {scalar_root:e}", root.0[l]);
                prop_assert!(same(inverse_root.0[l], scalar_inverse), "{x:e}: {:e} {scalar_inverse:e}", inverse_root.0[l]);
                prop_assert!(same(a.max(b).0[l], Real::max(x, y)) && same(a.min(b).0[l], Real::min(x, y)));
            }
        }

        #[test]
        fn corners_differ_as_particles_do(x in any::<[[i16; 3]; 16]>()) {
            let positions: Vec<[f64; 3]> = x.iter().map(|p| p.map(|c| f64::from(c) / 1000.123)).collect();
            let state = State::new(&positions, &[1.0; 16]);
            let particles = state.particles();
            let (first, second): (Indices, Indices) = (std::array::from_fn(|l| l as u32), std::array::from_fn(|l| 8 + l as u32));
            let lanes = gather(particles, &second).minus(&gather(particles, &first));
            for l in 0..LANES {
                let (a, b) = (&particles[l + 8], &particles[l]);
                let scalar = difference(a.q(), a.offset_m(), b.q(), b.offset_m());
                prop_assert_eq!([lanes.x.0[l], lanes.y.0[l], lanes.z.0[l]], scalar.to_array());
            }
        }
    }
}
