//! Golden pictures: small, drawn by the whole engine, held against what a person has looked at.

use std::path::Path;
use std::sync::Arc;

use kinema::core::{Aov, Format, LoadedShot, Picture, parse_shot};
use kinema::gpu::CaptureOrder;
use kinema::{Session, SessionSettings, part_registry};

use crate::support::flip::SrgbImage;
use crate::support::golden::assert_golden;

/// Shape, light, shadow and tone mapping, without people, simulation or anything temporal.
const SOLIDS: &str = r#"(
    schema: 1,
    timeline: (rate: "24/1", frames: 1),
    output: (width: 192, height: 108),
    parts: [
        (id: "camera", position: (0, 1.1, 3.2), part: Camera(focal_length_mm: 40, look_at: Some(Point((0, 0.4, 0))))),
        (id: "sky", part: Environment(source: Sky(sun_elevation_deg: 25, sun_azimuth_deg: 120))),
        (id: "sun", part: Sun()),
        (id: "ground", part: Ground()),
        (
            id: "ball",
            position: (-0.9, 0.4, 0),
            part: Rigid(shape: Ball(radius_m: 0.4), body: Fixed, surface: (base_color: (0.7, 0.12, 0.06))),
        ),
        (
            id: "crate",
            position: (0.1, 0.3, 0.2),
            rotation_deg: (0, 30, 0),
            part: Rigid(shape: Box(size_m: (0.6, 0.6, 0.6)), body: Fixed, surface: (base_color: (0.5, 0.33, 0.16))),
        ),
        (
            id: "capsule",
            position: (1.0, 0.5, -0.2),
            part: Rigid(
                shape: Capsule(radius_m: 0.2, half_height_m: 0.3),
                body: Fixed,
                surface: (base_color: (0.9, 0.8, 0.5), perceptual_roughness: 0.2, metallic: 1.0),
            ),
        ),
    ],
    look: (exposure_ev100: 13.5, anti_aliasing: Msaa(samples: 4)),
)"#;

/// A person from the hips up: body, pose, face, clothing, eyes, hair.
const PERSON: &str = r#"(
    schema: 1,
    timeline: (rate: "24/1", frames: 1),
    output: (width: 160, height: 240),
    parts: [
        (id: "camera", position: (0.3, 1.6, 2.2), part: Camera(focal_length_mm: 70, look_at: Some(Point((0, 1.42, 0))))),
        (id: "sky", part: Environment(source: Sky(sun_elevation_deg: 30, sun_azimuth_deg: 120))),
        (id: "sun", part: Sun(shadow_map_px: 1024)),
        (id: "ground", part: Ground()),
        (
            id: "person",
            part: Human(
                smile: 0.7,
                head: (yaw_deg: 8),
                pose: { "upperarm01.L": (0, 0, 25) },
                idle: (breathing: 0, sway: 0, blinks: 0, saccades: 0),
            ),
        ),
    ],
    look: (exposure_ev100: 14.3, anti_aliasing: Fxaa),
)"#;

/// What a lens and a shutter do, under lamps: depth of field, motion blur, an area light and a point light.
const LENS: &str = r#"(
    schema: 1,
    timeline: (rate: "24/1", frames: 4),
    output: (width: 192, height: 108),
    parts: [
        (
            id: "camera",
            position: (0, 0.9, 3),
            part: Camera(
                focal_length_mm: 60,
                f_stop: 1.4,
                depth_of_field: true,
                focus_on: Some(Part(id: "near")),
                look_at: Some(Point((0.1, 0.22, 0))),
            ),
        ),
        (id: "night", part: Environment(source: Uniform(color: (0.2, 0.3, 0.6), nits: 3))),
        (id: "panel", position: (-1.5, 1.6, 1), rotation_deg: (-35, -50, 0), part: AreaLight(power_lm: 4000)),
        (id: "bulb", position: (1.2, 0.6, -1.5), part: PointLight(power_lm: 600, color: (1, 0.6, 0.3))),
        (id: "ground", part: Ground(pattern: Checker())),
        (id: "near", position: (-0.3, 0.25, 0.4), part: Rigid(shape: Ball(radius_m: 0.25), body: Fixed)),
        (
            id: "far",
            position: (0.5, 0.25, -2.5),
            part: Rigid(shape: Ball(radius_m: 0.25), body: Fixed, surface: (base_color: (0.1, 0.4, 0.1))),
        ),
        (
            id: "fast",
            position: (0, 0.12, 0.6),
            part: Rigid(shape: Ball(radius_m: 0.1), body: Kinematic, surface: (base_color: (0.7, 0.1, 0.1))),
        ),
    ],
    tracks: [(target: "fast/position/x", keys: [(frame: 0, value: -0.4), (frame: 3, value: 0.8)])],
    look: (exposure_ev100: 6, anti_aliasing: None, motion_blur: Some((shutter_angle_deg: 180, samples: 4))),
)"#;

/// A shot that ships, with edges smoothed within one frame, so that each tile takes a single one.
fn shipped(path: &str) -> LoadedShot {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(path);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let still = text.replace("anti_aliasing: Taa", "anti_aliasing: Fxaa");
    assert_ne!(still, text, "{} has no temporal anti-aliasing to replace", path.display());
    loaded(&still, &path)
}

fn loaded(text: &str, path: &Path) -> LoadedShot {
    parse_shot(text.as_bytes(), path, Format::Ron, &part_registry()).unwrap_or_else(|errors| panic!("{errors}"))
}

