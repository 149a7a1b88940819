//! Light scattered into a view ray: single scattering by ray marching, all higher orders by the isotropic closure of
//! Hillaire, "A Scalable and Production Ready Sky and Atmosphere Rendering Technique", EGSR 2020, section 5.5.

use std::f64::consts::PI;

use bevy::math::{DVec3, FloatExt};

use super::atmosphere::{
    Atmosphere, GROUND_RADIUS_KM, TOP_RADIUS_KM, advance, cell, densities, distance_to_ground_km, distance_to_top_km,
};
use super::spectrum::Spectrum;

const VIEW_STEPS: usize = 40;
const MULTIPLE_STEPS: usize = 16;
const MULTIPLE_RADII: usize = 12;
const MULTIPLE_ANGLES: usize = 12;
/// Directions over half the sphere (the other half mirrors it): rows of equal solid angle times azimuths.
const MULTIPLE_ROWS: usize = 8;
const MULTIPLE_AZIMUTHS: usize = 4;
/// Asymmetry of the aerosol's phase function (Bruneton 2017): the mean cosine of its deflection.
const ASYMMETRY: f32 = 0.8;
/// From the ground to the horizon of the top of the atmosphere the zenith turns by acos(6360/6460) = 10.1 degrees.
const ZENITH_TURN_RAD: f64 = 0.18;

/// Scattered light per unit of solar irradiance, 1/sr. The phase functions of air and aerosol are left out of the first
/// two terms, so that both are smooth and may be stored coarsely; higher orders are isotropic.
#[derive(Clone, Copy, Debug, Default)]
pub struct Inscattering {
    pub rayleigh: Spectrum,
    pub aerosol: Spectrum,
    pub multiple: Spectrum,
    /// Share of the light that passes along the whole ray.
    pub transmittance: Spectrum,
    pub hits_ground: bool,
}

/// One sun position in one atmosphere.
pub struct Scatterer<'a> {
    atmosphere: &'a Atmosphere,
    sin_sun_radius: f64,
    ground_albedo: f32,
    multiple: MultipleTable,
}

impl<'a> Scatterer<'a> {
    /// `sun_elevation_rad` is seen from the ground; `ground_albedo` is grey.
    pub fn new(atmosphere: &'a Atmosphere, sun_elevation_rad: f64, sin_sun_radius: f64, ground_albedo: f32) -> Self {
        let mut scatterer =
            Self { atmosphere, sin_sun_radius, ground_albedo, multiple: MultipleTable::empty(sun_elevation_rad) };
        scatterer.multiple.nodes = scatterer.multiple_nodes();
        scatterer
    }

    /// Marches a ray from `radius_km` above the planet's centre. `view` and `sun` are unit vectors, y towards the zenith.
    pub fn along(&self, radius_km: f64, view: DVec3, sun: DVec3) -> Inscattering {
        let mut sum = Inscattering::default();
        let mut passed = Spectrum::ONE;
        let ground = distance_to_ground_km(radius_km, view.y);
        let distance = ground.unwrap_or_else(|| distance_to_top_km(radius_km, view.y));
        let mut start = 0.0;
        for step in 1..=VIEW_STEPS {
            let t = step as f64 / VIEW_STEPS as f64;
            let end = distance * t * t;
            let middle = 0.5 * (start + end);
            let radius = advance(radius_km, view.y, middle).x;
            let sun_mu = ((radius_km * sun.y + middle * view.dot(sun)) / radius).clamp(-1.0, 1.0);
            let density = densities(radius).as_vec3();
            let length = (end - start) as f32;

            let air = self.atmosphere.rayleigh_per_km * density.x;
            let aerosol = self.atmosphere.aerosol_scattering_per_km * density.y;
            let extinction =
                air + self.atmosphere.aerosol_extinction_per_km * density.y + self.atmosphere.ozone_per_km * density.z;
            let depth = extinction * length;
            let segment = depth.exp_neg();
            // Integrated over the segment, so that a thick segment does not scatter more light than enters it.
            let weight = passed * segment.mean_transmittance(depth) * length;
            let sunlight = self.atmosphere.transmittance_to_space(radius, sun_mu, self.sin_sun_radius);

            sum.rayleigh += weight * air * sunlight;
            sum.aerosol += weight * aerosol * sunlight;
            sum.multiple += weight * (air + aerosol) * self.multiple.get(radius, sun_mu);
            passed *= segment;
            start = end;
        }
        sum.transmittance = passed;
        sum.hits_ground = ground.is_some();
        sum
    }

