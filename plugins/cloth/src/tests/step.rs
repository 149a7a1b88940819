//! What the step keeps: bits over threads, momentum, place in the world, and bounded results from bad input.

use crate::solver::air::AirSettings;
use crate::solver::cloth::{Cloth, Fastenings};
use crate::solver::error::ClothError;
use crate::solver::fabric::Fabric;
use crate::solver::grids::{Diagonals, disc, rectangle};
use crate::solver::links::Seam;
use crate::solver::mesh::ClothMesh;
use crate::solver::settings::Settings;
use crate::solver::vec3::V3;

fn weightless() -> Settings {
    Settings { gravity_m_s2: V3::ZERO, ..Settings::default() }
}

fn crumpled(mesh: &mut ClothMesh, by_m: f64) {
    for (i, p) in mesh.positions_m.iter_mut().enumerate() {
        let wave = |k: f64| by_m * (k * i as f64).sin();
        *p = [p[0] + wave(1.7), p[1] + wave(2.9), p[2] + wave(0.7)];
    }
}

#[test]
fn the_state_has_the_same_bits_for_any_number_of_threads() {
    let hash = |threads: usize| {
        // More than work for two threads.
        let mut mesh = rectangle([0.8, 0.8], [40, 40], Diagonals::Alternating).unwrap();
        crumpled(&mut mesh, 0.002);
        let fabric = Fabric { limit_stiffening: 5.0, strain_limit: 0.01, ..Fabric::default() };
        let settings =
            Settings { threads, memory_secs: 0.5, iterations: 2, air: AirSettings::STILL, ..Settings::default() };
        let fastenings = Fastenings {
            pins: vec![0, 40],
            seams: vec![Seam::rigid(1640, 1680)],
            has_long_range_attachments: true,
            ..Fastenings::default()
        };
        let mut cloth = Cloth::new(mesh, fabric, settings, fastenings).unwrap();
        cloth.set_uniform_wind(V3::new(2.0, 0.5, 1.0));
        cloth.step(60);
        cloth.state().hash()
    };
    let one = hash(1);
    assert_eq!([hash(2), hash(3)], [one; 2]);
}

fn momenta(cloth: &Cloth) -> [bevy::math::DVec3; 2] {
    let mut sums = [bevy::math::DVec3::ZERO; 2];
    for (i, p) in cloth.state().particles().iter().enumerate() {
        let x = bevy::math::DVec3::from_array(cloth.state().position_m(i));
        let v = bevy::math::DVec3::from_array(p.velocity_m_s().to_array().map(f64::from))
            / f64::from(p.inverse_mass_per_kg());
        sums[0] += v;
        sums[1] += x.cross(v);
    }
    sums
}

#[test]
fn a_free_cloth_keeps_its_momenta() {
    for memory_secs in [0.0, 0.5] {
        let mut mesh = disc(0.1, 6).unwrap();
        crumpled(&mut mesh, 0.003);
        let fabric = Fabric { internal_damping_secs: 1e-3, ..Fabric::default() };
        let mut cloth =
            Cloth::new(mesh, fabric, Settings { memory_secs, ..weightless() }, Fastenings::default()).unwrap();
        for (i, p) in cloth.state().particles().iter().enumerate() {
            let x = cloth.state().position_m(i);
            p.set_velocity_m_s(V3::new(1.0 - 8.0 * x[2] as f32, 0.2, 8.0 * x[0] as f32));
        }
        let before = momenta(&cloth);
        cloth.step(240);
        let after = momenta(&cloth);
        assert!((after[0] - before[0]).length() < 1e-4 * before[0].length(), "{before:?} {after:?}");
        assert!((after[1] - before[1]).length() < 1e-2 * before[1].length(), "{before:?} {after:?}");
    }
}

#[test]
fn cloth_far_from_the_origin_moves_as_near_it() {
    let run = |away: f64| {
        let mut mesh = rectangle([0.25, 0.25], [8, 8], Diagonals::Same).unwrap();
        for p in &mut mesh.positions_m {
            p[0] += away;
        }
        let mut cloth = Cloth::new(
            mesh,
            Fabric::default(),
            Settings::default(),
            Fastenings { pins: vec![0], ..Fastenings::default() },
        )
        .unwrap();
        cloth.step(200);
        cloth.state().particles().iter().map(|p| p.velocity_m_s().to_array()).collect::<Vec<_>>()
    };
    assert_eq!(run(0.0), run(60.0));
}

