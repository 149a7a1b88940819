//! Shapes: distances against a search over their surface, friction on an incline, bounded recovery.

use super::*;
use proptest::prelude::*;

/// For cores whose surface is easy to sample: the distance is the least to the samples, and the gradient is the normal.
fn check_gradient(core: Core, p: V3) {
    let (d, n) = core.distance(p);
    let h = 1e-3;
    let at = |q: V3| f64::from(core.distance(q).0);
    let gradient = [V3::new(h, 0.0, 0.0), V3::new(0.0, h, 0.0), V3::new(0.0, 0.0, h)]
        .map(|e| ((at(p.add(e)) - at(p.sub(e))) / (2.0 * f64::from(h))) as f32);
    let error = V3::from_array(gradient).sub(n).length();
    assert!(
        error < 0.02 || (n.length() - 1.0).abs() < 1e-5 && is_near_ridge(core, p),
        "{core:?} {p:?}: {n:?} {gradient:?} at {d}"
    );
}

/// Where the nearest surface point is about to change the gradient jumps and differences tell nothing.
fn is_near_ridge(core: Core, p: V3) -> bool {
    let n = core.distance(p).1;
    (0..6).any(|k| {
        let mut e = [0.0; 3];
        e[k / 2] = if k % 2 == 0 { 2e-3 } else { -2e-3 };
        core.distance(p.add(V3::from_array(e))).1.sub(n).length() > 0.02
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(20), ..ProptestConfig::default() })]
    #[test]
    fn normals_are_gradients_of_distances(x in -0.5f32..0.5, y in -0.5f32..0.5, z in -0.5f32..0.5) {
        let p = V3::new(x, y, z);
        for core in [
            Core::Point,
            Core::HalfSpace,
            Core::Segment { half_length_m: 0.2 },
            Core::Box { half_size_m: V3::new(0.1, 0.2, 0.3) },
            Core::Cylinder { radius_m: 0.2, half_length_m: 0.1 },
        ] {
            check_gradient(core, p);
        }
    }
}

fn slide(angle: f64, friction: f32, secs: f64) -> f64 {
    let dt = 1.0f32 / 1200.0;
    let mut plane = Body::new(Core::HalfSpace, 0.0, [0.0; 3], friction);
    plane.axes = axes_with_second_along(V3::new(-angle.sin() as f32, angle.cos() as f32, 0.0));
    let start = plane.axes[1].scale(5e-4);
    let (mut q, mut rest, mut velocity) = ([0i32; 3], start, V3::ZERO);
    for _ in 0..(secs * 1200.0) as usize {
        let predicted = velocity.add(V3::new(0.0, -9.81 * dt, 0.0)).scale(dt);
        let mut touch = Touch::default();
        let d = push_off(
            &plane,
            Moving { q, rest_m: rest, displacement_m: predicted },
            5e-4,
            plane.friction,
            dt,
            &mut touch,
        );
        velocity = d.scale(1.0 / dt);
        let offset = rest.add(d).to_array().map(split);
        for k in 0..3 {
            q[k] += offset[k].0;
        }
        rest = V3::from_array(offset.map(|o| o.1));
    }
    let moved = difference(q, rest, [0; 3], start);
    f64::from(moved.length())
}

/// s = g (sin a - mu cos a) t^2 / 2 beyond the angle of friction, nothing below it.
#[test]
fn a_particle_slides_as_coulomb_says() {
    for angle_deg in [20.0f64, 35.0, 50.0] {
        let a = angle_deg.to_radians();
        for friction in [0.1f32, 0.3, 0.5, 1.0] {
            let expected = (0.5 * 9.81 * (a.sin() - f64::from(friction) * a.cos()) * 0.25).max(0.0);
            let s = slide(a, friction, 0.5);
            // The first substep begins at rest, which costs one in 600 of the time.
            assert!((s - expected).abs() < 0.005 * expected + 1e-6, "{angle_deg} {friction}: {s} {expected}");
        }
    }
}

/// A sphere that jumps onto a vertex brings it out at its recovery speed, and no faster.
#[test]
fn recovery_is_bounded() {
    let dt = 1.0f32 / 600.0;
    let mut ball = Body::new(Core::Point, 0.5, [0.1, 0.0, 0.0], 0.5);
    // It says it came a metre in this substep.
    ball.velocity_m_s = V3::new(600.0, 0.0, 0.0);
    let mut d = V3::ZERO;
    for _ in 0..3 {
        d = push_off(
            &ball,
            Moving { q: [0; 3], rest_m: V3::ZERO, displacement_m: d },
            1e-3,
            0.5,
            dt,
            &mut Touch::default(),
        );
    }
    assert!(d.x < 0.0 && d.length() < 1.01 * ball.recovery_m_s * dt, "{d:?}");
}
