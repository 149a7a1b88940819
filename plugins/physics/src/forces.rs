//! What liquid and air do to bodies: forces from the shape, the place and the motion of a body, anew in every step.

use bevy::math::{DQuat, DVec3, Vec3};
use kinema_core::{LoadedShot, WindField};
use rapier3d::prelude::{PhysicsWorld as Engine, RigidBody, RigidBodyHandle, Vector};

use crate::error::PhysicsError;
use crate::polyhedron::{HalfSpace, Polyhedron, convex_pieces};
use crate::scene::{PhysicsScene, SceneFluid};
use crate::shot::{AirDrag, Body, Fluid};

/// A body that liquid or air acts on.
struct Mover {
    handle: RigidBodyHandle,
    pieces: Vec<Piece>,
    air_drag: Option<AirDrag>,
}

/// A convex piece of a body, in the body's space.
struct Piece {
    shape: Polyhedron,
    /// Middle and radius, metres, of a ball around it.
    ball: (DVec3, f64),
    /// Middles and area vectors of its faces.
    faces: Vec<(DVec3, DVec3)>,
}

impl Piece {
    fn new(shape: Polyhedron) -> Self {
        let faces = shape.faces.iter().map(|face| (face.middle(), face.area_vector())).collect();
        Self { ball: shape.bounding_ball(), faces, shape }
    }
}

/// Everything that acts on bodies besides gravity, contacts and joints.
pub(crate) struct Forces {
    movers: Vec<Mover>,
    has_wind: bool,
}

impl Forces {
    /// Whether a body of `scene` feels liquid or air, and therefore never sleeps.
    pub(crate) fn act_on(scene: &PhysicsScene, body: usize) -> bool {
        let found = scene.bodies.get(body).filter(|body| body.rigid.body == Body::Dynamic && !body.rigid.sensor);
        found.is_some_and(|body| body.rigid.air_drag.is_some() || !scene.fluids.is_empty())
    }

    /// For the bodies of `scene`, which stand in `engine` under `handles`.
    pub(crate) fn new(scene: &PhysicsScene, engine: &Engine, handles: &[RigidBodyHandle]) -> Self {
        let bodies = scene.bodies.iter().zip(handles).enumerate();
        let movers = bodies.filter(|(index, _)| Self::act_on(scene, *index)).map(|(_, (body, handle))| {
            let colliders = engine.bodies.get(*handle).map(RigidBody::colliders).unwrap_or_default();
            let shapes = colliders.iter().filter_map(|collider| engine.colliders.get(*collider));
            let pieces = shapes.flat_map(|collider| convex_pieces(collider.shared_shape())).map(Piece::new).collect();
            Mover { handle: *handle, pieces, air_drag: body.rigid.air_drag }
        });
        Self { movers: movers.collect(), has_wind: !scene.winds.is_empty() }
    }

