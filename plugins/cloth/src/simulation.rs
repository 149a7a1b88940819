//! The cloths of a shot, stepped frame by frame among its solids and in its wind. No drawing, no clock.

mod garments;
mod group;
mod joint;
mod pins;

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy::math::{DVec3, Vec3};
use kinema_core::{BakeStore, LoadedShot, PhysicsWorld, SolidImpulse, SolidPlace, SolidSource, WindField};

use self::pins::HeldPin;
use crate::error::ClothBakeError;
use crate::form;
use crate::garment::drape::Hold;
use crate::garment::part::Garment;
use crate::garment::proxy::SkinProxy;
use crate::garment::wear::Worn;
use crate::shot::{Cloth, Seam as SeamPart};
use crate::solver::air::AirSettings;
use crate::solver::cloth::{Cloth as Particles, Fastenings};
use crate::solver::links::Seam;
use crate::solver::mesh::ClothMesh;
use crate::solver::position::RANGE_M;
use crate::solver::settings::Settings;
use crate::solver::vec3::V3;
use crate::surroundings::{Layered, Surroundings};

/// Cloths that begin nearer than this to the first of a group are in one contact world with it, metres. Others never meet.
pub const GROUP_M: f64 = 16.0;

/// How far a cloth may go from where it began, metres: a margin below what the solver's numbers hold.
pub const LIMIT_M: f64 = RANGE_M - GROUP_M - 8.0;

/// Parts of a frame in which flesh gives way anew to a person's own limbs: a hand that swings goes a centimetre in one.
const DRESSED_STRETCHES: u32 = 8;

/// A cloth that can tear is looked at as often in a frame, and opened at as many places each time.
const TEARS_A_FRAME: u32 = 10;
const TEARS_AT_ONCE: usize = 8;
/// Time in which seams draw together what lies apart.
const SEWING_SECS: f64 = 1.0;
/// Give of a stitch, m/N: stiff beside the cloth, and soft enough not to jerk it while it is drawn together.
const STITCH_COMPLIANCE_M_N: f32 = 1e-3;

/// Every cloth of a shot at one frame.
pub struct ClothWorld {
    shot: Arc<LoadedShot>,
    sources: Vec<Box<dyn SolidSource>>,
    /// Where the solids are drawn at this frame, all sources one after the other.
    places: Vec<SolidPlace>,
    /// Parts that a frame is stepped in, so that solids that give way hear of the cloth, and flesh gives way to limbs that swing past.
    stretches: u32,
    /// What cloth did to the solids in the last part.
    impulses: Vec<SolidImpulse>,
    /// What solids that give way have been told so far, solid by solid, N s.
    given_n_s: Vec<DVec3>,
    groups: Vec<Group>,
    /// What cloth meets of those who are dressed, by their position in the list of all solids.
    proxies: Vec<(usize, SkinProxy)>,
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
    pins: Vec<HeldPin>,
    /// Particles that go with the skin of a solid, and the position of that solid in the list of all.
    holds: Vec<Hold>,
    held_by: Option<usize>,
    /// Where the part was at frame 0, against the group's origin, metres.
    start_m: DVec3,
    /// Frames at which pins let go, and which.
    releases: Vec<(u32, Vec<u32>)>,
    /// How far apart what each seam joins was at the start, metres.
    gaps_m: Vec<f32>,
    can_tear: bool,
}

