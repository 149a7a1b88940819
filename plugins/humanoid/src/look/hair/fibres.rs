//! Strands, and ribbons of them for the GPU: two vertices a point, moved apart across the view by the vertex stage.

use bevy::math::{Affine3A, Vec3};

/// Hair up to here follows the head alone; from here on the shoulders gain over so much of its length, metres.
const SWAY_FROM_M: f32 = 0.06;
const SWAY_OVER_M: f32 = 0.24;
const MOST_SWAY: f32 = 0.85;

/// Strands of equal numbers of points.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Strands {
    pub points_each: usize,
    pub points: Vec<Vec3>,
    /// Share of the sky that a point sees, 0..1, and the direction most of it comes from; empty until shaded.
    pub light: Vec<f32>,
    pub normals: Vec<Vec3>,
    /// Per strand: width at the root, metres; a random number 0..1; normal of the skin at the root.
    pub widths_m: Vec<f32>,
    pub seeds: Vec<f32>,
    pub root_normals: Vec<Vec3>,
    /// How far each point follows what hangs rather than the head, 0..1; empty where all is rigid.
    pub sway: Vec<f32>,
}

/// One strand of [`Strands`].
#[derive(Clone, Copy, Debug)]
pub struct Strand<'a> {
    pub points: &'a [Vec3],
    pub width_m: f32,
    pub normal: Vec3,
}

/// Vertices and triangles of ribbons.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ribbons {
    pub positions: Vec<[f32; 3]>,
    /// Normal of the mass of hair, for light that is not sharp.
    pub normals: Vec<[f32; 3]>,
    /// Direction of the fibre towards its tip, and half its width times the side (-1, 1), metres.
    pub tangents: Vec<[f32; 4]>,
    /// Root to tip, light, seed, sway; each 0..=65535 for 0..1.
    pub fibres: Vec<[u16; 4]>,
    pub indices: Vec<u32>,
}

impl Strands {
    /// No strands.
    pub const NONE: Strands = Strands {
        points_each: 0,
        points: Vec::new(),
        light: Vec::new(),
        normals: Vec::new(),
        widths_m: Vec::new(),
        seeds: Vec::new(),
        root_normals: Vec::new(),
        sway: Vec::new(),
    };

    /// Number of strands.
    pub fn len(&self) -> usize {
        self.widths_m.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.widths_m.is_empty()
    }

    /// Adds a strand of [`Strands::points_each`] points; others are not taken.
    pub fn push(&mut self, points: &[Vec3], width_m: f32, seed: f32, normal: Vec3) {
        if points.len() != self.points_each || !points.iter().all(|p| p.is_finite()) {
            return;
        }
        self.points.extend_from_slice(points);
        self.widths_m.push(width_m);
        self.seeds.push(seed);
        self.root_normals.push(normal);
    }

    /// Moves everything by a transform, and works out what sways: the more the farther from the root, from 6 cm on.
    pub fn take(&mut self, transform: &Affine3A) {
        for point in &mut self.points {
            *point = transform.transform_point3(*point);
        }
        for normal in self.normals.iter_mut().chain(&mut self.root_normals) {
            *normal = transform.transform_vector3(*normal).normalize_or(*normal);
        }
        self.sway.clear();
        for points in self.points.chunks_exact(self.points_each.max(1)) {
            let mut arc = 0.0;
            for (index, point) in points.iter().enumerate() {
                arc += index.checked_sub(1).and_then(|i| points.get(i)).map_or(0.0, |before| before.distance(*point));
                let t = ((arc - SWAY_FROM_M) / SWAY_OVER_M).clamp(0.0, 1.0);
                self.sway.push(t * t * (3.0 - 2.0 * t) * MOST_SWAY);
            }
        }
    }

    /// All strands.
    pub fn iter(&self) -> impl Iterator<Item = Strand<'_>> {
        let points = self.points.chunks_exact(self.points_each.max(1));
        points.zip(self.widths_m.iter().zip(&self.root_normals)).map(|(points, (&width_m, &normal))| Strand {
            points,
            width_m,
            normal,
        })
    }

    /// Ribbons of one in `2^level` strands, that many times as wide, through as few points as stay within `tolerance_m` of
    /// all.
    pub fn ribbons(&self, level: u32, tolerance_m: f32) -> Ribbons {
        let level = level.min(16);
        let wider = (1_u32 << level) as f32;
        let mut out = Ribbons::default();
        for (number, strand) in self.iter().enumerate().take(self.len() >> level) {
            let seed = self.seeds.get(number).copied().unwrap_or(0.0);
            let first = out.positions.len() as u32;
            let kept = kept_points(strand.points, tolerance_m);
            for &index in &kept {
                let Some(&here) = strand.points.get(index) else { continue };
                let of = number * self.points_each + index;
                let before = index.checked_sub(1).and_then(|i| strand.points.get(i)).copied().unwrap_or(here);
                let after = strand.points.get(index + 1).copied().unwrap_or(here);
                let along = index as f32 / (self.points_each.max(2) - 1) as f32;
                let tangent = (after - before).normalize_or(strand.normal);
                // Full until near the tip, then pointed.
                let half = 0.5 * strand.width_m * wider * taper(along);
                let light = self.light.get(of).copied().unwrap_or(1.0);
                let normal = self.normals.get(of).copied().unwrap_or(strand.normal);
                let sway = self.sway.get(of).copied().unwrap_or(0.0);
                let whole = |x: f32| (x.clamp(0.0, 1.0) * 65535.0).round() as u16;
                for side in [-1.0, 1.0] {
                    out.positions.push(here.to_array());
                    out.normals.push(normal.to_array());
                    out.tangents.push([tangent.x, tangent.y, tangent.z, half * side]);
                    out.fibres.push([whole(along), whole(light), whole(seed), whole(sway)]);
                }
            }
            for place in 0..kept.len().saturating_sub(1) as u32 {
                let [a, b, c, d] = [0, 1, 2, 3].map(|corner| first + place * 2 + corner);
                out.indices.extend([a, b, c, c, b, d]);
            }
        }
        out
    }
}