#[test]
fn absurd_input_stays_bounded() {
    for (stretch, bend, secs) in [(1e7, 1e3, 0.05), (1e-2, 0.0, 0.05), (1e7, 1e-6, 1e-6)] {
        let mut mesh = rectangle([0.2, 0.2], [6, 6], Diagonals::Same).unwrap();
        // Crushed into a point, and one vertex thrown out.
        mesh.positions_m.iter_mut().for_each(|p| *p = [0.0; 3]);
        mesh.positions_m[10] = [30.0, 0.0, 0.0];
        let settings = Settings { substep_secs: secs, memory_secs: 0.1, ..Settings::default() };
        let mut cloth =
            Cloth::new(mesh, Fabric::isotropic(0.1, stretch, bend, 0.3), settings, Fastenings::default()).unwrap();
        cloth.step(300);
        for p in cloth.state().particles() {
            assert!(p.velocity_m_s().is_finite() && p.offset_m().is_finite());
        }
    }
}

#[test]
fn bad_material_settings_and_fastenings_are_named() {
    let mesh = || rectangle([1.0, 1.0], [2, 2], Diagonals::Same).unwrap();
    let make = |fabric: Fabric, settings: Settings, fastenings: Fastenings| {
        Cloth::new(mesh(), fabric, settings, fastenings).err()
    };
    let fabric = Fabric { area_density_kg_m2: 0.0, ..Fabric::default() };
    assert!(matches!(
        make(fabric, Settings::default(), Fastenings::default()),
        Some(ClothError::FabricField { field: "area_density_kg_m2", .. })
    ));
    let settings = Settings { substep_secs: f32::NAN, ..Settings::default() };
    assert!(matches!(
        make(Fabric::default(), settings, Fastenings::default()),
        Some(ClothError::Setting { field: "substep_secs", .. })
    ));
    let pins = Fastenings { pins: vec![9], ..Fastenings::default() };
    assert!(matches!(
        make(Fabric::default(), Settings::default(), pins),
        Some(ClothError::Particle { what: "pin", particle: 9, .. })
    ));
    let open = Fastenings { seams: vec![Seam::rigid(1, 1)], ..Fastenings::default() };
    assert!(matches!(make(Fabric::default(), Settings::default(), open), Some(ClothError::Seam { index: 0, .. })));
}

#[test]
fn pins_move_to_their_target_and_let_go() {
    let mesh = rectangle([0.1, 0.1], [4, 4], Diagonals::Same).unwrap();
    let mut cloth =
        Cloth::new(mesh, Fabric::default(), Settings::default(), Fastenings { pins: vec![0], ..Fastenings::default() })
            .unwrap();
    cloth.move_pin(0, [0.05, 0.02, 0.0], 100).unwrap();
    cloth.step(100);
    let p = cloth.state().position_m(0);
    assert!((p[0] - 0.05).abs() < 1e-6 && (p[1] - 0.02).abs() < 1e-6, "{p:?}");
    cloth.set_pinned(0, false).unwrap();
    cloth.step(100);
    assert!(cloth.state().position_m(0)[1] < 0.0);
}

#[test]
fn a_button_holds_until_its_force() {
    let run = |break_force_n: f32| {
        // Two squares in one mesh, the lower one hangs on the upper by one seam; its weight is 0.15 * 0.01 * 9.81 = 0.0147 N.
        let uv: Vec<[f64; 2]> = (0..8)
            .map(|i| [0.1 * f64::from(i % 2) + if i > 3 { 0.5 } else { 0.0 }, 0.1 * f64::from(i / 2 % 2)])
            .collect();
        let triangles = vec![[0, 1, 2], [1, 3, 2], [4, 5, 6], [5, 7, 6]];
        let positions = (0..8)
            .map(|i| [0.1 * f64::from(i % 2), 0.1 * f64::from(i / 2 % 2) - if i > 3 { 0.1 } else { 0.0 }, 0.0])
            .collect();
        let mesh = ClothMesh::from_vertex_uv(&uv, triangles, Some(positions)).unwrap();
        let seams = vec![Seam { break_force_n, ..Seam::rigid(0, 6) }];
        let settings = Settings { settle_damping_per_sec: 20.0, ..Settings::default() };
        let mut cloth = Cloth::new(
            mesh,
            Fabric::default(),
            settings,
            Fastenings { pins: vec![0, 1, 2, 3], seams, ..Fastenings::default() },
        )
        .unwrap();
        cloth.step(1200);
        (cloth.is_seam_broken(0), cloth.seam_force_n(0), cloth.state().position_m(6)[1])
    };
    let (broken, force, height) = run(1.0);
    assert!(!broken && (force / 0.0147 - 1.0).abs() < 0.1 && height.abs() < 1e-3, "{force} {height}");
    let (broken, _, height) = run(0.005);
    assert!(broken && height < -0.05, "{height}");
}

