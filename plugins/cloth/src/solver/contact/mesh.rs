//! What can touch: vertices, edges and triangles of the cloths and of the bodies, as flat arrays.
//!
//! Vertices of the cloths come first, then those of the bodies; the same for edges and triangles.

use super::error::ContactError;
use super::patches::Patches;
use crate::solver::exact::mul;
use crate::solver::position::to_metres;

/// Share of the least altitude of a vertex' triangles that its half thickness may have. Two parts of a cloth that are neighbours in the
/// mesh, but share no vertex, are about an altitude apart; they must not push each other apart at rest.
const LARGEST_SHARE_OF_ALTITUDE: f64 = 0.35;

/// Reaches in mean edges. Two of the most together stay well below the distance of neighbours in flat cloth (0.6 to 0.9 edges), so that lists of
/// neighbours tell those apart without measuring them. Beside bodies of triangles more is needed: with 0.16 and 0.22 a dress jammed between a hand and a
/// thigh within 26 frames, where it does not with 0.3 (CONTACT.md, "Weak").
const LEAST_REACH_EDGES: f32 = 0.05;
const MOST_REACH_EDGES: f32 = 0.16;
const MOST_REACH_BY_BODIES_EDGES: f32 = 0.3;

/// A closed body of triangles, outward normals by the right-hand rule.
#[derive(Clone, Debug, Default)]
pub struct BodyMesh {
    /// Number of vertices.
    pub vertices: usize,
    /// Triangles over `0 .. vertices`.
    pub triangles: Vec<[u32; 3]>,
    /// Kept free about it besides the cloth's half thickness, metres. It is what the body may come nearer within a substep before it would run into
    /// cloth at rest: 2 mm at 1200 substeps a second are 2.4 m/s.
    pub clearance_m: f32,
    /// Coulomb friction coefficient; each pair has the mean of both sides'.
    pub friction: f32,
    /// Where its vertices are in some pose, units: what is together there is compared together, which saves time. Empty: what is together in the order of indices.
    pub pose: Vec<[i32; 3]>,
}

/// A cloth among those that may touch.
#[derive(Clone, Copy, Debug)]
pub struct Layer<'a> {
    /// Triangles over its own vertices.
    pub triangles: &'a [[u32; 3]],
    /// Where its vertices start, units.
    pub start: &'a [[i32; 3]],
    /// Thickness, metres.
    pub thickness_m: f32,
    /// Coulomb friction coefficient.
    pub friction: f32,
}

/// Topology of everything that can touch.
#[derive(Clone, Debug)]
pub struct ContactMesh {
    /// Number of vertices of the cloths; those of bodies follow.
    pub cloth_vertices: usize,
    /// Number of all vertices.
    pub vertices: usize,
    /// Triangles of the cloths, then of the bodies.
    pub triangles: Vec<[u32; 3]>,
    /// How many of the triangles belong to cloths.
    pub cloth_triangles: usize,
    /// Edges, each once, smaller vertex first, ascending; cloths first.
    pub edges: Vec<[u32; 2]>,
    /// How many of the edges belong to cloths.
    pub cloth_edges: usize,
    /// Half the thickness of the cloth at each vertex, or the body's clearance, metres.
    pub half_thickness_m: Vec<f32>,
    /// Coulomb friction of each vertex; empty where the solver's settings tell it.
    pub friction: Vec<f32>,
    /// Largest radius of the circles through the corners of a vertex' triangles at the start, metres: how far the middle of a triangle is from the
    /// vertices that keep it off round bodies.
    pub chord_m: Vec<f32>,
    /// First vertex of each cloth, in order.
    pub layer_starts: Vec<usize>,
    /// First vertex of each body, in order.
    pub body_starts: Vec<usize>,
    /// Triangles about each vertex of the bodies: those of body vertex `i` are `fans[fan_starts[i] .. fan_starts[i + 1]]`.
    pub fans: Vec<u32>,
    /// See `fans`.
    pub fan_starts: Vec<u32>,
    /// Vertices, triangles and edges in patches.
    pub vertex_patches: Patches,
    /// See `vertex_patches`.
    pub triangle_patches: Patches,
    /// See `vertex_patches`.
    pub edge_patches: Patches,
    /// Mean length of the cloths' edges at the start, metres.
    pub mean_edge_m: f32,
}

