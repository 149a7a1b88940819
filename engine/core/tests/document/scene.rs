//! A loaded shot in a Bevy world.

use std::sync::Arc;

use bevy_app::{App, Update};
use bevy_ecs::prelude::*;
use bevy_math::{Quat, Vec3};
use bevy_transform::TransformPlugin;
use bevy_transform::components::{GlobalTransform, Transform};
use kinema_core::{
    ActiveShot, DirectorPlugin, FrameSet, FrameTime, LoadedShot, PartEntities, PartId, PartIndex, PartVisible,
    ShotAppExt, spawn_shot,
};

use crate::kinds::{Human, Marker, Rigid, SAMPLE, ron, shot_with};

#[derive(Resource, Default)]
struct Changes {
    humans: usize,
    transforms: usize,
    visible: usize,
}

fn count_changes(
    mut changes: ResMut<Changes>,
    humans: Query<(), Changed<Human>>,
    transforms: Query<(), Changed<Transform>>,
    visible: Query<(), Changed<PartVisible>>,
) {
    let counts = (humans.iter().count(), transforms.iter().count(), visible.iter().count());
    *changes = Changes { humans: counts.0, transforms: counts.1, visible: counts.2 };
}

fn app_with(shot: LoadedShot) -> App {
    let mut app = App::new();
    app.add_plugins((TransformPlugin, DirectorPlugin)).init_resource::<Changes>();
    app.register_shot_part::<Rigid>().register_shot_part::<Human>().register_shot_part::<Marker>();
    app.add_systems(Update, count_changes.after(FrameSet::Direct));
    spawn_shot(app.world_mut(), Arc::new(shot));
    app
}

fn at_frame(app: &mut App, frame: i64) {
    app.world_mut().resource_mut::<FrameTime>().frame = frame;
    app.update();
}

fn entity(app: &App, index: usize) -> EntityRef<'_> {
    app.world().entity(app.world().resource::<PartEntities>().0[index])
}

#[test]
fn parts_become_entities_in_document_order() {
    let app = app_with(ron(SAMPLE));
    let ids: Vec<(&str, u32)> = (0..6)
        .map(|index| entity(&app, index))
        .map(|part| (part.get::<PartId>().expect("an id").0.as_str(), part.get::<PartIndex>().expect("an index").0))
        .collect();
    assert_eq!(ids, [("ball", 1), ("anna", 2), ("hull", 3), ("box", 4), ("pill", 5), ("m.0-1_a", 6)]);
    assert_eq!(entity(&app, 1).get::<ChildOf>().map(ChildOf::parent), Some(entity(&app, 0).id()));
    assert_eq!(entity(&app, 1).get::<PartVisible>(), Some(&PartVisible(false)));
    assert!(entity(&app, 0).contains::<Rigid>() && entity(&app, 1).contains::<Human>());
    assert_eq!(entity(&app, 0).get::<Transform>().map(|t| t.translation), Some(Vec3::new(0.0, 1.5, -5.0)));
    assert_eq!(app.world().resource::<FrameTime>().substeps, 4);
}

#[test]
fn tracks_drive_transforms_properties_and_visibility() {
    let parts =
        "(id: \"a\", position: (1, 2, 3), part: Human()), (id: \"b\", parent: \"a\", part: Rigid(shape: Nothing))";
    let tracks = r#"(target: "a/position/y", keys: [(frame: 0, value: 0), (frame: 10, value: 10)]),
        (target: "a/rotation_deg", keys: [(frame: 0, value: (0, 0, 0)), (frame: 10, value: (90, 90, 0))]),
        (target: "a/face/jawOpen", keys: [(frame: 0, value: 0), (frame: 10, value: 1)]),
        (target: "a/visible", keys: [(frame: 0, value: true), (frame: 5, value: false)]),
        (target: "b/velocity", keys: [(frame: 0, value: (0, 0, 0)), (frame: 2, value: (2, 4, 6))]),
        (target: "b/kinematic", keys: [(frame: 0, value: false), (frame: 1, value: true)])"#;
    let mut app = app_with(ron(&shot_with(parts, tracks)));
    at_frame(&mut app, 0);
    at_frame(&mut app, 5);
    let a = entity(&app, 0);
    assert_eq!(a.get::<Transform>().map(|t| t.translation), Some(Vec3::new(1.0, 5.0, 3.0)));
    assert_eq!(a.get::<Human>().and_then(|human| human.face.get("jawOpen").copied()), Some(0.5));
    assert_eq!(a.get::<PartVisible>(), Some(&PartVisible(false)));
    let changes = app.world().resource::<Changes>();
    assert_eq!((changes.humans, changes.transforms, changes.visible), (1, 1, 1));
    // The same frame again writes nothing.
    at_frame(&mut app, 5);
    let changes = app.world().resource::<Changes>();
    assert_eq!((changes.humans, changes.transforms, changes.visible), (0, 0, 0));

    at_frame(&mut app, 1);
    let b = entity(&app, 1);
    let rigid = b.get::<Rigid>().expect("a rigid part");
    assert_eq!((rigid.velocity, rigid.mode), ([1.0, 2.0, 3.0], crate::kinds::Mode::Kinematic));

    // Blender: x first, then y, both about the axes of the parent. x -> -z, y -> x, z -> -y... of a turned body.
    at_frame(&mut app, 10);
    let turned = entity(&app, 0).get::<Transform>().expect("a transform").rotation;
    let expected = Quat::from_rotation_y(90_f32.to_radians()) * Quat::from_rotation_x(90_f32.to_radians());
    assert!(turned.dot(expected).abs() > 0.999_999, "{turned:?} {expected:?}");
    assert!((turned * Vec3::Y - Vec3::X).length() < 1e-6, "{:?}", turned * Vec3::Y);
}

#[test]
fn world_transforms_agree_with_bevy_at_every_frame() {
    let mut app = app_with(ron(SAMPLE));
    for frame in [-10, 0, 7, 15, 29, 40] {
        at_frame(&mut app, frame);
        let shot = app.world().resource::<ActiveShot>();
        for index in 0..shot.shot.parts.len() {
            let ours = shot.world_transform_at(index, frame as f64).affine();
            let bevys = entity(&app, index).get::<GlobalTransform>().expect("a global transform").affine();
            assert!(ours.abs_diff_eq(bevys, 1e-4), "frame {frame}, part {index}:\n{ours:?}\n{bevys:?}");
        }
    }
}

#[test]
fn a_new_shot_replaces_the_old_one() {
    let mut app = app_with(ron(SAMPLE));
    let old = app.world().resource::<PartEntities>().clone();
    spawn_shot(app.world_mut(), Arc::new(ron(&shot_with("(id: \"only\", part: Marker())", ""))));
    app.update();
    assert!(old.0.iter().all(|entity| app.world().get_entity(*entity).is_err()));
    assert_eq!(app.world_mut().query::<&PartId>().iter(app.world()).count(), 1);
    // A part that the program takes away is left alone.
    let only = app.world().resource::<PartEntities>().0[0];
    app.world_mut().despawn(only);
    app.update();
}