impl ClothWorld {
    /// The state at frame 0; `None` for a shot without cloth.
    ///
    /// # Errors
    /// [`ClothBakeError`] when a cloth or what it collides with cannot be built.
    pub fn open(shot: &Arc<LoadedShot>, store: &BakeStore, threads: usize) -> Result<Option<Self>, ClothBakeError> {
        let parts = &shot.shot.parts;
        let is_garment = |part: &kinema_core::Part| part.part.get::<Garment>().is_some();
        if !parts.iter().any(|part| part.part.get::<Cloth>().is_some() || is_garment(part)) {
            return Ok(None);
        }
        let mut sources = shot.solids(store).map_err(ClothBakeError::Solids)?;
        let yields = sources.iter_mut().any(|source| source.yielding().is_some());
        let mut world = Self {
            shot: shot.clone(),
            sources,
            places: Vec::new(),
            stretches: if yields { shot.shot.timeline.substeps.max(1) } else { 1 },
            impulses: Vec::new(),
            given_n_s: Vec::new(),
            groups: Vec::new(),
            proxies: Vec::new(),
            frame: 0,
        };
        let mut worn = world.wear_all(store, threads)?;
        if !yields && !world.proxies.is_empty() {
            world.stretches = DRESSED_STRETCHES;
        }
        world.places = world.places_ahead(&[], 0)?;
        world.given_n_s = vec![DVec3::ZERO; world.places.len()];
        let origin_of = |part: usize| shot.world_transform_at(part, 0.0).to_scale_rotation_translation().2.as_dvec3();
        let mut groups: Vec<(DVec3, Vec<usize>)> = Vec::new();
        for (index, part) in shot.shot.parts.iter().enumerate() {
            if part.part.get::<Cloth>().is_some() || is_garment(part) {
                let origin_m = worn.get(&index).map_or_else(|| origin_of(index), |worn: &Worn| worn.origin_m);
                match groups.iter_mut().find(|(first, _)| first.distance(origin_m) < GROUP_M) {
                    Some((_, members)) => members.push(index),
                    None => groups.push((origin_m, vec![index])),
                }
            }
        }
        for (origin_m, members) in groups {
            let group = world.group(origin_m, &members, &mut worn, threads)?;
            world.groups.push(group);
        }
        Ok(Some(world))
    }

    /// What the solids depend on: part of the bake's key.
    pub fn solid_keys(&self) -> Vec<String> {
        self.sources.iter().map(|source| source.key().to_owned()).collect()
    }

    /// Positions in the document, from 0, of the cloths, and how many positions each has.
    pub fn layout(&self) -> Vec<(usize, usize)> {
        let count = |cloth: &OneCloth| match cloth.can_tear {
            true => 3 * cloth.particles.mesh().triangles.len(),
            false => cloth.particles.state().len(),
        };
        let cloths = self.groups.iter().flat_map(|group| &group.cloths);
        cloths.map(|cloth| (cloth.part_index, count(cloth))).collect()
    }

    /// The mesh of each cloth, in the order of [`layout`](Self::layout).
    pub fn meshes(&self) -> Vec<ClothMesh> {
        let cloths = self.groups.iter().flat_map(|group| &group.cloths);
        cloths.map(|cloth| cloth.particles.mesh().clone()).collect()
    }

