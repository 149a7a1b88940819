//! Contract of the single kernels of contact: the bits of this solver. The step as a whole is in `device/contact_tests.rs`.

use std::sync::OnceLock;

use super::detect::Detector;
use super::hook::Contact;
use super::mesh::{BodyMesh, ContactMesh};
use super::pairs::{Kind, Near, Pair, closest_of};
use super::shapes::{Body, Core, Moving, Touch, push_off};
use super::solver::ContactSettings;
use crate::device::contact::harness::Harness;
use crate::device::contact_types::GpuProgress;
use crate::device::self_test::{Opened, open};
use crate::reference::random;
use crate::solver::exact::{add, mul};
use crate::solver::grids::{Diagonals, rectangle};
use crate::solver::position::from_metres;
use crate::solver::vec3::V3;

/// A room for so many near pairs that they are not left to one workgroup.
const MANY_NEAR: usize = 5000;

fn opened() -> &'static Opened {
    static OPENED: OnceLock<Opened> = OnceLock::new();
    OPENED.get_or_init(|| open().unwrap_or_else(|error| panic!("{error}")))
}

/// A hundred vertices whose positions do not matter for the mesh.
fn hundred() -> (Contact, Vec<[i32; 3]>) {
    let places: Vec<[i32; 3]> = (0..100).map(|i| [i << 18, (i % 7) << 17, (i % 3) << 19]).collect();
    let mesh = ContactMesh::new(&[[0, 1, 2]], &places, 1e-3, &[]).unwrap();
    (Contact::new(mesh, ContactSettings::default()), places)
}

/// Random near pairs on a hundred vertices, so that each has many; masses over six decades, some pinned.
#[test]
fn the_device_pushes_with_the_same_bits() {
    let mut random = random(5);
    let mut unit = move || random() as f32 / 4_294_967_296.0;
    let (mut contact, places) = hundred();
    let solver = &mut contact.solver;
    for i in 0..1500 {
        let normal = V3::new(unit() - 0.5, unit() - 0.5, unit() - 0.5).normalised_or(V3::new(0.0, 1.0, 0.0));
        let (u, v) = (unit(), unit());
        solver.near.push(Near {
            vertices: [0, 1, 2, 3].map(|k| 25 * k + (25.0 * unit()) as u32),
            kind: if i % 2 == 0 { Kind::VertexTriangle } else { Kind::EdgeEdge },
            weights: if i % 2 == 0 { [1.0, u * v - 1.0, -u * v, 0.0] } else { [1.0 - u, u, v - 1.0, -v] },
            normal,
            gap_m: 1e-3 * unit(),
            wanted_m: 1e-3 * unit(),
            heights_m: [0.0; 4],
            room_m: 0.0,
            is_pushing: i % 5 != 0,
            has_body: false,
            pushed: 0.0,
            rubbed: V3::ZERO,
        });
    }
    let masses: Vec<f32> = (0..100).map(|i| if i % 9 == 0 { 0.0 } else { 10f32.powf(6.0 * unit()) }).collect();
    let mut here: Vec<V3> = (0..100).map(|_| V3::new(unit(), unit(), unit()).scale(2e-3)).collect();
    let (start, near) = (here.clone(), solver.near.clone());
    let frictions = vec![solver.settings.friction; near.len()];
    for _ in 0..4 {
        solver.push(&mut here, &masses);
    }
    for (workgroup, is_one) in [(32, false), (128, false), (32, true), (128, true)] {
        let mut there = Harness::new(opened(), &contact, &places, &masses, workgroup);
        let room = if is_one { 0 } else { MANY_NEAR };
        there.set_near(&near, &frictions, room);
        there.set_displacements(&start);
        there.set_progress(GpuProgress { near: near.len() as u32, ..GpuProgress::default() });
        if is_one {
            (0..2).for_each(|_| there.run(&["push_all"]));
        } else {
            (0..4).for_each(|_| there.run(&["push_weights", "push_impulses", "push_apply"]));
        }
        assert!(there.displacements() == here, "displacements with workgroups of {workgroup}");
        let near = &contact.solver.near;
        let expected: Vec<(f32, V3)> = near.iter().map(|near| (near.pushed, near.rubbed)).collect();
        assert!(there.pushes(near.len()) == expected && near.iter().any(|near| near.pushed > 0.0));
    }
    assert!(here.iter().all(|d| d.is_finite()) && contact.solver.near.iter().any(|near| near.rubbed != V3::ZERO));
}

