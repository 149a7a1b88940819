//! Scattering by fabric on the processor: what `shaders/cloth/fabric_bsdf.wgsl` says, where formulae and sources are. Tests
//! integrate it over the hemisphere.

use std::f32::consts::PI;

use bevy::math::{Vec2, Vec3};

/// A fabric that is woven of one system of threads, seen from so far that no thread is.
#[derive(Clone, Copy, Debug)]
pub struct ReferenceFabric {
    /// Diffuse albedo of both sides together.
    pub albedo: f32,
    /// GGX alpha along and across threads.
    pub alpha: Vec2,
    /// Reflectance at right angles.
    pub f0: f32,
    /// Optical depth of stray fibres, and their albedo.
    pub fuzz: f32,
    pub fuzz_albedo: f32,
    /// Share of diffuse light that comes through.
    pub transmission: f32,
}

impl ReferenceFabric {
    /// Scattering per steradian, without the cosine. Directions are unit vectors along, across and above threads; light
    /// from below comes through.
    pub fn scattered(&self, light: Vec3, view: Vec3) -> f32 {
        if light.z <= 0.0 {
            let up = let_down(view.z, self.fuzz, self.fuzz_albedo);
            return self.albedo * self.albedo.sqrt() * self.transmission * up / PI;
        }
        let left = |cosine: f32| 1.0 - mirrored_share(cosine, self.alpha, self.f0);
        let diffuse = self.albedo * (1.0 - self.transmission) * left(light.z) * left(view.z) / PI;
        let down = let_down(light.z, self.fuzz, self.fuzz_albedo) * let_down(view.z, self.fuzz, self.fuzz_albedo);
        (diffuse + mirrored(light, view, self.alpha, self.f0)) * down
            + self.fuzz_albedo * strayed(light.z, view.z, self.fuzz)
    }

    /// Share of light from `light` that goes to the upper hemisphere, by `steps` rings.
    pub fn reflected_share(&self, light: Vec3, steps: u32) -> f32 {
        hemisphere(steps, |view| self.scattered(light, view) * view.z)
    }
}

/// A thread's mirror lobe.
pub fn mirrored(light: Vec3, view: Vec3, alpha: Vec2, f0: f32) -> f32 {
    let h = (light + view).normalize();
    let q = (h.truncate() / alpha).length_squared() + h.z * h.z;
    let d = 1.0 / (PI * alpha.x * alpha.y * q * q);
    let stretched = |w: Vec3| (alpha * w.truncate()).extend(w.z).length();
    let masked = 0.5 / (light.z * stretched(view) + view.z * stretched(light)).max(1e-5);
    let away = (1.0 - h.dot(view).clamp(0.0, 1.0)).powi(5);
    d * masked * (f0 + (f90(f0) - f0) * away)
}

fn f90(f0: f32) -> f32 {
    (8.0 * f0).min(1.0)
}

/// Share of light that [`mirrored`] takes.
pub fn mirrored_share(cosine: f32, alpha: Vec2, f0: f32) -> f32 {
    let away = 1.0 - cosine;
    let upright = 1.0 - 0.08 * alpha.x - 0.46 * alpha.y;
    f0 * (upright + (0.95 - upright) * away * away) + 0.25 * f90(f0) * away.powi(4)
}

/// Light scattered once by stray fibres.
pub fn strayed(cos_light: f32, cos_view: f32, depth: f32) -> f32 {
    let path = 1.0 / cos_light.max(1e-3) + 1.0 / cos_view.max(1e-3);
    (1.0 - (-depth * path).exp()) / (4.0 * PI * (cos_light + cos_view).max(2e-3))
}

/// Share of light that stray fibres let down to the threads.
pub fn let_down(cosine: f32, depth: f32, albedo: f32) -> f32 {
    1.0 - (1.0 - 0.5 * albedo) * (1.0 - (-depth / cosine.max(1e-3)).exp())
}

