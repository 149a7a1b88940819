//! Scenes with the elastic solver; larger ones are in `scenes.rs`.

use super::*;
use crate::solver::cloth::{Cloth, Fastenings};
use crate::solver::contact::mesh::BodyMesh;
use crate::solver::contact::referee;
use crate::solver::contact::scenes::{Scene, ball};
use crate::solver::contact::shapes::{Core, axes_with_second_along};
use crate::solver::fabric::Fabric;
use crate::solver::grids::{Diagonals, rectangle};
use crate::solver::mesh::ClothMesh;
use crate::solver::position::from_metres;
use crate::solver::settings::Settings;

const SUBSTEPS_PER_SEC: f64 = 1200.0;

fn cloth_of(mesh: ClothMesh) -> Cloth {
    Cloth::new(mesh, Fabric::isotropic(0.15, 1000.0, 1e-5, 0.3), Settings::default(), Fastenings::default()).unwrap()
}

fn contact_of(cloth: &Cloth, thickness_m: f32, bodies: &[BodyMesh], threads: usize) -> Contact {
    let start: Vec<[i32; 3]> = cloth.state().particles().iter().map(|p| p.q()).collect();
    let mesh = ContactMesh::new(&cloth.mesh().triangles, &start, thickness_m, bodies).unwrap();
    Contact::new(mesh, ContactSettings { threads, ..ContactSettings::default() })
}

/// A patch of cloth on an incline slides as Coulomb says, and stays below the angle of friction.
#[test]
fn a_patch_slides_as_coulomb_says() {
    for (angle_deg, friction) in [(35.0f64, 0.3f32), (35.0, 0.5), (35.0, 0.75), (20.0, 0.5)] {
        let a = angle_deg.to_radians();
        let mut mesh = rectangle([0.1, 0.1], [6, 6], Diagonals::Alternating).unwrap();
        for p in &mut mesh.positions_m {
            *p = [p[0] * a.cos() - 0.0005 * a.sin(), p[0] * a.sin() + 0.0005 * a.cos(), p[2]];
        }
        let mut cloth = cloth_of(mesh);
        let mut contact = contact_of(&cloth, 1e-3, &[], 1);
        let mut plane = Body::new(Core::HalfSpace, 0.0, [0.0; 3], friction);
        plane.axes = axes_with_second_along(V3::new(-a.sin() as f32, a.cos() as f32, 0.0));
        contact.bodies.push(plane);
        let start = cloth.state().position_m(24);
        cloth.step_with((0.3 * SUBSTEPS_PER_SEC) as u32, &mut contact);
        let end = cloth.state().position_m(24);
        let moved = (0..3).map(|k| (end[k] - start[k]).powi(2)).sum::<f64>().sqrt();
        let expected = (0.5 * 9.81 * (a.sin() - f64::from(friction) * a.cos()) * 0.09).max(0.0);
        assert!((moved - expected).abs() < 0.01 * expected + 2e-5, "{angle_deg} {friction}: {moved} {expected}");
    }
}