/// Random pairs on a hundred vertices that fly apart, a displacement that is no number, and one beyond all margins; then a row of edges that runs into a pinned one: each
/// round of shortening reaches the next edge only, so that in the end everything stops.
#[test]
fn the_device_truncates_with_the_same_bits() {
    let mut random = random(8);
    let mut unit = move || random() as f32 / 4_294_967_296.0;
    let mut stops = Vec::new();
    for count in [20, 2000, 0] {
        let (mut contact, _) = hundred();
        let is_row = count == 0;
        let is_pin = |v: usize| if is_row { v == 48 || v == 49 } else { v.is_multiple_of(9) };
        let masses: Vec<f32> = (0..100).map(|v| if is_pin(v) { 0.0 } else { 1.0 }).collect();
        let mut place = |v: usize| {
            if is_row {
                [0.0002 * (v / 2) as f64, 0.005 * (v % 2) as f64, 0.0]
            } else {
                [0; 3].map(|_| 0.006 * f64::from(unit()))
            }
        };
        let places: Vec<[i32; 3]> = (0..100).map(|v| place(v).map(|x| from_metres(x).0)).collect();
        let solver = &mut contact.solver;
        solver.positions.copy_from_slice(&places);
        solver.inverse_mass.copy_from_slice(&masses);
        let mut pairs: Vec<(Kind, [u32; 4])> = (0..count)
            .map(|i| {
                let kind = if i % 2 == 0 { Kind::VertexTriangle } else { Kind::EdgeEdge };
                (kind, [0, 1, 2, 3].map(|k| 25 * k + (25.0 * unit()) as u32))
            })
            .collect();
        if is_row {
            pairs.extend((0..24).map(|i| (Kind::EdgeEdge, [2 * i, 2 * i + 1, 2 * i + 2, 2 * i + 3])));
        }
        for (kind, vertices) in pairs {
            let pair = Pair { vertices, kind, thickness_m: 1e-3, budget_m: 0.0 };
            let x = vertices.map(|v| places[v as usize]);
            solver.near.extend(Near::of(&pair, &closest_of(kind, x), x, 1e-4, false));
        }
        for v in 0..100 {
            (solver.reach_m[v], solver.path_m[v], solver.margin_m[v]) = (6e-3, 1e-3 * unit(), 2e-3);
            solver.is_recorded[v] = v % 3 == 0;
        }
        let mut start: Vec<V3> =
            (0..100).map(|_| V3::new(unit() - 0.5, unit() - 0.5, unit() - 0.5).scale(0.016)).collect();
        if is_row {
            start
                .iter_mut()
                .zip(&masses)
                .for_each(|(d, w)| *d = V3::new(if *w > 0.0 { 1.9e-3 } else { 0.0 }, 0.0, 0.0));
        }
        (start[60].y, start[70].x) = (f32::NAN, 0.4);
        let near = solver.near.clone();
        let (reach, path, margin) = (solver.reach_m.clone(), solver.path_m.clone(), solver.margin_m.clone());
        let recorded = solver.is_recorded.clone();
        let mut here = start.clone();
        solver.truncate(&mut here);
        let counts = solver.counts;
        assert!(counts.held_by_planes > 0 && counts.held_by_margin > 0, "{count} pairs: {counts:?}");
        stops.push(counts.stopped);
        for (workgroup, room) in [(32, MANY_NEAR), (256, MANY_NEAR), (32, 0), (256, 0)] {
            let mut there = Harness::new(opened(), &contact, &places, &masses, workgroup);
            there.set_near(&near, &vec![0.0; near.len()], room);
            there.set_vertices(|v, vertex| {
                (vertex.reach, vertex.path, vertex.margin) = (reach[v], path[v], margin[v]);
                vertex.is_recorded = u32::from(recorded[v]);
            });
            there.set_offsets(&start);
            there.set_progress(GpuProgress { near: near.len() as u32, is_supported: 1, ..GpuProgress::default() });
            there.truncate();
            assert!(there.offsets() == here, "{count} random pairs, workgroups of {workgroup}");
            assert_eq!(u64::from(there.progress().stopped), counts.stopped);
        }
    }
    assert!(stops.contains(&0) && stops.contains(&1), "{stops:?}");
}

