//! The body in pieces of one material each.

use std::collections::BTreeMap;

use bevy::math::Vec3;
use kinema_export::gltf::SnapshotMaterial;

use crate::{
    anny::topology::Region,
    figure::{Figure, Layer},
    settings::Human,
};

/// Skin reaches this far below the edges of the suit, metres of the template.
const OVERLAP_M: f32 = 0.03;
/// Height of the shoes' upper edge above the lowest point of the feet, metres of the template.
const SHOE_TOP_M: f32 = 0.072;
/// Angles from the optical axis where pupil and iris end, radians.
const PUPIL_ANGLE: f32 = 0.15;
const IRIS_ANGLE: f32 = 0.375;

/// Quads of the body with one material.
pub struct Part {
    pub name: &'static str,
    /// Vertex -> row of the body. Seams of the texture map split a row into several vertices.
    pub rows: Vec<u32>,
    pub uvs: Vec<[f32; 2]>,
    pub normals: Vec<[f32; 3]>,
    /// Linear Rec.709.
    pub colours: Option<Vec<[f32; 4]>>,
    pub indices: Vec<u32>,
}

/// All parts of a person, with their materials. The figure shows the person's shape.
pub fn cut(figure: &Figure, human: &Human) -> Vec<(Part, SnapshotMaterial)> {
    let basis = figure.body().basis().clone();
    let template = |row: u32| basis.template.get(row as usize).map_or(Vec3::ZERO, |&p| Vec3::from_array(p));
    let tights: Vec<Vec3> = border(figure).into_iter().map(template).collect();
    let neck_y = tights.iter().filter(|p| p.x.abs() < 0.2).map(|p| p.y).fold(f32::MAX, f32::min);
    let wrist_x = tights.iter().map(|p| p.x.abs()).filter(|&x| x > 0.2).fold(f32::MAX, f32::min);
    let topology = &basis.topology;
    let quads = || topology.quads.iter().zip(&topology.regions);
    let feet = quads().filter(|(_, region)| **region == Region::Tights).flat_map(|(quad, _)| *quad);
    let ground = feet.map(|row| template(row).y).fold(f32::MAX, f32::min);
    let mean = |layer: Layer| {
        let colours = figure.colours(layer);
        let sum = colours.iter().fold(Vec3::ZERO, |sum, c| sum + Vec3::new(c[0], c[1], c[2]));
        let [r, g, b] = (sum / colours.len().max(1) as f32).to_array();
        [r, g, b, 1.0]
    };
    let material = |base_color: [f32; 4], roughness: f32| SnapshotMaterial {
        base_color,
        roughness,
        ..SnapshotMaterial::default()
    };
    let cloth = |[r, g, b]: [f32; 3], roughness: f32| SnapshotMaterial {
        double_sided: true,
        ..material([r, g, b, 1.0], roughness)
    };
    let bare = |region: Region, centre: Vec3| match region {
        Region::Head | Region::MouthCavity | Region::EyeSockets | Region::Hands => true,
        Region::Torso => {
            let neck = centre.y > neck_y - OVERLAP_M && centre.x.abs() < 0.2;
            neck || centre.x.abs() > wrist_x - OVERLAP_M
        }
        _ => false,
    };
    let is = |wanted: &'static [Region]| move |region: Region, _: Vec3| wanted.contains(&region);
    let part = |name: &'static str, wanted: &dyn Fn(Region, Vec3) -> bool| build(figure, name, wanted, &template);
    let shoe = |centre: Vec3| centre.y < ground + SHOE_TOP_M;
    let white = material([1.0; 4], 0.1);
    vec![
        (part("skin", &bare), material(mean(Layer::Head), human.skin.roughness)),
        (
            part("suit", &|region, centre| region == Region::Tights && !shoe(centre)),
            cloth(human.suit.colour, human.suit.roughness),
        ),
        (
            part("shoes", &|region, centre| region == Region::Tights && shoe(centre)),
            cloth(human.shoes.colour, human.shoes.roughness),
        ),
        (part("teeth", &is(&[Region::UpperTeeth, Region::LowerTeeth])), material(mean(Layer::Teeth), 0.25)),
        (part("tongue", &is(&[Region::Tongue])), material(mean(Layer::Tongue), 0.35)),
        (eye(part("left eye", &is(&[Region::LeftEye])), figure, human), white.clone()),
        (eye(part("right eye", &is(&[Region::RightEye])), figure, human), white),
    ]
}

