//! What is known of squares of a layer, so that most of it need not be looked at.

use crate::layers::Layer;
use crate::raster::Raster;

/// Pixels along a side of a square.
pub const TILE: usize = 16;

/// Bounds of one or several squares of a layer, with the pixels around them that filters reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    pub nearest: f32,
    pub farthest: f32,
    pub least_opacity: f32,
    pub most_opacity: f32,
    /// Largest difference of inverse depth between pixels side by side.
    pub steepest: f32,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { nearest: 0.0, farthest: f32::INFINITY, least_opacity: 1.0, most_opacity: 0.0, steepest: 0.0 }
    }
}

impl Bounds {
    fn join(self, other: Self) -> Self {
        Self {
            nearest: self.nearest.max(other.nearest),
            farthest: self.farthest.min(other.farthest),
            least_opacity: self.least_opacity.min(other.least_opacity),
            most_opacity: self.most_opacity.max(other.most_opacity),
            steepest: self.steepest.max(other.steepest),
        }
    }
}

/// Bounds of all squares of a layer.
#[derive(Clone, Debug)]
pub struct TileBounds {
    tiles: Raster<Bounds>,
    pub whole: Bounds,
}

impl TileBounds {
    pub fn new(layer: &Layer) -> Self {
        let (width, height) = layer.colour.size();
        let tiles = Raster::from_fn(width.div_ceil(TILE), height.div_ceil(TILE), |tx, ty| {
            let mut bounds = Bounds::default();
            for y in (ty * TILE).saturating_sub(2)..(ty * TILE + TILE + 2).min(height) {
                for x in (tx * TILE).saturating_sub(2)..(tx * TILE + TILE + 2).min(width) {
                    let depth = layer.inverse_depth.at(x, y);
                    let opacity = layer.colour.at(x, y)[3];
                    let right = layer.inverse_depth.at((x + 1).min(width - 1), y);
                    let below = layer.inverse_depth.at(x, (y + 1).min(height - 1));
                    bounds = bounds.join(Bounds {
                        nearest: depth,
                        farthest: depth,
                        least_opacity: opacity,
                        most_opacity: opacity,
                        steepest: (right - depth).abs().max((below - depth).abs()),
                    });
                }
            }
            bounds
        });
        let whole = tiles.data().iter().fold(Bounds::default(), |all, &tile| all.join(tile));
        Self { tiles, whole }
    }

    /// Of all squares that a rectangle of the layer touches, both corners included; `None` outside the layer.
    pub fn over(&self, low: [f32; 2], high: [f32; 2]) -> Option<Bounds> {
        let last = [self.tiles.width() - 1, self.tiles.height() - 1];
        let tile = |v: f32, last: usize| ((v / TILE as f32).max(0.0) as usize).min(last);
        if !(high[0] >= -1.0 && high[1] >= -1.0) {
            return None;
        }
        let mut all: Option<Bounds> = None;
        for ty in tile(low[1], last[1])..=tile(high[1], last[1]) {
            for tx in tile(low[0], last[0])..=tile(high[0], last[0]) {
                let bounds = self.tiles.at(tx, ty);
                all = Some(all.map_or(bounds, |a| a.join(bounds)));
            }
        }
        all
    }
}
