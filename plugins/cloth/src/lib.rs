//! Cloth for shots: sheets that hang, fall, fold and flutter among rigid bodies and in the wind.
//!
//! | | |
//! |---|---|
//! | reads | [`Cloth`], [`Garment`], `Wind` and `PhysicsWorld` parts, figures, the solids of other plugins ([`LoadedShot::solids`](kinema_core::LoadedShot::solids)), [`ActiveShot`], [`FrameTime`] |
//! | writes | children with meshes (set `Deform`) |
//! | keeps | a bake per shot in the content-addressed store of [`ClothSettings`] |
//!
//! | room | what it holds |
//! |---|---|
//! | [`solver`] | the method: membrane, bending, air, contact, in arithmetic that every device does alike |
//! | [`shot`], [`fabrics`], [`form`] | the document: cut, material, pins |
//! | [`garment`] | what people wear: patterns, fitting, sewing, draping |
//! | [`simulation`], [`surroundings`] | the cloths of a shot among its solids |
//! | [`device`] | the solver's step in compute shaders, with the same bits; [`reference`]: on what both are compared |
//! | [`bake`] | frames kept by content |
//! | [`look`], [`visuals`] | weaves and their shading, the mesh that is drawn, pictures |

pub mod bake;
pub mod device;
pub mod error;
pub mod fabrics;
pub mod form;
pub mod garment;
pub mod look;
pub mod reference;
pub mod settings;
pub mod shot;
pub mod simulation;
pub mod solver;
pub mod surroundings;
#[cfg(test)]
mod tests;
pub mod visuals;

use bevy::app::{App, Plugin, Update};
use bevy::asset::Assets;
use bevy::mesh::Mesh;
use bevy::pbr::{MaterialPlugin, StandardMaterial};
use bevy::prelude::{DetectChanges, IntoScheduleConfigs, Res, ResMut, Resource};
use bevy::render::RenderApp;
use kinema_core::{
    ActiveShot, BuildIdentity, Faults, FrameSet, FrameTime, PhysicsWorld, ShotAppExt, SolidsStepped, Wind,
};

pub use bake::{ClothBake, ClothBaker};
pub use error::ClothBakeError;
pub use garment::part::{Garment, GarmentFile};
use look::material::FabricMaterial;
pub use settings::ClothSettings;
pub use shot::Cloth;

/// Cloth: parts, simulation and pictures.
pub struct ClothPlugin;

impl Plugin for ClothPlugin {
    fn build(&self, app: &mut App) {
        app.register_shot_part::<Cloth>()
            .register_shot_part::<Garment>()
            .register_shot_part::<PhysicsWorld>()
            .register_shot_part::<Wind>()
            .init_resource::<ClothSettings>()
            .init_resource::<BuildIdentity>()
            .init_resource::<BakedCloth>()
            .init_resource::<Faults>()
            .add_systems(Update, advance_bake.in_set(FrameSet::Simulate).in_set(SolidsStepped));
        if app.get_sub_app(RenderApp).is_some() {
            app.add_plugins(MaterialPlugin::<FabricMaterial>::default());
        }
    }

    fn finish(&self, app: &mut App) {
        let world = app.world();
        if world.contains_resource::<Assets<Mesh>>()
            && world.contains_resource::<Assets<StandardMaterial>>()
            && world.contains_resource::<Assets<FabricMaterial>>()
        {
            app.add_systems(Update, visuals::update_cloth_visuals.in_set(FrameSet::Deform));
        }
    }
}

/// The bake of the active shot, which holds the frame being made.
#[derive(Resource, Default)]
pub struct BakedCloth(Option<ClothBaker>);

impl BakedCloth {
    /// What is held so far; none for a shot without cloth.
    pub fn bake(&self) -> Option<&ClothBake> {
        self.0.as_ref().map(ClothBaker::bake)
    }
}

/// Simulates as far as the frame being made needs it.
fn advance_bake(
    settings: Res<ClothSettings>,
    build: Res<BuildIdentity>,
    shot: Option<Res<ActiveShot>>,
    time: Option<Res<FrameTime>>,
    mut baked: ResMut<BakedCloth>,
    mut faults: ResMut<Faults>,
) {
    let (Some(shot), Some(time)) = (shot, time) else { return };
    if shot.is_changed() {
        let opened = ClothBaker::open(&shot.0, &settings, &build);
        baked.0 = opened.unwrap_or_else(|error| {
            faults.report(&error);
            None
        });
    }
    let Some(baker) = baked.0.as_mut() else { return };
    if let Err(error) = baker.advance_to(time.frame) {
        faults.report(&error);
        baked.0 = None;
        return;
    }
    if let Err(error) = baker.store(&settings.store()) {
        // The bake is in memory; only the next run pays for the full disk.
        tracing::warn!("{error}");
    }
}
