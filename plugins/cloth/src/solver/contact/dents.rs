//! Bodies of triangles on their way, and where they give way: what cannot go on without driving cloth through cloth, or through another body, is held back,
//! vertex by vertex, as flesh is dented. It comes back as fast as the settings say and as cloth allows.
//!
//! So truncation (`truncate.rs`) can promise that no body enters cloth: it shortens bodies where cloth has no room. Only what is held back farther
//! than the settings allow is let go, and is then inside (`inside.rs`).

use super::error::ContactError;
use super::grid::Aabb;
use super::pairs::between;
use super::solver::ContactSolver;
use crate::solver::exact::{div, mul, sqrt, sub};
use crate::solver::position::{UNITS_PER_M, metres_of_units, round_half_away, to_metres};
use crate::solver::vec3::V3;

/// What is no farther than this from where it should be is there, units of each axis: rounding.
const NO_DENT_UNITS: i32 = 2;
/// What is farther from where it should be without having been held back has jumped, metres: a few units of rounding have not.
const SURPRISE_M: f32 = 1e-5;
/// A little less than the margin, for rounding.
const WITHIN: f32 = 0.999;
/// Cloth goes along fully with bodies that are as near, and not at all with what is as far, metres.
const NEAR_M: f32 = 0.012;
const FAR_M: f32 = 0.05;

impl ContactSolver {
    /// Where the bodies' vertices should be at the start of the next substep (units), and how far they should go in it (metres). Whatever is
    /// farther from where it was to come, or than it may be held back, has jumped; detection then runs anew.
    ///
    /// # Errors
    /// Another number of vertices than the bodies have.
    pub fn set_bodies(&mut self, positions: &[[i32; 3]], displacement: &[V3]) -> Result<(), ContactError> {
        let expected = self.mesh.vertices - self.mesh.cloth_vertices;
        for (what, given) in [("body positions", positions.len()), ("body displacements", displacement.len())] {
            if given != expected {
                return Err(ContactError::Length { what, given, expected });
            }
        }
        let catch_up_m = mul(self.settings.catch_up_m_s, self.dt_secs);
        self.counts.dented = 0;
        for (i, (should, way)) in positions.iter().zip(displacement).enumerate() {
            let vertex = self.mesh.cloth_vertices + i;
            let way = if way.is_finite() { *way } else { V3::ZERO };
            let is = self.body_place(i);
            (self.positions[vertex], self.body_displacement[i]) = (*should, way);
            if !self.is_dented[i] {
                self.is_detected &= between(*should, is).length() < SURPRISE_M;
                continue;
            }
            let back = between(*should, is);
            let depth_m = back.length();
            self.is_dented[i] = false;
            if [0, 1, 2].iter().all(|k| (should[*k] - is[*k]).abs() <= NO_DENT_UNITS) {
                continue;
            }
            // Written so that no number counts as a jump.
            if depth_m <= self.settings.deepest_dent_m {
                self.is_dented[i] = true;
                self.counts.dented += 1;
                let share = if depth_m > catch_up_m { div(catch_up_m, depth_m) } else { 1.0 };
                (self.positions[vertex], self.body_displacement[i]) = (is, way.add_scaled(back, share));
            } else {
                self.is_detected = false;
            }
        }
        Ok(())
    }

    /// [`ContactSolver::set_bodies`] for vertices that should be at `now`, and at `next` when the substep is over, units.
    ///
    /// # Errors
    /// As there.
    pub fn send_bodies(&mut self, now: &[[i32; 3]], next: &[[i32; 3]]) -> Result<(), ContactError> {
        let metres = |units: i32| to_metres(units, 0.0);
        let way = |(now, next): (&[i32; 3], &[i32; 3])| {
            V3::from_array([0, 1, 2].map(|axis| (metres(next[axis]) - metres(now[axis])) as f32))
        };
        let ways: Vec<V3> = now.iter().zip(next).map(way).collect();
        self.set_bodies(now, &ways)
    }

    /// Whether cloth that has no room holds bodies of triangles back.
    pub(super) fn bodies_give_way(&self) -> bool {
        self.settings.deepest_dent_m > 0.0
    }

