//! The colours of bare skin, worked out on the template so that they stay with the flesh when it moves.

use std::path::Path;

use bevy::math::Vec3;

use super::{
    hair::{beard, scalp},
    noise,
    outfit::on_template,
    surface::Surface,
};
use crate::{
    anny::basis::BodyBasis,
    error::{HumanoidError, read_file},
    settings::{Hair, Skin},
};

/// Grey pictures of the pack, over the texture map, that mark parts of the skin.
#[derive(Clone, Debug, Default)]
pub struct Masks {
    lips: Mask,
    lids: Mask,
    ears: Mask,
    nails: Mask,
    mouth: Mask,
}

#[derive(Clone, Debug, Default)]
struct Mask {
    width: usize,
    height: usize,
    grey: Vec<u8>,
}

impl Mask {
    fn read(pack: &Path, name: &str) -> Result<Self, HumanoidError> {
        let file = pack.join("data/mpfb2/textures").join(name);
        let bytes = read_file(&file, 32 << 20)?;
        let picture =
            image::load_from_memory(&bytes).map_err(|error| HumanoidError::damaged(&file, 0, error.to_string()))?;
        let grey = picture.into_luma8();
        Ok(Self { width: grey.width() as usize, height: grey.height() as usize, grey: grey.into_raw() })
    }

    fn at(&self, [u, v]: [f32; 2]) -> f32 {
        let x = ((u * self.width as f32) as usize).min(self.width.saturating_sub(1));
        let y = (((1.0 - v) * self.height as f32) as usize).min(self.height.saturating_sub(1));
        self.grey.get(y * self.width + x).map_or(0.0, |&grey| f32::from(grey) / 255.0)
    }
}

impl Masks {
    /// Reads the masks of the pack.
    pub fn read(pack: &Path) -> Result<Self, HumanoidError> {
        Ok(Self {
            lips: Mask::read(pack, "mpfb_lips.jpg")?,
            lids: Mask::read(pack, "mpfb_eyelids.jpg")?,
            ears: Mask::read(pack, "mpfb_ears.jpg")?,
            nails: Mask::read(pack, "mpfb_fingernails.jpg")?,
            mouth: Mask::read(pack, "mpfb_inside-mouth.jpg")?,
        })
    }
}

impl Masks {
    /// How much of a point of the texture map is ear, 0..1.
    pub fn ear(&self, uv: [f32; 2]) -> f32 {
        self.ears.at(uv)
    }

    /// How much of it is lip, 0..1.
    pub fn lip(&self, uv: [f32; 2]) -> f32 {
        self.lips.at(uv)
    }
}

/// Centre of the left eye on the template, metres: the face's other landmarks are measured from here.
pub const LEFT_EYE: Vec3 = Vec3::new(0.0308, 0.7284, 0.1245);

/// Diffuse colours of forehead skin from very light to very dark, linear Rec.709 (after measured reflectances).
const TONES: [[f32; 3]; 5] =
    [[0.72, 0.50, 0.40], [0.58, 0.365, 0.265], [0.40, 0.225, 0.145], [0.205, 0.105, 0.064], [0.085, 0.045, 0.030]];

/// The colour of plain skin of a tone in 0..1.
pub fn tone_colour(tone: f32) -> Vec3 {
    let place = tone.clamp(0.0, 1.0) * (TONES.len() - 1) as f32;
    let lower = (place as usize).min(TONES.len() - 2);
    let [low, high] = [lower, lower + 1].map(|i| Vec3::from_array(TONES.get(i).copied().unwrap_or_default()));
    // Pigment multiplies, so tones mix on a logarithmic scale.
    let mixed = low.map(f32::ln).lerp(high.map(f32::ln), place - lower as f32);
    mixed.map(f32::exp)
}

/// The soft shade below the hairs of a brow, 0..1, on the template.
fn brow_shade(p: Vec3) -> f32 {
    let along = (p.x.abs() - 0.0135) / 0.043;
    let away = (p.y - LEFT_EYE.y - brow_height(along.clamp(0.0, 1.0))).abs() / 0.0045;
    if (-0.05..1.05).contains(&along) && p.z > 0.07 { (1.0 - away).max(0.0) } else { 0.0 }
}

/// Height of the middle of a brow over the eye's centre, metres, from beside the nose (0) to its tail (1).
pub fn brow_height(along: f32) -> f32 {
    let arch = if along < 0.66 { (along / 0.66).powf(0.8) } else { 1.0 - ((along - 0.66) / 0.34).powi(2) * 0.95 };
    0.0145 + 0.0085 * arch
}

/// Paints the head or the hands.
pub fn paint(surface: &mut Surface, basis: &BodyBasis, masks: &Masks, skin: &Skin, hair: &Hair) {
    let (positions, _) = on_template(surface, basis);
    let base = tone_colour(skin.tone);
    // Blood shows less through dark skin.
    let blood = skin.redness * (1.0 - 0.5 * skin.tone);
    let hair_colour = Vec3::from_array(hair.colour);
    for ((colour, &uv), &p) in surface.colours.iter_mut().zip(&surface.uvs).zip(&positions) {
        let mut c = base * (1.0 + 0.05 * noise::fractal(p * 60.0, 3, 11) + 0.035 * noise::fractal(p * 600.0, 2, 23));
        let spot = |centre: Vec3, radius: f32| {
            let mirrored = Vec3::new(p.x.abs(), p.y, p.z);
            (1.0 - (mirrored - centre).length() / radius).clamp(0.0, 1.0)
        };
        let cheek = spot(LEFT_EYE + Vec3::new(0.014, -0.044, 0.0), 0.038);
        let nose = spot(Vec3::new(0.0, LEFT_EYE.y - 0.040, 0.165), 0.026);
        let ear = masks.ears.at(uv);
        let knuckle = if p.x.abs() > 0.3 { 0.25 + 0.25 * noise::value(p * 120.0, 5) } else { 0.0 };
        let flush = blood * (0.75 * cheek + 0.7 * nose + 0.8 * ear + knuckle).min(1.0);
        c *= Vec3::new(1.0 + 0.06 * flush, 1.0 - 0.34 * flush, 1.0 - 0.36 * flush);
        let lid = masks.lids.at(uv);
        let socket = spot(LEFT_EYE + Vec3::new(0.0, -0.006, 0.012), 0.024);
        c *= Vec3::new(1.0, 0.9, 0.9).lerp(Vec3::ONE, 1.0 - (lid * 0.7 + socket * 0.5).min(1.0));
        c *= 1.0 - 0.10 * lid;
        let lips = masks.lips.at(uv);
        let lip_colour = base * Vec3::new(0.80, 0.50, 0.52) * (1.0 + 0.08 * noise::fractal(p * 400.0, 2, 31));
        c = c.lerp(lip_colour, 0.85 * lips * (0.55 + 0.45 * skin.redness));
        if p.x.abs() < 0.2 {
            c = c.lerp(hair_colour, scalp::tint(p, hair) * (1.0 - ear));
            c = c.lerp(hair_colour, 0.20 * hair.brows.clamp(0.0, 1.5) * brow_shade(p));
            c = c.lerp(hair_colour, beard::shadow(p, hair) * (1.0 - masks.lips.at(uv)));
        } else {
            c = c.lerp(base.lerp(Vec3::new(0.75, 0.48, 0.42), 0.45), masks.nails.at(uv));
        }
        let mouth = masks.mouth.at(uv);
        c = c.lerp(Vec3::new(0.20, 0.035, 0.03), if p.x.abs() < 0.06 && p.z < 0.17 { mouth } else { 0.0 });
        *colour = [c.x, c.y, c.z, 1.0];
    }
}
