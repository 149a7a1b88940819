//! Short hairs that follow the face and the hands: each is rooted on a triangle of body rows and keeps its shape against it.

use std::collections::BTreeMap;

use bevy::math::{Vec2, Vec3};

use super::{ScalpMesh, beard, brows, fibres::Strands, lashes, settings::Hair};
use crate::anny::{basis::BodyBasis, topology::Region};

/// Points of every short hair.
pub const POINTS: usize = 6;

/// Hairs on rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rooted {
    anchors: Vec<[u32; 3]>,
    /// Per point: shares of the two edges of its triangle, and height over it as a share of its size.
    local: Vec<Vec3>,
    /// Widths, seeds and light; the points are those on the template.
    strands: Strands,
}

/// The frame of a triangle: two edges, and its normal as long as the triangle is wide.
fn frame([a, b, c]: [Vec3; 3]) -> (Vec3, Vec3, Vec3) {
    let (along, across) = (b - a, c - a);
    let area = along.cross(across);
    (along, across, area / area.length().sqrt().max(1e-9))
}

impl Rooted {
    /// Adds a hair through `points` of the template, rooted on three `rows`; `light` is what its root sees of the sky.
    pub fn add(
        &mut self,
        anchor: [u32; 3],
        rows: &[Vec3],
        points: &[Vec3; POINTS],
        width_m: f32,
        seed: f32,
        light: f32,
    ) {
        let Some(corners) = corners(anchor, rows) else { return };
        let (along, across, up) = frame(corners);
        let (height, normal) = (up.length(), up.normalize_or(Vec3::Z));
        if !(height > 1e-6) || !points.iter().all(|p| p.is_finite()) {
            return;
        }
        // In the plane: shares of two edges that are not at right angles.
        let (aa, ac, cc) = (along.dot(along), along.dot(across), across.dot(across));
        let det = aa * cc - ac * ac;
        for (index, &point) in points.iter().enumerate() {
            let d = point - corners[0];
            let r = Vec2::new(d.dot(along), d.dot(across));
            let (u, v) = ((r.x * cc - r.y * ac) / det, (r.y * aa - r.x * ac) / det);
            self.local.push(Vec3::new(u, v, d.dot(normal) / height));
            self.strands.light.push(light + (1.0 - light) * index as f32 / (POINTS - 1) as f32);
        }
        self.anchors.push(anchor);
        self.strands.points_each = POINTS;
        self.strands.push(points, width_m, seed, normal);
    }

    /// Number of hairs.
    pub fn len(&self) -> usize {
        self.anchors.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.anchors.is_empty()
    }

    /// The hairs where the rows are.
    pub fn pose(&self, rows: &[Vec3]) -> Strands {
        let mut out = self.strands.clone();
        let places = out.points.chunks_exact_mut(POINTS).zip(self.local.as_chunks::<POINTS>().0);
        for (((points, local), anchor), normal) in places.zip(&self.anchors).zip(&mut out.root_normals) {
            let Some(corners) = corners(*anchor, rows) else { continue };
            let (along, across, up) = frame(corners);
            for (point, local) in points.iter_mut().zip(local) {
                *point = corners[0] + along * local.x + across * local.y + up * local.z;
            }
            *normal = up.normalize_or(*normal);
        }
        out
    }
}

fn corners(anchor: [u32; 3], rows: &[Vec3]) -> Option<[Vec3; 3]> {
    let [a, b, c] = anchor.map(|row| rows.get(row as usize).copied());
    Some([a?, b?, c?])
}

/// Triangles of rows that hairs can be rooted on.
#[derive(Clone, Debug, Default)]
pub struct Ground {
    pub rows: Vec<Vec3>,
    triangles: Vec<([u32; 3], Vec3)>,
}

impl Ground {
    /// The skin of `regions` on the template.
    pub fn new(basis: &BodyBasis, regions: &[Region]) -> Self {
        let rows: Vec<Vec3> = basis.template.iter().map(|&p| Vec3::from_array(p)).collect();
        let mut triangles = Vec::new();
        for (quad, _) in basis.topology.quads.iter().zip(&basis.topology.regions).filter(|(_, r)| regions.contains(r)) {
            let [a, b, c, d] = *quad;
            for triangle in [[a, b, c], [a, c, d]] {
                let Some(corners) = corners(triangle, &rows) else { continue };
                let (.., up) = frame(corners);
                if up.length() > 1e-5 {
                    triangles.push((triangle, corners.iter().copied().sum::<Vec3>() / 3.0));
                }
            }
        }
        Self { rows, triangles }
    }

    /// The triangle that is nearest to a point.
    pub fn nearest(&self, at: Vec3) -> Option<[u32; 3]> {
        let distance = |(_, middle): &&([u32; 3], Vec3)| middle.distance_squared(at);
        self.triangles.iter().min_by(|a, b| distance(a).total_cmp(&distance(b))).map(|(triangle, _)| *triangle)
    }
}

/// Side of the cells that triangles are looked up by, metres.
const CELL_M: f32 = 0.004;

/// The front of the face on the template, looked at along z.
#[derive(Clone, Debug, Default)]
pub struct Front {
    triangles: Vec<[Vec3; 3]>,
    /// Which triangles touch a cell of the plane.
    cells: BTreeMap<[i32; 2], Vec<u32>>,
}

