//! The shot part `Cloth`.

use bevy::prelude::Component;
use kinema_core::{PartReport, Property, ShotPart};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fabrics::Material;
use crate::form;
pub use crate::look::surface::ClothSurface;
use crate::solver::fabric::Fabric;

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
    /// Pins that go with other parts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carried: Vec<Carried>,
    /// Pins that let go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub releases: Vec<Release>,
    /// What is sewn or buttoned together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seams: Vec<Seam>,
    /// Strain (Green, 0.1 is about a tenth longer) beyond which it tears; left out, as its material says, which is never for the named ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.001, max = 10.0))]
    pub tears_at_strain: Option<f32>,
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
    /// The lower edge of a sheet.
    Bottom,
    /// The edge of a sheet at negative x, as at a flag's pole.
    Left,
    /// The whole edge, as on a trampoline.
    Rim,
    /// The edge of a sheet at positive x.
    Right,
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

/// A pin whose particles go with another part, as if they were nailed to it at frame 0; tracks move and turn it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Carried {
    /// Which particles. They need no entry in `pins`.
    pub pin: Pin,
    /// The id of the part.
    pub by: String,
}

/// A pin's particles are free from a frame on, even if another pin holds them too.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// Which particles.
    pub pin: Pin,
    /// From this frame on.
    pub at_frame: u32,
}

/// Particles of a cloth held together. What lies apart at first is drawn together within a second, along the straight line: a cloth that hangs flat in that
/// line crumples instead of bulging, so lay it level or let wind blow against it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Seam {
    /// Two edges of a sheet, particle by particle, from the left or from below.
    Edges {
        /// Which.
        edges: [Edge; 2],
        /// Force at which a stitch breaks, N; left out, it never does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(range(min = 0.0001, max = 1_000_000.0))]
        breaks_at_n: Option<f32>,
    },
    /// Two points of the flat cloth; the nearest particles.
    Button {
        /// Metres along x and y.
        #[schemars(inner(inner(range(min = -50.0, max = 50.0))))]
        points_m: [[f32; 2]; 2],
        /// Force at which it comes off, N; left out, it never does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(range(min = 0.0001, max = 1_000_000.0))]
        breaks_at_n: Option<f32>,
    },
}

/// An edge of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Edge {
    Left,
    Right,
    Top,
    Bottom,
}

fn default_steps_per_sec() -> f32 {
    1200.0
}

impl Cloth {
    /// Its material, with what the part says of tearing.
    pub fn fabric(&self) -> Fabric {
        let fabric = self.material.fabric();
        Fabric { tear_strain: self.tears_at_strain.unwrap_or(fabric.tear_strain), ..fabric }
    }
}

impl ShotPart for Cloth {
    const KIND: &'static str = "Cloth";

    fn properties() -> Vec<Property<Self>> {
        vec![
            Property::vec3("surface/base_color", 0.0..=1.0, |cloth: &mut Cloth, color: [f32; 3]| {
                cloth.surface.base_color = Some(color);
            }),
            Property::scalar("surface/perceptual_roughness", 0.0..=1.0, |cloth: &mut Cloth, value: f32| {
                cloth.surface.perceptual_roughness = Some(value);
            }),
        ]
    }

    fn check(&self, report: &mut PartReport<'_>) {
        if let Err(error) = self.fabric().validate() {
            report.error("material", error.to_string(), "");
        }
        self.surface.check(report);
        let particles = form::particles(&self.cut);
        if particles > MAX_PARTICLES as f64 {
            let message = format!("the cut has about {particles:.0} particles, more than {MAX_PARTICLES}");
            report.error("cut", message, "raise `spacing_m`");
            return;
        }
        for (index, carried) in self.carried.iter().enumerate() {
            report.part_reference(format!("carried[{index}].by"), &carried.by, &[]);
        }
        if self.pins.is_empty() && self.carried.is_empty() && self.releases.is_empty() && self.seams.is_empty() {
            return;
        }
        let mesh = match form::mesh(&self.cut) {
            Ok(mesh) => mesh,
            Err(error) => {
                report.error("cut", error.to_string(), "");
                return;
            }
        };
        let mut check_pin = |field: String, pin: &Pin| match (pin, &self.cut) {
            (Pin::TopCorners | Pin::Top | Pin::Bottom | Pin::Left | Pin::Right, Cut::Disc { .. }) => {
                report.error(field, "a disc has neither corners nor edges", "use Around");
            }
            _ if form::pinned(&mesh, pin).is_empty() => {
                report.error(field, "no particle is there", "move the point or raise `radius_m`");
            }
            _ => {}
        };
        for (index, pin) in self.pins.iter().enumerate() {
            check_pin(format!("pins[{index}]"), pin);
        }
        for (index, carried) in self.carried.iter().enumerate() {
            check_pin(format!("carried[{index}].pin"), &carried.pin);
        }
        for (index, release) in self.releases.iter().enumerate() {
            check_pin(format!("releases[{index}].pin"), &release.pin);
        }
        for (index, seam) in self.seams.iter().enumerate() {
            let field = format!("seams[{index}]");
            match (seam, &self.cut) {
                (Seam::Edges { .. }, Cut::Disc { .. }) => report.error(field, "a disc has no edges", "use Button"),
                (Seam::Edges { edges: [a, b], .. }, _) if a == b => {
                    report.error(field, "an edge cannot be sewn to itself", "name two edges");
                }
                (Seam::Edges { edges, .. }, _) => {
                    let [a, b] = edges.map(|edge| form::edge(&mesh, edge).len());
                    if a != b {
                        let message = format!("the edges have {a} and {b} particles and cannot be sewn one to one");
                        report.error(field, message, "sew opposite edges, or cut a square");
                    }
                }
                (Seam::Button { .. }, _) if form::sewn(&mesh, seam).is_empty() => {
                    report.error(field, "both points are at one particle", "move one, or lower `spacing_m`");
                }
                _ => {}
            }
        }
    }
}
