//! Hash noise over space: the same on every machine and in every order.

use bevy::math::{IVec3, Vec3};

/// A number in 0..1 from three integers and a stream (a finaliser in the manner of SplitMix64).
pub fn hash(cell: IVec3, stream: u32) -> f32 {
    let mut z = (cell.x as u32 as u64) | ((cell.y as u32 as u64) << 32);
    z ^= (cell.z as u32 as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (u64::from(stream) << 17);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 40) as f32 / (1_u64 << 24) as f32
}

/// Smooth value noise in -1..1 with one feature per unit length.
pub fn value(at: Vec3, stream: u32) -> f32 {
    let cell = at.floor();
    let t = at - cell;
    let t = t * t * (Vec3::splat(3.0) - 2.0 * t);
    let corner = |x: i32, y: i32, z: i32| hash(cell.as_ivec3() + IVec3::new(x, y, z), stream);
    let edge = |y: i32, z: i32| corner(0, y, z) + (corner(1, y, z) - corner(0, y, z)) * t.x;
    let face = |z: i32| edge(0, z) + (edge(1, z) - edge(0, z)) * t.y;
    (face(0) + (face(1) - face(0)) * t.z) * 2.0 - 1.0
}

/// Octaves of [`value`], each twice as fine and half as strong; about -1..1.
pub fn fractal(at: Vec3, octaves: u32, stream: u32) -> f32 {
    let terms = (0..octaves).map(|octave| {
        let scale = (1_u32 << octave) as f32;
        value(at * scale, stream.wrapping_add(octave)) / scale
    });
    terms.sum::<f32>() / (2.0 - 0.5_f32.powi(octaves as i32 - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_bounded_continuous_and_varied() {
        let mut last = value(Vec3::new(-3.0, 0.2, 9.1), 1);
        let (mut low, mut high) = (last, last);
        for step in 0..4000 {
            let now = value(Vec3::new(-3.0 + step as f32 * 1e-2, 0.2, 9.1), 1);
            assert!((-1.0..=1.0).contains(&now));
            assert!((now - last).abs() < 0.05, "a jump at step {step}");
            (low, high, last) = (low.min(now), high.max(now), now);
        }
        assert!(low < -0.6 && high > 0.6, "{low}..{high}");
        assert!(fractal(Vec3::splat(0.37), 4, 2).abs() <= 1.0);
    }
}
