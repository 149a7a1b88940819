//! Pipelines and buffers. Long-lived: [`Kernels`], [`BasisBuffers`] and [`SurfaceBuffers`] are made once for a device,
//! [`PersonBuffers`] and [`LayerBuffers`] once for a person.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy::math::Vec3;
use bevy::prelude::{Entity, Res, ResMut, Resource};
use bevy::render::render_resource::encase;
use bevy::render::renderer::{RenderDevice, RenderQueue};
use wgpu::util::DeviceExt;
use wgpu::{Buffer, BufferDescriptor, BufferUsages, ComputePipeline, Device, Queue};

use super::extract::{OnDevice, PeopleOnDevice, PoseOnDevice};
use super::gpu_types::GpuBone;
use crate::{
    anny::{basis::BodyBasis, target::METRES_PER_UNIT},
    figure,
    look::{detail::Level, surface::Surface},
    wardrobe::Wardrobe,
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

/// A storage buffer of `words`; never empty, as a buffer cannot be bound that has not room for one entry (four words at most).
fn storage(device: &Device, label: &str, words: &[u32]) -> Buffer {
    let contents: &[u32] = if words.is_empty() { &[0; 4] } else { words };
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
    pub tangent_start: Buffer,
    pub tangent_term: Buffer,
    pub has_tangents: bool,
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
        let tangents = surface.tangent_terms();
        let terms = tangents.map_or([].as_slice(), |tangents| &tangents.terms);
        let term_words: Vec<u32> =
            terms.iter().flat_map(|of| [of.next, of.last, of.weights[0].to_bits(), of.weights[1].to_bits()]).collect();
        Self {
            tangent_start: storage(device, "tangent_start", tangents.map_or(&[], |tangents| &tangents.start)),
            tangent_term: storage(device, "tangent_term", &term_words),
            has_tangents: tangents.is_some(),
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

/// Where one pose of a person lies.
struct PoseBuffers {
    face: Buffer,
    bones: Buffer,
    /// What is up there: it goes up again only when it changes.
    is: Option<PoseOnDevice>,
}

/// What belongs to one person: two poses, for a frame whose predecessor was not drawn.
pub struct PersonBuffers {
    poses: [PoseBuffers; 2],
    pub shape: Buffer,
    /// Rows where they are now.
    pub posed: Buffer,
    shape_is: Arc<[Vec3]>,
}

impl PersonBuffers {
    pub fn new(device: &Device, basis: &BodyBasis) -> Self {
        let rows = basis.template.len();
        let of_bone = <GpuBone as bevy::render::render_resource::ShaderType>::min_size().get() as usize / 4;
        let pose = || PoseBuffers {
            face: room(device, "face", crate::anny::catalogue::FACIAL_ACTIONS.len()),
            bones: room(device, "bones", basis.skeleton.names.len() * of_bone),
            is: None,
        };
        Self {
            poses: [pose(), pose()],
            shape: room(device, "shape", rows * 3),
            posed: room(device, "posed", rows * 3),
            shape_is: Arc::default(),
        }
    }

    /// Weights of the facial actions and bones of a pose, the first or the second.
    pub(super) fn pose(&self, pose: usize) -> [&Buffer; 2] {
        let [first, second] = &self.poses;
        let of = if pose == 0 { first } else { second };
        [&of.face, &of.bones]
    }

    /// Sends what differs from what is up there: at most two poses. Tells how many bytes that were.
    pub fn upload(&mut self, queue: &Queue, shape: &Arc<[Vec3]>, poses: &[PoseOnDevice]) -> usize {
        let mut bytes = 0;
        let mut send = |buffer: &Buffer, contents: &[u8]| {
            queue.write_buffer(buffer, 0, contents);
            bytes += contents.len();
        };
        for (of, pose) in self.poses.iter_mut().zip(poses) {
            if of.is.as_ref().is_none_or(|is| is.face != pose.face) {
                send(&of.face, bytemuck::cast_slice(&pose.face.map(|weight| weight * METRES_PER_UNIT)));
            }
            if of.is.as_ref().is_none_or(|is| is.bones != pose.bones) {
                let mut encoded = encase::StorageBuffer::new(Vec::new());
                // Writing to memory does not fail.
                let _ = encoded.write(&&*pose.bones);
                send(&of.bones, &encoded.into_inner());
            }
            of.is = Some(pose.clone());
        }
        if !Arc::ptr_eq(&self.shape_is, shape) {
            let floats: Vec<f32> = shape.iter().flat_map(|p| p.to_array()).collect();
            send(&self.shape, bytemuck::cast_slice(&floats));
            self.shape_is = shape.clone();
        }
        bytes
    }
}

/// What belongs to one mesh of a person.
pub struct LayerBuffers {
    /// How far each drawn vertex stands off.
    pub lift: Buffer,
    /// Stencils where they are now.
    pub moved: Buffer,
    pub vertices: u32,
    lift_is: Arc<[f32]>,
}

impl LayerBuffers {
    pub fn new(device: &Device, surface: &SurfaceBuffers, lift_m: &Arc<[f32]>) -> Self {
        Self {
            lift: storage(device, "lift", bytemuck::cast_slice(lift_m)),
            moved: room(device, "moved", surface.stencils as usize * 3),
            vertices: surface.vertices.min(lift_m.len() as u32),
            lift_is: lift_m.clone(),
        }
    }
}

/// Everything the kernels have on a device.
#[derive(Resource, Default)]
pub struct DeformBuffers {
    pub(super) kernels: Option<Kernels>,
    /// Of the wardrobe that people have in common.
    pub(super) basis: Option<(Arc<Wardrobe>, BasisBuffers)>,
    pub(super) surfaces: BTreeMap<(Level, figure::Layer), SurfaceBuffers>,
    pub(super) people: BTreeMap<Entity, DrawnPerson>,
}

/// One person and their meshes.
pub(super) struct DrawnPerson {
    pub level: Level,
    pub buffers: PersonBuffers,
    pub layers: BTreeMap<figure::Layer, LayerBuffers>,
}

/// Sends what the people of this frame need.
pub fn prepare_people(
    people: Res<PeopleOnDevice>,
    mut all: ResMut<DeformBuffers>,
    (device, queue): (Res<RenderDevice>, Res<RenderQueue>),
) {
    let all = &mut *all;
    let device = device.wgpu_device();
    all.people.retain(|entity, _| people.0.iter().any(|(kept, _)| kept == entity));
    for (entity, person) in &people.0 {
        if person.poses.is_empty() {
            continue;
        }
        let wardrobe = &person.wardrobe;
        if all.basis.as_ref().is_none_or(|(of, _)| !Arc::ptr_eq(of, wardrobe)) {
            all.basis = Some((wardrobe.clone(), BasisBuffers::new(device, &wardrobe.basis)));
            all.surfaces.clear();
            all.people.clear();
        }
        all.kernels.get_or_insert_with(|| Kernels::new(device));
        let drawn = all.people.entry(*entity).or_insert_with(|| DrawnPerson {
            level: person.level,
            buffers: PersonBuffers::new(device, &wardrobe.basis),
            layers: BTreeMap::new(),
        });
        if drawn.level != person.level {
            drawn.level = person.level;
            drawn.layers.clear();
        }
        drawn.buffers.upload(&queue, &person.shape, &person.poses);
        prepare_layers(device, &mut all.surfaces, drawn, person);
    }
}

fn prepare_layers(
    device: &Device,
    surfaces: &mut BTreeMap<(Level, figure::Layer), SurfaceBuffers>,
    drawn: &mut DrawnPerson,
    person: &OnDevice,
) {
    for of in &person.meshes {
        let surface = surfaces
            .entry((person.level, of.layer))
            .or_insert_with(|| SurfaceBuffers::new(device, person.wardrobe.surface(person.level, of.layer)));
        if drawn.layers.get(&of.layer).is_none_or(|is| !Arc::ptr_eq(&is.lift_is, &of.lift_m)) {
            drawn.layers.insert(of.layer, LayerBuffers::new(device, surface, &of.lift_m));
        }
    }
}
