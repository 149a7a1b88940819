//! Bakes: the simulation of a shot, done once, kept by content, so that any frame can be drawn without the
//! frames before it. With the poses it keeps what sensors saw and which joints broke.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kinema_core::{BakeStore, LoadedShot, sha256_hex};

use crate::bake_file::{self, Stored};
use crate::bake_key::bake_key;
use crate::error::PhysicsError;
use crate::events::{TimedEvent, inside_after, is_watched};
use crate::person::drive::count_segments;
use crate::scene::PhysicsScene;
use crate::scenery::Scenery;
use crate::simulation::{BodyPose, RigidWorld};

/// Most poses of one bake, 2.8 GB.
const MAX_POSES: u64 = 100_000_000;

/// The poses of the dynamic bodies of a shot and what happened, for frame 0 up to some frame.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RigidBake {
    /// Positions of the bodies' parts in the document, from 0.
    part_indices: Vec<usize>,
    /// Number of frames held.
    frames: u32,
    /// How many segments of people follow the bodies in each frame.
    segments: usize,
    /// Frame by frame, each with one pose per body and segment.
    poses: Vec<BodyPose>,
    /// In the order of time.
    events: Vec<TimedEvent>,
    /// Substeps of a frame.
    substeps: u64,
}

impl RigidBake {
    /// Positions in the document, from 0, of the parts the simulation moves.
    pub fn part_indices(&self) -> &[usize] {
        &self.part_indices
    }

    /// Number of frames held, counted from frame 0.
    pub fn frames(&self) -> u32 {
        self.frames
    }

    /// Every sensor entered or left and every joint broken in the frames held.
    pub fn events(&self) -> &[TimedEvent] {
        &self.events
    }

    /// What happened after `frame - 1` and up to `frame`.
    pub fn events_at(&self, frame: i64) -> &[TimedEvent] {
        let until = |frame: i64| {
            let substep = u64::try_from(frame).unwrap_or(0) * self.substeps;
            self.events.partition_point(|event| event.substep <= substep)
        };
        self.events.get(until(frame - 1)..until(frame)).unwrap_or_default()
    }

    /// Pairs of a sensor and a body in it at `frame`, by their positions in the document, sorted.
    pub fn inside_at(&self, frame: i64) -> BTreeSet<(u32, u32)> {
        let substep = u64::try_from(frame).unwrap_or(0) * self.substeps;
        inside_after(self.events.iter().take_while(|event| event.substep <= substep))
    }

    /// The poses at `frame`, one per entry of [`RigidBake::part_indices`]. Frames before 0 are the initial
    /// state, frames after the last are the last.
    pub fn poses_at(&self, frame: i64) -> &[BodyPose] {
        self.at(frame).split_at_checked(self.part_indices.len()).map_or(&[], |(bodies, _)| bodies)
    }

    /// The places of the segments of people at `frame`, as [`RigidWorld::segments`] has them.
    pub fn segments_at(&self, frame: i64) -> &[BodyPose] {
        self.at(frame).split_at_checked(self.part_indices.len()).map_or(&[], |(_, segments)| segments)
    }

    /// How many bodies and segments of people each frame holds.
    pub fn moving(&self) -> usize {
        self.part_indices.len() + self.segments
    }

    fn at(&self, frame: i64) -> &[BodyPose] {
        let last = i64::from(self.frames()) - 1;
        let index = frame.min(last).max(0) as usize;
        let poses = self.moving();
        self.poses.get(index * poses..(index + 1) * poses).unwrap_or_default()
    }
}

/// A bake that is read from a store, or simulated as far as it is needed and stored when complete.
pub struct RigidBaker {
    /// The key in the store, and that of the bodies alone.
    key: String,
    own_key: String,
    bake: RigidBake,
    /// Positions of the baked bodies among all bodies.
    dynamic: Vec<usize>,
    /// The simulation, standing at the last frame held; `None` once everything is held.
    world: Option<RigidWorld>,
    shot: Arc<LoadedShot>,
    scenery: Arc<Scenery>,
    /// Frames 0 to this one are wanted.
    last_frame: u32,
    /// Nothing moves and nothing is recorded.
    still: bool,
    /// Something was simulated that the store does not hold.
    simulated: bool,
    /// The key of what pushes the bodies and leads the simulation, if something does.
    leader: Option<String>,
}

/// The one bake of a shot, for all who read it.
#[derive(Clone)]
pub struct SharedBaker(Arc<Mutex<RigidBaker>>);

impl SharedBaker {
    /// Opens it, unless somebody holds it.
    ///
    /// # Errors
    /// As [`RigidBaker::open`].
    pub fn open(shot: &Arc<LoadedShot>, store: &BakeStore) -> Result<Self, PhysicsError> {
        shot.shared(store, || RigidBaker::open(shot, store).map(Mutex::new)).map(Self)
    }

