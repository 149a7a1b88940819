//! Eight triangles (or patches) of one colour: their constants and multipliers, and how they read and write the particles.

use crate::solver::air::Air;
use crate::solver::bending::{Patch, RING};
use crate::solver::exact;
use crate::solver::lanes::{F8, Indices, LANES, gather, gather_with, scatter_add, scatter_offsets};
use crate::solver::membrane::{Material, Triangle};
use crate::solver::state::{Particle, SharedV3};
use crate::solver::vec3::{Real, V3};

/// Which iteration of the substep a batch is visited in.
#[derive(Clone, Copy, Debug)]
pub struct Visit {
    /// The first: multipliers begin at the remembered stress.
    pub is_first: bool,
    /// The last: the remembered stress is drawn towards the multipliers.
    pub is_last: bool,
    /// Share of the difference by which the memory moves in a substep; 0 = no memory.
    pub memory_rate: f32,
}

/// Eight triangles of the membrane.
#[derive(Clone, Debug)]
pub struct MembraneBatch {
    vertex: [Indices; 3],
    triangle: Triangle<F8>,
    /// Multipliers of this substep, N m.
    stress: [F8; 3],
    /// Remembered multipliers, N m.
    memory: [F8; 3],
}

impl MembraneBatch {
    /// From up to eight triangles; unused lanes point at the spare particle.
    pub fn new(vertices: &[[u32; 3]], triangles: &[Triangle], memory: &[[f32; 3]], spare: u32) -> MembraneBatch {
        let lane = |f: &dyn Fn(&Triangle) -> f32| constant(|l| f(&triangles[l.min(triangles.len() - 1)]));
        MembraneBatch {
            vertex: std::array::from_fn(|i| std::array::from_fn(|l| vertices.get(l).map_or(spare, |v| v[i]))),
            triangle: Triangle {
                shape: std::array::from_fn(|k| lane(&|t| t.shape[k])),
                mobility: std::array::from_fn(|k| lane(&|t| t.mobility[k]))
                    .map(|m: F8| idle_lanes_zero(m, vertices.len())),
                gram: std::array::from_fn(|k| lane(&|t| t.gram[k])),
                inverse_area: lane(&|t| t.inverse_area),
            },
            stress: [F8::default(); 3],
            memory: std::array::from_fn(|k| F8(std::array::from_fn(|l| memory.get(l).map_or(0.0, |m| m[k])))),
        }
    }

    /// Remembered multipliers of a lane.
    pub fn memory(&self, lane: usize) -> [f32; 3] {
        self.memory.map(|m| m.0[lane])
    }

    /// Sets the remembered multipliers of a lane.
    pub fn set_memory(&mut self, lane: usize, memory: [f32; 3]) {
        for (of, new) in self.memory.iter_mut().zip(memory) {
            of.0[lane] = new;
        }
    }

    /// Vertices and constants of a lane.
    pub fn lane(&self, lane: usize) -> ([u32; 3], Triangle) {
        let of = &self.triangle;
        let triangle = Triangle {
            shape: of.shape.map(|x| x.0[lane]),
            mobility: of.mobility.map(|x| x.0[lane]),
            gram: of.gram.map(|x| x.0[lane]),
            inverse_area: of.inverse_area.0[lane],
        };
        (self.vertex.map(|v| v[lane]), triangle)
    }

    /// Adds the forces of the remembered stress, and of the air, to the particles' forces, at the positions of the start of the substep.
    #[inline(always)]
    pub fn add_forces<const MEMORY: bool, const AIR: bool>(
        &self,
        particles: &[Particle],
        forces: &[SharedV3],
        wind: &[SharedV3],
        air: &Air,
    ) {
        let x0 = gather(particles, &self.vertex[0]);
        let e1 = gather(particles, &self.vertex[1]).minus(&x0);
        let e2 = gather(particles, &self.vertex[2]).minus(&x0);
        let mut force = [zero(); 3];
        if MEMORY {
            let [on_1, on_2] = self.triangle.forces(self.triangle.gradient(e1, e2), self.memory);
            force = [on_1.add(on_2).neg(), on_1, on_2];
        }
        if AIR {
            let relative = |i: usize| {
                let index = &self.vertex[i];
                gather_with(index, |p| wind[p].get()).sub(gather_with(index, |p| particles[p].velocity_m_s()))
            };
            let mean = relative(0).add(relative(1)).add(relative(2)).scale(F8::splat(1.0 / 3.0));
            let third = air.force_on_triangle(mean, e1.cross(e2)).scale(F8::splat(1.0 / 3.0));
            force = force.map(|f| f.add(third));
        }
        for i in 0..3 {
            scatter_add(forces, &self.vertex[i], force[i]);
        }
    }

