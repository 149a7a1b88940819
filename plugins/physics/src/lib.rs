//! Rigid bodies for shots: things that fall, roll, collide, hang, swing, float and blow about.
//!
//! | | |
//! |---|---|
//! | reads | `Rigid`, `Joint`, `Fluid`, `Wind`, `PhysicsMaterial`, `PhysicsWorld` parts, [`ActiveShot`], [`FrameTime`] |
//! | writes | `Transform` of dynamic `Rigid` entities, [`PhysicsEvents`] (set `Simulate`), children with meshes (set `Deform`) |
//! | keeps | a bake per shot in the content-addressed store of [`PhysicsSettings`] |
//!
//! The engine is used directly, without its Bevy plugin: a bake owns its world, its stepping and its
//! snapshots, and bodies are numbered in the order of the document.

mod assembly;
pub mod bake;
mod bake_file;
mod bake_key;
pub mod colliders;
mod constraints;
pub mod error;
pub mod events;
mod forces;
mod geometry;
pub mod gltf_material;
pub mod gltf_mesh;
pub mod heights;
pub mod joint;
mod joint_load;
mod materials;
mod mipmaps;
mod model;
pub mod polyhedron;
pub mod reference;
pub mod rounded_box;
pub mod scene;
pub mod settings;
pub mod shot;
pub mod simulation;
mod snapshot;
mod solids;
#[cfg(test)]
mod tests;
mod visuals;

use bevy::app::{App, Plugin, Update};
use bevy::asset::Assets;
use bevy::image::Image;
use bevy::mesh::Mesh;
use bevy::pbr::StandardMaterial;
use bevy::prelude::{DetectChanges, DetectChangesMut, IntoScheduleConfigs, Local, Query, Res, ResMut, Transform};
use kinema_core::{ActiveShot, Faults, FrameSet, FrameTime, PartIndex, ShotAppExt, SolidsAppExt, Wind};

pub use bake::{BakeProgress, BakeSummary, RigidBake, RigidBaker, bake};
pub use error::PhysicsError;
pub use events::{PhysicsEvent, PhysicsEvents, TimedEvent};
pub use joint::{AngularMotor, Joint, JointKind, LinearMotor};
pub use scene::PhysicsScene;
pub use settings::PhysicsSettings;
pub use shot::{
    AirDrag, Body, CombineRule, Fluid, Heights, MaterialPair, MeshCollider, PhysicsMaterial, PhysicsWorld, Piece,
    Rigid, Shape, Surface,
};
pub use simulation::{BodyPose, BodyVelocity, RigidWorld};

/// Rigid bodies: parts, simulation and pictures.
pub struct PhysicsPlugin;

impl Plugin for PhysicsPlugin {
    fn build(&self, app: &mut App) {
        app.register_shot_part::<Rigid>()
            .register_shot_part::<Joint>()
            .register_shot_part::<PhysicsWorld>()
            .register_shot_part::<PhysicsMaterial>()
            .register_shot_part::<Fluid>()
            .register_shot_part::<Wind>()
            .register_shot_check(scene::check_scene)
            .register_solids(solids::open_solids)
            .init_resource::<PhysicsSettings>()
            .init_resource::<PhysicsEvents>()
            .init_resource::<Faults>()
            .add_systems(Update, apply_rigid_bake.in_set(FrameSet::Simulate));
    }

    fn finish(&self, app: &mut App) {
        let world = app.world();
        let can_draw = world.contains_resource::<Assets<Mesh>>()
            && world.contains_resource::<Assets<StandardMaterial>>()
            && world.contains_resource::<Assets<Image>>();
        if can_draw {
            app.add_systems(Update, visuals::update_rigid_visuals.in_set(FrameSet::Deform));
        }
    }
}

/// Moves dynamic bodies to where the bake has them at the frame being made.
fn apply_rigid_bake(
    settings: Res<PhysicsSettings>,
    shot: Option<Res<ActiveShot>>,
    time: Option<Res<FrameTime>>,
    mut bodies: Query<(&PartIndex, &Rigid, &mut Transform)>,
    mut happened: ResMut<PhysicsEvents>,
    mut faults: ResMut<Faults>,
    mut baker: Local<Option<RigidBaker>>,
) {
    let (Some(shot), Some(time)) = (shot, time) else {
        return;
    };
    if shot.is_changed() {
        *baker = match RigidBaker::open(&shot.0, &settings.store()) {
            Ok(opened) => Some(opened),
            Err(error) => {
                faults.report(&error);
                None
            }
        };
    }
    let Some(running) = baker.as_mut() else {
        return;
    };
    if let Err(error) = running.advance_to(time.frame) {
        faults.report(&error);
        *baker = None;
        return;
    }
    if let Err(error) = running.store(&settings.store()) {
        // The bake is in memory; only the next run pays for the full disk.
        tracing::warn!("{error}");
    }
    let bake = running.bake();
    let poses = bake.poses_at(time.frame);
    happened.set_if_neq(PhysicsEvents {
        frame: time.frame,
        events: bake.events_at(time.frame).iter().map(|timed| timed.event).collect(),
        inside: bake.inside_at(time.frame),
    });
    for (index, rigid, mut transform) in &mut bodies {
        let part_index = (index.0 as usize).wrapping_sub(1);
        if rigid.body != Body::Dynamic {
            continue;
        }
        let slot = bake.part_indices().binary_search(&part_index).ok();
        if let Some(pose) = slot.and_then(|slot| poses.get(slot)) {
            let target = pose.to_transform(transform.scale);
            if *transform != target {
                *transform = target;
            }
        }
    }
}