    /// Sets the forces for the step that begins at `frame`.
    ///
    /// The engine applies them in `n` inner steps of semi-implicit Euler, which together move a body by (n+1)/2n of a dt² for
    /// an acceleration a. Taken at the place it will have after the remaining (n-1)/2n of the step, forces that depend on the
    /// place make a map of determinant 1: floating bodies bob without gaining or losing energy, to second order in time.
    ///
    /// # Errors
    /// [`PhysicsError::NotANumber`] for a liquid whose place is none.
    pub(crate) fn apply(
        &self,
        scene: &PhysicsScene,
        shot: &LoadedShot,
        engine: &mut Engine,
        frame: f64,
    ) -> Result<(), PhysicsError> {
        if self.movers.is_empty() {
            return Ok(());
        }
        let parameters = &engine.integration_parameters;
        let dt_secs = f64::from(parameters.dt);
        let inner_steps = parameters.num_solver_iterations as f64;
        let ahead_secs = dt_secs * (inner_steps - 1.0) / (2.0 * inner_steps);
        let frame_secs = shot.shot.timeline.rate.frame_secs();
        let ahead_frame = frame + ahead_secs / frame_secs;
        let pools =
            scene.fluids.iter().map(|fluid| Pool::new(fluid, shot, ahead_frame)).collect::<Result<Vec<_>, _>>()?;
        let wind = if self.has_wind { WindField::of_shot(shot, ahead_frame) } else { WindField::default() };
        let gravity = double(engine.gravity);
        for mover in &self.movers {
            let Some(body) = engine.bodies.get_mut(mover.handle) else { continue };
            let place = Place::of(body, ahead_secs);
            let mut sum = Sum::default();
            for pool in &pools {
                pool.act(&mover.pieces, &place, gravity, &mut sum);
            }
            if let Some(drag) = mover.air_drag {
                let point = Vec3::from_array(place.center_m.to_array().map(|number| number as f32));
                let air_m_s = wind.velocity_m_s(point, ahead_frame * frame_secs).as_dvec3();
                let strength = 0.5 * f64::from(scene.world.air_density_kg_m3 * drag.coefficient);
                match drag.area_m2 {
                    Some(area_m2) => {
                        let against_m_s = air_m_s - place.linear_m_s;
                        sum.drag(
                            &place,
                            place.center_m,
                            against_m_s,
                            strength * f64::from(area_m2) * against_m_s.length(),
                        );
                    }
                    None => {
                        for (middle, area) in mover.pieces.iter().flat_map(|piece| &piece.faces) {
                            let turned = place.rotation * *area;
                            sum.drag_on_face(&place, place.put_point(*middle), turned, air_m_s, strength);
                        }
                    }
                }
            }
            let (force_n, torque_n_m) = sum.bounded(dt_secs);
            body.reset_forces(false);
            body.reset_torques(false);
            body.add_force(single(force_n), true);
            body.add_torque(single(torque_n_m), true);
        }
        Ok(())
    }
}

fn double(vector: Vector) -> DVec3 {
    DVec3::from_array(vector.to_array().map(f64::from))
}

fn single(vector: DVec3) -> Vector {
    Vector::from_array(vector.to_array().map(|number| number as f32))
}

/// Where a body will be and how it moves.
struct Place {
    /// Its centre of mass.
    center_m: DVec3,
    local_center_m: DVec3,
    rotation: DQuat,
    linear_m_s: DVec3,
    angular_rad_s: DVec3,
    /// 1/kg.
    inverse_mass: f64,
    /// 1/(kg m²), about the axis that turns most easily.
    inverse_inertia: f64,
}

impl Place {
    fn of(body: &RigidBody, ahead_secs: f64) -> Self {
        let properties = body.mass_properties();
        let local = &properties.local_mprops;
        let (linear_m_s, angular_rad_s) = (double(body.linvel()), double(body.angvel()));
        let turned = DQuat::from_scaled_axis(angular_rad_s * ahead_secs);
        let rotation = DQuat::from_array(body.rotation().to_array().map(f64::from));
        Self {
            center_m: double(body.position().transform_point(local.local_com)) + linear_m_s * ahead_secs,
            local_center_m: double(local.local_com),
            rotation: (turned * rotation).normalize(),
            linear_m_s,
            angular_rad_s,
            inverse_mass: f64::from(local.inv_mass),
            inverse_inertia: double(local.inv_principal_inertia).max_element(),
        }
    }

    fn put(&self, piece: &Polyhedron) -> Polyhedron {
        piece.placed(self.rotation, self.center_m - self.rotation * self.local_center_m)
    }

    fn put_point(&self, point_m: DVec3) -> DVec3 {
        self.center_m + self.rotation * (point_m - self.local_center_m)
    }

    fn velocity_at_m_s(&self, point_m: DVec3) -> DVec3 {
        self.linear_m_s + self.angular_rad_s.cross(point_m - self.center_m)
    }
}

/// The forces on one body.
#[derive(Default)]
struct Sum {
    force_n: DVec3,
    torque_n_m: DVec3,
    drag_n: DVec3,
    drag_torque_n_m: DVec3,
    /// At least the rate, per second, at which the drag slows any point of the body.
    drag_rate_per_s: f64,
}

impl Sum {
    fn push(&mut self, place: &Place, point_m: DVec3, force_n: DVec3) {
        self.force_n += force_n;
        self.torque_n_m += (point_m - place.center_m).cross(force_n);
    }

