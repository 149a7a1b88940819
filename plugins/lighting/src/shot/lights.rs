//! Lamps and the sun.

use bevy::ecs::component::Component;
use kinema_core::{PartReport, Property, ShotPart};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Direct sunlight: parallel rays over the whole set. By default it matches the sky of the part Environment.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Sun {
    /// Takes what is not given here from the shot's Environment, if that is a Sky: direction, and strength and colour
    /// through its air.
    pub match_environment: bool,
    /// Illuminance on a surface facing the sun, lux. Noon 100000, golden hour 10000.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 200_000.0))]
    pub illuminance_lux: Option<f32>,
    /// Linear Rec.709 chromaticity; its brightness does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(inner(range(min = 0.0, max = 1.0)))]
    pub color: Option<[f32; 3]>,
    /// Height over the horizon, degrees. Without it and without a sky to match, the light falls along the part's -Z.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -8.0, max = 90.0))]
    pub elevation_deg: Option<f32>,
    /// 0 is -Z (ahead of an unrotated camera), 90 is +X.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -360.0, max = 360.0))]
    pub azimuth_deg: Option<f32>,
    /// Whether things cast shadows in it.
    pub shadows: bool,
    /// How far from the camera shadows reach, metres. Farther means coarser.
    #[schemars(range(min = 1.0, max = 1000.0))]
    pub shadow_distance_m: f32,
    /// Shadow maps, from near and fine to far and coarse. Each draws the casters once more.
    #[schemars(range(min = 1, max = 4))]
    pub shadow_cascades: u32,
    /// Side of a shadow map, texels, a power of two. The largest of all suns counts.
    #[schemars(range(min = 256, max = 8192))]
    pub shadow_map_px: u32,
}

impl Default for Sun {
    fn default() -> Self {
        Self {
            match_environment: true,
            illuminance_lux: None,
            color: None,
            elevation_deg: None,
            azimuth_deg: None,
            shadows: true,
            shadow_distance_m: 25.0,
            shadow_cascades: 2,
            shadow_map_px: 2048,
        }
    }
}

impl ShotPart for Sun {
    const KIND: &'static str = "Sun";

    fn properties() -> Vec<Property<Self>> {
        vec![
            Property::scalar("illuminance_lux", 0.0..=200_000.0, |s: &mut Self, v| s.illuminance_lux = Some(v)),
            Property::scalar("elevation_deg", -8.0..=90.0, |s: &mut Self, v| s.elevation_deg = Some(v)),
            Property::scalar("azimuth_deg", -360.0..=360.0, |s: &mut Self, v| s.azimuth_deg = Some(v)),
            Property::vec3("color", 0.0..=1.0, |s: &mut Self, v| s.color = Some(v)),
        ]
    }

    fn check(&self, report: &mut PartReport<'_>) {
        if !self.match_environment && self.illuminance_lux.is_none() {
            report.error(
                "illuminance_lux",
                "a sun that does not match the environment has no strength",
                "give illuminance_lux, such as 20000, or set match_environment to true",
            );
        }
        if !self.shadow_map_px.is_power_of_two() {
            let near = self.shadow_map_px.next_power_of_two();
            report.error(
                "shadow_map_px",
                format!("{} is not a power of two", self.shadow_map_px),
                format!("use {near}"),
            );
        }
    }
}

/// A softbox: a rectangle in the part's XY plane that shines along its -Z.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AreaLight {
    /// Width and height, metres.
    #[schemars(inner(range(min = 0.01, max = 100.0)))]
    pub size_m: [f32; 2],
    /// Luminous power, lumens. A bright softbox gives 20000.
    #[schemars(range(min = 0.0, max = 100_000_000.0))]
    pub power_lm: f32,
    /// Luminance of the surface, cd/m2; replaces `power_lm` when given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1_000_000_000.0))]
    pub nits: Option<f32>,
    /// Colour temperature, kelvin; 6500 is white.
    #[schemars(range(min = 1000.0, max = 25_000.0))]
    pub temperature_k: f32,
    /// Linear Rec.709 chromaticity; replaces `temperature_k` when given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(inner(range(min = 0.0, max = 1.0)))]
    pub color: Option<[f32; 3]>,
    /// Whether things cast shadows in it. The rectangle is then shone by four lamps with a shadow map each: soft, and
    /// dearer; highlights lose the rectangle's shape.
    pub shadows: bool,
    /// Where the light ends, metres.
    #[schemars(range(min = 0.1, max = 1000.0))]
    pub range_m: f32,
}

impl Default for AreaLight {
    fn default() -> Self {
        Self {
            size_m: [1.0, 1.0],
            power_lm: 20_000.0,
            nits: None,
            temperature_k: 6500.0,
            color: None,
            shadows: false,
            range_m: 20.0,
        }
    }
}

