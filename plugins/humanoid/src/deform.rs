//! A person's vertices on the device: WGSL that moves rows, stencils and drawn vertices and writes them into a mesh's own
//! vertex buffer, wherever that has its position, normal and previous position (`shaders/humanoid/body.compute.wgsl`).
//!
//! | | |
//! |---|---|
//! | reads | entities with [`OnDevice`], the vertex buffers of their meshes |
//! | writes | those vertex buffers (set `Deform`, before any camera is drawn) |
//!
//! What it needs goes up once: the basis ([`BasisBuffers`]) and a surface ([`SurfaceBuffers`]). A person who moves costs
//! the upload of 52 weights and 104 bones.
//!
//! | room | what it holds |
//! |---|---|
//! | [`extract`] | what a person asks for in a frame |
//! | [`prepare`] | pipelines and buffers |
//! | [`pass`] | the dispatches |
//! | [`reference`] | the oracle |

pub mod extract;
pub mod gpu_types;
pub mod pass;
pub mod prepare;
pub mod reference;

use bevy::app::{App, Plugin};
use bevy::core_pipeline::schedule::camera_driver;
use bevy::prelude::*;
use bevy::render::mesh::allocator::MeshAllocatorSettings;
use bevy::render::render_resource::BufferUsages;
use bevy::render::renderer::{RenderDevice, RenderGraph, RenderGraphSystems};
use bevy::render::{ExtractSchedule, Render, RenderApp, RenderSystems};
use kinema_core::FrameSet;

pub use extract::{MeshOnDevice, OnDevice, PoseOnDevice};
pub use gpu_types::{GpuBodyCall, GpuBone};
pub use pass::{Layer, Target, encode};
pub use prepare::{BasisBuffers, Kernels, LayerBuffers, PersonBuffers, SurfaceBuffers};

/// Storage buffers that a kernel binds.
const STORAGE_BUFFERS: u32 = 8;

/// Whether people are moved by the device; elsewhere the processor writes their meshes.
#[derive(Resource, Clone, Copy, Debug)]
pub struct MovedByDevice;

/// Moves people on the device. Does nothing in an app without rendering or on a device without compute shaders.
pub struct DeformPlugin;

impl Plugin for DeformPlugin {
    fn build(&self, app: &mut App) {
        let Some(render_app) = app.get_sub_app_mut(RenderApp) else { return };
        // The kernels write where Bevy's meshes are.
        render_app.world_mut().get_resource_or_init::<MeshAllocatorSettings>().extra_buffer_usages |=
            BufferUsages::STORAGE;
        render_app
            .init_resource::<extract::PeopleOnDevice>()
            .init_resource::<prepare::DeformBuffers>()
            .add_systems(ExtractSchedule, extract::extract_people)
            .add_systems(Render, prepare::prepare_people.in_set(RenderSystems::PrepareResources))
            .add_systems(
                RenderGraph,
                pass::move_people.in_set(RenderGraphSystems::Render).before(camera_driver).in_set(FrameSet::Deform),
            );
    }

    fn finish(&self, app: &mut App) {
        let limits = app.world().get_resource::<RenderDevice>().map(RenderDevice::limits);
        if limits.is_some_and(|limits| limits.max_storage_buffers_per_shader_stage >= STORAGE_BUFFERS) {
            app.insert_resource(MovedByDevice);
        }
    }
}
