//! Where the axes of a joint lie in the two segments that it joins.

use bevy::math::{Isometry3d, Mat3, Quat, Vec3};
use kinema_core::{Figure, Segment};
use rapier3d::prelude::{GenericJoint, GenericJointBuilder, JointAxesMask, JointAxis, Pose, Rotation, Vector};

use super::anatomy::{JointRange, child, range};

/// Angles by which limits are widened beyond a pose that lies outside of them, so that it does not start with a jerk.
const SLACK_RAD: f32 = 0.03;

/// The engine has its own version of glam; numbers cross as arrays.
pub fn engine_pose(place: Isometry3d) -> Pose {
    Pose::from_parts(Vector::from_array(place.translation.to_array()), engine_rotation(place.rotation))
}

pub fn engine_rotation(rotation: Quat) -> Rotation {
    Rotation::from_array(rotation.to_array()).normalize()
}

pub fn isometry(pose: &Pose) -> Isometry3d {
    Isometry3d {
        translation: Vec3::from_array(pose.translation.to_array()).into(),
        rotation: Quat::from_array(pose.rotation.to_array()).normalize(),
    }
}

/// A joint between a segment and its parent.
#[derive(Clone, Copy)]
pub struct Socket {
    /// Parent and segment from the joint's axes: x along the bone, z the hinge.
    from_axes: [Quat; 2],
    /// Lowest and highest angle about x, y, z, radians.
    limits_rad: [[f32; 2]; 3],
    is_hinge: bool,
}

/// Which way a segment points in the bind pose; its hull's middle where nothing follows it.
fn direction(figure: &Figure, segment: Segment, middle: Vec3) -> Vec3 {
    let at = |joint: usize| figure.bind.joints.get(joint).map_or(Vec3::ZERO, |joint| joint.translation.into());
    let own = figure.first_joint(segment).map_or(Vec3::ZERO, at);
    let end = child(segment).and_then(|child| figure.first_joint(child)).map_or(middle, at);
    (end - own).normalize_or(Vec3::NEG_Y)
}

impl Socket {
    /// The socket of a segment whose hull has its middle at `middle` in the bind pose; none for one that hangs from nothing.
    pub fn of(figure: &Figure, segment: Segment, parent: Segment, middle: Vec3) -> Option<Self> {
        let JointRange { hinge, bend_deg, side_deg, twist_deg, zero, zero_is_bind, is_hinge } = range(segment)?;
        // Limbs that hang from limbs are measured from where those point.
        let turned = match parent {
            Segment::Thigh(_) | Segment::Shin(_) | Segment::UpperArm(_) | Segment::Forearm(_) => {
                Quat::from_rotation_arc(Vec3::NEG_Y, direction(figure, parent, middle))
            }
            _ => Quat::IDENTITY,
        };
        let x = (turned * zero).normalize();
        let z = (turned * hinge).reject_from_normalized(x).normalize_or(x.any_orthonormal_vector());
        let axes = Quat::from_mat3(&Mat3::from_cols(x, z.cross(x), z));
        let bound =
            if zero_is_bind { Quat::IDENTITY } else { Quat::from_rotation_arc(x, direction(figure, segment, middle)) };
        let bind = |segment| {
            let joint = figure.first_joint(segment).and_then(|joint| figure.bind.joints.get(joint));
            joint.map_or(Quat::IDENTITY, |joint| joint.rotation.inverse())
        };
        Some(Self {
            from_axes: [bind(parent) * axes, bind(segment) * bound * axes],
            limits_rad: [twist_deg, side_deg, bend_deg].map(|range| range.map(f32::to_radians)),
            is_hinge,
        })
    }

    /// The turn between the axes of both sides, the shorter way, for a segment that is turned by `turn` as its parent sees it.
    fn between(&self, turn: Quat) -> Quat {
        let [parent, segment] = self.from_axes;
        let between = (parent.inverse() * turn * segment).normalize();
        if between.w < 0.0 { -between } else { between }
    }

    /// The angles about x, y, z as the engine measures them; those that a hinge does not have are 0.
    pub fn angles_rad(&self, turn: Quat) -> [f32; 3] {
        let between = self.between(turn);
        let angle = |part: f32| 2.0 * part.atan2(between.w);
        match self.is_hinge {
            true => [0.0, 0.0, angle(between.z)],
            false => [between.x, between.y, between.z].map(angle),
        }
    }

    /// The limits about x, y, z, radians.
    pub fn limits_rad(&self) -> [[f32; 2]; 3] {
        self.limits_rad
    }

    /// The constraint for a segment that is at `local` as its parent sees it when the joint is made. Limits are widened to where
    /// it is.
    pub fn joint(&self, local: Isometry3d) -> GenericJoint {
        let [parent, mut segment] = self.from_axes;
        let anchor = Vector::from_array(local.translation.to_array());
        let mut locked = JointAxesMask::LOCKED_SPHERICAL_AXES;
        let mut free = vec![(JointAxis::AngX, 0), (JointAxis::AngY, 1), (JointAxis::AngZ, 2)];
        if self.is_hinge {
            locked = JointAxesMask::LIN_AXES | JointAxesMask::ANG_X | JointAxesMask::ANG_Y;
            free.retain(|(axis, _)| *axis == JointAxis::AngZ);
            let between = self.between(local.rotation);
            let bent = Quat::from_xyzw(0.0, 0.0, between.z, between.w).normalize();
            segment *= between.inverse() * bent;
        }
        let mut builder = GenericJointBuilder::new(locked)
            .local_frame1(Pose::from_parts(anchor, engine_rotation(parent)))
            .local_frame2(Pose::from_parts(Vector::ZERO, engine_rotation(segment)))
            .contacts_enabled(false);
        let now = self.angles_rad(local.rotation);
        for (axis, at) in free {
            let ([low, high], angle) = (self.limits_rad[at], now[at]);
            builder = builder.limits(axis, [low.min(angle - SLACK_RAD), high.max(angle + SLACK_RAD)]);
        }
        builder.build()
    }
}
