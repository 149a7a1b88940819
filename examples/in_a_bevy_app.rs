//! A shot inside an ordinary Bevy app: Kinema's parts are entities, its tracks and its simulation move them, and systems of
//! your own read and change them.
//!
//! `cargo run --example in_a_bevy_app`
//!
//! It prints where a ball bounces. There is no window and no drawing here, and none is needed: every plugin of Kinema
//! works without them. In an app that draws, add Bevy's `DefaultPlugins` before `KinemaPlugins` and set
//! `PlayClock::RealTime`; everything else stays the same.

use std::path::Path;
use std::sync::Arc;

use bevy::app::{App, Update};
use bevy::prelude::{IntoScheduleConfigs, Query, Res, ResMut, Resource, Transform, With};
use kinema::core::{FrameTime, PartId, parse_shot};
use kinema::physics::Rigid;
use kinema::prelude::{FrameSet, KinemaPlugins, spawn_shot};

const SHOT: &str = r#"(
    schema: 1,
    timeline: (rate: "24/1", frames: 48),
    output: (width: 64, height: 36),
    parts: [
        (id: "floor", part: Rigid(shape: HalfSpace, body: Fixed, restitution: 0.8), visible: false),
        (id: "ball", position: (0, 2, 0), part: Rigid(shape: Ball(radius_m: 0.2), restitution: 0.8)),
    ],
)"#;

/// What the app's own system gathers: the height of the ball in every frame, metres.
#[derive(Resource, Default)]
pub struct Heights(pub Vec<f32>);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for (frame, height) in play()?.iter().enumerate() {
        println!("{frame:>3}  {:>1$}", "o", 1 + (height * 30.0) as usize);
    }
    Ok(())
}

/// Plays the shot and returns the heights of the ball.
pub fn play() -> Result<Vec<f32>, Box<dyn std::error::Error>> {
    let mut app = App::new();
    app.add_plugins(KinemaPlugins).init_resource::<Heights>();
    // After Simulate, a part is where this frame has it.
    app.add_systems(Update, note_height.after(FrameSet::Simulate));

    let registry = app.world().resource::<kinema::core::PartRegistry>().clone();
    let shot = parse_shot(SHOT.as_bytes(), Path::new("bounce.shot.ron"), kinema::core::Format::Ron, &registry)?;
    let frames = shot.shot.timeline.frames;
    spawn_shot(app.world_mut(), Arc::new(shot));
    for frame in 0..i64::from(frames) {
        app.world_mut().resource_mut::<FrameTime>().frame = frame;
        app.update();
    }
    Ok(std::mem::take(&mut app.world_mut().resource_mut::<Heights>().0))
}

/// A system of the app's own.
fn note_height(parts: Query<(&PartId, &Transform), With<Rigid>>, time: Res<FrameTime>, mut heights: ResMut<Heights>) {
    for (id, transform) in &parts {
        if id.0 == "ball" && heights.0.len() as i64 == time.frame {
            heights.0.push(transform.translation.y);
        }
    }
}
