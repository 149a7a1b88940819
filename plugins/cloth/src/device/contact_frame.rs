//! A frame of contact on a device: what goes there before it, what is read after it, and the way back.

use bevy::math::UVec4;
use bevy::render::render_resource::encase::StorageBuffer;
use wgpu::{CommandEncoder, ComputePass};

use super::{
    BODIES, DISPLACEMENT, DeviceContact, NEAR_BYTES, NODE_BYTES, PAIR_BYTES, PAIR_OF_PATCHES_BYTES, PAIRS, PATHS,
    PLACE, PROGRESS, VECTOR_BYTES, VERTEX_BYTES, VERTICES,
};
use crate::device::cloth::read;
use crate::device::contact_kernels::ContactKernels;
use crate::device::contact_plan::Moment;
use crate::device::contact_types::{GIVEN_WORDS, GpuBody, GpuPair, GpuProgress};
use crate::device::error::DeviceError;
use crate::device::gpu_types::storage_bytes;
use crate::solver::contact::carried::Carried;
use crate::solver::contact::hook::Contact;
use crate::solver::contact::pairs::{Kind, Pair};
use crate::solver::vec3::V3;

/// Where the words that count within a submission stand in `Progress`.
const SUBSTEP_AT: u64 = 68;
const MOST_AT: u64 = 80;
const PATH_SUBSTEPS_AT: u64 = 120;
/// Where it ends and what cloth gives to bodies begins.
const GIVEN_AT: usize = 324;

/// What happened, since the cloths came to the device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeviceContactCounts {
    /// Detections made.
    pub detections: u32,
    /// Pairs of the last one.
    pub pairs: u32,
    /// Near pairs of the last substep.
    pub near: u32,
    /// Vertices inside bodies of triangles in it.
    pub inside: u32,
    /// Emergency stops.
    pub stopped: u32,
    /// Frames that were made again because a room was too small.
    pub repeats: u32,
}

impl DeviceContact {
    /// Where the vertices of all bodies of triangles are, units: at the start of each substep of the next frame, and at the end of its last. Bodies of which nothing is
    /// told go on as in the last substep, as [`ContactSolver::set_bodies`] leaves them.
    ///
    /// [`ContactSolver::set_bodies`]: crate::solver::contact::solver::ContactSolver::set_bodies
    ///
    /// # Errors
    /// [`DeviceError::Path`] for another number of vertices.
    pub fn send_bodies(&mut self, path: Vec<Vec<[i32; 3]>>) -> Result<(), DeviceError> {
        let expected = self.told.body_vertices as usize;
        if let Some(at) = path.iter().find(|at| at.len() != expected) {
            return Err(DeviceError::Path { what: "vertices of bodies", given: at.len(), expected });
        }
        self.path = Some(path);
        Ok(())
    }

    /// Before a frame: poses and paths of all bodies in it, and counters of the submission.
    pub(in crate::device) fn begin_frame(
        &mut self,
        substeps: u32,
        kernels: &ContactKernels,
    ) -> Result<(), DeviceError> {
        let path = self.path.take();
        let expected = substeps as usize + 1;
        if let Some(path) = path.as_ref().filter(|path| path.len() != expected) {
            return Err(DeviceError::Path { what: "places of bodies in a frame", given: path.len(), expected });
        }
        let limit_bytes = self.limit_bytes;
        let bytes = VECTOR_BYTES * self.told.body_vertices as usize * expected;
        if bytes as u64 > limit_bytes {
            return Err(DeviceError::LongPath { vertices: self.told.body_vertices, substeps, limit_bytes });
        }
        let is_new = self.make_room_for_bodies(substeps);
        if is_new {
            self.tell(kernels);
        }
        let dt = self.told.substep_secs;
        let mut poses = Vec::new();
        for _ in 0..substeps {
            for ((body, exchange), mover) in self.bodies.iter_mut().zip(&mut self.exchanges).zip(&mut self.movers) {
                if let Some(mover) = mover {
                    mover.send(body, exchange, dt);
                }
            }
            self.bodies.iter_mut().for_each(|body| body.advance(dt));
            poses.extend(self.bodies.iter().map(|body| GpuBody::new(body, dt)));
        }
        self.queue.write_buffer(&self.buffers[BODIES], 0, &storage_bytes(&poses));
        self.queue.write_buffer(&self.buffers[PROGRESS], SUBSTEP_AT, &[0; 4]);
        self.queue.write_buffer(&self.buffers[PROGRESS], MOST_AT, &[0; 16]);
        let given = vec![0; self.buffers[PROGRESS].size() as usize - GIVEN_AT];
        self.queue.write_buffer(&self.buffers[PROGRESS], GIVEN_AT as u64, &given);
        let told: u32 = if path.is_some() { substeps } else { 0 };
        self.queue.write_buffer(&self.buffers[PROGRESS], PATH_SUBSTEPS_AT, &told.to_le_bytes());
        let path: Vec<[i32; 4]> = path.iter().flatten().flatten().map(|[x, y, z]| [*x, *y, *z, 0]).collect();
        self.queue.write_buffer(&self.buffers[PATHS], 0, bytemuck::cast_slice(&path));
        Ok(())
    }