/// The integral over directions above the surface.
pub fn hemisphere(steps: u32, of: impl Fn(Vec3) -> f32) -> f32 {
    let mut sum = 0.0;
    for ring in 0..steps {
        // Even in the cosine.
        let z = (ring as f32 + 0.5) / steps as f32;
        let radius = (1.0 - z * z).sqrt();
        for spoke in 0..2 * steps {
            let turn = PI * (spoke as f32 + 0.5) / steps as f32;
            sum += of(Vec3::new(radius * turn.cos(), radius * turn.sin(), z));
        }
    }
    sum * PI / (steps * steps) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(cosine: f32, turn: f32) -> Vec3 {
        let radius = (1.0 - cosine * cosine).sqrt();
        Vec3::new(radius * turn.cos(), radius * turn.sin(), cosine)
    }

    fn fabrics() -> impl Iterator<Item = ReferenceFabric> {
        let alphas = [[0.2, 1.0], [0.64, 1.0], [0.2, 0.5], [0.25, 0.25]].map(Vec2::from_array);
        alphas.into_iter().flat_map(|alpha| {
            [0.0, 0.025, 0.1, 0.5].into_iter().flat_map(move |f0| {
                [0.0, 0.1, 1.0].into_iter().map(move |fuzz| ReferenceFabric {
                    albedo: 1.0,
                    alpha,
                    f0,
                    fuzz,
                    fuzz_albedo: 1.0,
                    transmission: 0.3,
                })
            })
        })
    }

    #[test]
    fn a_white_fabric_in_a_white_furnace_gives_back_no_more_than_it_gets() {
        let mut least = f32::INFINITY;
        for fabric in fabrics() {
            for cosine in [0.05, 0.2, 0.5, 0.8, 1.0] {
                for turn in [0.0, 0.5 * PI] {
                    let light = from(cosine, turn);
                    let through = fabric.transmission * let_down(cosine, fabric.fuzz, fabric.fuzz_albedo);
                    let share = fabric.reflected_share(light, 96) + through;
                    assert!(share <= 1.02, "{share} at {cosine}, {turn}: {fabric:?}");
                    if fabric.f0 <= 0.1 && fabric.fuzz <= 0.1 {
                        least = least.min(share);
                    }
                }
            }
        }
        // Light that threads mirror more than once is lost, and what stray fibres scatter more than once.
        assert!(least > 0.75, "{least}");
    }

    #[test]
    fn light_may_go_both_ways() {
        for fabric in fabrics() {
            for (a, b) in [(from(0.3, 0.2), from(0.9, 2.0)), (from(0.1, 4.0), from(0.6, 1.0))] {
                let (there, back) = (fabric.scattered(a, b), fabric.scattered(b, a));
                assert!((there - back).abs() <= 1e-4 * there.max(back), "{there} and {back}: {fabric:?}");
            }
        }
    }

    #[test]
    fn the_fit_of_the_mirrored_share_is_near_the_integral() {
        for fabric in fabrics().filter(|fabric| fabric.fuzz == 0.0) {
            for cosine in [0.1, 0.3, 0.6, 1.0] {
                for turn in [0.0, 0.5 * PI] {
                    let light = from(cosine, turn);
                    let share = hemisphere(96, |view| mirrored(light, view, fabric.alpha, fabric.f0) * view.z);
                    let fit = mirrored_share(cosine, fabric.alpha, fabric.f0);
                    assert!(share < fit + 0.05, "{share} and {fit} at {cosine}, {turn}: {fabric:?}");
                }
            }
        }
    }

    #[test]
    fn threads_shine_across_themselves_and_fuzz_shines_at_the_outline() {
        let alpha = Vec2::new(0.2, 1.0);
        let light = from(0.7, 0.0);
        // Mirrored along the thread, and as far aside.
        let along = mirrored(light, from(0.7, PI), alpha, 0.1);
        let aside = mirrored(from(0.7, 0.5 * PI), from(0.7, 0.5 * PI), alpha, 0.1);
        let off = mirrored(light, from(0.7, 0.0), alpha, 0.1);
        assert!(along > 3.0 * off && aside > 3.0 * off, "{along} {aside} {off}");
        let (edge, middle) = (strayed(0.7, 0.05, 0.1), strayed(0.7, 1.0, 0.1));
        assert!(edge > 4.0 * middle, "{edge} and {middle}");
    }
}
