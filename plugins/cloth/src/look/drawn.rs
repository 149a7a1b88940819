//! The mesh that is drawn of a mesh of particles: finer than the particles lie, curved between them, with the normals and the
//! directions of threads that shading needs.
//!
//! Between particles lie cubic curves that leave each particle at right angles to its normal (A. Vlachos et al., "Curved PN
//! triangles", I3D 2001), halved as often as [`WANTED_EDGE_M`] asks. A point between two particles depends on these two alone, so there
//! are no cracks along seams and tears, and particles are drawn where they are, which approximating schemes such as Loop's do
//! not do: a garment would be drawn inside of the skin that it lies on. Normals are the mean of those around, because a tight fold that
//! runs askew over the mesh is shaded as a row of teeth otherwise; where particles are drawn does not follow them (moved by Taubin's filter, folds over a ball
//! dipped into it). Normals weigh triangles by their angle at the vertex
//! (G. Thürmer and C. Wüthrich, 1998): weights by area lean towards whichever way a mesh's diagonals run.

use std::collections::BTreeMap;

use bevy::math::{Vec2, Vec3, Vec4};

use crate::form;
use crate::solver::mesh::ClothMesh;

/// Longest mean edge that is drawn, metres, unless that took more than [`MOST_HALVINGS`] or [`MOST_VERTICES`].
const WANTED_EDGE_M: f32 = 0.006;
const MOST_HALVINGS: usize = 2;
const MOST_VERTICES: usize = 300_000;
/// How often normals become the mean of those around.
const SMOOTHINGS: usize = 2;
/// Farthest that a point lies from the middle of its edge, in lengths of the edge: a quarter circle has 0.21; and in thicknesses: layers that
/// lie on each other, or on a body, do not meet when each leaves its particles by less than half.
const MOST_BULGE: f32 = 0.15;
const MOST_BULGE_THICKNESSES: f32 = 0.45;

/// A particle on a seam is drawn once for each piece that it belongs to, so that every piece keeps its own pattern coordinates,
/// but all have one normal.
#[derive(Debug, Default)]
pub struct DrawnMesh {
    /// Triangles over particles.
    triangles: Vec<[u32; 3]>,
    /// Of a cloth that can tear, the particle that each corner had before.
    welds: Vec<u32>,
    /// Farthest that the drawn surface leaves the triangles of particles.
    most_bulge_m: f32,
    /// Of a cloth that cannot tear.
    ring: Option<Ring>,
    /// Triangles over the vertices of the coarse drawn mesh, and their pattern coordinates.
    corners: Vec<[u32; 3]>,
    coarse_uvs: Vec<[f32; 2]>,
    halvings: Vec<Halving>,
    /// Of the fine mesh: the particle, or point between particles, of each vertex.
    point_of: Vec<u32>,
    /// Of the fine mesh: across and along the cloth, metres.
    pub uvs: Vec<[f32; 2]>,
    /// Of the fine mesh: three a triangle.
    pub indices: Vec<u32>,
}

/// What is between what: new points follow those before them.
#[derive(Debug)]
struct Halving {
    between_particles: Vec<[u32; 2]>,
    between_vertices: Vec<[u32; 2]>,
}

/// What the mesh of one frame holds.
#[derive(Debug)]
pub struct DrawnFrame {
    pub positions: Vec<[f32; 3]>,
    pub normals: Vec<[f32; 3]>,
    /// Where u grows, and 1 where (u, v, normal) is right-handed, else -1.
    pub tangents: Vec<[f32; 4]>,
}

