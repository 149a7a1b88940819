//! What a shot holds for the simulation, in the order of the document, with the rules that reach across
//! parts checked.

mod people;

use std::collections::BTreeMap;

use kinema_core::{LoadedShot, Part, PhysicsWorld, Shot, ShotReport, Timeline, Track, Wind};

use crate::error::PhysicsError;
use crate::joint::Joint;
use crate::shot::{Body, Fluid, Grip, PhysicsMaterial, Ragdoll, Rigid};

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

/// A `Fluid` part.
#[derive(Debug, Clone, PartialEq)]
pub struct SceneFluid {
    /// Position of the part in the document, from 0.
    pub part_index: usize,
    /// Id of the part.
    pub id: String,
    /// Its settings.
    pub fluid: Fluid,
}

/// A `Joint` part.
#[derive(Debug, Clone, PartialEq)]
pub struct SceneJoint {
    /// Position of the part in the document, from 0.
    pub part_index: usize,
    /// Id of the part.
    pub id: String,
    /// Positions of its two bodies in [`PhysicsScene::bodies`].
    pub bodies: [usize; 2],
    /// Its settings.
    pub joint: Joint,
}

/// A `Ragdoll` part.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenePerson {
    /// Position of the part in the document, from 0.
    pub part_index: usize,
    /// Id of the part.
    pub id: String,
    /// Position of the person's own part in the document, from 0.
    pub person_part_index: usize,
    /// Its settings.
    pub ragdoll: Ragdoll,
}

/// A `Grip` part.
#[derive(Debug, Clone, PartialEq)]
pub struct SceneGrip {
    /// Position of the part in the document, from 0.
    pub part_index: usize,
    /// Position in [`PhysicsScene::people`] of whose hand it is.
    pub person: usize,
    /// Position in [`PhysicsScene::bodies`] of what it holds.
    pub body: usize,
    /// Its settings.
    pub grip: Grip,
}

/// The rigid bodies, joints and world settings of a shot.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PhysicsScene {
    /// All `Rigid` parts.
    pub bodies: Vec<SceneBody>,
    /// All `Joint` parts.
    pub joints: Vec<SceneJoint>,
    /// All `Ragdoll` parts.
    pub people: Vec<ScenePerson>,
    /// All `Grip` parts.
    pub grips: Vec<SceneGrip>,
    /// All `Fluid` parts.
    pub fluids: Vec<SceneFluid>,
    /// All `PhysicsMaterial` parts, by id.
    pub materials: BTreeMap<String, PhysicsMaterial>,
    /// Positions in the document, from 0, of all `Wind` parts.
    pub winds: Vec<usize>,
    /// The `PhysicsWorld` part, or its defaults.
    pub world: PhysicsWorld,
}

const SCALE: &str = "scale";
/// Properties of every part that change its transform.
const MOTION: [&str; 4] = ["position", "rotation_deg", "rotation_quat", SCALE];

/// A rule that the parts of a shot break together.
#[derive(Debug, Clone, PartialEq)]
struct Misfit {
    part_index: usize,
    /// Path inside the part that is to blame.
    field: &'static str,
    message: String,
    remedy: &'static str,
}

/// Reports what [`PhysicsScene::from_shot`] would refuse, all of it.
pub(crate) fn check_scene(shot: &Shot, report: &mut ShotReport) {
    for misfit in PhysicsScene::read(shot).1 {
        report.error(misfit.part_index, misfit.field, misfit.message, misfit.remedy);
    }
}

impl PhysicsScene {
    /// Reads the parts of `shot`.
    ///
    /// # Errors
    /// [`PhysicsError::Document`] for a dynamic body with a parent or with tracks on its position, a body
    /// below a dynamic one or below hundreds of parts, a fixed body that moves, a scale that changes, a joint without a dynamic body,
    /// or a second `PhysicsWorld`. Shots from files are checked for all of this when they are loaded.
    pub fn from_shot(shot: &LoadedShot) -> Result<Self, PhysicsError> {
        let (scene, misfits) = Self::read(&shot.shot);
        match misfits.into_iter().next() {
            None => Ok(scene),
            Some(Misfit { part_index, message, remedy, .. }) => {
                let part = shot.shot.parts.get(part_index).map(|part| part.id.clone()).unwrap_or_default();
                Err(PhysicsError::Document { part, message, remedy })
            }
        }
    }

