//! A body as a dressmaker sees it: its skin in the pose for fitting, which part each vertex belongs to, and its joints.

use bevy::math::{DVec2, DVec3};

/// A part of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Member {
    Trunk,
    Neck,
    Head,
    LeftArm,
    RightArm,
    LeftHand,
    RightHand,
    LeftLeg,
    RightLeg,
}

impl Member {
    /// Whether it is an arm or a hand.
    pub fn is_arm(self) -> bool {
        matches!(self, Self::LeftArm | Self::RightArm | Self::LeftHand | Self::RightHand)
    }

    /// Whether it is a leg.
    pub fn is_leg(self) -> bool {
        matches!(self, Self::LeftLeg | Self::RightLeg)
    }
}

/// Joints in the pose for fitting, metres; the left one first.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Joints {
    pub neck: DVec3,
    pub head: DVec3,
    pub shoulders: [DVec3; 2],
    pub elbows: [DVec3; 2],
    pub wrists: [DVec3; 2],
    pub hips: [DVec3; 2],
    pub knees: [DVec3; 2],
}

/// A body in the pose for fitting, in its own space: +y up, facing +z, its left at +x; metres.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DressForm {
    /// Vertices of the skin.
    pub places_m: Vec<DVec3>,
    /// Counter-clockwise seen from outside.
    pub triangles: Vec<[u32; 3]>,
    /// The part of each vertex.
    pub member_of: Vec<Member>,
    /// The joints.
    pub joints: Joints,
}

/// A plane with axes of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plane {
    pub origin: DVec3,
    /// The axes; their cross product is the normal.
    pub axes: [DVec3; 2],
}

impl Plane {
    /// Level, at a height: axes along z (front) and x (left).
    pub fn level(height_m: f64) -> Self {
        Self { origin: DVec3::Y * height_m, axes: [DVec3::Z, DVec3::X] }
    }

    /// Upright along the body: axes along z and y.
    pub fn upright(x_m: f64) -> Self {
        Self { origin: DVec3::X * x_m, axes: [DVec3::Z, DVec3::Y] }
    }
}

impl DressForm {
    /// Outward directions at the vertices; zero where there is no triangle.
    pub fn normals(&self) -> Vec<DVec3> {
        let mut normals = vec![DVec3::ZERO; self.places_m.len()];
        for corners in &self.triangles {
            let [a, b, c] = corners.map(|corner| self.places_m[corner as usize]);
            corners.iter().for_each(|corner| normals[*corner as usize] += (b - a).cross(c - a));
        }
        normals.into_iter().map(DVec3::normalize_or_zero).collect()
    }

    /// Where the skin of some parts meets a plane, in the plane's axes.
    pub fn slice(&self, plane: &Plane, of: impl Fn(Member) -> bool) -> Vec<DVec2> {
        let normal = plane.axes[0].cross(plane.axes[1]);
        let height = |vertex: u32| (self.places_m[vertex as usize] - plane.origin).dot(normal);
        let mut points = Vec::new();
        for corners in &self.triangles {
            if !corners.iter().all(|corner| of(self.member_of[*corner as usize])) {
                continue;
            }
            let heights = corners.map(height);
            for (i, j) in [(0, 1), (1, 2), (2, 0)] {
                let (a, b) = (heights[i], heights[j]);
                if (a > 0.0) != (b > 0.0) {
                    let [from, to] = [corners[i], corners[j]].map(|corner| self.places_m[corner as usize]);
                    let at = from.lerp(to, a / (a - b)) - plane.origin;
                    points.push(DVec2::new(at.dot(plane.axes[0]), at.dot(plane.axes[1])));
                }
            }
        }
        points
    }

    /// Length of a tape around some parts in a plane, metres; 0 where there are none.
    pub fn girth_m(&self, plane: &Plane, of: impl Fn(Member) -> bool) -> f64 {
        perimeter(&hull(&self.slice(plane, of)))
    }

    /// The lowest and the highest vertex, y.
    pub fn heights_m(&self) -> [f64; 2] {
        self.places_m.iter().fold([f64::MAX, f64::MIN], |[low, high], at| [low.min(at.y), high.max(at.y)])
    }
}

/// The convex hull of points, counter-clockwise.
pub fn hull(points: &[DVec2]) -> Vec<DVec2> {
    let mut sorted: Vec<DVec2> = points.iter().copied().filter(|point| point.is_finite()).collect();
    sorted.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    sorted.dedup();
    if sorted.len() < 3 {
        return sorted;
    }
    let mut chain = half_hull(sorted.iter());
    let upper = half_hull(sorted.iter().rev());
    chain.pop();
    chain.extend(&upper[..upper.len() - 1]);
    chain
}

/// The part of a hull to the right of the way along sorted points.
fn half_hull<'a>(points: impl Iterator<Item = &'a DVec2>) -> Vec<DVec2> {
    let mut chain: Vec<DVec2> = Vec::new();
    for point in points {
        while let [.., a, b] = chain[..]
            && (b - a).perp_dot(*point - b) <= 0.0
        {
            chain.pop();
        }
        chain.push(*point);
    }
    chain
}

/// Length of a closed polygon.
pub fn perimeter(polygon: &[DVec2]) -> f64 {
    (0..polygon.len()).map(|i| polygon[i].distance(polygon[(i + 1) % polygon.len()])).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hull_of_a_star_is_its_outer_square() {
        let mut points =
            vec![DVec2::new(1.0, 1.0), DVec2::new(-1.0, 1.0), DVec2::new(-1.0, -1.0), DVec2::new(1.0, -1.0)];
        points.extend((0..20).map(|i| DVec2::from_angle(f64::from(i)) * 0.9));
        let hull = hull(&points);
        assert_eq!(hull.len(), 4, "{hull:?}");
        assert!((perimeter(&hull) - 8.0).abs() < 1e-12);
        let area: f64 = (0..4).map(|i| hull[i].perp_dot(hull[(i + 1) % 4])).sum();
        assert!(area > 0.0);
    }
}
