//! Cutting surfaces along planes, and letting cloth smooth out what lies below it. All of it is worked out on the
//! stencils, once.

use std::collections::BTreeMap;

use bevy::math::Vec3;

use super::subdivide::{Patch, Stencils};

/// Splits quads where `height` changes its sign: below (negative) and above. `positions` are the stencil vertices where
/// the cut is made; cut points are appended to both.
pub fn split(
    stencils: &mut Stencils,
    positions: &mut Vec<Vec3>,
    patches: &[Patch],
    height: impl Fn(Vec3) -> f32,
) -> (Vec<Patch>, Vec<Patch>) {
    let mut cuts = BTreeMap::new();
    let (mut below, mut above) = (Vec::new(), Vec::new());
    for patch in patches {
        let heights = patch.corners.map(|corner| height(positions.get(corner as usize).copied().unwrap_or(Vec3::ZERO)));
        if heights.iter().all(|&h| h < 0.0) {
            below.push(*patch);
            continue;
        }
        if heights.iter().all(|&h| h >= 0.0) {
            above.push(*patch);
            continue;
        }
        let mut sides: [Vec<(u32, [f32; 2])>; 2] = [Vec::new(), Vec::new()];
        for i in 0..4 {
            let j = (i + 1) % 4;
            let (a, b) = (patch.corners[i], patch.corners[j]);
            sides[usize::from(heights[i] >= 0.0)].push((a, patch.uvs[i]));
            if a != b && (heights[i] < 0.0) != (heights[j] < 0.0) {
                let t = heights[i] / (heights[i] - heights[j]);
                let point = *cuts.entry((a.min(b), a.max(b))).or_insert_with(|| {
                    let at = |corner: u32| positions.get(corner as usize).copied().unwrap_or(Vec3::ZERO);
                    let position = at(a).lerp(at(b), t);
                    positions.push(position);
                    stencils.push_mix(a, b, t)
                });
                let uv = [0, 1].map(|k| patch.uvs[i][k] + (patch.uvs[j][k] - patch.uvs[i][k]) * t);
                for side in &mut sides {
                    side.push((point, uv));
                }
            }
        }
        let [lower, upper] = sides;
        below.extend(polygon(&lower, patch.tag));
        above.extend(polygon(&upper, patch.tag));
    }
    (below, above)
}

/// A convex polygon as quads; a triangle is a quad whose last corner is doubled.
fn polygon(corners: &[(u32, [f32; 2])], tag: u8) -> Vec<Patch> {
    let fan = |picks: [usize; 4]| {
        let picked = picks.map(|i| corners.get(i).copied().unwrap_or_default());
        Patch { corners: picked.map(|(corner, _)| corner), uvs: picked.map(|(_, uv)| uv), tag }
    };
    match corners.len() {
        3 => vec![fan([0, 1, 2, 2])],
        4 => vec![fan([0, 1, 2, 3])],
        5 => vec![fan([0, 1, 2, 3]), fan([0, 3, 4, 4])],
        _ => Vec::new(),
    }
}

/// What every row becomes when cloth over it is relaxed: a mean over its neighbourhood, the wider the more
/// `iterations`, as strong as `strength` (0..1) says for the row.
pub fn relax(patches: &[Patch], iterations: u32, strength: impl Fn(u32) -> f32) -> BTreeMap<u32, BTreeMap<u32, f32>> {
    let mut neighbours = BTreeMap::<u32, Vec<u32>>::new();
    for patch in patches {
        for i in 0..4 {
            let (a, b) = (patch.corners[i], patch.corners[(i + 1) % 4]);
            neighbours.entry(a).or_default().push(b);
            neighbours.entry(b).or_default().push(a);
        }
    }
    let mut rows: BTreeMap<u32, BTreeMap<u32, f32>> =
        neighbours.keys().map(|&row| (row, BTreeMap::from([(row, 1.0)]))).collect();
    for _ in 0..iterations {
        let mut next = BTreeMap::new();
        for (&row, around) in &neighbours {
            let share = 0.5 * strength(row).clamp(0.0, 1.0);
            if share <= 0.0 {
                next.insert(row, BTreeMap::from([(row, 1.0)]));
                continue;
            }
            let mut sum = BTreeMap::new();
            let mut add = |other: u32, weight: f32| {
                for (&index, &part) in rows.get(&other).into_iter().flatten() {
                    *sum.entry(index).or_insert(0.0) += part * weight;
                }
            };
            add(row, 1.0 - share);
            for &other in around {
                add(other, share / around.len() as f32);
            }
            // Far rows hardly count, and there are many of them.
            sum.retain(|_, weight| *weight >= 1e-3);
            next.insert(row, sum);
        }
        rows = next;
    }
    rows
}

