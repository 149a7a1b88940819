//! Crowds: everybody is somebody else, stands on the ground, and is where the frame says.

use bevy::math::Vec3;

use super::{messages_of, wardrobe};
use crate::{
    batch::Batch,
    character::{Constraints, Span},
    crowd::{Cast, Crowd},
};

const SECS_PER_FRAME: f64 = 1.0 / 24.0;

fn batch() -> Batch {
    let wardrobe = wardrobe();
    Batch::new(wardrobe.basis.clone(), wardrobe.basis.template.len(), 2).expect("the basis fits")
}

#[test]
fn two_hundred_people_are_all_different_and_stand_on_the_ground() {
    let crowd = Crowd { count: 200, area_m: [16.0, 12.0], ..Crowd::default() };
    let start = std::time::Instant::now();
    let mut cast = Cast::new(wardrobe(), &crowd);
    let made = start.elapsed();
    let mut batch = batch();
    let start = std::time::Instant::now();
    let [skin, cloth] = cast.vertices(&mut batch, 1.0, SECS_PER_FRAME);
    println!("200 people: made in {made:.2?}, a frame in {:.2?}", start.elapsed());
    assert_eq!(cast.len(), 200);
    let mut all = 0;
    for (mesh, vertices) in [&skin, &cloth].into_iter().enumerate() {
        assert_eq!(vertices.positions.len(), cast.colours[mesh].len());
        assert!(cast.indices[mesh].iter().all(|&index| (index as usize) < vertices.positions.len()));
        assert!(vertices.positions.iter().chain(&vertices.normals).flatten().all(|x| x.is_finite()));
        all += vertices.positions.len();
    }
    assert!(all <= 200 * 1500, "{all} vertices");
    let each = cloth.positions.len() / 200;
    let mut heights = Vec::new();
    for person in cloth.positions.chunks(each) {
        let (low, high) = person.iter().fold((f32::MAX, f32::MIN), |(low, high), p| (low.min(p[1]), high.max(p[1])));
        assert!(low.abs() < 0.03, "soles at {low} m");
        heights.push(high);
        let middle = person.iter().map(|&p| Vec3::from_array(p)).sum::<Vec3>() / each as f32;
        assert!(middle.x.abs() < 8.5 && middle.z.abs() < 6.5, "{middle}");
    }
    heights.sort_by(f32::total_cmp);
    assert!(heights[190] - heights[10] > 0.15, "people differ in height: {heights:?}");
    heights.dedup();
    assert!(heights.len() > 195, "and nobody is there twice");
    let colours: std::collections::BTreeSet<[u32; 4]> =
        cast.colours[0].iter().step_by(each).map(|c| c.map(f32::to_bits)).collect();
    assert!(colours.len() > 100);
}

#[test]
fn a_crowd_is_a_function_of_its_settings_and_time() {
    let crowd = Crowd {
        count: 7,
        people: Constraints { age_years: Some(Span::new(5.0, 90.0)), ..Constraints::default() },
        ..Crowd::default()
    };
    let mut batch = batch();
    let mut travelled = Cast::new(wardrobe(), &crowd);
    for frame in 0..5 {
        travelled.vertices(&mut batch, f64::from(frame), SECS_PER_FRAME);
    }
    let later = travelled.vertices(&mut batch, 9.0, SECS_PER_FRAME);
    let mut direct = Cast::new(wardrobe(), &crowd);
    assert!(direct.vertices(&mut batch, 9.0, SECS_PER_FRAME) == later);
    assert!(direct.vertices(&mut batch, 9.4, SECS_PER_FRAME) != later, "people move");
    let other = Crowd { seed: 2, ..crowd };
    assert!(Cast::new(wardrobe(), &other).vertices(&mut batch, 9.0, SECS_PER_FRAME) != later);
}

#[test]
fn what_a_crowd_cannot_be_is_said() {
    assert_eq!(messages_of("Crowd(count: 200)"), "");
    for (crowd, expected) in [
        ("count: 0", "1"),
        ("count: 2000", "1000"),
        ("area_m: (0, 4)", "outside of 0.5 to 1000"),
        ("expressive: 2", "outside of 0 to 1"),
        ("people: (age_years: Some((least: 30, most: 20)))", "30 is more than 20"),
        ("people: (tone: Some((least: 0, most: 3)))", "outside of 0 to 1"),
        ("detail: Full", "Full"),
    ] {
        let message = messages_of(&format!("Crowd({crowd})"));
        assert!(message.contains(expected), "{crowd}: {message}");
    }
}
