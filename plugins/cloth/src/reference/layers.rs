//! Two layers and a body of triangles that moves, deforms and jumps: everything of contact that the folded sheet has not.

use std::f64::consts::TAU;

use sha2::{Digest, Sha256};
use wgpu::{Device, Queue};

use crate::device::{DeviceError, DeviceGroup, Kernels};
use crate::solver::air::AirSettings;
use crate::solver::cloth::{Cloth, Fastenings};
use crate::solver::contact::hook::{Contact, Led};
use crate::solver::contact::mesh::{ContactMesh, Layer};
use crate::solver::contact::scenes::{SceneError, ball};
use crate::solver::contact::shapes::{Body, Core};
use crate::solver::contact::solver::ContactSettings;
use crate::solver::error::ClothError;
use crate::solver::fabric::Fabric;
use crate::solver::grids::{Diagonals, rectangle};
use crate::solver::position::from_metres;
use crate::solver::settings::Settings;
use crate::solver::state::State;
use crate::solver::step::step_together;
use crate::solver::vec3::V3;

/// The ball goes up and down in so many substeps, and jumps aside after as many.
const SWING_SUBSTEPS: u32 = 60;
const JUMP_SUBSTEPS: u32 = 100;

/// Two sheets of different fabrics, one hung up at its four corners and one over it at two, lie on two balls of triangles; one of the balls pushes up, swells and
/// bulges, and jumps into them every now and then; beside it stands a third, of simple shape.
pub struct Layers {
    /// The lower and the upper one.
    pub cloths: Vec<Cloth>,
    /// What they touch.
    pub contact: Contact,
    bodies: Balls,
    /// Substeps made so far.
    done: u32,
}

/// The bodies of triangles.
struct Balls {
    /// Vertices in their own shape, metres, and how many are of the first.
    shape: Vec<[f64; 3]>,
    of_first: usize,
}

impl Layers {
    /// Sheets of `cells` x `cells`, and of one more.
    ///
    /// # Errors
    /// None for `cells` of 4 and more.
    pub fn new(cells: usize) -> Result<Layers, SceneError> {
        let sheet = |cells: usize, height_m: f64, fabric: Fabric, pins: Vec<u32>| -> Result<Cloth, ClothError> {
            let mut mesh = rectangle([0.12, 0.12], [cells, cells], Diagonals::Alternating)?;
            for p in &mut mesh.positions_m {
                *p = [p[0] - 0.06, height_m + 0.0004 * (60.0 * p[0]).sin(), p[2] + 0.06];
            }
            let settings = Settings { air: AirSettings::STILL, ..Settings::default() };
            let mut cloth = Cloth::new(mesh, fabric, settings, Fastenings { pins, ..Fastenings::default() })?;
            cloth.set_uniform_wind(V3::new(0.3, -3.0, 0.2));
            Ok(cloth)
        };
        let last = |cells: usize| ((cells + 1) * (cells + 1) - 1) as u32;
        let lower = Fabric { thickness_m: 1e-3, friction: 0.3, ..Fabric::isotropic(0.15, 1000.0, 1e-5, 0.3) };
        let upper = Fabric { thickness_m: 6e-4, friction: 0.5, ..Fabric::isotropic(0.1, 500.0, 1e-5, 0.2) };
        let corners = vec![0, cells as u32, last(cells) - cells as u32, last(cells)];
        let cloths =
            vec![sheet(cells, 0.0345, lower, corners)?, sheet(cells + 1, 0.0375, upper, vec![0, last(cells + 1)])?];
        let starts: Vec<Vec<[i32; 3]>> =
            cloths.iter().map(|cloth| cloth.state().particles().iter().map(|p| p.q()).collect()).collect();
        let layers: Vec<Layer> = cloths
            .iter()
            .zip(&starts)
            .map(|(cloth, start)| Layer {
                triangles: &cloth.mesh().triangles,
                start,
                thickness_m: cloth.fabric().thickness_m,
                friction: cloth.fabric().friction,
            })
            .collect();
        let ((first, mut shape), (second, beside)) = (ball(0.03, 2), ball(0.02, 1));
        let of_first = shape.len();
        shape.extend(beside);
        let mut contact = Contact::new(ContactMesh::of_layers(&layers, &[first, second])?, ContactSettings::default());
        contact.bodies = vec![Body::new(Core::Point, 0.015, [0.045, 0.015, -0.045], 0.2)];
        Ok(Layers { cloths, contact, bodies: Balls { shape, of_first }, done: 0 })
    }

