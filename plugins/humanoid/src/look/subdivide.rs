//! One step of Catmull-Clark subdivision, worked out once as weights over the coarse vertices, so that a moving body
//! only pays for weighted sums.
//!
//! E. Catmull and J. Clark, "Recursively generated B-spline surfaces on arbitrary topological meshes", 1978; borders
//! are cubic B-spline curves.

use std::collections::BTreeMap;

/// A quad with its corner coordinates on the texture map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Patch {
    pub corners: [u32; 4],
    pub uvs: [[f32; 2]; 4],
    /// Free for the caller; children inherit it.
    pub tag: u8,
}

/// Weights over body rows for each vertex of a drawn mesh.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stencils {
    pub start: Vec<u32>,
    pub rows: Vec<u32>,
    pub weights: Vec<f32>,
}

/// Body rows and their weights.
pub type Row = BTreeMap<u32, f32>;

impl Stencils {
    /// Appends a vertex.
    pub fn push(&mut self, row: &Row) {
        if self.start.is_empty() {
            self.start.push(0);
        }
        for (&index, &weight) in row {
            self.rows.push(index);
            self.weights.push(weight);
        }
        self.start.push(self.rows.len() as u32);
    }

    /// The given vertices alone, in the given order.
    pub fn only(&self, vertices: &[u32]) -> Self {
        let mut kept = Self { start: vec![0], ..Self::default() };
        let bound = |i: usize| self.start.get(i).map_or(0, |&at| at as usize);
        for &vertex in vertices {
            let range = bound(vertex as usize)..bound(vertex as usize + 1);
            kept.rows.extend_from_slice(self.rows.get(range.clone()).unwrap_or_default());
            kept.weights.extend_from_slice(self.weights.get(range).unwrap_or_default());
            kept.start.push(kept.rows.len() as u32);
        }
        kept
    }

    /// Number of vertices.
    pub fn len(&self) -> usize {
        self.start.len().saturating_sub(1)
    }

