//! From the scene to the meshes with skin.

use std::sync::Arc;

use bevy::asset::AssetId;
use bevy::mesh::{Mesh, Mesh3d};
use bevy::pbr::MeshMaterial3d;
use bevy::prelude::*;
use bevy::render::Extract;
use kinema_core::FrameTime;

use crate::materials::gpu_types::{GpuScatter, GpuSkin};
use crate::materials::skin::{SkinMaterial, SkinSurface};

/// One visible mesh with skin.
pub struct SkinMesh {
    pub mesh: AssetId<Mesh>,
    pub world_from_local: Mat4,
    /// Corners of what it fills, local space, metres.
    pub bounds: [Vec3; 2],
    pub skin: GpuSkin,
    pub scatter: Arc<GpuScatter>,
}

/// The skin of this frame.
#[derive(Resource, Default)]
pub struct SkinScene {
    pub meshes: Vec<SkinMesh>,
    pub frame: i64,
}

/// Takes what is visible, in an order that does not depend on how entities came to be stored.
pub fn extract_skin(
    mut scene: ResMut<SkinScene>,
    drawn: Extract<Query<(Entity, &Mesh3d, &GlobalTransform, &ViewVisibility, &MeshMaterial3d<SkinMaterial>)>>,
    (materials, meshes): (Extract<Option<Res<Assets<SkinMaterial>>>>, Extract<Res<Assets<Mesh>>>),
    time: Extract<Option<Res<FrameTime>>>,
) {
    scene.meshes.clear();
    scene.frame = time.as_ref().map_or(0, |time| time.frame);
    let Some(materials) = materials.as_ref() else { return };
    let mut found: Vec<(Entity, SkinMesh)> = drawn
        .iter()
        .filter(|(_, _, _, visible, _)| visible.get())
        .filter_map(|(entity, mesh, place, _, material)| {
            let SkinSurface { skin, scatter } = materials.get(&material.0)?.extension.clone();
            let bounds = meshes.get(&mesh.0).map_or([Vec3::NAN; 2], bounds);
            Some((entity, SkinMesh { mesh: mesh.0.id(), world_from_local: place.to_matrix(), bounds, skin, scatter }))
        })
        .collect();
    found.sort_by_key(|(entity, _)| *entity);
    scene.meshes.extend(found.into_iter().map(|(_, mesh)| mesh));
}

/// Least and greatest corner of a mesh's vertices; NaN where they are not known.
fn bounds(mesh: &Mesh) -> [Vec3; 2] {
    let positions = mesh.attribute(Mesh::ATTRIBUTE_POSITION).and_then(|values| values.as_float3()).unwrap_or_default();
    if positions.is_empty() {
        return [Vec3::NAN; 2];
    }
    positions.iter().fold([Vec3::MAX, Vec3::MIN], |[low, high], &point| {
        let point = Vec3::from_array(point);
        [low.min(point), high.max(point)]
    })
}
