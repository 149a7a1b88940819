//! Contact of cloths with themselves, with each other and with bodies of triangles, over a substep. See `CONTACT.md`.
//!
//! | phase | does |
//! |---|---|
//! | [`ContactSolver::begin`] | common motion, margins; detection where a vertex may leave its reach; planes of the pairs that are near |
//! | [`ContactSolver::set_bodies`] | where bodies of triangles are and go (`dents.rs`) |
//! | [`ContactSolver::push`] | one Jacobi iteration of thickness and friction (`push.rs`) |
//! | [`ContactSolver::truncate`] | displacements cut so that no plane is crossed (`truncate.rs`) |

use super::detect::Detector;
use super::exchange::Exchange;
use super::mesh::ContactMesh;
use super::pairs::{Near, Pair, closest_of};
use crate::solver::exact::{add, mul, sqrt, sub};
use crate::solver::lanes::{F8, LANES};
use crate::solver::position::{MAX_STEP_M, to_metres};
use crate::solver::vec3::{Real, V3};

/// How contact is treated. All fields may change between substeps.
#[derive(Clone, Debug, PartialEq)]
pub struct ContactSettings {
    /// Coulomb friction of cloth on cloth.
    pub friction: f32,
    /// Coulomb friction of cloth on bodies of triangles.
    pub body_friction: f32,
    /// Jacobi iterations for each call of the hook; more make stacks of many layers stiffer.
    pub iterations: u32,
    /// Speed, m/s, with which parts that are nearer than their thickness are separated. Large values make cloth hop, small ones let it stay compressed.
    pub recovery_m_s: f32,
    /// Detection looks ahead by as many substeps at the present speed. More means fewer detections with more pairs each.
    pub horizon_substeps: f32,
    /// The same for cloth that is nearer to a body of triangles than it should be.
    pub body_recovery_m_s: f32,
    /// Speed, m/s, with which what is inside a body of triangles is brought out.
    pub exit_m_s: f32,
    /// Speed, m/s, with which a body of triangles that was held back by cloth comes back to where it should be.
    pub catch_up_m_s: f32,
    /// A body of triangles is held back by no more than this, metres; farther than that it is put where it should be, in cloth or not. With 0 bodies never give way.
    pub deepest_dent_m: f32,
    /// Threads of detection; the result does not depend on them.
    pub threads: usize,
}

impl Default for ContactSettings {
    fn default() -> Self {
        ContactSettings {
            friction: 0.3,
            body_friction: 0.3,
            iterations: 2,
            recovery_m_s: 0.1,
            body_recovery_m_s: 0.3,
            exit_m_s: 1.0,
            catch_up_m_s: 0.5,
            deepest_dent_m: 0.0,
            horizon_substeps: 8.0,
            threads: 1,
        }
    }
}

/// Counts for reports and tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContactCounts {
    /// Substeps begun.
    pub substeps: u64,
    /// Detections made.
    pub detections: u64,
    /// Pairs recorded in the last detection.
    pub pairs: usize,
    /// Pairs that were near in this substep.
    pub near: usize,
    /// Near pairs without a plane (primitives that meet): bad input, or a body that was pushed into a cloth.
    pub without_plane: usize,
    /// Vertices that are inside a body of triangles.
    pub inside: usize,
    /// Vertices of bodies that cloth holds back.
    pub dented: usize,
    /// Truncations that ended only by letting everything in contact make the same motion.
    pub stopped: u64,
    /// Vertices that the last truncation held back because of a plane, and because they moved farther than foreseen.
    pub held_by_planes: usize,
    /// See `held_by_planes`.
    pub held_by_margin: usize,
}

