//! The picture that drawing hands to exporting.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An output of the renderer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Aov {
    /// Display-referred colour after tone mapping: `Rgba8Srgb` (sRGB-encoded) or `Rgba16Float`
    /// (display-linear, for 16-bit PNG).
    #[serde(rename = "display")]
    Display,
    /// Scene-linear Rec.709 colour before tone mapping, `Rgba16Float`.
    #[serde(rename = "beauty")]
    Beauty,
    /// Metres along the view axis, `R32Float`; +infinity where there is nothing.
    #[serde(rename = "depth")]
    Depth,
    /// World-space unit normal in xyz, `Rgba16Float`; 0 where there is nothing.
    #[serde(rename = "normal")]
    Normal,
    /// Pixels from the previous to the current position, x right, y down, `Rg32Float`.
    #[serde(rename = "motion")]
    Motion,
    /// Linear base colour, `Rgba8Unorm`.
    #[serde(rename = "albedo")]
    Albedo,
    /// The 1-based [`PartIndex`](crate::PartIndex), exact, `R32Uint`; 0 where there is nothing.
    #[serde(rename = "id")]
    PartId,
}

impl Aov {
    /// Every AOV, in the order in which files list them.
    pub const ALL: [Aov; 7] =
        [Aov::Display, Aov::Beauty, Aov::Depth, Aov::Normal, Aov::Motion, Aov::Albedo, Aov::PartId];

    /// The name used in commands, file names and manifests.
    pub fn name(self) -> &'static str {
        match self {
            Aov::Display => "display",
            Aov::Beauty => "beauty",
            Aov::Depth => "depth",
            Aov::Normal => "normal",
            Aov::Motion => "motion",
            Aov::Albedo => "albedo",
            Aov::PartId => "id",
        }
    }
}

impl fmt::Display for Aov {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The name is not that of an AOV.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no AOV `{0}`; choose from display, beauty, depth, normal, motion, albedo, id")]
pub struct UnknownAov(pub String);

impl FromStr for Aov {
    type Err = UnknownAov;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Aov::ALL.into_iter().find(|aov| aov.name() == name).ok_or_else(|| UnknownAov(name.to_owned()))
    }
}

/// How the bytes of one pixel are laid out, little endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PixelFormat {
    /// Four bytes, colour sRGB-encoded, alpha linear.
    Rgba8Srgb,
    /// Four bytes, each linear in 0..=1.
    Rgba8Unorm,
    /// Four halves.
    Rgba16Float,
    /// Four floats.
    Rgba32Float,
    /// One float.
    R32Float,
    /// Two floats.
    Rg32Float,
    /// One unsigned 32-bit integer.
    R32Uint,
}

impl PixelFormat {
    /// Bytes of one pixel.
    pub fn bytes_per_pixel(self) -> usize {
        match self {
            PixelFormat::Rgba8Srgb | PixelFormat::Rgba8Unorm => 4,
            PixelFormat::Rgba16Float | PixelFormat::Rg32Float => 8,
            PixelFormat::Rgba32Float => 16,
            PixelFormat::R32Float | PixelFormat::R32Uint => 4,
        }
    }
}

/// One AOV of one frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    /// What it shows.
    pub aov: Aov,
    /// How its pixels are stored.
    pub format: PixelFormat,
    /// Pixels per row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Tight rows, the top one first; `width * height * bytes_per_pixel` bytes.
    pub data: Vec<u8>,
}

impl Plane {
    /// How many bytes `data` must hold.
    pub fn expected_len(&self) -> usize {
        self.width as usize * self.height as usize * self.format.bytes_per_pixel()
    }
}

/// All requested AOVs of one frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// The frame, 0 being the shot's first.
    pub frame: i64,
    /// One plane per requested AOV.
    pub planes: Vec<Plane>,
}

impl Picture {
    /// The plane of `aov`, if it was requested.
    pub fn plane(&self, aov: Aov) -> Option<&Plane> {
        self.planes.iter().find(|plane| plane.aov == aov)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_agree_with_serde() {
        for aov in Aov::ALL {
            assert_eq!(aov.name().parse(), Ok(aov));
            assert_eq!(serde_json::to_value(aov).ok(), Some(aov.name().into()));
            assert!(UnknownAov(String::new()).to_string().contains(aov.name()));
        }
        assert_eq!(
            "colour".parse::<Aov>().map_err(|e| e.to_string()),
            Err("there is no AOV `colour`; choose from display, beauty, depth, normal, motion, albedo, id".into())
        );
    }
}
