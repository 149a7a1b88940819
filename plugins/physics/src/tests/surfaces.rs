//! Shapes and surfaces: terrain, compounds, decomposed meshes, materials, joints that turn only so far.

use bevy::math::Vec3;
use serde_json::{Value, json};

use super::{rigid, run_frames, shot, shot_in, try_shot_in, world};
use crate::colliders::collision_shape;
use crate::geometry::BodyGeometry;
use crate::gltf_mesh::GltfGeometry;
use crate::heights::HeightGrid;
use crate::{MeshCollider, Shape};

fn grey_png(folder: &std::path::Path, name: &str, levels: &[[u16; 3]; 3]) {
    let pixels: Vec<u16> = levels.as_flattened().to_vec();
    image::ImageBuffer::<image::Luma<u16>, _>::from_raw(3, 3, pixels)
        .expect("nine pixels")
        .save(folder.join(name))
        .expect("a picture");
}

fn resting_height(folder: &std::path::Path, terrain: Value, place: [f64; 3]) -> f32 {
    let ground = rigid("ground", [0.0; 3], [0.0; 3], json!({ "shape": { "Terrain": terrain }, "body": "Fixed" }));
    let ball = json!({ "shape": { "Ball": { "radius_m": 0.1 } }, "angular_damping": 20.0, "friction": 1.0 });
    let shot = shot_in(folder, 120, json!([ground, rigid("ball", place, [0.0; 3], ball)]));
    let mut world = world(&shot);
    run_frames(&mut world, 120);
    world.poses()[1].position_m[1]
}

#[test]
fn terrain_from_numbers_and_from_a_picture_is_the_same_ground() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    // A bowl.
    grey_png(path, "bowl.png", &[[65535; 3], [65535, 13107, 65535], [65535; 3]]);
    let picture = json!({ "size_m": [4.0, 4.0], "heights": { "Png": { "file": "bowl.png", "lowest_m": 0.0, "highest_m": 1.25 } } });
    let numbers = json!({ "size_m": [4.0, 4.0], "heights": { "Numbers": { "columns": 3,
        "heights_m": [1.25, 1.25, 1.25, 1.25, 0.25, 1.25, 1.25, 1.25, 1.25] } } });
    let grid = HeightGrid::from_png(&path.join("bowl.png"), 0.0, 1.25).expect("a grid");
    assert_eq!((grid.columns, grid.rows), (3, 3));
    let rest = [picture, numbers].map(|terrain| resting_height(path, terrain, [0.3, 2.0, 0.2]));
    assert_eq!(rest[0], rest[1]);
    assert!((rest[0] - 0.36).abs() < 0.05, "{rest:?}");
}

#[test]
fn terrain_is_drawn_where_it_collides() {
    let grid =
        HeightGrid::from_numbers(3, &[0.0, 1.0, 0.5, 0.2, 0.9, 0.1, 0.7, 0.3, 0.8, 0.4, 0.6, 0.0]).expect("a grid");
    let shape = Shape::Terrain {
        size_m: [2.0, 3.0],
        heights: crate::Heights::Numbers { columns: 3, heights_m: grid.heights_m.clone() },
    };
    let collider = collision_shape(&shape, [1.0; 3], Some(&BodyGeometry::Heights(grid.clone()))).expect("a shape");
    let field = collider.as_heightfield().expect("a heightfield");
    let sorted = |mut triangles: Vec<[[i32; 3]; 3]>| {
        triangles.iter_mut().for_each(|triangle| triangle.sort_unstable());
        triangles.sort_unstable();
        triangles
    };
    let rounded = |point: [f32; 3]| point.map(|coordinate| (coordinate * 1e4).round() as i32);
    let collided =
        field.triangles().map(|triangle| [triangle.a, triangle.b, triangle.c].map(|p| rounded(p.to_array())));
    let surface = grid.surface([2.0, 3.0]);
    let corner = |index: u32| surface.positions_m[index as usize];
    let drawn = surface.triangles.iter().map(|corners| corners.map(|index| rounded(corner(index))));
    assert_eq!(sorted(collided.collect()), sorted(drawn.collect()));
    for corners in &surface.triangles {
        let [a, b, c] = corners.map(|index| Vec3::from_array(corner(index)));
        assert!((b - a).cross(c - a).y > 0.0, "seen from above");
    }
}

