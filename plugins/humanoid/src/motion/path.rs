//! The way a trip takes over the ground: way-points joined by straight lines, corners rounded off.

use bevy::math::DVec2;

use super::ground::direction;
use crate::face::curves::smootherstep;

/// How much of a corner is cut, metres at most.
const ROUNDING_M: f64 = 0.7;
/// The body turns towards where it will be in this many metres, and away from where it was.
const AHEAD_M: f64 = 0.45;
const BEHIND_M: f64 = 0.3;
const TABLE_M: f64 = 0.1;

/// A way with its length.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Distance from the start and place x, z, metres; dense enough to be joined by lines.
    points: Vec<(f64, DVec2)>,
    /// Radians, at the start.
    heading: f64,
    /// Where the body faces every [`TABLE_M`], without jumps by whole turns.
    facings: Vec<f64>,
}

impl Path {
    /// From `start`, where the person faces `heading` (radians), along `way_points`. Points that lie together count once.
    pub fn new(start: DVec2, heading: f64, way_points: &[[f32; 2]]) -> Self {
        let mut corners = vec![start];
        for point in way_points.iter().map(|&[x, z]| DVec2::new(f64::from(x), f64::from(z))) {
            if corners.last().is_none_or(|last| last.distance(point) > 0.01) && point.is_finite() {
                corners.push(point);
            }
        }
        let mut dense = vec![start];
        for three in corners.windows(3) {
            let &[before, corner, after] = three else { continue };
            let cut = |other: DVec2| (corner.distance(other) / 2.0).min(ROUNDING_M);
            let cut = cut(before).min(cut(after));
            let (from, to) = (
                corner + (before - corner).normalize_or(DVec2::ZERO) * cut,
                corner + (after - corner).normalize_or(DVec2::ZERO) * cut,
            );
            dense.extend((0..=24).map(|step| {
                let x = f64::from(step) / 24.0;
                from * (1.0 - x) * (1.0 - x) + corner * 2.0 * x * (1.0 - x) + to * x * x
            }));
        }
        dense.extend(corners.last());
        let mut points: Vec<(f64, DVec2)> = Vec::with_capacity(dense.len());
        for point in dense {
            let (far, last) = points.last().copied().unwrap_or((0.0, point));
            if points.is_empty() || last.distance(point) > 1e-6 {
                points.push((far + last.distance(point), point));
            }
        }
        let mut path = Self { points, heading, facings: Vec::new() };
        let mut facing = heading;
        for piece in 0..=(path.length_m() / TABLE_M) as usize {
            facing += turn_between(facing, path.folded(piece as f64 * TABLE_M));
            path.facings.push(facing);
        }
        path
    }

    /// Metres.
    pub fn length_m(&self) -> f64 {
        self.points.last().map_or(0.0, |&(far, _)| far)
    }

    /// The direction in which the way begins, radians.
    pub fn first_heading(&self) -> f64 {
        match self.points.as_slice() {
            [(_, from), (_, to), ..] => heading_of(*to - *from, self.heading),
            _ => self.heading,
        }
    }

    /// The place after `far_m`; before the start and after the end the way goes straight on.
    pub fn place(&self, far_m: f64) -> DVec2 {
        let (Some(&(_, first)), Some(&(length, last))) = (self.points.first(), self.points.last()) else {
            return DVec2::ZERO;
        };
        if far_m <= 0.0 {
            return first + direction(self.heading) * far_m;
        }
        let after = self.points.partition_point(|&(far, _)| far < far_m);
        match (self.points.get(after.wrapping_sub(1)), self.points.get(after)) {
            (Some(&(from, a)), Some(&(to, b))) => a.lerp(b, (far_m - from) / (to - from).max(1e-12)),
            _ => last + direction(self.last_heading()) * (far_m - length),
        }
    }

    fn last_heading(&self) -> f64 {
        match self.points.as_slice() {
            [.., (_, from), (_, to)] => heading_of(*to - *from, self.heading),
            _ => self.heading,
        }
    }

    /// Where the body faces after `far_m`, radians, continuous: a spiral turns on and on.
    pub fn facing(&self, far_m: f64) -> f64 {
        let place = (far_m / TABLE_M).round().max(0.0) as usize;
        let near = self.facings.get(place).or(self.facings.last()).copied().unwrap_or(self.heading);
        near + turn_between(near, self.folded(far_m))
    }

    fn folded(&self, far_m: f64) -> f64 {
        // At the very start only what lies behind counts, which is the heading that the person had.
        let ahead = AHEAD_M * smootherstep(far_m / 0.6);
        heading_of(self.place(far_m + ahead) - self.place(far_m - BEHIND_M), self.heading)
    }
}

/// The heading of a direction x, z, radians; that of nothing is `otherwise`.
pub fn heading_of(way: DVec2, otherwise: f64) -> f64 {
    if way.length_squared() > 1e-18 { way.x.atan2(way.y) } else { otherwise }
}

/// The shorter turn from one heading to another, radians.
pub fn turn_between(from: f64, to: f64) -> f64 {
    let turn = (to - from).rem_euclid(std::f64::consts::TAU);
    if turn > std::f64::consts::PI { turn - std::f64::consts::TAU } else { turn }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_passes_its_way_points_and_turns_smoothly() {
        let path = Path::new(DVec2::ZERO, 0.0, &[[0.0, 3.0], [3.0, 3.0], [3.0, 0.0]]);
        assert!(path.length_m() > 8.0 && path.length_m() < 9.0);
        assert!(path.place(path.length_m()).distance(DVec2::new(3.0, 0.0)) < 1e-9);
        assert_eq!(path.facing(0.0), 0.0);
        let mut last = 0.0;
        for step in 1..900 {
            let far = f64::from(step) * 0.01;
            assert!((path.place(far).distance(path.place(far - 0.01)) - 0.01).abs() < 1e-3);
            let facing = path.facing(far);
            assert!((facing - last).abs() < 0.04, "turns by {} at {far}", facing - last);
            last = facing;
        }
        assert!((last - std::f64::consts::PI).abs() < 0.02, "{last}");
    }

    #[test]
    fn a_way_without_points_stays_where_it_is() {
        let path = Path::new(DVec2::new(1.0, 2.0), 0.3, &[[1.0, 2.0]]);
        assert_eq!((path.length_m(), path.place(0.0)), (0.0, DVec2::new(1.0, 2.0)));
        assert!((path.facing(0.0) - 0.3).abs() < 1e-12);
    }
}