impl DrawnMesh {
    /// `can_tear`: every corner of a triangle is a particle of its own.
    pub fn new(mesh: &ClothMesh, thickness_m: f32, can_tear: bool) -> Self {
        // The solver's first coordinate is the warp, which runs up.
        let uv_of = |uv: [f64; 2]| [-uv[1] as f32, -uv[0] as f32];
        let mut drawn = Self { most_bulge_m: MOST_BULGE_THICKNESSES * thickness_m, ..Self::default() };
        let mut particle_of = Vec::new();
        if can_tear {
            drawn.triangles = form::apart(mesh.triangles.len());
            drawn.corners = drawn.triangles.clone();
            drawn.coarse_uvs = mesh.corner_uv_m.iter().flatten().map(|uv| uv_of(*uv)).collect();
            drawn.welds = mesh.triangles.iter().flatten().copied().collect();
            particle_of.extend(0..3 * mesh.triangles.len() as u32);
        } else {
            drawn.triangles.clone_from(&mesh.triangles);
            let mut vertex_of: BTreeMap<(u32, [u32; 2]), u32> = BTreeMap::new();
            for (particles, uvs) in mesh.triangles.iter().zip(&mesh.corner_uv_m) {
                drawn.corners.push([0, 1, 2].map(|corner: usize| {
                    let uv = uv_of(uvs[corner]);
                    *vertex_of.entry((particles[corner], uv.map(f32::to_bits))).or_insert_with(|| {
                        particle_of.push(particles[corner]);
                        drawn.coarse_uvs.push(uv);
                        particle_of.len() as u32 - 1
                    })
                }));
            }
        }
        if !can_tear {
            let count = drawn.particle_count();
            let itself: Vec<u32> = (0..count as u32).collect();
            drawn.ring = Some(Ring::new(&drawn.triangles, &itself, count));
        }
        drawn.halve(particle_of);
        drawn
    }

    fn halve(&mut self, particle_of: Vec<u32>) {
        let mut edge_m = self.mean_edge_m();
        let (mut triangles, mut corners) = (self.triangles.clone(), self.corners.clone());
        let mut points = self.particle_count();
        (self.point_of, self.uvs) = (particle_of, self.coarse_uvs.clone());
        while edge_m > WANTED_EDGE_M && self.halvings.len() < MOST_HALVINGS && 4 * self.uvs.len() < MOST_VERTICES {
            let (between_particles, finer_triangles) = quartered(&triangles, points);
            let (between_vertices, finer_corners) = quartered(&corners, self.uvs.len());
            let uv = |vertex: u32| Vec2::from_array(self.uvs[vertex as usize]);
            let middles: Vec<[f32; 2]> =
                between_vertices.iter().map(|[a, b]| (0.5 * (uv(*a) + uv(*b))).to_array()).collect();
            self.uvs.extend(middles);
            self.point_of.resize(self.uvs.len(), 0);
            for (vertices, finer_points) in finer_corners.iter().zip(&finer_triangles) {
                for (vertex, point) in vertices.iter().zip(finer_points) {
                    self.point_of[*vertex as usize] = *point;
                }
            }
            points += between_particles.len();
            self.halvings.push(Halving { between_particles, between_vertices });
            (triangles, corners) = (finer_triangles, finer_corners);
            edge_m *= 0.5;
        }
        self.indices = corners.into_iter().flatten().collect();
    }

    fn particle_count(&self) -> usize {
        self.triangles.iter().flatten().max().map_or(0, |most| *most as usize + 1)
    }

    /// In the pattern.
    fn mean_edge_m(&self) -> f32 {
        let uv = |vertex: u32| Vec2::from_array(self.coarse_uvs[vertex as usize]);
        let lengths = self.corners.iter().flat_map(|[a, b, c]| [(a, b), (b, c), (c, a)]);
        let sum: f32 = lengths.map(|(a, b)| uv(*a).distance(uv(*b))).sum();
        sum / (3 * self.corners.len()).max(1) as f32
    }

    /// `particles`: where they are, in the space of the mesh. Missing ones are at the origin.
    pub fn frame(&self, particles: &[Vec3]) -> DrawnFrame {
        let (points, normals) = self.curved(particles);
        let mut tangents = self.coarse_tangents(particles);
        for halving in &self.halvings {
            for [a, b] in &halving.between_vertices {
                let (a, b) = (tangents[*a as usize], tangents[*b as usize]);
                tangents.push((a.truncate() + b.truncate()).extend(a.w));
            }
        }
        DrawnFrame {
            positions: self.spread(&points),
            normals: self.spread(&normals),
            tangents: tangents.iter().map(|t| t.truncate().normalize_or(Vec3::X).extend(t.w).to_array()).collect(),
        }
    }

