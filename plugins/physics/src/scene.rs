//! What a shot holds for the simulation, in the order of the document, with the rules that reach across
//! parts checked.

use std::collections::BTreeMap;

use kinema_core::{LoadedShot, Part, Track};

use crate::error::PhysicsError;
use crate::joint::Joint;
use crate::shot::{Body, PhysicsWorld, Rigid};

/// A `Rigid` part.
#[derive(Debug, Clone, PartialEq)]
pub struct SceneBody {
    /// Position of the part in the document, from 0.
    pub part_index: usize,
    /// Id of the part.
    pub id: String,
    /// Its settings.
    pub rigid: Rigid,
}

/// A `Joint` part.
#[derive(Debug, Clone, PartialEq)]
pub struct SceneJoint {
    /// Id of the part.
    pub id: String,
    /// Positions of its two bodies in [`PhysicsScene::bodies`].
    pub bodies: [usize; 2],
    /// Its settings.
    pub joint: Joint,
}

/// The rigid bodies, joints and world settings of a shot.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PhysicsScene {
    /// All `Rigid` parts.
    pub bodies: Vec<SceneBody>,
    /// All `Joint` parts.
    pub joints: Vec<SceneJoint>,
    /// The `PhysicsWorld` part, or its defaults.
    pub world: PhysicsWorld,
}

/// Properties of every part that move it.
const MOTION: [&str; 3] = ["position", "rotation_deg", "rotation_quat"];

impl PhysicsScene {
    /// Reads the parts of `shot`.
    ///
    /// # Errors
    /// [`PhysicsError::Document`] for a dynamic body with a parent or with tracks on its position, a body
    /// below a dynamic one, a fixed body that moves, a scale that changes, a joint without a dynamic body,
    /// or a second `PhysicsWorld`.
    pub fn from_shot(shot: &LoadedShot) -> Result<Self, PhysicsError> {
        let parts = &shot.shot.parts;
        let mut scene = Self::default();
        let mut body_of_id = BTreeMap::new();
        let mut world_id: Option<&str> = None;
        for (part_index, part) in parts.iter().enumerate() {
            if let Some(rigid) = part.part.get::<Rigid>() {
                body_of_id.insert(part.id.as_str(), scene.bodies.len());
                scene.bodies.push(SceneBody { part_index, id: part.id.clone(), rigid: rigid.clone() });
            } else if let Some(world) = part.part.get::<PhysicsWorld>() {
                if let Some(first) = world_id {
                    return Err(document(
                        &part.id,
                        format!("`{first}` already sets the physical world"),
                        "keep one PhysicsWorld part",
                    ));
                }
                world_id = Some(&part.id);
                scene.world = world.clone();
            }
        }
        let family = Family::new(parts);
        for body in &scene.bodies {
            check_motion(body, &family, &shot.shot.tracks, &scene.bodies, &body_of_id)?;
        }
        for part in parts {
            if let Some(joint) = part.part.get::<Joint>() {
                scene.joints.push(scene_joint(&part.id, joint, &scene.bodies, &body_of_id)?);
            }
        }
        Ok(scene)
    }

    /// Positions in [`PhysicsScene::bodies`] of the bodies the simulation moves.
    pub fn dynamic_bodies(&self) -> impl Iterator<Item = usize> + '_ {
        let dynamic = |(index, body): (usize, &SceneBody)| (body.rigid.body == Body::Dynamic).then_some(index);
        self.bodies.iter().enumerate().filter_map(dynamic)
    }
}

/// Parents by id, without trusting the document to be free of cycles.
pub(crate) struct Family<'a> {
    parts: BTreeMap<&'a str, &'a Part>,
}

impl<'a> Family<'a> {
    pub(crate) fn new(parts: &'a [Part]) -> Self {
        Self { parts: parts.iter().map(|part| (part.id.as_str(), part)).collect() }
    }

    /// The part and its ancestors, from the part upwards.
    pub(crate) fn line(&self, id: &str) -> Vec<&'a Part> {
        let mut line: Vec<&Part> = Vec::new();
        let mut next = self.parts.get(id).copied();
        while let Some(part) = next.filter(|_| line.len() < self.parts.len()) {
            line.push(part);
            next = part.parent.as_deref().and_then(|parent| self.parts.get(parent).copied());
        }
        line
    }
}

/// Whether `track` drives `property` of part `id`, or one component of it.
pub(crate) fn drives(track: &Track, id: &str, property: &str) -> bool {
    let rest = track.target.strip_prefix(id).and_then(|rest| rest.strip_prefix('/'));
    rest.and_then(|rest| rest.strip_prefix(property)).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn document(part: &str, message: String, remedy: &'static str) -> PhysicsError {
    PhysicsError::Document { part: part.to_string(), message, remedy }
}

fn check_motion(
    body: &SceneBody,
    family: &Family<'_>,
    tracks: &[Track],
    bodies: &[SceneBody],
    body_of_id: &BTreeMap<&str, usize>,
) -> Result<(), PhysicsError> {
    let line = family.line(&body.id);
    let is_dynamic = |id: &str| {
        let found = body_of_id.get(id).and_then(|index| bodies.get(*index));
        found.is_some_and(|body| body.rigid.body == Body::Dynamic)
    };
    let mover = |properties: &[&str]| {
        line.iter()
            .flat_map(|part| {
                tracks.iter().filter(|track| properties.iter().any(|property| drives(track, &part.id, property)))
            })
            .map(|track| track.target.as_str())
            .next()
    };
    for ancestor in line.iter().skip(1) {
        if body.rigid.body == Body::Dynamic {
            return Err(document(
                &body.id,
                format!("a dynamic body moves by itself, but its parent is `{}`", ancestor.id),
                "remove `parent`, or set `body: Kinematic`",
            ));
        }
        if is_dynamic(&ancestor.id) {
            return Err(document(
                &body.id,
                format!("it hangs below `{}`, which the simulation moves", ancestor.id),
                "hold the two together with a Joint instead of `parent`",
            ));
        }
    }
    if let Some(track) = mover(&["scale"]) {
        return Err(document(&body.id, format!("the track `{track}` scales a rigid body"), "remove the track"));
    }
    match (body.rigid.body, mover(&MOTION)) {
        (Body::Kinematic, _) | (_, None) => Ok(()),
        (_, Some(track)) => Err(document(
            &body.id,
            format!("the track `{track}` moves a body that is not kinematic"),
            "set `body: Kinematic`, or remove the track",
        )),
    }
}

fn scene_joint(
    id: &str,
    joint: &Joint,
    bodies: &[SceneBody],
    body_of_id: &BTreeMap<&str, usize>,
) -> Result<SceneJoint, PhysicsError> {
    let find = |name: &str| {
        let index = body_of_id.get(name).copied();
        index.ok_or_else(|| document(id, format!("there is no Rigid part `{name}`"), "name an existing Rigid part"))
    };
    let ends = [find(&joint.body_a)?, find(&joint.body_b)?];
    if ends[0] == ends[1] {
        return Err(document(id, format!("it joins `{}` to itself", joint.body_a), "name two different Rigid parts"));
    }
    let dynamic = |index: &usize| bodies.get(*index).is_some_and(|body| body.rigid.body == Body::Dynamic);
    if !ends.iter().any(dynamic) {
        return Err(document(id, "neither of its bodies is dynamic".into(), "set `body: Dynamic` on one of them"));
    }
    Ok(SceneJoint { id: id.to_string(), bodies: ends, joint: joint.clone() })
}
