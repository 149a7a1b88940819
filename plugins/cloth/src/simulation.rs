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
use crate::solver::step::step_together;
use crate::solver::vec3::V3;
use crate::surroundings::{Layered, Surroundings};

/// Cloths that begin nearer than this to the first of a group are in one contact world with it, metres. Others never meet.
pub const GROUP_M: f64 = 16.0;

/// How far a cloth may go from where it began, metres: a margin below what the solver's numbers hold.
pub const LIMIT_M: f64 = RANGE_M - GROUP_M - 8.0;

/// Every cloth of a shot at one frame.
pub struct ClothWorld {
    shot: Arc<LoadedShot>,
    sources: Vec<Box<dyn SolidSource>>,
    /// Where the solids are at this frame, all sources one after the other.
    places: Vec<SolidPlace>,
    groups: Vec<Group>,
    frame: i64,
}

/// Cloths that may touch: they have one origin, are stepped together, and are layers of one contact world.
struct Group {
    /// In the order of the document, which is that of layers too: what is worn underneath comes first.
    cloths: Vec<OneCloth>,
    surroundings: Surroundings,
    /// The solver's zero, world space, metres.
    origin_m: DVec3,
    /// As many as the cloth of the group wants that wants most.
    steps_per_frame: u32,
}

struct OneCloth {
    part_index: usize,
    id: String,
    particles: Particles,
    /// Pinned particles and where the part holds them, in its own space.
    pins: Vec<(u32, DVec3)>,
    /// Where the part was at frame 0, against the group's origin, metres.
    start_m: DVec3,
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
        let mut world = Self { shot: shot.clone(), sources, places: Vec::new(), groups: Vec::new(), frame: 0 };
        world.places = world.places_at(0)?;
        let origin_of = |part: usize| shot.world_transform_at(part, 0.0).to_scale_rotation_translation().2.as_dvec3();
        let mut groups: Vec<(DVec3, Vec<usize>)> = Vec::new();
        for (index, part) in shot.shot.parts.iter().enumerate() {
            if part.part.get::<Cloth>().is_some() {
                let origin_m = origin_of(index);
                match groups.iter_mut().find(|(first, _)| first.distance(origin_m) < GROUP_M) {
                    Some((_, members)) => members.push(index),
                    None => groups.push((origin_m, vec![index])),
                }
            }
        }
        for (origin_m, members) in groups {
            let group = world.group(origin_m, &members, threads)?;
            world.groups.push(group);
        }
        Ok(Some(world))
    }

    /// What the solids depend on: part of the bake's key.
    pub fn solid_keys(&self) -> Vec<String> {
        self.sources.iter().map(|source| source.key().to_owned()).collect()
    }

    /// Positions in the document, from 0, of the cloths, and how many particles each has.
    pub fn layout(&self) -> Vec<(usize, usize)> {
        let cloths = self.groups.iter().flat_map(|group| &group.cloths);
        cloths.map(|cloth| (cloth.part_index, cloth.particles.state().len())).collect()
    }

    fn places_at(&mut self, frame: i64) -> Result<Vec<SolidPlace>, ClothBakeError> {
        let mut places = Vec::new();
        for source in &mut self.sources {
            places.extend(source.places(frame).map_err(ClothBakeError::Solids)?);
        }
        Ok(places)
    }

    fn group(&self, origin_m: DVec3, members: &[usize], threads: usize) -> Result<Group, ClothBakeError> {
        let parts = || members.iter().map(|index| &self.shot.shot.parts[*index]);
        let frame_secs = self.shot.shot.timeline.rate.frame_secs();
        let steps_per_sec = parts().filter_map(|part| part.part.get::<Cloth>()).map(|cloth| cloth.steps_per_sec);
        let steps_per_frame = (frame_secs * f64::from(steps_per_sec.fold(1.0, f32::max))).ceil().clamp(1.0, 1e6) as u32;
        let settings = Settings {
            substep_secs: (frame_secs / f64::from(steps_per_frame)) as f32,
            air: AirSettings { density_kg_m3: AIR_DENSITY_KG_M3, ..AirSettings::STILL },
            threads,
            ..Settings::default()
        };
        let mut cloths = Vec::new();
        for (part_index, part) in members.iter().zip(parts()) {
            if let Some(cloth) = part.part.get::<Cloth>() {
                cloths.push(self.cloth(*part_index, &part.id, cloth, origin_m, settings.clone())?);
            }
        }
        let layers: Vec<Layered> =
            cloths.iter().map(|cloth| (cloth.particles.mesh(), cloth.particles.fabric())).collect();
        let solids: Vec<_> = self.sources.iter().flat_map(|source| source.solids().iter().cloned()).collect();
        let surroundings = Surroundings::new(&layers, &solids, &self.places, origin_m, threads).map_err(|source| {
            let part = cloths.first().map(|cloth| cloth.id.clone()).unwrap_or_default();
            ClothBakeError::Contact { part, source }
        })?;
        Ok(Group { cloths, surroundings, origin_m, steps_per_frame })
    }

    fn cloth(
        &self,
        part_index: usize,
        id: &str,
        cloth: &Cloth,
        origin_m: DVec3,
        settings: Settings,
    ) -> Result<OneCloth, ClothBakeError> {
        let refuse = |source| ClothBakeError::Cloth { part: id.to_owned(), source };
        let mut mesh = form::mesh(&cloth.cut).map_err(refuse)?;
        let pinned = form::all_pinned(&mesh, &cloth.pins);
        let local: Vec<DVec3> = mesh.positions_m.iter().map(|place| DVec3::from_array(*place)).collect();
        let pins = pinned.iter().map(|pin| (*pin, local.get(*pin as usize).copied().unwrap_or_default())).collect();
        let start = self.shot.world_transform_at(part_index, 0.0);
        let (_, turn, origin) = start.to_scale_rotation_translation();
        let start_m = origin.as_dvec3() - origin_m;
        for (place, local) in mesh.positions_m.iter_mut().zip(&local) {
            *place = (start_m + turn.as_dquat() * *local).to_array();
        }
        let fastenings = Fastenings { pins: pinned, ..Fastenings::default() };
        let particles = Particles::new(mesh, cloth.material.fabric(), settings, fastenings).map_err(refuse)?;
        Ok(OneCloth { part_index, id: id.to_owned(), particles, pins, start_m })
    }

    /// Positions of all particles, world space, metres, cloth after cloth.
    pub fn positions(&self) -> Vec<[f32; 3]> {
        let all = self.groups.iter().flat_map(|group| group.cloths.iter().map(|cloth| (group.origin_m, cloth)));
        let places = all.flat_map(|(origin_m, cloth)| {
            let state = cloth.particles.state();
            (0..state.len()).map(move |i| (origin_m + DVec3::from_array(state.position_m(i))).as_vec3().to_array())
        });
        places.collect()
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
        let secs = rate.secs_at(self.frame as f64);
        for group in &mut self.groups {
            let refuse = |part: &str, source| ClothBakeError::Cloth { part: part.to_owned(), source };
            for cloth in &mut group.cloths {
                let to = self.shot.world_transform_at(cloth.part_index, next as f64);
                let (_, turn, origin) = to.to_scale_rotation_translation();
                for (pin, local) in &cloth.pins {
                    let target = origin.as_dvec3() + turn.as_dquat() * *local - group.origin_m;
                    let moved = cloth.particles.move_pin(*pin, target.to_array(), group.steps_per_frame);
                    moved.map_err(|source| refuse(&cloth.id, source))?;
                }
            }
            group.surroundings.begin_frame(&places, &wind, secs, rate.frame_secs(), group.steps_per_frame);
            let mut cloths: Vec<&mut Particles> = group.cloths.iter_mut().map(|cloth| &mut cloth.particles).collect();
            let stepped = step_together(&mut cloths, group.steps_per_frame, &mut group.surroundings);
            stepped.map_err(|source| refuse(group.cloths.first().map_or("", |cloth| &cloth.id), source))?;
            for cloth in &group.cloths {
                let state = cloth.particles.state();
                let far = |place: [f64; 3]| {
                    !(DVec3::from_array(place) - cloth.start_m).abs().cmplt(DVec3::splat(LIMIT_M)).all()
                };
                if (0..state.len()).any(|i| far(state.position_m(i))) {
                    return Err(ClothBakeError::Lost { part: cloth.id.clone(), frame: next, limit_m: LIMIT_M });
                }
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