    /// Keeps what the frame starts from.
    pub(in crate::device) fn keep(&self, encoder: &mut CommandEncoder) {
        for [of, copy] in &self.kept {
            encoder.copy_buffer_to_buffer(of, 0, copy, 0, of.size());
        }
    }

    /// Records the part of contact at a moment of the substep.
    pub(in crate::device) fn record(&self, pass: &mut ComputePass, kernels: &ContactKernels, moment: Moment) {
        self.plan.at(moment).iter().for_each(|dispatch| dispatch.record(pass, kernels));
    }

    /// How many dispatches a moment has.
    pub(in crate::device) fn count(&self, moment: Moment) -> usize {
        self.plan.at(moment).len()
    }

    /// After a frame: whether a room was too small. Then rooms are larger, everything is as it was before the frame, and it must be made again.
    pub(in crate::device) fn was_too_small(&mut self, kernels: &ContactKernels) -> Result<bool, DeviceError> {
        let words = read(&self.device, &self.queue, &self.buffers[PROGRESS])?;
        let progress = progress_of(&words)?;
        let told = &mut self.detection.told;
        let mut is_too_small = false;
        for (what, bytes, count, most, room) in [
            ("cells of its grid", NODE_BYTES, progress.nodes, progress.most_nodes, &mut told.node_room),
            (
                "pairs of patches",
                PAIR_OF_PATCHES_BYTES,
                progress.patch_pairs,
                progress.most_patch_pairs,
                &mut told.patch_pair_room,
            ),
            ("pairs", PAIR_BYTES, progress.pairs, progress.most_pairs, &mut told.pair_room),
            ("near pairs", NEAR_BYTES, progress.near, progress.most_near, &mut self.told.near_room),
        ] {
            let needed = count.max(most);
            let largest = self.limit_bytes / bytes as u64;
            if u64::from(needed) > largest {
                return Err(DeviceError::Room { what, needed, largest });
            }
            if needed > *room {
                let roomy = u64::from(needed) + u64::from(needed / 2);
                (*room, is_too_small) = (roomy.min(largest) as u32, true);
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
        } else {
            let bodies = self.exchanges.iter_mut().chain(&mut self.given);
            bodies.zip(words[GIVEN_AT / 4..].chunks_exact(GIVEN_WORDS)).for_each(|(body, words)| body.add_words(words));
        }
        Ok(is_too_small)
    }

    pub(super) fn progress(&self) -> Result<GpuProgress, DeviceError> {
        progress_of(&read(&self.device, &self.queue, &self.buffers[PROGRESS])?)
    }

    /// Whether bodies are moved by what cloth gives them: then frames are of one substep.
    pub(in crate::device) fn has_movers(&self) -> bool {
        self.movers.iter().any(Option::is_some)
    }

    /// The paths of bodies substep by substep, for frames of one substep.
    pub(in crate::device) fn take_paths(&mut self) -> Vec<Vec<Vec<[i32; 3]>>> {
        self.path.take().map_or(Vec::new(), |path| path.windows(2).map(<[_]>::to_vec).collect())
    }

    /// See [`DeviceContactCounts`].
    ///
    /// # Errors
    /// [`DeviceError::Lost`].
    pub fn counts(&self) -> Result<DeviceContactCounts, DeviceError> {
        let GpuProgress { detections, pairs, near, dropped, inside, stopped, .. } = self.progress()?;
        let near = near.saturating_sub(dropped);
        Ok(DeviceContactCounts { detections, pairs, near, inside, stopped, repeats: self.repeats })
    }

    /// Gives contact on the processor what it needs to go on.
    ///
    /// # Errors
    /// [`DeviceError::Lost`].
    pub fn restore(&self, contact: &mut Contact) -> Result<(), DeviceError> {
        let read = |at: usize| read(&self.device, &self.queue, &self.buffers[at]);
        let [vertices, pairs, places, ways] = [VERTICES, PAIRS, PLACE, DISPLACEMENT].map(read);
        let (vertices, pairs, places, ways) = (vertices?, pairs?, places?, ways?);
        let word = |word: usize, slot: u32| vertices[VERTEX_BYTES / 4 * slot as usize + word];
        let of = |at: usize| self.slots.iter().map(|slot| f32::from_bits(word(at, *slot))).collect::<Vec<_>>();
        let mut vertex = vec![0; self.told.vertices as usize];
        for (v, slot) in (0..).zip(&self.slots) {
            vertex[*slot as usize] = v;
        }
        let progress = self.progress()?;
        let cloth = contact.solver.mesh().cloth_vertices;
        let (cloths, bodies) = self.slots.split_at(cloth);
        let three = |words: &[u32], slot: &u32| [0, 1, 2].map(|axis| words[4 * *slot as usize + axis]);
        contact.solver.set_carried(Carried {
            path_m: of(4),
            reach_m: of(0),
            pairs: pairs
                .chunks_exact(PAIR_BYTES / 4)
                .take(progress.pairs as usize)
                .map(|of| pair(of, &vertex))
                .collect(),
            is_detected: progress.is_detected != 0,
            is_inside: cloths.iter().map(|slot| word(11, *slot) != 0).collect(),
            is_dented: bodies.iter().map(|slot| word(11, *slot) != 0).collect(),
            may_be_inside: progress.judging & 1 != 0,
            body_positions: bodies.iter().map(|slot| three(&places, slot).map(u32::cast_signed)).collect(),
            body_displacement: bodies
                .iter()
                .map(|slot| V3::from_array(three(&ways, slot).map(f32::from_bits)))
                .collect(),
        });
        contact.bodies.clone_from(&self.bodies);
        contact.movers.clone_from(&self.movers);
        contact.exchanges.clone_from(&self.exchanges);
        contact.solver.given.clone_from(&self.given);
        Ok(())
    }
}

fn progress_of(words: &[u32]) -> Result<GpuProgress, DeviceError> {
    let bytes: &[u8] = bytemuck::cast_slice(words);
    StorageBuffer::new(bytes).create().map_err(|error| DeviceError::Lost(error.to_string()))
}

/// A pair of vertices of the mesh as one of slots.
pub(super) fn told_pair(pair: &Pair, slots: &[u32]) -> GpuPair {
    GpuPair {
        vertices: UVec4::from_array(pair.vertices.map(|v| slots[v as usize])),
        kind: u32::from(pair.kind == Kind::EdgeEdge),
        thickness: pair.thickness_m,
        budget: pair.budget_m,
        pad: 0,
    }
}

/// The way back: `vertex` tells that of each slot.
pub(super) fn pair(words: &[u32], vertex: &[u32]) -> Pair {
    Pair {
        vertices: [0, 1, 2, 3].map(|k| vertex[words[k] as usize]),
        kind: if words[4] == 0 { Kind::VertexTriangle } else { Kind::EdgeEdge },
        thickness_m: f32::from_bits(words[5]),
        budget_m: f32::from_bits(words[6]),
    }
}
