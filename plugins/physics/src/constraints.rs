//! From the joints of a shot to the joints of the dynamics engine.

use rapier3d::prelude::{
    GenericJoint, GenericJointBuilder, JointAxesMask, JointAxis, MotorModel, Pose, Rotation, Vector,
};

use crate::joint::{AngularMotor, Joint, JointKind, LinearMotor};

/// Strength of motors that hold a speed, 1/s: how fast the error in speed is removed. It is solved
/// implicitly, so that a high value is exact rather than unstable.
const SPEED_GAIN_PER_S: f32 = 1000.0;

/// A body as a joint sees it at frame 0.
pub struct JointEnd {
    /// Pose in the world.
    pub world_from_body: Pose,
    /// Scale of the part, which anchors follow.
    pub scale: [f32; 3],
}

/// Builds the constraint of `joint` between `a` and `b`. The joint's x axis is its free axis; both local
/// frames coincide in rotation at frame 0.
pub fn constraint(joint: &Joint, a: &JointEnd, b: &JointEnd) -> GenericJoint {
    let axis = match &joint.kind {
        JointKind::Revolute { axis, .. } | JointKind::Prismatic { axis, .. } | JointKind::ConeTwist { axis, .. } => {
            Vector::from_array(*axis).normalize_or(Vector::X)
        }
        _ => Vector::X,
    };
    let a_from_joint = Rotation::from_rotation_arc(Vector::X, axis);
    let b_from_joint = b.world_from_body.rotation.inverse() * a.world_from_body.rotation * a_from_joint;
    let anchor = |local: [f32; 3], end: &JointEnd| Vector::from_array(local) * Vector::from_array(end.scale);
    let anchor_a = anchor(joint.anchor_a_m, a);
    let anchor_b = match joint.kind {
        // A weld holds the bodies as they are placed, wherever that is.
        JointKind::Fixed => b.world_from_body.inverse_transform_point(a.world_from_body.transform_point(anchor_a)),
        _ => anchor(joint.anchor_b_m, b),
    };
    let builder = GenericJointBuilder::new(locked_axes(&joint.kind))
        .coupled_axes(coupled_axes(&joint.kind))
        .local_frame1(Pose::from_parts(anchor_a, a_from_joint))
        .local_frame2(Pose::from_parts(anchor_b, b_from_joint.normalize()))
        .contacts_enabled(joint.contacts);
    limits_and_motor(builder, &joint.kind).build()
}

fn locked_axes(kind: &JointKind) -> JointAxesMask {
    match kind {
        JointKind::Fixed => JointAxesMask::LOCKED_FIXED_AXES,
        JointKind::Revolute { .. } => JointAxesMask::LOCKED_REVOLUTE_AXES,
        JointKind::Prismatic { .. } => JointAxesMask::LOCKED_PRISMATIC_AXES,
        JointKind::Ball | JointKind::ConeTwist { .. } => JointAxesMask::LOCKED_SPHERICAL_AXES,
        JointKind::Rope { .. } | JointKind::Spring { .. } => JointAxesMask::empty(),
    }
}

/// Ropes and springs act on the distance, which is all three directions together.
fn coupled_axes(kind: &JointKind) -> JointAxesMask {
    match kind {
        JointKind::Rope { .. } | JointKind::Spring { .. } => JointAxesMask::LIN_AXES,
        _ => JointAxesMask::empty(),
    }
}

