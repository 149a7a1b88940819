//! Pairs of primitives that may come near each other, and what a substep knows of those that are near.

use super::closest::{self, Closest};
use crate::solver::exact::{add, div, mul, sub};
use crate::solver::lanes::{F8, LANES};
use crate::solver::position::metres_of_units;
use crate::solver::vec3::{Real, V3};

/// Which primitives a pair consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A vertex (first index) and a triangle (the other three).
    VertexTriangle,
    /// Two edges, two indices each.
    EdgeEdge,
}

impl Kind {
    /// How many of the four vertices belong to the first primitive.
    #[inline(always)]
    pub fn split(self) -> usize {
        match self {
            Kind::VertexTriangle => 1,
            Kind::EdgeEdge => 2,
        }
    }
}

/// A recorded pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// Its vertices.
    pub vertices: [u32; 4],
    /// What they make up.
    pub kind: Kind,
    /// Sum of the half thicknesses, metres.
    pub thickness_m: f32,
    /// As long as `budget_m` less the paths of both primitives is above the thickness, they cannot touch: the distance when it was last measured plus the paths until then.
    pub budget_m: f32,
}

/// `(a - b)` in metres for integer positions.
#[inline(always)]
pub fn between(a: [i32; 3], b: [i32; 3]) -> V3 {
    let axis = |k: usize| metres_of_units(a[k].wrapping_sub(b[k]));
    V3 { x: axis(0), y: axis(1), z: axis(2) }
}

/// Eight pairs of one kind side by side: their squared distances, each with the bits of [`closest_of`]; infinity for all if none is within its radius.
pub fn distances_m2(kind: Kind, pairs: &[[u32; 4]], radii_m: F8, positions: &[[i32; 3]]) -> [f32; LANES] {
    let mut units = [[[0i32; LANES]; 3]; 4];
    for (lane, pair) in pairs.iter().enumerate() {
        for (k, v) in pair.iter().enumerate() {
            for (axis, x) in positions[*v as usize].iter().enumerate() {
                units[k][axis][lane] = *x;
            }
        }
    }
    let axis = |k: usize, base: usize, axis: usize| {
        let mut out = [0.0; LANES];
        for (lane, out) in out.iter_mut().enumerate() {
            *out = metres_of_units(units[k][axis][lane].wrapping_sub(units[base][axis][lane]));
        }
        F8(out)
    };
    let lanes = |k: usize, base: usize| V3 { x: axis(k, base, 0), y: axis(k, base, 1), z: axis(k, base, 2) };
    match kind {
        Kind::VertexTriangle => {
            let (ap, ab, ac) = (lanes(0, 1), lanes(2, 1), lanes(3, 1));
            let centre = ab.add(ac).scale(F8::splat(1.0 / 3.0));
            let w = ap.sub(centre);
            let reach = ab.sub(centre).dot(w).max(ac.sub(centre).dot(w)).max(centre.dot(w).neg());
            if are_apart(w, reach, radii_m) {
                [f32::INFINITY; LANES]
            } else {
                closest::point_triangle(ap, ab, ac).distance_m2.0
            }
        }
        Kind::EdgeEdge => {
            let (u, v, between) = (lanes(1, 0), lanes(3, 2), lanes(0, 2));
            let w = between.add(u.sub(v).scale(F8::splat(0.5)));
            let reach = u.dot(w).abs().add(v.dot(w).abs()).mul(F8::splat(0.5));
            if are_apart(w, reach, radii_m) {
                [f32::INFINITY; LANES]
            } else {
                closest::segment_segment(u, v, between).distance_m2.0
            }
        }
    }
}

/// Whether all lanes are farther apart than their radii along the line `w` between the primitives' centres, on which both together reach
/// `reach / |w|` towards each other. It costs a fifth of the closest points, and neighbours in a flat cloth all fail it.
#[inline(always)]
fn are_apart(w: V3<F8>, reach: F8, radii_m: F8) -> bool {
    let square = w.length_squared();
    let apart = square.sub(reach);
    // A little more than the radius, for rounding.
    let radius = radii_m.mul(F8::splat(1.0001));
    let gain = apart.mul(apart).sub(radius.mul(radius).mul(square));
    (0..LANES).all(|lane| (apart.0[lane] > 0.0) & (gain.0[lane] > 0.0))
}

