// size: one story from pieces to a garment that hangs, told in order; its parts share the hook and constants.
//! Sewing and draping: seams are drawn shut about the body in the pose for fitting, sewn points become one, gravity sets in, and
//! the body moves to its first pose of the shot. Cloth meets itself and the skin all the while, so that nothing crosses.

use std::collections::BTreeMap;

use bevy::math::{DMat3, DVec3};

use super::cut::{Cut, cut};
use super::error::GarmentError;
use super::form::DressForm;
use super::lay::lay;
use super::measure::{Measurements, measure};
use super::pattern::Pattern;
use super::template::Cutting;
use crate::solver::cloth::{Cloth, Fastenings};
use crate::solver::contact::hook::Contact;
use crate::solver::contact::mesh::{BodyMesh, ContactMesh};
use crate::solver::contact::referee::intersections;
use crate::solver::contact::solver::ContactSettings;
use crate::solver::fabric::Fabric;
use crate::solver::links::Seam;
use crate::solver::mesh::ClothMesh;
use crate::solver::position::{from_metres, to_metres};
use crate::solver::settings::Settings;
use crate::solver::state::{SharedV3, State};
use crate::solver::step::SubstepHook;
use crate::solver::vec3::V3;

/// How far pieces are laid off the skin; tried from the first to the last until nothing crosses.
const CLEARANCES_M: [f64; 4] = [0.012, 0.016, 0.022, 0.03];
/// Substeps a second while sewing and draping.
const SUBSTEPS_PER_SEC: u32 = 600;
/// Substeps between two looks at the state.
const STRIDE: u32 = 10;
/// Speed at which the sides of a seam are drawn together, m/s.
const CLOSING_M_S: f64 = 0.35;
/// Thickness of cloth while it is sewn, so that seams close: metres.
const SEWING_THICKNESS_M: f32 = 2e-4;
/// How wide open a seam may be to count as closed, metres.
const CLOSED_M: f64 = 0.0025;
/// A seam that is open by less than this share of the spacing in the end is closed by hand; what that makes cross is told.
const LAST_STITCH: f64 = 0.25;
/// Longest time for closing beyond what the speed asks, seconds.
const CLOSING_SPARE_SECS: f64 = 1.2;
/// Time under gravity before the body moves, and of its motion, and at rest afterwards, seconds.
const SETTLE_SECS: f64 = 0.35;
const POSE_SECS: f64 = 1.4;
const REST_SECS: f64 = 0.35;
/// Poses of the body in which its skin is computed on the way; straight lines between.
const KEY_POSES: u32 = 36;
/// What skin keeps off cloth, metres: the skin that collides is coarser than the one that is drawn.
pub const SKIN_MARGIN_M: f32 = 0.003;

/// A garment on its body.
#[derive(Clone, Debug)]
pub struct Draped {
    /// Sewn; where its particles are, metres in the space of the body.
    pub mesh: ClothMesh,
    /// Particles that stay with the skin, and where on it.
    pub holds: Vec<Hold>,
    /// Velocities, m/s.
    pub velocities_m_s: Vec<[f32; 3]>,
}

/// A particle that goes with a triangle of the skin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hold {
    /// The particle.
    pub particle: u32,
    /// Corners of the triangle.
    pub corners: [u32; 3],
    /// Weights of the corners.
    pub weights: [f64; 3],
    /// From there to the particle, in the axes of the triangle, metres.
    pub offset_m: DVec3,
}

/// How it is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sewing {
    /// Wanted distance of particles, metres.
    pub spacing_m: f64,
    /// Threads of the solver; nothing depends on them.
    pub threads: usize,
}

