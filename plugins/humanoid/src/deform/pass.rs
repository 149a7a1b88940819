//! Recording the kernels for one person: the rows once, then each of its surfaces.

use bevy::asset::AssetId;
use bevy::mesh::Mesh;
use bevy::prelude::Res;
use bevy::render::diagnostic::RecordDiagnostics;
use bevy::render::mesh::RenderMesh;
use bevy::render::mesh::allocator::MeshAllocator;
use bevy::render::render_asset::RenderAssets;
use bevy::render::render_resource::encase;
use bevy::render::renderer::{RenderContext, RenderDevice};
use kinema_gpu::ATTRIBUTE_PREVIOUS_POSITION;
use wgpu::util::DeviceExt;
use wgpu::{BindGroupEntry, Buffer, BufferBinding, BufferSize, BufferUsages, ComputePass, ComputePipeline, Device};

use super::{
    extract::PeopleOnDevice,
    gpu_types::{GpuBodyCall, NOWHERE},
    prepare::{BasisBuffers, DeformBuffers, Kernels, LayerBuffers, PersonBuffers, SurfaceBuffers},
};

/// Invocations of a workgroup.
const WORKGROUP: u32 = 64;

/// A part of a vertex buffer and where in it the vertices go.
#[derive(Clone)]
pub struct Target<'a> {
    pub buffer: BufferBinding<'a>,
    /// In floats from the start of that part; see [`GpuBodyCall`].
    pub first: u32,
    pub stride: u32,
    pub position: u32,
    pub normal: u32,
    pub tangent: u32,
    pub previous: u32,
}

/// A surface and where its vertices go.
#[derive(Clone)]
pub struct Layer<'a> {
    pub surface: &'a SurfaceBuffers,
    pub buffers: &'a LayerBuffers,
    pub target: Target<'a>,
}

/// Moves the people of this frame.
pub fn move_people(
    people: Res<PeopleOnDevice>,
    all: Res<DeformBuffers>,
    meshes: Res<RenderAssets<RenderMesh>>,
    allocator: Res<MeshAllocator>,
    device: Res<RenderDevice>,
    mut context: RenderContext,
) {
    let (Some(kernels), Some((_, basis))) = (&all.kernels, &all.basis) else { return };
    if people.0.iter().all(|(_, person)| person.poses.is_empty()) {
        return;
    }
    let alignment = u64::from(device.limits().min_storage_buffer_offset_alignment);
    let diagnostics = context.diagnostic_recorder();
    let diagnostics = diagnostics.as_deref();
    let descriptor = wgpu::ComputePassDescriptor { label: Some("body"), timestamp_writes: None };
    let mut pass = context.command_encoder().begin_compute_pass(&descriptor);
    let span = diagnostics.pass_span(&mut pass, "body");
    for (entity, person) in &people.0 {
        let Some(drawn) = all.people.get(entity) else { continue };
        let layers: Vec<Layer> = person
            .meshes
            .iter()
            .filter_map(|of| {
                let surface = all.surfaces.get(&(person.level, of.layer))?;
                let buffers = drawn.layers.get(&of.layer)?;
                let mut target = target(of.mesh, buffers.vertices, &meshes, &allocator, alignment)?;
                if !surface.has_tangents {
                    target.tangent = NOWHERE;
                }
                Some(Layer { surface, buffers, target })
            })
            .collect();
        for pose in 0..person.poses.len().min(2) {
            encode(device.wgpu_device(), &mut pass, kernels, basis, &drawn.buffers, pose, &layers);
        }
    }
    span.end(&mut pass);
}

