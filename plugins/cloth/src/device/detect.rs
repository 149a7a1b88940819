//! Detection of contact on a device: the set of pairs, with the bits, of `solver/contact/detect.rs`.

use kinema_shaders::CLOTH_DETECT_COMPUTE;
use wgpu::{BindGroup, BindGroupEntry, Buffer, BufferDescriptor, BufferUsages, ComputePipeline, Device, Queue};

use super::cloth::read;
use super::error::DeviceError;
use super::gpu_types::{GpuDetect, uniform_bytes};
use super::kernels::{Arithmetic, Kernels, pipeline};
use super::prepare::{room, storage};
use crate::solver::contact::mesh::ContactMesh;
use crate::solver::contact::pairs::{Kind, Pair};
use crate::solver::contact::patches::Patches;

/// Words of a node of the grid, a pair of patches and a pair in WGSL.
const NODE_WORDS: usize = 3;
const PATCH_PAIR_WORDS: usize = 2;
const PAIR_WORDS: usize = 8;
/// Workgroups that share the comparison of primitives.
const SHARING_WORKGROUPS: u32 = 256;

/// An entry point, which of the bindings of `detect.compute.wgsl` it uses, and how many invocations it needs.
struct Stage {
    pipeline: ComputePipeline,
    bindings: &'static [u32],
    invocations: u32,
}

/// Where the kernels write; made larger when it turns out to be too small.
struct Rooms {
    heads: Buffer,
    nodes: Buffer,
    patch_pairs: Buffer,
    pairs: Buffer,
    told: Buffer,
}

/// Detection for one mesh.
pub struct DeviceDetector {
    device: Device,
    queue: Queue,
    workgroup: u32,
    call: GpuDetect,
    stages: Vec<Stage>,
    zero: Buffer,
    place: Buffer,
    reach: Buffer,
    primitives: Buffer,
    patch_start: Buffer,
    order: Buffer,
    boxes: Buffer,
    patch_box: Buffer,
    counts: Buffer,
    rooms: Rooms,
    half_thickness_m: Vec<f32>,
    /// How often the rooms were too small so far.
    pub enlargements: u32,
}

