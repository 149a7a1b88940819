//! The shot part `Joint`: two rigid bodies that cannot move freely against each other.

use bevy::prelude::Component;
use kinema_core::{PartReport, Property, ShotPart};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A joint between two `Rigid` parts. The part's own transform is not used: anchors are given in the space
/// of each body, before the part's scale.
#[derive(Component, Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Joint {
    /// Id of the first `Rigid`.
    pub body_a: String,
    /// Id of the second `Rigid`. At least one of the two is dynamic.
    pub body_b: String,
    /// What the joint allows.
    pub kind: JointKind,
    /// Where the joint holds the first body, metres, in its space. Both anchors meet at frame 0, except for
    /// `Rope` and `Spring`; bodies placed otherwise are pulled together.
    #[serde(default)]
    #[schemars(inner(range(min = -10_000.0, max = 10_000.0)))]
    pub anchor_a_m: [f32; 3],
    /// Where the joint holds the second body, metres, in its space.
    #[serde(default)]
    #[schemars(inner(range(min = -10_000.0, max = 10_000.0)))]
    pub anchor_b_m: [f32; 3],
    /// The two bodies also collide with each other.
    #[serde(default)]
    pub contacts: bool,
    /// Force in N, above 0, at which the joint breaks for good: what it carries at the end of a step, with its limits and
    /// motor. Default: it never breaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1e-6, max = 1e12))]
    pub break_force_n: Option<f32>,
    /// Torque in N·m, above 0, at which the joint breaks for good. Default: it never breaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1e-6, max = 1e12))]
    pub break_torque_n_m: Option<f32>,
}

/// What a joint allows. Directions are those of frame 0, where every angle is 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum JointKind {
    /// Nothing: the bodies stay to each other as they are at frame 0, whatever the anchors.
    Fixed,
    /// A hinge: turning about one axis.
    Revolute {
        /// The axis in the space of the first body; any length but 0.
        #[schemars(inner(range(min = -1e6, max = 1e6)))]
        axis: [f32; 3],
        /// Lowest and highest angle in degrees, within -180 to 180.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(inner(range(min = -180.0, max = 180.0)))]
        limits_deg: Option<[f32; 2]>,
        /// A motor that turns it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        motor: Option<AngularMotor>,
    },
    /// A rail: sliding along one axis.
    Prismatic {
        /// The axis in the space of the first body; any length but 0.
        #[schemars(inner(range(min = -1e6, max = 1e6)))]
        axis: [f32; 3],
        /// Lowest and highest offset in metres.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(inner(range(min = -10_000.0, max = 10_000.0)))]
        limits_m: Option<[f32; 2]>,
        /// A motor that pushes it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        motor: Option<LinearMotor>,
    },
    /// A ball and socket: turning every way.
    Ball,
    /// A ball and socket that turns only so far, like a shoulder.
    ConeTwist {
        /// The axis in the space of the first body; any length but 0.
        #[schemars(inner(range(min = -1e6, max = 1e6)))]
        axis: [f32; 3],
        /// How far the axis swings away from where it is at frame 0, in degrees about either direction across it, 0 to 120.
        #[schemars(range(min = 0.0, max = 120.0))]
        swing_deg: f32,
        /// How far it twists about the axis, degrees to either side, 0 to 180.
        #[schemars(range(min = 0.0, max = 180.0))]
        twist_deg: f32,
    },
    /// The anchors come at most this far apart.
    Rope {
        /// Metres, above 0.
        #[schemars(range(min = 1e-4, max = 10_000.0))]
        length_m: f32,
    },
    /// The anchors are pulled and pushed towards a distance.
    Spring {
        /// Distance in metres at which there is no force, 0 and up.
        #[schemars(range(min = 0.0, max = 10_000.0))]
        rest_length_m: f32,
        /// Force per metre of change, N/m, above 0.
        #[schemars(range(min = 1e-6, max = 1e9))]
        stiffness_n_m: f32,
        /// Force per speed of change, N·s/m, 0 and up.
        #[serde(default)]
        #[schemars(range(min = 0.0, max = 1e9))]
        damping_n_s_m: f32,
    },
}

