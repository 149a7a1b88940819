//! Cloth and rigid bodies that move each other, in an ordinary Bevy app, without drawing: a ball jumps on a trampoline beside a crate that
//! falls on it later, and the app reads how high they are.
//!
//! `cargo run --example trampoline`

use std::path::Path;
use std::sync::Arc;

use bevy::app::App;
use bevy::transform::components::Transform;
use kinema::core::{FrameTime, PartEntities, parse_shot};
use kinema::prelude::{KinemaPlugins, PartRegistry, spawn_shot};

const SHOT: &str = r#"(
    schema: 1,
    timeline: (rate: "24/1", frames: 48, substeps: 16),
    output: (width: 64, height: 36),
    parts: [
        (id: "ball", position: (-0.3, 1.6, 0), part: Rigid(shape: Ball(radius_m: 0.12), density_kg_m3: 300)),
        (id: "crate", position: (0.35, 2.2, 0), part: Rigid(shape: Box(size_m: (0.2, 0.2, 0.2)), density_kg_m3: 200)),
        (id: "mat", position: (0, 0.8, 0), rotation_deg: (-90, 0, 0), part: Cloth(
            cut: Disc(radius_m: 0.8, spacing_m: 0.08), pins: [Rim], steps_per_sec: 1920,
            material: Custom((area_density_kg_m2: 0.3, thickness_m: 0.001, stretch_n_m: (4000, 4000), shear_n_m: 1500,
                bend_n_m: (0.00002, 0.00002))))),
    ],
)"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for (frame, [ball, crate_]) in play()?.into_iter().enumerate() {
        println!("frame {frame:2}: ball {ball:.3} m, crate {crate_:.3} m");
    }
    Ok(())
}

/// Plays the shot and returns the heights of ball and crate in each frame, metres.
pub fn play() -> Result<Vec<[f32; 2]>, Box<dyn std::error::Error>> {
    let mut app = App::new();
    app.add_plugins(KinemaPlugins);
    let registry = app.world().resource::<PartRegistry>().clone();
    let shot = parse_shot(SHOT.as_bytes(), Path::new("trampoline.shot.ron"), kinema::core::Format::Ron, &registry)?;
    let frames = i64::from(shot.shot.timeline.frames);
    spawn_shot(app.world_mut(), Arc::new(shot));
    let mut heights = Vec::new();
    for frame in 0..frames {
        app.world_mut().resource_mut::<FrameTime>().frame = frame;
        app.update();
        let entities = app.world().resource::<PartEntities>().0.clone();
        let height = |part: usize| app.world().get::<Transform>(entities[part]).map_or(f32::NAN, |at| at.translation.y);
        heights.push([height(0), height(1)]);
    }
    Ok(heights)
}
