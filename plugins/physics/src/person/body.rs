//! One person in the engine: a body for each segment, sockets between them, muscles over them.

use bevy::math::{Isometry3d, Vec3};
use kinema_core::{Figure, FigurePose, FigureSide, Segment};
use rapier3d::prelude::{
    ActiveHooks, ColliderBuilder, ImpulseJointHandle, PhysicsWorld as Engine, RigidBodyBuilder, RigidBodyHandle,
    RigidBodyType, Vector,
};

use super::anatomy::{parent, region, torque_n_m};
use super::fit::{FittedSegment, fitted_segments};
use super::frames::{Socket, engine_pose, isometry};
use super::muscles::{Pull, aim, pulling_joint};
use crate::colliders::ShapeError;
use crate::materials::person_data;
use crate::shot::{Hand, Ragdoll, RagdollMode};

/// The weight whose strength is known, kg.
const KNOWN_KG: f32 = 75.0;
/// Steps of the engine's solver for people on top of its own four: a chain of heavy and light segments needs them.
const EXTRA_ITERATIONS: usize = 8;
const GRAVITY_M_S2: f32 = 9.81;
/// How fast pelvis and feet are brought back to their places, Hz: our judgement.
const PELVIS_HZ: f32 = 1.6;
const FOOT_HZ: f32 = 3.0;

/// A segment in the engine.
pub struct Limb {
    pub segment: Segment,
    /// Joint of the figure whose frame the body has.
    pub joint: usize,
    pub handle: RigidBodyHandle,
    pub mass_kg: f32,
    link: Option<Link>,
    /// Pulls it to its place in the world.
    hold: Option<Hold>,
}

/// How a segment hangs from another.
struct Link {
    /// The limb above.
    above: usize,
    socket: Socket,
    holds: ImpulseJointHandle,
    muscle: ImpulseJointHandle,
    /// Of everything that hangs below, about the joint.
    inertia_kg_m2: f32,
}

struct Hold {
    joint: ImpulseJointHandle,
    mass_kg: f32,
    inertia_kg_m2: f32,
    /// N over N·m of its strongest pull at balance 1.
    strongest: [f32; 2],
    hz: f32,
}

/// A person in the engine.
pub struct Person {
    pub figure: Figure,
    pub limbs: Vec<Limb>,
    pub mass_kg: f32,
}

impl Person {
    /// Puts a person into `engine`, in the pose `at`. `number` tells people apart, from 0; `anchor` is a body that never moves.
    ///
    /// # Errors
    /// [`ShapeError`] when the skin of a segment has no volume.
    pub fn insert(
        engine: &mut Engine,
        figure: &Figure,
        ragdoll: &Ragdoll,
        at: &FigurePose,
        number: u16,
        anchor: RigidBodyHandle,
    ) -> Result<Self, ShapeError> {
        let fitted = fitted_segments(figure, ragdoll.density_kg_m3)?;
        let mass_kg = fitted.iter().map(|fitted| fitted.mass_kg).sum();
        let mut person = Self { figure: figure.clone(), limbs: Vec::new(), mass_kg };
        let inertias: Vec<f32> = fitted.iter().map(|one| inertia_below_kg_m2(figure, &fitted, one)).collect();
        for (fitted, inertia_kg_m2) in fitted.into_iter().zip(inertias) {
            let place = at.joints.get(fitted.joint).copied().unwrap_or_default();
            let collider = ColliderBuilder::new(fitted.shape.clone())
                .friction(ragdoll.friction)
                .mass(fitted.mass_kg)
                .active_hooks(ActiveHooks::FILTER_CONTACT_PAIRS)
                .user_data(person_data(figure.part_index, number, fitted.segment));
            let body = RigidBodyBuilder::kinematic_position_based()
                .pose(engine_pose(place))
                .additional_solver_iterations(EXTRA_ITERATIONS);
            let (handle, _) = engine.insert(body, collider);
            let above = parent(fitted.segment);
            let above = above.and_then(|above| person.limbs.iter().position(|limb| limb.segment == above));
            let middle = middle(figure, &fitted);
            let link = above.and_then(|above| {
                let limb = person.limbs.get(above)?;
                let socket = Socket::of(figure, fitted.segment, limb.segment, middle)?;
                let place_above = at.joints.get(limb.joint).copied().unwrap_or_default();
                let holds =
                    engine.insert_impulse_joint(limb.handle, handle, socket.joint(place_above.inverse() * place));
                let muscle = engine.insert_impulse_joint(limb.handle, handle, pulling_joint());
                Some(Link { above, socket, holds, muscle, inertia_kg_m2 })
            });
            let hold = hold_of(fitted.segment, mass_kg).filter(|_| ragdoll.mode == RagdollMode::Active);
            let hold = hold.map(|[mass_share, inertia_kg_m2, force_share, torque_n_m, hz]| Hold {
                joint: engine.insert_impulse_joint(anchor, handle, pulling_joint()),
                mass_kg: mass_kg * mass_share,
                inertia_kg_m2,
                strongest: [mass_kg * GRAVITY_M_S2 * force_share, torque_n_m],
                hz,
            });
            let FittedSegment { segment, joint, mass_kg, .. } = fitted;
            person.limbs.push(Limb { segment, joint, handle, mass_kg, link, hold });
        }
        Ok(person)
    }

