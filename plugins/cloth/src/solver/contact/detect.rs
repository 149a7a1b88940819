//! Detection: all pairs of primitives whose distance is within the reach of their vertices.

use super::grid::{Aabb, HashGrid};
use super::mesh::ContactMesh;
use super::pairs::{Kind, Pair, distances_m2};
use super::patches::{Patches, Selection, common};
use crate::solver::exact::{add, mul, sqrt};
use crate::solver::lanes::{F8, LANES};
use crate::solver::position::{UNITS_PER_M, round_half_away};

/// Fewer are compared sooner than a thread starts.
const PATCHES_A_THREAD: usize = 6;

/// Buffers of detection, kept from one to the next.
#[derive(Default)]
pub struct Detector {
    grid: HashGrid,
    vertices: Vec<Primitive>,
    triangles: Vec<Primitive>,
    edges: Vec<Primitive>,
    boxes: [Vec<Aabb>; 2],
    /// Patches that are compared with others: those of cloths, and of bodies those that are near any.
    compared: Vec<u32>,
    parts: Vec<Part>,
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

/// One thread's share of the work.
#[derive(Default)]
struct Part {
    found: Vec<u32>,
    selections: [Selection; 2],
    /// Pairs whose boxes overlap and whose distance is not known yet: their vertices, radius and thickness.
    candidates: Vec<[u32; 4]>,
    limits: Vec<[f32; 2]>,
    pairs: Vec<Pair>,
}

impl Part {
    /// Takes a pair whose boxes overlap; one that shares a vertex is left out.
    #[inline(always)]
    fn offer(&mut self, kind: Kind, vertices: [u32; 4], a: &Primitive, b: &Primitive, positions: &[[i32; 3]]) {
        let (first, second) = vertices.split_at(kind.split());
        if first.iter().any(|v| second.contains(v)) {
            return;
        }
        self.candidates.push(vertices);
        self.limits.push([add(a.grown_m, b.grown_m), add(a.half_thickness_m, b.half_thickness_m)]);
        if self.candidates.len() == LANES {
            self.flush(kind, positions);
        }
    }

    /// Measures the candidates and keeps those within reach.
    fn flush(&mut self, kind: Kind, positions: &[[i32; 3]]) {
        let mut radii = F8::default();
        for (radius, limits) in radii.0.iter_mut().zip(&self.limits) {
            *radius = limits[0];
        }
        // Lanes without a candidate must not keep the others from being rejected.
        let (Some(last), count) = (self.candidates.last().copied(), self.candidates.len()) else {
            return;
        };
        self.candidates.resize(LANES, last);
        let last_radius = radii.0[count - 1];
        radii.0[count..].fill(last_radius);
        let distances = distances_m2(kind, &self.candidates, radii, positions);
        self.candidates.truncate(count);
        for ((vertices, [radius, thickness_m]), distance_m2) in
            self.candidates.drain(..).zip(self.limits.drain(..)).zip(distances)
        {
            if distance_m2 <= mul(radius, radius) {
                self.pairs.push(Pair { vertices, kind, thickness_m, budget_m: sqrt(distance_m2) });
            }
        }
    }
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
    /// All pairs whose distance is at most the sum of their reaches and half thicknesses: vertex-triangle pairs first, patch by patch, so in an order that
    /// depends on the mesh only. Pairs that share a vertex, and pairs of bodies with bodies, are left out. `reach_m` is that of each
    /// vertex; a primitive has the largest of its vertices'.
    pub fn detect(
        &mut self,
        mesh: &ContactMesh,
        positions: &[[i32; 3]],
        reach_m: &[f32],
        threads: usize,
        pairs: &mut Vec<Pair>,
    ) {
        pairs.clear();
        let scene = Scene { mesh, positions, reach_m };
        self.parts.resize_with(threads.max(1), Part::default);
        self.vertices.clear();
        self.vertices.extend((0..mesh.vertices as u32).map(|v| scene.primitive([v])));
        self.triangles.clear();
        self.triangles.extend(mesh.triangles.iter().map(|t| scene.primitive(*t)));
        self.edges.clear();
        self.edges.extend(mesh.edges.iter().map(|e| scene.primitive(*e)));
        let (vertices, triangles, edges) = (&self.vertices, &self.triangles, &self.edges);

        let sides = [
            Side { patches: &mesh.vertex_patches, primitives: vertices },
            Side { patches: &mesh.triangle_patches, primitives: triangles },
        ];
        in_patches(
            (&mut self.grid, &mut self.boxes, &mut self.compared),
            &mut self.parts,
            sides,
            Kind::VertexTriangle,
            positions,
            pairs,
            |v, t| {
                let [a, b, c] = mesh.triangles[t as usize];
                let is_of_bodies = mesh.is_body(v) && t as usize >= mesh.cloth_triangles;
                (!is_of_bodies).then_some([v, a, b, c])
            },
        );
        let side = Side { patches: &mesh.edge_patches, primitives: edges };
        in_patches(
            (&mut self.grid, &mut self.boxes, &mut self.compared),
            &mut self.parts,
            [side, side],
            Kind::EdgeEdge,
            positions,
            pairs,
            |e, f| {
                let ([a, b], [c, d]) = (mesh.edges[e.min(f) as usize], mesh.edges[e.max(f) as usize]);
                let is_of_bodies = (e.min(f) as usize) >= mesh.cloth_edges;
                (!is_of_bodies).then_some([a, b, c, d])
            },
        );
    }
}

/// One side of the comparison.
#[derive(Clone, Copy)]
struct Side<'a> {
    patches: &'a Patches,
    primitives: &'a [Primitive],
}

