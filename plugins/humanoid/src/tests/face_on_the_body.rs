//! The face where it can be measured: on the vertices of the pack.

use bevy::math::Vec3;

use super::{figure, messages};
use crate::{
    Human, Speech, Voice,
    agreement::basis,
    anny::{catalogue::FACIAL_ACTIONS, topology::Region},
    face::{compose::drawn_deg, wav::tests::file},
    figure::Figure,
    look::eyes::EyeRig,
};

fn still() -> Human {
    let idle = crate::Idle { breathing: 0.0, sway: 0.0, blinks: 0.0, saccades: 0.0, glances: 0.0 };
    Human { idle, ..Human::default() }
}

/// Yaw and pitch of an eye, degrees.
fn direction_deg(rig: &EyeRig, figure: &Figure) -> [f32; 2] {
    let forward = rig.locate(figure.body().positions()).2 * Vec3::Z;
    [forward.x.atan2(forward.z).to_degrees(), forward.y.asin().to_degrees()]
}

#[test]
fn irises_travel_as_far_as_the_gaze_says_and_take_nothing_along() {
    let mut figure = figure();
    let rigs = [Region::LeftEye, Region::RightEye].map(|region| EyeRig::find(&basis(), region));
    figure.set(&still(), 0.0);
    let ahead = rigs.each_ref().map(|rig| direction_deg(rig, &figure));
    for (yaw, pitch) in [(10.0, 0.0), (-30.0, 0.0), (0.0, 15.0), (0.0, -25.0), (20.0, -10.0), (-15.0, 20.0)] {
        let mut human = still();
        (human.gaze.yaw_deg, human.gaze.pitch_deg) = (yaw, pitch);
        figure.set(&human, 0.0);
        for (rig, ahead) in rigs.iter().zip(ahead) {
            let now = direction_deg(rig, &figure);
            let wanted = [yaw, pitch].map(|angle| drawn_deg(f64::from(angle)) as f32);
            let error = (now[0] - ahead[0] - wanted[0]).hypot(now[1] - ahead[1] - wanted[1]);
            println!("gaze {yaw} {pitch}: the eye is {error:.2} degrees off");
            assert!(error < 2.5, "gaze {yaw} {pitch}: {ahead:?} to {now:?}");
        }
    }
}

/// A row of the upper and one of the lower lip that touch in the middle of the resting mouth: near each other, one
/// moved by the jaw and one not.
fn lips() -> (usize, usize) {
    let basis = basis();
    let shape = |name: &str| FACIAL_ACTIONS.iter().position(|action| *action == name).expect("an action");
    let mut drop = vec![0.0_f32; basis.template.len()];
    for (row, offset) in basis.facial_shapes.shape(shape("jawOpen")) {
        drop[row] = -f32::from(offset[1]);
    }
    let most = drop.iter().copied().fold(0.0, f32::max);
    let rows = |keep: &dyn Fn(f32) -> bool| {
        let of = |row: &usize| basis.template[*row][0].abs() < 0.004 && keep(drop[*row] / most);
        (0..basis.topology.surface_count).filter(of).collect::<Vec<usize>>()
    };
    // The front of the mouth: near the row that pucker moves most.
    let mut front = (0.0, Vec3::ZERO);
    for (row, offset) in basis.facial_shapes.shape(shape("mouthPucker")) {
        let length = Vec3::from_array(offset.map(f32::from)).length();
        if length > front.0 {
            front = (length, Vec3::from_array(basis.template[row]));
        }
    }
    let at = |row: usize| Vec3::from_array(basis.template[row]);
    let mut best = (f32::MAX, (0, 0));
    for upper in rows(&|share| share < 0.12) {
        for lower in rows(&|share| share > 0.75) {
            let near = at(upper).distance(at(lower)) + 0.2 * at(lower).distance(front.1);
            if near < best.0 {
                best = (near, (upper, lower));
            }
        }
    }
    best.1
}

#[test]
fn lips_meet_on_the_body_when_they_say_b_and_part_on_an_open_vowel() {
    let (upper, lower) = lips();
    let mut figure = figure();
    let mut gap_m = |human: &Human, seconds: f64| {
        figure.set(human, seconds);
        figure.body().positions()[upper].y - figure.body().positions()[lower].y
    };
    let rest = gap_m(&still(), 0.0);
    let phonemes = vec![("AA1".to_owned(), 0.0, 0.3), ("B".to_owned(), 0.3, 0.4), ("AA1".to_owned(), 0.4, 0.7)];
    let speech = Speech { source: Voice::Phonemes { phonemes }, ..Speech::default() };
    for smile in [0.0, 1.0] {
        let human = Human { speech: speech.clone(), smile, ..still() };
        let (closed, open) = (gap_m(&human, 0.35) - rest, gap_m(&human, 0.15) - rest);
        println!("smile {smile}: lips {:.2} mm apart on b, {:.2} mm on a", closed * 1e3, open * 1e3);
        assert!(closed < 1.5e-3 && open > 8e-3, "smile {smile}: {closed} m on b, {open} m on a");
    }
}

#[test]
fn a_recording_is_checked_like_every_other_asset() {
    let folder = tempfile::tempdir().expect("a folder");
    let with = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.path().join(name), bytes).expect("written");
        super::messages_in(folder.path(), &format!("speech: (source: Wav(file: \"{name}\"))"))
    };
    assert_eq!(with("good.wav", &file(1, 16, 1, 16_000, &[0; 64])), "");
    assert!(with("cut.wav", &file(1, 16, 1, 16_000, &[0; 64])[..80]).contains("truncated"));
    assert!(with("song.wav", b"ID3 and so on, a song").contains("not a WAV file"));
    assert!(messages("speech: (source: Wav(file: \"../x.wav\"))").contains("x.wav"));
}
