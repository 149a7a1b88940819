//! The name of a bake: a digest over everything its result depends on, and nothing else.

use std::collections::BTreeMap;

use kinema_core::{FigureSource, LoadedShot, Part, PhysicsWorld, Timeline, Track, Wind};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::bake_file::FORMAT_VERSION;
use crate::error::PhysicsError;
use crate::geometry::shape_geometry;
use crate::joint::Joint;
use crate::scene::{Family, PhysicsScene};
use crate::shot::{Fluid, Grip, Heights, PhysicsMaterial, Ragdoll, Rigid, Shape, Surface};

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
    joints: Vec<(&'a str, &'a Joint)>,
    /// Fluids and winds, each with its line.
    fluids: Vec<(&'a Fluid, Line<'a>)>,
    people: Vec<(&'a str, Ragdoll)>,
    grips: Vec<(usize, usize, &'a Grip)>,
    /// The keys of the figures, and the build, for shots with people: these simulations change from day to day.
    figures: Vec<&'a str>,
    /// The keys of what stands in the way and belongs to others.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    scenery: &'a [String],
    build: Option<&'a str>,
    winds: Vec<(&'a str, &'a Wind, Line<'a>)>,
    materials: &'a BTreeMap<String, PhysicsMaterial>,
    tracks: Vec<&'a Track>,
}

/// Id and local transform (position, rotation, scale) from a part up to the root.
type Line<'a> = Vec<(&'a str, [[f32; 3]; 3])>;

#[derive(Serialize)]
struct BodyKey<'a> {
    id: &'a str,
    rigid: Rigid,
    line: Line<'a>,
    geometry_sha256: Option<String>,
}

/// The key of the bake of `scene`, 64 hexadecimal digits: sha256 of canonical JSON over the versions of this
/// crate, the engine and the file format; rate, substeps and seed; every body, person with its animation, joint, material, liquid, wind and world
/// setting with transforms, parents and the tracks that move them; the geometry of files; and the scenery of other plugins. Looks, cameras and the
/// number of frames do not count: a longer bake serves a shorter shot.
///
/// # Errors
/// [`PhysicsError`] when a mesh file cannot be read.
pub fn bake_key(
    shot: &LoadedShot,
    scene: &PhysicsScene,
    figures: &[Box<dyn FigureSource>],
    scenery: &[String],
) -> Result<String, PhysicsError> {
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
            line: places(&line),
            geometry_sha256: shape_geometry(shot, &body.id, &body.rigid.shape)?.map(|geometry| geometry.sha256()),
        });
    }
    let part_at = |part_index: usize| shot.shot.parts.get(part_index);
    let mut line_of = |part: &'_ Part| {
        let line = family.line(&part.id);
        tracks.extend(family.movers(&line));
        places(&line)
    };
    let fluids = scene.fluids.iter().filter_map(|fluid| Some((&fluid.fluid, line_of(part_at(fluid.part_index)?))));
    let fluids = fluids.collect();
    let winds = scene.winds.iter().filter_map(|wind| {
        let part = part_at(*wind)?;
        Some((part.id.as_str(), part.part.get::<Wind>()?, line_of(part)))
    });
    let winds: Vec<_> = winds.collect();
    // Of these kinds every property moves bodies.
    let driven = |id: &str| {
        winds.iter().any(|(wind, ..)| *wind == id)
            || scene.joints.iter().any(|joint| joint.id == id)
            || scene.people.iter().any(|person| person.id == id)
    };
    for (index, track) in shot.shot.tracks.iter().enumerate() {
        if track
            .target
            .split_once('/')
            .is_some_and(|(id, property)| !["visible", "blend"].contains(&property) && driven(id))
        {
            tracks.insert(index, track);
        }
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
        joints: scene.joints.iter().map(|joint| (joint.id.as_str(), &joint.joint)).collect(),
        fluids,
        people: scene.people.iter().map(|person| (person.id.as_str(), without_blend(&person.ragdoll))).collect(),
        grips: scene.grips.iter().map(|grip| (grip.person, grip.body, &grip.grip)).collect(),
        figures: figures.iter().map(|figures| figures.key()).collect(),
        scenery,
        build: (!scene.people.is_empty()).then_some(shot.build().0.as_str()),
        winds,
        materials: &scene.materials,
        tracks: tracks.into_values().collect(),
    };
    let canonical = serde_json::to_vec(&key).map_err(|error| PhysicsError::Document {
        part: "*".into(),
        message: format!("the shot cannot be written as JSON: {error}"),
        remedy: "check the shot with `kinema check`",
    })?;
    Ok(hex(&Sha256::digest(canonical)))
}

/// Blending is done when the bake is read.
fn without_blend(ragdoll: &Ragdoll) -> Ragdoll {
    Ragdoll { blend: 1.0, ..ragdoll.clone() }
}

fn places<'a>(line: &[&'a Part]) -> Line<'a> {
    line.iter().map(|part| (part.id.as_str(), [part.position, part.rotation_deg, part.scale])).collect()
}

fn without_looks(mut rigid: Rigid) -> Rigid {
    rigid.surface = Surface::default();
    match &mut rigid.shape {
        Shape::Box { bevel_m, .. } => *bevel_m = 0.0,
        Shape::Compound { pieces } => {
            for piece in pieces {
                if let Shape::Box { bevel_m, .. } = &mut piece.shape {
                    *bevel_m = 0.0;
                }
            }
        }
        // The geometry itself is in the key; where it came from does not matter.
        Shape::Terrain { heights: Heights::Png { file, .. }, .. } => file.clear(),
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
