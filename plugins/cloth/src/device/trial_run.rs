//! Runs a kernel once over given words and reads its results: for comparing single kernels with the processor.

use kinema_shaders::WgslFile;
use wgpu::{BindGroupEntry, BufferDescriptor, BufferUsages, Device, Queue};

use super::cloth::read;
use super::error::DeviceError;
use super::kernels::{Arithmetic, Kernels, pipeline};
use super::prepare::{room, storage};

/// Results of `invocations` invocations of an entry point whose group 0 is: the zero of `exact.wgsl`, the inputs, then `result_words` words.
pub(super) fn run_once(
    (device, queue): (&Device, &Queue),
    kernels: &Kernels,
    (file, entry): (&'static WgslFile, &'static str),
    inputs: &[&[u32]],
    invocations: usize,
    result_words: usize,
) -> Result<Vec<u32>, DeviceError> {
    let pipeline = pipeline(device, file, entry, &[], kernels.arithmetic, kernels.workgroup)?;
    let zero = device.create_buffer(&BufferDescriptor {
        label: Some("cloth zero"),
        size: 16,
        usage: BufferUsages::UNIFORM | BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    queue.write_buffer(&zero, 0, &[0; 16]);
    let mut buffers: Vec<_> =
        inputs.iter().map(|words| storage(device, "cloth trial input", bytemuck::cast_slice(words))).collect();
    buffers.push(room(device, "cloth trial results", 4 * result_words));
    let mut entries: Vec<BindGroupEntry> = Vec::new();
    if kernels.arithmetic == Arithmetic::Exact {
        // The layout comes from the shader, and without the barrier it does not read the zero.
        entries.push(BindGroupEntry { binding: 0, resource: zero.as_entire_binding() });
    }
    entries.extend(
        buffers
            .iter()
            .enumerate()
            .map(|(at, buffer)| BindGroupEntry { binding: at as u32 + 1, resource: buffer.as_entire_binding() }),
    );
    let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some(entry),
        layout: &pipeline.get_bind_group_layout(0),
        entries: &entries,
    });
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    {
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &group, &[]);
        pass.dispatch_workgroups((invocations as u32).div_ceil(kernels.workgroup), 1, 1);
    }
    queue.submit([encoder.finish()]);
    let mut words = read(device, queue, &buffers[inputs.len()])?;
    words.truncate(result_words);
    Ok(words)
}
