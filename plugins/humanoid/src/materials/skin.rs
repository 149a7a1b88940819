//! The material of skin: Bevy's standard material with our shaders, which need to know where on the template a point lies
//! and which regions of the skin it belongs to.

use std::sync::Arc;

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
use kinema_gpu::{PREVIOUS_POSITION, add_attributes};

use super::gpu_types::{GpuScatter, GpuSkin, RINGS};
use crate::{
    body::FaceWeights,
    face::shapes::{self, Action},
    look::skin::complexion::Complexion,
    settings::Human,
    subsurface::{kernel, transmission::Transmission},
};

/// Where the vertex lies on the template, metres; w: share of the sky that it sees there, 0..1.
pub const ATTRIBUTE_TEMPLATE_POSITION: MeshVertexAttribute =
    MeshVertexAttribute::new("Vertex_TemplatePosition", 0x4b69_6e65_6d61_0002, VertexFormat::Float32x4);
/// Shares of lips, lids, ears and nails, 0..1.
pub const ATTRIBUTE_REGIONS_A: MeshVertexAttribute =
    MeshVertexAttribute::new("Vertex_SkinRegionsA", 0x4b69_6e65_6d61_0003, VertexFormat::Float32x4);
/// Shares of flushing skin, of the shade of hair, and of the inner mouth, 0..1.
pub const ATTRIBUTE_REGIONS_B: MeshVertexAttribute =
    MeshVertexAttribute::new("Vertex_SkinRegionsB", 0x4b69_6e65_6d61_0004, VertexFormat::Float32x3);

const BROW_INNER_UP: Action = Action::named("browInnerUp");
const BROW_OUTER_UP: [Action; 2] = Action::pair("browOuterUp");
const BROW_DOWN: [Action; 2] = Action::pair("browDown");
const EYE_SQUINT: [Action; 2] = Action::pair("eyeSquint");
const CHEEK_SQUINT: [Action; 2] = Action::pair("cheekSquint");
const NOSE_SNEER: [Action; 2] = Action::pair("noseSneer");
const MOUTH_SMILE: [Action; 2] = Action::pair("mouthSmile");
const MOUTH_PUCKER: Action = Action::named("mouthPucker");
const MOUTH_SHRUG_LOWER: Action = Action::named("mouthShrugLower");

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
    /// For the subsurface pass only.
    pub scatter: Arc<GpuScatter>,
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
        add_attributes(descriptor, layout, &[[PREVIOUS_POSITION].as_slice(), &SKIN_LOCATIONS].concat())
    }
}

/// The look of a person's skin while the face does this.
pub fn gpu_skin(human: &Human, complexion: &Complexion, face: &FaceWeights) -> GpuSkin {
    let skin = &human.skin;
    // Anger floods the face, joy warms it, fear drains it: our judgement of how much.
    let mood = &human.emotion;
    let felt = 0.45 * mood.anger + 0.12 * mood.happiness - 0.5 * mood.fear - 0.2 * mood.disgust;
    let blush = (skin.blush + felt + 0.8 * skin.exertion).clamp(-1.0, 1.0);
    // Multiples of the golden ratio fill the noise's cells evenly; the shader goes through 14 cells for each unit.
    let pattern = 0.37 + 8.0 * (f32::from(skin.pattern) * 0.618_034).fract();
    let sweat = (skin.sweat + 0.5 * (skin.exertion - 0.3).max(0.0)).clamp(0.0, 1.0);
    // The phenotype's age runs from 0 (infant) over 1/3 (child) and 2/3 (young adult) to 1 (old).
    let age = human.phenotype.age;
    let years = ((age - 0.62) / 0.38).clamp(0.0, 1.0).powf(0.8);
    let grown = ((age - 0.15) / 0.4).clamp(0.0, 1.0);
    let action = |action: Action| shapes::at(face, action);
    let both = |pair: [Action; 2]| pair.map(action);
    let [outer_left, outer_right] = both(BROW_OUTER_UP);
    let inner = action(BROW_INNER_UP);
    let [down_left, down_right] = both(BROW_DOWN);
    let [squint_left, squint_right] = both(EYE_SQUINT);
    let [cheek_left, cheek_right] = both(CHEEK_SQUINT);
    let [sneer_left, sneer_right] = both(NOSE_SNEER);
    let [smile_left, smile_right] = both(MOUTH_SMILE);
    GpuSkin {
        albedo: complexion.albedo.extend(skin.tone),
        per_pigment: complexion.per_pigment.extend(0.0),
        per_blood: complexion.per_blood.extend(0.0),
        hair: Vec3::from_array(human.hair.as_coloured().colour).extend(0.0),
        surface: Vec4::new(skin.roughness, skin.oil * (0.4 + 0.6 * grown), sweat, skin.pores * (0.25 + 0.75 * grown)),
        marks: Vec4::new(skin.freckles, skin.blemishes, skin.veins, years * skin.wrinkles),
        flow: Vec4::new(complexion.redness, blush, pattern, 1.0),
        brows: Vec4::new(inner.max(outer_left), inner.max(outer_right), down_left, down_right),
        eyes: Vec4::new(squint_left.max(cheek_left), squint_right.max(cheek_right), sneer_left, sneer_right),
        mouth: Vec4::new(smile_left, smile_right, action(MOUTH_PUCKER), action(MOUTH_SHRUG_LOWER)),
    }
}

/// How the skin of a complexion scatters, for the subsurface pass.
pub fn gpu_scatter(complexion: &Complexion) -> GpuScatter {
    let Some(optics) = complexion.optics else { return GpuScatter::default() };
    let distance_mm = kernel::distance_below_surface_mm(&optics);
    let passes = Transmission::of_skin(&optics);
    let channels = |of: fn(&Transmission) -> f32| Vec3::from_array(passes.each_ref().map(of)).extend(0.0);
    let mut gpu = GpuScatter {
        distance_m: (distance_mm * 1e-3).extend(0.0),
        clear_albedo: complexion.clear_albedo.max(Vec3::splat(1e-3)).extend(0.0),
        decay_per_m: channels(|t| t.decay_per_mm * 1e3),
        gain: channels(|t| t.gain),
        offset_m: channels(|t| t.offset_mm * 1e-3),
        free_path_m: channels(|t| t.mean_free_path_mm * 1e-3),
        ..GpuScatter::default()
    };
    let slots = gpu.ring_radii_m.iter_mut().zip(&mut gpu.ring_weights);
    for ((radii, weights), ring) in slots.zip(kernel::rings(RINGS, distance_mm)) {
        *radii = Vec4::new(ring.inner_mm * 1e-3, ring.outer_mm * 1e-3, ring.bend, 0.0);
        *weights = ring.weight.extend(0.0);
    }
    gpu
}
