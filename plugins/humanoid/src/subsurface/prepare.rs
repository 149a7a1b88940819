//! Pipelines, buffers and textures of the subsurface passes.

use std::collections::BTreeMap;

use bevy::asset::AssetId;
use bevy::core_pipeline::FullscreenShader;
use bevy::core_pipeline::core_3d::CORE_3D_DEPTH_FORMAT;
use bevy::mesh::{Mesh, MeshVertexBufferLayoutRef};
use bevy::pbr::{MeshPipeline, MeshPipelineKey, ViewKeyCache};
use bevy::prelude::*;
use bevy::render::camera::TemporalJitter;
use bevy::render::mesh::RenderMesh;
use bevy::render::render_asset::RenderAssets;
use bevy::render::render_resource::binding_types::{storage_buffer_read_only, texture_2d, uniform_buffer};
use bevy::render::render_resource::*;
use bevy::render::renderer::{RenderDevice, RenderQueue};
use bevy::render::texture::{CachedTexture, TextureCache};
use bevy::render::view::{ExtractedView, ViewTarget};

use super::extract::SkinScene;
use crate::materials::gpu_types::{GpuSkinObject, GpuSubsurfaceView};
use crate::materials::skin::SKIN_LOCATIONS;

/// Light and depth, albedo and object index (exact up to 2048), normal. Half precision can be resolved and holds what a
/// camera sees; depths are kept against the object's own.
const FORMATS: [TextureFormat; 3] = [TextureFormat::Rgba16Float; 3];
/// Objects beyond this many keep their plain material; see [`FORMATS`].
const MOST_OBJECTS: usize = 2000;
/// Jitter offsets in the cycle of temporal anti-aliasing; the pattern of samples repeats with it.
const PHASES: i64 = 8;

/// The first pass: made once per device.
#[derive(Resource, Clone)]
pub struct IrradiancePipeline {
    mesh_pipeline: MeshPipeline,
    objects_layout: BindGroupLayoutDescriptor,
}

/// The second pass: made once per device.
#[derive(Resource, Clone)]
pub struct GatherPipeline {
    pub(super) layout: BindGroupLayoutDescriptor,
    fullscreen: VertexState,
}

pub fn init_pipelines(mut commands: Commands, mesh_pipeline: Res<MeshPipeline>, fullscreen: Res<FullscreenShader>) {
    commands.insert_resource(IrradiancePipeline {
        mesh_pipeline: mesh_pipeline.clone(),
        objects_layout: BindGroupLayoutDescriptor::new(
            "skin_objects_layout",
            &BindGroupLayoutEntries::single(
                ShaderStages::VERTEX_FRAGMENT,
                storage_buffer_read_only::<Vec<GpuSkinObject>>(false),
            ),
        ),
    });
    let texture = || texture_2d(TextureSampleType::Float { filterable: false });
    commands.insert_resource(GatherPipeline {
        layout: BindGroupLayoutDescriptor::new(
            "subsurface_gather_layout",
            &BindGroupLayoutEntries::sequential(
                ShaderStages::FRAGMENT,
                (
                    uniform_buffer::<GpuSubsurfaceView>(false),
                    storage_buffer_read_only::<Vec<GpuSkinObject>>(false),
                    texture(),
                    texture(),
                    texture(),
                ),
            ),
        ),
        fullscreen: fullscreen.to_vertex_state(),
    });
}

impl SpecializedMeshPipeline for IrradiancePipeline {
    type Key = MeshPipelineKey;

