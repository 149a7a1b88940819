//! Detection: all pairs of primitives whose distance is within the reach of their vertices.

use super::grid::{Aabb, HashGrid};
use super::mesh::ContactMesh;
use super::neighbours::{Drift, Neighbour, Neighbours};
use super::pairs::{Batch, Kind, Pair};
use super::patches::{Patches, Selection, common};
use crate::solver::exact::{add, mul, sqrt};
use crate::solver::position::{UNIT_M, UNITS_PER_M, round_half_away};

/// Fewer are compared sooner than a thread starts.
const PATCHES_A_THREAD: usize = 6;

/// What is kept from one detection to the next; it changes how long one takes, not what it finds.
pub struct Detector {
    grid: HashGrid,
    vertices: Vec<Primitive>,
    triangles: Vec<Primitive>,
    edges: Vec<Primitive>,
    boxes: [Boxes; 2],
    /// Patches that are compared with others: those of cloths, and of bodies those that are near any.
    compared: Vec<u32>,
    parts: Vec<Part>,
    /// Positions of the last detection.
    last: Vec<[i32; 3]>,
    vertex_drift: Drift,
    triangle_drift: Drift,
    edge_drift: Drift,
    /// Neighbours of the patches of vertices among triangles, and of edges among edges; by first patch, then ascending by the other.
    of_vertices: Vec<Vec<Neighbours>>,
    of_edges: Vec<Vec<Neighbours>>,
}

/// A vertex, edge or triangle.
#[derive(Clone, Copy, Debug)]
struct Primitive {
    /// Its box, grown by `grown_m`.
    bounds: Aabb,
    /// Reach and half thickness, metres.
    grown_m: f32,
    half_thickness_m: f32,
}

/// The boxes of the patches' primitives, and the most that any primitive of a patch is grown by.
#[derive(Default)]
struct Boxes {
    bounds: Vec<Aabb>,
    grown_m: Vec<f32>,
}

/// One thread's share of the work.
#[derive(Default)]
struct Part {
    found: Vec<u32>,
    selections: [Selection; 2],
    neighbours: Batch<Neighbour>,
    candidates: Batch<f32>,
    pairs: Vec<Pair>,
}

/// What is compared.
#[derive(Clone, Copy)]
struct Scene<'a> {
    mesh: &'a ContactMesh,
    positions: &'a [[i32; 3]],
    reach_m: &'a [f32],
}

impl Scene<'_> {
    fn primitive<const N: usize>(&self, vertices: [u32; N]) -> Primitive {
        let reach = vertices.iter().fold(0.0f32, |m, v| m.max(self.reach_m[*v as usize]));
        let half_thickness_m = vertices.iter().fold(f32::MAX, |m, v| m.min(self.mesh.half_thickness_m[*v as usize]));
        let grown_m = add(reach, half_thickness_m);
        // Two units more than rounded, so that the box is never too small.
        let bounds =
            Aabb::of(vertices.map(|v| self.positions[v as usize]), round_half_away(mul(grown_m, UNITS_PER_M)) + 2);
        Primitive { bounds, grown_m, half_thickness_m }
    }
}

impl Detector {
    /// For a mesh; the first detection makes the lists.
    pub fn new(mesh: &ContactMesh) -> Detector {
        let lists = |patches: &Patches| std::iter::repeat_with(Vec::new).take(patches.len()).collect();
        Detector {
            grid: HashGrid::default(),
            vertices: Vec::new(),
            triangles: Vec::new(),
            edges: Vec::new(),
            boxes: Default::default(),
            compared: Vec::new(),
            parts: Vec::new(),
            last: Vec::new(),
            vertex_drift: Drift::new(&mesh.vertex_patches, |v| [v]),
            triangle_drift: Drift::new(&mesh.triangle_patches, |t| mesh.triangles[t as usize]),
            edge_drift: Drift::new(&mesh.edge_patches, |e| mesh.edges[e as usize]),
            of_vertices: lists(&mesh.vertex_patches),
            of_edges: lists(&mesh.edge_patches),
        }
    }

