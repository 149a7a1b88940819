//! The colours of bare skin, worked out on the template so that they stay with the flesh when it moves.

pub mod complexion;
pub mod spectra;
pub mod spectrum;
pub mod tone;

use std::path::Path;

use bevy::math::Vec3;

use super::{
    hair::{beard, scalp},
    noise, openness,
    outfit::on_template,
    surface::{Surface, gather},
};
use crate::{
    anny::basis::BodyBasis,
    error::{HumanoidError, read_file},
    look::skin::complexion::{Complexion, LIP_BLOOD},
    settings::Hair,
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
    /// Shares of flushing skin and inner mouth, 0..1.
    pub regions_b: Vec<[f32; 2]>,
}

impl SkinChart {
    /// The chart of some of its vertices.
    pub fn of(&self, vertices: &[u32]) -> Self {
        Self {
            template: gather(&self.template, vertices),
            regions_a: gather(&self.regions_a, vertices),
            regions_b: gather(&self.regions_b, vertices),
        }
    }

    /// Charts the head or the hands. `body` are the triangles that can hide the sky from it, metres on the template; `cache`
    /// keeps what takes long.
    pub fn draw(surface: &mut Surface, basis: &BodyBasis, masks: &Masks, body: &[[Vec3; 3]], cache: &Path) -> Self {
        let (positions, normals) = on_template(surface, basis);
        let open = openness::kept_openness(cache, &positions, &normals, body, SKY_REACH_M);
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
            chart.regions_b.push([(0.75 * cheek + 0.7 * nose + 0.8 * ear + knuckle).min(1.0), mouth]);
        }
        chart
    }
}

/// How much the roots of hair and beard darken each vertex of a chart, 0..1.
pub fn hair_shade(chart: &SkinChart, hair: &Hair) -> Vec<f32> {
    let points = chart.template.iter().zip(&chart.regions_a);
    let shade = points.map(|(&[x, y, z, _], &[lips, _, ear, _])| {
        let p = Vec3::new(x, y, z);
        if x.abs() > 0.2 {
            return 0.0;
        }
        let scalp = scalp::tint(p, hair) * (1.0 - ear);
        let brow = 0.20 * hair.brows.clamp(0.0, 1.5) * brow_shade(p);
        let beard = beard::shadow(p, hair) * (1.0 - lips);
        1.0 - (1.0 - scalp) * (1.0 - brow) * (1.0 - beard)
    });
    shade.collect()
}

/// The albedo of a surface for whatever does not know the skin's own shader (AOVs, exported scenes), from the broad terms of
/// that shader. `shade` is that of [`hair_shade`]. Linear Rec.709.
pub fn paint(chart: &SkinChart, shade: &[f32], complexion: &Complexion, hair: &Hair) -> Vec<[f32; 4]> {
    let hair_colour = Vec3::from_array(hair.colour);
    let points = chart.template.iter().zip(&chart.regions_a).zip(chart.regions_b.iter().zip(shade));
    let colours = points.map(|((&[x, y, z, _], &[lips, lid, _, nails]), (&[flush, mouth], &shade))| {
        let blotch = noise::fractal(Vec3::new(x, y, z) * 60.0, 3, 11);
        let blood = LIP_BLOOD * lips + 0.35 * lid + complexion.redness * flush;
        let mut c = complexion.with(0.05 * blotch + 0.06 * lid, blood);
        c = c.lerp(complexion.albedo.lerp(Vec3::new(0.72, 0.46, 0.40), 0.45), nails);
        c = c.lerp(Vec3::new(0.24, 0.055, 0.048), mouth);
        c = c.lerp(hair_colour, shade);
        [c.x, c.y, c.z, 1.0]
    });
    colours.collect()
}
