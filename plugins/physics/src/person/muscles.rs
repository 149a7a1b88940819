//! Muscles and balance: torques and forces that pull a person towards its animation, as strong as they are.
//!
//! A muscle is a damped spring between two segments (proportional-derivative control; J. K. Hodgins, W. L. Wooten, D. C. Brogan and J. F.
//! O'Brien, "Animating human athletics", SIGGRAPH 1995), solved implicitly by the engine as a motor of a joint whose axes are laid
//! anew in every step to where the animation wants them. So each angle is small, whatever the pose.

use bevy::math::{Isometry3d, Quat, Vec3};
use rapier3d::prelude::{GenericJoint, GenericJointBuilder, JointAxesMask, JointAxis, MotorModel};

use super::frames::engine_pose;

const TURNING: [JointAxis; 3] = [JointAxis::AngX, JointAxis::AngY, JointAxis::AngZ];
const SLIDING: [JointAxis; 3] = [JointAxis::LinX, JointAxis::LinY, JointAxis::LinZ];
/// How fast muscles bring a limb back, Hz: our judgement, between the 1 to 2 Hz of slack limbs and the 10 Hz of stiff ones.
const MUSCLE_HZ: f32 = 3.5;
/// How fast a moving limb without muscles loses its turn, 1/s: our judgement.
const SLACK_PER_S: f32 = 4.0;
/// The strongest torque of what is left in a limb without muscles, over that of its muscles.
const SLACK_SHARE: f32 = 0.05;

/// How far a spring is stretched against gravity at most: beyond, the engine's angles are not small any more.
const MOST_AHEAD_RAD: f32 = 0.6;

/// Springs of one kind of freedom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pull {
    /// N·m/rad or N/m.
    stiffness: f32,
    /// N·m·s/rad or N·s/m.
    damping: f32,
    /// N·m or N.
    strongest: f32,
}

impl Pull {
    /// A critically damped spring for what has the inertia `inertia` (kg·m² or kg).
    pub fn new(inertia: f32, hz: f32, strongest: f32) -> Self {
        let omega = std::f32::consts::TAU * hz;
        Self { stiffness: inertia * omega * omega, damping: 2.0 * inertia * omega, strongest }
    }

    /// A muscle of a joint that carries `inertia_kg_m2`, `strength` times as strong as `torque_n_m`.
    pub fn muscle(inertia_kg_m2: f32, torque_n_m: f32, strength: f32) -> Self {
        let awake = Self::new(inertia_kg_m2, MUSCLE_HZ, torque_n_m * strength);
        // A weak muscle is also a slack one.
        let share = strength.min(1.0);
        Self {
            stiffness: awake.stiffness * share,
            damping: awake.damping * share + inertia_kg_m2 * SLACK_PER_S * (1.0 - share),
            strongest: awake.strongest.max(torque_n_m * SLACK_SHARE),
        }
    }
}

/// A joint that pulls and holds nothing.
pub fn pulling_joint() -> GenericJoint {
    GenericJointBuilder::new(JointAxesMask::empty()).contacts_enabled(false).build()
}

/// Lays the axes of `joint` to where the second body belongs as the first sees it at the end of a step, and pulls there.
/// `before` is where it belonged at the step's beginning, `load_n_m` the torque that carries what hangs below, in the first
/// body's axes: the spring is stretched by that much beforehand, or limbs would sag.
pub fn aim(
    joint: &mut GenericJoint,
    [before, target]: [Isometry3d; 2],
    dt_secs: f32,
    load_n_m: Vec3,
    turn: Pull,
    slide: Option<Pull>,
) {
    joint.set_local_frame1(engine_pose(target));
    let back = target.rotation.inverse();
    let turning = back * turn_rad(target.rotation * before.rotation.inverse()) / dt_secs;
    let load_n_m = (back * load_n_m).clamp_length_max(turn.strongest);
    let ahead_rad = if turn.stiffness > 0.0 { load_n_m / turn.stiffness } else { Vec3::ZERO };
    drive(joint, TURNING, ahead_rad.clamp_length_max(MOST_AHEAD_RAD), turning, turn);
    if let Some(slide) = slide {
        let sliding = back * Vec3::from(target.translation - before.translation) / dt_secs;
        drive(joint, SLIDING, Vec3::ZERO, sliding, slide);
    }
}

fn drive(joint: &mut GenericJoint, axes: [JointAxis; 3], place: Vec3, speed: Vec3, pull: Pull) {
    for ((axis, place), speed) in axes.into_iter().zip(place.to_array()).zip(speed.to_array()) {
        joint.set_motor_model(axis, MotorModel::ForceBased);
        joint.set_motor(axis, place, speed, pull.stiffness, pull.damping);
        joint.set_motor_max_force(axis, pull.strongest);
    }
}

/// The rotation as a vector along its axis, radians, the shorter way.
fn turn_rad(rotation: Quat) -> Vec3 {
    let rotation = if rotation.w < 0.0 { -rotation } else { rotation };
    rotation.to_scaled_axis()
}
