//! Cloths that are stepped together.

use bevy::math::DVec3;

use super::{Group, OneCloth, SEWING_SECS};
use crate::error::ClothBakeError;
use crate::solver::cloth::Cloth as Particles;

impl Group {
    /// See [`super::ClothWorld::positions`]; each particle moved by its one of `ways_m`, if there are any.
    pub(super) fn positions(&self, ways_m: &[DVec3]) -> Vec<[f32; 3]> {
        let (mut all, mut first) = (Vec::new(), 0);
        for cloth in &self.cloths {
            let state = cloth.particles.state();
            let place = |i: usize| {
                let way_m = ways_m.get(first + i).copied().unwrap_or_default();
                (self.origin_m + DVec3::from_array(state.position_m(i)) + way_m).as_vec3().to_array()
            };
            if cloth.can_tear {
                all.extend(cloth.particles.mesh().triangles.iter().flatten().map(|corner| place(*corner as usize)));
            } else {
                all.extend((0..state.len()).map(place));
            }
            first += state.len();
        }
        all
    }

    /// Some substeps, in rounds if there is anything to sew or to tear in between.
    pub(super) fn step(&mut self, start_secs: f64, secs: f64, steps: u32, rounds: u32) -> Result<(), ClothBakeError> {
        let is_sewing = |cloth: &OneCloth| !cloth.gaps_m.is_empty() && start_secs < SEWING_SECS + secs;
        let in_rounds = self.cloths.iter().any(|cloth| cloth.can_tear || is_sewing(cloth));
        let rounds = if in_rounds { rounds.min(steps) } else { 1 };
        let mut done = 0;
        for round in 1..=rounds {
            let now_secs = start_secs + secs * f64::from(round) / f64::from(rounds);
            for cloth in self.cloths.iter_mut().filter(|cloth| is_sewing(cloth)) {
                cloth.draw_seams((1.0 - now_secs / SEWING_SECS).max(0.0) as f32)?;
            }
            let until = steps * round / rounds;
            let mut cloths: Vec<&mut Particles> = self.cloths.iter_mut().map(|cloth| &mut cloth.particles).collect();
            let stepped = self.surroundings.step(&mut cloths, until - done);
            let first = || self.cloths.first().map(|cloth| cloth.id.clone()).unwrap_or_default();
            stepped.map_err(|source| ClothBakeError::Cloth { part: first(), source })?;
            done = until;
            let mut torn = None;
            for cloth in self.cloths.iter_mut().filter(|cloth| cloth.can_tear) {
                if cloth.tear()? {
                    torn = Some(cloth.id.clone());
                }
            }
            if let Some(part) = torn {
                let cloths: Vec<&Particles> = self.cloths.iter().map(|cloth| &cloth.particles).collect();
                let remeshed = self.surroundings.remesh(&cloths);
                remeshed.map_err(|source| ClothBakeError::Contact { part, source })?;
            }
        }
        Ok(())
    }
}
