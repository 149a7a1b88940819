//! Liquids and air: what a plane cuts off a body, and what follows for its motion.

use bevy::math::{DQuat, DVec3, Vec3};
use rapier3d::prelude::{Pose, SharedShape, Vector};
use serde_json::{Value, json};

use super::{rigid, run_frames, shot, try_shot_in, world};
use crate::polyhedron::{HalfSpace, convex_pieces};
use crate::reference::ball_cap_m3;

fn below(normal: DVec3, offset_m: f64) -> HalfSpace {
    HalfSpace { normal, offset_m }
}

#[test]
fn clipped_volumes_are_exact_for_boxes_and_close_for_balls() {
    let brick = convex_pieces(&SharedShape::cuboid(0.5, 1.0, 1.5)).remove(0);
    assert!((brick.volume_m3().0 - 6.0).abs() < 1e-12);
    let (half, centroid) = brick.clone().clipped(&below(DVec3::Y, 0.25)).volume_m3();
    assert!((half - 1.25 * 3.0).abs() < 1e-12 && (centroid - DVec3::new(0.0, -0.375, 0.0)).length() < 1e-12);
    // A corner cut off by the plane x + y + z = s is a tetrahedron of volume d³/6.
    let unit = DVec3::ONE.normalize();
    let corner = brick.clone().clipped(&below(-unit, -(3.0 - 0.3) / 3_f64.sqrt()));
    assert!((corner.volume_m3().0 - 0.3_f64.powi(3) / 6.0).abs() < 1e-9, "{}", corner.volume_m3().0);
    assert_eq!(brick.clone().clipped(&below(DVec3::Y, -1.0)).volume_m3().0, 0.0);
    assert_eq!(brick.clone().clipped(&below(DVec3::Y, 1.0)), brick);
    let ball = convex_pieces(&SharedShape::ball(0.5)).remove(0);
    for depth_m in [0.1, 0.3, 0.5, 0.8, 1.0] {
        let cap = ball.clone().clipped(&below(DVec3::Y, depth_m - 0.5)).volume_m3().0;
        let exact = ball_cap_m3(0.5, depth_m);
        assert!((cap - exact).abs() < 0.02 * ball_cap_m3(0.5, 1.0), "{depth_m}: {cap} {exact}");
    }
}

#[test]
fn what_is_cut_apart_adds_up_again_whatever_the_plane() {
    let mut seed = kinema_core::Seed(4);
    let mut number = || f64::from(seed.unit_f32()) * 2.0 - 1.0;
    let piece = convex_pieces(&SharedShape::capsule_y(0.4, 0.3)).remove(0);
    for _ in 0..200 {
        let turned = piece.placed(DQuat::from_scaled_axis(DVec3::new(number(), number(), number()) * 3.0), DVec3::X);
        let normal = DVec3::new(number(), number(), number()).normalize();
        let offset_m = normal.x + 0.6 * number();
        let (low, low_at) = turned.clone().clipped(&below(normal, offset_m)).volume_m3();
        let (high, high_at) = turned.clone().clipped(&below(-normal, -offset_m)).volume_m3();
        let (whole, whole_at) = turned.volume_m3();
        assert!((low + high - whole).abs() < 1e-9, "{low} + {high} = {whole}");
        assert!((low_at * low + high_at * high - whole_at * whole).length() < 1e-9);
        let closed: DVec3 =
            turned.clone().clipped(&below(normal, offset_m)).faces.iter().map(|face| face.area_vector()).sum();
        assert!(closed.length() < 1e-9, "the faces close");
    }
}

#[test]
fn compounds_are_cut_piece_by_piece() {
    let two = SharedShape::compound(vec![
        (Pose::from_translation(Vector::new(-1.0, 0.0, 0.0)), SharedShape::cuboid(0.5, 0.5, 0.5)),
        (Pose::from_translation(Vector::new(1.0, 0.0, 0.0)), SharedShape::ball(0.5)),
    ]);
    let pieces = convex_pieces(&two);
    let volume: f64 = pieces.iter().map(|piece| piece.volume_m3().0).sum();
    assert!((volume - 1.0 - ball_cap_m3(0.5, 1.0)).abs() < 1e-6);
    assert!(convex_pieces(&SharedShape::halfspace(Vector::Y)).is_empty());
}

fn in_water(shape: Value, density_kg_m3: f64, place: [f64; 3], water: Value) -> crate::RigidWorld {
    let body = json!({ "shape": shape, "density_kg_m3": density_kg_m3, "angular_damping": 1.0, "linear_damping": 1.0 });
    let water = json!({ "id": "water", "part": { "Fluid": water } });
    let shot = shot(600, json!([water, rigid("body", place, [0.0, 0.0, 20.0], body)]));
    let mut world = world(&shot);
    run_frames(&mut world, 600);
    world
}