/// Random vertices about all shapes, turned and moving, one of them jumping.
#[test]
fn bodies_of_simple_shape_push_with_the_same_bits() {
    let mut random = random(3);
    let mut unit = move || random() as f32 / 4_294_967_296.0;
    let mesh = rectangle([0.1, 0.1], [19, 19], Diagonals::Alternating).unwrap();
    let n = mesh.positions_m.len();
    let places: Vec<[i32; 3]> = (0..n).map(|_| [0; 3].map(|_| from_metres(0.4 * f64::from(unit()) - 0.2).0)).collect();
    let masses: Vec<f32> = (0..n).map(|i| if i % 11 == 0 { 0.0 } else { 100.0 }).collect();
    let flat: Vec<[i32; 3]> = mesh.positions_m.iter().map(|p| p.map(|x| from_metres(x).0)).collect();
    let contact_mesh = ContactMesh::new(&mesh.triangles, &flat, 1e-3, &[]).unwrap();
    let mut contact = Contact::new(contact_mesh, ContactSettings::default());
    for (i, core) in [
        Core::Point,
        Core::Segment { half_length_m: 0.06 },
        Core::HalfSpace,
        Core::Box { half_size_m: V3::new(0.05, 0.02, 0.08) },
        Core::Cylinder { radius_m: 0.06, half_length_m: 0.03 },
        Core::Cylinder { radius_m: 0.06, half_length_m: 0.03 },
    ]
    .into_iter()
    .enumerate()
    {
        let centre = [0; 3].map(|_| 0.2 * f64::from(unit()) - 0.1);
        let mut body = Body::new(core, if i < 2 { 0.05 } else { 0.001 }, centre, 0.3);
        body.axes = super::shapes::axes_with_second_along(V3::new(unit() - 0.5, unit(), unit() - 0.5));
        body.velocity_m_s = V3::new(unit(), unit(), unit()).scale(if i == 5 { 300.0 } else { 1.0 });
        body.angular_velocity_rad_s = V3::new(unit(), -unit(), unit());
        contact.bodies.push(body);
    }
    let dt = 1.0 / 1200.0;
    let start: Vec<V3> = (0..n).map(|_| V3::new(unit() - 0.5, unit() - 0.5, unit() - 0.5).scale(4e-3)).collect();
    let mut moved: Vec<Body> = contact.bodies.clone();
    moved.iter_mut().for_each(|body| body.advance(dt));
    let mut here = start.clone();
    let mut touches = vec![Touch::default(); moved.len() * n];
    let m = contact.solver.mesh();
    for ((b, body), v) in moved.iter().enumerate().flat_map(|b| (0..n).map(move |v| (b, v))) {
        if masses[v] > 0.0 {
            let vertex = Moving { q: places[v], rest_m: V3::ZERO, displacement_m: here[v] };
            let clearance_m = add(m.half_thickness_m[v], body.sagitta_m(m.chord_m[v]));
            here[v] = push_off(body, vertex, clearance_m, body.friction, dt, &mut touches[b * n + v]);
        }
    }
    let thrown = start.iter().zip(&here).fold(0.0f32, |m, (a, b)| m.max(a.sub(*b).length()));
    let is_near = moved.iter().any(|body| {
        (0..n).any(|v| {
            let distance = body.distance(places[v], start[v]).0;
            distance < 0.001 || distance < mul(2.0, start[v].length())
        })
    });
    assert!(is_near && touches.iter().filter(|touch| touch.rubbed_m != V3::ZERO).count() > 50);
    for workgroup in [32, 64] {
        let mut there = Harness::new(opened(), &contact, &places, &masses, workgroup);
        there.set_vertices(|v, vertex| {
            (vertex.half_thickness, vertex.chord) = (m.half_thickness_m[v], m.chord_m[v]);
        });
        there.begin_frame();
        there.set_offsets(&start);
        there.run(&["begin_substep", "approach"]);
        assert!(there.displacements() == here, "workgroups of {workgroup}");
        let expected: Vec<(V3, f32)> = touches.iter().map(|touch| (touch.rubbed_m, touch.pushed_m)).collect();
        assert!(there.touches()[..expected.len()] == expected);
        let progress = there.progress();
        assert!(progress.is_supported == 1 && progress.thrown == thrown.to_bits());
    }
}

