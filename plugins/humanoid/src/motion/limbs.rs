//! Arms and legs: two bones that bend like a hinge, solved for where their end should be.
//!
//! The solution is the law of cosines; which of the circle of solutions is taken is told by a pole, the direction in which
//! elbow or knee points. Turns about a bone's own axis are spread over the two bones that a segment of the rig has: one
//! bone alone would wring the skin like a sweet's wrapper.

use bevy::math::{DMat3, DQuat, DVec3};

use super::build::Rig;

/// Up to this share of the whole length a limb reaches its target exactly; beyond it, it comes to rest below
/// [`LONGEST`] of its length, so that it never snaps straight.
pub const EXACT: f64 = 0.9985;
const LONGEST: f64 = 0.9998;

/// How far an elbow or a knee bends, radians: active flexion of a healthy joint is about 150 degrees at the elbow and 140
/// at the knee (American Academy of Orthopaedic Surgeons' norms, from memory).
pub const MOST_FLEXION: f64 = 2.5;

/// Two bones of the body, each made of two bones of the rig.
#[derive(Clone, Debug, PartialEq)]
pub struct Limb {
    /// Upper arm or thigh.
    pub upper: usize,
    pub upper_half: usize,
    /// Forearm or shank.
    pub lower: usize,
    pub lower_half: usize,
    /// Hand or foot.
    pub end: usize,
    /// From joint to joint in the reference pose, metres.
    pub upper_reach: DVec3,
    pub lower_reach: DVec3,
    /// From the middle of a segment to its end.
    pub upper_half_reach: DVec3,
    pub lower_half_reach: DVec3,
    /// The axis of elbow or knee in the reference pose; a positive turn bends it.
    pub hinge: DVec3,
}

/// How a limb lies, in the person's space.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bend {
    /// Unit vectors.
    pub upper: DVec3,
    pub lower: DVec3,
    pub hinge: DVec3,
    /// Radians, 0 is straight.
    pub flexion: f64,
}

impl Limb {
    /// Length of both segments, metres.
    pub fn length_m(&self) -> f64 {
        self.upper_reach.length() + self.lower_reach.length()
    }

    /// Bends the limb from `start` so that its end comes to `target`, with elbow or knee towards `pole`.
    pub fn solve(&self, start: DVec3, target: DVec3, pole: DVec3) -> Bend {
        let (upper_m, lower_m) = (self.upper_reach.length(), self.lower_reach.length());
        let way = target - start;
        let along = way.try_normalize().unwrap_or(DVec3::NEG_Y);
        let nearest_m = (upper_m.powi(2) + lower_m.powi(2) + 2.0 * upper_m * lower_m * MOST_FLEXION.cos()).sqrt();
        let distance_m = soft_reach(way.length(), upper_m + lower_m).max(nearest_m);
        // A pole along the limb says nothing: then any perpendicular will do.
        let pole = (pole - along * pole.dot(along)).try_normalize().unwrap_or_else(|| along.any_orthonormal_vector());
        let cosine = (upper_m.powi(2) + distance_m.powi(2) - lower_m.powi(2)) / (2.0 * upper_m * distance_m);
        let cosine = cosine.clamp(-1.0, 1.0);
        let upper = along * cosine + pole * (1.0 - cosine * cosine).max(0.0).sqrt();
        let lower = (along * distance_m - upper * upper_m).try_normalize().unwrap_or(along);
        let flexion = upper.dot(lower).clamp(-1.0, 1.0).acos();
        Bend { upper, lower, hinge: pole.cross(along), flexion }
    }

    /// Writes a bend into the rotations of the rig, with `weight` 0..1 of it. The end keeps its place on the lower segment.
    pub fn apply(&self, rig: &Rig, deltas: &mut [DQuat], bend: &Bend, weight: f64) {
        let upper = frame(bend.upper, bend.hinge) * frame(self.upper_reach, self.hinge).inverse();
        let lower = frame(bend.lower, bend.hinge) * frame(self.lower_reach, self.hinge).inverse();
        let bones = [self.upper, self.upper_half, self.lower, self.lower_half];
        let old = bones.map(|bone| rig.delta(deltas, bone));
        let above = rig.gathered_above(deltas, self.upper);
        let local = above.inverse() * upper;
        let (swing, twist) = swing_twist(local, self.upper_reach);
        let half = 0.5 * twist;
        rig.put(deltas, self.upper, swing * about(self.upper_reach, half));
        rig.put(deltas, self.upper_half, about(self.upper_half_reach, half));
        let above = rig.gathered_above(deltas, self.lower);
        rig.put(deltas, self.lower, above.inverse() * lower);
        // Of the second half's own turn the twist stays; anything else would carry the end away from its goal.
        let (_, twist) = swing_twist(rig.delta(deltas, self.lower_half), self.lower_half_reach);
        rig.put(deltas, self.lower_half, about(self.lower_half_reach, twist));
        for (bone, old) in bones.into_iter().zip(old) {
            let new = rig.delta(deltas, bone);
            rig.put(deltas, bone, old.slerp(new, weight));
        }
    }

