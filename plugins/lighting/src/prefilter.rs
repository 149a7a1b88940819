//! Environment maps filtered on the CPU, once: Bevy's `GeneratedEnvironmentMapLight` filters on the GPU in every frame,
//! which software Vulkan pays dearly, and its samples are noisier.
//!
//! Diffuse: cosine-weighted mean radiance (irradiance over pi). Specular: the first sum of the split-sum approximation
//! (Karis, "Real Shading in Unreal Engine 4", 2013), GGX with N = V = R, by filtered importance sampling (Krivanek and
//! Colbert, "Real-time Shading with Filtered Importance Sampling", EGSR 2008). One sample pattern serves all texels of a
//! level, so the result has no noise and a uniform environment stays exactly uniform.

use std::f32::consts::PI;

use bevy::math::{Vec2, Vec3A};

use crate::cubemap::{CubeLevel, Cubemap, FACES, texel_centre, texel_solid_angle, world_direction};

/// Side of the diffuse map, texels. Irradiance is so smooth that more would show nothing.
pub const DIFFUSE_SIZE: usize = 16;
/// Smallest level of the specular map, texels: roughness 1 still varies over the sphere.
pub const SPECULAR_SMALLEST: usize = 4;
/// Level of the source that irradiance is summed from, texels.
const DIFFUSE_SOURCE_SIZE: usize = 16;
const SAMPLES_BY_LEVEL: [usize; 6] = [1, 32, 64, 96, 128, 128];

/// Cosine-weighted mean radiance around every direction: irradiance / pi, so that a Lambertian surface of albedo a
/// leaves a times this value.
pub fn diffuse(source: &Cubemap) -> Cubemap {
    let coarse = source.levels.iter().rev().find(|l| l.size() >= DIFFUSE_SOURCE_SIZE).or(source.levels.first());
    let mut lights = Vec::new();
    if let Some(level) = coarse {
        let size = level.size();
        for face in 0..FACES {
            for y in 0..size {
                for x in 0..size {
                    let at = Vec2::new(texel_centre(x, size), texel_centre(y, size));
                    let direction = world_direction(face, at).normalize();
                    lights.push((direction * texel_solid_angle(at, size), level.texel(face, x, y)));
                }
            }
        }
    }
    let level = CubeLevel::from_world(DIFFUSE_SIZE, |normal| {
        let mut sum = Vec3A::ZERO;
        let mut weight = 0.0;
        for (weighted_direction, radiance) in &lights {
            let w = normal.dot(*weighted_direction).max(0.0);
            sum += *radiance * w;
            weight += w;
        }
        sum / weight.max(1e-9)
    });
    Cubemap { levels: vec![level] }
}

/// A chain whose level `i` of `n` answers perceptual roughness `i / (n - 1)`, as Bevy's shader looks it up. Level 0 is
/// the source's own first level.
pub fn specular(source: &Cubemap) -> Cubemap {
    let Some(base) = source.levels.first() else { return source.clone() };
    let mut sizes = vec![base.size()];
    while let Some(&last) = sizes.last()
        && last / 2 >= SPECULAR_SMALLEST
    {
        sizes.push(last / 2);
    }
    let count = sizes.len();
    let levels = sizes
        .into_iter()
        .enumerate()
        .map(|(i, size)| {
            if i == 0 {
                base.clone()
            } else {
                let samples = SAMPLES_BY_LEVEL.get(i).copied().unwrap_or(128);
                rough_level(source, size, i as f32 / (count - 1) as f32, samples)
            }
        })
        .collect();
    Cubemap { levels }
}

/// The environment as a mirror of one roughness sees it; also the blurred background.
pub fn rough_level(source: &Cubemap, size: usize, perceptual_roughness: f32, samples: usize) -> CubeLevel {
    let pattern = ggx_pattern(source, perceptual_roughness, samples);
    CubeLevel::from_world(size, |normal| {
        let (tangent, bitangent) = normal.any_orthonormal_pair();
        let mut sum = Vec3A::ZERO;
        let mut weight = 0.0;
        for sample in &pattern {
            let direction = tangent * sample.local.x + bitangent * sample.local.y + normal * sample.local.z;
            sum += source.levels[sample.level].sample(direction) * sample.local.z;
            weight += sample.local.z;
        }
        sum / weight.max(1e-9)
    })
}

struct Sample {
    /// Towards the light, the normal along z.
    local: Vec3A,
    /// Level of the source whose texels are as wide as the sample.
    level: usize,
}

