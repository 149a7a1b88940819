//! Photographs among the things of a shot: shadows fall on them, bodies land on them.

use std::path::Path;
use std::sync::Arc;

use bevy::transform::components::Transform;
use kinema::core::{Aov, Format, PartEntities, parse_shot};
use kinema::gpu::CaptureOrder;
use kinema::{Session, SessionSettings, part_registry};

const SIZE: (usize, usize) = (64, 36);

/// A grey wall, 4 m from the camera that photographed it: light and metres, without compression.
fn wall_in(folder: &Path) {
    let (width, height) = SIZE;
    let mut photo = format!("#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y {height} +X {width}\n").into_bytes();
    // 0.25 in every channel.
    photo.extend([64, 64, 64, 128].repeat(width * height));
    let mut depth = format!("Pf\n{width} {height}\n-1.0\n").into_bytes();
    depth.extend(4f32.to_le_bytes().repeat(width * height));
    std::fs::write(folder.join("wall.hdr"), photo).expect("a photograph");
    std::fs::write(folder.join("wall.pfm"), depth).expect("its depth");
}

fn session(folder: &Path, parts: &str) -> Session {
    let text = format!(
        r#"(
        schema: 1,
        timeline: (rate: "24/1", frames: 25),
        output: (width: 64, height: 36),
        look: (exposure_ev100: 13, anti_aliasing: None, tone_mapping: None),
        parts: [(id: "camera", part: Camera(focal_length_mm: 31)), {parts}],
    )"#
    );
    let loaded = parse_shot(text.as_bytes(), &folder.join("wall.shot.ron"), Format::Ron, &part_registry());
    let loaded = loaded.unwrap_or_else(|errors| panic!("{errors}"));
    Session::new(Arc::new(loaded), SessionSettings::default()).expect("a device")
}

/// Red of frame 0, encoded.
fn drawn(folder: &Path, parts: &str) -> Vec<u8> {
    let mut session = session(folder, parts);
    let order = CaptureOrder { aovs: vec![Aov::Display], ..CaptureOrder::default() };
    let mut pictures = session.draw(0, Some(order)).expect("a frame");
    pictures.extend(session.flush().expect("pictures"));
    pictures[0].planes[0].data.chunks_exact(4).map(|pixel| pixel[0]).collect()
}

const PLATE: &str = r#"(id: "wall", part: Plate(photograph: "wall.hdr", depth: (file: "wall.pfm"))),"#;
const UNSHADOWED: &str =
    r#"(id: "wall", part: Plate(photograph: "wall.hdr", depth: (file: "wall.pfm"), shadows: false)),"#;
/// From the upper left behind the camera.
const SUN: &str =
    r#"(id: "sun", rotation_deg: (-20, -45, 0), part: Sun(illuminance_lux: 60000, shadow_map_px: 1024)),"#;
const SKY: &str = r#"(id: "sky", part: Environment(source: Uniform(nits: 4000))),"#;
/// Left of the picture and nearer than the wall: its shadow lies in the picture.
const BOX: &str = r#"(id: "box", position: (-3, 1, -2.5),
    part: Rigid(shape: Box(size_m: (0.9, 0.9, 0.2)), body: Fixed)),"#;

#[test]
fn a_wall_is_as_bright_as_photographed_but_where_light_is_kept_from_it() {
    let folder = tempfile::tempdir().expect("a folder");
    wall_in(folder.path());
    let of = |parts: &[&str]| drawn(folder.path(), &parts.concat());
    let plain = of(&[UNSHADOWED, SUN, SKY]);
    // sRGB of 0.25.
    let inner =
        |picture: &[u8]| -> Vec<u8> { (4..32).flat_map(|y| picture[y * 64 + 4..y * 64 + 60].to_vec()).collect() };
    assert!(inner(&plain).iter().all(|&v| v.abs_diff(137) <= 1), "{:?}", &plain[18 * 64..19 * 64]);
    assert_eq!(of(&[PLATE, SUN, SKY]), plain, "nothing keeps light away");
    assert_eq!(of(&[UNSHADOWED, SUN, SKY, BOX]), plain);
    let by_sun = inner(&of(&[PLATE, SUN, BOX]));
    let darkest = by_sun.iter().copied().min().expect("pixels");
    let shaded = by_sun.iter().filter(|&&v| v < 60).count();
    assert!(darkest < 8 && (20..600).contains(&shaded), "without a sky a shadow is black: {darkest} {shaded}");
    let with_sky = inner(&of(&[PLATE, SUN, SKY, BOX]));
    let lighter = with_sky.iter().copied().min().expect("pixels");
    assert!((darkest + 20..130).contains(&lighter), "the sky lights it: {lighter}");
    assert!(with_sky.iter().zip(inner(&plain)).all(|(&with, without)| with <= without), "nothing is brighter");
}

#[test]
fn a_ball_rolls_against_what_the_photograph_shows() {
    let folder = tempfile::tempdir().expect("a folder");
    wall_in(folder.path());
    let flies = |solid: bool| {
        let plate = PLATE.replace("pfm\")", &format!("pfm\"), solid: {solid}"));
        let ball = r#"(id: "ball", position: (0, 0, -3), part: Rigid(shape: Ball(radius_m: 0.2), gravity_scale: 0,
            linear_velocity_m_s: (0, 0, -4), restitution: 0)),"#;
        let mut session = session(folder.path(), &format!("{plate}{ball}"));
        session.draw(24, None).expect("a frame");
        let world = session.world_mut();
        let ball = world.resource::<PartEntities>().0[2];
        world.get::<Transform>(ball).expect("a ball").translation.z
    };
    assert!(flies(false) < -6.5, "{}", flies(false));
    let stopped = flies(true);
    assert!((-3.85..-3.5).contains(&stopped), "{stopped}");
}