/// Balls of triangles of given radii (metres), which give way as far as given, go for so many substeps where `places_m` has them at the start of each: intersecting pairs at the
/// worst moment, and the deepest dent, metres.
fn worst_over_balls(
    cloth: &mut Cloth,
    thickness_m: f32,
    deepest_dent_m: f32,
    radii_m: &[f64],
    substeps: u32,
    places_m: impl Fn(u32) -> Vec<[f64; 3]>,
) -> (usize, f64) {
    let balls: Vec<(BodyMesh, Vec<[f64; 3]>)> = radii_m.iter().map(|radius_m| ball(*radius_m, 3)).collect();
    let bodies: Vec<BodyMesh> = balls.iter().map(|(body, _)| body.clone()).collect();
    let mut contact = contact_of(cloth, thickness_m, &bodies, 1);
    contact.solver.settings.deepest_dent_m = deepest_dent_m;
    let vertices = |substep: u32| -> Vec<[f64; 3]> {
        let of = |(shape, at): (&Vec<[f64; 3]>, [f64; 3])| -> Vec<[f64; 3]> {
            shape.iter().map(|p| [0, 1, 2].map(|k| p[k] + at[k])).collect()
        };
        balls.iter().map(|(_, shape)| shape).zip(places_m(substep)).flat_map(of).collect()
    };
    let units = |places: &[[f64; 3]]| -> Vec<[i32; 3]> { places.iter().map(|p| p.map(|x| from_metres(x).0)).collect() };
    let (mut deepest_m, mut fastest_m) = (0.0f64, 0.0f64);
    let mut worst = 0;
    for substep in 0..substeps {
        let (now, next) = (vertices(substep), vertices(substep + 1));
        let way = |(a, b): (&[f64; 3], &[f64; 3])| V3::from_array([0, 1, 2].map(|k| (b[k] - a[k]) as f32));
        let ways: Vec<V3> = now.iter().zip(&next).map(way).collect();
        fastest_m = ways.iter().fold(fastest_m, |most, way| most.max(f64::from(way.length())));
        contact.solver.set_bodies(&units(&now), &ways).unwrap();
        cloth.step_with(1, &mut contact);
        if substep % 10 == 9 {
            let mut x: Vec<[f64; 3]> = (0..cloth.state().len()).map(|i| cloth.state().position_m(i)).collect();
            let first = x.len();
            x.extend(&next);
            for (vertex, off) in contact.solver.dents_m(&units(&next)) {
                deepest_m = deepest_m.max(f64::from(off.length()));
                x[first + vertex].iter_mut().zip(off.to_array()).for_each(|(x, off)| *x += f64::from(off));
            }
            let m = contact.solver.mesh();
            let is_of_bodies = |v: &[u32]| v.iter().all(|v| *v as usize >= first);
            let met = referee::intersections(&x, &m.edges, &m.triangles).into_iter();
            worst =
                worst.max(met.filter(|(e, t)| !is_of_bodies(&m.edges[*e]) || !is_of_bodies(&m.triangles[*t])).count());
        }
    }
    println!("{worst} pairs, dents to {deepest_m} m, {:?}", contact.solver.counts);
    // What is too deep is let go in the next substep.
    assert!(deepest_m <= f64::from(deepest_dent_m) + fastest_m);
    (worst, deepest_m)
}

/// A ball of 8 cm rises below a cloth for the first of so many substeps and then rests: intersecting pairs at the worst moment, and how far it rose, metres.
fn worst_over_a_rising_ball(
    cloth: &mut Cloth,
    thickness_m: f32,
    rise_m_s: f64,
    [rising, all]: [u32; 2],
) -> (usize, f64) {
    let height_m = |substep: u32| f64::from(substep.min(rising)) * rise_m_s / SUBSTEPS_PER_SEC;
    let (worst, _) =
        worst_over_balls(cloth, thickness_m, 0.0, &[0.08], all, |substep| vec![[0.0, height_m(substep), 0.0]]);
    (worst, height_m(all))
}

/// Number of intersecting pairs at the worst moment while a sheet falls on a ball of triangles that rises at first.
fn worst_on_a_ball_of_triangles(rise_m_s: f64) -> usize {
    let mut mesh = rectangle([0.3, 0.3], [14, 14], Diagonals::Alternating).unwrap();
    for p in &mut mesh.positions_m {
        *p = [p[0] - 0.15, 0.115, p[2] + 0.15];
    }
    let mut cloth = cloth_of(mesh);
    let (worst, height) = worst_over_a_rising_ball(&mut cloth, 2e-3, rise_m_s, [120, 600]);
    let top = cloth.state().position_m(7 * 15 + 7);
    assert!(top[1] > height + 0.07, "the sheet fell off or through: {top:?}");
    worst
}

#[test]
fn a_sheet_on_a_ball_of_triangles_at_rest_never_intersects_it() {
    assert_eq!(worst_on_a_ball_of_triangles(0.0), 0);
}

