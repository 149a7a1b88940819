//! Contract of contact in the step on the device: the bits of the processor's, frame by frame.

use super::error::DeviceError;
use super::group::DeviceGroup;
use super::kernels::{Arithmetic, Kernels};
use super::self_test::Opened;
use super::tests::opened;
use crate::reference::contact_trial;
use crate::reference::layers::{Layers, hash};
use crate::solver::cloth::Cloth;
use crate::solver::contact::exchange::Mover;
use crate::solver::contact::hook::Contact;
use crate::solver::contact::scenes::{SUBSTEPS, Scene};
use crate::solver::settings::Settings;

fn on_device(cloth: &mut Cloth, contact: &Contact, kernels: &Kernels) -> DeviceGroup {
    let Opened { device, queue, .. } = opened();
    DeviceGroup::new(&mut [cloth], contact, kernels, device, queue, u64::MAX).unwrap()
}

/// Layers that touch, then bodies, with planes and margins that hold vertices back; lists outgrow their rooms on the way.
#[test]
fn a_folded_sheet_in_contact_has_the_same_bits_in_every_frame() {
    // The last one has so many near pairs that not one workgroup alone works on them.
    for (cells, workgroup, frames) in [(6, 64, 40), (6, 32, 8), (6, 256, 8), (12, 64, 3)] {
        let kernels = Kernels::new(&opened().device, Arithmetic::Exact, workgroup).unwrap();
        let (mut here, mut contact) = contact_trial(cells).unwrap();
        let (mut prepared, beside) = contact_trial(cells).unwrap();
        let mut there = on_device(&mut prepared, &beside, &kernels);
        let (mut held, mut repeats) = (0, 0);
        for frame in 0..frames {
            here.step_with(5, &mut contact);
            there.step(&kernels, 5).unwrap();
            assert_eq!(
                there.cloths[0].read_state().unwrap().sha256(),
                here.state().sha256(),
                "frame {frame}, {workgroup}"
            );
            let (counts, expected) = (there.contact.counts().unwrap(), contact.solver.counts);
            assert_eq!(u64::from(counts.detections), expected.detections);
            assert_eq!([counts.pairs, counts.near].map(|c| c as usize), [expected.pairs, expected.near]);
            held += expected.held_by_planes;
            repeats = counts.repeats;
        }
        assert!((held > 0 || frames < 30) && repeats > 0, "{held} held, {repeats} repeats");
    }
}

/// Two layers, and bodies of triangles that push up, deform and jump into them; what the bodies get in return.
#[test]
fn layers_on_deforming_bodies_have_the_same_bits_in_every_frame() {
    // The last but one has so many near pairs that not one workgroup alone works on them; in the last two bodies give way.
    for (cells, workgroup, frames, substeps, deepest_dent_m) in
        [(6, 64, 30, 10, 0.0), (6, 32, 3, 50, 0.0), (6, 256, 3, 50, 0.0), (14, 64, 2, 20, 0.01), (6, 64, 15, 10, 0.01)]
    {
        let Opened { device, queue, .. } = opened();
        let kernels = Kernels::new(device, Arithmetic::Exact, workgroup).unwrap();
        let make = || {
            let mut layers = Layers::new(cells).unwrap();
            layers.contact.solver.settings.deepest_dent_m = deepest_dent_m;
            layers
        };
        let mut here = make();
        let mut there = make().on_device(&kernels, device, queue).unwrap();
        let (mut inside, mut held, mut dented) = (0, 0, 0);
        for frame in 0..frames {
            here.step_there(&mut there, &kernels, frame * substeps, substeps).unwrap();
            for _ in 0..substeps {
                here.step(1).unwrap();
                let counts = here.contact.solver.counts;
                (inside, held) = (inside + counts.inside, held + counts.held_by_planes);
                dented += counts.dented;
            }
            let (counts, expected) = (there.contact.counts().unwrap(), here.contact.solver.counts);
            println!(
                "{cells} cells, workgroups of {workgroup}, frame {frame}: {counts:?}, {held} held, {dented} dented"
            );
            assert_eq!(u64::from(counts.detections), expected.detections);
            let found = [counts.pairs, counts.near, counts.inside].map(|count| count as usize);
            assert_eq!(found, [expected.pairs, expected.near, expected.inside]);
            assert_eq!(hash(&there.read_states().unwrap()), here.hash(), "frame {frame}, workgroups of {workgroup}");
            assert_eq!(there.contact.given, here.contact.solver.given, "frame {frame}, workgroups of {workgroup}");
            assert_eq!(there.contact.exchanges, here.contact.exchanges);
        }
        let gives_way = deepest_dent_m > 0.0;
        assert!(gives_way || held > 0 && inside > 0, "{inside} inside and {held} held");
        assert_eq!(dented > 0, gives_way, "{dented}");
        let [(push, _), _] = [0, 1].map(|body| there.contact.given[body].take());
        assert!(push[1] < 0.0, "the ball is pressed down: {push:?}");
    }
}

