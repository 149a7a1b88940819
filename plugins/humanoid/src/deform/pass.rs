//! Recording the kernels for one person: the rows once, then each of its surfaces.

use bevy::render::render_resource::encase;
use wgpu::util::DeviceExt;
use wgpu::{BindGroup, BindGroupEntry, Buffer, BufferUsages, CommandEncoder, ComputePass, ComputePipeline, Device};

use super::{
    gpu_types::GpuBodyCall,
    prepare::{BasisBuffers, Kernels, PersonBuffers, SurfaceBuffers},
};

/// Invocations of a workgroup.
const WORKGROUP: u32 = 64;

/// A vertex buffer and where in it the vertices go.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    pub buffer: &'a Buffer,
    /// In floats from the start of the buffer; see [`GpuBodyCall`].
    pub first: u32,
    pub stride: u32,
    pub position: u32,
    pub normal: u32,
    pub previous: u32,
}

/// A surface and where its vertices go.
#[derive(Clone, Copy)]
pub struct Layer<'a> {
    pub surface: &'a SurfaceBuffers,
    /// How far each drawn vertex stands off, metres.
    pub lift_m: &'a [f32],
    pub target: Target<'a>,
}

/// Records one compute pass that moves a person and all of its `layers`.
pub fn encode(
    device: &Device,
    encoder: &mut CommandEncoder,
    kernels: &Kernels,
    basis: &BasisBuffers,
    person: &PersonBuffers,
    layers: &[Layer],
) {
    let descriptor = wgpu::ComputePassDescriptor { label: Some("body"), timestamp_writes: None };
    let mut pass = encoder.begin_compute_pass(&descriptor);
    let call = uniform(device, &GpuBodyCall { rows: basis.rows, ..GpuBodyCall::default() });
    let of_person = [(0, &call), (1, &person.face), (2, &person.bones), (3, &person.shape)];
    let of_basis = [
        (0, &basis.face_start),
        (1, &basis.face_entry),
        (2, &basis.skin_start),
        (3, &basis.skin_entry),
        (4, &person.posed),
    ];
    run(device, &mut pass, &kernels.rows, &[&of_person, &of_basis], basis.rows);
    for Layer { surface, lift_m, target } in layers {
        let call = GpuBodyCall {
            rows: basis.rows,
            stencils: surface.stencils,
            vertices: surface.vertices.min(lift_m.len() as u32),
            first: target.first,
            stride: target.stride,
            position: target.position,
            normal: target.normal,
            previous: target.previous,
        };
        let count = call.vertices;
        let call = uniform(device, &call);
        let lifts: &[f32] = if lift_m.is_empty() { &[0.0] } else { lift_m };
        let lift = init(device, "lift", bytemuck::cast_slice(lifts), BufferUsages::STORAGE);
        let moved = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("moved"),
            size: u64::from(surface.stencils.max(1)) * 12,
            usage: BufferUsages::STORAGE,
            mapped_at_creation: false,
        });
        let weights = [(0, &surface.stencil_start), (1, &surface.stencil_entry), (2, &moved)];
        let groups: [&[(u32, &Buffer)]; 3] = [&[(0, &call)], &[(4, &person.posed)], &weights];
        run(device, &mut pass, &kernels.stencils, &groups, surface.stencils);
        let fans = [(0, &surface.fan_start), (1, &surface.fan_entry), (2, &surface.source), (3, target.buffer)];
        let groups: [&[(u32, &Buffer)]; 4] = [&[(0, &call), (4, &lift)], &[], &[(2, &moved)], &fans];
        run(device, &mut pass, &kernels.vertices, &groups, count);
    }
}

fn init(device: &Device, label: &str, contents: &[u8], usage: BufferUsages) -> Buffer {
    device.create_buffer_init(&wgpu::util::BufferInitDescriptor { label: Some(label), contents, usage })
}

fn uniform(device: &Device, call: &GpuBodyCall) -> Buffer {
    let mut bytes = encase::UniformBuffer::new(Vec::new());
    // Writing to memory does not fail.
    let _ = bytes.write(call);
    init(device, "body_call", &bytes.into_inner(), BufferUsages::UNIFORM)
}

/// Binds and dispatches one kernel; `groups` are the bindings of each group.
fn run(
    device: &Device,
    pass: &mut ComputePass,
    pipeline: &ComputePipeline,
    groups: &[&[(u32, &Buffer)]],
    invocations: u32,
) {
    pass.set_pipeline(pipeline);
    for (index, bindings) in (0..).zip(groups) {
        let entries: Vec<BindGroupEntry> = bindings
            .iter()
            .map(|(binding, buffer)| BindGroupEntry { binding: *binding, resource: buffer.as_entire_binding() })
            .collect();
        let group: BindGroup = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(index),
            entries: &entries,
        });
        pass.set_bind_group(index, &group, &[]);
    }
    pass.dispatch_workgroups(invocations.div_ceil(WORKGROUP), 1, 1);
}
