//! People as parts of shots and in a bare app.

use std::path::Path;

use bevy::app::App;
use kinema_core::{Format, PartRegistry, ShotPart, parse_shot};

use crate::{
    Human, HumanoidPlugin,
    agreement::basis,
    bones::BONES,
    figure::{Figure, Layer},
    wardrobe::Wardrobe,
};

fn registry() -> PartRegistry {
    let mut app = App::new();
    app.add_plugins(HumanoidPlugin);
    app.world().resource::<PartRegistry>().clone()
}

fn messages(human: &str) -> String {
    let text = format!(
        "(schema: 1, timeline: (rate: \"24/1\", frames: 10), output: (width: 64, height: 64), parts: [(id: \"ann\", part: Human({human}))])"
    );
    match parse_shot(text.as_bytes(), Path::new("a.shot.ron"), Format::Ron, &registry()) {
        Ok(_) => String::new(),
        Err(diagnostics) => diagnostics.to_string(),
    }
}

#[test]
fn a_person_needs_no_settings_and_takes_all() {
    assert_eq!(messages(""), "");
    let all = "phenotype: (age: 0.8), rest: TPose, pose: {\"head\": (1, 2, 3)}, face: {\"jawOpen\": 0.4}, smile: 0.5, local: {\"nose-hump-incr\": 0.5}";
    assert_eq!(messages(all), "");
}

#[test]
fn wrong_names_and_numbers_are_named_with_the_nearest_valid_one() {
    for (human, expected) in [
        ("pose: {\"haed\": (0, 0, 0)}", "head"),
        ("face: {\"jawOpn\": 0.1}", "jawOpen"),
        ("local: {\"nose-hump-inc\": 0.1}", "nose-hump-incr"),
        ("face: {\"jawOpen\": 1.5}", "1.5 is outside of 0 to 1"),
        ("phenotype: (age: 2.0)", "from -0.334 to 1"),
        ("gaze: (yaw_deg: 90.0)", "outside of -40 to 40"),
        ("suit: (colour: (2.0, 0, 0), roughness: 0.5)", "outside of"),
        ("nude: true", "nude"),
    ] {
        let message = messages(human);
        assert!(message.contains(expected), "{human}: {message}");
    }
}

#[test]
fn bone_names_are_the_basis_and_every_bone_face_and_slider_has_a_property() {
    assert_eq!(basis().skeleton.names, BONES);
    let names: Vec<String> = Human::properties().iter().map(|property| property.info().name.to_string()).collect();
    for name in ["face/jawOpen", "pose/wrist.L/y", "phenotype/age", "gaze/yaw_deg", "head/roll_deg", "smile", "blink"] {
        assert!(names.iter().any(|known| known == name), "{name}");
    }
    let mut unique = names.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), names.len());
}

fn figure() -> Figure {
    static WARDROBE: std::sync::OnceLock<std::sync::Arc<Wardrobe>> = std::sync::OnceLock::new();
    let wardrobe =
        WARDROBE.get_or_init(|| std::sync::Arc::new(Wardrobe::load().unwrap_or_else(|error| panic!("{error}"))));
    Figure::new(wardrobe.clone(), kinema_core::Seed(3))
}

#[test]
fn everybody_stands_on_the_ground_dressed_and_finite() {
    for age in [-0.33, 0.0, 0.33, 0.66, 1.0] {
        for weight in [0.0, 1.0] {
            let mut human = Human::default();
            human.phenotype.age = age;
            human.phenotype.weight = weight;
            human.smile = 1.0;
            human.pose.insert("lowerleg01.L".to_owned(), [40.0, 0.0, 0.0]);
            let mut figure = figure();
            figure.set(&human, 1.7);
            for layer in Layer::ALL {
                let vertices = figure.vertices(layer);
                assert_eq!(vertices.positions.len(), figure.colours(layer).len());
                assert!(
                    vertices.positions.iter().chain(&vertices.normals).flatten().all(|x| x.is_finite()),
                    "{layer:?}"
                );
                assert!(figure.indices(layer).iter().all(|&i| (i as usize) < vertices.positions.len()));
                assert!(!figure.indices(layer).is_empty(), "{layer:?} is drawn");
            }
            let shoes = figure.vertices(Layer::Shoes).positions;
            let lowest = shoes.iter().map(|p| p[1]).fold(f32::MAX, f32::min);
            assert!(lowest.abs() < 0.006, "age {age}: the lowest point of the shoes is at {lowest} m");
        }
    }
}

#[test]
fn a_frame_is_a_function_of_settings_and_time() {
    let mut travelled = figure();
    let mut human = Human::default();
    for frame in 0..30 {
        human.smile = frame as f32 / 30.0;
        travelled.set(&human, f64::from(frame) / 24.0);
    }
    let mut direct = figure();
    direct.set(&human, 29.0 / 24.0);
    for layer in Layer::ALL {
        assert_eq!(travelled.vertices(layer), direct.vertices(layer), "{layer:?}");
    }
    assert_eq!(travelled.hair(), direct.hair());
}
