//! The simulation room: a rigid world built from a shot and stepped in fixed substeps. No drawing, no clock.
//!
//! Bodies are inserted in the order of the document, everything runs on the calling thread and the engine
//! is built with `enhanced-determinism`, so that a state is a pure function of the shot.

use std::sync::Arc;

use bevy::math::{Quat, Vec3};
use bevy::transform::components::Transform;
use kinema_core::{LoadedShot, resolve_asset};
use rapier3d::prelude::{
    ColliderBuilder, FrictionModel, PhysicsWorld as Engine, Pose, RigidBodyBuilder, RigidBodyHandle, RigidBodyType,
    Rotation, Vector,
};
use sha2::{Digest, Sha256};

use crate::colliders::{ShapeError, collision_shape};
use crate::constraints::{JointEnd, constraint};
use crate::error::PhysicsError;
use crate::gltf_mesh::{GltfGeometry, read_geometry};
use crate::scene::{PhysicsScene, SceneBody};
use crate::shot::{Body, Mass, Shape};

/// Where a body is in the world.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BodyPose {
    /// Metres.
    pub position_m: [f32; 3],
    /// Unit quaternion x, y, z, w: world from body.
    pub rotation_xyzw: [f32; 4],
}

impl BodyPose {
    /// The pose as a transform with the given scale.
    pub fn to_transform(self, scale: Vec3) -> Transform {
        Transform {
            translation: Vec3::from_array(self.position_m),
            rotation: Quat::from_array(self.rotation_xyzw),
            scale,
        }
    }

    fn of_engine(pose: &Pose) -> Self {
        Self { position_m: pose.translation.to_array(), rotation_xyzw: pose.rotation.to_array() }
    }
}

/// How a body moves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BodyVelocity {
    /// Metres per second, of the centre of mass, world space.
    pub linear_m_s: [f32; 3],
    /// Radians per second about the world axes.
    pub angular_rad_s: [f32; 3],
}

/// All rigid bodies of a shot at one substep.
pub struct RigidWorld {
    shot: Arc<LoadedShot>,
    pub(crate) engine: Engine,
    handles: Vec<RigidBodyHandle>,
    scene: PhysicsScene,
    pub(crate) completed_substeps: u64,
}

/// Bevy and the engine use different versions of glam; numbers cross as arrays.
fn engine_pose(transform: &Transform) -> Pose {
    Pose::from_parts(
        Vector::from_array(transform.translation.to_array()),
        Rotation::from_array(transform.rotation.to_array()).normalize(),
    )
}

impl RigidWorld {
    /// Builds the state at frame 0.
    ///
    /// # Errors
    /// [`PhysicsError`] when a shape, a mesh file or a joint cannot be simulated.
    pub fn from_shot(shot: &Arc<LoadedShot>) -> Result<Self, PhysicsError> {
        let scene = PhysicsScene::from_shot(shot)?;
        let mut engine = Engine::new();
        engine.gravity = Vector::from_array(scene.world.gravity_m_s2);
        let timeline = &shot.shot.timeline;
        engine.integration_parameters.dt = (timeline.rate.frame_secs() / f64::from(timeline.substeps)) as f32;
        // Not `Coulomb`: it lost a tenth of the friction of a box on a slope, where this one is exact.
        engine.integration_parameters.friction_model = FrictionModel::Simplified;
        stiffen_contacts(&mut engine);
        let mut handles = Vec::with_capacity(scene.bodies.len());
        let mut ends = Vec::with_capacity(scene.bodies.len());
        for body in &scene.bodies {
            let transform = world_transform(shot, body, 0.0)?;
            let geometry = body_geometry(shot, body)?;
            handles.push(insert_body(&mut engine, body, &transform, geometry.as_ref())?);
            ends.push(JointEnd { world_from_body: engine_pose(&transform), scale: transform.scale.to_array() });
        }
        for joint in &scene.joints {
            let [a, b] = joint.bodies;
            if let (Some(handle_a), Some(handle_b), Some(end_a), Some(end_b)) =
                (handles.get(a), handles.get(b), ends.get(a), ends.get(b))
            {
                engine.insert_impulse_joint(*handle_a, *handle_b, constraint(&joint.joint, end_a, end_b));
            }
        }
        Ok(Self { shot: Arc::clone(shot), engine, handles, scene, completed_substeps: 0 })
    }

    /// What the shot holds for the simulation; its bodies are the bodies of this world, in the same order.
    pub fn scene(&self) -> &PhysicsScene {
        &self.scene
    }

    /// Substeps since frame 0.
    pub fn completed_substeps(&self) -> u64 {
        self.completed_substeps
    }

