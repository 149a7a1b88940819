//! The material of skin: Bevy's standard material with our shaders, which need to know where on the template a point lies
//! and which regions of the skin it belongs to.

use bevy::asset::Asset;
use bevy::mesh::{MeshVertexAttribute, MeshVertexBufferLayoutRef};
use bevy::pbr::{
    ExtendedMaterial, MaterialExtension, MaterialExtensionKey, MaterialExtensionPipeline, StandardMaterial,
};
use bevy::prelude::*;
use bevy::reflect::TypePath;
use bevy::render::render_resource::{
    AsBindGroup, RenderPipelineDescriptor, SpecializedMeshPipelineError, VertexFormat,
};
use bevy::shader::ShaderRef;
use kinema_gpu::{ATTRIBUTE_PREVIOUS_POSITION, PREVIOUS_POSITION_LOCATION};

use super::gpu_types::GpuSkin;
use crate::{
    body::FaceWeights,
    face::shapes,
    look::skin::{scalp_cover, tone_colour},
    settings::Human,
};

/// Where the vertex lies on the template, metres; w: share of the sky that it sees there, 0..1.
pub const ATTRIBUTE_TEMPLATE_POSITION: MeshVertexAttribute =
    MeshVertexAttribute::new("Vertex_TemplatePosition", 0x4b69_6e65_6d61_0002, VertexFormat::Float32x4);
/// Shares of lips, lids, ears and nails, 0..1.
pub const ATTRIBUTE_REGIONS_A: MeshVertexAttribute =
    MeshVertexAttribute::new("Vertex_SkinRegionsA", 0x4b69_6e65_6d61_0003, VertexFormat::Float32x4);
/// Shares of flushing skin, scalp, brow and inner mouth, 0..1.
pub const ATTRIBUTE_REGIONS_B: MeshVertexAttribute =
    MeshVertexAttribute::new("Vertex_SkinRegionsB", 0x4b69_6e65_6d61_0004, VertexFormat::Float32x4);

/// Where the shaders expect the three.
pub const SKIN_LOCATIONS: [(MeshVertexAttribute, u32); 3] =
    [(ATTRIBUTE_TEMPLATE_POSITION, 11), (ATTRIBUTE_REGIONS_A, 12), (ATTRIBUTE_REGIONS_B, 13)];

/// Bevy's physically based material under the look of skin.
pub type SkinMaterial = ExtendedMaterial<StandardMaterial, SkinSurface>;

/// The look of one person's skin.
#[derive(Asset, AsBindGroup, TypePath, Clone, Debug, Default)]
pub struct SkinSurface {
    #[uniform(100)]
    pub skin: GpuSkin,
}

impl MaterialExtension for SkinSurface {
    fn vertex_shader() -> ShaderRef {
        ShaderRef::Handle(kinema_shaders::SKIN_VERT.handle)
    }

    fn fragment_shader() -> ShaderRef {
        ShaderRef::Handle(kinema_shaders::SKIN_FRAG.handle)
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
        let mut attributes = vec![ATTRIBUTE_PREVIOUS_POSITION.at_shader_location(PREVIOUS_POSITION_LOCATION)];
        attributes.extend(SKIN_LOCATIONS.map(|(attribute, location)| attribute.at_shader_location(location)));
        let further = layout.0.get_layout(&attributes)?;
        if let Some(buffer) = descriptor.vertex.buffers.first_mut() {
            buffer.attributes.extend(further.attributes);
        }
        Ok(())
    }
}

/// The look of a person's skin while the face does this.
pub fn gpu_skin(human: &Human, face: &FaceWeights) -> GpuSkin {
    let skin = &human.skin;
    let tone = skin.tone.clamp(0.0, 1.0);
    let albedo = tone_colour(tone);
    let darker = tone_colour((tone + 0.1).min(1.0)).map(f32::ln) - tone_colour((tone - 0.1).max(0.0)).map(f32::ln);
    let per_pigment = darker / ((tone + 0.1).min(1.0) - (tone - 0.1).max(0.0));
    // Blood shows less through dark skin.
    let per_blood = Vec3::new(-0.04, -0.42, -0.40) * (1.0 - 0.5 * tone);
    let action = |name: &str| shapes::get(face, name);
    let both = |stem: &str| [action(&format!("{stem}Left")), action(&format!("{stem}Right"))];
    let [outer_left, outer_right] = both("browOuterUp");
    let inner = action("browInnerUp");
    let [down_left, down_right] = both("browDown");
    let [squint_left, squint_right] = both("eyeSquint");
    let [cheek_left, cheek_right] = both("cheekSquint");
    let [sneer_left, sneer_right] = both("noseSneer");
    let [smile_left, smile_right] = both("mouthSmile");
    GpuSkin {
        albedo: albedo.extend(tone),
        per_pigment: per_pigment.extend(0.0),
        per_blood: per_blood.extend(0.0),
        scatter_m: Vec3::new(0.00110, 0.00042, 0.00024).extend(1.0),
        hair: Vec3::from_array(human.hair.colour).extend(scalp_cover(&human.hair)),
        surface: Vec4::new(skin.roughness, 0.5, 0.0, 1.0),
        marks: Vec4::new(0.1, 0.1, 0.3, 0.2),
        flow: Vec4::new(skin.redness, 0.0, 0.37, 1.0),
        brows: Vec4::new(inner.max(outer_left), inner.max(outer_right), down_left, down_right),
        eyes: Vec4::new(squint_left.max(cheek_left), squint_right.max(cheek_right), sneer_left, sneer_right),
        mouth: Vec4::new(smile_left, smile_right, action("mouthPucker"), action("mouthShrugLower")),
    }
}
