//! Truncation: displacements are shortened until nothing can have passed through anything.
//!
//! *Far pairs.* No vertex departs from the common motion by more than its margin, and pairs that are not near are farther apart than that.
//!
//! *Near pairs.* At the start a plane parts the two primitives. At the end a plane with nearly the same direction must part them again, with a little room:
//! first the same direction is tried, then that of the closest points then. Where neither does, the four vertices are shortened by the share that
//! would keep the pair apart, were it alone. Shortening one pair changes others, so this is repeated; displacements only get shorter, and the last
//! rounds shorten what still fails to nothing. (Planes: Divide and Truncate, 2025. There they stand still and cut each vertex by itself, which
//! holds back layers that move together and slide along each other; here a pair is judged by where both sides end.)
//!
//! Nothing means `base`: with bodies of triangles their mean motion (`common.rs`), otherwise the share of the common motion that the parts in contact have themselves. Were it the common motion, a pile that lies still would be
//! dragged along by what still falls onto it; were it rest, layers that fall together would be slowed. Margins include `base` as well as the
//! predicted place, and so all between.
//!
//! Pins are shortened only where they would otherwise be driven through cloth that stays, and so are bodies of triangles if they give way (`dents.rs`). Those that do not are
//! left out where cloth would have to make room, because that is the push's work; cloth against cloth never is.
//!
//! Each vertex is scaled by the least of the fractions that its pairs allow. They are integers, so their minimum does not depend on order.

use super::pairs::Near;
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

/// Rounds of shortening, and how many of them, at the end, shorten to nothing.
const ROUNDS: u32 = 16;
const LAST_ROUNDS: u32 = 8;

/// Most additional iterations of the push in front of bodies.
const MORE_PUSHES: u32 = 32;

/// Share of the allowed way that is used, because other pairs shorten the same vertices.
const SHARE: f32 = 0.9;

impl ContactSolver {
    /// Shortens displacements `d` (metres, since the start of the substep) and adds what is left of them to the paths.
    pub fn truncate(&mut self, d: &mut [V3]) {
        (self.counts.held_by_planes, self.counts.held_by_margin) = (0, 0);
        self.hand_on(d);
        lengths(d, self.common, &mut self.moved_m);
        for (v, d) in d.iter_mut().enumerate() {
            // Margins tell which of the recorded pairs are near. What is in none of them is only bound by its reach: shortening takes momentum.
            let room = mul(0.999, sub(self.reach_m[v], add(self.path_m[v], 1e-6)));
            let most = if self.is_recorded[v] { self.margin_m[v] } else { self.margin_m[v].max(room) };
            if !d.is_finite() {
                *d = self.common;
            } else if self.moved_m[v] > most {
                let relative = d.sub(self.common);
                *d = self.common.add_scaled(relative, scale(fraction(div(most, self.moved_m[v]))));
                self.counts.held_by_margin += 1;
            }
        }
        self.hold_apart(d);
        lengths(d, self.common, &mut self.moved_m);
        for (path, moved) in self.path_m.iter_mut().zip(&self.moved_m) {
            // A little more than the length, for its rounding and that of positions.
            *path = add(*path, add(mul(*moved, 1.000_001), 1e-7));
        }
        for (path, d) in self.path_m[self.mesh.cloth_vertices..].iter_mut().zip(&self.body_displacement) {
            *path = add(*path, add(mul(d.sub(self.common).length(), 1.000_001), 1e-7));
        }
    }

    /// More iterations of the push where a body is near and something would have to be shortened: what is shortened in front of a body is run over.
    /// Bodies that give way do so here, along the normals: so a hand still goes on along a skirt that it presses against a thigh. Shortened, all three
    /// would stand still, and the next substep would find them deeper in each other.
    fn hand_on(&mut self, d: &mut [V3]) {
        if !self.near.iter().any(|near| near.has_body) {
            return;
        }
        let inverse_mass = std::mem::take(&mut self.inverse_mass);
        // As heavy as the lightest vertex of cloth. Much heavier, and what is between two bodies goes to and fro many times before it has moved them.
        let flesh_per_kg = inverse_mass.iter().fold(0.0f32, |most, w| most.max(*w));
        for _ in 0..MORE_PUSHES {
            let fails = |near: &Near| near.room_m > 0.0 && self.fails(near, d);
            if !self.near.iter().any(fails) {
                break;
            }
            if self.bodies_give_way() {
                self.push_flesh_too(d, &inverse_mass, flesh_per_kg);
            } else {
                self.push(d, &inverse_mass);
                self.push_off_bodies(d, &inverse_mass);
            }
        }
        self.inverse_mass = inverse_mass;
    }

    /// Whether no plane parts a near pair at the end.
    fn fails(&self, near: &Near, d: &[V3]) -> bool {
        let moves = near.vertices.map(|v| self.displacement(d, v).sub(self.base));
        let keep = self.kept_m(near.room_m);
        near.room_after_m(moves) < keep
            && near.room_after_turning_m(near.vertices.map(|v| self.positions[v as usize]), moves) < keep
    }