impl DeviceDetector {
    /// For a mesh whose vertices, bodies' included, are about `positions` apart.
    ///
    /// # Errors
    /// [`DeviceError::Kernel`] for a driver that refuses a kernel.
    pub fn new(
        mesh: &ContactMesh,
        positions: &[[i32; 3]],
        kernels: &Kernels,
        device: &Device,
        queue: &Queue,
    ) -> Result<DeviceDetector, DeviceError> {
        let (vertices, triangles, edges) = (mesh.vertices, mesh.triangles.len(), mesh.edges.len());
        let mut primitives: Vec<[u32; 4]> = (0..vertices as u32).map(|v| [v, v, v, 1]).collect();
        primitives.extend(mesh.triangles.iter().map(|[a, b, c]| [*a, *b, *c, 3]));
        primitives.extend(mesh.edges.iter().map(|[a, b]| [*a, *b, *b, 2]));
        let (mut starts, mut order) = (vec![0u32], Vec::new());
        let mut append = |patches: &Patches, first: usize| {
            let base = order.len() as u32;
            starts.extend(patches.starts[1..].iter().map(|start| base + start));
            order.extend(patches.order.iter().map(|i| first as u32 + i));
        };
        append(&mesh.vertex_patches, 0);
        append(&mesh.triangle_patches, vertices);
        append(&mesh.edge_patches, vertices + triangles);
        let patches = starts.len() - 1;
        let call = GpuDetect {
            cloth_vertices: mesh.cloth_vertices as u32,
            vertices: vertices as u32,
            cloth_triangles: mesh.cloth_triangles as u32,
            triangles: triangles as u32,
            cloth_edges: mesh.cloth_edges as u32,
            edges: edges as u32,
            vertex_patches: mesh.vertex_patches.len() as u32,
            triangle_patches: mesh.triangle_patches.len() as u32,
            edge_patches: mesh.edge_patches.len() as u32,
            shift: shift(&mesh.triangle_patches, &mesh.triangles, positions),
            table: (2 * patches).next_power_of_two() as u32,
            node_room: (8 * patches).max(64) as u32,
            patch_pair_room: (16 * patches).max(64) as u32,
            pair_room: (4 * primitives.len()).max(64) as u32,
            ..GpuDetect::default()
        };
        let mut stages = Vec::new();
        let is_exact = kernels.arithmetic == Arithmetic::Exact;
        for (entry, bindings, invocations) in [
            (
                "primitive_boxes",
                if is_exact { &[0, 1, 2, 3, 4, 7][..] } else { &[1, 2, 3, 4, 7] },
                primitives.len() as u32,
            ),
            ("patch_boxes", &[1, 5, 6, 7, 8, 11], patches as u32),
            ("fill_grid", &[1, 8, 9, 10, 11], call.triangle_patches + call.edge_patches),
            ("patch_pairs", &[1, 8, 9, 10, 11, 12], call.vertex_patches + call.edge_patches),
            (
                "primitive_pairs",
                if is_exact { &[0, 1, 2, 4, 5, 6, 7, 11, 12, 13] } else { &[1, 2, 4, 5, 6, 7, 11, 12, 13] },
                SHARING_WORKGROUPS * kernels.workgroup,
            ),
        ] {
            let pipeline = pipeline(device, &CLOTH_DETECT_COMPUTE, entry, &[], kernels.arithmetic, kernels.workgroup)?;
            stages.push(Stage { pipeline, bindings, invocations });
        }
        let zero = device.create_buffer(&BufferDescriptor {
            label: Some("cloth zero"),
            size: 16,
            usage: BufferUsages::UNIFORM | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        queue.write_buffer(&zero, 0, &[0; 16]);
        Ok(DeviceDetector {
            workgroup: kernels.workgroup,
            zero,
            place: room(device, "cloth contact places", 16 * vertices),
            reach: room(device, "cloth contact reach", 8 * vertices),
            primitives: storage(device, "cloth contact primitives", bytemuck::cast_slice(&primitives)),
            patch_start: storage(device, "cloth contact patches", bytemuck::cast_slice(&starts)),
            order: storage(device, "cloth contact order", bytemuck::cast_slice(&order)),
            boxes: room(device, "cloth contact boxes", 32 * primitives.len()),
            patch_box: room(device, "cloth contact patch boxes", 32 * patches),
            counts: room(device, "cloth contact counts", 16),
            rooms: Rooms::new(device, queue, &call),
            half_thickness_m: mesh.half_thickness_m.clone(),
            enlargements: 0,
            device: device.clone(),
            queue: queue.clone(),
            call,
            stages,
        })
    }

    /// All pairs within reach, in no particular order. `positions` in units and `reach_m` of each vertex.
    ///
    /// # Errors
    /// [`DeviceError::Lost`].
    pub fn detect(&mut self, positions: &[[i32; 3]], reach_m: &[f32]) -> Result<Vec<Pair>, DeviceError> {
        let places: Vec<[i32; 4]> = positions.iter().map(|[x, y, z]| [*x, *y, *z, 0]).collect();
        let reaches: Vec<[f32; 2]> = reach_m.iter().zip(&self.half_thickness_m).map(|(r, h)| [*r, *h]).collect();
        self.queue.write_buffer(&self.place, 0, bytemuck::cast_slice(&places));
        self.queue.write_buffer(&self.reach, 0, bytemuck::cast_slice(&reaches));
        loop {
            self.run();
            let counts = read(&self.device, &self.queue, &self.counts)?;
            let call = &mut self.call;
            let mut is_enough = true;
            for (count, room) in
                counts.iter().zip([&mut call.node_room, &mut call.patch_pair_room, &mut call.pair_room])
            {
                if count > room {
                    (*room, is_enough) = (count + count / 4, false);
                }
            }
            if is_enough {
                let words = read(&self.device, &self.queue, &self.rooms.pairs)?;
                return Ok(words.chunks_exact(PAIR_WORDS).take(counts[2] as usize).map(pair).collect());
            }
            self.enlargements += 1;
            self.rooms = Rooms::new(&self.device, &self.queue, &self.call);
        }
    }

    fn run(&self) {
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        encoder.clear_buffer(&self.counts, 0, None);
        encoder.clear_buffer(&self.rooms.heads, 0, None);
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            for stage in &self.stages {
                pass.set_pipeline(&stage.pipeline);
                pass.set_bind_group(0, &self.group(stage), &[]);
                pass.dispatch_workgroups(stage.invocations.div_ceil(self.workgroup), 1, 1);
            }
        }
        self.queue.submit([encoder.finish()]);
    }

    fn group(&self, stage: &Stage) -> BindGroup {
        let all = [
            &self.zero,
            &self.rooms.told,
            &self.place,
            &self.reach,
            &self.primitives,
            &self.patch_start,
            &self.order,
            &self.boxes,
            &self.patch_box,
            &self.rooms.heads,
            &self.rooms.nodes,
            &self.counts,
            &self.rooms.patch_pairs,
            &self.rooms.pairs,
        ];
        let entry = |at: &u32| BindGroupEntry { binding: *at, resource: all[*at as usize].as_entire_binding() };
        let entries: Vec<BindGroupEntry> = stage.bindings.iter().map(entry).collect();
        self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("cloth detection"),
            layout: &stage.pipeline.get_bind_group_layout(0),
            entries: &entries,
        })
    }
}

