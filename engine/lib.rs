//! Kinema: a shot, a small text file, becomes moving pictures.
//!
//! # The frame
//!
//! Every frame runs these sets in this order. [`FramePlugin`] registers them from [`FrameSet::ORDER`];
//! `tests/house.rs` compares this table with it.
//!
//! | set | does | writes | read by |
//! |---|---|---|---|
//! | Clock | next frame or substep; no wall clock in headless runs | FrameTime | all |
//! | Direct | tracks and behaviours set targets | part properties | Simulate |
//! | Perceive | models that inform simulation | fields | Simulate, Deform |
//! | Simulate | biomechanics, rigid bodies, cloth, fixed substeps | poses, particles | Deform |
//! | Deform | morph, skin and garment vertices and normals | vertex buffers | Draw |
//! | Draw | raster into AOVs: colour, depth, normal, motion, albedo, id | AOVs | Neural |
//! | Neural | denoise, super-resolution, frame generation | final colour | Deliver |
//! | Deliver | present, or capture, encode, commit | pictures | users |
//!
//! # Doors
//!
//! * Inside any Bevy app: add [`KinemaPlugins`], then [`spawn_shot`](kinema_core::spawn_shot).
//! * Headless: [`Session`] draws single frames, [`RenderJob`] renders a range into files.

mod error;
mod frame;
mod plan;
mod render;
mod session;
mod snapshot;

use bevy::app::{App, PluginGroup, PluginGroupBuilder};

pub use error::KinemaError;
pub use frame::{FramePlugin, PlayClock};
pub use plan::{Step, plan};
pub use render::{RenderEvent, RenderJob, RenderOutcome, RenderSettings};
pub use session::{Session, SessionSettings, StageTimes};
pub use snapshot::{Snapshot, keep_assets, snapshot};

pub use kinema_camera as camera;
pub use kinema_cloth as cloth;
pub use kinema_core as core;
pub use kinema_export as export;
pub use kinema_gpu as gpu;
pub use kinema_humanoid as humanoid;
pub use kinema_lighting as lighting;
pub use kinema_neural as neural;
pub use kinema_parallax as parallax;
pub use kinema_physics as physics;
pub use kinema_shaders as shaders;

/// What a user of Kinema usually needs.
pub mod prelude {
    pub use crate::{KinemaError, KinemaPlugins, PlayClock, RenderJob, RenderSettings, Session, SessionSettings};
    pub use kinema_core::{
        ActiveShot, FrameRate, FrameSet, FrameTime, LoadedShot, PartId, PartRegistry, Shot, ShotAppExt, ShotPart,
        load_shot, spawn_shot,
    };
}

/// Every plugin of Kinema. Replace one with `KinemaPlugins.build().disable::<A>().add(B)`.
///
/// In an app without rendering the group still builds: it registers the kinds of parts, which is all that
/// checking a shot needs.
pub struct KinemaPlugins;

impl PluginGroup for KinemaPlugins {
    fn build(self) -> PluginGroupBuilder {
        PluginGroupBuilder::start::<Self>()
            .add(FramePlugin)
            .add(kinema_core::DirectorPlugin)
            .add(kinema_gpu::GpuPlugin)
            .add(kinema_lighting::LightingPlugin)
            .add(kinema_parallax::ParallaxPlugin)
            .add(kinema_camera::CameraPlugin)
            .add(kinema_physics::PhysicsPlugin)
            .add(kinema_humanoid::HumanoidPlugin)
            .add(kinema_cloth::ClothPlugin)
    }
}

/// The kinds of parts that this build knows. Needs no device.
pub fn part_registry() -> kinema_core::PartRegistry {
    let mut app = App::new();
    app.add_plugins(KinemaPlugins);
    app.world().get_resource::<kinema_core::PartRegistry>().cloned().unwrap_or_default()
}

/// Version of this build and a hash of the sources it was made from: part of the identity of every frame.
pub fn build_identity() -> String {
    format!("kinema {} ({})", env!("CARGO_PKG_VERSION"), env!("KINEMA_SOURCES"))
}
