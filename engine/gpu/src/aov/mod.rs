//! The AOV pass: depth, world normal, motion, albedo and part id of everything drawn.
//!
//! Bevy's prepass is not reused: its normals have 10 bits, its motion and depth carry the temporal jitter, and it
//! knows no part ids. This pass draws the same meshes once more, without jitter and at full precision, and only
//! in frames for which such an AOV was ordered.

mod extract;
pub mod gpu_types;
mod pass;
mod prepare;

use bevy::core_pipeline::schedule::Core3d;
use bevy::prelude::*;
use bevy::render::render_resource::SpecializedMeshPipelines;
use bevy::render::{ExtractSchedule, Render, RenderApp, RenderStartup, RenderSystems};
use kinema_core::FrameSet;

pub(crate) use prepare::{AovFrame, AovTargets};

/// Draws AOVs for the [`CaptureCamera`](crate::CaptureCamera) when a [`CaptureOrder`](crate::CaptureOrder) asks for them.
pub struct AovPlugin;

impl Plugin for AovPlugin {
    fn build(&self, app: &mut App) {
        let Some(render_app) = app.get_sub_app_mut(RenderApp) else {
            return;
        };
        render_app
            .init_resource::<extract::AovScene>()
            .init_resource::<extract::PreviousScene>()
            .init_resource::<prepare::AovFrame>()
            .init_resource::<SpecializedMeshPipelines<prepare::AovPipeline>>()
            .add_systems(RenderStartup, prepare::init_aov_pipeline)
            .add_systems(ExtractSchedule, extract::extract_scene)
            .add_systems(Render, prepare::prepare_aov.in_set(RenderSystems::PrepareBindGroups))
            .add_systems(Core3d, pass::draw_aov.in_set(FrameSet::Draw));
    }
}
