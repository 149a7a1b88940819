//! Rigid bodies for shots: things that fall, roll, collide, hang, swing, float and blow about.
//!
//! | | |
//! |---|---|
//! | reads | `Rigid`, `Ragdoll`, `Grip`, `Joint`, `Fluid`, `Wind`, `PhysicsMaterial`, `PhysicsWorld` parts, [`ActiveShot`], [`FrameTime`] |
//! | writes | `Transform` of dynamic `Rigid` entities, [`DrivenFigure`] of people, [`PhysicsEvents`] (set `Simulate`), children with meshes (set `Deform`) |
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
pub mod person;
pub mod polyhedron;
pub mod reference;
pub mod rounded_box;
mod rounding;
pub mod scene;
mod scenery;
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
use bevy::prelude::{
    Commands, DetectChanges, DetectChangesMut, IntoScheduleConfigs, Query, Res, ResMut, Resource, Transform,
};
use kinema_core::{
    ActiveShot, BakeStore, DrivenFigure, Faults, FiguresAppExt, FrameSet, FrameTime, PartEntities, PartIndex,
    ShotAppExt, SolidsAppExt, SolidsStepped, Wind,
};

use person::drive::Shown;

pub use bake::{BakeProgress, BakeSummary, RigidBake, RigidBaker, SharedBaker, bake};
pub use error::PhysicsError;
pub use events::{PhysicsEvent, PhysicsEvents, TimedEvent};
pub use joint::{AngularMotor, Joint, JointKind, LinearMotor};
pub use kinema_core::PhysicsWorld;
pub use scene::PhysicsScene;
pub use settings::PhysicsSettings;
pub use shot::{
    AirDrag, Body, CombineRule, Fluid, Grip, Hand, Heights, MaterialPair, MeshCollider, PhysicsMaterial, Piece,
    Ragdoll, RagdollMode, Regions, Rigid, Shape, Surface,
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
            .register_shot_part::<Ragdoll>()
            .register_shot_part::<Grip>()
            .register_shot_check(scene::check_scene)
            .register_solids(solids::open_solids)
            .register_figure_drives(person::drive::open_drive)
            .init_resource::<PhysicsSettings>()
            .init_resource::<PhysicsEvents>()
            .init_resource::<Faults>()
            .init_resource::<PlayedBake>()
            .add_systems(
                Update,
                (open_rigid_bake.before(SolidsStepped), apply_rigid_bake.after(SolidsStepped))
                    .in_set(FrameSet::Simulate),
            );
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

/// The bake of the active shot, and the people in it.
struct Playing {
    baker: SharedBaker,
    people: Option<Shown>,
}

impl Playing {
    fn open(shot: &ActiveShot, store: &BakeStore) -> Result<Self, PhysicsError> {
        let people = Shown::open(&shot.0, &PhysicsScene::from_shot(&shot.0)?)?;
        Ok(Self { baker: SharedBaker::open(&shot.0, store)?, people })
    }

    /// The poses of people at the frame before and at `frame`, which is held.
    fn driven(&mut self, frame: i64) -> Result<Vec<(usize, DrivenFigure)>, PhysicsError> {
        let Some(people) = &mut self.people else { return Ok(Vec::new()) };
        let baker = self.baker.lock();
        let mut at = |frame| people.poses(baker.bake(), frame).map_err(PhysicsError::Figures);
        let (before, now) = (at(frame - 1)?, at(frame)?);
        let poses = before.into_iter().zip(now).map(|(before, now)| DrivenFigure { frame, poses: [before, now] });
        Ok(people.part_indices().iter().copied().zip(poses).collect())
    }
}

/// What is played, if it could be opened.
#[derive(Resource, Default)]
struct PlayedBake(Option<Playing>);

/// Opens the bake of a new shot, before anybody who leads its bodies joins it: it must not be let go of and opened anew afterwards.
fn open_rigid_bake(
    settings: Res<PhysicsSettings>,
    shot: Option<Res<ActiveShot>>,
    mut playing: ResMut<PlayedBake>,
    mut faults: ResMut<Faults>,
) {
    if let Some(shot) = shot.filter(|shot| shot.is_changed()) {
        playing.0 = Playing::open(&shot, &settings.store()).map_err(|error| faults.report(&error)).ok();
    }
}

/// Moves dynamic bodies and people to where the bake has them at the frame being made.
fn apply_rigid_bake(
    mut commands: Commands,
    settings: Res<PhysicsSettings>,
    time: Option<Res<FrameTime>>,
    parts: Option<Res<PartEntities>>,
    mut bodies: Query<(&PartIndex, &Rigid, &mut Transform)>,
    mut happened: ResMut<PhysicsEvents>,
    mut faults: ResMut<Faults>,
    mut playing: ResMut<PlayedBake>,
) {
    let (Some(running), Some(time)) = (playing.0.as_mut(), time) else {
        return;
    };
    let advanced = running.baker.lock().advance_to(time.frame).map(|_| ());
    let driven = match advanced.and_then(|()| running.driven(time.frame)) {
        Ok(driven) => driven,
        Err(error) => {
            faults.report(&error);
            playing.0 = None;
            return;
        }
    };
    for (part, driven) in driven {
        if let Some(entity) = parts.as_ref().and_then(|parts| parts.0.get(part)) {
            // A program may have taken the person out.
            commands.entity(*entity).try_insert(driven);
        }
    }
    let mut baker = running.baker.lock();
    if let Err(error) = baker.store(&settings.store()) {
        // The bake is in memory; only the next run pays for the full disk.
        tracing::warn!("{error}");
    }
    let bake = baker.bake();
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