/// Drafts, cuts, sews and drapes a garment. `skin_at(share)` is the skin on the way from the pose for fitting (0) to the first pose
/// of the shot (1), metres in the space of the form.
///
/// # Errors
/// A pattern that cannot be sewn, a garment that does not fit.
pub fn dress(
    cutting: &Cutting,
    fabric: &Fabric,
    sewing: Sewing,
    form: &DressForm,
    skin_at: &mut dyn FnMut(f64) -> Vec<DVec3>,
) -> Result<Draped, GarmentError> {
    let body = measure(form)?;
    let pattern = cutting.pattern(&body)?;
    let cut = cut(&pattern, sewing.spacing_m)?;
    let laid = laid(&pattern, &cut, form, &body)?;
    let (sewn, held) = close(&pattern, &cut, &laid, fabric, sewing, form)?;
    drape(sewn, &held, fabric, sewing, form, skin_at)
}

/// The pieces about the body, with as little room as there must be for nothing to cross.
pub fn laid(pattern: &Pattern, cut: &Cut, form: &DressForm, body: &Measurements) -> Result<Vec<DVec3>, GarmentError> {
    let mut refused = None;
    for clearance_m in CLEARANCES_M {
        let places = lay(pattern, cut, form, body, clearance_m)?;
        let met = crossings(&places, &cut.triangles, form);
        match met.first() {
            None => return Ok(places),
            Some((first, second)) => {
                let name = |vertex: u32| pattern.pieces[cut.piece_of[vertex as usize]].id.clone();
                let second = second.map_or("the body".to_owned(), |vertex| format!("`{}`", name(vertex)));
                refused = Some(GarmentError::Laid { first: name(*first), second, crossings: met.len() });
            }
        }
    }
    Err(refused.unwrap_or(GarmentError::NoPieces))
}

/// Where triangles of cloth cross others or the skin: a vertex of each; none for the skin.
pub fn crossings(places: &[DVec3], triangles: &[[u32; 3]], form: &DressForm) -> Vec<(u32, Option<u32>)> {
    let first = places.len() as u32;
    let x: Vec<[f64; 3]> = places.iter().chain(&form.places_m).map(|place| place.to_array()).collect();
    let skin: Vec<[u32; 3]> = form.triangles.iter().map(|corners| corners.map(|corner| corner + first)).collect();
    let (cloth_edges, skin_edges) = (edges(triangles), edges(&skin));
    let mut met: Vec<(u32, Option<u32>)> = intersections(&x, &cloth_edges, triangles)
        .into_iter()
        .map(|(edge, triangle)| (cloth_edges[edge][0], Some(triangles[triangle][0])))
        .collect();
    met.extend(intersections(&x, &cloth_edges, &skin).into_iter().map(|(edge, _)| (cloth_edges[edge][0], None)));
    met.extend(
        intersections(&x, &skin_edges, triangles).into_iter().map(|(_, triangle)| (triangles[triangle][0], None)),
    );
    met
}

/// How often cloth crosses itself, and how often cloth and skin cross.
pub fn count_crossings(places: &[DVec3], triangles: &[[u32; 3]], form: &DressForm) -> [usize; 2] {
    let met = crossings(places, triangles, form);
    let on_skin = met.iter().filter(|(_, other)| other.is_none()).count();
    [met.len() - on_skin, on_skin]
}

fn edges(triangles: &[[u32; 3]]) -> Vec<[u32; 2]> {
    let sides = |t: &[u32; 3]| [[t[0], t[1]], [t[1], t[2]], [t[2], t[0]]].map(|[a, b]| [a.min(b), a.max(b)]);
    let mut edges: Vec<[u32; 2]> = triangles.iter().flat_map(sides).collect();
    edges.sort_unstable();
    edges.dedup();
    edges
}

/// Skin on its way, and contact of cloth with it.
struct Dresser {
    contact: Contact,
    from: Vec<DVec3>,
    to: Vec<DVec3>,
    step: u32,
    steps: u32,
}

