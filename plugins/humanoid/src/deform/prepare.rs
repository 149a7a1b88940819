//! Pipelines and buffers. Long-lived: [`Kernels`], [`BasisBuffers`] and [`SurfaceBuffers`] are made once for a device,
//! [`PersonBuffers`] once for a person.

use bevy::math::{Affine3A, Vec3};
use wgpu::util::DeviceExt;
use wgpu::{Buffer, BufferDescriptor, BufferUsages, ComputePipeline, Device, Queue};

use crate::{
    anny::{basis::BodyBasis, target::METRES_PER_UNIT},
    body::{Body, FaceWeights},
    look::surface::Surface,
};

/// The three kernels. Their layouts come from the shader: each binds only what it uses, at most eight storage buffers.
pub struct Kernels {
    pub rows: ComputePipeline,
    pub stencils: ComputePipeline,
    pub vertices: ComputePipeline,
}

impl Kernels {
    pub fn new(device: &Device) -> Self {
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(kinema_shaders::BODY_COMPUTE.path),
            source: wgpu::ShaderSource::Wgsl(kinema_shaders::BODY_COMPUTE.source.into()),
        });
        let pipeline = |entry_point| {
            device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(entry_point),
                layout: None,
                module: &module,
                entry_point: Some(entry_point),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                cache: None,
            })
        };
        Self { rows: pipeline("rows"), stencils: pipeline("stencils"), vertices: pipeline("vertices") }
    }
}

/// A storage buffer of `words`; never empty, as an empty one cannot be bound.
fn storage(device: &Device, label: &str, words: &[u32]) -> Buffer {
    let contents: &[u32] = if words.is_empty() { &[0] } else { words };
    device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
        label: Some(label),
        contents: bytemuck::cast_slice(contents),
        usage: BufferUsages::STORAGE | BufferUsages::COPY_DST,
    })
}

fn room(device: &Device, label: &str, floats: usize) -> Buffer {
    device.create_buffer(&BufferDescriptor {
        label: Some(label),
        size: (floats.max(1) * 4) as u64,
        usage: BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC,
        mapped_at_creation: false,
    })
}

/// The lists of all rows: which facial actions and which bones move each.
pub struct BasisBuffers {
    pub face_start: Buffer,
    pub face_entry: Buffer,
    pub skin_start: Buffer,
    pub skin_entry: Buffer,
    pub rows: u32,
}

impl BasisBuffers {
    pub fn new(device: &Device, basis: &BodyBasis) -> Self {
        let rows = basis.template.len();
        let mut of_row = vec![Vec::new(); rows];
        for action in 0..basis.facial_shapes.len() {
            for (row, [x, y, z]) in basis.facial_shapes.shape(action) {
                let pack = |low: u32, high: i16| low | (u32::from(high.cast_unsigned()) << 16);
                if let Some(list) = of_row.get_mut(row) {
                    list.extend([pack(action as u32, x), pack(u32::from(y.cast_unsigned()), z)]);
                }
            }
        }
        let mut face_start = vec![0_u32];
        for list in &of_row {
            face_start.push(face_start.last().copied().unwrap_or(0) + list.len() as u32 / 2);
        }
        let pairs = basis.weight_bone.iter().zip(&basis.weight);
        let skin_entry: Vec<u32> = pairs.flat_map(|(&bone, weight)| [u32::from(bone), weight.to_bits()]).collect();
        Self {
            face_start: storage(device, "face_start", &face_start),
            face_entry: storage(device, "face_entry", &of_row.concat()),
            skin_start: storage(device, "skin_start", &basis.weight_start),
            skin_entry: storage(device, "skin_entry", &skin_entry),
            rows: rows as u32,
        }
    }
}

/// The lists of a surface.
pub struct SurfaceBuffers {
    pub stencil_start: Buffer,
    pub stencil_entry: Buffer,
    pub fan_start: Buffer,
    pub fan_entry: Buffer,
    pub source: Buffer,
    pub stencils: u32,
    pub vertices: u32,
}

impl SurfaceBuffers {
    pub fn new(device: &Device, surface: &Surface) -> Self {
        let stencils = surface.stencils();
        let pairs = stencils.rows.iter().zip(&stencils.weights);
        let entries: Vec<u32> = pairs.flat_map(|(&row, weight)| [row, weight.to_bits()]).collect();
        let mut fans = vec![Vec::new(); stencils.len()];
        for &[a, b, c] in surface.stencil_triangles() {
            for [at, next, last] in [[a, b, c], [b, c, a], [c, a, b]] {
                if let Some(fan) = fans.get_mut(at as usize) {
                    fan.extend([next, last]);
                }
            }
        }
        let mut fan_start = vec![0_u32];
        for fan in &fans {
            fan_start.push(fan_start.last().copied().unwrap_or(0) + fan.len() as u32 / 2);
        }
        Self {
            stencil_start: storage(device, "stencil_start", &stencils.start),
            stencil_entry: storage(device, "stencil_entry", &entries),
            fan_start: storage(device, "fan_start", &fan_start),
            fan_entry: storage(device, "fan_entry", &fans.concat()),
            source: storage(device, "source", &surface.source),
            stencils: stencils.len() as u32,
            vertices: surface.len() as u32,
        }
    }
}

/// What belongs to one person.
pub struct PersonBuffers {
    pub face: Buffer,
    pub bones: Buffer,
    pub shape: Buffer,
    /// Rows where they are now.
    pub posed: Buffer,
    /// What is up there: it goes up again only when it changes.
    face_is: Option<FaceWeights>,
    bones_are: Vec<[f32; 12]>,
    shape_is: Vec<Vec3>,
}

impl PersonBuffers {
    pub fn new(device: &Device, basis: &BodyBasis) -> Self {
        let rows = basis.template.len();
        Self {
            face: room(device, "face", crate::anny::catalogue::FACIAL_ACTIONS.len()),
            bones: room(device, "bones", basis.skeleton.names.len() * 12),
            shape: room(device, "shape", rows * 3),
            posed: room(device, "posed", rows * 3),
            face_is: None,
            bones_are: Vec::new(),
            shape_is: Vec::new(),
        }
    }

    /// Sends what differs from what is up there. Tells how many bytes that were.
    pub fn upload(&mut self, queue: &Queue, body: &Body) -> usize {
        let mut bytes = 0;
        let mut send = |buffer: &Buffer, contents: &[u8]| {
            queue.write_buffer(buffer, 0, contents);
            bytes += contents.len();
        };
        let face = body.face();
        if self.face_is != Some(face) {
            send(&self.face, bytemuck::cast_slice(&face.map(|weight| weight * METRES_PER_UNIT)));
            self.face_is = Some(face);
        }
        let bones: Vec<[f32; 12]> = body.bones().skin_from_rest.iter().map(matrix_rows).collect();
        if self.bones_are != bones {
            send(&self.bones, bytemuck::cast_slice(&bones));
            self.bones_are = bones;
        }
        if self.shape_is != body.shape() {
            let floats: Vec<f32> = body.shape().iter().flat_map(|p| p.to_array()).collect();
            send(&self.shape, bytemuck::cast_slice(&floats));
            self.shape_is = body.shape().to_vec();
        }
        bytes
    }
}

/// Three rows of four.
fn matrix_rows(transform: &Affine3A) -> [f32; 12] {
    let [x, y, z, w] = [
        transform.matrix3.x_axis.to_array(),
        transform.matrix3.y_axis.to_array(),
        transform.matrix3.z_axis.to_array(),
        transform.translation.to_array(),
    ];
    std::array::from_fn(|i| [x, y, z, w][i % 4][i / 4])
}
