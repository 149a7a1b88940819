//! People are the same whether the device or the processor moves their vertices.

use std::path::Path;
use std::sync::Arc;

use kinema::core::{Aov, Format, Picture, parse_shot};
use kinema::gpu::{CaptureOrder, ReadableMeshes};
use kinema::physics::person::fit::{fitted_segments, joined, overlap_m};
use kinema::{Session, SessionSettings, part_registry};

const SIZE: usize = 96;

/// Head and arm move from the third frame on.
const MOVING: &str = r#"(
    schema: 1,
    timeline: (rate: "24/1", frames: 8),
    output: (width: 96, height: 96),
    look: (anti_aliasing: None),
    parts: [
        (id: "camera", position: (0, 1.35, 2.4), part: Camera(focal_length_mm: 50)),
        (id: "light", part: Environment(source: Uniform())),
        (id: "person", part: Human(
            phenotype: (gender: 0.2, age: 0.6, weight: 0.6),
            detail: Full,
            skinning: (arms: DualQuaternion),
            hair: (style: Bald),
        )),
    ],
    tracks: [
        (target: "person/head/yaw_deg", keys: [(frame: 2, value: 0), (frame: 5, value: 45)]),
        (target: "person/pose/upperarm01.L/z", keys: [(frame: 2, value: 0), (frame: 5, value: 60)]),
        (target: "person/face/jawOpen", keys: [(frame: 2, value: 0), (frame: 5, value: 0.8)]),
    ],
)"#;

fn pictures(by_processor: bool, frames: &[i64]) -> Vec<Picture> {
    let loaded = parse_shot(MOVING.as_bytes(), Path::new("moving.shot.ron"), Format::Ron, &part_registry());
    let loaded = loaded.unwrap_or_else(|errors| panic!("{errors}"));
    let mut session = Session::new(Arc::new(loaded), SessionSettings::default()).expect("a device");
    if by_processor {
        session.world_mut().insert_resource(ReadableMeshes);
    }
    let order =
        CaptureOrder { aovs: vec![Aov::Motion, Aov::Depth, Aov::Normal, Aov::PartId], ..CaptureOrder::default() };
    let mut pictures = Vec::new();
    for &frame in frames {
        pictures.extend(session.draw(frame, Some(order.clone())).expect("a frame"));
    }
    pictures.extend(session.flush().expect("pictures"));
    pictures
}

/// One pixel's values in a plane of floats.
fn floats(picture: &Picture, aov: Aov, at: usize) -> Vec<f32> {
    let plane = picture.planes.iter().find(|plane| plane.aov == aov).unwrap_or_else(|| panic!("no plane {aov}"));
    let size = plane.format.bytes_per_pixel();
    plane.data[at * size..][..size].chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

#[test]
fn who_moves_the_vertices_cannot_be_seen() {
    // A start, two frames in a row, a frame again, a jump back: each has its own way to the last frame's vertices. After a
    // jump tracks give no speed.
    let frames = [3, 4, 5, 5, 2];
    let moves = [false, true, true, false, false];
    let (device, processor) = (pictures(false, &frames), pictures(true, &frames));
    assert_eq!((device.len(), processor.len()), (frames.len(), frames.len()));
    for (((frame, moves), ours), theirs) in frames.iter().zip(moves).zip(&device).zip(&processor) {
        let (mut elsewhere, mut fastest, mut compared) = (0, 0.0_f32, 0);
        for at in 0..SIZE * SIZE {
            let [depth, their_depth] = [ours, theirs].map(|picture| floats(picture, Aov::Depth, at)[0]);
            // At an edge a rounding decides who is seen.
            if depth != their_depth && !((depth - their_depth).abs() < 1e-3) {
                elsewhere += 1;
                continue;
            }
            let [motion, their_motion] = [ours, theirs].map(|picture| floats(picture, Aov::Motion, at));
            for (motion, their_motion) in motion.iter().zip(&their_motion).take(2) {
                assert!(
                    (motion - their_motion).abs() < 0.02,
                    "frame {frame}, {at}: {motion} and {their_motion} pixels"
                );
                fastest = fastest.max(motion.abs());
            }
            compared += usize::from(depth.is_finite());
        }
        assert!(compared > 1000 && elsewhere < 20, "frame {frame}: {compared} pixels alike, {elsewhere} not");
        println!("frame {frame}: {compared} pixels alike, {elsewhere} not, at most {fastest:.2} pixels a frame");
        assert_eq!(fastest > 1.0, moves, "frame {frame}: {fastest} pixels a frame");
    }
}

/// Metres over the ground and kilograms of a person with this phenotype, whose hulls are looked at on the way.
fn measured(phenotype: &str) -> (f32, f32) {
    let text = format!(
        "(schema: 1, timeline: (rate: \"24/1\", frames: 2), output: (width: 8, height: 8), parts: [(id: \"a\", part: \
         Human(phenotype: ({phenotype})))])"
    );
    let shot = parse_shot(text.as_bytes(), Path::new("a.shot.ron"), Format::Ron, &part_registry());
    let shot = Arc::new(shot.unwrap_or_else(|errors| panic!("{errors}")));
    let people = shot.figures().expect("figures").pop().expect("a person");
    let figure = &people.figures()[0];
    let fitted = fitted_segments(figure, 1010.0).expect("hulls");
    assert_eq!(fitted.len(), 17);
    for (at, a) in fitted.iter().enumerate() {
        for b in fitted.iter().skip(at + 1).filter(|b| !joined(a.segment, b.segment)) {
            let deep = overlap_m(figure, a, b);
            assert!(deep.is_none(), "{phenotype}: {:?} and {:?} by {deep:?} m", a.segment, b.segment);
        }
    }
    let heights = figure.vertices_m.iter().map(|place| place.y);
    let (low, high) = heights.fold((f32::MAX, f32::MIN), |(low, high), y| (low.min(y), high.max(y)));
    (high - low, fitted.iter().map(|one| one.mass_kg).sum())
}

#[test]
fn hulls_of_people_of_every_build_are_apart_at_rest_and_weigh_what_people_weigh() {
    // Body mass index, kg/m2, of what people of this build are.
    for (phenotype, lightest, heaviest) in [
        ("age: -0.2", 11.0, 18.0),
        ("age: 0.0", 11.0, 19.0),
        ("age: 0.33", 14.0, 22.0),
        ("age: 0.6", 18.5, 27.0),
        ("age: 0.6, weight: 0.0, gender: 1.0", 15.0, 21.0),
        ("age: 0.6, weight: 1.0", 22.0, 38.0),
    ] {
        let (height_m, mass_kg) = measured(phenotype);
        let index = mass_kg / (height_m * height_m);
        println!("{phenotype}: {height_m:.2} m, {mass_kg:.1} kg, {index:.1} kg/m2");
        assert!((lightest..heaviest).contains(&index), "{phenotype}: {height_m} m, {mass_kg} kg, {index} kg/m2");
    }
}
