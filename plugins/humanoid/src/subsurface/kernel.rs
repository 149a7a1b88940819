//! Burley's normalised diffusion and the samples that gather it.
//!
//! P. Christensen and B. Burley, "Approximate Reflectance Profiles for Efficient Subsurface Scattering" (Pixar Technical
//! Memo 15-04, 2015): R(r) = A (e^(-r/d) + e^(-r/(3d))) / (8 pi d r), with d the mean free path over a shape s(A). Its
//! distribution function inverts in closed form: E. Golubev, "Sampling Burley's Normalized Diffusion Profiles" (2019),
//! from his "Efficient Screen-Space Subsurface Scattering Using Burley's Normalized Diffusion in Real-Time" (SIGGRAPH
//! 2018 course).
//!
//! Unlike there, samples stand for rings of the disc and carry the exact share of the profile that falls into the ring,
//! for each channel. With one set of radii for three widths this keeps the noise of the narrow channels low;
//! ratios of densities would not.

use std::f32::consts::{PI, TAU};

use bevy::math::Vec3;

use crate::look::skin::spectrum::SkinOptics;

/// Angle between one sample and the next: the golden angle, radians.
pub const GOLDEN_ANGLE: f32 = 2.399_963_2;

/// Width of the profile over the mean free path, 1/s(A), for light that enters diffusely.
///
/// Christensen and Burley give s = 1.9 - A + 3.5 (A - 0.8)^2. This cubic is our fit to 3 million random walks (isotropic
/// scattering, matched index) in albedos 0.1 to 0.9: across an edge of light it lowers the error at albedo 0.6 from
/// 0.6 % to 0.1 % and at 0.9 from 2.3 % to 1.1 %.
pub fn shape(albedo: f32) -> f32 {
    let a = if albedo > 0.0 { albedo.min(0.95) } else { 0.0 };
    4.233 + a * (-7.868 + a * (7.669 - 3.434 * a))
}

/// The distance d of the profile of each channel, mm, below a surface of matched index: what [`super::reference`] holds
/// against the volumetric path tracer. Pictures take [`distance_below_surface_mm`].
pub fn distance_mm(optics: &SkinOptics) -> Vec3 {
    // Melanin lies above what scatters: the dermis, not the visible albedo, sets the width.
    optics.mean_free_path_mm() / optics.dermis_albedo.map(shape)
}

/// The distance d of the profile of each channel, mm, below a surface of index 1.4, which sends half of the light back
/// in, to spread farther. The shape stays Burley's within 0.5 %; the factor is our fit to random walks in dermis of
/// albedos 0.35 to 0.75 below a smooth surface, within 2 %.
pub fn distance_below_surface_mm(optics: &SkinOptics) -> Vec3 {
    distance_mm(optics) * optics.dermis_albedo.map(|albedo| 1.124 + 1.035 * (albedo.clamp(0.2, 0.85) - 0.35))
}

/// The profile for an albedo of 1, per mm^2, at a radius above 0, mm.
pub fn profile(radius_mm: f32, distance_mm: f32) -> f32 {
    let third = (-radius_mm / (3.0 * distance_mm)).exp();
    (third + third * third * third) / (8.0 * PI * distance_mm * radius_mm)
}

/// Share of the profile inside of a radius, 0..1.
pub fn share_within(radius_mm: f32, distance_mm: f32) -> f32 {
    let third = (-radius_mm / (3.0 * distance_mm)).exp();
    1.0 - 0.25 * third * third * third - 0.75 * third
}

/// The radius inside of which a share of the profile lies, mm. The share is clamped below 1.
pub fn radius_of_share(share: f32, distance_mm: f32) -> f32 {
    let u = (1.0 - share).clamp(1e-6, 1.0);
    let g = 1.0 + 4.0 * u * (2.0 * u + (1.0 + 4.0 * u * u).sqrt());
    let root = g.cbrt();
    3.0 * ((1.0 + root + 1.0 / root) / (4.0 * u)).ln() * distance_mm
}

/// A ring of the disc around a pixel, sampled at two opposite points. Of light that changes evenly across the disc, as
/// most shading does, opposite points see nothing but the mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ring {
    /// Inner radius, mm.
    pub inner_mm: f32,
    /// Outer radius, mm. The outermost ring ends where a twentieth of its share is left.
    pub outer_mm: f32,
    /// How much the inner half of the ring holds more than the outer, 1 for evenly.
    pub bend: f32,
    /// Share of the profile of each channel in the ring; the outermost has the rest, so that all sum to 1.
    pub weight: Vec3,
}

impl Ring {
    /// The sampled radius for a number in 0..1, mm; at 0.5 it halves the light of the ring.
    pub fn radius_mm(&self, jitter: f32) -> f32 {
        self.inner_mm + (self.outer_mm - self.inner_mm) * jitter * (self.bend + (1.0 - self.bend) * jitter)
    }
}

