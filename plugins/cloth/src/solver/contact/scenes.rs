//! Scenes in which cloth is hardest to keep apart. `kinema bench cloth` counts intersections in every frame of them, tests in small versions.

use super::error::ContactError;
use super::hook::Contact;
use super::mesh::{BodyMesh, ContactMesh};
use super::referee;
use super::shapes::{Body, Core, axes_with_second_along};
use super::solver::ContactSettings;
use crate::solver::cloth::{Cloth, Fastenings};
use crate::solver::error::ClothError;
use crate::solver::fabric::Fabric;
use crate::solver::grids::{Diagonals, rectangle};
use crate::solver::mesh::ClothMesh;
use crate::solver::position::{from_metres, to_metres};
use crate::solver::settings::Settings;
use crate::solver::vec3::V3;
use std::f64::consts::PI;

/// Frames of 1/60 s.
pub const FRAMES_PER_SEC: f64 = 60.0;
/// Substeps of each.
pub const SUBSTEPS: u32 = 20;
/// Thickness of all cloths here, metres.
const THICKNESS_M: f32 = 1e-3;

/// Where pins are at a time: pin, seconds -> metres; none where they stay.
type Pins = fn(u32, f64) -> Option<[f64; 3]>;
/// How far the body of triangles is from where it began at a time, metres.
type Way = fn(f64) -> [f64; 3];

/// A cloth on its way through a scene.
pub struct Scene {
    /// Its name in reports.
    pub name: &'static str,
    /// How long it is, frames.
    pub frames: u32,
    /// The cloth.
    pub cloth: Cloth,
    /// What it touches.
    pub contact: Contact,
    pinned: Vec<u32>,
    pins: Pins,
    body: Vec<[f64; 3]>,
    way: Way,
    secs: f64,
}

fn fabric() -> Fabric {
    Fabric { velocity_damping_per_sec: 0.5, thickness_m: THICKNESS_M, ..Fabric::isotropic(0.15, 2000.0, 1e-5, 0.3) }
}

fn still(_: u32, _: f64) -> Option<[f64; 3]> {
    None
}

