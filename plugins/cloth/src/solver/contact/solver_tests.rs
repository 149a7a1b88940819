//! No motion, however violent, makes anything intersect; and what only falls is not slowed.

use super::*;
use crate::solver::contact::mesh::BodyMesh;
use crate::solver::contact::referee;
use crate::solver::position::{from_metres, split, to_metres};
use proptest::prelude::*;

/// Layers of sheets of `n` by `n` squares above each other, with a little waviness.
pub fn layers(count: usize, n: usize, edge_m: f64, gap_m: f64) -> (Vec<[u32; 3]>, Vec<[i32; 3]>) {
    let (mut triangles, mut positions) = (Vec::new(), Vec::new());
    for layer in 0..count {
        let at = |i: usize, j: usize| (layer * (n + 1) * (n + 1) + i * (n + 1) + j) as u32;
        for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (i, j))) {
            triangles.push([at(i, j), at(i + 1, j), at(i + 1, j + 1)]);
            triangles.push([at(i, j), at(i + 1, j + 1), at(i, j + 1)]);
        }
        for (i, j) in (0..=n).flat_map(|i| (0..=n).map(move |j| (i, j))) {
            // Layers are shifted and turned a little, so that edges cross at all angles.
            let turn = 0.3 * layer as f64;
            let (x, z) = ((i as f64 - 0.5 * n as f64) * edge_m, (j as f64 - 0.5 * n as f64) * edge_m);
            let p = [x * turn.cos() - z * turn.sin(), layer as f64 * gap_m, x * turn.sin() + z * turn.cos()];
            positions.push(p.map(|x| from_metres(x).0));
        }
    }
    (triangles, positions)
}

/// What the elastic solver does around contact, without elasticity.
pub struct Particles {
    pub q: Vec<[i32; 3]>,
    pub rest: Vec<V3>,
    pub velocity: Vec<V3>,
    pub inverse_mass: Vec<f32>,
}

impl Particles {
    pub fn new(q: Vec<[i32; 3]>, inverse_mass: f32) -> Particles {
        let n = q.len();
        Particles { q, rest: vec![V3::ZERO; n], velocity: vec![V3::ZERO; n], inverse_mass: vec![inverse_mass; n] }
    }

    pub fn commit(&mut self, d: &[V3], dt: f32) {
        for i in 0..self.q.len() {
            self.velocity[i] = d[i].scale(1.0 / dt);
            let offset = self.rest[i].add(d[i]).to_array().map(split);
            for k in 0..3 {
                self.q[i][k] += offset[k].0;
            }
            self.rest[i] = V3::from_array(offset.map(|o| o.1));
        }
    }

    pub fn positions(&self) -> Vec<[f64; 3]> {
        self.q.iter().zip(&self.rest).map(|(q, r)| [0, 1, 2].map(|k| to_metres(q[k], r.to_array()[k]))).collect()
    }
}

fn solver(triangles: &[[u32; 3]], q: &[[i32; 3]], thickness_m: f32) -> ContactSolver {
    ContactSolver::new(ContactMesh::new(triangles, q, thickness_m, &[]).unwrap(), ContactSettings::default())
}

fn intersections(contact: &ContactSolver, particles: &Particles) -> usize {
    referee::intersections(&particles.positions(), &contact.mesh.edges, &contact.mesh.triangles).len()
}

