//! The shipped gather pass on a device against [`super::reference`].

use bevy::math::{Mat4, Vec2, Vec3, Vec4};
use bevy::prelude::*;
use bevy::render::RenderApp;
use bevy::render::render_resource::*;
use bevy::render::renderer::{RenderDevice, RenderQueue};
use kinema_gpu::headless::{self, HeadlessSettings};

use super::{
    SubsurfacePlugin, kernel,
    prepare::{GatherKey, GatherPipeline},
    reference::{Buffers, Camera, gather},
};
use crate::look::skin::complexion::Complexion;
use crate::materials::gpu_types::{GpuSkinObject, GpuSubsurfaceView, RINGS};
use crate::materials::skin::gpu_scatter;

const WIDTH: usize = 64;
const HEIGHT: usize = 48;
/// Places of the person's two meshes: their depths are kept against these.
const ANCHORS_M: [f32; 2] = [0.55, 0.42];

/// Skin half in light that leans away, a step in depth to a second mesh, and a hole that shows something else.
fn scene() -> (Buffers, Camera, Vec<usize>) {
    let camera = Camera { focal_px: 1100.0, centre_px: Vec2::new(30.0, 25.5) };
    let mut buffers =
        Buffers { width: WIDTH, height: HEIGHT, irradiance: vec![], depth_m: vec![], normal: vec![], skin: vec![] };
    let mut objects = Vec::new();
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let is_near = y >= 32;
            let lit = if x < 28 { 1.0 } else { 0.04 };
            let shade = 0.7 + 0.3 * (0.13 * x as f32 + 0.2 * y as f32).sin();
            buffers.irradiance.push(lit * Vec3::new(shade, 0.8 * shade, 0.5));
            buffers.depth_m.push(if is_near { 0.470 } else { 0.5 + 0.000_3 * x as f32 });
            let lean = if is_near { 0.5 } else { -0.55 };
            buffers.normal.push(Vec3::new(f32::sin(lean), 0.1, f32::cos(lean)).normalize());
            buffers.skin.push(x.abs_diff(12).pow(2) + y.abs_diff(12).pow(2) >= 30);
            objects.push(usize::from(is_near));
        }
    }
    (buffers, camera, objects)
}

const SIZE: Extent3d = Extent3d { width: WIDTH as u32, height: HEIGHT as u32, depth_or_array_layers: 1 };

fn empty(device: &RenderDevice, format: TextureFormat, usage: TextureUsages) -> Texture {
    device.create_texture(&TextureDescriptor {
        label: None,
        size: SIZE,
        mip_level_count: 1,
        sample_count: 1,
        dimension: TextureDimension::D2,
        format,
        usage,
        view_formats: &[],
    })
}

fn texture(device: &RenderDevice, queue: &RenderQueue, texels: &[Vec4]) -> TextureView {
    let usage = TextureUsages::TEXTURE_BINDING | TextureUsages::COPY_DST;
    let texture = empty(device, TextureFormat::Rgba32Float, usage);
    let bytes: Vec<u8> = texels.iter().flat_map(|texel| texel.to_array()).flat_map(f32::to_le_bytes).collect();
    let layout = TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(WIDTH as u32 * 16), rows_per_image: None };
    queue.write_texture(texture.as_image_copy(), &bytes, layout, SIZE);
    texture.create_view(&TextureViewDescriptor::default())
}

/// What the shipped pass adds to a black picture.
fn on_device(app: &mut App, buffers: &Buffers, camera: &Camera, objects: &[usize], phase: u32) -> Vec<Vec3> {
    let world = app.sub_app_mut(RenderApp).world_mut();
    let key = GatherKey { format: TextureFormat::Rgba16Float, samples: 1 };
    let id = world.resource_scope(|world, mut pipelines: Mut<SpecializedRenderPipelines<GatherPipeline>>| {
        pipelines.specialize(world.resource::<PipelineCache>(), world.resource::<GatherPipeline>(), key)
    });
    for _ in 0..60 {
        if app.sub_app(RenderApp).world().resource::<PipelineCache>().get_render_pipeline(id).is_some() {
            break;
        }
        app.update();
    }
    let world = app.sub_app(RenderApp).world();
    let (device, queue) = (world.resource::<RenderDevice>(), world.resource::<RenderQueue>());
    let cache = world.resource::<PipelineCache>();
    let pipeline = cache.get_render_pipeline(id).expect("the pass compiles");

    let texels = |of: &dyn Fn(usize) -> Vec4| -> Vec<Vec4> {
        (0..WIDTH * HEIGHT).map(|i| if buffers.skin[i] { of(i) } else { Vec4::ZERO }).collect()
    };
    let irradiance = texels(&|i| buffers.irradiance[i].extend(buffers.depth_m[i] - ANCHORS_M[objects[i]]));
    let albedo = texels(&|i| Vec4::new(1.0, 1.0, 1.0, objects[i] as f32 + 1.0));
    let normal = texels(&|i| buffers.normal[i].extend(1.0));
    let [irradiance, albedo, normal] = [irradiance, albedo, normal].map(|texels| texture(device, queue, &texels));
    let mut view = UniformBuffer::from(GpuSubsurfaceView {
        view_from_world: Mat4::IDENTITY,
        centre_px: camera.centre_px,
        pixels_per_metre: camera.focal_px,
        phase,
        ..GpuSubsurfaceView::default()
    });
    view.write_buffer(device, queue);
    let scatter = gpu_scatter(&Complexion::new(0.3, 0.2));
    let mut skins = StorageBuffer::from(
        ANCHORS_M
            .map(|depth_m| GpuSkinObject {
                world_from_local: Mat4::from_translation(Vec3::new(0.1, -0.2, -depth_m)),
                scatter,
                ..GpuSkinObject::default()
            })
            .to_vec(),
    );
    skins.write_buffer(device, queue);
    let bind_group = device.create_bind_group(
        None,
        &cache.get_bind_group_layout(&world.resource::<GatherPipeline>().layout),
        &BindGroupEntries::sequential((
            view.binding().expect("a view"),
            skins.binding().expect("skins"),
            &irradiance,
            &albedo,
            &normal,
        )),
    );
    draw(device, queue, pipeline, &bind_group)
}

