//! Do the target's bones point where the clip's point?

use bevy::math::{DQuat, DVec3};

use super::{
    super::{
        Clip, Loaded, Retarget,
        clip::{LocalPose, Skeleton},
        retarget::twist_about,
    },
    figures::{self, CMU, Chance, MAKE_HUMAN, a_pose, person, posed, walk},
};

fn matched(clip: &Clip, target: &Skeleton) -> Retarget {
    let loaded = Loaded { clip: clip.clone(), warnings: Vec::new() };
    figures::matched(loaded, target).expect("a person").0
}

/// World places of the target's joints with the clip at a time.
fn places(retarget: &Retarget, target: &Skeleton, secs: f64) -> Vec<DVec3> {
    let pose = retarget.at(secs);
    let rotations = pose.deltas.into_iter().map(|delta| delta.unwrap_or(DQuat::IDENTITY)).collect();
    target.world(&LocalPose { rotations, offsets: target.offsets.clone() }).positions
}

#[test]
fn limbs_point_where_the_clip_points_whatever_the_rest_pose() {
    let limbs = [(6, 7), (7, 8), (10, 11), (11, 12), (13, 14), (14, 15), (17, 18), (18, 19)];
    for source in [person(CMU), a_pose(CMU)] {
        let clip = walk(&source, 30, 30.0, 1.0);
        for target in [person(MAKE_HUMAN), a_pose(MAKE_HUMAN)] {
            let retarget = matched(&clip, &target);
            for frame in 0..30 {
                let theirs = source.world(&clip.frame(frame)).positions;
                let own = places(&retarget, &target, frame as f64 / 30.0);
                for (from, to) in limbs {
                    let (a, b) = ((theirs[to] - theirs[from]).normalize(), (own[to] - own[from]).normalize());
                    assert!(a.distance(b) < 1e-9, "bone {from} of frame {frame}: {a} {b}");
                }
            }
        }
    }
}

#[test]
fn a_skeleton_retargeted_to_itself_moves_as_recorded() {
    let source = person(CMU);
    let clip = walk(&source, 12, 30.0, 1.0);
    let retarget = matched(&clip, &source);
    for frame in 0..12 {
        let (pose, recorded) = (retarget.at(frame as f64 / 30.0), clip.frame(frame));
        for (joint, rotation) in recorded.rotations.iter().enumerate() {
            let delta = pose.deltas[joint].expect("every joint is mapped");
            assert!(delta.angle_between(*rotation) < 1e-6, "joint {joint} of frame {frame}");
        }
        assert!((pose.hips.z - recorded.offsets[0].z).abs() < 1e-9);
    }
}

#[test]
fn a_way_is_scaled_by_the_length_of_the_legs() {
    let clip = walk(&person(CMU), 31, 30.0, 2.0);
    let mut child = person(MAKE_HUMAN);
    for offset in &mut child.offsets {
        *offset *= 0.5;
    }
    let retarget = matched(&clip, &child);
    assert!((retarget.at(1.0).hips.z - retarget.at(0.0).hips.z - 1.0).abs() < 1e-9);
    assert!((0.3..0.5).contains(&retarget.at(0.0).hips.y), "hips over the floor: {}", retarget.at(0.0).hips.y);
}

#[test]
fn standing_is_no_lift_and_a_jump_is_one() {
    let source = person(CMU);
    let mut clip = walk(&source, 40, 30.0, 0.0);
    clip.rotations.fill(DQuat::IDENTITY);
    for (frame, place) in clip.moves[0].1.iter_mut().enumerate() {
        *place = source.offsets[0] + DVec3::Y * if (20..30).contains(&frame) { 0.32 } else { 0.0 };
    }
    let retarget = matched(&clip, &source);
    assert!(retarget.at(0.2).lift_m == 0.0);
    assert!((retarget.at(25.0 / 30.0).lift_m - 0.30).abs() < 1e-9, "{}", retarget.at(25.0 / 30.0).lift_m);
}

/// The same person with two bones for the upper and lower left arm, as the body has.
fn with_split_arm() -> Skeleton {
    let mut skeleton = posed(MAKE_HUMAN, &[]);
    for (first, last, name) in [(7, 8, "lowerarm02.L"), (6, 7, "upperarm02.L")] {
        let half = skeleton.offsets[last] / 2.0;
        skeleton.names.insert(last, name.to_owned());
        skeleton.parents.insert(last, Some(first));
        skeleton.rotations.insert(last, DQuat::IDENTITY);
        skeleton.offsets.insert(last, half);
        skeleton.offsets[last + 1] -= half;
        for (joint, parent) in skeleton.parents.iter_mut().enumerate() {
            *parent = parent.map(|parent| if parent >= last && joint > last { parent + 1 } else { parent });
        }
        skeleton.parents[last + 1] = Some(last);
    }
    skeleton
}

#[test]
fn a_twist_is_shared_by_the_bones_of_a_part() {
    let source = person(CMU);
    let mut clip = walk(&source, 1, 30.0, 0.0);
    clip.rotations.fill(DQuat::IDENTITY);
    let hand = DQuat::from_axis_angle((source.offsets[8]).normalize(), 1.2);
    clip.rotations[8] = hand;
    let target = with_split_arm();
    assert_eq!(target.names[9], "lowerarm02.L");
    assert_eq!((target.parents[9], target.parents[10]), (Some(8), Some(9)));
    let pose = matched(&clip, &target).at(0.0);
    let turn = |bone: usize| pose.deltas[bone].expect("moved").angle_between(DQuat::IDENTITY);
    assert!((turn(9) - 0.6).abs() < 1e-6 && (turn(10) - 0.6).abs() < 1e-6, "{} {}", turn(9), turn(10));
    assert!(
        (pose.deltas[9].expect("moved") * pose.deltas[10].expect("moved")).angle_between(hand) < 1e-6,
        "in all as recorded"
    );
}

#[test]
fn swing_and_twist_take_a_rotation_apart() {
    let mut chance = Chance(11);
    for _ in 0..200 {
        let (rotation, axis) = (chance.turn(3.0), chance.turn(3.0) * DVec3::X);
        let twist = twist_about(rotation, axis);
        assert!((twist * axis).distance(axis) < 1e-12);
        let swing = rotation * twist.inverse();
        assert!(swing.xyz().dot(axis).abs() < 1e-12, "what is left does not turn about the axis");
    }
    assert_eq!(twist_about(DQuat::from_rotation_x(std::f64::consts::PI), DVec3::Y), DQuat::IDENTITY);
}
