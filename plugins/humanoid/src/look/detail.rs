//! Levels of detail: each layer of a person with fewer vertices, reduced once on the template (see [`super::reduce`]).
//!
//! | level | vertices of a dressed person without hair | the person is at least this tall in the picture |
//! |---|---|---|
//! | full | all | 1,300 pixels |
//! | high | 12,000 | 260 |
//! | medium | 4,000 | 120 |
//! | low | 1,500 | |
//!
//! Full is for faces: a head is a seventh of the person and covers 0.6 of its square, half of its triangles face the camera,
//! and below its height those of full would be under a pixel each. Smaller triangles show nothing and cost the most: a
//! rasteriser shades whole blocks for each. Below, the height is the least at which clothes show no facets when looked at.
//! Shares of the layers are our judgement.

use std::collections::BTreeMap;

use bevy::math::Vec3;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    outfit::Outfit,
    reduce::{Reduced, reduce},
    skin::SkinChart,
    subdivide::{Row, Stencils},
    surface::Surface,
};
use crate::{anny::basis::BodyBasis, figure::Layer};

/// How finely a person is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Detail {
    /// As the size in the picture asks for.
    #[default]
    Auto,
    /// Everything.
    Full,
    /// About 12,000 vertices; no difference is seen on a person of a third of the picture's height.
    High,
    /// About 4,000 vertices.
    Medium,
    /// At most 1,500 vertices: for the back rows of a crowd.
    Low,
}

/// A level of detail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    #[default]
    Full,
    High,
    Medium,
    Low,
}

/// Least height of a person in the picture, pixels.
const LEAST_HEIGHT_PX: [(f32, Level); 3] = [(1300.0, Level::Full), (260.0, Level::High), (120.0, Level::Medium)];

/// Vertices of each layer at the levels below full; hair has levels of its own. Two eyeballs of 280, 112 and
/// 30 vertices come on top.
const BUDGETS: [(Layer, [usize; 3]); 6] = [
    (Layer::Head, [4700, 1600, 580]),
    (Layer::Hands, [1500, 560, 220]),
    (Layer::Suit, [3400, 1200, 460]),
    (Layer::Shoes, [900, 350, 140]),
    (Layer::Teeth, [300, 60, 0]),
    (Layer::Tongue, [100, 30, 0]),
];

impl Level {
    /// The levels that are reduced.
    pub const REDUCED: [Level; 3] = [Level::High, Level::Medium, Level::Low];

    /// The level for a person who is `height_px` pixels tall in the picture. A function of the height alone, so that a
    /// frame does not depend on the frames before it; infinity and NaN, a camera within the person, ask for everything.
    pub fn of_height(height_px: f32) -> Self {
        if height_px.is_nan() {
            return Level::Full;
        }
        LEAST_HEIGHT_PX.iter().find(|(least, _)| height_px >= *least).map_or(Level::Low, |(_, level)| *level)
    }

    /// Of how many rings and of how many segments of an eyeball one is kept.
    pub fn eye_steps(self) -> (u32, u32) {
        match self {
            Level::Full => (1, 1),
            Level::High => (2, 2),
            Level::Medium => (2, 5),
            Level::Low => (13, 4),
        }
    }

    /// The level that `detail` asks for.
    pub fn of(detail: Detail, height_px: f32) -> Self {
        match detail {
            Detail::Auto => Self::of_height(height_px),
            Detail::Full => Level::Full,
            Detail::High => Level::High,
            Detail::Medium => Level::Medium,
            Detail::Low => Level::Low,
        }
    }
}

/// A layer at a level.
#[derive(Clone, Debug, Default)]
pub struct ReducedLayer {
    pub surface: Surface,
    /// The drawn vertex of the full surface that each vertex is.
    pub of_full: Vec<u32>,
    pub chart: Option<SkinChart>,
}

/// All layers at all reduced levels.
#[derive(Debug)]
pub struct Levels(BTreeMap<(Level, Layer), ReducedLayer>);

impl Levels {
    /// Reduces an outfit. `charts` are those of its head and hands.
    pub fn new(outfit: &Outfit, basis: &BodyBasis, charts: &[SkinChart; 2]) -> Self {
        let rows: Vec<Vec3> = basis.template.iter().map(|&p| Vec3::from_array(p)).collect();
        let mut levels = BTreeMap::new();
        for (layer, budget) in BUDGETS {
            let surface = outfit.surface(layer);
            let places = surface.stencil_places(&rows);
            let wanted: Vec<usize> = budget.iter().copied().filter(|&count| count > 0).collect();
            let reduced = reduce(&places, surface.stencil_triangles(), &wanted);
            let chart = match layer {
                Layer::Head => charts.first(),
                Layer::Hands => charts.last(),
                _ => None,
            };
            for (index, level) in Level::REDUCED.into_iter().enumerate() {
                let of = match reduced.get(index).filter(|_| budget.get(index).is_some_and(|&count| count > 0)) {
                    Some(reduced) => ReducedLayer::new(surface, reduced, chart),
                    None => ReducedLayer::nothing(),
                };
                levels.insert((level, layer), of);
            }
        }
        Self(levels)
    }

    /// A layer at a level; `None` at the full one.
    pub fn get(&self, level: Level, layer: Layer) -> Option<&ReducedLayer> {
        self.0.get(&(level, layer))
    }
}

impl ReducedLayer {
    fn new(full: &Surface, reduced: &Reduced, chart: Option<&SkinChart>) -> Self {
        let (surface, of_full) = full.reduced(reduced);
        let chart = chart.map(|chart| chart.of(&of_full));
        Self { surface, of_full, chart }
    }

    /// One triangle without area: an empty mesh has no vertex buffer to bind.
    fn nothing() -> Self {
        let mut stencils = Stencils::default();
        stencils.push(&Row::from([(0, 1.0)]));
        Self { surface: Surface::point(stencils), ..Self::default() }
    }
}
