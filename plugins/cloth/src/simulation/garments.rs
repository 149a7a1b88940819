//! Garments among the cloths of a shot.

use std::collections::BTreeMap;

use bevy::math::DVec3;
use kinema_core::{BakeStore, SolidPlace};

use super::{ClothWorld, OneCloth};
use crate::error::ClothBakeError;
use crate::garment::part::Garment;
use crate::garment::wear::{Worn, wear};
use crate::solver::cloth::{Cloth as Particles, Fastenings};
use crate::solver::fabric::Fabric;
use crate::solver::settings::Settings;
use crate::solver::vec3::V3;

impl ClothWorld {
    /// Every garment on its wearer, by the position of its part; from now on the wearers' skin gives cloth room.
    pub(super) fn wear_all(
        &mut self,
        store: &BakeStore,
        threads: usize,
    ) -> Result<BTreeMap<usize, Worn>, ClothBakeError> {
        let shot = self.shot.clone();
        let parts = shot.shot.parts.iter().enumerate();
        let garments: Vec<_> =
            parts.filter_map(|(index, part)| Some((index, &part.id, part.part.get::<Garment>()?))).collect();
        if garments.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut figures = shot.figures().map_err(ClothBakeError::Solids)?;
        let mut all = BTreeMap::new();
        for (index, id, garment) in garments {
            let worn = wear(&shot, &mut figures, garment, store, threads)
                .map_err(|source| ClothBakeError::Garment { part: id.clone(), source })?;
            if let Some(solid) = self.solid_of(worn.wearer)
                && !self.apart.iter().any(|(known, _)| *known == solid)
            {
                self.apart.push((solid, worn.apart.clone()));
            }
            all.insert(index, worn);
        }
        Ok(all)
    }

    /// The position in the list of all solids of that of a part.
    fn solid_of(&self, part_index: usize) -> Option<usize> {
        self.sources.iter().flat_map(|source| source.solids()).position(|solid| solid.part_index == part_index)
    }

    /// Moves the arms that collide off the trunks they touch.
    pub(super) fn give_room(&self, places: &mut [SolidPlace]) {
        for (solid, apart) in &self.apart {
            if let Some(SolidPlace::Vertices(skin)) = places.get_mut(*solid) {
                let mut exact: Vec<DVec3> = skin.iter().map(|place| place.as_dvec3()).collect();
                apart.spread(&mut exact);
                *skin = exact.into_iter().map(|place| place.as_vec3()).collect();
            }
        }
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
