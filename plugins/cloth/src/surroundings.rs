//! What cloths meet during a step: solids on their way from one frame to the next, and the wind.

use std::f32::consts::{PI, TAU};

use bevy::math::{DVec3, Mat3, Quat, Vec3};
use kinema_core::{Solid, SolidForm, SolidImpulse, SolidPlace, WindField};

use crate::simulation::v3;
use crate::solver::cloth::Cloth;
use crate::solver::contact::error::ContactError;
use crate::solver::contact::hook::{Contact, Led};
use crate::solver::contact::mesh::{BodyMesh, ContactMesh, Layer};
use crate::solver::contact::shapes::{Body, Core};
use crate::solver::contact::solver::ContactSettings;
use crate::solver::error::ClothError;
use crate::solver::fabric::Fabric;
use crate::solver::mesh::ClothMesh;
use crate::solver::position::{from_metres, to_metres};
use crate::solver::step::{Stepped, step_together};
use crate::solver::vec3::V3;

/// Wind is evaluated anew after as many substeps; between, it is that of the last time.
const STEPS_A_WIND: u32 = 4;

/// Free about every mesh besides the cloth's half thickness, metres: hair and what lies under a garment, and room in which a fast limb is noticed.
const CLEARANCE_M: f32 = 0.002;

/// Bodies of triangles give way to cloth that has no room, metres: flesh, and hard bodies that are late by a little rather than in cloth.
const DEEPEST_DENT_M: f32 = 0.05;

/// A solid that goes farther in a frame, or in a part of one, has jumped, metres: it sweeps nothing along, and what is then inside is brought out.
pub(crate) const JUMP_M: f64 = 0.5;

/// A cloth and what it is made of.
pub type Layered<'a> = (&'a ClothMesh, &'a Fabric);

/// Contact and wind of cloths that may touch.
pub struct Surroundings {
    contact: Contact,
    /// Positions of the simple solids in the list of all solids.
    simple: Vec<usize>,
    /// Where the simple solids are when the stretch is over.
    poses: Vec<Pose>,
    /// Positions of the meshes in that list.
    meshes: Vec<usize>,
    /// Triangles of the meshes.
    body_meshes: Vec<BodyMesh>,
    stretch: Stretch,
    origin_m: DVec3,
    wind: WindField,
}