    /// Turns hand or foot to `turn` (from the reference pose, in the person's space), with `weight` 0..1. What of it goes
    /// about the axis of the lower segment is shared out: `shares` to its two bones, the rest to the end itself.
    pub fn turn_end(&self, rig: &Rig, deltas: &mut [DQuat], turn: DQuat, shares: [f64; 2], weight: f64) {
        let bones = [self.lower, self.lower_half, self.end];
        let old = bones.map(|bone| rig.delta(deltas, bone));
        // Without its own twist first, so that turning twice is turning once.
        rig.put(deltas, self.lower_half, DQuat::IDENTITY);
        let above = rig.gathered(deltas, self.lower);
        let (_, twist) = swing_twist(above.inverse() * turn, self.lower_reach);
        let lower = rig.delta(deltas, self.lower);
        rig.put(deltas, self.lower, lower * about(self.lower_reach, twist * shares[0]));
        rig.put(deltas, self.lower_half, about(self.lower_half_reach, twist * shares[1]));
        let above = rig.gathered_above(deltas, self.end);
        rig.put(deltas, self.end, above.inverse() * turn);
        for (bone, old) in bones.into_iter().zip(old) {
            let new = rig.delta(deltas, bone);
            rig.put(deltas, bone, old.slerp(new, weight));
        }
    }
}

/// The identity up to [`EXACT`] of the length, then bent with a continuous slope towards [`LONGEST`].
fn soft_reach(distance_m: f64, length_m: f64) -> f64 {
    let (knee, room) = (EXACT * length_m, (LONGEST - EXACT) * length_m);
    if distance_m > knee { knee + room * (1.0 - (-(distance_m - knee) / room).exp()) } else { distance_m }
}

/// The rotation that takes +y to `along` and +x as near to `hinge` as it goes.
fn frame(along: DVec3, hinge: DVec3) -> DQuat {
    let y = along.normalize_or(DVec3::Y);
    let x = (hinge - y * hinge.dot(y)).try_normalize().unwrap_or_else(|| y.any_orthonormal_vector());
    DQuat::from_mat3(&DMat3::from_cols(x, y, x.cross(y)))
}

/// `turn` as a turn about `axis` (radians, -pi..pi) followed by one that has none of it.
pub fn swing_twist(turn: DQuat, axis: DVec3) -> (DQuat, f64) {
    let axis = axis.normalize_or(DVec3::Y);
    let along = DVec3::new(turn.x, turn.y, turn.z).dot(axis);
    let twist = 2.0 * along.atan2(turn.w);
    let twist = (twist + std::f64::consts::PI).rem_euclid(std::f64::consts::TAU) - std::f64::consts::PI;
    (turn * about(axis, twist).inverse(), twist)
}

