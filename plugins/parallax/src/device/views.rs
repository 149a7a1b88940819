//! Views of layers on the device. The oracle is `reference/warp.rs`; both differ by the rounding of floats.

use std::ops::Range;

use bevy::math::{UVec2, Vec3, Vec4};
use bevy_math::Vec2;
use half::f16;
use wgpu::{BindGroup, Buffer, BufferUsages};

use super::ComputeOn;
use super::error::DeviceError;
use super::gpu_types::{GpuLayerView, bytes_of};
use super::opened::ParallaxDevice;
use crate::layers::LayeredImage;
use crate::raster::Raster;
use crate::reference::{Bounds, Seen, TILE, TileBounds};
use crate::view::View;

/// Layers on a device, ready to be looked at from many views of one size.
#[derive(Debug)]
pub struct ViewRenderer<'a> {
    device: &'a ParallaxDevice,
    layers: Vec<LayerBuffers>,
    seen: Buffer,
    seen_depth: Buffer,
    picture_size: (usize, usize),
    size: (usize, usize),
    picture_focal_widths: f32,
    steepest: f32,
}

#[derive(Debug)]
struct LayerBuffers {
    group: BindGroup,
    call: Buffer,
    whole: Vec4,
    tiles_across: u32,
}

fn packed(bounds: &Bounds) -> Vec4 {
    Vec4::new(bounds.nearest, bounds.farthest, bounds.most_opacity, bounds.steepest)
}

impl<'a> ViewRenderer<'a> {
    /// Brings layers to the device; views have `size` pixels, the picture was taken with `picture_focal_widths`.
    ///
    /// # Errors
    /// [`DeviceError::TooLarge`], [`DeviceError::Refused`].
    pub fn new(
        device: &'a ParallaxDevice,
        image: &LayeredImage,
        picture_focal_widths: f32,
        size: (usize, usize),
    ) -> Result<Self, DeviceError> {
        device.guarded(|| {
            let limit_bytes = device.limit_bytes;
            for ((width, height), bytes) in [((image.width(), image.height()), 8), (size, 16)] {
                if (bytes * width * height) as u64 > limit_bytes {
                    return Err(DeviceError::TooLarge { width, height, limit_bytes });
                }
            }
            let (seen, seen_depth) = (
                device.buffer("seen", 16 * size.0 * size.1, BufferUsages::COPY_SRC),
                device.buffer("seen depth", 4 * size.0 * size.1, BufferUsages::COPY_SRC),
            );
            let layers = image.layers.iter().map(|layer| {
                let halves: Vec<u16> =
                    layer.colour.data().as_flattened().iter().map(|v| f16::from_f32(*v).to_bits()).collect();
                let bounds = TileBounds::new(layer);
                let tiles: Vec<[f32; 4]> = bounds.tiles().data().iter().map(|b| packed(b).to_array()).collect();
                let call = device.uniform(&bytes_of(&GpuLayerView::default()));
                let group = device.group(
                    &device.kernels.view_bindings,
                    &[
                        &call,
                        &device.filled("layer colours", bytemuck::cast_slice(&halves)),
                        &device.filled("layer depths", bytemuck::cast_slice(layer.inverse_depth.data())),
                        &device.filled("layer squares", bytemuck::cast_slice(&tiles)),
                        &seen,
                        &seen_depth,
                    ],
                );
                LayerBuffers { group, call, whole: packed(&bounds.whole), tiles_across: bounds.tiles().width() as u32 }
            });
            Ok(Self {
                device,
                layers: layers.collect(),
                seen,
                seen_depth,
                picture_size: (image.width(), image.height()),
                size,
                picture_focal_widths,
                steepest: 1.01 * image.steepest(),
            })
        })
    }

    /// On the device of this process, where one should be used; why not is said once.
    pub(crate) fn of_process(
        on: ComputeOn,
        image: &LayeredImage,
        picture_focal_widths: f32,
        size: (usize, usize),
    ) -> Option<ViewRenderer<'static>> {
        let device = ParallaxDevice::of_process(on)?;
        let made = ViewRenderer::new(device, image, picture_focal_widths, size);
        made.map_err(|error| device.say_once(&error)).ok()
    }

    /// As [`render_layers`](Self::render_layers); `None`, said once, where the processor has to draw.
    pub(crate) fn drawn(&self, view: &View, layers: Range<usize>) -> Option<Seen> {
        if self.device.is_lost() {
            return None;
        }
        self.render_layers(view, layers).map_err(|error| self.device.say_once(&error)).ok()
    }

    /// Some of the layers from a view, nearest first.
    ///
    /// # Errors
    /// [`DeviceError::Refused`], [`DeviceError::Lost`].
    pub fn render_layers(&self, view: &View, layers: Range<usize>) -> Result<Seen, DeviceError> {
        self.device.guarded(|| self.draw(view, layers))
    }

    fn draw(&self, view: &View, layers: Range<usize>) -> Result<Seen, DeviceError> {
        let (width, height) = self.size;
        let of = self.device;
        let mut encoder = of.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        encoder.clear_buffer(&self.seen, 0, None);
        encoder.clear_buffer(&self.seen_depth, 0, None);
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        pass.set_pipeline(&of.kernels.view);
        for l in layers {
            let layer = &self.layers[l];
            let call = self.call(view, layer, l + 1 == self.layers.len());
            of.queue.write_buffer(&layer.call, 0, &bytes_of(&call));
            pass.set_bind_group(0, &layer.group, &[]);
            let squares = |side: usize| side.div_ceil(TILE) as u32;
            pass.dispatch_workgroups(squares(width), squares(height), 1);
        }
        drop(pass);
        of.queue.submit([encoder.finish()]);
        let shape = |what: &str| DeviceError::Lost(format!("{what} came back in another size"));
        let colour = of.read(&self.seen)?.as_chunks::<4>().0.iter().map(|p| p.map(f32::from_bits)).collect();
        let depth: Vec<f32> = of.read(&self.seen_depth)?.into_iter().map(f32::from_bits).take(width * height).collect();
        Ok(Seen {
            colour: Raster::from_data(width, height, colour).ok_or_else(|| shape("a picture"))?,
            inverse_depth: Raster::from_data(width, height, depth).ok_or_else(|| shape("depth"))?,
        })
    }

    fn call(&self, view: &View, layer: &LayerBuffers, is_last: bool) -> GpuLayerView {
        let (width, height) = self.size;
        let ray = |x: usize, y: usize| view.ray(Vec2::new(x as f32, y as f32), width, height).1;
        let first = ray(0, 0);
        // From border to border, because neighbours differ in few digits.
        let (right, down) = ((ray(width, 0) - first) / width as f32, (ray(0, height) - first) / height as f32);
        let four = |v: Vec3, w: f32| v.extend(w);
        // In front of the camera: 1 + q z > 0, see `View`.
        let most = if view.position.z < 0.0 { -0.999 / view.position.z } else { f32::MAX };
        GpuLayerView {
            right: four(right, 0.0),
            down: four(down, 0.0),
            first: four(first, 0.0),
            position: four(view.position, most),
            whole: layer.whole,
            view_size: UVec2::new(width as u32, height as u32),
            picture_size: UVec2::new(self.picture_size.0 as u32, self.picture_size.1 as u32),
            focal_px: self.picture_focal_widths * self.picture_size.0 as f32,
            // The last layer is closed.
            steepest: if is_last { f32::MAX } else { self.steepest },
            tiles_across: layer.tiles_across,
            pad: 0,
        }
    }
}
