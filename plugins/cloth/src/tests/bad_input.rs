//! Input that nobody should give: it ends in an error by name, or in a cloth that stays where a cloth can be. What is wrong with meshes is tested beside
//! `mesh.rs`, materials and settings in `step.rs`.

use crate::solver::cloth::{Cloth, Fastenings};
use crate::solver::contact::hook::Contact;
use crate::solver::contact::mesh::ContactMesh;
use crate::solver::contact::shapes::{Body, Core};
use crate::solver::contact::solver::ContactSettings;
use crate::solver::error::ClothError;
use crate::solver::fabric::Fabric;
use crate::solver::grids::{Diagonals, rectangle};
use crate::solver::settings::Settings;
use crate::solver::vec3::V3;

/// A level sheet of 20 cm at a height, pinned at two corners, and its contact with a ball at the origin.
fn sheet_and_ball(height_m: f64, radius_m: f32) -> (Cloth, Contact) {
    let mut mesh = rectangle([0.2, 0.2], [8, 8], Diagonals::Alternating).unwrap();
    for p in &mut mesh.positions_m {
        *p = [p[0] - 0.1, height_m, p[2] + 0.1];
    }
    let fastenings = Fastenings { pins: vec![0, 8], ..Fastenings::default() };
    let cloth = Cloth::new(mesh, Fabric::default(), Settings::default(), fastenings).unwrap();
    let start: Vec<[i32; 3]> = cloth.state().particles().iter().map(|p| p.q()).collect();
    let mesh = ContactMesh::new(&cloth.mesh().triangles, &start, 1e-3, &[]).unwrap();
    let mut contact = Contact::new(mesh, ContactSettings::default());
    contact.bodies.push(Body::new(Core::Point, radius_m, [0.0; 3], 0.3));
    (cloth, contact)
}

/// Every particle is a number, near where it can be, and slower than `fastest_m_s`.
fn assert_bounded(cloth: &Cloth, fastest_m_s: f32) {
    for (i, particle) in cloth.state().particles().iter().enumerate() {
        let (place, velocity) = (cloth.state().position_m(i), particle.velocity_m_s());
        assert!(place.iter().all(|x| x.abs() < 3.0), "particle {i} is at {place:?}");
        assert!(velocity.length() < fastest_m_s, "particle {i} has {velocity:?}");
    }
}

#[test]
fn a_body_that_moves_a_metre_in_one_frame_does_not_throw_the_cloth() {
    let (mut cloth, mut contact) = sheet_and_ball(0.2, 0.05);
    // Up through the sheet within 1/60 s, then back in a single substep, then it stays.
    contact.bodies[0].velocity_m_s = V3::new(0.0, 60.0, 0.0);
    cloth.step_with(20, &mut contact);
    assert_bounded(&cloth, 200.0);
    contact.bodies[0].velocity_m_s = V3::new(0.0, -1200.0, 0.0);
    cloth.step_with(1, &mut contact);
    contact.bodies[0].velocity_m_s = V3::ZERO;
    cloth.step_with(600, &mut contact);
    assert_bounded(&cloth, 20.0);
}

#[test]
fn a_cloth_that_begins_in_a_body_is_brought_out() {
    let (mut cloth, mut contact) = sheet_and_ball(0.02, 0.06);
    cloth.step_with(1200, &mut contact);
    assert_bounded(&cloth, 20.0);
    for i in (0..cloth.state().len()).filter(|i| ![0, 8].contains(i)) {
        let [x, y, z] = cloth.state().position_m(i);
        let distance = (x * x + y * y + z * z).sqrt();
        assert!(distance > 0.06, "particle {i} is {distance} m from the middle of a ball of 0.06 m");
    }
}

#[test]
fn a_body_whose_motion_is_no_number_leaves_the_cloth_numbers() {
    let (mut cloth, mut contact) = sheet_and_ball(0.055, 0.05);
    for bad in [f32::NAN, f32::INFINITY] {
        contact.bodies[0].velocity_m_s = V3::new(bad, 0.0, 0.0);
        contact.bodies[0].angular_velocity_rad_s = V3::new(0.0, bad, 0.0);
        cloth.step_with(60, &mut contact);
        assert_bounded(&cloth, 50.0);
    }
}

#[test]
fn a_pin_that_is_sent_nowhere_is_named_and_one_that_jumps_stays_bounded() {
    let (mut cloth, _) = sheet_and_ball(0.2, 0.05);
    for bad in [f64::NAN, f64::INFINITY, 1e9] {
        assert!(matches!(cloth.move_pin(0, [0.0, bad, 0.0], 20), Err(ClothError::Position { vertex: 0, .. })));
    }
    cloth.move_pin(0, [1.0, 0.2, 0.0], 20).unwrap();
    cloth.step(20);
    cloth.move_pin(0, [-0.1, 0.2, 0.1], 20).unwrap();
    cloth.step(20);
    cloth.move_pin(0, [-0.1, 0.2, 0.1], 20).unwrap();
    cloth.step(1200);
    assert_bounded(&cloth, 50.0);
}

/// A fan of needles, a hundred times as long as they are wide, and a substep as long as is allowed.
#[test]
fn needles_and_long_substeps_stay_bounded() {
    let mesh = rectangle([0.4, 0.004], [4, 4], Diagonals::Same).unwrap();
    let settings = Settings { substep_secs: 0.05, ..Settings::default() };
    let fastenings = Fastenings { pins: vec![0], ..Fastenings::default() };
    let mut cloth = Cloth::new(mesh, Fabric::default(), settings, fastenings).unwrap();
    cloth.step(400);
    assert_bounded(&cloth, 100.0);
}
