//! The search for patches on the device: buffers, dispatches, reading back.

use wgpu::{BindGroup, Buffer, BufferUsages, ComputePipeline};

use super::error::DeviceError;
use super::gpu_types::{GpuPatchRound, bytes_of};
use super::opened::ParallaxDevice;
use crate::layers::{PatchLevel, patch_rounds};

/// Workgroups in a row; more stand in further rows.
const MOST_WORKGROUPS: u32 = 65_535;
/// Set in all words of a pixel of which no patch says anything.
const NOTHING: u32 = u32::MAX;

/// A field of a level: for each pixel where its patch comes from.
struct Field {
    buffer: Buffer,
    width: u32,
    height: u32,
}

impl ParallaxDevice {
    /// As [`patches_here`](crate::layers::patches_here).
    ///
    /// # Errors
    /// [`DeviceError::TooLarge`], [`DeviceError::Refused`], [`DeviceError::Lost`].
    pub fn voted(&self, levels: &[PatchLevel], seed: u64) -> Result<Vec<Option<[u32; 4]>>, DeviceError> {
        self.guarded(|| self.search(levels, seed))
    }

    fn search(&self, levels: &[PatchLevel], seed: u64) -> Result<Vec<Option<[u32; 4]>>, DeviceError> {
        let Some(finest) = levels.first() else { return Ok(Vec::new()) };
        let (width, height) = finest.colour.size();
        let largest = (8 * width * height).max(16 * finest.places.len());
        if largest as u64 > self.limit_bytes {
            let limit_bytes = self.limit_bytes;
            return Err(DeviceError::TooLarge { width, height, limit_bytes });
        }
        let voted = self.buffer("voted", 16 * finest.places.len(), BufferUsages::COPY_SRC);
        let mut coarse = None;
        for (number, level) in levels.iter().enumerate().rev() {
            coarse = Some(self.solve(level, (number, levels.len()), seed, coarse.as_ref(), &voted));
        }
        let words = self.read(&voted)?;
        let pixels = words.as_chunks::<4>().0.iter();
        Ok(pixels.map(|words| (words[0] != NOTHING).then_some(*words)).collect())
    }

    /// All rounds of a level, and the vote if it is the finest.
    fn solve(
        &self,
        level: &PatchLevel,
        (number, levels): (usize, usize),
        seed: u64,
        coarse: Option<&Field>,
        voted: &Buffer,
    ) -> Field {
        let (width, height) = level.colour.size();
        let pixels = width * height;
        let field = |label| self.buffer(label, 4 * pixels, BufferUsages::empty());
        let colours = self.filled("colours", bytemuck::cast_slice(level.colour.data()));
        let words = self.filled("words", bytemuck::cast_slice(level.words.data()));
        let places = self.filled("places", bytemuck::cast_slice(&level.places));
        let (mut before, mut after, weights) = (field("field before"), field("field after"), field("weights"));
        let (start, rounds) = patch_rounds(level, number, levels, seed);
        let call = |salt, reach_px| GpuPatchRound {
            width: width as u32,
            height: height as u32,
            coarse_width: coarse.map_or(0, |field| field.width),
            coarse_height: coarse.map_or(0, |field| field.height),
            places: level.places.len() as u32,
            salt,
            reach_px,
            apart: level.apart(),
        };
        let group = |call: GpuPatchRound, before: &Buffer, after: &Buffer| {
            let call = self.uniform(&bytes_of(&call));
            let bound = [&call, &colours, &words, &places, before, after, &weights, voted];
            self.group(&self.kernels.patch_bindings, &bound)
        };
        let nothing = self.buffer("no coarser field", 4, BufferUsages::empty());
        let coarse_field = coarse.map_or(&nothing, |field| &field.buffer);
        self.dispatch(&self.kernels.start, &group(call(start.salt, start.reach_px), coarse_field, &before), level);
        for round in rounds {
            self.dispatch(&self.kernels.improve, &group(call(round.salt, round.reach_px), &before, &after), level);
            std::mem::swap(&mut before, &mut after);
        }
        if number == 0 {
            self.dispatch(&self.kernels.vote, &group(call(0, 0), &before, &after), level);
        }
        Field { buffer: before, width: width as u32, height: height as u32 }
    }

    /// One submission each: drivers that watch how long one takes end those of seconds.
    fn dispatch(&self, pipeline: &ComputePipeline, group: &BindGroup, level: &PatchLevel) {
        let workgroups = (level.places.len() as u32).div_ceil(self.kernels.workgroup);
        let rows = workgroups.div_ceil(MOST_WORKGROUPS);
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, group, &[]);
        pass.dispatch_workgroups(workgroups.div_ceil(rows.max(1)), rows, 1);
        drop(pass);
        self.queue.submit([encoder.finish()]);
    }
}
