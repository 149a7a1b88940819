//! What changes from substep to substep: positions, velocities, inverse masses.
//!
//! All fields are relaxed atomics: on the machine they are plain loads and stores, and they let several threads (whose particles are
//! disjoint by colouring) write into one buffer without `unsafe`, as invocations of a shader do. Threads are ordered by the barriers of
//! `team.rs`.

use crate::solver::exact::add;
use crate::solver::position::{self, difference};
use crate::solver::vec3::V3;
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering::Relaxed};

/// A vector in a shared buffer.
#[derive(Debug, Default)]
pub struct SharedV3([AtomicU32; 3]);

impl SharedV3 {
    /// From a value.
    pub fn new(v: V3) -> Self {
        SharedV3(v.to_array().map(|x| AtomicU32::new(x.to_bits())))
    }

    /// Reads.
    #[inline(always)]
    pub fn get(&self) -> V3 {
        V3 {
            x: f32::from_bits(self.0[0].load(Relaxed)),
            y: f32::from_bits(self.0[1].load(Relaxed)),
            z: f32::from_bits(self.0[2].load(Relaxed)),
        }
    }

    /// Writes.
    #[inline(always)]
    pub fn set(&self, v: V3) {
        self.0[0].store(v.x.to_bits(), Relaxed);
        self.0[1].store(v.y.to_bits(), Relaxed);
        self.0[2].store(v.z.to_bits(), Relaxed);
    }
}

impl Clone for SharedV3 {
    fn clone(&self) -> Self {
        SharedV3::new(self.get())
    }
}

/// One particle.
#[derive(Debug, Default)]
pub struct Particle {
    q: [AtomicI32; 3],
    inverse_mass: AtomicU32,
    offset: SharedV3,
    rest: SharedV3,
    velocity: SharedV3,
}

impl Clone for Particle {
    fn clone(&self) -> Self {
        let copy = Particle::default();
        copy.set_q(self.q());
        copy.set_inverse_mass_per_kg(self.inverse_mass_per_kg());
        copy.set_offset_m(self.offset_m());
        copy.rest.set(self.rest_m());
        copy.set_velocity_m_s(self.velocity_m_s());
        copy
    }
}

impl Particle {
    /// Whole units of 2^-24 m.
    #[inline(always)]
    pub fn q(&self) -> [i32; 3] {
        [self.q[0].load(Relaxed), self.q[1].load(Relaxed), self.q[2].load(Relaxed)]
    }

    #[inline(always)]
    fn set_q(&self, q: [i32; 3]) {
        for axis in 0..3 {
            self.q[axis].store(q[axis], Relaxed);
        }
    }

    /// `w`: 1/kg, zero for a pinned particle.
    #[inline(always)]
    pub fn inverse_mass_per_kg(&self) -> f32 {
        f32::from_bits(self.inverse_mass.load(Relaxed))
    }

    /// Sets `w`. The solver's blocks hold copies; go through `Cloth::pin` and `Cloth::unpin`.
    pub(crate) fn set_inverse_mass_per_kg(&self, w: f32) {
        self.inverse_mass.store(w.to_bits(), Relaxed);
    }

    /// `r + d`, metres from `q`.
    #[inline(always)]
    pub fn offset_m(&self) -> V3 {
        self.offset.get()
    }

    /// Sets `r + d`: moves the particle within the substep.
    #[inline(always)]
    pub fn set_offset_m(&self, offset: V3) {
        self.offset.set(offset);
    }

    /// `r`, metres: the offset with which the substep began.
    #[inline(always)]
    pub fn rest_m(&self) -> V3 {
        self.rest.get()
    }

    /// `d`, metres: displacement since the substep began.
    #[inline(always)]
    pub fn displacement_m(&self) -> V3 {
        self.offset_m().sub(self.rest_m())
    }

    /// Sets `d`.
    #[inline(always)]
    pub fn set_displacement_m(&self, d: V3) {
        self.set_offset_m(self.rest_m().add(d));
    }

    /// Velocity, m/s.
    #[inline(always)]
    pub fn velocity_m_s(&self) -> V3 {
        self.velocity.get()
    }

    /// Sets the velocity, m/s.
    #[inline(always)]
    pub fn set_velocity_m_s(&self, v: V3) {
        self.velocity.set(v);
    }

    /// End of a substep: whole units move from the offset into `q`; what stays is the new rest.
    #[inline(always)]
    pub fn commit(&self) {
        let offset = self.offset_m();
        let (x, y, z) = (position::split(offset.x), position::split(offset.y), position::split(offset.z));
        let q = self.q();
        // What falls out of the world (64 m) stays at its wall, so that differences always fit.
        let inside = |q: i32, units: i32| (q + units).clamp(-(1 << 30), 1 << 30);
        self.set_q([inside(q[0], x.0), inside(q[1], y.0), inside(q[2], z.0)]);
        let rest = V3::new(x.1, y.1, z.1);
        self.rest.set(rest);
        self.offset.set(rest);
    }
}

/// All particles of a cloth. After the last one stands a spare particle of infinite mass at rest: constraints that lack a
/// vertex, and unused lanes, point at it.
#[derive(Clone, Debug)]
pub struct State {
    particles: Vec<Particle>,
}

