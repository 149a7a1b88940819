//! Bodies of triangles are closed, so contact with them has one side: what is found inside is brought out, at a limited speed.
//!
//! Inside is a vertex whose nearest triangle shows it its back, by the normal of that face, or by the normals about the edge or corner where the nearest point
//! lies (pseudo-normals, Baerentzen and Aanaes 2005). It is told where the pairs of a substep come that near, and for all vertices wherever cloth or
//! bodies have been set anew: at the start and after a jump. Such a vertex keeps being inside until its nearest triangle shows it its face; until then it has no
//! planes with bodies, one push out along the shortest way, and all its planes with cloth.
//!
//! An edge of cloth that has passed an edge of a body, or a triangle that has passed a corner, has no vertex inside. There the difference of the closest points looks against the
//! outward normal; the pair is turned round and pushes the cloth back out.
//!
//! Where bodies give way (`dents.rs`) nothing enters them any more once everything is out, so nothing is judged then: skin that touches itself, as in an armpit, shows cloth its back
//! though nothing has passed.

use super::closest::Closest;
use super::grid::Aabb;
use super::pairs::{Kind, Near, Pair, between, closest_of};
use super::solver::ContactSolver;
use crate::solver::exact::{add, mul, sqrt};
use crate::solver::position::{UNITS_PER_M, metres_of_units, round_half_away};
use crate::solver::vec3::V3;

/// What passed an edge or a corner by more is not recognised: a thin part of a body, seen from behind, looks alike. Metres.
const DEEPEST_PASS_M: f32 = 0.002;
/// How much against the outward normal the difference must look: more than it does beside the sharp edges of a box.
const PASSED_COSINE: f32 = -0.75;

/// Which vertices are inside.
pub(super) struct Inside {
    is_inside: Vec<bool>,
    /// For each vertex of the cloths the nearest near triangle of a body: twice the distance in units, and one if it shows its back.
    nearest: Vec<u32>,
    /// Whether anything was inside, or had passed, in this substep.
    is_any: bool,
    /// Boxes of the bodies' patches of triangles, at the present positions; empty where not needed.
    pub(super) boxes: Vec<Aabb>,
}

impl Inside {
    pub(super) fn new(cloth_vertices: usize) -> Inside {
        Inside {
            is_inside: vec![false; cloth_vertices],
            nearest: vec![u32::MAX; cloth_vertices],
            is_any: false,
            boxes: Vec::new(),
        }
    }

    /// Of each vertex of the cloths.
    pub(super) fn is_inside(&self) -> &[bool] {
        &self.is_inside
    }

    pub(super) fn set_inside(&mut self, is_inside: Vec<bool>) {
        self.is_inside = is_inside;
    }
}

impl ContactSolver {
    /// Before near pairs are measured.
    pub(super) fn begin_inside(&mut self) {
        if self.mesh.vertices > self.mesh.cloth_vertices {
            self.inside.nearest.fill(u32::MAX);
            self.inside.is_any = false;
        }
    }

    /// Notes which side a vertex sees of a body's triangle, and turns pairs round in which cloth has passed a body's edge or corner.
    pub(super) fn judge(&mut self, near: &mut Near, found: &Closest, thickness_m: f32, exit_m: f32) {
        let [first, .., last] = near.vertices;
        let (is_first_body, distance) = (self.mesh.is_body(first), near.gap_m);
        if near.kind == Kind::VertexTriangle && !is_first_body {
            let is_behind = self.outward(near.vertices, found).dot(found.difference_m) < 0.0;
            let key = (round_half_away(mul(distance.min(60.0), UNITS_PER_M)) as u32) << 1 | u32::from(is_behind);
            let nearest = &mut self.inside.nearest[first as usize];
            *nearest = (*nearest).min(key);
            return;
        }
        if found.is_interior <= 0.0 || distance > DEEPEST_PASS_M {
            return;
        }
        let outward = match near.kind {
            Kind::VertexTriangle => self.vertex_normal(first),
            Kind::EdgeEdge if is_first_body => self.vertex_normal(first).add(self.vertex_normal(near.vertices[1])),
            Kind::EdgeEdge => self.vertex_normal(near.vertices[2]).add(self.vertex_normal(last)),
        };
        // From the body to the cloth.
        let towards_cloth = if is_first_body { near.normal.neg() } else { near.normal };
        if towards_cloth.dot(outward) < mul(PASSED_COSINE, outward.length()) {
            near.normal = near.normal.neg();
            near.gap_m = -distance;
            near.wanted_m = thickness_m.min(add(near.gap_m, exit_m));
            near.room_m = -1.0;
            self.inside.is_any = true;
        }
    }

