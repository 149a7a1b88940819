//! What a cloth meets during a step: solids on their way from one frame to the next, and the wind.

use std::f32::consts::{PI, TAU};

use bevy::math::{DVec2, DVec3, Mat3, Quat, Vec3};
use kinema_core::{Solid, SolidForm, SolidPlace, WindField};

use crate::simulation::v3;
use crate::solver::contact::error::ContactError;
use crate::solver::contact::hook::Contact;
use crate::solver::contact::mesh::{BodyMesh, ContactMesh};
use crate::solver::contact::shapes::{Body, Core};
use crate::solver::contact::solver::ContactSettings;
use crate::solver::fabric::Fabric;
use crate::solver::mesh::ClothMesh;
use crate::solver::position::{from_metres, to_metres};
use crate::solver::state::{SharedV3, State};
use crate::solver::step::SubstepHook;
use crate::solver::vec3::V3;

/// Wind is evaluated anew after as many substeps; between, it is that of the last time.
const STEPS_A_WIND: u32 = 4;

/// Contact and wind of one cloth.
pub struct Surroundings {
    contact: Contact,
    /// Positions of the simple solids in the list of all solids.
    simple: Vec<usize>,
    /// Where the simple solids are when the frame is over.
    poses: Vec<Pose>,
    /// Positions of the meshes in that list.
    meshes: Vec<usize>,
    /// Vertices of all meshes at the start and the end of the frame, against the cloth's origin, metres.
    from: Vec<DVec3>,
    to: Vec<DVec3>,
    origin_m: DVec3,
    wind: WindField,
    start_secs: f64,
    frame_secs: f64,
    steps: u32,
    step: u32,
}

impl Surroundings {
    /// For a cloth and the solids of its shot, which are at `places`.
    ///
    /// # Errors
    /// A mesh that cannot collide.
    pub fn new(
        cloth: &ClothMesh,
        fabric: &Fabric,
        solids: &[Solid],
        places: &[SolidPlace],
        origin_m: DVec3,
        threads: usize,
    ) -> Result<Self, ContactError> {
        let start: Vec<[i32; 3]> = cloth.positions_m.iter().map(|place| place.map(|x| from_metres(x).0)).collect();
        let mut bodies = Vec::new();
        let (mut simple, mut meshes, mut simple_bodies) = (Vec::new(), Vec::new(), Vec::new());
        let mut friction_of_meshes = 0.0_f32;
        // Only particles keep off round solids, so that the middle of a triangle would sink in by this much.
        let reach_m = largest_circumradius_m(cloth);
        let rounded = |radius_m: f32| radius_m + (reach_m * reach_m / (2.0 * radius_m)).min(reach_m);
        for (index, solid) in solids.iter().enumerate() {
            let friction = 0.5 * (solid.friction + fabric.friction);
            let mut add = |core: Core, rounding_m: f32| {
                simple.push(index);
                simple_bodies.push(Body::new(core, rounding_m, [0.0; 3], friction));
            };
            match &solid.form {
                SolidForm::Ball { radius_m } => add(Core::Point, rounded(*radius_m)),
                SolidForm::Capsule { radius_m, half_height_m } => {
                    add(Core::Segment { half_length_m: *half_height_m }, rounded(*radius_m));
                }
                SolidForm::HalfSpace => add(Core::HalfSpace, 0.0),
                SolidForm::Mesh { vertices, triangles } => {
                    meshes.push(index);
                    bodies.push(BodyMesh { vertices: *vertices, triangles: triangles.to_vec() });
                    friction_of_meshes = friction_of_meshes.max(friction);
                }
            }
        }
        let settings = ContactSettings {
            friction: fabric.friction,
            body_friction: friction_of_meshes,
            threads,
            ..ContactSettings::default()
        };
        let mesh = ContactMesh::new(&cloth.triangles, &start, fabric.thickness_m, &bodies)?;
        let mut contact = Contact::new(mesh, settings);
        contact.bodies = simple_bodies;
        let poses: Vec<Pose> = simple.iter().filter_map(|index| Pose::of(places, *index)).collect();
        for (body, pose) in contact.bodies.iter_mut().zip(&poses) {
            place(body, pose, origin_m);
        }
        let mut surroundings = Self {
            contact,
            poses,
            simple,
            meshes,
            from: Vec::new(),
            to: Vec::new(),
            origin_m,
            wind: WindField::default(),
            start_secs: 0.0,
            frame_secs: 1.0,
            steps: 1,
            step: 0,
        };
        surroundings.to = surroundings.vertices(places);
        Ok(surroundings)
    }

    /// The solids will be at `places` when the frame is over.
    pub fn begin_frame(
        &mut self,
        places: &[SolidPlace],
        wind: &WindField,
        start_secs: f64,
        frame_secs: f64,
        steps: u32,
    ) {
        self.from = std::mem::take(&mut self.to);
        self.to = self.vertices(places);
        self.send_simple(places, frame_secs);
        self.wind.clone_from(wind);
        (self.start_secs, self.frame_secs, self.steps, self.step) = (start_secs, frame_secs, steps.max(1), 0);
    }