#[test]
fn bodies_float_at_their_draft_sink_or_rise() {
    let ball = json!({ "Ball": { "radius_m": 0.5 } });
    let half = in_water(ball.clone(), 500.0, [0.0, 0.3, 0.0], json!({}));
    assert!(half.poses()[0].position_m[1].abs() < 0.005, "{:?}", half.poses()[0]);
    // A plank on its edge lies down.
    let plank = in_water(json!({ "Box": { "size_m": [0.2, 1.0, 1.0] } }), 400.0, [0.0, 0.0, 0.0], json!({}));
    let axis = plank.poses()[0].to_transform(Vec3::ONE).rotation * Vec3::X;
    assert!(axis.y.abs() > 0.99, "{axis}");
    let stone = in_water(ball.clone(), 2000.0, [0.0, -1.0, 0.0], json!({}));
    assert!(stone.poses()[0].position_m[1] < -5.0);
    // Beside a pool and below its floor there is no water.
    for place in [[3.0, -1.0, 0.0], [0.0, -6.0, 0.0]] {
        let dry = in_water(ball.clone(), 500.0, place, json!({ "size_m": [4.0, 4.0], "depth_m": 5.0 }));
        assert!(dry.poses()[0].position_m[1] < place[1] as f32 - 5.0);
    }
    let drifting = in_water(ball, 500.0, [0.0; 3], json!({ "flow_m_s": [2.0, 0.0, 0.0], "drag_coefficient": 50.0 }));
    // The body's own damping holds it back a little.
    assert!((1.6..2.0).contains(&drifting.velocities()[0].linear_m_s[0]), "{:?}", drifting.velocities()[0]);
}

#[test]
fn a_tide_lifts_what_floats() {
    let ball = rigid(
        "ball",
        [0.0; 3],
        [0.0; 3],
        json!({ "shape": { "Ball": { "radius_m": 0.5 } }, "density_kg_m3": 500.0, "linear_damping": 2.0 }),
    );
    let water = json!({ "id": "water", "part": { "Fluid": {} } });
    let tracks = json!([{ "target": "water/position/y", "keys": [{ "frame": 0, "value": 0.0 }, { "frame": 300, "value": 2.0 }] }]);
    let shot = try_shot_in(std::path::Path::new("."), 900, json!([water, ball]), tracks).expect("a valid shot");
    let mut world = world(&shot);
    run_frames(&mut world, 900);
    assert!((world.poses()[0].position_m[1] - 2.0).abs() < 0.01, "{:?}", world.poses()[0]);
}

/// The speed that a body dropped in air reaches.
fn fall_speed(shape: Value, drag: Value, wind: Option<Value>) -> Vec3 {
    let body = json!({ "shape": shape, "mass_kg": 0.5, "air_drag": drag });
    let mut parts = vec![rigid("body", [0.0, 100.0, 0.0], [0.0; 3], body)];
    parts.extend(wind.map(|flow| json!({ "id": "wind", "part": { "Wind": { "flow": flow } } })));
    let shot = shot(600, json!(parts));
    let mut world = world(&shot);
    run_frames(&mut world, 600);
    Vec3::from_array(world.velocities()[0].linear_m_s)
}

#[test]
fn terminal_speeds_are_those_of_the_drag_equation_and_wind_carries() {
    let terminal = |coefficient: f32, area_m2: f32| (2.0 * 0.5 * 9.81 / (1.225 * coefficient * area_m2)).sqrt();
    let ball = json!({ "Ball": { "radius_m": 0.3 } });
    let with_area = fall_speed(ball.clone(), json!({ "coefficient": 0.47, "area_m2": 0.5 }), None);
    assert!((-with_area.y / terminal(0.47, 0.5) - 1.0).abs() < 1e-3, "{with_area}");
    // Of its own faces a box turns exactly one to the air, a ball a disc.
    let plate = fall_speed(json!({ "Box": { "size_m": [1.0, 0.1, 0.5] } }), json!({ "coefficient": 1.2 }), None);
    assert!((-plate.y / terminal(1.2, 0.5) - 1.0).abs() < 1e-3, "{plate}");
    let round = fall_speed(ball.clone(), json!({ "coefficient": 0.47 }), None);
    assert!((-round.y / terminal(0.47, std::f32::consts::PI * 0.09) - 1.0).abs() < 0.02, "{round}");
    let blown = fall_speed(ball.clone(), json!({}), Some(json!({ "Uniform": { "velocity_m_s": [8.0, 0.0, 0.0] } })));
    assert!((blown.x - 8.0).abs() < 0.1, "{blown}");
    let lifted = fall_speed(ball.clone(), json!({}), Some(json!({ "Uniform": { "velocity_m_s": [0.0, 30.0, 0.0] } })));
    assert!(lifted.y > 15.0, "{lifted}");
    let vacuum = fall_speed(ball, json!({ "coefficient": 0.0 }), None);
    assert!((vacuum.y + 98.1).abs() < 0.1, "{vacuum}");
}