impl ContactMesh {
    /// A single cloth, or several of one thickness, with the friction of the solver's settings.
    ///
    /// # Errors
    /// As [`ContactMesh::of_layers`].
    pub fn new(
        cloth: &[[u32; 3]],
        start: &[[i32; 3]],
        thickness_m: f32,
        bodies: &[BodyMesh],
    ) -> Result<ContactMesh, ContactError> {
        let layer = Layer { triangles: cloth, start, thickness_m, friction: 0.0 };
        Ok(ContactMesh { friction: Vec::new(), ..ContactMesh::of_layers(&[layer], bodies)? })
    }

    /// From all cloths that may touch, inner ones first where there is an order, and bodies.
    ///
    /// The half thickness is bounded by the mesh: a cloth that is finer than it is thick acts as thinner.
    ///
    /// # Errors
    /// A thickness out of range, triangles that name no vertex or one twice.
    pub fn of_layers(layers: &[Layer], bodies: &[BodyMesh]) -> Result<ContactMesh, ContactError> {
        let (mut cloth, mut start) = (Vec::new(), Vec::new());
        let (mut half, mut friction, mut layer_starts) = (Vec::new(), Vec::new(), Vec::new());
        for layer in layers {
            let thickness_m = layer.thickness_m;
            if !(thickness_m > 1e-5 && thickness_m < 0.1) {
                return Err(ContactError::Thickness { thickness_m });
            }
            check(layer.triangles, 0, layer.start.len(), "cloth")?;
            let first = start.len() as u32;
            layer_starts.push(start.len());
            cloth.extend(layer.triangles.iter().map(|t| t.map(|v| v + first)));
            start.extend_from_slice(layer.start);
            half.resize(start.len(), f64::from(thickness_m) / 2.0);
            friction.resize(start.len(), layer.friction);
        }
        let (cloth, start) = (cloth.as_slice(), start.as_slice());
        let cloth_vertices = start.len();
        let mut triangles = cloth.to_vec();
        let mut vertices = cloth_vertices;
        let mut body_starts = Vec::new();
        let mut poses = start.to_vec();
        for body in bodies {
            body_starts.push(vertices);
            check(&body.triangles, vertices, vertices + body.vertices, "body")?;
            triangles.extend(body.triangles.iter().map(|t| t.map(|v| v + vertices as u32)));
            poses.extend((0..body.vertices).map(|v| body.pose.get(v).copied().unwrap_or([(vertices + v) as i32; 3])));
            vertices += body.vertices;
            half.resize(vertices, f64::from(body.clearance_m));
            friction.resize(vertices, body.friction);
        }
        let (fan_starts, fans) = fans(&triangles[cloth.len()..], cloth_vertices, vertices, cloth.len());
        let edges_of = |triangles: &[[u32; 3]]| {
            let mut edges: Vec<[u32; 2]> = triangles
                .iter()
                .flat_map(|t| [[t[0], t[1]], [t[1], t[2]], [t[2], t[0]]])
                .map(|[a, b]| [a.min(b), a.max(b)])
                .collect();
            edges.sort_unstable();
            edges.dedup();
            edges
        };
        let mut edges = edges_of(cloth);
        let cloth_edges = edges.len();
        edges.extend(edges_of(&triangles[cloth.len()..]));

        let at = |v: u32| start[v as usize].map(|q| to_metres(q, 0.0));
        let length = |a: u32, b: u32| (0..3).map(|k| (at(a)[k] - at(b)[k]).powi(2)).sum::<f64>().sqrt();
        let mut chord = vec![0.0f32; cloth_vertices];
        for t in cloth {
            let sides = [length(t[1], t[2]), length(t[2], t[0]), length(t[0], t[1])];
            let s = sides.iter().sum::<f64>() / 2.0;
            let area = (s * (s - sides[0]) * (s - sides[1]) * (s - sides[2])).max(0.0).sqrt();
            let altitude = 2.0 * area / sides.iter().fold(1e-12f64, |m, x| m.max(*x));
            let through_corners = (sides.iter().product::<f64>() / (4.0 * area).max(1e-12)) as f32;
            for v in t {
                let chord = &mut chord[*v as usize];
                *chord = chord.max(through_corners);
                half[*v as usize] = half[*v as usize].min(LARGEST_SHARE_OF_ALTITUDE * altitude);
            }
        }
        let sum: f64 = edges[..cloth_edges].iter().map(|e| length(e[0], e[1])).sum();
        let centre = |of: &[u32]| [0, 1, 2].map(|k| of.iter().map(|v| poses[*v as usize][k] / of.len() as i32).sum());
        let centres = |of: &mut dyn Iterator<Item = [i32; 3]>| of.collect::<Vec<_>>();
        let vertex_centres = centres(&mut (0..vertices as u32).map(|v| centre(&[v])));
        let triangle_centres = centres(&mut triangles.iter().map(|t| centre(t)));
        let edge_centres = centres(&mut edges.iter().map(|e| centre(e)));
        Ok(ContactMesh {
            vertex_patches: Patches::new(&vertex_centres, cloth_vertices),
            triangle_patches: Patches::new(&triangle_centres, cloth.len()),
            edge_patches: Patches::new(&edge_centres, cloth_edges),
            cloth_vertices,
            vertices,
            cloth_triangles: cloth.len(),
            triangles,
            cloth_edges,
            edges,
            half_thickness_m: half.iter().map(|h| *h as f32).collect(),
            friction,
            chord_m: chord,
            layer_starts,
            body_starts,
            fans,
            fan_starts,
            mean_edge_m: (sum / cloth_edges.max(1) as f64) as f32,
        })
    }

