// size: a cloth on a device is made, stepped and read back over the same private buffers; particles, groups, links, preparation and recording are files of their own.
//! A cloth on a device: made from a prepared one, stepped, read back.

use wgpu::{BindGroup, BindGroupEntry, Buffer, BufferDescriptor, BufferUsages, Device, Queue};

use super::error::DeviceError;
use super::gpu_types::{GpuStep, uniform_bytes};
use super::kernels::{Family, Kernel, Kernels};
use super::links::{self, LinkBuffers, SEAM_ENDS};
use super::particles::{PARTICLE_BYTES, ParticleBuffers, four};
use super::pass::{Calls, Member, Plan, count, record, visit_of};
use super::prepare::{self, BENDING, Chunk, Kind, MEMBRANE, room, storage};
use crate::solver::cloth::Cloth;
use crate::solver::colour::Colouring;
use crate::solver::lanes::LANES;
use crate::solver::state::{Particle, SharedV3, State};
use crate::solver::step::{commit, predict};
use crate::solver::vec3::V3;

/// A visit of the elements of a colour, and one of all colours of few elements.
const MEMBRANE_SOLVES: [Kernel; 2] = [Kernel::MembraneSolve, Kernel::MembraneSolveFew];
const BENDING_SOLVES: [Kernel; 2] = [Kernel::BendingSolve, Kernel::BendingSolveFew];

/// A cloth whose state lives on a device. Fabric, settings and fastenings are those it was made with; after a change (a tear, another
/// time step), [`DeviceCloth::restore`] the cloth and make a new one.
pub struct DeviceCloth {
    device: Device,
    queue: Queue,
    plan: Plan,
    iterations: u32,
    substep_secs: f32,
    keep: f32,
    particles: BindGroup,
    groups: Vec<BindGroup>,
    /// Units, offsets, velocities, and which cloth in them this is.
    buffers: ParticleBuffers,
    index: usize,
    wind: Buffer,
    membrane: Vec<Chunk>,
    bending: Vec<Chunk>,
    links: LinkBuffers,
    /// Inverse masses, 1/kg: their number is that of the particles.
    inverse_masses: Vec<f32>,
    /// Pinned particles as they are on the device, followed here with the oracle's own code, so that moving them needs no read-back.
    pinned: Vec<(u32, Particle)>,
}

impl DeviceCloth {
    /// Uploads a cloth. `limit_bytes` bounds each storage binding; the device's own limit does so in any case.
    ///
    /// # Errors
    /// [`DeviceError::TooManyParticles`]: particles are not split over several bindings, everything else is.
    pub fn new(
        cloth: &mut Cloth,
        kernels: &Kernels,
        device: &Device,
        queue: &Queue,
        limit_bytes: u64,
    ) -> Result<DeviceCloth, DeviceError> {
        let limit_bytes = bounded(device, limit_bytes);
        let buffers = ParticleBuffers::new(device, &[&cloth.state], &[], limit_bytes)?;
        let iterations = cloth.settings.iterations;
        Ok(DeviceCloth::within(&buffers, 0, cloth, iterations, kernels, (device, queue), limit_bytes))
    }