#[test]
fn pictures_that_are_no_heights_are_refused_with_the_remedy() {
    let folder = tempfile::tempdir().expect("a folder");
    image::RgbImage::new(4, 4).save(folder.path().join("colour.png")).expect("a picture");
    std::fs::write(folder.path().join("broken.png"), b"not a picture").expect("a file");
    let error = |file: &str| {
        let terrain =
            json!({ "size_m": [1.0, 1.0], "heights": { "Png": { "file": file, "lowest_m": 0.0, "highest_m": 1.0 } } });
        let part = rigid("ground", [0.0; 3], [0.0; 3], json!({ "shape": { "Terrain": terrain }, "body": "Fixed" }));
        try_shot_in(folder.path(), 1, json!([part]), json!([])).expect_err("no heights").to_string()
    };
    assert!(error("colour.png").contains("not grey; save it as a grey PNG with 16 bits"), "{}", error("colour.png"));
    assert!(error("broken.png").contains("save it as a grey PNG"), "{}", error("broken.png"));
    assert!(error("none.png").contains("there is no file"), "{}", error("none.png"));
    assert!(
        HeightGrid::from_numbers(3, &[0.0; 7]).is_err()
            && HeightGrid::from_numbers(2, &[0.0, f32::NAN, 0.0, 0.0]).is_err()
    );
}

#[test]
fn a_compound_rolls_on_all_of_its_pieces() {
    let dumbbell = json!({ "Compound": { "pieces": [
        { "shape": { "Ball": { "radius_m": 0.2 } }, "position_m": [-0.5, 0.0, 0.0] },
        { "shape": { "Ball": { "radius_m": 0.2 } }, "position_m": [0.5, 0.0, 0.0] },
        { "shape": { "Capsule": { "radius_m": 0.05, "half_height_m": 0.5 } }, "rotation_deg": [0.0, 0.0, 90.0] },
    ] } });
    let floor = rigid("floor", [0.0; 3], [0.0; 3], json!({ "shape": "HalfSpace", "body": "Fixed" }));
    let shot = shot(120, json!([floor, rigid("dumbbell", [0.0, 0.5, 0.0], [0.0; 3], json!({ "shape": dumbbell }))]));
    let mut world = world(&shot);
    run_frames(&mut world, 120);
    assert!((world.poses()[1].position_m[1] - 0.2).abs() < 0.01, "{:?}", world.poses()[1]);
}

/// The faces of a cube of 1 m without its top and a cavity of 0.8 m: a bucket, closed as a solid.
fn bucket() -> GltfGeometry {
    let ring = |half: f32, y: f32| [[-half, y, -half], [half, y, -half], [half, y, half], [-half, y, half]];
    let rings = [ring(0.5, 0.0), ring(0.5, 1.0), ring(0.4, 1.0), ring(0.4, 0.1)];
    let mut triangles = vec![[0, 1, 2], [0, 2, 3], [14, 13, 12], [15, 14, 12]];
    for level in 0..3_u32 {
        for corner in 0..4_u32 {
            let (a, b) = (level * 4 + corner, level * 4 + (corner + 1) % 4);
            triangles.extend([[a, a + 4, b], [b, a + 4, b + 4]]);
        }
    }
    GltfGeometry { positions_m: rings.as_flattened().to_vec(), triangles }
}

#[test]
fn a_decomposed_bucket_is_hollow_and_its_hull_is_not() {
    let shape = |collider: MeshCollider| Shape::Mesh { file: String::new(), node: None, collider };
    let geometry = BodyGeometry::Meshes(vec![bucket()]);
    let build = |collider| collision_shape(&shape(collider), [1.0; 3], Some(&geometry)).expect("a shape");
    let hull = build(MeshCollider::ConvexHull);
    let decomposed = build(MeshCollider::Decomposed { max_hulls: 32, voxels: 48 });
    let pieces = decomposed.as_compound().expect("a compound").shapes().len();
    let (full, hollow) = (hull.mass_properties(1.0).mass(), decomposed.mass_properties(1.0).mass());
    assert!((full - 1.0).abs() < 1e-3 && pieces > 4, "{full} m³, {pieces} pieces");
    // The solid itself has 1 - 0.8 · 0.8 · 0.9 = 0.424 m³.
    assert!(hollow < 0.6 && hollow > 0.35, "{hollow} m³ in {pieces} pieces");
    let again = build(MeshCollider::Decomposed { max_hulls: 32, voxels: 48 });
    assert_eq!(again.mass_properties(1.0).mass().to_bits(), hollow.to_bits(), "the same every time");
    let flat = BodyGeometry::Meshes(vec![GltfGeometry { positions_m: vec![[0.0; 3]; 3], triangles: vec![[0, 1, 2]] }]);
    assert!(
        collision_shape(&shape(MeshCollider::Decomposed { max_hulls: 8, voxels: 32 }), [1.0; 3], Some(&flat)).is_err()
    );
}

