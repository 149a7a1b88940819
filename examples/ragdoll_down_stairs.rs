//! A person loses consciousness on a flight of stairs, in an ordinary Bevy app without drawing. The app reads where the person's
//! joints are.
//!
//! `cargo run --example ragdoll_down_stairs`
//!
//! It prints stairs and person from the side, a few times a second: O is the head, # the trunk, o hands and feet. The body is
//! that of the installed pack. In an app that draws, add Bevy's `DefaultPlugins` before `KinemaPlugins`.

use std::path::Path;
use std::sync::Arc;

use bevy::app::App;
use kinema::core::{DrivenFigure, FigurePose, FigureSource, FrameTime, LoadedShot, Segment, load_shot};
use kinema::prelude::{KinemaPlugins, PartRegistry, spawn_shot};

const SHOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/shots/ragdoll.shot.ron");
/// The place of the person in the document.
const BEN: usize = 4;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (people, poses) = play()?;
    let joints = &people.figures()[0].joints;
    for pose in poses.iter().step_by(6) {
        let mut page = vec![[' '; 76]; 20];
        for (joint, place) in joints.iter().zip(&pose.joints) {
            let letter = match joint.segment {
                Segment::Head => 'O',
                Segment::Pelvis | Segment::Abdomen | Segment::Chest => '#',
                Segment::Hand(_) | Segment::Foot(_) => 'o',
                _ => '.',
            };
            let (row, column) = (20.0 - place.translation.y * 6.0, 4.0 + place.translation.z * 12.0);
            if let Some(cell) = page.get_mut(row as usize).and_then(|row| row.get_mut(column as usize)) {
                *cell = letter;
            }
        }
        println!("{}", page.iter().map(|row| row.iter().collect::<String>() + "\n").collect::<String>());
    }
    Ok(())
}

/// Plays the shot and returns who is in it and the pose of the person in each frame.
pub fn play() -> Result<(Box<dyn FigureSource>, Vec<FigurePose>), Box<dyn std::error::Error>> {
    let mut app = App::new();
    app.add_plugins(KinemaPlugins);
    let registry = app.world().resource::<PartRegistry>().clone();
    let shot: Arc<LoadedShot> = Arc::new(load_shot(Path::new(SHOT), &registry)?);
    let mut people = shot.figures()?.pop().ok_or("there is nobody")?;
    let frames = i64::from(shot.shot.timeline.frames);
    let parts = {
        spawn_shot(app.world_mut(), shot);
        app.world().resource::<kinema::core::PartEntities>().0.clone()
    };
    let mut poses = Vec::new();
    for frame in 0..frames {
        app.world_mut().resource_mut::<FrameTime>().frame = frame;
        app.update();
        let driven = app.world().get::<DrivenFigure>(parts[BEN]).and_then(|driven| driven.at(frame)).cloned();
        // Until the fall the person is where the animation has it.
        poses.push(match driven {
            Some(pose) => pose,
            None => people.poses(frame)?.remove(0),
        });
    }
    Ok((people, poses))
}
