//! Thickness and Coulomb friction of near pairs: projected Jacobi with mass splitting.
//!
//! Every vertex is split into as many copies as pairs push it, weighted by how much they take of it, and each pair is solved on its own copies.
//! (Tonge, Benevolenski, Voroshilov 2012, "Mass splitting for jitter-free parallel rigid body simulation".) Each pair's effective mass is then
//! at least the row sum of the true system, which makes Jacobi converge for any number of layers, and since both sides get the
//! same impulse, momentum is kept. Averaging of corrections by count, the usual cure, loses momentum.
//!
//! Normal impulses are accumulated within the substep and never pull; the friction of a pair is at most the coefficient times its normal impulse
//! so far, and aims at no slip within the substep.

use super::solver::ContactSolver;
use crate::solver::exact::{add, mul, recip, rsqrt, sub};
use crate::solver::position::round_half_away;
use crate::solver::vec3::V3;

/// Unit of summed corrections: 2^-30 m. Each is at most 2^-6 m, so that 128 of them fit an `i32`.
const SUM_UNITS_PER_M: f32 = 1_073_741_824.0;
const LARGEST_CORRECTION_M: f32 = 1.0 / 64.0;
/// Unit of summed weights.
const WEIGHT_UNITS: f32 = 65_536.0;

/// Integer sums over the pairs of each vertex.
pub(super) struct Sums {
    correction: Vec<[i32; 3]>,
    weight: Vec<i32>,
    /// Vertices that have a sum, so that clearing costs nothing where nothing touches.
    touched: Vec<u32>,
}

impl Sums {
    pub(super) fn new(vertices: usize) -> Sums {
        Sums { correction: vec![[0; 3]; vertices], weight: vec![0; vertices], touched: Vec::new() }
    }
}

impl ContactSolver {
    /// One iteration: changes displacements `d` (metres) of the cloths' vertices. `inverse_mass` in 1/kg.
    pub fn push(&mut self, d: &mut [V3], inverse_mass: &[f32]) {
        self.push_those(d, inverse_mass, false, 0.0);
    }

    /// One iteration of the pairs with bodies only.
    pub fn push_off_bodies(&mut self, d: &mut [V3], inverse_mass: &[f32]) {
        if self.mesh.vertices > self.mesh.cloth_vertices {
            self.push_those(d, inverse_mass, true, 0.0);
        }
    }

    /// One iteration of all pairs in which bodies of triangles give way too, along the normals: each of their vertices with the inverse mass `flesh_per_kg`.
    pub(super) fn push_flesh_too(&mut self, d: &mut [V3], inverse_mass: &[f32], flesh_per_kg: f32) {
        self.push_those(d, inverse_mass, false, flesh_per_kg);
    }