    fn multiple_nodes(&self) -> Vec<Spectrum> {
        let mut nodes = Vec::with_capacity(MULTIPLE_RADII * MULTIPLE_ANGLES);
        for row in 0..MULTIPLE_RADII {
            let x = row as f64 / (MULTIPLE_RADII - 1) as f64;
            // Squared: the lower air scatters most.
            let radius = GROUND_RADIUS_KM + (TOP_RADIUS_KM - GROUND_RADIUS_KM) * x * x;
            for column in 0..MULTIPLE_ANGLES {
                let sun_elevation = self.multiple.elevation_of(column as f64 / (MULTIPLE_ANGLES - 1) as f64);
                let sun = DVec3::new(sun_elevation.cos(), sun_elevation.sin(), 0.0);
                nodes.push(self.second_and_higher_orders(radius.min(TOP_RADIUS_KM - 1e-3), sun));
            }
        }
        nodes
    }

    /// Radiance that reaches a point after two or more scattering events, averaged over the sphere: the second order
    /// gathered from all directions, and the series of further orders closed with the mean transfer between orders.
    ///
    /// Aerosol scatters mostly forward, which changes little; by the similarity relation (van de Hulst, "Multiple Light
    /// Scattering", 1980) it counts here as isotropic with the forward share taken out of scattering and extinction.
    fn second_and_higher_orders(&self, radius_km: f64, sun: DVec3) -> Spectrum {
        let mut second = Spectrum::ZERO;
        let mut transfer = Spectrum::ZERO;
        let directions = (MULTIPLE_ROWS * MULTIPLE_AZIMUTHS) as f32;
        for row in 0..MULTIPLE_ROWS {
            let y = -1.0 + 2.0 * (row as f64 + 0.5) / MULTIPLE_ROWS as f64;
            let horizontal = (1.0 - y * y).max(0.0).sqrt();
            for azimuth in 0..MULTIPLE_AZIMUTHS {
                let angle = PI * (azimuth as f64 + 0.5) / MULTIPLE_AZIMUTHS as f64;
                let view = DVec3::new(horizontal * angle.cos(), y, horizontal * angle.sin());
                let (radiance, passed_on) = self.isotropic_single(radius_km, view, sun);
                second += radiance * (1.0 / directions);
                transfer += passed_on * (1.0 / directions);
            }
        }
        second.geometric_series(transfer)
    }

    fn isotropic_single(&self, radius_km: f64, view: DVec3, sun: DVec3) -> (Spectrum, Spectrum) {
        let mut radiance = Spectrum::ZERO;
        let mut transfer = Spectrum::ZERO;
        let mut passed = Spectrum::ONE;
        let ground = distance_to_ground_km(radius_km, view.y);
        let distance = ground.unwrap_or_else(|| distance_to_top_km(radius_km, view.y));
        let mut start = 0.0;
        for step in 1..=MULTIPLE_STEPS {
            let t = step as f64 / MULTIPLE_STEPS as f64;
            let end = distance * t * t;
            let middle = 0.5 * (start + end);
            let radius = advance(radius_km, view.y, middle).x;
            let sun_mu = ((radius_km * sun.y + middle * view.dot(sun)) / radius).clamp(-1.0, 1.0);
            let density = densities(radius).as_vec3();
            let length = (end - start) as f32;
            let forward = self.atmosphere.aerosol_scattering_per_km * (density.y * ASYMMETRY);
            let air = self.atmosphere.rayleigh_per_km * density.x;
            let scattering = air + self.atmosphere.aerosol_scattering_per_km * density.y - forward;
            let extinction = air + self.atmosphere.aerosol_extinction_per_km * density.y - forward
                + self.atmosphere.ozone_per_km * density.z;
            let depth = extinction * length;
            let segment = depth.exp_neg();
            let weight = passed * segment.mean_transmittance(depth) * length * scattering;
            let sunlight = self.atmosphere.transmittance_to_space(radius, sun_mu, self.sin_sun_radius);
            radiance += weight * sunlight * (1.0 / (4.0 * PI)) as f32;
            transfer += weight;
            passed *= segment;
            start = end;
        }
        if ground.is_some() {
            let sun_mu = (radius_km * sun.y + distance * view.dot(sun)) / GROUND_RADIUS_KM;
            let sunlight = self.atmosphere.transmittance_to_space(GROUND_RADIUS_KM, sun_mu, self.sin_sun_radius);
            radiance += passed * sunlight * (sun_mu.max(0.0) as f32 * self.ground_albedo / PI as f32);
        }
        (radiance, transfer)
    }
}