/// Indices of the points to draw a strand through: from each the farthest that leaves all between them within the tolerance
/// of the chord. Ends are kept; all are without a tolerance.
fn kept_points(points: &[Vec3], tolerance_m: f32) -> Vec<usize> {
    if tolerance_m <= 0.0 {
        return (0..points.len()).collect();
    }
    let within = |from: usize, to: usize| {
        let (Some(&a), Some(&b)) = (points.get(from), points.get(to)) else { return false };
        let chord = (b - a).normalize_or_zero();
        let between = points.get(from + 1..to).unwrap_or_default();
        between
            .iter()
            .all(|point| (*point - a).reject_from_normalized(chord).length_squared() <= tolerance_m * tolerance_m)
    };
    let mut kept = vec![0];
    let mut last = 0;
    while last + 1 < points.len() {
        let next = (last + 2..points.len()).take_while(|&to| within(last, to)).last().unwrap_or(last + 1);
        kept.push(next);
        last = next;
    }
    kept
}

/// Width along a strand against that of its root.
pub fn taper(along: f32) -> f32 {
    let end = ((along - 0.55) / 0.45).clamp(0.0, 1.0);
    1.0 - 0.85 * end * end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Strands {
        let mut strands = Strands { points_each: 5, ..Strands::default() };
        for number in 0..8 {
            let points: Vec<Vec3> = (0..5).map(|i| Vec3::new(number as f32, i as f32, 0.0)).collect();
            strands.push(&points, 1e-4, number as f32 / 8.0, Vec3::Z);
        }
        strands
    }

    #[test]
    fn ribbons_are_whole_and_point_to_the_tips() {
        let ribbons = some().ribbons(0, 0.0);
        assert_eq!((ribbons.positions.len(), ribbons.indices.len()), (8 * 10, 8 * 24));
        let area = |ribbons: &Ribbons| -> f32 { ribbons.tangents.iter().map(|t| t[3].abs()).sum() };
        let quarter = some().ribbons(2, 0.0);
        assert_eq!(quarter.positions.len(), 2 * 10);
        assert!((area(&quarter) / area(&ribbons) - 1.0).abs() < 1e-5, "fewer ribbons cover as much");
        assert!(ribbons.indices.iter().all(|&i| (i as usize) < ribbons.positions.len()));
        assert!(ribbons.tangents.iter().all(|t| t[1] > 0.999));
    }

    #[test]
    fn points_are_dropped_where_the_strand_stays_within_the_tolerance() {
        let straight = some().ribbons(0, 1e-4);
        assert_eq!(straight.positions.len(), 8 * 4, "a straight strand needs its ends alone");
        let arc: Vec<Vec3> =
            (0..=40).map(|i| 0.05 * Vec3::new((i as f32 * 0.04).sin(), 0.0, (i as f32 * 0.04).cos())).collect();
        for tolerance in [1e-4_f32, 1e-3] {
            let kept = kept_points(&arc, tolerance);
            assert_eq!((kept.first(), kept.last()), (Some(&0), Some(&40)));
            // The sagitta of a chord over the angle 2a is r (1 - cos a).
            let angle = 2.0 * (1.0 - tolerance / 0.05).acos();
            let fewest = (1.6 / angle).ceil() as usize;
            assert!((fewest..=2 * fewest + 1).contains(&(kept.len() - 1)), "{tolerance}: {kept:?}");
        }
        assert_eq!(kept_points(&arc, 0.0).len(), 41);
        assert!(kept_points(&[], 1e-4).len() <= 1, "nothing to draw is no panic");
    }

    #[test]
    fn broken_strands_are_not_taken() {
        let mut strands = some();
        strands.push(&[Vec3::ZERO; 4], 1e-4, 0.0, Vec3::Z);
        strands.push(&[Vec3::NAN; 5], 1e-4, 0.0, Vec3::Z);
        assert_eq!(strands.len(), 8);
    }
}