    /// The baker, for as long as the guard lives.
    pub fn lock(&self) -> MutexGuard<'_, RigidBaker> {
        // Whoever panicked left a bake of whole frames.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RigidBaker {
    /// Opens the bake of `shot`: from `store`, or at frame 0. A damaged entry of the store is ignored.
    ///
    /// # Errors
    /// [`PhysicsError`] when the shot cannot be simulated.
    pub fn open(shot: &Arc<LoadedShot>, store: &BakeStore) -> Result<Self, PhysicsError> {
        let scene = PhysicsScene::from_shot(shot)?;
        let sources = match scene.people.is_empty() {
            true => Vec::new(),
            false => shot.figures().map_err(PhysicsError::Figures)?,
        };
        let segments = count_segments(&scene, &sources)?;
        let dynamic: Vec<usize> = scene.dynamic_bodies().collect();
        // Nothing else falls on it; making it can take seconds.
        let scenery = match dynamic.is_empty() && scene.people.is_empty() {
            true => Scenery::default(),
            false => Scenery::open(shot, store)?,
        };
        let key = bake_key(shot, &scene, &sources, &scenery.keys)?;
        let part_indices = dynamic.iter().filter_map(|index| Some(scene.bodies.get(*index)?.part_index)).collect();
        let last_frame = shot.shot.timeline.frames;
        let moving = dynamic.len() + segments;
        if moving as u64 * (u64::from(last_frame) + 1) > MAX_POSES {
            return Err(PhysicsError::TooLarge { bodies: moving, frames: last_frame });
        }
        let mut baker = Self {
            bake: RigidBake {
                part_indices,
                segments,
                substeps: u64::from(shot.shot.timeline.substeps),
                ..RigidBake::default()
            },
            still: dynamic.is_empty()
                && !scene.people.iter().any(|person| person.ragdoll.simulates())
                && !is_watched(&scene),
            dynamic,
            world: None,
            shot: Arc::clone(shot),
            scenery: Arc::new(scenery),
            last_frame,
            simulated: false,
            leader: None,
            own_key: key.clone(),
            key,
        };
        baker.take_stored(store);
        Ok(baker)
    }

    /// Begins anew with what the store has.
    fn take_stored(&mut self, store: &BakeStore) {
        let Stored { frames, poses, events } = self.read_stored(store).unwrap_or_default();
        (self.bake.frames, self.bake.poses, self.bake.events) = (frames, poses, events);
        (self.world, self.simulated) = (None, false);
    }

    /// Something that depends on the key `by` pushes the bodies: from now on the bake is that of both, and whoever pushes leads
    /// ([`RigidBaker::step`]). Returns whether all of it is in `store`.
    pub fn join(&mut self, by: &str, store: &BakeStore) -> bool {
        if self.leader.as_deref() != Some(by) {
            self.key = sha256_hex(format!("{} {by}", self.own_key).as_bytes());
            self.leader = Some(by.to_owned());
            self.take_stored(store);
        } else if !self.is_complete() {
            // Whoever led before has gone.
            self.take_stored(store);
        }
        self.is_complete()
    }

    /// One substep, led by whoever joined, who changes the world in `push` before. The first one is from frame 0, whatever was held.
    /// Returns the poses of all bodies, in the order of the document.
    ///
    /// # Errors
    /// As [`RigidBaker::advance_to`].
    pub fn step(&mut self, push: impl FnOnce(&mut RigidWorld)) -> Result<Vec<BodyPose>, PhysicsError> {
        let mut world = match self.world.take() {
            Some(world) => world,
            None => {
                (self.bake.frames, self.bake.poses, self.bake.events) = (0, Vec::new(), Vec::new());
                let world = RigidWorld::among(&self.shot, Arc::clone(&self.scenery))?;
                self.hold(&world);
                world
            }
        };
        push(&mut world);
        world.step()?;
        if world.completed_substeps().is_multiple_of(self.bake.substeps.max(1)) {
            self.hold(&world);
        }
        let poses = world.poses();
        self.world = Some(world).filter(|_| !self.is_complete());
        Ok(poses)
    }

    /// Keeps the frame at which a world stands.
    fn hold(&mut self, world: &RigidWorld) {
        self.simulated = true;
        let poses = world.poses();
        self.bake.poses.extend(self.dynamic.iter().filter_map(|index| poses.get(*index)));
        self.bake.poses.extend(world.segments());
        self.bake.frames += 1;
        let known = self.bake.events.len();
        self.bake.events.extend(world.events().iter().skip(known));
    }

