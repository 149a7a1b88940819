//! Preparation: the ring of vertices about each vertex, laid flat.

use crate::solver::bending::{RING, rank};
use crate::solver::mesh::{ClothMesh, Neighbours};

/// A vertex and its ring. Slots 0 and 1 are the pair that spans the largest area, in counter-clockwise order.
#[derive(Clone, Debug)]
pub(crate) struct Ring {
    pub vertices: Vec<u32>,
    /// In the pattern, metres from the vertex; warp is the first axis.
    pub flat_m: Vec<[f64; 2]>,
}

/// The triangles about each vertex.
pub(crate) fn triangles_about(mesh: &ClothMesh) -> Vec<Vec<u32>> {
    let mut about = vec![Vec::new(); mesh.positions_m.len()];
    for (t, triangle) in mesh.triangles.iter().enumerate() {
        for v in triangle {
            about[*v as usize].push(t as u32);
        }
    }
    about
}

/// The ring of a vertex; none where fewer than three neighbours leave nothing to bend.
///
/// Neighbours keep their lengths and the angles between them; about an inner vertex whose angles do not add up to a full turn (the end of a dart)
/// all are scaled alike. The warp direction is that of the first triangle. A ring that does not determine all curvatures (four neighbours) is widened by the vertices
/// across its edges.
pub(crate) fn ring(mesh: &ClothMesh, neighbours: &Neighbours, vertex: u32, about: &[u32]) -> Option<Ring> {
    let fan = fan(mesh, vertex, about);
    let is_inner = fan.len() > 1 && fan.first().map(|f| f.vertices[0]) == fan.last().map(|f| f.vertices[1]);
    let total: f64 = fan.iter().map(|f| f.angle).sum();
    let stretch = if is_inner { std::f64::consts::TAU / total } else { 1.0 };
    let mut ring = Ring { vertices: Vec::new(), flat_m: Vec::new() };
    let mut outside = Vec::new();
    let mut angle = fan.first()?.start_angle;
    for wedge in &fan {
        let at = |angle: f64, length: f64| [length * angle.cos(), length * angle.sin()];
        let (here, next) = (at(angle, wedge.lengths_m[0]), at(angle + wedge.angle * stretch, wedge.lengths_m[1]));
        ring.push(wedge.vertices[0], here);
        angle += wedge.angle * stretch;
        if let Some(across) = across(mesh, neighbours, wedge, [here, next]) {
            outside.push(across);
        }
    }
    if !is_inner {
        let last = fan.last()?;
        ring.push(last.vertices[1], [last.lengths_m[1] * angle.cos(), last.lengths_m[1] * angle.sin()]);
    }
    if ring.vertices.len() > RING {
        let chosen: Vec<usize> = (0..RING).map(|k| k * ring.vertices.len() / RING).collect();
        ring = Ring {
            vertices: chosen.iter().map(|k| ring.vertices[*k]).collect(),
            flat_m: chosen.iter().map(|k| ring.flat_m[*k]).collect(),
        };
    } else if is_inner && rank(&ring.flat_m) < 3 {
        outside.sort_by(|a, b| a.1[0].hypot(a.1[1]).total_cmp(&b.1[0].hypot(b.1[1])));
        for (far, flat) in outside {
            if ring.vertices.len() < RING && far != vertex && !ring.vertices.contains(&far) {
                ring.push(far, flat);
            }
        }
    }
    if ring.vertices.len() < 3 {
        return None;
    }
    ring.put_widest_pair_first();
    Some(ring)
}

impl Ring {
    fn push(&mut self, vertex: u32, flat_m: [f64; 2]) {
        self.vertices.push(vertex);
        self.flat_m.push(flat_m);
    }