fn limits_and_motor(builder: GenericJointBuilder, kind: &JointKind) -> GenericJointBuilder {
    match kind {
        JointKind::Fixed | JointKind::Ball => builder,
        JointKind::Revolute { limits_deg, motor, .. } => {
            let limits = limits_deg.map(|limits| limits.map(f32::to_radians));
            let drive = motor.map(|motor| match motor {
                AngularMotor::Speed { target_rad_s, max_torque_n_m } => Drive::speed(target_rad_s, max_torque_n_m),
                AngularMotor::Servo { target_deg, frequency_hz, damping_ratio, max_torque_n_m } => {
                    Drive::servo(target_deg.to_radians(), frequency_hz, damping_ratio, max_torque_n_m)
                }
            });
            drive_axis(builder, JointAxis::AngX, limits, drive)
        }
        JointKind::Prismatic { limits_m, motor, .. } => {
            let drive = motor.map(|motor| match motor {
                LinearMotor::Speed { target_m_s, max_force_n } => Drive::speed(target_m_s, max_force_n),
                LinearMotor::Servo { target_m, frequency_hz, damping_ratio, max_force_n } => {
                    Drive::servo(target_m, frequency_hz, damping_ratio, max_force_n)
                }
            });
            drive_axis(builder, JointAxis::LinX, *limits_m, drive)
        }
        JointKind::ConeTwist { swing_deg, twist_deg, .. } => {
            let [swing, twist] = [swing_deg, twist_deg].map(|angle| angle.to_radians());
            builder
                .limits(JointAxis::AngX, [-twist, twist])
                .limits(JointAxis::AngY, [-swing, swing])
                .limits(JointAxis::AngZ, [-swing, swing])
        }
        JointKind::Rope { length_m } => builder.limits(JointAxis::LinX, [0.0, *length_m]),
        JointKind::Spring { rest_length_m, stiffness_n_m, damping_n_s_m } => builder
            .motor_model(JointAxis::LinX, MotorModel::ForceBased)
            .motor_position(JointAxis::LinX, *rest_length_m, *stiffness_n_m, *damping_n_s_m),
    }
}

/// Gives the motor of a joint that is built the target that `joint` has now.
pub fn aim_motor(built: &mut GenericJoint, joint: &Joint) {
    let aimed = limits_and_motor(GenericJointBuilder::new(JointAxesMask::empty()), &joint.kind).build();
    for (motor, new) in built.motors.iter_mut().zip(aimed.motors) {
        (motor.target_pos, motor.target_vel) = (new.target_pos, new.target_vel);
    }
}

/// A motor in the units of its axis (rad or m). Stiffness and damping act on acceleration, so that the
/// same numbers drive light and heavy bodies alike.
struct Drive {
    target_position: f32,
    target_speed: f32,
    stiffness_per_s2: f32,
    damping_per_s: f32,
    max_force: Option<f32>,
}

impl Drive {
    fn speed(target_speed: f32, max_force: Option<f32>) -> Self {
        Self { target_position: 0.0, target_speed, stiffness_per_s2: 0.0, damping_per_s: SPEED_GAIN_PER_S, max_force }
    }

    /// A damped oscillator: acceleration = ω² error + 2 ζ ω (error rate).
    fn servo(target_position: f32, frequency_hz: f32, damping_ratio: f32, max_force: Option<f32>) -> Self {
        let omega_per_s = std::f32::consts::TAU * frequency_hz;
        Self {
            target_position,
            target_speed: 0.0,
            stiffness_per_s2: omega_per_s * omega_per_s,
            damping_per_s: 2.0 * damping_ratio * omega_per_s,
            max_force,
        }
    }
}

fn drive_axis(
    builder: GenericJointBuilder,
    axis: JointAxis,
    limits: Option<[f32; 2]>,
    drive: Option<Drive>,
) -> GenericJointBuilder {
    let builder = match limits {
        Some(limits) => builder.limits(axis, limits),
        None => builder,
    };
    let Some(drive) = drive else {
        return builder;
    };
    let builder = builder.motor_model(axis, MotorModel::AccelerationBased).set_motor(
        axis,
        drive.target_position,
        drive.target_speed,
        drive.stiffness_per_s2,
        drive.damping_per_s,
    );
    match drive.max_force {
        Some(max_force) => builder.motor_max_force(axis, max_force),
        None => builder,
    }
}
