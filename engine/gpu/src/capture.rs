//! The read-back ring: pictures come to the CPU a few frames after they were drawn, and drawing never waits for
//! the frame it has just submitted.
//!
//! Each captured frame takes a slot with one staging buffer per AOV. Copies are recorded in the frame's own command
//! stream; the slot is mapped after submission and collected, in frame order, when the device says so. Only when
//! all [`RING_SLOTS`] are in flight does the pump wait, for the oldest.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bevy::core_pipeline::schedule::{Core3d, Core3dSystems};
use bevy::core_pipeline::tonemapping::tonemapping;
use bevy::core_pipeline::upscaling::upscaling;
use bevy::post_process::bloom::bloom;
use bevy::prelude::*;
use bevy::render::extract_component::ExtractComponentPlugin;
use bevy::render::render_asset::RenderAssets;
use bevy::render::render_resource::*;
use bevy::render::renderer::{RenderContext, RenderDevice, ViewQuery};
use bevy::render::texture::GpuImage;
use bevy::render::view::ViewTarget;
use bevy::render::{Extract, ExtractSchedule, Render, RenderApp, RenderSystems};
use kinema_core::{Aov, FrameSet, Picture, PixelFormat, Plane};

use crate::aov::AovTargets;
use crate::{CaptureCamera, GpuError, OutputTarget};

/// Frames in flight. Three let the device draw one while the second is copied and the third is collected.
pub const RING_SLOTS: usize = 3;

/// What the next update captures. Without the resource, or with `frame: None`, it only draws.
#[derive(Resource, Clone, Debug, Default)]
pub struct CaptureOrder {
    /// Frame number given to the picture.
    pub frame: Option<i64>,
    pub aovs: Vec<Aov>,
    /// [`Aov::Display`] as display-linear halves for 16-bit files; otherwise as sRGB bytes.
    pub display_half: bool,
}

/// [`OutputTarget`] on the render side.
#[derive(Resource, Clone)]
pub(crate) struct ExtractedTarget(pub OutputTarget);

#[derive(Resource, Clone, Default)]
struct ExtractedOrder(CaptureOrder);

struct StagedPlane {
    aov: Aov,
    format: PixelFormat,
    buffer: Buffer,
    padded_row_bytes: u32,
}

struct Slot {
    frame: i64,
    width: u32,
    height: u32,
    planes: Vec<StagedPlane>,
    /// Planes whose mapping has been answered.
    mapped: Arc<AtomicU32>,
    failed: Arc<AtomicU32>,
}

/// Render-world state of the ring.
#[derive(Resource, Default)]
pub struct CaptureRing {
    recording: Option<Slot>,
    in_flight: VecDeque<Slot>,
    done: VecDeque<Picture>,
    idle_buffers: Vec<Buffer>,
    error: Option<GpuError>,
}

/// Adds the ring to a rendering app.
pub struct CapturePlugin;

impl Plugin for CapturePlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<CaptureOrder>().add_plugins(ExtractComponentPlugin::<CaptureCamera>::default());
        let Some(render_app) = app.get_sub_app_mut(RenderApp) else {
            return;
        };
        render_app
            .init_resource::<CaptureRing>()
            .init_resource::<ExtractedOrder>()
            .add_systems(ExtractSchedule, extract_order)
            .add_systems(
                Render,
                (begin_slot.in_set(RenderSystems::PrepareResources), map_slot.in_set(RenderSystems::Cleanup)),
            )
            .add_systems(
                Core3d,
                (
                    copy_aovs,
                    copy_beauty.after(bloom).before(tonemapping),
                    copy_display_half.after(Core3dSystems::PostProcess).before(upscaling),
                    copy_display.after(upscaling),
                )
                    .in_set(FrameSet::Deliver),
            );
    }
}

fn extract_order(
    order: Extract<Option<Res<CaptureOrder>>>,
    target: Extract<Option<Res<OutputTarget>>>,
    mut extracted: ResMut<ExtractedOrder>,
    mut commands: Commands,
) {
    extracted.0 = order.as_ref().map(|order| (**order).clone()).unwrap_or_default();
    if let Some(target) = target.as_ref() {
        commands.insert_resource(ExtractedTarget((**target).clone()));
    }
}

