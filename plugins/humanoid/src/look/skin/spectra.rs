//! Published spectra from which [`super::spectrum`] makes the colour of skin, on one grid of wavelengths, and the way
//! from a reflectance spectrum to linear Rec.709.
//!
//! Water is left out: 65 % of it absorb less than 0.004 /cm below 700 nm (Segelstein 1981), a hundredth of what
//! bloodless skin does.

use bevy::math::Vec3;

/// First wavelength, nm.
pub const FIRST_NM: f32 = 380.0;
/// Distance of two wavelengths, nm. The bands of haemoglobin are 15 nm wide.
pub const STEP_NM: f32 = 5.0;
/// Number of wavelengths; the last is 780 nm.
pub const COUNT: usize = 81;

/// The wavelength of an index, nm.
pub fn wavelength_nm(index: usize) -> f32 {
    FIRST_NM + STEP_NM * index as f32
}

/// Relative power of CIE standard illuminant D65 (ISO/CIE 11664-2).
const D65: [f32; COUNT] = [
    49.975, 52.312, 54.648, 68.701, 82.755, 87.12, 91.486, 92.459, 93.432, 90.057, 86.682, 95.774, 104.865, 110.936,
    117.008, 117.41, 117.812, 116.336, 114.861, 115.392, 115.923, 112.367, 108.811, 109.082, 109.354, 108.578, 107.802,
    106.296, 104.79, 106.239, 107.689, 106.047, 104.405, 104.225, 104.046, 102.023, 100.0, 98.167, 96.334, 96.061,
    95.788, 92.237, 88.686, 89.346, 90.006, 89.803, 89.599, 88.649, 87.699, 85.494, 83.289, 83.494, 83.699, 81.863,
    80.027, 80.121, 80.215, 81.246, 82.278, 80.281, 78.284, 74.003, 69.721, 70.665, 71.609, 72.979, 74.349, 67.977,
    61.604, 65.745, 69.886, 72.486, 75.087, 69.34, 63.593, 55.005, 46.418, 56.612, 66.805, 65.094, 63.383,
];

/// Molar extinction of oxygenated haemoglobin, 1/(cm M): S. Prahl's compilation (omlc.org/spectra/hemoglobin, after
/// Gratzer and Kollias), which is tabulated at even wavelengths; odd ones are means of their neighbours.
const OXYHAEMOGLOBIN: [f32; COUNT] = [
    109_564.0, 130_276.0, 167_748.0, 221_836.0, 266_232.0, 331_462.0, 466_840.0, 523_080.0, 480_360.0, 351_134.0,
    246_072.0, 149_076.0, 102_580.0, 78_884.0, 62_816.0, 51_524.0, 44_480.0, 38_440.0, 33_209.0, 29_482.0, 26_629.0,
    24_925.0, 23_684.0, 22_154.0, 20_933.0, 20_182.0, 20_035.0, 20_715.0, 24_202.0, 30_883.0, 39_957.0, 48_338.0,
    53_236.0, 50_982.0, 43_016.0, 35_646.0, 32_613.0, 35_205.0, 44_496.0, 54_424.0, 50_104.0, 30_620.0, 14_401.0,
    6_681.0, 3_200.0, 1_959.0, 1_506.0, 1_166.0, 942.0, 741.0, 610.0, 496.0, 442.0, 398.0, 368.0, 340.0, 320.0, 306.0,
    294.0, 284.0, 278.0, 274.0, 276.0, 281.0, 290.0, 300.0, 314.0, 329.0, 348.0, 368.0, 390.0, 413.0, 446.0, 480.0,
    518.0, 555.0, 586.0, 616.0, 650.0, 683.0, 710.0,
];