/// Higher orders over (radius, elevation of the sun at that point).
struct MultipleTable {
    lowest_rad: f64,
    highest_rad: f64,
    nodes: Vec<Spectrum>,
}

impl MultipleTable {
    fn empty(sun_elevation_rad: f64) -> Self {
        Self {
            lowest_rad: (sun_elevation_rad - ZENITH_TURN_RAD).max(-0.5 * PI),
            highest_rad: (sun_elevation_rad + ZENITH_TURN_RAD).min(0.5 * PI),
            nodes: Vec::new(),
        }
    }

    fn elevation_of(&self, x: f64) -> f64 {
        self.lowest_rad.lerp(self.highest_rad, x)
    }

    fn get(&self, radius_km: f64, sun_mu: f64) -> Spectrum {
        let altitude = ((radius_km - GROUND_RADIUS_KM) / (TOP_RADIUS_KM - GROUND_RADIUS_KM)).clamp(0.0, 1.0);
        let angle = (sun_mu.asin() - self.lowest_rad) / (self.highest_rad - self.lowest_rad);
        let (row, row_t) = cell(altitude.sqrt(), MULTIPLE_RADII);
        let (column, column_t) = cell(angle, MULTIPLE_ANGLES);
        let at = |row: usize, column: usize| self.nodes[row * MULTIPLE_ANGLES + column];
        let mix = |a: Spectrum, b: Spectrum, t: f64| a + (b - a) * t as f32;
        mix(
            mix(at(row, column), at(row, column + 1), column_t),
            mix(at(row + 1, column), at(row + 1, column + 1), column_t),
            row_t,
        )
    }
}

/// Phase function of air, 1/sr (Rayleigh).
pub fn rayleigh_phase(cos_angle: f32) -> f32 {
    3.0 / (16.0 * PI as f32) * (1.0 + cos_angle * cos_angle)
}

/// Phase function of aerosol, 1/sr: Cornette and Shanks, "Physically reasonable analytic expression for the
/// single-scattering phase function", Applied Optics 31(16), 1992, with asymmetry 0.8 (Bruneton 2017).
pub fn aerosol_phase(cos_angle: f32) -> f32 {
    const G: f32 = ASYMMETRY;
    let k = 3.0 / (8.0 * PI as f32) * (1.0 - G * G) / (2.0 + G * G);
    k * (1.0 + cos_angle * cos_angle) / (1.0 + G * G - 2.0 * G * cos_angle).max(1e-6).powf(1.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phase_functions_integrate_to_one() {
        for phase in [rayleigh_phase as fn(f32) -> f32, aerosol_phase] {
            let steps = 20_000;
            let sum: f64 = (0..steps)
                .map(|i| -1.0 + 2.0 * (f64::from(i) + 0.5) / f64::from(steps))
                .map(|mu| f64::from(phase(mu as f32)) * 2.0 * PI * 2.0 / f64::from(steps))
                .sum();
            assert!((sum - 1.0).abs() < 1e-3, "{sum}");
        }
    }

    #[test]
    fn higher_orders_stay_below_the_first() {
        let atmosphere = Atmosphere::new(1.0);
        let sun = DVec3::new(0.5f64.cos(), 0.5f64.sin(), 0.0);
        let scatterer = Scatterer::new(&atmosphere, 0.5, 0.004_65, 0.2);
        let up = scatterer.along(GROUND_RADIUS_KM + 0.002, DVec3::Y, sun);
        for ((multiple, rayleigh), aerosol) in
            up.multiple.bands().into_iter().zip(up.rayleigh.bands()).zip(up.aerosol.bands())
        {
            let first = rayleigh * rayleigh_phase(0.5f32.sin()) + aerosol * aerosol_phase(0.5f32.sin());
            // Air of optical depth 0.4 at 400 nm over a ground of 0.2: higher orders add two thirds, at 700 nm a twentieth.
            assert!(multiple > 0.02 * first && multiple < first, "{multiple} against {first}");
        }
    }
}
