//! A person who moves as one binary glTF file: skin, 52 facial morph targets, skeleton and animation, for other programs.
//!
//! Exported are the vertices of the body itself, with all their weights, so that who reads the file by glTF's rules has
//! them where Kinema has them. (What Kinema draws is smoothed over them once more.) The person is dressed there as well:
//! skin below the suit is not in the file.

mod attached;
mod parts;
#[cfg(test)]
mod tests;

use std::ops::RangeInclusive;

use bevy::math::{DMat3, DQuat, DVec3};
use kinema_core::{Blame, Blamed, FrameRate};
use kinema_export::gltf::{
    GltfError, NodeContent, SceneSnapshot, SnapshotAnimation, SnapshotChannel, SnapshotMaterial, SnapshotMesh,
    SnapshotMorph, SnapshotNode, SnapshotSkin, SnapshotView, write_glb,
};

use crate::{
    anny::{basis::BodyBasis, catalogue::FACIAL_ACTIONS, target::METRES_PER_UNIT},
    body::Body,
    figure::Figure,
    settings::Human,
};

use parts::Part;

/// An hour at 30 frames a second.
const MOST_FRAMES: i64 = 108_000;

/// Why a person cannot be exported.
#[derive(Debug, thiserror::Error)]
pub enum PersonExportError {
    /// No frames, or too many.
    #[error("glTF export of a person: {frames} frames; between 1 and {MOST_FRAMES} can be exported")]
    Frames { frames: i64 },
    /// A glTF skin has one shape at rest.
    #[error(
        "glTF export of a person: the shape of the body changes at frame {frame}; export the frames before and after it each by itself"
    )]
    ShapeChanges { frame: i64 },
    /// The file cannot be written.
    #[error(transparent)]
    Gltf(#[from] GltfError),
}

impl Blamed for PersonExportError {
    fn blame(&self) -> Blame {
        Blame::User
    }
}

/// Exports a person as a `.glb` file. `human_at` gives the settings at each of `frames`, as tracks have driven them; the
/// animation begins at the first one and has a key for each.
///
/// # Errors
/// [`PersonExportError`] when there are no frames or too many, or when the shape of the body changes on the way.
pub fn export_person_glb(
    figure: &mut Figure,
    name: &str,
    rate: FrameRate,
    frames: RangeInclusive<i64>,
    human_at: &mut dyn FnMut(i64) -> Human,
) -> Result<Vec<u8>, PersonExportError> {
    Ok(write_glb(&person(figure, name, rate, frames, human_at)?)?)
}

fn person(
    figure: &mut Figure,
    name: &str,
    rate: FrameRate,
    frames: RangeInclusive<i64>,
    human_at: &mut dyn FnMut(i64) -> Human,
) -> Result<SceneSnapshot, PersonExportError> {
    let count = frames.end().saturating_sub(*frames.start()).saturating_add(1);
    if !(1..=MOST_FRAMES).contains(&count) {
        return Err(PersonExportError::Frames { frames: count });
    }
    let human = human_at(*frames.start());
    figure.set(&human, rate.secs_at(*frames.start() as f64));
    let basis = figure.body().basis().clone();
    let mut scene = SceneSnapshot { name: name.to_owned(), ..SceneSnapshot::default() };
    scene.view = SnapshotView { frame: *frames.start(), ..SnapshotView::default() };
    skeleton(figure.body(), &basis, &mut scene);
    let bones = basis.skeleton.names.len();
    let parts = parts::cut(figure, &human);
    let mut faces = Vec::new();
    for (part, material) in &parts {
        let mesh = mesh(part, &basis, figure.body());
        add(&mut scene, &mut faces, mesh, material);
    }
    for (mesh, material) in attached::meshes(figure, &human) {
        add(&mut scene, &mut faces, mesh, &material);
    }
    let mut animation = SnapshotAnimation { name: name.to_owned(), ..SnapshotAnimation::default() };
    let mut turns: Vec<Vec<[f32; 4]>> = vec![Vec::new(); bones];
    let (mut ways, mut weights) = (Vec::new(), Vec::new());
    let shape = figure.body().shape().to_vec();
    for frame in frames.clone() {
        figure.set(&human_at(frame), rate.secs_at(frame as f64));
        if figure.body().shape() != shape {
            return Err(PersonExportError::ShapeChanges { frame });
        }
        let secs = rate.secs_at((frame - frames.start()) as f64);
        animation.times_secs.push(secs as f32);
        let posed = figure.body().bones();
        for (bone, keys) in turns.iter_mut().enumerate() {
            let own = joint_rotation(&basis, &posed.rotations, bone);
            let above =
                parent(&basis, bone).map_or(DQuat::IDENTITY, |above| joint_rotation(&basis, &posed.rotations, above));
            keys.push((above.inverse() * own).normalize().as_quat().to_array());
        }
        ways.push(posed.heads.first().copied().unwrap_or(DVec3::ZERO).as_vec3().to_array());
        weights.push(figure.face().to_vec());
    }
    animation.channels.push((0, SnapshotChannel::Translation(ways)));
    for (bone, keys) in turns.into_iter().enumerate() {
        animation.channels.push((bone, SnapshotChannel::Rotation(keys)));
    }
    for node in faces {
        animation.channels.push((node, SnapshotChannel::Morphs(weights.clone())));
    }
    scene.animations.push(animation);
    Ok(scene)
}

