//! A clear sky over a spherical planet, evaluated on the CPU once per shot, in real units (cd/m2 and lux).
//!
//! Single scattering after Nishita et al. 1993, higher orders after Hillaire 2020; twelve spectral bands; air, aerosol
//! and ozone with published coefficients (cited where they stand).

pub mod atmosphere;
pub mod scattering;
pub mod spectrum;

use std::f32::consts::PI;

use bevy::math::{DVec3, Vec3};

use atmosphere::{Atmosphere, GROUND_RADIUS_KM};
use scattering::{Scatterer, aerosol_phase, rayleigh_phase};
use spectrum::{Spectrum, SunToRgb};

/// Height of the eye above the ground, km. Pictures are taken near the ground; nothing below depends on it visibly.
const EYE_KM: f64 = 0.002;

const ROWS_ABOVE: usize = 72;
const ROWS_BELOW: usize = 16;
const AZIMUTHS: usize = 24;

/// What a sky is computed from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SkySettings {
    /// 1 clean air, 2 very clear, 3 clear, 6 warm haze, 10 thick haze.
    pub turbidity: f32,
    /// Unit vector from the ground to the centre of the sun, world space.
    pub direction_to_sun: Vec3,
    /// Angle the sun's disc covers, radians.
    pub sun_diameter_rad: f32,
    /// Linear Rec.709 reflectance of the ground, 0..1.
    pub ground_albedo: Vec3,
}

impl Default for SkySettings {
    fn default() -> Self {
        Self {
            turbidity: 2.5,
            direction_to_sun: Vec3::Y,
            sun_diameter_rad: 0.533f32.to_radians(),
            ground_albedo: Vec3::splat(0.2),
        }
    }
}

/// A sky, ready to be looked up.
#[derive(Clone, Debug)]
pub struct Sky {
    direction_to_sun: Vec3,
    sun_radius_rad: f32,
    above: Table,
    below: Table,
    /// Direct sunlight on a surface facing the sun, lux, linear Rec.709.
    pub sun_illuminance: Vec3,
    /// Sun and sky together on the level ground, lux, linear Rec.709.
    pub ground_illuminance: Vec3,
}

/// Direction to the sun. Azimuth 0 is -Z (ahead of an unrotated camera), 90 degrees is +X.
pub fn direction_from_angles(elevation_deg: f32, azimuth_deg: f32) -> Vec3 {
    let (sin_e, cos_e) = elevation_deg.to_radians().sin_cos();
    let (sin_a, cos_a) = azimuth_deg.to_radians().sin_cos();
    Vec3::new(cos_e * sin_a, sin_e, -cos_e * cos_a)
}

/// Direct sunlight on a surface facing the sun, lux, linear Rec.709, through an atmosphere of the given turbidity.
pub fn sunlight(turbidity: f32, elevation_rad: f32, sun_diameter_rad: f32) -> Vec3 {
    sunlight_through(&Atmosphere::new(f64::from(turbidity)), &SunToRgb::visible(), elevation_rad, sun_diameter_rad)
}

fn sunlight_through(atmosphere: &Atmosphere, rgb: &SunToRgb, elevation_rad: f32, sun_diameter_rad: f32) -> Vec3 {
    let sin_radius = f64::from(0.5 * sun_diameter_rad).sin();
    let mu = f64::from(elevation_rad).sin();
    rgb.rgb(&atmosphere.transmittance_to_space(GROUND_RADIUS_KM + EYE_KM, mu, sin_radius))
}

impl Sky {
    pub fn new(settings: &SkySettings) -> Self {
        let to_sun = settings.direction_to_sun.normalize_or(Vec3::Y);
        let elevation_rad = to_sun.y.clamp(-1.0, 1.0).asin();
        let rgb = SunToRgb::visible();
        let atmosphere = Atmosphere::new(f64::from(settings.turbidity));
        let sin_radius = f64::from(0.5 * settings.sun_diameter_rad).sin();
        let grey = luminance(settings.ground_albedo);
        let scatterer = Scatterer::new(&atmosphere, f64::from(elevation_rad), sin_radius, grey);

        let above = Table::new(ROWS_ABOVE, |elevation, azimuth| {
            let light = march(&scatterer, elevation.max(0.0), azimuth, elevation_rad);
            Node {
                rayleigh: rgb.rgb(&light.rayleigh),
                aerosol: rgb.rgb(&light.aerosol),
                even: rgb.rgb(&light.multiple),
            }
        });
        let sun_illuminance = sunlight_through(&atmosphere, &rgb, elevation_rad, settings.sun_diameter_rad);
        let ground_illuminance = sun_illuminance * to_sun.y.max(0.0) + above.irradiance(elevation_rad);
        let ground_radiance = settings.ground_albedo * ground_illuminance / PI;
        let white = rgb.rgb(&Spectrum::ONE);
        let below = Table::new(ROWS_BELOW, |elevation, azimuth| {
            // Just under the horizon the ray must still meet the ground, which curves away.
            let light = march(&scatterer, -elevation.max(1e-3), azimuth, elevation_rad);
            let passed = rgb.rgb(&light.transmittance) / white;
            Node {
                rayleigh: rgb.rgb(&light.rayleigh),
                aerosol: rgb.rgb(&light.aerosol),
                even: rgb.rgb(&light.multiple) + passed * ground_radiance,
            }
        });
        Self {
            direction_to_sun: to_sun,
            sun_radius_rad: 0.5 * settings.sun_diameter_rad,
            above,
            below,
            sun_illuminance,
            ground_illuminance,
        }
    }

