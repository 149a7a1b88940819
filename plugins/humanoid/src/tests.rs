//! People as parts of shots and in a bare app.

use std::path::Path;

use bevy::app::App;
use kinema_core::{Format, PartRegistry, ShotPart, parse_shot};

use crate::{
    Human, HumanoidPlugin,
    agreement::basis,
    bones::BONES,
    figure::{Figure, Layer},
    look::detail::Level,
    wardrobe::Wardrobe,
};

mod crowds;
mod face_on_the_body;
mod figures;
mod hair_on_the_head;
mod motion_of_hands_and_eyes;
mod motion_on_the_body;

fn registry() -> PartRegistry {
    let mut app = App::new();
    app.add_plugins(HumanoidPlugin);
    app.world().resource::<PartRegistry>().clone()
}

pub fn messages(human: &str) -> String {
    messages_in(Path::new(""), human)
}

pub fn messages_in(folder: &Path, human: &str) -> String {
    messages_about(folder, &format!("Human({human})"))
}

fn messages_of(part: &str) -> String {
    messages_about(Path::new(""), part)
}

fn messages_about(folder: &Path, part: &str) -> String {
    let text = format!(
        "(schema: 1, timeline: (rate: \"24/1\", frames: 10), output: (width: 64, height: 64), parts: [(id: \"ann\", part: {part})])"
    );
    match parse_shot(text.as_bytes(), &folder.join("a.shot.ron"), Format::Ron, &registry()) {
        Ok(_) => String::new(),
        Err(diagnostics) => diagnostics.to_string(),
    }
}

#[test]
fn a_person_needs_no_settings_and_takes_all() {
    assert_eq!(messages(""), "");
    let all = "phenotype: (age: 0.8), rest: TPose, pose: {\"head\": (1, 2, 3)}, face: {\"jawOpen\": 0.4}, smile: 0.5, local: {\"nose-hump-incr\": 0.5}, \
        action_units: {\"AU12L\": 0.5}, emotion: (fear: 0.5), gaze: (distance_m: 0.6), idle: (glances: 1), \
        micro: (keys: [(at: Frame(12), emotion: Some(Contempt), part: Lower)], leak: (emotion: Anger, per_minute: 4)), \
        speech: (source: Phonemes(phonemes: [(\"HH\", 0, 0.1), (\"AY1\", 0.1, 0.4)]), start_secs: 1.5)";
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
        ("action_units: {\"AU3\": 0.5}", "no action unit `AU3`"),
        ("action_units: {\"AU12l\": 0.5}", "did you mean `AU12"),
        ("action_units: {\"AU12\": 1.5}", "1.5 is outside of 0 to 1"),
        ("emotion: (hapiness: 0.5)", "happiness"),
        ("emotion: (fear: -1)", "outside of 0 to 1"),
        ("gaze: (distance_m: 0)", "outside of 0.1 to 1000"),
        ("idle: (glances: 3)", "outside of 0 to 2"),
        ("micro: (leak: (per_minute: 99))", "outside of 0 to 30"),
        ("micro: (keys: [(emotion: Some(Fear), onset_ms: 300, offset_ms: 300)])", "lasts 640 ms, outside of 40 to 500"),
        ("micro: (keys: [(intensity: 0.5)])", "it shows nothing"),
        ("micro: (keys: [(at: Secs(1e9), emotion: Some(Fear))])", "not a time"),
        ("speech: (source: Phonemes(phonemes: [(\"AAA\", 0, 0.1)]))", "no phoneme `AAA`"),
        ("speech: (source: Phonemes(phonemes: [(\"AA\", 0.2, 0.1)]))", "a sound ends after it starts"),
        ("speech: (source: Phonemes(phonemes: [(\"AA\", 0, 0.2), (\"M\", 0.1, 0.3)]))", "without overlap"),
        ("speech: (source: Wav(file: \"no_such.wav\"))", "no_such.wav"),
    ] {
        let message = messages(human);
        assert!(message.contains(expected), "{human}: {message}");
    }
}

#[test]
fn bone_names_are_the_basis_and_every_bone_face_and_slider_has_a_property() {
    assert_eq!(basis().skeleton.names, BONES);
    let names: Vec<String> = Human::properties().iter().map(|property| property.info().name.to_string()).collect();
    for name in [
        "face/jawOpen",
        "pose/wrist.L/y",
        "phenotype/age",
        "gaze/yaw_deg",
        "head/roll_deg",
        "smile",
        "blink",
        "au/AU12",
        "au/AU1L",
        "emotion/fear",
    ] {
        assert!(names.iter().any(|known| known == name), "{name}");
    }
    let mut unique = names.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), names.len());
}

/// What people share, loaded once for all tests.
pub fn wardrobe() -> std::sync::Arc<Wardrobe> {
    static WARDROBE: std::sync::OnceLock<std::sync::Arc<Wardrobe>> = std::sync::OnceLock::new();
    let load = || std::sync::Arc::new(Wardrobe::load().unwrap_or_else(|error| panic!("{error}")));
    WARDROBE.get_or_init(load).clone()
}

fn figure() -> Figure {
    Figure::new(wardrobe(), kinema_core::Seed(3))
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
    assert_eq!(travelled.hair(3), direct.hair(3));
    assert_eq!(travelled.short_hair(), direct.short_hair());
}

#[test]
fn a_person_at_a_low_level_is_the_same_person_with_few_vertices() {
    let mut human = Human::default();
    human.phenotype.weight = 0.9;
    human.pose.insert("lowerarm01.L".to_owned(), [0.0, 60.0, 0.0]);
    let mut full = figure();
    full.set(&human, 1.0);
    for (level, most) in [(Level::High, 12_500), (Level::Medium, 4_200), (Level::Low, 1_500)] {
        let mut reduced = figure();
        assert!(reduced.set_level(level) && !reduced.set_level(level));
        reduced.set(&human, 1.0);
        let mut count: usize = reduced.balls().iter().map(|ball| ball.positions.len()).sum();
        for layer in Layer::ALL {
            let vertices = reduced.vertices(layer);
            assert!(layer > Layer::Hands || reduced.hair_shade(layer).len() == vertices.positions.len());
            count += vertices.positions.len();
            assert_eq!(vertices.positions.len(), reduced.colours(layer).len(), "{level:?} {layer:?}");
            assert!(reduced.indices(layer).iter().all(|&i| (i as usize) < vertices.positions.len()));
            assert!(vertices.positions.iter().flatten().all(|x| x.is_finite()));
            if let Some(chart) = reduced.chart(layer) {
                assert_eq!(chart.template.len(), vertices.positions.len());
            }
            if let (Level::High, Layer::Suit | Layer::Head) = (level, layer) {
                // Every vertex of the reduced surface lies where one of the full surface is.
                let near = full.vertices(layer).positions;
                let far = |p: &[f32; 3]| {
                    let p = bevy::math::Vec3::from_array(*p);
                    near.iter().map(|q| p.distance(bevy::math::Vec3::from_array(*q))).fold(f32::MAX, f32::min)
                };
                let worst = vertices.positions.iter().step_by(37).map(far).fold(0.0, f32::max);
                assert!(worst < 0.004, "{layer:?}: {worst} m");
            }
        }
        println!("{level:?}: {count} vertices");
        assert!(count <= most && count * 3 > most * 2, "{level:?} has {count} vertices");
        assert!(reduced.set_level(Level::Full));
        for layer in Layer::ALL {
            assert_eq!(reduced.vertices(layer), full.vertices(layer), "{layer:?}");
        }
    }
}
