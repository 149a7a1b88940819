//! Any shot that can be built can be written, read back equal, and read by the `ron` and `serde_json` crates.

use kinema_core::{
    AntiAliasing, Bloom, Curve, Format, FrameRate, Handle, Key, Look, MotionBlur, MsaaSamples, Output, Part, PartBody,
    Shot, Timeline, ToneMapping, Track, Value, shot_to_json, shot_to_ron,
};
use proptest::prelude::*;
use ron::extensions::Extensions;
use serde::{Deserialize, Serialize};

use crate::kinds::{Human, Joint, Marker, Mode, Rigid, SAMPLE, Seconds, Shape, Surface, parse, ron};

fn finite() -> impl Strategy<Value = f32> {
    prop_oneof![any::<f32>().prop_filter("finite", |v| v.is_finite()), -10.0_f32..10.0, Just(0.0), Just(-0.0)]
}

fn vector() -> impl Strategy<Value = [f32; 3]> {
    [finite(), finite(), finite()]
}

fn number() -> impl Strategy<Value = f64> {
    // Few enough digits for `serde_json` too, which rounds the last place of longer numbers either way.
    prop_oneof![any::<i32>().prop_map(|v| f64::from(v) / 1000.0), Just(0.1), Just(1.0)]
}

fn triple() -> impl Strategy<Value = Value> {
    [number(), number(), number()].prop_map(Value::from)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[\\\\\"'#{}()\n\t\r\u{0}\u{7f}\u{feff}a-c]{0,12}"]
}

fn shape() -> impl Strategy<Value = Shape> {
    prop_oneof![
        (0.001_f32..100.0).prop_map(|radius_m| Shape::Ball { radius_m }),
        vector().prop_map(|half_m| Shape::Box { half_m }),
        proptest::collection::vec(vector(), 0..3).prop_map(Shape::Hull),
        (finite(), finite()).prop_map(|(a, b)| Shape::Capsule(a, b)),
        Just(Shape::Nothing),
    ]
}

fn mode() -> impl Strategy<Value = Mode> {
    prop_oneof![Just(Mode::None), Just(Mode::Dynamic), Just(Mode::Kinematic)]
}

fn rigid() -> impl Strategy<Value = Rigid> {
    let surface = (0.0_f32..=1.0, proptest::option::of(mode())).prop_map(|(friction, mode)| Surface { friction, mode });
    let joint = (frames(), frames()).prop_map(|(a, b)| Joint { other: "p0".into(), limits: (-a, b) });
    let joints = proptest::collection::vec(joint, 0..2);
    let scalars = (0.001_f32..1000.0, any::<u64>(), any::<i64>(), vector());
    (shape(), mode(), proptest::option::of(surface), joints, scalars).prop_map(
        |(shape, mode, surface, joints, (mass_kg, group, offset, velocity))| Rigid {
            shape,
            mass_kg,
            mode,
            surface,
            joints,
            group,
            offset,
            velocity,
        },
    )
}

fn human() -> impl Strategy<Value = Human> {
    let extra = prop_oneof![
        Just(serde_json::json!({ "k": [1, -2, 2.5, "x", true, { "deep": {} }] })),
        Just(serde_json::json!([])),
        any::<i64>().prop_map(serde_json::Value::from),
    ];
    (
        0.0_f32..=1.0,
        proptest::collection::btree_map(text(), finite(), 0..3),
        proptest::collection::btree_map(any::<u32>(), proptest::collection::vec(any::<bool>(), 0..3), 0..3),
        proptest::option::of(text()),
        proptest::option::of(any::<char>()),
        proptest::option::of(finite().prop_map(Seconds)),
        proptest::option::of(extra),
    )
        .prop_map(|(age, face, slots, note, initial, looks_at, extra)| Human {
            age,
            face,
            slots,
            note,
            initial,
            looks_at,
            extra,
        })
}

