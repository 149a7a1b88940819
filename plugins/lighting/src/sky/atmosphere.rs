//! The air: what it is made of, how it is layered, and how much of it a ray crosses.

use bevy::math::{DVec2, DVec3};

use super::spectrum::{Spectrum, ozone_cross_section};

/// Radius of the ground, km.
pub const GROUND_RADIUS_KM: f64 = 6360.0;
/// Radius of the top of the atmosphere, km.
pub const TOP_RADIUS_KM: f64 = 6460.0;

/// Scale heights of air and aerosol, km (Nishita, Sirai, Tadamura and Nakamae, "Display of The Earth Taking into
/// Account Atmospheric Scattering", SIGGRAPH 1993).
const RAYLEIGH_HEIGHT_KM: f64 = 8.0;
const AEROSOL_HEIGHT_KM: f64 = 1.2;

/// Ozone lies in a tent from 10 km to 40 km with its peak at 25 km (Bruneton 2017): 15 km at peak density.
const OZONE_COLUMN_KM: f64 = 15.0;
/// A usual column of ozone, Dobson units, and molecules per m2 in one of them.
const OZONE_DOBSON: f64 = 300.0;
const MOLECULES_PER_DOBSON: f64 = 2.687e20;

/// Share of the light that an aerosol hit scatters instead of absorbing (Bruneton 2017: 0.9).
const AEROSOL_ALBEDO: f32 = 0.9;
/// Aangstroem's exponent of the continental aerosol (Preetham, Shirley and Smits 1999, appendix).
const AEROSOL_EXPONENT: f64 = 1.3;

/// Optical depth of clean air at the zenith from sea level, 45 degrees north: Bodhaine, Wood, Dutton and Slusser, "On
/// Rayleigh Optical Depth Calculations", J. Atmos. Oceanic Technol. 16, 1999, equation 30. Wavelength in nanometres.
pub fn rayleigh_zenith_depth(wavelength_nm: f64) -> f64 {
    let um2 = (wavelength_nm * 1e-3).powi(2);
    0.002_152_0 * (1.045_599_6 - 341.290_61 / um2 - 0.902_308_50 * um2)
        / (1.0 + 0.002_705_988_9 / um2 - 85.968_563 * um2)
}

/// Optical depth of the aerosol at the zenith by Aangstroem's formula, with the coefficient that Preetham, Shirley and
/// Smits 1999 give for a `turbidity` (1 clean air, 2 very clear, 3 clear, 6 warm haze, 10 thick haze).
pub fn aerosol_zenith_depth(turbidity: f64, wavelength_nm: f64) -> f64 {
    (0.046_08 * turbidity - 0.045_86).max(0.0) * (wavelength_nm * 1e-3).powf(-AEROSOL_EXPONENT)
}

/// Kilometres of air, aerosol and ozone at ground density that a ray crosses.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Columns(pub DVec3);

/// What stands in the way of light, per kilometre at ground density (for ozone: at its peak).
#[derive(Clone, Debug)]
pub struct Atmosphere {
    pub rayleigh_per_km: Spectrum,
    pub aerosol_scattering_per_km: Spectrum,
    pub aerosol_extinction_per_km: Spectrum,
    pub ozone_per_km: Spectrum,
    columns: ColumnTable,
}

impl Atmosphere {
    /// `turbidity` as in [`aerosol_zenith_depth`].
    pub fn new(turbidity: f64) -> Self {
        // Columns are cut at the top of the atmosphere; dividing by the cut column keeps the published zenith depth exact.
        let air_km = RAYLEIGH_HEIGHT_KM * (1.0 - (-(TOP_RADIUS_KM - GROUND_RADIUS_KM) / RAYLEIGH_HEIGHT_KM).exp());
        let aerosol_extinction_per_km =
            Spectrum::from_wavelengths(|nm| aerosol_zenith_depth(turbidity, nm) / AEROSOL_HEIGHT_KM);
        Self {
            rayleigh_per_km: Spectrum::from_wavelengths(|nm| rayleigh_zenith_depth(nm) / air_km),
            aerosol_scattering_per_km: aerosol_extinction_per_km * AEROSOL_ALBEDO,
            aerosol_extinction_per_km,
            ozone_per_km: Spectrum::from_wavelengths(|nm| {
                ozone_cross_section(nm) * OZONE_DOBSON * MOLECULES_PER_DOBSON / OZONE_COLUMN_KM
            }),
            columns: ColumnTable::new(),
        }
    }

