//! The whole way once: a person is drawn, found and read.

use kinema::humanoid::Human;

use super::judge::{Judge, Seen, distance};
use super::studio::{Portrait, Studio};

const SIDE: u32 = 256;

/// Draws a person with these facial actions and reads the face.
fn read(studio: &mut Studio, judge: &mut Judge, actions: &[(&str, f32)]) -> (Portrait, Seen) {
    let mut human = Human::default();
    human.face.extend(actions.iter().map(|(action, weight)| ((*action).to_owned(), *weight)));
    let portrait = studio.draw(&human, "").expect("a picture");
    let seen = judge.look(&portrait.picture).expect("networks that run").expect("a face is found");
    (portrait, seen)
}

#[test]
fn networks_from_outside_find_and_read_a_rendered_face() {
    let mut judge = Judge::open().expect("`cargo xtask setup` was run");
    let mut studio = Studio::open(SIDE, None).expect("a device");

    let (portrait, calm) = read(&mut studio, &mut judge, &[]);
    let [right_eye, left_eye] = portrait.eyes;
    let eye_distance = distance(right_eye, left_eye);
    // The eyes are put to the middle of the picture, a known distance apart.
    assert!(
        (right_eye[0] - 128.0 + left_eye[0] - 128.0).abs() < 1.0 && eye_distance > 25.0,
        "{right_eye:?} {left_eye:?}"
    );
    for (iris, eye) in calm.irises().into_iter().zip(portrait.eyes) {
        let off = distance(iris, eye);
        assert!(off < 0.15 * eye_distance, "an iris is {off} px off, the eyes are {eye_distance} px apart");
    }

    let (_, smiling) = read(&mut studio, &mut judge, &[("mouthSmileLeft", 0.9), ("mouthSmileRight", 0.9)]);
    for side in ["mouthSmileLeft", "mouthSmileRight"] {
        let (before, after) = (calm.score(side), smiling.score(side));
        assert!(after > before + 0.3, "{side}: {before} -> {after}");
    }

    let (_, open) = read(&mut studio, &mut judge, &[("jawOpen", 0.8)]);
    assert!(
        open.score("jawOpen") > calm.score("jawOpen") + 0.3,
        "{} -> {}",
        calm.score("jawOpen"),
        open.score("jawOpen")
    );
    // The gap between the inner lips, landmarks 13 and 14.
    let gap = |seen: &Seen| distance(seen.landmarks[13], seen.landmarks[14]);
    assert!(gap(&open) > gap(&calm) + 0.1 * eye_distance, "{} -> {}", gap(&calm), gap(&open));
}