    /// One of the cloths whose particles are uploaded, stepped with so many iterations.
    pub(super) fn within(
        buffers: &ParticleBuffers,
        index: usize,
        cloth: &mut Cloth,
        iterations: u32,
        kernels: &Kernels,
        (device, queue): (&Device, &Queue),
        limit_bytes: u64,
    ) -> DeviceCloth {
        if cloth.is_stale {
            cloth.refresh(cloth.settings.memory_secs > 0.0);
        }
        let n = cloth.state.len();
        let step = GpuStep::new(cloth);
        let has_memory = cloth.settings.memory_rate() > 0.0;
        let has_air = cloth.settings.air.density_kg_m3 > 0.0;
        let triangles = prepare::triangles(&cloth.elements.triangle_colours, &cloth.membrane);
        let patches = prepare::patches(&cloth.elements.patch_colours, &cloth.bending, n as u32);
        let membrane = prepare::chunks(
            device,
            MEMBRANE,
            &triangles,
            &cloth.elements.triangle_colours,
            n,
            limit_bytes,
            has_memory || has_air,
        );
        let bending =
            prepare::chunks(device, BENDING, &patches, &cloth.elements.patch_colours, n, limit_bytes, has_memory);
        let links = LinkBuffers::new(device, cloth);

        let winds: Vec<[f32; 4]> = cloth.wind.iter().map(|w| four(w.get())).collect();
        let wind = storage(device, "cloth wind", bytemuck::cast_slice(&winds));
        let force = room(device, "cloth forces", (n + 1) * PARTICLE_BYTES as usize);

        let mut groups = Groups { device, kernels, all: Vec::new() };
        let mut calls = Calls::new(device, kernels.workgroup);
        let plain = [room(device, "cloth none", 0), room(device, "cloth none", 0), room(device, "cloth none", 0)];
        let motion = groups.add(Family::Motion, &[&force, &plain[0], &plain[1], &plain[2]]);
        let of_links = groups.add(Family::Links, &[&links.seams, &links.stress, &links.forces, &links.attachments]);
        let of_membrane: Vec<usize> = membrane
            .iter()
            .map(|c| groups.add(Family::Membrane, &[&c.words, &c.multipliers, &c.forces, &wind]))
            .collect();
        let of_bending: Vec<usize> =
            bending.iter().map(|c| groups.add(Family::Bending, &[&c.words, &c.multipliers, &c.forces])).collect();

        let mut forces = Vec::new();
        let mut add_forces =
            |calls: &mut Calls, groups: &mut Groups, kernel, kind: Kind, chunks: &[Chunk], of: &[usize]| {
                for (chunk, group) in chunks.iter().zip(of) {
                    let count = chunk.elements.len();
                    forces.extend(calls.over(kernel, *group, 0..count, 0, count));
                    let lists = [&force, &chunk.entry_start, &chunk.entries, &chunk.forces];
                    let gather = groups.add(Family::Motion, &lists);
                    forces.extend(calls.over(Kernel::Gather, gather, 0..n, 0, kind.slots * count));
                }
            };
        if has_memory || has_air {
            add_forces(&mut calls, &mut groups, Kernel::MembraneForces, MEMBRANE, &membrane, &of_membrane);
        }
        if has_memory {
            add_forces(&mut calls, &mut groups, Kernel::BendingForces, BENDING, &bending, &of_bending);
        }
        let seams = cloth.seams.len();
        if has_memory && seams > 0 {
            forces.extend(calls.over(Kernel::SeamForces, of_links, 0..seams, 0, seams));
            let lists = [&force, &links.entry_start, &links.entries, &links.forces];
            let gather = groups.add(Family::Motion, &lists);
            forces.extend(calls.over(Kernel::Gather, gather, 0..n, 0, SEAM_ENDS * seams));
        }
        let mut plan = Plan {
            forces,
            predict: calls.over(Kernel::Predict, motion, 0..n, 0, 0),
            iterations: Default::default(),
            commit: calls.over(Kernel::Commit, motion, 0..n, 0, 0),
            commit_predict: calls.over(Kernel::CommitPredict, motion, 0..n, 0, 0),
        };
        let mut visits: Vec<u32> = (0..iterations.min(3)).map(|i| visit_of(i, iterations.min(3))).collect();
        visits.dedup();
        for visit in visits {
            let own = &mut plan.iterations[visit as usize];
            let elements = &cloth.elements;
            for ([kernel, few], colours, chunks, of) in [
                (MEMBRANE_SOLVES, &elements.triangle_colours, &membrane, &of_membrane),
                (BENDING_SOLVES, &elements.patch_colours, &bending, &of_bending),
            ] {
                if let [chunk] = chunks.as_slice()
                    && chunk.few_colours > 0
                {
                    own.extend(calls.walk(few, of[0], chunk.few_colours, visit, chunk.elements.len()));
                    continue;
                }
                for range in colours.starts.windows(2) {
                    for (chunk, group) in chunks.iter().zip(of) {
                        let within =
                            |at: usize| at.clamp(chunk.elements.start, chunk.elements.end) - chunk.elements.start;
                        let part = within(range[0])..within(range[1]);
                        own.extend(calls.over(kernel, *group, part, visit, chunk.elements.len()));
                    }
                }
            }
            for range in cloth.seam_colours.starts.windows(2) {
                own.extend(calls.over(Kernel::Seams, of_links, range[0]..range[1], visit, seams));
            }
            if !cloth.attachments.is_empty() {
                own.extend(calls.over(Kernel::Attachments, of_links, 0..n, visit, 0));
            }
        }

        let constant = |label: &str, bytes: &[u8]| {
            let buffer = device.create_buffer(&BufferDescriptor {
                label: Some(label),
                size: bytes.len().max(16) as u64,
                usage: BufferUsages::UNIFORM | BufferUsages::COPY_DST,
                mapped_at_creation: false,
            });
            queue.write_buffer(&buffer, 0, bytes);
            buffer
        };
        let (zero, step) = (constant("cloth zero", &[0; 16]), constant("cloth step", &uniform_bytes(&step)));
        let calls = constant("cloth calls", calls.bytes());
        let call = wgpu::BindingResource::Buffer(wgpu::BufferBinding {
            buffer: &calls,
            offset: 0,
            size: wgpu::BufferSize::new(16),
        });
        let mut entries = vec![entry(0, &zero), entry(1, &step), BindGroupEntry { binding: 2, resource: call }];
        entries.extend(buffers.entries(index, 3));
        let of_particles = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("cloth particles"),
            layout: &kernels.particles,
            entries: &entries,
        });
        let is_pinned = |(_, p): &(usize, &Particle)| p.inverse_mass_per_kg() == 0.0;
        let pinned = cloth.state.particles().iter().enumerate().filter(is_pinned);
        DeviceCloth {
            plan,
            iterations,
            substep_secs: cloth.settings.substep_secs,
            keep: cloth.kept_velocity(),
            particles: of_particles,
            groups: groups.all,
            pinned: pinned.map(|(i, p)| (i as u32, p.clone())).collect(),
            inverse_masses: cloth.state.particles().iter().map(Particle::inverse_mass_per_kg).collect(),
            device: device.clone(),
            queue: queue.clone(),
            buffers: buffers.clone(),
            index,
            wind,
            membrane,
            bending,
            links,
        }
    }

    /// Makes `substeps` substeps: one submission. It returns as soon as the work is handed over.
    pub fn step(&mut self, kernels: &Kernels, substeps: u32) {
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("cloth") });
        {
            let descriptor = wgpu::ComputePassDescriptor { label: Some("cloth"), timestamp_writes: None };
            let mut pass = encoder.begin_compute_pass(&descriptor);
            record(&mut pass, kernels, &[self.member()], (substeps, self.iterations), None);
        }
        self.queue.submit([encoder.finish()]);
        self.follow_pins(substeps);
    }

    /// What recording needs of it.
    pub(super) fn member(&self) -> Member<'_> {
        Member { plan: &self.plan, particles: &self.particles, groups: &self.groups }
    }

    /// Moves pinned particles here as the device has moved them.
    pub(super) fn follow_pins(&self, substeps: u32) {
        let still = SharedV3::default();
        for (_, pin) in &self.pinned {
            for _ in 0..substeps {
                predict(pin, &still, V3::ZERO, self.substep_secs);
                commit(pin, self.substep_secs, self.keep);
            }
        }
    }

    /// The buffers of its constraints that a substep leaves to the next.
    pub(super) fn lasting(&self) -> impl Iterator<Item = &Buffer> {
        self.membrane.iter().chain(&self.bending).map(|chunk| &chunk.multipliers).chain([&self.links.stress])
    }

    /// How many dispatches `substeps` substeps are.
    pub fn dispatches(&self, substeps: u32) -> usize {
        count(&[self.member()], (substeps, self.iterations), None)
    }

    /// Into how many chunks triangles and patches are cut.
    pub fn chunks(&self) -> [usize; 2] {
        [self.membrane.len(), self.bending.len()]
    }

    /// The wind at each particle, m/s, from now on.
    pub fn set_wind(&self, wind_m_s: &[V3]) {
        let winds: Vec<[f32; 4]> = wind_m_s.iter().take(self.inverse_masses.len()).map(|w| four(*w)).collect();
        self.queue.write_buffer(&self.wind, 0, bytemuck::cast_slice(&winds));
    }

    /// As [`Cloth::move_pin`].
    ///
    /// # Errors
    /// [`DeviceError::NotPinned`].
    pub fn move_pin(&mut self, particle: u32, target_m: [f64; 3], substeps: u32) -> Result<(), DeviceError> {
        let Some((_, pin)) = self.pinned.iter().find(|(of, _)| *of == particle) else {
            return Err(DeviceError::NotPinned(particle));
        };
        let velocity = pin.velocity_towards(target_m, self.substep_secs, substeps);
        pin.set_velocity_m_s(velocity);
        let slot = self.buffers.slots.cloths()[self.index].start as u64 + u64::from(particle);
        self.queue.write_buffer(&self.buffers.velocity, slot * PARTICLE_BYTES, bytemuck::bytes_of(&four(velocity)));
        Ok(())
    }

    /// Waits until everything handed over is done.
    ///
    /// # Errors
    /// [`DeviceError::Lost`].
    pub fn wait(&self) -> Result<(), DeviceError> {
        let waited = self.device.poll(wgpu::PollType::wait_indefinitely());
        waited.map(|_| ()).map_err(|error| DeviceError::Lost(error.to_string()))
    }

    /// The state after all steps so far. Waits for them.
    ///
    /// # Errors
    /// [`DeviceError::Lost`].
    pub fn read_state(&self) -> Result<State, DeviceError> {
        let state = State::new(&vec![[0.0; 3]; self.inverse_masses.len()], &self.inverse_masses);
        self.read_into(&state)?;
        Ok(state)
    }

    fn read_into(&self, state: &State) -> Result<(), DeviceError> {
        let of = &self.buffers;
        let [place, offset, velocity] = [&of.place, &of.offset, &of.velocity].map(|buffer| self.read(buffer));
        self.buffers.restore(self.index, state, [&place?, &offset?, &velocity?]);
        Ok(())
    }

    /// Gives the cloth it was made from the state of the device: particles, remembered stress, seams.
    ///
    /// # Errors
    /// [`DeviceError::Lost`].
    pub fn restore(&self, cloth: &mut Cloth) -> Result<(), DeviceError> {
        self.read_into(&cloth.state)?;
        let membrane = self.memories(MEMBRANE, &self.membrane)?;
        let bending = self.memories(BENDING, &self.bending)?;
        place_memories(&cloth.elements.triangle_colours, &cloth.membrane.starts, &membrane, |batch, lane, memory| {
            cloth.membrane.batches[batch].set_memory(lane, memory);
        });
        place_memories(&cloth.elements.patch_colours, &cloth.bending.starts, &bending, |batch, lane, memory| {
            cloth.bending.batches[batch].set_memory(lane, memory);
        });
        let stress: Vec<f32> = self.read(&self.links.stress)?.into_iter().map(f32::from_bits).collect();
        links::restore(cloth, &stress);
        Ok(())
    }

    /// Remembered multipliers in the order of the colours.
    fn memories(&self, kind: Kind, chunks: &[Chunk]) -> Result<Vec<[f32; 3]>, DeviceError> {
        let mut out = Vec::new();
        for chunk in chunks {
            let (words, n) = (self.read(&chunk.multipliers)?, chunk.elements.len());
            let memory = |e: usize, k: usize| f32::from_bits(words[(kind.multipliers - 3 + k) * n + e]);
            out.extend((0..n).map(|e| [0, 1, 2].map(|k| memory(e, k))));
        }
        Ok(out)
    }

    fn read(&self, buffer: &Buffer) -> Result<Vec<u32>, DeviceError> {
        read(&self.device, &self.queue, buffer)
    }
}