impl Side<'_> {
    fn boxes(&self, boxes: &mut Vec<Aabb>) {
        boxes.clear();
        boxes.extend((0..self.patches.len()).map(|p| {
            let primitives = self.patches.of(p).iter().map(|i| &self.primitives[*i as usize].bounds);
            primitives.fold(Aabb::EMPTY, |all, of| all.with(of))
        }));
    }
}

/// Compares all patches of one side with all of the other whose boxes overlap, in contiguous parts on threads of their own, and
/// appends what they found in order. `vertices_of` gives the vertices of a pair of primitives, or none if it does not count.
fn in_patches(
    (grid, boxes, compared): (&mut HashGrid, &mut [Vec<Aabb>; 2], &mut Vec<u32>),
    parts: &mut [Part],
    sides: [Side; 2],
    kind: Kind,
    positions: &[[i32; 3]],
    pairs: &mut Vec<Pair>,
    vertices_of: impl Fn(u32, u32) -> Option<[u32; 4]> + Sync,
) {
    for (side, boxes) in sides.iter().zip(boxes.iter_mut()) {
        side.boxes(boxes);
    }
    grid.build(&boxes[1]);
    // Edges stand on both sides: each pair of patches is compared once.
    let is_one_side = kind == Kind::EdgeEdge;
    let of_cloth = sides.map(|side| side.patches.of_cloth);
    compared.clear();
    compared.extend(0..of_cloth[0] as u32);
    if !is_one_side {
        let cloths = boxes[1][..of_cloth[1]].iter().fold(Aabb::EMPTY, |all, of| all.with(of));
        let near = |p: &usize| boxes[0][*p].overlaps(&cloths);
        compared.extend((of_cloth[0]..boxes[0].len()).filter(near).map(|p| p as u32));
    }
    let threads = parts.len().min(compared.len().div_ceil(PATCHES_A_THREAD)).max(1);
    let parts = &mut parts[..threads];
    let share = compared.len().div_ceil(threads);
    let (grid, boxes, compared) = (&*grid, &*boxes, &*compared);
    let run = |index: usize, part: &mut Part| {
        part.pairs.clear();
        let mut found = std::mem::take(&mut part.found);
        for p in compared.iter().skip(index * share).take(share).map(|p| *p as usize) {
            grid.overlapping(&boxes[0][p], if is_one_side { p as u32 } else { 0 }, &mut found);
            if p >= of_cloth[0] {
                // Bodies are not compared with bodies.
                found.truncate(found.partition_point(|other| (*other as usize) < of_cloth[1]));
            }
            for other in &found {
                let shared = common(&boxes[0][p], &boxes[1][*other as usize]);
                let [mut a, mut b] = std::mem::take(&mut part.selections);
                a.select(sides[0].patches.of(p), |i| sides[0].primitives[i as usize].bounds, &shared);
                b.select(sides[1].patches.of(*other as usize), |i| sides[1].primitives[i as usize].bounds, &shared);
                for i in 0..a.count {
                    let mut bits = b.overlapping(&a.bounds(i));
                    if is_one_side && *other as usize == p {
                        // Within a patch both selections are the same: later ones only.
                        bits &= !(u32::MAX >> (31 - i));
                    }
                    while bits != 0 {
                        let (id_a, id_b) = (a.ids[i], b.ids[bits.trailing_zeros() as usize]);
                        bits &= bits - 1;
                        if let Some(vertices) = vertices_of(id_a, id_b) {
                            part.offer(
                                kind,
                                vertices,
                                &sides[0].primitives[id_a as usize],
                                &sides[1].primitives[id_b as usize],
                                positions,
                            );
                        }
                    }
                }
                part.selections = [a, b];
            }
        }
        part.found = found;
        part.flush(kind, positions);
    };
    let (first, others) = parts.split_at_mut(1);
    std::thread::scope(|scope| {
        for (index, part) in others.iter_mut().enumerate() {
            let run = &run;
            scope.spawn(move || run(index + 1, part));
        }
        run(0, &mut first[0]);
    });
    for part in parts.iter() {
        pairs.extend_from_slice(&part.pairs);
    }
}

#[cfg(test)]
#[path = "detect_tests.rs"]
mod tests;