impl Surroundings {
    /// For cloths that have one origin, inner ones first where there is an order, and the solids of their shot, which are at `places`.
    ///
    /// # Errors
    /// A mesh that cannot collide.
    pub fn new(
        cloths: &[Layered],
        solids: &[Solid],
        places: &[SolidPlace],
        origin_m: DVec3,
        threads: usize,
    ) -> Result<Self, ContactError> {
        let mut bodies = Vec::new();
        let (mut simple, mut meshes, mut simple_bodies) = (Vec::new(), Vec::new(), Vec::new());
        for (index, solid) in solids.iter().enumerate() {
            let mut add = |core: Core, rounding_m: f32| {
                simple.push(index);
                simple_bodies.push(Body::new(core, rounding_m, [0.0; 3], solid.friction));
            };
            match &solid.form {
                SolidForm::Ball { radius_m } => add(Core::Point, *radius_m),
                SolidForm::Capsule { radius_m, half_height_m } => {
                    add(Core::Segment { half_length_m: *half_height_m }, *radius_m);
                }
                SolidForm::HalfSpace => add(Core::HalfSpace, 0.0),
                SolidForm::Mesh { vertices, triangles } => {
                    meshes.push(index);
                    bodies.push(BodyMesh {
                        vertices: *vertices,
                        triangles: triangles.to_vec(),
                        clearance_m: CLEARANCE_M,
                        friction: solid.friction,
                        pose: vertices_of(places, index).iter().map(|at| units(at.as_dvec3() - origin_m)).collect(),
                    });
                }
            }
        }
        let starts: Vec<Vec<[i32; 3]>> = cloths.iter().map(|(mesh, _)| start(mesh)).collect();
        let layers: Vec<Layer> =
            cloths.iter().zip(&starts).map(|((mesh, fabric), start)| layer(mesh, fabric, start)).collect();
        let mesh = ContactMesh::of_layers(&layers, &bodies)?;
        let mut contact = Contact::new(
            mesh,
            ContactSettings { threads, deepest_dent_m: DEEPEST_DENT_M, ..ContactSettings::default() },
        );
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
            body_meshes: bodies,
            stretch: Stretch { from: Vec::new(), to: Vec::new(), start_secs: 0.0, secs: 1.0, steps: 1, step: 0 },
            origin_m,
            wind: WindField::default(),
        };
        surroundings.stretch.to = surroundings.vertices(places);
        surroundings.stretch.from.clone_from(&surroundings.stretch.to);
        surroundings.stretch.send(&mut surroundings.contact);
        Ok(surroundings)
    }

    /// The cloths have other particles and the same surroundings: one tore.
    ///
    /// # Errors
    /// What came out cannot collide.
    pub fn remesh(&mut self, cloths: &[&Cloth]) -> Result<(), ContactError> {
        let places = |cloth: &&Cloth| cloth.state().particles().iter().map(|particle| particle.q()).collect();
        let starts: Vec<Vec<[i32; 3]>> = cloths.iter().map(places).collect();
        let layers: Vec<Layer> =
            cloths.iter().zip(&starts).map(|(cloth, start)| layer(cloth.mesh(), cloth.fabric(), start)).collect();
        let mesh = ContactMesh::of_layers(&layers, &self.body_meshes)?;
        let mut contact = Contact::new(mesh, self.contact.solver.settings.clone());
        contact.bodies = std::mem::take(&mut self.contact.bodies);
        contact.movers = std::mem::take(&mut self.contact.movers);
        contact.exchanges = std::mem::take(&mut self.contact.exchanges);
        contact.solver.given = std::mem::take(&mut self.contact.solver.given);
        self.contact = contact;
        Ok(())
    }

    /// Begins a frame or a part of one, `steps` substeps in `secs`: the solids will be at `places` when it is over.
    pub fn begin_stretch(&mut self, places: &[SolidPlace], wind: &WindField, start_secs: f64, secs: f64, steps: u32) {
        let mut from = std::mem::take(&mut self.stretch.to);
        let to = self.vertices(places);
        let mut first = 0;
        for index in &self.meshes {
            let count = vertices_of(places, *index).len();
            let (from, to) = (&mut from[first..first + count], &to[first..first + count]);
            if from.iter().zip(to).any(|(from, to)| from.distance_squared(*to) > JUMP_M * JUMP_M) {
                from.copy_from_slice(to);
            }
            first += count;
        }
        self.send_simple(places, secs);
        self.wind.clone_from(wind);
        self.stretch = Stretch { from, to, start_secs, secs, steps: steps.max(1), step: 0 };
    }

    /// What cloth has done to the solids since this was last asked, by their position in the list of all.
    pub fn take_impulses(&mut self) -> Vec<SolidImpulse> {
        let impulse = |solid: usize, (linear, angular): ([f64; 3], [f64; 3]), about_m: DVec3| SolidImpulse {
            solid,
            linear_n_s: DVec3::from_array(linear),
            angular_n_m_s: DVec3::from_array(angular),
            about_m,
        };
        let simple = self.simple.iter().zip(&mut self.contact.exchanges).zip(&self.contact.bodies);
        let of_simple = simple.map(|((solid, exchange), body)| {
            // Within a stretch the body goes on; its centre at the end stands for all.
            let centre = [0, 1, 2].map(|axis| to_metres(body.q[axis], body.offset_m.to_array()[axis]));
            impulse(*solid, exchange.take(), self.origin_m + DVec3::from_array(centre))
        });
        let of_meshes = self.meshes.iter().zip(&mut self.contact.solver.given);
        of_simple.chain(of_meshes.map(|(solid, given)| impulse(*solid, given.take(), self.origin_m))).collect()
    }

    /// Where cloth holds bodies of triangles back now, when a stretch is over: the position of the solid in the list of all, its vertex, and how far
    /// off that is, metres.
    pub fn dents(&self) -> Vec<(usize, usize, DVec3)> {
        let mut ends = Vec::with_capacity(self.meshes.len());
        let mut end = 0;
        for (solid, mesh) in self.meshes.iter().zip(&self.body_meshes) {
            end += mesh.vertices;
            ends.push((*solid, end - mesh.vertices, end));
        }
        let owner = |vertex: usize| ends.iter().find(|(_, _, end)| vertex < *end);
        let told = self.held_back().into_iter().filter_map(|(vertex, off_m)| {
            let (solid, first, _) = owner(vertex)?;
            Some((*solid, vertex - first, off_m))
        });
        told.collect()
    }

    /// The same by vertex of all meshes.
    fn held_back(&self) -> Vec<(usize, DVec3)> {
        let should: Vec<[i32; 3]> = self.stretch.to.iter().map(|place| units(*place)).collect();
        let dents = self.contact.solver.dents_m(&should).into_iter();
        dents.map(|(vertex, off)| (vertex, DVec3::from_array(off.to_array().map(f64::from)))).collect()
    }

    /// How far the particles of `cloths` go along, metres, if bodies of triangles are where pictures show them, at `drawn`, and not where the cloths meet them.
    pub fn with_drawn(&mut self, cloths: &[&Cloth], drawn: &[SolidPlace]) -> Vec<DVec3> {
        let drawn = self.vertices(drawn);
        if drawn == self.stretch.to && self.contact.solver.counts.dented == 0 {
            return vec![DVec3::ZERO; cloths.iter().map(|cloth| cloth.state().len()).sum()];
        }
        let mut met = self.stretch.to.clone();
        for (vertex, off_m) in self.held_back() {
            met[vertex] += off_m;
        }
        let ways: Vec<V3> = drawn.iter().zip(&met).map(|(to, from)| v3((*to - *from).as_vec3())).collect();
        let places = |cloth: &&Cloth| cloth.state().particles().iter().map(|particle| particle.q()).collect::<Vec<_>>();
        self.contact.solver.set_cloth(&cloths.iter().flat_map(places).collect::<Vec<_>>());
        let along = self.contact.solver.with_bodies(&ways);
        along.into_iter().map(|way| DVec3::from_array(way.to_array().map(f64::from))).collect()
    }

    fn vertices(&self, places: &[SolidPlace]) -> Vec<DVec3> {
        self.meshes
            .iter()
            .flat_map(|index| vertices_of(places, *index))
            .map(|vertex| vertex.as_dvec3() - self.origin_m)
            .collect()
    }

    /// Puts the simple solids exactly where the last stretch was to bring them, with the velocities that bring them to `places`.
    fn send_simple(&mut self, places: &[SolidPlace], secs: f64) {
        let moving = self.contact.bodies.iter_mut().zip(&self.simple).zip(&mut self.poses);
        for ((body, index), pose) in moving {
            let Some(next) = Pose::of(places, *index) else { continue };
            if next.translation_m.as_dvec3().distance(pose.translation_m.as_dvec3()) > JUMP_M {
                *pose = next;
            }
            place(body, pose, self.origin_m);
            body.velocity_m_s = v3((next.translation_m - pose.translation_m) / secs as f32);
            let (axis, angle) = (next.rotation * pose.rotation.inverse()).to_axis_angle();
            let angle = if angle > PI { angle - TAU } else { angle };
            body.angular_velocity_rad_s = v3(axis * (angle / secs as f32));
            *pose = next;
        }
    }

    /// Makes substeps of cloths, those that it was made for, in the wind and among solids on their way.
    ///
    /// # Errors
    /// As [`step_together`].
    pub fn step(&mut self, cloths: &mut [&mut Cloth], substeps: u32) -> Result<(), ClothError> {
        let Self { contact, stretch, wind, origin_m, .. } = self;
        let mut led = Led::new(contact, |contact, cloths| {
            stretch.send(contact);
            if stretch.step.is_multiple_of(STEPS_A_WIND) {
                blow(wind, *origin_m, stretch.now_secs(), cloths);
            }
            stretch.step += 1;
        });
        step_together(cloths, substeps, &mut led)
    }
}

