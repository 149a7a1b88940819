//! What grows on the head: the hair of the scalp, rigid there, and brows, lashes and beard, which follow the face.
//!
//! Other programs have no ribbons that turn to the eye: fewer and wider ones stand for the strands, flat on what they grow
//! from.

use bevy::math::Vec3;
use kinema_export::gltf::{SnapshotMaterial, SnapshotMesh, SnapshotMorph};

use crate::{
    anny::{catalogue::FACIAL_ACTIONS, target::METRES_PER_UNIT},
    figure::Figure,
    look::hair::fibres::{Ribbons, Strands},
    settings::Human,
};

/// Strands of the scalp, and of the face, that are exported.
const MOST_STRANDS: usize = 8_000;
/// Morphs below this are none, metres.
const LEAST_MOVE_M: f32 = 1e-5;

/// Meshes of the head with their materials.
pub fn meshes(figure: &Figure, human: &Human) -> Vec<(SnapshotMesh, SnapshotMaterial)> {
    let body = figure.body();
    let head = body.basis().bone("head").unwrap_or(0);
    let [r, g, b] = human.hair.as_coloured().colour;
    let base_color = [r, g, b, 1.0];
    let material = SnapshotMaterial { base_color, roughness: 0.5, double_sided: true, ..SnapshotMaterial::default() };
    let mesh = |name: &str, ribbons: Ribbons| SnapshotMesh {
        name: name.to_owned(),
        positions: flat(&ribbons),
        normals: Some(ribbons.normals),
        influences: Some(vec![vec![(u16::try_from(head).unwrap_or(0), 1.0)]; ribbons.positions.len()]),
        indices: Some(ribbons.indices),
        ..SnapshotMesh::default()
    };
    let mut meshes = Vec::new();
    // Hair of the scalp grows when it is asked for.
    let mut own = figure.clone();
    let scalp = own.hair(0);
    let level = level(scalp);
    if scalp.len() >> level > 0 {
        meshes.push((mesh("hair", scalp.ribbons(level, 0.0)), material.clone()));
    }
    // Hair of the hands is too fine to be missed.
    let at = body.rest_bones().heads.get(head).map_or(Vec3::ZERO, |at| at.as_vec3());
    let face = |rows: &[Vec3]| on_head(&figure.short_hair_on(rows), &figure.short_hair_on(body.shape()), at);
    let rest = face(body.shape());
    let level = self::level(&rest);
    if rest.len() >> level == 0 {
        return meshes;
    }
    let still = rest.ribbons(level, 0.0);
    let morph = |(action, name): (usize, &&str)| {
        let mut rows = body.shape().to_vec();
        for (row, offset) in body.basis().facial_shapes.shape(action) {
            if let Some(place) = rows.get_mut(row) {
                *place += Vec3::from_array(offset.map(f32::from)) * METRES_PER_UNIT;
            }
        }
        let moved = face(&rows).ribbons(level, 0.0);
        let pairs = (0..).zip(moved.positions.iter().zip(&still.positions));
        let offsets = pairs.map(|(vertex, (&a, &b))| (vertex, Vec3::from_array(a) - Vec3::from_array(b)));
        let offsets = offsets.filter(|(_, offset)| offset.length() > LEAST_MOVE_M);
        SnapshotMorph {
            name: (*name).to_owned(),
            offsets: offsets.map(|(vertex, by)| (vertex, by.to_array())).collect(),
        }
    };
    let morphs = FACIAL_ACTIONS.iter().enumerate().map(morph).collect();
    meshes.push((SnapshotMesh { morphs, ..mesh("brows and lashes", still.clone()) }, material));
    meshes
}

/// How often the strands must be halved.
fn level(strands: &Strands) -> u32 {
    let mut level = 0;
    while strands.len() >> level > MOST_STRANDS {
        level += 1;
    }
    level
}

/// Those strands that grow within reach of the head while it rests.
fn on_head(strands: &Strands, resting: &Strands, head: Vec3) -> Strands {
    let mut kept = Strands { points_each: strands.points_each, ..Strands::default() };
    for ((strand, rest), &seed) in strands.iter().zip(resting.iter()).zip(&strands.seeds) {
        if rest.points.first().is_some_and(|root| root.distance(head) < 0.35) {
            kept.push(strand.points, strand.width_m, seed, strand.normal);
        }
    }
    kept
}

/// Edges of ribbons that lie on what they grow from.
fn flat(ribbons: &Ribbons) -> Vec<[f32; 3]> {
    let corners = ribbons.positions.iter().zip(&ribbons.normals).zip(&ribbons.tangents);
    let edge = |((&position, &normal), &[x, y, z, half]): ((&[f32; 3], &[f32; 3]), &[f32; 4])| {
        let across = Vec3::new(x, y, z).cross(Vec3::from_array(normal)).normalize_or(Vec3::X);
        (Vec3::from_array(position) + across * half).to_array()
    };
    corners.map(edge).collect()
}