fn draw(device: &RenderDevice, queue: &RenderQueue, pipeline: &RenderPipeline, bind_group: &BindGroup) -> Vec<Vec3> {
    let usage = TextureUsages::RENDER_ATTACHMENT | TextureUsages::COPY_SRC;
    let target = empty(device, TextureFormat::Rgba16Float, usage);
    let back = device.create_buffer(&BufferDescriptor {
        label: None,
        size: (WIDTH * HEIGHT * 8) as u64,
        usage: BufferUsages::COPY_DST | BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let mut encoder = device.create_command_encoder(&CommandEncoderDescriptor::default());
    {
        let view = target.create_view(&TextureViewDescriptor::default());
        let mut pass = encoder.begin_render_pass(&RenderPassDescriptor {
            color_attachments: &[Some(RenderPassColorAttachment {
                view: &view,
                depth_slice: None,
                resolve_target: None,
                ops: Operations { load: LoadOp::Clear(wgpu::Color::BLACK), store: StoreOp::Store },
            })],
            ..RenderPassDescriptor::default()
        });
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, bind_group, &[]);
        pass.draw(0..3, 0..1);
    }
    let layout = TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(WIDTH as u32 * 8), rows_per_image: None };
    encoder.copy_texture_to_buffer(target.as_image_copy(), TexelCopyBufferInfo { buffer: &back, layout }, SIZE);
    queue.submit([encoder.finish()]);
    back.slice(..).map_async(MapMode::Read, |mapped| mapped.expect("the buffer maps"));
    device.poll(PollType::wait_indefinitely()).expect("the device works");
    let bytes = back.slice(..).get_mapped_range().to_vec();
    let half = |texel: &[u8; 8], at: usize| half::f16::from_le_bytes([texel[2 * at], texel[2 * at + 1]]).to_f32();
    bytes.as_chunks::<8>().0.iter().map(|texel| Vec3::new(half(texel, 0), half(texel, 1), half(texel, 2))).collect()
}

#[test]
fn the_shipped_pass_gathers_what_the_reference_says() {
    let mut app = App::new();
    headless::add_headless_bevy(&mut app).expect("a device");
    app.add_plugins((kinema_shaders::ShadersPlugin, SubsurfacePlugin));
    headless::finish(&mut app, HeadlessSettings { width: 16, height: 16 }).expect("a target");
    app.update();

    let (buffers, camera, objects) = scene();
    let optics = Complexion::new(0.3, 0.2).optics.expect("the usual skin has optics");
    let distance_mm = kernel::distance_below_surface_mm(&optics);
    let rings = kernel::rings(RINGS, distance_mm);
    for phase in [0, 5] {
        let ours = on_device(&mut app, &buffers, &camera, &objects, phase);
        let (mut off, mut sum, mut unlike) = (0.0, 0.0, 0);
        for (i, shown) in ours.iter().enumerate() {
            if !buffers.skin[i] {
                assert_eq!(*shown, Vec3::ZERO, "what is not skin is left alone");
                continue;
            }
            let wanted = gather(&buffers, &camera, &rings, distance_mm, [i % WIDTH, i / WIDTH], phase);
            off += shown.distance_squared(wanted);
            sum += wanted.length_squared();
            unlike += usize::from((*shown - wanted).abs().max_element() > 0.01 * wanted.max_element() + 0.002);
        }
        // A sample that falls between two pixels may be rounded to either; all others agree to half precision.
        println!("phase {phase}: rmse {:.5}, {unlike} of {} pixels differ", f32::sqrt(off / sum), ours.len());
        assert!(f32::sqrt(off / sum) < 0.002, "phase {phase}: {}", f32::sqrt(off / sum));
        assert!(unlike < ours.len() / 200, "phase {phase}: {unlike} pixels differ");
    }
}
