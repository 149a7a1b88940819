//! The step.
//!
//! | phase | does | writes |
//! |---|---|---|
//! | begin | hook: wind, bodies | wind |
//! | forces | remembered stress and air, at the start positions, colour by colour | forces |
//! | predict | velocity and forces -> displacement | offsets |
//! | predicted | hook: detection of contacts | |
//! | iterations | membrane colours, bending colours, seams (by colours, on one thread), attachments, hook: contact | offsets, multipliers |
//! | finish | hook: truncation | offsets |
//! | commit | displacement -> velocity, damping; offsets -> units and rest | velocities, positions |
//!
//! Every phase ends with a barrier. Within one, threads work on disjoint particles, so the result does not depend on their number.

use crate::solver::batch::{BendingBatch, MembraneBatch, Visit};
use crate::solver::cloth::Cloth;
use crate::solver::error::ClothError;
use crate::solver::exact::{add, mul, recip};
use crate::solver::links::SeamState;
use crate::solver::prepare::Coloured;
use crate::solver::state::{Particle, SharedV3, State};
use crate::solver::team::{Barrier, Member, parts};
use crate::solver::vec3::V3;

/// Where contact, wind and bodies take part in a substep. Called by one thread while the others wait.
pub trait SubstepHook: Send {
    /// Before anything: write the wind (m/s) of each particle, advance bodies.
    fn begin(&mut self, _state: &State, _wind: &[SharedV3], _dt_secs: f32) {}
    /// After prediction: `offset_m` holds where each particle would go without constraints. Detection belongs here.
    fn predicted(&mut self, _state: &State, _dt_secs: f32) {}
    /// After each iteration of the elastic constraints. Contact constraints belong here.
    fn iterated(&mut self, _state: &State, _dt_secs: f32) {}
    /// Last chance to change displacements before they become velocities. Truncation belongs here.
    fn finish(&mut self, _state: &State, _dt_secs: f32) {}
}

impl SubstepHook for () {}

/// A cloth during a step, for a hook.
#[derive(Clone, Copy)]
pub struct Stepped<'a> {
    /// Its particles.
    pub state: &'a State,
    /// Wind at each of them, m/s.
    pub wind: &'a [SharedV3],
}

/// Like [`SubstepHook`], for cloths that are stepped together because they may touch.
pub trait GroupHook: Send {
    /// See [`SubstepHook::begin`].
    fn begin(&mut self, _cloths: &[Stepped], _dt_secs: f32) {}
    /// See [`SubstepHook::predicted`].
    fn predicted(&mut self, _cloths: &[Stepped], _dt_secs: f32) {}
    /// See [`SubstepHook::iterated`].
    fn iterated(&mut self, _cloths: &[Stepped], _dt_secs: f32) {}
    /// See [`SubstepHook::finish`].
    fn finish(&mut self, _cloths: &[Stepped], _dt_secs: f32) {}
}

/// A hook of one cloth as that of a group of one.
struct Alone<'a, H>(&'a mut H);

impl<H: SubstepHook> GroupHook for Alone<'_, H> {
    fn begin(&mut self, cloths: &[Stepped], dt_secs: f32) {
        cloths.iter().for_each(|cloth| self.0.begin(cloth.state, cloth.wind, dt_secs));
    }

    fn predicted(&mut self, cloths: &[Stepped], dt_secs: f32) {
        cloths.iter().for_each(|cloth| self.0.predicted(cloth.state, dt_secs));
    }

    fn iterated(&mut self, cloths: &[Stepped], dt_secs: f32) {
        cloths.iter().for_each(|cloth| self.0.iterated(cloth.state, dt_secs));
    }

    fn finish(&mut self, cloths: &[Stepped], dt_secs: f32) {
        cloths.iter().for_each(|cloth| self.0.finish(cloth.state, dt_secs));
    }
}

/// What all threads read.
struct Shared<'a> {
    cloths: Vec<Frame<'a>>,
    stepped: Vec<Stepped<'a>>,
    barrier: Barrier,
    iterations: u32,
    dt_secs: f32,
}