#[test]
fn attachments_bound_the_stretch() {
    let lowest = |has_long_range_attachments: bool| {
        let mesh = rectangle([0.5, 0.5], [20, 20], Diagonals::Same).unwrap();
        let fabric = Fabric { area_density_kg_m2: 1.0, ..Fabric::isotropic(1.0, 20.0, 1e-6, 0.0) };
        let fastenings = Fastenings { pins: (0..21).collect(), has_long_range_attachments, ..Fastenings::default() };
        let mut cloth =
            Cloth::new(mesh, fabric, Settings { settle_damping_per_sec: 5.0, ..Settings::default() }, fastenings)
                .unwrap();
        cloth.step(1500);
        (0..cloth.state().len()).map(|i| cloth.state().position_m(i)[1]).fold(0.0, f64::min)
    };
    assert!(lowest(true) > -0.5001 && lowest(false) < -0.52);
}

#[test]
fn a_strained_strip_stiffens_beyond_its_limit() {
    let stretch = |limit_stiffening: f32| {
        let mesh = rectangle([0.1, 0.02], [10, 2], Diagonals::Same).unwrap();
        let ends: Vec<u32> = (0..33).filter(|v| v % 11 == 0).collect();
        // 1 kg/m2 in 10 g pulls 0.1 * 98.1 = 9.8 N/m at the top: strain 0.1 in the soft branch.
        let fabric = Fabric { strain_limit: 0.02, limit_stiffening, ..Fabric::isotropic(1.0, 100.0, 1e-6, 0.0) };
        let settings = Settings {
            gravity_m_s2: V3::new(98.1, 0.0, 0.0),
            settle_damping_per_sec: 30.0,
            memory_secs: 0.1,
            ..Settings::default()
        };
        let mut cloth = Cloth::new(mesh, fabric, settings, Fastenings { pins: ends, ..Fastenings::default() }).unwrap();
        cloth.step(3000);
        (cloth.state().position_m(10)[0] - 0.1) / 0.1
    };
    let (soft, stiff) = (stretch(0.0), stretch(9.0));
    // Soft: mean strain near 0.049. Stiff: 0.02 + (s - 0.02) / 10 above the place where the soft strain s passes 0.02.
    assert!((0.040..0.052).contains(&soft), "{soft}");
    assert!((0.018..0.024).contains(&stiff), "{stiff}");
}

#[test]
fn an_overstretched_strip_tears_in_two() {
    let mesh = rectangle([0.2, 0.04], [10, 2], Diagonals::Same).unwrap();
    let pins: Vec<u32> = (0..33).filter(|v| v % 11 == 0 || v % 11 == 10).collect();
    let fabric = Fabric { tear_strain: 0.2, ..Fabric::default() };
    let mut cloth =
        Cloth::new(mesh, fabric, weightless(), Fastenings { pins: pins.clone(), ..Fastenings::default() }).unwrap();
    let mass = |c: &Cloth| c.mesh().masses_kg(0.15).iter().sum::<f64>();
    let before = mass(&cloth);
    let mut new = 0;
    for frame in 1..=60 {
        for pin in pins.iter().filter(|p| **p % 11 == 10) {
            let row = f64::from(*pin / 11);
            cloth.move_pin(*pin, [0.2 + 0.002 * f64::from(frame), 0.0, -0.02 * row], 20).unwrap();
        }
        cloth.step(20);
        new += cloth.tear(4).unwrap().split_from.len();
    }
    assert!(new >= 3, "{new}");
    assert!((mass(&cloth) / before - 1.0).abs() < 1e-9);
    // Torn through: both parts are slack again.
    let longest = |c: &Cloth| {
        let edges = c.mesh().edges().unwrap();
        edges
            .iter()
            .map(|e| c.state().difference_m(e.vertices[0] as usize, e.vertices[1] as usize).length())
            .fold(0.0, f32::max)
    };
    assert!(longest(&cloth) < 0.045, "{}", longest(&cloth));
}

#[test]
fn a_crease_at_rest_stays_and_a_flat_rest_opens() {
    let opening = |is_rest_curved: bool| {
        let mut mesh = rectangle([0.1, 0.02], [10, 2], Diagonals::Same).unwrap();
        // Bent over a cylinder of 5 cm radius.
        for p in &mut mesh.positions_m {
            let angle = p[0] / 0.05;
            *p = [0.05 * angle.sin(), 0.05 * angle.cos(), p[2]];
        }
        let settings = Settings { settle_damping_per_sec: 20.0, ..weightless() };
        let fastenings = Fastenings { is_rest_curved, ..Fastenings::default() };
        let mut cloth = Cloth::new(mesh, Fabric::isotropic(0.1, 500.0, 1e-3, 0.0), settings, fastenings).unwrap();
        cloth.step(1200);
        cloth.state().difference_m(10, 0).length()
    };
    let chord = 2.0 * 0.05 * 1.0f32.sin();
    assert!((opening(true) / chord - 1.0).abs() < 0.01, "{} {chord}", opening(true));
    assert!((opening(false) / 0.1 - 1.0).abs() < 0.01, "{}", opening(false));
}