    /// The positions alone.
    pub fn positions(&self, particles: &[Vec3]) -> Vec<[f32; 3]> {
        self.spread(&self.curved(particles).0)
    }

    fn spread(&self, of_points: &[Vec3]) -> Vec<[f32; 3]> {
        let at = |point: &u32| of_points.get(*point as usize).copied().unwrap_or_default().to_array();
        self.point_of.iter().map(at).collect()
    }

    /// Points of the fine mesh and their normals.
    fn curved(&self, particles: &[Vec3]) -> (Vec<Vec3>, Vec<Vec3>) {
        let count = self.particle_count();
        let mut points = particles.to_vec();
        points.resize(count, Vec3::ZERO);
        let same = representatives(&points, &self.welds);
        let mut normals = normals(&points, &self.triangles, &same);
        let torn = self.ring.is_none().then(|| Ring::new(&self.triangles, &same, count));
        let Some(ring) = self.ring.as_ref().or(torn.as_ref()) else { return (points, normals) };
        ring.smooth(&mut normals, &same);
        // Halvings add up: 1 + 1/4 + 1/16 ..
        let most_bulge_m = 0.75 * self.most_bulge_m;
        for halving in &self.halvings {
            for [a, b] in &halving.between_particles {
                let [a, b] = [*a as usize, *b as usize];
                let (point, normal) = middle([points[a], points[b]], [normals[a], normals[b]], most_bulge_m);
                points.push(point);
                normals.push(normal);
            }
        }
        (points, normals)
    }

    /// Of the coarse drawn mesh, not yet of length 1.
    fn coarse_tangents(&self, particles: &[Vec3]) -> Vec<Vec4> {
        let mut tangents = vec![Vec4::W; self.coarse_uvs.len()];
        for (vertices, points) in self.corners.iter().zip(&self.triangles) {
            let [a, b, c] = points.map(|point| particles.get(point as usize).copied().unwrap_or_default());
            let [uv_a, uv_b, uv_c] = vertices.map(|vertex| Vec2::from_array(self.coarse_uvs[vertex as usize]));
            let (first, second) = (uv_b - uv_a, uv_c - uv_a);
            let area = first.perp_dot(second);
            // Times twice the area in the pattern, which weighs the triangles.
            let along_u = ((b - a) * second.y - (c - a) * first.y) * area.signum();
            for vertex in vertices {
                let sum = &mut tangents[*vertex as usize];
                *sum = (sum.truncate() + along_u).extend(area.signum());
            }
        }
        tangents
    }
}

/// Every triangle in four: what the new points lie between, and the triangles.
fn quartered(triangles: &[[u32; 3]], points: usize) -> (Vec<[u32; 2]>, Vec<[u32; 3]>) {
    let mut between = Vec::new();
    let mut middle_of: BTreeMap<[u32; 2], u32> = BTreeMap::new();
    let mut finer = Vec::with_capacity(4 * triangles.len());
    for &[a, b, c] in triangles {
        let [ab, bc, ca] = [[a, b], [b, c], [c, a]].map(|[from, to]| {
            *middle_of.entry([from.min(to), from.max(to)]).or_insert_with(|| {
                between.push([from.min(to), from.max(to)]);
                (points + between.len()) as u32 - 1
            })
        });
        finer.extend([[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]]);
    }
    (between, finer)
}

/// The middle of the curve between two points, and its normal. The same whichever comes first.
fn middle([a, b]: [Vec3; 2], [normal_a, normal_b]: [Vec3; 2], most_bulge_m: f32) -> (Vec3, Vec3) {
    let edge = b - a;
    let bulge = (normal_b * edge.dot(normal_b) - normal_a * edge.dot(normal_a)) * 0.125;
    let sum = normal_a + normal_b;
    let bulge = bulge.clamp_length_max(most_bulge_m.min(MOST_BULGE * edge.length()));
    (0.5 * (a + b) + bulge, sum.normalize_or(normal_a))
}

