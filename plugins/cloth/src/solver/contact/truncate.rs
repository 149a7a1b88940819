//! Truncation: displacements are shortened until nothing can have passed through anything.
//!
//! For each near pair a plane parts the two primitives at the start of the substep. A vertex that stays on its side keeps its primitive
//! there, so the primitives are disjoint all the way along the straight path from start to end, because vertices on one side of a plane keep their
//! convex hull there. All other pairs are farther apart than the margins of their vertices, and no vertex departs from the common motion by
//! more than its margin. (Divide and Truncate, 2025; the isotropic bound is OGC's, 2025.)
//!
//! Planes move with `base`, and a vertex that one of them holds back is scaled towards `base`: the share of the common motion that the parts in
//! contact have themselves. Were it the common motion, a pile that lies still would be dragged along by what still falls onto it; were it rest,
//! layers that fall together would be slowed. Margins include `base` as well as the predicted place, and so all between.
//!
//! Each vertex is scaled by the least of the fractions that its planes allow. They are integers, so their minimum does not depend on order.

use super::solver::{ContactSolver, lengths};
use crate::solver::exact::{add, div, mul, sub};
use crate::solver::position::round_half_away;
use crate::solver::vec3::V3;

/// Fractions are in units of 2^-24, rounded down.
const WHOLE: u32 = 1 << 24;

#[inline(always)]
fn fraction(x: f32) -> u32 {
    // Down by more than the rounding of the division.
    (round_half_away(mul(x, WHOLE as f32)) - 4).max(0) as u32
}

#[inline(always)]
fn scale(fraction: u32) -> f32 {
    mul(fraction as f32, 1.0 / WHOLE as f32)
}

impl ContactSolver {
    /// Shortens displacements `d` (metres, since the start of the substep) and adds what is left of them to the paths.
    pub fn truncate(&mut self, d: &mut [V3]) {
        (self.counts.held_by_planes, self.counts.held_by_margin) = (0, 0);
        lengths(d, self.common, &mut self.moved_m);
        for ((d, margin), length) in d.iter_mut().zip(&self.margin_m).zip(&self.moved_m) {
            if !d.is_finite() {
                *d = self.common;
            } else if length > margin {
                let relative = d.sub(self.common);
                *d = self.common.add_scaled(relative, scale(fraction(div(*margin, *length))));
                self.counts.held_by_margin += 1;
            }
        }
        self.fractions.fill(WHOLE);
        for near in &self.near {
            for k in 0..4 {
                let v = near.vertices[k] as usize;
                if v >= self.mesh.cloth_vertices {
                    continue;
                }
                let height = near.normal.dot(d[v].sub(self.base));
                let towards = if (k as u32) < near.split { -height } else { height };
                if towards > near.allowance_m[k] {
                    self.fractions[v] = self.fractions[v].min(fraction(div(near.allowance_m[k], towards)));
                }
            }
        }
        for (v, d) in d.iter_mut().enumerate() {
            if self.fractions[v] < WHOLE {
                *d = self.base.add_scaled(d.sub(self.base), scale(self.fractions[v]));
                self.counts.held_by_planes += 1;
            }
        }
        lengths(d, self.common, &mut self.moved_m);
        for (path, moved) in self.path_m.iter_mut().zip(&self.moved_m) {
            // A little more than the length, for its rounding and that of positions.
            *path = add(*path, add(mul(*moved, 1.000_001), 1e-7));
        }
        for (path, d) in self.path_m[self.mesh.cloth_vertices..].iter_mut().zip(&self.body_displacement) {
            *path = add(*path, add(mul(d.sub(self.common).length(), 1.000_001), 1e-7));
        }
    }

    /// The least distance by which any vertex has room left before detection must run again, metres; for reports.
    pub fn room_m(&self) -> f32 {
        self.path_m.iter().zip(&self.reach_m).fold(f32::MAX, |m, (p, r)| m.min(sub(*r, *p)))
    }
}
