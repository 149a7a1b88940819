//! From one number for how dark skin is to pigments.

use super::spectrum::{MOST_MELANIN, skin_albedo};

/// Luminance of the albedo (Rec.709) for tones 0, 0.25, 0.5, 0.75 and 1: the range of living people. Of the faces of
/// the International Skin Spectra Archive (Lu et al. 2025) the palest have 0.40 and the darkest 0.02 without gloss,
/// Caucasian faces 0.27 on average, African ones 0.08. Where the tones lie in that range is our judgement.
const LUMINANCES: [f32; 5] = [0.42, 0.32, 0.21, 0.11, 0.042];

/// Blood fraction of the dermis of faces for the same tones, fitted to the redness a* of that archive. The little in
/// the darkest is not physiology: what lies under much melanin hardly shows.
const BLOOD: [f32; 5] = [0.012, 0.015, 0.02, 0.021, 0.01];

/// The knot before a tone and the share of the way to the next.
fn place(tone: f32) -> (usize, f32) {
    let place = if tone > 0.0 { tone.min(1.0) } else { 0.0 } * (LUMINANCES.len() - 1) as f32;
    let lower = (place as usize).min(LUMINANCES.len() - 2);
    (lower, place - lower as f32)
}

/// Luminance of the skin of a tone from 0 (very pale) to 1 (very dark).
pub fn luminance_of_tone(tone: f32) -> f32 {
    let (lower, share) = place(tone);
    // Pigment multiplies, so tones mix on a logarithmic scale.
    LUMINANCES[lower].powf(1.0 - share) * LUMINANCES[lower + 1].powf(share)
}

/// Melanin and blood fractions of the skin of a tone from 0 (very pale) to 1 (very dark); NaN is 0.
pub fn pigments_of_tone(tone: f32) -> (f32, f32) {
    let (lower, share) = place(tone);
    let haemoglobin = BLOOD[lower] + (BLOOD[lower + 1] - BLOOD[lower]) * share;
    let goal = luminance_of_tone(tone);
    // Luminance falls with melanin; 18 halvings end at a 50,000th of the range.
    let (mut low, mut high) = (0.0, MOST_MELANIN);
    for _ in 0..18 {
        let middle = 0.5 * (low + high);
        let albedo = skin_albedo(middle, haemoglobin);
        if 0.2126 * albedo.x + 0.7152 * albedo.y + 0.0722 * albedo.z > goal { low = middle } else { high = middle }
    }
    (0.5 * (low + high), haemoglobin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tones_have_their_luminance_and_the_melanin_that_is_known() {
        let mut before = -1.0;
        for step in 0..=20 {
            let tone = step as f32 / 20.0;
            let (melanin, haemoglobin) = pigments_of_tone(tone);
            let c = skin_albedo(melanin, haemoglobin);
            let luminance = 0.2126 * c.x + 0.7152 * c.y + 0.0722 * c.z;
            assert!((luminance / luminance_of_tone(tone) - 1.0).abs() < 0.01, "{tone}: {luminance}");
            assert!(melanin > before, "{tone}: {melanin} after {before}");
            assert!(c.x > c.y && c.y > c.z, "{tone}: {c}");
            before = melanin;
        }
        // Jacques 1998: light skin 0.013 to 0.063, moderate 0.11 to 0.16, dark 0.18 to 0.43.
        assert!(pigments_of_tone(0.25).0 < 0.063, "{:?}", pigments_of_tone(0.25));
        assert!((0.18..0.43).contains(&pigments_of_tone(1.0).0), "{:?}", pigments_of_tone(1.0));
        assert_eq!(pigments_of_tone(f32::NAN), pigments_of_tone(0.0));
        assert_eq!(pigments_of_tone(7.0), pigments_of_tone(1.0));
    }
}
