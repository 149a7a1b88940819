//! Pairs of primitives that may come near each other, and what a substep knows of those that are near.

use super::closest::{self, Closest};
use crate::solver::exact::{add, mul, sqrt, sub};
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
fn distances_m2(kind: Kind, pairs: &[[u32; 4]], radii_m: F8, positions: &[[i32; 3]]) -> [f32; LANES] {
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

/// Pairs of one kind that are measured together, and what is to be known about each.
pub struct Batch<T> {
    vertices: Vec<[u32; 4]>,
    radii_m: F8,
    about: Vec<T>,
}

impl<T> Default for Batch<T> {
    fn default() -> Self {
        Batch { vertices: Vec::new(), radii_m: F8::default(), about: Vec::new() }
    }
}

impl<T> Batch<T> {
    /// Takes a pair of which only what is within `radius_m` counts. When there are enough, `found` is told those that are, with the squares of their
    /// distances, m^2.
    #[inline(always)]
    pub fn offer(
        &mut self,
        scene: (Kind, &[[i32; 3]]),
        vertices: [u32; 4],
        radius_m: f32,
        about: T,
        found: impl FnMut([u32; 4], T, f32),
    ) {
        self.radii_m.0[self.vertices.len()] = radius_m;
        self.vertices.push(vertices);
        self.about.push(about);
        if self.vertices.len() == LANES {
            self.flush(scene, found);
        }
    }

    /// Measures what is left.
    pub fn flush(&mut self, (kind, positions): (Kind, &[[i32; 3]]), mut found: impl FnMut([u32; 4], T, f32)) {
        let (Some(last), count) = (self.vertices.last().copied(), self.vertices.len()) else {
            return;
        };
        // Lanes without a candidate must not keep the others from being rejected.
        self.vertices.resize(LANES, last);
        let last_radius_m = self.radii_m.0[count - 1];
        self.radii_m.0[count..].fill(last_radius_m);
        let distances = distances_m2(kind, &self.vertices, self.radii_m, positions);
        self.vertices.truncate(count);
        for (((vertices, about), distance_m2), radius_m) in
            self.vertices.drain(..).zip(self.about.drain(..)).zip(distances).zip(self.radii_m.0)
        {
            if distance_m2 <= mul(radius_m, radius_m) {
                found(vertices, about, distance_m2);
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

/// Closest points of a pair whose vertices have moved by `d` (metres) since they were at `x`.
#[inline(always)]
pub fn closest_after(kind: Kind, x: [[i32; 3]; 4], d: [V3; 4]) -> Closest {
    let apart = |a: usize, b: usize| between(x[a], x[b]).add(d[a].sub(d[b]));
    match kind {
        Kind::VertexTriangle => closest::point_triangle(apart(0, 1), apart(2, 1), apart(3, 1)),
        Kind::EdgeEdge => closest::segment_segment(apart(1, 0), apart(3, 2), apart(0, 2)),
    }
}

/// A pair that is near enough to matter in this substep.
#[derive(Clone, Copy, Debug)]
pub struct Near {
    /// Its vertices.
    pub vertices: [u32; 4],
    /// What they make up.
    pub kind: Kind,
    /// Weights of the closest points, see [`Closest`].
    pub weights: [f32; 4],
    /// Unit vector from the second to the first primitive.
    pub normal: V3,
    /// Distance at the start of the substep, metres; negative where cloth is inside a body.
    pub gap_m: f32,
    /// Distance to keep, metres; not above what can be recovered in this substep.
    pub wanted_m: f32,
    /// Heights of the vertices above the last one along the normal at the start, metres.
    pub heights_m: [f32; 4],
    /// From the highest vertex of the second primitive to the lowest of the first: above zero where a plane parts them.
    pub room_m: f32,
    /// Whether it pushes. Edges whose closest points are end points do not: vertex and triangle do there.
    pub is_pushing: bool,
    /// Whether a body takes part.
    pub has_body: bool,
    /// Normal push so far in this substep: metres times kg.
    pub pushed: f32,
    /// Friction so far in this substep: metres times kg.
    pub rubbed: V3,
}

impl Near {
    /// Measures a pair at the start of a substep, from its closest points `found`. None where the primitives meet, so that there is no direction.
    pub fn of(pair: &Pair, found: &Closest, x: [[i32; 3]; 4], recovery_m: f32, has_body: bool) -> Option<Near> {
        let normal = found.normal();
        if normal == V3::ZERO {
            return None;
        }
        let gap_m = sqrt(found.distance_m2);
        // The plane is judged by the vertices themselves, so it parts them whatever the rounding of the normal.
        let height = [0, 1, 2].map(|k| normal.dot(between(x[k], x[3])));
        let heights_m = [height[0], height[1], height[2], 0.0];
        Some(Near {
            vertices: pair.vertices,
            kind: pair.kind,
            weights: found.weights,
            normal,
            gap_m,
            wanted_m: pair.thickness_m.min(add(gap_m, recovery_m)),
            heights_m,
            room_m: room_m(pair.kind, heights_m),
            is_pushing: pair.kind == Kind::VertexTriangle || found.is_interior > 0.0,
            has_body,
            pushed: 0.0,
            rubbed: V3::ZERO,
        })
    }

    /// The room between the primitives along the same normal after their vertices have moved by `d`, metres.
    #[inline(always)]
    pub fn room_after_m(&self, d: [V3; 4]) -> f32 {
        let mut heights = self.heights_m;
        for (h, d) in heights.iter_mut().zip(d) {
            *h = add(*h, self.normal.dot(d));
        }
        room_m(self.kind, heights)
    }

    /// The same along the normal that the closest points then have, which turned layers need; less than nothing if that one looks another way.
    pub fn room_after_turning_m(&self, x: [[i32; 3]; 4], d: [V3; 4]) -> f32 {
        let normal = closest_after(self.kind, x, d).normal();
        if normal.dot(self.normal) < LEAST_COSINE {
            return -1.0;
        }
        let height = [0, 1, 2].map(|k| normal.dot(between(x[k], x[3]).add(d[k].sub(d[3]))));
        room_m(self.kind, [height[0], height[1], height[2], 0.0])
    }
}

/// A plane that parts two primitives may turn by 60 degrees within a substep; beyond, one may have passed around or through the other.
const LEAST_COSINE: f32 = 0.5;

/// From the highest of the second primitive to the lowest of the first.
#[inline(always)]
fn room_m(kind: Kind, heights: [f32; 4]) -> f32 {
    let (a, b) = heights.split_at(kind.split());
    let low = a.iter().fold(f32::MAX, |m, h| m.min(*h));
    let high = b.iter().fold(f32::MIN, |m, h| m.max(*h));
    sub(low, high)
}