/// Of a cloth that can tear: the first of the corners that are still one particle, those of one old particle at exactly one place. Else itself.
fn representatives(places: &[Vec3], welds: &[u32]) -> Vec<u32> {
    let mut first_of = BTreeMap::new();
    let first = |(point, place): (u32, &Vec3)| match welds.get(point as usize) {
        Some(weld) => *first_of.entry((*weld, place.to_array().map(f32::to_bits))).or_insert(point),
        None => point,
    };
    (0..).zip(places).map(first).collect()
}

/// Normals of the vertices: triangles count by their angle.
fn normals(places: &[Vec3], triangles: &[[u32; 3]], same: &[u32]) -> Vec<Vec3> {
    let mut sums = vec![Vec3::ZERO; places.len()];
    for corners in triangles {
        let [a, b, c] = corners.map(|corner| places[corner as usize]);
        let normal = (b - a).cross(c - a).normalize_or_zero();
        let angles = [(b - a, c - a), (c - b, a - b), (a - c, b - c)].map(|(left, right)| left.angle_between(right));
        for (corner, angle) in corners.iter().zip(angles) {
            // Two corners at one place have no angle.
            if angle.is_finite() {
                sums[same[*corner as usize] as usize] += normal * angle;
            }
        }
    }
    same.iter().map(|first| sums[*first as usize].normalize_or(Vec3::Z)).collect()
}

/// What each point is smoothed against: all around it, or its two neighbours along the border.
#[derive(Debug)]
struct Ring {
    edges: Vec<[u32; 2]>,
    /// Of each point, how many of these edges end there.
    ends: Vec<f32>,
}

impl Ring {
    fn new(triangles: &[[u32; 3]], same: &[u32], count: usize) -> Self {
        let mut uses: BTreeMap<[u32; 2], u32> = BTreeMap::new();
        for [a, b, c] in triangles.iter().map(|corners| corners.map(|corner| same[corner as usize])) {
            for [from, to] in [[a, b], [b, c], [c, a]] {
                *uses.entry([from.min(to), from.max(to)]).or_default() += 1;
            }
        }
        let mut at_border = vec![false; count];
        for [a, b] in uses.iter().filter(|(_, uses)| **uses == 1).map(|(edge, _)| edge) {
            at_border[*a as usize] = true;
            at_border[*b as usize] = true;
        }
        let mut ring = Self { edges: Vec::new(), ends: vec![0.0; count] };
        for (&[a, b], uses) in &uses {
            // From both ends: the border does not follow the inside, the inside follows the border.
            for [from, to] in [[a, b], [b, a]] {
                if !at_border[from as usize] || *uses == 1 {
                    ring.edges.push([from, to]);
                    ring.ends[from as usize] += 1.0;
                }
            }
        }
        ring
    }

