//! Slow, plain quadrature that the filters are tested against.

use std::f32::consts::PI;

use bevy::math::Vec3A;

const STEPS: usize = 256;

/// Irradiance around `normal`, by midpoints over the hemisphere.
pub fn irradiance(radiance: impl Fn(Vec3A) -> f32, normal: Vec3A) -> f32 {
    integrate(normal, |direction, cosine| radiance(direction) * cosine)
}

/// Mean of `radiance` under the GGX lobe of a mirror seen head-on, weighted by the cosine (split-sum, first sum).
pub fn ggx_mean(radiance: impl Fn(Vec3A) -> f32, normal: Vec3A, perceptual_roughness: f32) -> f32 {
    let alpha2 = perceptual_roughness.powi(4);
    let lobe = |direction: Vec3A, cosine: f32| {
        let n_dot_h = normal.dot((normal + direction).normalize());
        alpha2 / (n_dot_h * n_dot_h * (alpha2 - 1.0) + 1.0).powi(2) * cosine
    };
    let total = integrate(normal, lobe);
    integrate(normal, |d, c| lobe(d, c) * radiance(d)) / total
}

fn integrate(normal: Vec3A, value: impl Fn(Vec3A, f32) -> f32) -> f32 {
    let (tangent, bitangent) = normal.any_orthonormal_pair();
    let mut sum = 0.0f64;
    for i in 0..STEPS {
        // Quadratic in the angle: narrow lobes need their samples at the pole.
        let t = (i as f32 + 0.5) / STEPS as f32;
        let theta = 0.5 * PI * t * t;
        let d_theta = PI * t / STEPS as f32;
        for j in 0..STEPS {
            let (sin_phi, cos_phi) = (2.0 * PI * (j as f32 + 0.5) / STEPS as f32).sin_cos();
            let direction = (tangent * cos_phi + bitangent * sin_phi) * theta.sin() + normal * theta.cos();
            let solid_angle = theta.sin() * d_theta * 2.0 * PI / STEPS as f32;
            sum += f64::from(value(direction, theta.cos()) * solid_angle);
        }
    }
    sum as f32
}
