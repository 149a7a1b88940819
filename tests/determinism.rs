//! A frame is a function of the shot: neither the chunking of the work, nor a second run, nor the number of encoder
//! threads changes a byte.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use bevy::app::App;
use bevy::transform::components::Transform;
use kinema::cloth::ClothSettings;
use kinema::core::{Aov, Format, FrameTime, LoadedShot, PartEntities, parse_shot, sha256_hex};
use kinema::export::StillFormats;
use kinema::physics::PhysicsSettings;
use kinema::prelude::{KinemaPlugins, PartRegistry, spawn_shot};
use kinema::{RenderJob, RenderOutcome, RenderSettings, part_registry};

/// Everything that could carry history: simulation, a person with idle motion, temporal anti-aliasing, motion blur.
const RESTLESS: &str = r#"(
    schema: 1,
    seed: 3,
    timeline: (rate: "24/1", frames: 12, chunk_frames: 6),
    output: (width: 96, height: 54),
    look: (exposure_ev100: 12, anti_aliasing: Taa, motion_blur: (samples: 2)),
    parts: [
        (id: "camera", position: (0, 1.2, 4), part: Camera(look_at: Point((0, 1, 0)))),
        (id: "sky", part: Environment(source: Sky(sun_elevation_deg: 20))),
        (id: "sun", part: Sun(shadow_map_px: 512)),
        (id: "floor", part: Rigid(shape: HalfSpace, body: Fixed), visible: false),
        (id: "ground", part: Ground()),
        (id: "person", position: (-0.6, 0, 0), part: Human()),
        (id: "ball", position: (0.5, 0.6, 0), part: Rigid(shape: Ball(radius_m: 0.3), linear_velocity_m_s: (1, 2, 0))),
        (id: "box", position: (0.6, 1.4, 0.1), part: Rigid(shape: Box(size_m: (0.4, 0.3, 0.4)))),
    ],
    tracks: [
        (target: "person/head/yaw_deg", keys: [(frame: 0, value: 0), (frame: 11, value: 40)]),
        (target: "camera/position/x", keys: [(frame: 0, value: 0), (frame: 11, value: 0.4)]),
    ],
)"#;

/// A photograph with a depth of its own, solid, on which a ball falls and throws its shadow; the camera moves.
const PLATE: &str = r#"(
    schema: 1,
    timeline: (rate: "24/1", frames: 8, chunk_frames: 4),
    output: (width: 96, height: 54),
    look: (exposure_ev100: 13, anti_aliasing: Taa, motion_blur: (samples: 2)),
    parts: [
        (id: "camera", position: (0, 1.6, 0.75), part: Camera(focal_length_mm: 34)),
        (id: "sky", part: Environment(source: Sky(sun_elevation_deg: 50))),
        (id: "sun", part: Sun(shadow_map_px: 512)),
        (id: "photograph", position: (0.2, 1.6, 0.9), part: Plate(photograph: "plates/courtyard.png",
            depth: (file: "plates/courtyard.exr"), longest_side_px: 240, solid: true)),
        (id: "ball", position: (0.4, 1.0, -2.5), part: Rigid(shape: Ball(radius_m: 0.3), linear_velocity_m_s: (0, -1, 0))),
    ],
    tracks: [(target: "camera/position/x", keys: [(frame: 0, value: 0), (frame: 7, value: 0.3)])],
)"#;

fn shot(text: &str) -> Arc<LoadedShot> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/shots/restless.shot.ron");
    let loaded = parse_shot(text.as_bytes(), &path, Format::Ron, &part_registry());
    Arc::new(loaded.unwrap_or_else(|errors| panic!("{errors}")))
}

/// Hash of every frame file, by its path in the output folder.
fn render(text: &str, frames: Range<i64>, encoder_threads: usize) -> BTreeMap<String, String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let settings = RenderSettings {
        out_dir: folder.path().to_owned(),
        base_name: "restless".to_owned(),
        frames: Some(frames),
        size: None,
        still: StillFormats { png8: true, exr_half: true, ..StillFormats::default() },
        movies: Vec::new(),
        aovs: vec![Aov::Beauty, Aov::Depth, Aov::Normal, Aov::Motion, Aov::Albedo, Aov::PartId],
        encoder_threads,
        overwrite: false,
        pass_times: false,
        ffmpeg: None,
    };
    let outcome = RenderJob { shot: shot(text), settings }.run(&AtomicBool::new(false), |_| {}).expect("a render");
    assert!(matches!(outcome, RenderOutcome::Complete(_)));
    let mut hashes = BTreeMap::new();
    for kind in ["frames", "exr"] {
        for entry in std::fs::read_dir(folder.path().join(kind)).expect("a folder of frames").flatten() {
            let bytes = std::fs::read(entry.path()).expect("a frame");
            hashes.insert(format!("{kind}/{}", entry.file_name().to_string_lossy()), sha256_hex(&bytes));
        }
    }
    hashes
}

