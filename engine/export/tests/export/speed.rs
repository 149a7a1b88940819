//! What encoding costs, printed: `cargo test -p kinema_export speed -- --nocapture`.

use std::time::Instant;

use kinema_core::{Aov, Picture, PixelFormat, Plane};
use kinema_export::{ExportSettings, MovieFormat, StillFormats};

use crate::pictures::{export, halves, plane, settings};

const SIZE: (u32, u32) = (960, 540);

/// Smooth shapes with film grain: about as hard to compress as a rendered frame.
fn shade(x: u32, y: u32, frame: i64) -> [f32; 3] {
    let (u, v) = (x as f32 / SIZE.0 as f32, y as f32 / SIZE.1 as f32);
    let grain = (x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77) ^ (frame as u32).wrapping_mul(0xC2B2_AE3D))
        .wrapping_mul(0x27D4_EB2F);
    let grain = (grain >> 24) as f32 / 255.0 * 0.012;
    let ball = 1.0 - ((u - 0.5 - frame as f32 * 0.002).hypot(v - 0.5) * 3.0).min(1.0);
    [v * 0.5 + ball + grain, u * 0.3 + ball * 0.7 + grain, 0.4 - v * 0.3 + grain]
}

fn display(frame: i64) -> Plane {
    plane(Aov::Display, PixelFormat::Rgba8Srgb, SIZE, |x, y| {
        let [r, g, b] = shade(x, y, frame).map(|value| (value * 255.0) as u8);
        [r, g, b, 255]
    })
}

fn scene_planes(frame: i64) -> Vec<Plane> {
    let colour = |x, y| {
        let [r, g, b] = shade(x, y, frame);
        halves([r, g, b, 1.0])
    };
    let albedo = |x, y| {
        let [r, g, b] = shade(x, y, 0).map(|value| (value * 255.0) as u8);
        [r, g, b, 255]
    };
    vec![
        plane(Aov::Beauty, PixelFormat::Rgba16Float, SIZE, colour),
        plane(Aov::Depth, PixelFormat::R32Float, SIZE, |x, y| (shade(x, y, 0)[0] * 10.0).to_le_bytes()),
        plane(Aov::Normal, PixelFormat::Rgba16Float, SIZE, colour),
        plane(Aov::Motion, PixelFormat::Rg32Float, SIZE, |x, y| halves([x as f32, y as f32, 0.0, 0.0])),
        plane(Aov::Albedo, PixelFormat::Rgba8Unorm, SIZE, albedo),
        plane(Aov::PartId, PixelFormat::R32Uint, SIZE, |x, y| (x / 100 + y / 100).to_le_bytes()),
    ]
}

/// The bounds are far above what is expected: they catch a lost optimisation level or an accidental quadratic step, not
/// a busy machine.
#[test]
fn speed_of_stills_and_of_a_movie() {
    let out = tempfile::tempdir().expect("a folder");
    let sized = |folder: &str, count| ExportSettings {
        width: SIZE.0,
        height: SIZE.1,
        encoder_threads: 1,
        ..settings(&out.path().join(folder), 0..count)
    };
    let pictures: Vec<_> = (0..96).map(|frame| Picture { frame, planes: vec![display(frame)] }).collect();
    let start = Instant::now();
    let report = export(sized("png", 96), |frame| pictures[frame as usize].clone());
    let png_secs = start.elapsed().as_secs_f64() / 96.0;
    println!("PNG 960x540: {:.1} ms and {} kB a frame", png_secs * 1e3, report.frame_bytes / 96_000);

    let start = Instant::now();
    let movies = vec![MovieFormat::Mp4H264];
    let report = export(ExportSettings { movies, ..sized("png", 96) }, |frame| pictures[frame as usize].clone());
    let movie_secs = start.elapsed().as_secs_f64();
    println!("H.264 of 96 frames: {movie_secs:.2} s, {} kB", report.movies[0].file.bytes / 1000);

    let still = StillFormats { exr_half: true, ..StillFormats::default() };
    for (name, aovs) in [("beauty", vec![Aov::Beauty]), ("every plane", Aov::ALL.to_vec())] {
        let pictures: Vec<_> = (0..6).map(|frame| Picture { frame, planes: scene_planes(frame) }).collect();
        let start = Instant::now();
        let wanted = ExportSettings { still, aovs, ..sized(name, 6) };
        let report = export(wanted, |frame| pictures[frame as usize].clone());
        let secs = start.elapsed().as_secs_f64() / 6.0;
        println!("EXR half with {name}: {:.1} ms and {} kB a frame", secs * 1e3, report.frame_bytes / 6000);
        assert!(secs < 5.0, "{secs} s a frame");
    }
    assert!(png_secs < 0.25, "{png_secs} s a frame");
}
