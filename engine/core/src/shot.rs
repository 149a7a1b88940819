//! The shot document: what a user writes, what the API receives, what everything else reads.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::clock::FrameRate;
use crate::look::Look;
use crate::part::PartBody;

/// The version of the document that this build writes; older ones are migrated when read.
pub const SCHEMA_VERSION: u32 = 1;
/// The largest width or height of a picture, in pixels.
pub const MAX_OUTPUT_SIZE: u32 = 16_384;
/// The most parts a shot may have.
pub const MAX_PARTS: usize = 65_536;

/// The longest id of a part, in characters.
pub const MAX_ID_LEN: usize = 128;
/// The most ancestors a part may have, itself included.
pub const MAX_PARENT_DEPTH: usize = 256;

/// A shot: one small text file that becomes moving pictures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shot {
    /// Version of this document format; write 1.
    pub schema: u32,
    /// A name for people.
    #[serde(default)]
    pub name: String,
    /// Where all randomness comes from; same seed, same pictures.
    #[serde(default)]
    pub seed: u64,
    /// How long the shot is and how finely time is cut.
    pub timeline: Timeline,
    /// The size of the pictures.
    pub output: Output,
    /// The things in the world.
    #[serde(default)]
    #[schemars(length(max = 65_536))]
    pub parts: Vec<Part>,
    /// What changes over time.
    #[serde(default)]
    pub tracks: Vec<Track>,
    /// How the world is turned into colours.
    #[serde(default)]
    pub look: Look,
}

/// How long the shot is and how finely time is cut.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Timeline {
    /// Frames per second, such as "24/1".
    pub rate: FrameRate,
    /// Number of frames; they are 0 to frames - 1.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub frames: u32,
    /// Simulation steps per frame; more is more exact and slower.
    #[serde(default = "default_substeps")]
    #[schemars(range(min = 1, max = 256))]
    pub substeps: u32,
    /// Frames per chunk of work. The grid belongs to the shot, so the number of workers changes no pixel.
    #[serde(default = "default_chunk_frames")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub chunk_frames: u32,
}

fn default_substeps() -> u32 {
    8
}

fn default_chunk_frames() -> u32 {
    48
}

/// The size of the pictures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// Pixels per row.
    #[schemars(range(min = 1, max = 16_384))]
    pub width: u32,
    /// Rows.
    #[schemars(range(min = 1, max = 16_384))]
    pub height: u32,
}

/// A thing in the world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its name, unique in the shot: letters, digits, `_`, `.` and `-`.
    pub id: String,
    /// The part whose space it lives in; without one, the world's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Metres in the parent's space.
    #[serde(default)]
    pub position: [f32; 3],
    /// Degrees about the parent's x, then y, then z axis, as Blender's Euler mode XYZ.
    #[serde(default)]
    pub rotation_deg: [f32; 3],
    /// Factor along each of the part's own axes; none may be 0.
    #[serde(default = "unit_scale")]
    pub scale: [f32; 3],
    /// Whether it is drawn.
    #[serde(default = "yes")]
    pub visible: bool,
    /// What it is.
    pub part: PartBody,
}

impl Part {
    /// A visible part at the origin.
    pub fn new(id: impl Into<String>, part: PartBody) -> Self {
        Self {
            id: id.into(),
            parent: None,
            position: [0.0; 3],
            rotation_deg: [0.0; 3],
            scale: unit_scale(),
            visible: true,
            part,
        }
    }
}

fn unit_scale() -> [f32; 3] {
    [1.0; 3]
}

fn yes() -> bool {
    true
}

/// What one property of one part does over time. Before the first key and after the last the value stays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Track {
    /// `part-id/property`, such as `ball/position`, `ball/position/x` or `anna/face/jawOpen`.
    pub target: String,
    /// In order of frames.
    #[schemars(length(min = 1))]
    pub keys: Vec<Key>,
}

/// A value at a frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// The frame; it may lie outside the timeline.
    #[schemars(range(min = -1_000_000_000, max = 1_000_000_000))]
    pub frame: i64,
    /// The value at that frame.
    pub value: Value,
    /// How the value gets to that of the next key.
    #[serde(default)]
    pub curve: Curve,
}

/// How a value gets from one key to the next.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Curve {
    /// Stays until the next key.
    Step,
    /// Straight; the shorter arc at constant speed for `rotation_quat`.
    #[default]
    Linear,
    /// A cubic Hermite spline, glTF's CUBICSPLINE.
    Hermite {
        /// Change per second on leaving this key.
        out_tangent: Value,
        /// Change per second on reaching the next key.
        next_in_tangent: Value,
    },
    /// A cubic Bezier curve in the plane of frames and values, a Blender F-curve.
    Bezier {
        /// Offset of this key's right handle from this key: frames (at least 0), value.
        right: Handle,
        /// Offset of the next key's left handle from the next key: frames (at most 0), value.
        next_left: Handle,
    },
}

/// The offset of a Bezier handle from its key, written `(frames, value)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Handle(
    /// Frames.
    pub f64,
    /// In the unit of the property.
    pub Value,
);

/// What a property can be set to: `true`, a number, or a list of 2 to 4 numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// On or off.
    Flag(bool),
    /// One number.
    Number(f64),
    /// 2 to 4 numbers.
    List(Vec<f64>),
}

impl Value {
    /// The numbers of a number or list; none for a flag.
    pub fn numbers(&self) -> &[f64] {
        match self {
            Value::Flag(_) => &[],
            Value::Number(number) => std::slice::from_ref(number),
            Value::List(numbers) => numbers,
        }
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Value::Number(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Value::Flag(flag)
    }
}

impl<const N: usize> From<[f64; N]> for Value {
    fn from(numbers: [f64; N]) -> Self {
        Value::List(numbers.to_vec())
    }
}

impl JsonSchema for Value {
    fn schema_name() -> Cow<'static, str> {
        "Value".into()
    }

    fn schema_id() -> Cow<'static, str> {
        concat!(module_path!(), "::Value").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A number, true or false, or a list of 2 to 4 numbers.",
            "anyOf": [
                { "type": "number" },
                { "type": "boolean" },
                { "type": "array", "items": { "type": "number" }, "minItems": 2, "maxItems": 4 },
            ],
        })
    }
}