    fn read(shot: &Shot) -> (Self, Vec<Misfit>) {
        let mut scene = Self::default();
        let mut misfits = Vec::new();
        let mut body_of_id = BTreeMap::new();
        let mut world_id: Option<&str> = None;
        for (part_index, part) in shot.parts.iter().enumerate() {
            if let Some(rigid) = part.part.get::<Rigid>() {
                body_of_id.insert(part.id.as_str(), scene.bodies.len());
                scene.bodies.push(SceneBody { part_index, id: part.id.clone(), rigid: rigid.clone() });
            } else if let Some(fluid) = part.part.get::<Fluid>() {
                scene.fluids.push(SceneFluid { part_index, id: part.id.clone(), fluid: fluid.clone() });
            } else if let Some(material) = part.part.get::<PhysicsMaterial>() {
                misfits.extend(pair_misfit(part_index, &part.id, material, &scene.materials));
                scene.materials.insert(part.id.clone(), material.clone());
            } else if part.part.get::<Wind>().is_some() {
                scene.winds.push(part_index);
            } else if let Some(world) = part.part.get::<PhysicsWorld>() {
                if let Some(first) = world_id {
                    misfits.push(Misfit {
                        part_index,
                        field: "part",
                        message: format!("`{first}` already sets the physical world"),
                        remedy: "keep one PhysicsWorld part",
                    });
                    continue;
                }
                world_id = Some(&part.id);
                scene.world = world.clone();
            }
        }
        misfits.extend(people::read(shot, &mut scene, &body_of_id));
        let first = scene.bodies.first().map(|body| (body.part_index, "part.Rigid"));
        let first = first.or(scene.people.first().map(|person| (person.part_index, "part.Ragdoll")));
        misfits.extend(first.and_then(|(part_index, field)| step_misfit(part_index, field, &shot.timeline)));
        let family = Family::new(shot);
        misfits.extend(scene.bodies.iter().filter_map(|body| motion_misfit(body, &family, &scene.bodies, &body_of_id)));
        for (part_index, part) in shot.parts.iter().enumerate() {
            if let Some(joint) = part.part.get::<Joint>() {
                misfits.extend(motor_misfit(part_index, &part.id, joint, &shot.tracks));
                match joint_ends(part_index, joint, &scene.bodies, &body_of_id) {
                    Ok(bodies) => {
                        scene.joints.push(SceneJoint { part_index, id: part.id.clone(), bodies, joint: joint.clone() });
                    }
                    Err(misfit) => misfits.push(misfit),
                }
            }
        }
        (scene, misfits)
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

/// The first rule that the way `body` is moved breaks.
fn motion_misfit(
    body: &SceneBody,
    family: &Family<'_>,
    bodies: &[SceneBody],
    body_of_id: &BTreeMap<&str, usize>,
) -> Option<Misfit> {
    let misfit = |field, message, remedy| Some(Misfit { part_index: body.part_index, field, message, remedy });
    let line = family.line(&body.id);
    let is_dynamic = |id: &str| {
        let found = body_of_id.get(id).and_then(|index| bodies.get(*index));
        found.is_some_and(|body| body.rigid.body == Body::Dynamic)
    };
    if line.len() > MAX_ANCESTORS {
        let message = format!("it has more than {MAX_ANCESTORS} ancestors");
        return misfit("parent", message, "make it a child of fewer parts");
    }
    for ancestor in line.iter().skip(1) {
        if body.rigid.body == Body::Dynamic {
            let message = format!("a dynamic body moves by itself, but its parent is `{}`", ancestor.id);
            return misfit("parent", message, "remove `parent`, or set `body: Kinematic`");
        }
        if is_dynamic(&ancestor.id) {
            let message = format!("it hangs below `{}`, which the simulation moves", ancestor.id);
            return misfit("parent", message, "hold the two together with a Joint instead of `parent`");
        }
    }
    if let Some((_, Track { target, .. })) = family.movers(&line).find(|(_, track)| scales(track)) {
        return misfit("part.Rigid", format!("the track `{target}` scales a rigid body"), "remove the track");
    }
    match family.movers(&line).next() {
        Some((_, Track { target, .. })) if body.rigid.body != Body::Kinematic => misfit(
            "part.Rigid.body",
            format!("the track `{target}` moves a body that is not kinematic"),
            "set `body: Kinematic`, or remove the track",
        ),
        _ => None,
    }
}

/// Longest step in seconds. Beyond, bodies fall through each other within a step, and springs of a hertz are out of reach.
pub const MAX_STEP_SECS: f64 = 0.1;

fn step_misfit(part_index: usize, field: &'static str, timeline: &Timeline) -> Option<Misfit> {
    let step_secs = timeline.rate.frame_secs() / f64::from(timeline.substeps.max(1));
    let needed = (timeline.rate.frame_secs() / MAX_STEP_SECS).ceil();
    (!(step_secs <= MAX_STEP_SECS)).then(|| Misfit {
        part_index,
        field,
        message: format!(
            "it would be simulated in steps of {step_secs} s, of which {MAX_STEP_SECS} s is the longest; this frame rate needs \
             {needed} substeps"
        ),
        remedy: "raise timeline.substeps or timeline.rate",
    })
}

/// A track that drives a motor that is not there.
fn motor_misfit(part_index: usize, id: &str, joint: &Joint, tracks: &[Track]) -> Option<Misfit> {
    let drives = |track: &Track| track.target.split_once('/') == Some((id, "motor/target"));
    (!joint.has_motor() && tracks.iter().any(drives)).then(|| Misfit {
        part_index,
        field: "part.Joint.kind",
        message: format!("the track `{id}/motor/target` drives a joint without a motor"),
        remedy: "give a Revolute or Prismatic joint a `motor`, or remove the track",
    })
}

/// Two materials that each say something else about their pair.
fn pair_misfit(
    part_index: usize,
    id: &str,
    material: &PhysicsMaterial,
    earlier: &BTreeMap<String, PhysicsMaterial>,
) -> Option<Misfit> {
    let differs = material.pairs.iter().find(|pair| {
        let theirs = earlier.get(&pair.with).and_then(|other| other.pairs.iter().find(|theirs| theirs.with == id));
        theirs.is_some_and(|theirs| (theirs.friction, theirs.restitution) != (pair.friction, pair.restitution))
    });
    differs.map(|pair| Misfit {
        part_index,
        field: "part.PhysicsMaterial.pairs",
        message: format!("`{}` says something else about itself and `{id}`", pair.with),
        remedy: "write the pair at one of the two",
    })
}

/// The positions of the two bodies that `joint` holds together.
fn joint_ends(
    part_index: usize,
    joint: &Joint,
    bodies: &[SceneBody],
    body_of_id: &BTreeMap<&str, usize>,
) -> Result<[usize; 2], Misfit> {
    let misfit = |field, message, remedy| Misfit { part_index, field, message, remedy };
    let find = |field, name: &str| {
        let missing = || misfit(field, format!("there is no Rigid part `{name}`"), "name an existing Rigid part");
        body_of_id.get(name).copied().ok_or_else(missing)
    };
    let ends = [find("part.Joint.body_a", &joint.body_a)?, find("part.Joint.body_b", &joint.body_b)?];
    if ends[0] == ends[1] {
        let message = format!("it joins `{}` to itself", joint.body_a);
        return Err(misfit("part.Joint.body_b", message, "name two different Rigid parts"));
    }
    let dynamic = |index: &usize| bodies.get(*index).is_some_and(|body| body.rigid.body == Body::Dynamic);
    if !ends.iter().any(dynamic) {
        let message = "neither of its bodies is dynamic".to_owned();
        return Err(misfit("part.Joint", message, "set `body: Dynamic` on one of them"));
    }
    Ok(ends)
}
