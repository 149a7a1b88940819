//! Bakes: where every particle is in every frame, simulated once and kept by content, so that any frame can be drawn without
//! the frames before it.

use std::sync::Arc;

use kinema_core::{BakeStore, BuildIdentity, LoadedShot, PhysicsWorld, Wind, sha256_hex};
use serde::Serialize;

use crate::error::ClothBakeError;
use crate::garment::part::Garment;
use crate::settings::ClothSettings;
use crate::shot::{Cloth, ClothSurface};
use crate::simulation::ClothWorld;
use crate::solver::mesh::ClothMesh;

/// Version of the stored form.
const FORMAT_VERSION: u32 = 2;
/// Most numbers of one bake, 2.4 GB.
const MAX_NUMBERS: u64 = 600_000_000;

/// The particles of a shot's cloths, for frame 0 up to some frame.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ClothBake {
    /// Position of each cloth's part in the document, from 0, and how many particles it has.
    layout: Vec<(usize, usize)>,
    /// The mesh of each.
    meshes: Vec<ClothMesh>,
    /// Frame by frame, cloth by cloth, world space, metres.
    positions: Vec<[f32; 3]>,
}

impl ClothBake {
    /// Number of cloths.
    pub fn cloths(&self) -> usize {
        self.layout.len()
    }

    /// Positions held of each frame.
    pub fn particles(&self) -> usize {
        self.layout.iter().map(|(_, count)| count).sum()
    }

    /// Number of frames held, counted from frame 0.
    pub fn frames(&self) -> u32 {
        self.positions.len().checked_div(self.particles()).unwrap_or(0) as u32
    }

    /// The mesh of the cloth at `part_index` in the document, with its start positions; none for what is no cloth.
    pub fn mesh_of(&self, part_index: usize) -> Option<&ClothMesh> {
        self.layout.iter().position(|(part, _)| *part == part_index).and_then(|slot| self.meshes.get(slot))
    }

    /// The particles of the cloth at `part_index` in the document at `frame`, world space, metres. Frames before 0 are the
    /// initial state, frames after the last are the last. Of a cloth that can tear, the corners of its triangles. Empty for what is no cloth.
    pub fn positions_at(&self, part_index: usize, frame: i64) -> &[[f32; 3]] {
        let Some(slot) = self.layout.iter().position(|(part, _)| *part == part_index) else { return &[] };
        let frame = frame.min(i64::from(self.frames()) - 1).max(0) as usize;
        let before: usize = self.layout.iter().take(slot).map(|(_, count)| count).sum();
        let start = frame * self.particles() + before;
        self.positions.get(start..start + self.layout[slot].1).unwrap_or_default()
    }
}

/// A bake that is read from a store, or simulated as far as it is needed and stored when complete.
pub struct ClothBaker {
    key: String,
    bake: ClothBake,
    /// The simulation, standing at the last frame held; `None` once everything is held.
    world: Option<ClothWorld>,
    last_frame: u32,
    /// Something was simulated that the store does not hold.
    simulated: bool,
}

impl ClothBaker {
    /// Opens the bake of `shot`, from the store or at frame 0; `None` for a shot without cloth.
    ///
    /// # Errors
    /// [`ClothBakeError`] when the shot cannot be simulated.
    pub fn open(
        shot: &Arc<LoadedShot>,
        settings: &ClothSettings,
        build: &BuildIdentity,
    ) -> Result<Option<Self>, ClothBakeError> {
        let store = &settings.store();
        let Some(mut world) = ClothWorld::open(shot, store, settings.threads)? else { return Ok(None) };
        let key = bake_key(shot, &world.solid_keys(), build);
        // Without the motion of what gave way, the cloth's alone is of no use.
        let is_whole = world.join(&key)?;
        let last_frame = shot.shot.timeline.frames;
        let mut bake = ClothBake { layout: world.layout(), meshes: world.meshes(), positions: Vec::new() };
        let particles = bake.particles();
        if particles as u64 * 3 * (u64::from(last_frame) + 1) > MAX_NUMBERS {
            return Err(ClothBakeError::TooLarge { particles, frames: last_frame });
        }
        let stored = is_whole.then(|| read(store, &key, particles, last_frame)).flatten();
        bake.positions = stored.unwrap_or_else(|| world.positions_beside_drawn());
        let mut baker = Self { key, bake, world: Some(world), last_frame, simulated: false };
        baker.drop_finished();
        Ok(Some(baker))
    }

    /// The key in the store.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What is held so far.
    pub fn bake(&self) -> &ClothBake {
        &self.bake
    }

