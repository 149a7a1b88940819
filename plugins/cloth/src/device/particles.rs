//! The particles of one cloth, or of all cloths of a group, in buffers of 16 bytes a slot; see `slots.rs`.

use bevy::math::Vec4;
use wgpu::{BindGroupEntry, BindingResource, Buffer, BufferBinding, BufferSize, Device};

use super::error::DeviceError;
use super::prepare::storage;
use super::slots::Slots;
use crate::solver::state::{Particle, State};
use crate::solver::vec3::V3;

/// Bytes of a particle in each of its buffers.
pub(super) const PARTICLE_BYTES: u64 = 16;

/// See the module.
#[derive(Clone)]
pub(super) struct ParticleBuffers {
    pub slots: Slots,
    /// Units, and the inverse mass; of bodies too, which have none of the others.
    pub place: Buffer,
    /// Metres.
    pub offset: Buffer,
    /// See `offset`.
    pub rest: Buffer,
    /// m/s.
    pub velocity: Buffer,
}

impl ParticleBuffers {
    /// Uploads cloths, and the places of bodies of triangles, units. `limit_bytes` bounds each binding.
    ///
    /// # Errors
    /// [`DeviceError::TooManyParticles`]: particles are not split over several bindings.
    pub fn new(
        device: &Device,
        states: &[&State],
        bodies: &[[i32; 3]],
        limit_bytes: u64,
    ) -> Result<ParticleBuffers, DeviceError> {
        let align = device.limits().min_storage_buffer_offset_alignment as usize / PARTICLE_BYTES as usize;
        let slots = Slots::new(states.iter().map(|state| state.len()), bodies.len(), align);
        if u64::from(slots.len()) * PARTICLE_BYTES > limit_bytes {
            let particles = states.iter().map(|state| state.len()).sum::<usize>() + bodies.len();
            return Err(DeviceError::TooManyParticles { particles, limit_bytes });
        }
        let mut places = vec![[0i32; 4]; slots.len() as usize];
        let mut vectors = [(); 3].map(|()| vec![[0.0f32; 4]; slots.first_body() as usize]);
        for (range, state) in slots.cloths().iter().zip(states) {
            for (slot, p) in (range.start..).zip(state.with_spare()) {
                let [x, y, z] = p.q();
                places[slot] = [x, y, z, p.inverse_mass_per_kg().to_bits().cast_signed()];
                for (of, v) in vectors.iter_mut().zip([p.offset_m(), p.rest_m(), p.velocity_m_s()]) {
                    of[slot] = four(v);
                }
            }
        }
        for (place, [x, y, z]) in places[slots.first_body() as usize..].iter_mut().zip(bodies) {
            *place = [*x, *y, *z, 0];
        }
        let [offset, rest, velocity] = &vectors;
        Ok(ParticleBuffers {
            place: storage(device, "cloth places", bytemuck::cast_slice(&places)),
            offset: storage(device, "cloth offsets", bytemuck::cast_slice(offset)),
            rest: storage(device, "cloth rests", bytemuck::cast_slice(rest)),
            velocity: storage(device, "cloth velocities", bytemuck::cast_slice(velocity)),
            slots,
        })
    }

    /// Place, offset, rest and velocity of a cloth with its spare particle, from a binding on.
    pub fn entries(&self, cloth: usize, first_binding: u32) -> Vec<BindGroupEntry<'_>> {
        let range = &self.slots.cloths()[cloth];
        let part = |buffer| BufferBinding {
            buffer,
            offset: range.start as u64 * PARTICLE_BYTES,
            size: BufferSize::new((range.len() as u64 + 1) * PARTICLE_BYTES),
        };
        (first_binding..)
            .zip([&self.place, &self.offset, &self.rest, &self.velocity])
            .map(|(binding, buffer)| BindGroupEntry { binding, resource: BindingResource::Buffer(part(buffer)) })
            .collect()
    }

    /// Gives particles of a cloth what stands in the words of places, offsets and velocities.
    pub fn restore(&self, cloth: usize, state: &State, [place, offset, velocity]: [&[u32]; 3]) {
        let range = self.slots.cloths()[cloth].clone();
        let three = |words: &[u32], slot: usize| [words[4 * slot], words[4 * slot + 1], words[4 * slot + 2]];
        let vector = |words: &[u32], slot: usize| V3::from_array(three(words, slot).map(f32::from_bits));
        for (slot, particle) in range.zip(state.particles()) {
            let units = three(place, slot).map(u32::cast_signed);
            particle.restore(units, vector(offset, slot), vector(velocity, slot));
        }
    }

    /// The positions of cloths, one after the other, units.
    pub fn positions(states: &[&State]) -> Vec<[i32; 3]> {
        states.iter().flat_map(|state| state.particles()).map(Particle::q).collect()
    }
}

pub(super) fn four(v: V3) -> [f32; 4] {
    Vec4::new(v.x, v.y, v.z, 0.0).to_array()
}
