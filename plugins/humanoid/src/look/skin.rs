//! The colours of bare skin, worked out on the template so that they stay with the flesh when it moves.

pub mod spectra;
pub mod spectrum;
pub mod tone;

use std::path::Path;

use bevy::math::Vec3;

use super::{noise, openness, outfit::on_template, surface::Surface};
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

/// How much of a point of the head belongs to the hairy scalp, 0..1, on the template.
fn scalp_share(p: Vec3, ear: f32) -> f32 {
    // The hair line: high at the forehead, down in front of the ears, low at the nape.
    let knots = [
        (-0.200, -0.075),
        (-0.035, -0.072),
        (-0.012, -0.034),
        (0.004, 0.002),
        (0.030, 0.014),
        (0.046, -0.010),
        (0.062, 0.002),
        (0.074, 0.045),
        (0.092, 0.070),
        (0.115, 0.0835),
        (0.200, 0.0835),
    ];
    let line = knots
        .array_windows()
        .find(|[_, (z, _)]| p.z < *z)
        .map_or(0.0835, |[(z0, y0), (z1, y1)]| y0 + (y1 - y0) * ((p.z - z0) / (z1 - z0)).clamp(0.0, 1.0));
    let above = p.y - LEFT_EYE.y - line + 0.004 * noise::value(p * 90.0, 71);
    (above / 0.016).clamp(0.0, 1.0) * (1.0 - ear)
}

/// The scalp share of every drawn vertex of the head surface, whose `positions` on the template are given.
pub fn scalp(surface: &Surface, positions: &[Vec3], masks: &Masks) -> Vec<f32> {
    let pairs = surface.uvs.iter().zip(positions);
    pairs.map(|(&uv, &p)| scalp_share(p, masks.ears.at(uv))).collect()
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

/// What hides the sky from skin lies within this distance, metres.
const SKY_REACH_M: f32 = 0.12;

/// Where the drawn vertices of one surface of skin lie on the template, and which regions they belong to. The same for
/// every person.
#[derive(Clone, Debug, Default)]
pub struct SkinChart {
    /// Metres; and the share of the sky that the vertex sees there, 0..1.
    pub template: Vec<[f32; 4]>,
    /// Shares of lips, lids, ears and nails, 0..1.
    pub regions_a: Vec<[f32; 4]>,
    /// Shares of flushing skin, scalp, shaded brow and inner mouth, 0..1.
    pub regions_b: Vec<[f32; 4]>,
}

impl SkinChart {
    /// Charts the head or the hands. `body` are the triangles that can hide the sky from it, metres on the template.
    pub fn draw(surface: &mut Surface, basis: &BodyBasis, masks: &Masks, body: &[[Vec3; 3]]) -> Self {
        let (positions, normals) = on_template(surface, basis);
        let open = openness::openness(&positions, &normals, body, SKY_REACH_M);
        let mut chart = Self::default();
        for ((&uv, &p), &open) in surface.uvs.iter().zip(&positions).zip(&open) {
            let spot = |centre: Vec3, radius: f32| {
                let mirrored = Vec3::new(p.x.abs(), p.y, p.z);
                (1.0 - (mirrored - centre).length() / radius).clamp(0.0, 1.0)
            };
            let on_head = p.x.abs() < 0.2;
            let ear = masks.ears.at(uv);
            let cheek = spot(LEFT_EYE + Vec3::new(0.014, -0.044, 0.0), 0.038);
            let nose = spot(Vec3::new(0.0, LEFT_EYE.y - 0.040, 0.165), 0.026);
            let knuckle = if on_head { 0.0 } else { 0.25 + 0.25 * noise::value(p * 120.0, 5) };
            let socket = spot(LEFT_EYE + Vec3::new(0.0, -0.006, 0.012), 0.024);
            let lid = (masks.lids.at(uv) * 0.7 + socket * 0.5).min(1.0);
            let mouth = if p.x.abs() < 0.06 && p.z < 0.17 { masks.mouth.at(uv) } else { 0.0 };
            chart.template.push(p.extend(open).to_array());
            chart.regions_a.push([masks.lips.at(uv), lid, ear, if on_head { 0.0 } else { masks.nails.at(uv) }]);
            chart.regions_b.push([
                (0.75 * cheek + 0.7 * nose + 0.8 * ear + knuckle).min(1.0),
                if on_head { scalp_share(p, ear) } else { 0.0 },
                if on_head { BROW_SHADE * brow_shade(p) } else { 0.0 },
                mouth,
            ]);
        }
        chart
    }
}

/// How much of the scalp the shade below the hair covers.
pub fn scalp_cover(hair: &Hair) -> f32 {
    if hair.length_m > 0.0 { 0.9 } else { 0.18 }
}

/// How much of the brow's ground is darkened by the roots of its hairs.
const BROW_SHADE: f32 = 0.42;

/// The albedo of a surface for whatever does not know the skin's own shader (AOVs, exported scenes), from the broad terms of
/// that shader. Linear Rec.709.
pub fn paint(chart: &SkinChart, skin: &Skin, hair: &Hair) -> Vec<[f32; 4]> {
    let base = tone_colour(skin.tone);
    // Blood shows less through dark skin.
    let blood = skin.redness * (1.0 - 0.5 * skin.tone);
    let hair_colour = Vec3::from_array(hair.colour);
    let points = chart.template.iter().zip(&chart.regions_a).zip(&chart.regions_b);
    let colours = points.map(|((&[x, y, z, _], &[lips, lid, _, nails]), &[flush, scalp, brow, mouth])| {
        let p = Vec3::new(x, y, z);
        let mut c = base * (1.0 + 0.05 * noise::fractal(p * 60.0, 3, 11));
        let flush = blood * flush;
        c *= Vec3::new(1.0 + 0.06 * flush, 1.0 - 0.34 * flush, 1.0 - 0.36 * flush);
        c *= Vec3::new(1.0, 0.9, 0.9).lerp(Vec3::ONE, 1.0 - lid) * (1.0 - 0.10 * lid);
        let lip_colour = base * Vec3::new(0.80, 0.50, 0.52);
        c = c.lerp(lip_colour, 0.85 * lips * (0.55 + 0.45 * skin.redness));
        c = c.lerp(base.lerp(Vec3::new(0.75, 0.48, 0.42), 0.45), nails);
        c = c.lerp(Vec3::new(0.20, 0.035, 0.03), mouth);
        c = c.lerp(hair_colour, (scalp_cover(hair) * scalp + brow).min(1.0));
        [c.x, c.y, c.z, 1.0]
    });
    colours.collect()
}