    /// The body of a hand.
    pub fn hand(&self, hand: Hand) -> Option<RigidBodyHandle> {
        let side = if hand == Hand::Left { FigureSide::Left } else { FigureSide::Right };
        self.limbs.iter().find(|limb| limb.segment == Segment::Hand(side)).map(|limb| limb.handle)
    }

    /// Sends the bodies to a pose, where they are at the end of the next step.
    pub fn follow(&self, engine: &mut Engine, pose: &FigurePose) {
        for limb in &self.limbs {
            if let (Some(body), Some(place)) = (engine.bodies.get_mut(limb.handle), pose.joints.get(limb.joint)) {
                if !body.is_kinematic() {
                    body.set_body_type(RigidBodyType::KinematicPositionBased, true);
                }
                body.set_next_kinematic_position(engine_pose(*place));
            }
        }
    }

    /// Lets the bodies go in the pose `now`, with the speed that leads from `before` there in `dt_secs`.
    pub fn let_go(&self, engine: &mut Engine, before: &FigurePose, now: &FigurePose, dt_secs: f32) {
        for limb in &self.limbs {
            let at = |pose: &FigurePose, joint: usize| pose.joints.get(joint).copied().unwrap_or_default();
            let (from, to) = (at(before, limb.joint), at(now, limb.joint));
            if let Some(body) = engine.bodies.get_mut(limb.handle) {
                body.set_body_type(RigidBodyType::Dynamic, true);
                let center = Vec3::from_array(body.local_center_of_mass().to_array());
                let speed = ((to * center) - (from * center)) / dt_secs;
                let turn = to.rotation * from.rotation.inverse();
                let turn = if turn.w < 0.0 { -turn } else { turn };
                body.set_linvel(Vector::from_array(speed.to_array()), true);
                body.set_angvel(Vector::from_array((turn.to_scaled_axis() / dt_secs).to_array()), true);
            }
            if let Some(link) = &limb.link
                && let Some(above) = self.limbs.get(link.above)
                && let Some(built) = engine.impulse_joints.get_mut(link.holds, true)
            {
                built.data = link.socket.joint(at(now, above.joint).inverse() * to);
            }
        }
    }

    /// Aims muscles and holds at `target`, where the person belongs at the end of a step that begins when it belongs at
    /// `before`.
    pub fn pull(&self, engine: &mut Engine, ragdoll: &Ragdoll, before: &FigurePose, target: &FigurePose, dt_secs: f32) {
        let at = |pose: &FigurePose, joint: usize| pose.joints.get(joint).copied().unwrap_or_default();
        let awake = if ragdoll.mode == RagdollMode::Active { ragdoll.strength } else { 0.0 };
        let size = self.mass_kg / KNOWN_KG;
        let loads_n_m = self.loads_n_m(engine);
        for (limb, load_n_m) in self.limbs.iter().zip(loads_n_m) {
            if let Some(link) = &limb.link
                && let Some(above) = self.limbs.get(link.above)
                && let Some(built) = engine.impulse_joints.get_mut(link.muscle, false)
            {
                let local = |pose| at(pose, above.joint).inverse() * at(pose, limb.joint);
                let strength = awake * region(&ragdoll.regions, limb.segment);
                let pull = Pull::muscle(link.inertia_kg_m2, torque_n_m(limb.segment) * size, strength);
                aim(&mut built.data, [local(before), local(target)], dt_secs, load_n_m, pull, None);
            }
            if let Some(hold) = &limb.hold
                && let Some(built) = engine.impulse_joints.get_mut(hold.joint, false)
            {
                let balance = ragdoll.balance;
                let [force_n, torque_n_m] = hold.strongest.map(|most| most * balance);
                let share = balance.min(1.0);
                let turn = Pull::new(hold.inertia_kg_m2 * share, hold.hz, torque_n_m * size);
                let slide = Pull::new(hold.mass_kg * share, hold.hz, force_n);
                let way = [at(before, limb.joint), at(target, limb.joint)];
                aim(&mut built.data, way, dt_secs, Vec3::ZERO, turn, Some(slide));
            }
        }
    }

