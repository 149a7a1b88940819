//! Helpers of the tests: shots written as JSON, as a user would.

mod accuracy;
mod bad_input;
mod bakes;
mod determinism;
mod documents;
mod files;
mod floating;
mod glb;
mod motion;
mod people;
mod plugin;
mod puppet;
mod pushes;
mod records;
mod scenery;
mod surfaces;

use std::path::Path;
use std::sync::Arc;

use kinema_core::{Diagnostics, Format, LoadedShot, PartRegistry, Wind, parse_shot};
use serde_json::{Value, json};

use crate::{Fluid, Grip, Joint, PhysicsMaterial, PhysicsWorld, Ragdoll, Rigid, RigidWorld};

pub(crate) fn registry() -> PartRegistry {
    let mut registry = PartRegistry::default();
    registry.register::<Rigid>().register::<Joint>().register::<PhysicsWorld>();
    registry.register::<Ragdoll>().register::<Grip>();
    registry.register::<PhysicsMaterial>().register::<Fluid>().register::<Wind>();
    registry.register_check(crate::scene::check_scene);
    registry
}

/// A shot of `frames` frames at 60/1 whose relative files lie in `folder`.
pub(crate) fn try_shot_in(
    folder: &Path,
    frames: u32,
    parts: Value,
    tracks: Value,
) -> Result<Arc<LoadedShot>, Diagnostics> {
    try_shot_of(&registry(), folder, frames, parts, tracks)
}

/// The same with parts of other kinds too.
pub(crate) fn try_shot_of(
    registry: &PartRegistry,
    folder: &Path,
    frames: u32,
    parts: Value,
    tracks: Value,
) -> Result<Arc<LoadedShot>, Diagnostics> {
    let document = json!({
        "schema": 1,
        "timeline": { "rate": "60/1", "frames": frames, "substeps": 4 },
        "output": { "width": 64, "height": 64 },
        "parts": parts,
        "tracks": tracks,
    });
    let text = document.to_string();
    parse_shot(text.as_bytes(), &folder.join("test.json"), Format::Json, registry).map(Arc::new)
}

pub(crate) fn shot_in(folder: &Path, frames: u32, parts: Value) -> Arc<LoadedShot> {
    try_shot_in(folder, frames, parts, json!([])).expect("a valid shot")
}

pub(crate) fn shot(frames: u32, parts: Value) -> Arc<LoadedShot> {
    shot_in(Path::new("."), frames, parts)
}

/// A part of kind Rigid.
pub(crate) fn rigid(id: &str, position: [f64; 3], rotation_deg: [f64; 3], settings: Value) -> Value {
    json!({ "id": id, "position": position, "rotation_deg": rotation_deg, "part": { "Rigid": settings } })
}

pub(crate) fn world(shot: &Arc<LoadedShot>) -> RigidWorld {
    RigidWorld::from_shot(shot).expect("a world")
}

pub(crate) fn run_frames(world: &mut RigidWorld, frames: u32) {
    for _ in 0..frames {
        world.step_frame().expect("a step");
    }
}