/// The first part is always rigid, so that joints and tracks have something to refer to.
fn parts() -> impl Strategy<Value = Vec<Part>> {
    let body =
        prop_oneof![rigid().prop_map(PartBody::new), human().prop_map(PartBody::new), Just(PartBody::new(Marker {})),];
    let without_joints = rigid().prop_map(|rigid| PartBody::new(Rigid { joints: Vec::new(), ..rigid }));
    let nonzero = || finite().prop_map(|v| if v == 0.0 { 1.0 } else { v });
    let placing = (vector(), vector(), [nonzero(), nonzero(), nonzero()], any::<bool>(), any::<bool>());
    let others = proptest::collection::vec((body, placing), 0..4);
    (without_joints, others).prop_map(|(first, others)| {
        let others = others.into_iter().zip(1..).map(|((body, placing), index)| {
            let (position, rotation_deg, scale, visible, child) = placing;
            let parent = child.then(|| format!("p{}", index - 1));
            Part { parent, position, rotation_deg, scale, visible, ..Part::new(format!("p{index}"), body) }
        });
        [Part::new("p0", first)].into_iter().chain(others).collect()
    })
}

fn frames() -> impl Strategy<Value = f64> {
    (0_u32..50_000).prop_map(|thousandths| f64::from(thousandths) / 1000.0)
}

fn curve() -> impl Strategy<Value = Curve> {
    prop_oneof![
        Just(Curve::Step),
        Just(Curve::Linear),
        (triple(), triple()).prop_map(|(out_tangent, next_in_tangent)| Curve::Hermite { out_tangent, next_in_tangent }),
        (frames(), triple(), frames(), triple())
            .prop_map(|(a, b, c, d)| Curve::Bezier { right: Handle(a, b), next_left: Handle(-c, d) }),
    ]
}

fn track() -> impl Strategy<Value = Track> {
    let key = (1_i64..1000, triple(), curve());
    proptest::collection::vec(key, 1..4).prop_map(|keys| {
        let mut frame = -500;
        let keys = keys.into_iter().map(|(step, value, curve)| {
            frame += step;
            Key { frame, value, curve }
        });
        Track { target: "p0/position".into(), keys: keys.collect() }
    })
}

fn look() -> impl Strategy<Value = Look> {
    let anti_aliasing = prop_oneof![
        Just(AntiAliasing::None),
        Just(AntiAliasing::Taa),
        Just(AntiAliasing::Msaa { samples: MsaaSamples::X2 })
    ];
    let tone_mapping = prop_oneof![Just(ToneMapping::None), Just(ToneMapping::AgX), Just(ToneMapping::AcesFitted)];
    let bloom = proptest::option::of((0.0_f32..=1.0).prop_map(|intensity| Bloom { intensity }));
    let blur = proptest::option::of(Just(MotionBlur::default()));
    (-16.0_f32..24.0, tone_mapping, anti_aliasing, bloom, blur, 0.0_f32..2.0).prop_map(
        |(exposure_ev100, tone_mapping, anti_aliasing, bloom, motion_blur, saturation)| Look {
            exposure_ev100,
            tone_mapping,
            anti_aliasing,
            bloom,
            motion_blur,
            saturation,
            contrast: 1.0,
        },
    )
}

fn shot() -> impl Strategy<Value = Shot> {
    let rate = (1_u32..1000, 1_u32..100).prop_map(|(num, den)| FrameRate::new(num, den).expect("a valid rate"));
    let timeline = (rate, 1_u32..=1_000_000, 1_u32..=256).prop_map(|(rate, frames, substeps)| Timeline {
        rate,
        frames,
        substeps,
        chunk_frames: 48,
    });
    let output = (1_u32..=16_384, 1_u32..=16_384).prop_map(|(width, height)| Output { width, height });
    let tracks = proptest::option::of(track());
    (text(), any::<u64>(), timeline, output, parts(), tracks, look()).prop_map(
        |(name, seed, timeline, output, parts, tracks, look)| Shot {
            schema: 1,
            name,
            seed,
            timeline,
            output,
            parts,
            tracks: tracks.into_iter().collect(),
            look,
        },
    )
}

