//! Detection against all pairs by brute force.

use super::*;
use crate::solver::contact::mesh::BodyMesh;
use crate::solver::contact::pairs::closest_of;
use crate::solver::position::from_metres;
use proptest::prelude::*;

/// A sheet of `n` by `n` squares of `edge_m`, shaped by a function of its two coordinates.
fn sheet(n: usize, edge_m: f64, shape: impl Fn(f64, f64) -> [f64; 3]) -> (Vec<[u32; 3]>, Vec<[i32; 3]>) {
    let at = |i: usize, j: usize| (i * (n + 1) + j) as u32;
    let mut triangles = Vec::new();
    for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (i, j))) {
        triangles.push([at(i, j), at(i + 1, j), at(i + 1, j + 1)]);
        triangles.push([at(i, j), at(i + 1, j + 1), at(i, j + 1)]);
    }
    let positions = (0..=n)
        .flat_map(|i| (0..=n).map(move |j| (i, j)))
        .map(|(i, j)| shape(i as f64 * edge_m, j as f64 * edge_m).map(|x| from_metres(x).0))
        .collect();
    (triangles, positions)
}

/// All pairs by the scalar code.
fn brute(mesh: &ContactMesh, positions: &[[i32; 3]], reach: &[f32]) -> Vec<Pair> {
    let largest = |of: &[u32]| of.iter().fold(0.0f32, |m, v| m.max(reach[*v as usize]));
    let half = |of: &[u32]| of.iter().fold(f32::MAX, |m, v| m.min(mesh.half_thickness_m[*v as usize]));
    let mut pairs = Vec::new();
    let mut offer = |kind: Kind, vertices: [u32; 4]| {
        let (a, b) = vertices.split_at(kind.split());
        let distance_m2 = closest_of(kind, vertices.map(|v| positions[v as usize])).distance_m2;
        let radius = add(add(largest(a), half(a)), add(largest(b), half(b)));
        if a.iter().all(|v| !b.contains(v)) && distance_m2 <= mul(radius, radius) {
            pairs.push(Pair { vertices, kind, thickness_m: add(half(a), half(b)), budget_m: sqrt(distance_m2) });
        }
    };
    for v in 0..mesh.vertices as u32 {
        for (i, [a, b, c]) in mesh.triangles.iter().enumerate() {
            if !(mesh.is_body(v) && i >= mesh.cloth_triangles) {
                offer(Kind::VertexTriangle, [v, *a, *b, *c]);
            }
        }
    }
    for e in 0..mesh.cloth_edges {
        for f in e + 1..mesh.edges.len() {
            let ([a, b], [c, d]) = (mesh.edges[e], mesh.edges[f]);
            offer(Kind::EdgeEdge, [a, b, c, d]);
        }
    }
    pairs
}

fn agrees(mesh: &ContactMesh, positions: &[[i32; 3]], reach: &[f32]) {
    let key = |p: &Pair| (p.kind, p.vertices);
    let mut expected = brute(mesh, positions, reach);
    expected.sort_unstable_by_key(key);
    let mut order = Vec::new();
    for threads in [1, 2, 3] {
        let mut pairs = Vec::new();
        Detector::new(mesh).detect(mesh, positions, reach, threads, &mut pairs);
        assert_eq!(pairs.len(), expected.len());
        if threads > 1 {
            assert!(pairs == order, "the order depends on the number of threads");
        }
        order.clone_from(&pairs);
        pairs.sort_unstable_by_key(key);
        assert!(pairs == expected);
    }
}

#[test]
fn a_folded_sheet_gives_the_pairs_of_brute_force() {
    let fold = |u: f64, v: f64| if u < 0.06 { [u, 0.0, v] } else { [0.12 - u + 0.0007, 0.003, v + 0.001] };
    let (triangles, positions) = sheet(12, 0.01, fold);
    let mesh = ContactMesh::new(&triangles, &positions, 1e-3, &[]).unwrap();
    for reach in [0.0005f32, 0.002, 0.006] {
        let reach = vec![reach; mesh.vertices];
        agrees(&mesh, &positions, &reach);
    }
    assert!(brute(&mesh, &positions, &vec![0.002; mesh.vertices]).len() > 100);
}

