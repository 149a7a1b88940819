//! What hair must not enter: head, neck and shoulders as an implicit surface on a grid.
//!
//! The signed distance of a cell is a mean of the distances to the planes of the surface points around it (R. Kolluri,
//! "Provably good moving least squares", 2008, with a compact weight). Cells without points near are far outside.

use bevy::math::{IVec3, UVec3, Vec3};

const CELL_M: f32 = 0.005;
/// Distances are known to this far from the surface.
pub const REACH_M: f32 = 0.025;

/// A signed distance, positive outside, metres.
#[derive(Clone, Debug, Default)]
pub struct Skull {
    low: Vec3,
    size: UVec3,
    distance_m: Vec<f32>,
    columns: Vec<Column>,
}

/// An upright column of elliptic section with soft ends, which keeps hair away from the face.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Column {
    pub centre: Vec3,
    /// Half axes along x and z, half height along y, metres.
    pub half: Vec3,
}

impl Skull {
    /// From surface points and their normals within `low..high`, and columns that hair keeps out of as well.
    pub fn new(points: &[(Vec3, Vec3)], low: Vec3, high: Vec3, columns: Vec<Column>) -> Self {
        let size = ((high - low) / CELL_M).ceil().max(Vec3::splat(2.0)).as_uvec3();
        let cells = (size.x * size.y * size.z) as usize;
        let (mut sum, mut weight) = (vec![0.0_f32; cells], vec![0.0_f32; cells]);
        let reach = (REACH_M / CELL_M).ceil() as i32;
        let mut skull = Self { low, size, distance_m: Vec::new(), columns };
        for &(point, normal) in points {
            let at = ((point - low) / CELL_M).floor().as_ivec3();
            for z in -reach..=reach {
                for y in -reach..=reach {
                    for x in -reach..=reach {
                        let cell = at + IVec3::new(x, y, z);
                        let Some(index) = skull.index(cell) else { continue };
                        let away = low + cell.as_vec3() * CELL_M - point;
                        let share = 1.0 - away.length_squared() / (REACH_M * REACH_M);
                        if share > 0.0
                            && let (Some(sum), Some(weight)) = (sum.get_mut(index), weight.get_mut(index))
                        {
                            // The nearest points decide.
                            let share = share.powi(8);
                            *sum += away.dot(normal) * share;
                            *weight += share;
                        }
                    }
                }
            }
        }
        skull.distance_m = sum
            .iter()
            .zip(&weight)
            .map(|(sum, weight)| if *weight > 1e-7 { (sum / weight).clamp(-REACH_M, REACH_M) } else { REACH_M })
            .collect();
        skull
    }

    fn index(&self, cell: IVec3) -> Option<usize> {
        let inside = cell.cmpge(IVec3::ZERO).all() && cell.cmplt(self.size.as_ivec3()).all();
        inside.then(|| {
            let cell = cell.as_uvec3();
            ((cell.z * self.size.y + cell.y) * self.size.x + cell.x) as usize
        })
    }

    /// Signed distance to the skin at a point.
    pub fn distance(&self, at: Vec3) -> f32 {
        let local = (at - self.low) / CELL_M;
        let cell = local.floor();
        let t = local - cell;
        let cell = cell.as_ivec3();
        let corner = |x: i32, y: i32, z: i32| {
            self.index(cell + IVec3::new(x, y, z)).and_then(|i| self.distance_m.get(i)).copied().unwrap_or(REACH_M)
        };
        let edge = |y, z| corner(0, y, z) + (corner(1, y, z) - corner(0, y, z)) * t.x;
        let face = |z| edge(0, z) + (edge(1, z) - edge(0, z)) * t.y;
        face(0) + (face(1) - face(0)) * t.z
    }

    /// The direction away from the skin.
    pub fn outward(&self, at: Vec3) -> Vec3 {
        let h = 0.6 * CELL_M;
        let d = |axis: Vec3| self.distance(at + axis * h) - self.distance(at - axis * h);
        Vec3::new(d(Vec3::X), d(Vec3::Y), d(Vec3::Z)).normalize_or_zero()
    }

    /// Moves a point out until it is `clearance_m` away from the skin; with `columns`, out of those as well.
    pub fn push_out(&self, at: Vec3, clearance_m: f32, columns: bool) -> Vec3 {
        let mut p = at;
        for _ in 0..2 {
            let gap = clearance_m.min(REACH_M * 0.9) - self.distance(p);
            if gap > 0.0 {
                p += self.outward(p) * gap;
            }
        }
        if columns {
            for column in &self.columns {
                p = column.push_out(p);
            }
        }
        p
    }
}

impl Column {
    fn push_out(&self, at: Vec3) -> Vec3 {
        let d = at - self.centre;
        // Towards its ends the column narrows, so that nothing jumps there.
        let end = 1.0 - ((d.y.abs() - 0.75 * self.half.y) / (0.25 * self.half.y)).clamp(0.0, 1.0);
        let (half_x, half_z) = (self.half.x * end, self.half.z * end);
        if !(half_x > 1e-4) || !(half_z > 1e-4) {
            return at;
        }
        let radius = ((d.x / half_x).powi(2) + (d.z / half_z).powi(2)).sqrt();
        if radius >= 1.0 {
            return at;
        }
        // Aside rather than forward: hair parts in front of a face.
        let side = if d.x < 0.0 { -1.0 } else { 1.0 };
        let x = half_x * (1.0 - (d.z / half_z).powi(2)).max(0.0).sqrt();
        Vec3::new(self.centre.x + side * x, at.y, at.z)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_to_a_ball_is_right_and_points_are_pushed_out() {
        let radius = 0.06;
        let points: Vec<(Vec3, Vec3)> = (0..4000)
            .map(|i| {
                // Fibonacci points on a ball.
                let z = 1.0 - (2.0 * i as f32 + 1.0) / 4000.0;
                let turn = i as f32 * 2.399_963;
                let r = (1.0 - z * z).sqrt();
                let n = Vec3::new(r * turn.cos(), r * turn.sin(), z);
                (n * radius, n)
            })
            .collect();
        let skull = Skull::new(&points, Vec3::splat(-0.09), Vec3::splat(0.09), Vec::new());
        for direction in [Vec3::X, Vec3::new(0.5, -0.7, 0.2).normalize(), Vec3::NEG_Z] {
            for away in [-0.008_f32, 0.0, 0.004, 0.01] {
                let found = skull.distance(direction * (radius + away));
                assert!((found - away).abs() < 0.0012, "{away} became {found}");
            }
            let out = skull.push_out(direction * (radius - 0.005), 0.002, false);
            assert!(out.length() > radius + 0.001, "{}", out.length());
            assert!(skull.outward(direction * radius).dot(direction) > 0.97);
        }
        assert_eq!(skull.distance(Vec3::splat(1.0)), REACH_M);
    }

    #[test]
    fn a_column_parts_hair_and_does_not_jump_at_its_ends() {
        let column = Column { centre: Vec3::ZERO, half: Vec3::new(0.05, 0.1, 0.08) };
        assert!(column.push_out(Vec3::new(0.01, 0.0, 0.02)).x > 0.045);
        assert!(column.push_out(Vec3::new(-0.01, 0.0, 0.02)).x < -0.045);
        let at = |y: f32| column.push_out(Vec3::new(0.01, y, 0.0)).x;
        assert!((at(0.0999) - 0.01).abs() < 1e-3 && (at(0.2) - 0.01).abs() < 1e-6);
    }
}