#[test]
fn materials_combine_by_rule_and_pairs_come_first() {
    // On a slope of 30° a block slides exactly if friction is below 0.577.
    let slides = |slope: Value, block: Value, materials: Vec<Value>| {
        let mut slope_settings = json!({ "shape": "HalfSpace", "body": "Fixed" });
        let mut block_settings = json!({ "shape": { "Box": { "size_m": [0.4, 0.2, 0.4] } }, "can_sleep": false });
        for (settings, extra) in [(&mut slope_settings, slope), (&mut block_settings, block)] {
            for (name, value) in extra.as_object().expect("an object") {
                settings[name] = value.clone();
            }
        }
        let (sin, cos) = 30_f64.to_radians().sin_cos();
        let tilt = [0.0, 0.0, -30.0];
        let mut parts = vec![
            rigid("slope", [0.0; 3], tilt, slope_settings),
            rigid("block", [sin * 0.1, cos * 0.1, 0.0], tilt, block_settings),
        ];
        parts.extend(materials);
        let shot = shot(60, json!(parts));
        let mut world = world(&shot);
        run_frames(&mut world, 60);
        world.poses()[1].position_m[0] > 0.3
    };
    let material = |id: &str, settings: Value| json!({ "id": id, "part": { "PhysicsMaterial": settings } });
    let ice = |settings: Value| {
        let mut ice = json!({ "friction": 0.1 });
        for (name, value) in settings.as_object().expect("an object") {
            ice[name] = value.clone();
        }
        vec![material("ice", ice), material("rubber", json!({ "friction": 0.8 }))]
    };
    let (on_ice, rubber) = (json!({ "material": "ice" }), json!({ "material": "rubber" }));
    assert!(slides(on_ice.clone(), rubber.clone(), ice(json!({}))), "the mean is 0.45");
    assert!(!slides(on_ice.clone(), rubber.clone(), ice(json!({ "friction_rule": "Max" }))));
    assert!(slides(on_ice.clone(), rubber.clone(), ice(json!({ "friction_rule": "Min" }))));
    let pair = json!({ "pairs": [{ "with": "rubber", "friction": 0.9, "restitution": 0.0 }] });
    assert!(!slides(on_ice.clone(), rubber.clone(), ice(pair.clone())));
    assert!(!slides(rubber.clone(), on_ice.clone(), ice(pair.clone())), "whichever of the two is named first");
    assert!(slides(on_ice.clone(), json!({}), ice(pair)), "other pairs follow the rules");
    assert!(
        !slides(json!({ "material": "ice", "friction": 2.0 }), rubber, ice(json!({}))),
        "a body's own number comes first"
    );
    let contradiction = json!([
        material("a", json!({ "pairs": [{ "with": "b", "friction": 0.9, "restitution": 0.0 }] })),
        material("b", json!({ "pairs": [{ "with": "a", "friction": 0.8, "restitution": 0.0 }] })),
    ]);
    let error =
        try_shot_in(std::path::Path::new("."), 1, contradiction, json!([])).expect_err("two values").to_string();
    assert!(error.contains("`a` says something else about itself and `b`"), "{error}");
}

