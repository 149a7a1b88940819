//! A person in an ordinary Bevy app: no shot, no other plugin of Kinema, Bevy's own camera and light.
//!
//! `cargo run --example humanoid_in_bevy -- person.png`
//!
//! The app draws without a window, so that the example runs anywhere; in an app with one, replace the two `headless` lines by
//! Bevy's `DefaultPlugins`. A person is a component: what you write into [`Human`] is what the next frame shows.

use std::path::{Path, PathBuf};

use bevy::app::App;
use bevy::camera::{Camera3d, Exposure, PerspectiveProjection, Projection};
use bevy::light::DirectionalLight;
use bevy::math::Vec3;
use bevy::prelude::{Transform, Visibility};
use kinema::FramePlugin;
use kinema::core::{Aov, DirectorPlugin, FrameRate, FrameTime, PartId};
use kinema::gpu::capture::{flush_pictures, take_pictures};
use kinema::gpu::headless::{self, HeadlessSettings};
use kinema::gpu::{CaptureCamera, CaptureOrder, GpuPlugin};
use kinema::humanoid::{Emotion, Human, HumanoidPlugin};

const SIDE_PX: u32 = 96;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("person.png"), PathBuf::from);
    let picture = portrait(Emotion { happiness: 0.8, ..Emotion::default() })?;
    save(&picture, &file)?;
    println!("wrote {}", file.display());
    Ok(())
}

/// The face of a person who feels so: 8-bit sRGB, row by row.
pub fn portrait(emotion: Emotion) -> Result<Vec<[u8; 4]>, Box<dyn std::error::Error>> {
    let mut app = App::new();
    headless::add_headless_bevy(&mut app)?;
    app.add_plugins((FramePlugin, DirectorPlugin, GpuPlugin, HumanoidPlugin));
    headless::finish(&mut app, HeadlessSettings { width: SIDE_PX, height: SIDE_PX })?;

    let world = app.world_mut();
    // What a shot's timeline would say: the app steps through frames of its own.
    world.insert_resource(FrameTime { frame: 0, rate: FrameRate::FILM, substeps: 1 });
    let human = Human { emotion, ..Human::default() };
    world.spawn((PartId("ann".to_owned()), human, Transform::IDENTITY, Visibility::default()));
    let lens = PerspectiveProjection { fov: 0.3, near: 0.05, ..PerspectiveProjection::default() };
    world.spawn((
        Camera3d::default(),
        CaptureCamera,
        Exposure { ev100: 9.0 },
        Projection::Perspective(lens),
        Transform::from_xyz(0.15, 1.62, 1.3).looking_at(Vec3::new(0.0, 1.6, 0.05), Vec3::Y),
    ));
    world.spawn((
        DirectionalLight { illuminance: 900.0, ..DirectionalLight::default() },
        Transform::from_xyz(-0.6, 2.4, 1.6).looking_at(Vec3::new(0.0, 1.6, 0.0), Vec3::Y),
    ));

    headless::settle(&mut app)?;
    app.world_mut().resource_mut::<FrameTime>().frame = 1;
    app.insert_resource(CaptureOrder { frame: Some(1), aovs: vec![Aov::Display], ..CaptureOrder::default() });
    app.update();
    let mut pictures = take_pictures(&mut app)?;
    pictures.extend(flush_pictures(&mut app)?);
    let picture = pictures.first().ok_or("no picture came back")?;
    let plane = picture.plane(Aov::Display).ok_or("the picture has no colours")?;
    Ok(plane.data.as_chunks::<4>().0.to_vec())
}

fn save(picture: &[[u8; 4]], file: &Path) -> Result<(), Box<dyn std::error::Error>> {
    image::save_buffer(file, picture.as_flattened(), SIDE_PX, SIDE_PX, image::ExtendedColorType::Rgba8)?;
    Ok(())
}