/// A sheet folded in four layers, a body beneath it, and then everything strewn about: the pairs of the processor, bit for bit, for any workgroup size.
#[test]
fn detection_finds_the_pairs_of_the_processor() {
    let sheet = rectangle([0.32, 0.2], [24, 15], Diagonals::Alternating).unwrap();
    let folded = |p: [f64; 3]| {
        let (layer, along) = ((p[0] / 0.08).floor(), p[0] % 0.08);
        [if layer % 2.0 == 0.0 { along } else { 0.08 - along }, 0.003 * layer + 0.0005 * (90.0 * p[2]).sin(), p[2]]
    };
    let units = |p: [f64; 3]| p.map(|x| from_metres(x).0);
    let mut positions: Vec<[i32; 3]> = sheet.positions_m.iter().map(|p| units(folded(*p))).collect();
    let [body] = [BodyMesh::default()].map(|mut body| {
        (body.vertices, body.triangles) = (4, vec![[0, 2, 1], [0, 3, 2], [0, 1, 3], [1, 2, 3]]);
        body
    });
    let mesh = ContactMesh::new(&sheet.triangles, &positions, 0.001, &[body]).unwrap();
    let corners = [[0.02, -0.02, -0.1], [0.06, -0.004, -0.1], [0.02, -0.004, -0.05], [0.03, -0.06, -0.09]];
    positions.extend(corners.map(units));
    let mut random = random(11);
    let reach: Vec<f32> = (0..mesh.vertices).map(|_| 1e-5 * (random() % 400) as f32).collect();
    let contact = Contact::new(mesh, ContactSettings::default());
    let mesh = contact.solver.mesh();
    let mut enlargements = 0;
    for workgroup in [32, 256] {
        let mut there = Harness::new(opened(), &contact, &positions, &vec![1.0; positions.len()], workgroup);
        there.set_vertices(|v, vertex| (vertex.reach, vertex.half_thickness) = (reach[v], mesh.half_thickness_m[v]));
        for thrown in [0, 1 << 20, 1 << 28] {
            let mut strewn = positions.clone();
            strewn.iter_mut().step_by(7).flatten().for_each(|x| *x += (random() % (thrown + 1)).cast_signed());
            let (mut expected, key) = (Vec::new(), |p: &Pair| (p.kind, p.vertices));
            Detector::new(mesh).detect(mesh, &strewn, &reach, 1, &mut expected);
            there.set_places(&strewn);
            let (mut found, repeats) = there.detect();
            enlargements += repeats;
            expected.sort_unstable_by_key(key);
            found.sort_unstable_by_key(key);
            assert!(!expected.is_empty() && found == expected, "{} and {} pairs", found.len(), expected.len());
        }
    }
    assert!(enlargements > 0, "the rooms were enlarged at least once");
}
