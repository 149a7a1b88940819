//! Contact of cloths with themselves, each other and bodies, on a device, as part of their step: the bits of `solver/contact`.
//!
//! Nothing is read back within a frame. Lists whose length nobody knows beforehand have rooms; what exceeds a room is counted and not written, and the
//! frame, which is wrong then, is made again from a kept copy with a larger room.

use wgpu::{Buffer, BufferDescriptor, BufferUsages, Device, Queue};

use super::contact_kernels::ContactKernels;
use super::contact_plan::{PATCH, Plan, ROUND_BYTES, Sizes, THIS_ROUND, rounds};
use super::contact_types::{GIVEN_WORDS, GpuContact, GpuContactVertex, GpuPair, GpuProgress, OF_BODY, OF_CLOTH};
use super::detect::{Detection, Surface};
use super::error::DeviceError;
use super::gpu_types::{storage_bytes, uniform_bytes};
use super::prepare::{room, storage};
use super::slots::Slots;
use crate::solver::contact::carried::Carried;
use crate::solver::contact::exchange::{Exchange, Mover, mass_per_sec};
use crate::solver::contact::hook::Contact;
use crate::solver::contact::shapes::Body;

/// Bindings, the same in all files of contact.
const ZERO: usize = 0;
const DETECT: usize = 1;
const PLACE: usize = 2;
const VERTICES: usize = 3;
const NODES: usize = 10;
const PROGRESS: usize = 11;
const PAIRS_OF_PATCHES: usize = 12;
const PAIRS: usize = 13;
const CONTACT: usize = 14;
const DISPLACEMENT: usize = 15;
const NEAR: usize = 16;
const BODIES: usize = 20;
const TOUCHES: usize = 21;
const PATHS: usize = 25;

/// Bytes in WGSL.
const VERTEX_BYTES: usize = 72;
const NODE_BYTES: usize = 12;
const PAIR_OF_PATCHES_BYTES: usize = 8;
const PAIR_BYTES: usize = 32;
const NEAR_BYTES: usize = 96;
const BODY_BYTES: usize = 128;
const VECTOR_BYTES: usize = 16;
const BOX_BYTES: usize = 32;
/// Most bodies of triangles: their numbers have eight bits beside the share of a displacement that is left.
const MOST_BODIES: usize = 255;
/// Contact on a device; belongs to a `DeviceGroup`.
pub struct DeviceContact {
    device: Device,
    queue: Queue,
    workgroup: u32,
    /// Of a binding.
    limit_bytes: u64,
    detection: Detection,
    told: GpuContact,
    /// Slots of the vertices of the mesh.
    slots: Vec<u32>,
    /// By binding.
    buffers: Vec<Buffer>,
    /// What a substep leaves to the next, and where it is kept at the start of a frame.
    kept: Vec<[Buffer; 2]>,
    plan: Plan,
    /// Bodies of simple shape as they are on the device. Their poses are advanced by their velocities in each substep; their number stays.
    pub bodies: Vec<Body>,
    /// For each body, if it has one, what moves it by its own inertia; the others go as they are sent.
    pub movers: Vec<Option<Mover>>,
    /// For each body of simple shape, and for each of triangles, what cloth has given it since that was last taken, see [`Contact`] and its solver.
    pub exchanges: Vec<Exchange>,
    /// See `exchanges`.
    pub given: Vec<Exchange>,
    /// Where bodies of triangles go in the next frame; none where they stay as they are.
    path: Option<Vec<Vec<[i32; 3]>>>,
    repeats: u32,
}

/// The buffers of cloths that contact works on.
pub(super) struct OfCloths<'a> {
    pub slots: &'a Slots,
    /// Of all particles, cloth after cloth, 1/kg.
    pub inverse_masses: &'a [f32],
    pub place: &'a Buffer,
    pub offset: &'a Buffer,
    pub rest: &'a Buffer,
    /// Everything else that a substep leaves to the next.
    pub others: Vec<&'a Buffer>,
}

