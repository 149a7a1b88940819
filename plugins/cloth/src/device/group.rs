//! Cloths on a device that may touch each other, themselves and bodies: stepped together, as `step_together` does here.

use wgpu::{Device, Queue};

use super::cloth::{DeviceCloth, bounded};
use super::contact::{DeviceContact, OfCloths};
use super::error::DeviceError;
use super::kernels::Kernels;
use super::particles::ParticleBuffers;
use super::pass::{Member, count, record};
use crate::solver::cloth::Cloth;
use crate::solver::contact::hook::Contact;
use crate::solver::state::State;
use crate::solver::step::check_substeps;

/// One cloth or several, layers of one contact mesh, whose state lives on a device. See [`DeviceCloth`].
pub struct DeviceGroup {
    device: Device,
    queue: Queue,
    iterations: u32,
    /// In the order of the mesh. Wind and pins are theirs; they are stepped with the group.
    pub cloths: Vec<DeviceCloth>,
    /// What they touch.
    pub contact: DeviceContact,
}

impl DeviceGroup {
    /// Uploads cloths, the layers of the contact's mesh in its order, with their contact as it is. The first one's settings tell iterations.
    ///
    /// # Errors
    /// As [`DeviceCloth::new`]; substeps of different lengths; [`DeviceError::Contact`] for what is not done on a device, and cloths that are not those of the mesh.
    pub fn new(
        cloths: &mut [&mut Cloth],
        contact: &Contact,
        kernels: &Kernels,
        device: &Device,
        queue: &Queue,
        limit_bytes: u64,
    ) -> Result<DeviceGroup, DeviceError> {
        check_substeps(cloths)?;
        let limit_bytes = bounded(device, limit_bytes);
        let states: Vec<&State> = cloths.iter().map(|cloth| &cloth.state).collect();
        let mut positions = ParticleBuffers::positions(&states);
        if positions.is_empty() || positions.len() != contact.solver.mesh().cloth_vertices {
            return Err(DeviceError::Contact { what: "cloths that are not those of its mesh" });
        }
        let inverse_masses: Vec<f32> =
            states.iter().flat_map(|state| state.particles()).map(|p| p.inverse_mass_per_kg()).collect();
        let bodies = contact.solver.carried().body_positions;
        let buffers = ParticleBuffers::new(device, &states, &bodies, limit_bytes)?;
        positions.extend(bodies);
        let (iterations, substep_secs) = (cloths[0].settings.iterations, cloths[0].settings.substep_secs);
        let made = cloths.iter_mut().enumerate().map(|(index, cloth)| {
            DeviceCloth::within(&buffers, index, cloth, iterations, kernels, (device, queue), limit_bytes)
        });
        let cloths: Vec<DeviceCloth> = made.collect();
        let of_cloths = OfCloths {
            slots: &buffers.slots,
            inverse_masses: &inverse_masses,
            place: &buffers.place,
            offset: &buffers.offset,
            rest: &buffers.rest,
            others: cloths.iter().flat_map(DeviceCloth::lasting).chain([&buffers.velocity]).collect(),
        };
        let own = kernels.contact(device)?;
        let contact =
            DeviceContact::new(contact, substep_secs, &positions, &of_cloths, own, (device, queue), limit_bytes)?;
        Ok(DeviceGroup { device: device.clone(), queue: queue.clone(), iterations, cloths, contact })
    }

    /// Makes `substeps` substeps and waits for them: one submission, which is made again where a list outgrew its room. Where bodies of simple shape are moved by what
    /// cloth gives them, it is a submission for each substep.
    ///
    /// # Errors
    /// [`DeviceError::Lost`]; [`DeviceError::Kernel`] if a driver refuses the kernels of contact; [`DeviceError::Path`] and [`DeviceError::LongPath`] for what was told of bodies;
    /// [`DeviceError::Room`].
    pub fn step(&mut self, kernels: &Kernels, substeps: u32) -> Result<(), DeviceError> {
        if !self.contact.has_movers() {
            return self.step_frame(kernels, substeps);
        }
        let mut paths = self.contact.take_paths().into_iter();
        if paths.len() > 0 && paths.len() != substeps as usize {
            let (given, expected) = (paths.len() + 1, substeps as usize + 1);
            return Err(DeviceError::Path { what: "places of bodies in a frame", given, expected });
        }
        for _ in 0..substeps {
            if let Some(path) = paths.next() {
                self.contact.send_bodies(path)?;
            }
            self.step_frame(kernels, 1)?;
        }
        Ok(())
    }

    fn step_frame(&mut self, kernels: &Kernels, substeps: u32) -> Result<(), DeviceError> {
        let own = kernels.contact(&self.device)?;
        self.contact.begin_frame(substeps, own)?;
        loop {
            let descriptor = wgpu::CommandEncoderDescriptor { label: Some("cloths") };
            let mut encoder = self.device.create_command_encoder(&descriptor);
            self.contact.keep(&mut encoder);
            {
                let descriptor = wgpu::ComputePassDescriptor { label: Some("cloths"), timestamp_writes: None };
                let mut pass = encoder.begin_compute_pass(&descriptor);
                let amount = (substeps, self.iterations);
                record(&mut pass, kernels, &self.members(), amount, Some((&self.contact, own)));
            }
            self.queue.submit([encoder.finish()]);
            if !self.contact.was_too_small(own)? {
                break;
            }
        }
        self.cloths.iter().for_each(|cloth| cloth.follow_pins(substeps));
        Ok(())
    }

    fn members(&self) -> Vec<Member<'_>> {
        self.cloths.iter().map(DeviceCloth::member).collect()
    }

    /// How many dispatches `substeps` substeps are.
    pub fn dispatches(&self, substeps: u32) -> usize {
        count(&self.members(), (substeps, self.iterations), Some(&self.contact))
    }

    /// The states of the cloths, in their order.
    ///
    /// # Errors
    /// [`DeviceError::Lost`].
    pub fn read_states(&self) -> Result<Vec<State>, DeviceError> {
        self.cloths.iter().map(DeviceCloth::read_state).collect()
    }

    /// Gives the cloths and the contact it was made from what the device has made of them.
    ///
    /// # Errors
    /// [`DeviceError::Lost`].
    pub fn restore(&self, cloths: &mut [&mut Cloth], contact: &mut Contact) -> Result<(), DeviceError> {
        for (there, here) in self.cloths.iter().zip(cloths.iter_mut()) {
            there.restore(here)?;
        }
        self.contact.restore(contact)
    }
}