impl Front {
    /// Those triangles of the drawn head that `keep` wants.
    pub fn new(mesh: &ScalpMesh<'_>, keep: impl Fn(Vec3) -> bool) -> Self {
        let all = mesh.indices.as_chunks::<3>().0.iter().filter_map(|&t| corners(t, mesh.template));
        let triangles: Vec<[Vec3; 3]> = all.filter(|t| t.iter().all(|&p| keep(p))).collect();
        let mut cells = BTreeMap::<[i32; 2], Vec<u32>>::new();
        for (index, [a, b, c]) in (0..).zip(&triangles) {
            let cell = |p: Vec3| (p / CELL_M).floor().as_ivec3();
            let (low, high) = (cell(a.min(*b).min(*c)), cell(a.max(*b).max(*c)));
            for y in low.y..=high.y {
                for x in low.x..=high.x {
                    cells.entry([x, y]).or_default().push(index);
                }
            }
        }
        Self { triangles, cells }
    }

    /// The foremost point at (x, y) and its normal.
    pub fn at(&self, x: f32, y: f32) -> Option<(Vec3, Vec3)> {
        let mut found: Option<(Vec3, Vec3)> = None;
        let cell = [x, y].map(|at| (at / CELL_M).floor() as i32);
        let near = self.cells.get(&cell).into_iter().flatten();
        for [a, b, c] in near.filter_map(|&index| self.triangles.get(index as usize)) {
            let area = |p: Vec3, q: Vec3, x: f32, y: f32| (q.x - p.x) * (y - p.y) - (q.y - p.y) * (x - p.x);
            let whole = area(*a, *b, c.x, c.y);
            if !(whole > 1e-12) {
                continue;
            }
            let (u, v) = (area(*b, *c, x, y) / whole, area(*c, *a, x, y) / whole);
            if u >= -1e-4 && v >= -1e-4 && u + v <= 1.0001 {
                let point = *a * u + *b * v + *c * (1.0 - u - v);
                if found.is_none_or(|(p, _)| p.z < point.z) {
                    found = Some((point, (*b - *a).cross(*c - *a).normalize_or(Vec3::Z)));
                }
            }
        }
        found
    }
}

/// Brows, lashes, beard and the hair of the hands. `lips` says how much of each drawn vertex of the head is lip.
pub fn grow(basis: &BodyBasis, head: &ScalpMesh<'_>, lips: &[f32], hands: &ScalpMesh<'_>, hair: &Hair) -> Rooted {
    let mut out = Rooted::default();
    let ground = Ground::new(basis, &[Region::Head]);
    brows::grow(&mut out, &ground, head, hair);
    lashes::grow(&mut out, basis, hair);
    beard::grow(&mut out, &ground, head, lips, hair);
    if hair.body > 0.0 {
        beard::hands(&mut out, &Ground::new(basis, &[Region::Hands]), hands, hair);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hair_stands_where_it_was_put_and_moves_with_its_triangle() {
        let rows = [Vec3::new(0.0, 0.0, 0.0), Vec3::new(0.01, 0.0, 0.0), Vec3::new(0.003, 0.012, 0.001)];
        let points = [0, 1, 2, 3, 4, 5].map(|i| Vec3::new(0.004, 0.003 + 0.001 * i as f32, 0.0005 * i as f32));
        let mut rooted = Rooted::default();
        rooted.add([0, 1, 2], &rows, &points, 1e-4, 0.5, 0.8);
        assert_eq!(rooted.len(), 1);
        for (a, b) in rooted.pose(&rows).points.iter().zip(&points) {
            assert!(a.distance(*b) < 1e-7);
        }
        let turn = bevy::math::Quat::from_euler(bevy::math::EulerRot::XYZ, 0.4, -1.0, 0.2);
        let moved = rows.map(|p| turn * p + Vec3::new(0.1, 0.2, -0.3));
        for (a, b) in rooted.pose(&moved).points.iter().zip(&points) {
            assert!(a.distance(turn * *b + Vec3::new(0.1, 0.2, -0.3)) < 1e-6);
        }
        rooted.add([0, 0, 1], &rows, &points, 1e-4, 0.5, 0.8);
        rooted.add([0, 1, 9], &rows, &points, 1e-4, 0.5, 0.8);
        assert_eq!(rooted.len(), 1, "no triangle, no hair");
    }

    #[test]
    fn the_front_finds_the_nearest_of_two_sheets() {
        let template = [
            Vec3::new(-0.1, -0.1, 0.1),
            Vec3::new(0.1, -0.1, 0.1),
            Vec3::new(0.0, 0.1, 0.1),
            Vec3::new(-0.1, -0.1, 0.3),
            Vec3::new(0.1, -0.1, 0.3),
            Vec3::new(0.0, 0.1, 0.3),
        ];
        let mesh =
            ScalpMesh { indices: &[0, 1, 2, 3, 4, 5], template: &template, positions: &[], normals: &[], ears: &[] };
        let front = Front::new(&mesh, |_| true);
        let (point, normal) = front.at(0.01, -0.02).unwrap();
        assert!((point.z - 0.3).abs() < 1e-6 && normal.z > 0.99);
        assert!(front.at(0.2, 0.0).is_none());
    }
}
