//! The shot part `Garment` and the files `*.garment.ron` that it can start from.

use bevy::prelude::Component;
use kinema_core::{Base, PartReport, Property, ShotDocument, ShotPart};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::template::{Cutting, TShirt};
use crate::fabrics::Material;
use crate::shot::ClothSurface;

/// The version of the file format that this build writes.
pub const SCHEMA_VERSION: u32 = 1;
/// The garments that may be sewn for one shot are no finer than this, metres.
const LEAST_SPACING_M: f32 = 0.006;

/// Something that a person wears: sewn on their body, draped, and simulated from frame 0 on.
#[derive(Component, Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Garment {
    /// A file `*.garment.ron` beside the shot: how it is cut, of what. What is written here, too, wins, field by field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The id of the person who wears it.
    pub wearer: String,
    /// How it is cut.
    #[serde(default = "shirt")]
    pub cut: Cutting,
    /// What it is made of.
    #[serde(default)]
    pub material: Material,
    /// Wanted distance of particles, metres: 0.02 for a look, 0.012 for a close view.
    #[serde(default = "spacing")]
    #[schemars(range(min = 0.006, max = 0.1))]
    pub spacing_m: f32,
    /// Steps of the simulation a second. More are stiffer and cost in proportion.
    #[serde(default = "steps")]
    #[schemars(range(min = 120.0, max = 48_000.0))]
    pub steps_per_sec: f32,
    /// How it looks.
    #[serde(default)]
    pub surface: ClothSurface,
}

fn shirt() -> Cutting {
    Cutting::TShirt(TShirt::default())
}

fn spacing() -> f32 {
    0.02
}

fn steps() -> f32 {
    1200.0
}

/// The content of a `*.garment.ron` file. Every field but the first two is one of [`Garment`], with the same meaning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GarmentFile {
    /// Version of this format.
    #[schemars(range(min = 1, max = 1))]
    pub schema: u32,
    /// For people; nothing depends on it.
    #[serde(default)]
    pub name: String,
    /// How it is cut.
    pub cut: Cutting,
    /// What it is made of.
    #[serde(default)]
    pub material: Material,
    /// Wanted distance of particles, metres.
    #[serde(default = "spacing")]
    #[schemars(range(min = 0.006, max = 0.1))]
    pub spacing_m: f32,
    /// How it looks.
    #[serde(default)]
    pub surface: ClothSurface,
}

impl ShotDocument for GarmentFile {
    const KIND: &'static str = "garment";

    fn check(&self, report: &mut PartReport<'_>) {
        check(&self.cut, &self.material, report);
        self.surface.check(report);
    }
}

impl ShotPart for Garment {
    const KIND: &'static str = "Garment";

    fn properties() -> Vec<Property<Self>> {
        vec![
            Property::vec3("surface/base_color", 0.0..=1.0, |garment: &mut Garment, color: [f32; 3]| {
                garment.surface.base_color = Some(color);
            }),
            Property::scalar("surface/perceptual_roughness", 0.0..=1.0, |garment: &mut Garment, value: f32| {
                garment.surface.perceptual_roughness = Some(value);
            }),
        ]
    }

    fn base() -> Option<Base> {
        Some(Base::new::<GarmentFile>("file"))
    }

    fn check(&self, report: &mut PartReport<'_>) {
        report.part_reference("wearer", &self.wearer, &["Human"]);
        check(&self.cut, &self.material, report);
        self.surface.check(report);
        if !(self.spacing_m >= LEAST_SPACING_M) {
            report.error("spacing_m", format!("{} m is finer than a garment can be sewn", self.spacing_m), "");
        }
    }
}

/// What can be told without the body.
fn check(cut: &Cutting, material: &Material, report: &mut PartReport<'_>) {
    if let Err(error) = material.fabric().validate() {
        report.error("material", error.to_string(), "");
    }
    if let Cutting::Pieces(pattern) = cut
        && let Err(error) = pattern.outlines()
    {
        report.error("cut", error.to_string(), "");
    }
}
