//! Garments among the cloths of a shot.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bevy::math::DVec3;
use kinema_core::{BakeStore, Solid, SolidForm, SolidPlace};

use super::{ClothWorld, OneCloth};
use crate::error::ClothBakeError;
use crate::garment::drape::Refused;
use crate::garment::part::Garment;
use crate::garment::wear::{Worn, wear};
use crate::solver::cloth::{Cloth as Particles, Fastenings};
use crate::solver::fabric::Fabric;
use crate::solver::settings::Settings;
use crate::solver::vec3::V3;

impl ClothWorld {
    /// Every garment on its wearer, by the position of its part; from now on cloth meets the proxies of the wearers.
    pub(super) fn wear_all(
        &mut self,
        store: &BakeStore,
        threads: usize,
    ) -> Result<BTreeMap<usize, Worn>, ClothBakeError> {
        let shot = self.shot.clone();
        let mut by_wearer: BTreeMap<&str, Vec<(usize, &str, &Garment)>> = BTreeMap::new();
        for (index, part) in shot.shot.parts.iter().enumerate() {
            if let Some(garment) = part.part.get::<Garment>() {
                by_wearer.entry(&garment.wearer).or_default().push((index, &part.id, garment));
            }
        }
        if by_wearer.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut figures = shot.figures().map_err(ClothBakeError::Solids)?;
        let mut all = BTreeMap::new();
        for (wearer, worn) in by_wearer {
            // The order of the document is that from the skin outwards.
            let garments: Vec<&Garment> = worn.iter().map(|(_, _, garment)| *garment).collect();
            let refuse = |refused: Refused| {
                let part = worn.get(refused.garment).map_or(wearer, |(_, id, _)| *id).to_owned();
                ClothBakeError::Garment { part, source: refused.source }
            };
            let dressed = wear(&shot, &mut figures, wearer, &garments, store, threads).map_err(refuse)?;
            for ((index, ..), of) in worn.iter().zip(dressed) {
                if let Some(solid) = self.solid_of(of.wearer)
                    && !self.proxies.iter().any(|(known, _)| *known == solid)
                {
                    self.proxies.push((solid, of.proxy.clone()));
                }
                all.insert(*index, of);
            }
        }
        Ok(all)
    }

    /// The position in the list of all solids of that of a part.
    fn solid_of(&self, part_index: usize) -> Option<usize> {
        self.sources.iter().flat_map(|source| source.solids()).position(|solid| solid.part_index == part_index)
    }

    /// What collides, with the proxies of those who are dressed.
    pub(super) fn solids(&self) -> Vec<Solid> {
        let mut solids: Vec<Solid> = self.sources.iter().flat_map(|source| source.solids().iter().cloned()).collect();
        for (index, proxy) in &self.proxies {
            if let Some(SolidForm::Mesh { triangles, .. }) = solids.get_mut(*index).map(|solid| &mut solid.form) {
                *triangles = proxy.triangles.as_slice().into();
            }
        }
        solids
    }

    /// What cloths meet at this frame: the vertices of all bodies of triangles, world space, metres, and their triangles. They are where the cloths
    /// let them be.
    pub fn bodies(&self) -> (Vec<[f64; 3]>, Vec<[u32; 3]>) {
        let (mut places, mut triangles, mut firsts) = (Vec::new(), Vec::new(), Vec::new());
        for (solid, place) in self.solids().iter().zip(self.met(&self.places).iter()) {
            firsts.push(places.len());
            if let (SolidForm::Mesh { triangles: of_body, .. }, SolidPlace::Vertices(vertices)) = (&solid.form, place) {
                let first = places.len() as u32;
                triangles.extend(of_body.iter().map(|corners| corners.map(|corner| corner + first)));
                places.extend(vertices.iter().map(|vertex| vertex.as_dvec3()));
            }
        }
        for (solid, vertex, off_m) in self.groups.iter().flat_map(|group| group.surroundings.dents()) {
            if let Some(place) = firsts.get(solid).and_then(|first| places.get_mut(first + vertex)) {
                *place += off_m;
            }
        }
        (places.into_iter().map(|place| place.to_array()).collect(), triangles)
    }

    /// How many vertices of bodies the cloths hold back at this frame, and the farthest, metres.
    pub fn dented(&self) -> (usize, f64) {
        let depths = self.groups.iter().flat_map(|group| group.surroundings.dents()).map(|(.., off_m)| off_m.length());
        depths.fold((0, 0.0), |(count, deepest_m), depth_m| (count + 1, depth_m.max(deepest_m)))
    }

    /// The solids as cloth meets them: the skins of those who are dressed give way as their proxies do.
    pub(super) fn met<'a>(&self, drawn: &'a [SolidPlace]) -> Cow<'a, [SolidPlace]> {
        if self.proxies.is_empty() {
            return Cow::Borrowed(drawn);
        }
        let mut met = drawn.to_vec();
        for (solid, proxy) in &self.proxies {
            if let Some(SolidPlace::Vertices(skin)) = met.get_mut(*solid) {
                let mut exact: Vec<DVec3> = skin.iter().map(|place| place.as_dvec3()).collect();
                proxy.give_way(&mut exact);
                *skin = exact.into_iter().map(|place| place.as_vec3()).collect();
            }
        }
        Cow::Owned(met)
    }

    /// The particles of a garment, against the group's origin.
    pub(super) fn garment(
        &self,
        part_index: usize,
        id: &str,
        garment: &Garment,
        worn: Worn,
        origin_m: DVec3,
        settings: Settings,
    ) -> Result<OneCloth, ClothBakeError> {
        let refuse = |source| ClothBakeError::Cloth { part: id.to_owned(), source };
        let held_by = self.solid_of(worn.wearer);
        let mut draped = worn.draped;
        let start_m = worn.origin_m - origin_m;
        for place in &mut draped.mesh.positions_m {
            *place = (DVec3::from_array(*place) + start_m).to_array();
        }
        let pins = draped.holds.iter().map(|hold| hold.particle).collect();
        let fastenings = Fastenings { pins, ..Fastenings::default() };
        let fabric = Fabric { tear_strain: f32::INFINITY, ..garment.material.fabric() };
        let particles = Particles::new(draped.mesh, fabric, settings, fastenings).map_err(refuse)?;
        for (particle, velocity) in particles.state().particles().iter().zip(&draped.velocities_m_s) {
            particle.set_velocity_m_s(V3::from_array(*velocity));
        }
        let (id, pins) = (id.to_owned(), Vec::new());
        let (holds, releases, gaps_m, can_tear) = (draped.holds, Vec::new(), Vec::new(), false);
        Ok(OneCloth { part_index, id, particles, pins, holds, held_by, start_m, releases, gaps_m, can_tear })
    }
}
