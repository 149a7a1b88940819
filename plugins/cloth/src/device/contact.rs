//! Contact of a cloth with itself and with bodies of simple shape, on a device, as part of its step: the bits of `solver/contact`.
//!
//! Nothing is read back within a frame. Lists whose length nobody knows beforehand have rooms; what exceeds a room is counted and not written, and the
//! frame, which is wrong then, is made again from a kept copy with a larger room.

use bevy::render::render_resource::encase::StorageBuffer;
use wgpu::{Buffer, BufferDescriptor, BufferUsages, CommandEncoder, ComputePass, Device, Queue};

use super::cloth::read;
use super::contact_kernels::{ContactKernels, ROUNDS};
use super::contact_plan::{Moment, PATCH, Plan, ROUND_BYTES, Sizes, THIS_ROUND};
use super::contact_types::{GpuBody, GpuContact, GpuContactVertex, GpuPair, GpuProgress};
use super::detect::Detection;
use super::error::DeviceError;
use super::gpu_types::{storage_bytes, uniform_bytes};
use super::prepare::{room, storage};
use crate::solver::contact::carried::Carried;
use crate::solver::contact::hook::Contact;
use crate::solver::contact::pairs::{Kind, Pair};
use crate::solver::contact::shapes::Body;
use bevy::math::UVec4;

/// Bindings, the same in all files of contact.
const ZERO: usize = 0;
const DETECT: usize = 1;
const VERTICES: usize = 3;
const NODES: usize = 10;
const PROGRESS: usize = 11;
const PAIRS_OF_PATCHES: usize = 12;
const PAIRS: usize = 13;
const CONTACT: usize = 14;
const NEAR: usize = 16;
const BODIES: usize = 20;
const TOUCHES: usize = 21;

/// Bytes in WGSL.
const VERTEX_BYTES: usize = 48;
const NODE_BYTES: usize = 12;
const PAIR_OF_PATCHES_BYTES: usize = 8;
const PAIR_BYTES: usize = 32;
const NEAR_BYTES: usize = 96;
const BODY_BYTES: usize = 128;
const VECTOR_BYTES: usize = 16;
const BOX_BYTES: usize = 32;
/// Where the words that count within a submission stand in `Progress`.
const SUBSTEP_AT: u64 = 68;
const MOST_AT: u64 = 80;

/// What happened, since the cloth came to the device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeviceContactCounts {
    /// Detections made.
    pub detections: u32,
    /// Pairs of the last one.
    pub pairs: u32,
    /// Near pairs of the last substep.
    pub near: u32,
    /// Emergency stops.
    pub stopped: u32,
    /// Frames that were made again because a room was too small.
    pub repeats: u32,
}

/// Contact on a device; belongs to a `DeviceCloth`.
pub struct DeviceContact {
    device: Device,
    queue: Queue,
    workgroup: u32,
    detection: Detection,
    told: GpuContact,
    /// By binding.
    buffers: Vec<Buffer>,
    /// What a substep leaves to the next, and where it is kept at the start of a frame.
    kept: Vec<[Buffer; 2]>,
    plan: Plan,
    /// Bodies of simple shape as they are on the device. Their poses are advanced by their velocities in each substep.
    pub bodies: Vec<Body>,
    repeats: u32,
}

/// The buffers of a cloth that contact works on.
pub(super) struct OfCloth<'a> {
    pub place: &'a Buffer,
    pub offset: &'a Buffer,
    pub rest: &'a Buffer,
    /// Everything else that a substep leaves to the next.
    pub others: Vec<&'a Buffer>,
}

impl DeviceContact {
    /// What is not done here, for a cloth of so many particles.
    pub(super) fn refuse(contact: &Contact, particles: usize) -> Result<(), DeviceError> {
        let mesh = contact.solver.mesh();
        let what = if mesh.vertices > mesh.cloth_vertices {
            "bodies of triangles"
        } else if contact.movers.iter().any(Option::is_some) {
            "bodies that cloth moves"
        } else if mesh.cloth_vertices != particles {
            "several cloths"
        } else {
            return Ok(());
        };
        Err(DeviceError::Contact { what })
    }

