//! One mesh generator for boxes with rounded edges, balls and capsules: all three are the sum of a box and
//! a ball, so their surface is a box pushed outwards by the radius, with exact normals.

use bevy::math::Vec3;

/// Vertices and triangles of a surface, counter-clockwise seen from outside.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SurfaceMesh {
    /// Vertex positions, metres.
    pub positions_m: Vec<[f32; 3]>,
    /// Unit normals, one per vertex.
    pub normals: Vec<[f32; 3]>,
    /// Texture coordinates, 0 to 1 over each of the six faces.
    pub uv: Vec<[f32; 2]>,
    /// Indices into the vertices.
    pub triangles: Vec<[u32; 3]>,
}

/// The six faces: outward direction, and the directions of u and v, with u × v = outward.
const FACES: [[Vec3; 3]; 6] = [
    [Vec3::X, Vec3::Y, Vec3::Z],
    [Vec3::NEG_X, Vec3::Z, Vec3::Y],
    [Vec3::Y, Vec3::Z, Vec3::X],
    [Vec3::NEG_Y, Vec3::X, Vec3::Z],
    [Vec3::Z, Vec3::X, Vec3::Y],
    [Vec3::NEG_Z, Vec3::Y, Vec3::X],
];

/// Builds the surface of a box with half extents `core_half_m` grown by `radius_m` in every direction.
/// `segments` faces span each eighth of a turn of the rounding. A core of zero gives a ball, a core with
/// one extent a capsule, a radius of zero a box with sharp edges.
pub fn rounded_box(core_half_m: [f32; 3], radius_m: f32, segments: u32) -> SurfaceMesh {
    let core = Vec3::from_array(core_half_m);
    let mut mesh = SurfaceMesh::default();
    for [outward, u_axis, v_axis] in FACES {
        let u_lines = grid_lines(core.dot(u_axis.abs()), radius_m, segments);
        let v_lines = grid_lines(core.dot(v_axis.abs()), radius_m, segments);
        let first = mesh.positions_m.len() as u32;
        for v in &v_lines {
            for u in &u_lines {
                let core_point = outward * core.dot(outward.abs()) + u_axis * u.core_m + v_axis * v.core_m;
                let normal = (outward + u_axis * u.slope + v_axis * v.slope).normalize();
                mesh.positions_m.push((core_point + normal * radius_m).to_array());
                mesh.normals.push(normal.to_array());
                mesh.uv.push([u.fraction, 1.0 - v.fraction]);
            }
        }
        let columns = u_lines.len() as u32;
        for row in 0..(v_lines.len() as u32 - 1) {
            for column in 0..(columns - 1) {
                let corner = first + row * columns + column;
                let above = corner + columns;
                mesh.triangles.push([corner, corner + 1, above + 1]);
                mesh.triangles.push([corner, above + 1, above]);
            }
        }
    }
    mesh
}

/// A line of a face's grid across one axis.
struct GridLine {
    /// Coordinate of the point of the core below it.
    core_m: f32,
    /// Sideways component of the direction in which it is pushed outwards; -1 and 1 lie at 45°.
    slope: f32,
    /// Place on the face, 0 to 1.
    fraction: f32,
}

/// The lines from edge to edge. Within the rounding they are equally far apart in angle, so that a ball
/// gets quads of nearly one size.
fn grid_lines(core_half_m: f32, radius_m: f32, segments: u32) -> Vec<GridLine> {
    let arc = std::f32::consts::FRAC_PI_4;
    let segments = if radius_m > 0.0 { segments.max(1) } else { 0 };
    let slopes: Vec<f32> = (0..=segments).map(|step| (arc * step as f32 / segments.max(1) as f32).tan()).collect();
    let half_m = core_half_m + radius_m;
    let line = |side: f32, slope: f32| {
        let reach_m = side * (core_half_m + slope * radius_m);
        GridLine { core_m: side * core_half_m, slope: side * slope, fraction: (reach_m / half_m + 1.0) / 2.0 }
    };
    let mut lines: Vec<GridLine> = slopes.iter().rev().map(|slope| line(-1.0, *slope)).collect();
    // Without a core both sides meet in one line.
    let skipped = usize::from(core_half_m == 0.0);
    lines.extend(slopes.iter().skip(skipped).map(|slope| line(1.0, *slope)));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed_volume(mesh: &SurfaceMesh) -> f32 {
        let point = |corner: u32| Vec3::from_array(mesh.positions_m[corner as usize]);
        mesh.triangles.iter().map(|[a, b, c]| point(*a).dot(point(*b).cross(point(*c))) / 6.0).sum()
    }

    #[test]
    fn volumes_match_the_formulas_and_normals_point_outwards() {
        let pi = std::f32::consts::PI;
        let sharp = rounded_box([1.0, 2.0, 3.0], 0.0, 4);
        assert_eq!(sharp.triangles.len(), 12);
        assert!((signed_volume(&sharp) - 48.0).abs() < 1e-4);
        let ball = rounded_box([0.0; 3], 0.5, 16);
        assert!((signed_volume(&ball) / (pi / 6.0) - 1.0).abs() < 5e-3);
        let capsule = rounded_box([0.0, 0.7, 0.0], 0.25, 16);
        let exact = pi * 0.25_f32.powi(2) * 1.4 + 4.0 / 3.0 * pi * 0.25_f32.powi(3);
        assert!((signed_volume(&capsule) / exact - 1.0).abs() < 5e-3);
        // Steiner's formula for a box grown by a ball.
        let bevelled = rounded_box([0.5, 0.4, 0.3], 0.1, 16);
        let [a, b, c] = [1.0, 0.8, 0.6];
        let grown = a * b * c + 2.0 * (a * b + b * c + c * a) * 0.1 + pi * 0.01 * (a + b + c) + 4.0 / 3.0 * pi * 0.001;
        assert!((signed_volume(&bevelled) / grown - 1.0).abs() < 1e-3);
        for mesh in [sharp, ball, capsule, bevelled] {
            for (position, normal) in mesh.positions_m.iter().zip(&mesh.normals) {
                let normal = Vec3::from_array(*normal);
                assert!((normal.length() - 1.0).abs() < 1e-5);
                assert!(normal.dot(Vec3::from_array(*position)) > 0.0);
            }
            assert!(mesh.uv.iter().flatten().all(|coordinate| (-1e-6..=1.0 + 1e-6).contains(coordinate)));
        }
    }
}
