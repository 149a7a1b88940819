//! What a joint carries: the force and torque behind the impulses that the engine reports.
//!
//! The engine makes the rows of a joint independent of each other before it solves them (modified Gram-Schmidt, in the metric
//! of the inverse masses), so that an impulse alone belongs to no direction: the row of a hinge's last axis has lost what the
//! first two already do. The same rows are built here from where the bodies are, and the impulses summed along them.

use bevy::math::{DMat3, DVec3};
use rapier3d::prelude::{GenericJoint, ImpulseJoint, JointAxesMask, RigidBody, RigidBodySet, RigidBodyType, Vector};

/// Derivative of the engine's measure of an angle between locked axes, the vector part of a quaternion, by that angle.
const LOCKED_ANGLE: f64 = 0.5;

/// One row: an impulse of 1 gives the second body `linear` and `angular[1]`, and takes `linear` and `angular[0]` from the
/// first.
#[derive(Clone, Copy)]
struct Row {
    linear: DVec3,
    angular: [DVec3; 2],
    impulse: f64,
    /// Its impulse has no bounds, and so it relieves the rows after it.
    relieves: bool,
}

/// The masses of the two bodies, inverted; 0 for what does not move.
struct Masses {
    linear: f64,
    angular: [DMat3; 2],
}

impl Masses {
    fn dot(&self, a: &Row, b: &Row) -> f64 {
        let [first, second] = self.angular;
        self.linear * a.linear.dot(b.linear)
            + a.angular[0].dot(first * b.angular[0])
            + a.angular[1].dot(second * b.angular[1])
    }

    /// Takes out of each row what the rows before it do.
    fn make_independent(&self, rows: &mut [Row]) {
        for first in 0..rows.len() {
            let (done, rest) = rows.split_at_mut(first + 1);
            let Some(row) = done.last().filter(|row| row.relieves) else { continue };
            let own = self.dot(row, row);
            for other in rest.iter_mut().filter(|_| own > 0.0) {
                let share = self.dot(other, row) / own;
                other.linear -= row.linear * share;
                other.angular[0] -= row.angular[0] * share;
                other.angular[1] -= row.angular[1] * share;
            }
        }
    }
}

/// Force in N and torque in N·m about the anchor of the second body, of constraints, limits and motors together, at the end of a
/// step whose inner steps last `inner_dt_secs`.
pub(crate) fn joint_load(joint: &ImpulseJoint, bodies: &RigidBodySet, inner_dt_secs: f32) -> (f32, f32) {
    let (Some(first), Some(second)) = (bodies.get(joint.body1()), bodies.get(joint.body2())) else {
        return (0.0, 0.0);
    };
    let frame = *first.position() * joint.data.local_frame1;
    let other = *second.position() * joint.data.local_frame2;
    let axes = [Vector::X, Vector::Y, Vector::Z].map(|axis| double(frame.rotation * axis));
    let (here, there) = (double(frame.translation), double(other.translation));
    // Along free axes the first body is held where the second is.
    let locked = |axis: usize| has(joint.data.locked_axes, axis);
    let slip: DVec3 = (0..3).filter(|axis| locked(*axis)).map(|axis| axes[axis] * (there - here).dot(axes[axis])).sum();
    let arms = [there - slip - center(first), there - center(second)];
    let masses =
        Masses { linear: inverse_mass(first) + inverse_mass(second), angular: [inertia(first), inertia(second)] };
    let along = |direction: DVec3| (direction, arms.map(|arm| arm.cross(direction)));
    let (mut holding, mut driving) = rows(&joint.data, &joint.impulses, axes, there - here, along);
    masses.make_independent(&mut holding);
    masses.make_independent(&mut driving);
    let sum = |part: fn(&Row) -> DVec3| -> DVec3 {
        holding.iter().chain(&driving).map(|row| part(row) * row.impulse).sum::<DVec3>() / f64::from(inner_dt_secs)
    };
    let (force_n, torque_n_m) = (sum(|row| row.linear), sum(|row| row.angular[1]));
    (force_n.length() as f32, (torque_n_m - arms[1].cross(force_n)).length() as f32)
}

