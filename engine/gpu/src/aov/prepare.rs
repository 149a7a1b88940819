//! Pipelines, buffers, textures and bind groups of the AOV pass.

use bevy::asset::AssetId;
use bevy::mesh::{Mesh, MeshVertexBufferLayoutRef};
use bevy::prelude::*;
use bevy::render::mesh::RenderMesh;
use bevy::render::render_asset::RenderAssets;
use bevy::render::render_resource::binding_types::{sampler, storage_buffer_read_only, texture_2d, uniform_buffer};
use bevy::render::render_resource::*;
use bevy::render::renderer::{RenderDevice, RenderQueue};
use bevy::render::texture::{CachedTexture, FallbackImage, GpuImage, TextureCache};
use kinema_core::Aov;

use super::extract::{AovObject, AovScene};
use super::gpu_types::{GpuAovObject, GpuAovView};
use crate::{ATTRIBUTE_FIBRE, ATTRIBUTE_PREVIOUS_POSITION, OutputTarget};

/// Formats of the colour targets, in the order of `AovTargets` in aov.frag.wgsl.
pub const TARGETS: [(Aov, TextureFormat); 5] = [
    (Aov::Normal, TextureFormat::Rgba16Float),
    (Aov::Motion, TextureFormat::Rg32Float),
    (Aov::Albedo, TextureFormat::Rgba8Unorm),
    (Aov::PartId, TextureFormat::R32Uint),
    (Aov::Depth, TextureFormat::R32Float),
];

/// Made once per device.
#[derive(Resource, Clone)]
pub struct AovPipeline {
    frame_layout: BindGroupLayoutDescriptor,
    surface_layout: BindGroupLayoutDescriptor,
}

pub fn init_aov_pipeline(mut commands: Commands) {
    commands.insert_resource(AovPipeline {
        frame_layout: BindGroupLayoutDescriptor::new(
            "aov_frame_layout",
            &BindGroupLayoutEntries::sequential(
                ShaderStages::VERTEX_FRAGMENT,
                (uniform_buffer::<GpuAovView>(false), storage_buffer_read_only::<Vec<GpuAovObject>>(false)),
            ),
        ),
        surface_layout: BindGroupLayoutDescriptor::new(
            "aov_surface_layout",
            &BindGroupLayoutEntries::sequential(
                ShaderStages::FRAGMENT,
                (texture_2d(TextureSampleType::Float { filterable: true }), sampler(SamplerBindingType::Filtering)),
            ),
        ),
    });
}

/// What makes two AOV pipelines differ besides the vertex layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AovKey {
    cull_mode: Option<Face>,
}

impl SpecializedMeshPipeline for AovPipeline {
    type Key = AovKey;

    fn specialize(
        &self,
        key: AovKey,
        layout: &MeshVertexBufferLayoutRef,
    ) -> Result<RenderPipelineDescriptor, SpecializedMeshPipelineError> {
        let mut attributes =
            vec![Mesh::ATTRIBUTE_POSITION.at_shader_location(0), Mesh::ATTRIBUTE_NORMAL.at_shader_location(1)];
        let mut shader_defs = Vec::new();
        for (attribute, location, define) in [
            (Mesh::ATTRIBUTE_UV_0, 2, "VERTEX_UVS"),
            (Mesh::ATTRIBUTE_COLOR, 3, "VERTEX_COLORS"),
            (ATTRIBUTE_PREVIOUS_POSITION, 4, "VERTEX_PREVIOUS_POSITION"),
            (ATTRIBUTE_FIBRE, 6, "VERTEX_FIBRE"),
        ] {
            if layout.0.contains(attribute) {
                attributes.push(attribute.at_shader_location(location));
                shader_defs.push(define.into());
            }
        }
        if layout.0.contains(ATTRIBUTE_FIBRE) {
            attributes.push(Mesh::ATTRIBUTE_TANGENT.at_shader_location(5));
        }
        Ok(RenderPipelineDescriptor {
            label: Some("kinema_aov".into()),
            layout: vec![self.frame_layout.clone(), self.surface_layout.clone()],
            vertex: VertexState {
                shader: kinema_shaders::AOV_VERT.handle,
                shader_defs: shader_defs.clone(),
                buffers: vec![layout.0.get_layout(&attributes)?],
                ..default()
            },
            fragment: Some(FragmentState {
                shader: kinema_shaders::AOV_FRAG.handle,
                shader_defs,
                targets: TARGETS
                    .map(|(_, format)| Some(ColorTargetState { format, blend: None, write_mask: ColorWrites::ALL }))
                    .to_vec(),
                ..default()
            }),
            primitive: PrimitiveState { cull_mode: key.cull_mode, ..default() },
            depth_stencil: Some(DepthStencilState {
                format: TextureFormat::Depth32Float,
                depth_write_enabled: Some(true),
                // Bevy's projections have reversed depth.
                depth_compare: Some(CompareFunction::GreaterEqual),
                stencil: StencilState::default(),
                bias: DepthBiasState::default(),
            }),
            ..default()
        })
    }
}

