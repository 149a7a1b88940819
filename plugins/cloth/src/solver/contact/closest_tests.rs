//! Closest points against brute force in f64 (golden-section search, the problems are convex); special cases are asked for by name.

use super::*;
use proptest::prelude::*;

type D3 = [f64; 3];

fn sub(a: D3, b: D3) -> D3 {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}
fn dot(a: D3, b: D3) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}
fn mix(a: D3, b: D3, t: f64) -> D3 {
    [0, 1, 2].map(|k| a[k] + t * (b[k] - a[k]))
}
fn exact(v: V3) -> D3 {
    v.to_array().map(f64::from)
}

fn point_segment(p: D3, a: D3, b: D3) -> f64 {
    let u = sub(b, a);
    let t = if dot(u, u) > 0.0 { (dot(sub(p, a), u) / dot(u, u)).clamp(0.0, 1.0) } else { 0.0 };
    let d = sub(p, mix(a, b, t));
    dot(d, d).sqrt()
}

/// Golden-section search over one segment of the (convex) distance to another convex set.
fn least(f: impl Fn(f64) -> f64) -> f64 {
    let (mut lo, mut hi) = (0.0, 1.0);
    let g = 0.618_033_988_749_894_9;
    for _ in 0..90 {
        let (m1, m2) = (hi - g * (hi - lo), lo + g * (hi - lo));
        if f(m1) < f(m2) { hi = m2 } else { lo = m1 }
    }
    f(0.5 * (lo + hi)).min(f(0.0)).min(f(1.0))
}

fn brute_segments(a0: D3, a1: D3, b0: D3, b1: D3) -> f64 {
    least(|s| point_segment(mix(a0, a1, s), b0, b1))
}

fn brute_triangle(p: D3, a: D3, b: D3, c: D3) -> f64 {
    // Lines parallel to `ac`: the minimum over one variable of a jointly convex function is convex in the other.
    least(|u| {
        let start = mix(a, b, u);
        let end = [0, 1, 2].map(|k| start[k] + (1.0 - u) * (c[k] - a[k]));
        point_segment(p, start, end)
    })
}

fn v(x: f32, y: f32, z: f32) -> V3 {
    V3::new(x, y, z)
}

fn check_segments(a0: V3, a1: V3, b0: V3, b1: V3) -> Closest {
    let (u, w, z) = (a1.sub(a0), b1.sub(b0), a0.sub(b0));
    let c = segment_segment(u, w, z);
    // The reference uses the differences as the function got them.
    let reference = brute_segments(exact(z), sub(exact(z), exact(u).map(|x| -x)), [0.0; 3], exact(w));
    let size = exact(u).iter().chain(&exact(w)).chain(&exact(z)).fold(0.0f64, |m, x| m.max(x.abs()));
    let tolerance = 2e-6 * size + 1e-9;
    let distance = f64::from(c.distance_m2).sqrt();
    assert!((distance - reference).abs() < tolerance, "{distance} {reference} for {a0:?} {a1:?} {b0:?} {b1:?} {c:?}");
    check_weights(&c, [a0, a1, b0, b1], 1e-5 * size + 1e-9, [true, true, false, false]);
    c
}

fn check_triangle(p: V3, a: V3, b: V3, c: V3) -> Closest {
    let (ap, ab, ac) = (p.sub(a), b.sub(a), c.sub(a));
    let found = point_triangle(ap, ab, ac);
    let reference = brute_triangle(exact(ap), [0.0; 3], exact(ab), exact(ac));
    let size = exact(ap).iter().chain(&exact(ab)).chain(&exact(ac)).fold(0.0f64, |m, x| m.max(x.abs()));
    let distance = f64::from(found.distance_m2).sqrt();
    // In a needle's interior the parameters are noise, and an edge is taken: wrong by less than the needle's width.
    let width = 2.0 * f64::from(found.common_normal.length()) / size;
    // The thinner the triangle, the less its normal is worth.
    let thin = if width < 1e-3 * size { width } else { 1.2e-7 * size * size / width };
    let tolerance = 2e-6 * size + 1e-9 + thin;
    assert!((distance - reference).abs() < tolerance, "{distance} {reference} for {p:?} {a:?} {b:?} {c:?} {found:?}");
    check_weights(&found, [p, a, b, c], 1e-5 * size + 1e-9, [true, false, false, false]);
    found
}

