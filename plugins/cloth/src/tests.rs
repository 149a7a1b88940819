//! Shots with cloth, simulated and baked, without drawing.

mod accuracy;
mod bad_input;
mod fastenings;
mod step;

use std::path::Path;
use std::sync::Arc;

use bevy::app::App;
use kinema_core::{BakeStore, BuildIdentity, Format, LoadedShot, PartRegistry, parse_shot};

use crate::{ClothBakeError, ClothBaker, ClothPlugin, ClothSettings};

fn shot(parts: &str, frames: u32) -> Result<Arc<LoadedShot>, kinema_core::Diagnostics> {
    let mut app = App::new();
    app.add_plugins(ClothPlugin);
    let registry = app.world().resource::<PartRegistry>().clone();
    let text = format!(
        "(schema: 1, timeline: (rate: \"24/1\", frames: {frames}), output: (width: 64, height: 36), parts: [{parts}])"
    );
    parse_shot(text.as_bytes(), Path::new("cloth.shot.ron"), Format::Ron, &registry).map(Arc::new)
}

fn open(shot: &Arc<LoadedShot>, store: &BakeStore, threads: usize, build: &str) -> Result<ClothBaker, ClothBakeError> {
    let settings = ClothSettings { bake_dir: store.dir().to_owned(), threads };
    ClothBaker::open(shot, &settings, &BuildIdentity(build.to_owned())).map(|baker| baker.expect("there is cloth"))
}

fn bake(shot: &Arc<LoadedShot>, store: &BakeStore, threads: usize) -> ClothBaker {
    let mut baker = open(shot, store, threads, "").expect("it can be simulated");
    baker.advance_to(i64::from(shot.shot.timeline.frames)).expect("it is simulated");
    baker
}

const FLAG: &str = r#"
    (id: "flag", position: (0, 2, 0), part: Cloth(cut: Sheet(size_m: (0.6, 0.4), spacing_m: 0.05), material: Silk, pins: [Left])),
    (id: "wind", part: Wind(flow: Uniform(velocity_m_s: (6, 0, 1)))),
"#;

#[test]
fn a_flag_streams_in_the_wind_and_stays_at_its_pole() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = BakeStore::new(folder.path());
    let shot = shot(FLAG, 24).expect("a shot");
    let baker = bake(&shot, &store, 1);
    let [first, last] = [0, 24].map(|frame| baker.bake().positions_at(0, frame));
    assert_eq!(first.len(), 13 * 9);
    let most = |places: &[[f32; 3]], axis: usize| places.iter().map(|p| p[axis]).fold(f32::MIN, f32::max);
    assert_eq!(most(first, 2), 0.0);
    assert!(most(last, 2) > 0.02, "the wind has a share along z");
    for (before, after) in first.iter().zip(last).filter(|(before, _)| before[0] < -0.2999) {
        let moved = (0..3).map(|axis| (before[axis] - after[axis]).abs()).fold(0.0, f32::max);
        assert!(moved < 1e-5, "a pin moved by {moved} m");
    }
    // Nothing is longer than the fabric allows.
    assert!(most(last, 0) < 0.32);
}

#[test]
fn a_bake_is_the_same_for_any_number_of_threads_and_comes_back_from_the_store() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = BakeStore::new(folder.path());
    let shot = shot(FLAG, 6).expect("a shot");
    let mut baker = bake(&shot, &store, 1);
    let other = bake(&shot, &store, 2);
    assert_eq!(baker.key(), other.key());
    assert_eq!(baker.bake(), other.bake());
    assert!(baker.store(&store).expect("it is stored") > 0);
    let again = open(&shot, &store, 1, "").expect("a bake");
    assert!(again.is_complete());
    assert_eq!(again.bake(), baker.bake());
}