#[test]
fn a_rising_ball_of_triangles_lifts_the_sheet_and_never_intersects_it() {
    for rise_m_s in [0.5, 2.0, 4.0] {
        assert_eq!(worst_on_a_ball_of_triangles(rise_m_s), 0, "{rise_m_s} m/s");
    }
}

/// The same bits with one, two and three threads.
#[test]
fn threads_do_not_change_a_bit() {
    let hashes = [1, 2, 3].map(|threads| {
        let mut mesh = rectangle([0.3, 0.3], [16, 16], Diagonals::Alternating).unwrap();
        for p in &mut mesh.positions_m {
            *p = [p[0], 0.31 + p[2], 0.01 * (20.0 * p[2]).sin()];
        }
        let mut cloth = cloth_of(mesh);
        let mut contact = contact_of(&cloth, 1e-3, &[], threads);
        contact.bodies.push(Body::new(Core::HalfSpace, 0.0, [0.0; 3], 0.4));
        cloth.step_with(300, &mut contact);
        let x: Vec<[f64; 3]> = (0..cloth.state().len()).map(|i| cloth.state().position_m(i)).collect();
        let m = contact.solver.mesh();
        assert!(referee::intersections(&x, &m.edges, &m.triangles).is_empty());
        cloth.state().hash()
    });
    assert!(hashes[0] == hashes[1] && hashes[1] == hashes[2], "{hashes:?}");
}

/// The scenes of `kinema bench cloth`, smaller or shorter: nothing meets in any frame.
#[test]
fn hard_scenes_never_intersect() {
    let scenes = [Scene::funnel(8, 24, 1), Scene::hem(16, 60, 1), Scene::ribbon(100, 1)];
    for scene in scenes {
        let mut scene = scene.unwrap();
        for frame in 0..scene.frames {
            scene.step_frame();
            let met = scene.intersecting_pairs();
            assert_eq!(met, 0, "{} in frame {frame}: {:?}", scene.name, scene.contact.solver.counts);
        }
        println!("{}: {:?}, fastest {} m/s", scene.name, scene.contact.solver.counts, scene.fastest_m_s());
    }
}

/// A sheet that starts half inside a ball of triangles, and one that a ball jumps into, come out at no more than the speed of exit, and then stay out.
#[test]
fn what_is_inside_a_body_of_triangles_is_brought_out() {
    for jumps in [false, true] {
        let mut mesh = rectangle([0.2, 0.2], [10, 10], Diagonals::Alternating).unwrap();
        for p in &mut mesh.positions_m {
            *p = [p[0] - 0.1, 0.05, p[2] + 0.1];
        }
        let mut settings = Settings { gravity_m_s2: V3::ZERO, ..Settings::default() };
        settings.settle_damping_per_sec = 20.0;
        let fabric = Fabric::isotropic(0.15, 1000.0, 1e-5, 0.3);
        let mut cloth = Cloth::new(mesh, fabric, settings, Fastenings::default()).unwrap();
        let (body, shape) = ball(0.08, 3);
        let mut contact = contact_of(&cloth, 1e-3, &[body], 1);
        let place = |y: f64| -> Vec<[i32; 3]> {
            shape.iter().map(|p| [p[0], p[1] + y, p[2]].map(|x| from_metres(x).0)).collect()
        };
        let still = vec![V3::ZERO; shape.len()];
        if jumps {
            contact.solver.set_bodies(&place(-1.0), &still).unwrap();
            cloth.step_with(5, &mut contact);
        }
        let mut fastest = 0.0f32;
        for _ in 0..600 {
            contact.solver.set_bodies(&place(0.0), &still).unwrap();
            cloth.step_with(1, &mut contact);
            fastest = cloth.state().particles().iter().fold(fastest, |m, p| m.max(p.velocity_m_s().length()));
        }
        let mut x: Vec<[f64; 3]> = (0..cloth.state().len()).map(|i| cloth.state().position_m(i)).collect();
        x.extend(&shape);
        let m = contact.solver.mesh();
        println!("jumps {jumps}: fastest {fastest} m/s, {:?}", contact.solver.counts);
        assert_eq!(referee::intersections(&x, &m.edges, &m.triangles).len(), 0, "{:?}", contact.solver.counts);
        assert!(fastest < 3.0, "{fastest}");
        assert_eq!(contact.solver.counts.inside, 0);
    }
}

