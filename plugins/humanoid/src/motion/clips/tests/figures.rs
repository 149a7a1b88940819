//! People of 21 joints with the names of several conventions, and BVH files of their motion.

use std::{fmt::Write, path::Path, sync::Arc};

use bevy::math::{DQuat, DVec3, EulerRot};

use super::super::{
    ClipError, Loaded, Retarget, Source,
    clip::{Clip, LocalPose, Skeleton},
};

/// CMU, Mixamo, VRM, MakeHuman, game engine; then parent and place in a T pose, metres. Left parts; right ones mirror.
const JOINTS: [([&str; 5], usize, [f64; 3]); 21] = [
    (["Hips", "mixamorig:Hips", "hips", "root", "pelvis"], 0, [0.0, 0.95, 0.0]),
    (["Spine", "mixamorig:Spine", "spine", "spine05", "spine_01"], 0, [0.0, 1.07, -0.01]),
    (["Spine1", "mixamorig:Spine1", "chest", "spine04", "spine_02"], 1, [0.0, 1.28, -0.02]),
    (["Neck", "mixamorig:Neck", "neck", "neck01", "neck_01"], 2, [0.0, 1.48, -0.02]),
    (["Head", "mixamorig:Head", "head", "head", "head"], 3, [0.0, 1.57, 0.01]),
    (["LeftShoulder", "mixamorig:LeftShoulder", "leftShoulder", "clavicle.L", "clavicle_l"], 2, [0.03, 1.43, 0.0]),
    (["LeftArm", "mixamorig:LeftArm", "leftUpperArm", "upperarm01.L", "upperarm_l"], 5, [0.17, 1.43, -0.02]),
    (["LeftForeArm", "mixamorig:LeftForeArm", "leftLowerArm", "lowerarm01.L", "lowerarm_l"], 6, [0.45, 1.43, -0.03]),
    (["LeftHand", "mixamorig:LeftHand", "leftHand", "wrist.L", "hand_l"], 7, [0.70, 1.43, -0.02]),
    (["RightShoulder", "mixamorig:RightShoulder", "rightShoulder", "clavicle.R", "clavicle_r"], 2, [-0.03, 1.43, 0.0]),
    (["RightArm", "mixamorig:RightArm", "rightUpperArm", "upperarm01.R", "upperarm_r"], 9, [-0.17, 1.43, -0.02]),
    (
        ["RightForeArm", "mixamorig:RightForeArm", "rightLowerArm", "lowerarm01.R", "lowerarm_r"],
        10,
        [-0.45, 1.43, -0.03],
    ),
    (["RightHand", "mixamorig:RightHand", "rightHand", "wrist.R", "hand_r"], 11, [-0.70, 1.43, -0.02]),
    (["LeftUpLeg", "mixamorig:LeftUpLeg", "leftUpperLeg", "upperleg01.L", "thigh_l"], 0, [0.10, 0.90, 0.0]),
    (["LeftLeg", "mixamorig:LeftLeg", "leftLowerLeg", "lowerleg01.L", "calf_l"], 13, [0.10, 0.49, 0.01]),
    (["LeftFoot", "mixamorig:LeftFoot", "leftFoot", "foot.L", "foot_l"], 14, [0.10, 0.08, -0.02]),
    (["LeftToeBase", "mixamorig:LeftToeBase", "leftToes", "toe1-1.L", "ball_l"], 15, [0.11, 0.02, 0.12]),
    (["RightUpLeg", "mixamorig:RightUpLeg", "rightUpperLeg", "upperleg01.R", "thigh_r"], 0, [-0.10, 0.90, 0.0]),
    (["RightLeg", "mixamorig:RightLeg", "rightLowerLeg", "lowerleg01.R", "calf_r"], 17, [-0.10, 0.49, 0.01]),
    (["RightFoot", "mixamorig:RightFoot", "rightFoot", "foot.R", "foot_r"], 18, [-0.10, 0.08, -0.02]),
    (["RightToeBase", "mixamorig:RightToeBase", "rightToes", "toe1-1.R", "ball_r"], 19, [-0.11, 0.02, 0.12]),
];

pub const CONVENTIONS: usize = 5;
pub const CMU: usize = 0;
pub const MAKE_HUMAN: usize = 3;
/// Of the tables here.
pub const LEFT_ARM: usize = 6;
pub const LEFT_LEG: usize = 13;

/// A person with the names of a convention in the T pose, all rest rotations identity.
pub fn person(convention: usize) -> Skeleton {
    posed(convention, &[])
}

/// The same at rest in another pose: every joint turned about its own place by the rotations given.
pub fn posed(convention: usize, turns: &[(usize, DQuat)]) -> Skeleton {
    let mut skeleton = Skeleton::default();
    let mut gathered: Vec<DQuat> = Vec::new();
    for (joint, (names, parent, place)) in JOINTS.iter().enumerate() {
        let is_root = joint == 0;
        let above = if is_root { DQuat::IDENTITY } else { gathered[*parent] };
        let from = if is_root { DVec3::ZERO } else { DVec3::from_array(JOINTS[*parent].2) };
        let turn = turns.iter().find(|(at, _)| *at == joint).map_or(DQuat::IDENTITY, |(_, turn)| *turn);
        gathered.push(above * turn);
        skeleton.names.push(names[convention].to_owned());
        skeleton.parents.push((!is_root).then_some(*parent));
        skeleton.rotations.push(DQuat::IDENTITY);
        skeleton.offsets.push(above * (DVec3::from_array(*place) - from));
    }
    skeleton
}

