//! Skin that cloth collides with where a person touches themselves: between an arm and the trunk cloth would have no room, so that there
//! the arm that collides keeps a little off the trunk. What is drawn does not change.

use bevy::math::DVec3;

use super::form::{DressForm, Member};

/// What an arm keeps off trunk and legs: twice what skin keeps off cloth, and room for folds; metres.
const GAP_M: f64 = 0.012;
/// Arms begin to keep off at this distance from the joint of the shoulder, and fully do so at twice of it, as a share of the upper arm.
const BEGINS: f64 = 0.2;
/// Deeper than this inside, a hand is somewhere that nothing can put right, metres.
const DEEPEST_M: f64 = 0.04;

/// Which vertices give way, and to what.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Apart {
    /// Vertices of arms and hands, and how much of the gap they keep, 0..1.
    arms: Vec<(u32, f64)>,
    /// Triangles of trunk and legs.
    trunk: Vec<[u32; 3]>,
}

impl Apart {
    /// For a body.
    pub fn new(form: &DressForm) -> Self {
        let joints = &form.joints;
        let begins_m = BEGINS * joints.shoulders[0].distance(joints.elbows[0]);
        let keeps = |(vertex, (place, member)): (u32, (&DVec3, &Member))| {
            let side = match member {
                Member::LeftArm | Member::LeftHand => 0,
                Member::RightArm | Member::RightHand => 1,
                _ => return None,
            };
            let along = (joints.wrists[side] - joints.shoulders[side]).normalize_or(DVec3::X);
            let share = ((*place - joints.shoulders[side]).dot(along) / begins_m.max(1e-6) - 1.0).clamp(0.0, 1.0);
            (share > 0.0).then_some((vertex, share))
        };
        let arms = (0..).zip(form.places_m.iter().zip(&form.member_of)).filter_map(keeps).collect();
        let is_trunk = |corner: &u32| {
            let member = form.member_of[*corner as usize];
            member == Member::Trunk || member.is_leg()
        };
        let trunk = form.triangles.iter().filter(|corners| corners.iter().all(is_trunk)).copied().collect();
        Self { arms, trunk }
    }

    /// Moves arms off the trunk.
    pub fn spread(&self, places: &mut [DVec3]) {
        let box_of = |corners: &[u32; 3]| {
            let [a, b, c] = corners.map(|corner| places.get(corner as usize).copied().unwrap_or_default());
            ([a, b, c], a.min(b).min(c) - DVec3::splat(DEEPEST_M), a.max(b).max(c) + DVec3::splat(DEEPEST_M))
        };
        let trunk: Vec<_> = self.trunk.iter().map(box_of).collect();
        let mut moved = Vec::new();
        for (vertex, share) in &self.arms {
            let Some(at) = places.get(*vertex as usize).copied() else { continue };
            let near = trunk.iter().filter(|(_, low, high)| at.cmpge(*low).all() && at.cmple(*high).all());
            let nearest = near
                .map(|(corners, _, _)| (closest(at, corners), corners))
                .min_by(|(a, _), (b, _)| a.distance_squared(at).total_cmp(&b.distance_squared(at)));
            let Some((foot, [a, b, c])) = nearest else { continue };
            let normal = (*b - *a).cross(*c - *a).normalize_or(DVec3::Y);
            let height = if (at - foot).dot(normal) < 0.0 { -at.distance(foot) } else { at.distance(foot) };
            let missing = GAP_M * share - height;
            if missing > 0.0 && height > -DEEPEST_M {
                moved.push((*vertex as usize, at + normal * missing));
            }
        }
        for (vertex, at) in moved {
            places[vertex] = at;
        }
    }
}

/// The point of a triangle nearest to a point (Ericson 2005).
fn closest(p: DVec3, [a, b, c]: &[DVec3; 3]) -> DVec3 {
    let (ab, ac, ap) = (*b - *a, *c - *a, p - *a);
    let (d1, d2) = (ab.dot(ap), ac.dot(ap));
    if d1 <= 0.0 && d2 <= 0.0 {
        return *a;
    }
    let bp = p - *b;
    let (d3, d4) = (ab.dot(bp), ac.dot(bp));
    if d3 >= 0.0 && d4 <= d3 {
        return *b;
    }
    let vc = d1 * d4 - d3 * d2;
    if vc <= 0.0 && d1 >= 0.0 && d3 <= 0.0 {
        return *a + ab * (d1 / (d1 - d3));
    }
    let cp = p - *c;
    let (d5, d6) = (ab.dot(cp), ac.dot(cp));
    if d6 >= 0.0 && d5 <= d6 {
        return *c;
    }
    let vb = d5 * d2 - d1 * d6;
    if vb <= 0.0 && d2 >= 0.0 && d6 <= 0.0 {
        return *a + ac * (d2 / (d2 - d6));
    }
    let va = d3 * d6 - d5 * d4;
    if va <= 0.0 && d4 - d3 >= 0.0 && d5 - d6 >= 0.0 {
        return *b + (*c - *b) * ((d4 - d3) / ((d4 - d3) + (d5 - d6)));
    }
    let whole = va + vb + vc;
    if whole > 0.0 { *a + ab * (vb / whole) + ac * (vc / whole) } else { *a }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::garment::form::Joints;

    #[test]
    fn an_arm_that_touches_the_trunk_is_moved_off_it_and_one_beside_it_is_not() {
        let wall = [DVec3::new(0.0, -1.0, -1.0), DVec3::new(0.0, 1.0, -1.0), DVec3::new(0.0, 0.0, 1.0)];
        let arms = [DVec3::new(0.001, 0.0, 0.0), DVec3::new(-0.01, 0.1, 0.0), DVec3::new(0.05, 0.0, 0.0)];
        let form = DressForm {
            places_m: [wall, arms].concat(),
            triangles: vec![[0, 1, 2]],
            member_of: [[Member::Trunk; 3], [Member::LeftArm; 3]].concat(),
            joints: Joints {
                shoulders: [DVec3::new(0.0, 1.0, 0.0); 2],
                elbows: [DVec3::new(0.0, 0.5, 0.0); 2],
                wrists: [DVec3::ZERO; 2],
                ..Joints::default()
            },
        };
        let mut places = form.places_m.clone();
        Apart::new(&form).spread(&mut places);
        assert_eq!(places[..3], wall);
        for (place, x) in places[3..].iter().zip([GAP_M, GAP_M, 0.05]) {
            assert!((place.x - x).abs() < 1e-12, "{place}");
        }
    }
}
