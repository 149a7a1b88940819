//! The light of the surroundings and what is seen behind everything.

use bevy::ecs::component::Component;
use kinema_core::{PartReport, Property, ShotPart};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::equirect::Equirect;

/// The surroundings: they light the scene from all sides and stand behind it. The first visible one of a shot counts.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Environment {
    /// Where the light comes from.
    pub source: Source,
    /// Factor on all of its light; 1 keeps a sky physical.
    #[schemars(range(min = 0.0, max = 1000.0))]
    pub intensity: f32,
    /// What is seen of it.
    pub background: Background,
}

/// Where the light of the surroundings comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Source {
    /// A clear sky, computed from the physics of the air, in real units.
    Sky {
        /// Haze: 1 clean air, 2 very clear, 3 clear, 6 warm haze, 10 thick haze.
        #[serde(default = "clear")]
        #[schemars(range(min = 1.0, max = 10.0))]
        turbidity: f32,
        /// Height of the sun over the horizon, degrees. Low is warm; below 0 is twilight.
        #[serde(default = "afternoon")]
        #[schemars(range(min = -8.0, max = 90.0))]
        sun_elevation_deg: f32,
        /// Where the sun stands: 0 is -Z (ahead of an unrotated camera), 90 is +X.
        #[serde(default)]
        #[schemars(range(min = -360.0, max = 360.0))]
        sun_azimuth_deg: f32,
        /// Linear Rec.709 colour of the ground all around, 0 to 1.
        #[serde(default = "soil")]
        #[schemars(inner(range(min = 0.0, max = 1.0)))]
        ground_albedo: [f32; 3],
        /// Whether the sun itself is seen. It never lights through the sky: that is the part Sun.
        #[serde(default)]
        sun_disc: bool,
        /// How wide the sun is seen, degrees; the real one is 0.533.
        #[serde(default = "real_sun")]
        #[schemars(range(min = 0.1, max = 10.0))]
        sun_diameter_deg: f32,
    },
    /// An equirectangular picture, .hdr or .exr, twice as wide as high; its centre is towards -Z.
    Image {
        /// The file, relative to the shot, or in a pack.
        file: String,
        /// Turns the surroundings about +Y, degrees.
        #[serde(default)]
        #[schemars(range(min = -100_000.0, max = 100_000.0))]
        rotation_deg: f32,
        /// Luminance of the value 1.0 in the file, cd/m2.
        #[serde(default = "a_thousand_nits")]
        #[schemars(range(min = 0.0, max = 1_000_000.0))]
        nits: f32,
    },
    /// The same light from everywhere.
    Uniform {
        /// Linear Rec.709.
        #[serde(default = "white")]
        #[schemars(inner(range(min = 0.0, max = 1.0)))]
        color: [f32; 3],
        /// Luminance of the colour 1.0, cd/m2.
        #[serde(default = "a_thousand_nits")]
        #[schemars(range(min = 0.0, max = 1_000_000.0))]
        nits: f32,
    },
}

/// What is seen of the surroundings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Background {
    /// Everything, sharp.
    #[default]
    Sharp,
    /// As a rough mirror shows it, to set the subject off.
    Blurred {
        /// 0 sharp to 1 a mere gradient.
        #[serde(default = "half")]
        #[schemars(range(min = 0.0, max = 1.0))]
        roughness: f32,
    },
    /// Nothing: it lights, but the background is black.
    Hidden,
}

impl Default for Environment {
    fn default() -> Self {
        Self { source: Source::default(), intensity: 1.0, background: Background::default() }
    }
}

impl Default for Source {
    fn default() -> Self {
        Self::Sky {
            turbidity: clear(),
            sun_elevation_deg: afternoon(),
            sun_azimuth_deg: 0.0,
            ground_albedo: soil(),
            sun_disc: false,
            sun_diameter_deg: real_sun(),
        }
    }
}

fn clear() -> f32 {
    2.5
}

fn afternoon() -> f32 {
    30.0
}

fn soil() -> [f32; 3] {
    [0.2, 0.18, 0.15]
}

fn real_sun() -> f32 {
    0.533
}

fn a_thousand_nits() -> f32 {
    1000.0
}

fn white() -> [f32; 3] {
    [1.0; 3]
}

fn half() -> f32 {
    0.5
}

impl ShotPart for Environment {
    const KIND: &'static str = "Environment";

    fn properties() -> Vec<Property<Self>> {
        vec![
            Property::scalar("intensity", 0.0..=1000.0, |e: &mut Self, v| e.intensity = v),
            Property::scalar("rotation_deg", -100_000.0..=100_000.0, |e: &mut Self, v| {
                if let Source::Image { rotation_deg, .. } = &mut e.source {
                    *rotation_deg = v;
                }
            }),
            Property::scalar("sun_elevation_deg", -8.0..=90.0, |e: &mut Self, v| {
                if let Source::Sky { sun_elevation_deg, .. } = &mut e.source {
                    *sun_elevation_deg = v;
                }
            }),
            Property::scalar("sun_azimuth_deg", -360.0..=360.0, |e: &mut Self, v| {
                if let Source::Sky { sun_azimuth_deg, .. } = &mut e.source {
                    *sun_azimuth_deg = v;
                }
            }),
            Property::scalar("turbidity", 1.0..=10.0, |e: &mut Self, v| {
                if let Source::Sky { turbidity, .. } = &mut e.source {
                    *turbidity = v;
                }
            }),
        ]
    }

    fn check(&self, report: &mut PartReport<'_>) {
        if let Source::Image { file, .. } = &self.source
            && let Some(path) = report.asset("source.Image.file", file)
            && let Err(error) = Equirect::read(&path)
        {
            report.error("source.Image.file", error.to_string(), "");
        }
    }
}
