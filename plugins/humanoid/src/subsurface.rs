//! Subsurface scattering in screen space: light that enters skin leaves it a little beside, so that shadows have soft, warm
//! edges, and thin parts glow against the sun.
//!
//! | | |
//! |---|---|
//! | reads | entities with [`SkinMaterial`](crate::materials::skin::SkinMaterial), lights and shadow maps, the main pass' depth |
//! | writes | adds the diffuse light of skin to the picture (set `Draw`, between the opaque and the transparent pass) |
//!
//! Two passes for each camera: the diffuse light that falls on visible skin goes into a texture of its own, then each of its
//! pixels gathers what fell around it. The skin's own material draws only what is reflected at the surface.
//!
//! | room | what it holds |
//! |---|---|
//! | [`extract`] | which meshes have skin |
//! | [`prepare`] | pipelines, buffers, textures |
//! | [`pass`] | the draw calls |
//! | [`kernel`] | the profile and the samples that gather it |
//! | [`transmission`] | how much light passes thin parts |
//! | [`reference`] | what the gather computes, on the CPU |
//! | [`agreement`] | how far that is from a volumetric path tracer |

pub mod agreement;
#[cfg(test)]
mod device_tests;
pub mod extract;
pub mod kernel;
pub mod pass;
pub mod prepare;
pub mod reference;
pub mod transmission;

use bevy::app::{App, Plugin};
use bevy::core_pipeline::core_3d::{main_opaque_pass_3d, main_transparent_pass_3d};
use bevy::core_pipeline::schedule::{Core3d, Core3dSystems};
use bevy::prelude::*;
use bevy::render::render_resource::{SpecializedMeshPipelines, SpecializedRenderPipelines};
use bevy::render::{ExtractSchedule, Render, RenderApp, RenderStartup, RenderSystems};
use kinema_core::FrameSet;

/// Adds the passes. Does nothing in an app without rendering.
pub struct SubsurfacePlugin;

impl Plugin for SubsurfacePlugin {
    fn build(&self, app: &mut App) {
        let Some(render_app) = app.get_sub_app_mut(RenderApp) else {
            return;
        };
        render_app
            .init_resource::<extract::SkinScene>()
            .init_resource::<prepare::SubsurfaceFrame>()
            .init_resource::<SpecializedMeshPipelines<prepare::IrradiancePipeline>>()
            .init_resource::<SpecializedRenderPipelines<prepare::GatherPipeline>>()
            .add_systems(RenderStartup, prepare::init_pipelines.after(bevy::pbr::MeshPipelineSystems))
            .add_systems(ExtractSchedule, extract::extract_skin)
            .add_systems(Render, prepare::prepare_subsurface.in_set(RenderSystems::PrepareBindGroups))
            .add_systems(
                Core3d,
                (pass::draw_irradiance, pass::gather)
                    .chain()
                    .after(main_opaque_pass_3d)
                    .before(main_transparent_pass_3d)
                    .in_set(Core3dSystems::MainPass)
                    .in_set(FrameSet::Draw),
            );
    }
}