#[test]
fn looks_do_not_touch_the_bake_and_everything_that_moves_cloth_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = BakeStore::new(folder.path());
    let key = |parts: &str| {
        let shot = shot(parts, 2).expect("a shot");
        open(&shot, &store, 1, "").expect("a bake").key().to_owned()
    };
    let plain = key(FLAG);
    let flag = shot(FLAG, 2).expect("a shot");
    assert_ne!(plain, open(&flag, &store, 1, "another build").expect("a bake").key());
    assert_eq!(plain, key(&FLAG.replace("pins: [Left]", "pins: [Left], surface: (base_color: (1, 0, 0))")));
    for (from, to) in [("Silk", "Denim"), ("0.05", "0.06"), ("(6, 0, 1)", "(6, 0, 2)"), ("(0, 2, 0)", "(0, 3, 0)")] {
        assert_ne!(plain, key(&FLAG.replace(from, to)), "{from} -> {to}");
    }
}

#[test]
fn what_cannot_be_cut_or_pinned_is_refused_by_name() {
    let refused = |part: &str| shot(&format!("(id: \"c\", part: Cloth({part}))"), 2).expect_err(part).to_string();
    let text = refused("cut: Disc(radius_m: 0.3, spacing_m: 0.05), pins: [Top]");
    assert!(text.contains("neither corners nor edges"), "{text}");
    let text = refused("cut: Sheet(size_m: (1, 1), spacing_m: 0.1), pins: [Around(point_m: (9, 9), radius_m: 0.1)]");
    assert!(text.contains("no particle is there"), "{text}");
    let text = refused("cut: Sheet(size_m: (50, 50), spacing_m: 0.01)");
    assert!(text.contains("spacing_m"), "{text}");
    let text = refused("cut: Sheet(size_m: (1, 1), spacing_m: 0.1), material: Tweed");
    assert!(text.contains("Tweed") && text.contains("Wool"), "{text}");
    let looks = |surface: &str| refused(&format!("cut: Sheet(size_m: (1, 1), spacing_m: 0.1), surface: ({surface})"));
    for (surface, words) in [
        ("weave: Satin(shafts: 6)", ["surface.weave", "no satin has 6 shafts"]),
        ("weave: Herringbone", ["Herringbone", "Twill"]),
        ("weave: Twill(over: 0, under: 1)", ["over", "0"]),
        ("threads_per_cm: (4000, 30)", ["threads_per_cm", "4000"]),
        ("gloss: 3", ["gloss", "3"]),
        ("shine: 0.4", ["shine", "gloss"]),
    ] {
        let text = looks(surface);
        assert!(words.iter().all(|word| text.contains(word)), "{surface}: {text}");
    }
}

/// What a document says wins over its material, field by field, and moving a field by a track does not bake again.
#[test]
fn a_material_alone_has_a_look_of_its_own_and_fields_override_it() {
    use crate::look::surface::Weave;
    use crate::shot::Cloth;

    let look = |part: &str| {
        let text = format!("(id: \"c\", part: Cloth(cut: Sheet(size_m: (1, 1), spacing_m: 0.1), {part}))");
        let shot = shot(&text, 2).unwrap_or_else(|errors| panic!("{errors}"));
        let cloth = shot.shot.parts[0].part.get::<Cloth>().expect("cloth");
        cloth.surface.look(&cloth.material)
    };
    let denim = look("material: Denim");
    assert_eq!(denim.weave, Weave::Twill { over: 3, under: 1 });
    assert!(denim.weft_color[0] > 5.0 * denim.warp_color[0], "indigo over white: {denim:?}");
    let black = look("material: Denim, surface: (base_color: (0.01, 0.01, 0.01), threads_per_cm: (30, 20))");
    assert_eq!((black.warp_color, black.weft_color), ([0.01; 3], denim.weft_color));
    assert_eq!((black.threads_per_cm, black.weave), ([30.0, 20.0], denim.weave));
    // One colour dyes a whole cotton.
    let red = look("surface: (base_color: (0.4, 0.02, 0.03), perceptual_roughness: 0.6, transmission: 0.3)");
    assert_eq!((red.warp_color, red.weft_color), ([0.4, 0.02, 0.03], [0.4, 0.02, 0.03]));
    assert_eq!((red.perceptual_roughness, red.transmission), (0.6, 0.3));
}

