//! A flag in an ordinary Bevy app, without drawing: a sheet of silk held at one edge streams in gusts, and the app reads how far it lifts.
//!
//! `cargo run --example flag_in_wind`
//!
//! It prints, frame by frame, where the middle of the free edge is. In an app that draws, add Bevy's `DefaultPlugins` before
//! `KinemaPlugins`, and the flag has a mesh.

use std::path::Path;
use std::sync::Arc;

use bevy::app::App;
use kinema::cloth::BakedCloth;
use kinema::core::{FrameTime, parse_shot};
use kinema::prelude::{KinemaPlugins, PartRegistry, spawn_shot};

const SHOT: &str = r#"(
    schema: 1,
    seed: 5,
    timeline: (rate: "24/1", frames: 36),
    output: (width: 64, height: 36),
    parts: [
        (id: "flag", position: (0, 2, 0), part: Cloth(
            cut: Sheet(size_m: (0.6, 0.4), spacing_m: 0.05), material: Silk, pins: [Left], steps_per_sec: 600)),
        (id: "wind", part: Wind(flow: Gusty(velocity_m_s: (7, 0, 0.5), gust_m_s: 2, length_m: 1))),
    ],
)"#;
/// The place of the flag in the document.
const FLAG: usize = 0;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for (frame, [x, y, z]) in play()?.into_iter().enumerate() {
        println!("frame {frame}: x {x:.2} y {y:.2} z {z:.2} m");
    }
    Ok(())
}

/// Plays the shot and returns the middle of the free edge in each frame, metres.
pub fn play() -> Result<Vec<[f32; 3]>, Box<dyn std::error::Error>> {
    let mut app = App::new();
    app.add_plugins(KinemaPlugins);
    let registry = app.world().resource::<PartRegistry>().clone();
    let shot = parse_shot(SHOT.as_bytes(), Path::new("flag.shot.ron"), kinema::core::Format::Ron, &registry)?;
    let frames = i64::from(shot.shot.timeline.frames);
    spawn_shot(app.world_mut(), Arc::new(shot));
    let mut edge = Vec::new();
    let mut middle = Vec::new();
    for frame in 0..frames {
        app.world_mut().resource_mut::<FrameTime>().frame = frame;
        app.update();
        let bake = app.world().resource::<BakedCloth>().bake().ok_or("the shot has no cloth")?;
        let places = bake.positions_at(FLAG, frame);
        if edge.is_empty() {
            // At the start it lies flat, and the free edge is what is farthest along x.
            let most = places.iter().map(|place| place[0]).fold(f32::MIN, f32::max);
            edge = (0..places.len()).filter(|index| places[*index][0] > most - 1e-4).collect();
        }
        let mean = |axis: usize| edge.iter().map(|index| places[*index][axis]).sum::<f32>() / edge.len() as f32;
        middle.push([mean(0), mean(1), mean(2)]);
    }
    Ok(middle)
}
