//! Tracks whose targets, keys or curves make no sense.

use kinema_core::Format::Ron;

use crate::kinds::{refuses, shot_with};

const PARTS: &str =
    "(id: \"ball\", part: Rigid(shape: Nothing)), (id: \"anna\", part: Human()), (id: \"mark\", part: Marker())";

#[test]
fn targets_must_exist() {
    let tracks = r#"(target: "ball", keys: [(frame: 0, value: 1)]),
(target: "/x", keys: [(frame: 0, value: 1)]),
(target: "bal/position", keys: [(frame: 0, value: (1, 2, 3))]),
(target: "ball/postion", keys: [(frame: 0, value: (1, 2, 3))]),
(target: "anna/face/jawOpne", keys: [(frame: 0, value: 1)]),
(target: "mark/position/w", keys: [(frame: 0, value: 1)]),
(target: "mark/visible", keys: [])"#;
    refuses(
        shot_with(PARTS, tracks),
        Ron,
        r#"a.shot.ron:8:10: error: tracks[0].target: "ball" is not a target
  expected `part-id/property`, such as "ball/position"
a.shot.ron:9:10: error: tracks[1].target: "/x" is not a target
  expected `part-id/property`, such as "ball/position"
a.shot.ron:10:10: error: tracks[2].target: there is no part `bal`
  expected the id of a part before `/`
  help: did you mean `ball`?
a.shot.ron:11:10: error: tracks[3].target: a part of kind Rigid has no property `postion`
  expected one of mass_kg, velocity, kinematic, position, rotation_deg, rotation_quat, scale, visible
  help: did you mean `position`?
a.shot.ron:12:10: error: tracks[4].target: a part of kind Human has no property `face/jawOpne`
  expected one of age, face/jawOpen, face/mouthSmileLeft, face/mouthSmileRight, position, rotation_deg, rotation_quat, scale, visible
  help: did you mean `face/jawOpen`?
a.shot.ron:13:10: error: tracks[5].target: a part of kind Marker has no property `position/w`
  expected one of position, rotation_deg, rotation_quat, scale, visible
  help: did you mean `position`?
a.shot.ron:14:32: error: tracks[6].keys: found a list of 0
  expected a list that is not empty
7 errors"#,
    );
}

#[test]
fn two_tracks_must_not_drive_the_same() {
    let track = |target: &str, value: &str| format!("(target: \"{target}\", keys: [(frame: 0, value: {value})]),\n");
    let tracks = [
        track("ball/position", "(0, 0, 0)"),
        track("ball/position/x", "0"),
        track("anna/rotation_quat", "(0, 0, 0, 1)"),
        track("anna/rotation_deg/z", "0"),
        track("anna/age", "0"),
        track("anna/age", "0"),
        track("mark/scale/x", "1"),
        track("mark/scale/y", "1"),
        track("mark/scale/x", "1"),
    ]
    .concat();
    let error = |line: u32, index: u32, other: u32, id: &str| {
        format!(
            "a.shot.ron:{line}:10: error: tracks[{index}].target: tracks[{other}] drives the same property of `{id}`\n  \
             help: merge their keys into one track\n"
        )
    };
    let expected =
        error(9, 1, 0, "ball") + &error(11, 3, 2, "anna") + &error(13, 5, 4, "anna") + &error(16, 8, 6, "mark");
    refuses(shot_with(PARTS, &tracks), Ron, &(expected + "4 errors"));
}

#[test]
fn keys_must_fit_the_property_and_be_in_order() {
    let tracks = r#"(target: "ball/position", keys: [
    (frame: 3, value: 1), (frame: 3, value: (1, 2)), (frame: 2, value: (1, 2, 3)), (frame: 5, value: true)]),