/// A turn about an axis of any length.
pub fn about(axis: DVec3, angle: f64) -> DQuat {
    axis.try_normalize().map_or(DQuat::IDENTITY, |axis| DQuat::from_axis_angle(axis, angle))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::motion::build::Rig;

    fn arm() -> Limb {
        let (upper_reach, lower_reach) = (DVec3::new(0.19, -0.22, 0.01), DVec3::new(0.13, -0.14, 0.18));
        Limb {
            upper: 1,
            upper_half: 2,
            lower: 3,
            lower_half: 4,
            end: 5,
            upper_reach,
            lower_reach,
            upper_half_reach: upper_reach * 0.6 + DVec3::new(0.01, 0.0, 0.02),
            lower_half_reach: lower_reach * 0.5 + DVec3::new(0.0, 0.01, -0.01),
            hinge: upper_reach.cross(lower_reach).normalize(),
        }
    }

    fn rig(arm: &Limb) -> Rig {
        let offsets = vec![
            DVec3::ZERO,
            DVec3::new(0.1, 0.5, 0.0),
            arm.upper_reach - arm.upper_half_reach,
            arm.upper_half_reach,
            arm.lower_reach - arm.lower_half_reach,
            arm.lower_half_reach,
        ];
        Rig::chain(offsets)
    }

    /// Points all over the reach of the limb, and poles all around.
    fn goals() -> impl Iterator<Item = (DVec3, DVec3)> {
        (0..400).map(|index| {
            let number = |salt: f64| (f64::from(index) * salt).sin();
            let way = DVec3::new(number(1.3), number(2.1), number(3.7)).normalize_or(DVec3::X);
            let pole = DVec3::new(number(5.3), number(4.1), number(0.7)).normalize_or(DVec3::Y);
            (way * (0.18 + 0.34 * number(0.37).abs()), pole)
        })
    }

    #[test]
    fn a_limb_ends_exactly_at_its_goal_with_the_elbow_on_the_side_of_the_pole() {
        let arm = arm();
        let rig = rig(&arm);
        let mut deltas = vec![DQuat::from_rotation_y(0.4); 6];
        let start = rig.place(&deltas, DVec3::ZERO, arm.upper);
        for (way, pole) in goals() {
            let goal = start + way;
            let bend = arm.solve(start, goal, pole);
            assert!(bend.flexion > 0.0 && bend.flexion <= MOST_FLEXION + 1e-9);
            arm.apply(&rig, &mut deltas, &bend, 1.0);
            let (elbow, end) = (rig.place(&deltas, DVec3::ZERO, arm.lower), rig.place(&deltas, DVec3::ZERO, arm.end));
            assert!(end.distance(goal) < 1e-9, "{} m off", end.distance(goal));
            assert!((elbow - start).dot(pole - way.normalize() * pole.dot(way.normalize())) > -1e-9);
            // Turning the hand does not move it.
            let turn = DQuat::from_axis_angle(pole, 1.0);
            arm.turn_end(&rig, &mut deltas, turn, [0.3, 0.4], 1.0);
            assert!(rig.place(&deltas, DVec3::ZERO, arm.end).distance(goal) < 1e-9);
            assert!(rig.gathered(&deltas, arm.end).angle_between(turn) < 1e-6);
        }
    }

    #[test]
    fn out_of_reach_the_limb_points_at_the_goal_and_never_snaps_straight() {
        let arm = arm();
        let mut last = f64::MAX;
        for step in 0..200 {
            let far = arm.length_m() * (0.95 + 0.001 * f64::from(step));
            let bend = arm.solve(DVec3::ZERO, DVec3::X * far, DVec3::NEG_Y);
            assert!(bend.flexion > 0.02 && bend.flexion <= last + 1e-9, "{} at {step}", bend.flexion);
            last = bend.flexion;
        }
        let near = arm.solve(DVec3::ZERO, DVec3::X * 1e-9, DVec3::NEG_Y);
        assert!(near.flexion <= MOST_FLEXION + 1e-9 && near.upper.is_finite());
    }

    #[test]
    fn both_bones_of_a_segment_take_their_share_of_a_twist() {
        let arm = arm();
        let rig = rig(&arm);
        let mut deltas = vec![DQuat::IDENTITY; 6];
        let bend = Bend {
            upper: arm.upper_reach.normalize(),
            lower: arm.lower_reach.normalize(),
            hinge: arm.hinge,
            flexion: 0.0,
        };
        arm.apply(&rig, &mut deltas, &bend, 1.0);
        let hand = about(arm.lower_reach, 1.2);
        arm.turn_end(&rig, &mut deltas, hand, [0.3, 0.4], 1.0);
        let twist = |bone: usize| swing_twist(rig.delta(&deltas, bone), arm.lower_reach).1;
        assert!((twist(arm.lower) - 0.36).abs() < 0.02 && (twist(arm.lower_half) - 0.48).abs() < 0.02);
        assert!((twist(arm.end) - 0.36).abs() < 0.04);
    }

    #[test]
    fn no_weight_changes_nothing_and_half_lies_between() {
        let arm = arm();
        let rig = rig(&arm);
        let start = vec![DQuat::from_rotation_z(0.2); 6];
        let bend = arm.solve(DVec3::ZERO, DVec3::new(0.1, 0.2, 0.3), DVec3::X);
        let mut none = start.clone();
        arm.apply(&rig, &mut none, &bend, 0.0);
        assert!(none.iter().zip(&start).all(|(a, b)| a.angle_between(*b) < 1e-7));
        let (mut half, mut full) = (start.clone(), start.clone());
        arm.apply(&rig, &mut half, &bend, 0.5);
        arm.apply(&rig, &mut full, &bend, 1.0);
        let angles = |list: &[DQuat]| start[arm.upper].angle_between(list[arm.upper]);
        assert!((angles(&half) - angles(&full) / 2.0).abs() < 1e-9);
    }
}