/// A limit for bindings, and the device's own.
pub(super) fn bounded(device: &Device, limit_bytes: u64) -> u64 {
    let limits = device.limits();
    limit_bytes.min(limits.max_storage_buffer_binding_size).min(limits.max_buffer_size)
}

/// The words of a buffer, once everything handed over is done.
pub(super) fn read(device: &Device, queue: &Queue, buffer: &Buffer) -> Result<Vec<u32>, DeviceError> {
    let lost = |error: &dyn std::fmt::Display| DeviceError::Lost(error.to_string());
    let copy = device.create_buffer(&BufferDescriptor {
        label: Some("cloth read back"),
        size: buffer.size(),
        usage: BufferUsages::MAP_READ | BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    encoder.copy_buffer_to_buffer(buffer, 0, &copy, 0, buffer.size());
    queue.submit([encoder.finish()]);
    let (sender, receiver) = std::sync::mpsc::channel();
    copy.slice(..).map_async(wgpu::MapMode::Read, move |mapped| {
        // The receiver waits below; if it is gone there is nobody to tell.
        let _ = sender.send(mapped);
    });
    device.poll(wgpu::PollType::wait_indefinitely()).map_err(|error| lost(&error))?;
    receiver.recv().map_err(|error| lost(&error))?.map_err(|error| lost(&error))?;
    Ok(bytemuck::cast_slice(&copy.slice(..).get_mapped_range()).to_vec())
}

fn place_memories(
    colours: &Colouring,
    batch_starts: &[usize],
    memories: &[[f32; 3]],
    mut set: impl FnMut(usize, usize, [f32; 3]),
) {
    for c in 0..colours.colours() {
        for (place, memory) in memories[colours.starts[c]..colours.starts[c + 1]].iter().enumerate() {
            set(batch_starts[c] + place / LANES, place % LANES, *memory);
        }
    }
}

/// Bind groups of group 1.
struct Groups<'a> {
    device: &'a Device,
    kernels: &'a Kernels,
    all: Vec<BindGroup>,
}

impl Groups<'_> {
    fn add(&mut self, family: Family, buffers: &[&Buffer]) -> usize {
        let entries: Vec<BindGroupEntry> = buffers.iter().enumerate().map(|(at, b)| entry(at as u32, b)).collect();
        self.all.push(self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("cloth elements"),
            layout: self.kernels.layout(family),
            entries: &entries,
        }));
        self.all.len() - 1
    }
}

fn entry(binding: u32, buffer: &Buffer) -> BindGroupEntry<'_> {
    BindGroupEntry { binding, resource: buffer.as_entire_binding() }
}
