//! Twelve bands of visible light, 380 nm to 740 nm, and their way to linear Rec.709 photometric units.
//!
//! Three colour channels are too few for a low sun: Rayleigh scattering varies by a factor of ten over the visible
//! range, so an evening computed in RGB turns out too saturated. Twelve bands of 30 nm cost little at load.

use std::ops::{Add, AddAssign, Mul, MulAssign, Sub};

use bevy::math::{DVec3, Vec3, Vec4};

/// Number of bands.
pub const BANDS: usize = 12;
const BAND_WIDTH_NM: f64 = 30.0;
const FIRST_CENTRE_NM: f64 = 395.0;

/// Maximum luminous efficacy of radiation, lm/W (the SI definition of the candela).
const LUMENS_PER_WATT: f64 = 683.0;

/// One value per band.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spectrum([Vec4; 3]);

impl Spectrum {
    pub const ZERO: Self = Self([Vec4::ZERO; 3]);
    pub const ONE: Self = Self([Vec4::ONE; 3]);

    /// Evaluates `value` at the centre of every band, wavelength in nanometres.
    pub fn from_wavelengths(mut value: impl FnMut(f64) -> f64) -> Self {
        let mut lanes = [0.0f32; BANDS];
        for (band, lane) in lanes.iter_mut().enumerate() {
            *lane = value(centre_nm(band)) as f32;
        }
        let [a, b, c, d, e, f, g, h, i, j, k, l] = lanes;
        Self([Vec4::new(a, b, c, d), Vec4::new(e, f, g, h), Vec4::new(i, j, k, l)])
    }

    pub fn splat(value: f32) -> Self {
        Self([Vec4::splat(value); 3])
    }

    /// exp(-self), the transmittance of an optical depth.
    pub fn exp_neg(self) -> Self {
        Self(self.0.map(|v| (-v).exp()))
    }

    /// (1 - exp(-depth)) / depth, where `self` is exp(-depth): the mean transmittance along a homogeneous segment.
    /// Falls back to 1 for a segment too thin for the division.
    pub fn mean_transmittance(self, depth: Self) -> Self {
        let lane = |t: Vec4, d: Vec4| {
            let thin = d.cmplt(Vec4::splat(1e-4));
            Vec4::select(thin, Vec4::ONE - 0.5 * d, (Vec4::ONE - t) / d.max(Vec4::splat(1e-4)))
        };
        Self([lane(self.0[0], depth.0[0]), lane(self.0[1], depth.0[1]), lane(self.0[2], depth.0[2])])
    }

    /// self / (1 - factor), the sum of a geometric series of scattering orders.
    pub fn geometric_series(self, factor: Self) -> Self {
        let lane = |v: Vec4, f: Vec4| v / (Vec4::ONE - f.min(Vec4::splat(0.99)));
        Self([lane(self.0[0], factor.0[0]), lane(self.0[1], factor.0[1]), lane(self.0[2], factor.0[2])])
    }

    pub fn bands(&self) -> [f32; BANDS] {
        let mut lanes = [0.0; BANDS];
        for (chunk, v) in lanes.chunks_exact_mut(4).zip(self.0) {
            chunk.copy_from_slice(&v.to_array());
        }
        lanes
    }
}

macro_rules! per_lane {
    ($op:ident, $method:ident) => {
        impl $op for Spectrum {
            type Output = Self;
            fn $method(self, other: Self) -> Self {
                Self([self.0[0].$method(other.0[0]), self.0[1].$method(other.0[1]), self.0[2].$method(other.0[2])])
            }
        }
    };
}
per_lane!(Add, add);
per_lane!(Sub, sub);
per_lane!(Mul, mul);

impl Mul<f32> for Spectrum {
    type Output = Self;
    fn mul(self, factor: f32) -> Self {
        Self(self.0.map(|v| v * factor))
    }
}

