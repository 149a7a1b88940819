//! The shot part `PhysicsWorld`: what everything that moves by the laws of mechanics shares, rigid bodies and cloth.

use bevy_ecs::component::Component;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::part::ShotPart;
use crate::shot::Shot;
use crate::wind::AIR_DENSITY_KG_M3;

/// Settings of the physical world; at most one part, and without it these defaults hold.
#[derive(Component, Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PhysicsWorld {
    /// Gravity in m/s², world space. Default: 9.81 downwards.
    #[serde(default = "default_gravity_m_s2")]
    #[schemars(inner(range(min = -1000.0, max = 1000.0)))]
    pub gravity_m_s2: [f32; 3],
    /// Density of the air in kg/m³, 0 (vacuum) and up. Default: 1.225, at sea level and 15 °C.
    #[serde(default = "default_air_density_kg_m3")]
    #[schemars(range(min = 0.0, max = 1000.0))]
    pub air_density_kg_m3: f32,
}

impl Default for PhysicsWorld {
    fn default() -> Self {
        Self { gravity_m_s2: default_gravity_m_s2(), air_density_kg_m3: default_air_density_kg_m3() }
    }
}

impl PhysicsWorld {
    /// That of a shot: its part, the first if there are several, or the defaults.
    pub fn of_shot(shot: &Shot) -> Self {
        shot.parts.iter().find_map(|part| part.part.get::<Self>()).cloned().unwrap_or_default()
    }
}

impl ShotPart for PhysicsWorld {
    const KIND: &'static str = "PhysicsWorld";
}

fn default_air_density_kg_m3() -> f32 {
    AIR_DENSITY_KG_M3
}

fn default_gravity_m_s2() -> [f32; 3] {
    [0.0, -9.81, 0.0]
}