/// Deterministic noise in -1 .. 1.
pub fn noise(seed: &mut u64) -> f32 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    ((*seed >> 40) as f32 / (1u64 << 23) as f32) - 1.0
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(20), ..ProptestConfig::default() })]

    /// Thirty substeps of displacements that the constraints know nothing of: noise of up to several edge lengths, layers driven through each other,
    /// squeezed to a point, common motion on top. Nothing may ever intersect.
    #[test]
    fn violent_motion_never_intersects(seed in 1u64..u64::MAX, size in -4.0f32..-1.0, drive in -1.0f32..1.0, squeeze in 0.0f32..0.3, pushes in any::<bool>()) {
        let (triangles, q) = layers(3, 7, 0.012, 0.0025);
        let mut contact = solver(&triangles, &q, 1e-3);
        let mut particles = Particles::new(q, 1000.0);
        let (mut seed, size, layer) = (seed, 10f32.powf(size), 64);
        for substep in 0..30 {
            let mut d: Vec<V3> = (0..particles.q.len())
                .map(|i| {
                    let wild = V3::new(noise(&mut seed), noise(&mut seed), noise(&mut seed)).scale(size);
                    let driven = V3::new(0.001, 0.01 * drive * (1.0 - (i / layer) as f32), 0.002);
                    let inward = super::super::pairs::between(particles.q[i], [0; 3]).scale(-squeeze);
                    wild.add(driven).add(inward)
                })
                .collect();
            contact.begin(&particles.q, &mut d, &particles.inverse_mass, 1.0 / 600.0);
            if pushes {
                contact.push(&mut d, &particles.inverse_mass);
            }
            contact.truncate(&mut d);
            particles.commit(&d, 1.0 / 600.0);
            let met = intersections(&contact, &particles);
            prop_assert_eq!(met, 0, "substep {}, {:?}", substep, contact.counts);
        }
    }
}

/// Without truncation the same motion does intersect, so the test above can fail.
#[test]
fn without_truncation_it_would_intersect() {
    let (triangles, q) = layers(3, 7, 0.012, 0.0025);
    let contact = solver(&triangles, &q, 1e-3);
    let mut particles = Particles::new(q, 1000.0);
    let mut seed = 7;
    let d: Vec<V3> =
        particles.q.iter().map(|_| V3::new(noise(&mut seed), noise(&mut seed), noise(&mut seed)).scale(0.01)).collect();
    particles.commit(&d, 1.0);
    assert!(intersections(&contact, &particles) > 0);
}

/// Layers that fall together at 10 m/s: one detection, no vertex held, displacements not changed in a single bit.
#[test]
fn common_motion_is_not_slowed() {
    let (triangles, q) = layers(2, 10, 0.012, 0.005);
    let mut contact = solver(&triangles, &q, 1e-3);
    let mut particles = Particles::new(q, 1000.0);
    for _ in 0..120 {
        let fall = vec![V3::new(0.001, -10.0 / 1200.0, 0.0); particles.q.len()];
        let mut d = fall.clone();
        contact.begin(&particles.q, &mut d, &particles.inverse_mass, 1.0 / 1200.0);
        contact.push(&mut d, &particles.inverse_mass);
        contact.truncate(&mut d);
        assert!(d == fall, "{:?}", contact.counts);
        particles.commit(&d, 1.0 / 1200.0);
    }
    assert!(contact.counts.detections <= 4, "{:?}", contact.counts);
}

/// Not-a-number and infinite displacements are bad input, but no intersection.
#[test]
fn nan_stays_where_it_is() {
    let (triangles, q) = layers(2, 4, 0.012, 0.003);
    let mut contact = solver(&triangles, &q, 1e-3);
    let mut particles = Particles::new(q, 1000.0);
    let mut d = vec![V3::ZERO; particles.q.len()];
    (d[3].x, d[7].y) = (f32::NAN, f32::INFINITY);
    contact.begin(&particles.q, &mut d, &particles.inverse_mass, 1.0 / 600.0);
    contact.push(&mut d, &particles.inverse_mass);
    contact.truncate(&mut d);
    assert!(d.iter().all(|d| d.is_finite()));
    particles.commit(&d, 1.0 / 600.0);
    assert_eq!(intersections(&contact, &particles), 0);
}

