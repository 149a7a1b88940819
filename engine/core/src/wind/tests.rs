use std::f64::consts::TAU;
use std::path::Path;

use bevy_math::Vec3;
use bevy_transform::components::{GlobalTransform, Transform};

use super::*;
use crate::load::{Format, parse_shot};
use crate::registry::PartRegistry;

fn gusts(seed: u32) -> WindSource {
    let flow = WindFlow::Gusty { velocity_m_s: [4.0, 0.0, 1.0], gust_m_s: 2.0, length_m: 3.0, seed };
    WindSource::new(&Wind { flow, strength: 1.0 }, &GlobalTransform::IDENTITY, 7)
}

fn vortex() -> WindSource {
    let flow = WindFlow::Vortex { peak_speed_m_s: 10.0, core_radius_m: 0.5, updraft_m_s: 3.0 };
    let place = Transform::from_xyz(1.0, 2.0, 3.0).with_rotation(Quat::from_rotation_x(0.4));
    WindSource::new(&Wind { flow, strength: 1.0 }, &place.into(), 0)
}

#[test]
fn the_sine_of_turns_is_a_sine() {
    for step in -2000..2000 {
        let turns = f64::from(step) * 0.001_37;
        let error = f64::from(sin_turns(turns as f32)) - (TAU * f64::from(turns as f32)).sin();
        assert!(error.abs() < 5e-6, "{turns}: {error}");
    }
}

#[test]
fn gusts_have_the_mean_and_the_strength_that_were_asked_for() {
    let source = gusts(0);
    let (mut sum, mut squares, mut count) = (Vec3::ZERO, 0.0_f64, 0.0_f64);
    for x in 0..60 {
        for z in 0..60 {
            for time in 0..6 {
                let position = Vec3::new(x as f32 * 1.7, (x + z) as f32 * 0.9, z as f32 * 2.3);
                let gust = source.velocity_m_s(position, f64::from(time) * 11.0) - source.mean_m_s;
                sum += gust;
                squares += f64::from(gust.length_squared());
                count += 1.0;
            }
        }
    }
    assert!((sum / count as f32).length() < 0.1, "{}", sum / count as f32);
    assert!(((squares / count).sqrt() - 2.0).abs() < 0.1, "{}", (squares / count).sqrt());
}

#[test]
fn air_is_neither_made_nor_lost() {
    for source in [gusts(3), vortex()] {
        for step in 0..200 {
            let place = Vec3::new(step as f32 * 0.37 - 20.0, (step % 7) as f32, (step % 13) as f32);
            let slope = |axis: Vec3| {
                let at = |offset: f32| source.velocity_m_s(place + axis * offset, 2.0).dot(axis);
                (at(0.01) - at(-0.01)) / 0.02
            };
            let divergence = slope(Vec3::X) + slope(Vec3::Y) + slope(Vec3::Z);
            // Of gradients of about 10 per second, by differences of single precision.
            assert!(divergence.abs() < 0.02, "{divergence} at {place}");
        }
    }
}

#[test]
fn a_vortex_turns_fastest_at_its_core_radius_and_lifts_in_its_middle() {
    let source = vortex();
    let from_axis = |radius_m: f32| source.center_m + Vec3::X * radius_m + source.axis * 1.3;
    let swirl = |radius_m: f32| source.velocity_m_s(from_axis(radius_m), 0.0).reject_from_normalized(source.axis);
    assert!((swirl(0.5).length() - 10.0).abs() < 1e-4);
    assert!(swirl(0.4).length() < 10.0 && swirl(0.6).length() < 10.0);
    assert!(swirl(0.5).dot(source.axis.cross(Vec3::X)) > 9.9, "counter-clockwise from above");
    assert!((source.velocity_m_s(from_axis(0.0), 5.0) - source.axis * 3.0).length() < 1e-4);
}

#[test]
fn gusts_travel_with_the_mean_wind() {
    // Slow gusts keep their form over a short while.
    let source = WindSource { gust_m_s: 0.001, ..gusts(1) };
    let place = Vec3::new(0.3, 1.0, -0.7);
    let moved = place + source.mean_m_s * 0.5;
    let (here, there) = (source.velocity_m_s(place, 10.0), source.velocity_m_s(moved, 10.5));
    assert!((here - there).length() < 1e-5, "{here} {there}");
}

#[test]
fn seeds_parts_and_tracks_decide_what_blows() {
    let mut registry = PartRegistry::default();
    registry.register::<Wind>();
    let field = |seed: u32, id: &str, frame: f64| {
        let text = format!(
            r#"(schema: 1, seed: {seed}, timeline: (rate: "24/1", frames: 48), output: (width: 8, height: 8),
            parts: [(id: "{id}", rotation_deg: (0, 90, 0),
                part: Wind(flow: Gusty(velocity_m_s: (5, 0, 0), gust_m_s: 1, length_m: 2)))],
            tracks: [(target: "{id}/strength", keys: [(frame: 0, value: 0), (frame: 24, value: 2)])])"#
        );
        let shot = parse_shot(text.as_bytes(), Path::new("a.shot.ron"), Format::Ron, &registry);
        WindField::of_shot(&shot.unwrap_or_else(|error| panic!("{error}")), frame)
    };
    let place = Vec3::new(1.0, 2.0, 3.0);
    let blown = |field: WindField| field.velocity_m_s(place, 1.0);
    assert_eq!(blown(field(1, "a", 0.0)), Vec3::ZERO);
    assert!(
        (field(1, "a", 12.0).sources[0].mean_m_s - Vec3::new(0.0, 0.0, -5.0)).length() < 1e-5,
        "turned with the part"
    );
    assert_eq!(blown(field(1, "a", 24.0)), blown(field(1, "a", 24.0)));
    assert_ne!(blown(field(1, "a", 24.0)), blown(field(2, "a", 24.0)));
    assert_ne!(blown(field(1, "a", 24.0)), blown(field(1, "b", 24.0)));
}
