//! The simulation against the formulas of mechanics, at three step sizes; see `reference/cases.rs`.

use crate::reference::cases::{SUBSTEPS, cases, resumes_bit_equal};
use crate::reference::worlds::{everything, heap, shot_of};
use crate::{PhysicsEvent, RigidWorld};

#[test]
fn errors_are_small_and_fall_with_the_step_where_the_method_has_an_order() {
    for case in cases() {
        let run = |substeps: &u32| case.run(*substeps).unwrap_or_else(|error| panic!("{}: {error}", case.name)).error;
        let errors = SUBSTEPS.each_ref().map(run);
        println!("{}: {errors:?}", case.name);
        // The slowest to converge, `incline_slip`, is measured against the least distance.
        assert!(errors[2] < 0.01, "{}: {errors:?}", case.name);
        if let Some(order) = case.order {
            for pair in errors.windows(2) {
                let gain = pair[0] / pair[1];
                assert!(gain > 0.85 * 2_f64.powf(order), "{} gains {gain} for half the step", case.name);
            }
        }
    }
}

#[test]
fn what_is_restored_goes_on_with_the_same_bits_and_events() {
    for case in cases() {
        let shot = case.shot(2).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        assert!(resumes_bit_equal(&shot, 300).expect("a simulation"), "{}", case.name);
    }
    let shot = shot_of(everything(), 240, 2).unwrap_or_else(|error| panic!("{error}"));
    assert!(resumes_bit_equal(&shot, 480).expect("a simulation"));
}

#[test]
fn the_world_of_everything_does_what_it_is_for() {
    let shot = shot_of(everything(), 240, 2).unwrap_or_else(|error| panic!("{error}"));
    let mut world = RigidWorld::from_shot(&shot).expect("a world");
    while world.completed_substeps() < 480 {
        world.step().expect("a step");
    }
    let count = |wanted: fn(&PhysicsEvent) -> bool| world.events().iter().filter(|timed| wanted(&timed.event)).count();
    assert!(count(|event| matches!(event, PhysicsEvent::Entered { .. })) > 20);
    assert!(count(|event| matches!(event, PhysicsEvent::Left { .. })) > 20);
    assert_eq!(count(|event| matches!(event, PhysicsEvent::Broke { .. })), 1);
    let inside = world.poses().iter().all(|pose| pose.position_m.iter().all(|coordinate| coordinate.abs() < 100.0));
    assert!(inside, "something left");
}

#[test]
fn a_thousand_bodies_fall_into_a_heap_and_come_to_rest_above_the_floor() {
    let shot = shot_of(heap(1000), 1, 1).unwrap_or_else(|error| panic!("{error}"));
    let mut world = RigidWorld::from_shot(&shot).expect("a world");
    for _ in 0..120 {
        world.step().expect("a step");
    }
    let lowest = world.poses().iter().skip(1).map(|pose| pose.position_m[1]).fold(f32::INFINITY, f32::min);
    let fastest = world
        .velocities()
        .iter()
        .map(|velocity| velocity.linear_m_s.iter().map(|part| part * part).sum::<f32>().sqrt())
        .fold(0.0, f32::max);
    assert!(lowest > 0.08 && fastest < 4.0, "lowest {lowest} m, fastest {fastest} m/s");
}