    pub fn optical_depth(&self, columns: Columns) -> Spectrum {
        let c = columns.0.as_vec3();
        self.rayleigh_per_km * c.x + self.aerosol_extinction_per_km * c.y + self.ozone_per_km * c.z
    }

    /// Share of the light that passes from space to a point at `radius_km` along a direction whose cosine with the
    /// zenith is `mu`. The ground is opaque; the sun's disc makes its edge soft (`sin_sun_radius`).
    pub fn transmittance_to_space(&self, radius_km: f64, mu: f64, sin_sun_radius: f64) -> Spectrum {
        let visible = visible_share_of_sun(radius_km, mu, sin_sun_radius);
        if visible <= 0.0 {
            return Spectrum::ZERO;
        }
        self.optical_depth(self.columns.get(radius_km, mu)).exp_neg() * visible as f32
    }
}

/// Density of air, aerosol and ozone relative to the ground (ozone: to its peak).
pub fn densities(radius_km: f64) -> DVec3 {
    let altitude_km = (radius_km - GROUND_RADIUS_KM).max(0.0);
    DVec3::new(
        (-altitude_km / RAYLEIGH_HEIGHT_KM).exp(),
        (-altitude_km / AEROSOL_HEIGHT_KM).exp(),
        (1.0 - (altitude_km - 25.0).abs() / 15.0).max(0.0),
    )
}

/// Distance to the top of the atmosphere, km.
pub fn distance_to_top_km(radius_km: f64, mu: f64) -> f64 {
    let discriminant = radius_km * radius_km * (mu * mu - 1.0) + TOP_RADIUS_KM * TOP_RADIUS_KM;
    (-radius_km * mu + discriminant.max(0.0).sqrt()).max(0.0)
}

/// Distance to the ground, km, if the ray hits it.
pub fn distance_to_ground_km(radius_km: f64, mu: f64) -> Option<f64> {
    let discriminant = radius_km * radius_km * (mu * mu - 1.0) + GROUND_RADIUS_KM * GROUND_RADIUS_KM;
    (mu < 0.0 && discriminant >= 0.0).then(|| (-radius_km * mu - discriminant.sqrt()).max(0.0))
}

/// Radius and cosine with the zenith after `distance_km` along a ray.
pub fn advance(radius_km: f64, mu: f64, distance_km: f64) -> DVec2 {
    let squared = distance_km * distance_km + 2.0 * radius_km * mu * distance_km + radius_km * radius_km;
    let radius = squared.max(GROUND_RADIUS_KM * GROUND_RADIUS_KM).sqrt();
    DVec2::new(radius, ((radius_km * mu + distance_km) / radius).clamp(-1.0, 1.0))
}