#[test]
fn a_cone_twist_joint_stops_at_its_swing_and_lets_go_below() {
    let swung = |swing_deg: f64| {
        let hook = json!({ "shape": { "Ball": { "radius_m": 0.05 } }, "body": "Fixed" });
        let rod = json!({ "shape": { "Box": { "size_m": [0.1, 1.0, 0.1] } }, "can_sleep": false, "angular_damping": 2.0,
            "gravity_scale": 0.0, "angular_velocity_rad_s": [0.0, 0.0, 4.0] });
        let kind = json!({ "ConeTwist": { "axis": [0.0, 1.0, 0.0], "swing_deg": swing_deg, "twist_deg": 10.0 } });
        let joint = json!({ "body_a": "hook", "body_b": "rod", "kind": kind, "anchor_b_m": [0.0, 0.5, 0.0] });
        let parts = json!([rigid("hook", [0.0; 3], [0.0; 3], hook), rigid("rod", [0.0, -0.5, 0.0], [0.0; 3], rod),
            { "id": "joint", "part": { "Joint": joint } }]);
        let shot = shot(180, parts);
        let mut world = world(&shot);
        let mut most_deg = 0.0_f32;
        for _ in 0..180 {
            world.step_frame().expect("a step");
            let axis = world.poses()[1].to_transform(Vec3::ONE).rotation * Vec3::Y;
            most_deg = most_deg.max(axis.angle_between(Vec3::Y).to_degrees());
        }
        most_deg
    };
    assert!((swung(30.0) - 30.0).abs() < 2.0, "{}", swung(30.0));
    assert!((swung(60.0) - 60.0).abs() < 2.0, "{}", swung(60.0));
}

#[test]
fn a_track_drives_a_motor_and_changes_the_bake() {
    let hook = rigid("hook", [0.0; 3], [0.0; 3], json!({ "shape": { "Ball": { "radius_m": 0.05 } }, "body": "Fixed" }));
    let wheel =
        rigid("wheel", [0.0; 3], [0.0; 3], json!({ "shape": { "Ball": { "radius_m": 0.2 } }, "can_sleep": false }));
    let kind = json!({ "Revolute": { "axis": [0.0, 1.0, 0.0], "motor": { "Speed": { "target_rad_s": 0.0 } } } });
    let joint = json!({ "id": "axle", "part": { "Joint": { "body_a": "hook", "body_b": "wheel", "kind": kind } } });
    let driven = |end: f64| {
        let tracks = json!([{ "target": "axle/motor/target", "keys": [{ "frame": 0, "value": 0.0 }, { "frame": 60, "value": end }] }]);
        try_shot_in(std::path::Path::new("."), 90, json!([hook, wheel, joint]), tracks).expect("a valid shot")
    };
    let mut world = world(&driven(6.0));
    run_frames(&mut world, 30);
    assert!((world.velocities()[1].angular_rad_s[1] - 3.0).abs() < 0.1, "{:?}", world.velocities()[1]);
    run_frames(&mut world, 60);
    assert!((world.velocities()[1].angular_rad_s[1] - 6.0).abs() < 0.05, "{:?}", world.velocities()[1]);
    let ball = json!({ "id": "axle", "part": { "Joint": { "body_a": "hook", "body_b": "wheel", "kind": "Ball" } } });
    let tracks = json!([{ "target": "axle/motor/target", "keys": [{ "frame": 0, "value": 0.0 }] }]);
    let error = try_shot_in(std::path::Path::new("."), 1, json!([hook, wheel, ball]), tracks).expect_err("no motor");
    assert!(error.to_string().contains("drives a joint without a motor"), "{error}");
    let key = |shot: &std::sync::Arc<kinema_core::LoadedShot>| {
        crate::bake_key::bake_key(shot, &crate::PhysicsScene::from_shot(shot).expect("a scene"), &[], &[])
            .expect("a key")
    };
    assert_ne!(key(&driven(6.0)), key(&driven(7.0)));
}

#[test]
fn hulls_of_a_file_are_chosen_in_the_shot() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("tetra.glb"), super::glb::sample_glb()).expect("a file");
    let floor = rigid("floor", [0.0; 3], [0.0; 3], json!({ "shape": "HalfSpace", "body": "Fixed" }));
    for collider in [json!("ConvexHull"), json!("HullPerPrimitive"), json!({ "Decomposed": {} })] {
        let shape = json!({ "Mesh": { "file": "tetra.glb", "collider": collider } });
        let body = rigid("tetra", [0.0, 3.0, 0.0], [0.0; 3], json!({ "shape": shape }));
        let mut world = world(&shot_in(folder.path(), 240, json!([floor, body])));
        run_frames(&mut world, 240);
        let height_m = world.poses()[1].position_m[1];
        assert!(height_m.abs() < 2.5, "{collider}: it lies on the floor, not at {height_m} m");
    }
}
