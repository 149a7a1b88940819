//! The shot part `Fluid`: water that carries and slows bodies.

use bevy::prelude::Component;
use kinema_core::ShotPart;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A body of still or flowing liquid. Its surface is the part's xz plane; tracks may move and tilt it. It is not drawn, and
/// bodies do not move it. The part's scale is not used.
///
/// Dynamic bodies feel the weight of what they displace (Archimedes: ρ g V at the centre of the submerged volume V) and, on
/// every submerged face that meets the liquid, ½ ρ C A |u| u for the area A that it turns towards its velocity u: the drag
/// equation (Batchelor, "An introduction to fluid dynamics", 1967, section 5.11), summed over faces. Added mass, waves and
/// friction along faces are left out.
#[derive(Component, Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fluid {
    /// Density in kg/m³, above 0. Default: 1000, fresh water; sea water has 1025.
    #[serde(default = "default_density_kg_m3")]
    #[schemars(range(min = 0.001, max = 30_000.0))]
    pub density_kg_m3: f32,
    /// Size along the part's x and z axes in metres, around its position. Default: without end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(inner(range(min = 0.001, max = 1e6)))]
    pub size_m: Option<[f32; 2]>,
    /// Depth below the surface in metres. Default: without end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.001, max = 1e6))]
    pub depth_m: Option<f32>,
    /// Drag coefficient C, 0 (none) and up; about 1 for blunt bodies.
    #[serde(default = "default_drag_coefficient")]
    #[schemars(range(min = 0.0, max = 100.0))]
    pub drag_coefficient: f32,
    /// Velocity of the liquid, metres per second along the part's axes.
    #[serde(default)]
    #[schemars(inner(range(min = -100.0, max = 100.0)))]
    pub flow_m_s: [f32; 3],
}

fn default_density_kg_m3() -> f32 {
    1000.0
}

fn default_drag_coefficient() -> f32 {
    1.0
}

impl Default for Fluid {
    fn default() -> Self {
        Self {
            density_kg_m3: default_density_kg_m3(),
            size_m: None,
            depth_m: None,
            drag_coefficient: default_drag_coefficient(),
            flow_m_s: [0.0; 3],
        }
    }
}

impl ShotPart for Fluid {
    const KIND: &'static str = "Fluid";
}
