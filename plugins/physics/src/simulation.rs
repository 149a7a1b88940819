//! The simulation room: a rigid world built from a shot and stepped in fixed substeps. No drawing, no clock.
//!
//! Bodies are inserted in the order of the document, everything runs on the calling thread and the engine
//! is built with `enhanced-determinism`, so that a state is a pure function of the shot.

use std::sync::Arc;

use bevy::math::{DVec3, Quat, Vec3};
use bevy::transform::components::Transform;
use kinema_core::{LoadedShot, SolidImpulse, Value};
use rapier3d::prelude::{
    ColliderHandle, FrictionModel, ImpulseJointHandle, PhysicsWorld as Engine, Pose, RigidBody, RigidBodyHandle, Vector,
};
use sha2::{Digest, Sha256};

use crate::assembly::{engine_pose, insert_body, world_transform};
use crate::constraints::{JointEnd, aim_motor, constraint};
use crate::error::PhysicsError;
use crate::events::{Record, TimedEvent};
use crate::forces::Forces;
use crate::geometry::shape_geometry;
use crate::joint::MOTOR_TARGET;
use crate::joint_load::joint_load;
use crate::materials::Materials;
use crate::person::People;
use crate::person::body::Person;
use crate::rounding::Lost;
use crate::scene::PhysicsScene;
use crate::scenery::Scenery;
use crate::shot::Body;

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

    pub(crate) fn of_engine(pose: &Pose) -> Self {
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
    /// Of the scene's joints; one that broke is no longer in the engine.
    joint_handles: Vec<ImpulseJointHandle>,
    sensors: Vec<ColliderHandle>,
    scene: PhysicsScene,
    materials: Materials,
    forces: Forces,
    pub(crate) people: People,
    scenery: Arc<Scenery>,
    scenery_handles: Vec<RigidBodyHandle>,
    pub(crate) record: Record,
    pub(crate) lost: Lost,
    pub(crate) completed_substeps: u64,
}

impl RigidWorld {
    /// Builds the state at frame 0, of bodies and people alone.
    ///
    /// # Errors
    /// [`PhysicsError`] when a shape, a mesh file or a joint cannot be simulated.
    pub fn from_shot(shot: &Arc<LoadedShot>) -> Result<Self, PhysicsError> {
        Self::among(shot, Arc::default())
    }

    /// The same among what stands in their way and belongs to others.
    pub(crate) fn among(shot: &Arc<LoadedShot>, scenery: Arc<Scenery>) -> Result<Self, PhysicsError> {
        let scene = PhysicsScene::from_shot(shot)?;
        let mut engine = Engine::new();
        engine.gravity = Vector::from_array(scene.world.gravity_m_s2);
        let timeline = &shot.shot.timeline;
        engine.integration_parameters.dt = (timeline.rate.frame_secs() / f64::from(timeline.substeps)) as f32;
        // Not `Coulomb`: it lost a tenth of the friction of a box on a slope, where this one is exact.
        engine.integration_parameters.friction_model = FrictionModel::Simplified;
        stiffen_contacts(&mut engine);
        let materials = Materials::new(&scene.materials);
        let mut handles = Vec::with_capacity(scene.bodies.len());
        let mut ends = Vec::with_capacity(scene.bodies.len());
        let mut sensors = Vec::new();
        for (index, body) in scene.bodies.iter().enumerate() {
            let transform = world_transform(shot, body, 0.0)?;
            let geometry = shape_geometry(shot, &body.id, &body.rigid.shape)?;
            let can_sleep = body.rigid.can_sleep && !Forces::act_on(&scene, index);
            let (handle, collider) =
                insert_body(&mut engine, body, &transform, geometry.as_ref(), &materials, can_sleep)?;
            handles.push(handle);
            sensors.extend(body.rigid.sensor.then_some(collider));
            ends.push(JointEnd { world_from_body: engine_pose(&transform), scale: transform.scale.to_array() });
        }
        let mut joint_handles = Vec::with_capacity(scene.joints.len());
        for joint in &scene.joints {
            let [a, b] = joint.bodies;
            if let (Some(handle_a), Some(handle_b), Some(end_a), Some(end_b)) =
                (handles.get(a), handles.get(b), ends.get(a), ends.get(b))
            {
                let built = constraint(&joint.joint, end_a, end_b);
                joint_handles.push(engine.insert_impulse_joint(*handle_a, *handle_b, built));
            }
        }
        let forces = Forces::new(&scene, &engine, &handles);
        let people = People::new(&scene, shot, &mut engine)?;
        let scenery_handles = scenery.insert(&mut engine);
        Ok(Self {
            shot: Arc::clone(shot),
            engine,
            handles,
            joint_handles,
            sensors,
            scene,
            materials,
            forces,
            people,
            scenery,
            scenery_handles,
            record: Record::default(),
            lost: Lost::default(),
            completed_substeps: 0,
        })
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
    /// [`PhysicsError::Diverged`] when a body's state is no longer finite, [`PhysicsError::NotANumber`] when a track leads a
    /// body to a place that is none.
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
        self.scenery.lead(&self.shot, &mut self.engine, &self.scenery_handles, frame)?;
        self.aim_motors(frame);
        let begin = self.completed_substeps as f64 / substeps as f64;
        self.forces.apply(&self.scene, &self.shot, &mut self.engine, begin)?;
        let dt_secs = self.engine.integration_parameters.dt;
        self.people.prepare(&self.scene, &self.shot, &mut self.engine, &self.handles, [begin, frame], dt_secs)?;
        let expected = self.lost.expect(&mut self.engine, &self.handles);
        self.engine.step_with_events(&self.materials, &());
        self.lost.settle(&expected, &self.engine, &self.handles);
        if let Some(handle) = self.engine.quarantine().bodies().first() {
            let index = self.handles.iter().position(|other| other == handle);
            let part = index.and_then(|index| self.scene.bodies.get(index)).map(|body| body.id.as_str());
            return Err(PhysicsError::Diverged {
                part: part.or_else(|| self.people.owner(*handle)).unwrap_or_default().to_owned(),
                frame: next / substeps,
            });
        }
        self.break_joints(next);
        self.record.watch_sensors(&self.engine, &self.sensors, next);
        self.completed_substeps = next;
        Ok(())
    }