/// Molar extinction of haemoglobin without oxygen, 1/(cm M), from the same table.
const DEOXYHAEMOGLOBIN: [f32; COUNT] = [
    145_232.0, 151_288.0, 167_780.0, 196_832.0, 223_296.0, 261_958.0, 303_956.0, 353_222.0, 407_560.0, 471_520.0,
    528_600.0, 549_600.0, 413_280.0, 259_974.0, 103_292.0, 33_434.0, 23_389.0, 18_702.0, 16_156.0, 14_921.0, 14_550.0,
    15_378.0, 16_684.0, 18_648.0, 20_862.0, 23_289.0, 25_774.0, 28_682.0, 31_590.0, 35_171.0, 39_036.0, 42_840.0,
    46_592.0, 50_488.0, 53_412.0, 54_530.0, 53_788.0, 49_700.0, 45_072.0, 40_904.0, 37_020.0, 33_592.0, 28_324.0,
    21_187.0, 14_677.0, 12_040.0, 9_444.0, 7_553.0, 6_510.0, 5_763.0, 5_149.0, 4_667.0, 4_345.0, 4_027.0, 3_750.0,
    3_481.0, 3_227.0, 3_011.0, 2_795.0, 2_591.0, 2_408.0, 2_225.0, 2_052.0, 1_923.0, 1_794.0, 1_661.0, 1_540.0,
    1_433.0, 1_326.0, 1_224.0, 1_102.0, 1_102.0, 1_116.0, 1_237.0, 1_405.0, 1_551.0, 1_549.0, 1_435.0, 1_312.0,
    1_188.0, 1_075.0,
];

/// Molar extinction of beta-carotene in hexane, 1/(cm M), every 10 nm from 380 nm: PhotochemCAD (Du et al. 1998,
/// Photochem. Photobiol. 68:141), rounded to hundreds. It ends at 560 nm.
const BETA_CAROTENE: [f32; 19] = [
    30_300.0, 41_900.0, 58_300.0, 73_200.0, 97_400.0, 106_800.0, 121_000.0, 138_700.0, 121_200.0, 108_400.0, 110_800.0,
    76_100.0, 32_700.0, 11_000.0, 3_400.0, 1_700.0, 1_000.0, 500.0, 0.0,
];

/// Absorption of whole blood, 1/mm: 150 g/l of haemoglobin of 64,500 g/mol (both as Prahl has them), of which the
/// share `oxygenation` carries oxygen.
pub fn blood_per_mm(index: usize, oxygenation: f32) -> f32 {
    let molar = oxygenation * OXYHAEMOGLOBIN[index] + (1.0 - oxygenation) * DEOXYHAEMOGLOBIN[index];
    0.1 * std::f32::consts::LN_10 * molar * 150.0 / 64_500.0
}

/// Absorption of the inside of a melanosome, 1/mm, of which the share `eumelanin` is of the dark kind: S. L. Jacques,
/// "Skin Optics" (Oregon Medical Laser Center News, January 1998) and Donner and Jensen, "A Spectral BSSRDF for Shading
/// Human Skin" (2006), from which the formula of pheomelanin is.
pub fn melanosome_per_mm(nm: f32, eumelanin: f32) -> f32 {
    eumelanin * 6.6e10 * nm.powf(-3.33) + (1.0 - eumelanin) * 2.9e14 * nm.powf(-4.75)
}

/// Absorption of skin without blood and melanin, 1/mm (Jacques 1998).
pub fn bloodless_per_mm(nm: f32) -> f32 {
    0.0244 + 8.53 * (-(nm - 154.0) / 66.2).exp()
}

/// Absorption of beta-carotene (536.87 g/mol), 1/mm.
pub fn carotene_per_mm(nm: f32, g_per_l: f32) -> f32 {
    let place = ((nm - 380.0) / 10.0).clamp(0.0, BETA_CAROTENE.len() as f32 - 1.001);
    let lower = place as usize;
    let (low, high) = (BETA_CAROTENE[lower], BETA_CAROTENE[lower + 1]);
    0.1 * std::f32::consts::LN_10 * (low + (high - low) * (place - lower as f32)) * g_per_l / 536.87
}