fn visible_share_of_sun(radius_km: f64, mu: f64, sin_sun_radius: f64) -> f64 {
    let sin_horizon = (GROUND_RADIUS_KM / radius_km).min(1.0);
    let cos_horizon = -(1.0 - sin_horizon * sin_horizon).max(0.0).sqrt();
    let half_width = (sin_horizon * sin_sun_radius).max(1e-9);
    let t = ((mu - cos_horizon) / (2.0 * half_width) + 0.5).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

const RADII: usize = 32;
const COSINES: usize = 128;
const COLUMN_STEPS: usize = 64;

/// Columns to the top of the atmosphere over (radius, cosine), in the mapping of Bruneton and Neyret, "Precomputed
/// Atmospheric Scattering", 2008, which spends its resolution near the ground and the horizon. Columns are smoother
/// than transmittances and the same for every wavelength, so the table holds those.
#[derive(Clone, Debug)]
struct ColumnTable {
    columns: Vec<DVec3>,
}

impl ColumnTable {
    fn new() -> Self {
        let mut columns = Vec::with_capacity(RADII * COSINES);
        for row in 0..RADII {
            let x_radius = row as f64 / (RADII - 1) as f64;
            let rho = x_radius * rho_of_top();
            let radius = (rho * rho + GROUND_RADIUS_KM * GROUND_RADIUS_KM).sqrt();
            let nearest = TOP_RADIUS_KM - radius;
            let farthest = rho + rho_of_top();
            for column in 0..COSINES {
                let x = column as f64 / (COSINES - 1) as f64;
                let distance = nearest + x * (farthest - nearest);
                let mu = if distance <= 0.0 {
                    1.0
                } else {
                    let top2 = rho_of_top() * rho_of_top();
                    ((top2 - rho * rho - distance * distance) / (2.0 * radius * distance)).clamp(-1.0, 1.0)
                };
                columns.push(integrate_columns(radius, mu, distance));
            }
        }
        Self { columns }
    }

    fn get(&self, radius_km: f64, mu: f64) -> Columns {
        let rho = (radius_km * radius_km - GROUND_RADIUS_KM * GROUND_RADIUS_KM).max(0.0).sqrt();
        let distance = distance_to_top_km(radius_km, mu);
        let nearest = TOP_RADIUS_KM - radius_km;
        let farthest = rho + rho_of_top();
        let x = (distance - nearest) / (farthest - nearest).max(1e-9);
        let (row, row_t) = cell(rho / rho_of_top(), RADII);
        let (column, column_t) = cell(x, COSINES);
        let at = |row: usize, column: usize| self.columns[row * COSINES + column];
        let low = at(row, column).lerp(at(row, column + 1), column_t);
        let high = at(row + 1, column).lerp(at(row + 1, column + 1), column_t);
        Columns(low.lerp(high, row_t))
    }
}

/// Lower index and fraction of a position in 0..=1 among `nodes` nodes.
pub fn cell(position: f64, nodes: usize) -> (usize, f64) {
    let scaled = position.clamp(0.0, 1.0) * (nodes - 1) as f64;
    let index = (scaled.floor() as usize).min(nodes - 2);
    (index, scaled - index as f64)
}

fn rho_of_top() -> f64 {
    (TOP_RADIUS_KM * TOP_RADIUS_KM - GROUND_RADIUS_KM * GROUND_RADIUS_KM).sqrt()
}

/// Midpoint rule on steps that grow linearly away from the start, where the air is densest.
fn integrate_columns(radius_km: f64, mu: f64, distance_km: f64) -> DVec3 {
    let mut sum = DVec3::ZERO;
    let mut start = 0.0;
    for step in 1..=COLUMN_STEPS {
        let t = step as f64 / COLUMN_STEPS as f64;
        let end = distance_km * t * t;
        let middle = advance(radius_km, mu, 0.5 * (start + end));
        sum += densities(middle.x) * (end - start);
        start = end;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rayleigh_depth_agrees_with_an_independent_published_formula() {
        // Hansen and Travis, "Light scattering in planetary atmospheres", 1974, equation 2.30; 0.0973 at 550 nm.
        for nm in [400.0f64, 450.0, 550.0, 650.0, 700.0] {
            let um2 = (nm * 1e-3).powi(2);
            let hansen = 0.008_569 / (um2 * um2) * (1.0 + 0.011_3 / um2 + 0.000_13 / (um2 * um2));
            let relative = rayleigh_zenith_depth(nm) / hansen - 1.0;
            assert!(relative.abs() < 0.01, "{nm} nm: {} against {hansen}", rayleigh_zenith_depth(nm));
        }
        assert!((rayleigh_zenith_depth(550.0) - 0.0973).abs() < 0.0005);
    }

    #[test]
    fn table_reproduces_the_zenith_depth_and_the_relative_air_mass() {
        let table = ColumnTable::new();
        let zenith = table.get(GROUND_RADIUS_KM, 1.0).0;
        assert!((zenith.x - 8.0).abs() < 0.02, "air column {} km", zenith.x);
        assert!((zenith.y - 1.2).abs() < 0.005, "aerosol column {} km", zenith.y);
        assert!((zenith.z - OZONE_COLUMN_KM).abs() < 0.05, "ozone column {} km", zenith.z);
        // Kasten and Young 1989: relative air mass 1.995 at 30 degrees, 5.59 at 10, 10.3 at 5, about 38 at the horizon.
        for (elevation_deg, air_mass, tolerance) in
            [(30.0f64, 1.995, 0.02), (10.0, 5.59, 0.1), (5.0, 10.3, 0.4), (0.0, 38.0, 4.0)]
        {
            let got = table.get(GROUND_RADIUS_KM, elevation_deg.to_radians().sin()).0.x / zenith.x;
            assert!((got - air_mass).abs() < tolerance, "{elevation_deg} deg: {got} against {air_mass}");
        }
    }

    #[test]
    fn table_agrees_with_direct_integration() {
        let table = ColumnTable::new();
        for radius in [6360.0, 6360.5, 6365.0, 6390.0, 6440.0] {
            for mu in [0.0, 0.02, 0.1, 0.35, 0.8, 1.0] {
                let direct = integrate_columns(radius, mu, distance_to_top_km(radius, mu));
                let looked_up = table.get(radius, mu).0;
                let error = (direct.x - looked_up.x).abs() / direct.x.max(0.05);
                assert!(error < 0.02, "air at {radius} km, mu {mu}: {} against {}", looked_up.x, direct.x);
            }
        }
    }
}