    /// Shortens until a plane parts every near pair at the end.
    fn hold_apart(&mut self, d: &mut [V3]) {
        let cloth = self.mesh.cloth_vertices;
        let bodies_give_way = self.bodies_give_way();
        // The round in which a vertex was last shortened, from 1; the first round looks at all pairs.
        self.shortened_in.fill(0);
        for round in 1..=ROUNDS {
            self.fractions.fill(WHOLE);
            let mut failing = 0;
            for near in &self.near {
                let is_changed =
                    round == 1 || near.vertices.iter().any(|v| self.shortened_in[*v as usize] == round - 1);
                if !is_changed || near.room_m <= 0.0 {
                    continue;
                }
                // Against `base`, so that what is shortened to nothing has moved by exactly nothing.
                let moves = near.vertices.map(|v| self.displacement(d, v).sub(self.base));
                let keep = self.kept_m(near.room_m);
                let end = near.room_after_m(moves);
                if end >= keep {
                    continue;
                }
                let x = near.vertices.map(|v| self.positions[v as usize]);
                if near.room_after_turning_m(x, moves) >= keep {
                    continue;
                }
                // Were all that is free shortened to nothing, and what is driven not.
                let is_driven = |v: u32| (v as usize) >= cloth || self.inverse_mass[v as usize] <= 0.0;
                let has_driven = near.vertices.iter().any(|v| is_driven(*v));
                let of_driven = |k: usize| if is_driven(near.vertices[k]) { moves[k] } else { V3::ZERO };
                let mut still = if has_driven { near.room_after_m([0, 1, 2, 3].map(of_driven)) } else { near.room_m };
                let takes_driven = still < keep && (!near.has_body || bodies_give_way);
                if takes_driven {
                    still = near.room_m;
                }
                if still < keep {
                    continue;
                }
                failing += 1;
                let way = sub(still, end).max(f32::MIN_POSITIVE);
                let share = if round > ROUNDS - LAST_ROUNDS { 0.0 } else { mul(SHARE, div(sub(still, keep), way)) };
                let fraction = fraction(share.clamp(0.0, 1.0));
                let body = self.mesh.body_of(near.vertices).map_or(0, |body| body as u32 + 1);
                for v in near.vertices.iter().filter(|v| takes_driven || !is_driven(**v)) {
                    let (least, least_body) = (&mut self.fractions[*v as usize], &mut self.shortened_for[*v as usize]);
                    // Of those that leave as little the first body, whatever the order of pairs.
                    if fraction < *least || fraction == *least && body < *least_body {
                        (*least, *least_body) = (fraction, body);
                    }
                }
            }
            if failing == 0 {
                return;
            }
            for v in 0..cloth {
                if self.fractions[v] < WHOLE {
                    let before = d[v];
                    d[v] = self.base.add_scaled(before.sub(self.base), scale(self.fractions[v]));
                    if let Some(body) = self.shortened_for[v].checked_sub(1) {
                        self.react(body as usize, v, d[v].sub(before), self.inverse_mass[v]);
                    }
                    self.shortened_in[v] = round;
                    self.counts.held_by_planes += 1;
                }
            }
            for v in cloth..self.mesh.vertices {
                if self.fractions[v] < WHOLE {
                    self.hold_back(v, scale(self.fractions[v]));
                    self.shortened_in[v] = round;
                }
            }
        }
        // Chains of pairs that are longer than the rounds: everything near something makes the same motion, which is always safe.
        self.counts.stopped += 1;
        for v in self.near.iter().flat_map(|near| near.vertices) {
            self.fractions[v as usize] = 0;
        }
        for v in 0..self.mesh.vertices {
            if self.fractions[v] == 0 {
                match d.get_mut(v) {
                    Some(d) => *d = self.base,
                    None if bodies_give_way => self.hold_back(v, 0.0),
                    None => {}
                }
            }
        }
    }

    /// A vertex of a body makes only a share of its way beyond `base`.
    fn hold_back(&mut self, vertex: usize, share: f32) {
        let i = vertex - self.mesh.cloth_vertices;
        let beyond = self.body_displacement[i].sub(self.base);
        self.body_displacement[i] = self.base.add_scaled(beyond, share);
        self.is_dented[i] = true;
    }

    /// What must be left of a room, metres: a slab far above rounding; a room that is smaller may shrink a little down to half of it, and no
    /// further, so that it never gets near rounding by shrinking again and again.
    #[inline(always)]
    fn kept_m(&self, room_m: f32) -> f32 {
        mul(2.0, self.floor_m).min(mul(0.9, room_m)).max(self.floor_m.min(room_m))
    }

    /// The least distance by which any vertex has room left before detection must run again, metres; for reports.
    pub fn room_m(&self) -> f32 {
        self.path_m.iter().zip(&self.reach_m).fold(f32::MAX, |m, (p, r)| m.min(sub(*r, *p)))
    }
}
