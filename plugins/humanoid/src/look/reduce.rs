//! Fewer vertices for the same surface: edges are collapsed onto one of their ends, the cheapest first.
//!
//! M. Garland and P. Heckbert, "Surface simplification using quadric error metrics", 1997. Vertices are kept where they
//! are instead of moved to the optimum, so that a kept vertex keeps its weights over the rows of the body: the reduced
//! surface then follows every shape and pose, although it was reduced once, on the template.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap},
};

use bevy::math::{DVec3, Vec3};

/// How much more it costs to move an open border than a surface.
const BORDER_WEIGHT: f64 = 10.0;
/// Least cosine between a triangle's normal before and after a collapse.
const LEAST_TURN_COS: f64 = 0.2;

/// The vertices that are left, and triangles over their places in that list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reduced {
    pub vertices: Vec<u32>,
    pub triangles: Vec<[u32; 3]>,
}

/// A symmetric 4 x 4 matrix: the squared distance from planes as a function of a point.
#[derive(Clone, Copy, Debug, Default)]
struct Quadric([f64; 10]);

impl Quadric {
    /// Of a plane through `point`, times `weight`.
    fn plane(normal: DVec3, point: DVec3, weight: f64) -> Self {
        let (DVec3 { x: a, y: b, z: c }, d) = (normal, -normal.dot(point));
        Self([a * a, a * b, a * c, a * d, b * b, b * c, b * d, c * c, c * d, d * d].map(|x| x * weight))
    }

    fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(own, other)| *own += other);
    }

    fn at(&self, p: DVec3) -> f64 {
        let [aa, ab, ac, ad, bb, bc, bd, cc, cd, dd] = self.0;
        let (x, y, z) = (p.x, p.y, p.z);
        aa * x * x
            + bb * y * y
            + cc * z * z
            + dd
            + 2.0 * (ab * x * y + ac * x * z + bc * y * z + ad * x + bd * y + cd * z)
    }
}

struct Mesh {
    places: Vec<DVec3>,
    /// Corners; a collapsed triangle is `None`.
    triangles: Vec<Option<[u32; 3]>>,
    /// Triangles around each vertex.
    around: Vec<Vec<u32>>,
    quadrics: Vec<Quadric>,
    /// Counts the changes of a vertex, so that prices from before one are known to be old.
    stamps: Vec<u32>,
    borders: BTreeSet<(u32, u32)>,
}

/// Cost in a form that sorts, the collapse (from, onto), and the stamps of both ends.
type Offer = Reverse<(u64, u32, u32, u32, u32)>;

/// Reduces the mesh to each of `targets` vertices, which fall. A mesh whose shape forbids it stays larger.
pub fn reduce(places: &[Vec3], triangles: &[[u32; 3]], targets: &[usize]) -> Vec<Reduced> {
    let mut mesh = Mesh::new(places, triangles);
    let mut offers = BinaryHeap::<Offer>::new();
    let mut left = mesh.around.iter().filter(|around| !around.is_empty()).count();
    for vertex in 0..places.len() as u32 {
        for other in mesh.neighbours(vertex) {
            mesh.offer(vertex, other, &mut offers);
        }
    }
    let mut results = Vec::with_capacity(targets.len());
    for &target in targets {
        while left > target {
            let Some(Reverse((_, from, onto, from_stamp, onto_stamp))) = offers.pop() else { break };
            let stamp = |vertex: u32| mesh.stamps.get(vertex as usize).copied();
            if stamp(from) != Some(from_stamp) || stamp(onto) != Some(onto_stamp) || !mesh.may_collapse(from, onto) {
                continue;
            }
            left -= mesh.collapse(from, onto);
            for other in mesh.neighbours(onto) {
                mesh.offer(onto, other, &mut offers);
                mesh.offer(other, onto, &mut offers);
            }
        }
        results.push(mesh.result());
    }
    results
}

