//! The poses of people in a bake, for whoever draws them or collides with their skin.

use std::sync::Arc;

use bevy::math::{Isometry3d, Quat};
use kinema_core::{BakeStore, Fault, FigureDrive, FigurePose, FigureSource, LoadedShot, Property, ShotPart};

use super::anatomy::SEGMENTS;
use super::pose::{Phase, base_pose, composed, phase_at};
use super::{Cast, cast};
use crate::bake::{RigidBake, SharedBaker};
use crate::error::PhysicsError;
use crate::scene::{PhysicsScene, ScenePerson};
use crate::shot::Ragdoll;
use crate::simulation::BodyPose;

/// Makes poses of figures from the segments of a bake.
pub(crate) struct Shown {
    shot: Arc<LoadedShot>,
    sources: Vec<Box<dyn FigureSource>>,
    properties: Vec<Property<Ragdoll>>,
    persons: Vec<Player>,
    part_indices: Vec<usize>,
}

struct Player {
    person: ScenePerson,
    cast: Cast,
    /// First joints of its segments, and where its segments begin in a bake.
    joints: Vec<usize>,
    first: usize,
    /// The animated pose at `from_frame`.
    start: FigurePose,
}

/// The first joints of the segments that a figure has, in the order of their bodies.
pub(crate) fn segment_joints(figure: &kinema_core::Figure) -> Vec<usize> {
    SEGMENTS.iter().filter_map(|segment| figure.first_joint(*segment)).collect()
}

/// Segments of all people of a scene.
pub(crate) fn count_segments(scene: &PhysicsScene, sources: &[Box<dyn FigureSource>]) -> Result<usize, PhysicsError> {
    scene.people.iter().try_fold(0, |sum, person| {
        let cast = cast(sources, person)?;
        let figure = sources.get(cast.source).and_then(|source| source.figures().get(cast.figure));
        Ok(sum + figure.map_or(0, |figure| segment_joints(figure).len()))
    })
}

impl Shown {
    /// Prepares for the people of a shot that the simulation moves; `None` without any.
    pub(crate) fn open(shot: &Arc<LoadedShot>, scene: &PhysicsScene) -> Result<Option<Self>, PhysicsError> {
        if !scene.people.iter().any(|person| person.ragdoll.simulates()) {
            return Ok(None);
        }
        let mut sources = shot.figures().map_err(PhysicsError::Figures)?;
        let mut persons = Vec::new();
        let mut first = 0;
        for person in &scene.people {
            let cast = cast(&sources, person)?;
            let Some(source) = sources.get_mut(cast.source) else { continue };
            let joints = source.figures().get(cast.figure).map(segment_joints).unwrap_or_default();
            let start = source.poses(i64::from(person.ragdoll.from_frame)).map_err(PhysicsError::Figures)?;
            let start = start.into_iter().nth(cast.figure).unwrap_or_default();
            let segments = joints.len();
            persons.push(Player { person: person.clone(), cast, joints, first, start });
            first += segments;
        }
        persons.retain(|player| player.person.ragdoll.simulates());
        let part_indices = persons.iter().map(|player| player.person.person_part_index).collect();
        Ok(Some(Self { shot: shot.clone(), sources, properties: Ragdoll::properties(), persons, part_indices }))
    }

    /// Parts of the people that may be moved.
    pub(crate) fn part_indices(&self) -> &[usize] {
        &self.part_indices
    }

    /// The pose of each of [`Shown::part_indices`] at `frame`, which the bake holds; none for who is as animated.
    pub(crate) fn poses(&mut self, bake: &RigidBake, frame: i64) -> Result<Vec<Option<FigurePose>>, Fault> {
        let frame = frame.clamp(0, i64::from(bake.frames().max(1)) - 1);
        let moved = |ragdoll: &Ragdoll| match phase_at(ragdoll, frame as f64) {
            // Bodies are let go at `from_frame`, where the animation has them, and taken back at `until_frame`, where they are.
            Phase::Moves if frame == i64::from(ragdoll.from_frame) => Phase::Follows,
            _ if ragdoll.simulates() && ragdoll.until_frame.is_some_and(|until| frame == i64::from(until)) => {
                Phase::Moves
            }
            phase => phase,
        };
        let phases: Vec<Phase> = self.persons.iter().map(|player| moved(&player.person.ragdoll)).collect();
        if phases.iter().all(|phase| *phase == Phase::Follows) {
            return Ok(vec![None; phases.len()]);
        }
        let animated = self.sources.iter_mut().map(|source| source.poses(frame)).collect::<Result<Vec<_>, _>>()?;
        let segments = bake.segments_at(frame);
        let pose = |(player, phase): (&Player, &Phase)| {
            let Player { person, cast, joints, first, start } = player;
            let figure = self.sources.get(cast.source)?.figures().get(cast.figure)?;
            let animated = animated.get(cast.source)?.get(cast.figure)?;
            let ragdoll = self.shot.part_at(person.part_index, &self.properties, frame as f64);
            let blend = ragdoll.map_or(person.ragdoll.blend, |ragdoll| ragdoll.blend);
            if *phase == Phase::Follows || blend == 0.0 {
                return None;
            }
            let places: Vec<(usize, Isometry3d)> =
                joints.iter().copied().zip(segments.get(*first..)?.iter().map(place)).collect();
            let base = base_pose(&person.ragdoll, *phase, figure, start, animated);
            let simulated = composed(figure, &base, &places);
            Some(if blend < 1.0 { figure.between(animated, &simulated, blend) } else { simulated })
        };
        Ok(self.persons.iter().zip(&phases).map(pose).collect())
    }
}

fn place(pose: &BodyPose) -> Isometry3d {
    Isometry3d { translation: pose.position_m.into(), rotation: Quat::from_array(pose.rotation_xyzw).normalize() }
}

/// The people of a shot as its bake moves them.
struct BakedPeople {
    baker: SharedBaker,
    key: String,
    store: BakeStore,
    shown: Shown,
}

/// Opens them; see [`kinema_core::FiguresAppExt`].
pub(crate) fn open_drive(shot: &Arc<LoadedShot>, store: &BakeStore) -> Result<Option<Box<dyn FigureDrive>>, Fault> {
    let open = || -> Result<Option<Box<dyn FigureDrive>>, PhysicsError> {
        let scene = PhysicsScene::from_shot(shot)?;
        let Some(shown) = Shown::open(shot, &scene)? else { return Ok(None) };
        let baker = SharedBaker::open(shot, store)?;
        let key = baker.lock().key().to_owned();
        Ok(Some(Box::new(BakedPeople { baker, key, store: store.clone(), shown })))
    };
    open().map_err(|error| Fault::of(&error))
}

impl FigureDrive for BakedPeople {
    fn part_indices(&self) -> &[usize] {
        self.shown.part_indices()
    }

    fn key(&self) -> &str {
        &self.key
    }

    fn poses(&mut self, frame: i64) -> Result<Vec<(usize, FigurePose)>, Fault> {
        let mut baker = self.baker.lock();
        baker.advance_to(frame).map_err(|error| Fault::of(&error))?;
        if let Err(error) = baker.store(&self.store) {
            // The bake is in memory; only the next run pays for the full disk.
            tracing::warn!("{error}");
        }
        let poses = self.shown.poses(baker.bake(), frame)?;
        let parts = self.shown.part_indices().iter().copied();
        Ok(parts.zip(poses).filter_map(|(part, pose)| Some((part, pose?))).collect())
    }
}
