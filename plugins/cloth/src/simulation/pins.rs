//! What holds the particles of a cloth: its own part, or another that carries them.

use std::collections::BTreeMap;

use bevy::math::DVec3;

use super::ClothWorld;
use crate::form;
use crate::shot::Cloth;
use crate::solver::mesh::ClothMesh;

/// A pinned particle, the position in the document of the part that it goes with, and where that holds it, in its own space.
pub(super) struct HeldPin {
    pub particle: u32,
    pub part_index: usize,
    pub local_m: DVec3,
}

impl ClothWorld {
    /// By particle, each once: what another part carries does not go with the cloth's own.
    pub(super) fn pins(&self, part_index: usize, cloth: &Cloth, mesh: &ClothMesh, local: &[DVec3]) -> Vec<HeldPin> {
        let at = |particle: u32| local.get(particle as usize).copied().unwrap_or_default();
        let placed = |part: usize| {
            let (_, turn, origin) = self.shot.world_transform_at(part, 0.0).to_scale_rotation_translation();
            (turn.as_dquat(), origin.as_dvec3())
        };
        let (own_turn, own_origin) = placed(part_index);
        let own = form::all_pinned(mesh, &cloth.pins);
        let mut pins: BTreeMap<u32, HeldPin> = own
            .into_iter()
            .map(|particle| (particle, HeldPin { particle, part_index, local_m: at(particle) }))
            .collect();
        for carried in &cloth.carried {
            // A document that names no part was refused.
            let Some(by) = self.shot.shot.parts.iter().position(|part| part.id == carried.by) else { continue };
            let (turn, origin) = placed(by);
            for particle in form::pinned(mesh, &carried.pin) {
                let local_m = turn.inverse() * (own_origin + own_turn * at(particle) - origin);
                pins.insert(particle, HeldPin { particle, part_index: by, local_m });
            }
        }
        pins.into_values().collect()
    }
}