/// The parts of a cloth that the step does not own exclusively.
struct Frame<'a> {
    state: &'a State,
    forces: &'a [SharedV3],
    wind: &'a [SharedV3],
    cloth: Constants<'a>,
}

struct Constants<'a> {
    settings: &'a crate::solver::settings::Settings,
    material: &'a crate::solver::membrane::Material,
    air: &'a crate::solver::air::Air,
    attachments: &'a [Option<crate::solver::links::Attachment>],
    seam_order: &'a [u32],
    membrane_colours: usize,
    bending_colours: usize,
    has_air: bool,
    is_limited: bool,
    has_rest_curvature: bool,
    keep: f32,
}

/// What one thread owns of one cloth: its part of each colour's batches; the first also seams.
struct Own<'a> {
    membrane: Vec<&'a mut [MembraneBatch]>,
    bending: Vec<&'a mut [BendingBatch]>,
    seams: Option<&'a mut [SeamState]>,
}

/// With fewer a thread waits longer at barriers than it works.
const PARTICLES_A_THREAD: usize = 512;

impl Cloth {
    /// Makes `substeps` substeps without contact.
    pub fn step(&mut self, substeps: u32) {
        self.step_with(substeps, &mut ());
    }

    /// Makes `substeps` substeps with a hook for contact and wind.
    pub fn step_with<H: SubstepHook>(&mut self, substeps: u32, hook: &mut H) {
        step_all(&mut [self], substeps, &mut Alone(hook));
    }

    fn prepare_step(&mut self) {
        if self.is_stale {
            self.refresh(self.settings.memory_secs > 0.0);
        }
    }
}

/// Makes `substeps` substeps of several cloths together, with a hook for what they share. The first one's settings tell threads and iterations.
///
/// # Errors
/// Substeps of different lengths.
pub fn step_together(cloths: &mut [&mut Cloth], substeps: u32, hook: &mut dyn GroupHook) -> Result<(), ClothError> {
    check_substeps(cloths)?;
    step_all(cloths, substeps, hook);
    Ok(())
}

/// Cloths that are stepped together make substeps of one length.
pub(crate) fn check_substeps(cloths: &[&mut Cloth]) -> Result<(), ClothError> {
    let Some(first) = cloths.first() else { return Ok(()) };
    let substep_secs = first.settings.substep_secs;
    if let Some(other) = cloths.iter().find(|cloth| cloth.settings.substep_secs != substep_secs) {
        let value = other.settings.substep_secs;
        return Err(ClothError::Setting { field: "substep_secs", value, low: substep_secs, high: substep_secs });
    }
    Ok(())
}

fn step_all(cloths: &mut [&mut Cloth], substeps: u32, hook: &mut dyn GroupHook) {
    let Some(first) = cloths.first() else { return };
    let (iterations, dt_secs) = (first.settings.iterations, first.settings.substep_secs);
    let particles: usize = cloths.iter().map(|cloth| cloth.state.len()).sum();
    let threads = first.settings.threads.min(particles.div_ceil(PARTICLES_A_THREAD)).max(1);
    let (mut frames, mut stepped) = (Vec::new(), Vec::new());
    // Of each thread, what it owns of each cloth.
    let mut teams: Vec<Vec<Own>> = (0..threads).map(|_| Vec::new()).collect();
    for cloth in cloths.iter_mut() {
        cloth.prepare_step();
        let cloth = &mut **cloth;
        stepped.push(Stepped { state: &cloth.state, wind: &cloth.wind });
        frames.push(Frame {
            state: &cloth.state,
            forces: &cloth.forces,
            wind: &cloth.wind,
            cloth: Constants {
                settings: &cloth.settings,
                material: &cloth.material,
                air: &cloth.air,
                attachments: &cloth.attachments,
                seam_order: &cloth.seam_colours.order,
                membrane_colours: cloth.membrane.starts.len() - 1,
                bending_colours: cloth.bending.starts.len() - 1,
                has_air: cloth.settings.air.density_kg_m3 > 0.0,
                is_limited: cloth.fabric.limit_stiffening > 0.0,
                has_rest_curvature: cloth.fastenings.is_rest_curved,
                keep: cloth.kept_velocity(),
            },
        });
        let mut seams = Some(cloth.seams.as_mut_slice());
        let shares = shares(&mut cloth.membrane, threads).into_iter().zip(shares(&mut cloth.bending, threads));
        for (team, (membrane, bending)) in teams.iter_mut().zip(shares) {
            team.push(Own { membrane, bending, seams: seams.take() });
        }
    }
    let shared = Shared { cloths: frames, stepped, barrier: Barrier::default(), iterations, dt_secs };
    let mut hook = Some(hook);
    std::thread::scope(|scope| {
        for (index, own) in teams.drain(1..).enumerate() {
            let shared = &shared;
            scope.spawn(move || run(substeps, shared, own, None, Member::new(&shared.barrier, index + 1, threads)));
        }
        if let Some(own) = teams.pop() {
            run(substeps, &shared, own, hook.take(), Member::new(&shared.barrier, 0, threads));
        }
    });
}

