//! Files that are not what they should be.

use std::path::Path;

use bevy::math::DQuat;

use super::{
    super::{bvh, clip::Loaded, error::ClipError},
    figures::{self, CMU, Chance, person, walk},
};

fn parse(text: &str) -> Result<Loaded, ClipError> {
    bvh::parse(text.as_bytes(), Path::new("x.bvh"))
}

/// A valid file with every line that the cases below damage.
fn small() -> String {
    "HIERARCHY\nROOT Hips\n{\n OFFSET 0 1 0\n CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation\n \
     JOINT Left Leg\n {\n  OFFSET 0.1 0 0\n  CHANNELS 3 Zrotation Xrotation Yrotation\n  End Site\n  {\n   OFFSET 0 -1 0\n  }\n }\n}\n\
     MOTION\nFrames: 2\nFrame Time: 0.04\n0 1 0 90 0 0 0 0 0\n1 1 0 0 45 0 0 0 30\n"
        .to_owned()
}

#[test]
fn a_file_gives_its_joints_rotations_and_way() {
    let Loaded { clip, warnings } = parse(&small()).expect("a valid file");
    assert_eq!(warnings, Vec::<String>::new());
    assert_eq!(clip.rest.names, ["Hips", "Left Leg", "Left Leg end"]);
    assert_eq!((clip.frames(), clip.rate_hz), (2, 25.0));
    assert_eq!(clip.moves[0].1[1].to_array(), [1.0, 1.0, 0.0]);
    assert!(clip.rotations[0].abs_diff_eq(DQuat::from_rotation_z(90_f64.to_radians()), 1e-12));
    assert!(clip.rotations[4].abs_diff_eq(DQuat::from_rotation_y(30_f64.to_radians()), 1e-12));
}

#[test]
fn braces_spaces_and_case_do_not_matter() {
    let text = small();
    for (from, to) in [
        ("JOINT Left Leg\n {", "JOINT Left Leg {"),
        ("ROOT Hips\n{", "root Hips {"),
        ("Frames: 2", "FRAMES:2"),
        ("Frame Time: 0.04", "Frame Time:\t0.04"),
        ("End Site\n", "End site\n"),
        ("\n", "\r\n"),
    ] {
        let other = text.replace(from, to);
        assert_ne!(other, text);
        assert_eq!(parse(&other).expect(to), parse(&text).expect("a valid file"), "{to}");
    }
}

#[test]
fn what_cannot_be_read_is_named_with_its_line() {
    let text = small();
    for (from, to, expected) in [
        ("HIERARCHY", "HIERARCHIE", "x.bvh:1: expected `HIERARCHY`, found `HIERARCHIE`"),
        ("ROOT", "JOINT", "x.bvh:2: expected `ROOT`"),
        ("OFFSET 0 1 0", "OFFSET 0 nan 0", "x.bvh:4: `nan` is not an offset"),
        ("OFFSET 0 1 0", "OFFSET 0 1", "x.bvh:5: `CHANNELS` is not an offset"),
        ("CHANNELS 6", "CHANNELS six", "x.bvh:5: `six` is not a number of channels"),
        ("CHANNELS 3", "CHANNELS 4", "x.bvh:10: expected 4 channels, found `End`"),
        ("OFFSET 0 -1 0", "LENGTH 1", "x.bvh:12: expected `}`, found `LENGTH`"),
        ("Frames: 2", "Frames: two", "x.bvh:17: `two` is not a number of frames"),
        ("Frame Time:", "Frame Rate:", "x.bvh:18: expected `Time:`, found `Rate:`"),
        ("0 45 0", "0 4,5 0", "x.bvh:20: `4,5` is not a number"),
        ("MOTION", "}\nMOTION", "x.bvh:16: expected `MOTION`, found `}`"),
    ] {
        let error = parse(&text.replacen(from, to, 1)).expect_err(to).to_string();
        assert!(error.starts_with(expected), "{error}\nexpected {expected}");
    }
    let error = parse(&text[..text.find("MOTION").expect("there")]).expect_err("no motion").to_string();
    assert!(error.contains("the file ends where `MOTION` is expected"), "{error}");
    let error = parse(&text[..text.find("0 1 0 90").expect("there")]).expect_err("no frame").to_string();
    assert!(error.contains("there is no frame"), "{error}");
}

