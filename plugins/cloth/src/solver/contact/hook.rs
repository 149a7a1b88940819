//! Contact as part of the step of one cloth, or of several that may touch.

use super::exchange::{Exchange, Mover};
use super::grid::Aabb;
use super::mesh::ContactMesh;
use super::shapes::{Body, Moving, Touch, push_off};
use super::solver::{ContactSettings, ContactSolver};
use crate::solver::exact::{add, mul};
use crate::solver::position::{MAX_STEP_M, to_metres};
use crate::solver::state::{Particle, SharedV3, State};
use crate::solver::step::{GroupHook, Stepped, SubstepHook};
use crate::solver::vec3::V3;

/// Contact of cloths with themselves, each other and bodies: `cloth.step_with(substeps, &mut contact)` for one cloth, `step_together` for all that are
/// layers of the mesh, in its order, with one origin.
pub struct Contact {
    /// Cloth against cloth and against bodies of triangles.
    pub solver: ContactSolver,
    /// Bodies of simple shape. Their poses are advanced by their velocities in each substep.
    pub bodies: Vec<Body>,
    /// For each body, if it has one, what moves it by its own inertia; the others go as they are sent.
    pub movers: Vec<Option<Mover>>,
    /// For each body what the cloth has given it since that was last taken.
    pub exchanges: Vec<Exchange>,
    /// Time spent in contact so far, for reports: begin, push, truncate.
    pub spent: [std::time::Duration; 3],
    touches: Vec<Touch>,
    /// Bodies of simple shape that anything can touch in this substep.
    in_reach: Vec<usize>,
    q: Vec<[i32; 3]>,
    displacement: Vec<V3>,
    inverse_mass: Vec<f32>,
}

/// All particles, cloth after cloth.
fn particles<'a>(cloths: &'a [Stepped]) -> impl Iterator<Item = &'a Particle> {
    cloths.iter().flat_map(|cloth| cloth.state.particles())
}

impl Contact {
    /// With the mesh of the cloths.
    pub fn new(mesh: ContactMesh, settings: ContactSettings) -> Contact {
        let n = mesh.cloth_vertices;
        Contact {
            solver: ContactSolver::new(mesh, settings),
            bodies: Vec::new(),
            movers: Vec::new(),
            exchanges: Vec::new(),
            spent: Default::default(),
            touches: Vec::new(),
            in_reach: Vec::new(),
            q: vec![[0; 3]; n],
            displacement: vec![V3::ZERO; n],
            inverse_mass: vec![0.0; n],
        }
    }

    fn read(&mut self, cloths: &[Stepped]) {
        for (d, p) in self.displacement.iter_mut().zip(particles(cloths)) {
            *d = p.displacement_m();
        }
    }

    /// Writes the displacements that `change` changes.
    fn write(&mut self, cloths: &[Stepped], change: impl FnOnce(&mut Self)) {
        self.read(cloths);
        change(self);
        for (d, p) in self.displacement.iter().zip(particles(cloths)) {
            if *d != p.displacement_m() {
                p.set_displacement_m(*d);
            }
        }
    }

    /// Finds the bodies that are not farther from the box of all vertices than the longest way of a substep and any thickness.
    fn find_in_reach(&mut self) {
        let bounds = self.q.iter().fold(Aabb::EMPTY, |all, q| all.with(&Aabb { lo: *q, hi: *q }));
        let away_m = |body: &Body| {
            let beyond = |k: usize| (bounds.lo[k] - body.q[k]).max(body.q[k] - bounds.hi[k]).max(0);
            V3::from_array([0, 1, 2].map(|k| to_metres(beyond(k), 0.0) as f32)).length()
        };
        let is_near = |body: &Body| !(away_m(body) > add(body.reach_m(), 1.25 * MAX_STEP_M));
        self.in_reach.clear();
        self.in_reach.extend(self.bodies.iter().enumerate().filter(|(_, body)| is_near(body)).map(|(index, _)| index));
    }

    /// Whether a vertex may touch a body within this or the next substep.
    fn is_near_body(&self, cloths: &[Stepped]) -> bool {
        self.in_reach.iter().any(|body| {
            let body = &self.bodies[*body];
            self.q.iter().zip(particles(cloths)).zip(&self.displacement).any(|((q, p), d)| {
                let distance = body.distance(*q, p.offset_m()).0;
                distance < 0.001 || distance < mul(2.0, d.length())
            })
        })
    }

    fn push_off_bodies(&mut self, cloths: &[Stepped], dt_secs: f32) {
        let n = self.q.len();
        let mesh = self.solver.mesh();
        for b in self.in_reach.iter().copied() {
            let body = &self.bodies[b];
            for (i, particle) in particles(cloths).enumerate() {
                if self.inverse_mass[i] > 0.0 {
                    let vertex =
                        Moving { q: self.q[i], rest_m: particle.rest_m(), displacement_m: self.displacement[i] };
                    let clearance_m = add(mesh.half_thickness_m[i], body.sagitta_m(mesh.chord_m[i]));
                    let own = mesh.friction.get(i);
                    let friction = own.map_or(body.friction, |own| mul(0.5, add(*own, body.friction)));
                    let touch = &mut self.touches[b * n + i];
                    let pushed = push_off(body, vertex, clearance_m, friction, dt_secs, touch);
                    if pushed != vertex.displacement_m {
                        let change = pushed.sub(vertex.displacement_m);
                        let arm = body.distance(vertex.q, vertex.rest_m.add(pushed)).2;
                        self.exchanges[b].react(change, arm, self.inverse_mass[i], dt_secs);
                        self.displacement[i] = pushed;
                    }
                }
            }
        }
    }
}