    /// After near pairs are measured: what is inside leaves its pairs with bodies and gets its way out.
    pub(super) fn bring_out(&mut self, exit_m: f32) {
        let bodies_give_way = self.bodies_give_way();
        let inside = &mut self.inside;
        for (is_inside, nearest) in inside.is_inside.iter_mut().zip(&inside.nearest) {
            *is_inside |= *nearest != u32::MAX && nearest & 1 == 1;
        }
        self.counts.inside = inside.is_inside.iter().filter(|is| **is).count();
        inside.boxes.clear();
        if self.counts.inside == 0 {
            // Whatever is inside at the next detection has jumped there.
            self.may_be_inside = inside.is_any || !bodies_give_way;
            return;
        }
        let cloth = self.mesh.cloth_vertices;
        let is_inside = &self.inside.is_inside;
        self.near
            .retain(|n| !(n.has_body && n.vertices.iter().any(|v| (*v as usize) < cloth && is_inside[*v as usize])));
        self.set_boxes();
        for vertex in 0..cloth as u32 {
            if !self.inside.is_inside[vertex as usize] {
                continue;
            }
            let way_out = self.nearest_triangle(vertex).filter(|(triangle, found)| {
                self.outward(self.pair_with(vertex, *triangle), found).dot(found.difference_m) < 0.0
            });
            match way_out {
                Some((triangle, found)) => self.near.extend(self.way_out(vertex, triangle, &found, exit_m)),
                None => self.inside.is_inside[vertex as usize] = false,
            }
        }
        self.counts.inside = self.inside.is_inside.iter().filter(|is| **is).count();
    }

    /// Looks at every vertex of the cloths.
    pub(super) fn find_inside(&mut self) {
        if self.mesh.vertices == self.mesh.cloth_vertices {
            return;
        }
        self.set_boxes();
        let all = self.inside.boxes.iter().fold(Aabb { lo: [i32::MAX; 3], hi: [i32::MIN; 3] }, |all, b| Aabb {
            lo: [0, 1, 2].map(|k| all.lo[k].min(b.lo[k])),
            hi: [0, 1, 2].map(|k| all.hi[k].max(b.hi[k])),
        });
        for vertex in 0..self.mesh.cloth_vertices as u32 {
            let q = self.positions[vertex as usize];
            let is_inside = all.overlaps(&Aabb { lo: q, hi: q })
                && self.nearest_triangle(vertex).is_some_and(|(triangle, found)| {
                    self.outward(self.pair_with(vertex, triangle), &found).dot(found.difference_m) < 0.0
                });
            self.inside.is_inside[vertex as usize] = is_inside;
        }
    }

    fn pair_with(&self, vertex: u32, triangle: u32) -> [u32; 4] {
        let [a, b, c] = self.mesh.triangles[triangle as usize];
        [vertex, a, b, c]
    }

    /// The pair of a vertex inside with its nearest triangle, seen from outside.
    fn way_out(&self, vertex: u32, triangle: u32, found: &Closest, exit_m: f32) -> Option<Near> {
        let vertices = self.pair_with(vertex, triangle);
        let x = vertices.map(|v| self.positions[v as usize]);
        let half = |v: u32| self.mesh.half_thickness_m[v as usize];
        let thickness_m = add(half(vertex), half(vertices[1]));
        let pair = Pair { vertices, kind: Kind::VertexTriangle, thickness_m, budget_m: 0.0 };
        let near = Near::of(&pair, found, x, exit_m, true)?;
        let gap_m = -near.gap_m;
        Some(Near {
            normal: near.normal.neg(),
            gap_m,
            wanted_m: thickness_m.min(add(gap_m, exit_m)),
            room_m: -1.0,
            ..near
        })
    }