    /// Luminance seen in a direction (unit, world space), cd/m2, linear Rec.709, without the sun's disc.
    pub fn luminance(&self, direction: Vec3) -> Vec3 {
        let elevation = direction.y.clamp(-1.0, 1.0).asin();
        let azimuth = azimuth_between(direction, self.direction_to_sun);
        let cos_angle = direction.dot(self.direction_to_sun).clamp(-1.0, 1.0);
        let table = if elevation >= 0.0 { &self.above } else { &self.below };
        table.get(elevation.abs(), azimuth).luminance(cos_angle)
    }

    /// Mean luminance of the sun's disc, cd/m2, linear Rec.709.
    pub fn sun_disc_luminance(&self) -> Vec3 {
        let solid_angle = 2.0 * PI * (1.0 - self.sun_radius_rad.cos());
        self.sun_illuminance / solid_angle.max(1e-9)
    }

    /// Share of the sun's disc in a cone of `cone_radius_rad` around a direction: 0 outside, 1 inside, smooth between.
    pub fn sun_disc_coverage(&self, direction: Vec3, cone_radius_rad: f32) -> f32 {
        let angle = direction.angle_between(self.direction_to_sun);
        let half = cone_radius_rad.max(1e-6);
        ((self.sun_radius_rad - angle) / (2.0 * half) + 0.5).clamp(0.0, 1.0)
    }
}

/// Rec.709 luminance.
pub fn luminance(rgb: Vec3) -> f32 {
    rgb.dot(Vec3::new(0.2126, 0.7152, 0.0722))
}

fn march(scatterer: &Scatterer, elevation: f32, azimuth: f32, sun_elevation: f32) -> scattering::Inscattering {
    let (elevation, azimuth, sun_elevation) = (f64::from(elevation), f64::from(azimuth), f64::from(sun_elevation));
    let view = DVec3::new(elevation.cos() * azimuth.cos(), elevation.sin(), elevation.cos() * azimuth.sin());
    let sun = DVec3::new(sun_elevation.cos(), sun_elevation.sin(), 0.0);
    scatterer.along(GROUND_RADIUS_KM + EYE_KM, view, sun)
}

/// Angle between two directions around the vertical, 0..pi. Zero where it has no meaning.
fn azimuth_between(a: Vec3, b: Vec3) -> f32 {
    let (a, b) = (a.with_y(0.0), b.with_y(0.0));
    let lengths = a.length() * b.length();
    if lengths > 1e-9 { (a.dot(b) / lengths).clamp(-1.0, 1.0).acos() } else { 0.0 }
}

#[derive(Clone, Copy, Debug, Default)]
struct Node {
    rayleigh: Vec3,
    aerosol: Vec3,
    /// Light that does not depend on the angle to the sun.
    even: Vec3,
}

impl Node {
    fn luminance(&self, cos_angle: f32) -> Vec3 {
        self.rayleigh * rayleigh_phase(cos_angle) + self.aerosol * aerosol_phase(cos_angle) + self.even
    }

    fn lerp(self, other: Self, t: f32) -> Self {
        Self {
            rayleigh: self.rayleigh.lerp(other.rayleigh, t),
            aerosol: self.aerosol.lerp(other.aerosol, t),
            even: self.even.lerp(other.even, t),
        }
    }
}

/// Half a sky over (elevation from the horizon, azimuth from the sun). Rows crowd quadratically at the horizon, where
/// the light changes fastest; the two halves do not share a row, so the horizon stays sharp.
#[derive(Clone, Debug)]
struct Table {
    rows: usize,
    nodes: Vec<Node>,
}

impl Table {
    fn new(rows: usize, mut node: impl FnMut(f32, f32) -> Node) -> Self {
        let mut nodes = Vec::with_capacity(rows * AZIMUTHS);
        for row in 0..rows {
            let x = row as f32 / (rows - 1) as f32;
            for column in 0..AZIMUTHS {
                nodes.push(node(0.5 * PI * x * x, PI * column as f32 / (AZIMUTHS - 1) as f32));
            }
        }
        Self { rows, nodes }
    }

