//! Names, shapes, units and axes.

use std::path::Path;

use bevy::math::{DQuat, DVec3};

use super::{
    super::{JointMap, Limb, Loaded, Retarget, Side, bvh},
    figures::{self, CMU, CONVENTIONS, MAKE_HUMAN, a_pose, person, walk},
};

fn parts(map: &JointMap) -> Vec<Option<usize>> {
    let limbs = Side::BOTH.into_iter().flat_map(|side| Limb::ALL.map(|limb| map.first(side, limb)));
    [map.hips, map.head].into_iter().chain(limbs).collect()
}

#[test]
fn every_convention_is_known_by_name() {
    let expected = JointMap::of(&person(CMU));
    assert_eq!((expected.hips, expected.head, expected.spine.len()), (Some(0), Some(4), 2));
    assert!(expected.missing().is_empty() && expected.absent().is_empty(), "{:?}", expected.absent());
    assert_eq!(expected.limb(Side::Left, Limb::LowerLeg), [14]);
    for convention in 1..CONVENTIONS {
        let map = JointMap::of(&person(convention));
        assert!(!map.by_shape);
        assert_eq!(parts(&map), parts(&expected), "convention {convention}");
    }
}

#[test]
fn hips_without_a_name_are_what_carries_the_legs() {
    let mut skeleton = person(MAKE_HUMAN);
    skeleton.names[0] = "DEF-spine".to_owned();
    let map = JointMap::of(&skeleton);
    assert!(!map.by_shape);
    assert_eq!((map.hips, map.spine.first()), (Some(0), Some(&1)));
}

#[test]
fn a_skeleton_without_names_is_known_by_its_shape() {
    for mut skeleton in [person(CMU), a_pose(CMU)] {
        let named = JointMap::of(&skeleton);
        skeleton.names = (0..skeleton.len()).map(|joint| format!("bone_{joint:03}")).collect();
        // A crown, as BVH files have it.
        skeleton.names.push("tip".to_owned());
        skeleton.parents.push(Some(4));
        skeleton.rotations.push(DQuat::IDENTITY);
        skeleton.offsets.push(DVec3::new(0.0, 0.18, 0.0));
        let shaped = JointMap::of(&skeleton);
        assert!(shaped.by_shape);
        assert_eq!(parts(&shaped), parts(&named));
    }
}

#[test]
fn a_skeleton_without_the_needed_bones_says_which() {
    let mut skeleton = person(CMU);
    for name in &mut skeleton.names {
        *name = name.replace("ForeArm", "Gadget").replace("LeftUpLeg", "Peg");
    }
    let text = figures::bvh(&walk(&skeleton, 2, 30.0, 0.0), DQuat::IDENTITY, 1.0);
    // With its shape gone as well there is nothing to tell by.
    let text = text.replace("JOINT LeftLeg", "JOINT Stump");
    let mut loaded = bvh::parse(text.as_bytes(), Path::new("a.bvh")).expect("readable");
    loaded.clip.rest.offsets.fill(DVec3::ZERO);
    let error = figures::matched(loaded, &person(MAKE_HUMAN)).expect_err("not a whole person").to_string();
    for part in
        ["a.bvh: its skeleton has no left lower arm, no right lower arm", "no left upper leg", "its joints are Hips, "]
    {
        assert!(error.contains(part), "{error}");
    }
    assert!(!error.contains("no right upper leg"), "{error}");
}

fn retargeted(text: &str) -> (Retarget, Vec<String>) {
    let loaded = bvh::parse(text.as_bytes(), Path::new("a.bvh")).expect("readable");
    figures::matched(loaded, &a_pose(MAKE_HUMAN)).expect("a person")
}

#[test]
fn units_and_axes_are_found_told_and_make_no_difference() {
    let clip = walk(&person(CMU), 10, 30.0, 1.0);
    let (plain, warnings) = retargeted(&figures::bvh(&clip, DQuat::IDENTITY, 1.0));
    assert_eq!(warnings, Vec::<String>::new());
    let z_up = DQuat::from_rotation_x(std::f64::consts::FRAC_PI_2);
    let about = DQuat::from_rotation_y(std::f64::consts::PI);
    for (turn, metres, expected) in [
        (DQuat::IDENTITY, 0.01, "centimetres"),
        (DQuat::IDENTITY, 0.0254, "inches"),
        (DQuat::IDENTITY, 0.001, "millimetres"),
        (DQuat::IDENTITY, 13.0, "fits no unit"),
        (z_up, 1.0, "up is +z"),
        (about, 1.0, "faces -z"),
        (DQuat::from_rotation_y(-std::f64::consts::FRAC_PI_2), 1.0, "faces -x"),
    ] {
        let (other, warnings) = retargeted(&figures::bvh(&clip, turn, metres));
        assert!(warnings.len() == 1 && warnings[0].contains(expected), "{warnings:?}");
        for frame in 0..10 {
            let (a, b) = (plain.at(f64::from(frame) / 30.0), other.at(f64::from(frame) / 30.0));
            assert!(a.hips.abs_diff_eq(b.hips, 1e-6), "{expected}: {} {}", a.hips, b.hips);
            for (bone, (a, b)) in a.deltas.iter().zip(&b.deltas).enumerate() {
                let (a, b) = (a.unwrap_or(DQuat::IDENTITY), b.unwrap_or(DQuat::IDENTITY));
                assert!(a.angle_between(b) < 1e-6, "{expected}: bone {bone}");
            }
        }
    }
}

#[test]
fn a_rest_pose_that_does_not_stand_gives_way_to_a_frame_that_does() {
    // All bones along one axis, as some libraries have it; the frames turn them into a person.
    let upright = walk(&person(CMU), 5, 30.0, 0.0);
    let mut clip = upright.clone();
    for joint in 1..clip.rest.len() {
        clip.rest.offsets[joint] = DVec3::X * clip.rest.offsets[joint].length();
    }
    let arcs: Vec<DQuat> = (0..clip.rest.len())
        .map(|joint| {
            let child = upright.rest.children(joint).last();
            child.map_or(DQuat::IDENTITY, |child| {
                DQuat::from_rotation_arc(DVec3::X, upright.rest.offsets[child].normalize())
            })
        })
        .collect();
    for frame in 0..5 {
        for joint in 0..clip.rest.len() {
            let above = clip.rest.parent(joint).map_or(DQuat::IDENTITY, |parent| arcs[parent]);
            clip.rotations[frame * clip.rest.len() + joint] = above.inverse() * arcs[joint];
        }
    }
    let loaded = Loaded { clip, warnings: Vec::new() };
    let (_, warnings) = figures::matched(loaded, &person(MAKE_HUMAN)).expect("a person");
    assert!(warnings.iter().any(|warning| warning.contains("stand")), "{warnings:?}");
}