impl Cloth {
    /// Share of the velocity that damping leaves after a substep.
    pub(crate) fn kept_velocity(&self) -> f32 {
        let damping_per_sec = self.fabric.velocity_damping_per_sec + self.settings.settle_damping_per_sec;
        recip(add(1.0, mul(damping_per_sec, self.settings.substep_secs)))
    }
}

/// For each thread its part of every colour.
fn shares<B>(coloured: &mut Coloured<B>, threads: usize) -> Vec<Vec<&mut [B]>> {
    let mut out: Vec<Vec<&mut [B]>> = (0..threads).map(|_| Vec::new()).collect();
    let mut rest = coloured.batches.as_mut_slice();
    for range in coloured.starts.windows(2) {
        let (colour, after) = std::mem::take(&mut rest).split_at_mut(range[1] - range[0]);
        rest = after;
        for (own, part) in out.iter_mut().zip(parts(colour, threads)) {
            own.push(part);
        }
    }
    out
}

fn run(substeps: u32, shared: &Shared, mut own: Vec<Own>, mut hook: Option<&mut dyn GroupHook>, member: Member) {
    let (dt, cloths) = (shared.dt_secs, shared.stepped.as_slice());
    for _ in 0..substeps {
        if let Some(hook) = &mut hook {
            hook.begin(cloths, dt);
        }
        member.wait();
        for (frame, own) in shared.cloths.iter().zip(&mut own) {
            add_forces(frame, own, &member);
            for i in member.part(frame.state.len()) {
                predict(&frame.state.particles()[i], &frame.forces[i], frame.cloth.settings.gravity_m_s2, dt);
            }
        }
        member.wait();
        if let Some(hook) = &mut hook {
            hook.predicted(cloths, dt);
        }
        member.wait();
        for iteration in 0..shared.iterations {
            for (frame, own) in shared.cloths.iter().zip(&mut own) {
                let visit = Visit {
                    is_first: iteration == 0,
                    is_last: iteration + 1 == shared.iterations,
                    memory_rate: frame.cloth.settings.memory_rate(),
                };
                iterate(frame, own, &member, visit);
            }
            if let Some(hook) = &mut hook {
                hook.iterated(cloths, dt);
            }
            member.wait();
        }
        if let Some(hook) = &mut hook {
            hook.finish(cloths, dt);
        }
        member.wait();
        for frame in &shared.cloths {
            for i in member.part(frame.state.len()) {
                commit(&frame.state.particles()[i], dt, frame.cloth.keep);
                frame.forces[i].set(V3::ZERO);
            }
        }
        member.wait();
    }
}