    fn put_widest_pair_first(&mut self) {
        let cross = |a: usize, b: usize| self.flat_m[a][0] * self.flat_m[b][1] - self.flat_m[a][1] * self.flat_m[b][0];
        let (mut best, mut widest) = ((0, 1), f64::MIN);
        for a in 0..self.flat_m.len() {
            for b in 0..self.flat_m.len() {
                // By more than rounding, so that the choice is the same for all vertices of a regular mesh.
                if cross(a, b) > widest * (1.0 + 1e-9) + 1e-15 || widest == f64::MIN {
                    (best, widest) = ((a, b), cross(a, b));
                }
            }
        }
        let mut order: Vec<usize> = (0..self.flat_m.len()).filter(|k| *k != best.0 && *k != best.1).collect();
        order.insert(0, best.0);
        order.insert(1, best.1);
        self.vertices = order.iter().map(|k| self.vertices[*k]).collect();
        self.flat_m = order.iter().map(|k| self.flat_m[*k]).collect();
    }
}

/// A triangle of a fan: the two other vertices in counter-clockwise order, seen from the fan's centre.
struct Wedge {
    triangle: u32,
    /// Corner of the centre.
    corner: usize,
    vertices: [u32; 2],
    lengths_m: [f64; 2],
    angle: f64,
    /// Angle of the first edge against the warp in this triangle's pattern.
    start_angle: f64,
}

/// The triangles about a vertex in counter-clockwise order, from the border (or the lowest triangle) on. Of two fans that touch in the vertex only one is taken.
fn fan(mesh: &ClothMesh, vertex: u32, about: &[u32]) -> Vec<Wedge> {
    let mut wedges: Vec<Wedge> = about
        .iter()
        .map(|t| {
            let triangle = mesh.triangles[*t as usize];
            let corner = triangle.iter().position(|v| *v == vertex).unwrap_or(0);
            let uv = |k: usize| mesh.corner_uv_m[*t as usize][(corner + k) % 3];
            let to = |k: usize| [uv(k)[0] - uv(0)[0], uv(k)[1] - uv(0)[1]];
            let (a, b) = (to(1), to(2));
            Wedge {
                triangle: *t,
                corner,
                vertices: [triangle[(corner + 1) % 3], triangle[(corner + 2) % 3]],
                lengths_m: [a[0].hypot(a[1]), b[0].hypot(b[1])],
                angle: (a[0] * b[1] - a[1] * b[0]).atan2(a[0] * b[0] + a[1] * b[1]),
                start_angle: a[1].atan2(a[0]),
            }
        })
        .collect();
    let first = wedges.iter().position(|w| wedges.iter().all(|other| other.vertices[1] != w.vertices[0])).unwrap_or(0);
    let mut fan = vec![wedges.swap_remove(first)];
    while let Some(next) = wedges.iter().position(|w| fan.last().is_some_and(|last| last.vertices[1] == w.vertices[0]))
    {
        fan.push(wedges.swap_remove(next));
    }
    fan
}

/// The vertex across a wedge's outer edge, unfolded into the fan's plane.
fn across(mesh: &ClothMesh, neighbours: &Neighbours, wedge: &Wedge, edge_m: [[f64; 2]; 2]) -> Option<(u32, [f64; 2])> {
    let neighbour = neighbours[wedge.triangle as usize][wedge.corner]?;
    let corners = mesh.triangles[neighbour as usize];
    let far = corners[mesh.corner_off(neighbour, wedge.vertices)];
    let uv = |v: u32| mesh.corner_uv_m[neighbour as usize][corners.iter().position(|w| *w == v).unwrap_or(0)];
    Some((far, unfold([uv(wedge.vertices[0]), uv(wedge.vertices[1]), uv(far)], edge_m)))
}

