//! A sheet that tears, in an ordinary Bevy app, without drawing: it hangs from its upper edge, a heavy ball falls into it, and the app counts what
//! comes apart.
//!
//! `cargo run --example tearing_sheet`
//!
//! A cloth that can tear is read by the corners of its triangles, whose number never changes: corners that were one particle and
//! are at two places now are a tear.

use std::collections::{BTreeMap, BTreeSet};
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
        (id: "ball", position: (0, 1, -0.6), part: Rigid(
            shape: Ball(radius_m: 0.12), body: Dynamic, gravity_scale: 0, linear_velocity_m_s: (0, 0, 4))),
        (id: "sheet", position: (0, 1, 0), part: Cloth(
            cut: Sheet(size_m: (0.8, 0.8), spacing_m: 0.05), material: Cotton, pins: [Top, Left], tears_at_strain: 0.15,
            steps_per_sec: 960)),
    ],
)"#;
/// The place of the sheet in the document.
const SHEET: usize = 1;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for (frame, torn) in play()?.into_iter().enumerate() {
        println!("frame {frame}: {torn} particles more than at the start");
    }
    Ok(())
}

/// Plays the shot and returns how many particles tears have added in each frame.
pub fn play() -> Result<Vec<usize>, Box<dyn std::error::Error>> {
    let mut app = App::new();
    app.add_plugins(KinemaPlugins);
    let registry = app.world().resource::<PartRegistry>().clone();
    let shot = parse_shot(SHOT.as_bytes(), Path::new("tear.shot.ron"), kinema::core::Format::Ron, &registry)?;
    let frames = i64::from(shot.shot.timeline.frames);
    spawn_shot(app.world_mut(), Arc::new(shot));
    let mut first: Vec<[f32; 3]> = Vec::new();
    let mut torn = Vec::new();
    for frame in 0..frames {
        app.world_mut().resource_mut::<FrameTime>().frame = frame;
        app.update();
        let bake = app.world().resource::<BakedCloth>().bake().ok_or("the shot has no cloth")?;
        let now = bake.positions_at(SHEET, frame);
        if first.is_empty() {
            first = now.to_vec();
        }
        // Where the corners of each particle of the start are now.
        let mut places: BTreeMap<[u32; 3], BTreeSet<[u32; 3]>> = BTreeMap::new();
        for (start, now) in first.iter().zip(now) {
            places.entry(start.map(f32::to_bits)).or_default().insert(now.map(f32::to_bits));
        }
        torn.push(places.values().map(|now| now.len() - 1).sum());
    }
    Ok(torn)
}
