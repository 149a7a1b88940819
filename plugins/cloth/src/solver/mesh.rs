//! The cloth as its author gives it: pattern pieces in the plane, triangles, and where the vertices start in space.

use crate::solver::error::ClothError;
use std::collections::BTreeMap;

/// Triangles over shared vertices, with pattern coordinates for each corner.
///
/// Pattern coordinates belong to corners, not to vertices, so that two pieces which are sewn together share vertices along the
/// seam and still lie flat, each in its own place.
#[derive(Clone, Debug, PartialEq)]
pub struct ClothMesh {
    /// Vertex indices of each triangle, counter-clockwise in the pattern.
    pub triangles: Vec<[u32; 3]>,
    /// Pattern coordinates (u along the warp, v along the weft) of each triangle's corners, metres.
    pub corner_uv_m: Vec<[[f64; 2]; 3]>,
    /// Start positions of the vertices, metres from the cloth's origin.
    pub positions_m: Vec<[f64; 3]>,
}

/// An edge of the mesh with the triangles on its sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Its vertices, the smaller first.
    pub vertices: [u32; 2],
    /// The first triangle that has it.
    pub triangle: u32,
    /// The other one; none at a border.
    pub other: Option<u32>,
}

/// A border edge or neighbour: for each triangle the triangles across the edges opposite to its corners 0, 1, 2.
pub type Neighbours = Vec<[Option<u32>; 3]>;

impl ClothMesh {
    /// A cloth cut in one piece: one pattern coordinate for each vertex. Without start positions it lies flat: (u, v) at (x, 0, -v),
    /// so that its upper side looks along +y.
    pub fn from_vertex_uv(
        uv_m: &[[f64; 2]],
        triangles: Vec<[u32; 3]>,
        positions_m: Option<Vec<[f64; 3]>>,
    ) -> Result<ClothMesh, ClothError> {
        let positions_m = positions_m.unwrap_or_else(|| uv_m.iter().map(|p| [p[0], 0.0, -p[1]]).collect());
        if positions_m.len() != uv_m.len() {
            return Err(ClothError::Length { what: "positions_m", given: positions_m.len(), expected: uv_m.len() });
        }
        check_indices(&triangles, uv_m.len())?;
        let corner_uv_m = triangles.iter().map(|t| t.map(|v| uv_m[v as usize])).collect();
        let mesh = ClothMesh { triangles, corner_uv_m, positions_m };
        mesh.validate()?;
        Ok(mesh)
    }

    /// Everything that the solver relies on. Called by `Cloth::new` too.
    pub fn validate(&self) -> Result<(), ClothError> {
        if self.triangles.is_empty() {
            return Err(ClothError::Empty);
        }
        for (what, count) in [("vertices", self.positions_m.len()), ("triangles", self.triangles.len())] {
            if count > 1 << 24 {
                return Err(ClothError::TooLarge { what, count });
            }
        }
        if self.corner_uv_m.len() != self.triangles.len() {
            return Err(ClothError::Length {
                what: "corner_uv_m",
                given: self.corner_uv_m.len(),
                expected: self.triangles.len(),
            });
        }
        check_indices(&self.triangles, self.positions_m.len())?;
        for (vertex, position) in self.positions_m.iter().enumerate() {
            if !position.iter().all(|x| x.abs() <= crate::solver::position::RANGE_M) {
                return Err(ClothError::Position { vertex, position: *position });
            }
        }
        for triangle in 0..self.triangles.len() {
            self.validate_pattern(triangle)?;
        }
        self.edges()?;
        let mut used = vec![false; self.positions_m.len()];
        for vertex in self.triangles.iter().flatten() {
            used[*vertex as usize] = true;
        }
        match used.iter().position(|u| !u) {
            Some(vertex) => Err(ClothError::UnusedVertex { vertex }),
            None => Ok(()),
        }
    }

    fn validate_pattern(&self, triangle: usize) -> Result<(), ClothError> {
        let corners = self.corner_uv_m[triangle];
        for (corner, uv) in corners.iter().enumerate() {
            if !uv.iter().all(|x| x.abs() <= 1000.0) {
                return Err(ClothError::Pattern { triangle, corner, uv: *uv });
            }
        }
        let area_m2 = self.rest_area_m2(triangle);
        let longest_m2 = (0..3).map(|i| distance_squared(corners[i], corners[(i + 1) % 3])).fold(0.0, f64::max);
        if area_m2.abs() < 1e-10 || area_m2.abs() < 5e-4 * longest_m2 {
            Err(ClothError::ZeroArea { triangle, area_m2 })
        } else if area_m2 < 0.0 {
            Err(ClothError::Mirrored { triangle, area_m2 })
        } else {
            Ok(())
        }
    }

    /// Signed area of a triangle in the pattern, m2.
    pub fn rest_area_m2(&self, triangle: usize) -> f64 {
        let [a, b, c] = self.corner_uv_m[triangle];
        0.5 * ((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))
    }

