//! The shot part `Joint`: two rigid bodies that cannot move freely against each other.

use bevy::prelude::Component;
use kinema_core::{PartReport, ShotPart};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::shot::MAX_LENGTH_M;

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
    pub anchor_a_m: [f32; 3],
    /// Where the joint holds the second body, metres, in its space.
    #[serde(default)]
    pub anchor_b_m: [f32; 3],
    /// The two bodies also collide with each other.
    #[serde(default)]
    pub contacts: bool,
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
        axis: [f32; 3],
        /// Lowest and highest angle in degrees, within -180 to 180.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limits_deg: Option<[f32; 2]>,
        /// A motor that turns it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        motor: Option<AngularMotor>,
    },
    /// A rail: sliding along one axis.
    Prismatic {
        /// The axis in the space of the first body; any length but 0.
        axis: [f32; 3],
        /// Lowest and highest offset in metres.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limits_m: Option<[f32; 2]>,
        /// A motor that pushes it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        motor: Option<LinearMotor>,
    },
    /// A ball and socket: turning every way.
    Ball,
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
        #[schemars(range(min = 0.0, max = 1e9))]
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
        max_force_n: Option<f32>,
    },
}

fn critical() -> f32 {
    1.0
}

impl ShotPart for Joint {
    const KIND: &'static str = "Joint";

    fn check(&self, report: &mut PartReport<'_>) {
        report.part_reference("body_a", &self.body_a, &["Rigid"]);
        report.part_reference("body_b", &self.body_b, &["Rigid"]);
        if self.body_a == self.body_b {
            report.error("body_b", "a joint cannot hold a body to itself", "name two different Rigid parts");
        }
        for (field, anchor) in [("anchor_a_m", self.anchor_a_m), ("anchor_b_m", self.anchor_b_m)] {
            within(report, field, &anchor, -MAX_LENGTH_M, MAX_LENGTH_M);
        }
        match &self.kind {
            JointKind::Fixed | JointKind::Ball => {}
            JointKind::Revolute { axis, limits_deg, motor } => {
                check_axis(report, "kind.Revolute.axis", *axis);
                check_limits(report, "kind.Revolute.limits_deg", *limits_deg, 180.0);
                check_angular_motor(report, *motor);
            }
            JointKind::Prismatic { axis, limits_m, motor } => {
                check_axis(report, "kind.Prismatic.axis", *axis);
                check_limits(report, "kind.Prismatic.limits_m", *limits_m, MAX_LENGTH_M);
                check_linear_motor(report, *motor);
            }
            JointKind::Rope { length_m } => within(report, "kind.Rope.length_m", &[*length_m], 1e-4, MAX_LENGTH_M),
            JointKind::Spring { rest_length_m, stiffness_n_m, damping_n_s_m } => {
                within(report, "kind.Spring.rest_length_m", &[*rest_length_m], 0.0, MAX_LENGTH_M);
                within(report, "kind.Spring.stiffness_n_m", &[*stiffness_n_m], f32::MIN_POSITIVE, 1e9);
                within(report, "kind.Spring.damping_n_s_m", &[*damping_n_s_m], 0.0, 1e9);
            }
        }
    }
}

fn within(report: &mut PartReport<'_>, field: &str, values: &[f32], low: f32, high: f32) {
    // Positive form, so that NaN fails it.
    if !values.iter().all(|value| low <= *value && *value <= high) {
        report.error(field, &format!("{values:?} is not within {low} to {high}"), "choose a value inside the range");
    }
}

fn check_axis(report: &mut PartReport<'_>, field: &str, axis: [f32; 3]) {
    within(report, field, &axis, -1e6, 1e6);
    if axis.iter().all(|component| component.abs() < 1e-6) {
        report.error(field, "the axis has no direction", "give a direction such as (0.0, 1.0, 0.0)");
    }
}

fn check_limits(report: &mut PartReport<'_>, field: &str, limits: Option<[f32; 2]>, bound: f32) {
    let Some(limits) = limits else {
        return;
    };
    within(report, field, &limits, -bound, bound);
    let [low, high] = limits;
    if low > high {
        report.error(field, &format!("the lower limit {low} is above the upper limit {high}"), "swap the two");
    }
}

fn check_angular_motor(report: &mut PartReport<'_>, motor: Option<AngularMotor>) {
    let max_torque_n_m = match motor {
        None => return,
        Some(AngularMotor::Speed { target_rad_s, max_torque_n_m }) => {
            within(report, "kind.Revolute.motor.Speed.target_rad_s", &[target_rad_s], -1000.0, 1000.0);
            max_torque_n_m
        }
        Some(AngularMotor::Servo { target_deg, frequency_hz, damping_ratio, max_torque_n_m }) => {
            within(report, "kind.Revolute.motor.Servo.target_deg", &[target_deg], -180.0, 180.0);
            within(report, "kind.Revolute.motor.Servo.frequency_hz", &[frequency_hz], 0.01, 100.0);
            within(report, "kind.Revolute.motor.Servo.damping_ratio", &[damping_ratio], 0.0, 100.0);
            max_torque_n_m
        }
    };
    if let Some(max_torque_n_m) = max_torque_n_m {
        within(report, "kind.Revolute.motor", &[max_torque_n_m], f32::MIN_POSITIVE, 1e12);
    }
}

fn check_linear_motor(report: &mut PartReport<'_>, motor: Option<LinearMotor>) {
    let max_force_n = match motor {
        None => return,
        Some(LinearMotor::Speed { target_m_s, max_force_n }) => {
            within(report, "kind.Prismatic.motor.Speed.target_m_s", &[target_m_s], -400.0, 400.0);
            max_force_n
        }
        Some(LinearMotor::Servo { target_m, frequency_hz, damping_ratio, max_force_n }) => {
            within(report, "kind.Prismatic.motor.Servo.target_m", &[target_m], -MAX_LENGTH_M, MAX_LENGTH_M);
            within(report, "kind.Prismatic.motor.Servo.frequency_hz", &[frequency_hz], 0.01, 100.0);
            within(report, "kind.Prismatic.motor.Servo.damping_ratio", &[damping_ratio], 0.0, 100.0);
            max_force_n
        }
    };
    if let Some(max_force_n) = max_force_n {
        within(report, "kind.Prismatic.motor", &[max_force_n], f32::MIN_POSITIVE, 1e12);
    }
}