    /// All pairs whose distance is at most the sum of their reaches and half thicknesses: vertex-triangle pairs first, patch by patch, so in an order that
    /// depends on the mesh only. Pairs that share a vertex, and pairs of bodies with bodies, are left out. `reach_m` is that of each
    /// vertex; a primitive has the largest of its vertices'. The mesh is that of [`Detector::new`].
    pub fn detect(
        &mut self,
        mesh: &ContactMesh,
        positions: &[[i32; 3]],
        reach_m: &[f32],
        threads: usize,
        pairs: &mut Vec<Pair>,
    ) {
        pairs.clear();
        if !self.last.is_empty() {
            for drift in [&mut self.vertex_drift, &mut self.triangle_drift, &mut self.edge_drift] {
                drift.follow(&self.last, positions);
            }
        }
        self.last.clear();
        self.last.extend_from_slice(positions);
        let scene = Scene { mesh, positions, reach_m };
        self.parts.resize_with(threads.max(1), Part::default);
        self.vertices.clear();
        self.vertices.extend((0..mesh.vertices as u32).map(|v| scene.primitive([v])));
        self.triangles.clear();
        self.triangles.extend(mesh.triangles.iter().map(|t| scene.primitive(*t)));
        self.edges.clear();
        self.edges.extend(mesh.edges.iter().map(|e| scene.primitive(*e)));

        let sides = [
            Side { patches: &mesh.vertex_patches, primitives: &self.vertices, drift: &self.vertex_drift },
            Side { patches: &mesh.triangle_patches, primitives: &self.triangles, drift: &self.triangle_drift },
        ];
        in_patches(
            (&mut self.grid, &mut self.boxes, &mut self.compared),
            (&mut self.parts, &mut self.of_vertices),
            sides,
            (Kind::VertexTriangle, positions, mesh.mean_edge_m),
            pairs,
            |v, t| {
                let [a, b, c] = mesh.triangles[t as usize];
                let is_of_bodies = mesh.is_body(v) && t as usize >= mesh.cloth_triangles;
                (!is_of_bodies && v != a && v != b && v != c).then_some([v, a, b, c])
            },
        );
        let side = Side { patches: &mesh.edge_patches, primitives: &self.edges, drift: &self.edge_drift };
        in_patches(
            (&mut self.grid, &mut self.boxes, &mut self.compared),
            (&mut self.parts, &mut self.of_edges),
            [side, side],
            (Kind::EdgeEdge, positions, mesh.mean_edge_m),
            pairs,
            |e, f| {
                let ([a, b], [c, d]) = (mesh.edges[e.min(f) as usize], mesh.edges[e.max(f) as usize]);
                let is_of_bodies = (e.min(f) as usize) >= mesh.cloth_edges;
                (!is_of_bodies && a != c && a != d && b != c && b != d).then_some([a, b, c, d])
            },
        );
    }
}

/// One side of the comparison.
#[derive(Clone, Copy)]
struct Side<'a> {
    patches: &'a Patches,
    primitives: &'a [Primitive],
    drift: &'a Drift,
}

impl Side<'_> {
    fn measure(&self, boxes: &mut Boxes) {
        boxes.bounds.clear();
        boxes.grown_m.clear();
        for p in 0..self.patches.len() {
            let primitives = || self.patches.of(p).iter().map(|i| &self.primitives[*i as usize]);
            boxes.bounds.push(primitives().fold(Aabb::EMPTY, |all, of| all.with(&of.bounds)));
            boxes.grown_m.push(primitives().fold(0.0, |most, of| most.max(of.grown_m)));
        }
    }
}

