//! From the scene to what the device has to do.

use std::sync::Arc;

use bevy::asset::AssetId;
use bevy::mesh::Mesh;
use bevy::prelude::*;
use bevy::render::Extract;

use super::gpu_types::GpuBone;
use crate::{
    body::{Body, FaceWeights},
    figure,
    look::detail::Level,
    wardrobe::Wardrobe,
};

/// A pose and a face, as the kernels want them.
#[derive(Clone, Debug, PartialEq)]
pub struct PoseOnDevice {
    pub face: FaceWeights,
    pub bones: Arc<[GpuBone]>,
}

impl PoseOnDevice {
    /// Those that `body` has now.
    pub fn of(body: &Body) -> Self {
        let dual = body.dual_bones();
        let bones = body.bones().skin_from_rest.iter().enumerate();
        Self { face: body.face(), bones: bones.map(|(at, bone)| GpuBone::new(bone, dual.contains(at))).collect() }
    }
}

/// A mesh that follows the person.
#[derive(Clone, Debug)]
pub struct MeshOnDevice {
    pub layer: figure::Layer,
    pub mesh: AssetId<Mesh>,
    /// How far each drawn vertex stands off along its normal, metres.
    pub lift_m: Arc<[f32]>,
}

/// What the device has to do for a person.
#[derive(Component, Clone, Debug)]
pub struct OnDevice {
    pub wardrobe: Arc<Wardrobe>,
    pub level: Level,
    /// The rows at rest, without the face.
    pub shape: Arc<[Vec3]>,
    /// Poses to take one after the other: none for a person who stays as they are, one for the next frame, two where the
    /// meshes do not show the frame before.
    pub poses: Vec<PoseOnDevice>,
    pub meshes: Vec<MeshOnDevice>,
}

/// The people of this frame.
#[derive(Resource, Default)]
pub struct PeopleOnDevice(pub Vec<(Entity, OnDevice)>);

/// Takes them in an order that does not depend on how entities came to be stored.
pub fn extract_people(mut people: ResMut<PeopleOnDevice>, found: Extract<Query<(Entity, &OnDevice)>>) {
    people.0.clear();
    people.0.extend(found.iter().map(|(entity, person)| (entity, person.clone())));
    people.0.sort_by_key(|(entity, _)| *entity);
}
