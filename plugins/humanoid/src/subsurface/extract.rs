//! From the scene to the meshes with skin.

use std::sync::Arc;

use bevy::asset::AssetId;
use bevy::camera::primitives::Aabb;
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
    /// Corners of what it fills, local space, metres; NaN where that is not known.
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

type Skinned = (
    Entity,
    &'static Mesh3d,
    Option<&'static Aabb>,
    &'static GlobalTransform,
    &'static ViewVisibility,
    &'static MeshMaterial3d<SkinMaterial>,
);

/// Takes what is visible, in an order that does not depend on how entities came to be stored.
pub fn extract_skin(
    mut scene: ResMut<SkinScene>,
    drawn: Extract<Query<Skinned>>,
    materials: Extract<Option<Res<Assets<SkinMaterial>>>>,
    time: Extract<Option<Res<FrameTime>>>,
) {
    scene.meshes.clear();
    scene.frame = time.as_ref().map_or(0, |time| time.frame);
    let Some(materials) = materials.as_ref() else { return };
    let mut found: Vec<(Entity, SkinMesh)> = drawn
        .iter()
        .filter(|(_, _, _, _, visible, _)| visible.get())
        .filter_map(|(entity, mesh, bounds, place, _, material)| {
            let SkinSurface { skin, scatter } = materials.get(&material.0)?.extension.clone();
            let bounds = bounds.map_or([Vec3::NAN; 2], |bounds| [bounds.min().into(), bounds.max().into()]);
            Some((entity, SkinMesh { mesh: mesh.0.id(), world_from_local: place.to_matrix(), bounds, skin, scatter }))
        })
        .collect();
    found.sort_by_key(|(entity, _)| *entity);
    scene.meshes.extend(found.into_iter().map(|(_, mesh)| mesh));
}
