//! AOVs against geometry that can be computed by hand, and light against the white furnace.

use std::path::Path;
use std::sync::Arc;

use half::f16;
use kinema::core::{Aov, Format, Picture, Plane, parse_shot};
use kinema::gpu::CaptureOrder;
use kinema::{Session, SessionSettings, part_registry};

const SIZE: usize = 64;

/// Draws `frame` after the frame before it, with every AOV.
fn draw(shot: &str, frame: i64) -> Picture {
    let loaded = parse_shot(shot.as_bytes(), Path::new("aovs.shot.ron"), Format::Ron, &part_registry());
    let loaded = loaded.unwrap_or_else(|errors| panic!("{errors}"));
    let mut session = Session::new(Arc::new(loaded), SessionSettings::default()).expect("a device");
    let order = CaptureOrder { aovs: Aov::ALL.to_vec(), ..CaptureOrder::default() };
    let mut pictures = session.draw(frame - 1, Some(order.clone())).expect("the frame before");
    pictures.extend(session.draw(frame, Some(order)).expect("a frame"));
    pictures.extend(session.flush().expect("pictures"));
    pictures.pop().expect("the last picture")
}

fn plane(picture: &Picture, aov: Aov) -> &Plane {
    picture.planes.iter().find(|plane| plane.aov == aov).unwrap_or_else(|| panic!("no plane {aov}"))
}

fn bytes(plane: &Plane, x: usize, y: usize) -> &[u8] {
    let size = plane.format.bytes_per_pixel();
    let at = (y * plane.width as usize + x) * size;
    &plane.data[at..at + size]
}

fn floats(plane: &Plane, x: usize, y: usize) -> Vec<f32> {
    bytes(plane, x, y).chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

fn halves(plane: &Plane, x: usize, y: usize) -> Vec<f32> {
    bytes(plane, x, y).chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect()
}

/// A 2 m box 5 m from the camera to its front face; sensor 36 mm and lens 36 mm see 1 m per metre of distance across.
const BOX: &str = r#"(
    schema: 1,
    timeline: (rate: "24/1", frames: 10),
    output: (width: 64, height: 64),
    look: (anti_aliasing: None),
    parts: [
        (id: "camera", position: (0, 0, 6), part: Camera(focal_length_mm: 36)),
        (id: "sky", part: Environment(source: Uniform())),
        (id: "box", part: Rigid(
            shape: Box(size_m: (2, 2, 2), bevel_m: 0),
            body: Kinematic,
            surface: (base_color: (0.8, 0.4, 0.2)),
        )),
    ],
    tracks: [(target: "box/position/x", keys: [(frame: 0, value: 0), (frame: 9, value: 0.9)])],
)"#;

#[test]
fn depth_normal_albedo_motion_and_id_are_what_geometry_says() {
    let picture = draw(BOX, 1);
    let centre = (SIZE / 2, SIZE / 2);
    let depth = floats(plane(&picture, Aov::Depth), centre.0, centre.1)[0];
    assert!((depth - 5.0).abs() < 1e-4, "depth {depth} m");
    assert_eq!(floats(plane(&picture, Aov::Depth), 0, 0)[0], f32::INFINITY);

    let normal = halves(plane(&picture, Aov::Normal), centre.0, centre.1);
    assert!((normal[2] - 1.0).abs() < 1e-3 && normal[0].abs() < 1e-3, "normal {normal:?}");
    assert_eq!(halves(plane(&picture, Aov::Normal), 0, 0)[..3], [0.0; 3]);

    let albedo = bytes(plane(&picture, Aov::Albedo), centre.0, centre.1);
    for (byte, wanted) in albedo.iter().zip([0.8, 0.4, 0.2]) {
        assert!((f32::from(*byte) / 255.0 - wanted).abs() < 0.003, "albedo {albedo:?}");
    }

    let id = bytes(plane(&picture, Aov::PartId), centre.0, centre.1);
    assert_eq!(id, 3_u32.to_le_bytes());
    assert_eq!(bytes(plane(&picture, Aov::PartId), 0, 0), 0_u32.to_le_bytes());

    // 0.1 m at 5 m, where 64 pixels span 5 m.
    let motion = floats(plane(&picture, Aov::Motion), centre.0, centre.1);
    assert!((motion[0] - 0.1 / 5.0 * 64.0).abs() < 0.01 && motion[1].abs() < 0.01, "motion {motion:?}");
}

#[test]
fn a_still_object_has_no_motion_and_its_edge_is_where_projection_puts_it() {
    let picture = draw(&BOX.replace("value: 0.9", "value: 0"), 5);
    let motion = plane(&picture, Aov::Motion);
    let moving = (0..SIZE * SIZE).filter(|at| floats(motion, at % SIZE, at / SIZE) != [0.0, 0.0]).count();
    assert_eq!(moving, 0);
    // The front face is 2 m wide at 5 m: 2 / 5 of 64 pixels, 25.6, so columns 20 to 44 have their centres inside.
    let ids = plane(&picture, Aov::PartId);
    let row: Vec<usize> = (0..SIZE).filter(|x| bytes(ids, *x, SIZE / 2) != 0_u32.to_le_bytes()).collect();
    assert_eq!((row.first(), row.last()), (Some(&19), Some(&44)));
}

/// In surroundings of the same radiance everywhere a perfect white diffuser cannot be told from them.
#[test]
fn a_white_ball_vanishes_in_the_white_furnace() {
    let furnace = r#"(
        schema: 1,
        timeline: (rate: "24/1", frames: 1),
        output: (width: 64, height: 64),
        look: (anti_aliasing: None, tone_mapping: None, exposure_ev100: 9.7),
        parts: [
            (id: "camera", position: (0, 0, 3), part: Camera()),
            (id: "sky", part: Environment(source: Uniform(nits: 500))),
            (id: "ball", part: Rigid(
                shape: Ball(radius_m: 0.5),
                body: Fixed,
                surface: (base_color: (1, 1, 1), perceptual_roughness: 1),
            )),
        ],
    )"#;
    let picture = draw(furnace, 0);
    let beauty = plane(&picture, Aov::Beauty);
    let background = halves(beauty, 1, 1)[1];
    assert!(background > 0.01, "the furnace is lit: {background}");
    for (x, y) in [(32, 32), (28, 36), (38, 30)] {
        let ball = halves(beauty, x, y)[1];
        // Bevy's split-sum specular adds at most a few percent at normal incidence.
        assert!((ball / background - 1.0).abs() < 0.06, "ball {ball} in a furnace of {background}");
    }
}