/// Where Bevy keeps a mesh; none for one that is not up there or that has other vertices than were asked for.
fn target<'a>(
    mesh: AssetId<Mesh>,
    vertices: u32,
    meshes: &RenderAssets<RenderMesh>,
    allocator: &'a MeshAllocator,
    alignment: u64,
) -> Option<Target<'a>> {
    let drawn = meshes.get(mesh).filter(|drawn| drawn.vertex_count == vertices)?;
    let wanted = [Mesh::ATTRIBUTE_POSITION, Mesh::ATTRIBUTE_NORMAL, ATTRIBUTE_PREVIOUS_POSITION];
    let layout = drawn.layout.0.get_layout(&wanted.map(|attribute| attribute.at_shader_location(0))).ok()?;
    let [position, normal, previous] = [0, 1, 2].map(|at| layout.attributes.get(at).map(|of| of.offset as u32 / 4));
    let tangent = drawn.layout.0.get_layout(&[Mesh::ATTRIBUTE_TANGENT.at_shader_location(0)]).ok();
    let tangent = tangent.and_then(|of| of.attributes.first().map(|of| of.offset as u32 / 4));
    let slice = allocator.mesh_vertex_slice(&mesh)?;
    let [from, to] = [slice.range.start, slice.range.end].map(|vertex| u64::from(vertex) * layout.array_stride);
    let offset = from / alignment * alignment;
    Some(Target {
        buffer: BufferBinding { buffer: slice.buffer, offset, size: BufferSize::new(to - offset) },
        first: ((from - offset) / 4) as u32,
        stride: (layout.array_stride / 4) as u32,
        position: position?,
        normal: normal?,
        tangent: tangent.unwrap_or(NOWHERE),
        previous: previous?,
    })
}

/// Records the dispatches that take a person and all of its `layers` to one of its two poses.
pub fn encode(
    device: &Device,
    pass: &mut ComputePass,
    kernels: &Kernels,
    basis: &BasisBuffers,
    person: &PersonBuffers,
    pose: usize,
    layers: &[Layer],
) {
    let call = uniform(device, &GpuBodyCall { rows: basis.rows, ..GpuBodyCall::default() });
    let [face, bones] = person.pose(pose);
    let of_person = [(0, whole(&call)), (1, whole(face)), (2, whole(bones)), (3, whole(&person.shape))];
    let of_basis = [
        (0, whole(&basis.face_start)),
        (1, whole(&basis.face_entry)),
        (2, whole(&basis.skin_start)),
        (3, whole(&basis.skin_entry)),
        (4, whole(&person.posed)),
    ];
    run(device, pass, &kernels.rows, &[&of_person, &of_basis], basis.rows);
    for Layer { surface, buffers, target } in layers {
        let call = GpuBodyCall {
            rows: basis.rows,
            stencils: surface.stencils,
            vertices: buffers.vertices,
            first: target.first,
            stride: target.stride,
            position: target.position,
            normal: target.normal,
            tangent: target.tangent,
            previous: target.previous,
        };
        let call = uniform(device, &call);
        let weights =
            [(0, whole(&surface.stencil_start)), (1, whole(&surface.stencil_entry)), (2, whole(&buffers.moved))];
        let groups: [&[_]; 3] = [&[(0, whole(&call))], &[(4, whole(&person.posed))], &weights];
        run(device, pass, &kernels.stencils, &groups, surface.stencils);
        let fans = [
            (0, whole(&surface.fan_start)),
            (1, whole(&surface.fan_entry)),
            (2, whole(&surface.source)),
            (3, whole(&surface.tangent_start)),
            (4, whole(&surface.tangent_term)),
            (5, target.buffer.clone()),
        ];
        let call_and_lift = [(0, whole(&call)), (4, whole(&buffers.lift))];
        let groups: [&[_]; 4] = [&call_and_lift, &[], &[(2, whole(&buffers.moved))], &fans];
        run(device, pass, &kernels.vertices, &groups, buffers.vertices);
    }
}

fn whole(buffer: &Buffer) -> BufferBinding<'_> {
    buffer.as_entire_buffer_binding()
}

fn uniform(device: &Device, call: &GpuBodyCall) -> Buffer {
    let mut bytes = encase::UniformBuffer::new(Vec::new());
    // Writing to memory does not fail.
    let _ = bytes.write(call);
    device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
        label: Some("body_call"),
        contents: &bytes.into_inner(),
        usage: BufferUsages::UNIFORM,
    })
}

/// Binds and dispatches one kernel; `groups` are the bindings of each group.
fn run(
    device: &Device,
    pass: &mut ComputePass,
    pipeline: &ComputePipeline,
    groups: &[&[(u32, BufferBinding)]],
    invocations: u32,
) {
    pass.set_pipeline(pipeline);
    for (index, bindings) in (0..).zip(groups) {
        let entries: Vec<BindGroupEntry> = bindings
            .iter()
            .map(|(binding, buffer)| BindGroupEntry {
                binding: *binding,
                resource: wgpu::BindingResource::Buffer(buffer.clone()),
            })
            .collect();
        let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(index),
            entries: &entries,
        });
        pass.set_bind_group(index, &group, &[]);
    }
    pass.dispatch_workgroups(invocations.div_ceil(WORKGROUP), 1, 1);
}
