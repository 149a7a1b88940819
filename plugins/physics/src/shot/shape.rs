//! What a rigid body is made of, as the shot says it.

use std::path::PathBuf;

use kinema_core::PartReport;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Body, Rigid, Surface};
use crate::colliders::convex_hull;
use crate::gltf_mesh::read_primitives;
use crate::heights::HeightGrid;

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
    /// Several solids that move as one. Where they overlap, their masses add.
    Compound {
        /// At least one, up to 256.
        #[schemars(length(min = 1, max = 256))]
        pieces: Vec<Piece>,
    },
    /// Ground of varying height, around the part's origin. Fixed bodies only.
    Terrain {
        /// Size along x and z in metres, each above 0.
        #[schemars(inner(range(min = 0.01, max = 100_000.0)))]
        size_m: [f32; 2],
        /// Its heights.
        heights: Heights,
    },
    /// Everything below the part's xz plane, without end and not drawn: a floor. Fixed bodies only.
    HalfSpace,
}

/// What collisions see of a mesh.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum MeshCollider {
    /// Its convex hull: for everything that moves.
    #[default]
    ConvexHull,
    /// One convex hull for each primitive (mesh and material) of the file: for things modelled from convex pieces.
    HullPerPrimitive,
    /// Convex hulls that together follow hollows, found by voxels (V-HACD: Mamou, "Volumetric hierarchical approximate
    /// convex decomposition", Game Engine Gems 3, 2016). Takes seconds; for everything that moves.
    Decomposed {
        /// At most this many hulls, 1 to 256.
        #[serde(default = "default_max_hulls")]
        #[schemars(range(min = 1, max = 256))]
        max_hulls: u32,
        /// Voxels along the longest side, 8 to 256; more finds finer hollows and takes longer.
        #[serde(default = "default_voxels")]
        #[schemars(range(min = 8, max = 256))]
        voxels: u32,
    },
    /// Its triangles, hollow: for bodies that are not dynamic.
    Exact,
}

/// A solid of a compound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    /// A box, ball, capsule or convex hull.
    pub shape: Shape,
    /// Where its origin is in the part, metres.
    #[serde(default)]
    #[schemars(inner(range(min = -10_000.0, max = 10_000.0)))]
    pub position_m: [f32; 3],
    /// How it is turned in the part: degrees about x, then y, then z.
    #[serde(default)]
    #[schemars(inner(range(min = -360.0, max = 360.0)))]
    pub rotation_deg: [f32; 3],
}

/// Where the heights of a terrain come from. Rows run along x; the first is the one at the lowest z.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Heights {
    /// Numbers in the shot.
    Numbers {
        /// Heights in a row, at least 2.
        #[schemars(range(min = 2, max = 4096))]
        columns: u32,
        /// Metres, row after row, at least two whole rows.
        #[schemars(length(min = 4, max = 1_000_000), inner(range(min = -10_000.0, max = 10_000.0)))]
        heights_m: Vec<f32>,
    },
    /// A grey PNG, best with 16 bits: 8 leave visible steps. Its upper left corner is the one at the lowest x and z.
    Png {
        /// `pack:...` or a path relative to the shot; 2 to 4096 pixels each way.
        file: String,
        /// Height of black, metres.
        #[schemars(range(min = -10_000.0, max = 10_000.0))]
        lowest_m: f32,
        /// Height of white, metres.
        #[schemars(range(min = -10_000.0, max = 10_000.0))]
        highest_m: f32,
    },
}

fn default_bevel_m() -> f32 {
    0.004
}

fn default_max_hulls() -> u32 {
    16
}

fn default_voxels() -> u32 {
    64
}

/// Reports what the schema cannot say about the shape of `rigid`.
pub(super) fn check_shape(rigid: &Rigid, report: &mut PartReport<'_>) {
    match &rigid.shape {
        Shape::Convex { points_m } => {
            if let Err(error) = convex_hull(points_m) {
                report.error("shape.Convex.points_m", error.to_string(), "");
            }
        }
        Shape::Mesh { file, node, collider } => check_mesh(rigid, file, node.as_deref(), *collider, report),
        Shape::Compound { pieces } => {
            for (index, piece) in pieces.iter().enumerate() {
                check_piece(&format!("shape.Compound.pieces[{index}].shape"), &piece.shape, report);
            }
        }
        Shape::Terrain { heights, .. } => check_terrain(rigid, heights, report),
        Shape::HalfSpace if rigid.body != Body::Fixed || rigid.sensor => {
            let remedy = "set `body: Fixed` and no `sensor`";
            report.error("shape", "a half-space is infinite and can neither move nor be left", remedy);
        }
        Shape::Box { .. } | Shape::Ball { .. } | Shape::Capsule { .. } | Shape::HalfSpace => {}
    }
}

fn check_piece(field: &str, shape: &Shape, report: &mut PartReport<'_>) {
    match shape {
        Shape::Box { .. } | Shape::Ball { .. } | Shape::Capsule { .. } => {}
        Shape::Convex { points_m } => {
            if let Err(error) = convex_hull(points_m) {
                report.error(format!("{field}.Convex.points_m"), error.to_string(), "");
            }
        }
        _ => report.error(field, "this shape cannot be a piece of a compound", "use Box, Ball, Capsule or Convex"),
    }
}

fn check_terrain(rigid: &Rigid, heights: &Heights, report: &mut PartReport<'_>) {
    if rigid.body != Body::Fixed || rigid.sensor {
        let remedy = "set `body: Fixed` and no `sensor`";
        report.error("shape", "terrain is a surface without an inside: it can neither move nor be entered", remedy);
    }
    let read = match heights {
        Heights::Numbers { columns, heights_m } => {
            HeightGrid::from_numbers(*columns, heights_m).map(|_| ()).map_err(|error| ("Numbers.heights_m", error))
        }
        Heights::Png { file, lowest_m, highest_m } => {
            let Some(path) = report.asset("shape.Terrain.heights.Png.file", file) else { return };
            HeightGrid::from_png(&path, *lowest_m, *highest_m).map(|_| ()).map_err(|error| ("Png.file", error))
        }
    };
    if let Err((field, error)) = read {
        report.error(format!("shape.Terrain.heights.{field}"), error.to_string(), "");
    }
}

fn check_mesh(rigid: &Rigid, file: &str, node: Option<&str>, collider: MeshCollider, report: &mut PartReport<'_>) {
    if collider == MeshCollider::Exact && rigid.body == Body::Dynamic {
        report.error(
            "shape.Mesh.collider",
            "a dynamic body cannot collide with its exact triangles, which have no inside",
            "use `collider: ConvexHull` or `Decomposed`, or set `body` to Fixed or Kinematic",
        );
    }
    let resolved: Option<PathBuf> = report.asset("shape.Mesh.file", file);
    if let Some(path) = resolved
        && let Err(error) = read_primitives(&path, node)
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
