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
    refuses(shot_with(PARTS, tracks), Ron, "");
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
    let expected = error(8, 1, 0, "ball") + &error(10, 3, 2, "anna") + &error(12, 5, 4, "anna") + &error(15, 8, 6, "mark");
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
    refuses(shot_with(PARTS, tracks), Ron, "");
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
    refuses(shot_with(PARTS, tracks), Ron, "");
}