impl AddAssign for Spectrum {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl MulAssign for Spectrum {
    fn mul_assign(&mut self, other: Self) {
        *self = *self * other;
    }
}

fn centre_nm(band: usize) -> f64 {
    FIRST_CENTRE_NM + BAND_WIDTH_NM * band as f64
}

/// Turns a quantity per unit of the sun's spectral irradiance into linear Rec.709 photometric units: a transmittance
/// becomes lux, a radiance factor (1/sr) becomes cd/m2.
#[derive(Clone, Debug)]
pub struct SunToRgb {
    weights: [Vec3; BANDS],
}

impl SunToRgb {
    /// Integrates the sun's spectrum outside the atmosphere against the CIE 1931 observer in 1 nm steps, band by band,
    /// so that the total is exact whatever the band width.
    pub fn visible() -> Self {
        let mut weights = [Vec3::ZERO; BANDS];
        for (band, weight) in weights.iter_mut().enumerate() {
            let first_nm = centre_nm(band) - 0.5 * BAND_WIDTH_NM;
            let mut xyz = DVec3::ZERO;
            for step in 0..BAND_WIDTH_NM as usize {
                let wavelength_nm = first_nm + step as f64 + 0.5;
                xyz += observer_xyz(wavelength_nm) * solar_irradiance(wavelength_nm) * LUMENS_PER_WATT;
            }
            *weight = rec709_from_xyz(xyz).as_vec3();
        }
        Self { weights }
    }

