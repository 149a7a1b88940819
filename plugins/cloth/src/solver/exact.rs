//! Arithmetic that every device does alike.
//!
//! WGSL promises too little for equal bits: a compiler may contract `a * b + c` into one rounding, rearrange sums, flush
//! subnormals (before or after rounding), and its division and square root may be several units off. What every device does alike is one rounded addition,
//! subtraction or multiplication (to nearest, ties to even), integer arithmetic, and comparison. So all of the simulation is built from
//! those, each one closed by [`rounded`]: in WGSL (`shaders/cloth/exact.wgsl`) the bits pass through an `xor` with a
//! uniform that is zero, which no compiler can see through, so that nothing is contracted or rearranged; subnormals, and the least normal
//! number with them, are zero in both worlds. Reciprocal and reciprocal square root are Newton's iteration from an integer guess.
//!
//! The functions have the same names and the same order of operations in both languages. Plain `+`, `-` and `*` on `f32` are not
//! used anywhere in the simulation, except on integers and in preparation that runs on the processor alone.

/// A result as every device has it: what is not above the least normal number is zero. (The WGSL twin also hides the value from the optimiser.)
///
/// The least normal number goes with the subnormals because a device that flushes decides by the value before rounding, or by that
/// rounded to 24 digits, or not at all, and these disagree about what rounds up to it.
#[inline(always)]
pub fn rounded(x: f32) -> f32 {
    if x.to_bits() & 0x7fff_ffff <= 0x0080_0000 { 0.0 } else { x }
}

/// `a + b`, rounded once.
#[inline(always)]
pub fn add(a: f32, b: f32) -> f32 {
    rounded(a + b)
}

/// `a - b`, rounded once.
#[inline(always)]
pub fn sub(a: f32, b: f32) -> f32 {
    rounded(a - b)
}

/// `a * b`, rounded once.
#[inline(always)]
pub fn mul(a: f32, b: f32) -> f32 {
    rounded(a * b)
}

/// `1 / x` for normal `x` with a normal reciprocal, to about one unit in the last place: Newton's iteration from an integer guess.
#[inline(always)]
pub fn recip(x: f32) -> f32 {
    let mut y = f32::from_bits(0x7ef3_11c7u32.wrapping_sub(x.to_bits() & 0x7fff_ffff));
    let a = x.abs();
    for _ in 0..3 {
        y = mul(y, sub(2.0, mul(a, y)));
    }
    if x < 0.0 { -y } else { y }
}

/// `a / b` as `a * (1 / b)`, see [`recip`].
#[inline(always)]
pub fn div(a: f32, b: f32) -> f32 {
    mul(a, recip(b))
}

/// `1 / sqrt(x)` for normal `x > 0`, to about two units in the last place (Lomont's guess, three steps of Newton's iteration).
#[inline(always)]
pub fn rsqrt(x: f32) -> f32 {
    let mut y = f32::from_bits(0x5f37_5a86u32.wrapping_sub(x.to_bits() >> 1));
    let half = mul(0.5, x);
    for _ in 0..3 {
        y = mul(y, sub(1.5, mul(half, mul(y, y))));
    }
    y
}

/// `sqrt(x)` for `x >= 0`; zero of anything that is not a normal positive number.
#[inline(always)]
pub fn sqrt(x: f32) -> f32 {
    if x >= f32::MIN_POSITIVE { mul(x, rsqrt(x)) } else { 0.0 }
}