(target: "anna/age", keys: [(frame: 0, value: 1.5), (frame: 1, value: -0.1), (frame: 2, value: 1), (frame: 3.5, value: 0)]),
(target: "anna/face/jawOpen", keys: [(frame: 0, value: [0, 1])]),
(target: "ball/velocity", keys: [(frame: 0, value: (0, 51, 0))]),
(target: "ball/kinematic", keys: [(frame: 0, value: 1)]),
(target: "anna/rotation_quat", keys: [(frame: 0, value: (0, 0, 0, 0)), (frame: 1, value: (0, 0, 1))]),
(target: "anna/scale", keys: [(frame: 0, value: (1, 1, 2e9))])"#;
    refuses(
        shot_with(PARTS, tracks),
        Ron,
        r#"a.shot.ron:9:23: error: tracks[0].keys[0].value: found the number 1
  expected 3 numbers
a.shot.ron:9:35: error: tracks[0].keys[1].frame: frame 3 does not come after frame 3 of the key before
  help: sort the keys by frame and keep one per frame
a.shot.ron:9:45: error: tracks[0].keys[1].value: found a list of 2
  expected 3 numbers
a.shot.ron:9:62: error: tracks[0].keys[2].frame: frame 2 does not come after frame 3 of the key before
  help: sort the keys by frame and keep one per frame
a.shot.ron:9:102: error: tracks[0].keys[3].value: found true
  expected 3 numbers
a.shot.ron:10:47: error: tracks[1].keys[0].value: found the number 1.5
  expected a number from 0 to 1
a.shot.ron:10:71: error: tracks[1].keys[1].value: found the number -0.1
  expected a number from 0 to 1
a.shot.ron:10:108: error: tracks[1].keys[3].frame: found the number 3.5
  expected a whole number from -1000000000 to 1000000000
a.shot.ron:11:56: error: tracks[2].keys[0].value: found a list of 2
  expected a number
a.shot.ron:12:52: error: tracks[3].keys[0].value: found the number 51
  expected a number from -50 to 50
a.shot.ron:13:53: error: tracks[4].keys[0].value: found the number 1
  expected true or false
a.shot.ron:14:57: error: tracks[5].keys[0].value: the quaternion has length 0
  expected a length of 1
a.shot.ron:14:90: error: tracks[5].keys[1].value: found a list of 3
  expected 4 numbers x, y, z, w
a.shot.ron:15:49: error: tracks[6].keys[0].value: found the number 2000000000
  expected a number from -1000000000 to 1000000000
14 errors"#,
    );
}

#[test]
fn curves_must_fit_the_property_and_run_forward() {
    let tracks = r#"(target: "ball/visible", keys: [(frame: 0, value: true, curve: Bezier(right: (1, true), next_left: (-1, true))), (frame: 9, value: false)]),
(target: "ball/position", keys: [(frame: 0, value: (0, 0, 0), curve: Hermite(out_tangent: 1, next_in_tangent: (0, 0, 0, 0))), (frame: 9, value: (0, 0, 0))]),
(target: "anna/age", keys: [
    (frame: 0, value: 0, curve: Bezier(right: (-1, 0), next_left: (2, (0, 0)))),
    (frame: 9, value: 1, curve: Bezir(right: (1, 0), next_left: (0, 0))),
    (frame: 10, value: 1, curve: Step(1)),
    (frame: 11, value: 1, curve: Hermite),
]),"#;
    refuses(
        shot_with(PARTS, tracks),
        Ron,
        r#"a.shot.ron:8:64: error: tracks[0].keys[0].curve: true and false have nothing in between
  expected the curve `Step`
a.shot.ron:9:91: error: tracks[1].keys[0].curve.Hermite.out_tangent: found the number 1
  expected 3 numbers
a.shot.ron:9:111: error: tracks[1].keys[0].curve.Hermite.next_in_tangent: found a list of 4
  expected 3 numbers
a.shot.ron:11:48: error: tracks[2].keys[0].curve.Bezier.right[0]: the handle's time offset is -1 frames, away from the segment
  expected at least 0
a.shot.ron:11:68: error: tracks[2].keys[0].curve.Bezier.next_left[0]: the handle's time offset is 2 frames, away from the segment
  expected at most 0
a.shot.ron:11:71: error: tracks[2].keys[0].curve.Bezier.next_left[1]: found a list of 2
  expected a number
a.shot.ron:12:33: error: tracks[2].keys[1].curve: there is no choice `Bezir`
  expected one of `Step`, `Linear`, `Hermite`, `Bezier`
  help: did you mean `Bezier`?
a.shot.ron:13:38: error: tracks[2].keys[2].curve: `Step` takes no settings
  expected `Step` alone
a.shot.ron:14:34: error: tracks[2].keys[3].curve: `Hermite` needs settings
  expected the fields `out_tangent`, `next_in_tangent`
  help: write `Hermite(...)`, in JSON {"Hermite": ...}
9 errors"#,
    );
}