fn add_forces(frame: &Frame, own: &mut Own, member: &Member) {
    let has_memory = frame.cloth.settings.memory_secs > 0.0;
    let (particles, air) = (frame.state.with_spare(), frame.cloth.air);
    if has_memory || frame.cloth.has_air {
        for colour in 0..frame.cloth.membrane_colours {
            for batch in own.membrane[colour].iter() {
                match (has_memory, frame.cloth.has_air) {
                    (true, true) => batch.add_forces::<true, true>(particles, frame.forces, frame.wind, air),
                    (true, false) => batch.add_forces::<true, false>(particles, frame.forces, frame.wind, air),
                    _ => batch.add_forces::<false, true>(particles, frame.forces, frame.wind, air),
                }
            }
            member.wait();
        }
    }
    if has_memory {
        for colour in 0..frame.cloth.bending_colours {
            for batch in own.bending[colour].iter() {
                batch.add_forces(particles, frame.forces);
            }
            member.wait();
        }
        if let Some(seams) = &own.seams {
            for seam in seams.iter() {
                let [a, b] = seam.seam.particles.map(|i| &frame.forces[i as usize]);
                a.set(a.get().add(seam.remembered()));
                b.set(b.get().sub(seam.remembered()));
            }
        }
        member.wait();
    }
}

fn iterate(frame: &Frame, own: &mut Own, member: &Member, visit: Visit) {
    let (particles, material) = (frame.state.with_spare(), frame.cloth.material);
    let (is_damped, dt) = (material.damping > 0.0, frame.cloth.settings.substep_secs);
    for colour in 0..frame.cloth.membrane_colours {
        for batch in own.membrane[colour].iter_mut() {
            match (is_damped, frame.cloth.is_limited) {
                (true, true) => batch.solve::<true, true>(particles, material, visit),
                (true, false) => batch.solve::<true, false>(particles, material, visit),
                (false, true) => batch.solve::<false, true>(particles, material, visit),
                (false, false) => batch.solve::<false, false>(particles, material, visit),
            }
        }
        member.wait();
    }
    let needs_normal = frame.cloth.has_rest_curvature || visit.memory_rate > 0.0;
    for colour in 0..frame.cloth.bending_colours {
        for batch in own.bending[colour].iter_mut() {
            match (is_damped, needs_normal) {
                (true, true) => batch.solve::<true, true>(particles, material.damping, visit),
                (true, false) => batch.solve::<true, false>(particles, material.damping, visit),
                (false, true) => batch.solve::<false, true>(particles, material.damping, visit),
                (false, false) => batch.solve::<false, false>(particles, material.damping, visit),
            }
        }
        member.wait();
    }
    if let Some(seams) = &mut own.seams {
        for seam in frame.cloth.seam_order {
            seams[*seam as usize].solve(frame.state, mul(dt, dt), visit.is_first, visit.memory_rate, visit.is_last);
        }
    }
    member.wait();
    if !frame.cloth.attachments.is_empty() {
        for i in member.part(frame.state.len()) {
            if let Some(attachment) = &frame.cloth.attachments[i] {
                attachment.solve(frame.state, i);
            }
        }
        member.wait();
    }
}

/// `d = (v + g dt) dt + w dt^2 f`; a pinned particle keeps the velocity it was given.
pub(crate) fn predict(particle: &Particle, force: &SharedV3, gravity: V3, dt: f32) {
    let w = particle.inverse_mass_per_kg();
    let mut velocity = particle.velocity_m_s();
    if w > 0.0 {
        velocity = velocity.add_scaled(gravity, dt).add_scaled(force.get(), mul(w, dt));
    }
    particle.set_displacement_m(velocity.scale(dt));
}

/// Displacement becomes velocity. A displacement of a metre and more, or none that is a number, stops the particle: bad input stays where it is.
pub(crate) fn commit(particle: &Particle, dt: f32, keep: f32) {
    let d = particle.displacement_m();
    if d.length_squared() < 1.0 {
        if particle.inverse_mass_per_kg() > 0.0 {
            particle.set_velocity_m_s(d.scale(mul(recip(dt), keep)));
        }
    } else {
        particle.set_displacement_m(V3::ZERO);
        particle.set_velocity_m_s(V3::ZERO);
    }
    particle.commit();
}
