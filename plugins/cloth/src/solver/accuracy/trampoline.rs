//! A ball on a cloth trampoline: is the momentum that the ball gains the one that the cloth loses?
//!
//! Both sides keep books of their own. The ball's momentum is read from the ball, the cloth's from its particles before and after each part of
//! contact; the ball does not know of the second, nor the cloth of the first.

use super::cases::{DENSITY, GRAVITY, pinned};
use crate::solver::cloth::Cloth;
use crate::solver::contact::exchange::Mover;
use crate::solver::contact::hook::Contact;
use crate::solver::contact::mesh::ContactMesh;
use crate::solver::contact::shapes::{Body, Core};
use crate::solver::contact::solver::ContactSettings;
use crate::solver::error::ClothError;
use crate::solver::fabric::Fabric;
use crate::solver::grids::{Diagonals, rectangle};
use crate::solver::settings::Settings;
use crate::solver::state::{SharedV3, State};
use crate::solver::step::SubstepHook;

const SUBSTEPS_PER_SEC: u32 = 1200;
const BALL_KG: f64 = 0.5;
const BALL_M: f64 = 0.08;

/// What came out.
#[derive(Clone, Copy, Debug)]
pub struct Trampoline {
    /// Momentum of the ball, less what gravity gave it, plus what contact gave to the cloth: 0 but for errors. As a share of all that gravity gave.
    pub drift: f64,
    /// Height of the ball's centre over the rim at the end, m.
    pub height_m: f64,
    /// How often the ball turned from falling to rising by more than 0.1 m/s.
    pub bounces: u32,
}

/// Contact, with the cloth's books.
struct Books {
    contact: Contact,
    masses_kg: Vec<f64>,
    /// Impulse that contact gave to the cloth, N s.
    given: [f64; 3],
    dt_secs: f64,
}

impl Books {
    fn watch(&mut self, state: &State, act: impl FnOnce(&mut Contact)) {
        let before: Vec<[f32; 3]> = state.particles().iter().map(|p| p.displacement_m().to_array()).collect();
        act(&mut self.contact);
        for ((particle, before), mass) in state.particles().iter().zip(before).zip(&self.masses_kg) {
            let after = particle.displacement_m().to_array();
            for axis in 0..3 {
                self.given[axis] += (f64::from(after[axis]) - f64::from(before[axis])) * mass / self.dt_secs;
            }
        }
    }
}

impl SubstepHook for Books {
    fn begin(&mut self, state: &State, wind: &[SharedV3], dt_secs: f32) {
        self.contact.begin(state, wind, dt_secs);
    }

    fn predicted(&mut self, state: &State, dt_secs: f32) {
        self.watch(state, |contact| contact.predicted(state, dt_secs));
    }

    fn iterated(&mut self, state: &State, dt_secs: f32) {
        self.watch(state, |contact| contact.iterated(state, dt_secs));
    }

    fn finish(&mut self, state: &State, dt_secs: f32) {
        self.watch(state, |contact| contact.finish(state, dt_secs));
    }
}

/// A ball of half a kilogram, dropped 0.3 m onto a square of 0.6 m whose rim is held, for `secs` seconds.
pub fn trampoline(secs: f64) -> Result<Trampoline, ClothError> {
    let cells = 10;
    let mut mesh = rectangle([0.6, 0.6], [cells, cells], Diagonals::Alternating)?;
    for p in &mut mesh.positions_m {
        *p = [p[0] - 0.3, 0.0, p[2] + 0.3];
    }
    let is_rim = |i: usize| [i % (cells + 1), i / (cells + 1)].iter().any(|k| *k == 0 || *k == cells);
    let pins = (0..mesh.positions_m.len()).filter(|i| is_rim(*i)).map(|i| i as u32).collect();
    let settings = Settings { substep_secs: 1.0 / SUBSTEPS_PER_SEC as f32, ..Settings::default() };
    let cloth = pinned(mesh, Fabric::isotropic(DENSITY as f32, 2000.0, 1e-5, 0.2), settings, pins)?;
    run(cloth, secs)
}

fn run(mut cloth: Cloth, secs: f64) -> Result<Trampoline, ClothError> {
    let start: Vec<[i32; 3]> = cloth.state().particles().iter().map(|p| p.q()).collect();
    let mut contact =
        Contact::new(ContactMesh::new(&cloth.mesh().triangles, &start, 1e-3, &[])?, ContactSettings::default());
    let mover = Mover::ball(BALL_KG, BALL_M, [0.0, -GRAVITY, 0.0]);
    // A little beside the middle, so that it turns as well.
    contact.bodies.push(Body::new(Core::Point, BALL_M as f32, [0.02, 0.3 + BALL_M, 0.01], 0.4));
    contact.movers.push(Some(mover));
    let free = |w: f32| if w > 0.0 { 1.0 / f64::from(w) } else { 0.0 };
    let masses_kg = cloth.state().particles().iter().map(|p| free(p.inverse_mass_per_kg())).collect();
    let dt_secs = f64::from(cloth.settings().substep_secs);
    let mut books = Books { contact, masses_kg, given: [0.0; 3], dt_secs };
    let substeps = (secs * f64::from(SUBSTEPS_PER_SEC)).round() as u32;
    let (mut bounces, mut last) = (0, 0.0);
    let velocity = |books: &Books| f64::from(books.contact.bodies[0].velocity_m_s.y);
    for _ in 0..substeps / 20 {
        cloth.step_with(20, &mut books);
        let now = velocity(&books);
        bounces += u32::from(now > 0.1 && last <= 0.1);
        last = now;
    }
    let done = f64::from(substeps / 20 * 20);
    // What the cloth gave in the last substep, the ball has not felt yet.
    let (waiting, _) = books.contact.exchanges[0].take();
    let momentum = books.contact.movers[0].as_ref().map_or([f64::NAN; 3], Mover::momentum);
    let weight = BALL_KG * GRAVITY * dt_secs * done;
    let fallen = [0.0, -weight, 0.0];
    let rest = [0, 1, 2].map(|axis| momentum[axis] + waiting[axis] - fallen[axis] + books.given[axis]);
    let ball = &books.contact.bodies[0];
    let height_m = crate::solver::position::to_metres(ball.q[1], ball.offset_m.y);
    Ok(Trampoline { drift: rest.iter().map(|r| r * r).sum::<f64>().sqrt() / weight, height_m, bounces })
}
