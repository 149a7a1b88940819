//! From the parts of a shot to the bodies of the engine.

use bevy::transform::components::Transform;
use kinema_core::LoadedShot;
use rapier3d::prelude::{
    ActiveCollisionTypes, ColliderBuilder, ColliderHandle, PhysicsWorld as Engine, Pose, RigidBodyBuilder,
    RigidBodyHandle, RigidBodyType, Rotation, Vector,
};

use crate::colliders::{ShapeError, collision_shape};
use crate::error::PhysicsError;
use crate::geometry::BodyGeometry;
use crate::materials::Materials;
use crate::scene::SceneBody;
use crate::shot::{Body, Mass};

/// Bevy and the engine use different versions of glam; numbers cross as arrays.
pub(crate) fn engine_pose(transform: &Transform) -> Pose {
    Pose::from_parts(
        Vector::from_array(transform.translation.to_array()),
        Rotation::from_array(transform.rotation.to_array()).normalize(),
    )
}

/// Where the document puts a body at `frame`, as position, rotation and scale.
pub(crate) fn world_transform(shot: &LoadedShot, body: &SceneBody, frame: f64) -> Result<Transform, PhysicsError> {
    let has_parent = shot.shot.parts.get(body.part_index).is_some_and(|part| part.parent.is_some());
    if !has_parent {
        return finite(body, frame, shot.local_transform_at(body.part_index, frame));
    }
    let world = shot.world_transform_at(body.part_index, frame);
    let axes = world.affine().matrix3;
    let [x, y, z] = [axes.x_axis, axes.y_axis, axes.z_axis].map(|axis| axis.normalize_or_zero());
    let skew = x.dot(y).abs().max(y.dot(z).abs()).max(z.dot(x).abs());
    match skew < 1e-3 {
        true => finite(body, frame, world.compute_transform()),
        false => Err(PhysicsError::Shape { part: body.id.clone(), source: ShapeError::Sheared }),
    }
}

fn finite(body: &SceneBody, frame: f64, transform: Transform) -> Result<Transform, PhysicsError> {
    match transform.is_finite() {
        true => Ok(transform),
        false => Err(PhysicsError::NotANumber { part: body.id.clone(), frame }),
    }
}

/// Puts `body` and its collider into `engine`.
pub(crate) fn insert_body(
    engine: &mut Engine,
    body: &SceneBody,
    transform: &Transform,
    geometry: Option<&BodyGeometry>,
    materials: &Materials,
    can_sleep: bool,
) -> Result<(RigidBodyHandle, ColliderHandle), PhysicsError> {
    let rigid = &body.rigid;
    let shape = collision_shape(&rigid.shape, transform.scale.to_array(), geometry)
        .map_err(|source| PhysicsError::Shape { part: body.id.clone(), source })?;
    let kind = match rigid.body {
        Body::Dynamic => RigidBodyType::Dynamic,
        Body::Fixed => RigidBodyType::Fixed,
        Body::Kinematic => RigidBodyType::KinematicPositionBased,
    };
    let engine_body = RigidBodyBuilder::new(kind)
        .pose(engine_pose(transform))
        .linvel(Vector::from_array(rigid.linear_velocity_m_s))
        .angvel(Vector::from_array(rigid.angular_velocity_rad_s))
        .linear_damping(rigid.linear_damping)
        .angular_damping(rigid.angular_damping)
        .gravity_scale(rigid.gravity_scale)
        .can_sleep(can_sleep)
        .ccd_enabled(rigid.ccd);
    let collider = materials.apply(rigid, body.part_index, ColliderBuilder::new(shape).sensor(rigid.sensor));
    let collider = match rigid.sensor {
        true => collider.active_collision_types(ActiveCollisionTypes::all() & !ActiveCollisionTypes::FIXED_FIXED),
        false => collider,
    };
    let collider = match rigid.mass() {
        Mass::Kilograms(mass_kg) => collider.mass(mass_kg),
        Mass::DensityKgM3(density_kg_m3) => collider.density(density_kg_m3),
    };
    let (handle, collider) = engine.insert(engine_body, collider);
    // Forces before the first step need the mass.
    if let Some(engine_body) = engine.bodies.get_mut(handle) {
        engine_body.recompute_mass_properties_from_colliders(&engine.colliders);
    }
    Ok((handle, collider))
}
