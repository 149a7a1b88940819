//! What a made-up person must be like. Everything that is left open is drawn.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A range, both ends inside.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Span {
    pub least: f32,
    pub most: f32,
}

impl Span {
    /// From `least` to `most`.
    pub const fn new(least: f32, most: f32) -> Self {
        Self { least, most }
    }

    /// Its middle.
    pub fn middle(self) -> f32 {
        0.5 * (self.least + self.most)
    }

    /// The value in here that is nearest to `value`.
    pub fn nearest_to(self, value: f32) -> f32 {
        value.max(self.least).min(self.most)
    }

    /// What is in both, if anything is.
    pub fn and(self, other: Self) -> Option<Self> {
        let both = Self { least: self.least.max(other.least), most: self.most.min(other.most) };
        (both.least <= both.most).then_some(both)
    }
}

/// Where most of a person's ancestors lived, as far as the body basis distinguishes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Ancestry {
    African,
    Asian,
    Caucasian,
    /// Two or three of them in comparable shares.
    Mixed,
}

/// Natural colours of hair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum HairColour {
    Black,
    DarkBrown,
    Brown,
    LightBrown,
    Blond,
    Red,
    Grey,
    White,
}

impl HairColour {
    /// Linear Rec.709; our judgement, after photographs in daylight.
    pub fn colour(self) -> [f32; 3] {
        match self {
            HairColour::Black => [0.012, 0.010, 0.009],
            HairColour::DarkBrown => [0.035, 0.020, 0.012],
            HairColour::Brown => [0.080, 0.044, 0.022],
            HairColour::LightBrown => [0.165, 0.095, 0.047],
            HairColour::Blond => [0.360, 0.235, 0.110],
            HairColour::Red => [0.210, 0.062, 0.018],
            HairColour::Grey => [0.300, 0.295, 0.290],
            HairColour::White => [0.560, 0.555, 0.540],
        }
    }
}

/// Colours of irises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum EyeColour {
    DarkBrown,
    Brown,
    Hazel,
    Green,
    Blue,
    Grey,
}

impl EyeColour {
    /// Linear Rec.709; our judgement, after photographs in daylight.
    pub fn colour(self) -> [f32; 3] {
        match self {
            EyeColour::DarkBrown => [0.055, 0.027, 0.013],
            EyeColour::Brown => [0.140, 0.075, 0.030],
            EyeColour::Hazel => [0.150, 0.115, 0.045],
            EyeColour::Green => [0.105, 0.150, 0.075],
            EyeColour::Blue => [0.105, 0.175, 0.280],
            EyeColour::Grey => [0.165, 0.190, 0.205],
        }
    }
}

/// What a made-up person must be like; none of it means anybody. Sliders are those of
/// [`Phenotype`](crate::Phenotype).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Constraints {
    /// Slider, 0 male .. 1 female.
    pub gender: Option<Span>,
    /// Years, 0..90. Left out, an adult.
    pub age_years: Option<Span>,
    /// Slider, 0 thin .. 1 heavy.
    pub weight: Option<Span>,
    /// Slider, 0 slack .. 1 very muscular.
    pub muscle: Option<Span>,
    /// Slider, 0 short .. 1 tall, for the age and gender.
    pub height: Option<Span>,
    /// Of the skin, 0 very light .. 1 very dark.
    pub tone: Option<Span>,
    pub ancestry: Option<Ancestry>,
    pub hair_colour: Option<HairColour>,
    /// Metres on top of the head.
    pub hair_length_m: Option<Span>,
    pub eye_colour: Option<EyeColour>,
}
