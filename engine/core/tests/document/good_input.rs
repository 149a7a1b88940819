//! What a loaded shot holds.

use kinema_core::{AntiAliasing, Curve, Format, Handle, Look, MsaaSamples, ToneMapping, Value};

use crate::kinds::{Human, Mode, Rigid, SAMPLE, Seconds, Shape, parse, ron, sample_json, shot_with};

#[test]
fn the_sample_has_every_value() {
    let loaded = ron(SAMPLE);
    let shot = &loaded.shot;
    assert_eq!(shot.name, "sample \"one\" \u{1F600} A goes on");
    assert_eq!((shot.seed, shot.timeline.frames, shot.timeline.chunk_frames), (0xFFFF, 100, 48));
    assert_eq!((shot.output.width, shot.output.height), (640, 360));
    let [ball, anna, hull, _box, pill, marker] = shot.parts.as_slice() else { panic!("six parts") };
    assert_eq!((ball.position, ball.rotation_deg, ball.scale), ([0.0, 1.5, -5.0], [0.0, 90.0, 0.0], [1.0; 3]));
    let rigid: &Rigid = ball.part.get().expect("a rigid part");
    assert_eq!((rigid.group, rigid.offset, rigid.mass_kg), (u64::MAX, i64::MIN, 1.0));
    assert_eq!(rigid.shape, Shape::Ball { radius_m: 0.2 });
    // `None` inside `Some` is the variant of that name, not nothing.
    assert_eq!(rigid.surface.as_ref().and_then(|surface| surface.mode), Some(Mode::None));
    assert_eq!((anna.parent.as_deref(), anna.visible), (Some("ball"), false));
    let human: &Human = anna.part.get().expect("a human");
    assert_eq!(human.note.as_deref(), Some("raw \"text\" \\n"));
    assert_eq!((human.initial, human.looks_at), (Some('a'), Some(Seconds(2.5))));
    assert_eq!(human.slots.get(&12), Some(&Vec::new()));
    assert_eq!(human.extra, Some(serde_json::json!({ "k": [1, "two", [3]] })));
    assert!(human.part_is_not_rigid(&anna.part));
    let points = hull.part.get::<Rigid>().map(|rigid| rigid.shape.clone());
    assert_eq!(points, Some(Shape::Hull(vec![[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])));
    assert_eq!(pill.part.get::<Rigid>().map(|rigid| rigid.shape.clone()), Some(Shape::Capsule(0.5, 1.0)));
    assert_eq!((marker.id.as_str(), marker.part.kind()), ("m.0-1_a", "Marker"));
    let bezier = Curve::Bezier { right: Handle(4.0, 0.5.into()), next_left: Handle(-4.5, Value::Number(-0.5)) };
    assert_eq!(shot.tracks[1].keys[0].curve, bezier);
    assert_eq!(
        shot.look,
        Look {
            exposure_ev100: 11.0,
            tone_mapping: ToneMapping::None,
            anti_aliasing: AntiAliasing::Msaa { samples: MsaaSamples::X8 },
            bloom: Some(kinema_core::Bloom { intensity: 0.1 }),
            ..Look::default()
        }
    );
    assert!(loaded.warnings.is_empty());
}

impl Human {
    fn part_is_not_rigid(&self, body: &kinema_core::PartBody) -> bool {
        body.get::<Rigid>().is_none() && body.get::<Human>() == Some(self)
    }
}

#[test]
fn the_hash_ignores_notation_layout_and_defaults_but_no_value() {
    let short = ron(&shot_with("(id: \"a\", part: Rigid(shape: Nothing))", ""));
    let long = ron(&shot_with(
        "/* comment */ (part: Rigid(mode: Dynamic, shape: Nothing, mass_kg: 1), visible: true, id: \"a\")",
        "",
    ));
    assert_eq!(short.sha256, long.sha256);
    assert_eq!(short.shot, long.shot);
    let json = kinema_core::shot_to_json(&short.shot).expect("JSON");
    assert_eq!(parse(json, Format::Json).map(|loaded| loaded.sha256), Ok(short.sha256.clone()));
    let other = ron(&shot_with("(id: \"a\", part: Rigid(shape: Nothing, mass_kg: 1.0000001))", ""));
    assert_ne!(short.sha256, other.sha256);
    assert_eq!(short.sha256.len(), 64);
}

#[test]
fn json_and_ron_are_the_same_shot() {
    let from_json = parse(sample_json(), Format::Json).expect("the sample as JSON");
    let from_ron = ron(SAMPLE);
    assert_eq!(from_json.shot, from_ron.shot);
    assert_eq!(from_json.sha256, from_ron.sha256);
    let hand_written = r#"{
        "schema": 1, "timeline": { "rate": "30000/1001", "frames": 2 }, "output": { "width": 8, "height": 8 },
        "parts": [{ "id": "a", "parent": null, "part": { "Rigid": {
            "shape": { "Capsule": [1, 2.5e0] }, "mode": "Kinematic", "surface": { "friction": 1, "mode": "None" }
        } } }],
        "tracks": [{ "target": "a/velocity", "keys": [{ "frame": 0, "value": [1, 2, 3], "curve": "Step" }] }]
    }"#;
    let loaded = parse(hand_written, Format::Json).expect("a JSON shot");
    let rigid = loaded.shot.parts[0].part.get::<Rigid>().expect("a rigid part");
    assert_eq!((rigid.mode, &rigid.shape), (Mode::Kinematic, &Shape::Capsule(1.0, 2.5)));
    assert_eq!(rigid.surface.as_ref().and_then(|surface| surface.mode), Some(Mode::None));
}

#[test]
fn the_draft_format_still_loads() {
    let draft = "(schema: 0, timeline: (fps: 24, length: 96), output: (width: 8, height: 8))";
    let loaded = ron(draft);
    let current = ron("(schema: 1, timeline: (rate: \"24/1\", frames: 96), output: (width: 8, height: 8))");
    assert_eq!(loaded.shot, current.shot);
    assert_eq!(loaded.sha256, current.sha256);
    let warnings: Vec<String> = loaded.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        ["a.shot.ron:1:10: warning: schema: schema 0 is out of date; the shot was read as schema 1\n  \
          help: change it to `schema: 1` and use the fields of that version"]
    );
}

#[test]
fn a_shot_built_by_a_program_is_checked_too() {
    let loaded = ron(SAMPLE);
    let registry = crate::kinds::registry();
    let again = kinema_core::LoadedShot::new(&loaded.shot, &loaded.base_dir, &registry).expect("a valid shot");
    assert_eq!((&again.shot, &again.sha256), (&loaded.shot, &loaded.sha256));
    let mut wrong = loaded.shot.clone();
    wrong.output.width = 0;
    wrong.parts[0].position[1] = f32::NAN;
    wrong.parts[1].id = "ball".into();
    let errors = kinema_core::LoadedShot::new(&wrong, &loaded.base_dir, &registry).expect_err("an invalid shot");
    assert_eq!(
        errors.to_string(),
        "error: output.width: found the number 0\n  expected a whole number from 1 to 16384\n\
         error: parts[0].position[1]: the number NaN is not finite\n  expected a finite number\n\
         error: parts[1].id: the id `ball` already belongs to parts[0]\n  help: give every part its own id\n\
         error: parts[5].parent: there is no part `anna`\n  expected the id of another part\n\
         error: tracks[2].target: there is no part `anna`\n  expected the id of a part before `/`\n\
         error: tracks[3].target: there is no part `anna`\n  expected the id of a part before `/`\n\
         error: tracks[4].target: there is no part `anna`\n  expected the id of a part before `/`\n\
         7 errors"
    );
}
