//! The shot part `Cloth`.

use bevy::prelude::Component;
use kinema_core::{PartReport, Property, ShotPart};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fabrics::Material;
use crate::form;

/// Most particles of one cloth: the solver takes more, but nobody would wait for them.
pub const MAX_PARTICLES: usize = 250_000;

/// A piece of fabric that hangs, falls, folds and flutters. It starts flat at the part's place, in its x-y plane; where the
/// part's tracks move it afterwards, they take the pins along and nothing else.
#[derive(Component, Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cloth {
    /// How it is cut.
    pub cut: Cut,
    /// What it is made of.
    #[serde(default)]
    pub material: Material,
    /// What holds it.
    #[serde(default)]
    pub pins: Vec<Pin>,
    /// Steps of the simulation a second. More are stiffer and cost in proportion.
    #[serde(default = "default_steps_per_sec")]
    #[schemars(range(min = 120.0, max = 48_000.0))]
    pub steps_per_sec: f32,
    /// How it looks.
    #[serde(default)]
    pub surface: ClothSurface,
}

/// How a cloth is cut.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Cut {
    /// A rectangle about the part's origin.
    Sheet {
        /// Width along x (weft) and height along y (warp), metres.
        #[schemars(inner(range(min = 0.01, max = 50.0)))]
        size_m: [f32; 2],
        /// Wanted distance of particles, metres.
        #[schemars(range(min = 0.0005, max = 1.0))]
        spacing_m: f32,
    },
    /// A disc about the part's origin.
    Disc {
        /// Radius, metres.
        #[schemars(range(min = 0.01, max = 25.0))]
        radius_m: f32,
        /// Wanted distance of particles, metres.
        #[schemars(range(min = 0.0005, max = 1.0))]
        spacing_m: f32,
    },
}

/// Particles that go with the part.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Pin {
    /// The upper corners of a sheet.
    TopCorners,
    /// The upper edge of a sheet.
    Top,
    /// The edge of a sheet at negative x, as at a flag's pole.
    Left,
    /// Everything within a radius of a point of the flat cloth.
    Around {
        /// Metres along x and y.
        #[schemars(inner(range(min = -50.0, max = 50.0)))]
        point_m: [f32; 2],
        /// Metres, above 0.
        #[schemars(range(min = 0.0001, max = 50.0))]
        radius_m: f32,
    },
}

/// How a cloth looks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ClothSurface {
    /// Linear Rec.709, 0..1 each.
    #[schemars(inner(range(min = 0.0, max = 1.0)))]
    pub base_color: [f32; 3],
    /// 0 smooth .. 1 rough. Woven cloth lies above 0.6, satin near 0.4.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub perceptual_roughness: f32,
    /// Share of the light that comes through, 0..1: silk near 0.3, denim 0.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub transmission: f32,
}

impl Default for ClothSurface {
    fn default() -> Self {
        Self { base_color: [0.55, 0.52, 0.47], perceptual_roughness: 0.85, transmission: 0.1 }
    }
}

fn default_steps_per_sec() -> f32 {
    1200.0
}

impl ShotPart for Cloth {
    const KIND: &'static str = "Cloth";

    fn properties() -> Vec<Property<Self>> {
        vec![
            Property::vec3("surface/base_color", 0.0..=1.0, |cloth: &mut Cloth, color: [f32; 3]| {
                cloth.surface.base_color = color;
            }),
            Property::scalar("surface/perceptual_roughness", 0.0..=1.0, |cloth: &mut Cloth, value: f32| {
                cloth.surface.perceptual_roughness = value;
            }),
        ]
    }

    fn check(&self, report: &mut PartReport<'_>) {
        if let Err(error) = self.material.fabric().validate() {
            report.error("material", error.to_string(), "");
        }
        let particles = form::particles(&self.cut);
        if particles > MAX_PARTICLES as f64 {
            let message = format!("the cut has about {particles:.0} particles, more than {MAX_PARTICLES}");
            report.error("cut", message, "raise `spacing_m`");
            return;
        }
        if self.pins.is_empty() {
            return;
        }
        let mesh = match form::mesh(&self.cut) {
            Ok(mesh) => mesh,
            Err(error) => {
                report.error("cut", error.to_string(), "");
                return;
            }
        };
        for (index, pin) in self.pins.iter().enumerate() {
            match (pin, &self.cut) {
                (Pin::TopCorners | Pin::Top | Pin::Left, Cut::Disc { .. }) => {
                    report.error(format!("pins[{index}]"), "a disc has neither corners nor edges", "use Around");
                }
                _ if form::pinned(&mesh, pin).is_empty() => {
                    report.error(
                        format!("pins[{index}]"),
                        "no particle is there",
                        "move the point or raise `radius_m`",
                    );
                }
                _ => {}
            }
        }
    }
}
