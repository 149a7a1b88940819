//! The material of hair: what `shaders/humanoid/hair*.wgsl` read, and the pipelines that run them.

use bevy::asset::Asset;
use bevy::math::{Mat4, Vec3};
use bevy::mesh::{Mesh, MeshVertexBufferLayoutRef};
use bevy::pbr::{Material, MaterialPipeline, MaterialPipelineKey};
use bevy::prelude::AlphaMode;
use bevy::reflect::TypePath;
use bevy::render::render_resource::{AsBindGroup, RenderPipelineDescriptor, ShaderType, SpecializedMeshPipelineError};
use bevy::shader::ShaderRef;
use kinema_gpu::{ATTRIBUTE_FIBRE, ATTRIBUTE_PREVIOUS_POSITION};

/// `HairSettings` in `hair_types.wgsl`.
#[derive(Clone, Copy, Debug, PartialEq, ShaderType)]
pub struct GpuHair {
    /// What the swaying share of the hair follows, in local space, in this frame and in the one before.
    pub sway_from_local: Mat4,
    pub previous_sway_from_local: Mat4,
    /// Per fibre radius.
    pub absorption: Vec3,
    /// Longitudinal roughness, 0.2 sleek .. 0.5 rough.
    pub roughness: f32,
    /// Share of hairs without pigment, 0..1.
    pub grey: f32,
}

/// Hair of one person: for meshes with position, normal, tangent, [`ATTRIBUTE_FIBRE`] and [`ATTRIBUTE_PREVIOUS_POSITION`].
#[derive(Asset, AsBindGroup, TypePath, Clone, Debug)]
pub struct HairMaterial {
    #[uniform(0)]
    pub hair: GpuHair,
}

impl Material for HairMaterial {
    fn vertex_shader() -> ShaderRef {
        ShaderRef::Handle(kinema_shaders::HAIR_VERT.handle)
    }

    fn fragment_shader() -> ShaderRef {
        ShaderRef::Handle(kinema_shaders::HAIR_FRAG.handle)
    }

    fn prepass_vertex_shader() -> ShaderRef {
        ShaderRef::Handle(kinema_shaders::HAIR_PREPASS_VERT.handle)
    }

    fn prepass_fragment_shader() -> ShaderRef {
        ShaderRef::Handle(kinema_shaders::HAIR_PREPASS_FRAG.handle)
    }

    /// Fragments are dropped by the shader; the value is not read.
    fn alpha_mode(&self) -> AlphaMode {
        AlphaMode::Mask(0.5)
    }

    fn specialize(
        _pipeline: &MaterialPipeline,
        descriptor: &mut RenderPipelineDescriptor,
        layout: &MeshVertexBufferLayoutRef,
        _key: MaterialPipelineKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        descriptor.vertex.buffers = vec![layout.0.get_layout(&[
            Mesh::ATTRIBUTE_POSITION.at_shader_location(0),
            Mesh::ATTRIBUTE_NORMAL.at_shader_location(1),
            Mesh::ATTRIBUTE_TANGENT.at_shader_location(2),
            ATTRIBUTE_FIBRE.at_shader_location(3),
            ATTRIBUTE_PREVIOUS_POSITION.at_shader_location(4),
        ])?];
        // Ribbons have no back.
        descriptor.primitive.cull_mode = None;
        Ok(())
    }
}