/// Reduced scattering of skin, 1/mm: the mean of skin in S. L. Jacques, "Optical properties of biological tissues: a
/// review", Phys. Med. Biol. 58 (2013), 46.0 /cm (nm/500)^-1.421.
pub fn reduced_scattering_per_mm(nm: f32) -> f32 {
    4.60 * (nm / 500.0).powf(-1.421)
}

/// The CIE 1931 colour matching functions by C. Wyman, P.-P. Sloan and P. Shirley, "Simple Analytic Approximations to
/// the CIE XYZ Color Matching Functions", JCGT 2(2), 2013. At most 0.022 off the tables.
fn colour_matching(nm: f32) -> Vec3 {
    let lobe = |height: f32, centre: f32, below: f32, above: f32| {
        let t = (nm - centre) * if nm < centre { below } else { above };
        height * (-0.5 * t * t).exp()
    };
    Vec3::new(
        lobe(0.362, 442.0, 0.0624, 0.0374) + lobe(1.056, 599.8, 0.0264, 0.0323) - lobe(0.065, 501.1, 0.0490, 0.0382),
        lobe(0.821, 568.8, 0.0213, 0.0247) + lobe(0.286, 530.9, 0.0613, 0.0322),
        lobe(1.217, 437.0, 0.0845, 0.0278) + lobe(0.681, 459.0, 0.0385, 0.0725),
    )
}

/// What a reflectance of 1 at each wavelength adds to red, green and blue of linear Rec.709 under D65. The columns sum
/// to 1, so that a perfect white is exactly (1, 1, 1) in spite of the fitted matching functions.
pub fn rec709_weights() -> Vec<Vec3> {
    let weights: Vec<Vec3> = (0..COUNT)
        .map(|i| {
            let xyz = colour_matching(wavelength_nm(i)) * D65[i];
            Vec3::new(
                3.240_97 * xyz.x - 1.537_383 * xyz.y - 0.498_611 * xyz.z,
                -0.969_244 * xyz.x + 1.875_968 * xyz.y + 0.041_555 * xyz.z,
                0.055_63 * xyz.x - 0.203_977 * xyz.y + 1.056_972 * xyz.z,
            )
        })
        .collect();
    let white: Vec3 = weights.iter().copied().sum();
    weights.into_iter().map(|w| w / white).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_is_white_and_grey_is_grey() {
        let weights = rec709_weights();
        let grey: Vec3 = weights.iter().map(|w| *w * 0.18).sum();
        assert!((grey - Vec3::splat(0.18)).abs().max_element() < 1e-5, "{grey}");
        // A red surface is red, a blue one blue.
        let above = |nm: f32| -> Vec3 { (0..COUNT).filter(|&i| wavelength_nm(i) > nm).map(|i| weights[i]).sum() };
        assert!(above(590.0).x > 0.9 && above(590.0).y < 0.3, "{}", above(590.0));
        assert!(above(490.0).z < 0.1, "{}", above(490.0));
    }

    #[test]
    fn blood_has_the_bands_of_oxygenated_and_plain_haemoglobin() {
        let at = |nm: f32, oxygenation| blood_per_mm(((nm - FIRST_NM) / STEP_NM) as usize, oxygenation);
        // Two bands with oxygen, one without, and venous blood is the darker one in the red.
        assert!(at(540.0, 1.0) > at(560.0, 1.0) && at(575.0, 1.0) > at(560.0, 1.0));
        assert!(at(555.0, 0.0) > at(540.0, 0.0) && at(555.0, 0.0) > at(575.0, 0.0));
        assert!(at(660.0, 0.0) > 9.0 * at(660.0, 1.0));
        // Prahl's example: whole blood at 450 nm, 62,816 /(cm M), is 336 /cm.
        assert!((at(450.0, 1.0) - 33.6).abs() < 0.1, "{}", at(450.0, 1.0));
    }
}