    /// The torque that carries what hangs from each limb's joint on, in the axes of the limb above.
    fn loads_n_m(&self, engine: &Engine) -> Vec<Vec3> {
        let vector = |vector: Vector| Vec3::from_array(vector.to_array());
        let gravity_m_s2 = vector(engine.gravity);
        // Mass and mass times place of a limb and all that hang from it; those come later in the list.
        let mut below: Vec<(f32, Vec3)> = Vec::new();
        for limb in &self.limbs {
            let center = engine.bodies.get(limb.handle).map_or(Vec3::ZERO, |body| vector(body.center_of_mass()));
            below.push((limb.mass_kg, center * limb.mass_kg));
        }
        for (at, limb) in self.limbs.iter().enumerate().rev() {
            if let (Some(link), Some((mass_kg, moment))) = (&limb.link, below.get(at).copied())
                && let Some(above) = below.get_mut(link.above)
            {
                *above = (above.0 + mass_kg, above.1 + moment);
            }
        }
        let load = |(limb, (mass_kg, moment)): (&Limb, &(f32, Vec3))| {
            let above = self.limbs.get(limb.link.as_ref()?.above)?;
            let (above, body) = (engine.bodies.get(above.handle)?, engine.bodies.get(limb.handle)?);
            let lever = *moment - Vec3::from(isometry(body.position()).translation) * *mass_kg;
            Some(isometry(above.position()).rotation.inverse() * gravity_m_s2.cross(lever))
        };
        self.limbs.iter().zip(&below).map(|of| load(of).unwrap_or(Vec3::ZERO)).collect()
    }

    /// Joint and place of each body.
    pub fn segments(&self, engine: &Engine) -> Vec<(usize, Isometry3d)> {
        let place = |limb: &Limb| Some((limb.joint, isometry(engine.bodies.get(limb.handle)?.position())));
        self.limbs.iter().filter_map(place).collect()
    }
}

/// Share of the person's mass, kg·m², share of its weight, N·m and Hz of what holds a segment in its place; none for those that are
/// not held. That of the pelvis carries the whole person.
fn hold_of(segment: Segment, mass_kg: f32) -> Option<[f32; 5]> {
    match segment {
        Segment::Pelvis => Some([1.0, mass_kg * 0.1, 1.2, 150.0, PELVIS_HZ]),
        Segment::Foot(_) => Some([0.25, mass_kg * 0.01, 0.6, 60.0, FOOT_HZ]),
        _ => None,
    }
}

/// The middle of a segment's hull in the bind pose, metres.
fn middle(figure: &Figure, fitted: &FittedSegment) -> Vec3 {
    let center = Vec3::from_array(fitted.shape.mass_properties(1.0).local_com.to_array());
    figure.bind.joints.get(fitted.joint).map_or(center, |joint| *joint * center)
}

/// Inertia about a segment's joint of everything from there on, as points in the bind pose.
fn inertia_below_kg_m2(figure: &Figure, all: &[FittedSegment], of: &FittedSegment) -> f32 {
    let about = figure.bind.joints.get(of.joint).map_or(Vec3::ZERO, |joint| joint.translation.into());
    let hangs = |mut segment: Segment| loop {
        if segment == of.segment {
            return true;
        }
        match parent(segment) {
            Some(above) => segment = above,
            None => return false,
        }
    };
    let below = all.iter().filter(|one| hangs(one.segment));
    below.map(|one| one.mass_kg * middle(figure, one).distance_squared(about)).sum::<f32>().max(1e-4)
}