/// The rings of a profile of three widths: each holds the same share of the mean of the three channels.
pub fn rings(count: usize, distance_mm: Vec3) -> Vec<Ring> {
    let count = count.max(1);
    let mean = |r: f32| distance_mm.to_array().iter().map(|&d| share_within(r, d)).sum::<f32>() / 3.0;
    let widest = distance_mm.max_element();
    let radius = |share: f32| {
        let (mut low, mut high) = (0.0, radius_of_share(0.999_99, widest));
        for _ in 0..40 {
            let middle = 0.5 * (low + high);
            if mean(middle) < share { low = middle } else { high = middle }
        }
        0.5 * (low + high)
    };
    let mut inner_mm = 0.0;
    let mut within = Vec3::ZERO;
    (0..count)
        .map(|i| {
            let last = i + 1 == count;
            let share = |part: f32| (i as f32 + part) / count as f32;
            let outer_mm = radius(share(if last { 0.95 } else { 1.0 }));
            let halved_mm = radius(share(0.5));
            let bend = 4.0 * (halved_mm - inner_mm) / (outer_mm - inner_mm) - 1.0;
            let until = if last { Vec3::ONE } else { distance_mm.map(|d| share_within(outer_mm, d)) };
            let ring = Ring { inner_mm, outer_mm, bend, weight: until - within };
            (inner_mm, within) = (outer_mm, until);
            ring
        })
        .collect()
}

/// A number in 0..1 for a pixel whose neighbours get very different ones: J. Jimenez, "Next Generation Post Processing
/// in Call of Duty: Advanced Warfare" (SIGGRAPH 2014 course), shifted from frame to frame for temporal averaging.
pub fn interleaved_noise(x: u32, y: u32, frame: u32) -> f32 {
    let shift = 5.588_238 * (frame % 64) as f32;
    let dot = 0.067_110_56 * (x as f32 + shift) + 0.005_837_15 * (y as f32 + shift);
    (52.982_918 * dot.fract()).fract()
}

/// Angle of the first sample of ring `index` at a pixel with a number in 0..1, radians; the second is opposite.
pub fn angle(index: usize, noise: f32) -> f32 {
    0.5 * (index as f32 * GOLDEN_ANGLE + noise * TAU)
}

/// Place in ring `index` of its samples at a pixel with a number in 0..1: the second dimension of the noise.
pub fn jitter(index: usize, noise: f32) -> f32 {
    (noise * 7.0 + index as f32 * 0.754_877_7 + 0.5).fract()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::skin::spectrum::{Pigments, skin_optics};

    #[test]
    fn shares_are_the_integral_of_the_profile_and_are_inverted() {
        for d in [0.05, 0.2, 1.0] {
            let mut sum = 0.0f64;
            let step = d * 1e-3;
            for i in 0..30_000 {
                let r = (i as f32 + 0.5) * step;
                sum += f64::from(profile(r, d) * TAU * r * step);
            }
            assert!((sum as f32 - share_within(30.0 * d, d)).abs() < 1e-3, "{d}: {sum}");
            for share in [0.0, 0.01, 0.3, 0.5, 0.9, 0.999] {
                assert!((share_within(radius_of_share(share, d), d) - share).abs() < 2e-4, "{share}");
            }
        }
    }

    #[test]
    fn ring_weights_are_shares_and_sum_to_one() {
        let d = distance_mm(&skin_optics(&Pigments::default()));
        for count in [1, 8, 16, 24] {
            let rings = rings(count, d);
            assert_eq!(rings.len(), count);
            let sum: Vec3 = rings.iter().map(|ring| ring.weight).sum();
            assert!((sum - 1.0).abs().max_element() < 1e-5, "{sum}");
            assert!(rings.iter().all(|ring| ring.weight.cmpgt(Vec3::ZERO).all() && ring.outer_mm > ring.inner_mm));
            // On average over the channels all but the last hold the same.
            for ring in &rings[..count - 1] {
                assert!((ring.weight.element_sum() / 3.0 - 1.0 / count as f32).abs() < 1e-4);
            }
        }
    }

    #[test]
    fn the_shape_is_that_of_christensen_and_burley_within_a_twelfth() {
        for i in 10..=80 {
            let a = 0.01 * i as f32;
            let theirs = 1.9 - a + 3.5 * (a - 0.8).powi(2);
            assert!((shape(a) / theirs - 1.0).abs() < 0.085, "{a}: {} {theirs}", shape(a));
        }
    }

    #[test]
    fn noise_differs_between_neighbours_and_frames_and_fills_its_range() {
        let mut buckets = [0; 8];
        for y in 0..64 {
            for x in 0..64 {
                let here = interleaved_noise(x, y, 0);
                assert!((0.0..1.0).contains(&here));
                buckets[(here * 8.0) as usize] += 1;
                let apart = (here - interleaved_noise(x + 1, y, 0)).abs();
                assert!(apart.min(1.0 - apart) > 0.1, "{x} {y}");
            }
        }
        assert!(buckets.iter().all(|&n| n > 400), "{buckets:?}");
        assert!((interleaved_noise(5, 9, 0) - interleaved_noise(5, 9, 1)).abs() > 0.01);
    }
}
