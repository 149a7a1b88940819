//! Contract of contact in the step on the device: the bits of the processor's, frame by frame.

use super::cloth::DeviceCloth;
use super::error::DeviceError;
use super::kernels::{Arithmetic, Kernels};
use super::self_test::Opened;
use super::tests::opened;
use crate::reference::contact_trial;
use crate::solver::cloth::Cloth;
use crate::solver::contact::exchange::Mover;
use crate::solver::contact::hook::Contact;
use crate::solver::contact::scenes::Scene;
use crate::solver::settings::Settings;

fn on_device(cloth: &mut Cloth, contact: &Contact, kernels: &Kernels) -> DeviceCloth {
    let Opened { device, queue, .. } = opened();
    DeviceCloth::with_contact(cloth, contact, kernels, device, queue, u64::MAX).unwrap()
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
            assert_eq!(there.read_state().unwrap().sha256(), here.state().sha256(), "frame {frame}, {workgroup}");
            let (counts, expected) = (there.contact.as_ref().unwrap().counts().unwrap(), contact.solver.counts);
            assert_eq!(u64::from(counts.detections), expected.detections);
            assert_eq!([counts.pairs, counts.near].map(|c| c as usize), [expected.pairs, expected.near]);
            held += expected.held_by_planes;
            repeats = counts.repeats;
        }
        assert!((held > 0 || frames < 30) && repeats > 0, "{held} held, {repeats} repeats");
    }
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
    there.restore(&mut cloth).unwrap();
    there.contact.unwrap().restore(&mut beside).unwrap();
    cloth.step_with(35, &mut beside);
    assert_eq!(cloth.state().sha256(), here.state().sha256());
    assert_eq!(beside.solver.counts.near, contact.solver.counts.near);
}

#[test]
fn what_is_not_done_on_the_device_is_named() {
    let Opened { device, queue, kernels, .. } = opened();
    let refused = |cloth: &mut Cloth, contact: &Contact| {
        let made = DeviceCloth::with_contact(cloth, contact, kernels, device, queue, u64::MAX);
        match made {
            Err(DeviceError::Contact { what }) => what,
            _ => "nothing",
        }
    };
    let (mut cloth, mut contact) = contact_trial(5).unwrap();
    contact.movers = vec![Some(Mover::ball(1.0, 0.1, [0.0; 3]))];
    assert_eq!(refused(&mut cloth, &contact), "bodies that cloth moves");
    let mut hem = Scene::hem(5, 1, 1).unwrap();
    assert_eq!(refused(&mut hem.cloth, &hem.contact), "bodies of triangles");
    assert_eq!(refused(&mut contact_trial(6).unwrap().0, &contact_trial(5).unwrap().1), "several cloths");
}
