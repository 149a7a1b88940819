//! Reproducible randomness: every stream is named, none depends on the order of calls elsewhere.

use std::f32::consts::TAU;
use std::ops::Range;

use sha2::{Digest, Sha256};

/// State of a SplitMix64 generator (Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

impl Seed {
    /// The stream `stream_name` of the part `part_id`. Adding a part or a stream changes no other stream.
    pub fn for_part(shot_seed: u64, part_id: &str, stream_name: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(shot_seed.to_le_bytes());
        // The length keeps ("ab", "c") and ("a", "bc") apart.
        hash.update((part_id.len() as u64).to_le_bytes());
        hash.update(part_id.as_bytes());
        hash.update(stream_name.as_bytes());
        let mut state = [0; 8];
        for (byte, digest) in state.iter_mut().zip(hash.finalize()) {
            *byte = digest;
        }
        Self(u64::from_le_bytes(state))
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in `[0, 1)`, 24 bits.
    pub fn unit_f32(&mut self) -> f32 {
        (self.next_u64() >> 40) as f32 * (1.0 / (1u32 << 24) as f32)
    }

    /// Uniform in `[range.start, range.end)`.
    pub fn range(&mut self, range: Range<f32>) -> f32 {
        range.start + (range.end - range.start) * self.unit_f32()
    }

    /// Standard normal (Box and Muller, 1958); each call uses two uniforms.
    pub fn normal(&mut self) -> f32 {
        let radius = (-2.0 * (1.0 - self.unit_f32()).ln()).sqrt();
        radius * (TAU * self.unit_f32()).cos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_the_published_splitmix64_vector() {
        let mut seed = Seed(1234567);
        let first: Vec<u64> = (0..3).map(|_| seed.next_u64()).collect();
        assert_eq!(first, [6457827717110365317, 3203168211198807973, 9817491932198370423]);
    }

    #[test]
    fn streams_are_independent_and_stable() {
        let first = |id: &str, stream: &str| Seed::for_part(7, id, stream).next_u64();
        assert_eq!(first("ball", "spin"), first("ball", "spin"));
        assert_ne!(first("ball", "spin"), first("balls", "pin"));
        assert_ne!(Seed::for_part(7, "a", "b"), Seed::for_part(8, "a", "b"));
    }

    #[test]
    fn distributions_have_their_moments() {
        let mut seed = Seed(1);
        let count = 40_000;
        let (mut mean, mut square) = (0.0, 0.0);
        for _ in 0..count {
            let unit = seed.unit_f32();
            assert!((0.0..1.0).contains(&unit));
            let normal = f64::from(seed.normal());
            mean += normal / f64::from(count);
            square += normal * normal / f64::from(count);
        }
        assert!(mean.abs() < 0.02, "{mean}");
        assert!((square - 1.0).abs() < 0.03, "{square}");
        assert!((0..100).all(|_| (2.0..3.0).contains(&seed.range(2.0..3.0))));
    }
}