    /// Colours outside Rec.709 lose their negative parts.
    pub fn rgb(&self, spectrum: &Spectrum) -> Vec3 {
        let mut rgb = Vec3::ZERO;
        for (weight, value) in self.weights.iter().zip(spectrum.bands()) {
            rgb += *weight * value;
        }
        rgb.max(Vec3::ZERO)
    }
}

/// Linear Rec.709 from CIE XYZ, white D65 (IEC 61966-2-1).
pub fn rec709_from_xyz(xyz: DVec3) -> DVec3 {
    DVec3::new(
        3.2406 * xyz.x - 1.5372 * xyz.y - 0.4986 * xyz.z,
        -0.9689 * xyz.x + 1.8758 * xyz.y + 0.0415 * xyz.z,
        0.0557 * xyz.x - 0.2040 * xyz.y + 1.0570 * xyz.z,
    )
}

/// CIE 1931 2-degree colour matching functions, the multi-lobe fit of Wyman, Sloan and Shirley, "Simple Analytic
/// Approximations to the CIE XYZ Color Matching Functions", JCGT 2(2), 2013.
pub fn observer_xyz(wavelength_nm: f64) -> DVec3 {
    let lobe = |centre: f64, below: f64, above: f64| {
        let t = (wavelength_nm - centre) * if wavelength_nm < centre { below } else { above };
        (-0.5 * t * t).exp()
    };
    DVec3::new(
        0.362 * lobe(442.0, 0.0624, 0.0374) + 1.056 * lobe(599.8, 0.0264, 0.0323) - 0.065 * lobe(501.1, 0.0490, 0.0382),
        0.821 * lobe(568.8, 0.0213, 0.0247) + 0.286 * lobe(530.9, 0.0613, 0.0322),
        1.217 * lobe(437.0, 0.0845, 0.0278) + 0.681 * lobe(459.0, 0.0385, 0.0725),
    )
}

/// Irradiance of the sun outside the atmosphere, W/m2/nm, linear between the 10 nm averages of the ASTM G173-03
/// extraterrestrial spectrum as tabulated by Bruneton, "Precomputed Atmospheric Scattering", 2017 (360 nm to 830 nm).
pub fn solar_irradiance(wavelength_nm: f64) -> f64 {
    interpolate(&SOLAR_IRRADIANCE, wavelength_nm)
}

/// Absorption cross section of ozone, m2 per molecule, from the Serdyuchenko-Gorshelev spectra at 233 K (2014), averaged
/// to 10 nm by Bruneton, ibid.
pub fn ozone_cross_section(wavelength_nm: f64) -> f64 {
    interpolate(&OZONE_CROSS_SECTION, wavelength_nm)
}

fn interpolate(table: &[f64; 48], wavelength_nm: f64) -> f64 {
    let position = ((wavelength_nm - 360.0) / 10.0).clamp(0.0, (table.len() - 1) as f64);
    let below = position.floor() as usize;
    let above = (below + 1).min(table.len() - 1);
    let t = position - below as f64;
    table[below] * (1.0 - t) + table[above] * t
}

#[rustfmt::skip]
const SOLAR_IRRADIANCE: [f64; 48] = [
    1.11776, 1.14259, 1.01249, 1.14716, 1.72765, 1.73054, 1.6887, 1.61253, 1.91198, 2.03474, 2.02042, 2.02212,
    1.93377, 1.95809, 1.91686, 1.8298, 1.8685, 1.8931, 1.85149, 1.8504, 1.8341, 1.8345, 1.8147, 1.78158,
    1.7533, 1.6965, 1.68194, 1.64654, 1.6048, 1.52143, 1.55622, 1.5113, 1.474, 1.4482, 1.41018, 1.36775,
    1.34188, 1.31429, 1.28303, 1.26758, 1.2367, 1.2082, 1.18737, 1.14683, 1.12362, 1.1058, 1.07124, 1.04992,
];

#[rustfmt::skip]
const OZONE_CROSS_SECTION: [f64; 48] = [
    1.18e-27, 2.182e-28, 2.818e-28, 6.636e-28, 1.527e-27, 2.763e-27, 5.52e-27, 8.451e-27, 1.582e-26, 2.316e-26,
    3.669e-26, 4.924e-26, 7.752e-26, 9.016e-26, 1.48e-25, 1.602e-25, 2.139e-25, 2.755e-25, 3.091e-25, 3.5e-25,
    4.266e-25, 4.672e-25, 4.398e-25, 4.701e-25, 5.019e-25, 4.305e-25, 3.74e-25, 3.215e-25, 2.662e-25, 2.238e-25,
    1.852e-25, 1.473e-25, 1.209e-25, 9.423e-26, 7.455e-26, 6.566e-26, 5.105e-26, 4.15e-26, 4.228e-26, 3.237e-26,
    2.451e-26, 2.801e-26, 2.534e-26, 1.624e-26, 1.465e-26, 2.078e-26, 1.383e-26, 7.105e-27,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sun_outside_the_atmosphere_has_the_published_illuminance_and_a_warm_white() {
        let rgb = SunToRgb::visible().rgb(&Spectrum::ONE);
        let lux = rgb.dot(Vec3::new(0.2126, 0.7152, 0.0722));
        // 127.5 klx to 134 klx are in use; 133.1 klx is Darula, Kittler and Gueymard 2005.
        assert!((126_000.0..137_000.0).contains(&lux), "{lux} lx");
        assert!(rgb.x > rgb.y && rgb.y > rgb.z && rgb.z > 0.75 * rgb.x, "{rgb}");
    }

    #[test]
    fn mean_transmittance_is_the_integral_over_the_segment() {
        for depth in [0.0f32, 1e-6, 1e-3, 0.1, 1.0, 20.0] {
            let mean = Spectrum::splat(depth).exp_neg().mean_transmittance(Spectrum::splat(depth));
            let exact = if depth == 0.0 { 1.0 } else { -(-f64::from(depth)).exp_m1() / f64::from(depth) };
            for value in mean.bands() {
                assert!((f64::from(value) - exact).abs() < 2e-4, "{depth}: {value} against {exact}");
            }
        }
    }

    #[test]
    fn ozone_of_300_dobson_units_absorbs_four_percent_at_600_nm() {
        let molecules_per_m2 = 300.0 * 2.687e20;
        let depth = ozone_cross_section(600.0) * molecules_per_m2;
        assert!((depth - 0.040).abs() < 0.003, "{depth}");
    }
}
