//! One person's skin in the terms of the shader: a colour, and how more pigment or more blood changes it.

use bevy::math::Vec3;

use super::{
    spectrum::{Pigments, SkinOptics, skin_albedo, skin_optics},
    tone::pigments_of_tone,
};

/// Blood fraction of one unit of extra blood: from usual skin to a blush.
const BLOOD_UNIT: f32 = 0.032;
/// Extra blood of lips, whose skin is thin, in such units.
pub const LIP_BLOOD: f32 = 2.1;
/// Step in tone over which the effect of pigment is measured.
const TONE_STEP: f32 = 0.1;

/// Colour of plain skin and its derivatives, and how far light spreads in it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Complexion {
    /// Diffuse albedo, linear Rec.709, 0..1.
    pub albedo: Vec3,
    /// Change of ln(albedo) per unit of tone (0 very light .. 1 very dark).
    pub per_pigment: Vec3,
    /// Change of ln(albedo) per unit of extra blood.
    pub per_blood: Vec3,
    /// How the dermis scatters.
    pub optics: Option<SkinOptics>,
    /// Extra blood where skin flushes, in units.
    pub redness: f32,
}

impl Complexion {
    /// The skin of a tone from 0 (very light) to 1 (very dark).
    pub fn new(tone: f32, redness: f32) -> Self {
        let tone = if tone > 0.0 { tone.min(1.0) } else { 0.0 };
        let (melanin, haemoglobin) = pigments_of_tone(tone);
        let albedo_at = |tone: f32| skin_albedo(pigments_of_tone(tone).0, haemoglobin).map(f32::ln);
        let (lighter, darker) = ((tone - TONE_STEP).max(0.0), (tone + TONE_STEP).min(1.0));
        let optics = skin_optics(&Pigments { melanin, haemoglobin, ..Pigments::default() });
        let flushed = skin_albedo(melanin, haemoglobin + BLOOD_UNIT);
        Self {
            albedo: optics.albedo,
            per_pigment: (albedo_at(darker) - albedo_at(lighter)) / (darker - lighter),
            per_blood: flushed.map(f32::ln) - optics.albedo.map(f32::ln),
            optics: Some(optics),
            redness,
        }
    }

    /// The albedo with extra pigment and blood.
    pub fn with(&self, pigment: f32, blood: f32) -> Vec3 {
        self.albedo * (self.per_pigment * pigment + self.per_blood * blood).map(f32::exp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subsurface::kernel::distance_mm;

    #[test]
    fn pigment_darkens_blood_reddens_and_red_light_spreads_farthest() {
        for step in 0..=10 {
            let skin = Complexion::new(step as f32 / 10.0, 0.4);
            assert!(skin.per_pigment.max_element() < 0.0, "{skin:?}");
            let flushed = skin.with(0.0, 1.0);
            assert!(flushed.x / flushed.y > skin.albedo.x / skin.albedo.y * 1.01, "{skin:?}");
            let widths_mm = skin.optics.map_or(Vec3::ZERO, |optics| distance_mm(&optics));
            assert!(widths_mm.x > widths_mm.y && widths_mm.y > 0.0 && widths_mm.x < 5.0, "{widths_mm}");
        }
        assert_eq!(Complexion::new(f32::NAN, 0.0), Complexion::new(0.0, 0.0));
    }

    #[test]
    fn the_shader_knows_the_same_lips() {
        let line = format!("const LIP_BLOOD: f32 = {LIP_BLOOD:?};");
        assert!(kinema_shaders::SKIN.source.contains(&line), "{line}");
    }
}
