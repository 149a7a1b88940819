//! Convex polyhedra and what a plane cuts off them: the geometry of floating.

use bevy::math::{DQuat, DVec3};
use rapier3d::parry::shape::TypedShape;
use rapier3d::prelude::{Pose, SharedShape, Vector};

/// Segments around balls and capsules, and from pole to pole.
const ROUND_SEGMENTS: [u32; 2] = [20, 10];

/// A flat face, counter-clockwise seen from outside.
#[derive(Debug, Clone, PartialEq)]
pub struct Face {
    /// Corners, metres.
    pub corners: Vec<DVec3>,
    /// False for faces that a cut made: nothing touches them.
    pub outer: bool,
}

/// A convex body.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Polyhedron {
    /// Its faces; they close.
    pub faces: Vec<Face>,
}

/// Everything on the side that the normal does not point to: `normal · x <= offset_m`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HalfSpace {
    /// Unit normal.
    pub normal: DVec3,
    /// Distance of the plane from the origin along the normal, metres.
    pub offset_m: f64,
}

impl Face {
    /// Area in m² times the outward unit normal.
    pub fn area_vector(&self) -> DVec3 {
        let Some((first, rest)) = self.corners.split_first() else { return DVec3::ZERO };
        let pairs = rest.iter().zip(rest.iter().skip(1));
        pairs.map(|(a, b)| (*a - *first).cross(*b - *first)).sum::<DVec3>() * 0.5
    }

    /// The mean of the corners, for triangles the centroid.
    pub fn middle(&self) -> DVec3 {
        self.corners.iter().sum::<DVec3>() / self.corners.len().max(1) as f64
    }
}

impl Polyhedron {
    /// Volume in m³ and centroid. The apex of the summed tetrahedra lies at the mean corner, against cancellation.
    pub fn volume_m3(&self) -> (f64, DVec3) {
        let corners = || self.faces.iter().flat_map(|face| &face.corners);
        let apex = corners().sum::<DVec3>() / corners().count().max(1) as f64;
        let (mut volume_m3, mut moment) = (0.0, DVec3::ZERO);
        for face in &self.faces {
            let Some((first, rest)) = face.corners.split_first() else { continue };
            for (a, b) in rest.iter().zip(rest.iter().skip(1)) {
                let (a, b, c) = (*first - apex, *a - apex, *b - apex);
                let tetrahedron = a.dot(b.cross(c)) / 6.0;
                volume_m3 += tetrahedron;
                moment += (a + b + c) * (tetrahedron / 4.0);
            }
        }
        let centroid = if volume_m3 > 0.0 { apex + moment / volume_m3 } else { apex };
        (volume_m3, centroid)
    }

    /// Turned by `rotation` about the origin, then moved by `translation`.
    pub fn placed(&self, rotation: DQuat, translation: DVec3) -> Self {
        self.mapped(|corner| rotation * corner + translation)
    }

    fn mapped(&self, map: impl Fn(DVec3) -> DVec3) -> Self {
        let face = |face: &Face| Face { corners: face.corners.iter().map(|corner| map(*corner)).collect(), ..*face };
        Self { faces: self.faces.iter().map(face).collect() }
    }

    /// The mean of its corners and the largest distance of a corner from it, metres.
    pub fn bounding_ball(&self) -> (DVec3, f64) {
        let corners = || self.faces.iter().flat_map(|face| &face.corners);
        let middle = corners().sum::<DVec3>() / corners().count().max(1) as f64;
        (middle, corners().map(|corner| corner.distance(middle)).fold(0.0, f64::max))
    }

