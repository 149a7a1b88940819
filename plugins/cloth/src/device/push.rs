//! Thickness and friction on a device: the bits of `solver/contact/push.rs`.

use bevy::math::{UVec4, Vec4};
use kinema_shaders::CLOTH_PUSH_COMPUTE;
use wgpu::{BindGroupEntry, BufferDescriptor, BufferUsages, ComputePipeline, Device, Queue};

use super::cloth::read;
use super::error::DeviceError;
use super::gpu_types::{GpuNear, storage_bytes};
use super::kernels::{Arithmetic, Kernels, pipeline};
use super::prepare::{room, storage};
use crate::solver::contact::pairs::Near;
use crate::solver::vec3::V3;

/// The kernels of an iteration, in order, and which bindings each uses besides the zero.
pub struct DevicePush {
    device: Device,
    queue: Queue,
    workgroup: u32,
    is_exact: bool,
    stages: Vec<(ComputePipeline, &'static [u32], Over)>,
}

/// What has an invocation each.
#[derive(Clone, Copy)]
enum Over {
    Pairs,
    Vertices,
}

/// Words of a near pair in WGSL; where its push and its friction stand.
const NEAR_WORDS: usize = 20;
const PUSHED: usize = 15;
const RUBBED: usize = 16;

impl DevicePush {
    /// Compiles the kernels.
    ///
    /// # Errors
    /// [`DeviceError::Kernel`] for a driver that refuses one.
    pub fn new(kernels: &Kernels, device: &Device, queue: &Queue) -> Result<DevicePush, DeviceError> {
        let mut stages = Vec::new();
        for (entry, bindings, over) in [
            ("push_weights", &[1, 2, 4][..], Over::Pairs),
            ("push_impulses", &[1, 2, 3, 4], Over::Pairs),
            ("push_apply", &[2, 4], Over::Vertices),
        ] {
            let pipeline = pipeline(device, &CLOTH_PUSH_COMPUTE, entry, &[], kernels.arithmetic, kernels.workgroup)?;
            stages.push((pipeline, bindings, over));
        }
        let is_exact = kernels.arithmetic == Arithmetic::Exact;
        Ok(DevicePush { device: device.clone(), queue: queue.clone(), workgroup: kernels.workgroup, is_exact, stages })
    }

    /// `iterations` iterations over pairs with their frictions: changes the displacements (m) of all vertices, and what each pair has pushed and rubbed. Inverse masses
    /// in 1/kg, zero for bodies.
    ///
    /// # Errors
    /// [`DeviceError::Lost`].
    pub fn push(
        &self,
        near: &mut [Near],
        frictions: &[f32],
        displacements: &mut [V3],
        inverse_masses: &[f32],
        iterations: u32,
    ) -> Result<(), DeviceError> {
        let (pairs, vertices) = (near.len(), displacements.len());
        let told: Vec<GpuNear> = near.iter().zip(frictions).map(|(near, friction)| told(near, *friction)).collect();
        let moves: Vec<[f32; 4]> = displacements.iter().map(|d| [d.x, d.y, d.z, 0.0]).collect();
        let zero = self.device.create_buffer(&BufferDescriptor {
            label: Some("cloth zero"),
            size: 16,
            usage: BufferUsages::UNIFORM | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        self.queue.write_buffer(&zero, 0, &[0; 16]);
        let buffers = [
            zero,
            storage(&self.device, "cloth near pairs", &storage_bytes(&told)),
            storage(&self.device, "cloth displacements", bytemuck::cast_slice(&moves)),
            storage(&self.device, "cloth inverse masses", bytemuck::cast_slice(inverse_masses)),
            room(&self.device, "cloth contact sums", 16 * vertices),
        ];
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            for (pipeline, bindings, over) in (0..iterations).flat_map(|_| &self.stages) {
                let zero = self.is_exact.then_some(&0);
                let entries: Vec<BindGroupEntry> = zero
                    .into_iter()
                    .chain(*bindings)
                    .map(|at| BindGroupEntry { binding: *at, resource: buffers[*at as usize].as_entire_binding() })
                    .collect();
                let group = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
                    label: Some("cloth push"),
                    layout: &pipeline.get_bind_group_layout(0),
                    entries: &entries,
                });
                let count = if matches!(over, Over::Pairs) { pairs } else { vertices };
                pass.set_pipeline(pipeline);
                pass.set_bind_group(0, &group, &[]);
                pass.dispatch_workgroups((count as u32).div_ceil(self.workgroup), 1, 1);
            }
        }
        self.queue.submit([encoder.finish()]);
        let vector =
            |words: &[u32]| V3::new(f32::from_bits(words[0]), f32::from_bits(words[1]), f32::from_bits(words[2]));
        let found = read(&self.device, &self.queue, &buffers[2])?;
        for (d, words) in displacements.iter_mut().zip(found.chunks_exact(4)) {
            *d = vector(words);
        }
        let found = read(&self.device, &self.queue, &buffers[1])?;
        for (near, words) in near.iter_mut().zip(found.chunks_exact(NEAR_WORDS)) {
            (near.pushed, near.rubbed) = (f32::from_bits(words[PUSHED]), vector(&words[RUBBED..]));
        }
        Ok(())
    }
}

fn told(near: &Near, friction: f32) -> GpuNear {
    let V3 { x, y, z } = near.normal;
    GpuNear {
        vertices: UVec4::from_array(near.vertices),
        weights: Vec4::from_array(near.weights),
        normal_gap: Vec4::new(x, y, z, near.gap_m),
        wanted: near.wanted_m,
        friction,
        is_pushing: f32::from(u8::from(near.is_pushing)),
        pushed: near.pushed,
        rubbed: Vec4::new(near.rubbed.x, near.rubbed.y, near.rubbed.z, 0.0),
    }
}