/// A motor of a hinge.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum AngularMotor {
    /// Turns at a speed.
    Speed {
        /// Radians per second.
        #[schemars(range(min = -1000.0, max = 1000.0))]
        target_rad_s: f32,
        /// Strongest torque in N·m, above 0. Default: no limit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(range(min = 1e-6, max = 1e12))]
        max_torque_n_m: Option<f32>,
    },
    /// Turns to an angle like a damped spring.
    Servo {
        /// Degrees, within -180 to 180.
        #[schemars(range(min = -180.0, max = 180.0))]
        target_deg: f32,
        /// Natural frequency in Hz, above 0; higher is stiffer.
        #[schemars(range(min = 0.01, max = 100.0))]
        frequency_hz: f32,
        /// 1 arrives without overshoot, less swings.
        #[serde(default = "critical")]
        #[schemars(range(min = 0.0, max = 100.0))]
        damping_ratio: f32,
        /// Strongest torque in N·m, above 0. Default: no limit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(range(min = 1e-6, max = 1e12))]
        max_torque_n_m: Option<f32>,
    },
}

/// A motor of a rail.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum LinearMotor {
    /// Moves at a speed.
    Speed {
        /// Metres per second.
        #[schemars(range(min = -400.0, max = 400.0))]
        target_m_s: f32,
        /// Strongest force in N, above 0. Default: no limit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(range(min = 1e-6, max = 1e12))]
        max_force_n: Option<f32>,
    },
    /// Moves to an offset like a damped spring.
    Servo {
        /// Metres.
        #[schemars(range(min = -10_000.0, max = 10_000.0))]
        target_m: f32,
        /// Natural frequency in Hz, above 0; higher is stiffer.
        #[schemars(range(min = 0.01, max = 100.0))]
        frequency_hz: f32,
        /// 1 arrives without overshoot, less swings.
        #[serde(default = "critical")]
        #[schemars(range(min = 0.0, max = 100.0))]
        damping_ratio: f32,
        /// Strongest force in N, above 0. Default: no limit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(range(min = 1e-6, max = 1e12))]
        max_force_n: Option<f32>,
    },
}

/// The place of `motor/target` in the properties of a [`Joint`].
pub(crate) const MOTOR_TARGET: usize = 0;

impl Joint {
    /// Sets the target of the motor in its own unit. Does nothing without a motor.
    pub fn set_motor_target(&mut self, target: f32) {
        match &mut self.kind {
            JointKind::Revolute { motor: Some(motor), .. } => match motor {
                AngularMotor::Speed { target_rad_s, .. } => *target_rad_s = target,
                AngularMotor::Servo { target_deg, .. } => *target_deg = target.clamp(-180.0, 180.0),
            },
            JointKind::Prismatic { motor: Some(motor), .. } => match motor {
                LinearMotor::Speed { target_m_s, .. } => *target_m_s = target,
                LinearMotor::Servo { target_m, .. } => *target_m = target,
            },
            _ => {}
        }
    }

    /// Whether it has a motor.
    pub fn has_motor(&self) -> bool {
        matches!(self.kind, JointKind::Revolute { motor: Some(_), .. } | JointKind::Prismatic { motor: Some(_), .. })
    }
}

fn critical() -> f32 {
    1.0
}

impl ShotPart for Joint {
    const KIND: &'static str = "Joint";

    /// `motor/target` is the target of the motor, whatever its kind: degrees, rad/s, metres or m/s.
    fn properties() -> Vec<Property<Self>> {
        vec![Property::scalar("motor/target", -10_000.0..=10_000.0, Joint::set_motor_target)]
    }

    fn check(&self, report: &mut PartReport<'_>) {
        report.part_reference("body_a", &self.body_a, &["Rigid"]);
        report.part_reference("body_b", &self.body_b, &["Rigid"]);
        if self.body_a == self.body_b {
            report.error("body_b", "a joint cannot hold a body to itself", "name two different Rigid parts");
        }
        match &self.kind {
            JointKind::Revolute { axis, limits_deg, .. } => {
                check_axis(report, "kind.Revolute.axis", *axis);
                check_limits(report, "kind.Revolute.limits_deg", *limits_deg);
            }
            JointKind::Prismatic { axis, limits_m, .. } => {
                check_axis(report, "kind.Prismatic.axis", *axis);
                check_limits(report, "kind.Prismatic.limits_m", *limits_m);
            }
            JointKind::ConeTwist { axis, .. } => check_axis(report, "kind.ConeTwist.axis", *axis),
            JointKind::Fixed | JointKind::Ball | JointKind::Rope { .. } | JointKind::Spring { .. } => {}
        }
    }
}

fn check_axis(report: &mut PartReport<'_>, field: &str, axis: [f32; 3]) {
    if axis.iter().all(|component| component.abs() < 1e-6) {
        report.error(field, "the axis has no direction", "give a direction such as (0.0, 1.0, 0.0)");
    }
}

fn check_limits(report: &mut PartReport<'_>, field: &str, limits: Option<[f32; 2]>) {
    if let Some([low, high]) = limits
        && low > high
    {
        report.error(field, format!("the lower limit {low} is above the upper limit {high}"), "swap the two");
    }
}
