//! Light through thin parts: ears, nostrils, the web of a hand.
//!
//! Through a slab lit diffusely from behind, in mean free paths t: T = C / sinh(kappa (t + z)) + rest e^(-4.5 t). The decay
//! kappa is that of the exact asymptotic solution of transport with isotropic scattering, alpha artanh(kappa) = kappa
//! (Case and Zweifel, "Linear Transport Theory", 1967); the gain C and the extrapolation z are our fits to random walks,
//! within 1 % of them from 0.25 mean free paths until 1 in 3,000 is left. HDRP's thickness integral of Burley's profile
//! (Golubev 2018), which knows no second surface, misses the same walks by 5 to 16 % if scaled to T(0) = 1 and
//! in skin by a third to a half if scaled to the albedo.

use bevy::math::Vec3;

use crate::look::skin::spectrum::{SkinOptics, single_scattering_albedo};

/// Albedo, gain C, extrapolation z in mean free paths.
const FITS: [[f32; 3]; 14] = [
    [0.20, 0.5514, 0.4012],
    [0.30, 0.8652, 0.9949],
    [0.35, 0.9341, 1.2114],
    [0.40, 0.9157, 1.3465],
    [0.45, 0.8391, 1.4158],
    [0.50, 0.7385, 1.4432],
    [0.55, 0.6349, 1.4484],
    [0.60, 0.5373, 1.4437],
    [0.65, 0.4482, 1.4356],
    [0.70, 0.3673, 1.4275],
    [0.75, 0.2937, 1.4206],
    [0.80, 0.2262, 1.4154],
    [0.85, 0.1638, 1.4120],
    [0.90, 0.1058, 1.4101],
];
/// Decay of what has hardly scattered, per mean free path.
const FIRST_DECAY: f32 = 4.5;
/// What a wedge loses at its thin end, over its opening squared, and within how many mean free paths: fits to random
/// walks in wedges of 15, 25 and 35 degrees, whose errors they lower from 2.6 % to 0.5 % on average.
const EDGE_LOSS: [f32; 2] = [0.147, 2.26];
/// Over how many mean free paths a wedge gains light from its thin end, and the width of the profile that carries it.
const EDGE_GAIN: [f32; 2] = [13.6, 1.151];

/// How one channel of some skin lets light through: what a pass needs, made once for each person.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transmission {
    /// Decay deep inside, 1/mm.
    pub decay_per_mm: f32,
    /// C.
    pub gain: f32,
    /// z, mm.
    pub offset_mm: f32,
    /// Mean free path, mm.
    pub mean_free_path_mm: f32,
    /// Distance of the scattering profile, mm.
    pub distance_mm: f32,
}

impl Transmission {
    /// From the albedo and the mean free path, mm, of a deep medium. Albedos are clamped to 0.2..0.9.
    pub fn new(albedo: f32, mean_free_path_mm: f32) -> Self {
        let albedo = if albedo > FITS[0][0] { albedo.min(FITS[FITS.len() - 1][0]) } else { FITS[0][0] };
        let after = FITS.iter().position(|fit| fit[0] >= albedo).unwrap_or(FITS.len() - 1).max(1);
        let (low, high) = (FITS[after - 1], FITS[after]);
        let share = (albedo - low[0]) / (high[0] - low[0]);
        let mix = |i: usize| low[i] + (high[i] - low[i]) * share;
        Self {
            decay_per_mm: asymptotic_decay(single_scattering_albedo(albedo)) / mean_free_path_mm,
            gain: mix(1),
            offset_mm: mix(2) * mean_free_path_mm,
            mean_free_path_mm,
            distance_mm: mean_free_path_mm / super::kernel::shape(albedo),
        }
    }

    /// Those of red, green and blue.
    pub fn of_skin(optics: &SkinOptics) -> [Self; 3] {
        let free = optics.mean_free_path_mm();
        [0, 1, 2].map(|c| Self::new(optics.dermis_albedo[c], free[c]))
    }

    /// Exitance of the front of a slab over the irradiance of its back, 0..1. Tinting by melanin is not part of it.
    pub fn through_slab(&self, thickness_mm: f32) -> f32 {
        let t = if thickness_mm > 0.0 { thickness_mm } else { 0.0 };
        let deep = |t: f32| self.gain / (self.decay_per_mm * (t + self.offset_mm)).sinh();
        deep(t) + (1.0 - deep(0.0)) * (-FIRST_DECAY * t / self.mean_free_path_mm).exp()
    }