impl DeviceContact {
    /// Takes over contact as it is; `positions` are those of all vertices of its mesh.
    pub(super) fn new(
        contact: &Contact,
        substep_secs: f32,
        positions: &[[i32; 3]],
        of_cloths: &OfCloths,
        kernels: &ContactKernels,
        (device, queue): (&Device, &Queue),
        limit_bytes: u64,
    ) -> Result<DeviceContact, DeviceError> {
        let mesh = contact.solver.mesh();
        if mesh.body_starts.len() > MOST_BODIES {
            return Err(DeviceError::Contact { what: "more than 255 bodies of triangles" });
        }
        let (n, cloth) = (of_cloths.slots.len() as usize, mesh.cloth_vertices);
        let slots = of_cloths.slots.of_mesh();
        let mut detection = Detection::new(mesh, positions, &slots);
        let largest = (BOX_BYTES * detection.primitives.len()).max(VERTEX_BYTES * n) as u64;
        if largest > limit_bytes {
            return Err(DeviceError::TooManyParticles { particles: n, limit_bytes });
        }
        let carried = contact.solver.carried();
        let pairs: Vec<GpuPair> = carried.pairs.iter().map(|pair| frame::told_pair(pair, &slots)).collect();
        detection.told.pair_room = detection.told.pair_room.max(pairs.len() as u32 + PATCH);
        let mut vertices = vertices(contact, &carried, &slots, n);
        for (slot, w) in slots.iter().zip(of_cloths.inverse_masses) {
            let vertex = &mut vertices[*slot as usize];
            [vertex.mass_high, vertex.mass_low] = mass_per_sec(*w, substep_secs);
        }
        let mut displacement = vec![[0.0f32; 4]; n];
        for (slot, d) in slots[cloth..].iter().zip(&carried.body_displacement) {
            displacement[*slot as usize] = [d.x, d.y, d.z, 0.0];
        }
        let uniform = |label: &str, size: u64| {
            let usage = BufferUsages::UNIFORM | BufferUsages::COPY_DST;
            device.create_buffer(&BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false })
        };
        let progress = GpuProgress {
            pairs: pairs.len() as u32,
            is_detected: u32::from(carried.is_detected),
            judging: u32::from(carried.may_be_inside),
            ..GpuProgress::default()
        };
        let mut progress = storage_bytes(&progress);
        progress.resize(progress.len() + 4 * GIVEN_WORDS * (contact.bodies.len() + mesh.body_starts.len()).max(1), 0);
        let told = GpuContact::new(contact, of_cloths.slots, substep_secs, detection.told.pair_room / 2);
        let rounds = rounds();
        let patches = detection.patches();
        let none = |label: &str| room(device, label, 0);
        let buffers = vec![
            uniform("cloth zero", 16),
            uniform("cloth detection", 64),
            of_cloths.place.clone(),
            storage(device, "cloth contact vertices", &storage_bytes(&vertices)),
            storage(device, "cloth contact primitives", bytemuck::cast_slice(&detection.primitives)),
            storage(device, "cloth contact patches", bytemuck::cast_slice(&detection.patch_starts)),
            storage(device, "cloth contact order", bytemuck::cast_slice(&detection.order)),
            room(device, "cloth contact boxes", BOX_BYTES * detection.primitives.len()),
            room(device, "cloth contact patch boxes", BOX_BYTES * patches),
            room(device, "cloth contact grid", 4 * detection.told.table as usize),
            none("cloth contact nodes"),
            storage(device, "cloth contact progress", &progress),
            none("cloth contact pairs of patches"),
            storage(device, "cloth contact pairs", &storage_bytes(&pairs)),
            uniform("cloth contact", uniform_bytes(&told).len() as u64),
            storage(device, "cloth displacements", bytemuck::cast_slice(&displacement)),
            none("cloth near pairs"),
            room(device, "cloth contact sums", VECTOR_BYTES * n),
            of_cloths.offset.clone(),
            of_cloths.rest.clone(),
            none("cloth bodies"),
            none("cloth touches"),
            uniform("cloth rounds", ROUND_BYTES * rounds.len() as u64),
            storage(device, "cloth surfaces of bodies", bytemuck::cast_slice(&Surface::words(mesh, &slots))),
            room(device, "cloth boxes of bodies", BOX_BYTES * told.body_patches as usize),
            none("cloth paths of bodies"),
        ];
        queue.write_buffer(&buffers[ZERO], 0, &[0; 16]);
        for (part, round) in (0..).zip(&rounds) {
            queue.write_buffer(&buffers[THIS_ROUND], ROUND_BYTES * part, &uniform_bytes(round));
        }
        let lasting = [of_cloths.place, of_cloths.offset, of_cloths.rest];
        let own = [VERTICES, PROGRESS, DISPLACEMENT].map(|at| &buffers[at]);
        let kept = lasting.into_iter().chain(own).chain(of_cloths.others.iter().copied());
        let kept = kept.map(|buffer| [buffer.clone(), copy_of(device, buffer)]).collect();
        let mut made = DeviceContact {
            device: device.clone(),
            queue: queue.clone(),
            workgroup: kernels.workgroup,
            limit_bytes,
            told,
            detection,
            slots,
            buffers,
            kept,
            plan: Plan::default(),
            bodies: contact.bodies.clone(),
            movers: contact.movers.clone(),
            exchanges: contact.exchanges.clone(),
            given: contact.solver.given.clone(),
            path: None,
            repeats: 0,
        };
        made.exchanges.resize(made.bodies.len(), Exchange::default());
        made.make_rooms();
        made.make_room_for_bodies(1);
        made.tell(kernels);
        Ok(made)
    }

    /// Gives rooms their size; the last pairs stay.
    fn make_rooms(&mut self) {
        let told = &self.detection.told;
        let sizes = [
            (NODES, NODE_BYTES * told.node_room as usize),
            (PAIRS_OF_PATCHES, PAIR_OF_PATCHES_BYTES * told.patch_pair_room as usize),
            (NEAR, NEAR_BYTES * self.told.near_room as usize),
            (PAIRS, PAIR_BYTES * told.pair_room as usize),
        ];
        for (at, bytes) in sizes {
            if self.buffers[at].size() < bytes as u64 {
                let made = room(&self.device, "cloth contact room", bytes);
                if at == PAIRS {
                    let mut encoder = self.device.create_command_encoder(&Default::default());
                    encoder.copy_buffer_to_buffer(&self.buffers[at], 0, &made, 0, self.buffers[at].size());
                    self.queue.submit([encoder.finish()]);
                    self.kept.retain(|[of, _]| *of != self.buffers[PAIRS]);
                    self.kept.push([made.clone(), copy_of(&self.device, &made)]);
                }
                self.buffers[at] = made;
            }
        }
    }

    /// Whether there was none yet.
    fn make_room_for_bodies(&mut self, substeps: u32) -> bool {
        let bodies = self.bodies.len();
        let sizes = [
            (BODIES, BODY_BYTES * bodies * substeps as usize),
            (TOUCHES, VECTOR_BYTES * bodies * self.told.first_body as usize),
            (PATHS, VECTOR_BYTES * self.told.body_vertices as usize * (substeps as usize + 1)),
        ];
        let mut is_new = false;
        for (at, bytes) in sizes {
            if self.buffers[at].size() < bytes.max(BODY_BYTES) as u64 {
                self.buffers[at] = room(&self.device, "cloth bodies", bytes.max(BODY_BYTES));
                is_new = true;
            }
        }
        is_new
    }

    /// Writes what kernels are told and makes the dispatches anew, after sizes have changed.
    fn tell(&mut self, kernels: &ContactKernels) {
        self.queue.write_buffer(&self.buffers[DETECT], 0, &uniform_bytes(&self.detection.told));
        self.queue.write_buffer(&self.buffers[CONTACT], 0, &uniform_bytes(&self.told));
        self.plan = Plan::new(&self.device, kernels, &self.buffers, &self.sizes());
    }

    fn sizes(&self) -> Sizes {
        let (told, contact) = (&self.detection.told, &self.told);
        Sizes {
            workgroup: self.workgroup,
            iterations: contact.iterations,
            vertices: contact.vertices,
            buckets: told.table,
            primitives: self.detection.primitives.len() as u32,
            patches: self.detection.patches() as u32,
            patch_pair_room: told.patch_pair_room,
            pair_room: told.pair_room,
            near_room: contact.near_room,
            body_vertices: contact.body_vertices,
            body_patches: contact.body_patches,
        }
    }
}

