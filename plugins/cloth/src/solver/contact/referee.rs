//! An independent judge for tests and measurements: which edges of a mesh pass through which triangles, in f64, all pairs (boxes first).
//!
//! It shares nothing with the solver: no grid, no distances, no f32. Signs of volumes that rounding could have turned count as an intersection,
//! so it errs against the solver.

type D3 = [f64; 3];

fn sub(a: D3, b: D3) -> D3 {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}
fn cross(a: D3, b: D3) -> D3 {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}
fn dot(a: D3, b: D3) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// Six times the signed volume, rounded to zero within its error.
fn volume(a: D3, b: D3, c: D3, d: D3) -> f64 {
    let (u, v, w) = (sub(b, a), sub(c, a), sub(d, a));
    let size = [u, v, w].iter().flatten().fold(0.0f64, |m, x| m.max(x.abs()));
    let value = dot(cross(u, v), w);
    if value.abs() < 1e-15 * size * size * size { 0.0 } else { value }
}

/// Whether the segment meets the triangle. Coplanar ones are left to the edges of neighbours.
pub fn segment_meets_triangle(p: D3, q: D3, t: [D3; 3]) -> bool {
    let (above, below) = (volume(t[0], t[1], t[2], p), volume(t[0], t[1], t[2], q));
    if above * below > 0.0 || (above == 0.0 && below == 0.0) {
        return false;
    }
    let sides = [volume(p, q, t[0], t[1]), volume(p, q, t[1], t[2]), volume(p, q, t[2], t[0])];
    sides.iter().all(|s| *s >= 0.0) || sides.iter().all(|s| *s <= 0.0)
}

/// Pairs (edge, triangle) that meet and share no vertex, at `x` metres.
pub fn intersections(x: &[D3], edges: &[[u32; 2]], triangles: &[[u32; 3]]) -> Vec<(usize, usize)> {
    let bounds = |v: &[u32]| {
        let mut b = [[f64::MAX; 3], [f64::MIN; 3]];
        for i in v {
            for k in 0..3 {
                b[0][k] = b[0][k].min(x[*i as usize][k]);
                b[1][k] = b[1][k].max(x[*i as usize][k]);
            }
        }
        b
    };
    // Sorted along x, so that folded sheets of thousands of triangles are still quick.
    let mut boxes: Vec<_> = triangles.iter().enumerate().map(|(i, t)| (bounds(t), i)).collect();
    boxes.sort_by(|a, b| a.0[0][0].total_cmp(&b.0[0][0]));
    let widest = boxes.iter().fold(0.0f64, |m, (b, _)| m.max(b[1][0] - b[0][0]));
    let mut met = Vec::new();
    for (e, edge) in edges.iter().enumerate() {
        let b = bounds(edge);
        let first = boxes.partition_point(|(t, _)| t[0][0] < b[0][0] - widest);
        for (t, i) in boxes[first..].iter().take_while(|(t, _)| t[0][0] <= b[1][0]) {
            let apart = (0..3).any(|k| t[0][k] > b[1][k] || b[0][k] > t[1][k]);
            let corners = triangles[*i];
            if apart || edge.iter().any(|v| corners.contains(v)) {
                continue;
            }
            if segment_meets_triangle(x[edge[0] as usize], x[edge[1] as usize], corners.map(|v| x[v as usize])) {
                met.push((e, *i));
            }
        }
    }
    met
}

#[test]
fn the_judge_knows_a_cross_from_a_miss() {
    let t = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
    assert!(segment_meets_triangle([0.2, 0.2, -1.0], [0.2, 0.2, 1.0], t));
    assert!(!segment_meets_triangle([0.8, 0.8, -1.0], [0.8, 0.8, 1.0], t));
    assert!(!segment_meets_triangle([0.2, 0.2, 0.1], [0.2, 0.2, 1.0], t));
}