    /// Boxes of the bodies' patches of triangles.
    pub(super) fn set_boxes(&mut self) {
        let patches = &self.mesh.triangle_patches;
        self.inside.boxes.clear();
        for patch in 0..patches.len() {
            let mut all = Aabb { lo: [i32::MAX; 3], hi: [i32::MIN; 3] };
            let of_bodies = patches.of(patch).iter().filter(|t| **t as usize >= self.mesh.cloth_triangles);
            for vertex in of_bodies.flat_map(|t| self.mesh.triangles[*t as usize]) {
                let q = self.positions[vertex as usize];
                all = Aabb { lo: [0, 1, 2].map(|k| all.lo[k].min(q[k])), hi: [0, 1, 2].map(|k| all.hi[k].max(q[k])) };
            }
            self.inside.boxes.push(all);
        }
    }

    /// The nearest triangle of any body, and the closest points.
    pub(super) fn nearest_triangle(&self, vertex: u32) -> Option<(u32, Closest)> {
        let q = self.positions[vertex as usize];
        let mut best: Option<(u32, Closest)> = None;
        for (patch, bounds) in self.inside.boxes.iter().enumerate() {
            if bounds.lo[0] > bounds.hi[0] {
                continue;
            }
            // A little less than the distance from the box, for rounding.
            let beyond = [0, 1, 2].map(|k| metres_of_units((bounds.lo[k] - q[k]).max(q[k] - bounds.hi[k]).max(0)));
            let least_m = mul(0.9999, sqrt(V3::from_array(beyond).length_squared()));
            if best.is_some_and(|(_, found)| mul(least_m, least_m) > found.distance_m2) {
                continue;
            }
            for triangle in self.mesh.triangle_patches.of(patch) {
                let vertices = self.pair_with(vertex, *triangle);
                let found = closest_of(Kind::VertexTriangle, vertices.map(|v| self.positions[v as usize]));
                // Of those that are equally near the first, whatever the order of patches.
                let is_nearer = |(first, best): (u32, Closest)| {
                    found.distance_m2 < best.distance_m2 || found.distance_m2 == best.distance_m2 && *triangle < first
                };
                if best.is_none_or(is_nearer) {
                    best = Some((*triangle, found));
                }
            }
        }
        best
    }

    /// Outward direction (of any length) at the closest point on a body's triangle.
    fn outward(&self, vertices: [u32; 4], found: &Closest) -> V3 {
        if found.is_interior > 0.0 {
            return found.common_normal;
        }
        let mut sum = V3::ZERO;
        for k in 1..4 {
            if found.weights[k] < 0.0 {
                sum = sum.add_scaled(self.vertex_normal(vertices[k]), -found.weights[k]);
            }
        }
        sum
    }

    /// The mean direction of the triangles about a vertex of a body, of unit length.
    fn vertex_normal(&self, vertex: u32) -> V3 {
        let i = vertex as usize - self.mesh.cloth_vertices;
        let fan = self.mesh.fan_starts[i] as usize..self.mesh.fan_starts[i + 1] as usize;
        let mut sum = V3::ZERO;
        for triangle in &self.mesh.fans[fan] {
            let [a, b, c] = self.mesh.triangles[*triangle as usize].map(|v| self.positions[v as usize]);
            // Scaled by 2^8, so that the squares of small triangles stay normal numbers.
            let normal = between(b, a).scale(256.0).cross(between(c, a).scale(256.0));
            sum = sum.add(normal.normalised_or(V3::ZERO));
        }
        sum.normalised_or(V3::ZERO)
    }
}
