//! The shot part `PhysicsMaterial`: what touching bodies do to each other.

use bevy::prelude::Component;
use kinema_core::{PartReport, ShotPart};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A named material: bodies name its id. Its place is not used.
#[derive(Component, Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PhysicsMaterial {
    /// Coulomb friction coefficient, 0 (ice) and up.
    #[serde(default = "default_friction")]
    #[schemars(range(min = 0.0, max = 10.0))]
    pub friction: f32,
    /// Part of the speed that is kept in a bounce, 0 (clay) to 1 (no loss).
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub restitution: f32,
    /// How the friction of two touching bodies becomes one number.
    #[serde(default)]
    pub friction_rule: CombineRule,
    /// The same for the bounce.
    #[serde(default)]
    pub restitution_rule: CombineRule,
    /// What holds against certain materials, whatever the rules say and whatever a body sets for itself. It is enough to write
    /// it at one of the two; material against itself may be written too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256))]
    pub pairs: Vec<MaterialPair>,
}

/// Two materials that were measured against each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MaterialPair {
    /// Id of the other `PhysicsMaterial`.
    pub with: String,
    /// Coulomb friction coefficient between the two, 0 and up.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub friction: f32,
    /// Part of the speed that is kept in a bounce between the two, 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub restitution: f32,
}

/// How two numbers become one. Of two different rules the one further down counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum CombineRule {
    /// Half of the sum.
    #[default]
    Mean,
    /// The smaller: slippery wins.
    Min,
    /// The product: both must be high.
    Product,
    /// The larger: sticky wins.
    Max,
    /// The square root of the product.
    GeometricMean,
}

fn default_friction() -> f32 {
    0.5
}

impl Default for PhysicsMaterial {
    fn default() -> Self {
        Self {
            friction: default_friction(),
            restitution: 0.0,
            friction_rule: CombineRule::default(),
            restitution_rule: CombineRule::default(),
            pairs: Vec::new(),
        }
    }
}

impl ShotPart for PhysicsMaterial {
    const KIND: &'static str = "PhysicsMaterial";

    fn check(&self, report: &mut PartReport<'_>) {
        for (index, pair) in self.pairs.iter().enumerate() {
            let field = format!("pairs[{index}].with");
            if pair.with != report.part_id() {
                report.part_reference(&field, &pair.with, &[Self::KIND]);
            }
            if self.pairs.iter().take(index).any(|other| other.with == pair.with) {
                report.error(&field, format!("`{}` is named twice", pair.with), "keep one of the two");
            }
        }
    }
}