impl Rooms {
    fn new(device: &Device, queue: &Queue, call: &GpuDetect) -> Rooms {
        let bytes = uniform_bytes(call);
        let told = device.create_buffer(&BufferDescriptor {
            label: Some("cloth detection"),
            size: bytes.len() as u64,
            usage: BufferUsages::UNIFORM | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        queue.write_buffer(&told, 0, &bytes);
        let words = |count: u32, words: usize| 4 * words * count as usize;
        Rooms {
            heads: room(device, "cloth contact grid", words(call.table, 1)),
            nodes: room(device, "cloth contact nodes", words(call.node_room, NODE_WORDS)),
            patch_pairs: room(device, "cloth contact pairs of patches", words(call.patch_pair_room, PATCH_PAIR_WORDS)),
            pairs: room(device, "cloth contact pairs", words(call.pair_room, PAIR_WORDS)),
            told,
        }
    }
}

fn pair(words: &[u32]) -> Pair {
    Pair {
        vertices: [words[0], words[1], words[2], words[3]],
        kind: if words[4] == 0 { Kind::VertexTriangle } else { Kind::EdgeEdge },
        thickness_m: f32::from_bits(words[5]),
        budget_m: f32::from_bits(words[6]),
    }
}

/// Cells about as large as patches of triangles are: the shift of their mean extent.
fn shift(patches: &Patches, triangles: &[[u32; 3]], positions: &[[i32; 3]]) -> u32 {
    let extent = |p: usize| {
        let axis = |k: usize| {
            let of = patches.of(p).iter().flat_map(|t| triangles[*t as usize]).map(|v| positions[v as usize][k]);
            let (lo, hi) = of.fold((i32::MAX, i32::MIN), |(lo, hi), x| (lo.min(x), hi.max(x)));
            hi.wrapping_sub(lo).cast_unsigned()
        };
        axis(0).max(axis(1)).max(axis(2))
    };
    let sum: u64 = (0..patches.len()).map(|p| u64::from(extent(p))).sum();
    let mean = sum / patches.len().max(1) as u64;
    (u64::BITS - mean.leading_zeros()).clamp(4, 30)
}
