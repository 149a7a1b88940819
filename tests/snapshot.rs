//! A frame's world as glTF: everything that the picture shows is in it.

use std::path::Path;
use std::sync::Arc;

use kinema::core::{Format, parse_shot};
use kinema::export::gltf::{Lamp, NodeContent, SnapshotOpacity, write_glb};
use kinema::{Session, SessionSettings, Snapshot, keep_assets, part_registry, snapshot};

/// A thing of each kind, one of them hidden.
const THINGS: &str = r#"(
    schema: 1,
    name: "things",
    timeline: (rate: "24/1", frames: 2),
    output: (width: 64, height: 36),
    parts: [
        (id: "camera", position: (0, 1.1, 3.2), part: Camera(focal_length_mm: 40)),
        (id: "sky", part: Environment(source: Sky(sun_elevation_deg: 25, sun_azimuth_deg: 120))),
        (id: "sun", part: Sun(illuminance_lux: Some(5000))),
        (id: "ground", part: Ground(pattern: Concrete)),
        (id: "bulb", position: (1, 2, 1), part: PointLight(power_lm: 1256.637)),
        (id: "panel", position: (-1, 2, 1), part: AreaLight(shadows: false)),
        (id: "ball", position: (-0.9, 0.4, 0), part: Rigid(shape: Ball(radius_m: 0.4), body: Fixed, surface: (base_color: (0.7, 0.1, 0.05), metallic: 0.5))),
        (id: "hidden", visible: false, part: Rigid(shape: Ball(radius_m: 0.4), body: Fixed)),
    ],
    look: (exposure_ev100: 12.5, anti_aliasing: None),
)"#;

fn taken(keep: bool) -> Snapshot {
    let loaded = parse_shot(THINGS.as_bytes(), Path::new("things.shot.ron"), Format::Ron, &part_registry());
    let loaded = loaded.unwrap_or_else(|errors| panic!("{errors}"));
    let mut session = Session::new(Arc::new(loaded), SessionSettings::default()).expect("a device");
    if keep {
        keep_assets(&mut session);
    }
    session.draw(1, None).expect("a drawn frame");
    snapshot(&mut session)
}

#[test]
fn a_snapshot_holds_what_the_picture_shows() {
    let Snapshot { scene, left_out } = taken(true);
    assert!(left_out.is_empty(), "{left_out:?}");
    assert_eq!((scene.view.frame, scene.view.width_px, scene.view.exposure_ev100), (1, 64, 12.5));
    let daylight_nits = 1000.0..20_000.0;
    assert!(
        scene.view.environment_nits.iter().all(|nits| daylight_nits.contains(nits)),
        "{:?}",
        scene.view.environment_nits
    );

    let node = |name: &str| scene.nodes.iter().find(|node| node.name == name).unwrap_or_else(|| panic!("no {name}"));
    assert!(scene.nodes.iter().all(|node| node.name != "hidden"));
    assert!(
        matches!(node("camera").content, NodeContent::Camera { aspect, .. } if (aspect - 64.0 / 36.0).abs() < 1e-5)
    );
    let lamp = |name: &str| match &node(name).content {
        NodeContent::Light { lamp, .. } => *lamp,
        other => panic!("{name} is {other:?}"),
    };
    assert!(matches!(lamp("sun"), Lamp::Directional { lux } if (lux - 5000.0).abs() < 1.0));
    assert!(matches!(lamp("bulb"), Lamp::Point { candela } if (candela - 100.0).abs() < 0.1));
    assert!(matches!(lamp("panel"), Lamp::Spot { .. }));

    let mesh = |name: &str| match node(name).content {
        NodeContent::Mesh { mesh, material } => (&scene.meshes[mesh], &scene.materials[material.expect("a material")]),
        ref other => panic!("{name} is {other:?}"),
    };
    let (ball, red) = mesh("ball");
    let farthest = ball.positions.iter().map(|p| p.iter().map(|v| v * v).sum::<f32>().sqrt()).fold(0.0, f32::max);
    assert!((farthest - 0.4).abs() < 1e-3, "{farthest}");
    assert!((red.base_color[0] - 0.7).abs() < 1e-3 && red.metallic == 0.5 && red.opacity == SnapshotOpacity::Opaque);
    let (_, concrete) = mesh("ground");
    assert!(concrete.base_color_image.is_some() && concrete.normal_image.is_some());
    assert_eq!(&write_glb(&scene).expect("a file")[..4], b"glTF");
}

#[test]
fn the_same_frame_gives_the_same_file() {
    let file = || write_glb(&taken(true).scene).expect("a file");
    assert_eq!(file(), file());
}

#[test]
fn what_was_not_kept_is_said() {
    let left_out = taken(false).left_out;
    assert!(left_out.iter().any(|line| line.starts_with("ground: ") && line.contains("`keep_assets`")), "{left_out:?}");
}