/// Where the third point of a neighbour comes to lie when its edge (first two points) is laid onto `edge`, on the right of it.
fn unfold(neighbour: [[f64; 2]; 3], edge: [[f64; 2]; 2]) -> [f64; 2] {
    let minus = |a: [f64; 2], b: [f64; 2]| [a[0] - b[0], a[1] - b[1]];
    let (there, apex) = (minus(neighbour[1], neighbour[0]), minus(neighbour[2], neighbour[0]));
    let here = minus(edge[1], edge[0]);
    let (length_there, length_here) = (there[0].hypot(there[1]), here[0].hypot(here[1]));
    let along = (apex[0] * there[0] + apex[1] * there[1]) / (length_there * length_there);
    let height = (apex[0] * there[1] - apex[1] * there[0]).abs() / length_there;
    let right = [here[1] / length_here, -here[0] / length_here];
    [0, 1].map(|axis| edge[0][axis] + along * here[axis] + height * right[axis])
}

/// Voronoi area of each corner of a triangle, m2; mixed areas for obtuse ones (Meyer, Desbrun, Schroeder, Barr 2003, section 3.3).
pub(crate) fn voronoi_areas_m2(uv_m: [[f64; 2]; 3]) -> [f64; 3] {
    let edge = |from: usize, to: usize| [uv_m[to % 3][0] - uv_m[from % 3][0], uv_m[to % 3][1] - uv_m[from % 3][1]];
    let area = 0.5 * (edge(0, 1)[0] * edge(0, 2)[1] - edge(0, 1)[1] * edge(0, 2)[0]);
    let dot = |k: usize| edge(k, k + 1)[0] * edge(k, k + 2)[0] + edge(k, k + 1)[1] * edge(k, k + 2)[1];
    let cotangent = [0, 1, 2].map(|k| dot(k) / (2.0 * area));
    let square = |from: usize, to: usize| edge(from, to)[0].powi(2) + edge(from, to)[1].powi(2);
    std::array::from_fn(|k| {
        let (next, last) = ((k + 1) % 3, (k + 2) % 3);
        if cotangent[k] < 0.0 {
            0.5 * area
        } else if cotangent[next] < 0.0 || cotangent[last] < 0.0 {
            0.25 * area
        } else {
            (square(k, last) * cotangent[next] + square(k, next) * cotangent[last]) / 8.0
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solver::grids::{Diagonals, rectangle};

    #[test]
    fn unfolding_across_a_seam_keeps_lengths() {
        let p = unfold([[5.0, 5.0], [5.0, 6.0], [6.0, 5.0]], [[0.0, 0.0], [0.0, 1.0]]);
        assert!((p[0] - 1.0).abs() < 1e-12 && p[1].abs() < 1e-12, "{p:?}");
    }

    #[test]
    fn voronoi_areas_add_up() {
        for uv in [
            [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]],
            [[0.0, 0.0], [1.0, 0.1], [-1.0, 0.4]],
            [[0.0, 0.0], [1.0, 0.0], [0.4, 0.9]],
        ] {
            let sum: f64 = voronoi_areas_m2(uv).iter().sum();
            let area = 0.5 * (uv[1][0] * uv[2][1] - uv[1][1] * uv[2][0]);
            assert!((sum - area).abs() < 1e-12, "{uv:?}");
        }
    }

    #[test]
    fn rings_are_flat_copies_of_the_pattern() {
        let mesh = rectangle([0.4, 0.4], [4, 4], Diagonals::Alternating).unwrap();
        let (neighbours, about) = (mesh.neighbours().unwrap(), triangles_about(&mesh));
        for vertex in 0..25u32 {
            let Some(ring) = ring(&mesh, &neighbours, vertex, &about[vertex as usize]) else { continue };
            for (v, flat) in ring.vertices.iter().zip(&ring.flat_m) {
                let step =
                    [0, 2].map(|axis| mesh.positions_m[*v as usize][axis] - mesh.positions_m[vertex as usize][axis]);
                assert!((flat[0] - step[0]).abs() < 1e-12 && (flat[1] + step[1]).abs() < 1e-12);
            }
            // Inner vertices of both kinds (eight and four neighbours) see the full ring of eight.
            let is_inner = (1..4).contains(&(vertex % 5)) && (1..4).contains(&(vertex / 5));
            assert!(!is_inner || ring.vertices.len() == 8);
        }
    }
}