/// The textures that this frame's AOVs are drawn into.
pub struct AovTargets {
    pub color: Vec<(Aov, CachedTexture)>,
    pub depth: CachedTexture,
}

/// One draw call.
pub struct AovDraw {
    pub pipeline: CachedRenderPipelineId,
    pub mesh: AssetId<Mesh>,
    pub surface: BindGroup,
}

/// This frame's input of the pass; `targets` is `None` when nothing is to be drawn.
#[derive(Resource, Default)]
pub struct AovFrame {
    pub bind_group: Option<BindGroup>,
    /// In the order of the object buffer.
    pub draws: Vec<Option<AovDraw>>,
    pub targets: Option<AovTargets>,
}

#[expect(clippy::too_many_arguments, reason = "a system's arguments are what it reads")]
pub fn prepare_aov(
    mut frame: ResMut<AovFrame>,
    scene: Res<AovScene>,
    target: Option<Res<crate::capture::ExtractedTarget>>,
    pipeline: Res<AovPipeline>,
    mut pipelines: ResMut<SpecializedMeshPipelines<AovPipeline>>,
    cache: Res<PipelineCache>,
    meshes: Res<RenderAssets<RenderMesh>>,
    images: Res<RenderAssets<GpuImage>>,
    fallback: Res<FallbackImage>,
    mut textures: ResMut<TextureCache>,
    device: Res<RenderDevice>,
    queue: Res<RenderQueue>,
) {
    *frame = AovFrame::default();
    let (Some(view), Some(target)) = (&scene.view, target) else {
        return;
    };
    let OutputTarget { width, height, .. } = target.0;

    let mut view_buffer = UniformBuffer::from(GpuAovView {
        clip_from_world: view.clip_from_world,
        previous_clip_from_world: view.previous_clip_from_world,
        // The camera looks along -z of view space.
        depth_from_world: -view.view_from_world.row(2),
        eye_world: view.view_from_world.inverse().col(3),
        size_px: Vec2::new(width as f32, height as f32),
    });
    view_buffer.write_buffer(&device, &queue);
    let mut objects: Vec<GpuAovObject> = scene.objects.iter().map(gpu_object).collect();
    if objects.is_empty() {
        // A storage binding may not be empty; the picture is then all background.
        objects.push(GpuAovObject::default());
    }
    let mut object_buffer = StorageBuffer::from(objects);
    object_buffer.write_buffer(&device, &queue);
    let (Some(view_binding), Some(object_binding)) = (view_buffer.binding(), object_buffer.binding()) else {
        return;
    };
    frame.bind_group = Some(device.create_bind_group(
        "aov_frame",
        &cache.get_bind_group_layout(&pipeline.frame_layout),
        &BindGroupEntries::sequential((view_binding, object_binding)),
    ));

    let surface_layout = cache.get_bind_group_layout(&pipeline.surface_layout);
    for object in &scene.objects {
        let draw = meshes.get(object.mesh).and_then(|mesh| {
            let key = AovKey { cull_mode: object.cull_mode };
            let pipeline = pipelines.specialize(&cache, &pipeline, key, &mesh.layout).ok()?;
            let image = object.base_color_texture.and_then(|texture| images.get(texture)).unwrap_or(&fallback.d2);
            let surface = device.create_bind_group(
                "aov_surface",
                &surface_layout,
                &BindGroupEntries::sequential((&image.texture_view, &image.sampler)),
            );
            Some(AovDraw { pipeline, mesh: object.mesh, surface })
        });
        frame.draws.push(draw);
    }
    frame.targets = Some(make_targets(&mut textures, &device, width, height));
}

fn gpu_object(object: &AovObject) -> GpuAovObject {
    let normal = Mat3::from_mat4(object.world_from_local).inverse().transpose();
    GpuAovObject {
        world_from_local: object.world_from_local,
        previous_world_from_local: object.previous_world_from_local,
        world_normal_from_local: Mat4::from_mat3(normal),
        sway_from_local: object.sway_from_local,
        previous_sway_from_local: object.previous_sway_from_local,
        base_color: object.base_color.to_vec4(),
        part_index: object.part_index,
        alpha_cutoff: object.alpha_cutoff,
    }
}

fn make_targets(textures: &mut TextureCache, device: &RenderDevice, width: u32, height: u32) -> AovTargets {
    let mut make = |label, format, usage| {
        textures.get(
            device,
            TextureDescriptor {
                label: Some(label),
                size: Extent3d { width, height, depth_or_array_layers: 1 },
                mip_level_count: 1,
                sample_count: 1,
                dimension: TextureDimension::D2,
                format,
                usage,
                view_formats: &[],
            },
        )
    };
    let color = TARGETS
        .map(|(aov, format)| {
            (aov, make(aov.name(), format, TextureUsages::RENDER_ATTACHMENT | TextureUsages::COPY_SRC))
        })
        .into_iter()
        .collect();
    AovTargets { color, depth: make("aov_depth", TextureFormat::Depth32Float, TextureUsages::RENDER_ATTACHMENT) }
}