/// Weights are a pair of points of the primitives, and their difference is the one that is reported.
fn check_weights(c: &Closest, x: [V3; 4], tolerance: f64, in_a: [bool; 4]) {
    let mut sum = [0.0f64; 2];
    let mut point = [0.0f64; 3];
    for k in 0..4 {
        let weight = f64::from(c.weights[k]);
        assert!(if in_a[k] { weight >= -2e-6 } else { weight <= 2e-6 }, "{c:?}");
        sum[usize::from(!in_a[k])] += weight;
        for axis in 0..3 {
            point[axis] += weight * exact(x[k].sub(x[3]))[axis];
        }
    }
    assert!((sum[0] - 1.0).abs() < 1e-6 && (sum[1] + 1.0).abs() < 1e-6, "{c:?}");
    let error = sub(point, exact(c.difference_m));
    assert!(dot(error, error).sqrt() < tolerance, "weights and difference disagree by {error:?}: {c:?}");
}

fn coordinate() -> impl Strategy<Value = f32> {
    prop_oneof![-0.05f32..0.05, Just(0.0f32), -1e-5f32..1e-5, prop::sample::select(vec![0.01f32, -0.01, 0.02])]
}
fn point() -> impl Strategy<Value = V3> {
    (coordinate(), coordinate(), coordinate()).prop_map(|(x, y, z)| v(x, y, z))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, max_global_rejects: 9000, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(20), ..ProptestConfig::default() })]

    #[test]
    fn segments_agree_with_brute_force(a0 in point(), a1 in point(), b0 in point(), b1 in point()) {
        check_segments(a0, a1, b0, b1);
    }

    #[test]
    fn triangles_agree_with_brute_force(p in point(), a in point(), b in point(), c in point()) {
        check_triangle(p, a, b, c);
    }

    /// Nearly parallel edges at a small distance: the case that breaks the textbook formula.
    #[test]
    fn nearly_parallel_segments(angle in -1e-4f32..1e-4, shift in -0.03f32..0.03, height in 1e-7f32..1e-3, tilt in -1e-4f32..1e-4) {
        let a = [v(0.0, 0.0, 0.0), v(0.016, 0.0, 0.0)];
        check_segments(a[0], a[1], v(shift, height, -0.008 * angle), v(shift + 0.016, height + 0.016 * tilt, 0.008 * angle));
    }

    /// At any distance down to a micrometre the normal separates: all vertices of A are on one side, all of B on the other.
    #[test]
    fn normals_separate_down_to_a_micrometre(a in point(), b in point(), c in point(), u in 0.1f32..0.8, w in 0.1f32..1.0, exponent in 3.0f32..6.0) {
        let w = w * (0.9 - u);
        let (ab, ac) = (b.sub(a), c.sub(a));
        let area = ab.cross(ac);
        prop_assume!(area.length() > 1e-5 && ab.length() < 0.1 && ac.length() < 0.1);
        let height = 10f32.powf(-exponent);
        let ap = ab.scale(u).add(ac.scale(w)).add(area.normalised_or(V3::ZERO).scale(height));
        let found = point_triangle(ap, ab, ac);
        let n = found.normal();
        for corner in [V3::ZERO, ab, ac] {
            prop_assert!(n.dot(ap.sub(corner)) > 0.5 * height - 2e-8, "{n:?} {found:?}");
        }
    }
}

#[test]
fn degenerate_segments() {
    let o = V3::ZERO;
    let (x, y) = (v(0.01, 0.0, 0.0), v(0.0, 0.01, 0.0));
    check_segments(o, o, o, o);
    check_segments(o, o, x, y);
    check_segments(x, y, o, o);
    check_segments(o, x, o, x);
    check_segments(o, x, x, o);
    check_segments(o, x, x.scale(2.0), x.scale(3.0));
    check_segments(o, x, x.scale(0.5), x.scale(3.0));
    let above = v(0.0, 0.0, 1e-6);
    let c = check_segments(x.neg(), x, y.neg().add(above), y.add(above));
    assert!(c.is_interior == 1.0 && c.normal().add(v(0.0, 0.0, 1.0)).length() < 1e-6, "{c:?}");
}

#[test]
fn degenerate_triangles() {
    let o = V3::ZERO;
    let (x, y) = (v(0.01, 0.0, 0.0), v(0.0, 0.01, 0.0));
    check_triangle(y, o, o, o);
    check_triangle(y, o, x, x.scale(2.0));
    check_triangle(v(0.005, 1e-6, 0.0), o, x, x.scale(0.5));
    check_triangle(o, o, x, y);
    let c = check_triangle(v(0.002, 0.002, -1e-6), o, x, y);
    assert!(c.is_interior == 1.0 && c.normal().add(v(0.0, 0.0, 1.0)).length() < 1e-6, "{c:?}");
}