    fn specialize(
        &self,
        key: Self::Key,
        layout: &MeshVertexBufferLayoutRef,
    ) -> Result<RenderPipelineDescriptor, SpecializedMeshPipelineError> {
        // Bevy's own mesh pipeline knows which lights, shadows and maps this view has; only stages, targets and the group of
        // the meshes are ours.
        let mut descriptor = self.mesh_pipeline.specialize(key, layout)?;
        let mut attributes =
            vec![Mesh::ATTRIBUTE_POSITION.at_shader_location(0), Mesh::ATTRIBUTE_NORMAL.at_shader_location(1)];
        attributes.extend(SKIN_LOCATIONS.map(|(attribute, location)| attribute.at_shader_location(location)));
        descriptor.label = Some("skin_irradiance".into());
        descriptor.layout.truncate(2);
        descriptor.layout.push(self.objects_layout.clone());
        descriptor.vertex.shader = kinema_shaders::SKIN_IRRADIANCE_VERT.handle;
        descriptor.vertex.buffers = vec![layout.0.get_layout(&attributes)?];
        if let Some(fragment) = &mut descriptor.fragment {
            fragment.shader = kinema_shaders::SKIN_IRRADIANCE_FRAG.handle;
            fragment.targets = FORMATS
                .map(|format| Some(ColorTargetState { format, blend: None, write_mask: ColorWrites::ALL }))
                .to_vec();
        }
        descriptor.depth_stencil = Some(DepthStencilState {
            format: CORE_3D_DEPTH_FORMAT,
            depth_write_enabled: Some(false),
            // Depth is reversed. The same vertices give the same depth but for rounding, which the bias covers.
            depth_compare: Some(CompareFunction::GreaterEqual),
            stencil: StencilState::default(),
            bias: DepthBiasState { constant: 8, slope_scale: 0.25, clamp: 0.0 },
        });
        Ok(descriptor)
    }
}

/// What makes two gather pipelines differ: the picture they add to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GatherKey {
    pub(super) format: TextureFormat,
    pub(super) samples: u32,
}

impl SpecializedRenderPipeline for GatherPipeline {
    type Key = GatherKey;

    fn specialize(&self, key: Self::Key) -> RenderPipelineDescriptor {
        let add = BlendComponent {
            src_factor: BlendFactor::One,
            dst_factor: BlendFactor::One,
            operation: BlendOperation::Add,
        };
        RenderPipelineDescriptor {
            label: Some("subsurface_gather".into()),
            layout: vec![self.layout.clone()],
            vertex: self.fullscreen.clone(),
            fragment: Some(FragmentState {
                shader: kinema_shaders::SUBSURFACE_FRAG.handle,
                targets: vec![Some(ColorTargetState {
                    format: key.format,
                    blend: Some(BlendState { color: add, alpha: add }),
                    write_mask: ColorWrites::COLOR,
                })],
                ..default()
            }),
            multisample: MultisampleState { count: key.samples, ..default() },
            ..default()
        }
    }
}

/// A texture that is drawn into and then read: with multisampling the first is resolved into the second.
pub struct SkinTarget {
    pub drawn: CachedTexture,
    pub resolved: Option<CachedTexture>,
}

impl SkinTarget {
    fn read(&self) -> &TextureView {
        &self.resolved.as_ref().unwrap_or(&self.drawn).default_view
    }
}

/// One camera's share.
pub struct SkinView {
    pub targets: [SkinTarget; 3],
    pub draws: Vec<SkinDraw>,
    pub gather: CachedRenderPipelineId,
    pub gather_bind_group: BindGroup,
    /// Where skin can be in the picture: places that do not overlap.
    pub gather_places: Vec<URect>,
}

/// One draw call; its place in the object buffer is `object`.
pub struct SkinDraw {
    pub object: u32,
    pub mesh: AssetId<Mesh>,
    pub pipeline: CachedRenderPipelineId,
}

/// This frame's input of the passes.
#[derive(Resource, Default)]
pub struct SubsurfaceFrame {
    pub objects: Option<BindGroup>,
    pub views: BTreeMap<Entity, SkinView>,
}

