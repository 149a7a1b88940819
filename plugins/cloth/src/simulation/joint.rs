//! Cloths together with solids that give way to them: a frame is stepped in parts, in each of which the cloths first meet the solids where they
//! go, and the solids then hear what that did to them.
//!
//! Each side takes the other's last step, so momentum is handed on as it is, one part of a frame late. For that a solid has to be heavy
//! beside the cloth it meets, and the cloth soft: stiffness times the square of the part's time well below the solid's mass.

use bevy::math::{DVec3, Vec3};
use kinema_core::{SolidImpulse, SolidPlace};

use super::ClothWorld;
use crate::error::ClothBakeError;
use crate::surroundings::JUMP_M;

impl ClothWorld {
    /// Says what the cloths depend on to the solids that give way, whose motion is then that of both; whether all of it is kept.
    ///
    /// # Errors
    /// What the solids say.
    pub fn join(&mut self, key: &str) -> Result<bool, ClothBakeError> {
        let mut is_kept = true;
        for solids in self.sources.iter_mut().filter_map(|source| source.yielding()) {
            is_kept &= solids.join(key).map_err(ClothBakeError::Solids)?;
        }
        Ok(is_kept)
    }

    /// Impulses, N s, that each of the solids has been told to have got from cloth since frame 0; null for those that do not give way.
    pub fn given_n_s(&self) -> &[DVec3] {
        &self.given_n_s
    }

    /// Where the solids are drawn at `frame`. What gives way stays where it was: it is stepped.
    pub(super) fn places_ahead(
        &mut self,
        starts: &[SolidPlace],
        frame: i64,
    ) -> Result<Vec<SolidPlace>, ClothBakeError> {
        let mut places = Vec::new();
        for source in &mut self.sources {
            let known = starts.get(places.len()..places.len() + source.solids().len());
            match known.filter(|_| source.yielding().is_some()) {
                Some(known) => places.extend_from_slice(known),
                None => places.extend(source.places(frame).map_err(ClothBakeError::Solids)?),
            }
        }
        Ok(places)
    }

    /// Where the solids are drawn at the end of a part of a frame, the first of which is 1.
    pub(super) fn places_during(
        &mut self,
        starts: &[SolidPlace],
        ends: &[SolidPlace],
        stretch: u32,
    ) -> Result<Vec<SolidPlace>, ClothBakeError> {
        let share = stretch as f32 / self.stretches as f32;
        let mut places = Vec::with_capacity(ends.len());
        for source in &mut self.sources {
            let own = places.len()..places.len() + source.solids().len();
            match source.yielding() {
                Some(solids) => {
                    let mine = self.impulses.iter().filter(|impulse| own.contains(&impulse.solid));
                    let mine: Vec<SolidImpulse> =
                        mine.map(|impulse| SolidImpulse { solid: impulse.solid - own.start, ..*impulse }).collect();
                    for impulse in &mine {
                        if let Some(given) = self.given_n_s.get_mut(own.start + impulse.solid) {
                            *given += impulse.linear_n_s;
                        }
                    }
                    places.extend(solids.step(&mine).map_err(ClothBakeError::Solids)?);
                }
                None => {
                    let ways = starts.iter().zip(ends).skip(own.start).take(own.len());
                    places.extend(ways.map(|(start, end)| between(start, end, share)));
                }
            }
        }
        Ok(places)
    }
}

/// On the way from `start` (share 0) to `end` (1), straight. What jumps is at its end from the start.
fn between(start: &SolidPlace, end: &SolidPlace, share: f32) -> SolidPlace {
    match (start, end) {
        _ if share >= 1.0 => end.clone(),
        (SolidPlace::Vertices(from), SolidPlace::Vertices(to)) if from.len() == to.len() => {
            let jumps = from.iter().zip(to).any(|(from, to)| f64::from(from.distance(*to)) > JUMP_M);
            let way = |(from, to): (&Vec3, &Vec3)| from.lerp(*to, share);
            if jumps { end.clone() } else { SolidPlace::Vertices(from.iter().zip(to).map(way).collect()) }
        }
        (
            SolidPlace::Pose { translation_m: from, rotation: turned },
            SolidPlace::Pose { translation_m: to, rotation: turn },
        ) if f64::from(from.distance(*to)) <= JUMP_M => {
            SolidPlace::Pose { translation_m: from.lerp(*to, share), rotation: turned.slerp(*turn, share) }
        }
        _ => end.clone(),
    }
}