fn begin_slot(
    mut ring: ResMut<CaptureRing>,
    order: Res<ExtractedOrder>,
    target: Option<Res<ExtractedTarget>>,
    device: Res<RenderDevice>,
) {
    let (Some(frame), Some(target)) = (order.0.frame, target) else {
        return;
    };
    while ring.in_flight.len() >= RING_SLOTS {
        ring.collect(&device, true);
    }
    ring.recording = Some(Slot {
        frame,
        width: target.0.width,
        height: target.0.height,
        planes: Vec::new(),
        mapped: Arc::default(),
        failed: Arc::default(),
    });
}

impl CaptureRing {
    /// Records the copy of `texture` into a staging buffer of the frame being drawn.
    fn copy(&mut self, aov: Aov, format: PixelFormat, texture: &Texture, context: &mut RenderContext) {
        let Some(slot) = &mut self.recording else { return };
        let row_bytes = slot.width * format.bytes_per_pixel() as u32;
        let padded_row_bytes = row_bytes.next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
        let size = u64::from(padded_row_bytes) * u64::from(slot.height);
        let reusable = self.idle_buffers.iter().position(|buffer| buffer.size() == size);
        let buffer = match reusable {
            Some(index) => self.idle_buffers.swap_remove(index),
            None => context.render_device().create_buffer(&BufferDescriptor {
                label: Some("kinema_capture"),
                size,
                usage: BufferUsages::COPY_DST | BufferUsages::MAP_READ,
                mapped_at_creation: false,
            }),
        };
        context.command_encoder().copy_texture_to_buffer(
            texture.as_image_copy(),
            TexelCopyBufferInfo {
                buffer: &buffer,
                layout: TexelCopyBufferLayout {
                    offset: 0,
                    bytes_per_row: Some(padded_row_bytes),
                    rows_per_image: None,
                },
            },
            Extent3d { width: slot.width, height: slot.height, depth_or_array_layers: 1 },
        );
        slot.planes.push(StagedPlane { aov, format, buffer, padded_row_bytes });
    }

    /// Moves finished slots to `done`, oldest first; with `wait`, blocks for the oldest.
    fn collect(&mut self, device: &RenderDevice, wait: bool) {
        let poll = if wait { PollType::wait_indefinitely() } else { PollType::Poll };
        if let (Err(error), Some(slot)) = (device.poll(poll), self.in_flight.front()) {
            self.error = Some(GpuError::ReadBack { frame: slot.frame, message: error.to_string() });
        }
        while let Some(slot) = self.in_flight.front() {
            if slot.mapped.load(Ordering::Acquire) < slot.planes.len() as u32 && self.error.is_none() {
                return;
            }
            let Some(slot) = self.in_flight.pop_front() else { return };
            if slot.failed.load(Ordering::Acquire) > 0 {
                self.error = Some(GpuError::ReadBack {
                    frame: slot.frame,
                    message: "a staging buffer could not be mapped".to_owned(),
                });
            } else if self.error.is_none() {
                let picture = slot.read();
                self.done.push_back(picture);
            }
            self.idle_buffers.extend(slot.planes.into_iter().map(|plane| plane.buffer));
        }
    }
}

impl Slot {
    fn read(&self) -> Picture {
        let planes = self
            .planes
            .iter()
            .map(|plane| {
                let row_bytes = self.width as usize * plane.format.bytes_per_pixel();
                let mut data = Vec::with_capacity(row_bytes * self.height as usize);
                {
                    let mapped = plane.buffer.slice(..).get_mapped_range();
                    for row in mapped.chunks_exact(plane.padded_row_bytes as usize) {
                        data.extend_from_slice(&row[..row_bytes]);
                    }
                }
                plane.buffer.unmap();
                if plane.aov == Aov::Depth {
                    open_background(&mut data);
                }
                Plane { aov: plane.aov, format: plane.format, width: self.width, height: self.height, data }
            })
            .collect();
        Picture { frame: self.frame, planes }
    }
}

/// The depth target is cleared to 0, which no surface has; the document of [`Aov::Depth`] promises +infinity.
fn open_background(depth: &mut [u8]) {
    for texel in depth.chunks_exact_mut(4) {
        if texel == [0; 4] {
            texel.copy_from_slice(&f32::INFINITY.to_le_bytes());
        }
    }
}