impl Mesh {
    fn new(places: &[Vec3], triangles: &[[u32; 3]]) -> Self {
        let count = places.len();
        let mut mesh = Self {
            places: places.iter().map(|p| p.as_dvec3()).collect(),
            triangles: Vec::with_capacity(triangles.len()),
            around: vec![Vec::new(); count],
            quadrics: vec![Quadric::default(); count],
            stamps: vec![0; count],
            borders: BTreeSet::new(),
        };
        let sound =
            |t: &[u32; 3]| t[0] != t[1] && t[1] != t[2] && t[2] != t[0] && t.iter().all(|&v| (v as usize) < count);
        for triangle in triangles.iter().copied().filter(sound) {
            let index = mesh.triangles.len() as u32;
            let [a, b, c] = triangle.map(|vertex| mesh.places[vertex as usize]);
            let area = (b - a).cross(c - a);
            let quadric = Quadric::plane(area.normalize_or_zero(), a, 0.5 * area.length());
            for vertex in triangle {
                mesh.around[vertex as usize].push(index);
                mesh.quadrics[vertex as usize].add(&quadric);
            }
            for i in 0..3 {
                let (from, to) = (triangle[i], triangle[(i + 1) % 3]);
                if !mesh.borders.remove(&(to, from)) {
                    mesh.borders.insert((from, to));
                }
            }
            mesh.triangles.push(Some(triangle));
        }
        for (from, to) in mesh.borders.clone() {
            let (a, b) = (mesh.places[from as usize], mesh.places[to as usize]);
            let shared = mesh.around[from as usize].iter().find(|t| mesh.around[to as usize].contains(t));
            let normal = shared.map_or(DVec3::ZERO, |&t| mesh.normal(mesh.triangles[t as usize].unwrap_or_default()));
            let fence = (b - a).cross(normal).normalize_or_zero();
            let quadric = Quadric::plane(fence, a, BORDER_WEIGHT * (b - a).length_squared());
            mesh.quadrics[from as usize].add(&quadric);
            mesh.quadrics[to as usize].add(&quadric);
        }
        mesh
    }

    /// Not normalised.
    fn normal(&self, triangle: [u32; 3]) -> DVec3 {
        let [a, b, c] = triangle.map(|vertex| self.places[vertex as usize]);
        (b - a).cross(c - a)
    }

    fn neighbours(&self, vertex: u32) -> BTreeSet<u32> {
        let corners = self.around[vertex as usize].iter().filter_map(|&t| self.triangles[t as usize]).flatten();
        corners.filter(|&other| other != vertex).collect()
    }

    fn offer(&self, from: u32, onto: u32, offers: &mut BinaryHeap<Offer>) {
        let mut quadric = self.quadrics[from as usize];
        quadric.add(&self.quadrics[onto as usize]);
        // The bits of a number that is not negative sort as the number does. A short edge goes first among equals.
        let length = self.places[from as usize].distance_squared(self.places[onto as usize]);
        let cost = quadric.at(self.places[onto as usize]).max(0.0) + 1e-9 * length;
        offers.push(Reverse((cost.to_bits(), from, onto, self.stamps[from as usize], self.stamps[onto as usize])));
    }

    fn is_border(&self, vertex: u32) -> bool {
        let of = |(a, b): (u32, u32)| self.borders.contains(&(a, b)) || self.borders.contains(&(b, a));
        self.neighbours(vertex).into_iter().any(|other| of((vertex, other)))
    }

    /// Whether the surface stays a surface and no triangle turns over.
    fn may_collapse(&self, from: u32, onto: u32) -> bool {
        let (a, b) = (self.neighbours(from), self.neighbours(onto));
        let shared = self.around[from as usize].iter().filter(|t| self.around[onto as usize].contains(t)).count();
        if shared == 0 || a.intersection(&b).count() != shared {
            return false;
        }
        // A border vertex stays on the border: it may only move along it.
        if self.is_border(from) && !(self.borders.contains(&(from, onto)) || self.borders.contains(&(onto, from))) {
            return false;
        }
        self.around[from as usize].iter().filter_map(|&t| self.triangles[t as usize]).all(|triangle| {
            if triangle.contains(&onto) {
                return true;
            }
            let moved = triangle.map(|vertex| if vertex == from { onto } else { vertex });
            let (before, after) = (self.normal(triangle), self.normal(moved));
            after.dot(before) > LEAST_TURN_COS * after.length() * before.length()
        })
    }

