//! What rides on the head: hair and brows, rigid there; brows follow the five facial actions that move them.

use bevy::math::{Quat, Vec3};
use kinema_export::gltf::{SnapshotMaterial, SnapshotMesh, SnapshotMorph};

use crate::{
    anny::catalogue::FACIAL_ACTIONS,
    figure::{Figure, Layer},
    settings::{Human, Idle},
};

/// Meshes of the head with their materials. The figure is left in another pose.
pub fn meshes(figure: &mut Figure, human: &Human) -> Vec<(SnapshotMesh, SnapshotMaterial)> {
    let head = figure.body().basis().bone("head").and_then(|bone| u16::try_from(bone).ok()).unwrap_or(0);
    let rigid = |count: usize| Some(vec![vec![(head, 1.0)]; count]);
    let material = SnapshotMaterial { roughness: 0.55, double_sided: true, ..SnapshotMaterial::default() };
    let mut meshes = Vec::new();
    let hair = figure.hair();
    if !hair.indices.is_empty() {
        let mesh = SnapshotMesh {
            name: "hair".to_owned(),
            positions: hair.positions.clone(),
            normals: Some(hair.normals.clone()),
            colors: Some(hair.colours.clone()),
            influences: rigid(hair.positions.len()),
            indices: Some(hair.indices.clone()),
            ..SnapshotMesh::default()
        };
        meshes.push((mesh, material.clone()));
    }
    let still = Human {
        idle: Idle { breathing: 0.0, sway: 0.0, blinks: 0.0, saccades: 0.0, glances: 0.0 },
        ..Human::default()
    };
    let plain = Human {
        phenotype: human.phenotype,
        local: human.local.clone(),
        skin: human.skin,
        eyes: human.eyes,
        hair: human.hair,
        face: std::collections::BTreeMap::new(),
        ..still
    };
    let (positions, normals) = brows(figure, &plain);
    let indices = figure.indices(Layer::Brows).to_vec();
    if positions.is_empty() || indices.is_empty() {
        return meshes;
    }
    let morph = |action: &&str| {
        let mut offsets = Vec::new();
        if action.starts_with("brow") {
            let mut moved = plain.clone();
            moved.face.insert((*action).to_owned(), 1.0);
            let (raised, _) = brows(figure, &moved);
            let pairs = (0..).zip(raised.iter().zip(&positions));
            offsets = pairs
                .map(|(vertex, (&a, &b))| (vertex, (Vec3::from_array(a) - Vec3::from_array(b)).to_array()))
                .collect();
        }
        SnapshotMorph { name: (*action).to_owned(), offsets }
    };
    let morphs = FACIAL_ACTIONS.iter().map(morph).collect();
    let mesh = SnapshotMesh {
        name: "brows".to_owned(),
        colors: Some(figure.colours(Layer::Brows).to_vec()),
        influences: rigid(positions.len()),
        normals: Some(normals),
        positions,
        morphs,
        indices: Some(indices),
        ..SnapshotMesh::default()
    };
    meshes.push((mesh, material));
    meshes
}

/// Positions and normals of the brows where the head rests.
fn brows(figure: &mut Figure, human: &Human) -> (Vec<[f32; 3]>, Vec<[f32; 3]>) {
    figure.set(human, 0.0);
    let rest_from_head = figure.head_from_rest().inverse();
    let turn = Quat::from_mat3a(&rest_from_head.matrix3);
    let vertices = figure.vertices(Layer::Brows);
    let positions = vertices.positions.iter().map(|&p| rest_from_head.transform_point3(Vec3::from_array(p)).to_array());
    let normals = vertices.normals.iter().map(|&n| (turn * Vec3::from_array(n)).to_array());
    (positions.collect(), normals.collect())
}