/// Compares all patches of one side with all of the other whose boxes overlap, in contiguous parts on threads of their own, and
/// appends what they found in order. `vertices_of` gives the vertices of a pair of primitives, or none if it does not count.
fn in_patches(
    (grid, boxes, compared): (&mut HashGrid, &mut [Boxes; 2], &mut Vec<u32>),
    (parts, lists): (&mut [Part], &mut [Vec<Neighbours>]),
    sides: [Side; 2],
    (kind, positions, edge_m): (Kind, &[[i32; 3]], f32),
    pairs: &mut Vec<Pair>,
    vertices_of: impl Fn(u32, u32) -> Option<[u32; 4]> + Sync,
) {
    for (side, boxes) in sides.iter().zip(boxes.iter_mut()) {
        side.measure(boxes);
    }
    grid.build(&boxes[1].bounds);
    // Edges stand on both sides: each pair of patches is compared once.
    let is_one_side = kind == Kind::EdgeEdge;
    let of_cloth = sides.map(|side| side.patches.of_cloth);
    compared.clear();
    compared.extend(0..of_cloth[0] as u32);
    if !is_one_side {
        let cloths = boxes[1].bounds[..of_cloth[1]].iter().fold(Aabb::EMPTY, |all, of| all.with(of));
        let near = |p: &usize| boxes[0].bounds[*p].overlaps(&cloths);
        compared.extend((of_cloth[0]..boxes[0].bounds.len()).filter(near).map(|p| p as u32));
    }
    let comparison = Comparison { sides, kind, positions, boxes, skin_m: mul(SKIN, edge_m), vertices_of: &vertices_of };
    let threads = parts.len().min(compared.len().div_ceil(PATCHES_A_THREAD)).max(1);
    let parts = &mut parts[..threads];
    let share = compared.len().div_ceil(threads).max(1);
    let (grid, comparison) = (&*grid, &comparison);
    let run = |compared: &[u32], first: u32, lists: &mut [Vec<Neighbours>], part: &mut Part| {
        part.pairs.clear();
        let mut found = std::mem::take(&mut part.found);
        for p in compared.iter().map(|p| *p as usize) {
            grid.overlapping(&comparison.boxes[0].bounds[p], if is_one_side { p as u32 } else { 0 }, &mut found);
            if p >= of_cloth[0] {
                // Bodies are not compared with bodies.
                found.truncate(found.partition_point(|other| (*other as usize) < of_cloth[1]));
            }
            comparison.look_up(p, &found, &mut lists[p - first as usize], part);
        }
        part.found = found;
        comparison.finish(part);
    };
    std::thread::scope(|scope| {
        let (mut lists, mut first) = (lists, 0);
        let mut shares = compared.chunks(share).zip(parts.iter_mut());
        let own = shares.next();
        let mut own_lists: &mut [Vec<Neighbours>] = &mut [];
        if let Some((compared, _)) = &own {
            (own_lists, lists) = lists.split_at_mut(compared[compared.len() - 1] as usize + 1);
            first = own_lists.len() as u32;
        }
        for (compared, part) in shares {
            let end = compared[compared.len() - 1] + 1;
            let (mine, others) = lists.split_at_mut((end - first) as usize);
            let (run, start) = (&run, first);
            (lists, first) = (others, end);
            scope.spawn(move || run(compared, start, mine, part));
        }
        if let Some((compared, part)) = own {
            run(compared, 0, own_lists, part);
        }
    });
    for part in parts.iter().take(compared.len().div_ceil(share)) {
        pairs.extend_from_slice(&part.pairs);
    }
}

/// How much farther than it must a list of neighbours looks, in mean edges: a wider one serves longer and holds more.
const SKIN: f32 = 0.25;

/// The comparison of two sides.
struct Comparison<'a, F> {
    sides: [Side<'a>; 2],
    kind: Kind,
    positions: &'a [[i32; 3]],
    boxes: &'a [Boxes; 2],
    skin_m: f32,
    vertices_of: &'a F,
}