#[test]
fn what_can_be_mended_is_a_warning() {
    let text = small();
    let mended = |from: &str, to: &str| parse(&text.replacen(from, to, 1)).expect(to);
    let one = |loaded: &Loaded, expected: &str| {
        assert!(
            loaded.warnings.len() == 1 && loaded.warnings[0].contains(expected),
            "{:?}: {expected}",
            loaded.warnings
        );
    };
    let loaded = mended("0 45 0", "NaN 45 0");
    one(&loaded, "line 20: 1 values are not finite");
    let mended_turn = DQuat::from_rotation_z(90_f64.to_radians()) * DQuat::from_rotation_x(45_f64.to_radians());
    assert!(loaded.clip.rotations[3].abs_diff_eq(mended_turn, 1e-12), "the value of the frame before");
    one(&mended("Frames: 2", "Frames: 9"), "2 whole frames instead of the 9");
    one(&mended("Frames: 2", "Frames: 1"), "more than the 1 frames");
    one(&mended("0 0 30\n", "0\n"), "1 whole frames instead of the 2");
    one(&mended("Frame Time: 0.04", "Frame Time: 0"), "30 frames a second are assumed");
    one(&mended("Frame Time: 0.04", "Frame Time: fast"), "30 frames a second are assumed");
    let loaded = mended("CHANNELS 3 Zrotation", "CHANNELS 3 Zscale");
    one(&loaded, "the channel `Zscale` is not known");
    one(&mended("JOINT Left Leg", "JOINT Hips"), "a second joint `Hips`");
}

#[test]
fn no_text_makes_the_reader_panic() {
    let whole = small();
    for end in 0..whole.len() {
        let _ = parse(&whole[..end]);
    }
    let mut chance = Chance(3);
    for _ in 0..3_000 {
        let mut bytes = whole.clone().into_bytes();
        for _ in 0..3 {
            let at = (chance.next() * bytes.len() as f64) as usize;
            match (chance.next() * 3.0) as u32 {
                0 => bytes[at] = (chance.next() * 256.0) as u8,
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, b"{}0- \n"[(chance.next() * 6.0) as usize]),
            }
        }
        let _ = bvh::parse(&bytes, Path::new("x.bvh"));
    }
}

#[test]
fn depth_and_size_are_limited_and_cost_no_stack() {
    let deep = |depth: usize| {
        let open = "JOINT a {\nOFFSET 0 1 0\n".repeat(depth);
        format!("HIERARCHY\nROOT a {{\n{open}{}}}\nMOTION\nFrames: 1\nFrame Time: 1\n", "}\n".repeat(depth))
    };
    let error = parse(&deep(100_000)).expect_err("too deep").to_string();
    assert!(error.contains("more than 2000 joints"), "{error}");
    let huge = small().replace("Frames: 2", "Frames: 99999999999999999999");
    assert!(parse(&huge).expect_err("no number").to_string().contains("is not a number of frames"));
    let huge = small().replace("Frames: 2", "Frames: 18446744073709551615");
    assert_eq!(parse(&huge).expect("read as far as it goes").clip.frames(), 2);
}

#[test]
fn a_written_walk_is_read_back() {
    let clip = walk(&person(CMU), 20, 60.0, 1.3);
    let Loaded { clip: read, warnings } = parse(&figures::bvh(&clip, DQuat::IDENTITY, 1.0)).expect("a valid file");
    assert_eq!(warnings, Vec::<String>::new());
    let place = |name: &str| read.rest.names.iter().position(|known| known == name).expect("a joint");
    for frame in 0..20 {
        let (then, now) = (clip.rest.world(&clip.frame(frame)), read.rest.world(&read.frame(frame)));
        for (joint, name) in clip.rest.names.iter().enumerate() {
            assert!(then.positions[joint].abs_diff_eq(now.positions[place(name)], 1e-9), "{name} of frame {frame}");
        }
    }
}
