//! Golden pictures: small, drawn by the whole engine, held against what a person has looked at.

use std::path::Path;
use std::sync::Arc;

use kinema::core::{Aov, Format, Picture, parse_shot};
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

/// Draws one frame of a shot and says which device did.
fn draw(shot: &str, frame: i64) -> (SrgbImage, String) {
    let loaded = parse_shot(shot.as_bytes(), Path::new("golden.shot.ron"), Format::Ron, &part_registry());
    let loaded = loaded.unwrap_or_else(|errors| panic!("{errors}"));
    let mut session = Session::new(Arc::new(loaded), SessionSettings::default()).expect("a device");
    let order = CaptureOrder { aovs: vec![Aov::Display], ..CaptureOrder::default() };
    let mut pictures = session.draw(frame, Some(order)).expect("a drawn frame");
    pictures.extend(session.flush().expect("a drawn frame"));
    let [picture] = pictures.as_slice() else { panic!("{} pictures of one frame", pictures.len()) };
    (display(picture), session.driver())
}

fn display(picture: &Picture) -> SrgbImage {
    let plane = picture.planes.iter().find(|plane| plane.aov == Aov::Display).expect("the display plane");
    SrgbImage::from_rgba(plane.width as usize, plane.height as usize, &plane.data)
}

#[test]
fn solids_under_an_evening_sky() {
    let (picture, adapter) = draw(SOLIDS, 0);
    assert_golden("solids", &picture, &adapter);
}