/// What is kept of each slot.
fn vertices(contact: &Contact, carried: &Carried, slots: &[u32], count: usize) -> Vec<GpuContactVertex> {
    let mesh = contact.solver.mesh();
    let mut vertices = vec![GpuContactVertex::default(); count];
    for (v, slot) in slots.iter().enumerate() {
        let body = mesh.body_starts.partition_point(|start| *start <= v).checked_sub(1);
        let body = body.filter(|_| mesh.is_body(v as u32));
        vertices[*slot as usize] = GpuContactVertex {
            reach: carried.reach_m[v],
            half_thickness: mesh.half_thickness_m[v],
            chord: mesh.chord_m.get(v).copied().unwrap_or_default(),
            friction: mesh.friction.get(v).copied().unwrap_or_default(),
            path: carried.path_m[v],
            kind: body.map_or(OF_CLOTH, |body| OF_BODY + body as u32),
            is_inside: u32::from(*carried.is_inside.iter().chain(&carried.is_dented).nth(v).unwrap_or(&false)),
            ..GpuContactVertex::default()
        };
    }
    for v in carried.pairs.iter().flat_map(|pair| pair.vertices) {
        vertices[slots[v as usize] as usize].is_recorded = 1;
    }
    vertices
}

fn copy_of(device: &Device, buffer: &Buffer) -> Buffer {
    room(device, "cloth kept", buffer.size() as usize)
}

#[path = "contact_frame.rs"]
mod frame;
pub use frame::DeviceContactCounts;

#[cfg(test)]
#[path = "contact_harness.rs"]
pub(crate) mod harness;