    /// The same where front and back are not parallel. `thickness_mm` is measured along the front's normal;
    /// `facing` is the cosine of the angle between the front's normal and the reversed normal of the back, 1 for a slab.
    ///
    /// The slab that counts stands across the bisector of the two faces; light also seeps from its thin side.
    pub fn through(&self, thickness_mm: f32, facing: f32) -> f32 {
        // Beyond 60 degrees there is no other side to speak of.
        let facing = if facing < 1.0 { facing.max(0.5) } else { 1.0 };
        let across = thickness_mm.max(0.0) * 2.0 * facing / (1.0 + facing);
        // 2 tan(half the angle): by how much it thickens along the front.
        let opening = 2.0 * ((1.0 - facing) / (1.0 + facing)).sqrt();
        let free_paths = across / self.mean_free_path_mm;
        let loss = EDGE_LOSS[0] * opening * opening * (-free_paths / EDGE_LOSS[1]).exp();
        // Light that falls off as e^(-q x) and is spread by Burley's profile grows by the profile's Laplace transform.
        let q = (self.decay_per_mm * opening * self.distance_mm * EDGE_GAIN[1]).min(0.3);
        let seeping = 0.25 / (1.0 - q * q).sqrt() + 0.75 / (1.0 - 9.0 * q * q).sqrt() - 1.0;
        self.through_slab(across) * (1.0 - loss) * (1.0 + seeping * (1.0 - (-free_paths / EDGE_GAIN[0]).exp()))
    }
}

/// The root kappa of alpha artanh(kappa) = kappa, per mean free path.
fn asymptotic_decay(single_scattering_albedo: f32) -> f32 {
    let alpha = f64::from(single_scattering_albedo);
    let (mut low, mut high) = (1e-6f64, 1.0 - 1e-12);
    for _ in 0..50 {
        let middle = 0.5 * (low + high);
        if alpha * middle.atanh() < middle { low = middle } else { high = middle }
    }
    (0.5 * (low + high)) as f32
}

/// What light through a part adds to the irradiance of the front, linear, before it is gathered or multiplied by the
/// albedo. `clear_albedo` is the albedo of the same skin without melanin: dividing by it leaves of the albedo, once
/// multiplied, the tint of melanin, which light passes twice as it does in reflection.
///
/// A surface of index 1.4 on both sides lets 1.0 (green, 3 mm) to 1.3 times (red, 2 mm) as much through, by our random
/// walks, less what it keeps out by gloss; neither is in here.
pub fn added_irradiance(
    skin: &[Transmission; 3],
    clear_albedo: Vec3,
    back: Vec3,
    thickness_mm: f32,
    facing: f32,
) -> Vec3 {
    let passed = Vec3::from_array([0, 1, 2].map(|c: usize| skin[c].through(thickness_mm, facing)));
    back * passed / clear_albedo.max(Vec3::splat(1e-3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::skin::spectrum::{Pigments, skin_optics};

    #[test]
    fn the_decay_solves_its_equation() {
        for alpha in [0.5f32, 0.9, 0.97, 0.998] {
            let kappa = asymptotic_decay(alpha);
            assert!((alpha * kappa.atanh() / kappa - 1.0).abs() < 1e-3, "{alpha} {kappa}");
        }
        // Diffusion theory is its limit for little absorption.
        assert!((asymptotic_decay(0.998) / (3.0f32 * 0.002).sqrt() - 1.0).abs() < 0.01);
    }

    #[test]
    fn it_is_one_at_no_thickness_and_falls() {
        for t in Transmission::of_skin(&skin_optics(&Pigments::default())) {
            assert!((t.through_slab(0.0) - 1.0).abs() < 1e-5);
            assert!((t.through(1.0, 1.0) - t.through_slab(1.0)).abs() < 1e-5);
            for facing in [1.0, 0.9, 0.7] {
                let mut before = f32::MAX;
                for i in 0..=600 {
                    let now = t.through(0.01 * i as f32, facing);
                    assert!(now < before && now > 0.0, "{i} {facing}: {now}");
                    before = now;
                }
            }
        }
    }

    #[test]
    fn red_passes_an_ear() {
        let optics = skin_optics(&Pigments::default());
        let skin = Transmission::of_skin(&optics);
        let clear = skin_optics(&Pigments { melanin: 0.0, ..Pigments::default() }).albedo;
        let light = added_irradiance(&skin, clear, Vec3::ONE, 2.0, 1.0) * optics.albedo;
        assert!(light.x > 5.0 * light.y && light.y > 3.0 * light.z && light.z > 0.0, "{light}");
        // Without melanin it is the transmission itself.
        let untinted = added_irradiance(&skin, clear, Vec3::ONE, 2.0, 1.0) * clear;
        assert!((untinted.x - skin[0].through_slab(2.0)).abs() < 1e-5, "{untinted}");
    }

    #[test]
    fn nonsense_is_borne() {
        let t = Transmission::new(f32::NAN, 0.2);
        assert!((t.through(f32::NAN, f32::NAN) - 1.0).abs() < 1e-5);
        assert!((t.through(-3.0, 2.0) - 1.0).abs() < 1e-5);
        assert!(Transmission::new(2.0, 0.2).through_slab(1.0) < 1.0);
    }
}