fn copy_aovs(
    _view: ViewQuery<Entity, With<CaptureCamera>>,
    frame: Res<crate::aov::AovFrame>,
    order: Res<ExtractedOrder>,
    mut ring: ResMut<CaptureRing>,
    mut context: RenderContext,
) {
    let Some(AovTargets { color, .. }) = &frame.targets else { return };
    for (aov, texture) in color {
        if order.0.aovs.contains(aov) {
            let format = match aov {
                Aov::Normal => PixelFormat::Rgba16Float,
                Aov::Motion => PixelFormat::Rg32Float,
                Aov::Albedo => PixelFormat::Rgba8Unorm,
                Aov::PartId => PixelFormat::R32Uint,
                Aov::Depth => PixelFormat::R32Float,
                Aov::Display | Aov::Beauty => continue,
            };
            ring.copy(*aov, format, &texture.texture, &mut context);
        }
    }
}

fn copy_beauty(
    view: ViewQuery<&ViewTarget, With<CaptureCamera>>,
    order: Res<ExtractedOrder>,
    mut ring: ResMut<CaptureRing>,
    mut context: RenderContext,
) {
    if order.0.aovs.contains(&Aov::Beauty) {
        ring.copy(Aov::Beauty, PixelFormat::Rgba16Float, view.into_inner().main_texture(), &mut context);
    }
}

fn copy_display_half(
    view: ViewQuery<&ViewTarget, With<CaptureCamera>>,
    order: Res<ExtractedOrder>,
    mut ring: ResMut<CaptureRing>,
    mut context: RenderContext,
) {
    if order.0.aovs.contains(&Aov::Display) && order.0.display_half {
        ring.copy(Aov::Display, PixelFormat::Rgba16Float, view.into_inner().main_texture(), &mut context);
    }
}

fn copy_display(
    _view: ViewQuery<Entity, With<CaptureCamera>>,
    order: Res<ExtractedOrder>,
    target: Option<Res<ExtractedTarget>>,
    images: Res<RenderAssets<GpuImage>>,
    mut ring: ResMut<CaptureRing>,
    mut context: RenderContext,
) {
    let Some(image) = target.and_then(|target| images.get(&target.0.image)) else { return };
    if order.0.aovs.contains(&Aov::Display) && !order.0.display_half {
        ring.copy(Aov::Display, PixelFormat::Rgba8Srgb, &image.texture, &mut context);
    }
}

fn map_slot(mut ring: ResMut<CaptureRing>, device: Res<RenderDevice>) {
    if let Some(slot) = ring.recording.take() {
        for plane in &slot.planes {
            let (mapped, failed) = (slot.mapped.clone(), slot.failed.clone());
            plane.buffer.slice(..).map_async(MapMode::Read, move |result| {
                if result.is_err() {
                    failed.fetch_add(1, Ordering::Release);
                }
                mapped.fetch_add(1, Ordering::Release);
            });
        }
        ring.in_flight.push_back(slot);
    }
    ring.collect(&device, false);
}

/// Takes the pictures that have arrived, in frame order.
///
/// # Errors
/// [`GpuError::ReadBack`] when the device failed to hand one over.
pub fn take_pictures(app: &mut App) -> Result<Vec<Picture>, GpuError> {
    drain(app, false)
}

/// Waits for every captured frame and takes them, in frame order.
///
/// # Errors
/// As [`take_pictures`].
pub fn flush_pictures(app: &mut App) -> Result<Vec<Picture>, GpuError> {
    drain(app, true)
}

fn drain(app: &mut App, wait: bool) -> Result<Vec<Picture>, GpuError> {
    let Some(render_app) = app.get_sub_app_mut(RenderApp) else {
        return Ok(Vec::new());
    };
    render_app.world_mut().resource_scope(|world, mut ring: Mut<CaptureRing>| {
        while wait && !ring.in_flight.is_empty() && ring.error.is_none() {
            ring.collect(world.resource::<RenderDevice>(), true);
        }
        match ring.error.take() {
            Some(error) => Err(error),
            None => Ok(ring.done.drain(..).collect()),
        }
    })
}