/// Closest points of a pair, given its vertices' positions.
#[inline(always)]
pub fn closest_of(kind: Kind, x: [[i32; 3]; 4]) -> Closest {
    match kind {
        Kind::VertexTriangle => closest::point_triangle(between(x[0], x[1]), between(x[2], x[1]), between(x[3], x[1])),
        Kind::EdgeEdge => closest::segment_segment(between(x[1], x[0]), between(x[3], x[2]), between(x[0], x[2])),
    }
}

/// A pair that is near enough to matter in this substep.
#[derive(Clone, Copy, Debug)]
pub struct Near {
    /// Its vertices.
    pub vertices: [u32; 4],
    /// Which of them are of the first primitive: `0 .. split`.
    pub split: u32,
    /// Weights of the closest points, see [`Closest`].
    pub weights: [f32; 4],
    /// Unit vector from the second to the first primitive.
    pub normal: V3,
    /// Distance at the start of the substep, metres.
    pub gap_m: f32,
    /// Distance to keep, metres; not above what can be recovered in this substep.
    pub wanted_m: f32,
    /// How far each vertex may move against its side of the plane in the middle, metres.
    pub allowance_m: [f32; 4],
    /// Whether it pushes. Edges whose closest points are end points do not: vertex and triangle do there.
    pub is_pushing: bool,
    /// Normal push so far in this substep: metres times kg.
    pub pushed: f32,
    /// Friction so far in this substep: metres times kg.
    pub rubbed: V3,
}

/// Share of the way between two primitives that is left even to the one that does not move.
const LEAST_SHARE: f32 = 0.1;

/// Share of its distance to the plane that a vertex may use in one substep.
const SHARE: f32 = 0.9;

impl Near {
    /// Measures a pair at the start of a substep, with predicted displacements `d`; `is_body` says which side is a body's. `floor_m` is kept on either side of the plane. None where the
    /// primitives meet, so that no plane parts them.
    pub fn measure(
        pair: &Pair,
        x: [[i32; 3]; 4],
        d: [V3; 4],
        is_body: [bool; 2],
        floor_m: f32,
        recovery_m: f32,
    ) -> (f32, Option<Near>) {
        let found = closest_of(pair.kind, x);
        let normal = found.normal();
        let gap_m = crate::solver::exact::sqrt(found.distance_m2);
        if normal == V3::ZERO {
            return (gap_m, None);
        }
        let split = pair.kind.split();
        // Heights of all vertices above the last one, along the normal. The plane lies between the lowest of A and the highest of B; it is
        // computed from the vertices themselves, so it parts them whatever the rounding of the normal.
        let height = [0, 1, 2].map(|k| normal.dot(between(x[k], x[3])));
        let heights = [height[0], height[1], height[2], 0.0];
        let (mut low, mut high) = (f32::MAX, f32::MIN);
        let mut approach = [0.0f32; 2];
        for k in 0..4 {
            let along = normal.dot(d[k]);
            if k < split {
                low = low.min(heights[k]);
                approach[0] = approach[0].max(-along);
            } else {
                high = high.max(heights[k]);
                approach[1] = approach[1].max(along);
            }
        }
        // The side that approaches faster gets more of the way; a body, which nothing holds, all that it needs.
        let room = sub(low, high);
        let total = add(approach[0], approach[1]);
        let needed = |side: usize| div(add(mul(1.01, approach[side]), floor_m), room.max(floor_m)).clamp(0.0, 0.95);
        let share = match is_body {
            [_, true] => needed(1),
            [true, false] => sub(1.0, needed(0)),
            [false, false] if total > 1e-7 => div(approach[1], total).clamp(LEAST_SHARE, 1.0 - LEAST_SHARE),
            [false, false] => 0.5,
        };
        let middle = add(high, mul(share, room));
        let mut allowance_m = [0.0f32; 4];
        for (k, h) in heights.iter().enumerate() {
            let slack = if k < split { sub(*h, middle) } else { sub(middle, *h) };
            allowance_m[k] = mul(SHARE, sub(slack, floor_m)).max(0.0);
        }
        let near = Near {
            vertices: pair.vertices,
            split: split as u32,
            weights: found.weights,
            normal,
            gap_m,
            wanted_m: pair.thickness_m.min(add(gap_m, recovery_m)),
            allowance_m,
            is_pushing: pair.kind == Kind::VertexTriangle || found.is_interior > 0.0,
            pushed: 0.0,
            rubbed: V3::ZERO,
        };
        (gap_m, Some(near))
    }
}