    /// Whether there are no vertices.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The quads as they are: one stencil of weight 1 per used row.
pub fn keep(patches: &[Patch]) -> (Stencils, Vec<Patch>) {
    let mut stencils = Stencils::default();
    let mut index_of = BTreeMap::new();
    let mut index = |row: u32| {
        *index_of.entry(row).or_insert_with(|| {
            stencils.push(&Row::from([(row, 1.0)]));
            stencils.len() as u32 - 1
        })
    };
    let kept = patches.iter().map(|patch| Patch { corners: patch.corners.map(&mut index), ..*patch }).collect();
    (stencils, kept)
}

fn mix(parts: &[(&Row, f32)]) -> Row {
    let mut sum = Row::new();
    for (row, weight) in parts {
        for (&index, &share) in *row {
            *sum.entry(index).or_insert(0.0) += share * weight;
        }
    }
    sum
}

fn unit(row: u32) -> Row {
    Row::from([(row, 1.0)])
}

#[derive(Default)]
struct EdgeInfo {
    faces: Vec<usize>,
}

#[derive(Default)]
struct VertexInfo {
    faces: Vec<usize>,
    neighbours: Vec<u32>,
    border: Vec<u32>,
}

/// Splits every quad into four. Corner `i` of a quad lies in its `i`-th child as corner 0.
pub fn catmull_clark(patches: &[Patch]) -> (Stencils, Vec<Patch>) {
    let key = |a: u32, b: u32| (a.min(b), a.max(b));
    let mut edges = BTreeMap::<(u32, u32), EdgeInfo>::new();
    let mut vertices = BTreeMap::<u32, VertexInfo>::new();
    for (face, patch) in patches.iter().enumerate() {
        for i in 0..4 {
            let (a, b) = (patch.corners[i], patch.corners[(i + 1) % 4]);
            edges.entry(key(a, b)).or_default().faces.push(face);
            vertices.entry(a).or_default().faces.push(face);
        }
    }
    for (&(a, b), edge) in &edges {
        for (from, to) in [(a, b), (b, a)] {
            if let Some(vertex) = vertices.get_mut(&from) {
                vertex.neighbours.push(to);
                if edge.faces.len() == 1 {
                    vertex.border.push(to);
                }
            }
        }
    }
    let centres: Vec<Row> =
        patches.iter().map(|patch| mix(&patch.corners.map(unit).each_ref().map(|row| (row, 0.25)))).collect();
    let mut stencils = Stencils::default();
    let mut corner_index = BTreeMap::new();
    for (&row, vertex) in &vertices {
        corner_index.insert(row, stencils.len() as u32);
        stencils.push(&corner(row, vertex, &centres));
    }
    let mut edge_index = BTreeMap::new();
    for (&(a, b), edge) in &edges {
        edge_index.insert((a, b), stencils.len() as u32);
        let ends = mix(&[(&unit(a), 0.5), (&unit(b), 0.5)]);
        let sides: Vec<&Row> = edge.faces.iter().filter_map(|&face| centres.get(face)).collect();
        stencils.push(&match sides.as_slice() {
            [left, right] => mix(&[(&ends, 0.5), (*left, 0.25), (*right, 0.25)]),
            _ => ends,
        });
    }
    let first_centre = stencils.len() as u32;
    for centre in &centres {
        stencils.push(centre);
    }
    let mut children = Vec::with_capacity(patches.len() * 4);
    for (face, patch) in (0_u32..).zip(patches) {
        let half = |i: usize, j: usize| [0, 1].map(|k| (patch.uvs[i][k] + patch.uvs[j][k]) * 0.5);
        let middle = [0, 1].map(|k| patch.uvs.iter().map(|uv| uv[k]).sum::<f32>() * 0.25);
        let edge = |i: usize, j: usize| edge_index.get(&key(patch.corners[i], patch.corners[j])).copied().unwrap_or(0);
        for i in 0..4 {
            let (next, last) = ((i + 1) % 4, (i + 3) % 4);
            let own = corner_index.get(&patch.corners[i]).copied().unwrap_or(0);
            children.push(Patch {
                corners: [own, edge(i, next), first_centre + face, edge(last, i)],
                uvs: [patch.uvs[i], half(i, next), middle, half(last, i)],
                tag: patch.tag,
            });
        }
    }
    (stencils, children)
}

fn corner(row: u32, vertex: &VertexInfo, centres: &[Row]) -> Row {
    let own = unit(row);
    match vertex.border.as_slice() {
        [] => {
            let n = vertex.faces.len().max(1) as f32;
            let mut sum = mix(&[(&own, (n - 3.0).max(0.0) / n)]);
            let around = vertex.neighbours.len().max(1) as f32;
            for &face in &vertex.faces {
                if let Some(centre) = centres.get(face) {
                    sum = mix(&[(&sum, 1.0), (centre, 1.0 / (n * n))]);
                }
            }
            for &neighbour in &vertex.neighbours {
                sum = mix(&[(&sum, 1.0), (&own, 1.0 / (n * around)), (&unit(neighbour), 1.0 / (n * around))]);
            }
            let total: f32 = sum.values().sum();
            mix(&[(&sum, 1.0 / total)])
        }
        [a, b] => mix(&[(&own, 0.75), (&unit(*a), 0.125), (&unit(*b), 0.125)]),
        _ => own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cube() -> Vec<Patch> {
        [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]]
            .map(|corners| Patch { corners, uvs: [[0.0; 2]; 4], tag: 0 })
            .to_vec()
    }

    #[test]
    fn a_cube_becomes_the_published_shape() {
        let (stencils, children) = catmull_clark(&cube());
        assert_eq!((stencils.len(), children.len()), (26, 24));
        let position = |i: usize| {
            let mut sum = [0.0; 3];
            for entry in stencils.start[i] as usize..stencils.start[i + 1] as usize {
                for (axis, value) in sum.iter_mut().enumerate() {
                    let bit = (stencils.rows[entry] >> (2 - axis)) & 1;
                    *value += stencils.weights[entry] * (bit as f32 * 2.0 - 1.0);
                }
            }
            sum
        };
        // A corner of the cube goes to 5/9, a face centre stays at 1 (first step of Catmull-Clark on the unit cube).
        assert!(position(7).iter().all(|x| (x - 5.0 / 9.0).abs() < 1e-6), "{:?}", position(7));
        assert!((position(20)[0] + 1.0).abs() < 1e-6, "{:?}", position(20));
    }

    #[test]
    fn every_stencil_is_an_average() {
        let open = &cube()[..5];
        for (stencils, _) in [catmull_clark(open), keep(open)] {
            for bounds in stencils.start.windows(2) {
                let sum: f32 = stencils.weights[bounds[0] as usize..bounds[1] as usize].iter().sum();
                assert!((sum - 1.0).abs() < 1e-5, "{sum}");
            }
        }
    }
}