/// The document as another program would declare it, with a closed set of kinds.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct PlainShot {
    schema: u32,
    name: String,
    seed: u64,
    timeline: Timeline,
    output: Output,
    parts: Vec<PlainPart>,
    tracks: Vec<Track>,
    look: Look,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct PlainPart {
    id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
    position: [f32; 3],
    rotation_deg: [f32; 3],
    scale: [f32; 3],
    visible: bool,
    part: PlainBody,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum PlainBody {
    Rigid(Rigid),
    Human(Human),
    Marker(Marker),
}

/// The `ron` crate reads a character only in single quotes; documents write it as a text, as JSON must.
fn without_chars(mut shot: Shot) -> Shot {
    for part in &mut shot.parts {
        if let Some(human) = part.part.get::<Human>() {
            part.part = PartBody::new(Human { initial: None, ..human.clone() });
        }
    }
    shot
}

fn plain(shot: &Shot) -> PlainShot {
    let body = |body: &PartBody| match body.kind() {
        "Rigid" => PlainBody::Rigid(body.get::<Rigid>().expect("a rigid part").clone()),
        "Human" => PlainBody::Human(body.get::<Human>().expect("a human").clone()),
        _ => PlainBody::Marker(body.get::<Marker>().expect("a marker").clone()),
    };
    let part = |part: &Part| PlainPart {
        id: part.id.clone(),
        parent: part.parent.clone(),
        position: part.position,
        rotation_deg: part.rotation_deg,
        scale: part.scale,
        visible: part.visible,
        part: body(&part.part),
    };
    PlainShot {
        schema: shot.schema,
        name: shot.name.clone(),
        seed: shot.seed,
        timeline: shot.timeline.clone(),
        output: shot.output.clone(),
        parts: shot.parts.iter().map(part).collect(),
        tracks: shot.tracks.clone(),
        look: shot.look.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn written_shots_read_back_equal(shot in shot()) {
        let text = shot_to_ron(&shot).expect("RON");
        let loaded = parse(&text, Format::Ron).unwrap_or_else(|error| panic!("{error}\n{text}"));
        prop_assert_eq!(&loaded.shot, &shot, "{}", text);

        let json = shot_to_json(&shot).expect("JSON");
        let from_json = parse(&json, Format::Json).unwrap_or_else(|error| panic!("{error}\n{json}"));
        prop_assert_eq!(&from_json.shot, &shot, "{}", json);
        prop_assert_eq!(from_json.sha256, loaded.sha256);
    }

    #[test]
    fn other_readers_understand_what_is_written(shot in shot()) {
        let shot = without_chars(shot);
        let text = shot_to_ron(&shot).expect("RON");
        let extensions = Extensions::IMPLICIT_SOME | Extensions::UNWRAP_NEWTYPES | Extensions::UNWRAP_VARIANT_NEWTYPES;
        let options = ron::Options::default().with_default_extension(extensions);
        let read: PlainShot = options.from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        prop_assert_eq!(read, plain(&shot), "{}", text);

        let json = shot_to_json(&shot).expect("JSON");
        let read: PlainShot = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}\n{json}"));
        prop_assert_eq!(read, plain(&shot), "{}", json);
    }
}

#[test]
fn the_written_form_is_pleasant() {
    let parts = "(id: \"anna\", part: Human(age: 0.25, slots: { 3: [true] }, face: { \"jawOpen\": 1 })),";
    let tracks = "(target: \"anna/age\", keys: [(frame: 0, value: 0, curve: Step), (frame: 9, value: 1,
        curve: Bezier(right: (4, 0.5), next_left: (-4.5, -0.5))), (frame: 120, value: 0.12345678901234566)])";
    let text = shot_to_ron(&ron(&crate::kinds::shot_with(parts, tracks)).shot).expect("RON");
    let expected = r#"(
    schema: 1,
    name: "",
    seed: 0,
    timeline: (rate: "24/1", frames: 48, substeps: 8, chunk_frames: 48),
    output: (width: 64, height: 36),
    parts: [
        (
            id: "anna",
            position: (0.0, 0.0, 0.0),
            rotation_deg: (0.0, 0.0, 0.0),
            scale: (1.0, 1.0, 1.0),
            visible: true,
            part: Human(
                age: 0.25,
                face: {"jawOpen": 1.0},
                slots: {3: [true]},
                note: None,
                initial: None,
                looks_at: None,
                extra: None,
            ),
        ),
    ],
    tracks: [
        (
            target: "anna/age",
            keys: [
                (frame: 0, value: 0.0, curve: Step),
                (frame: 9, value: 1.0, curve: Bezier(right: (4.0, 0.5), next_left: (-4.5, -0.5))),
                (frame: 120, value: 0.12345678901234566, curve: Linear),
            ],
        ),
    ],
    look: (
        exposure_ev100: 9.7,
        tone_mapping: AgX,
        anti_aliasing: Taa,
        saturation: 1.0,
        contrast: 1.0,
    ),
)
"#;
    assert_eq!(text, expected, "\n{text}");
    assert!(shot_to_ron(&ron(SAMPLE).shot).expect("RON").lines().all(|line| line.len() <= 102));
}
