//! What a dressmaker measures, taken on a body in the pose for fitting. Definitions follow FreeSewing (MIT); girths are lengths of
//! a tape, which bridges hollows: convex hulls of slices.

use bevy::math::{DVec2, DVec3};

use super::error::GarmentError;
use super::form::{DressForm, Member, Plane, hull, perimeter};

/// Distance of the slices that are compared, metres.
const STEP_M: f64 = 0.006;

/// Measurements of a body, metres; `_y_m` are heights in the pose for fitting.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measurements {
    /// Girth at the base of the neck.
    pub neck_m: f64,
    /// Girth of the chest or bust where it is largest.
    pub chest_m: f64,
    /// Smallest girth between ribs and hips.
    pub waist_m: f64,
    /// Largest girth over the buttocks.
    pub seat_m: f64,
    /// Girth of the upper arm.
    pub biceps_m: f64,
    /// Girth at the wrist.
    pub wrist_m: f64,
    /// Girth of the thigh below the crotch.
    pub thigh_m: f64,
    /// Girth of the knee.
    pub knee_m: f64,
    /// Tip of a shoulder to the other over the back.
    pub shoulder_to_shoulder_m: f64,
    /// Joint of a shoulder to the middle of the body.
    pub shoulder_joint_m: f64,
    /// Slope of the shoulder below the horizontal, radians.
    pub shoulder_slope: f64,
    /// Along the arm from the joint of the shoulder to the wrist.
    pub shoulder_to_wrist_m: f64,
    /// From the top of the shoulder beside the neck to the waist, over the front and over the back.
    pub shoulder_to_waist_m: [f64; 2],
    /// Waist to armpit.
    pub waist_to_armpit_m: f64,
    /// Height of the armpits.
    pub armpit_y_m: f64,
    /// Height of the shoulder's top beside the neck.
    pub shoulder_y_m: f64,
    /// Height of the bust.
    pub bust_y_m: f64,
    /// Height of the waist.
    pub waist_y_m: f64,
    /// Height of the seat.
    pub seat_y_m: f64,
    /// Height of the crotch.
    pub crotch_y_m: f64,
    /// Height of the knees.
    pub knee_y_m: f64,
    /// Height of the floor.
    pub floor_y_m: f64,
}