#[test]
fn neither_chunks_nor_runs_nor_threads_change_a_byte() {
    let whole = render(RESTLESS, 0..12, 1);
    assert_eq!(whole.len(), 24);
    let distinct: std::collections::BTreeSet<_> = whole.values().collect();
    assert!(distinct.len() > 20, "the shot is meant to change in every frame, {} differ", distinct.len());

    assert_eq!(render(RESTLESS, 0..12, 2), whole, "a second run with two encoder threads");
    let end: BTreeMap<_, _> =
        whole.iter().filter(|(name, _)| (8..12).any(|f| name.contains(&format!(".{f:04}.")))).collect();
    let alone = render(RESTLESS, 8..12, 1);
    assert_eq!(alone.iter().collect::<BTreeMap<_, _>>(), end, "frames 8..12 alone");
}

#[test]
fn a_photograph_with_what_falls_on_it_is_the_same_in_chunks() {
    let whole = render(PLATE, 0..8, 1);
    let distinct: std::collections::BTreeSet<_> = whole.values().collect();
    assert!(whole.len() == 16 && distinct.len() > 12, "the shot is meant to change in every frame: {whole:?}");
    let chunks: BTreeMap<_, _> = render(PLATE, 0..3, 1).into_iter().chain(render(PLATE, 3..8, 2)).collect();
    assert_eq!(chunks, whole);
}

/// A ball that falls on a mat of cloth which throws it up again.
const PUSHED: &str = r#"(
    schema: 1,
    timeline: (rate: "24/1", frames: 16, substeps: 8),
    output: (width: 64, height: 36),
    parts: [
        (id: "ball", position: (0, 0.5, 0), part: Rigid(shape: Ball(radius_m: 0.1), density_kg_m3: 300)),
        (id: "mat", rotation_deg: (-90, 0, 0), part: Cloth(cut: Disc(radius_m: 0.5, spacing_m: 0.1), pins: [Rim])),
    ],
)"#;

/// Heights of the ball in frames that are asked for in this order.
fn heights(folder: &Path, frames: impl Iterator<Item = i64>) -> BTreeMap<i64, f32> {
    let mut app = App::new();
    let bake_dir = folder.to_owned();
    app.insert_resource(PhysicsSettings { bake_dir: bake_dir.clone() });
    app.insert_resource(ClothSettings { bake_dir, threads: 1 });
    app.add_plugins(KinemaPlugins);
    let registry = app.world().resource::<PartRegistry>().clone();
    let shot = parse_shot(PUSHED.as_bytes(), Path::new("pushed.shot.ron"), Format::Ron, &registry).expect("a shot");
    spawn_shot(app.world_mut(), Arc::new(shot));
    let mut heights = BTreeMap::new();
    for frame in frames {
        app.world_mut().resource_mut::<FrameTime>().frame = frame;
        app.update();
        let ball = app.world().resource::<PartEntities>().0[0];
        heights.insert(frame, app.world().get::<Transform>(ball).expect("a ball").translation.y);
    }
    heights
}

#[test]
fn what_cloth_pushes_is_where_it_was_when_the_bakes_are_stored_and_in_any_order_of_frames() {
    let (folder, other) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let simulated = heights(folder.path(), 0..16);
    let lowest = simulated.values().copied().fold(f32::MAX, f32::min);
    assert!(lowest < 0.1 && simulated[&15] > lowest + 0.05, "the mat throws it up: {simulated:?}");
    assert_eq!(heights(folder.path(), 0..16), simulated, "stored");
    assert_eq!(heights(folder.path(), (0..16).rev()), simulated, "stored, backwards");
    assert_eq!(heights(other.path(), (0..16).rev()), simulated, "simulated, backwards");
    let late = heights(&other.path().join("empty"), 12..16);
    assert!(late.iter().all(|(frame, height)| simulated[frame] == *height), "{late:?}");
}
