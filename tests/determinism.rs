//! A frame is a function of the shot: neither the chunking of the work, nor a second run, nor the number of encoder
//! threads changes a byte.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use kinema::core::{Aov, Format, LoadedShot, parse_shot, sha256_hex};
use kinema::export::StillFormats;
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

fn shot() -> Arc<LoadedShot> {
    let loaded = parse_shot(RESTLESS.as_bytes(), Path::new("restless.shot.ron"), Format::Ron, &part_registry());
    Arc::new(loaded.unwrap_or_else(|errors| panic!("{errors}")))
}

/// Hash of every frame file, by its path in the output folder.
fn render(frames: Range<i64>, encoder_threads: usize) -> BTreeMap<String, String> {
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
    let outcome = RenderJob { shot: shot(), settings }.run(&AtomicBool::new(false), |_| {}).expect("a render");
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
    let whole = render(0..12, 1);
    assert_eq!(whole.len(), 24);
    let distinct: std::collections::BTreeSet<_> = whole.values().collect();
    assert!(distinct.len() > 20, "the shot is meant to change in every frame, {} differ", distinct.len());

    assert_eq!(render(0..12, 2), whole, "a second run with two encoder threads");
    let end: BTreeMap<_, _> =
        whole.iter().filter(|(name, _)| (8..12).any(|f| name.contains(&format!(".{f:04}.")))).collect();
    let alone = render(8..12, 1);
    assert_eq!(alone.iter().collect::<BTreeMap<_, _>>(), end, "frames 8..12 alone");
}