    fn smooth(&self, normals: &mut [Vec3], same: &[u32]) {
        for _ in 0..SMOOTHINGS {
            let mut sums = vec![Vec3::ZERO; normals.len()];
            for [from, to] in &self.edges {
                sums[*from as usize] += normals[*to as usize];
            }
            for (at, sum) in sums.iter().enumerate().filter(|(at, _)| self.ends[*at] > 0.0) {
                normals[at] = (normals[at] + *sum / self.ends[at]).normalize_or(normals[at]);
            }
        }
        for (at, first) in same.iter().enumerate() {
            normals[at] = normals[*first as usize];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn teeth_are_shaded_as_the_fold_that_they_stand_for() {
        let (mesh, flat) = bent();
        let drawn = DrawnMesh::new(&mesh, 0.01, false);
        let radial = |place: Vec3| Vec3::new(0.0, place.y, place.z).normalize();
        // Columns in turn: their normals lean along the fold.
        let tooth = |index: usize| if index.is_multiple_of(2) { 1e-3 } else { -1e-3 };
        let teeth: Vec<Vec3> =
            flat.iter().enumerate().map(|(index, place)| *place + radial(*place) * tooth(index)).collect();
        let lean = |places: &[Vec3]| {
            let normals = drawn.frame(places).normals;
            let inside = normals.iter().zip(&drawn.uvs).filter(|(_, uv)| (-0.101..-0.039).contains(&uv[0]));
            inside.map(|(normal, _)| normal[0].abs()).fold(0.0, f32::max)
        };
        let rough = normals(&teeth, &drawn.triangles, &(0..64).collect::<Vec<u32>>());
        let before = rough.iter().map(|normal| normal.x.abs()).fold(0.0, f32::max);
        assert!(before > 0.05 && lean(&teeth) < 0.3 * before, "{before} became {}", lean(&teeth));
        assert!(lean(&flat) < 1e-3);
    }

    /// A quarter of a cylinder about the x axis, radius 0.1 m, eight particles around.
    fn bent() -> (ClothMesh, Vec<Vec3>) {
        let (columns, rows) = (8_u32, 8_u32);
        let angle = |row: f64| 0.5 * std::f64::consts::PI * row / f64::from(rows - 1);
        let mut uv = Vec::new();
        let mut places = Vec::new();
        for row in 0..rows {
            for column in 0..columns {
                let (x, turn) = (0.02 * f64::from(column), angle(f64::from(row)));
                uv.push([0.1 * turn, x]);
                places.push(Vec3::new(-x as f32, (0.1 * turn.sin()) as f32, (0.1 * turn.cos()) as f32));
            }
        }
        let mut triangles = Vec::new();
        for row in 0..rows - 1 {
            for column in 0..columns - 1 {
                let at = |r: u32, c: u32| (row + r) * columns + column + c;
                triangles.push([at(0, 0), at(1, 0), at(1, 1)]);
                triangles.push([at(0, 0), at(1, 1), at(0, 1)]);
            }
        }
        (ClothMesh::from_vertex_uv(&uv, triangles, None).expect("a mesh"), places)
    }

    #[test]
    fn between_particles_of_a_cylinder_lies_the_cylinder() {
        let (mesh, places) = bent();
        let drawn = DrawnMesh::new(&mesh, 0.01, false);
        assert_eq!(drawn.halvings.len(), 2);
        let frame = drawn.frame(&places);
        assert_eq!(frame.positions.len(), frame.normals.len());
        assert_eq!(frame.positions.len(), drawn.uvs.len());
        let sagitta = 0.1 * (1.0 - (0.25 * std::f32::consts::PI / 7.0).cos());
        let mut worst = 0.0_f32;
        for (position, uv) in frame.positions.iter().zip(&drawn.uvs) {
            // Normals lean at the two edges of the sheet, where there is no ring.
            if (-0.1 * 1.3..-0.1 * 0.3).contains(&uv[1]) {
                worst = worst.max((Vec2::new(position[1], position[2]).length() - 0.1).abs());
            }
        }
        assert!(worst < 0.25 * sagitta, "{worst} of a chord's {sagitta}");
        for (tangent, normal) in frame.tangents.iter().zip(&frame.normals) {
            assert!((tangent[0] - 1.0).abs() < 1e-3, "u runs along x: {tangent:?}");
            let v = tangent[3] * Vec3::from_array(*normal).cross(Vec3::X);
            assert!(v.y < 0.05, "v runs against the warp: {v}");
        }
    }

    #[test]
    fn a_torn_cloth_has_the_same_points_on_both_sides_of_an_edge() {
        let (mesh, places) = bent();
        let apart: Vec<Vec3> = mesh.triangles.iter().flatten().map(|particle| places[*particle as usize]).collect();
        let whole = DrawnMesh::new(&mesh, 0.01, false).frame(&places);
        let drawn = DrawnMesh::new(&mesh, 0.01, true).frame(&apart);
        let key = |position: &[f32; 3]| position.map(|x| (x * 1e5).round() as i32);
        let places: std::collections::BTreeSet<_> = whole.positions.iter().map(key).collect();
        let torn: std::collections::BTreeSet<_> = drawn.positions.iter().map(key).collect();
        assert!(torn.len() <= places.len() + places.len() / 50, "{} and {} places", torn.len(), places.len());
    }
}
