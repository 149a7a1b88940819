//! The name of a bake: a digest over everything its result depends on, and nothing else.

use std::collections::BTreeMap;

use kinema_core::{LoadedShot, Timeline, Track};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::bake_file::FORMAT_VERSION;
use crate::error::PhysicsError;
use crate::joint::Joint;
use crate::scene::{Family, PhysicsScene};
use crate::shot::{PhysicsWorld, Rigid, Shape, Surface};
use crate::simulation::body_geometry;

#[derive(Serialize)]
struct Key<'a> {
    format: u32,
    kinema_physics: &'static str,
    rapier: &'static str,
    rate: String,
    substeps: u32,
    seed: u64,
    world: &'a PhysicsWorld,
    bodies: Vec<BodyKey<'a>>,
    joints: Vec<&'a Joint>,
    tracks: Vec<&'a Track>,
}

#[derive(Serialize)]
struct BodyKey<'a> {
    id: &'a str,
    rigid: Rigid,
    /// Id and local transform (position, rotation, scale) from the part up to the root.
    line: Vec<(&'a str, [[f32; 3]; 3])>,
    mesh_sha256: Option<String>,
}

/// The key of the bake of `scene`, 64 hexadecimal digits: sha256 of canonical JSON over the versions of this
/// crate, the engine and the file format; rate, substeps and seed; every body, joint and world setting with
/// transforms, parents and the tracks that move them; and the geometry of mesh files. Looks, cameras and the
/// number of frames do not count: a longer bake serves a shorter shot.
///
/// # Errors
/// [`PhysicsError`] when a mesh file cannot be read.
pub fn bake_key(shot: &LoadedShot, scene: &PhysicsScene) -> Result<String, PhysicsError> {
    let Timeline { rate, substeps, .. } = &shot.shot.timeline;
    let family = Family::new(&shot.shot);
    let mut bodies = Vec::with_capacity(scene.bodies.len());
    let mut tracks = BTreeMap::new();
    for body in &scene.bodies {
        let line = family.line(&body.id);
        tracks.extend(family.movers(&line));
        bodies.push(BodyKey {
            id: &body.id,
            rigid: without_looks(body.rigid.clone()),
            line: line.iter().map(|part| (part.id.as_str(), [part.position, part.rotation_deg, part.scale])).collect(),
            mesh_sha256: body_geometry(shot, body)?.map(|geometry| {
                let mut hasher = Sha256::new();
                hasher.update((geometry.positions_m.len() as u64).to_le_bytes());
                geometry.positions_m.iter().flatten().for_each(|number| hasher.update(number.to_bits().to_le_bytes()));
                geometry.triangles.iter().flatten().for_each(|corner| hasher.update(corner.to_le_bytes()));
                hex(&hasher.finalize())
            }),
        });
    }
    let key = Key {
        format: FORMAT_VERSION,
        kinema_physics: env!("CARGO_PKG_VERSION"),
        rapier: rapier3d::VERSION,
        rate: rate.to_string(),
        substeps: *substeps,
        seed: shot.shot.seed,
        world: &scene.world,
        bodies,
        joints: scene.joints.iter().map(|joint| &joint.joint).collect(),
        tracks: tracks.into_values().collect(),
    };
    let canonical = serde_json::to_vec(&key).map_err(|error| PhysicsError::Document {
        part: "*".into(),
        message: format!("the shot cannot be written as JSON: {error}"),
        remedy: "check the shot with `kinema check`",
    })?;
    Ok(hex(&Sha256::digest(canonical)))
}

fn without_looks(mut rigid: Rigid) -> Rigid {
    rigid.surface = Surface::default();
    match &mut rigid.shape {
        Shape::Box { bevel_m, .. } => *bevel_m = 0.0,
        // The geometry itself is in the key; where it came from does not matter.
        Shape::Mesh { file, node, .. } => {
            file.clear();
            *node = None;
        }
        _ => {}
    }
    rigid
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
