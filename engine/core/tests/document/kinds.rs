//! Part types that use every shape serde knows, as a plugin would define them.

use std::collections::BTreeMap;
use std::path::Path;

use bevy_ecs::component::Component;
use kinema_core::{Format, LoadedShot, PartRegistry, PartReport, Property, ShotPart, parse_shot};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rigid {
    pub shape: Shape,
    #[serde(default = "one")]
    #[schemars(range(min = 0.001, max = 1.0e6))]
    pub mass_kg: f32,
    #[serde(default)]
    pub mode: Mode,
    #[serde(default)]
    pub surface: Option<Surface>,
    #[serde(default)]
    pub joints: Vec<Joint>,
    #[serde(default)]
    pub group: u64,
    #[serde(default)]
    pub offset: i64,
    #[serde(default)]
    pub velocity: [f32; 3],
}

fn one() -> f32 {
    1.0
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Shape {
    /// A sphere.
    Ball {
        #[schemars(range(min = 0.001))]
        radius_m: f32,
    },
    Box {
        half_m: [f32; 3],
    },
    Hull(Vec<[f32; 3]>),
    Capsule(f32, f32),
    Mesh(MeshFile),
    Nothing,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeshFile {
    pub file: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Mode {
    None,
    #[default]
    Dynamic,
    Kinematic,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Surface {
    #[schemars(range(min = 0.0, max = 1.0))]
    pub friction: f32,
    #[serde(default)]
    pub mode: Option<Mode>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Joint {
    pub other: String,
    pub limits: (f64, f64),
}

impl ShotPart for Rigid {
    const KIND: &'static str = "Rigid";

    fn properties() -> Vec<Property<Self>> {
        vec![
            Property::scalar("mass_kg", 0.1..=100.0, |rigid: &mut Rigid, value| rigid.mass_kg = value),
            Property::vec3("velocity", -50.0..=50.0, |rigid: &mut Rigid, value| rigid.velocity = value),
            Property::flag("kinematic", |rigid: &mut Rigid, on| {
                rigid.mode = if on { Mode::Kinematic } else { Mode::Dynamic };
            }),
        ]
    }

    fn check(&self, report: &mut PartReport<'_>) {
        for (index, joint) in self.joints.iter().enumerate() {
            report.part_reference(format!("joints[{index}].other"), &joint.other, &["Rigid"]);
            if joint.limits.0 > joint.limits.1 {
                report.error(format!("joints[{index}].limits"), "the limits are reversed", "swap them");
            }
        }
        if let Shape::Mesh(mesh) = &self.shape {
            report.asset("shape.Mesh.file", &mesh.file);
        }
        if self.mass_kg > 1000.0 {
            report.warning("mass_kg", "heavier than a car", "");
        }
    }
}

#[derive(Component, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Human {
    #[schemars(range(min = 0.0, max = 1.0))]
    pub age: f32,
    pub face: BTreeMap<String, f32>,
    pub slots: BTreeMap<u32, Vec<bool>>,
    pub note: Option<String>,
    pub initial: Option<char>,
    pub looks_at: Option<Seconds>,
    pub extra: Option<serde_json::Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Seconds(pub f32);

impl ShotPart for Human {
    const KIND: &'static str = "Human";

    fn properties() -> Vec<Property<Self>> {
        let action = |name: &'static str| {
            let set = move |human: &mut Human, value| {
                human.face.insert(name.to_owned(), value);
            };
            Property::named_scalar(format!("face/{name}"), 0.0..=1.0, std::sync::Arc::new(set))
        };
        let age = Property::scalar("age", 0.0..=1.0, |human: &mut Human, value| human.age = value);
        [age].into_iter().chain(["jawOpen", "mouthSmileLeft", "mouthSmileRight"].map(action)).collect()
    }
}

/// Forgets `deny_unknown_fields`; the engine closes it.
#[derive(Component, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Marker {}

impl ShotPart for Marker {
    const KIND: &'static str = "Marker";
}

pub fn registry() -> PartRegistry {
    let mut registry = PartRegistry::default();
    registry.register::<Rigid>().register::<Human>().register::<Marker>();
    registry
}

pub fn parse(text: impl AsRef<[u8]>, format: Format) -> Result<LoadedShot, String> {
    let name = match format {
        Format::Ron => "a.shot.ron",
        Format::Json => "a.json",
    };
    parse_shot(text.as_ref(), Path::new(name), format, &registry()).map_err(|error| error.to_string())
}

pub fn ron(text: &str) -> LoadedShot {
    parse(text, Format::Ron).unwrap_or_else(|error| panic!("{error}"))
}

/// Asserts that the text is refused with exactly these messages.
#[track_caller]
pub fn refuses(text: impl AsRef<[u8]>, format: Format, expected: &str) {
    match parse(text, format) {
        Ok(_) => panic!("this was accepted, but should be refused:\n{expected}"),
        Err(error) => assert_eq!(error, expected, "\n--- found ---\n{error}\n--- expected ---\n{expected}\n"),
    }
}

/// A shot around parts and tracks; the first line of `parts` is line 5 of the text.
pub fn shot_with(parts: &str, tracks: &str) -> String {
    format!(
        "(\n    schema: 1,\n    timeline: (rate: \"24/1\", frames: 48),\n    output: (width: 64, height: 36), parts: [\n\
         {parts}\n],\ntracks: [\n{tracks}\n])\n"
    )
}

/// A valid shot that uses most of the notation.
pub const SAMPLE: &str = r###"#![enable(implicit_some, unwrap_variant_newtypes)]
// A ball, a person and a marker.
Shot(
    schema: 1,
    name: "sample \"one\" \u{1F600} \x41 \
           goes on",
    seed: 0xFF_FF, /* block /* nested */ comment */
    timeline: Timeline(rate: "24/1", frames: 1_00, substeps: 4),
    output: (width: 640, height: 0b101101000,),
    parts: [
        (
            id: "ball", position: (0, 1.5, -.5e1), rotation_deg: [0, 90, 0],
            part: Rigid(
                shape: Ball(radius_m: 0.2),
                surface: Some((friction: 0.5, mode: Some(None))),
                group: 18446744073709551615, offset: -9223372036854775808,
            ),
        ),
        (
            id: "anna", parent: Some("ball"), visible: false, scale: (1, 2, -1),
            part: Human(
                age: 0.25, face: { "jawOpen": 0.5, "x y": 1 }, slots: { 3: [true, false], 12: [] },
                note: r#"raw "text" \n"#, initial: 'a', looks_at: Seconds(2.5), extra: { "k": [1, "two", (3,)] },
            ),
        ),
        (id: "hull", part: Rigid(shape: Hull([(0, 0, 0), (1, 0, 0), (0, 1, 0)]), joints: [(other: "ball", limits: (0, 1))])),
        (id: "box", part: Rigid((shape: Box(half_m: (1, 1, 1)), mode: Kinematic))),
        (id: "pill", part: Rigid(shape: Capsule(0.5, 1.0))),
        (id: "m.0-1_a", parent: "anna", part: Marker()),
    ],
    tracks: [
        (target: "ball/position", keys: [
            (frame: -5, value: (0, 0, 0)),
            (frame: 10, value: [1, 2, 3], curve: Step),
            (frame: 20, value: (1, 1, 1), curve: Hermite(out_tangent: (0, 0, 1), next_in_tangent: (0, 1, 0))),
            (frame: 30, value: (2, 2, 2)),
        ]),
        (target: "ball/scale/x", keys: [
            (frame: 0, value: 1, curve: Bezier(right: (4, 0.5), next_left: (-4.5, -0.5))),
            (frame: 24, value: 2),
        ]),
        (target: "anna/face/jawOpen", keys: [(frame: 0, value: 0), (frame: 48, value: 1)]),
        (target: "anna/rotation_quat", keys: [(frame: 0, value: (0, 0, 0, 1)), (frame: 48, value: (0, 1, 0, 0))]),
        (target: "anna/visible", keys: [(frame: 12, value: true)]),
    ],
    look: (exposure_ev100: 11, anti_aliasing: Msaa(samples: 8), bloom: Some((intensity: 0.1)), tone_mapping: None),
)
"###;

/// The same shot in JSON.
pub fn sample_json() -> String {
    kinema_core::shot_to_json(&ron(SAMPLE).shot).expect("a shot that was read can be written")
}
