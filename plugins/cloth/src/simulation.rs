//! The cloths of a shot, stepped frame by frame among its solids and in its wind. No drawing, no clock.

use std::sync::Arc;

use bevy::math::{DVec3, Vec3};
use kinema_core::{AIR_DENSITY_KG_M3, BakeStore, LoadedShot, SolidPlace, SolidSource, SolidSources, WindField};

use crate::error::ClothBakeError;
use crate::form;
use crate::shot::Cloth;
use crate::solver::air::AirSettings;
use crate::solver::cloth::{Cloth as Particles, Fastenings};
use crate::solver::position::RANGE_M;
use crate::solver::settings::Settings;
use crate::solver::vec3::V3;
use crate::surroundings::Surroundings;

/// How far a cloth may go from where it began, metres: a margin below what the solver's numbers hold.
pub const LIMIT_M: f64 = RANGE_M - 8.0;

/// Every cloth of a shot at one frame.
pub struct ClothWorld {
    shot: Arc<LoadedShot>,
    sources: Vec<Box<dyn SolidSource>>,
    /// Where the solids are at this frame, all sources one after the other.
    places: Vec<SolidPlace>,
    cloths: Vec<OneCloth>,
    frame: i64,
}

struct OneCloth {
    part_index: usize,
    id: String,
    particles: Particles,
    surroundings: Surroundings,
    /// Pinned particles and where the part holds them, in its own space.
    pins: Vec<(u32, DVec3)>,
    /// The solver's zero, world space, metres.
    origin_m: DVec3,
    steps_per_frame: u32,
}

impl ClothWorld {
    /// The state at frame 0; `None` for a shot without cloth.
    ///
    /// # Errors
    /// [`ClothBakeError`] when a cloth or what it collides with cannot be built.
    pub fn open(
        shot: &Arc<LoadedShot>,
        solids: &SolidSources,
        store: &BakeStore,
        threads: usize,
    ) -> Result<Option<Self>, ClothBakeError> {
        if !shot.shot.parts.iter().any(|part| part.part.get::<Cloth>().is_some()) {
            return Ok(None);
        }
        let sources = solids.open(shot, store).map_err(ClothBakeError::Solids)?;
        let mut world = Self { shot: shot.clone(), sources, places: Vec::new(), cloths: Vec::new(), frame: 0 };
        world.places = world.places_at(0)?;
        for (part_index, part) in shot.shot.parts.iter().enumerate() {
            if let Some(cloth) = part.part.get::<Cloth>() {
                let one = world.cloth(part_index, &part.id, cloth, threads)?;
                world.cloths.push(one);
            }
        }
        Ok(Some(world))
    }

    /// What the solids depend on: part of the bake's key.
    pub fn solid_keys(&self) -> Vec<String> {
        self.sources.iter().map(|source| source.key().to_owned()).collect()
    }

    /// Positions in the document, from 0, of the cloths, and how many particles each has.
    pub fn layout(&self) -> Vec<(usize, usize)> {
        self.cloths.iter().map(|cloth| (cloth.part_index, cloth.particles.state().len())).collect()
    }

    fn places_at(&mut self, frame: i64) -> Result<Vec<SolidPlace>, ClothBakeError> {
        let mut places = Vec::new();
        for source in &mut self.sources {
            places.extend(source.places(frame).map_err(ClothBakeError::Solids)?);
        }
        Ok(places)
    }

    fn cloth(&self, part_index: usize, id: &str, cloth: &Cloth, threads: usize) -> Result<OneCloth, ClothBakeError> {
        let refuse = |source| ClothBakeError::Cloth { part: id.to_owned(), source };
        let mut mesh = form::mesh(&cloth.cut).map_err(refuse)?;
        let pinned = form::all_pinned(&mesh, &cloth.pins);
        let local: Vec<DVec3> = mesh.positions_m.iter().map(|place| DVec3::from_array(*place)).collect();
        let pins = pinned.iter().map(|pin| (*pin, local.get(*pin as usize).copied().unwrap_or_default())).collect();
        let start = self.shot.world_transform_at(part_index, 0.0);
        let (_, turn, origin) = start.to_scale_rotation_translation();
        for (place, local) in mesh.positions_m.iter_mut().zip(&local) {
            *place = (turn.as_dquat() * *local).to_array();
        }
        let frame_secs = self.shot.shot.timeline.rate.frame_secs();
        let steps_per_frame = (frame_secs * f64::from(cloth.steps_per_sec)).ceil().clamp(1.0, 1e6) as u32;
        let fabric = cloth.material.fabric();
        let settings = Settings {
            substep_secs: (frame_secs / f64::from(steps_per_frame)) as f32,
            air: AirSettings { density_kg_m3: AIR_DENSITY_KG_M3, ..AirSettings::STILL },
            threads,
            ..Settings::default()
        };
        let solids: Vec<_> = self.sources.iter().flat_map(|source| source.solids().iter().cloned()).collect();
        let origin_m = origin.as_dvec3();
        let surroundings = Surroundings::new(&mesh, &fabric, &solids, &self.places, origin_m, threads)
            .map_err(|source| ClothBakeError::Contact { part: id.to_owned(), source })?;
        let fastenings = Fastenings { pins: pinned, ..Fastenings::default() };
        let particles = Particles::new(mesh, fabric, settings, fastenings).map_err(refuse)?;
        Ok(OneCloth { part_index, id: id.to_owned(), particles, surroundings, pins, origin_m, steps_per_frame })
    }

    /// Positions of all particles, world space, metres, cloth after cloth.
    pub fn positions(&self) -> Vec<[f32; 3]> {
        let all = self.cloths.iter().flat_map(|cloth| {
            let state = cloth.particles.state();
            (0..state.len()).map(|i| (cloth.origin_m + DVec3::from_array(state.position_m(i))).as_vec3().to_array())
        });
        all.collect()
    }

    /// Advances by one frame.
    ///
    /// # Errors
    /// [`ClothBakeError::Lost`] for a cloth that flies away, and what the solids fail with.
    pub fn step_frame(&mut self) -> Result<(), ClothBakeError> {
        let next = self.frame + 1;
        let places = self.places_at(next)?;
        let rate = self.shot.shot.timeline.rate;
        let wind = WindField::of_shot(&self.shot, self.frame as f64);
        for cloth in &mut self.cloths {
            let refuse = |source| ClothBakeError::Cloth { part: cloth.id.clone(), source };
            let to = self.shot.world_transform_at(cloth.part_index, next as f64);
            let (_, turn, origin) = to.to_scale_rotation_translation();
            for (pin, local) in &cloth.pins {
                let target = origin.as_dvec3() + turn.as_dquat() * *local - cloth.origin_m;
                cloth.particles.move_pin(*pin, target.to_array(), cloth.steps_per_frame).map_err(refuse)?;
            }
            let secs = rate.secs_at(self.frame as f64);
            cloth.surroundings.begin_frame(&places, &wind, secs, rate.frame_secs(), cloth.steps_per_frame);
            cloth.particles.step_with(cloth.steps_per_frame, &mut cloth.surroundings);
            let state = cloth.particles.state();
            let far = |place: [f64; 3]| !place.iter().all(|x| x.abs() < LIMIT_M);
            if (0..state.len()).any(|i| far(state.position_m(i))) {
                return Err(ClothBakeError::Lost { part: cloth.id.clone(), frame: next, limit_m: LIMIT_M });
            }
        }
        self.places = places;
        self.frame = next;
        Ok(())
    }
}

/// A vector of the solver's kind.
pub(crate) fn v3(vector: Vec3) -> V3 {
    V3::from_array(vector.to_array())
}
