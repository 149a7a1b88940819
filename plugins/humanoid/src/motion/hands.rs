//! Hands: where they are held, which way they face, how the fingers lie.

use bevy::math::{DMat3, DQuat, DVec3};

use super::{
    Stance,
    build::{Build, SIDES},
    limbs::{Bend, about},
    settings::HandGoal,
};
use crate::anny::basis::BodyBasis;

/// How a twist of the hand is shared by the two bones of the forearm; the wrist does the rest. A forearm turns along its
/// whole length: the radius rolls over the ulna.
const FOREARM: [f64; 2] = [0.30, 0.42];

/// How fingers lie, degrees of each joint towards the palm: index, middle, ring, little; and the thumb.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grip {
    pub fingers_deg: [f64; 4],
    pub thumb_deg: f64,
}

/// A flat hand.
pub const FLAT: Grip = Grip { fingers_deg: [2.0, 1.0, 2.0, 4.0], thumb_deg: 0.0 };
/// A hand at ease.
pub const EASY: Grip = Grip { fingers_deg: [12.0, 16.0, 19.0, 22.0], thumb_deg: 6.0 };
/// A loose fist, as runners make it.
pub const FIST: Grip = Grip { fingers_deg: [48.0, 54.0, 58.0, 60.0], thumb_deg: 16.0 };
/// A pointing hand.
pub const POINTING: Grip = Grip { fingers_deg: [1.0, 72.0, 76.0, 78.0], thumb_deg: 24.0 };

/// An arm in the making.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ArmPose {
    pub bend: Bend,
    /// The hand's turn from the reference pose; left out, it stays in line with the forearm.
    pub hand: Option<DQuat>,
    pub grip: Option<Grip>,
}

impl Bend {
    /// Upper arm and forearm in these directions.
    pub fn along(upper: DVec3, lower: DVec3) -> Self {
        let (upper, lower) = (upper.normalize_or(DVec3::NEG_Y), lower.normalize_or(DVec3::NEG_Y));
        let hinge = upper.cross(lower).normalize_or(DVec3::NEG_X);
        Self { upper, lower, hinge, flexion: upper.dot(lower).clamp(-1.0, 1.0).acos() }
    }
}

/// The turn of hand `side` (0 left, 1 right) whose fingers point along `fingers` and whose palm faces `palm`.
pub fn facing(build: &Build, side: usize, fingers: DVec3, palm: DVec3) -> DQuat {
    let side = side.min(1);
    let basis = |along: DVec3, normal: DVec3| {
        let y = along.normalize_or(DVec3::Y);
        let z = (normal - y * normal.dot(y)).normalize_or(y.any_orthonormal_vector());
        DQuat::from_mat3(&DMat3::from_cols(y.cross(z), y, z))
    };
    basis(fingers, palm) * basis(build.palms[side], build.palm_normals[side]).inverse()
}

/// Brings arm `side` to `pose`, with `weight` 0..1 of it.
pub fn pose_arm(stance: &mut Stance, basis: &BodyBasis, build: &Build, side: usize, pose: &ArmPose, weight: f64) {
    let (rig, arm) = (&build.rig, &build.arms[side.min(1)]);
    arm.apply(rig, &mut stance.deltas, &pose.bend, weight);
    if let Some(hand) = pose.hand {
        arm.turn_end(rig, &mut stance.deltas, hand, FOREARM, weight);
    }
    if let Some(grip) = pose.grip {
        take(stance, basis, build, side, &grip, weight);
    }
}

/// Lays the fingers.
pub fn take(stance: &mut Stance, basis: &BodyBasis, build: &Build, side: usize, grip: &Grip, weight: f64) {
    let Some(&(x, suffix)) = SIDES.get(side) else { return };
    let rig = &build.rig;
    let bone = |finger: usize, joint: usize| basis.bone(&format!("finger{finger}-{joint}.{suffix}"));
    let hand = build.arms[side.min(1)].end;
    let knuckle = |finger: usize| bone(finger, 1).map_or(DVec3::ZERO, |bone| rig.reach(hand, bone));
    let across = knuckle(5) - knuckle(2);
    let mut set = |bone: Option<usize>, turn: DQuat| {
        if let Some(bone) = bone {
            let old = rig.delta(&stance.deltas, bone);
            rig.put(&mut stance.deltas, bone, old.slerp(turn, weight));
        }
    };
    for (finger, degrees) in (2..).zip(grip.fingers_deg) {
        for joint in 1..=3 {
            let share = [0.9, 1.15, 0.85].get(joint - 1).copied().unwrap_or(1.0);
            set(bone(finger, joint), about(across, x * (degrees * share).to_radians()));
        }
    }
    for joint in 2..=3 {
        set(bone(1, joint), about(across, x * grip.thumb_deg.to_radians()));
    }
}