impl Stencils {
    pub(super) fn entries(&self, vertex: u32) -> Vec<(u32, f32)> {
        let bound = |i: usize| self.start.get(i).map_or(0, |&at| at as usize);
        let range = bound(vertex as usize)..bound(vertex as usize + 1);
        let rows = self.rows.get(range.clone()).unwrap_or_default();
        rows.iter().copied().zip(self.weights.get(range).unwrap_or_default().iter().copied()).collect()
    }

    /// Appends the point at share `t` of the way from `a` to `b`; returns its index.
    fn push_mix(&mut self, a: u32, b: u32, t: f32) -> u32 {
        let mut sum = BTreeMap::new();
        for (vertex, share) in [(a, 1.0 - t), (b, t)] {
            for (row, weight) in self.entries(vertex) {
                *sum.entry(row).or_insert(0.0) += weight * share;
            }
        }
        self.push(&sum);
        self.len() as u32 - 1
    }

    /// The same vertices over other rows: every row is replaced by its mean in `rows`, where it has one. Shares below a
    /// thousandth are dropped.
    pub fn through(&self, rows: &BTreeMap<u32, BTreeMap<u32, f32>>) -> Self {
        let mut out = Self::default();
        for vertex in 0..self.len() as u32 {
            let mut sum = BTreeMap::new();
            for (row, weight) in self.entries(vertex) {
                match rows.get(&row) {
                    Some(mean) => {
                        mean.iter().for_each(|(&other, &share)| *sum.entry(other).or_insert(0.0) += share * weight)
                    }
                    None => *sum.entry(row).or_insert(0.0) += weight,
                }
            }
            sum.retain(|_, weight| *weight >= 1e-3);
            let total: f32 = sum.values().sum();
            sum.values_mut().for_each(|weight| *weight /= total);
            out.push(&sum);
        }
        out
    }

    /// The same vertices over what `coarse` is over, where these are over the vertices of `coarse`.
    pub fn over(&self, coarse: &Self) -> Self {
        let mut out = Self::default();
        for vertex in 0..self.len() as u32 {
            let mut sum = BTreeMap::new();
            for (middle, weight) in self.entries(vertex) {
                for (row, share) in coarse.entries(middle) {
                    *sum.entry(row).or_insert(0.0) += share * weight;
                }
            }
            out.push(&sum);
        }
        out
    }

    /// Where the vertices are over the given rows.
    pub fn positions(&self, rows: &[Vec3]) -> Vec<Vec3> {
        let sum = |vertex: u32| {
            let terms = self.entries(vertex).into_iter();
            terms.map(|(row, weight)| rows.get(row as usize).copied().unwrap_or(Vec3::ZERO) * weight).sum()
        };
        (0..self.len() as u32).map(sum).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::subdivide::keep;

    fn strip() -> (Vec<Patch>, Vec<Vec3>) {
        let rows = (0..8).map(|i| Vec3::new((i % 4) as f32, (i / 4) as f32, 0.0)).collect();
        let quads = (0..3).map(|x| Patch { corners: [x, x + 1, x + 5, x + 4], uvs: [[0.0; 2]; 4], tag: 0 }).collect();
        (quads, rows)
    }

    #[test]
    fn a_cut_keeps_the_area_and_shares_its_points() {
        let (quads, rows) = strip();
        let (mut stencils, patches) = keep(&quads);
        let mut positions = stencils.positions(&rows);
        let (below, above) = split(&mut stencils, &mut positions, &patches, |p| p.x + 0.3 * p.y - 1.4);
        let area = |patches: &[Patch]| {
            let triangle = |a: Vec3, b: Vec3, c: Vec3| 0.5 * (b - a).cross(c - a).z;
            let quad = |p: &Patch| {
                let [a, b, c, d] = p.corners.map(|corner| positions[corner as usize]);
                triangle(a, b, c) + triangle(a, c, d)
            };
            patches.iter().map(quad).sum::<f32>()
        };
        assert!(
            (area(&below) - 1.25).abs() < 1e-5 && (area(&above) - 1.75).abs() < 1e-5,
            "{} {}",
            area(&below),
            area(&above)
        );
        assert_eq!(positions.len(), 10, "two cut points, shared by both sides");
        for (moved, position) in stencils.positions(&rows).iter().zip(&positions) {
            assert!(moved.distance(*position) < 1e-6);
        }
    }

    #[test]
    fn relaxing_averages_and_strength_zero_keeps() {
        let (quads, _) = strip();
        let rows = relax(&quads, 3, |row| if row == 0 { 0.0 } else { 1.0 });
        assert_eq!(rows[&0], BTreeMap::from([(0, 1.0)]));
        assert!(rows[&5].len() > 3 && (rows[&5].values().sum::<f32>() - 1.0).abs() < 1e-2);
    }
}
