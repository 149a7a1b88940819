//! From the shapes of a shot to the shapes of the collision engine.

use std::panic::{AssertUnwindSafe, catch_unwind};

use kinema_core::rotation_from_deg;
use rapier3d::parry::shape::{HeightFieldFlags, TriMeshFlags};
use rapier3d::parry::transformation::try_convex_hull;
use rapier3d::parry::transformation::vhacd::VHACDParameters;
use rapier3d::parry::utils::Array2;
use rapier3d::prelude::{Pose, Rotation, SharedShape, Vector};

use crate::geometry::BodyGeometry;
use crate::gltf_mesh::GltfGeometry;
use crate::heights::HeightGrid;
use crate::shot::{MeshCollider, Piece, Shape};

/// Why a shape cannot collide.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ShapeError {
    /// The hull of the points has no volume.
    #[error("the points lie in one plane or closer together than {0} m; spread them in all three directions")]
    Flat(f32),
    /// The hull cannot be computed.
    #[error("the convex hull cannot be computed ({0}); move or remove points that nearly coincide")]
    Hull(String),
    /// The triangles cannot be used.
    #[error("the triangles cannot collide ({0}); use `collider: ConvexHull`")]
    Triangles(String),
    /// A compound without usable pieces.
    #[error("a compound needs at least one piece, each a Box, Ball, Capsule or Convex")]
    Pieces,
    /// No convex parts were found.
    #[error("the mesh cannot be decomposed; close its surface, raise `voxels`, or use `collider: ConvexHull`")]
    Decomposition,
    /// A scale that turns the shape inside out or makes it vanish.
    #[error("the scale {0:?} is not above zero in every direction; use a positive scale")]
    Scale([f32; 3]),
    /// A ball or capsule would become an ellipsoid, a turned piece would be sheared.
    #[error(
        "the scale {0:?} differs between directions, which a ball, capsule or compound cannot follow; \
         scale evenly, or use Convex or Mesh"
    )]
    UnevenScale([f32; 3]),
    /// A rotated part below an unevenly scaled parent.
    #[error("an unevenly scaled parent shears the shape; scale the parent evenly")]
    Sheared,
}

/// Smallest thickness in metres of a hull.
const MIN_THICKNESS_M: f32 = 1e-4;

/// The vertices and outward counter-clockwise triangles of a convex hull.
pub struct HullMesh {
    /// Vertices, metres.
    pub positions_m: Vec<[f32; 3]>,
    /// Indices into `positions_m`.
    pub triangles: Vec<[u32; 3]>,
}

/// The convex hull of `points_m`.
///
/// # Errors
/// [`ShapeError::Flat`] when the points have no volume, [`ShapeError::Hull`] when rounding defeats the
/// algorithm.
pub fn convex_hull(points_m: &[[f32; 3]]) -> Result<HullMesh, ShapeError> {
    let points = hull_input(points_m)?;
    // The hull algorithm asserts what rounding can break; an unlucky set of points must not end the program.
    let hull =
        catch_unwind(AssertUnwindSafe(|| try_convex_hull(&points))).map_err(|_| ShapeError::Hull("rounding".into()))?;
    let (vertices, triangles) = hull.map_err(|error| ShapeError::Hull(error.to_string()))?;
    Ok(HullMesh { positions_m: vertices.iter().map(|vertex| vertex.to_array()).collect(), triangles })
}

/// The distinct points, or an error when they lie in one plane.
fn hull_input(points_m: &[[f32; 3]]) -> Result<Vec<Vector>, ShapeError> {
    let mut points: Vec<Vector> = points_m.iter().copied().map(Vector::from_array).collect();
    points.sort_by(|a, b| {
        a.to_array()
            .iter()
            .zip(b.to_array().iter())
            .fold(std::cmp::Ordering::Equal, |order, (x, y)| order.then(x.total_cmp(y)))
    });
    points.dedup();
    let flat = ShapeError::Flat(MIN_THICKNESS_M);
    let farthest = |measure: &dyn Fn(Vector) -> f32| {
        points
            .iter()
            .copied()
            .max_by(|a, b| measure(*a).total_cmp(&measure(*b)))
            .filter(|point| measure(*point) >= MIN_THICKNESS_M)
    };
    let Some(origin) = points.first().copied() else {
        return Err(flat);
    };
    // Thickness along a line, then across it, then out of the plane, each from the farthest point found.
    let volume = farthest(&|point| point.distance(origin)).map(|point| (point - origin).normalize()).and_then(|line| {
        let away = |point: Vector| (point - origin).reject_from_normalized(line);
        let second = farthest(&|point| away(point).length())?;
        let normal = line.cross(away(second).normalize());
        farthest(&|point| (point - origin).dot(normal).abs())
    });
    match volume {
        Some(_) => Ok(points),
        None => Err(flat),
    }
}