/// One detector while a sheet turns, folds, is shaken and jumps, as fresh ones would find it.
#[test]
fn lists_of_neighbours_change_nothing() {
    let shape = |turn: f64, fold: f64, shake: f64, away: f64| {
        move |u: f64, v: f64| {
            let noise = shake * ((u * 1234.5 + v * 777.7).sin() * 4321.0).fract();
            let (bent, height) =
                if u < 0.06 { (u, 0.0) } else { (0.06 + (u - 0.06) * fold.cos(), (u - 0.06) * fold.sin()) };
            let (sin, cos) = turn.sin_cos();
            [bent * cos - height * sin + away, bent * sin + height * cos + noise, v]
        }
    };
    let (triangles, start) = sheet(12, 0.01, shape(0.0, 0.0, 0.0, 0.0));
    let body =
        BodyMesh { vertices: 4, triangles: vec![[0, 1, 2], [0, 2, 3], [0, 3, 1], [1, 3, 2]], ..BodyMesh::default() };
    let mesh = ContactMesh::new(&triangles, &start, 1e-3, &[body]).unwrap();
    let mut kept = Detector::new(&mesh);
    let mut most = 0;
    for step in 0..40 {
        let t = f64::from(step);
        let away = if step > 30 { 5.0 } else { 0.0 };
        let (_, mut positions) = sheet(12, 0.01, shape(0.05 * t, 0.09 * t, 1e-4 * t, away));
        positions.extend(
            [[0.02, 0.002 * t, 0.03], [0.08, 0.0, 0.03], [0.05, -0.03, 0.08], [0.05, 0.02, 0.1]]
                .map(|x: [f64; 3]| x.map(|x| from_metres(x).0)),
        );
        let reach = vec![if step % 7 == 0 { 0.004f32 } else { 0.001 }; mesh.vertices];
        let (mut pairs, mut expected) = (Vec::new(), Vec::new());
        kept.detect(&mesh, &positions, &reach, 2, &mut pairs);
        Detector::new(&mesh).detect(&mesh, &positions, &reach, 1, &mut expected);
        assert!(pairs == expected, "step {step}: {} pairs, {} expected", pairs.len(), expected.len());
        most = most.max(pairs.len());
        let mut all = brute(&mesh, &positions, &reach);
        all.sort_unstable_by_key(|pair| (pair.kind, pair.vertices));
        pairs.sort_unstable_by_key(|pair| (pair.kind, pair.vertices));
        assert!(pairs == all);
    }
    assert!(most > 300, "{most}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(20), ..ProptestConfig::default() })]

    /// Crumpled at random, with reaches that differ from vertex to vertex, and a body among it.
    #[test]
    fn a_random_mesh_gives_the_pairs_of_brute_force(
        noise in prop::collection::vec(prop::array::uniform3(-0.02f64..0.02), 64),
        reach in prop::collection::vec(0.0f32..0.004, 68),
        body in prop::array::uniform4(prop::array::uniform3(0.0f64..0.07)),
    ) {
        let (triangles, mut positions) = sheet(7, 0.01, |u, v| [u, 0.0, v]);
        for (p, n) in positions.iter_mut().zip(&noise) {
            for k in 0..3 {
                p[k] += from_metres(n[k]).0;
            }
        }
        let tetrahedron = BodyMesh { vertices: 4, triangles: vec![[0, 1, 2], [0, 2, 3], [0, 3, 1], [1, 3, 2]], ..BodyMesh::default() };
        let mesh = ContactMesh::new(&triangles, &positions, 1e-3, &[tetrahedron]).unwrap();
        positions.extend(body.map(|b| b.map(|x| from_metres(x).0)));
        agrees(&mesh, &positions, &reach);
    }
}