/// What keeps a scene from being made.
#[derive(Debug, thiserror::Error)]
pub enum SceneError {
    /// The cloth.
    #[error(transparent)]
    Cloth(#[from] ClothError),
    /// Its contact.
    #[error(transparent)]
    Contact(#[from] ContactError),
}

impl Scene {
    fn new(
        name: &'static str,
        frames: u32,
        mesh: ClothMesh,
        pins: (Vec<u32>, Pins),
        body: Option<(BodyMesh, Vec<[f64; 3]>, Way)>,
        threads: usize,
    ) -> Result<Scene, SceneError> {
        let settings = Settings {
            substep_secs: (1.0 / FRAMES_PER_SEC / f64::from(SUBSTEPS)) as f32,
            threads,
            ..Settings::default()
        };
        let (pinned, pins) = pins;
        let cloth = Cloth::new(mesh, fabric(), settings, Fastenings { pins: pinned.clone(), ..Fastenings::default() })?;
        let start: Vec<[i32; 3]> = cloth.state().particles().iter().map(|p| p.q()).collect();
        let bodies: Vec<BodyMesh> = body.iter().map(|(mesh, ..)| mesh.clone()).collect();
        let mesh = ContactMesh::new(&cloth.mesh().triangles, &start, THICKNESS_M, &bodies)?;
        let contact = Contact::new(mesh, ContactSettings { threads, ..ContactSettings::default() });
        let (body, way) = body.map_or((Vec::new(), (|_| [0.0; 3]) as Way), |(_, places, way)| (places, way));
        Ok(Scene { name, frames, cloth, contact, pinned, pins, body, way, secs: 0.0 })
    }

    /// A ribbon of 2.4 by 80 cm is twisted ten turns in two seconds while its ends come together, and then held for as long as `frames` say.
    ///
    /// # Errors
    /// None for the sizes given here.
    pub fn ribbon(frames: u32, threads: usize) -> Result<Scene, SceneError> {
        let (columns, rows) = (RIBBON_COLUMNS as usize, 100);
        let mut mesh = rectangle([RIBBON_WIDTH_M, RIBBON_M], [columns, rows], Diagonals::Alternating)?;
        for p in &mut mesh.positions_m {
            *p = [p[0] - 0.5 * RIBBON_WIDTH_M, 0.0, -p[2] - 0.5 * RIBBON_M];
        }
        let last = ((columns + 1) * rows) as u32;
        let pins = (0..=RIBBON_COLUMNS).chain((0..=RIBBON_COLUMNS).map(|i| last + i)).collect();
        Scene::new("ribbon", frames, mesh, (pins, ribbon_pin), None, threads)
    }

    /// Eight sheets of 30 by 30 cm and `cells` by `cells` squares fall into a funnel of four planes over a floor.
    ///
    /// # Errors
    /// Sizes out of range.
    pub fn funnel(cells: usize, frames: u32, threads: usize) -> Result<Scene, SceneError> {
        let mut all = sheet_of_funnel(cells, 0)?;
        for layer in 1..8 {
            let mesh = sheet_of_funnel(cells, layer)?;
            let base = all.positions_m.len() as u32;
            all.triangles.extend(mesh.triangles.iter().map(|t| t.map(|v| v + base)));
            all.corner_uv_m.extend(mesh.corner_uv_m);
            all.positions_m.extend(mesh.positions_m);
        }
        let mut scene = Scene::new("funnel", frames, all, (Vec::new(), still), None, threads)?;
        scene.contact.bodies.push(ground());
        for (x, z) in [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)] {
            let mut wall = Body::new(Core::HalfSpace, 0.0, [-0.04 * x, 0.0, -0.04 * z], 0.2);
            wall.axes = axes_with_second_along(V3::new(x as f32, 0.6, z as f32));
            scene.contact.bodies.push(wall);
        }
        Ok(scene)
    }

    /// The hem of a hanging sheet lies on the ground; a foot of triangles steps on it, presses it down to a slit of 1 mm, drags it 5 cm and lets go, four times in two seconds.
    ///
    /// # Errors
    /// Sizes out of range.
    pub fn hem(cells: usize, frames: u32, threads: usize) -> Result<Scene, SceneError> {
        let mut mesh = rectangle([0.5, 0.3], [cells, (cells * 3).div_ceil(5)], Diagonals::Alternating)?;
        // It hangs from its upper edge; the last 15 cm lie on the ground.
        for p in &mut mesh.positions_m {
            let (u, along) = (p[0], -p[2]);
            *p = if u < 0.35 {
                [-0.15 - 0.15, 0.352 - u, along - 0.15]
            } else {
                [-0.3 + (u - 0.35), 0.002, along - 0.15]
            };
        }
        let pins = (0..).zip(&mesh.positions_m).filter(|(_, p)| p[1] > 0.3519).map(|(i, _)| i).collect();
        let (body, mut places) = capsule(0.04, 0.09, 2);
        for p in &mut places {
            *p = [p[0] - 0.22, p[1] + 0.041 + FOOT_RISE_M, p[2]];
        }
        let mut scene = Scene::new("hem", frames, mesh, (pins, still), Some((body, places, foot_way)), threads)?;
        scene.contact.bodies.push(ground());
        Ok(scene)
    }

    /// Steps one frame.
    pub fn step_frame(&mut self) {
        let next = self.secs + 1.0 / FRAMES_PER_SEC;
        for pin in self.pinned.clone() {
            match (self.pins)(pin, next) {
                // The pins of the scenes are valid.
                Some(target) => drop(self.cloth.move_pin(pin, target, SUBSTEPS)),
                None => self.cloth.state().particles()[pin as usize].set_velocity_m_s(V3::ZERO),
            }
        }
        for ends in self.body_path().windows(2) {
            if !self.body.is_empty() {
                // As many as the solver was made with.
                drop(self.contact.solver.send_bodies(&ends[0], &ends[1]));
            }
            self.cloth.step_with(1, &mut self.contact);
        }
        self.secs = next;
    }

    /// Where the vertices of the body of triangles are at the start of each substep of the next frame, and at its end, units.
    pub fn body_path(&self) -> Vec<Vec<[i32; 3]>> {
        let secs = |step: u32| self.secs + f64::from(step) / f64::from(SUBSTEPS) / FRAMES_PER_SEC;
        (0..=SUBSTEPS).map(|step| self.body_units(secs(step))).collect()
    }

    fn body_units(&self, secs: f64) -> Vec<[i32; 3]> {
        let way = (self.way)(secs);
        self.body.iter().map(|p| [0, 1, 2].map(|k| from_metres(p[k] + way[k]).0)).collect()
    }

    /// Vertices of the cloth, then of the body of triangles, metres.
    pub fn positions_m(&self) -> Vec<[f64; 3]> {
        let cloth = (0..self.cloth.state().len()).map(|i| self.cloth.state().position_m(i));
        let body = self.body_units(self.secs).into_iter().map(|q| q.map(|x| to_metres(x, 0.0)));
        cloth.chain(body).collect()
    }

    /// How many pairs of an edge and a triangle meet now.
    pub fn intersecting_pairs(&self) -> usize {
        let mesh = self.contact.solver.mesh();
        referee::intersections(&self.positions_m(), &mesh.edges, &mesh.triangles).len()
    }

    /// Particles that do not move by themselves.
    pub fn pinned(&self) -> &[u32] {
        &self.pinned
    }

    /// Where each of them should be now, metres.
    pub fn pin_targets_m(&self) -> Vec<[f64; 3]> {
        let at =
            |pin: &u32| (self.pins)(*pin, self.secs).unwrap_or_else(|| self.cloth.state().position_m(*pin as usize));
        self.pinned.iter().map(at).collect()
    }

    /// The fastest particle that is free, m/s.
    pub fn fastest_m_s(&self) -> f32 {
        let free = self.cloth.state().particles().iter().filter(|p| p.inverse_mass_per_kg() > 0.0);
        free.fold(0.0, |m, p| m.max(p.velocity_m_s().length()))
    }

    /// How far the pin that is farthest from its target is from it, metres: pins too stop before they drive cloth through cloth.
    pub fn pin_lag_m(&self) -> f64 {
        let lag = |pin: &u32| {
            let target = (self.pins)(*pin, self.secs)?;
            let here = self.cloth.state().position_m(*pin as usize);
            Some((0..3).map(|k| (target[k] - here[k]).powi(2)).sum::<f64>().sqrt())
        };
        self.pinned.iter().filter_map(lag).fold(0.0, f64::max)
    }
}

const RIBBON_M: f64 = 0.8;
const RIBBON_WIDTH_M: f64 = 0.024;
const RIBBON_COLUMNS: u32 = 3;

/// Ten turns in two seconds, and nearer because the twist shortens the ribbon.
fn ribbon_pin(pin: u32, secs: f64) -> Option<[f64; 3]> {
    let (i, j) = (pin % (RIBBON_COLUMNS + 1), pin / (RIBBON_COLUMNS + 1));
    let side = if j == 0 { -1.0 } else { 1.0 };
    let share = (secs / 2.0).min(1.0);
    let angle = side * 10.0 * PI * share;
    let r = RIBBON_WIDTH_M * (f64::from(i) / f64::from(RIBBON_COLUMNS) - 0.5);
    Some([r * angle.cos(), r * angle.sin(), side * 0.5 * RIBBON_M * (1.0 - 0.1 * share)])
}

fn sheet_of_funnel(cells: usize, layer: u32) -> Result<ClothMesh, ClothError> {
    let mut mesh = rectangle([0.3, 0.3], [cells, cells], Diagonals::Alternating)?;
    for p in &mut mesh.positions_m {
        let (x, z, turn) = (p[0] - 0.15, p[2] + 0.15, 0.2 * f64::from(layer));
        *p = [x * turn.cos() - z * turn.sin(), 0.35 + 0.015 * f64::from(layer), x * turn.sin() + z * turn.cos()];
    }
    Ok(mesh)
}

const FOOT_RISE_M: f64 = 0.08;

/// Down, along and up again, twice a second.
fn foot_way(secs: f64) -> [f64; 3] {
    let phase = (2.0 * secs).fract();
    let smooth = |from: f64, to: f64| {
        let t = ((phase - from) / (to - from)).clamp(0.0, 1.0);
        t * t * (3.0 - 2.0 * t)
    };
    let along = 0.05 * (smooth(0.35, 0.6) - smooth(0.8, 1.0));
    [along, FOOT_RISE_M * (smooth(0.6, 0.8) - smooth(0.1, 0.3)), 0.0]
}

fn ground() -> Body {
    Body::new(Core::HalfSpace, 0.0, [0.0; 3], 0.4)
}

/// A ball of triangles: an octahedron, halved `levels` times onto its sphere, and where its vertices are, metres.
pub fn ball(radius_m: f64, levels: usize) -> (BodyMesh, Vec<[f64; 3]>) {
    let mut x: Vec<[f64; 3]> =
        vec![[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, -1.0]];
    let mut triangles: Vec<[u32; 3]> =
        vec![[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]];
    for _ in 0..levels {
        let mut middles = std::collections::BTreeMap::new();
        let mut finer = Vec::new();
        for t in &triangles {
            let mut middle = |a: u32, b: u32| {
                *middles.entry([a.min(b), a.max(b)]).or_insert_with(|| {
                    let m = [0, 1, 2].map(|k| x[a as usize][k] + x[b as usize][k]);
                    let length = m.iter().map(|c| c * c).sum::<f64>().sqrt();
                    x.push(m.map(|c| c / length));
                    x.len() as u32 - 1
                })
            };
            let [a, b, c] = [middle(t[0], t[1]), middle(t[1], t[2]), middle(t[2], t[0])];
            finer.extend([[t[0], a, c], [a, t[1], b], [c, b, t[2]], [a, b, c]]);
        }
        triangles = finer;
    }
    let mesh = BodyMesh { vertices: x.len(), triangles, clearance_m: 1e-3, friction: 0.3, pose: Vec::new() };
    (mesh, x.iter().map(|p| p.map(|c| c * radius_m)).collect())
}

/// A capsule of triangles along z: a ball that is drawn out in the middle.
fn capsule(radius_m: f64, half_length_m: f64, levels: usize) -> (BodyMesh, Vec<[f64; 3]>) {
    let (mesh, mut places) = ball(radius_m, levels);
    for p in &mut places {
        if p[2].abs() > 1e-9 {
            p[2] += half_length_m * p[2].signum();
        }
    }
    (mesh, places)
}
