//! The material of meshes whose vertices are rewritten every frame (bodies, cloth).
//!
//! Bevy computes motion vectors from an entity's previous transform. A deforming mesh also needs each vertex's
//! previous position; here it is a vertex attribute that the prepass stage reads. The alternative, Bevy's own
//! skinning, allows four joints a vertex where the body's skin weights need nine.

use bevy::asset::Asset;
use bevy::mesh::{MeshVertexAttribute, MeshVertexBufferLayoutRef};
use bevy::pbr::{
    ExtendedMaterial, MaterialExtension, MaterialExtensionKey, MaterialExtensionPipeline, MaterialPlugin,
    StandardMaterial,
};
use bevy::prelude::*;
use bevy::reflect::TypePath;
use bevy::render::render_resource::{
    AsBindGroup, RenderPipelineDescriptor, SpecializedMeshPipelineError, VertexFormat,
};
use bevy::shader::ShaderRef;

/// Local-space position of the vertex one frame before, metres. Equal to the position where nothing moved.
pub const ATTRIBUTE_PREVIOUS_POSITION: MeshVertexAttribute =
    MeshVertexAttribute::new("Vertex_PreviousPosition", 0x4b69_6e65_6d61_0001, VertexFormat::Float32x3);

/// Where `deformed_prepass.vert.wgsl` expects [`ATTRIBUTE_PREVIOUS_POSITION`]; Bevy's own attributes end at 7.
const PREVIOUS_POSITION_LOCATION: u32 = 10;

/// Present where somebody reads the vertices of drawn meshes from `Assets<Mesh>`, such as an export: those who would move
/// them on the device alone then write them there.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub struct ReadableMeshes;

/// Bevy's physically based material for a mesh that carries [`ATTRIBUTE_PREVIOUS_POSITION`].
pub type DeformedMaterial = ExtendedMaterial<StandardMaterial, DeformedMotion>;

/// Marks a material's mesh as deforming; has no settings.
#[derive(Asset, AsBindGroup, TypePath, Clone, Debug, Default)]
pub struct DeformedMotion {}

impl MaterialExtension for DeformedMotion {
    fn prepass_vertex_shader() -> ShaderRef {
        ShaderRef::Handle(kinema_shaders::DEFORMED_PREPASS_VERT.handle)
    }

    fn specialize(
        _pipeline: &MaterialExtensionPipeline,
        descriptor: &mut RenderPipelineDescriptor,
        layout: &MeshVertexBufferLayoutRef,
        _key: MaterialExtensionKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        add_attributes(descriptor, layout, &[PREVIOUS_POSITION])
    }
}

/// [`ATTRIBUTE_PREVIOUS_POSITION`] where `deformed_prepass.vert.wgsl` expects it.
pub const PREVIOUS_POSITION: (MeshVertexAttribute, u32) = (ATTRIBUTE_PREVIOUS_POSITION, PREVIOUS_POSITION_LOCATION);

/// Gives a pipeline of a material for deforming meshes, beside the attributes that Bevy's has, further ones at their locations.
///
/// # Errors
/// The mesh has not all of them.
pub fn add_attributes(
    descriptor: &mut RenderPipelineDescriptor,
    layout: &MeshVertexBufferLayoutRef,
    attributes: &[(MeshVertexAttribute, u32)],
) -> Result<(), SpecializedMeshPipelineError> {
    let wanted: Vec<_> = attributes.iter().map(|(attribute, at)| attribute.at_shader_location(*at)).collect();
    let further = layout.0.get_layout(&wanted)?;
    if let Some(buffer) = descriptor.vertex.buffers.first_mut() {
        buffer.attributes.extend(further.attributes);
    }
    Ok(())
}

/// Registers [`DeformedMaterial`].
pub struct DeformedPlugin;

impl Plugin for DeformedPlugin {
    fn build(&self, app: &mut App) {
        app.add_plugins(MaterialPlugin::<DeformedMaterial>::default());
    }
}
