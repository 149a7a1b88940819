//! The shot part `Plate`.

use bevy::prelude::Component;
use kinema_core::{PartReport, Property, ShotPart};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::input::DepthConvention;
use crate::layers::LayerSettings;
use crate::network::shipped_model;

/// A photograph that stands in the world as the surfaces it shows: cut into layers where things hide each other, completed
/// behind them, each a mesh at its own distance. The part's place is that of the camera that took it, which looked along -z.
///
/// A camera at that place with the same angle of view sees the photograph itself. It may move sideways by about
/// `most_shift_widths` of what the nearest point's distance spans before holes can open.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plate {
    /// JPEG, PNG, Radiance HDR or OpenEXR; a path relative to the shot, or `pack:NAME/PATH`.
    pub photograph: String,
    /// How far everything in it is; guessed by the project's network, if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth: Option<PlateDepth>,
    /// A network that makes up what is behind things, such as LaMa: an `.onnx` file. The plugin's own patches, if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inpainting: Option<String>,
    /// Angle between its left and its right edge, degrees. 60 is a phone's main camera; too small makes things deep, too
    /// large flat.
    #[serde(default = "default_fov_deg")]
    #[schemars(range(min = 5.0, max = 150.0))]
    pub horizontal_fov_deg: f32,
    /// Distance of its nearest point, metres, where the depth is relative; 1.5 if left out. Depth in metres needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.01, max = 10_000.0))]
    pub nearest_m: Option<f32>,
    /// What is farther, such as the sky, stands at this distance, metres.
    #[serde(default = "default_farthest_m")]
    #[schemars(range(min = 1.0, max = 100_000.0))]
    pub farthest_m: f32,
    /// Surfaces behind each other, at most. More are complete behind more things and cost memory and time in proportion.
    #[serde(default = "default_layers")]
    #[schemars(range(min = 2, max = 6))]
    pub layers: u8,
    /// How far the nearest point may move against infinity in any view, in widths of the photograph. Larger allows wider
    /// moves, and more of what is behind things is invented.
    #[serde(default = "default_most_shift_widths")]
    #[schemars(range(min = 0.005, max = 0.3))]
    pub most_shift_widths: f32,
    /// A larger photograph is made smaller, pixels. Larger is sharper; time and memory grow with the square.
    #[serde(default = "default_longest_side_px")]
    #[schemars(range(min = 64, max = 4096))]
    pub longest_side_px: u32,
    /// Whether the shot's lights and shadows fall on it, with the photograph as colour of matt surfaces. Left out, it shines
    /// as it was exposed, and nothing but shadows and the look changes it.
    #[serde(default)]
    pub lit: bool,
    /// Whether things of the shot throw shadows on it where it is not lit: it darkens by the share of the shot's light, its
    /// surroundings included, that they keep away. `true` if left out.
    #[serde(default = "default_shadows")]
    pub shadows: bool,
    /// Whether cloth and rigid bodies fall on what it shows, as on a relief without undercuts.
    #[serde(default)]
    pub solid: bool,
    /// Brighter (positive) or darker than it was exposed, stops.
    #[serde(default)]
    #[schemars(range(min = -16.0, max = 16.0))]
    pub exposure_stops: f32,
}

/// A file of depth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlateDepth {
    /// Grey PNG of 8 or 16 bits, PFM or OpenEXR, of any size and the photograph's shape.
    pub file: String,
    /// What its numbers say; if left out, `MetricDepth` for floats (EXR, PFM) and `RelativeNearWhite`
    /// for grey pictures and for the channel Y of an EXR.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub convention: Option<DepthConvention>,
}

/// Where the nearest point of a relative depth is placed unless the part says otherwise, metres.
pub const DEFAULT_NEAREST_M: f32 = 1.5;

fn default_fov_deg() -> f32 {
    60.0
}

fn default_farthest_m() -> f32 {
    500.0
}

fn default_layers() -> u8 {
    4
}

fn default_most_shift_widths() -> f32 {
    0.08
}

fn default_longest_side_px() -> u32 {
    1920
}

fn default_shadows() -> bool {
    true
}

impl Plate {
    /// A plate of a photograph and its depth, all else as it is when left out.
    pub fn new(photograph: impl Into<String>, depth: PlateDepth) -> Self {
        Self {
            photograph: photograph.into(),
            depth: Some(depth),
            inpainting: None,
            horizontal_fov_deg: default_fov_deg(),
            nearest_m: None,
            farthest_m: default_farthest_m(),
            layers: default_layers(),
            most_shift_widths: default_most_shift_widths(),
            longest_side_px: default_longest_side_px(),
            lit: false,
            shadows: default_shadows(),
            solid: false,
            exposure_stops: 0.0,
        }
    }