/// Builds the collision shape of a body: `shape` scaled by `scale`. `geometry` is what
/// [`shape_geometry`](crate::geometry::shape_geometry) read for it.
///
/// # Errors
/// [`ShapeError`] when the shape cannot collide at this scale.
pub fn collision_shape(
    shape: &Shape,
    scale: [f32; 3],
    geometry: Option<&BodyGeometry>,
) -> Result<SharedShape, ShapeError> {
    if !scale.iter().all(|factor| *factor > 0.0 && factor.is_finite()) {
        return Err(ShapeError::Scale(scale));
    }
    let [x, y, z] = scale;
    let uniform = || {
        let spread = x.max(y).max(z) / x.min(y).min(z);
        if spread <= 1.0001 { Ok(x) } else { Err(ShapeError::UnevenScale(scale)) }
    };
    match shape {
        Shape::Box { size_m: [width, height, depth], .. } => {
            Ok(SharedShape::cuboid(width * x / 2.0, height * y / 2.0, depth * z / 2.0))
        }
        Shape::Ball { radius_m } => Ok(SharedShape::ball(radius_m * uniform()?)),
        Shape::Capsule { radius_m, half_height_m } => {
            let factor = uniform()?;
            Ok(SharedShape::capsule_y(half_height_m * factor, radius_m * factor))
        }
        Shape::Convex { points_m } => hull_shape(points_m, scale),
        Shape::Mesh { collider, .. } => match geometry {
            Some(BodyGeometry::Meshes(meshes)) => mesh_shape(*collider, meshes, scale),
            _ => Err(ShapeError::Triangles("the mesh is empty".into())),
        },
        Shape::Compound { pieces } => {
            let factor = uniform()?;
            compound_shape(pieces.iter().map(|piece| piece_shape(piece, factor)).collect::<Result<_, _>>()?)
        }
        Shape::Terrain { size_m: [width_m, depth_m], .. } => match geometry {
            Some(BodyGeometry::Heights(grid)) => Ok(terrain_shape(grid, Vector::new(width_m * x, y, depth_m * z))),
            _ => Err(ShapeError::Triangles("the terrain has no heights".into())),
        },
        Shape::HalfSpace => Ok(SharedShape::halfspace(Vector::Y)),
    }
}

fn piece_shape(piece: &Piece, factor: f32) -> Result<(Pose, SharedShape), ShapeError> {
    let place = Vector::from_array(piece.position_m) * factor;
    let turn = Rotation::from_array(rotation_from_deg(piece.rotation_deg).to_array()).normalize();
    Ok((Pose::from_parts(place, turn), collision_shape(&piece.shape, [factor; 3], None)?))
}

fn compound_shape(pieces: Vec<(Pose, SharedShape)>) -> Result<SharedShape, ShapeError> {
    // The engine's compounds assert that they have pieces and that none is a compound itself.
    let solid =
        |(_, shape): &(Pose, SharedShape)| shape.as_composite_shape().is_none() && shape.as_halfspace().is_none();
    match pieces.is_empty() || !pieces.iter().all(solid) {
        true => Err(ShapeError::Pieces),
        false => Ok(SharedShape::compound(pieces)),
    }
}

