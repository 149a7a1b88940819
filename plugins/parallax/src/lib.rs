//! A photograph with depth becomes layers in space that a camera can move through.
//!
//! | | |
//! |---|---|
//! | reads | [`Plate`] parts, their files, the look's tone mapping |
//! | writes | children with meshes, textures and materials (set `Perceive`) |
//! | keeps | the layers of each photograph in the content-addressed store of [`ParallaxSettings`] |
//!
//! | room | what it holds |
//! |---|---|
//! | [`input`], [`network`], [`refine`], [`people`], [`video`] | pictures and depth of strangers; depth by a network; edges where the picture has them, along people one clean cut; depth and layers that hold still |
//! | [`layers`], [`membrane`] | cutting, mattes, completion, meshes |
//! | [`device`] | completion on a graphics device, with the same bits |
//! | [`shot`], [`bake`], [`visuals`], [`material`], [`display`] | the part `Plate`: layers kept by content, drawn by Bevy as they were exposed, darkened by shadows |
//! | [`reference`], [`view`] | the renderer on the processor |
//! | [`cameras`], [`clip`], [`stereo`] | moves without holes, frame by frame; pairs, points, meshes |
//! | [`truth`], [`measure`], [`soundness`] | scenes whose hidden parts are known, how far pictures are from them; whether a move has holes |

pub mod bake;
pub mod cameras;
pub mod clip;
pub mod device;
pub mod display;
pub mod error;
pub mod input;
#[cfg(test)]
mod lab;
pub mod layers;
pub mod material;
pub mod measure;
pub mod membrane;
pub mod network;
pub mod people;
pub mod raster;
pub mod reference;
pub mod refine;
pub mod settings;
pub mod shot;
mod solids;
pub mod soundness;
pub mod stereo;
pub mod transfer;
pub mod truth;
pub mod video;
pub mod view;
pub mod visuals;
pub mod workers;

use bevy::app::{App, Plugin, Update};
use bevy::asset::Assets;
use bevy::image::Image;
use bevy::mesh::Mesh;
use bevy::pbr::{MaterialPlugin, StandardMaterial};
use bevy::prelude::IntoScheduleConfigs;
use bevy::render::RenderApp;
use kinema_core::{BuildIdentity, Faults, FrameSet, ShotAppExt, SolidsAppExt};

pub use bake::{PlateBake, PlateSource};
pub use clip::{Clip, ClipSettings, ClipStereo};
pub use error::ParallaxError;
pub use material::PlateMaterial;
pub use network::DepthSource;
pub use settings::ParallaxSettings;
pub use shot::{Plate, PlateDepth};

/// Photographs as surfaces: the part, its layers, its pictures.
pub struct ParallaxPlugin;

impl Plugin for ParallaxPlugin {
    fn build(&self, app: &mut App) {
        app.register_shot_part::<Plate>()
            .register_scenery(solids::open_solids)
            .init_resource::<ParallaxSettings>()
            .init_resource::<BuildIdentity>()
            .init_resource::<Faults>();
        app.world().resource::<ParallaxSettings>().compute_on.choose();
        if app.get_sub_app(RenderApp).is_some() {
            app.add_plugins(MaterialPlugin::<PlateMaterial>::default());
        }
    }

    fn finish(&self, app: &mut App) {
        let world = app.world();
        let can_draw = world.contains_resource::<Assets<Mesh>>()
            && world.contains_resource::<Assets<StandardMaterial>>()
            && world.contains_resource::<Assets<PlateMaterial>>()
            && world.contains_resource::<Assets<Image>>();
        if can_draw {
            app.add_systems(Update, (visuals::build_plates, visuals::expose_plates).chain().in_set(FrameSet::Perceive));
        }
    }
}
