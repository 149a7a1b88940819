//! The material of fabric: Bevy's standard material with our fragment shader. Its mesh carries pattern coordinates in metres
//! (`Mesh::ATTRIBUTE_UV_0`), the direction in which u grows (`Mesh::ATTRIBUTE_TANGENT`) and
//! [`ATTRIBUTE_PREVIOUS_POSITION`](kinema_gpu::ATTRIBUTE_PREVIOUS_POSITION).

use bevy::asset::Asset;
use bevy::color::Color;
use bevy::mesh::MeshVertexBufferLayoutRef;
use bevy::pbr::{
    ExtendedMaterial, MaterialExtension, MaterialExtensionKey, MaterialExtensionPipeline, StandardMaterial,
};
use bevy::reflect::TypePath;
use bevy::render::render_resource::{AsBindGroup, RenderPipelineDescriptor, SpecializedMeshPipelineError};
use bevy::shader::ShaderRef;
use kinema_gpu::{PREVIOUS_POSITION, add_attributes};

use super::gpu_types::GpuFabric;
use super::presets::Look;

/// Bevy's physically based material under the look of fabric.
pub type FabricMaterial = ExtendedMaterial<StandardMaterial, FabricSurface>;

/// The look of one fabric.
#[derive(Asset, AsBindGroup, TypePath, Clone, Debug, Default)]
pub struct FabricSurface {
    #[uniform(100)]
    pub fabric: GpuFabric,
}

impl MaterialExtension for FabricSurface {
    fn fragment_shader() -> ShaderRef {
        ShaderRef::Handle(kinema_shaders::CLOTH_FABRIC_FRAG.handle)
    }

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

/// The material of a look.
pub fn fabric_material(look: &Look) -> FabricMaterial {
    FabricMaterial { base: stand_in(look), extension: FabricSurface { fabric: GpuFabric::new(look) } }
}

/// The standard surface nearest to a look, for AOVs and exports.
pub fn stand_in(look: &Look) -> StandardMaterial {
    let share = warp_share(look);
    let [red, green, blue] = [0, 1, 2].map(|i| share * look.warp_color[i] + (1.0 - share) * look.weft_color[i]);
    StandardMaterial {
        base_color: Color::linear_rgb(red, green, blue),
        perceptual_roughness: look.perceptual_roughness.max(look.across_roughness),
        reflectance: 0.3,
        diffuse_transmission: look.transmission,
        double_sided: true,
        cull_mode: None,
        ..StandardMaterial::default()
    }
}

/// Share of the right side that is warp.
fn warp_share(look: &Look) -> f32 {
    let gpu = GpuFabric::new(look);
    gpu.weave.z / gpu.weave.y
}