    /// Makes substeps on the processor.
    ///
    /// # Errors
    /// None.
    pub fn step(&mut self, substeps: u32) -> Result<(), ClothError> {
        let (bodies, done) = (&self.bodies, &mut self.done);
        let mut led = Led::new(&mut self.contact, |contact, _| {
            let [now, next] = [0, 1].map(|ahead| bodies.places(*done, ahead));
            // As many as the mesh has.
            let _ = contact.solver.send_bodies(&now, &next);
            *done += 1;
        });
        step_together(&mut self.cloths.iter_mut().collect::<Vec<_>>(), substeps, &mut led)
    }

    /// What is stepped here, as it is now, on a device.
    ///
    /// # Errors
    /// As [`DeviceGroup::new`].
    pub fn on_device(&mut self, kernels: &Kernels, device: &Device, queue: &Queue) -> Result<DeviceGroup, DeviceError> {
        let mut cloths: Vec<&mut Cloth> = self.cloths.iter_mut().collect();
        DeviceGroup::new(&mut cloths, &self.contact, kernels, device, queue, u64::MAX)
    }

    /// Makes substeps there, of which `done` are made, in frames that end where the ball jumps.
    ///
    /// # Errors
    /// As [`DeviceGroup::step`].
    pub fn step_there(
        &self,
        there: &mut DeviceGroup,
        kernels: &Kernels,
        done: u32,
        substeps: u32,
    ) -> Result<(), DeviceError> {
        let mut now = done;
        while now < done + substeps {
            let until = (now + 1).next_multiple_of(JUMP_SUBSTEPS).min(done + substeps);
            there.contact.send_bodies((0..=until - now).map(|ahead| self.bodies.places(now, ahead)).collect())?;
            there.step(kernels, until - now)?;
            now = until;
        }
        Ok(())
    }

    /// Goes on here with what so many substeps there have made.
    ///
    /// # Errors
    /// [`DeviceError::Lost`].
    pub fn restore(&mut self, there: &DeviceGroup, substeps: u32) -> Result<(), DeviceError> {
        self.done += substeps;
        there.restore(&mut self.cloths.iter_mut().collect::<Vec<_>>(), &mut self.contact)
    }

    /// See [`hash`].
    pub fn hash(&self) -> String {
        hash(self.cloths.iter().map(Cloth::state))
    }
}

/// The SHA-256 of the hashes of several states.
pub fn hash<'a>(states: impl IntoIterator<Item = &'a State>) -> String {
    let mut sum = Sha256::new();
    states.into_iter().for_each(|state| sum.update(state.sha256()));
    sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Balls {
    /// Where they are `ahead` substeps after `substep`, if they do not jump on the way, units.
    fn places(&self, substep: u32, ahead: u32) -> Vec<[i32; 3]> {
        let turn = TAU * f64::from(substep + ahead) / f64::from(SWING_SUBSTEPS);
        let aside_m = 0.015 * f64::from(substep / JUMP_SUBSTEPS % 3);
        let (rise_m, swell) = (0.01 * (1.0 - turn.cos()), 1.0 + 0.1 * (2.0 * turn).sin());
        let place = |(i, [x, y, z]): (usize, &[f64; 3])| {
            let at = if i < self.of_first {
                let bulge = 1.0 + 0.15 * (90.0 * x + turn).sin() * (1.0 - turn.cos());
                [x * swell + aside_m, y * bulge + rise_m, z / swell - 0.5 * aside_m]
            } else {
                [x - 0.045, y + 0.012 + 0.002 * turn.sin(), *z]
            };
            at.map(|x| from_metres(x).0)
        };
        self.shape.iter().enumerate().map(place).collect()
    }
}
