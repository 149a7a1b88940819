//! Writes what trunk, arms and legs do into the rotations of the rig.

use bevy::math::{DQuat, DVec3, EulerRot};

use super::{
    Stance,
    build::{Build, SIDES},
    carriage::Carriage,
    feet::FootState,
    ground::direction,
};
use crate::anny::basis::BodyBasis;

/// How the bones of the spine, from the pelvis up, share a turn of the chest against the pelvis.
const SPINE: [(&str, f64); 5] =
    [("spine05", 0.16), ("spine04", 0.2), ("spine03", 0.24), ("spine02", 0.22), ("spine01", 0.18)];

/// How the neck and the head share a turn of the head against the chest.
const NECK: [(&str, f64); 4] = [("neck01", 0.18), ("neck02", 0.18), ("neck03", 0.2), ("head", 0.44)];

/// Pitch forwards, yaw to the left, roll (left side up), radians, as one turn.
pub fn turn_of([pitch, yaw, roll]: [f64; 3]) -> DQuat {
    DQuat::from_euler(EulerRot::YXZ, yaw, pitch, roll)
}

/// Adds a turn of the chest against the pelvis.
pub fn bend_spine(deltas: &mut [DQuat], basis: &BodyBasis, build: &Build, angles: [f64; 3]) {
    share_out(deltas, basis, build, angles, &SPINE);
}

/// Adds a turn of the head against the chest.
pub fn turn_head(deltas: &mut [DQuat], basis: &BodyBasis, build: &Build, angles: [f64; 3]) {
    share_out(deltas, basis, build, angles, &NECK);
}

fn share_out(deltas: &mut [DQuat], basis: &BodyBasis, build: &Build, angles: [f64; 3], shares: &[(&str, f64)]) {
    for &(name, share) in shares {
        if let Some(bone) = basis.bone(name) {
            let old = build.rig.delta(deltas, bone);
            build.rig.put(deltas, bone, turn_of(angles.map(|angle| angle * share)) * old);
        }
    }
}

/// Brings trunk and arms to `carriage`; the legs follow by [`plant`].
pub fn carry(stance: &mut Stance, basis: &BodyBasis, build: &Build, carriage: &Carriage) {
    let rig = &build.rig;
    let deltas = &mut stance.deltas;
    let arms = build.arms.iter().zip(build.arms_out).zip(SIDES).zip(carriage.arms);
    for (((arm, out), (x, _)), (forward, elbow)) in arms {
        let run = carriage.running;
        // Runners turn the upper arm in, so that the fists come before the chest.
        let out = x * (0.10 * run + out * carriage.keeping_off);
        let turn = DQuat::from_rotation_z(out) * DQuat::from_rotation_x(-forward);
        rig.turn(deltas, arm.upper, turn * DQuat::from_rotation_y(-x * 0.30 * run));
        let (upper, lower) =
            (rig.gathered(deltas, arm.upper) * arm.upper_reach, rig.gathered(deltas, arm.lower) * arm.lower_reach);
        if let Some(hinge) = upper.cross(lower).try_normalize() {
            rig.turn(deltas, arm.lower, DQuat::from_axis_angle(hinge, elbow));
        }
    }
    let [pelvis, chest] = [carriage.pelvis, carriage.chest];
    bend_spine(deltas, basis, build, [0, 1, 2].map(|axis| chest[axis] - pelvis[axis]));
    // The head stays upright over a swaying trunk, and looks where the way leads.
    turn_head(deltas, basis, build, [-0.85 * chest[0], carriage.head_yaw - 0.9 * chest[1], -0.9 * chest[2]]);
    let root = rig.delta(deltas, 0);
    rig.put(deltas, 0, DQuat::from_rotation_y(carriage.heading) * turn_of(pelvis) * root);
    stance.root = carriage.root;
    stance.feet = Some(carriage.feet);
    stance.heading = carriage.heading;
    stance.grounded = true;
}

/// Bends both legs so that the feet are where they should be, with `weight` 0..1.
pub fn plant(stance: &mut Stance, build: &Build, feet: &[FootState; 2], weight: f64) {
    let rig = &build.rig;
    for ((leg, of), foot) in build.legs.iter().zip(&build.feet).zip(feet) {
        let hip = rig.place(&stance.deltas, stance.root, leg.upper);
        // Across the foot, because toes that point down or back say nothing of where ahead is.
        let ahead = (foot.turn * DVec3::X).cross(DVec3::Y);
        let body = direction(stance.heading);
        // Knees point where the toes do, and a little where the body goes.
        let pole = ahead.normalize_or(DVec3::Z) + DVec3::new(body.x, 0.0, body.y) * 0.5;
        let bend = leg.solve(hip, foot.ankle, pole);
        leg.apply(rig, &mut stance.deltas, &bend, weight);
        leg.turn_end(rig, &mut stance.deltas, foot.turn, [0.15, 0.35], weight);
        for &toe in &of.toes {
            let old = rig.delta(&stance.deltas, toe);
            let bent = DQuat::from_rotation_x(-foot.toes);
            rig.put(&mut stance.deltas, toe, old.slerp(bent, weight));
        }
    }
}
