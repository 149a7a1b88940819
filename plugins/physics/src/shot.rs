//! The shot part `Rigid`. `PhysicsWorld` is in [`kinema_core`], `Joint` is in [`crate::joint`].

mod drag;
mod fluid;
mod material;
mod ragdoll;
mod shape;

use bevy::prelude::Component;
use kinema_core::{PartReport, Property, ShotPart};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use drag::AirDrag;
pub use fluid::Fluid;
pub use material::{CombineRule, MaterialPair, PhysicsMaterial};
pub use ragdoll::{BODY_DENSITY_KG_M3, Grip, Hand, Ragdoll, RagdollMode, Regions};
use shape::check_shape;
pub use shape::{Heights, MeshCollider, Piece, Shape};

/// Density of water, kg/m³: what a body is made of unless the shot says otherwise.
pub const DEFAULT_DENSITY_KG_M3: f32 = 1000.0;

/// A rigid body: something solid that falls, collides, is moved by tracks or stands still.
///
/// The part's position and rotation are the body's pose at frame 0; its scale scales the shape. Dynamic
/// bodies have no parent and no tracks on their position: the simulation moves them.
#[derive(Component, Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rigid {
    /// What it collides with and looks like.
    pub shape: Shape,
    /// Who moves it.
    #[serde(default)]
    pub body: Body,
    /// Density in kg/m³, above 0. Default 1000, that of water. Leave it out when `mass_kg` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.001, max = 1e6))]
    pub density_kg_m3: Option<f32>,
    /// Mass in kg, above 0, instead of a density.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1e-6, max = 1e9))]
    pub mass_kg: Option<f32>,
    /// Id of the `PhysicsMaterial` that it is made of. Default: friction 0.5, no bounce, the mean of two touching bodies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub material: Option<String>,
    /// Coulomb friction coefficient, 0 (ice) and up, instead of the material's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 10.0))]
    pub friction: Option<f32>,
    /// Part of the speed that is kept in a bounce, 0 (clay) to 1 (no loss), instead of the material's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub restitution: Option<f32>,
    /// Nothing bounces off it; the bake records which bodies enter and leave it. It is drawn like any body: `visible: false`
    /// hides it.
    #[serde(default)]
    pub sensor: bool,
    /// How air and wind drag on it. Default: not at all. Dynamic bodies only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub air_drag: Option<AirDrag>,
    /// Velocity at frame 0, metres per second, world space. Dynamic bodies only.
    #[serde(default)]
    #[schemars(inner(range(min = -400.0, max = 400.0)))]
    pub linear_velocity_m_s: [f32; 3],
    /// Angular velocity at frame 0, radians per second about the world axes. Dynamic bodies only.
    #[serde(default)]
    #[schemars(inner(range(min = -1000.0, max = 1000.0)))]
    pub angular_velocity_rad_s: [f32; 3],
    /// Rate at which speed is lost, per second, 0 (vacuum) and up.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1000.0))]
    pub linear_damping: f32,
    /// Rate at which spin is lost, per second, 0 (vacuum) and up. A ball on flat ground stops rolling only with some.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1000.0))]
    pub angular_damping: f32,
    /// Multiplies the world's gravity; 0 floats, negative values rise.
    #[serde(default = "one")]
    #[schemars(range(min = -100.0, max = 100.0))]
    pub gravity_scale: f32,
    /// A body at rest may be left out of the simulation until it is touched. Turning it off costs time only.
    #[serde(default = "yes")]
    pub can_sleep: bool,
    /// Continuous collision detection: also stops very fast bodies at thin dynamic ones, at more cost.
    #[serde(default)]
    pub ccd: bool,
    /// How it looks. Meshes from files bring their own materials and ignore it.
    #[serde(default)]
    pub surface: Surface,
}

/// Who moves a rigid body.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Body {
    /// The simulation.
    #[default]
    Dynamic,
    /// Nobody.
    Fixed,
    /// Tracks, on the part or on its parents; it pushes dynamic bodies and is never pushed.
    Kinematic,
}

/// A plain surface.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Surface {
    /// Linear Rec.709 red, green and blue, each 0 to 1.
    #[serde(default = "default_base_color")]
    #[schemars(inner(range(min = 0.0, max = 1.0)))]
    pub base_color: [f32; 3],
    /// 0 (mirror) to 1 (chalk).
    #[serde(default = "default_roughness")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub perceptual_roughness: f32,
    /// 0 (wood, plastic, skin) or 1 (metal).
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub metallic: f32,
}

impl Default for Surface {
    fn default() -> Self {
        Self { base_color: default_base_color(), perceptual_roughness: default_roughness(), metallic: 0.0 }
    }
}

fn one() -> f32 {
    1.0
}

fn yes() -> bool {
    true
}

fn default_base_color() -> [f32; 3] {
    [0.5; 3]
}

fn default_roughness() -> f32 {
    0.5
}

impl Rigid {
    /// A body of `shape` with every other setting at its default.
    pub fn new(shape: Shape, body: Body) -> Self {
        Self {
            shape,
            body,
            density_kg_m3: None,
            mass_kg: None,
            material: None,
            friction: None,
            restitution: None,
            sensor: false,
            air_drag: None,
            linear_velocity_m_s: [0.0; 3],
            angular_velocity_rad_s: [0.0; 3],
            linear_damping: 0.0,
            angular_damping: 0.0,
            gravity_scale: 1.0,
            can_sleep: true,
            ccd: false,
            surface: Surface::default(),
        }
    }

    /// What this body weighs.
    pub fn mass(&self) -> Mass {
        match self.mass_kg {
            Some(mass_kg) => Mass::Kilograms(mass_kg),
            None => Mass::DensityKgM3(self.density_kg_m3.unwrap_or(DEFAULT_DENSITY_KG_M3)),
        }
    }
}

/// What a body weighs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mass {
    /// The mass of the whole body, kg.
    Kilograms(f32),
    /// The density of its volume, kg/m³.
    DensityKgM3(f32),
}

impl ShotPart for Rigid {
    const KIND: &'static str = "Rigid";

    fn properties() -> Vec<Property<Self>> {
        vec![
            Property::vec3("surface/base_color", 0.0..=1.0, |rigid: &mut Rigid, color: [f32; 3]| {
                rigid.surface.base_color = color;
            }),
            Property::scalar("surface/perceptual_roughness", 0.0..=1.0, |rigid: &mut Rigid, value: f32| {
                rigid.surface.perceptual_roughness = value;
            }),
            Property::scalar("surface/metallic", 0.0..=1.0, |rigid: &mut Rigid, value: f32| {
                rigid.surface.metallic = value;
            }),
        ]
    }

    fn check(&self, report: &mut PartReport<'_>) {
        check_shape(self, report);
        if self.density_kg_m3.is_some() && self.mass_kg.is_some() {
            report.error("mass_kg", "both `mass_kg` and `density_kg_m3` are given", "keep one of them");
        }
        if let Some(material) = &self.material {
            report.part_reference("material", material, &[PhysicsMaterial::KIND]);
        }
        if self.air_drag.is_some() && self.body != Body::Dynamic {
            report.error("air_drag", "air moves dynamic bodies only", "set `body: Dynamic`, or remove it");
        }
        let start = [
            ("linear_velocity_m_s", self.linear_velocity_m_s),
            ("angular_velocity_rad_s", self.angular_velocity_rad_s),
        ];
        for (field, velocity) in start {
            if self.body != Body::Dynamic && velocity != [0.0; 3] {
                report.error(field, "only dynamic bodies have a start velocity", "set `body: Dynamic`, or remove it");
            }
        }
    }
}