/// Momentum of the pushes: two layers, unequal masses, driven into each other; the sum of mass times displacement is kept.
#[test]
fn pushes_keep_momentum() {
    let (triangles, q) = layers(2, 6, 0.012, 0.0012);
    let mut contact = solver(&triangles, &q, 1e-3);
    let inverse_mass: Vec<f32> = (0..q.len()).map(|i| if i < 49 { 1e4 } else { 3e3 }).collect();
    let mut d: Vec<V3> = (0..q.len()).map(|i| V3::new(0.0004, if i < 49 { 0.0 } else { -0.0008 }, 0.0)).collect();
    let momentum = |d: &[V3]| d.iter().zip(&inverse_mass).map(|(d, w)| f64::from(d.y) / f64::from(*w)).sum::<f64>();
    let before = momentum(&d);
    contact.begin(&q, &mut d, &inverse_mass, 1.0 / 600.0);
    for _ in 0..30 {
        contact.push(&mut d, &inverse_mass);
    }
    let top = d[49..].iter().map(|d| d.y).sum::<f32>() / 49.0;
    assert!(top > -0.0007, "no push: {top}");
    assert!((momentum(&d) / before - 1.0).abs() < 1e-4, "{} {before}", momentum(&d));
}

/// A box flies into a layer that falls on it: what the box is told that it gave is what the layer has.
#[test]
fn a_body_of_triangles_loses_the_momentum_that_it_gives() {
    let (triangles, q) = layers(1, 8, 0.012, 0.0);
    let corner = |i: usize| [i & 1, i >> 1 & 1, i >> 2 & 1].map(|bit| 2.0 * bit as f64 - 1.0);
    let faces = [
        [0, 2, 1],
        [1, 2, 3],
        [4, 5, 6],
        [5, 7, 6],
        [0, 1, 4],
        [1, 5, 4],
        [2, 6, 3],
        [3, 6, 7],
        [0, 4, 2],
        [2, 4, 6],
        [1, 3, 5],
        [3, 7, 5],
    ];
    let body = BodyMesh { vertices: 8, triangles: faces.to_vec(), clearance_m: 1e-3, friction: 0.3, pose: Vec::new() };
    let mesh = ContactMesh::new(&triangles, &q, 1e-3, &[body]).unwrap();
    let mut contact = ContactSolver::new(mesh, ContactSettings::default());
    let mut particles = Particles::new(q, 2e3);
    let dt = 1.0 / 1200.0;
    let (mut gained, mut taken) = ([0.0f64; 3], [0.0f64; 3]);
    for substep in 0..40 {
        let place = |step: i32| [0.001 * f64::from(step), 0.0018 * f64::from(step) - 0.055, 0.0];
        let [now, next] = [substep, substep + 1].map(place);
        let places: Vec<[i32; 3]> =
            (0..8).map(|i| [0, 1, 2].map(|k| from_metres(now[k] + 0.03 * corner(i)[k]).0)).collect();
        let way = V3::from_array([0, 1, 2].map(|k| (next[k] - now[k]) as f32));
        contact.set_bodies(&places, &[way; 8]).unwrap();
        let start: Vec<V3> = particles.velocity.iter().map(|v| v.scale(dt).add(V3::new(0.0, -2e-5, 0.0))).collect();
        let mut d = start.clone();
        contact.begin(&particles.q, &mut d, &particles.inverse_mass, dt);
        for _ in 0..2 {
            contact.push(&mut d, &particles.inverse_mass);
            contact.push_off_bodies(&mut d, &particles.inverse_mass);
        }
        contact.truncate(&mut d);
        for (d, start) in d.iter().zip(&start) {
            let change = d.sub(*start).to_array();
            for k in 0..3 {
                gained[k] += f64::from(change[k]) / f64::from(dt) / 2e3;
            }
        }
        let (linear, _) = contact.given[0].take();
        taken = [0, 1, 2].map(|k| taken[k] + linear[k]);
        particles.commit(&d, dt);
    }
    let rest = (0..3).map(|k| (gained[k] + taken[k]).powi(2)).sum::<f64>().sqrt();
    assert!(gained[1] > 0.01, "{gained:?}");
    assert!(rest < 1e-5 * gained[1], "{gained:?} {taken:?} {:?}", contact.counts);
}