impl AreaLight {
    /// Luminous power, lumens; a Lambertian surface of luminance L and area A gives pi L A.
    pub fn lumens(&self) -> f32 {
        let area_m2 = self.size_m[0] * self.size_m[1];
        self.nits.map_or(self.power_lm, |nits| std::f32::consts::PI * nits * area_m2)
    }
}

impl ShotPart for AreaLight {
    const KIND: &'static str = "AreaLight";

    fn properties() -> Vec<Property<Self>> {
        vec![
            Property::scalar("power_lm", 0.0..=100_000_000.0, |l: &mut Self, v| l.power_lm = v),
            Property::scalar("nits", 0.0..=1_000_000_000.0, |l: &mut Self, v| l.nits = Some(v)),
            Property::scalar("temperature_k", 1000.0..=25_000.0, |l: &mut Self, v| l.temperature_k = v),
            Property::vec3("color", 0.0..=1.0, |l: &mut Self, v| l.color = Some(v)),
        ]
    }
}

/// A spotlight along the part's -Z.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SpotLight {
    /// Luminous intensity in the middle of the cone, candela; lux at one metre.
    #[schemars(range(min = 0.0, max = 100_000_000.0))]
    pub candela: f32,
    /// Full angle of the cone, degrees.
    #[schemars(range(min = 1.0, max = 160.0))]
    pub cone_deg: f32,
    /// Share of the cone over which it fades: 0 a hard edge, 1 from the middle on.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub softness: f32,
    /// Radius of the lamp, metres; widens highlights.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub radius_m: f32,
    /// Colour temperature, kelvin; 6500 is white.
    #[schemars(range(min = 1000.0, max = 25_000.0))]
    pub temperature_k: f32,
    /// Linear Rec.709 chromaticity; replaces `temperature_k` when given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(inner(range(min = 0.0, max = 1.0)))]
    pub color: Option<[f32; 3]>,
    /// Whether things cast shadows in it.
    pub shadows: bool,
    /// Where the light ends, metres.
    #[schemars(range(min = 0.1, max = 1000.0))]
    pub range_m: f32,
}

impl Default for SpotLight {
    fn default() -> Self {
        Self {
            candela: 10_000.0,
            cone_deg: 60.0,
            softness: 0.4,
            radius_m: 0.05,
            temperature_k: 6500.0,
            color: None,
            shadows: true,
            range_m: 30.0,
        }
    }
}

impl ShotPart for SpotLight {
    const KIND: &'static str = "SpotLight";

    fn properties() -> Vec<Property<Self>> {
        vec![
            Property::scalar("candela", 0.0..=100_000_000.0, |l: &mut Self, v| l.candela = v),
            Property::scalar("cone_deg", 1.0..=160.0, |l: &mut Self, v| l.cone_deg = v),
            Property::scalar("temperature_k", 1000.0..=25_000.0, |l: &mut Self, v| l.temperature_k = v),
            Property::vec3("color", 0.0..=1.0, |l: &mut Self, v| l.color = Some(v)),
        ]
    }
}

/// A bulb: light in all directions.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PointLight {
    /// Luminous power, lumens. A household bulb gives 800.
    #[schemars(range(min = 0.0, max = 100_000_000.0))]
    pub power_lm: f32,
    /// Radius of the bulb, metres; widens highlights.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub radius_m: f32,
    /// Colour temperature, kelvin; 6500 is white.
    #[schemars(range(min = 1000.0, max = 25_000.0))]
    pub temperature_k: f32,
    /// Linear Rec.709 chromaticity; replaces `temperature_k` when given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(inner(range(min = 0.0, max = 1.0)))]
    pub color: Option<[f32; 3]>,
    /// Whether things cast shadows in it: six maps, the dearest kind.
    pub shadows: bool,
    /// Where the light ends, metres.
    #[schemars(range(min = 0.1, max = 1000.0))]
    pub range_m: f32,
}

impl Default for PointLight {
    fn default() -> Self {
        Self { power_lm: 800.0, radius_m: 0.03, temperature_k: 2700.0, color: None, shadows: false, range_m: 20.0 }
    }
}

impl ShotPart for PointLight {
    const KIND: &'static str = "PointLight";

    fn properties() -> Vec<Property<Self>> {
        vec![
            Property::scalar("power_lm", 0.0..=100_000_000.0, |l: &mut Self, v| l.power_lm = v),
            Property::scalar("temperature_k", 1000.0..=25_000.0, |l: &mut Self, v| l.temperature_k = v),
            Property::vec3("color", 0.0..=1.0, |l: &mut Self, v| l.color = Some(v)),
        ]
    }
}