    fn push_those(&mut self, d: &mut [V3], inverse_mass: &[f32], only_bodies: bool, flesh_per_kg: f32) {
        let cloth = self.mesh.cloth_vertices;
        let weight_of = |v: u32| if (v as usize) < cloth { inverse_mass[v as usize] } else { flesh_per_kg };

        for v in self.sums.touched.drain(..) {
            self.sums.correction[v as usize] = [0; 3];
            self.sums.weight[v as usize] = 0;
        }
        for i in 0..self.near.len() {
            let near = self.near[i];
            if (near.has_body || !only_bodies) && self.is_active(&near, self.slip(&near, d)) {
                for (v, b) in near.vertices.iter().zip(near.weights) {
                    let sum = &mut self.sums.weight[*v as usize];
                    if *sum == 0 {
                        self.sums.touched.push(*v);
                    }
                    // At least one unit, so that a touched vertex is known by its sum.
                    *sum += round_half_away(mul(b.abs(), WEIGHT_UNITS)).max(1);
                }
            }
        }
        for i in 0..self.near.len() {
            let near = self.near[i];
            if only_bodies && !near.has_body {
                continue;
            }
            let slip = self.slip(&near, d);
            if !self.is_active(&near, slip) {
                continue;
            }
            let mut mobility = 0.0;
            for (v, b) in near.vertices.iter().zip(near.weights) {
                let copies = mul(self.sums.weight[*v as usize] as f32, 1.0 / WEIGHT_UNITS);
                mobility = add(mobility, mul(weight_of(*v), mul(b.abs(), copies)));
            }
            if mobility <= 1e-20 {
                continue;
            }
            let mass = recip(mobility);
            let along = near.normal.dot(slip);
            let missing = sub(near.wanted_m, add(near.gap_m, along));
            let pushed = add(near.pushed, mul(missing, mass)).max(0.0);
            let friction = self.friction(&near);
            let rubbed =
                limited(near.rubbed.add_scaled(slip.add_scaled(near.normal, -along), -mass), mul(friction, pushed));
            let along_normal = near.normal.scale(sub(pushed, near.pushed));
            let impulse = along_normal.add(rubbed.sub(near.rubbed));
            (self.near[i].pushed, self.near[i].rubbed) = (pushed, rubbed);
            let body = if near.has_body { self.mesh.body_of(near.vertices) } else { None };
            for (v, b) in near.vertices.iter().zip(near.weights) {
                let scale = mul(weight_of(*v), b);
                // Flesh is not rubbed along.
                let impulse = if (*v as usize) < cloth { impulse } else { along_normal };
                let correction = impulse.scale(scale).to_array().map(|x| {
                    let bounded = x.clamp(-LARGEST_CORRECTION_M, LARGEST_CORRECTION_M);
                    round_half_away(mul(bounded, SUM_UNITS_PER_M))
                });
                for (sum, x) in self.sums.correction[*v as usize].iter_mut().zip(correction) {
                    *sum = sum.wrapping_add(x);
                }
                if let Some(body) = body.filter(|_| (*v as usize) < cloth) {
                    let change = correction.map(|units| mul(units as f32, 1.0 / SUM_UNITS_PER_M));
                    self.react(body, *v as usize, V3::from_array(change), weight_of(*v));
                }
            }
        }
        for at in 0..self.sums.touched.len() {
            let v = self.sums.touched[at] as usize;
            let sum = V3::from_array(self.sums.correction[v].map(|s| mul(s as f32, 1.0 / SUM_UNITS_PER_M)));
            if v < cloth {
                d[v] = d[v].add(sum);
            } else if sum != V3::ZERO {
                self.give_way(v, sum);
            }
        }
    }

    /// The mean of both sides'; where the mesh tells none, the settings'.
    #[inline(always)]
    fn friction(&self, near: &super::pairs::Near) -> f32 {
        match self.mesh.friction.as_slice() {
            [] if near.has_body => self.settings.body_friction,
            [] => self.settings.friction,
            of => mul(0.5, add(of[near.vertices[0] as usize], of[near.vertices[3] as usize])),
        }
    }

    /// Displacement of the first primitive's closest point relative to the second's.
    #[inline(always)]
    fn slip(&self, near: &super::pairs::Near, d: &[V3]) -> V3 {
        let mut slip = V3::ZERO;
        for (v, b) in near.vertices.iter().zip(near.weights) {
            slip = slip.add_scaled(self.displacement(d, *v), b);
        }
        slip
    }

    #[inline(always)]
    fn is_active(&self, near: &super::pairs::Near, slip: V3) -> bool {
        near.is_pushing && (near.pushed > 0.0 || add(near.gap_m, near.normal.dot(slip)) < near.wanted_m)
    }
}

/// `v`, shortened to `limit`.
#[inline(always)]
pub(super) fn limited(v: V3, limit: f32) -> V3 {
    let square = v.length_squared();
    if square <= mul(limit, limit) || square < f32::MIN_POSITIVE { v } else { v.scale(mul(limit, rsqrt(square))) }
}
