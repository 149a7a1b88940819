//! The ground to stand on.

use bevy::ecs::component::Component;
use kinema_core::{Property, ShotPart};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A level disc around the part's origin that fades into the background at its rim. It is only seen: things fall onto a
/// part Rigid that is fixed.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Ground {
    /// Diameter, metres.
    #[schemars(range(min = 1.0, max = 20_000.0))]
    pub size_m: f32,
    /// Linear Rec.709. Give the Environment's `ground_albedo` the same colour and the rim disappears.
    #[schemars(inner(range(min = 0.0, max = 1.0)))]
    pub base_color: [f32; 3],
    /// 0 a mirror, 1 chalk.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub roughness: f32,
    /// What it is made of.
    pub pattern: Pattern,
}

/// What the ground is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Pattern {
    /// One colour.
    Plain,
    /// Squares of the colour and of a darker one.
    Checker {
        /// Side of a square, metres.
        #[serde(default = "one_metre")]
        #[schemars(range(min = 0.01, max = 100.0))]
        square_m: f32,
    },
    /// Poured concrete: clouds, fine grain, pores.
    #[default]
    Concrete,
}

fn one_metre() -> f32 {
    1.0
}

impl Default for Ground {
    fn default() -> Self {
        Self { size_m: 1000.0, base_color: [0.2, 0.18, 0.15], roughness: 0.85, pattern: Pattern::default() }
    }
}

impl ShotPart for Ground {
    const KIND: &'static str = "Ground";

    fn properties() -> Vec<Property<Self>> {
        vec![
            Property::vec3("base_color", 0.0..=1.0, |g: &mut Self, v| g.base_color = v),
            Property::scalar("roughness", 0.0..=1.0, |g: &mut Self, v| g.roughness = v),
        ]
    }
}
