//! What a shot holds for the simulation, in the order of the document, with the rules that reach across
//! parts checked.

use std::collections::BTreeMap;

use kinema_core::{LoadedShot, Part, Shot, Track};

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

const SCALE: &str = "scale";
/// Properties of every part that change its transform.
const MOTION: [&str; 4] = ["position", "rotation_deg", "rotation_quat", SCALE];

impl PhysicsScene {
    /// Reads the parts of `shot`.
    ///
    /// # Errors
    /// [`PhysicsError::Document`] for a dynamic body with a parent or with tracks on its position, a body
    /// below a dynamic one or below hundreds of parts, a fixed body that moves, a scale that changes, a joint without a dynamic body,
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
        let family = Family::new(&shot.shot);
        for body in &scene.bodies {
            check_motion(body, &family, &scene.bodies, &body_of_id)?;
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

/// Most ancestors a body may have; deeper documents are mistakes that would cost the square of their depth.
const MAX_ANCESTORS: usize = 256;

/// Who hangs below whom and who is moved by which track, without trusting the document.
pub(crate) struct Family<'a> {
    parts: BTreeMap<&'a str, &'a Part>,
    /// Tracks that move, turn or scale a part, with their place in the document, by part.
    movers: BTreeMap<&'a str, Vec<(usize, &'a Track)>>,
}

impl<'a> Family<'a> {
    pub(crate) fn new(shot: &'a Shot) -> Self {
        let mut movers: BTreeMap<&str, Vec<(usize, &Track)>> = BTreeMap::new();
        for (index, track) in shot.tracks.iter().enumerate() {
            let Some((id, property)) = track.target.split_once('/') else { continue };
            if MOTION.contains(&property_name(property)) {
                movers.entry(id).or_default().push((index, track));
            }
        }
        Self { parts: shot.parts.iter().map(|part| (part.id.as_str(), part)).collect(), movers }
    }

    /// The part and its ancestors, from the part upwards; one more than [`MAX_ANCESTORS`] at most.
    pub(crate) fn line(&self, id: &str) -> Vec<&'a Part> {
        let mut line: Vec<&Part> = Vec::new();
        let mut next = self.parts.get(id).copied();
        while let Some(part) = next.filter(|_| line.len() <= MAX_ANCESTORS + 1) {
            line.push(part);
            next = part.parent.as_deref().and_then(|parent| self.parts.get(parent).copied());
        }
        line
    }

    /// The tracks that move, turn or scale any part of `line`, with their place in the document.
    pub(crate) fn movers(&self, line: &[&Part]) -> impl Iterator<Item = (usize, &'a Track)> {
        line.iter().filter_map(|part| self.movers.get(part.id.as_str())).flatten().copied()
    }
}

/// `position` of `position/x`.
fn property_name(property: &str) -> &str {
    property.split_once('/').map_or(property, |(name, _)| name)
}

fn scales(track: &Track) -> bool {
    track.target.split_once('/').is_some_and(|(_, property)| property_name(property) == SCALE)
}

fn document(part: &str, message: String, remedy: &'static str) -> PhysicsError {
    PhysicsError::Document { part: part.to_string(), message, remedy }
}

fn check_motion(
    body: &SceneBody,
    family: &Family<'_>,
    bodies: &[SceneBody],
    body_of_id: &BTreeMap<&str, usize>,
) -> Result<(), PhysicsError> {
    let line = family.line(&body.id);
    let is_dynamic = |id: &str| {
        let found = body_of_id.get(id).and_then(|index| bodies.get(*index));
        found.is_some_and(|body| body.rigid.body == Body::Dynamic)
    };
    if line.len() > MAX_ANCESTORS {
        return Err(document(
            &body.id,
            format!("it has more than {MAX_ANCESTORS} ancestors"),
            "make it a child of fewer parts",
        ));
    }
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
    if let Some((_, Track { target, .. })) = family.movers(&line).find(|(_, track)| scales(track)) {
        return Err(document(&body.id, format!("the track `{target}` scales a rigid body"), "remove the track"));
    }
    match family.movers(&line).next() {
        Some((_, Track { target, .. })) if body.rigid.body != Body::Kinematic => Err(document(
            &body.id,
            format!("the track `{target}` moves a body that is not kinematic"),
            "set `body: Kinematic`, or remove the track",
        )),
        _ => Ok(()),
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
    let (a, b) = (find(&joint.body_a)?, find(&joint.body_b)?);
    if a == b {
        return Err(document(id, format!("it joins `{}` to itself", joint.body_a), "name two different Rigid parts"));
    }
    let dynamic = |index: &usize| bodies.get(*index).is_some_and(|body| body.rigid.body == Body::Dynamic);
    if ![a, b].iter().any(dynamic) {
        return Err(document(id, "neither of its bodies is dynamic".into(), "set `body: Dynamic` on one of them"));
    }
    Ok(SceneJoint { id: id.to_string(), bodies: [a, b], joint: joint.clone() })
}