    /// Moves everything that has `from` as a corner to `onto`. Tells how many vertices went.
    fn collapse(&mut self, from: u32, onto: u32) -> usize {
        let ends = |&(a, b): &(u32, u32)| a == from || b == from;
        let stale: Vec<(u32, u32)> = self
            .neighbours(from)
            .into_iter()
            .flat_map(|other| [(from, other), (other, from)])
            .filter(|edge| self.borders.contains(edge) && ends(edge))
            .collect();
        for edge in stale {
            self.borders.remove(&edge);
            let moved = |vertex: u32| if vertex == from { onto } else { vertex };
            if moved(edge.0) != moved(edge.1) {
                self.borders.insert((moved(edge.0), moved(edge.1)));
            }
        }
        let quadric = self.quadrics[from as usize];
        self.quadrics[onto as usize].add(&quadric);
        for index in std::mem::take(&mut self.around[from as usize]) {
            let Some(triangle) = self.triangles[index as usize] else { continue };
            if triangle.contains(&onto) {
                self.triangles[index as usize] = None;
                for vertex in triangle {
                    self.around[vertex as usize].retain(|&other| other != index);
                }
            } else {
                self.triangles[index as usize] =
                    Some(triangle.map(|vertex| if vertex == from { onto } else { vertex }));
                self.around[onto as usize].push(index);
            }
        }
        self.stamps[from as usize] += 1;
        self.stamps[onto as usize] += 1;
        1
    }

    fn result(&self) -> Reduced {
        let mut reduced = Reduced::default();
        let mut place = vec![u32::MAX; self.places.len()];
        for triangle in self.triangles.iter().flatten() {
            reduced.triangles.push(triangle.map(|vertex| {
                let slot = &mut place[vertex as usize];
                if *slot == u32::MAX {
                    *slot = reduced.vertices.len() as u32;
                    reduced.vertices.push(vertex);
                }
                *slot
            }));
        }
        reduced
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sphere of `rings` x `segments` quads without poles.
    fn barrel(rings: u32, segments: u32) -> (Vec<Vec3>, Vec<[u32; 3]>) {
        let mut places = Vec::new();
        for ring in 0..=rings {
            let (y, r) = (std::f32::consts::PI * (0.15 + 0.7 * ring as f32 / rings as f32)).sin_cos();
            for segment in 0..segments {
                let (s, c) = (std::f32::consts::TAU * segment as f32 / segments as f32).sin_cos();
                places.push(Vec3::new(y * c, r, y * s));
            }
        }
        let at = |ring: u32, segment: u32| ring * segments + segment % segments;
        let quads = (0..rings).flat_map(|ring| (0..segments).map(move |segment| (ring, segment)));
        let triangles = quads.flat_map(|(r, s)| {
            [[at(r, s), at(r, s + 1), at(r + 1, s)], [at(r, s + 1), at(r + 1, s + 1), at(r + 1, s)]]
        });
        (places, triangles.collect())
    }

    fn open_edges(triangles: &[[u32; 3]]) -> usize {
        let mut open = BTreeSet::new();
        for t in triangles {
            for i in 0..3 {
                let (a, b) = (t[i], t[(i + 1) % 3]);
                if !open.remove(&(b, a)) {
                    assert!(open.insert((a, b)), "an edge has one triangle on each side");
                }
            }
        }
        open.len()
    }

    #[test]
    fn a_barrel_stays_a_barrel() {
        let (places, triangles) = barrel(40, 60);
        let reduced = reduce(&places, &triangles, &[600, 120]);
        for (level, target) in reduced.iter().zip([600, 120]) {
            assert_eq!(level.vertices.len(), target);
            let open = open_edges(&level.triangles);
            assert!((6..120).contains(&open), "two rings stay open: {open} edges");
            // Euler: a barrel has characteristic 0; with E = (3 T + open) / 2 that fixes the number of triangles.
            assert_eq!(2 * target, level.triangles.len() + open);
            let at = |vertex: u32| places[level.vertices[vertex as usize] as usize];
            for triangle in &level.triangles {
                let [a, b, c] = triangle.map(at);
                let middle = (a + b + c) / 3.0;
                assert!(middle.length() > 0.85, "still on the sphere: {middle}");
                assert!((b - a).cross(c - a).dot(middle) > 0.0, "and facing as before");
            }
        }
        assert_eq!(reduce(&places, &triangles, &[600, 120]), reduced, "the same every time");
    }

    #[test]
    fn nothing_to_reduce_is_no_error() {
        assert_eq!(reduce(&[], &[], &[5]), vec![Reduced::default()]);
        let one = [[0, 1, 2], [0, 0, 1], [0, 1, 9]];
        let reduced = reduce(&[Vec3::ZERO, Vec3::X, Vec3::Y], &one, &[1]);
        assert!(reduced[0].triangles.len() <= 1, "{reduced:?}");
    }
}
