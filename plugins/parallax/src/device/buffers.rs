//! Buffers of a device, filled and read back, with its refusals as errors.

use std::sync::PoisonError;

use bevy::tasks::block_on;
use wgpu::{BindGroup, BindGroupLayout, Buffer, BufferDescriptor, BufferUsages};

use super::error::DeviceError;
use super::opened::ParallaxDevice;

impl ParallaxDevice {
    /// Does something with the device, alone: what it refuses meanwhile is the error.
    pub(super) fn guarded<T>(&self, make: impl FnOnce() -> Result<T, DeviceError>) -> Result<T, DeviceError> {
        let _alone = self.alone.lock().unwrap_or_else(PoisonError::into_inner);
        let memory = self.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let calls = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let made = make();
        let (calls, memory) = (block_on(calls.pop()), block_on(memory.pop()));
        match memory.or(calls) {
            Some(error) => Err(DeviceError::Refused(error.to_string())),
            None => made,
        }
    }

    pub(super) fn group(&self, layout: &BindGroupLayout, bound: &[&Buffer]) -> BindGroup {
        let entries: Vec<wgpu::BindGroupEntry> = (0..)
            .zip(bound)
            .map(|(binding, buffer)| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() })
            .collect();
        self.device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout, entries: &entries })
    }

    pub(super) fn buffer(&self, label: &str, bytes: usize, usage: BufferUsages) -> Buffer {
        self.device.create_buffer(&BufferDescriptor {
            label: Some(label),
            size: bytes.max(16) as u64,
            usage: BufferUsages::STORAGE | BufferUsages::COPY_DST | usage,
            mapped_at_creation: false,
        })
    }

    pub(super) fn filled(&self, label: &str, bytes: &[u8]) -> Buffer {
        let buffer = self.buffer(label, bytes.len(), BufferUsages::empty());
        self.queue.write_buffer(&buffer, 0, bytes);
        buffer
    }

    pub(super) fn uniform(&self, bytes: &[u8]) -> Buffer {
        let buffer = self.device.create_buffer(&BufferDescriptor {
            label: Some("round"),
            size: bytes.len() as u64,
            usage: BufferUsages::UNIFORM | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        self.queue.write_buffer(&buffer, 0, bytes);
        buffer
    }

    pub(super) fn read(&self, buffer: &Buffer) -> Result<Vec<u32>, DeviceError> {
        let lost = |error: &dyn std::fmt::Display| DeviceError::Lost(error.to_string());
        let copy = self.device.create_buffer(&BufferDescriptor {
            label: Some("read back"),
            size: buffer.size(),
            usage: BufferUsages::MAP_READ | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        encoder.copy_buffer_to_buffer(buffer, 0, &copy, 0, buffer.size());
        self.queue.submit([encoder.finish()]);
        let (sender, receiver) = std::sync::mpsc::channel();
        copy.slice(..).map_async(wgpu::MapMode::Read, move |mapped| {
            // The receiver waits below; if it is gone there is nobody to tell.
            let _ = sender.send(mapped);
        });
        self.device.poll(wgpu::PollType::wait_indefinitely()).map_err(|error| lost(&error))?;
        receiver.recv().map_err(|error| lost(&error))?.map_err(|error| lost(&error))?;
        Ok(bytemuck::cast_slice(&copy.slice(..).get_mapped_range()).to_vec())
    }
}