/// Contact of everything in one [`ContactMesh`].
pub struct ContactSolver {
    pub(super) mesh: ContactMesh,
    /// See [`ContactSettings`].
    pub settings: ContactSettings,
    pub(super) detector: Detector,
    pub(super) pairs: Vec<Pair>,
    pub(super) near: Vec<Near>,
    /// Positions at the start of the substep, units; bodies included.
    pub(super) positions: Vec<[i32; 3]>,
    /// Displacements of the bodies' vertices in this substep, metres.
    pub(super) body_displacement: Vec<V3>,
    /// Which of the bodies' vertices are not where they should be (`dents.rs`).
    pub(super) is_dented: Vec<bool>,
    /// Whether cloth may be in bodies: since it, or they, were set anew, and until nothing is inside any more.
    pub(super) may_be_inside: bool,
    /// Path of each vertex relative to the common motion since detection, metres.
    pub(super) path_m: Vec<f32>,
    /// How far each vertex of the cloths departs from the common motion in this substep, metres.
    pub(super) moved_m: Vec<f32>,
    /// What it may add in this substep.
    pub(super) margin_m: Vec<f32>,
    /// Path plus margin.
    pub(super) path_ahead_m: Vec<f32>,
    /// What the path may become until detection must run again.
    pub(super) reach_m: Vec<f32>,
    /// Common motion of this substep, metres.
    pub(super) common: V3,
    /// Motion of the planes of this substep, metres: a part, from none to all, of `common`.
    pub(super) base: V3,
    /// Height of the slab about each plane that nothing enters, metres.
    pub(super) floor_m: f32,
    /// Whether a vertex is part of a recorded pair.
    pub(super) is_recorded: Vec<bool>,
    pub(super) is_detected: bool,
    pub(super) sums: super::push::Sums,
    pub(super) fractions: Vec<u32>,
    /// For each vertex the body that it was shortened for in this round of truncation, counted from 1; 0 for cloth.
    pub(super) shortened_for: Vec<u32>,
    /// The round of truncation in which a vertex was last shortened.
    pub(super) shortened_in: Vec<u32>,
    /// Inverse masses of the cloths' vertices in this substep, 1/kg; zero for pins.
    pub(super) inverse_mass: Vec<f32>,
    pub(super) inside: super::inside::Inside,
    /// For each body of triangles what the cloth has given it since that was last taken; angular impulses are about the solver's zero.
    pub given: Vec<Exchange>,
    pub(super) dt_secs: f32,
    /// How far anything is thrown by bodies in this substep, metres: its neighbours will follow, so margins grow.
    pub jolt_m: f32,
    /// Whether anything rests, or is about to rest, on a body of simple shape. Then there is no common motion: those bodies do not take part in it.
    pub is_supported: bool,
    /// See [`ContactCounts`].
    pub counts: ContactCounts,
}

/// Iterations before elasticity where bodies are near; each hands their motion on by a layer.
const CARRIES: u32 = 4;

/// Least slab about a plane: well above the rounding of positions (2^-24 m) and of normals.
const LEAST_FLOOR_M: f32 = 2e-6;

impl ContactSolver {
    /// For a mesh at rest; the first substep detects.
    pub fn new(mesh: ContactMesh, settings: ContactSettings) -> ContactSolver {
        let n = mesh.vertices;
        let thinnest = mesh.half_thickness_m[..mesh.cloth_vertices].iter().fold(f32::MAX, |m, h| m.min(*h));
        ContactSolver {
            settings,
            detector: Detector::new(&mesh),
            pairs: Vec::new(),
            near: Vec::new(),
            positions: vec![[0; 3]; n],
            body_displacement: vec![V3::ZERO; n - mesh.cloth_vertices],
            is_dented: vec![false; n - mesh.cloth_vertices],
            path_m: vec![0.0; n],
            moved_m: vec![0.0; mesh.cloth_vertices],
            margin_m: vec![0.0; n],
            path_ahead_m: vec![0.0; n],
            reach_m: vec![0.0; n],
            common: V3::ZERO,
            base: V3::ZERO,
            floor_m: (thinnest / 32.0).max(LEAST_FLOOR_M),
            is_recorded: vec![false; n],
            is_detected: false,
            may_be_inside: true,
            sums: super::push::Sums::new(n),
            fractions: vec![0; n],
            shortened_in: vec![0; n],
            shortened_for: vec![0; n],
            inverse_mass: vec![0.0; mesh.cloth_vertices],
            inside: super::inside::Inside::new(mesh.cloth_vertices),
            given: vec![Exchange::default(); mesh.body_starts.len()],
            dt_secs: 1.0,
            jolt_m: 0.0,
            is_supported: false,
            counts: ContactCounts::default(),
            mesh,
        }
    }

    /// The mesh.
    pub fn mesh(&self) -> &ContactMesh {
        &self.mesh
    }

