//! Every example is also a test: what its opening lines promise happens.

#[expect(dead_code, reason = "`main` belongs to the example")]
#[path = "../examples/cloth_on_ball.rs"]
mod cloth_on_ball;
#[expect(dead_code, reason = "`main` belongs to the example")]
#[path = "../examples/export_gltf.rs"]
mod export_gltf;
#[expect(dead_code, reason = "`main` belongs to the example")]
#[path = "../examples/export_person.rs"]
mod export_person;
#[expect(dead_code, reason = "`main` belongs to the example")]
#[path = "../examples/flag_in_wind.rs"]
mod flag_in_wind;
#[expect(dead_code, reason = "`main` belongs to the example")]
#[path = "../examples/humanoid_in_bevy.rs"]
mod humanoid_in_bevy;
#[expect(dead_code, reason = "`main` belongs to the example")]
#[path = "../examples/in_a_bevy_app.rs"]
mod in_a_bevy_app;
#[expect(dead_code, reason = "`main` belongs to the example")]
#[path = "../examples/person_in_a_dress.rs"]
mod person_in_a_dress;
#[expect(dead_code, reason = "`main` belongs to the example")]
#[path = "../examples/ragdoll_down_stairs.rs"]
mod ragdoll_down_stairs;
#[expect(dead_code, reason = "`main` belongs to the example")]
#[path = "../examples/render_shot.rs"]
mod render_shot;
#[expect(dead_code, reason = "`main` belongs to the example")]
#[path = "../examples/tearing_sheet.rs"]
mod tearing_sheet;
#[expect(dead_code, reason = "`main` belongs to the example")]
#[path = "../examples/trampoline.rs"]
mod trampoline;

use std::path::PathBuf;

use crate::support::workspace::{assert_none, root, source_files};

/// A shot of one solid, quick to draw.
const CRATE: &str = r#"(
    schema: 1,
    timeline: (rate: "24/1", frames: 3),
    output: (width: 48, height: 27),
    parts: [
        (id: "camera", position: (0, 1, 3), part: Camera(look_at: Some(Point((0, 0.3, 0))))),
        (id: "sky", part: Environment(source: Uniform(nits: 1000))),
        (id: "crate", part: Rigid(shape: Box(size_m: (0.6, 0.6, 0.6)), body: Fixed)),
    ],
    look: (exposure_ev100: 10, anti_aliasing: None),
)"#;

fn shot_file(folder: &tempfile::TempDir) -> PathBuf {
    let path = folder.path().join("crate.shot.ron");
    std::fs::write(&path, CRATE).expect("a writable folder");
    path
}

#[test]
fn render_shot_writes_the_frames_asked_for() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("out");
    render_shot::render(&shot_file(&folder), &out, 1..3).expect("a render");
    for frame in [1, 2] {
        let picture = image::open(out.join(format!("frames/example.{frame:04}.png"))).expect("a frame");
        assert_eq!((picture.width(), picture.height()), (48, 27));
    }
    assert!(!out.join("frames/example.0000.png").exists());
}

#[test]
fn a_square_of_silk_lies_on_the_ball_and_hangs_around_it() {
    let frames = cloth_on_ball::play().expect("it plays");
    assert_eq!(frames.len(), 24);
    let last = frames.last().expect("a frame");
    assert!(last.iter().flatten().all(|x| x.is_finite()));
    // Nothing is in the ball of 0.3 m at that height, the middle lies on it, the corners hang.
    for [x, y, z] in last {
        let distance = (x * x + (y - 0.3).powi(2) + z * z).sqrt();
        assert!(distance > 0.2995 && *y > -1e-3, "{x} {y} {z}");
    }
    let height = |wanted: fn(f32, f32) -> f32| {
        let chosen = last.iter().map(|[x, y, z]| (wanted(*x, *z), *y)).min_by(|a, b| a.0.total_cmp(&b.0));
        chosen.expect("particles").1
    };
    assert!((height(|x, z| x.hypot(z)) - 0.6).abs() < 0.01, "the middle lies on the ball");
    let lowest = last.iter().map(|[_, y, _]| *y).fold(f32::MAX, f32::min);
    assert!(lowest < 0.2, "corners hang: {lowest}");
}

#[test]
fn a_flag_streams_downwind_and_flutters() {
    let middle = flag_in_wind::play().expect("it plays");
    assert_eq!(middle.len(), 36);
    // Held at x = -0.3; 0.6 m long. Hanging it would end near its pole, streaming near x = 0.3.
    let late = &middle[18..];
    assert!(late.iter().all(|[x, ..]| (-0.2..0.33).contains(x)), "{late:?}");
    let swing = |axis: usize| {
        let values = || late.iter().map(|place| place[axis]);
        values().fold(f32::MIN, f32::max) - values().fold(f32::MAX, f32::min)
    };
    assert!(swing(2) > 0.01, "it flutters: {}", swing(2));
}

#[test]
fn a_ball_tears_a_sheet_and_tears_never_heal() {
    let torn = tearing_sheet::play().expect("it plays");
    assert_eq!(torn.first(), Some(&0));
    assert!(torn.last().is_some_and(|last| *last >= 5), "{torn:?}");
    assert!(torn.windows(2).all(|pair| pair[1] >= pair[0]), "{torn:?}");
}