/// Measures a body.
///
/// # Errors
/// [`GarmentError::Measure`] for one that lacks a part.
pub fn measure(form: &DressForm) -> Result<Measurements, GarmentError> {
    let joints = &form.joints;
    let [floor_y_m, _] = form.heights_m();
    let hip_y = 0.5 * (joints.hips[0].y + joints.hips[1].y);
    let shoulder_y = 0.5 * (joints.shoulders[0].y + joints.shoulders[1].y);
    let knee_y_m = 0.5 * (joints.knees[0].y + joints.knees[1].y);
    let torso = shoulder_y - hip_y;
    if !(torso > 0.05 && knee_y_m > floor_y_m && hip_y > knee_y_m) {
        return Err(GarmentError::Measure { what: "an upright trunk over its legs" });
    }
    let is_trunk = |member: Member| member == Member::Trunk || member.is_leg();
    let trunk_girth = |y: f64| form.girth_m(&Plane::level(y), is_trunk);
    let extreme = |low: f64, high: f64, girth: &dyn Fn(f64) -> f64, sign: f64| {
        let steps = ((high - low) / STEP_M).ceil().max(1.0) as usize;
        let heights = (0..=steps).map(|step| low + (high - low) * step as f64 / steps as f64);
        let mut best = (low, f64::MIN);
        for y in heights {
            let value = girth(y) * sign;
            if value > best.1 {
                best = (y, value);
            }
        }
        (best.0, best.1 * sign)
    };
    let (bust_y_m, chest_m) = extreme(hip_y + 0.62 * torso, hip_y + 0.80 * torso, &trunk_girth, 1.0);
    let (waist_y_m, waist_m) = extreme(hip_y + 0.22 * torso, hip_y + 0.55 * torso, &trunk_girth, -1.0);
    let (seat_y_m, seat_m) = extreme(hip_y - 0.16 * torso, hip_y + 0.15 * torso, &trunk_girth, 1.0);
    let is_neck = |member: Member| matches!(member, Member::Neck | Member::Head | Member::Trunk);
    let neck_girth = |y: f64| form.girth_m(&Plane::level(y), is_neck);
    let (_, neck_m) = extreme(joints.neck.y, joints.head.y, &neck_girth, -1.0);
    // At its base a neck is a little wider than where it is slimmest.
    let neck_m = 1.06 * neck_m;
    let vertices = || form.places_m.iter().zip(&form.member_of);
    let crotch = vertices().filter(|(at, member)| **member == Member::Trunk && at.x.abs() < 0.02 && at.y > knee_y_m);
    let crotch_y_m = crotch.map(|(at, _)| at.y).fold(f64::MAX, f64::min);
    let near_shoulder = joints.shoulders[0].x + 0.06 * torso;
    let pit = vertices().filter(|(at, member)| **member == Member::LeftArm && at.x < near_shoulder);
    let armpit_y_m = pit.map(|(at, _)| at.y).fold(f64::MAX, f64::min);
    let arm_girth = |from: DVec3, to: DVec3, share: f64| {
        let along = (to - from).normalize_or(DVec3::X);
        let side = along.cross(DVec3::Z).normalize_or(DVec3::Y);
        form.girth_m(&Plane { origin: from.lerp(to, share), axes: [side, along.cross(side)] }, |member| {
            matches!(member, Member::LeftArm | Member::LeftHand)
        })
    };
    let [shoulder, elbow, wrist] = [joints.shoulders[0], joints.elbows[0], joints.wrists[0]];
    let biceps_m = (4..=8).map(|tenth| arm_girth(shoulder, elbow, f64::from(tenth) * 0.1)).fold(0.0, f64::max);
    let wrist_m = arm_girth(elbow, wrist, 0.96);
    let leg_girth = |y: f64| form.girth_m(&Plane::level(y), |member| member == Member::LeftLeg);
    let thigh_m = (1..=4).map(|step| leg_girth(crotch_y_m - 0.03 * torso * f64::from(step))).fold(0.0, f64::max);
    let knee_m = leg_girth(knee_y_m);
    let found = [
        ("the chest", chest_m),
        ("the waist", waist_m),
        ("the seat", seat_m),
        ("the neck", neck_m),
        ("an upper arm", biceps_m),
        ("a wrist", wrist_m),
        ("a thigh", thigh_m),
        ("a knee", knee_m),
    ];
    if let Some((what, _)) = found.iter().find(|(_, girth)| !(*girth > 0.02)) {
        return Err(GarmentError::Measure { what });
    }
    if !(crotch_y_m < waist_y_m && armpit_y_m > waist_y_m && armpit_y_m < shoulder_y + 0.1) {
        return Err(GarmentError::Measure { what: "an armpit above and a crotch below the waist" });
    }
    let beside_neck_m = neck_m / 4.8;
    let tip_m = shoulder.x + 0.05 * torso;
    let ridge = |x: f64| {
        let points = form.slice(&Plane::upright(x), |member| !matches!(member, Member::Head));
        points.into_iter().max_by(|a, b| a.y.total_cmp(&b.y)).unwrap_or(DVec2::new(0.0, shoulder_y))
    };
    let (inner, outer) = (ridge(beside_neck_m), ridge(tip_m));
    let shoulder_slope = ((inner.y - outer.y) / (tip_m - beside_neck_m).max(0.01)).atan().clamp(0.15, 0.5);
    Ok(Measurements {
        neck_m,
        chest_m,
        waist_m,
        seat_m,
        biceps_m,
        wrist_m,
        thigh_m,
        knee_m,
        shoulder_to_shoulder_m: 2.0 * tip_m * 1.04,
        shoulder_joint_m: shoulder.x,
        shoulder_slope,
        shoulder_to_wrist_m: shoulder.distance(elbow) + elbow.distance(wrist),
        shoulder_to_waist_m: [1.0, -1.0].map(|side| profile_m(form, beside_neck_m, inner, waist_y_m, side)),
        waist_to_armpit_m: armpit_y_m - waist_y_m,
        armpit_y_m,
        shoulder_y_m: inner.y,
        bust_y_m,
        waist_y_m,
        seat_y_m,
        crotch_y_m,
        knee_y_m,
        floor_y_m,
    })
}

/// Length of a tape from a point on the shoulder down to a height, over the front (`side` 1) or the back (-1).
fn profile_m(form: &DressForm, x: f64, top: DVec2, low_y: f64, side: f64) -> f64 {
    let points = form.slice(&Plane::upright(x), |member| member == Member::Trunk || member == Member::Neck);
    let mut outline: Vec<DVec2> =
        points.into_iter().filter(|at| (at.x - top.x) * side > 0.0 && at.y > low_y && at.y < top.y).collect();
    let lowest = outline.iter().copied().min_by(|a, b| a.y.total_cmp(&b.y)).unwrap_or(DVec2::new(top.x, low_y));
    outline.extend([top, DVec2::new(top.x, low_y), DVec2::new(lowest.x, low_y)]);
    // The tape runs along the hull but for its straight way back, under and behind.
    perimeter(&hull(&outline)) - (lowest.x - top.x).abs() - (top.y - low_y)
}