    /// Reaches of cloth at rest and of cloth that is not so fast that it needs more, metres. At rest, what hits comes within a few substeps.
    pub(crate) fn reaches_m(&self) -> [f32; 2] {
        let most = if self.vertices > self.cloth_vertices { MOST_REACH_BY_BODIES_EDGES } else { MOST_REACH_EDGES };
        [LEAST_REACH_EDGES, most].map(|edges| mul(edges, self.mean_edge_m))
    }

    /// Whether a vertex belongs to a body.
    #[inline(always)]
    pub fn is_body(&self, vertex: u32) -> bool {
        vertex as usize >= self.cloth_vertices
    }

    /// The body that a near pair is with; none for cloth with cloth.
    pub(super) fn body_of(&self, pair: [u32; 4]) -> Option<usize> {
        let vertex = pair.into_iter().find(|vertex| self.is_body(*vertex))?;
        self.body_starts.partition_point(|start| *start <= vertex as usize).checked_sub(1)
    }
}

/// Triangles about each vertex from `first` on; triangles are numbered from `first_triangle`.
fn fans(triangles: &[[u32; 3]], first: usize, end: usize, first_triangle: usize) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0u32; end - first + 1];
    let corners =
        || triangles.iter().enumerate().flat_map(|(i, t)| t.map(|v| (i + first_triangle, v as usize - first)));
    for (_, vertex) in corners() {
        starts[vertex + 1] += 1;
    }
    for i in 1..starts.len() {
        starts[i] += starts[i - 1];
    }
    let mut next = starts.clone();
    let mut fans = vec![0u32; 3 * triangles.len()];
    for (triangle, vertex) in corners() {
        fans[next[vertex] as usize] = triangle as u32;
        next[vertex] += 1;
    }
    (starts, fans)
}

fn check(triangles: &[[u32; 3]], first: usize, end: usize, what: &'static str) -> Result<(), ContactError> {
    for (triangle, t) in triangles.iter().enumerate() {
        if t[0] == t[1] || t[1] == t[2] || t[2] == t[0] {
            return Err(ContactError::RepeatedVertex { what, triangle });
        }
        if let Some(v) = t.iter().find(|v| **v as usize >= end - first) {
            return Err(ContactError::Vertex { what, triangle, vertex: *v as usize, vertices: end - first });
        }
    }
    Ok(())
}