impl State {
    /// At rest at the given positions (metres from the cloth's origin), with inverse masses.
    pub fn new(positions_m: &[[f64; 3]], inverse_masses_per_kg: &[f32]) -> State {
        let mut particles = vec![Particle::default(); positions_m.len() + 1];
        for (particle, (p, w)) in particles.iter_mut().zip(positions_m.iter().zip(inverse_masses_per_kg)) {
            particle.set_inverse_mass_per_kg(*w);
            particle.place(*p);
        }
        State { particles }
    }

    /// Number of particles, the spare one not counted.
    pub fn len(&self) -> usize {
        self.particles.len() - 1
    }

    /// Whether there are no particles.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Particles, the spare one last.
    #[inline(always)]
    pub(crate) fn with_spare(&self) -> &[Particle] {
        &self.particles
    }

    /// Particles without the spare one.
    #[inline(always)]
    pub fn particles(&self) -> &[Particle] {
        &self.particles[..self.len()]
    }

    /// `x_a - x_b` in metres, at this moment of the substep.
    #[inline(always)]
    pub fn difference_m(&self, a: usize, b: usize) -> V3 {
        let (a, b) = (&self.particles[a], &self.particles[b]);
        difference(a.q(), a.offset_m(), b.q(), b.offset_m())
    }

    /// For output and measurement: position in metres from the cloth's origin.
    pub fn position_m(&self, i: usize) -> [f64; 3] {
        self.particles[i].position_m()
    }

    /// A 64-bit FNV-1a hash of everything that the next substep depends on: positions, velocities, inverse masses.
    pub fn hash(&self) -> u64 {
        let mut hash = 0xcbf2_9ce4_8422_2325u64;
        self.words(|word| {
            for byte in word.to_le_bytes() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        });
        hash
    }

    /// The SHA-256 of the same words as [`State::hash`], in hexadecimal digits: what must be equal on every device.
    pub fn sha256(&self) -> String {
        let mut sum = Sha256::new();
        self.words(|word| sum.update(word.to_le_bytes()));
        sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn words(&self, mut eat: impl FnMut(u32)) {
        for p in self.particles() {
            for q in p.q() {
                eat(q as u32);
            }
            for v in [p.offset_m(), p.velocity_m_s()] {
                // Minus zero equals zero for every following operation but one bit; devices may differ in it.
                for x in v.to_array() {
                    eat(add(x, 0.0).to_bits());
                }
            }
            eat(p.inverse_mass_per_kg().to_bits());
        }
    }
}

impl Particle {
    /// Takes over position and velocity, not the mass.
    pub(crate) fn copy_motion(&self, from: &Particle) {
        self.set_q(from.q());
        self.rest.set(from.rest_m());
        self.offset.set(from.offset_m());
        self.velocity.set(from.velocity_m_s());
    }

    /// What a device has made of it, between substeps: units, rest (m) and velocity (m/s).
    pub(crate) fn restore(&self, q: [i32; 3], rest: V3, velocity: V3) {
        self.set_q(q);
        self.rest.set(rest);
        self.offset.set(rest);
        self.velocity.set(velocity);
    }

    /// Position in metres from the cloth's origin.
    pub(crate) fn position_m(&self) -> [f64; 3] {
        let (q, offset) = (self.q(), self.offset_m().to_array());
        [0, 1, 2].map(|axis| position::to_metres(q[axis], offset[axis]))
    }

    /// The velocity, m/s, that takes a pinned particle to a place in so many substeps.
    pub(crate) fn velocity_towards(&self, target_m: [f64; 3], substep_secs: f32, substeps: u32) -> V3 {
        let here = self.position_m();
        let secs = f64::from(substep_secs) * f64::from(substeps.max(1));
        V3::from_array([0, 1, 2].map(|axis| ((target_m[axis] - here[axis]) / secs) as f32))
    }

    /// Puts the particle somewhere (metres from the cloth's origin), outside of a substep.
    pub fn place(&self, position_m: [f64; 3]) {
        let split = position_m.map(position::from_metres);
        self.set_q(split.map(|s| s.0));
        let rest = V3::from_array(split.map(|s| s.1));
        self.rest.set(rest);
        self.offset.set(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_tiny_moves_are_not_lost() {
        let state = State::new(&[[50.0, 1.0, -3.0]], &[1.0]);
        for _ in 0..1000 {
            state.particles()[0].set_displacement_m(V3::new(1e-9, 0.0, -2e-9));
            state.particles()[0].commit();
        }
        let p = state.position_m(0);
        assert!((p[0] - 50.0 - 1e-6).abs() < 1e-11 && (p[2] + 3.0 + 2e-6).abs() < 1e-11, "{p:?}");
    }

    #[test]
    fn the_hash_sees_every_bit() {
        let a = State::new(&[[0.0; 3], [1.0; 3]], &[1.0, 0.0]);
        let b = a.clone();
        assert_eq!(a.hash(), b.hash());
        b.particles()[1].set_velocity_m_s(V3::new(0.0, f32::MIN_POSITIVE.next_up(), 0.0));
        assert_ne!(a.hash(), b.hash());
    }
}