/// Where gravity is another and there is no air, cloth falls by that, and a bake is kept apart from that of the earth's.
#[test]
fn cloth_falls_in_the_gravity_and_the_air_of_its_shot() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = BakeStore::new(folder.path());
    let sheet = "(id: \"sheet\", position: (0, 9, 0), part: Cloth(cut: Sheet(size_m: (0.2, 0.2), spacing_m: 0.1)))";
    let moon = "(id: \"moon\", part: PhysicsWorld(gravity_m_s2: (0, -1.62, 0), air_density_kg_m3: 0)),";
    let fallen = |parts: &str| {
        let shot = shot(parts, 12).expect("a shot");
        let baker = bake(&shot, &store, 1);
        let index = shot.shot.parts.len() - 1;
        let [first, last] = [0, 12].map(|frame| baker.bake().positions_at(index, frame)[0][1]);
        (baker.key().to_owned(), first - last)
    };
    let (on_moon, far_m) = fallen(&format!("{moon} {sheet}"));
    // Half a second; a step's error is one of dt / t.
    assert!((far_m - 0.5 * 1.62 * 0.25).abs() < 0.002, "{far_m}");
    let (on_earth, earth_m) = fallen(sheet);
    assert!(earth_m > 1.5 * far_m, "{earth_m}");
    assert_ne!(on_moon, on_earth);
}

#[test]
fn cloth_that_falls_out_of_the_world_is_told_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = BakeStore::new(folder.path());
    let part = "(id: \"lost\", part: Cloth(cut: Sheet(size_m: (0.2, 0.2), spacing_m: 0.1), material: Leather, steps_per_sec: 240))";
    let shot = shot(part, 2000).expect("a shot");
    let mut baker = open(&shot, &store, 1, "").expect("a bake");
    let error = baker.advance_to(2000).expect_err("it falls for ever").to_string();
    assert!(error.contains("`lost`") && error.contains("pin it"), "{error}");
}

/// Two cloths of one shot, with fabrics and step rates of their own: the upper one comes to lie on the lower one, and they meet in no frame.
#[test]
fn cloths_of_a_shot_touch_each_other() {
    use crate::form;
    use crate::shot::Cloth;
    use crate::solver::contact::referee::intersections;

    const LAYERS: &str = r#"
        (id: "table", position: (3, 1, 0), rotation_deg: (-90, 0, 0), part: Cloth(cut: Sheet(size_m: (0.3, 0.3), spacing_m: 0.05), material: Denim, pins: [Around(point_m: (0, 0), radius_m: 1)])),
        (id: "cloth", position: (3, 1.03, 0.01), rotation_deg: (-90, 30, 0), part: Cloth(cut: Sheet(size_m: (0.2, 0.2), spacing_m: 0.03), steps_per_sec: 600)),
    "#;
    let folder = tempfile::tempdir().expect("a folder");
    let shot = shot(LAYERS, 12).expect("a shot");
    let baker = bake(&shot, &BakeStore::new(folder.path()), 1);
    let (mut triangles, mut first) = (Vec::new(), 0);
    for part in &shot.shot.parts {
        let mesh = form::mesh(&part.part.get::<Cloth>().expect("cloth").cut).expect("a mesh");
        triangles.extend(mesh.triangles.iter().map(|t| t.map(|v| v + first)));
        first += mesh.positions_m.len() as u32;
    }
    let edges: Vec<[u32; 2]> = triangles.iter().flat_map(|[a, b, c]| [[*a, *b], [*b, *c], [*c, *a]]).collect();
    for frame in 0..=12 {
        let both = [0, 1].map(|part| baker.bake().positions_at(part, frame));
        let places: Vec<[f64; 3]> = both.iter().flat_map(|places| places.iter().map(|p| p.map(f64::from))).collect();
        assert_eq!(intersections(&places, &edges, &triangles).len(), 0, "frame {frame}");
        if frame == 12 {
            assert!(both[1].iter().all(|p| p[1] > 1.0 && p[1] < 1.02), "it lies on the table");
        }
    }
}
