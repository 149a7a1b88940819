//! How the world is turned into colours.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Exposure, grading and the temporal filters of the picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Look {
    /// Exposure value at ISO 100; higher is darker. 15 suits noon, 9.7 an evening, 7 a lit room.
    #[schemars(range(min = -16.0, max = 24.0))]
    pub exposure_ev100: f32,
    /// From scene-linear to display colours.
    pub tone_mapping: ToneMapping,
    /// How edges are smoothed.
    pub anti_aliasing: AntiAliasing,
    /// Light that spills around bright places.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bloom: Option<Bloom>,
    /// Blur of what moves while the shutter is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub motion_blur: Option<MotionBlur>,
    /// Factor on the distance from grey; 1 changes nothing, 0 is black and white.
    #[schemars(range(min = 0.0, max = 2.0))]
    pub saturation: f32,
    /// Factor on the distance from middle grey; 1 changes nothing.
    #[schemars(range(min = 0.0, max = 2.0))]
    pub contrast: f32,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            exposure_ev100: 9.7,
            tone_mapping: ToneMapping::default(),
            anti_aliasing: AntiAliasing::default(),
            bloom: None,
            motion_blur: None,
            saturation: 1.0,
            contrast: 1.0,
        }
    }
}

/// From scene-linear to display colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ToneMapping {
    /// Filmic with gentle desaturation of bright colours.
    #[default]
    AgX,
    /// Neutral, keeps hues.
    TonyMcMapface,
    /// High contrast, strong hue shifts.
    AcesFitted,
    /// The simple curve x / (1 + x).
    Reinhard,
    /// Blender's Filmic.
    BlenderFilmic,
    /// Values above 1 are cut off.
    None,
}

/// How edges are smoothed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum AntiAliasing {
    /// Not at all.
    None,
    /// Several samples per pixel along edges.
    Msaa {
        /// Samples per pixel.
        #[serde(default)]
        samples: MsaaSamples,
    },
    /// In the finished picture, along edges of contrast: cheap, has no history, softens fine texture a little.
    Fxaa,
    /// Over time: smooths shading too, needs motion vectors and warm-up frames.
    #[default]
    Taa,
}

/// Samples per pixel: 2, 4 or 8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub enum MsaaSamples {
    /// Two.
    X2,
    /// Four.
    #[default]
    X4,
    /// Eight.
    X8,
}

impl From<MsaaSamples> for u32 {
    fn from(samples: MsaaSamples) -> u32 {
        match samples {
            MsaaSamples::X2 => 2,
            MsaaSamples::X4 => 4,
            MsaaSamples::X8 => 8,
        }
    }
}

impl TryFrom<u32> for MsaaSamples {
    type Error = &'static str;

    fn try_from(samples: u32) -> Result<Self, Self::Error> {
        match samples {
            2 => Ok(MsaaSamples::X2),
            4 => Ok(MsaaSamples::X4),
            8 => Ok(MsaaSamples::X8),
            _ => Err("samples must be 2, 4 or 8"),
        }
    }
}

impl JsonSchema for MsaaSamples {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "MsaaSamples".into()
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        concat!(module_path!(), "::MsaaSamples").into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "description": "Samples per pixel.", "enum": [2, 4, 8] })
    }
}

/// Light that spills around bright places.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Bloom {
    /// Fraction of light that is scattered; above 0.3 everything glows.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub intensity: f32,
}

impl Default for Bloom {
    fn default() -> Self {
        Self { intensity: 0.05 }
    }
}

/// Blur of what moves while the shutter is open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MotionBlur {
    /// Part of the frame during which the shutter is open; 180 is film, 360 the whole frame.
    #[schemars(range(min = 0.0, max = 360.0))]
    pub shutter_angle_deg: f32,
    /// Samples along the motion; few show as separate copies, many cost time.
    #[schemars(range(min = 1, max = 64))]
    pub samples: u32,
}

impl Default for MotionBlur {
    fn default() -> Self {
        Self { shutter_angle_deg: 180.0, samples: 8 }
    }
}