    /// Takes over contact as it is.
    pub(super) fn new(
        contact: &Contact,
        substep_secs: f32,
        positions: &[[i32; 3]],
        of_cloth: &OfCloth,
        kernels: &ContactKernels,
        (device, queue): (&Device, &Queue),
        limit_bytes: u64,
    ) -> Result<DeviceContact, DeviceError> {
        let mesh = contact.solver.mesh();
        let n = positions.len();
        let mut detection = Detection::new(mesh, positions);
        let largest = (BOX_BYTES * detection.primitives.len()).max(VERTEX_BYTES * n) as u64;
        if largest > limit_bytes {
            return Err(DeviceError::TooManyParticles { particles: n, limit_bytes });
        }
        let Carried { path_m, reach_m, pairs } = contact.solver.carried();
        detection.told.pair_room = detection.told.pair_room.max(pairs.len() as u32 + PATCH);
        let mut vertices: Vec<GpuContactVertex> = (0..n)
            .map(|v| GpuContactVertex {
                reach: reach_m[v],
                half_thickness: mesh.half_thickness_m[v],
                chord: mesh.chord_m.get(v).copied().unwrap_or_default(),
                friction: mesh.friction.get(v).copied().unwrap_or_default(),
                path: path_m[v],
                ..GpuContactVertex::default()
            })
            .collect();
        for v in pairs.iter().flat_map(|pair| pair.vertices) {
            vertices[v as usize].is_recorded = 1;
        }
        let uniform = |label: &str, size: u64| {
            let usage = BufferUsages::UNIFORM | BufferUsages::COPY_DST;
            device.create_buffer(&BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false })
        };
        let progress = GpuProgress { pairs: pairs.len() as u32, ..GpuProgress::default() };
        let pairs: Vec<GpuPair> = pairs.iter().map(told_pair).collect();
        let patches = detection.patches();
        let none = |label: &str| room(device, label, 0);
        let buffers = vec![
            uniform("cloth zero", 16),
            uniform("cloth detection", 64),
            of_cloth.place.clone(),
            storage(device, "cloth contact vertices", &storage_bytes(&vertices)),
            storage(device, "cloth contact primitives", bytemuck::cast_slice(&detection.primitives)),
            storage(device, "cloth contact patches", bytemuck::cast_slice(&detection.patch_starts)),
            storage(device, "cloth contact order", bytemuck::cast_slice(&detection.order)),
            room(device, "cloth contact boxes", BOX_BYTES * detection.primitives.len()),
            room(device, "cloth contact patch boxes", BOX_BYTES * patches),
            room(device, "cloth contact grid", 4 * detection.told.table as usize),
            none("cloth contact nodes"),
            storage(device, "cloth contact progress", &storage_bytes(&progress)),
            none("cloth contact pairs of patches"),
            storage(device, "cloth contact pairs", &storage_bytes(&pairs)),
            uniform("cloth contact", 64),
            room(device, "cloth displacements", VECTOR_BYTES * n),
            none("cloth near pairs"),
            room(device, "cloth contact sums", VECTOR_BYTES * n),
            of_cloth.offset.clone(),
            of_cloth.rest.clone(),
            none("cloth bodies"),
            none("cloth touches"),
            uniform("cloth rounds", ROUND_BYTES * u64::from(ROUNDS)),
        ];
        queue.write_buffer(&buffers[ZERO], 0, &[0; 16]);
        for round in 0..ROUNDS {
            queue.write_buffer(&buffers[THIS_ROUND], ROUND_BYTES * u64::from(round), bytemuck::bytes_of(&(round + 1)));
        }
        let lasting = [of_cloth.place, of_cloth.offset, of_cloth.rest, &buffers[VERTICES], &buffers[PROGRESS]];
        let kept = lasting.into_iter().chain(of_cloth.others.iter().copied());
        let kept = kept.map(|buffer| [buffer.clone(), copy_of(device, buffer)]).collect();
        let near_room = detection.told.pair_room / 2;
        let mut made = DeviceContact {
            device: device.clone(),
            queue: queue.clone(),
            workgroup: kernels.workgroup,
            told: GpuContact::new(contact, substep_secs, near_room),
            detection,
            buffers,
            kept,
            plan: Plan::default(),
            bodies: contact.bodies.clone(),
            repeats: 0,
        };
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
            (TOUCHES, VECTOR_BYTES * bodies * self.told.vertices as usize),
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
        self.told.bodies = self.bodies.len() as u32;
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
        }
    }

    /// Before a frame: poses of all bodies in it, and counters of the submission.
    pub(super) fn begin_frame(&mut self, substeps: u32, kernels: &ContactKernels) {
        let is_new = self.make_room_for_bodies(substeps);
        if is_new || self.told.bodies != self.bodies.len() as u32 {
            self.tell(kernels);
        }
        let dt = self.told.substep_secs;
        let mut poses = Vec::new();
        for _ in 0..substeps {
            self.bodies.iter_mut().for_each(|body| body.advance(dt));
            poses.extend(self.bodies.iter().map(|body| GpuBody::new(body, dt)));
        }
        self.queue.write_buffer(&self.buffers[BODIES], 0, &storage_bytes(&poses));
        self.queue.write_buffer(&self.buffers[PROGRESS], SUBSTEP_AT, &[0; 4]);
        self.queue.write_buffer(&self.buffers[PROGRESS], MOST_AT, &[0; 16]);
    }

    /// Keeps what the frame starts from.
    pub(super) fn keep(&self, encoder: &mut CommandEncoder) {
        for [of, copy] in &self.kept {
            encoder.copy_buffer_to_buffer(of, 0, copy, 0, of.size());
        }
    }

    /// Records the part of contact at a moment of the substep.
    pub(super) fn record(&self, pass: &mut ComputePass, kernels: &ContactKernels, moment: Moment) {
        self.plan.at(moment).iter().for_each(|dispatch| dispatch.record(pass, kernels));
    }

    /// How many dispatches a moment has.
    pub(super) fn count(&self, moment: Moment) -> usize {
        self.plan.at(moment).len()
    }

    /// After a frame: whether a room was too small. Then rooms are larger, everything is as it was before the frame, and it must be made again.
    pub(super) fn was_too_small(&mut self, kernels: &ContactKernels) -> Result<bool, DeviceError> {
        let progress = self.progress()?;
        let told = &mut self.detection.told;
        let mut is_too_small = false;
        for (count, most, room) in [
            (progress.nodes, progress.most_nodes, &mut told.node_room),
            (progress.patch_pairs, progress.most_patch_pairs, &mut told.patch_pair_room),
            (progress.pairs, progress.most_pairs, &mut told.pair_room),
            (progress.near, progress.most_near, &mut self.told.near_room),
        ] {
            let count = count.max(most);
            if count > *room {
                (*room, is_too_small) = (count + count / 2, true);
            }
        }
        if is_too_small {
            self.repeats += 1;
            let mut encoder = self.device.create_command_encoder(&Default::default());
            for [of, copy] in &self.kept {
                encoder.copy_buffer_to_buffer(copy, 0, of, 0, of.size());
            }
            self.queue.submit([encoder.finish()]);
            self.make_rooms();
            self.tell(kernels);
        }
        Ok(is_too_small)
    }

    fn progress(&self) -> Result<GpuProgress, DeviceError> {
        let words = read(&self.device, &self.queue, &self.buffers[PROGRESS])?;
        let bytes: &[u8] = bytemuck::cast_slice(&words);
        StorageBuffer::new(bytes).create().map_err(|error| DeviceError::Lost(error.to_string()))
    }

    /// See [`DeviceContactCounts`].
    ///
    /// # Errors
    /// [`DeviceError::Lost`].
    pub fn counts(&self) -> Result<DeviceContactCounts, DeviceError> {
        let GpuProgress { detections, pairs, near, stopped, .. } = self.progress()?;
        Ok(DeviceContactCounts { detections, pairs, near, stopped, repeats: self.repeats })
    }

    /// Gives contact on the processor what it needs to go on.
    ///
    /// # Errors
    /// [`DeviceError::Lost`].
    pub fn restore(&self, contact: &mut Contact) -> Result<(), DeviceError> {
        let words = read(&self.device, &self.queue, &self.buffers[VERTICES])?;
        let of = |word: usize| {
            words.chunks_exact(VERTEX_BYTES / 4).map(|vertex| f32::from_bits(vertex[word])).collect::<Vec<_>>()
        };
        let (reach_m, path_m) = (of(0), of(4));
        let pairs = read(&self.device, &self.queue, &self.buffers[PAIRS])?;
        let count = self.progress()?.pairs as usize;
        let pairs = pairs.chunks_exact(PAIR_BYTES / 4).take(count).map(pair).collect();
        contact.solver.set_carried(Carried { path_m, reach_m, pairs });
        contact.bodies.clone_from(&self.bodies);
        Ok(())
    }
}

fn copy_of(device: &Device, buffer: &Buffer) -> Buffer {
    room(device, "cloth kept", buffer.size() as usize)
}

fn told_pair(pair: &Pair) -> GpuPair {
    GpuPair {
        vertices: UVec4::from_array(pair.vertices),
        kind: u32::from(pair.kind == Kind::EdgeEdge),
        thickness: pair.thickness_m,
        budget: pair.budget_m,
        pad: 0,
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

#[cfg(test)]
#[path = "contact_harness.rs"]
pub(crate) mod harness;