/// A frame or a part of one.
struct Stretch {
    /// Vertices of all meshes at its start and its end, against the cloths' origin, metres.
    from: Vec<DVec3>,
    to: Vec<DVec3>,
    /// When it began, how long it is, how many substeps it has and how many are done.
    start_secs: f64,
    secs: f64,
    steps: u32,
    step: u32,
}

impl Stretch {
    /// Sends bodies of triangles on their way in the next substep.
    fn send(&self, contact: &mut Contact) {
        if self.to.is_empty() {
            return;
        }
        let [now, next] = [self.step, self.step + 1].map(|step| -> Vec<[i32; 3]> {
            let share = f64::from(step) / f64::from(self.steps);
            self.from.iter().zip(&self.to).map(|(from, to)| units(*from + (*to - *from) * share)).collect()
        });
        // The counts are those that the solver was made with.
        let _ = contact.solver.send_bodies(&now, &next);
    }

    fn now_secs(&self) -> f64 {
        self.start_secs + self.secs * f64::from(self.step) / f64::from(self.steps)
    }
}

fn blow(wind: &WindField, origin_m: DVec3, secs: f64, cloths: &[Stepped]) {
    for cloth in cloths {
        for (index, air) in cloth.wind.iter().enumerate().take(cloth.state.len()) {
            let place = (origin_m + DVec3::from_array(cloth.state.position_m(index))).as_vec3();
            air.set(v3(wind.velocity_m_s(place, secs)));
        }
    }
}

/// A cloth as a layer of a contact mesh, with its vertices at `start`, units.
pub fn layer<'a>(mesh: &'a ClothMesh, fabric: &Fabric, start: &'a [[i32; 3]]) -> Layer<'a> {
    Layer { triangles: &mesh.triangles, start, thickness_m: fabric.thickness_m, friction: fabric.friction }
}

fn vertices_of(places: &[SolidPlace], index: usize) -> &[Vec3] {
    match places.get(index) {
        Some(SolidPlace::Vertices(vertices)) => vertices,
        _ => &[],
    }
}

fn units(place_m: DVec3) -> [i32; 3] {
    place_m.to_array().map(|x| from_metres(x).0)
}

/// Where a cloth's vertices start, units.
fn start(mesh: &ClothMesh) -> Vec<[i32; 3]> {
    mesh.positions_m.iter().map(|place| place.map(|x| from_metres(x).0)).collect()
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