fn mesh_shape(collider: MeshCollider, meshes: &[GltfGeometry], scale: [f32; 3]) -> Result<SharedShape, ShapeError> {
    match collider {
        MeshCollider::ConvexHull => hull_shape(&GltfGeometry::joined(meshes).positions_m, scale),
        MeshCollider::HullPerPrimitive => {
            let hull = |mesh: &GltfGeometry| Ok((Pose::IDENTITY, hull_shape(&mesh.positions_m, scale)?));
            compound_shape(meshes.iter().map(hull).collect::<Result<_, _>>()?)
        }
        MeshCollider::Decomposed { max_hulls, voxels } => {
            decomposed_shape(&GltfGeometry::joined(meshes), scale, max_hulls, voxels)
        }
        MeshCollider::Exact => triangle_shape(&GltfGeometry::joined(meshes), scale),
    }
}

fn decomposed_shape(
    geometry: &GltfGeometry,
    scale: [f32; 3],
    max_convex_hulls: u32,
    resolution: u32,
) -> Result<SharedShape, ShapeError> {
    // Also refuses what has no volume.
    hull_shape(&geometry.positions_m, scale)?;
    let vertices: Vec<Vector> =
        geometry.positions_m.iter().map(|point| Vector::from_array(scaled(*point, scale))).collect();
    let parameters = VHACDParameters { max_convex_hulls, resolution, ..VHACDParameters::default() };
    let decompose = || SharedShape::convex_decomposition_with_params(&vertices, &geometry.triangles, &parameters);
    // It asserts that parts were found.
    let shape = catch_unwind(AssertUnwindSafe(decompose)).map_err(|_| ShapeError::Decomposition)?;
    let mass = shape.mass_properties(1.0).mass();
    if mass > 0.0 && mass.is_finite() { Ok(shape) } else { Err(ShapeError::Decomposition) }
}

fn terrain_shape(grid: &HeightGrid, scale: Vector) -> SharedShape {
    // The engine keeps a grid column by column.
    let row_of = |index: usize| (index % grid.rows) * grid.columns + index / grid.rows;
    let by_columns = (0..grid.heights_m.len()).map(|index| grid.heights_m.get(row_of(index)).copied().unwrap_or(0.0));
    let heights = Array2::new(grid.rows, grid.columns, by_columns.collect());
    // Without this, bodies trip over the seams between cells.
    SharedShape::heightfield_with_flags(heights, scale, HeightFieldFlags::FIX_INTERNAL_EDGES)
}

fn scaled([px, py, pz]: [f32; 3], [x, y, z]: [f32; 3]) -> [f32; 3] {
    [px * x, py * y, pz * z]
}

pub(crate) fn hull_shape(points_m: &[[f32; 3]], scale: [f32; 3]) -> Result<SharedShape, ShapeError> {
    let points: Vec<[f32; 3]> = points_m.iter().map(|point| scaled(*point, scale)).collect();
    let hull = convex_hull(&points)?;
    let vertices: Vec<Vector> = hull.positions_m.into_iter().map(Vector::from_array).collect();
    catch_unwind(AssertUnwindSafe(|| SharedShape::convex_mesh(vertices, &hull.triangles)))
        .ok()
        .flatten()
        .ok_or_else(|| ShapeError::Hull("its faces do not close".into()))
}

fn triangle_shape(geometry: &GltfGeometry, scale: [f32; 3]) -> Result<SharedShape, ShapeError> {
    let vertices = geometry.positions_m.iter().map(|point| scaled(*point, scale)).collect();
    shape_of_triangles(vertices, geometry.triangles.clone())
}

/// A surface of triangles, metres.
pub(crate) fn shape_of_triangles(
    vertices_m: Vec<[f32; 3]>,
    triangles: Vec<[u32; 3]>,
) -> Result<SharedShape, ShapeError> {
    // Without these, bodies trip over the seams between flat neighbouring triangles.
    let flags = TriMeshFlags::FIX_INTERNAL_EDGES
        | TriMeshFlags::DELETE_DEGENERATE_TRIANGLES
        | TriMeshFlags::DELETE_DUPLICATE_TRIANGLES;
    let vertices = vertices_m.into_iter().map(Vector::from_array).collect();
    SharedShape::trimesh_with_flags(vertices, triangles, flags)
        .map_err(|error| ShapeError::Triangles(error.to_string()))
}
