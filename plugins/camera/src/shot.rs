//! The shot part this plugin owns.

use bevy::ecs::component::Component;
use kinema_core::{PartReport, Property, ShotPart};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A camera along the part's -Z. The first active one in document order draws.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Camera {
    /// Focal length, millimetres. 24 is wide, 50 plain, 85 a portrait.
    #[schemars(range(min = 1.0, max = 2000.0))]
    pub focal_length_mm: f32,
    /// The sensor's longer side, millimetres; it belongs to the picture's longer side. Full frame is 36.
    #[schemars(range(min = 1.0, max = 200.0))]
    pub sensor_width_mm: f32,
    /// Aperture: smaller blurs more outside the focus. It does not change the exposure.
    #[schemars(range(min = 0.5, max = 64.0))]
    pub f_stop: f32,
    /// Whether what is out of focus is blurred.
    pub depth_of_field: bool,
    /// Shape of the blur.
    pub bokeh: Bokeh,
    /// Distance of the sharp plane along the view, metres. `focus_on` replaces it.
    #[schemars(range(min = 0.05, max = 100_000.0))]
    pub focus_distance_m: f32,
    /// What stays in focus.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub focus_on: Option<Aim>,
    /// What the camera turns to; replaces the part's rotation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub look_at: Option<Aim>,
    /// Turn about the view, degrees; positive leans the camera to the right, so the picture to the left.
    #[schemars(range(min = -100_000.0, max = 100_000.0))]
    pub roll_deg: f32,
    /// What is nearer is not drawn, metres. Tiny values cost depth precision.
    #[schemars(range(min = 0.001, max = 100.0))]
    pub near_m: f32,
    /// Replaces the look's exposure; higher is darker.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -16.0, max = 24.0))]
    pub ev100: Option<f32>,
    /// Whether it may draw.
    pub active: bool,
}

/// A place to look at or focus on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Aim {
    /// A part, wherever it moves.
    Part {
        /// Its id.
        id: String,
        /// From its origin, in its own space, metres. A person's origin lies between the feet.
        #[serde(default)]
        offset: [f32; 3],
    },
    /// A fixed place in the world, metres.
    Point([f32; 3]),
}

/// Shape of the blur of what is out of focus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Bokeh {
    /// Soft all over; cheaper.
    #[default]
    Gaussian,
    /// Six-sided spots, as of a lens with six blades.
    Hexagon,
}

impl Default for Camera {
    fn default() -> Self {
        Self {
            focal_length_mm: 50.0,
            sensor_width_mm: 36.0,
            f_stop: 2.8,
            depth_of_field: false,
            bokeh: Bokeh::default(),
            focus_distance_m: 3.0,
            focus_on: None,
            look_at: None,
            roll_deg: 0.0,
            near_m: 0.05,
            ev100: None,
            active: true,
        }
    }
}

impl ShotPart for Camera {
    const KIND: &'static str = "Camera";

    fn properties() -> Vec<Property<Self>> {
        vec![
            Property::scalar("focal_length_mm", 1.0..=2000.0, |c: &mut Self, v| c.focal_length_mm = v),
            Property::scalar("sensor_width_mm", 1.0..=200.0, |c: &mut Self, v| c.sensor_width_mm = v),
            Property::scalar("f_stop", 0.5..=64.0, |c: &mut Self, v| c.f_stop = v),
            Property::scalar("focus_distance_m", 0.05..=100_000.0, |c: &mut Self, v| c.focus_distance_m = v),
            Property::scalar("roll_deg", -100_000.0..=100_000.0, |c: &mut Self, v| c.roll_deg = v),
            Property::scalar("near_m", 0.001..=100.0, |c: &mut Self, v| c.near_m = v),
            Property::scalar("ev100", -16.0..=24.0, |c: &mut Self, v| c.ev100 = Some(v)),
            Property::flag("active", |c: &mut Self, v| c.active = v),
            Property::flag("depth_of_field", |c: &mut Self, v| c.depth_of_field = v),
            Property::vec3("look_at", -100_000.0..=100_000.0, |c: &mut Self, v| set_aim(&mut c.look_at, v)),
            Property::vec3("focus_on", -100_000.0..=100_000.0, |c: &mut Self, v| set_aim(&mut c.focus_on, v)),
        ]
    }

    fn check(&self, report: &mut PartReport<'_>) {
        for (field, aim) in [("look_at", &self.look_at), ("focus_on", &self.focus_on)] {
            if let Some(Aim::Part { id, .. }) = aim {
                report.part_reference(format!("{field}.Part.id"), id, &[]);
            }
        }
        if self.focus_distance_m * 1000.0 <= self.focal_length_mm {
            report.error(
                "focus_distance_m",
                format!("a lens of {} mm cannot focus at {} m", self.focal_length_mm, self.focus_distance_m),
                format!("focus farther than {} m, or take a shorter lens", self.focal_length_mm / 1000.0),
            );
        }
    }
}

/// A track moves the offset from a part, or the point itself.
fn set_aim(aim: &mut Option<Aim>, value: [f32; 3]) {
    match aim {
        Some(Aim::Part { offset, .. }) => *offset = value,
        _ => *aim = Some(Aim::Point(value)),
    }
}
