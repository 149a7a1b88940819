//! Contact as part of the cloth's step.

use super::mesh::ContactMesh;
use super::shapes::{Body, Moving, Touch, push_off};
use super::solver::{ContactSettings, ContactSolver};
use crate::solver::exact::mul;
use crate::solver::state::{SharedV3, State};
use crate::solver::step::SubstepHook;
use crate::solver::vec3::V3;

/// Self-contact and simple bodies for one step of a cloth; `cloth.step_with(substeps, &mut contact)`.
pub struct Contact {
    /// Cloth against itself and against bodies of triangles.
    pub solver: ContactSolver,
    /// Bodies of simple shape. Their poses are advanced by their velocities in each substep.
    pub bodies: Vec<Body>,
    /// Time spent in contact so far, for reports: begin, push, truncate.
    pub spent: [std::time::Duration; 3],
    touches: Vec<Touch>,
    q: Vec<[i32; 3]>,
    displacement: Vec<V3>,
    inverse_mass: Vec<f32>,
}

impl Contact {
    /// With the cloth's mesh.
    pub fn new(mesh: ContactMesh, settings: ContactSettings) -> Contact {
        let n = mesh.cloth_vertices;
        Contact {
            solver: ContactSolver::new(mesh, settings),
            bodies: Vec::new(),
            spent: Default::default(),
            touches: Vec::new(),
            q: vec![[0; 3]; n],
            displacement: vec![V3::ZERO; n],
            inverse_mass: vec![0.0; n],
        }
    }

    fn read(&mut self, state: &State) {
        for (d, p) in self.displacement.iter_mut().zip(state.particles()) {
            *d = p.displacement_m();
        }
    }

    /// Writes the displacements that `change` changes.
    fn write(&mut self, state: &State, change: impl FnOnce(&mut Self)) {
        self.read(state);
        change(self);
        for (d, p) in self.displacement.iter().zip(state.particles()) {
            if *d != p.displacement_m() {
                p.set_displacement_m(*d);
            }
        }
    }

    /// Whether a vertex may touch a body within this or the next substep.
    fn is_near_body(&self, state: &State) -> bool {
        self.bodies.iter().any(|body| {
            self.q.iter().zip(state.particles()).zip(&self.displacement).any(|((q, p), d)| {
                let distance = body.distance(*q, p.offset_m()).0;
                distance < 0.001 || distance < mul(2.0, d.length())
            })
        })
    }

    fn push_off_bodies(&mut self, state: &State, dt_secs: f32) {
        let n = self.q.len();
        for (b, body) in self.bodies.iter().enumerate() {
            for i in 0..n {
                if self.inverse_mass[i] > 0.0 {
                    let vertex = Moving {
                        q: self.q[i],
                        rest_m: state.particles()[i].rest_m(),
                        displacement_m: self.displacement[i],
                    };
                    let clearance = self.solver.mesh().half_thickness_m[i];
                    self.displacement[i] = push_off(body, vertex, clearance, dt_secs, &mut self.touches[b * n + i]);
                }
            }
        }
    }
}

impl SubstepHook for Contact {
    fn begin(&mut self, _state: &State, _wind: &[SharedV3], dt_secs: f32) {
        self.bodies.iter_mut().for_each(|b| b.advance(dt_secs));
        self.touches.clear();
        self.touches.resize(self.bodies.len() * self.q.len(), Touch::default());
    }

    fn predicted(&mut self, state: &State, dt_secs: f32) {
        let start = std::time::Instant::now();
        self.read(state);
        for (i, p) in state.particles().iter().enumerate() {
            self.q[i] = p.q();
            self.inverse_mass[i] = p.inverse_mass_per_kg();
        }
        self.solver.is_supported = self.is_near_body(state);
        self.solver.begin(&self.q, &self.displacement, &self.inverse_mass, dt_secs);
        self.spent[0] += start.elapsed();
    }

    fn iterated(&mut self, state: &State, dt_secs: f32) {
        let start = std::time::Instant::now();
        self.write(state, |contact| {
            for _ in 0..contact.solver.settings.iterations {
                contact.solver.push(&mut contact.displacement, &contact.inverse_mass);
            }
            contact.push_off_bodies(state, dt_secs);
        });
        self.spent[1] += start.elapsed();
    }

    fn finish(&mut self, state: &State, _dt_secs: f32) {
        let start = std::time::Instant::now();
        self.write(state, |contact| contact.solver.truncate(&mut contact.displacement));
        self.spent[2] += start.elapsed();
    }
}

#[cfg(test)]
#[path = "scene_tests.rs"]
mod tests;