    /// What of it lies in `half_space`, closed with a face that is not outer (Sutherland and Hodgman, "Reentrant polygon
    /// clipping", CACM 17(1), 1974, face by face).
    pub fn clipped(self, half_space: &HalfSpace) -> Self {
        let above_m = |corner: &DVec3| half_space.normal.dot(*corner) - half_space.offset_m;
        let corners = || self.faces.iter().flat_map(|face| &face.corners);
        if corners().all(|corner| above_m(corner) <= 0.0) {
            return self;
        }
        if corners().all(|corner| above_m(corner) >= 0.0) {
            return Self::default();
        }
        let mut cut = Vec::new();
        let mut faces = Vec::with_capacity(self.faces.len() + 1);
        for face in &self.faces {
            let mut kept = Vec::with_capacity(face.corners.len() + 1);
            let next = face.corners.iter().cycle().skip(1);
            for (from, to) in face.corners.iter().zip(next) {
                let (from_m, to_m) = (above_m(from), above_m(to));
                if from_m <= 0.0 {
                    kept.push(*from);
                }
                if (from_m < 0.0 && to_m > 0.0) || (from_m > 0.0 && to_m < 0.0) {
                    let crossing = *from + (*to - *from) * (from_m / (from_m - to_m));
                    kept.push(crossing);
                    cut.push(crossing);
                } else if from_m == 0.0 {
                    cut.push(*from);
                }
            }
            if kept.len() >= 3 {
                faces.push(Face { corners: kept, outer: face.outer });
            }
        }
        faces.extend(lid(cut, half_space.normal));
        Self { faces }
    }
}

/// The face through points of one plane that are the corners of a convex polygon, in any order and repeated.
fn lid(mut points: Vec<DVec3>, normal: DVec3) -> Option<Face> {
    let middle = points.iter().sum::<DVec3>() / points.len().max(1) as f64;
    let (right, up) = normal.any_orthonormal_pair();
    // The order is counter-clockwise seen from where the normal points, whichever way the pair turns.
    let turn = right.cross(up).dot(normal).signum();
    let angle = |point: &DVec3| ((*point - middle).dot(up) * turn).atan2((*point - middle).dot(right));
    points.sort_by(|a, b| angle(a).total_cmp(&angle(b)));
    points.dedup();
    (points.len() >= 3).then_some(Face { corners: points, outer: false })
}

/// The convex pieces of a collision shape in its own space; empty for shapes without an inside. Round pieces become
/// polyhedra of the same volume.
pub fn convex_pieces(shape: &SharedShape) -> Vec<Polyhedron> {
    match shape.as_typed_shape() {
        TypedShape::Compound(compound) => {
            let pieces = compound.shapes().iter().filter_map(|(pose, piece)| convex_piece(piece, pose));
            pieces.collect()
        }
        _ => convex_piece(shape, &Pose::IDENTITY).into_iter().collect(),
    }
}

fn convex_piece(shape: &SharedShape, pose: &Pose) -> Option<Polyhedron> {
    let [around, upwards] = ROUND_SEGMENTS;
    let (vertices, triangles) = match shape.as_typed_shape() {
        TypedShape::Cuboid(cuboid) => cuboid.to_trimesh(),
        TypedShape::Ball(ball) => ball.to_trimesh(around, upwards),
        TypedShape::Capsule(capsule) => capsule.to_trimesh(around, upwards),
        TypedShape::ConvexPolyhedron(hull) => hull.to_trimesh(),
        _ => return None,
    };
    let corner = |index: u32| -> Option<DVec3> {
        let point: Vector = pose.transform_point(*vertices.get(index as usize)?);
        Some(DVec3::from_array(point.to_array().map(f64::from)))
    };
    let face = |[a, b, c]: &[u32; 3]| {
        let corners = vec![corner(*a)?, corner(*b)?, corner(*c)?];
        // A ball's poles are rings of one point.
        let flat = corners[0] == corners[1] || corners[1] == corners[2] || corners[2] == corners[0];
        (!flat).then_some(Face { corners, outer: true })
    };
    let piece = Polyhedron { faces: triangles.iter().filter_map(face).collect() };
    let (volume_m3, centroid) = piece.volume_m3();
    let grown = (f64::from(shape.mass_properties(1.0).mass()) / volume_m3).cbrt();
    if !(volume_m3 > 0.0) || !grown.is_finite() {
        return None;
    }
    Some(piece.mapped(|corner| centroid + (corner - centroid) * grown))
}
