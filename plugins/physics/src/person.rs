//! People in the world of rigid bodies: hulls that follow an animation, fall, or pull back towards it.
//!
//! | module | gives |
//! |---|---|
//! | [`anatomy`] | what hangs from what, ranges and strengths |
//! | [`fit`] | hulls and masses from the skin |
//! | [`frames`] | sockets with limits |
//! | [`muscles`] | springs that pull towards a pose |
//! | [`body`] | a person in the engine |
//! | [`pose`] | from hulls back to a pose |
//! | [`drive`] | the poses of a bake, for whoever draws people |

pub mod anatomy;
pub mod body;
pub mod drive;
pub mod fit;
pub mod frames;
pub mod muscles;
pub mod pose;

use std::collections::BTreeMap;
use std::sync::Arc;

use kinema_core::{FigurePose, FigureSource, LoadedShot, Property, ShotPart};
use rapier3d::prelude::{
    GenericJointBuilder, ImpulseJointHandle, JointAxesMask, PhysicsWorld as Engine, Pose, RigidBodyBuilder,
    RigidBodyHandle,
};
use serde::{Deserialize, Serialize};

use self::body::Person;
use self::frames::{engine_pose, isometry};
use self::pose::{Phase, base_pose, composed, phase_at};
use crate::error::PhysicsError;
use crate::scene::{PhysicsScene, ScenePerson};
use crate::shot::Ragdoll;
use crate::simulation::BodyPose;

/// What people do not keep in the engine: goes into snapshots.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct PeopleState {
    /// Whether the simulation has each person.
    moves: Vec<bool>,
    /// Joints, position then rotation, of each person when the animation took over.
    frozen: Vec<Option<Vec<([f32; 3], [f32; 4])>>>,
    /// Of each grip that holds.
    grips: Vec<Option<ImpulseJointHandle>>,
}

/// The people of a world.
#[derive(Default)]
pub(crate) struct People {
    sources: Vec<Box<dyn FigureSource>>,
    properties: Vec<Property<Ragdoll>>,
    persons: Vec<(ScenePerson, Person, Cast)>,
    /// Frames of the animation, those around the last moment asked for.
    known: BTreeMap<i64, Vec<Vec<FigurePose>>>,
    pub(crate) state: PeopleState,
}

/// Where a person's figure is: source, and place there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cast {
    pub(crate) source: usize,
    pub(crate) figure: usize,
}

/// Finds the figure of a part.
pub(crate) fn cast(sources: &[Box<dyn FigureSource>], person: &ScenePerson) -> Result<Cast, PhysicsError> {
    let find = |source: usize| {
        let mut figures = sources.get(source)?.figures().iter();
        let figure = figures.position(|figure| figure.part_index == person.person_part_index)?;
        Some(Cast { source, figure })
    };
    (0..sources.len()).find_map(find).ok_or_else(|| PhysicsError::Document {
        part: person.id.clone(),
        message: format!("no plugin of this app knows the body of `{}`", person.ragdoll.person),
        remedy: "add the plugin that owns people",
    })
}

impl People {
    /// Puts the people of a scene into `engine`, where they are at frame 0.
    pub(crate) fn new(scene: &PhysicsScene, shot: &Arc<LoadedShot>, engine: &mut Engine) -> Result<Self, PhysicsError> {
        if scene.people.is_empty() {
            return Ok(Self::default());
        }
        let sources = shot.figures().map_err(PhysicsError::Figures)?;
        let mut people = Self { sources, properties: Ragdoll::properties(), ..Self::default() };
        let anchor = engine.insert_body(RigidBodyBuilder::fixed());
        for (person, number) in scene.people.iter().zip(0_u16..) {
            if !person.ragdoll.is_sane() {
                return Err(PhysicsError::Document {
                    part: person.id.clone(),
                    message: "one of its settings is not a number within its range".into(),
                    remedy: "look at the values that the program gave it",
                });
            }
            let cast = cast(&people.sources, person)?;
            let at = people.animated(person, cast, 0.0)?;
            let figure = people.sources.get(cast.source).and_then(|source| source.figures().get(cast.figure)).cloned();
            let Some(figure) = figure else { continue };
            let inserted = Person::insert(engine, &figure, &person.ragdoll, &at, number, anchor)
                .map_err(|source| PhysicsError::Shape { part: person.id.clone(), source })?;
            people.persons.push((person.clone(), inserted, cast));
        }
        people.state = PeopleState {
            moves: vec![false; people.persons.len()],
            frozen: vec![None; people.persons.len()],
            grips: vec![None; scene.grips.len()],
        };
        Ok(people)
    }

    /// The animated pose of a person at a moment, frames; between frames it is mixed.
    fn animated(&mut self, person: &ScenePerson, cast: Cast, frame: f64) -> Result<FigurePose, PhysicsError> {
        let below = frame.floor() as i64;
        let share = (frame - frame.floor()) as f32;
        let mut pose_at = |frame: i64| -> Result<FigurePose, PhysicsError> {
            if !self.known.contains_key(&frame) {
                self.known.retain(|known, _| (known - frame).abs() <= 2);
                let poses = self.sources.iter_mut().map(|source| source.poses(frame)).collect::<Result<_, _>>();
                self.known.insert(frame, poses.map_err(PhysicsError::Figures)?);
            }
            let of = self.known.get(&frame).and_then(|sources| sources.get(cast.source)?.get(cast.figure));
            let pose = of.cloned().unwrap_or_default();
            match pose.is_finite() {
                true => Ok(pose),
                false => Err(PhysicsError::NotANumber { part: person.id.clone(), frame: frame as f64 }),
            }
        };
        let from = pose_at(below)?;
        if share == 0.0 {
            return Ok(from);
        }
        let to = pose_at(below + 1)?;
        let figure = self.sources.get(cast.source).and_then(|source| source.figures().get(cast.figure));
        Ok(figure.map_or_else(FigurePose::default, |figure| figure.between(&from, &to, share)))
    }