    fn group(
        &self,
        origin_m: DVec3,
        members: &[usize],
        worn: &mut BTreeMap<usize, Worn>,
        threads: usize,
    ) -> Result<Group, ClothBakeError> {
        let parts = || members.iter().map(|index| &self.shot.shot.parts[*index]);
        let frame_secs = self.shot.shot.timeline.rate.frame_secs();
        let wanted = |part: &kinema_core::Part| {
            let of_cloth = part.part.get::<Cloth>().map(|cloth| cloth.steps_per_sec);
            of_cloth.or(part.part.get::<Garment>().map(|garment| garment.steps_per_sec))
        };
        let steps_per_sec = parts().filter_map(wanted);
        let steps_per_frame = (frame_secs * f64::from(steps_per_sec.fold(1.0, f32::max))).ceil().clamp(1.0, 1e6) as u32;
        let steps_per_frame = steps_per_frame.next_multiple_of(self.stretches);
        let physical = PhysicsWorld::of_shot(&self.shot.shot);
        let settings = Settings {
            substep_secs: (frame_secs / f64::from(steps_per_frame)) as f32,
            gravity_m_s2: V3::from_array(physical.gravity_m_s2),
            air: AirSettings { density_kg_m3: physical.air_density_kg_m3, ..AirSettings::STILL },
            threads,
            ..Settings::default()
        };
        let mut cloths = Vec::new();
        for (part_index, part) in members.iter().zip(parts()) {
            if let Some(cloth) = part.part.get::<Cloth>() {
                cloths.push(self.cloth(*part_index, &part.id, cloth, origin_m, settings.clone())?);
            }
            if let (Some(garment), Some(worn)) = (part.part.get::<Garment>(), worn.remove(part_index)) {
                cloths.push(self.garment(*part_index, &part.id, garment, worn, origin_m, settings.clone())?);
            }
        }
        let layers: Vec<Layered> =
            cloths.iter().map(|cloth| (cloth.particles.mesh(), cloth.particles.fabric())).collect();
        let surroundings = Surroundings::new(&layers, &self.solids(), &self.met(&self.places), origin_m, threads)
            .map_err(|source| {
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
        let local: Vec<DVec3> = mesh.positions_m.iter().map(|place| DVec3::from_array(*place)).collect();
        let pins = self.pins(part_index, cloth, &mesh, &local);
        let pinned = pins.iter().map(|pin| pin.particle).collect();
        let releases =
            cloth.releases.iter().map(|release| (release.at_frame, form::pinned(&mesh, &release.pin))).collect();
        let seams: Vec<Seam> = cloth.seams.iter().flat_map(|seam| stitches(&mesh, seam)).collect();
        let start = self.shot.world_transform_at(part_index, 0.0);
        let (_, turn, origin) = start.to_scale_rotation_translation();
        let start_m = origin.as_dvec3() - origin_m;
        for (place, local) in mesh.positions_m.iter_mut().zip(&local) {
            *place = (start_m + turn.as_dquat() * *local).to_array();
        }
        let fabric = cloth.fabric();
        let can_tear = fabric.tear_strain.is_finite();
        let gaps_m = seams.iter().map(|seam| seam.rest_m).collect();
        let fastenings = Fastenings { pins: pinned, seams, ..Fastenings::default() };
        let particles = Particles::new(mesh, fabric, settings, fastenings).map_err(refuse)?;
        let (id, holds, held_by) = (id.to_owned(), Vec::new(), None);
        Ok(OneCloth { part_index, id, particles, pins, holds, held_by, start_m, releases, gaps_m, can_tear })
    }

    /// Where the solids are drawn at this frame, all sources one after the other.
    pub fn places(&self) -> &[SolidPlace] {
        &self.places
    }

    /// Positions of all particles, world space, metres, cloth after cloth; of a cloth that can tear those of the corners of its
    /// triangles, whose number tears do not change.
    pub fn positions(&self) -> Vec<[f32; 3]> {
        self.groups.iter().flat_map(|group| group.positions(&[])).collect()
    }

    /// The same beside solids that are where pictures show them: cloth that lies in a dent goes along with it.
    pub fn positions_beside_drawn(&mut self) -> Vec<[f32; 3]> {
        let mut all = Vec::new();
        for group in &mut self.groups {
            let cloths: Vec<&Particles> = group.cloths.iter().map(|cloth| &cloth.particles).collect();
            let ways_m = group.surroundings.with_drawn(&cloths, &self.places);
            all.extend(group.positions(&ways_m));
        }
        all
    }

    /// Advances by one frame.
    ///
    /// # Errors
    /// [`ClothBakeError::Lost`] for a cloth that flies away, and what the solids fail with.
    pub fn step_frame(&mut self) -> Result<(), ClothBakeError> {
        let next = self.frame + 1;
        let starts = std::mem::take(&mut self.places);
        let ends = self.places_ahead(&starts, next)?;
        self.send_particles(&ends, next)?;
        let rate = self.shot.shot.timeline.rate;
        let wind = WindField::of_shot(&self.shot, self.frame as f64);
        let secs = rate.frame_secs() / f64::from(self.stretches);
        for stretch in 0..self.stretches {
            self.places = self.places_during(&starts, &ends, stretch + 1)?;
            let start_secs = rate.secs_at(self.frame as f64) + secs * f64::from(stretch);
            let met = self.met(&self.places);
            self.impulses.clear();
            for group in &mut self.groups {
                let steps = group.steps_per_frame / self.stretches;
                group.surroundings.begin_stretch(&met, &wind, start_secs, secs, steps);
                group.step(start_secs, secs, steps, TEARS_A_FRAME.div_ceil(self.stretches))?;
                self.impulses.extend(group.surroundings.take_impulses());
            }
        }
        for cloth in self.groups.iter().flat_map(|group| &group.cloths) {
            let state = cloth.particles.state();
            let far =
                |place: [f64; 3]| !(DVec3::from_array(place) - cloth.start_m).abs().cmplt(DVec3::splat(LIMIT_M)).all();
            if (0..state.len()).any(|i| far(state.position_m(i))) {
                return Err(ClothBakeError::Lost { part: cloth.id.clone(), frame: next, limit_m: LIMIT_M });
            }
        }
        self.frame = next;
        Ok(())
    }

    /// Sends what is pinned and held to where it is at the frame `next`, and lets go what is let go now.
    fn send_particles(&mut self, ends: &[SolidPlace], next: i64) -> Result<(), ClothBakeError> {
        for group in &mut self.groups {
            for cloth in &mut group.cloths {
                let refuse = |source| ClothBakeError::Cloth { part: cloth.id.clone(), source };
                for (_, freed) in cloth.releases.iter().filter(|(frame, _)| i64::from(*frame) == self.frame) {
                    for pin in freed {
                        cloth.particles.set_pinned(*pin, false).map_err(refuse)?;
                    }
                    cloth.pins.retain(|pin| !freed.contains(&pin.particle));
                }
                let mut placed = BTreeMap::new();
                for pin in &cloth.pins {
                    let (turn, origin) = *placed.entry(pin.part_index).or_insert_with(|| {
                        let to = self.shot.world_transform_at(pin.part_index, next as f64);
                        let (_, turn, origin) = to.to_scale_rotation_translation();
                        (turn.as_dquat(), origin.as_dvec3())
                    });
                    let target = origin + turn * pin.local_m - group.origin_m;
                    cloth.particles.move_pin(pin.particle, target.to_array(), group.steps_per_frame).map_err(refuse)?;
                }
                if let Some(SolidPlace::Vertices(skin)) = cloth.held_by.and_then(|solid| ends.get(solid)) {
                    for hold in &cloth.holds {
                        let target = hold.place_on(|corner| skin.get(corner).map(|at| at.as_dvec3() - group.origin_m));
                        let moved = cloth.particles.move_pin(hold.particle, target.to_array(), group.steps_per_frame);
                        moved.map_err(refuse)?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl OneCloth {
    /// Lets seams be as long as `open` (1 at the start .. 0 closed) of their gaps.
    fn draw_seams(&mut self, open: f32) -> Result<(), ClothBakeError> {
        for (seam, gap_m) in self.gaps_m.iter().enumerate() {
            let drawn = self.particles.set_seam_rest_m(seam, open * gap_m);
            drawn.map_err(|source| ClothBakeError::Cloth { part: self.id.clone(), source })?;
        }
        Ok(())
    }

    /// Opens what is stretched too far; whether anything was.
    fn tear(&mut self) -> Result<bool, ClothBakeError> {
        let torn = self.particles.tear(TEARS_AT_ONCE);
        let torn = torn.map_err(|source| ClothBakeError::Cloth { part: self.id.clone(), source })?;
        Ok(!torn.split_from.is_empty())
    }
}

/// The stitches of a seam, each at first as long as its gap.
fn stitches(mesh: &ClothMesh, seam: &SeamPart) -> Vec<Seam> {
    let (SeamPart::Edges { breaks_at_n, .. } | SeamPart::Button { breaks_at_n, .. }) = seam;
    let break_force_n = breaks_at_n.unwrap_or(f32::INFINITY);
    let place = |particle: u32| DVec3::from_array(mesh.positions_m[particle as usize]);
    let stitch = |particles: [u32; 2]| {
        let rest_m = place(particles[0]).distance(place(particles[1])) as f32;
        Seam { particles, rest_m, compliance_m_n: STITCH_COMPLIANCE_M_N, break_force_n }
    };
    form::sewn(mesh, seam).into_iter().map(stitch).collect()
}

/// A vector of the solver's kind.
pub(crate) fn v3(vector: Vec3) -> V3 {
    V3::from_array(vector.to_array())
}