impl GroupHook for Contact {
    fn begin(&mut self, _cloths: &[Stepped], dt_secs: f32) {
        self.exchanges.resize(self.bodies.len(), Exchange::default());
        for ((body, exchange), mover) in self.bodies.iter_mut().zip(&mut self.exchanges).zip(&mut self.movers) {
            if let Some(mover) = mover {
                mover.send(body, exchange, dt_secs);
            }
        }
        self.bodies.iter_mut().for_each(|b| b.advance(dt_secs));
        self.touches.clear();
        self.touches.resize(self.bodies.len() * self.q.len(), Touch::default());
    }

    fn predicted(&mut self, cloths: &[Stepped], dt_secs: f32) {
        let start = std::time::Instant::now();
        self.read(cloths);
        for (i, p) in particles(cloths).enumerate().take(self.q.len()) {
            self.q[i] = p.q();
            self.inverse_mass[i] = p.inverse_mass_per_kg();
        }
        self.find_in_reach();
        self.solver.is_supported = self.is_near_body(cloths);
        self.write(cloths, |contact| {
            // What a body runs into goes with it from the start, so that margins hold that motion and elasticity hands it on.
            let before = contact.displacement.clone();
            contact.push_off_bodies(cloths, dt_secs);
            let thrown = before.iter().zip(&contact.displacement).fold(0.0f32, |m, (a, b)| m.max(a.sub(*b).length()));
            contact.solver.jolt_m = thrown;
            contact.solver.begin(&contact.q, &mut contact.displacement, &contact.inverse_mass, dt_secs);
        });
        self.spent[0] += start.elapsed();
    }

    fn iterated(&mut self, cloths: &[Stepped], dt_secs: f32) {
        let start = std::time::Instant::now();
        self.write(cloths, |contact| {
            for _ in 0..contact.solver.settings.iterations {
                contact.solver.push(&mut contact.displacement, &contact.inverse_mass);
                contact.solver.push_off_bodies(&mut contact.displacement, &contact.inverse_mass);
            }
            contact.push_off_bodies(cloths, dt_secs);
        });
        self.spent[1] += start.elapsed();
    }

    fn finish(&mut self, cloths: &[Stepped], _dt_secs: f32) {
        let start = std::time::Instant::now();
        self.write(cloths, |contact| contact.solver.truncate(&mut contact.displacement));
        self.spent[2] += start.elapsed();
    }
}

/// [`Contact`] whose surroundings are led: `lead` is called before each substep, to send bodies on their way.
pub struct Led<'a, F> {
    contact: &'a mut Contact,
    lead: F,
}

impl<'a, F: FnMut(&mut Contact, &[Stepped]) + Send> Led<'a, F> {
    /// For a step.
    pub fn new(contact: &'a mut Contact, lead: F) -> Self {
        Led { contact, lead }
    }
}

impl<F: FnMut(&mut Contact, &[Stepped]) + Send> GroupHook for Led<'_, F> {
    fn begin(&mut self, cloths: &[Stepped], dt_secs: f32) {
        (self.lead)(self.contact, cloths);
        GroupHook::begin(self.contact, cloths, dt_secs);
    }

    fn predicted(&mut self, cloths: &[Stepped], dt_secs: f32) {
        GroupHook::predicted(self.contact, cloths, dt_secs);
    }

    fn iterated(&mut self, cloths: &[Stepped], dt_secs: f32) {
        GroupHook::iterated(self.contact, cloths, dt_secs);
    }

    fn finish(&mut self, cloths: &[Stepped], dt_secs: f32) {
        GroupHook::finish(self.contact, cloths, dt_secs);
    }
}

/// A single cloth.
impl SubstepHook for Contact {
    fn begin(&mut self, state: &State, wind: &[SharedV3], dt_secs: f32) {
        GroupHook::begin(self, &[Stepped { state, wind }], dt_secs);
    }

    fn predicted(&mut self, state: &State, dt_secs: f32) {
        GroupHook::predicted(self, &[Stepped { state, wind: &[] }], dt_secs);
    }

    fn iterated(&mut self, state: &State, dt_secs: f32) {
        GroupHook::iterated(self, &[Stepped { state, wind: &[] }], dt_secs);
    }

    fn finish(&mut self, state: &State, dt_secs: f32) {
        GroupHook::finish(self, &[Stepped { state, wind: &[] }], dt_secs);
    }
}

#[cfg(test)]
#[path = "scene_tests.rs"]
mod tests;