    /// A vertex of a body is pushed by `change`, metres, as far as its margin lets it.
    pub(super) fn give_way(&mut self, vertex: usize, change: V3) {
        let i = vertex - self.mesh.cloth_vertices;
        let pushed = self.body_displacement[i].add(change);
        let relative = pushed.sub(self.common);
        let (moved, most) = (relative.length(), self.margin_m[vertex]);
        let within = || self.common.add_scaled(relative, mul(WITHIN, div(most, moved)));
        self.body_displacement[i] = if moved > most { within() } else { pushed };
        self.is_dented[i] = true;
    }

    /// Where a vertex of a body, counted from the first of all bodies, is when the substep is over: units.
    pub(super) fn body_place(&self, body_vertex: usize) -> [i32; 3] {
        let from = self.positions[self.mesh.cloth_vertices + body_vertex];
        let way = self.body_displacement[body_vertex].to_array();
        [0, 1, 2].map(|k| from[k].wrapping_add(round_half_away(mul(way[k], UNITS_PER_M))))
    }

    /// Vertices of bodies, counted from the first of all bodies, that are not at `should` (units) when the substep is over, and how far off: metres.
    pub fn dents_m(&self, should: &[[i32; 3]]) -> Vec<(usize, V3)> {
        let dented = (0..should.len().min(self.is_dented.len())).filter(|i| self.is_dented[*i]);
        let off = |i: usize| {
            let is = self.body_place(i);
            V3::from_array([0, 1, 2].map(|k| metres_of_units(is[k].wrapping_sub(should[i][k]))))
        };
        dented.map(|i| (i, off(i))).collect()
    }

    /// How far each vertex of the cloths goes along if the bodies' vertices, as they were at the start of the last substep, are moved by `ways_m`: as the nearest
    /// point of a body does, if that is near. Layers over each other so keep their order.
    pub fn with_bodies(&mut self, ways_m: &[V3]) -> Vec<V3> {
        let still = vec![V3::ZERO; self.mesh.cloth_vertices];
        if ways_m.len() != self.is_dented.len() || ways_m.iter().all(|way| *way == V3::ZERO) {
            return still;
        }
        self.set_boxes();
        let cloth = self.mesh.cloth_vertices;
        // What is farther from all that moves does not go along.
        let moves = |triangle: &u32| {
            self.mesh.triangles[*triangle as usize]
                .iter()
                .any(|corner| ways_m.get((*corner as usize).wrapping_sub(cloth)).is_some_and(|way| *way != V3::ZERO))
        };
        let far = round_half_away(mul(FAR_M, UNITS_PER_M)) + 2;
        let moved: Vec<Aabb> = (0..self.mesh.triangle_patches.len())
            .filter(|patch| self.mesh.triangle_patches.of(*patch).iter().any(moves))
            .map(|patch| self.inside.boxes[patch].grown(far))
            .collect();
        let along = |vertex: u32| {
            let q = self.positions[vertex as usize];
            if !moved.iter().any(|bounds| bounds.overlaps(&Aabb { lo: q, hi: q })) {
                return None;
            }
            let (triangle, found) = self.nearest_triangle(vertex)?;
            let distance_m = sqrt(found.distance_m2);
            let share = sub(1.0, div(sub(distance_m, NEAR_M), sub(FAR_M, NEAR_M))).clamp(0.0, 1.0);
            let corners = self.mesh.triangles[triangle as usize];
            // Weights of the second primitive of a pair are negative.
            let way = corners.iter().zip(&found.weights[1..]).fold(V3::ZERO, |sum, (corner, weight)| {
                ways_m.get(*corner as usize - cloth).map_or(sum, |way| sum.add_scaled(*way, -*weight))
            });
            Some(way.scale(mul(share, share)))
        };
        (0..cloth as u32).map(|vertex| along(vertex).unwrap_or(V3::ZERO)).collect()
    }

    /// Tells where the cloths' vertices are, units, between steps.
    pub fn set_cloth(&mut self, q: &[[i32; 3]]) {
        if let Some(own) = self.positions.get_mut(..self.mesh.cloth_vertices).filter(|own| own.len() == q.len()) {
            own.copy_from_slice(q);
        }
    }
}
