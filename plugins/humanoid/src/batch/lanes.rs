//! Eight numbers at once: AVX2 and FMA where the processor has them, plain arrays elsewhere.
//!
//! Left to itself the compiler turned the same loops over arrays into code three to ten times slower. `pulp` is what the
//! OpenEXR codec already brings along; it makes a token that proves the processor's instructions, so that nothing here
//! is unsafe.

/// Numbers in a vector.
pub const LANES: usize = 8;

/// Eight numbers in memory, as a vector unit wants them.
#[derive(Clone, Copy, Debug, Default, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C, align(32))]
pub struct Eight(pub [f32; LANES]);

/// Eight whole numbers in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C, align(16))]
pub struct Whole(pub [i16; LANES]);

/// A set of vector instructions.
pub trait Lanes: Copy {
    type V: Copy;
    fn splat(self, x: f32) -> Self::V;
    fn load(self, x: &Eight) -> Self::V;
    fn load_whole(self, x: &Whole) -> Self::V;
    fn store(self, v: Self::V) -> Eight;
    fn mul(self, a: Self::V, b: Self::V) -> Self::V;
    /// a b + c.
    fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
}

/// What runs on a set of vector instructions.
pub trait Work {
    fn work(self, lanes: impl Lanes);
}

/// Runs `work` on the best set that the processor has.
pub fn run(work: impl Work) {
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = pulp::x86::V3::try_new() {
        return simd.vectorize(
            #[inline(always)]
            || work.work(simd),
        );
    }
    work.work(Arrays);
}

#[cfg(target_arch = "x86_64")]
impl Lanes for pulp::x86::V3 {
    type V = core::arch::x86_64::__m256;

    #[inline(always)]
    fn splat(self, x: f32) -> Self::V {
        self.avx._mm256_set1_ps(x)
    }

    #[inline(always)]
    fn load(self, x: &Eight) -> Self::V {
        *bytemuck::cast_ref(x)
    }

    #[inline(always)]
    fn load_whole(self, x: &Whole) -> Self::V {
        self.avx._mm256_cvtepi32_ps(self.avx2._mm256_cvtepi16_epi32(*bytemuck::cast_ref(x)))
    }

    #[inline(always)]
    fn store(self, v: Self::V) -> Eight {
        bytemuck::cast(v)
    }

    #[inline(always)]
    fn mul(self, a: Self::V, b: Self::V) -> Self::V {
        self.avx._mm256_mul_ps(a, b)
    }

    #[inline(always)]
    fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        self.fma._mm256_fmadd_ps(a, b, c)
    }
}

/// Plain arrays. Products are not fused: without the instruction for it that would be a slow function call.
#[derive(Clone, Copy, Debug)]
pub struct Arrays;

impl Lanes for Arrays {
    type V = [f32; LANES];

    #[inline(always)]
    fn splat(self, x: f32) -> Self::V {
        [x; LANES]
    }

    #[inline(always)]
    fn load(self, x: &Eight) -> Self::V {
        x.0
    }

    #[inline(always)]
    fn load_whole(self, x: &Whole) -> Self::V {
        x.0.map(f32::from)
    }

    #[inline(always)]
    fn store(self, v: Self::V) -> Eight {
        Eight(v)
    }

    #[inline(always)]
    fn mul(self, a: Self::V, b: Self::V) -> Self::V {
        std::array::from_fn(|i| a[i] * b[i])
    }

    #[inline(always)]
    fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        std::array::from_fn(|i| a[i] * b[i] + c[i])
    }
}