type Views<'w, 's> =
    Query<'w, 's, (Entity, &'static ExtractedView, &'static ViewTarget, &'static Msaa, Has<TemporalJitter>)>;

#[expect(clippy::too_many_arguments, reason = "a system's arguments are what it reads")]
pub fn prepare_subsurface(
    mut frame: ResMut<SubsurfaceFrame>,
    scene: Res<SkinScene>,
    views: Views,
    view_keys: Res<ViewKeyCache>,
    (irradiance, gather): (Res<IrradiancePipeline>, Res<GatherPipeline>),
    mut irradiance_pipelines: ResMut<SpecializedMeshPipelines<IrradiancePipeline>>,
    mut gather_pipelines: ResMut<SpecializedRenderPipelines<GatherPipeline>>,
    (cache, meshes): (Res<PipelineCache>, Res<RenderAssets<RenderMesh>>),
    mut textures: ResMut<TextureCache>,
    (device, queue): (Res<RenderDevice>, Res<RenderQueue>),
) {
    *frame = SubsurfaceFrame::default();
    if scene.meshes.is_empty() {
        return;
    }
    let objects: Vec<GpuSkinObject> = scene
        .meshes
        .iter()
        .take(MOST_OBJECTS)
        .map(|mesh| GpuSkinObject {
            world_from_local: mesh.world_from_local,
            world_normal_from_local: Mat4::from_mat3(Mat3::from_mat4(mesh.world_from_local).inverse().transpose()),
            skin: mesh.skin,
            scatter: *mesh.scatter,
        })
        .collect();
    let mut object_buffer = StorageBuffer::from(objects);
    object_buffer.write_buffer(&device, &queue);
    let Some(object_binding) = object_buffer.binding() else { return };
    frame.objects = Some(device.create_bind_group(
        "skin_objects",
        &cache.get_bind_group_layout(&irradiance.objects_layout),
        &BindGroupEntries::single(object_binding.clone()),
    ));
    for (entity, view, target, msaa, jitters) in &views {
        let Some(view_key) = view_keys.get(&view.retained_view_entity) else { continue };
        let draws: Vec<SkinDraw> = (0..)
            .zip(scene.meshes.iter().take(MOST_OBJECTS))
            .filter_map(|(object, skin)| {
                let mesh = meshes.get(skin.mesh)?;
                let key = *view_key
                    | MeshPipelineKey::from_primitive_topology_and_strip_index(PrimitiveTopology::TriangleList, None);
                let pipeline = irradiance_pipelines.specialize(&cache, &irradiance, key, &mesh.layout).ok()?;
                Some(SkinDraw { object, mesh: skin.mesh, pipeline })
            })
            .collect();
        let size = target.main_texture().size();
        let targets = FORMATS.map(|format| SkinTarget::make(&mut textures, &device, size, format, msaa.samples()));
        let mut view_buffer = UniformBuffer::from(gpu_view(view, size, jitters.then_some(scene.frame)));
        view_buffer.write_buffer(&device, &queue);
        let Some(view_binding) = view_buffer.binding() else { continue };
        let gather_bind_group = device.create_bind_group(
            "subsurface_gather",
            &cache.get_bind_group_layout(&gather.layout),
            &BindGroupEntries::sequential((
                view_binding,
                object_binding.clone(),
                targets[0].read(),
                targets[1].read(),
                targets[2].read(),
            )),
        );
        let key = GatherKey { format: target.main_texture_format(), samples: msaa.samples() };
        let gather = gather_pipelines.specialize(&cache, &gather, key);
        let picture = URect::from_corners(UVec2::ZERO, UVec2::new(size.width, size.height));
        let clip_from_world = view.clip_from_view * view.world_from_view.to_matrix().inverse();
        let drawn = scene.meshes.iter().take(MOST_OBJECTS);
        let gather_places =
            apart(drawn.map(|skin| place(clip_from_world * skin.world_from_local, skin.bounds, picture)));
        frame.views.insert(entity, SkinView { targets, draws, gather, gather_bind_group, gather_places });
    }
}

/// The pixels that a box may cover: all of the picture where a corner is not in front of the camera or not known.
fn place(clip_from_local: Mat4, bounds: [Vec3; 2], picture: URect) -> URect {
    let size = picture.max.as_vec2();
    let (mut low, mut high) = (Vec2::MAX, Vec2::MIN);
    for corner in 0..8 {
        let pick = |axis: usize| bounds.get(corner >> axis & 1).map_or(f32::NAN, |point| point.to_array()[axis]);
        let clip = clip_from_local * Vec4::new(pick(0), pick(1), pick(2), 1.0);
        let pixel = (clip.truncate().truncate() / clip.w * Vec2::new(0.5, -0.5) + 0.5) * size;
        if !(clip.w > 0.0) || !pixel.is_finite() {
            return picture;
        }
        (low, high) = (low.min(pixel), high.max(pixel));
    }
    // A pixel more on each side for the jitter.
    let (low, high) = ((low - 1.0).floor().clamp(Vec2::ZERO, size), (high + 1.0).ceil().clamp(Vec2::ZERO, size));
    URect::from_corners(low.as_uvec2(), high.as_uvec2())
}

/// Rectangles that cover the same and do not overlap: what would is joined.
fn apart(places: impl Iterator<Item = URect>) -> Vec<URect> {
    let mut out: Vec<URect> = Vec::new();
    for mut place in places.filter(|place| !place.is_empty()) {
        while let Some(other) = out.iter().position(|other| !other.intersect(place).is_empty()) {
            place = place.union(out.swap_remove(other));
        }
        out.push(place);
    }
    out
}

fn gpu_view(view: &ExtractedView, size: Extent3d, jittered_frame: Option<i64>) -> GpuSubsurfaceView {
    let clip_from_view = view.clip_from_view;
    let is_parallel = clip_from_view.w_axis.w == 1.0;
    let half = Vec2::new(size.width as f32, size.height as f32) * 0.5;
    // Off-centre projections, such as that of the jitter, move where the axis is seen.
    let axis = if is_parallel { clip_from_view.w_axis.truncate() } else { -clip_from_view.z_axis.truncate() };
    GpuSubsurfaceView {
        view_from_world: view.world_from_view.to_matrix().inverse(),
        centre_px: half + Vec2::new(axis.x, -axis.y) * half,
        pixels_per_metre: half.y * clip_from_view.y_axis.y,
        is_parallel: f32::from(u8::from(is_parallel)),
        phase: jittered_frame.map_or(0, |frame| frame.rem_euclid(PHASES) as u32),
        ..GpuSubsurfaceView::default()
    }
}

impl SkinTarget {
    fn make(
        textures: &mut TextureCache,
        device: &RenderDevice,
        size: Extent3d,
        format: TextureFormat,
        samples: u32,
    ) -> Self {
        let mut texture = |sample_count| {
            let descriptor = TextureDescriptor {
                label: Some("subsurface"),
                size: Extent3d { depth_or_array_layers: 1, ..size },
                mip_level_count: 1,
                sample_count,
                dimension: TextureDimension::D2,
                format,
                usage: TextureUsages::RENDER_ATTACHMENT | TextureUsages::TEXTURE_BINDING,
                view_formats: &[],
            };
            textures.get(device, descriptor)
        };
        Self { drawn: texture(samples), resolved: (samples > 1).then(|| texture(1)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICTURE: URect = URect { min: UVec2::ZERO, max: UVec2::new(200, 100) };

    #[test]
    fn a_box_fills_what_its_corners_span_and_the_whole_picture_when_it_reaches_behind_the_camera() {
        let clip_from_view = Mat4::perspective_infinite_reverse_rh(std::f32::consts::FRAC_PI_2, 2.0, 0.1);
        let seen = |low: Vec3, high: Vec3| place(clip_from_view, [low, high], PICTURE);
        // A metre across at two metres covers a quarter of the height on each side of the middle.
        let front = seen(Vec3::new(-1.0, -1.0, -3.0), Vec3::new(1.0, 1.0, -2.0));
        assert_eq!(front, URect::new(74, 24, 126, 76));
        assert_eq!(seen(Vec3::new(-1.0, -1.0, -3.0), Vec3::new(1.0, 1.0, 1.0)), PICTURE);
        assert_eq!(seen(Vec3::NAN, Vec3::NAN), PICTURE);
        assert!(seen(Vec3::new(90.0, 0.0, -3.0), Vec3::new(91.0, 1.0, -2.0)).is_empty(), "beside the picture");
    }

    #[test]
    fn no_pixel_is_gathered_twice_and_none_is_lost() {
        let rects =
            [URect::new(0, 0, 10, 10), URect::new(20, 0, 30, 10), URect::new(50, 50, 60, 60), URect::new(8, 5, 22, 8)];
        let places = apart(rects.into_iter());
        for (index, a) in places.iter().enumerate() {
            assert!(places.iter().skip(index + 1).all(|b| a.intersect(*b).is_empty()), "{places:?}");
        }
        assert!(
            rects.iter().all(|rect| places.iter().any(|place| place.contains(rect.min) && place.contains(rect.max)))
        );
        assert_eq!(places.len(), 2);
    }
}