    fn get(&self, elevation: f32, azimuth: f32) -> Node {
        let (row, row_t) = atmosphere::cell(f64::from((elevation / (0.5 * PI)).sqrt()), self.rows);
        let (column, column_t) = atmosphere::cell(f64::from(azimuth / PI), AZIMUTHS);
        let at = |row: usize, column: usize| self.nodes[row * AZIMUTHS + column];
        let low = at(row, column).lerp(at(row, column + 1), column_t as f32);
        let high = at(row + 1, column).lerp(at(row + 1, column + 1), column_t as f32);
        low.lerp(high, row_t as f32)
    }

    /// Illuminance of this half on the level ground, lux.
    fn irradiance(&self, sun_elevation: f32) -> Vec3 {
        const ELEVATIONS: usize = 96;
        const AROUND: usize = 48;
        let mut sum = Vec3::ZERO;
        for row in 0..ELEVATIONS {
            // Equal steps of sin^2(elevation): every sample carries the same share of the cosine-weighted hemisphere.
            let elevation = ((row as f32 + 0.5) / ELEVATIONS as f32).sqrt().asin();
            for column in 0..AROUND {
                let azimuth = PI * (column as f32 + 0.5) / AROUND as f32;
                let cos_angle =
                    elevation.sin() * sun_elevation.sin() + elevation.cos() * sun_elevation.cos() * azimuth.cos();
                sum += self.get(elevation, azimuth).luminance(cos_angle);
            }
        }
        sum * (PI / (ELEVATIONS * AROUND) as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sky(elevation_deg: f32, turbidity: f32) -> Sky {
        Sky::new(&SkySettings {
            turbidity,
            direction_to_sun: direction_from_angles(elevation_deg, 30.0),
            sun_diameter_rad: 0.533f32.to_radians(),
            ground_albedo: Vec3::splat(0.2),
        })
    }

    #[test]
    fn clear_days_have_published_illuminances() {
        for elevation_deg in [30.0f32, 60.0] {
            let sky = sky(elevation_deg, 2.0);
            let sin = elevation_deg.to_radians().sin();
            let direct = luminance(sky.sun_illuminance);
            let diffuse = luminance(sky.ground_illuminance) - direct * sin;
            // IES Lighting Handbook, 9th edition, chapter 8, clear sky.
            let published_direct = 127_500.0 * (-0.21 / sin).exp();
            let published_diffuse = 800.0 + 15_500.0 * sin.sqrt();
            assert!((direct / published_direct - 1.0).abs() < 0.08, "{direct} against {published_direct} lx");
            assert!((diffuse / published_diffuse - 1.0).abs() < 0.08, "{diffuse} against {published_diffuse} lx");
            let zenith = sky.luminance(Vec3::Y);
            assert!(zenith.z > 1.3 * zenith.x, "the zenith is blue: {zenith}");
        }
    }

    #[test]
    fn low_sun_is_warm_and_dims() {
        let (low, high) = (sky(4.0, 2.5).sun_illuminance, sky(40.0, 2.5).sun_illuminance);
        assert!(low.x > 2.0 * low.z, "{low}");
        assert!(luminance(low) < 0.35 * luminance(high));
        assert!(luminance(sky(-2.0, 2.5).sun_illuminance) == 0.0, "below the horizon");
        assert!(luminance(sky(-2.0, 2.5).luminance(Vec3::Y)) > 1.0, "twilight is not black");
    }

    #[test]
    fn sky_is_brightest_near_the_sun_and_hazier_with_turbidity() {
        let near = direction_from_angles(20.0, 40.0);
        let away = direction_from_angles(20.0, 210.0);
        let clear = sky(20.0, 2.0);
        let hazy = sky(20.0, 6.0);
        assert!(luminance(clear.luminance(near)) > 2.0 * luminance(clear.luminance(away)));
        assert!(luminance(hazy.sun_illuminance) < 0.8 * luminance(clear.sun_illuminance));
    }

    #[test]
    fn everything_is_finite_and_positive_in_all_directions() {
        for elevation in [-6.0, 0.0, 0.1, 12.0, 90.0] {
            let sky = sky(elevation, 3.0);
            for i in 0..400 {
                let y = -1.0 + 2.0 * (i as f32 + 0.5) / 400.0;
                let (s, c) = (i as f32 * 2.4).sin_cos();
                let r = (1.0 - y * y).sqrt();
                let rgb = sky.luminance(Vec3::new(r * c, y, r * s));
                assert!(rgb.is_finite() && rgb.min_element() >= 0.0, "{elevation}: {rgb}");
            }
        }
    }
}
