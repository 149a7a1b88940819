//! In which unit, with which axis up and facing where a clip was recorded, told from the skeleton itself.

use bevy::math::{DMat3, DQuat, DVec3};

use super::{
    clip::{Clip, WorldPose},
    joints::{JointMap, Limb, Side},
};

/// How a clip's space lies in Kinema's: metres, y up, the person facing +z.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    pub person_from_clip: DQuat,
    pub metres_per_unit: f64,
}

/// Length of units that motion is recorded in, metres. `ASF` is that of the files of CMU's library.
const UNITS: [(&str, f64); 6] = [
    ("metres", 1.0),
    ("centimetres", 0.01),
    ("millimetres", 0.001),
    ("inches", 0.0254),
    ("feet", 0.3048),
    ("ASF units", 0.056_444),
];
/// A person's height from the soles to the highest joint that a unit is judged by, metres.
const USUAL_HEIGHT_M: f64 = 1.65;
const HEIGHTS_M: std::ops::RangeInclusive<f64> = 0.4..=2.4;
/// Frames that are searched for a person who stands.
const MOST_SEARCHED: usize = 600;
/// Nearer than this to an axis, cosine, a direction means the axis.
const SNAP: f64 = 0.82;

/// The pose that the other skeleton's reference pose is matched with: the rest pose if it stands upright, otherwise
/// the first frame that does.
pub fn standing_pose(clip: &Clip, map: &JointMap, warnings: &mut Vec<String>) -> WorldPose {
    let rest = clip.rest.world(&clip.rest.local_rest());
    if is_standing(&rest, map) {
        return rest;
    }
    for frame in 0..clip.frames().min(MOST_SEARCHED) {
        let pose = clip.rest.world(&clip.frame(frame));
        if is_standing(&pose, map) {
            warnings.push(format!("the rest pose does not stand; frame {frame} is taken for it"));
            return pose;
        }
    }
    warnings
        .push("neither the rest pose nor a frame stands upright with straight legs; the person may lean".to_owned());
    rest
}

fn is_standing(pose: &WorldPose, map: &JointMap) -> bool {
    let Some(trunk) = trunk(pose, map).try_normalize() else { return false };
    Side::BOTH.iter().all(|&side| {
        let at = |limb| joint_at(pose, map.first(side, limb));
        let (Some(upper), Some(lower)) = (at(Limb::UpperLeg), at(Limb::LowerLeg)) else { return false };
        let thigh = (lower - upper).normalize_or_zero();
        let shin = at(Limb::Foot).map_or(thigh, |foot| (foot - lower).normalize_or_zero());
        thigh.dot(trunk) < -0.8 && shin.dot(trunk) < -0.8
    })
}

fn joint_at(pose: &WorldPose, joint: Option<usize>) -> Option<DVec3> {
    pose.positions.get(joint?).copied()
}

/// From the hips to the shoulders.
fn trunk(pose: &WorldPose, map: &JointMap) -> DVec3 {
    let hips = joint_at(pose, map.hips).unwrap_or(DVec3::ZERO);
    let arms = Side::BOTH.map(|side| joint_at(pose, map.first(side, Limb::UpperArm)).unwrap_or(hips));
    (arms[0] + arms[1]) / 2.0 - hips
}

/// Finds unit and axes from a pose that stands. What departs from metres, y up and facing +z is told.
pub fn detect(pose: &WorldPose, map: &JointMap, warnings: &mut Vec<String>) -> Frame {
    let mut across = DVec3::ZERO;
    for limb in [Limb::UpperLeg, Limb::UpperArm] {
        let [left, right] = Side::BOTH.map(|side| joint_at(pose, map.first(side, limb)).unwrap_or(DVec3::ZERO));
        across += (left - right).normalize_or_zero();
    }
    let (up, up_axis) = snapped(trunk(pose, map).normalize_or(DVec3::Y));
    let (forward, forward_axis) = snapped(across.cross(up).normalize_or(up.any_orthonormal_vector()));
    let forward = forward.reject_from(up).normalize_or(up.any_orthonormal_vector());
    match up_axis {
        Some("+y") => {}
        Some(axis) => warnings.push(format!("up is {axis} in this file; it is turned to +y")),
        None => warnings
            .push("no axis of this file points up; it is turned so that the resting person is upright".to_owned()),
    }
    if up_axis == Some("+y") && forward_axis != Some("+z") {
        let facing = forward_axis.unwrap_or("between the axes");
        warnings.push(format!("the person faces {facing} in this file; it is turned to +z"));
    }
    let toes = toes_forward(pose, map);
    if toes.dot(forward) < -0.2 * toes.length() && toes.length() > 0.0 {
        warnings.push("the toes point backwards: left and right may be swapped or the file mirrored".to_owned());
    }
    let person_from_clip = DMat3::from_cols(up.cross(forward), up, forward).transpose();
    let heights = pose.positions.iter().map(|place| place.dot(up));
    let (low, high) = heights.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| (low.min(y), high.max(y)));
    let metres_per_unit = unit(high - low, warnings);
    Frame { person_from_clip: DQuat::from_mat3(&person_from_clip).normalize(), metres_per_unit }
}

/// The axis that a direction means, and its name; the direction itself if it lies between.
fn snapped(direction: DVec3) -> (DVec3, Option<&'static str>) {
    for (axis, names) in DVec3::AXES.into_iter().zip([["+x", "-x"], ["+y", "-y"], ["+z", "-z"]]) {
        let along = direction.dot(axis);
        if along.abs() > SNAP {
            return if along > 0.0 { (axis, Some(names[0])) } else { (-axis, Some(names[1])) };
        }
    }
    (direction, None)
}

fn toes_forward(pose: &WorldPose, map: &JointMap) -> DVec3 {
    let one = |side| Some(joint_at(pose, map.first(side, Limb::Toes))? - joint_at(pose, map.first(side, Limb::Foot))?);
    Side::BOTH.into_iter().filter_map(one).sum()
}

/// The unit in which a skeleton of this height is nearest to a person's.
fn unit(height: f64, warnings: &mut Vec<String>) -> f64 {
    if !(height > 0.0) {
        warnings.push("the skeleton has no height".to_owned());
        return 1.0;
    }
    let distance = |metres: f64| (height * metres / USUAL_HEIGHT_M).ln().abs();
    let nearest = UNITS.into_iter().min_by(|(_, a), (_, b)| distance(*a).total_cmp(&distance(*b)));
    match nearest {
        Some(("metres", metres)) if HEIGHTS_M.contains(&height) => metres,
        Some((name, metres)) if HEIGHTS_M.contains(&(height * metres)) => {
            warnings.push(format!("the skeleton is {height:.1} units high, so that lengths are taken for {name}"));
            metres
        }
        _ => {
            warnings.push(format!(
                "the skeleton is {height:.3e} units high, which fits no unit; it is scaled to {USUAL_HEIGHT_M} m"
            ));
            USUAL_HEIGHT_M / height
        }
    }
}