#[test]
fn a_ball_jumps_on_a_trampoline_and_a_crate_shakes_it() {
    let heights = trampoline::play().expect("it plays");
    assert_eq!(heights.len(), 48);
    let ball: Vec<f32> = heights.iter().map(|[ball, _]| *ball).collect();
    let lowest = ball.iter().copied().fold(f32::MAX, f32::min);
    let turn = ball.iter().position(|height| *height == lowest).expect("a lowest place");
    let rebound = ball[turn..].iter().copied().fold(f32::MIN, f32::max);
    // It sinks in, comes up again, and not higher than it fell from.
    assert!((0.3..0.9).contains(&lowest) && (1.1..1.6).contains(&rebound), "{lowest} {rebound}");
    assert!(heights.iter().flatten().all(|height| *height > 0.3), "the mat holds: {heights:?}");
}

#[test]
fn a_person_falls_down_the_stairs_and_comes_to_rest_on_them() {
    let (people, poses) = ragdoll_down_stairs::play().expect("it plays");
    assert_eq!(poses.len(), 96);
    let pelvis = |frame: usize| poses[frame].joints[0].translation;
    assert!(pelvis(0).y > 2.1 && pelvis(20).y > 1.7, "{} {}", pelvis(0), pelvis(20));
    assert!(pelvis(95).y < 1.0 && pelvis(95).z > 1.5, "{}", pelvis(95));
    // The height of what is below: landing, seven steps, ground.
    let ground = |z: f32| 1.36 - 0.17 * ((z - 0.75) / 0.29).ceil().clamp(0.0, 8.0);
    for (frame, pose) in poses.iter().enumerate().skip(20) {
        for (joint, place) in people.figures()[0].joints.iter().zip(&pose.joints) {
            let at = place.translation;
            // Joints of toes and fingers lie at the skin, and an edge gives way by a corner of a step.
            let lowest = ground(at.z - 0.06).min(ground(at.z + 0.06));
            assert!(at.y > lowest - 0.04, "{} at frame {frame}: {at}", joint.name);
        }
    }
    let last = poses[94].joints.iter().zip(&poses[95].joints);
    let step = last.map(|(a, b)| a.translation.distance(b.translation)).fold(0.0, f32::max);
    assert!(step < 0.004, "it lies still: {step} m a frame");
}

#[test]
fn a_dress_hangs_from_the_shoulders_of_a_woman_who_walks() {
    let frames = person_in_a_dress::play().expect("it plays");
    assert_eq!(frames.len(), 4);
    for places in &frames {
        let [low, high] =
            places.iter().fold([f32::MAX, f32::MIN], |[low, high], [_, y, _]| [low.min(*y), high.max(*y)]);
        assert!((0.3..0.8).contains(&low) && (1.2..1.6).contains(&high), "{low} {high}");
    }
    // It goes with her: 1.1 m/s for three frames of a twenty-fourth of a second.
    let middle = |places: &[[f32; 3]]| places.iter().map(|place| place[2]).sum::<f32>() / places.len() as f32;
    let way = middle(&frames[3]) - middle(&frames[0]);
    assert!((0.08..0.20).contains(&way), "{way}");
}

#[test]
fn export_gltf_writes_a_file_with_the_crate_in_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("world.glb");
    export_gltf::export(&shot_file(&folder), 1, &out).expect("an export");
    let file = std::fs::read(out).expect("a file");
    assert!(file.starts_with(b"glTF"));
    assert!(file.windows(7).any(|bytes| bytes == b"\"crate\""));
}

#[test]
fn export_person_writes_a_person_with_a_skin_and_an_animation() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("person.glb");
    export_person::export(&out, None).expect("an export");
    let file = std::fs::read(out).expect("a file");
    assert!(file.starts_with(b"glTF"));
    for name in ["\"inverseBindMatrices\"", "\"animations\"", "\"jawOpen\"", "\"upperarm01.L\""] {
        assert!(file.windows(name.len()).any(|bytes| bytes == name.as_bytes()), "{name}");
    }
}

#[test]
fn humanoid_in_bevy_shows_a_face_that_does_what_it_is_told() {
    let kind = |emotion| humanoid_in_bevy::portrait(emotion).expect("a portrait");
    let (calm, surprised) = (
        kind(kinema::humanoid::Emotion::default()),
        kind(kinema::humanoid::Emotion { surprise: 1.0, ..kinema::humanoid::Emotion::default() }),
    );
    let is_skin = |[r, g, b, _]: &[u8; 4]| r > g && g > b && *r > 60;
    let skin = calm.iter().filter(|pixel| is_skin(pixel)).count();
    assert!(skin > calm.len() / 12, "{skin} of {} pixels look like skin", calm.len());
    let differ = calm.iter().zip(&surprised).filter(|(a, b)| (0..3).any(|c| a[c].abs_diff(b[c]) > 12)).count();
    assert!(differ > 100, "{differ} pixels differ");
}

#[test]
fn in_a_bevy_app_the_ball_falls_bounces_and_comes_to_less() {
    let heights = in_a_bevy_app::play().expect("a shot that plays");
    assert_eq!(heights.len(), 48);
    assert!((heights[0] - 2.0).abs() < 1e-3, "it starts where the shot has it: {}", heights[0]);
    let touch = heights.windows(2).position(|pair| pair[1] > pair[0]).expect("it comes up again");
    assert!((0.15..0.45).contains(&heights[touch]), "a ball of 0.2 m comes down to {} m", heights[touch]);
    let rebound = heights[touch..].iter().copied().fold(0.0, f32::max);
    assert!((1.1..1.4).contains(&rebound), "0.2 + 1.8 x 0.8 x 0.8 = 1.35 m at most, here {rebound} m");
}

#[test]
fn every_example_is_run_here() {
    let tests = include_str!("examples.rs");
    let missing = source_files(&["examples"], &["rs"]).into_iter().filter(|file| !tests.contains(&file.path));
    assert_none("examples that no test runs", &missing.map(|file| file.path).collect::<Vec<_>>());
    assert!(root().join("examples").is_dir());
}