/// Three layers, 3 mm apart, on a ball that rises and stops: none meets another or the ball. It moves by more than half of its clearance in a substep.
#[test]
fn a_ball_of_triangles_lifts_three_layers() {
    for rise_m_s in [0.3, 0.75, 1.5, 3.0] {
        let (worst, _) = worst_over_a_rising_ball(&mut three_layers(), 5e-4, rise_m_s, [100, 300]);
        assert_eq!(worst, 0, "{rise_m_s} m/s");
    }
}

/// A ball comes down on them, into the one below by 1 cm, and goes on to the side, as a hand that presses a skirt against a thigh: it is dented, and so is the other, and nothing is
/// entered; where they do not give way, they enter.
#[test]
fn layers_between_two_balls_that_give_way_are_entered_by_none() {
    let pinched = |deepest_dent_m: f32| {
        let way_m = |substep: u32, speed_m_s: f64| f64::from(substep) * speed_m_s / SUBSTEPS_PER_SEC;
        let places_m = |substep: u32| {
            let down_m = way_m(substep.min(100), 0.6);
            vec![[0.0; 3], [way_m(substep.saturating_sub(100), 1.0), 0.16 - down_m, 0.0]]
        };
        worst_over_balls(&mut three_layers(), 5e-4, deepest_dent_m, &[0.08, 0.03], 220, places_m)
    };
    assert!(pinched(0.0).0 > 0, "the case has become easy");
    let (worst, deepest_m) = pinched(0.05);
    assert!(worst == 0 && deepest_m > 0.001, "{worst} pairs, {deepest_m} m deep");
}

/// 3 mm apart, the lowest 1 cm above a ball of 8 cm about zero.
fn three_layers() -> Cloth {
    let mut all = rectangle([0.2, 0.2], [10, 10], Diagonals::Alternating).unwrap();
    let one = all.clone();
    for layer in 1..3u32 {
        let base = all.positions_m.len() as u32;
        all.triangles.extend(one.triangles.iter().map(|t| t.map(|v| v + base)));
        all.corner_uv_m.extend(&one.corner_uv_m);
        all.positions_m.extend(one.positions_m.iter().map(|p| [p[0], f64::from(layer) * 0.003, p[2]]));
    }
    for p in &mut all.positions_m {
        *p = [p[0] - 0.1, p[1] + 0.09, p[2] + 0.1];
    }
    cloth_of(all)
}

/// Cloth near a body that is drawn elsewhere goes along fully, far cloth does not, and what lies between does in part.
#[test]
fn cloth_goes_along_with_bodies_that_are_drawn_elsewhere() {
    let mut mesh = rectangle([0.2, 0.2], [10, 10], Diagonals::Alternating).unwrap();
    for p in &mut mesh.positions_m {
        *p = [p[0] - 0.1, 0.085, p[2] + 0.1];
    }
    let cloth = cloth_of(mesh);
    let (body, shape) = ball(0.08, 3);
    let mut contact = contact_of(&cloth, 1e-3, &[body], 1);
    let places: Vec<[i32; 3]> = shape.iter().map(|p| p.map(|x| from_metres(x).0)).collect();
    contact.solver.set_bodies(&places, &vec![V3::ZERO; places.len()]).unwrap();
    contact.solver.set_cloth(&cloth.state().particles().iter().map(|particle| particle.q()).collect::<Vec<_>>());
    let way = V3::new(0.001, 0.004, -0.002);
    let along = contact.solver.with_bodies(&vec![way; places.len()]);
    assert!(along[5 * 11 + 5].sub(way).length() < 1e-7, "{:?}", along[5 * 11 + 5]);
    assert_eq!(along[0], V3::ZERO);
    assert!(along.iter().any(|along| along.length() > 1e-4 && along.length() < 0.004));
}