impl<F: Fn(u32, u32) -> Option<[u32; 4]>> Comparison<'_, F> {
    /// Pairs of patch `p` with the `found` ones, ascending.
    fn look_up(&self, p: usize, found: &[u32], lists: &mut Vec<Neighbours>, part: &mut Part) {
        let drifts = self.sides.map(|side| side.drift);
        let wanted_m = |q: usize| f64::from(self.boxes[0].grown_m[p]) + f64::from(self.boxes[1].grown_m[q]);
        let mut at = 0;
        for q in found.iter().map(|q| *q as usize) {
            while at < lists.len() && (lists[at].other as usize) < q {
                at += 1;
            }
            if lists.get(at).is_none_or(|list| list.other as usize != q) {
                lists.insert(at, Neighbours::with(q as u32));
            }
            let list = &mut lists[at];
            let mut approach_m = list.approach_m([p, q], drifts);
            if !list.is_complete(wanted_m(q), approach_m) {
                list.begin(wanted_m(q) + f64::from(self.skin_m), [p, q], drifts);
                self.fill(p, list, part);
                approach_m = list.approach_m([p, q], drifts);
            }
            let approach_m = approach_m as f32;
            let ids = [self.sides[0].patches.of(p), self.sides[1].patches.of(q)];
            for neighbour in &list.list {
                let ids = [0, 1].map(|k| ids[k][neighbour.places[k] as usize]);
                let [a, b] = [0, 1].map(|k| &self.sides[k].primitives[ids[k] as usize]);
                let radius_m = add(a.grown_m, b.grown_m);
                if neighbour.distance_m - approach_m > radius_m {
                    continue;
                }
                if let Some(vertices) = (self.vertices_of)(ids[0], ids[1]) {
                    let thickness_m = add(a.half_thickness_m, b.half_thickness_m);
                    let pairs = &mut part.pairs;
                    part.candidates.offer(
                        (self.kind, self.positions),
                        vertices,
                        radius_m,
                        thickness_m,
                        keep(self.kind, pairs),
                    );
                }
            }
        }
        if lists.len() > 2 * found.len() + 8 {
            lists.retain(|list| found.binary_search(&list.other).is_ok());
        }
    }

    /// Measures what is left.
    fn finish(&self, part: &mut Part) {
        part.candidates.flush((self.kind, self.positions), keep(self.kind, &mut part.pairs));
    }

    /// Makes the list of neighbours of patch `p` anew.
    fn fill(&self, p: usize, neighbours: &mut Neighbours, part: &mut Part) {
        let q = neighbours.other as usize;
        let ids = [self.sides[0].patches.of(p), self.sides[1].patches.of(q)];
        // All boxes as if their primitives were grown by as much as the most of their patch, and each by half of the skin.
        let bounds = |k: usize, i: u32| {
            let primitive = &self.sides[k].primitives[i as usize];
            let by_m = add(self.boxes[k].grown_m[[p, q][k]] - primitive.grown_m, mul(0.5, self.skin_m));
            primitive.bounds.grown(round_half_away(mul(by_m, UNITS_PER_M)) + 2)
        };
        let [of_p, of_q] = [0, 1].map(|k| ids[k].iter().fold(Aabb::EMPTY, |all, i| all.with(&bounds(k, *i))));
        let shared = common(&of_p, &of_q);
        let is_within = std::ptr::eq(self.sides[0].patches, self.sides[1].patches) && p == q;
        let [a, b] = &mut part.selections;
        a.select(ids[0], |i| bounds(0, i), &shared);
        b.select(ids[1], |i| bounds(1, i), &shared);
        let list = &mut neighbours.list;
        let radius_m = neighbours.radius_m as f32;
        let scene = (self.kind, self.positions);
        let mut take = |_: [u32; 4], mut found: Neighbour, distance_m2: f32| {
            // Less what was added below.
            found.distance_m = sqrt(distance_m2) - found.distance_m;
            list.push(found);
        };
        for i in 0..a.count {
            let own = a.bounds(i);
            let mut bits = b.overlapping(&own);
            if is_within {
                // Within a patch both selections are the same: later ones only.
                bits &= !(u32::MAX >> (31 - i));
            }
            while bits != 0 {
                let j = bits.trailing_zeros() as usize;
                bits &= bits - 1;
                let Some(vertices) = (self.vertices_of)(a.ids[i], b.ids[j]) else { continue };
                // Distances of needles are too large by up to a thousandth of their length (`CONTACT.md`).
                let error_m = NEEDLE * UNIT_M * (own.extent() + b.bounds(j).extent()) as f32;
                let about = Neighbour { places: [a.places[i], b.places[j]], distance_m: error_m };
                part.neighbours.offer(scene, vertices, radius_m + error_m, about, &mut take);
            }
        }
        part.neighbours.flush(scene, &mut take);
    }
}

/// A share of the length of a pair's boxes above the error of its measured distance.
const NEEDLE: f32 = 0.002;

/// What happens to candidates within reach.
fn keep(kind: Kind, pairs: &mut Vec<Pair>) -> impl FnMut([u32; 4], f32, f32) {
    move |vertices, thickness_m, distance_m2| {
        pairs.push(Pair { vertices, kind, thickness_m, budget_m: sqrt(distance_m2) });
    }
}

#[cfg(test)]
#[path = "detect_tests.rs"]
mod tests;