    /// Force `resistance_kg_s` times the velocity of the medium against the body, at a point.
    fn drag(&mut self, place: &Place, point_m: DVec3, against_m_s: DVec3, resistance_kg_s: f64) {
        let arm = point_m - place.center_m;
        self.drag_n += against_m_s * resistance_kg_s;
        self.drag_torque_n_m += arm.cross(against_m_s * resistance_kg_s);
        self.drag_rate_per_s += resistance_kg_s * (place.inverse_mass + arm.length_squared() * place.inverse_inertia);
    }

    /// The drag equation for one face: ½ ρ C |u| u times the area that it turns against the medium.
    fn drag_on_face(
        &mut self,
        place: &Place,
        middle: DVec3,
        area_vector: DVec3,
        medium_m_s: DVec3,
        half_density_times_c: f64,
    ) {
        let against_m_s = medium_m_s - place.velocity_at_m_s(middle);
        let met_m3_s = -area_vector.dot(against_m_s);
        if met_m3_s > 0.0 {
            self.drag(place, middle, against_m_s, half_density_times_c * met_m3_s);
        }
    }

    /// Force and torque. However strong the drag and long the step, the body comes to rest in the medium and is never thrown
    /// back: a step takes less than all of the velocity. For steps that take little the force is exact to second order.
    fn bounded(&self, dt_secs: f64) -> (DVec3, DVec3) {
        let taken = self.drag_rate_per_s * dt_secs;
        let share = 1.0 / (1.0 + taken * taken).sqrt();
        (self.force_n + self.drag_n * share, self.torque_n_m + self.drag_torque_n_m * share)
    }
}

/// A liquid at one time.
struct Pool<'a> {
    fluid: &'a Fluid,
    flow_m_s: DVec3,
    /// Its surface first.
    bounds: Vec<HalfSpace>,
}

impl<'a> Pool<'a> {
    fn new(scene_fluid: &'a SceneFluid, shot: &LoadedShot, frame: f64) -> Result<Self, PhysicsError> {
        let SceneFluid { part_index, id, fluid } = scene_fluid;
        let world_from_part = shot.world_transform_at(*part_index, frame);
        let origin = world_from_part.translation().as_dvec3();
        let rotation = world_from_part.rotation().as_dquat().normalize();
        if !origin.is_finite() || !rotation.is_finite() {
            return Err(PhysicsError::NotANumber { part: id.clone(), frame });
        }
        let bound = |local: DVec3, reach_m: f64| {
            let normal = rotation * local;
            HalfSpace { normal, offset_m: normal.dot(origin) + reach_m }
        };
        let mut bounds = vec![bound(DVec3::Y, 0.0)];
        bounds.extend(fluid.depth_m.map(|depth_m| bound(DVec3::NEG_Y, f64::from(depth_m))));
        for (axis, size_m) in [DVec3::X, DVec3::Z].into_iter().zip(fluid.size_m.into_iter().flatten()) {
            bounds.extend([axis, -axis].map(|side| bound(side, f64::from(size_m) / 2.0)));
        }
        let flow_m_s = rotation * DVec3::from_array(fluid.flow_m_s.map(f64::from));
        Ok(Self { fluid, flow_m_s, bounds })
    }

    fn act(&self, pieces: &[Piece], place: &Place, gravity_m_s2: DVec3, sum: &mut Sum) {
        let density_kg_m3 = f64::from(self.fluid.density_kg_m3);
        for piece in pieces {
            let (middle, radius_m) = (place.put_point(piece.ball.0), piece.ball.1);
            if self.bounds.iter().any(|bound| bound.normal.dot(middle) - bound.offset_m > radius_m) {
                continue;
            }
            let submerged = self.bounds.iter().fold(place.put(&piece.shape), |rest, bound| rest.clipped(bound));
            let (volume_m3, centroid) = submerged.volume_m3();
            if !(volume_m3 > 0.0) {
                continue;
            }
            sum.push(place, centroid, gravity_m_s2 * (-density_kg_m3 * volume_m3));
            let strength = 0.5 * density_kg_m3 * f64::from(self.fluid.drag_coefficient);
            for face in submerged.faces.iter().filter(|face| face.outer && strength > 0.0) {
                sum.drag_on_face(place, face.middle(), face.area_vector(), self.flow_m_s, strength);
            }
        }
    }
}
