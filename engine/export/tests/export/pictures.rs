//! Pictures and settings that the tests share.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use half::f16;
use kinema_core::{Aov, Picture, PixelFormat, Plane};
use kinema_export::{ExportSettings, Exporter, Identity, StillFormats};

pub const WIDTH: u32 = 96;
pub const HEIGHT: u32 = 64;

pub const PNG: StillFormats = StillFormats { png8: true, png16: false, exr_half: false, exr_float: false };

pub fn settings(out_dir: &Path, frames: Range<i64>) -> ExportSettings {
    ExportSettings {
        out_dir: out_dir.into(),
        base_name: "shot".into(),
        still: PNG,
        movies: vec![],
        aovs: vec![],
        encoder_threads: 2,
        rate: "24/1".parse().expect("a rate"),
        width: WIDTH,
        height: HEIGHT,
        frames,
        identity: Identity {
            shot_sha256: "5d5b09f6dcb2d53a5fffc60c4ac0d55fabdf556069d6631545f42aa6e3500f2e".into(),
            shot_name: "A shot".into(),
            build: "0.1.0".into(),
            driver: "a driver".into(),
            settings: serde_json::json!({"quality": "final"}),
        },
        overwrite: false,
        ffmpeg: None,
    }
}

/// A plane whose pixels are `pixel(x, y)`, bytes little endian.
pub fn plane<const N: usize>(
    aov: Aov,
    format: PixelFormat,
    size: (u32, u32),
    pixel: impl Fn(u32, u32) -> [u8; N],
) -> Plane {
    let (width, height) = size;
    let data = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).flat_map(|(x, y)| pixel(x, y)).collect();
    Plane { aov, format, width, height, data }
}

pub fn halves(values: [f32; 4]) -> [u8; 8] {
    let mut bytes = [0; 8];
    for (two, value) in bytes.as_chunks_mut::<2>().0.iter_mut().zip(values) {
        *two = f16::from_f32(value).to_le_bytes();
    }
    bytes
}

/// An 8-bit display picture that differs from frame to frame.
pub fn display_of_size(frame: i64, size: (u32, u32)) -> Picture {
    let display = plane(Aov::Display, PixelFormat::Rgba8Srgb, size, |x, y| {
        let t = frame as u32;
        [(x * 2 + t * 5) as u8, (y * 3 + t) as u8, (x ^ y) as u8, 255]
    });
    Picture { frame, planes: vec![display] }
}

pub fn display(frame: i64) -> Picture {
    display_of_size(frame, (WIDTH, HEIGHT))
}

/// A picture with every plane; the display plane is display-linear.
pub fn complete(frame: i64) -> Picture {
    let size = (WIDTH, HEIGHT);
    let at = move |x: u32, y: u32| (x as f32 / WIDTH as f32, y as f32 / HEIGHT as f32, frame as f32);
    let planes = vec![
        plane(Aov::Display, PixelFormat::Rgba16Float, size, |x, y| {
            let (u, v, t) = at(x, y);
            halves([u, v, (t * 0.1).fract(), 1.0])
        }),
        plane(Aov::Beauty, PixelFormat::Rgba16Float, size, |x, y| {
            let (u, v, t) = at(x, y);
            halves([u * 40.0, v - 0.5, t, 0.5])
        }),
        plane(Aov::Depth, PixelFormat::R32Float, size, |x, y| {
            let (u, v, _) = at(x, y);
            (if x == 0 { f32::INFINITY } else { 1.0 + u * 1000.0 + v * 0.001 }).to_le_bytes()
        }),
        plane(Aov::Normal, PixelFormat::Rgba16Float, size, |x, y| {
            let (u, v, _) = at(x, y);
            halves([u, -v, 0.25, 0.0])
        }),
        plane(Aov::Motion, PixelFormat::Rg32Float, size, |x, y| {
            let (u, v, t) = at(x, y);
            let [a, b, c, d] = (u * 1234.5 + t).to_le_bytes();
            let [e, f, g, h] = (-v * 0.000_1).to_le_bytes();
            [a, b, c, d, e, f, g, h]
        }),
        plane(Aov::Albedo, PixelFormat::Rgba8Unorm, size, |x, y| [x as u8, y as u8, frame as u8, 255]),
        plane(Aov::PartId, PixelFormat::R32Uint, size, |x, y| part_id(x, y).to_le_bytes()),
    ];
    Picture { frame, planes }
}

/// Neither a half nor a float could keep these apart.
pub fn part_id(x: u32, y: u32) -> u32 {
    u32::MAX - (y * WIDTH + x)
}

/// Opens, delivers what remains, finishes.
pub fn export(settings: ExportSettings, picture: impl Fn(i64) -> Picture) -> kinema_export::ExportReport {
    let exporter = Exporter::open(settings).expect("opened");
    for frame in exporter.remaining() {
        exporter.submit(picture(frame)).expect("accepted");
    }
    exporter.finish().expect("finished")
}

/// Every file below a folder with its bytes, except the journal (whose order is that of commits) and the lock.
pub fn content(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).expect("listed") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("journal.jsonl") && !path.ends_with(".kinema.lock") {
                let relative = path.strip_prefix(folder).expect("below").to_path_buf();
                files.insert(relative, std::fs::read(&path).expect("read"));
            }
        }
    }
    files
}

/// Names of [`content`].
pub fn names(folder: &Path) -> Vec<String> {
    content(folder).keys().map(|path| path.to_string_lossy().into_owned()).collect()
}