    /// Recorded pairs.
    pub fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    #[inline(always)]
    pub(super) fn displacement(&self, d: &[V3], vertex: u32) -> V3 {
        let v = vertex as usize;
        if v < self.mesh.cloth_vertices { d[v] } else { self.body_displacement[v - self.mesh.cloth_vertices] }
    }

    /// Start of a substep: positions `q` (units) of the cloths' vertices, predicted displacements `d` (metres), inverse masses (1/kg).
    ///
    /// What a body of triangles is about to run into is carried along: its `d` is changed, so that elasticity hands the motion on.
    pub fn begin(&mut self, q: &[[i32; 3]], d: &mut [V3], inverse_mass: &[f32], dt_secs: f32) {
        self.positions[..self.mesh.cloth_vertices].copy_from_slice(q);
        self.counts.substeps += 1;
        self.dt_secs = dt_secs;
        self.inverse_mass.copy_from_slice(inverse_mass);
        self.common = self.common_motion(d, inverse_mass);
        if !self.is_detected {
            self.may_be_inside = true;
            self.find_inside();
        }
        self.foresee(d, inverse_mass, dt_secs);
        if self.near.iter().any(|near| near.has_body) {
            let before = self.carry(d, inverse_mass);
            let thrown = before.iter().zip(d.iter()).fold(0.0f32, |m, (a, b)| m.max(a.sub(*b).length()));
            if thrown > self.slop_m() {
                self.jolt_m = self.jolt_m.max(thrown);
                self.foresee(d, inverse_mass, dt_secs);
            }
        }
        self.jolt_m = 0.0;
    }

    /// Margins, detection where they are used up, and the pairs that are near.
    fn foresee(&mut self, d: &[V3], inverse_mass: &[f32], dt_secs: f32) {
        self.base = self.base_motion(d, inverse_mass);
        self.set_margins(d);
        let must_detect = !self.is_detected || self.path_ahead_m.iter().zip(&self.reach_m).any(|(p, r)| p > r);
        if must_detect {
            self.detect();
            self.base = self.base_motion(d, inverse_mass);
            self.set_margins(d);
        }
        self.measure_near(dt_secs);
    }

    /// Tells a body of triangles that a vertex of cloth changed its displacement because of it, metres.
    pub(super) fn react(&mut self, body: usize, vertex: usize, change: V3, inverse_mass_per_kg: f32) {
        if let Some(given) = self.given.get_mut(body).filter(|_| inverse_mass_per_kg > 0.0) {
            let place = V3::from_array(self.positions[vertex].map(|units| to_metres(units, 0.0) as f32));
            given.react(change, place, inverse_mass_per_kg, self.dt_secs);
        }
    }

    /// Gives cloth in front of bodies their motion; returns what the displacements were.
    fn carry(&mut self, d: &mut [V3], inverse_mass: &[f32]) -> Vec<V3> {
        let before = d.to_vec();
        for _ in 0..CARRIES {
            self.push(d, inverse_mass);
            self.push_off_bodies(d, inverse_mass);
        }
        before
    }

    /// How far each vertex may depart from the common motion in this substep: what is predicted, and some more, because constraints change it. What
    /// may be held back by a plane (everything in a recorded pair) may also move as the planes do.
    fn set_margins(&mut self, d: &[V3]) {
        let slop = self.slop_m();
        let to_base = add(mul(1.000_01, self.common.sub(self.base).length()), 1e-7);
        let largest = self.largest_margin_m();
        let cloth = self.mesh.cloth_vertices;
        lengths(d, self.common, &mut self.margin_m[..cloth]);
        lengths(&self.body_displacement, self.common, &mut self.margin_m[cloth..]);
        for v in 0..self.mesh.vertices {
            // Written so that a NaN gives the slop.
            let ahead = if self.margin_m[v] < MAX_STEP_M { self.margin_m[v] } else { 0.0 };
            let margin = add(mul(1.1, ahead), slop);
            let margin = if v < cloth { margin.min(largest) } else { margin };
            self.margin_m[v] = if self.is_recorded[v] { margin.max(to_base) } else { margin };
            self.path_ahead_m[v] = add(self.path_m[v], self.margin_m[v]);
        }
    }