impl Dresser {
    fn new(
        mesh: &ClothMesh,
        thickness_m: f32,
        friction: f32,
        form: &DressForm,
        threads: usize,
    ) -> Result<Self, GarmentError> {
        let start: Vec<[i32; 3]> = mesh.positions_m.iter().map(|place| place.map(|x| from_metres(x).0)).collect();
        let skin = BodyMesh {
            vertices: form.places_m.len(),
            triangles: form.triangles.clone(),
            clearance_m: SKIN_MARGIN_M,
            friction,
        };
        let contact_mesh = ContactMesh::new(&mesh.triangles, &start, thickness_m, &[skin])?;
        let settings =
            ContactSettings { friction, body_friction: friction, iterations: 4, threads, ..ContactSettings::default() };
        let places = form.places_m.clone();
        Ok(Self { contact: Contact::new(contact_mesh, settings), from: places.clone(), to: places, step: 0, steps: 1 })
    }

    /// The skin goes to `places` within `steps` substeps.
    fn send(&mut self, places: Vec<DVec3>, steps: u32) {
        self.from = std::mem::replace(&mut self.to, places);
        (self.step, self.steps) = (0, steps.max(1));
    }
}

impl SubstepHook for Dresser {
    fn begin(&mut self, state: &State, wind: &[SharedV3], dt_secs: f32) {
        let share = |step: u32| f64::from(step.min(self.steps)) / f64::from(self.steps);
        let units = |share: f64| {
            let between = self.from.iter().zip(&self.to).map(move |(from, to)| from.lerp(*to, share));
            between.map(|place| place.to_array().map(|x| from_metres(x).0)).collect::<Vec<_>>()
        };
        let (now, next) = (units(share(self.step)), units(share(self.step + 1)));
        let way = |(here, there): (&[i32; 3], &[i32; 3])| {
            V3::from_array([0, 1, 2].map(|axis| (to_metres(there[axis], 0.0) - to_metres(here[axis], 0.0)) as f32))
        };
        let ways: Vec<V3> = now.iter().zip(&next).map(way).collect();
        // The counts are those that the solver was made with.
        let _ = self.contact.solver.set_bodies(&now, &ways);
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

fn settings(threads: usize, damping: f32, gravity: f32) -> Settings {
    Settings {
        substep_secs: 1.0 / SUBSTEPS_PER_SEC as f32,
        gravity_m_s2: V3::new(0.0, -gravity, 0.0),
        settle_damping_per_sec: damping,
        threads,
        ..Settings::default()
    }
}

fn steps(secs: f64) -> u32 {
    (secs * f64::from(SUBSTEPS_PER_SEC)).round() as u32
}

fn places(cloth: &Cloth) -> Vec<DVec3> {
    (0..cloth.state().len()).map(|i| DVec3::from_array(cloth.state().position_m(i))).collect()
}

/// Draws all seams shut, without gravity, and makes one point of those that are sewn. Also the points that are held.
fn close(
    pattern: &Pattern,
    cut: &Cut,
    laid: &[DVec3],
    fabric: &Fabric,
    sewing: Sewing,
    form: &DressForm,
) -> Result<(ClothMesh, Vec<u32>), GarmentError> {
    // The solver's warp is its first pattern coordinate, which is our height.
    let uv = |corner: u32| [cut.points[corner as usize].y, -cut.points[corner as usize].x];
    let mesh = ClothMesh {
        triangles: cut.triangles.clone(),
        corner_uv_m: cut.triangles.iter().map(|corners| corners.map(uv)).collect(),
        positions_m: laid.iter().map(|place| place.to_array()).collect(),
    };
    let gaps: Vec<f64> = cut.sewn.iter().map(|([a, b], _)| laid[*a as usize].distance(laid[*b as usize])).collect();
    let seams = cut.sewn.iter().zip(&gaps).map(|((particles, _), gap)| Seam {
        particles: *particles,
        rest_m: *gap as f32,
        compliance_m_n: 1e-5,
        break_force_n: f32::INFINITY,
    });
    let fastenings = Fastenings { seams: seams.collect(), ..Fastenings::default() };
    let mut dresser = Dresser::new(&mesh, SEWING_THICKNESS_M, 0.0, form, sewing.threads)?;
    let mut cloth = Cloth::new(mesh.clone(), fabric.clone(), settings(sewing.threads, 6.0, 0.0), fastenings)?;
    let widest = gaps.iter().fold(0.0, |most: f64, gap| most.max(*gap));
    let limit = steps(widest / CLOSING_M_S + CLOSING_SPARE_SECS);
    let mut step = 0;
    let open = |places: &[DVec3]| {
        let gap = |([a, b], seam): &([u32; 2], usize)| (places[*a as usize].distance(places[*b as usize]), *seam);
        cut.sewn.iter().map(gap).fold((0.0, 0), |most, gap| if gap.0 > most.0 { gap } else { most })
    };
    loop {
        let drawn_m = f64::from(step) / f64::from(SUBSTEPS_PER_SEC) * CLOSING_M_S;
        for (index, gap) in gaps.iter().enumerate() {
            cloth.set_seam_rest(index, (gap - drawn_m).max(0.0) as f32)?;
        }
        cloth.step_with(STRIDE, &mut dresser);
        step += STRIDE;
        let now = places(&cloth);
        let (gap_m, seam) = open(&now);
        let is_late = step > limit;
        if (gap_m < CLOSED_M && drawn_m > widest) || (is_late && gap_m < LAST_STITCH * sewing.spacing_m) {
            return Ok(merged(&mesh, cut, &now));
        }
        if is_late {
            let name = |side: &[super::pattern::EdgeName]| side.first().map_or(String::new(), ToString::to_string);
            let seam = pattern
                .seams
                .get(seam)
                .map_or("a button".to_owned(), |seam| format!("{} with {}", name(&seam.a), name(&seam.b)));
            return Err(GarmentError::Open { seam, gap_m });
        }
    }
}

/// One point for all that are sewn together, where they are in the mean.
fn merged(mesh: &ClothMesh, cut: &Cut, places: &[DVec3]) -> (ClothMesh, Vec<u32>) {
    let mut parent: Vec<u32> = (0..places.len() as u32).collect();
    fn root(parent: &mut [u32], mut at: u32) -> u32 {
        while parent[at as usize] != at {
            parent[at as usize] = parent[parent[at as usize] as usize];
            at = parent[at as usize];
        }
        at
    }
    for ([a, b], _) in &cut.sewn {
        let (a, b) = (root(&mut parent, *a), root(&mut parent, *b));
        parent[a.max(b) as usize] = a.min(b);
    }
    let mut index_of: BTreeMap<u32, u32> = BTreeMap::new();
    let mut sums: Vec<(DVec3, f64)> = Vec::new();
    let new: Vec<u32> = (0..places.len() as u32)
        .map(|old| {
            let root = root(&mut parent, old);
            let index = *index_of.entry(root).or_insert_with(|| {
                sums.push((DVec3::ZERO, 0.0));
                sums.len() as u32 - 1
            });
            let (sum, count) = &mut sums[index as usize];
            *sum += places[old as usize];
            *count += 1.0;
            index
        })
        .collect();
    let sewn = ClothMesh {
        triangles: mesh.triangles.iter().map(|corners| corners.map(|corner| new[corner as usize])).collect(),
        corner_uv_m: mesh.corner_uv_m.clone(),
        positions_m: sums.iter().map(|(sum, count)| (*sum / *count).to_array()).collect(),
    };
    let mut held: Vec<u32> = cut.held.iter().map(|old| new[*old as usize]).collect();
    held.sort_unstable();
    held.dedup();
    (sewn, held)
}

/// Lets the sewn garment hang, moves the body to its first pose and waits a little.
fn drape(
    mut mesh: ClothMesh,
    held: &[u32],
    fabric: &Fabric,
    sewing: Sewing,
    form: &DressForm,
    skin_at: &mut dyn FnMut(f64) -> Vec<DVec3>,
) -> Result<Draped, GarmentError> {
    let at: Vec<DVec3> = mesh.positions_m.iter().map(|place| DVec3::from_array(*place)).collect();
    let [on_itself, on_skin] = count_crossings(&at, &mesh.triangles, form);
    for (crossings, what) in [(on_itself, "itself"), (on_skin, "the body")] {
        if crossings > 0 {
            return Err(GarmentError::Crossing { crossings, what, when: "when it is sewn" });
        }
    }
    let holds: Vec<Hold> = held.iter().map(|particle| Hold::new(*particle, at[*particle as usize], form)).collect();
    let fastenings = Fastenings { pins: held.to_vec(), ..Fastenings::default() };
    let mut dresser = Dresser::new(&mesh, fabric.thickness_m, fabric.friction, form, sewing.threads)?;
    let mut cloth = Cloth::new(mesh.clone(), fabric.clone(), settings(sewing.threads, 3.0, 9.81), fastenings)?;
    cloth.step_with(steps(SETTLE_SECS), &mut dresser);
    let per_key = steps(POSE_SECS / f64::from(KEY_POSES));
    for key in 1..=KEY_POSES {
        let share = f64::from(key) / f64::from(KEY_POSES);
        let skin = skin_at(share * share * (3.0 - 2.0 * share));
        for hold in &holds {
            cloth.move_pin(hold.particle, hold.place(&skin).to_array(), per_key)?;
        }
        dresser.send(skin, per_key);
        cloth.step_with(per_key, &mut dresser);
    }
    let skin = dresser.to.clone();
    for hold in &holds {
        cloth.move_pin(hold.particle, hold.place(&skin).to_array(), 1)?;
    }
    cloth.step_with(1, &mut dresser);
    for hold in &holds {
        cloth.move_pin(hold.particle, hold.place(&skin).to_array(), steps(REST_SECS))?;
    }
    dresser.send(skin, 1);
    cloth.step_with(steps(REST_SECS), &mut dresser);
    mesh.positions_m = places(&cloth).iter().map(|place| place.to_array()).collect();
    let velocities_m_s = cloth.state().particles().iter().map(|particle| particle.velocity_m_s().to_array()).collect();
    Ok(Draped { mesh, holds, velocities_m_s })
}

impl Hold {
    /// To the nearest triangle of the skin.
    fn new(particle: u32, at: DVec3, form: &DressForm) -> Self {
        let centre =
            |corners: &[u32; 3]| corners.iter().map(|corner| form.places_m[*corner as usize]).sum::<DVec3>() / 3.0;
        let distance = |corners: &[u32; 3]| centre(corners).distance_squared(at);
        let nearest = form.triangles.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
        let corners = nearest.copied().unwrap_or_default();
        let weights = [1.0 / 3.0; 3];
        let mut hold = Self { particle, corners, weights, offset_m: DVec3::ZERO };
        let (origin, axes) = hold.frame(|corner| form.places_m.get(corner).copied());
        hold.offset_m = axes.transpose() * (at - origin);
        hold
    }

    /// A point of the triangle, and its axes: along an edge, across, and along the normal.
    fn frame(&self, at: impl Fn(usize) -> Option<DVec3>) -> (DVec3, DMat3) {
        let [a, b, c] = self.corners.map(|corner| at(corner as usize).unwrap_or_default());
        let normal = (b - a).cross(c - a).normalize_or(DVec3::Y);
        let along = (b - a).normalize_or(DVec3::X);
        let [wa, wb, wc] = self.weights;
        (a * wa + b * wb + c * wc, DMat3::from_cols(along, normal.cross(along), normal))
    }

    /// Where the particle is on a skin.
    pub fn place(&self, skin: &[DVec3]) -> DVec3 {
        self.place_on(|corner| skin.get(corner).copied())
    }

    /// The same for vertices that are asked for.
    pub fn place_on(&self, at: impl Fn(usize) -> Option<DVec3>) -> DVec3 {
        let (origin, axes) = self.frame(at);
        origin + axes * self.offset_m
    }
}

#[cfg(test)]
#[path = "sew_tests.rs"]
mod tests;