/// Arms hanging half down: an A pose.
pub fn a_pose(convention: usize) -> Skeleton {
    let down = DQuat::from_rotation_z(0.8);
    posed(convention, &[(LEFT_ARM, down.inverse()), (10, down), (LEFT_LEG, DQuat::from_rotation_z(0.1))])
}

/// Numbers in 0..1 that look random and are always the same.
pub struct Chance(pub u64);

impl Chance {
    pub fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn turn(&mut self, most_rad: f64) -> DQuat {
        let axis = DVec3::new(self.next() - 0.5, self.next() - 0.5, self.next() - 0.5).normalize_or(DVec3::X);
        DQuat::from_axis_angle(axis, self.next() * most_rad)
    }
}

/// A person who walks `speed_m` metres each second towards +z for `frames` frames, all joints turning a little.
pub fn walk(rest: &Skeleton, frames: usize, rate_hz: f64, speed_m: f64) -> Clip {
    let mut chance = Chance(7);
    let axes: Vec<DVec3> = (0..rest.len()).map(|_| chance.turn(1.0) * DVec3::X).collect();
    let mut clip = Clip { rest: rest.clone(), rate_hz, ..Clip::default() };
    let mut places = Vec::new();
    for frame in 0..frames {
        let secs = frame as f64 / rate_hz;
        for (joint, axis) in axes.iter().enumerate() {
            let strength = if joint == 0 { 0.1 } else { 0.4 };
            clip.rotations.push(DQuat::from_axis_angle(*axis, strength * (secs * 3.0 + joint as f64).sin()));
        }
        places.push(rest.offsets[0] + DVec3::new(0.0, 0.01 * (secs * 6.0).sin(), secs * speed_m));
    }
    clip.moves.push((0, places));
    clip
}

/// The clip as a BVH file whose axes are turned by `turn` and whose lengths are in `metres` each.
pub fn bvh(clip: &Clip, turn: DQuat, metres: f64) -> String {
    let mut text = "HIERARCHY\n".to_owned();
    let rest = &clip.rest;
    let place = |v: DVec3| turn * v / metres;
    write_joint(&mut text, rest, 0, 0, &place);
    writeln!(text, "MOTION\nFrames: {}\nFrame Time: {}", clip.frames(), 1.0 / clip.rate_hz).expect("text");
    for frame in 0..clip.frames() {
        let LocalPose { rotations, offsets } = clip.frame(frame);
        let root = place(offsets[0]);
        write!(text, "{} {} {}", root.x, root.y, root.z).expect("text");
        for rotation in rotations {
            let (z, x, y) = (turn * rotation * turn.inverse()).to_euler(EulerRot::ZXY);
            write!(text, " {} {} {}", z.to_degrees(), x.to_degrees(), y.to_degrees()).expect("text");
        }
        text.push('\n');
    }
    text
}

fn write_joint(text: &mut String, rest: &Skeleton, joint: usize, depth: usize, place: &dyn Fn(DVec3) -> DVec3) {
    let pad = "\t".repeat(depth);
    let (kind, channels) = if depth == 0 { ("ROOT", "6 Xposition Yposition Zposition") } else { ("JOINT", "3") };
    let offset = place(rest.offsets[joint]);
    writeln!(text, "{pad}{kind} {}\n{pad}{{", rest.names[joint]).expect("text");
    writeln!(text, "{pad}\tOFFSET {} {} {}", offset.x, offset.y, offset.z).expect("text");
    writeln!(text, "{pad}\tCHANNELS {channels} Zrotation Xrotation Yrotation").expect("text");
    let children: Vec<usize> = rest.children(joint).collect();
    if children.is_empty() {
        // The crown of the head; the other tips do not matter.
        let tip = place(DVec3::new(0.0, if rest.names[joint].contains("ead") { 0.18 } else { 0.0 }, 0.02));
        writeln!(text, "{pad}\tEnd Site\n{pad}\t{{\n{pad}\t\tOFFSET {} {} {}\n{pad}\t}}", tip.x, tip.y, tip.z)
            .expect("text");
    }
    for child in children {
        write_joint(text, rest, child, depth + 1, place);
    }
    writeln!(text, "{pad}}}").expect("text");
}

/// A clip brought onto a target, and what was noticed.
pub fn matched(loaded: Loaded, target: &Skeleton) -> Result<(Retarget, Vec<String>), ClipError> {
    let source = Arc::new(Source::new(loaded, Path::new("a.bvh"))?);
    Ok((Retarget::new(&source, target)?, source.warnings.clone()))
}