/// Silk over a ball, a moment after it fell: folds, friction, no ball through the fabric.
const DRAPE: &str = r#"(
    schema: 1,
    timeline: (rate: "24/1", frames: 25),
    output: (width: 192, height: 108),
    parts: [
        (id: "camera", position: (1.2, 1.15, 2.0), part: Camera(focal_length_mm: 50, look_at: Some(Point((0, 0.32, 0))))),
        (id: "sky", part: Environment(source: Sky(sun_elevation_deg: 40, sun_azimuth_deg: 120))),
        (id: "sun", part: Sun(shadow_map_px: 1024)),
        (id: "ground", part: Ground()),
        (id: "floor", part: Rigid(shape: HalfSpace, body: Fixed), visible: false),
        (id: "ball", position: (0, 0.3, 0), part: Rigid(shape: Ball(radius_m: 0.3), body: Fixed, friction: 0.3)),
        (id: "square", position: (0, 0.65, 0), rotation_deg: (-90, 20, 0), part: Cloth(
            cut: Sheet(size_m: (1.0, 1.0), spacing_m: 0.05), material: Silk, steps_per_sec: 600,
            surface: (base_color: (0.4, 0.04, 0.05), perceptual_roughness: 0.5))),
    ],
    look: (exposure_ev100: 14, anti_aliasing: Msaa(samples: 4)),
)"#;

/// Draws frames of a shot, and says which device did.
fn drawn(shot: LoadedShot, size: Option<(u32, u32)>, frames: &[i64]) -> (Vec<SrgbImage>, String) {
    let settings = SessionSettings { size, ..SessionSettings::default() };
    let mut session = Session::new(Arc::new(shot), settings).expect("a device");
    let order = CaptureOrder { aovs: vec![Aov::Display], ..CaptureOrder::default() };
    let mut pictures = Vec::new();
    for &frame in frames {
        pictures.extend(session.draw(frame, Some(order.clone())).expect("a drawn frame"));
    }
    pictures.extend(session.flush().expect("a drawn frame"));
    assert_eq!(pictures.len(), frames.len());
    (pictures.iter().map(display).collect(), session.driver())
}

/// Draws one frame after the one before it, which gives what moves its speed.
fn draw(shot: &str, frame: i64) -> (SrgbImage, String) {
    let (mut pictures, driver) =
        drawn(loaded(shot, Path::new("golden.shot.ron")), None, &[frame.saturating_sub(1), frame]);
    (pictures.pop().expect("a picture"), driver)
}

fn display(picture: &Picture) -> SrgbImage {
    let plane = picture.planes.iter().find(|plane| plane.aov == Aov::Display).expect("the display plane");
    SrgbImage::from_rgba(plane.width as usize, plane.height as usize, &plane.data)
}

/// Pictures of one size side by side, in rows of `columns`.
fn sheet(tiles: &[SrgbImage], columns: usize) -> SrgbImage {
    let (width, height) = (tiles[0].width, tiles[0].height);
    let mut rgb = Vec::new();
    for row in tiles.chunks_exact(columns) {
        for y in 0..height {
            for tile in row {
                rgb.extend_from_slice(&tile.rgb[y * width * 3..][..width * 3]);
            }
        }
    }
    SrgbImage { width: width * columns, height: height * (tiles.len() / columns), rgb }
}

/// A frame of a shot that ships, small.
fn assert_still(name: &str, path: &str, size: (u32, u32), frame: i64) {
    let (mut pictures, adapter) = drawn(shipped(path), Some(size), &[frame]);
    assert_golden(name, &pictures.pop().expect("a picture"), &adapter);
}

/// Every ninth frame of a shot that ships, as its sheet shows them.
fn assert_sheet(name: &str, path: &str, size: (u32, u32), tiles: i64, columns: usize) {
    let frames: Vec<i64> = (0..tiles).map(|tile| 9 * tile + 8).collect();
    let (pictures, adapter) = drawn(shipped(path), Some(size), &frames);
    assert_golden(name, &sheet(&pictures, columns), &adapter);
}

#[test]
fn solids_under_an_evening_sky() {
    let (picture, adapter) = draw(SOLIDS, 0);
    assert_golden("solids", &picture, &adapter);
}

#[test]
fn a_person_in_daylight() {
    let (picture, adapter) = draw(PERSON, 0);
    assert_golden("person", &picture, &adapter);
}

#[test]
fn a_lens_and_a_shutter_by_lamplight() {
    let (picture, adapter) = draw(LENS, 2);
    assert_golden("lens", &picture, &adapter);
}

#[test]
fn silk_over_a_ball() {
    let (picture, adapter) = draw(DRAPE, 24);
    assert_golden("drape", &picture, &adapter);
}

#[test]
fn six_weaves_from_near() {
    assert_still("weaves", "shots/weaves.shot.ron", (384, 256), 8);
}

#[test]
fn a_portrait() {
    assert_still("portrait", "shots/portrait.shot.ron", (384, 216), 11);
}

#[test]
fn an_ear_against_the_sun() {
    assert_still("ear", "shots/ear.shot.ron", (192, 192), 11);
}

#[test]
fn somebody_walks() {
    assert_still("walk", "shots/walk.shot.ron", (192, 144), 32);
}

#[test]
fn twelve_presets() {
    assert_sheet("humans", "humans/sheet.shot.ron", (66, 88), 12, 6);
}

#[test]
fn seven_emotions_in_three_intensities() {
    assert_sheet("expressions", "humans/expressions.shot.ron", (80, 100), 21, 7);
}
