//! Contract of the kernels: the bits of the processor's, for any workgroup size and any cutting into chunks.

use std::sync::OnceLock;
use std::time::Instant;

use super::cloth::DeviceCloth;
use super::error::DeviceError;
use super::kernels::{Arithmetic, Kernels};
use super::self_test::{Opened, SelfTest, arithmetic_difference, deterministic, open, self_test};
use super::trial_run::run_once;
use crate::reference::{random, trial};
use crate::solver::cloth::{Cloth, Fastenings};
use crate::solver::contact::pairs::{Kind, closest_of};
use crate::solver::fabric::Fabric;
use crate::solver::grids::{Diagonals, rectangle};
use crate::solver::settings::Settings;
use crate::solver::vec3::V3;

pub(super) fn opened() -> &'static Opened {
    static OPENED: OnceLock<Opened> = OnceLock::new();
    OPENED.get_or_init(|| open().unwrap_or_else(|error| panic!("{error}")))
}

fn on_device(cloth: &mut Cloth, kernels: &Kernels, limit_bytes: u64) -> DeviceCloth {
    let Opened { device, queue, .. } = opened();
    DeviceCloth::new(cloth, kernels, device, queue, limit_bytes).unwrap()
}

fn stepped_here(cells: usize, threads: usize, substeps: u32) -> String {
    let mut cloth = trial(cells).unwrap();
    cloth.settings.threads = threads;
    cloth.step(substeps);
    cloth.state().sha256()
}

#[test]
fn arithmetic_has_the_bits_of_the_processor() {
    let Opened { device, queue, kernels, test, .. } = opened();
    assert_eq!(*test, SelfTest::Deterministic);
    assert!(deterministic().is_some());
    assert_eq!(arithmetic_difference(device, queue, kernels, 200_000).unwrap(), None);
}

#[test]
fn without_the_barrier_the_test_notices() {
    let Opened { device, queue, .. } = opened();
    let fast = Kernels::new(device, Arithmetic::Fast, 64).unwrap();
    assert!(matches!(self_test(device, queue, &fast).unwrap(), SelfTest::Differs { .. }));
}

#[test]
fn a_trial_cloth_has_the_same_bits_for_any_workgroup_and_any_number_of_threads() {
    const SUBSTEPS: u32 = 300;
    let here = stepped_here(12, 1, SUBSTEPS);
    assert_eq!(stepped_here(12, 2, SUBSTEPS), here);
    for workgroup in [32, 64, 128, 256] {
        let kernels = Kernels::new(&opened().device, Arithmetic::Exact, workgroup).unwrap();
        let mut cloth = trial(12).unwrap();
        let mut there = on_device(&mut cloth, &kernels, u64::MAX);
        there.step(&kernels, SUBSTEPS / 3);
        there.step(&kernels, SUBSTEPS - SUBSTEPS / 3);
        assert_eq!(there.read_state().unwrap().sha256(), here, "workgroups of {workgroup}");
        there.restore(&mut cloth).unwrap();
        assert!(cloth.is_seam_broken(2) && !cloth.is_seam_broken(0), "the third seam tears off");
    }
}

#[test]
fn storage_above_the_limit_is_split() {
    let here = stepped_here(12, 1, 60);
    let kernels = &opened().kernels;
    let mut cloth = trial(12).unwrap();
    let mut there = on_device(&mut cloth, kernels, 4096);
    assert!(there.chunks()[0] > 3 && there.chunks()[1] > 5, "{:?}", there.chunks());
    there.step(kernels, 60);
    assert_eq!(there.read_state().unwrap().sha256(), here);
    let Opened { device, queue, .. } = opened();
    let refused = DeviceCloth::new(&mut cloth, kernels, device, queue, 2048);
    assert!(matches!(refused, Err(DeviceError::TooManyParticles { particles: 169, limit_bytes: 2048 })));
}

#[test]
fn pins_wind_and_a_creased_rest_agree_without_memory() {
    let make = || {
        let mut mesh = rectangle([0.2, 0.1], [10, 5], Diagonals::Same).unwrap();
        mesh.positions_m.iter_mut().for_each(|p| p[1] = 0.05 * (20.0 * p[0]).sin());
        let fastenings = Fastenings { pins: vec![0, 10, 30], is_rest_curved: true, ..Fastenings::default() };
        Cloth::new(mesh, Fabric::default(), Settings { iterations: 3, ..Settings::default() }, fastenings).unwrap()
    };
    let kernels = &opened().kernels;
    let (mut here, mut prepared) = (make(), make());
    let mut there = on_device(&mut prepared, kernels, u64::MAX);
    for frame in 1..=10 {
        let target = [0.01 * f64::from(frame), 0.003 * f64::from(frame), -0.002 * f64::from(frame)];
        here.move_pin(10, target, 20).unwrap();
        there.move_pin(10, target, 20).unwrap();
        here.step(20);
        there.step(kernels, 20);
    }
    assert_eq!(there.read_state().unwrap().sha256(), here.state().sha256());
    assert!(matches!(there.move_pin(1, [0.0; 3], 1), Err(DeviceError::NotPinned(1))));
}