    /// Advances by one substep. Kinematic bodies move to where tracks and parents put them at its end.
    ///
    /// # Errors
    /// [`PhysicsError::Diverged`] when a body's state is no longer finite.
    pub fn step(&mut self) -> Result<(), PhysicsError> {
        let substeps = u64::from(self.shot.shot.timeline.substeps);
        let next = self.completed_substeps + 1;
        let frame = next as f64 / substeps as f64;
        for (body, handle) in self.scene.bodies.iter().zip(&self.handles) {
            if body.rigid.body == Body::Kinematic
                && let Some(engine_body) = self.engine.bodies.get_mut(*handle)
            {
                let target = world_transform(&self.shot, body, frame)?;
                engine_body.set_next_kinematic_position(engine_pose(&target));
            }
        }
        self.engine.step();
        if let Some(handle) = self.engine.quarantine().bodies().first() {
            let index = self.handles.iter().position(|other| other == handle);
            let part = index.and_then(|index| self.scene.bodies.get(index));
            return Err(PhysicsError::Diverged {
                part: part.map(|body| body.id.clone()).unwrap_or_default(),
                frame: next / substeps,
            });
        }
        self.completed_substeps = next;
        Ok(())
    }

    /// Advances by one frame.
    ///
    /// # Errors
    /// As [`RigidWorld::step`].
    pub fn step_frame(&mut self) -> Result<(), PhysicsError> {
        for _ in 0..self.shot.shot.timeline.substeps {
            self.step()?;
        }
        Ok(())
    }

    /// The poses of all bodies, in the order of the document.
    pub fn poses(&self) -> Vec<BodyPose> {
        let bodies = self.handles.iter().filter_map(|handle| self.engine.bodies.get(*handle));
        bodies.map(|body| BodyPose::of_engine(body.position())).collect()
    }

    /// The velocities of all bodies, in the order of the document.
    pub fn velocities(&self) -> Vec<BodyVelocity> {
        let bodies = self.handles.iter().filter_map(|handle| self.engine.bodies.get(*handle));
        bodies
            .map(|body| BodyVelocity { linear_m_s: body.linvel().to_array(), angular_rad_s: body.angvel().to_array() })
            .collect()
    }

    /// sha256 over the exact bits of every pose and velocity.
    pub fn state_sha256(&self) -> String {
        let mut hasher = Sha256::new();
        for (pose, velocity) in self.poses().iter().zip(self.velocities()) {
            let numbers = pose.position_m.iter().chain(&pose.rotation_xyzw);
            for number in numbers.chain(&velocity.linear_m_s).chain(&velocity.angular_rad_s) {
                hasher.update(number.to_bits().to_le_bytes());
            }
        }
        crate::bake_key::hex(&hasher.finalize())
    }
}

/// The engine's contacts are springs of a fixed 30 Hz (60 Hz against fixed bodies), made for 60 steps a second: a
/// stack sinks visibly into itself and friction sets in late. Finer steps carry stiffer springs; the stiffest
/// that is stable has a period of four inner steps.
fn stiffen_contacts(engine: &mut Engine) {
    let parameters = &mut engine.integration_parameters;
    let inner_dt_secs = parameters.dt / parameters.num_solver_iterations as f32;
    let stiffest_hz = 0.25 / inner_dt_secs;
    for softness in [&mut parameters.contact_softness, &mut parameters.static_contact_softness] {
        softness.natural_frequency = softness.natural_frequency.max(stiffest_hz);
    }
}

/// Where the document puts a body at `frame`, as position, rotation and scale.
fn world_transform(shot: &LoadedShot, body: &SceneBody, frame: f64) -> Result<Transform, PhysicsError> {
    let has_parent = shot.shot.parts.get(body.part_index).is_some_and(|part| part.parent.is_some());
    if !has_parent {
        return Ok(shot.local_transform_at(body.part_index, frame));
    }
    let world = shot.world_transform_at(body.part_index, frame);
    let axes = world.affine().matrix3;
    let [x, y, z] = [axes.x_axis, axes.y_axis, axes.z_axis].map(|axis| axis.normalize_or_zero());
    let skew = x.dot(y).abs().max(y.dot(z).abs()).max(z.dot(x).abs());
    match skew < 1e-3 {
        true => Ok(world.compute_transform()),
        false => Err(PhysicsError::Shape { part: body.id.clone(), source: ShapeError::Sheared }),
    }
}

/// Reads the mesh of a body whose shape is one.
pub(crate) fn body_geometry(shot: &LoadedShot, body: &SceneBody) -> Result<Option<GltfGeometry>, PhysicsError> {
    let Shape::Mesh { file, node, .. } = &body.rigid.shape else {
        return Ok(None);
    };
    let path =
        resolve_asset(&shot.base_dir, file).map_err(|source| PhysicsError::Asset { part: body.id.clone(), source })?;
    read_geometry(&path, node.as_deref())
        .map(Some)
        .map_err(|source| PhysicsError::Mesh { part: body.id.clone(), source })
}

fn insert_body(
    engine: &mut Engine,
    body: &SceneBody,
    transform: &Transform,
    geometry: Option<&GltfGeometry>,
) -> Result<RigidBodyHandle, PhysicsError> {
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
        .can_sleep(rigid.can_sleep)
        .ccd_enabled(rigid.ccd);
    let collider = ColliderBuilder::new(shape).friction(rigid.friction).restitution(rigid.restitution);
    let collider = match rigid.mass() {
        Mass::Kilograms(mass_kg) => collider.mass(mass_kg),
        Mass::DensityKgM3(density_kg_m3) => collider.density(density_kg_m3),
    };
    Ok(engine.insert(engine_body, collider).0)
}