/// Where the wrist has to be for the middle of the palm to be at `palm`.
pub fn wrist_for(build: &Build, side: usize, palm: DVec3, hand: DQuat) -> DVec3 {
    palm - hand * build.palms[side.min(1)]
}

/// Bends arm `side` so that its wrist is at `wrist`, the elbow towards `pole`.
pub fn reach(stance: &Stance, build: &Build, side: usize, wrist: DVec3, pole: DVec3) -> Bend {
    let arm = &build.arms[side.min(1)];
    let shoulder = build.rig.place(&stance.deltas, stance.root, arm.upper);
    arm.solve(shoulder, wrist, pole)
}

/// Lays both hands on the thighs of a person who is `seated` 0..1.
pub fn on_thighs(stance: &mut Stance, basis: &BodyBasis, build: &Build, seated: f64) {
    if !(seated > 0.0) {
        return;
    }
    let Some(feet) = stance.feet else { return };
    let rig = &build.rig;
    let body = DQuat::from_rotation_y(stance.heading);
    for (side, ((leg, foot), (x, _))) in build.legs.iter().zip(&feet).zip(SIDES).enumerate() {
        let hip = rig.place(&stance.deltas, stance.root, leg.upper);
        let bend = leg.solve(hip, foot.ankle, body * DVec3::Z);
        let knee = hip + bend.upper * leg.upper_reach.length();
        let up = (DVec3::Y - bend.upper * bend.upper.y).normalize_or(DVec3::Y);
        let palm = hip.lerp(knee, 0.70) + up * (build.thigh_radius_m + 0.024) + body * DVec3::X * (-0.012 * x);
        let turn = facing(build, side, bend.upper + body * DVec3::X * (-0.30 * x), -up);
        let reached =
            reach(stance, build, side, wrist_for(build, side, palm, turn), body * DVec3::new(0.8 * x, -0.6, -0.9));
        pose_arm(stance, basis, build, side, &ArmPose { bend: reached, hand: Some(turn), grip: Some(EASY) }, seated);
    }
}

/// Holds a hand where the settings want it.
pub fn hold(stance: &mut Stance, basis: &BodyBasis, build: &Build, side: usize, goal: &HandGoal) {
    let weight = f64::from(goal.weight).clamp(0.0, 1.0);
    if !(weight > 0.0) {
        return;
    }
    let arm = &build.arms[side.min(1)];
    let rig = &build.rig;
    let palm = DVec3::from_array(goal.point.map(f64::from));
    let (x, _) = SIDES.get(side).copied().unwrap_or_default();
    let chest = basis.bone("spine01").map_or(DQuat::IDENTITY, |bone| rig.gathered(&stance.deltas, bone));
    let shoulder = rig.place(&stance.deltas, stance.root, arm.upper);
    // Elbows hang: down, outwards, and behind what is reached for.
    let pole = chest * DVec3::new(0.55 * x, -1.0, -0.35);
    let fingers = goal.fingers.map(|way| DVec3::from_array(way.map(f64::from)));
    let (mut bend, mut hand) = (arm.solve(shoulder, palm, pole), None);
    // Where the wrist belongs depends on the hand's turn, and that on the forearm: a few rounds settle it.
    for _ in 0..12 {
        let along = fingers.and_then(DVec3::try_normalize).unwrap_or(bend.lower);
        let palm_way = chest * DVec3::new(-x, -0.6, 0.0);
        let turn = facing(build, side, along, palm_way);
        bend = arm.solve(shoulder, wrist_for(build, side, palm, turn), pole);
        hand = Some(turn);
    }
    pose_arm(stance, basis, build, side, &ArmPose { bend, hand, grip: None }, weight);
}