    /// Gives a body of the scene what something outside of this world did to it; nothing to one that is not dynamic.
    pub fn push(&mut self, index: usize, impulse: &SolidImpulse) {
        let Some(body) = self.handles.get(index).and_then(|handle| self.engine.bodies.get_mut(*handle)) else { return };
        if !body.is_dynamic() || (impulse.linear_n_s == DVec3::ZERO && impulse.angular_n_m_s == DVec3::ZERO) {
            return;
        }
        let centre_m = DVec3::from_array(body.center_of_mass().to_array().map(f64::from));
        let turn = impulse.angular_n_m_s - (centre_m - impulse.about_m).cross(impulse.linear_n_s);
        body.wake_up(true);
        let inverse_mass = body.mass_properties().effective_inv_mass.to_array().map(f64::from);
        let given = impulse.linear_n_s.to_array();
        self.lost.give(index, body, [0, 1, 2].map(|k| given[k] * inverse_mass[k]));
        body.apply_torque_impulse(Vector::from_array(turn.as_vec3().to_array()), true);
    }

    /// Motors follow the tracks on their targets.
    fn aim_motors(&mut self, frame: f64) {
        for (scene_joint, handle) in self.scene.joints.iter().zip(&self.joint_handles) {
            let driven = self.shot.property_at(scene_joint.part_index, MOTOR_TARGET, frame);
            if let Some(Value::Number(target)) = driven
                && let Some(built) = self.engine.impulse_joints.get_mut(*handle, true)
            {
                let mut joint = scene_joint.joint.clone();
                joint.set_motor_target(target as f32);
                aim_motor(&mut built.data, &joint);
            }
        }
    }

    /// Takes out the joints that carried more than they can.
    fn break_joints(&mut self, substep: u64) {
        let parameters = &self.engine.integration_parameters;
        let inner_dt_secs = parameters.dt / parameters.num_solver_iterations as f32;
        for (scene_joint, handle) in self.scene.joints.iter().zip(&self.joint_handles) {
            let joint = &scene_joint.joint;
            if joint.break_force_n.is_none() && joint.break_torque_n_m.is_none() {
                continue;
            }
            let Some(built) = self.engine.impulse_joints.get(*handle) else { continue };
            let (force_n, torque_n_m) = joint_load(built, &self.engine.bodies, inner_dt_secs);
            let holds = |limit: Option<f32>, carried: f32| limit.is_none_or(|limit| carried <= limit);
            if !holds(joint.break_force_n, force_n) || !holds(joint.break_torque_n_m, torque_n_m) {
                self.engine.remove_impulse_joint(*handle);
                self.record.broke(scene_joint.part_index as u32, substep);
            }
        }
    }

    /// Everything that sensors and breaking joints recorded since frame 0, in order.
    pub fn events(&self) -> &[TimedEvent] {
        &self.record.events
    }

    /// Force in N and torque in N·m about its anchor that a joint of [`PhysicsScene::joints`] carries; `None` for one that broke.
    pub fn joint_load(&self, joint: usize) -> Option<(f32, f32)> {
        let parameters = &self.engine.integration_parameters;
        let built = self.engine.impulse_joints.get(*self.joint_handles.get(joint)?)?;
        let inner_dt_secs = parameters.dt / parameters.num_solver_iterations as f32;
        Some(joint_load(built, &self.engine.bodies, inner_dt_secs))
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

    /// The places of the segments of all people, person by person in the order of the document, segments in the order of
    /// [`SEGMENTS`](crate::person::anatomy::SEGMENTS).
    pub fn segments(&self) -> Vec<BodyPose> {
        self.people.poses(&self.engine)
    }

    /// The people, in the order of the document.
    pub fn persons(&self) -> impl Iterator<Item = &Person> {
        self.people.persons()
    }

    /// Kinetic energy of everything that the simulation moves, joules.
    pub fn kinetic_energy_j(&self) -> f32 {
        let moved = self.engine.bodies.iter().filter(|(_, body)| body.is_dynamic());
        moved.map(|(_, body)| body.kinetic_energy()).sum()
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
        let hash = |hasher: &mut Sha256, body: &RigidBody| {
            let pose = BodyPose::of_engine(body.position());
            let velocity = [body.linvel().to_array(), body.angvel().to_array()];
            for number in pose.position_m.iter().chain(&pose.rotation_xyzw).chain(velocity.as_flattened()) {
                hasher.update(number.to_bits().to_le_bytes());
            }
        };
        let people = self.people.persons().flat_map(|person| person.limbs.iter().map(|limb| &limb.handle));
        for body in self.handles.iter().chain(people).filter_map(|handle| self.engine.bodies.get(*handle)) {
            hash(&mut hasher, body);
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
