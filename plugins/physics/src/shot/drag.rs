//! How air drags on a body.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Drag of the air, moving or not: force ½ ρ C A |u| u along the air's velocity u against the body.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AirDrag {
    /// Drag coefficient, 0 and up: 0.04 for a streamlined body, 0.47 for a ball, about 1.05 for a cube, 1.2 for a flat plate.
    #[serde(default = "one")]
    #[schemars(range(min = 0.0, max = 100.0))]
    pub coefficient: f32,
    /// Reference area in m², above 0; the force then acts on the centre of mass. Default: the area that the shape turns
    /// towards the air, face by face, so that the air also turns the body and slows its spin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1e-8, max = 1e6))]
    pub area_m2: Option<f32>,
}

fn one() -> f32 {
    1.0
}
