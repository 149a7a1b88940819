//! What a person can be told about recorded motion.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A recorded motion laid over what is below it: the person's own motion, then the layers before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ClipLayer {
    /// A BVH, glTF or GLB file in the shot's folder, or `pack:NAME/PATH`.
    pub file: String,
    /// Which animation of a glTF file; left out, the first that turns joints.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub animation: Option<String>,
    /// When the layer begins, seconds of the shot, -1e6..1e6.
    pub start_secs: f64,
    /// How long it lasts, seconds, 0..1e6. Left out, it lasts for ever; a motion that does not loop then stands still
    /// at its last frame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lasts_secs: Option<f64>,
    /// Where in the recording it begins, seconds, 0..1e6.
    pub offset_secs: f64,
    /// 1 as recorded, 0.5 half as fast, negative backwards, -10..10.
    #[schemars(range(min = -10.0, max = 10.0))]
    pub speed: f32,
    /// Begins again when it ends. Walking goes on from where it came to.
    #[serde(rename = "loop")]
    pub looping: bool,
    /// 0 nothing of it .. 1 nothing of what is below.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub weight: f32,
    /// Which part of the body it moves.
    pub mask: Mask,
    /// Seconds until it has its full weight, 0..60. Two layers that overlap by this are a crossfade.
    #[schemars(range(min = 0.0, max = 60.0))]
    pub fade_in_secs: f32,
    /// Seconds before its end over which it loses its weight, 0..60; needs `lasts_secs`.
    #[schemars(range(min = 0.0, max = 60.0))]
    pub fade_out_secs: f32,
    /// Adds how the motion departs from its first frame, instead of replacing what is below.
    pub additive: bool,
    /// What becomes of the way that the recorded person goes.
    pub travel: Travel,
}

impl Default for ClipLayer {
    fn default() -> Self {
        Self {
            file: String::new(),
            animation: None,
            start_secs: 0.0,
            lasts_secs: None,
            offset_secs: 0.0,
            speed: 1.0,
            looping: false,
            weight: 1.0,
            mask: Mask::Full,
            fade_in_secs: 0.0,
            fade_out_secs: 0.0,
            additive: false,
            travel: Travel::Along,
        }
    }
}

/// Parts of the body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Mask {
    #[default]
    Full,
    /// Trunk, arms and head; the trunk from none at the hips to all at the chest.
    Upper,
    /// Hips and legs.
    Lower,
    /// Both arms from the collar bones on.
    Arms,
    LeftArm,
    RightArm,
    /// Neck and head.
    Head,
}

/// What becomes of the way that a recorded person goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Travel {
    /// The person goes the same way, scaled by the length of the legs, from where and in the direction they stand when
    /// the layer begins.
    #[default]
    Along,
    /// The person turns but stays in place.
    Turn,
    /// The person neither goes nor turns.
    Stay,
}
