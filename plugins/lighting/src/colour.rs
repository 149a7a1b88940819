//! Colours of lights.

use bevy::color::{Color, LinearRgba};
use bevy::math::{DVec3, Vec3};

use crate::sky::luminance;
use crate::sky::spectrum::rec709_from_xyz;

/// Linear Rec.709 colour of a black body, luminance 1. Kim et al., "Design of advanced color temperature control system
/// for HDTV applications", J. Korean Phys. Soc. 41(6), 2002; valid from 1667 K to 25000 K, clamped outside.
pub fn black_body(temperature_k: f32) -> Vec3 {
    let t = f64::from(temperature_k).clamp(1667.0, 25_000.0);
    let x = if t <= 4000.0 {
        -0.266_123_9e9 / t.powi(3) - 0.234_358_9e6 / t.powi(2) + 0.877_695_6e3 / t + 0.179_910
    } else {
        -3.025_846_9e9 / t.powi(3) + 2.107_037_9e6 / t.powi(2) + 0.222_634_7e3 / t + 0.240_390
    };
    let y = if t <= 2222.0 {
        -1.106_381_4 * x.powi(3) - 1.348_110_2 * x.powi(2) + 2.185_558_32 * x - 0.202_196_83
    } else if t <= 4000.0 {
        -0.954_947_6 * x.powi(3) - 1.374_185_93 * x.powi(2) + 2.091_370_15 * x - 0.167_488_67
    } else {
        3.081_758_0 * x.powi(3) - 5.873_386_7 * x.powi(2) + 3.751_129_97 * x - 0.370_014_83
    };
    unit_luminance(rec709_from_xyz(DVec3::new(x / y, 1.0, (1.0 - x - y) / y)).as_vec3().max(Vec3::ZERO))
}

/// The chromaticity of a colour: scaled to luminance 1, so that lumens, candela, lux and nits keep their meaning.
/// Black becomes white.
pub fn unit_luminance(rgb: Vec3) -> Vec3 {
    let y = luminance(rgb);
    if y > 1e-6 { rgb / y } else { Vec3::ONE }
}

/// As Bevy takes it; components may exceed 1.
pub fn to_bevy(rgb: Vec3) -> Color {
    Color::LinearRgba(LinearRgba::rgb(rgb.x, rgb.y, rgb.z))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn daylight_is_nearly_white_and_candles_are_red() {
        let daylight = black_body(6504.0);
        assert!((daylight - 1.0).abs().max_element() < 0.08, "{daylight}");
        let tungsten = black_body(2856.0);
        // CIE illuminant A is (1.0985, 1, 0.3558) in XYZ.
        let a = unit_luminance(rec709_from_xyz(DVec3::new(1.0985, 1.0, 0.3558)).as_vec3());
        assert!((tungsten - a).abs().max_element() < 0.03, "{tungsten} against {a}");
        assert!((luminance(black_body(1200.0)) - 1.0).abs() < 1e-4);
    }
}