#[test]
fn a_cloth_goes_to_the_device_and_back_with_its_memory() {
    let here = stepped_here(8, 1, 90);
    let kernels = &opened().kernels;
    let mut cloth = trial(8).unwrap();
    cloth.step(30);
    let mut there = on_device(&mut cloth, kernels, u64::MAX);
    there.step(kernels, 30);
    there.restore(&mut cloth).unwrap();
    cloth.step(30);
    assert_eq!(cloth.state().sha256(), here);
}

#[test]
fn bad_input_gives_the_same_bounded_bits() {
    let make = || {
        let mut mesh = rectangle([0.2, 0.2], [6, 6], Diagonals::Same).unwrap();
        mesh.positions_m.iter_mut().for_each(|p| *p = [0.0; 3]);
        mesh.positions_m[10] = [30.0, 0.0, 0.0];
        let fabric = Fabric::isotropic(0.1, 1e7, 1e3, 0.3);
        let settings = Settings { substep_secs: 0.05, memory_secs: 0.1, ..Settings::default() };
        let mut cloth = Cloth::new(mesh, fabric, settings, Fastenings::default()).unwrap();
        cloth.set_uniform_wind(V3::new(1e30, 0.0, -1e38));
        cloth
    };
    let kernels = &opened().kernels;
    let (mut here, mut prepared) = (make(), make());
    let mut there = on_device(&mut prepared, kernels, u64::MAX);
    here.step(100);
    there.step(kernels, 100);
    assert_eq!(there.read_state().unwrap().sha256(), here.state().sha256());
}

/// Random quadruples at many scales; every other has points that coincide or edges that are parallel.
#[test]
fn the_narrow_phase_has_the_bits_of_the_processor() {
    const RESULTS: usize = 12;
    let mut random = random(7);
    let (mut places, mut pairs, mut expected) = (Vec::new(), Vec::new(), Vec::new());
    for i in 0..20_000u32 {
        let shift = random() % 28;
        let mut x: [[i32; 3]; 4] =
            std::array::from_fn(|_| std::array::from_fn(|_| random().cast_signed() >> (3 + shift)));
        match i % 8 {
            1 => x[2] = x[0],
            3 => x[3] = [0, 1, 2].map(|k| x[2][k] + x[1][k] - x[0][k]),
            5 => (x[1], x[2], x[3]) = (x[1], x[1], x[1]),
            7 => x.iter_mut().for_each(|p| p[1] = 12_345),
            _ => {}
        }
        let kind = if i % 2 == 0 || random() >> 31 == 0 { Kind::EdgeEdge } else { Kind::VertexTriangle };
        places.extend(x.iter().flat_map(|p| [p[0], p[1], p[2], 0].map(i32::cast_unsigned)));
        let is_edges = if kind == Kind::EdgeEdge { 1 << 31 } else { 0 };
        pairs.extend([(4 * i) | is_edges, 4 * i + 1, 4 * i + 2, 4 * i + 3]);
        let found = closest_of(kind, x);
        expected.extend(found.weights);
        expected.extend(found.difference_m.to_array());
        expected.push(found.distance_m2);
        expected.extend(found.normal().to_array());
        expected.push(found.is_interior);
    }
    let Opened { device, queue, kernels, .. } = opened();
    let kernel = (&kinema_shaders::CLOTH_NARROW_COMPUTE, "narrow");
    let found =
        run_once((device, queue), kernels, kernel, &[&places, &pairs], pairs.len() / 4, expected.len()).unwrap();
    let expected: Vec<u32> = expected.into_iter().map(f32::to_bits).collect();
    for (i, (found, expected)) in found.chunks(RESULTS).zip(expected.chunks(RESULTS)).enumerate() {
        assert_eq!(found, expected, "pair {i}");
    }
}

/// What the barrier costs, beside the processor; the figures of a quiet machine are those of `kinema bench cloth`.
#[test]
fn the_barrier_costs_less_than_the_work() {
    const SUBSTEPS: u32 = 20;
    let make = || {
        let mesh = rectangle([1.0, 1.0], [63, 63], Diagonals::Alternating).unwrap();
        let fastenings = Fastenings { pins: vec![0, 63], ..Fastenings::default() };
        Cloth::new(mesh, Fabric::default(), Settings::default(), fastenings).unwrap()
    };
    let Opened { device, kernels: exact, .. } = opened();
    let fast = Kernels::new(device, Arithmetic::Fast, exact.workgroup).unwrap();
    let (mut here, mut in_exact, mut in_fast) =
        (make(), on_device(&mut make(), exact, u64::MAX), on_device(&mut make(), &fast, u64::MAX));
    let mut best_ms = [f64::INFINITY; 3];
    for _ in 0..8 {
        let mut time = |which: usize, step: &mut dyn FnMut()| {
            let start = Instant::now();
            step();
            best_ms[which] = best_ms[which].min(start.elapsed().as_secs_f64() * 1e3);
        };
        time(0, &mut || {
            in_exact.step(exact, SUBSTEPS);
            in_exact.wait().unwrap();
        });
        time(1, &mut || {
            in_fast.step(&fast, SUBSTEPS);
            in_fast.wait().unwrap();
        });
        time(2, &mut || here.step(SUBSTEPS));
    }
    let dispatches = in_exact.dispatches(SUBSTEPS);
    println!("64 x 64, {dispatches} dispatches: exact, fast, processor {best_ms:.1?} ms");
    assert!(best_ms[0] < 4.0 * best_ms[1], "{best_ms:?}");
}