fn ggx_pattern(source: &Cubemap, perceptual_roughness: f32, samples: usize) -> Vec<Sample> {
    // Bevy clamps roughness likewise; a perfect mirror would divide by zero.
    let alpha2 = perceptual_roughness.max(0.02).powi(4);
    let base_size = source.levels.first().map_or(1, CubeLevel::size) as f32;
    let texel = 4.0 * PI / (6.0 * base_size * base_size);
    let last = source.levels.len().saturating_sub(1);
    (0..samples)
        .filter_map(|i| {
            let (u, v) = ((i as f32 + 0.5) / samples as f32, radical_inverse(i as u32));
            let cos2 = (1.0 - u) / (1.0 + (alpha2 - 1.0) * u);
            let (sin_phi, cos_phi) = (2.0 * PI * v).sin_cos();
            let half_vector = Vec3A::new((1.0 - cos2).sqrt() * cos_phi, (1.0 - cos2).sqrt() * sin_phi, cos2.sqrt());
            let local = half_vector * (2.0 * half_vector.z) - Vec3A::Z;
            let d = alpha2 / (PI * (cos2 * (alpha2 - 1.0) + 1.0).powi(2));
            // n.h / (4 v.h) is a quarter when the view is the normal.
            let sample_angle = 1.0 / (samples as f32 * 0.25 * d);
            // Half a level of bias: samples overlap a little, which hides the pattern.
            let level = (0.5 * (sample_angle / texel).log2() + 0.5).round().max(0.0) as usize;
            (local.z > 0.0).then_some(Sample { local, level: level.min(last) })
        })
        .collect()
}

/// Van der Corput sequence in base 2.
fn radical_inverse(i: u32) -> f32 {
    i.reverse_bits() as f32 / 4_294_967_296.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference;

    fn source(radiance: impl FnMut(Vec3A) -> Vec3A) -> Cubemap {
        Cubemap::with_mips(CubeLevel::from_world(64, radiance), 4)
    }

    fn all_texels(cube: &Cubemap) -> impl Iterator<Item = Vec3A> {
        cube.levels.iter().flat_map(|l| {
            (0..FACES).flat_map(move |f| (0..l.size() * l.size()).map(move |i| l.texel(f, i % l.size(), i / l.size())))
        })
    }

    #[test]
    fn white_furnace_a_uniform_environment_stays_uniform() {
        let white = source(|_| Vec3A::splat(3.5));
        for filtered in [diffuse(&white), specular(&white)] {
            for texel in all_texels(&filtered) {
                assert!((texel - 3.5).abs().max_element() < 1e-4, "{texel}");
            }
        }
        // Irradiance is pi times the stored mean, so a white Lambertian surface leaves what arrives.
        assert!((PI * 3.5 - reference::irradiance(|_| 3.5, Vec3A::Y)).abs() < 1e-2);
    }

    #[test]
    fn diffuse_agrees_with_the_closed_form_of_a_gradient() {
        // For L = 1 + d.y: E / pi = 1 + 2/3 n.y.
        let map = diffuse(&source(|d| Vec3A::splat(1.0 + d.y)));
        for normal in [Vec3A::Y, Vec3A::NEG_Y, Vec3A::X, Vec3A::new(0.6, 0.64, -0.48)] {
            let expected = 1.0 + 2.0 / 3.0 * normal.y;
            let got = map.levels[0].sample(normal).x;
            assert!((got - expected).abs() < 0.02, "{normal}: {got} against {expected}");
            assert!((reference::irradiance(|d| 1.0 + d.y, normal) / PI - expected).abs() < 1e-3);
        }
    }

    #[test]
    fn specular_agrees_with_quadrature_at_every_roughness() {
        let light = |d: Vec3A| 1.0 + 4.0 * (8.0 * (d.dot(Vec3A::new(0.6, 0.8, 0.0)) - 1.0)).exp();
        let map = specular(&source(|d| Vec3A::splat(light(d))));
        let last = (map.levels.len() - 1) as f32;
        for (i, level) in map.levels.iter().enumerate().skip(1) {
            for normal in [Vec3A::Y, Vec3A::X, Vec3A::new(0.6, 0.8, 0.0), Vec3A::NEG_Z] {
                let expected = reference::ggx_mean(light, normal, i as f32 / last);
                let got = level.sample(normal).x;
                assert!((got / expected - 1.0).abs() < 0.06, "level {i}, {normal}: {got} against {expected}");
            }
        }
    }

    #[test]
    fn filtering_twice_gives_the_same_bytes() {
        let sky = source(|d| Vec3A::new(d.x.abs(), d.y.max(0.0), 0.3));
        assert_eq!(specular(&sky).rgba16f_bytes(1.0), specular(&sky).rgba16f_bytes(1.0));
    }
}