    /// One Gauss-Seidel visit.
    #[inline(always)]
    pub fn solve<const DAMPED: bool, const LIMITED: bool>(
        &mut self,
        particles: &[Particle],
        material: &Material,
        visit: Visit,
    ) {
        let x = [
            gather(particles, &self.vertex[0]),
            gather(particles, &self.vertex[1]),
            gather(particles, &self.vertex[2]),
        ];
        let gradient = self.triangle.gradient(x[1].minus(&x[0]), x[2].minus(&x[0]));
        let rate = if DAMPED {
            let moved = |i: usize| x[i].offset().sub(gather_with(&self.vertex[i], |p| particles[p].rest_m()));
            let d = [moved(0), moved(1), moved(2)];
            self.triangle.gradient(d[1].sub(d[0]), d[2].sub(d[0]))
        } else {
            gradient
        };
        let before = if visit.is_first { self.memory } else { self.stress };
        let change = self.triangle.solve::<DAMPED, LIMITED>(material, gradient, rate, before);
        self.stress = [before[0].add(change[0]), before[1].add(change[1]), before[2].add(change[2])];
        if visit.is_last && visit.memory_rate > 0.0 {
            let share = F8::splat(visit.memory_rate);
            for k in 0..3 {
                self.memory[k] = self.memory[k].add(share.mul(self.stress[k].sub(self.memory[k])));
            }
        }
        let [on_1, on_2] = self.triangle.forces(gradient, change);
        let force = [on_1.add(on_2).neg(), on_1, on_2];
        for i in 0..3 {
            scatter_offsets(particles, &self.vertex[i], x[i].offset().add_scaled(force[i], self.triangle.mobility[i]));
        }
    }
}

/// Eight patches of the bending.
#[derive(Clone, Debug)]
pub struct BendingBatch {
    vertex: [Indices; RING + 1],
    /// Longest ring of the eight: slots beyond it are not visited.
    slots: usize,
    patch: Patch<F8>,
    /// Multipliers of this substep, sqrt(J).
    stress: [V3<F8>; 3],
    /// Remembered multipliers along the normal, sqrt(J).
    memory: [F8; 3],
}

impl BendingBatch {
    /// From up to eight patches; unused lanes and slots point at the spare particle.
    pub fn new(vertices: &[[u32; RING + 1]], patches: &[Patch], memory: &[[f32; 3]], spare: u32) -> BendingBatch {
        let lane = |f: &dyn Fn(&Patch) -> f32| constant(|l| f(&patches[l.min(patches.len() - 1)]));
        BendingBatch {
            vertex: std::array::from_fn(|i| std::array::from_fn(|l| vertices.get(l).map_or(spare, |v| v[i]))),
            slots: vertices.iter().map(|v| v[1..].iter().filter(|i| **i != spare).count()).max().unwrap_or(0),
            patch: Patch {
                rows: std::array::from_fn(|k| std::array::from_fn(|j| lane(&|p| p.rows[k][j]))),
                rest: std::array::from_fn(|k| lane(&|p| p.rest[k])),
                inverse: std::array::from_fn(|k| lane(&|p| p.inverse[k])),
                mobility: std::array::from_fn(|k| lane(&|p| p.mobility[k]))
                    .map(|m: F8| idle_lanes_zero(m, vertices.len())),
                inverse_cross: lane(&|p| p.inverse_cross),
            },
            stress: [zero(); 3],
            memory: std::array::from_fn(|k| F8(std::array::from_fn(|l| memory.get(l).map_or(0.0, |m| m[k])))),
        }
    }

    /// Remembered multipliers of a lane.
    pub fn memory(&self, lane: usize) -> [f32; 3] {
        self.memory.map(|m| m.0[lane])
    }

    /// Sets the remembered multipliers of a lane.
    pub fn set_memory(&mut self, lane: usize, memory: [f32; 3]) {
        for (of, new) in self.memory.iter_mut().zip(memory) {
            of.0[lane] = new;
        }
    }

    /// Vertices and constants of a lane, and how many slots its batch visits.
    pub fn lane(&self, lane: usize) -> ([u32; RING + 1], Patch, usize) {
        let of = &self.patch;
        let patch = Patch {
            rows: of.rows.map(|row| row.map(|x| x.0[lane])),
            rest: of.rest.map(|x| x.0[lane]),
            inverse: of.inverse.map(|x| x.0[lane]),
            mobility: of.mobility.map(|x| x.0[lane]),
            inverse_cross: of.inverse_cross.0[lane],
        };
        (self.vertex.map(|v| v[lane]), patch, self.slots.min(RING))
    }

