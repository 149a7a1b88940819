//! Constraints between pairs: seams and buttons (they hold two particles together and may break), and long-range attachments (they
//! keep a particle within reach of a pin).

use crate::solver::error::ClothError;
use crate::solver::exact::{add, div, mul, recip, sub};
use crate::solver::state::State;
use crate::solver::vec3::V3;

/// Two particles held together, as its author gives it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seam {
    /// The particles.
    pub particles: [u32; 2],
    /// Distance at which it is without force, m. 0 for a seam.
    pub rest_m: f32,
    /// Give under load, m/N. 0 = rigid.
    pub compliance_m_n: f32,
    /// Force beyond which it breaks, N; infinite = never.
    pub break_force_n: f32,
}

impl Seam {
    /// A rigid seam that never breaks.
    pub fn rigid(a: u32, b: u32) -> Seam {
        Seam { particles: [a, b], rest_m: 0.0, compliance_m_n: 0.0, break_force_n: f32::INFINITY }
    }

    pub(crate) fn validate(&self, index: usize, particles: usize) -> Result<(), ClothError> {
        for particle in self.particles {
            if particle as usize >= particles {
                return Err(ClothError::Particle { what: "seam", index, particle: particle as usize, particles });
            }
        }
        let refuse = |problem| Err(ClothError::Seam { index, problem });
        if self.particles[0] == self.particles[1] {
            refuse("joins a particle to itself")
        } else if !(self.rest_m >= 0.0 && self.rest_m <= 100.0) {
            refuse("the rest length must be 0..100 m")
        } else if !(self.compliance_m_n >= 0.0 && self.compliance_m_n <= 1e6) {
            refuse("the compliance must be 0..1e6 m/N")
        } else if !(self.break_force_n > 0.0) {
            refuse("the breaking force must be positive (infinite for never)")
        } else {
            Ok(())
        }
    }
}

/// A seam in the step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SeamState {
    pub seam: Seam,
    pub is_broken: bool,
    /// Multiplier of this substep along the seam's three axes, N.
    stress: V3,
    /// Remembered multiplier, N.
    memory: V3,
}

impl SeamState {
    pub fn new(seam: Seam) -> SeamState {
        SeamState { seam, is_broken: false, stress: V3::ZERO, memory: V3::ZERO }
    }

    /// Remembered force of a seam that may be broken, N.
    pub fn memory(&self) -> V3 {
        self.memory
    }

    /// What a device has made of it: multiplier, remembered force (N), and whether it broke.
    pub fn restore(&mut self, stress: V3, memory: V3, is_broken: bool) {
        (self.stress, self.memory, self.is_broken) = (stress, memory, is_broken);
    }

    /// Multiplier of the last substep, N.
    pub fn stress(&self) -> V3 {
        self.stress
    }

    /// Force of the last substep, N.
    pub fn force_n(&self) -> f32 {
        self.stress.length()
    }

    /// Remembered force on the first particle (minus that on the second), N.
    pub fn remembered(&self) -> V3 {
        if self.is_broken { V3::ZERO } else { self.memory }
    }

    /// One visit. The constraint is the vector `x_a - x_b - rest * direction = 0`, so that a seam of length zero has all three directions held.
    pub fn solve(&mut self, state: &State, dt_squared: f32, is_first: bool, memory_rate: f32, is_last: bool) {
        if self.is_broken {
            return;
        }
        let [a, b] = self.seam.particles.map(|i| &state.particles()[i as usize]);
        let mobility = [a, b].map(|p| mul(p.inverse_mass_per_kg(), dt_squared));
        let sum = add(add(mobility[0], mobility[1]), self.seam.compliance_m_n);
        if !(sum > 1e-30) {
            return;
        }
        let before = if is_first { self.memory } else { self.stress };
        let gap = state.difference_m(self.seam.particles[0] as usize, self.seam.particles[1] as usize);
        let target = gap.normalised_or(V3::ZERO).scale(self.seam.rest_m);
        let error = gap.sub(target).add_scaled(before, self.seam.compliance_m_n);
        let change = error.scale(-recip(sum));
        self.stress = before.add(change);
        a.set_offset_m(a.offset_m().add_scaled(change, mobility[0]));
        b.set_offset_m(b.offset_m().add_scaled(change, -mobility[1]));
        if is_last && memory_rate > 0.0 {
            self.memory = self.memory.add_scaled(self.stress.sub(self.memory), memory_rate);
        }
        if is_last {
            self.is_broken = self.stress.length() > self.seam.break_force_n;
        }
    }
}

/// A particle that may not be farther from a pin than along the cloth (Kim, Chentanez, Mueller 2012).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Attachment {
    pub anchor: u32,
    pub length_m: f32,
}

impl Attachment {
    /// Draws the particle back onto the sphere about its anchor; the anchor, which is pinned, is not moved.
    pub fn solve(&self, state: &State, particle: usize) {
        let (here, anchor) = (&state.particles()[particle], &state.particles()[self.anchor as usize]);
        if here.inverse_mass_per_kg() == 0.0 || anchor.inverse_mass_per_kg() > 0.0 {
            return;
        }
        let away = state.difference_m(particle, self.anchor as usize);
        let square = away.length_squared();
        if square > mul(self.length_m, self.length_m) {
            let length = crate::solver::exact::sqrt(square);
            here.set_offset_m(here.offset_m().add_scaled(away, -div(sub(length, self.length_m), length)));
        }
    }
}
