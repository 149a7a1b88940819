//! The shot parts `Rigid` and `PhysicsWorld`. `Joint` is in [`crate::joint`].

use std::path::PathBuf;

use bevy::prelude::Component;
use kinema_core::{PartReport, Property, ShotPart};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::colliders::convex_hull;
use crate::gltf_mesh::read_geometry;

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
    /// Coulomb friction coefficient, 0 (ice) and up. Two touching bodies use the mean of theirs.
    #[serde(default = "default_friction")]
    #[schemars(range(min = 0.0, max = 10.0))]
    pub friction: f32,
    /// Part of the speed that is kept in a bounce, 0 (clay) to 1 (no loss). Two touching bodies use the mean of theirs.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub restitution: f32,
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

/// The form of a rigid body, around the origin of its part, before the part's scale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Shape {
    /// A box.
    Box {
        /// Full size along x, y and z in metres, each above 0.
        #[schemars(inner(range(min = 1e-4, max = 10_000.0)))]
        size_m: [f32; 3],
        /// Radius in metres of the rounding of the drawn edges; at most a quarter of the smallest size is
        /// used. Collisions see sharp edges.
        #[serde(default = "default_bevel_m")]
        #[schemars(range(min = 0.0, max = 1.0))]
        bevel_m: f32,
    },
    /// A ball.
    Ball {
        /// Radius in metres, above 0.
        #[schemars(range(min = 1e-4, max = 10_000.0))]
        radius_m: f32,
    },
    /// A cylinder along y with round caps.
    Capsule {
        /// Radius in metres, above 0.
        #[schemars(range(min = 1e-4, max = 10_000.0))]
        radius_m: f32,
        /// Half the distance in metres between the centres of the caps, above 0.
        #[schemars(range(min = 1e-4, max = 10_000.0))]
        half_height_m: f32,
    },
    /// The convex hull of points, drawn with flat faces.
    Convex {
        /// At least four points that do not lie in one plane, metres.
        #[schemars(length(min = 4, max = 4096), inner(inner(range(min = -10_000.0, max = 10_000.0))))]
        points_m: Vec<[f32; 3]>,
    },
    /// A glTF 2.0 file with its materials and textures.
    Mesh {
        /// A `.glb` or `.gltf` file: `pack:...` or a path relative to the shot.
        file: String,
        /// Name of the node to use, with everything below it; its own transform is dropped. Default: the
        /// whole default scene.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        node: Option<String>,
        /// What collisions see of it.
        #[serde(default)]
        collider: MeshCollider,
    },
    /// Everything below the part's xz plane, without end and not drawn: a floor. Fixed bodies only.
    HalfSpace,
}

/// What collisions see of a mesh.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum MeshCollider {
    /// Its convex hull: for everything that moves.
    #[default]
    ConvexHull,
    /// Its triangles, hollow: for bodies that are not dynamic.
    Exact,
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

/// Settings of the physical world; at most one part, and without it these defaults hold.
#[derive(Component, Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PhysicsWorld {
    /// Gravity in m/s², world space. Default: 9.81 downwards.
    #[serde(default = "default_gravity_m_s2")]
    #[schemars(inner(range(min = -1000.0, max = 1000.0)))]
    pub gravity_m_s2: [f32; 3],
}

impl Default for PhysicsWorld {
    fn default() -> Self {
        Self { gravity_m_s2: default_gravity_m_s2() }
    }
}

impl Default for Surface {
    fn default() -> Self {
        Self { base_color: default_base_color(), perceptual_roughness: default_roughness(), metallic: 0.0 }
    }
}

fn default_friction() -> f32 {
    0.5
}

fn one() -> f32 {
    1.0
}

fn yes() -> bool {
    true
}

fn default_bevel_m() -> f32 {
    0.004
}

fn default_base_color() -> [f32; 3] {
    [0.5; 3]
}

fn default_roughness() -> f32 {
    0.5
}

fn default_gravity_m_s2() -> [f32; 3] {
    [0.0, -9.81, 0.0]
}

impl Rigid {
    /// A body of `shape` with every other setting at its default.
    pub fn new(shape: Shape, body: Body) -> Self {
        Self {
            shape,
            body,
            density_kg_m3: None,
            mass_kg: None,
            friction: default_friction(),
            restitution: 0.0,
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

fn check_shape(rigid: &Rigid, report: &mut PartReport<'_>) {
    match &rigid.shape {
        Shape::Convex { points_m } => {
            if let Err(error) = convex_hull(points_m) {
                report.error("shape.Convex.points_m", error.to_string(), "");
            }
        }
        Shape::Mesh { file, node, collider } => check_mesh(rigid, file, node.as_deref(), *collider, report),
        Shape::HalfSpace if rigid.body != Body::Fixed => {
            report.error("shape", "a half-space is infinite and cannot move", "set `body: Fixed`");
        }
        Shape::Box { .. } | Shape::Ball { .. } | Shape::Capsule { .. } | Shape::HalfSpace => {}
    }
}

fn check_mesh(rigid: &Rigid, file: &str, node: Option<&str>, collider: MeshCollider, report: &mut PartReport<'_>) {
    if collider == MeshCollider::Exact && rigid.body == Body::Dynamic {
        report.error(
            "shape.Mesh.collider",
            "a dynamic body cannot collide with its exact triangles, which have no inside",
            "use `collider: ConvexHull`, or set `body` to Fixed or Kinematic",
        );
    }
    let resolved: Option<PathBuf> = report.asset("shape.Mesh.file", file);
    if let Some(path) = resolved
        && let Err(error) = read_geometry(&path, node)
    {
        let field = if error.place == "nodes" { "shape.Mesh.node" } else { "shape.Mesh.file" };
        let message = format!("{}: {}: {}", path.display(), error.place, error.message);
        report.error(field, message, error.remedy);
    }
    if rigid.surface != Surface::default() {
        report.warning(
            "surface",
            "a mesh brings its own materials; `surface` is not used",
            "change the materials in the file",
        );
    }
}

impl ShotPart for PhysicsWorld {
    const KIND: &'static str = "PhysicsWorld";
}