/// The rows of constraints and limits, and those of motors, in the engine's order.
fn rows(
    joint: &GenericJoint,
    impulses: &[f32; 6],
    axes: [DVec3; 3],
    apart: DVec3,
    along: impl Fn(DVec3) -> (DVec3, [DVec3; 2]),
) -> (Vec<Row>, Vec<Row>) {
    let coupled = joint.coupled_axes;
    let turning = |axis: usize, scale: f64, impulse: f32, relieves: bool| Row {
        linear: DVec3::ZERO,
        angular: [axes[axis] * scale; 2],
        impulse: f64::from(impulse),
        relieves,
    };
    let moving = |direction: DVec3, impulse: f32, relieves: bool| {
        let (linear, angular) = along(direction);
        Row { linear, angular, impulse: f64::from(impulse), relieves }
    };
    let free = |mask: JointAxesMask, axis: usize| has(mask, axis) && !has(coupled, axis);
    let mut holding = Vec::new();
    let mut driving = Vec::new();
    for axis in 0..3 {
        if has(joint.locked_axes, axis + 3) {
            holding.push(turning(axis, LOCKED_ANGLE, impulses[axis + 3], true));
        }
        if free(joint.motor_axes, axis + 3) {
            let motor = &joint.motors[axis + 3];
            driving.push(turning(axis, 1.0, motor.impulse, motor.max_force == f32::MAX));
        }
    }
    for axis in 0..3 {
        if has(joint.locked_axes, axis) {
            holding.push(moving(axes[axis], impulses[axis], true));
        }
        if free(joint.motor_axes, axis) {
            driving.push(moving(axes[axis], joint.motors[axis].impulse, joint.motors[axis].max_force == f32::MAX));
        }
    }
    holding.extend(
        (0..3)
            .filter(|axis| free(joint.limit_axes, axis + 3))
            .map(|axis| turning(axis, 1.0, joint.limits[axis + 3].impulse, false)),
    );
    holding.extend(
        (0..3)
            .filter(|axis| free(joint.limit_axes, *axis))
            .map(|axis| moving(axes[axis], joint.limits[axis].impulse, false)),
    );
    // Ropes and springs act along the line between their anchors.
    if has(coupled, 0) {
        let line = apart.normalize_or_zero();
        holding.extend(has(joint.limit_axes, 0).then(|| moving(line, joint.limits[0].impulse, false)));
        driving.extend(has(joint.motor_axes, 0).then(|| moving(line, joint.motors[0].impulse, true)));
    }
    (holding, driving)
}

fn has(mask: JointAxesMask, axis: usize) -> bool {
    mask.bits() & (1 << axis) != 0
}

fn double(vector: Vector) -> DVec3 {
    DVec3::from_array(vector.to_array().map(f64::from))
}

fn center(body: &RigidBody) -> DVec3 {
    double(body.position().transform_point(body.mass_properties().local_mprops.local_com))
}

fn moves(body: &RigidBody) -> bool {
    body.body_type() == RigidBodyType::Dynamic
}

fn inverse_mass(body: &RigidBody) -> f64 {
    if moves(body) { f64::from(body.mass_properties().local_mprops.inv_mass) } else { 0.0 }
}

fn inertia(body: &RigidBody) -> DMat3 {
    if !moves(body) {
        return DMat3::ZERO;
    }
    let local = &body.mass_properties().local_mprops;
    let world_from_principal = *body.rotation() * local.principal_inertia_local_frame;
    let axes = [Vector::X, Vector::Y, Vector::Z].map(|axis| double(world_from_principal * axis));
    let turn = DMat3::from_cols_slice(axes.map(|axis| axis.to_array()).as_flattened());
    turn * DMat3::from_diagonal(double(local.inv_principal_inertia)) * turn.transpose()
}
