//! From the scene to a list of what the AOV pass draws.

use bevy::asset::AssetId;
use bevy::camera::Camera;
use bevy::ecs::entity::EntityHashMap;
use bevy::mesh::Mesh3d;
use bevy::pbr::{MeshMaterial3d, StandardMaterial};
use bevy::prelude::*;
use bevy::render::Extract;
use bevy::render::render_resource::Face;
use kinema_core::Aov;
use kinema_core::{FrameTime, PartIndex};

use crate::fibres::AovSurface;
use crate::{CaptureCamera, CaptureOrder, DeformedMaterial, StandInSurface};

/// One mesh to draw.
pub struct AovObject {
    pub mesh: AssetId<Mesh>,
    pub world_from_local: Mat4,
    pub previous_world_from_local: Mat4,
    pub base_color: LinearRgba,
    pub base_color_texture: Option<AssetId<Image>>,
    pub alpha_cutoff: f32,
    pub cull_mode: Option<Face>,
    pub part_index: u32,
    pub sway_from_local: Mat4,
    pub previous_sway_from_local: Mat4,
}

/// The scene of this frame as the AOV pass sees it; empty when no AOV was ordered.
#[derive(Resource, Default)]
pub struct AovScene {
    pub view: Option<AovViewInput>,
    pub objects: Vec<AovObject>,
}

/// The camera without jitter.
pub struct AovViewInput {
    pub clip_from_world: Mat4,
    pub previous_clip_from_world: Mat4,
    pub view_from_world: Mat4,
}

/// Where everything was in one drawn frame.
#[derive(Default)]
struct Placement {
    frame: Option<i64>,
    clip_from_world: Mat4,
    world_from_local: EntityHashMap<Mat4>,
}

/// The frame being drawn and the one drawn before it. A frame may be drawn several times while assets arrive: only the
/// last of them counts.
#[derive(Resource, Default)]
pub struct PreviousScene {
    current: Placement,
    before: Placement,
}

impl PreviousScene {
    /// Starts `frame`; afterwards `before` holds the frame before it, if that was drawn.
    fn advance(&mut self, frame: i64) {
        if self.current.frame != Some(frame) {
            self.before = std::mem::take(&mut self.current);
        }
        self.current = Placement { frame: Some(frame), ..Placement::default() };
    }
}

type Drawn<'a> = (
    Entity,
    &'a Mesh3d,
    &'a GlobalTransform,
    &'a ViewVisibility,
    Option<&'a MeshMaterial3d<StandardMaterial>>,
    Option<&'a MeshMaterial3d<DeformedMaterial>>,
    Option<&'a StandInSurface>,
    Option<&'a AovSurface>,
);

pub fn extract_scene(
    mut scene: ResMut<AovScene>,
    mut previous: ResMut<PreviousScene>,
    order: Extract<Option<Res<CaptureOrder>>>,
    time: Extract<Option<Res<FrameTime>>>,
    cameras: Extract<Query<(&Camera, &GlobalTransform), With<CaptureCamera>>>,
    drawn: Extract<Query<Drawn>>,
    ancestors: Extract<Query<(Option<&PartIndex>, Option<&ChildOf>)>>,
    standard: Extract<Option<Res<Assets<StandardMaterial>>>>,
    deformed: Extract<Option<Res<Assets<DeformedMaterial>>>>,
) {
    scene.view = None;
    scene.objects.clear();
    let (Some(order), Some(time), Some((camera, camera_transform))) =
        (order.as_ref(), time.as_ref(), cameras.iter().next())
    else {
        return;
    };
    // Frames that only warm up are remembered too: the next one's motion starts from them.
    let wanted = order.frame.is_some() && order.aovs.iter().any(|aov| !matches!(aov, Aov::Display | Aov::Beauty));

    // Motion needs the frame before. After a jump there is none, and motion is that of a still scene.
    previous.advance(time.frame);
    let PreviousScene { current, before } = &mut *previous;
    let continuous = before.frame == Some(time.frame - 1);
    let view_from_world = camera_transform.to_matrix().inverse();
    let clip_from_world = camera.clip_from_view() * view_from_world;
    scene.view = wanted.then_some(AovViewInput {
        clip_from_world,
        previous_clip_from_world: if continuous { before.clip_from_world } else { clip_from_world },
        view_from_world,
    });

    current.clip_from_world = clip_from_world;
    for (entity, mesh, transform, visibility, standard_handle, deformed_handle, stand_in, surface) in drawn.iter() {
        let world_from_local = transform.to_matrix();
        current.world_from_local.insert(entity, world_from_local);
        if !wanted || !visibility.get() {
            continue;
        }
        let standard_handle = standard_handle.map(|material| &material.0).or(stand_in.map(|surface| &surface.0));
        let material = standard_handle
            .zip(standard.as_ref().as_ref())
            .and_then(|(handle, assets)| assets.get(handle))
            .or_else(|| {
                deformed_handle
                    .zip(deformed.as_ref().as_ref())
                    .and_then(|(handle, assets)| assets.get(&handle.0))
                    .map(|material| &material.base)
            });
        let look = surface.copied().or_else(|| material.map(AovSurface::of));
        let Some(look) = look else { continue };
        let previous_world_from_local =
            before.world_from_local.get(&entity).copied().filter(|_| continuous).unwrap_or(world_from_local);
        scene.objects.push(AovObject {
            mesh: mesh.0.id(),
            world_from_local,
            previous_world_from_local,
            base_color: look.base_color,
            base_color_texture: material.and_then(|material| material.base_color_texture.as_ref().map(Handle::id)),
            alpha_cutoff: look.alpha_cutoff,
            cull_mode: look.cull_mode,
            part_index: part_index(entity, &ancestors),
            sway_from_local: look.sway_from_local,
            previous_sway_from_local: look.previous_sway_from_local,
        });
    }
    // Query order follows archetypes, which depend on history; document order does not.
    scene.objects.sort_by_key(|object| object.part_index);
}

/// The part an entity belongs to: its own index or that of its nearest ancestor that has one.
fn part_index(entity: Entity, ancestors: &Query<(Option<&PartIndex>, Option<&ChildOf>)>) -> u32 {
    let mut current = entity;
    while let Ok((index, parent)) = ancestors.get(current) {
        match (index, parent) {
            (Some(index), _) => return index.0,
            (None, Some(parent)) => current = parent.parent(),
            (None, None) => return 0,
        }
    }
    0
}