/// Over a jump of the ball, with vertices inside, pairs, paths and what bodies have got so far.
#[test]
fn layers_go_to_the_device_and_back() {
    let Opened { device, queue, kernels, .. } = opened();
    let (mut here, mut other) = (Layers::new(5).unwrap(), Layers::new(5).unwrap());
    here.step(125).unwrap();
    other.step(95).unwrap();
    let mut there = other.on_device(kernels, device, queue).unwrap();
    other.step_there(&mut there, kernels, 95, 12).unwrap();
    other.restore(&there, 12).unwrap();
    other.step(18).unwrap();
    assert_eq!(other.hash(), here.hash());
    let [found, expected] = [&other, &here].map(|layers| &layers.contact);
    assert!(found.solver.given == expected.solver.given && found.exchanges == expected.exchanges);
    assert_eq!(found.solver.counts.inside, expected.solver.counts.inside);
}

/// A foot of triangles comes down on the hem of a hanging sheet and presses it to the ground.
#[test]
fn a_hem_under_a_foot_has_the_same_bits_in_every_frame() {
    let make = || Scene::hem(8, 1, 1).unwrap();
    let kernels = &opened().kernels;
    let (mut here, mut prepared) = (make(), make());
    let mut there = on_device(&mut prepared.cloth, &prepared.contact, kernels);
    let mut most_near = 0;
    for frame in 0..11 {
        there.contact.send_bodies(here.body_path()).unwrap();
        there.step(kernels, SUBSTEPS).unwrap();
        here.step_frame();
        assert_eq!(there.cloths[0].read_state().unwrap().sha256(), here.cloth.state().sha256(), "frame {frame}");
        assert_eq!(there.contact.given, here.contact.solver.given, "frame {frame}");
        let counts = here.contact.solver.counts;
        most_near = most_near.max(counts.near);
        println!("frame {frame}: {counts:?}");
    }
    assert!(most_near > 50, "{most_near} near pairs");
}

/// A ball that moves by its own inertia beneath the folded sheet.
#[test]
fn bodies_that_cloth_moves_go_the_same_way() {
    let make = || {
        let (cloth, mut contact) = contact_trial(5).unwrap();
        contact.movers = vec![Some(Mover::ball(0.05, 0.03, [0.0; 3])), None, None];
        (cloth, contact)
    };
    let ((mut here, mut contact), (mut prepared, beside)) = (make(), make());
    let kernels = &opened().kernels;
    let mut there = on_device(&mut prepared, &beside, kernels);
    for frame in 0..6 {
        here.step_with(10, &mut contact);
        there.step(kernels, 10).unwrap();
        assert_eq!(there.cloths[0].read_state().unwrap().sha256(), here.state().sha256(), "frame {frame}");
        assert!(there.contact.movers == contact.movers && there.contact.bodies == contact.bodies, "frame {frame}");
    }
    assert!(contact.movers[0].as_ref().is_some_and(|ball| ball.spin() != [0.0; 3]), "the sheet has turned it");
}

/// Several iterations, and a start in the middle of the fall with pairs and paths of the processor; then the way back.
#[test]
fn contact_goes_to_the_device_and_back() {
    let make = || {
        let (mut cloth, mut contact) = contact_trial(5).unwrap();
        cloth.set_settings(Settings { iterations: 2, ..cloth.settings().clone() }).unwrap();
        contact.solver.settings.iterations = 3;
        (cloth, contact)
    };
    let (mut here, mut contact) = make();
    here.step_with(90, &mut contact);
    let (mut cloth, mut beside) = make();
    cloth.step_with(25, &mut beside);
    let kernels = &opened().kernels;
    let mut there = on_device(&mut cloth, &beside, kernels);
    there.step(kernels, 13).unwrap();
    there.step(kernels, 17).unwrap();
    there.restore(&mut [&mut cloth], &mut beside).unwrap();
    cloth.step_with(35, &mut beside);
    assert_eq!(cloth.state().sha256(), here.state().sha256());
    assert_eq!(beside.solver.counts.near, contact.solver.counts.near);
}

#[test]
fn what_is_not_done_on_the_device_is_named() {
    let Opened { device, queue, kernels, .. } = opened();
    let refused = |cloth: &mut Cloth, contact: &Contact| {
        let made = DeviceGroup::new(&mut [cloth], contact, kernels, device, queue, u64::MAX);
        match made {
            Err(DeviceError::Contact { what }) => what,
            _ => "nothing",
        }
    };
    let (mut other, contact) = (contact_trial(6).unwrap().0, contact_trial(5).unwrap().1);
    assert_eq!(refused(&mut other, &contact), "cloths that are not those of its mesh");
    let mut layers = Layers::new(5).unwrap();
    let mut there = layers.on_device(kernels, device, queue).unwrap();
    let wrong = there.contact.send_bodies(vec![vec![[0; 3]; 5]; 3]);
    assert!(matches!(wrong, Err(DeviceError::Path { given: 5, expected: 84, .. })), "{wrong:?}");
    there.contact.send_bodies(vec![vec![[0; 3]; 84]; 3]).unwrap();
    assert!(matches!(there.step(kernels, 3), Err(DeviceError::Path { given: 3, expected: 4, .. })));
}