    /// What constraints may add to the predicted motion, metres.
    fn slop_m(&self) -> f32 {
        add(mul(8.0, self.floor_m), mul(0.5, self.jolt_m))
    }

    /// Violent motion is cut here, because the number of pairs grows with the cube of the reach.
    fn largest_margin_m(&self) -> f32 {
        self.mesh.mean_edge_m
    }

    fn detect(&mut self) {
        // A vertex at rest is given room too: what it will be hit by comes within a few substeps.
        // It must also cover whatever share of the common motion the planes will have.
        let to_rest = add(mul(1.000_02, self.common.length()), 2e-7);
        let [least, most] = self.mesh.reaches_m();
        let least = least.max(to_rest);
        for (reach, margin) in self.reach_m.iter_mut().zip(&self.margin_m) {
            *reach = mul(self.settings.horizon_substeps, *margin).min(most).max(least).max(*margin);
        }
        self.path_m.fill(0.0);
        self.detector.detect(&self.mesh, &self.positions, &self.reach_m, self.settings.threads, &mut self.pairs);
        self.is_recorded.fill(false);
        for v in self.pairs.iter().flat_map(|p| p.vertices) {
            self.is_recorded[v as usize] = true;
        }
        self.is_detected = true;
        self.counts.detections += 1;
        self.counts.pairs = self.pairs.len();
    }

    /// Measures the pairs that could come within their thickness in this substep.
    fn measure_near(&mut self, dt_secs: f32) {
        self.near.clear();
        self.counts.without_plane = 0;
        let recovery_m = [self.settings.recovery_m_s, self.settings.body_recovery_m_s].map(|v| mul(v, dt_secs));
        let exit_m = mul(self.settings.exit_m_s, dt_secs);
        let mut pairs = std::mem::take(&mut self.pairs);
        self.begin_inside();
        for pair in &mut pairs {
            let (a, b) = pair.vertices.split_at(pair.kind.split());
            let largest = |path: &[f32], of: &[u32]| of.iter().fold(0.0f32, |m, v| m.max(path[*v as usize]));
            let ahead = add(largest(&self.path_ahead_m, a), largest(&self.path_ahead_m, b));
            if sub(pair.budget_m, ahead) > pair.thickness_m {
                continue;
            }
            let x = pair.vertices.map(|v| self.positions[v as usize]);
            let found = closest_of(pair.kind, x);
            // Later paths, less the least ones of now, are at least what each vertex will have moved from here.
            let least = |of: &[u32]| of.iter().fold(f32::MAX, |m, v| m.min(self.path_m[*v as usize]));
            pair.budget_m = add(sqrt(found.distance_m2), add(least(a), least(b)));
            let has_body = self.mesh.is_body(a[0]) || self.mesh.is_body(b[0]);
            let near = Near::of(pair, &found, x, recovery_m[usize::from(has_body)], has_body);
            let Some(mut near) = near else {
                self.counts.without_plane += 1;
                continue;
            };
            if has_body && self.may_be_inside {
                self.judge(&mut near, &found, pair.thickness_m, exit_m);
            }
            self.near.push(near);
        }
        self.pairs = pairs;
        if self.mesh.vertices > self.mesh.cloth_vertices {
            self.bring_out(exit_m);
        }
        self.counts.near = self.near.len();
    }
}

/// Lengths of `vectors - base`, eight at a time.
pub(super) fn lengths(vectors: &[V3], base: V3, out: &mut [f32]) {
    let base = V3 { x: F8::splat(base.x), y: F8::splat(base.y), z: F8::splat(base.z) };
    for (vectors, out) in vectors.chunks(LANES).zip(out.chunks_mut(LANES)) {
        let mut lanes = [[0.0f32; LANES]; 3];
        for (lane, v) in vectors.iter().enumerate() {
            (lanes[0][lane], lanes[1][lane], lanes[2][lane]) = (v.x, v.y, v.z);
        }
        let length = V3 { x: F8(lanes[0]), y: F8(lanes[1]), z: F8(lanes[2]) }.sub(base).length();
        out.copy_from_slice(&length.0[..out.len()]);
    }
}

#[cfg(test)]
#[path = "solver_tests.rs"]
mod tests;
