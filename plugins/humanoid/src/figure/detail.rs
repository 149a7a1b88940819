//! A figure at a reduced level of detail.

use std::collections::BTreeMap;

use super::{Figure, Layer};
use crate::look::{
    detail::{Level, ReducedLayer},
    eyes::EyeBall,
    surface::{Surface, gather},
};

/// What is drawn instead of the full surfaces.
#[derive(Clone, Debug, Default)]
pub(super) struct AtLevel {
    pub level: Level,
    pub surfaces: BTreeMap<Layer, Surface>,
    pub balls: [EyeBall; 2],
    /// How much hair shades the head and the hands.
    pub shades: [Vec<f32>; 2],
}

impl Figure {
    /// Draws the person at `level` from now on. True when that is another one than before: all meshes are then new.
    pub fn set_level(&mut self, level: Level) -> bool {
        if self.at_level.level == level {
            return false;
        }
        let surface = |layer| Some((layer, self.reduced(level, layer)?.surface.clone()));
        let surfaces = Layer::ALL.into_iter().filter_map(surface).collect();
        self.at_level = AtLevel { level, surfaces, ..AtLevel::default() };
        self.dress_level();
        true
    }

    /// The level that is drawn.
    pub fn level(&self) -> Level {
        self.at_level.level
    }

    /// A layer at a reduced level; `None` at the full one.
    pub(super) fn reduced(&self, level: Level, layer: Layer) -> Option<&ReducedLayer> {
        self.wardrobe.reduced(level, layer)
    }

    /// The surface that is drawn for a layer.
    pub(crate) fn shown(&self, layer: Layer) -> &Surface {
        self.at_level.surfaces.get(&layer).unwrap_or_else(|| self.outfit.surface(layer))
    }

    /// Gives the reduced surfaces what the full ones have: colours, lifts and shade.
    pub(crate) fn dress_level(&mut self) {
        let level = self.at_level.level;
        if level == Level::Full {
            return;
        }
        for (&layer, surface) in &mut self.at_level.surfaces {
            let of_full = self.wardrobe.levels().get(level, layer).map(|reduced| reduced.of_full.as_slice());
            let Some(of_full @ [_, ..]) = of_full else { continue };
            let full = self.outfit.surface(layer);
            surface.colours = gather(&self.outfit.distant_colours(layer), of_full);
            surface.lift_m = gather(&full.lift_m, of_full);
            let [head, hands] = &self.shades;
            match layer {
                Layer::Head => self.at_level.shades[0] = gather(head, of_full),
                Layer::Hands => self.at_level.shades[1] = gather(hands, of_full),
                _ => {}
            }
        }
        let (rings, segments) = level.eye_steps();
        self.at_level.balls = [0, 1].map(|side: usize| self.balls[side].coarse(rings, segments));
    }
}
