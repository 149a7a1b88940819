//! A person in a dress, without drawing: a dress is drafted for the body of a woman, sewn and draped on her, and swings as she walks.
//!
//! `cargo run --example person_in_a_dress`
//!
//! It prints the lowest and the highest place of the dress in each frame. It needs the pack of the body (`cargo xtask setup`).

use std::path::Path;
use std::sync::Arc;

use bevy::app::App;
use kinema::cloth::BakedCloth;
use kinema::core::{Format, FrameTime, parse_shot};
use kinema::prelude::{KinemaPlugins, PartRegistry, spawn_shot};

const SHOT: &str = r#"(
    schema: 1,
    timeline: (rate: "24/1", frames: 4),
    output: (width: 64, height: 36),
    parts: [
        (id: "ada", part: Human(
            phenotype: (gender: 1.0, age: 0.62, muscle: 0.45, weight: 0.42, height: 0.5, proportions: 0.75),
            motion: (acts: [Walk(start_secs: -2, to: [(0, 4)], speed_m_s: 1.1)]))),
        (id: "dress", part: Garment(wearer: "ada", cut: Dress((length: 0.5, circle: 0.35)), spacing_m: 0.045, steps_per_sec: 600)),
    ],
)"#;
/// The place of the dress in the document.
const DRESS: usize = 1;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for (frame, places) in play()?.iter().enumerate() {
        let [low, high] =
            places.iter().fold([f32::MAX, f32::MIN], |[low, high], [_, y, _]| [low.min(*y), high.max(*y)]);
        println!("frame {frame}: {} particles from {low:.2} to {high:.2} m", places.len());
    }
    Ok(())
}

/// Plays the shot and returns where the particles of the dress were in each frame, metres.
pub fn play() -> Result<Vec<Vec<[f32; 3]>>, Box<dyn std::error::Error>> {
    let mut app = App::new();
    app.add_plugins(KinemaPlugins);
    let registry = app.world().resource::<PartRegistry>().clone();
    let shot = parse_shot(SHOT.as_bytes(), Path::new("dress.shot.ron"), Format::Ron, &registry)?;
    let frames = i64::from(shot.shot.timeline.frames);
    spawn_shot(app.world_mut(), Arc::new(shot));
    let mut all = Vec::new();
    for frame in 0..frames {
        app.world_mut().resource_mut::<FrameTime>().frame = frame;
        app.update();
        let bake = app.world().resource::<BakedCloth>().bake().ok_or("the dress could not be made")?;
        all.push(bake.positions_at(DRESS, frame).to_vec());
    }
    Ok(all)
}
