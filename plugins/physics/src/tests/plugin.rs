//! The plugin in an app: bare, and with assets but without a window or a GPU.

use std::sync::Arc;

use bevy::app::App;
use bevy::asset::Assets;
use bevy::ecs::hierarchy::Children;
use bevy::image::Image;
use bevy::mesh::{Mesh, Mesh3d};
use bevy::pbr::{MeshMaterial3d, StandardMaterial};
use bevy::prelude::{Entity, Transform, Visibility};
use kinema_core::{Faults, FrameTime, LoadedShot, PartEntities, PartRegistry, PartVisible, spawn_shot};
use serde_json::json;

use super::{rigid, run_frames, shot, shot_in, world};
use crate::{PhysicsEvent, PhysicsEvents, PhysicsPlugin, PhysicsSettings, Rigid};

fn app(shot: &Arc<LoadedShot>, bakes: &tempfile::TempDir) -> App {
    let mut app = App::new();
    app.init_resource::<Assets<Mesh>>().init_resource::<Assets<StandardMaterial>>().init_resource::<Assets<Image>>();
    app.insert_resource(PhysicsSettings { bake_dir: bakes.path().to_path_buf() });
    app.add_plugins(PhysicsPlugin);
    app.finish();
    spawn_shot(app.world_mut(), Arc::clone(shot));
    app
}

fn entity(app: &App, index: usize) -> Entity {
    app.world().resource::<PartEntities>().0[index]
}

fn show(app: &mut App, frame: i64) {
    app.world_mut().resource_mut::<FrameTime>().frame = frame;
    app.update();
}

#[test]
fn a_bare_app_gets_the_parts() {
    let mut app = App::new();
    app.add_plugins(PhysicsPlugin);
    app.finish();
    let kinds: Vec<&str> = app.world().resource::<PartRegistry>().kinds().collect();
    assert_eq!(kinds, ["Fluid", "Grip", "Joint", "PhysicsMaterial", "PhysicsWorld", "Ragdoll", "Rigid", "Wind"]);
    app.update();
}

#[test]
fn dynamic_bodies_stand_where_the_simulation_has_them_in_any_order_of_frames() {
    let bakes = tempfile::tempdir().expect("a folder");
    let mut parts = json!([
        rigid("floor", [0.0; 3], [0.0; 3], json!({ "shape": "HalfSpace", "body": "Fixed" })),
        rigid("ball", [0.0, 1.0, 0.0], [0.0; 3], json!({ "shape": { "Ball": { "radius_m": 0.1 } } })),
    ]);
    parts[1]["scale"] = json!([2.0, 2.0, 2.0]);
    let shot = shot(30, parts);
    let mut stepped = world(&shot);
    run_frames(&mut stepped, 20);
    let mut app = app(&shot, &bakes);
    for frame in [29, 20, -3, 20] {
        show(&mut app, frame);
    }
    let transform = *app.world().entity(entity(&app, 1)).get::<Transform>().expect("a transform");
    assert_eq!(transform, stepped.poses()[1].to_transform(bevy::math::Vec3::splat(2.0)));
    show(&mut app, -3);
    let start = app.world().entity(entity(&app, 1)).get::<Transform>().expect("a transform");
    assert_eq!(start.translation.to_array(), [0.0, 1.0, 0.0]);
    assert_eq!(app.world().resource::<Faults>().iter().count(), 0);
}

#[test]
fn what_happened_is_told_for_the_frame_being_made_in_any_order_of_frames() {
    let bakes = tempfile::tempdir().expect("a folder");
    let gate = json!({ "shape": { "Box": { "size_m": [1.0, 0.2, 1.0] } }, "body": "Fixed", "sensor": true });
    let ball = json!({ "shape": { "Ball": { "radius_m": 0.1 } } });
    let shot =
        shot(60, json!([rigid("gate", [0.0; 3], [0.0; 3], gate), rigid("ball", [0.0, 1.0, 0.0], [0.0; 3], ball)]));
    let mut app = app(&shot, &bakes);
    let mut told = |frame: i64| {
        show(&mut app, frame);
        let happened = app.world().resource::<PhysicsEvents>();
        (happened.events.clone(), happened.inside.len())
    };
    // Its lowest point meets the gate after 0.8 m of fall, its highest leaves it after 1.2 m.
    let entered =
        (20..30).find(|frame| told(*frame).0 == [PhysicsEvent::Entered { sensor: 0, body: 1 }]).expect("entered");
    assert!((entered - 25).abs() <= 1, "frame {entered}");
    assert_eq!(told(59), (Vec::new(), 0));
    assert_eq!(told(entered + 1), (Vec::new(), 1));
    assert_eq!(told(entered - 1), (Vec::new(), 0));
}