    /// Prepares a step from `begin` to `end`, frames, which takes `dt_secs`.
    pub(crate) fn prepare(
        &mut self,
        scene: &PhysicsScene,
        shot: &LoadedShot,
        engine: &mut Engine,
        handles: &[RigidBodyHandle],
        [begin, end]: [f64; 2],
        dt_secs: f32,
    ) -> Result<(), PhysicsError> {
        let mut persons = std::mem::take(&mut self.persons);
        let prepared = persons.iter_mut().enumerate().try_for_each(|(slot, (person, body, cast))| {
            let ragdoll = shot.part_at(person.part_index, &self.properties, end);
            let ragdoll = ragdoll.unwrap_or_else(|| person.ragdoll.clone());
            let before = self.animated(person, *cast, begin)?;
            let after = self.animated(person, *cast, end)?;
            let moved = self.state.moves.get(slot).copied().unwrap_or(false);
            let phase = phase_at(&person.ragdoll, begin);
            if phase == Phase::Moves {
                if !moved {
                    let earlier = self.animated(person, *cast, begin - (end - begin))?;
                    body.let_go(engine, &earlier, &before, dt_secs);
                }
                body.pull(engine, &ragdoll, &before, &after, dt_secs);
            } else {
                if moved {
                    let start = self.animated(person, *cast, f64::from(person.ragdoll.from_frame))?;
                    let base = base_pose(&person.ragdoll, Phase::Moves, &body.figure, &start, &before);
                    let last = composed(&body.figure, &base, &body.segments(engine));
                    self.freeze(slot, &last);
                }
                let target = match (phase_at(&person.ragdoll, end), self.frozen(slot)) {
                    (Phase::Returns(share), Some(last)) => body.figure.between(&last, &after, share),
                    _ => after,
                };
                body.follow(engine, &target);
            }
            if let Some(moves) = self.state.moves.get_mut(slot) {
                *moves = phase == Phase::Moves;
            }
            Ok(())
        });
        self.persons = persons;
        prepared?;
        self.hold_things(scene, engine, handles, begin);
        Ok(())
    }

    fn freeze(&mut self, slot: usize, pose: &FigurePose) {
        if let Some(frozen) = self.state.frozen.get_mut(slot) {
            let joints = pose.joints.iter();
            *frozen = Some(joints.map(|joint| (joint.translation.to_array(), joint.rotation.to_array())).collect());
        }
    }

    fn frozen(&self, slot: usize) -> Option<FigurePose> {
        let joints = self.state.frozen.get(slot)?.as_ref()?.iter();
        let joint = |(translation, rotation): &([f32; 3], [f32; 4])| bevy::math::Isometry3d {
            translation: (*translation).into(),
            rotation: bevy::math::Quat::from_array(*rotation),
        };
        Some(FigurePose { joints: joints.map(joint).collect() })
    }

    /// Hands take hold and let go.
    fn hold_things(&mut self, scene: &PhysicsScene, engine: &mut Engine, handles: &[RigidBodyHandle], begin: f64) {
        for (grip, held) in scene.grips.iter().zip(&mut self.state.grips) {
            let wanted = begin >= f64::from(grip.grip.from_frame)
                && grip.grip.until_frame.is_none_or(|until| begin < f64::from(until));
            match *held {
                Some(joint) if !wanted => {
                    engine.remove_impulse_joint(joint);
                    *held = None;
                }
                None if wanted => {
                    let hand = self.persons.get(grip.person).and_then(|(_, body, _)| body.hand(grip.grip.hand));
                    let (Some(hand), Some(thing)) = (hand, handles.get(grip.body).copied()) else { continue };
                    let at = |body| engine.bodies.get(body).map(|body| isometry(body.position()));
                    let (Some(hand_at), Some(thing_at)) = (at(hand), at(thing)) else { continue };
                    let joint = GenericJointBuilder::new(JointAxesMask::LOCKED_FIXED_AXES)
                        .local_frame1(engine_pose(hand_at.inverse() * thing_at))
                        .local_frame2(Pose::IDENTITY)
                        .contacts_enabled(false);
                    *held = Some(engine.insert_impulse_joint(hand, thing, joint));
                }
                _ => {}
            }
        }
    }

    /// Places of all segments, person by person.
    pub(crate) fn poses(&self, engine: &Engine) -> Vec<BodyPose> {
        let limbs = self.persons.iter().flat_map(|(_, body, _)| &body.limbs);
        limbs.filter_map(|limb| Some(BodyPose::of_engine(engine.bodies.get(limb.handle)?.position()))).collect()
    }

    /// The people in the engine, in the order of the scene.
    pub(crate) fn persons(&self) -> impl Iterator<Item = &Person> {
        self.persons.iter().map(|(_, body, _)| body)
    }

    /// The part whose person has this body.
    pub(crate) fn owner(&self, handle: RigidBodyHandle) -> Option<&str> {
        let mut persons = self.persons.iter();
        let owner = persons.find(|(_, body, _)| body.limbs.iter().any(|limb| limb.handle == handle))?;
        Some(&owner.0.id)
    }
}