    fn vertices(&self, places: &[SolidPlace]) -> Vec<DVec3> {
        let of = |index: &usize| match places.get(*index) {
            Some(SolidPlace::Vertices(vertices)) => vertices.as_slice(),
            _ => &[],
        };
        self.meshes.iter().flat_map(of).map(|vertex| vertex.as_dvec3() - self.origin_m).collect()
    }

    /// Puts the simple solids exactly where the last frame was to bring them, with the velocities that bring them to `places`.
    fn send_simple(&mut self, places: &[SolidPlace], frame_secs: f64) {
        let moving = self.contact.bodies.iter_mut().zip(&self.simple).zip(&mut self.poses);
        for ((body, index), pose) in moving {
            let Some(next) = Pose::of(places, *index) else { continue };
            place(body, pose, self.origin_m);
            body.velocity_m_s = v3((next.translation_m - pose.translation_m) / frame_secs as f32);
            let (axis, angle) = (next.rotation * pose.rotation.inverse()).to_axis_angle();
            let angle = if angle > PI { angle - TAU } else { angle };
            body.angular_velocity_rad_s = v3(axis * (angle / frame_secs as f32));
            *pose = next;
        }
    }

    fn send_meshes(&mut self) {
        let share = |step: u32| f64::from(step) / f64::from(self.steps);
        let [now, next] = [self.step, self.step + 1].map(share);
        let ends = self.from.iter().zip(&self.to);
        let place =
            |from: DVec3, to: DVec3, share: f64| (from + (to - from) * share).to_array().map(|x| from_metres(x).0);
        let positions: Vec<[i32; 3]> = ends.clone().map(|(from, to)| place(*from, *to, now)).collect();
        let ways: Vec<V3> = ends
            .zip(&positions)
            .map(|((from, to), here)| {
                let there = place(*from, *to, next);
                V3::from_array([0, 1, 2].map(|axis| (to_metres(there[axis], 0.0) - to_metres(here[axis], 0.0)) as f32))
            })
            .collect();
        // The counts are those that the solver was made with.
        let _ = self.contact.solver.set_bodies(&positions, &ways);
    }

    fn blow(&self, state: &State, air: &[SharedV3]) {
        let secs = self.start_secs + self.frame_secs * f64::from(self.step) / f64::from(self.steps);
        for (index, air) in air.iter().enumerate().take(state.len()) {
            let place = (self.origin_m + DVec3::from_array(state.position_m(index))).as_vec3();
            air.set(v3(self.wind.velocity_m_s(place, secs)));
        }
    }
}

impl SubstepHook for Surroundings {
    fn begin(&mut self, state: &State, wind: &[SharedV3], dt_secs: f32) {
        if !self.meshes.is_empty() {
            self.send_meshes();
        }
        if self.step.is_multiple_of(STEPS_A_WIND) {
            self.blow(state, wind);
        }
        self.contact.begin(state, wind, dt_secs);
        self.step += 1;
    }

    fn predicted(&mut self, state: &State, dt_secs: f32) {
        self.contact.predicted(state, dt_secs);
    }

    fn iterated(&mut self, state: &State, dt_secs: f32) {
        self.contact.iterated(state, dt_secs);
    }

    fn finish(&mut self, state: &State, dt_secs: f32) {
        self.contact.finish(state, dt_secs);
    }
}

/// Radius of the circle through the corners of the triangle where it is largest, at rest, metres.
fn largest_circumradius_m(cloth: &ClothMesh) -> f32 {
    let of = |corners: &[[f64; 2]; 3]| {
        let [a, b, c] = corners.map(DVec2::from_array);
        let sides = (b - a).length() * (c - b).length() * (a - c).length();
        sides / (2.0 * (b - a).perp_dot(c - a).abs()).max(1e-12)
    };
    cloth.corner_uv_m.iter().map(of).fold(0.0, f64::max) as f32
}

/// Where a simple solid is, world space.
#[derive(Clone, Copy, Debug)]
struct Pose {
    translation_m: Vec3,
    rotation: Quat,
}

impl Pose {
    fn of(places: &[SolidPlace], index: usize) -> Option<Self> {
        match places.get(index) {
            Some(SolidPlace::Pose { translation_m, rotation }) => {
                Some(Self { translation_m: *translation_m, rotation: *rotation })
            }
            _ => None,
        }
    }
}

fn place(body: &mut Body, pose: &Pose, origin_m: DVec3) {
    let centre = (pose.translation_m.as_dvec3() - origin_m).to_array().map(from_metres);
    body.q = centre.map(|(units, _)| units);
    body.offset_m = V3::from_array(centre.map(|(_, rest)| rest));
    let axes = Mat3::from_quat(pose.rotation);
    body.axes = [axes.x_axis, axes.y_axis, axes.z_axis].map(v3);
}