    /// Focal length in widths of the photograph.
    pub fn focal_widths(&self) -> f32 {
        focal_widths(self.horizontal_fov_deg)
    }

    /// How its layers are made.
    pub fn layer_settings(&self) -> LayerSettings {
        LayerSettings {
            most_shift_widths: self.most_shift_widths,
            most_layers: usize::from(self.layers),
            ..LayerSettings::default()
        }
    }
}

/// Focal length in widths of a picture whose left and right edge are this far apart, degrees.
pub fn focal_widths(horizontal_fov_deg: f32) -> f32 {
    0.5 / (0.5 * horizontal_fov_deg.to_radians()).tan()
}

impl ShotPart for Plate {
    const KIND: &'static str = "Plate";

    fn properties() -> Vec<Property<Self>> {
        vec![Property::scalar("exposure_stops", -16.0..=16.0, |plate: &mut Plate, stops| plate.exposure_stops = stops)]
    }

    fn check(&self, report: &mut PartReport<'_>) {
        report.asset("photograph", &self.photograph);
        let Some(depth) = &self.depth else {
            if shipped_model().is_some() {
                return;
            }
            report.error(
                "depth",
                "a plate needs depth, and the network that guesses it from the photograph is not here",
                "write `depth: (file: \"depth.png\")`, a picture of the same shape in which near is white, or an EXR in metres",
            );
            return;
        };
        report.asset("depth.file", &depth.file);
        let convention = depth.convention.unwrap_or_else(|| DepthConvention::usual_of(depth.file.as_ref(), ""));
        if convention.is_metric() && self.nearest_m.is_some() {
            report.error(
                "nearest_m",
                format!("the depth is in metres ({}) and says itself where the nearest point is", convention.name()),
                "leave it out, or scale the part",
            );
        }
        let nearest_m = self.nearest_m.unwrap_or(DEFAULT_NEAREST_M);
        if !convention.is_metric() && nearest_m >= self.farthest_m {
            report.error(
                "farthest_m",
                format!("everything would be nearer than {} m and farther than {nearest_m} m", self.farthest_m),
                "raise it, or lower `nearest_m`",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use bevy::app::App;
    use kinema_core::{Format, PartRegistry, parse_shot};

    use crate::ParallaxPlugin;
    use crate::network::shipped_model;

    fn found(folder: &Path, part: &str) -> Vec<String> {
        let mut app = App::new();
        app.add_plugins(ParallaxPlugin);
        let text = format!(
            "(schema: 1, timeline: (rate: \"24/1\", frames: 1), output: (width: 16, height: 9), parts: [(id: \"p\", part: {part})])"
        );
        let registry = app.world().resource::<PartRegistry>();
        match parse_shot(text.as_bytes(), &folder.join("t.shot.ron"), Format::Ron, registry) {
            Ok(_) => Vec::new(),
            Err(found) => found.0.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn a_plate_says_what_it_lacks() {
        let folder = tempfile::tempdir().unwrap();
        for file in ["a.png", "d.png", "d.exr"] {
            std::fs::write(folder.path().join(file), "x").unwrap();
        }
        let of = |part: &str| found(folder.path(), part).join("\n");
        assert_eq!(of(r#"Plate(photograph: "a.png", depth: (file: "d.png"))"#), "");
        assert_eq!(of(r#"Plate(photograph: "a.png", depth: Some((file: "d.exr")), lit: true)"#), "");
        let without = of(r#"Plate(photograph: "a.png")"#);
        assert!(if shipped_model().is_some() { without.is_empty() } else { without.contains("near is white") });
        let text = of(r#"Plate(photograph: "b.png", depth: (file: "d.png"))"#);
        assert!(text.contains("no file `b.png`") && text.contains("did you mean `a.png`"), "{text}");
        let text = of(r#"Plate(photograph: "a.png", depth: (file: "d.exr"), nearest_m: 2)"#);
        assert!(text.contains("MetricDepth") && text.contains("leave it out"), "{text}");
        let text = of(r#"Plate(photograph: "a.png", depth: (file: "d.png"), nearest_m: 20, farthest_m: 10)"#);
        assert!(text.contains("farthest_m"), "{text}");
        let text = of(r#"Plate(photograph: "a.png", depth: (file: "d.png"), layers: 9)"#);
        assert!(text.contains("layers"), "{text}");
    }
}