    /// All edges in order of their vertices; refuses edges of three triangles, duplicates and contradicting orientation.
    pub fn edges(&self) -> Result<Vec<Edge>, ClothError> {
        let mut corner_sets = BTreeMap::new();
        let mut edges: BTreeMap<[u32; 2], (Edge, bool)> = BTreeMap::new();
        for (index, triangle) in self.triangles.iter().enumerate() {
            let mut sorted = *triangle;
            sorted.sort_unstable();
            if let Some(first) = corner_sets.insert(sorted, index) {
                return Err(ClothError::Duplicate { first, second: index });
            }
            for corner in 0..3 {
                let (a, b) = (triangle[corner], triangle[(corner + 1) % 3]);
                let (vertices, ascending) = if a < b { ([a, b], true) } else { ([b, a], false) };
                let Some((edge, first_ascending)) = edges.get_mut(&vertices) else {
                    edges.insert(vertices, (Edge { vertices, triangle: index as u32, other: None }, ascending));
                    continue;
                };
                let first = edge.triangle as usize;
                match edge.other {
                    Some(second) => {
                        return Err(ClothError::NonManifold {
                            edge: vertices,
                            triangles: [first, second as usize, index],
                        });
                    }
                    None if *first_ascending == ascending => {
                        return Err(ClothError::Orientation { edge: vertices, first, second: index });
                    }
                    None => edge.other = Some(index as u32),
                }
            }
        }
        Ok(edges.into_values().map(|(edge, _)| edge).collect())
    }

    /// The triangles across the edges opposite to each triangle's corners.
    pub fn neighbours(&self) -> Result<Neighbours, ClothError> {
        let mut neighbours = vec![[None; 3]; self.triangles.len()];
        for edge in self.edges()? {
            if let Some(other) = edge.other {
                for (here, there) in [(edge.triangle, other), (other, edge.triangle)] {
                    neighbours[here as usize][self.corner_off(here, edge.vertices)] = Some(there);
                }
            }
        }
        Ok(neighbours)
    }

    /// The corner of a triangle which is not on the given edge of it.
    pub fn corner_off(&self, triangle: u32, edge: [u32; 2]) -> usize {
        let corners = self.triangles[triangle as usize];
        (0..3).find(|c| !edge.contains(&corners[*c])).unwrap_or(0)
    }

    /// Mass of each vertex: a third of each of its triangles', kg.
    pub fn masses_kg(&self, area_density_kg_m2: f64) -> Vec<f64> {
        let mut masses = vec![0.0; self.positions_m.len()];
        for (index, triangle) in self.triangles.iter().enumerate() {
            for vertex in triangle {
                masses[*vertex as usize] += self.rest_area_m2(index) * area_density_kg_m2 / 3.0;
            }
        }
        masses
    }
}

fn distance_squared(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)
}

fn check_indices(triangles: &[[u32; 3]], vertices: usize) -> Result<(), ClothError> {
    for (triangle, corners) in triangles.iter().enumerate() {
        if let Some(vertex) = corners.iter().find(|v| **v as usize >= vertices) {
            return Err(ClothError::VertexOutOfRange { triangle, vertex: *vertex, vertices });
        }
        for corner in 0..3 {
            if corners[corner] == corners[(corner + 1) % 3] {
                return Err(ClothError::Degenerate { triangle, vertex: corners[corner] });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: [[f64; 2]; 4] = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]];

    fn refused(uv: &[[f64; 2]], triangles: &[[u32; 3]]) -> ClothError {
        ClothMesh::from_vertex_uv(uv, triangles.to_vec(), None).unwrap_err()
    }

    #[test]
    fn a_square_of_two_triangles_knows_its_neighbours() {
        let mesh = ClothMesh::from_vertex_uv(&SQUARE, vec![[0, 1, 2], [0, 2, 3]], None).unwrap();
        assert_eq!(mesh.neighbours().unwrap(), vec![[None, Some(1), None], [None, None, Some(0)]]);
        assert_eq!(mesh.edges().unwrap().len(), 5);
        assert!((mesh.masses_kg(3.0).iter().sum::<f64>() - 3.0).abs() < 1e-12);
    }

    #[test]
    fn each_fault_is_named_with_its_place() {
        assert_eq!(refused(&SQUARE, &[]), ClothError::Empty);
        assert_eq!(
            refused(&SQUARE, &[[0, 1, 9]]),
            ClothError::VertexOutOfRange { triangle: 0, vertex: 9, vertices: 4 }
        );
        assert_eq!(refused(&SQUARE, &[[0, 1, 2], [0, 2, 0]]), ClothError::Degenerate { triangle: 1, vertex: 0 });
        assert_eq!(refused(&SQUARE, &[[0, 1, 2], [1, 2, 0]]), ClothError::Duplicate { first: 0, second: 1 });
        assert_eq!(refused(&SQUARE, &[[0, 1, 2]]), ClothError::UnusedVertex { vertex: 3 });
        assert!(matches!(refused(&SQUARE, &[[0, 2, 1]]), ClothError::Mirrored { triangle: 0, .. }));
        assert!(matches!(
            refused(&[[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]], &[[0, 1, 2]]),
            ClothError::ZeroArea { triangle: 0, .. }
        ));
        assert!(matches!(
            refused(&[[0.0, 0.0], [1.0, 0.0], [f64::NAN, 1.0]], &[[0, 1, 2]]),
            ClothError::Position { vertex: 2, .. }
        ));
        let fan = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, -1.0], [0.5, 2.0]];
        let edge = [0, 1];
        assert_eq!(
            refused(&fan, &[[0, 1, 2], [0, 1, 4], [1, 0, 3]]),
            ClothError::Orientation { edge, first: 0, second: 1 }
        );
        assert_eq!(
            refused(&fan, &[[0, 1, 2], [1, 0, 3], [0, 1, 4]]),
            ClothError::NonManifold { edge, triangles: [0, 1, 2] }
        );
    }

    #[test]
    fn a_bad_start_position_is_found() {
        let far = vec![[0.0; 3], [1.0, 0.0, 0.0], [100.0, 0.0, 0.0], [0.0; 3]];
        let error = ClothMesh::from_vertex_uv(&SQUARE, vec![[0, 1, 2], [0, 2, 3]], Some(far)).unwrap_err();
        assert!(matches!(error, ClothError::Position { vertex: 2, .. }));
    }
}