    /// Whether every frame of the shot is held.
    pub fn is_complete(&self) -> bool {
        self.bake.frames() > self.last_frame
    }

    fn drop_finished(&mut self) {
        if self.is_complete() {
            self.world = None;
        }
    }

    /// Simulates until `frame` is held. Frames outside the shot are clamped to it. The last frame drawn also brings the one
    /// after it, so that rendering a whole shot completes its bake.
    ///
    /// # Errors
    /// [`ClothBakeError`] when the simulation fails.
    pub fn advance_to(&mut self, frame: i64) -> Result<(), ClothBakeError> {
        let last_drawn = i64::from(self.last_frame) - 1;
        let wanted = if frame >= last_drawn { self.last_frame } else { frame.max(0) as u32 };
        while let Some(world) = self.world.as_mut().filter(|_| self.bake.frames() <= wanted) {
            world.step_frame()?;
            self.bake.positions.extend(world.positions_beside_drawn());
            self.simulated = true;
        }
        self.drop_finished();
        Ok(())
    }

    /// Stores a complete bake and returns its size in bytes; does nothing while it is incomplete or when it came from the
    /// store.
    ///
    /// # Errors
    /// [`ClothBakeError::Store`] when the store cannot be written.
    pub fn store(&mut self, store: &BakeStore) -> Result<usize, ClothBakeError> {
        if !self.is_complete() || !self.simulated {
            return Ok(0);
        }
        // One attempt: a full disk is reported once, not once a frame.
        self.simulated = false;
        let bytes: Vec<u8> = self.bake.positions.iter().flatten().flat_map(|x| x.to_le_bytes()).collect();
        store.put(&self.key, &bytes).map_err(ClothBakeError::Store)?;
        Ok(bytes.len())
    }
}

/// The positions that are stored under `key`, if they are whole. A longer bake is cut, so that what lies after the last frame
/// does not depend on the cache.
fn read(store: &BakeStore, key: &str, particles: usize, last_frame: u32) -> Option<Vec<[f32; 3]>> {
    let bytes = match store.get(key) {
        Ok(bytes) => bytes?,
        Err(error) => {
            tracing::warn!("the stored bake {key} cannot be read and is simulated again: {error}");
            return None;
        }
    };
    let wanted = (last_frame as usize + 1) * particles;
    let numbers: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|word| f32::from_le_bytes(*word)).collect();
    let positions = numbers.as_chunks::<3>().0.get(..wanted)?.to_vec();
    positions.iter().flatten().all(|x| x.is_finite()).then_some(positions)
}

#[derive(Serialize)]
struct Key<'a> {
    format: u32,
    build: &'a str,
    rate: String,
    seed: u64,
    cloths: Vec<(&'a str, Cloth)>,
    garments: Vec<(&'a str, Garment)>,
    winds: Vec<(&'a str, &'a Wind)>,
    physical: PhysicsWorld,
    /// Id, parent and transform of every part, and every track: what moves pins and winds.
    places: Vec<(&'a str, Option<&'a str>, [[f32; 3]; 3])>,
    tracks: &'a [kinema_core::Track],
    solids: &'a [String],
}

/// The key of the bake: sha256 of canonical JSON over the build that simulates, rate and seed, every cloth without its looks, every
/// wind, gravity and air, where parts are and what moves them, and the keys of what the cloth collides with.
fn bake_key(shot: &LoadedShot, solids: &[String], build: &BuildIdentity) -> String {
    let parts = &shot.shot.parts;
    let without_looks = |cloth: &Cloth| Cloth { surface: ClothSurface::default(), ..cloth.clone() };
    let undyed = |garment: &Garment| Garment { surface: ClothSurface::default(), ..garment.clone() };
    let key = Key {
        format: FORMAT_VERSION,
        build: &build.0,
        rate: shot.shot.timeline.rate.to_string(),
        seed: shot.shot.seed,
        cloths: parts.iter().filter_map(|part| Some((part.id.as_str(), without_looks(part.part.get()?)))).collect(),
        garments: parts.iter().filter_map(|part| Some((part.id.as_str(), undyed(part.part.get()?)))).collect(),
        winds: parts.iter().filter_map(|part| Some((part.id.as_str(), part.part.get()?))).collect(),
        physical: PhysicsWorld::of_shot(&shot.shot),
        places: parts
            .iter()
            .map(|part| (part.id.as_str(), part.parent.as_deref(), [part.position, part.rotation_deg, part.scale]))
            .collect(),
        tracks: &shot.shot.tracks,
        solids,
    };
    // A document that could be loaded can be written.
    sha256_hex(&serde_json::to_vec(&key).unwrap_or_default())
}