#[test]
fn bodies_get_meshes_and_follow_their_surface() {
    let bakes = tempfile::tempdir().expect("a folder");
    std::fs::write(bakes.path().join("tetra.glb"), super::glb::sample_glb()).expect("a file");
    let shot = shot_in(
        bakes.path(),
        5,
        json!([
            rigid("ball", [0.0; 3], [0.0; 3], json!({ "shape": { "Ball": { "radius_m": 0.1 } } })),
            rigid("twin", [1.0; 3], [0.0; 3], json!({ "shape": { "Ball": { "radius_m": 0.1 } } })),
            rigid("tetra", [5.0; 3], [0.0; 3], json!({ "shape": { "Mesh": { "file": "tetra.glb" } } })),
        ]),
    );
    let mut app = app(&shot, &bakes);
    show(&mut app, 0);
    let drawn = |app: &App, index: usize| -> (Mesh3d, MeshMaterial3d<StandardMaterial>) {
        let children = app.world().entity(entity(app, index)).get::<Children>().expect("children").to_vec();
        let [child] = children.as_slice() else { panic!("one child, not {}", children.len()) };
        let child = app.world().entity(*child);
        (
            child.get::<Mesh3d>().expect("a mesh").clone(),
            child.get::<MeshMaterial3d<StandardMaterial>>().expect("a material").clone(),
        )
    };
    let (ball, ball_material) = drawn(&app, 0);
    let (twin, twin_material) = drawn(&app, 1);
    assert_eq!(ball.0, twin.0, "equal shapes share one mesh");
    assert_ne!(ball_material.0, twin_material.0);
    let (tetra, tetra_material) = drawn(&app, 2);
    let mesh = app.world().resource::<Assets<Mesh>>().get(&tetra.0).expect("the mesh").clone();
    assert!(mesh.contains_attribute(Mesh::ATTRIBUTE_TANGENT), "a normal map needs tangents");
    let material =
        app.world().resource::<Assets<StandardMaterial>>().get(&tetra_material.0).expect("the material").clone();
    assert!(material.base_color_texture.is_some() && material.normal_map_texture.is_some() && material.double_sided);

    let changed = entity(&app, 0);
    app.world_mut().entity_mut(changed).get_mut::<Rigid>().expect("a body").surface.metallic = 1.0;
    show(&mut app, 1);
    let material =
        app.world().resource::<Assets<StandardMaterial>>().get(&ball_material.0).expect("the material").metallic;
    assert_eq!(material, 1.0);
    app.world_mut().entity_mut(changed).insert(PartVisible(false));
    show(&mut app, 2);
    let child = app.world().entity(changed).get::<Children>().expect("children")[0];
    assert_eq!(app.world().entity(child).get::<Visibility>(), Some(&Visibility::Hidden));
    assert_eq!(app.world().entity(changed).get::<Visibility>(), Some(&Visibility::Inherited));
    assert_eq!(drawn(&app, 0).0.0, ball.0);
}

#[test]
fn a_shot_that_cannot_be_simulated_is_a_fault_and_not_a_panic() {
    let bakes = tempfile::tempdir().expect("a folder");
    let mut part = rigid("ball", [0.0; 3], [0.0; 3], json!({ "shape": { "Ball": { "radius_m": 0.1 } } }));
    part["scale"] = json!([1.0, 2.0, 1.0]);
    let mut app = app(&shot(5, json!([part])), &bakes);
    show(&mut app, 0);
    show(&mut app, 1);
    let faults: Vec<String> = app.world().resource::<Faults>().iter().map(ToString::to_string).collect();
    assert_eq!(faults.len(), 1);
    assert!(faults[0].contains("part `ball`") && faults[0].contains("differs between directions"), "{faults:?}");
}

#[test]
fn people_are_driven_to_where_the_bake_has_them_in_any_order_of_frames() {
    let bakes = tempfile::tempdir().expect("a folder");
    let shot = super::puppet::shot(
        30,
        json!([
            rigid("floor", [0.0; 3], [0.0; 3], json!({ "shape": "HalfSpace", "body": "Fixed" })),
            { "id": "ann", "part": { "Human": {} } },
            { "id": "doll", "part": { "Ragdoll": { "person": "ann", "mode": "Limp", "from_frame": 4 } } },
        ]),
    );
    let other = tempfile::tempdir().expect("a folder");
    let store = kinema_core::BakeStore::new(other.path().to_path_buf());
    let mut drive = crate::person::drive::open_drive(&shot, &store).expect("no fault").expect("people");
    let mut app = app(&shot, &bakes);
    let ann = app.world().resource::<PartEntities>().0[1];
    for frame in [20, 4, 5, 29, 20] {
        show(&mut app, frame);
        let driven = app.world().get::<kinema_core::DrivenFigure>(ann).expect("a driven person");
        for frame in [frame - 1, frame] {
            let expected = drive.poses(frame).expect("poses").pop().map(|(_, pose)| pose);
            assert_eq!(driven.at(frame), expected.as_ref(), "frame {frame}");
            assert_eq!(expected.is_some(), frame > 4);
        }
    }
}