    fn read_stored(&self, store: &BakeStore) -> Option<Stored> {
        let bytes = match store.get(&self.key) {
            Ok(bytes) => bytes?,
            Err(error) => {
                tracing::warn!("the stored bake {} cannot be read and is simulated again: {error}", self.key);
                return None;
            }
        };
        let stored = bake_file::decode(&self.key, self.bake.moving() as u32, &bytes);
        if stored.is_none() {
            tracing::warn!("the stored bake {} is damaged and is simulated again", self.key);
        }
        let frames = self.last_frame + 1;
        // A longer bake is cut, so that what lies after the last frame does not depend on the cache.
        stored.filter(|stored| stored.frames >= frames).map(|mut stored| {
            stored.frames = frames;
            stored.poses.truncate(frames as usize * self.bake.moving());
            let last_substep = u64::from(self.last_frame) * self.bake.substeps;
            stored.events.retain(|event| event.substep <= last_substep);
            stored
        })
    }

    /// The key in the store.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What is held so far.
    pub fn bake(&self) -> &RigidBake {
        &self.bake
    }

    /// Whether every frame of the shot is held.
    pub fn is_complete(&self) -> bool {
        self.still || self.bake.frames() > self.last_frame
    }

    /// Simulates until `frame` is held, unless somebody else leads, and returns its poses. Frames outside the shot are clamped to it. The
    /// last frame drawn also brings the one after it, so that rendering a whole shot completes its bake.
    ///
    /// # Errors
    /// [`PhysicsError`] when the simulation cannot be built or diverges.
    pub fn advance_to(&mut self, frame: i64) -> Result<&[BodyPose], PhysicsError> {
        let last_drawn = i64::from(self.last_frame) - 1;
        let wanted = if frame >= last_drawn { self.last_frame } else { frame.max(0) as u32 };
        while self.leader.is_none() && !self.is_complete() && self.bake.frames() <= wanted {
            let world = match self.world.take() {
                Some(mut world) => {
                    world.step_frame()?;
                    world
                }
                None => RigidWorld::among(&self.shot, Arc::clone(&self.scenery))?,
            };
            self.hold(&world);
            self.world = Some(world);
        }
        if self.is_complete() {
            self.world = None;
        }
        Ok(self.bake.poses_at(frame))
    }

    /// Stores a complete bake and returns its size in bytes; does nothing while it is incomplete or when it
    /// came from the store.
    ///
    /// # Errors
    /// [`PhysicsError::Store`] when the store cannot be written.
    pub fn store(&mut self, store: &BakeStore) -> Result<usize, PhysicsError> {
        if !self.is_complete() || !self.simulated {
            return Ok(0);
        }
        // One attempt: a full disk is reported once, not once a frame.
        self.simulated = false;
        let RigidBake { frames, poses, events, .. } = self.bake.clone();
        let bytes = bake_file::encode(&self.key, self.bake.moving() as u32, &Stored { frames, poses, events });
        store.put(&self.key, &bytes).map_err(PhysicsError::Store)?;
        Ok(bytes.len())
    }
}

/// How far [`bake`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BakeProgress {
    /// Frames held, counted from frame 0.
    pub frames_done: u32,
    /// Frames wanted.
    pub frames_total: u32,
}

/// What [`bake`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BakeSummary {
    /// The key in the store, 64 hexadecimal digits.
    pub key: String,
    /// Bodies and segments of people that the simulation moves.
    pub dynamic_bodies: usize,
    /// Frames held, counted from frame 0: one more than the shot draws.
    pub frames: u32,
    /// Substeps simulated now; 0 when the bake was already stored.
    pub simulated_substeps: u64,
    /// Bytes written to the store now.
    pub stored_bytes: usize,
}

/// Simulates a whole shot into `store`, unless it is there already. `progress` hears of every frame.
///
/// # Errors
/// [`PhysicsError`] when the shot cannot be simulated or the bake cannot be stored.
pub fn bake(
    shot: &Arc<LoadedShot>,
    store: &BakeStore,
    progress: &mut dyn FnMut(BakeProgress),
) -> Result<BakeSummary, PhysicsError> {
    let mut baker = RigidBaker::open(shot, store)?;
    let frames_total = baker.last_frame + 1;
    let mut simulated_frames = 0_u64;
    while !baker.is_complete() {
        let next = i64::from(baker.bake().frames());
        baker.advance_to(next)?;
        simulated_frames = baker.bake().frames().saturating_sub(1).into();
        progress(BakeProgress { frames_done: baker.bake().frames(), frames_total });
    }
    let stored_bytes = baker.store(store)?;
    progress(BakeProgress { frames_done: frames_total, frames_total });
    Ok(BakeSummary {
        key: baker.key.clone(),
        dynamic_bodies: baker.bake.moving(),
        frames: frames_total,
        simulated_substeps: simulated_frames * u64::from(shot.shot.timeline.substeps),
        stored_bytes,
    })
}
