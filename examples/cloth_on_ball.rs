//! Cloth in an ordinary Bevy app, without drawing: a square of silk falls over a ball, and the app reads where its particles are.
//!
//! `cargo run --example cloth_on_ball`
//!
//! It prints the square from the side, frame by frame. In an app that draws, add Bevy's `DefaultPlugins` before
//! `KinemaPlugins`, and the cloth has a mesh.

use std::path::Path;
use std::sync::Arc;

use bevy::app::App;
use kinema::cloth::BakedCloth;
use kinema::core::{FrameTime, parse_shot};
use kinema::prelude::{KinemaPlugins, PartRegistry, spawn_shot};

const SHOT: &str = r#"(
    schema: 1,
    timeline: (rate: "24/1", frames: 24),
    output: (width: 64, height: 36),
    parts: [
        (id: "floor", part: Rigid(shape: HalfSpace, body: Fixed)),
        (id: "ball", position: (0, 0.3, 0), part: Rigid(shape: Ball(radius_m: 0.3), body: Fixed, friction: 0.3)),
        (id: "square", position: (0, 0.65, 0), rotation_deg: (-90, 0, 0), part: Cloth(
            cut: Sheet(size_m: (0.9, 0.9), spacing_m: 0.06), material: Silk, steps_per_sec: 600)),
    ],
)"#;
/// The place of the cloth in the document.
const SQUARE: usize = 2;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for frame in play()? {
        let mut columns = [' '; 60];
        for [x, y, _] in frame {
            let column = (30.0 + x * 50.0) as usize;
            columns[column.min(59)] = char::from_digit((y * 10.0) as u32, 10).unwrap_or('*');
        }
        println!("{}", columns.iter().collect::<String>());
    }
    Ok(())
}

/// Plays the shot and returns where the particles were in each frame, metres.
pub fn play() -> Result<Vec<Vec<[f32; 3]>>, Box<dyn std::error::Error>> {
    let mut app = App::new();
    app.add_plugins(KinemaPlugins);
    let registry = app.world().resource::<PartRegistry>().clone();
    let shot = parse_shot(SHOT.as_bytes(), Path::new("square.shot.ron"), kinema::core::Format::Ron, &registry)?;
    let frames = i64::from(shot.shot.timeline.frames);
    spawn_shot(app.world_mut(), Arc::new(shot));
    let mut all = Vec::new();
    for frame in 0..frames {
        app.world_mut().resource_mut::<FrameTime>().frame = frame;
        app.update();
        let bake = app.world().resource::<BakedCloth>().bake().ok_or("the shot has no cloth")?;
        all.push(bake.positions_at(SQUARE, frame).to_vec());
    }
    Ok(all)
}