    /// Adds the forces of the remembered moments to the particles' forces, at the positions of the start of the substep.
    #[inline(always)]
    pub fn add_forces(&self, particles: &[Particle], forces: &[SharedV3]) {
        let x0 = gather(particles, &self.vertex[0]);
        let to = |slot: usize| gather(particles, &self.vertex[slot]).minus(&x0);
        let normal = self.patch.normal(to(1), to(2));
        let s = [normal.scale(self.memory[0]), normal.scale(self.memory[1]), normal.scale(self.memory[2])];
        let mut centre = zero();
        for j in 0..self.slots.min(RING) {
            let force = self.patch.force(&s, j);
            centre = centre.sub(force);
            scatter_add(forces, &self.vertex[j + 1], force);
        }
        scatter_add(forces, &self.vertex[0], centre);
    }

    /// One Gauss-Seidel visit. `NORMAL` must be set if there is memory or a rest curvature.
    #[inline(always)]
    pub fn solve<const DAMPED: bool, const NORMAL: bool>(
        &mut self,
        particles: &[Particle],
        damping: f32,
        visit: Visit,
    ) {
        let slots = self.slots.min(RING);
        let x0 = gather(particles, &self.vertex[0]);
        let moved =
            |slot: usize, offset: V3<F8>| offset.sub(gather_with(&self.vertex[slot], |p| particles[p].rest_m()));
        let d0 = if DAMPED { moved(0, x0.offset()) } else { zero() };
        // Loops over slots are not unrolled: that the code stays small is worth more than the branches.
        let (mut offsets, mut first_two) = ([zero(); RING], [zero(); 2]);
        let (mut y, mut rate) = ([zero(); 3], [zero(); 3]);
        for j in 0..slots {
            let x = gather(particles, &self.vertex[j + 1]);
            let away = x.minus(&x0);
            offsets[j] = x.offset();
            self.patch.add_curvature(&mut y, away, j);
            if NORMAL && j < 2 {
                first_two[j] = away;
            }
            if DAMPED {
                self.patch.add_curvature(&mut rate, moved(j + 1, x.offset()).sub(d0), j);
            }
        }
        let mut normal = zero();
        let mut before = if visit.is_first { [zero(); 3] } else { self.stress };
        if NORMAL {
            normal = self.patch.normal(first_two[0], first_two[1]);
            for k in 0..3 {
                y[k] = y[k].sub(normal.scale(self.patch.rest[k]));
            }
            if visit.is_first && visit.memory_rate > 0.0 {
                before = [normal.scale(self.memory[0]), normal.scale(self.memory[1]), normal.scale(self.memory[2])];
            }
        }
        if DAMPED {
            for k in 0..3 {
                y[k] = y[k].add(rate[k].scale(F8::splat(damping)));
            }
        }
        let change = self.patch.solve(y, before);
        self.stress = [before[0].add(change[0]), before[1].add(change[1]), before[2].add(change[2])];
        if NORMAL && visit.is_last && visit.memory_rate > 0.0 {
            let share = F8::splat(visit.memory_rate);
            for k in 0..3 {
                let drift = self.stress[k].sub(normal.scale(self.memory[k])).dot(normal);
                self.memory[k] = self.memory[k].add(share.mul(drift));
            }
        }
        let mut centre = zero();
        for j in 0..slots {
            let force = self.patch.force(&change, j);
            centre = centre.sub(force);
            scatter_offsets(particles, &self.vertex[j + 1], offsets[j].add_scaled(force, self.patch.mobility[j + 1]));
        }
        scatter_offsets(particles, &self.vertex[0], x0.offset().add_scaled(centre, self.patch.mobility[0]));
    }
}

fn zero() -> V3<F8> {
    V3::new(F8::splat(0.0), F8::splat(0.0), F8::splat(0.0))
}

/// A constant of each lane; subnormal ones are zero, as a device may read them.
fn constant(of_lane: impl Fn(usize) -> f32) -> F8 {
    F8(std::array::from_fn(|l| exact::rounded(of_lane(l))))
}

/// Keeps the spare particle where it is.
fn idle_lanes_zero(x: F8, used: usize) -> F8 {
    F8(std::array::from_fn(|l| if l < used.min(LANES) { x.0[l] } else { 0.0 }))
}