fn parent(basis: &BodyBasis, bone: usize) -> Option<usize> {
    basis.skeleton.parents.get(bone).filter(|_| bone > 0).map(|&above| usize::from(above))
}

/// World from joint. Joints carry the bones' reference orientations, so that the turn of a joint alone poses a bone.
fn joint_rotation(basis: &BodyBasis, rotations: &[DQuat], bone: usize) -> DQuat {
    let reference = basis.skeleton.reference.get(bone).copied().unwrap_or(DMat3::IDENTITY);
    rotations.get(bone).copied().unwrap_or(DQuat::IDENTITY) * DQuat::from_mat3(&reference).normalize()
}

/// One node for each bone, in the reference pose, and the skin that takes rest vertices along.
fn skeleton(body: &Body, basis: &BodyBasis, scene: &mut SceneSnapshot) {
    let rest = body.rest_bones();
    let mut skin = SnapshotSkin { name: "body".to_owned(), ..SnapshotSkin::default() };
    for (bone, bone_name) in basis.skeleton.names.iter().enumerate() {
        let above = parent(basis, bone);
        let above_turn = above.map_or(DQuat::IDENTITY, |above| joint_rotation(basis, &[], above));
        let offset = rest.reference_offsets.get(bone).copied().unwrap_or(DVec3::ZERO);
        scene.nodes.push(SnapshotNode {
            name: bone_name.clone(),
            parent: above,
            translation: (above_turn.inverse() * offset).as_vec3().to_array(),
            rotation: (above_turn.inverse() * joint_rotation(basis, &[], bone)).normalize().as_quat().to_array(),
            scale: [1.0; 3],
            content: NodeContent::Empty,
        });
        let turn = rest.orientations.get(bone).copied().unwrap_or(DMat3::IDENTITY).transpose();
        let shift = -(turn * rest.heads.get(bone).copied().unwrap_or(DVec3::ZERO));
        let [x, y, z] = [turn.x_axis, turn.y_axis, turn.z_axis].map(|axis| axis.as_vec3().to_array());
        let [sx, sy, sz] = shift.as_vec3().to_array();
        let matrix = [x[0], x[1], x[2], 0.0, y[0], y[1], y[2], 0.0, z[0], z[1], z[2], 0.0, sx, sy, sz, 1.0];
        skin.joints.push(bone);
        skin.joint_from_mesh.push(matrix);
    }
    scene.skins.push(skin);
}

/// A part of the body with its weights and those morphs that move it (all of them, in order, or none).
fn mesh(part: &Part, basis: &BodyBasis, body: &Body) -> SnapshotMesh {
    let position = |&row: &u32| body.shape().get(row as usize).map_or([0.0; 3], |p| p.to_array());
    let influences = |&row: &u32| basis.influences(row as usize).collect();
    let mut vertices_of: Vec<Vec<u32>> = vec![Vec::new(); basis.template.len()];
    for (vertex, &row) in (0..).zip(&part.rows) {
        if let Some(list) = vertices_of.get_mut(row as usize) {
            list.push(vertex);
        }
    }
    let morph = |(action, name): (usize, &&str)| {
        let moved = basis.facial_shapes.shape(action).flat_map(|(row, offset)| {
            let offset = offset.map(|x| f32::from(x) * METRES_PER_UNIT);
            vertices_of.get(row).into_iter().flatten().map(move |&vertex| (vertex, offset))
        });
        let mut offsets: Vec<(u32, [f32; 3])> = moved.collect();
        offsets.sort_by_key(|(vertex, _)| *vertex);
        SnapshotMorph { name: (*name).to_owned(), offsets }
    };
    let morphs: Vec<SnapshotMorph> = FACIAL_ACTIONS.iter().enumerate().map(morph).collect();
    SnapshotMesh {
        name: part.name.to_owned(),
        positions: part.rows.iter().map(position).collect(),
        normals: Some(part.normals.clone()),
        uvs: Some(part.uvs.clone()),
        colors: part.colours.clone(),
        influences: Some(part.rows.iter().map(influences).collect()),
        morphs: if morphs.iter().any(|morph| !morph.offsets.is_empty()) { morphs } else { Vec::new() },
        indices: Some(part.indices.clone()),
        ..SnapshotMesh::default()
    }
}

fn add(scene: &mut SceneSnapshot, faces: &mut Vec<usize>, mesh: SnapshotMesh, material: &SnapshotMaterial) {
    if !mesh.morphs.is_empty() {
        faces.push(scene.nodes.len());
    }
    let content = NodeContent::Skinned { mesh: scene.meshes.len(), material: Some(scene.materials.len()), skin: 0 };
    scene.nodes.push(SnapshotNode {
        name: mesh.name.clone(),
        parent: None,
        translation: [0.0; 3],
        rotation: [0.0, 0.0, 0.0, 1.0],
        scale: [1.0; 3],
        content,
    });
    scene.materials.push(SnapshotMaterial { name: mesh.name.clone(), ..material.clone() });
    scene.meshes.push(mesh);
}