/// Rows on the edges of the suit's proxy.
fn border(figure: &Figure) -> Vec<u32> {
    let topology = &figure.body().basis().topology;
    let mut edges = BTreeMap::<(u32, u32), u32>::new();
    for (quad, _) in topology.quads.iter().zip(&topology.regions).filter(|(_, region)| **region == Region::Tights) {
        for i in 0..4 {
            let (a, b) = (quad[i], quad[(i + 1) % 4]);
            *edges.entry((a.min(b), a.max(b))).or_default() += 1;
        }
    }
    edges.into_iter().filter(|(_, count)| *count == 1).flat_map(|((a, b), _)| [a, b]).collect()
}

fn build(
    figure: &Figure,
    name: &'static str,
    wanted: &dyn Fn(Region, Vec3) -> bool,
    template: &dyn Fn(u32) -> Vec3,
) -> Part {
    let body = figure.body();
    let topology = &body.basis().topology;
    let at = |row: u32| body.shape().get(row as usize).copied().unwrap_or(Vec3::ZERO);
    let mut part =
        Part { name, rows: Vec::new(), uvs: Vec::new(), normals: Vec::new(), colours: None, indices: Vec::new() };
    let mut vertex_of = BTreeMap::new();
    let mut normals = BTreeMap::<u32, Vec3>::new();
    for ((quad, uvs), &region) in topology.quads.iter().zip(&topology.quad_uvs).zip(&topology.regions) {
        if !wanted(region, quad.iter().map(|&row| template(row)).sum::<Vec3>() / 4.0) {
            continue;
        }
        let [a, b, c, d] = quad.map(at);
        let area = (c - a).cross(d - b);
        let corners = [0, 1, 2, 3].map(|i| {
            *normals.entry(quad[i]).or_default() += area;
            *vertex_of.entry((quad[i], uvs[i])).or_insert_with(|| {
                part.rows.push(quad[i]);
                // glTF's v runs down.
                part.uvs.push(topology.uvs.get(uvs[i] as usize).map_or([0.0; 2], |[u, v]| [*u, 1.0 - v]));
                part.rows.len() as u32 - 1
            })
        });
        let [a, b, c, d] = corners;
        part.indices.extend([a, b, c]);
        if quad[2] != quad[3] {
            part.indices.extend([a, c, d]);
        }
    }
    part.normals = part
        .rows
        .iter()
        .map(|row| normals.get(row).copied().unwrap_or(Vec3::Y).normalize_or(Vec3::Y).to_array())
        .collect();
    part
}

/// Pupil, iris and white as vertex colours.
fn eye(mut part: Part, figure: &Figure, human: &Human) -> Part {
    let shape = figure.body().shape();
    let at = |row: u32| shape.get(row as usize).copied().unwrap_or(Vec3::ZERO);
    let centre = part.rows.iter().map(|&row| at(row)).sum::<Vec3>() / part.rows.len().max(1) as f32;
    let opaque = |[r, g, b]: [f32; 3]| [r, g, b, 1.0];
    // At rest the eyes look straight ahead.
    let colour = |&row: &u32| match (at(row) - centre).angle_between(Vec3::Z) {
        angle if angle < PUPIL_ANGLE => opaque([0.004; 3]),
        angle if angle < IRIS_ANGLE => opaque(human.eyes.iris_colour),
        _ => opaque([0.72, 0.68, 0.64]),
    };
    part.colours = Some(part.rows.iter().map(colour).collect());
    part
}
