//! Meshes for tests, examples and simple cloths: rectangles and discs.

use crate::solver::error::ClothError;
use crate::solver::mesh::ClothMesh;

/// How the cells of a rectangle are halved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Diagonals {
    /// All alike, from (0, 1) to (1, 0).
    Same,
    /// In turns, as a union jack: no direction is preferred.
    Alternating,
}

/// A rectangle of `cells[0] x cells[1]` cells over `size_m`. Vertex `(i, j)` has index `j * (cells[0] + 1) + i` and pattern
/// coordinates `(i, j) * cell`. It lies flat; see [`ClothMesh::from_vertex_uv`].
pub fn rectangle(size_m: [f64; 2], cells: [usize; 2], diagonals: Diagonals) -> Result<ClothMesh, ClothError> {
    let columns = cells[0] + 1;
    let uv: Vec<[f64; 2]> = (0..columns * (cells[1] + 1))
        .map(|v| {
            [size_m[0] * (v % columns) as f64 / cells[0] as f64, size_m[1] * (v / columns) as f64 / cells[1] as f64]
        })
        .collect();
    let mut triangles = Vec::with_capacity(2 * cells[0] * cells[1]);
    for j in 0..cells[1] {
        for i in 0..cells[0] {
            let a = (j * columns + i) as u32;
            let (b, d) = (a + 1, a + columns as u32);
            let c = d + 1;
            if diagonals == Diagonals::Alternating && (i + j) % 2 == 1 {
                triangles.extend([[a, b, c], [a, c, d]]);
            } else {
                triangles.extend([[a, b, d], [b, c, d]]);
            }
        }
    }
    ClothMesh::from_vertex_uv(&uv, triangles, None)
}

/// A disc about the origin of the pattern: `rings` rings, the k-th with `6 k` vertices; all triangles nearly equilateral.
/// Vertex 0 is the centre, then ring after ring from the warp direction on.
pub fn disc(radius_m: f64, rings: usize) -> Result<ClothMesh, ClothError> {
    let start = |ring: usize| if ring == 0 { 0 } else { 1 + 3 * ring * (ring - 1) };
    let index = |ring: usize, step: usize| (start(ring) + if ring == 0 { 0 } else { step % (6 * ring) }) as u32;
    let mut uv = vec![[0.0, 0.0]];
    for ring in 1..=rings {
        for step in 0..6 * ring {
            let angle = std::f64::consts::TAU * step as f64 / (6 * ring) as f64;
            let radius = radius_m * ring as f64 / rings as f64;
            uv.push([radius * angle.cos(), radius * angle.sin()]);
        }
    }
    let mut triangles = Vec::with_capacity(6 * rings * rings);
    for ring in 1..=rings {
        for sector in 0..6 {
            for k in 0..ring {
                let (outer, inner) = (sector * ring + k, sector * (ring - 1) + k);
                triangles.push([index(ring, outer), index(ring, outer + 1), index(ring - 1, inner)]);
                if k + 1 < ring {
                    triangles.push([index(ring - 1, inner), index(ring, outer + 1), index(ring - 1, inner + 1)]);
                }
            }
        }
    }
    ClothMesh::from_vertex_uv(&uv, triangles, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rectangles_have_the_area_and_count_asked_for() {
        for diagonals in [Diagonals::Same, Diagonals::Alternating] {
            let mesh = rectangle([0.3, 0.2], [6, 4], diagonals).unwrap();
            assert_eq!((mesh.triangles.len(), mesh.positions_m.len()), (48, 35));
            assert!((mesh.masses_kg(1.0).iter().sum::<f64>() - 0.06).abs() < 1e-12);
        }
    }

    #[test]
    fn discs_are_round_and_well_shaped() {
        let mesh = disc(0.15, 12).unwrap();
        let area: f64 = mesh.masses_kg(1.0).iter().sum();
        assert!((area / (std::f64::consts::PI * 0.0225) - 1.0).abs() < 2e-3);
        let smallest = (0..mesh.triangles.len()).map(|t| mesh.rest_area_m2(t)).fold(f64::MAX, f64::min);
        assert!(smallest > 0.5 * area / mesh.triangles.len() as f64);
    }
}
