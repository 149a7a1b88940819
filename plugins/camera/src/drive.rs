//! The one camera that draws, driven by the active part.

use bevy::anti_alias::taa::TemporalAntiAliasing;
use bevy::camera::{Camera as BevyCamera, Camera3d, Exposure, PerspectiveProjection, Projection};
use bevy::core_pipeline::prepass::PreviousViewData;
use bevy::diagnostic::FrameCount;
use bevy::math::Mat4;
use bevy::post_process::bloom::Bloom;
use bevy::post_process::dof::DepthOfField;
use bevy::prelude::*;
use kinema_core::{ActiveShot, Blame, Blamed, Faults, FrameTime, Look, PartIndex};

use crate::aim::{Places, focus_distance_m, world_from_camera};
use crate::look::{defocus, dress, glow};
use crate::optics::frustum;
use crate::shot::Camera;

/// Farthest distance that is drawn, metres. The depth buffer itself has no far end.
const FAR_M: f32 = 20_000.0;

/// Marks the camera that draws the shot: one per app, spawned with the first Camera part. Cuts move it.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShotCamera;

/// No Camera part is active.
#[derive(Debug, thiserror::Error)]
#[error("no camera is active; add a part Camera, or keep one active at every frame")]
pub struct NoActiveCamera;

impl Blamed for NoActiveCamera {
    fn blame(&self) -> Blame {
        Blame::User
    }
}

/// What the last frame was drawn with, to know when history does not continue.
#[derive(Resource, Default)]
pub struct Continuity {
    last: Option<(i64, Entity)>,
    dressed: Option<Look>,
    /// This frame does not continue the one before: a cut, or a jump in time.
    pub restarts: bool,
    /// A frame without any camera was reported.
    missing: bool,
}

/// Places, lenses and dresses the shot camera. Runs after everything has moved.
pub fn drive_camera(
    shot: Option<Res<ActiveShot>>,
    time: Option<Res<FrameTime>>,
    parts: Query<(Entity, &Camera, &PartIndex)>,
    places: Places,
    existing: Query<(Entity, &BevyCamera), With<ShotCamera>>,
    mut continuity: ResMut<Continuity>,
    mut faults: ResMut<Faults>,
    mut commands: Commands,
) {
    let (Some(shot), Some(time)) = (shot, time) else { return };
    let active = parts.iter().filter(|(_, camera, _)| camera.active).min_by_key(|(.., index)| **index);
    let Some((part, camera, _)) = active else {
        if !continuity.missing {
            faults.report(&NoActiveCamera);
            continuity.missing = true;
        }
        return;
    };
    continuity.missing = false;
    continuity.restarts = continuity.last != Some((time.frame - 1, part));
    continuity.last = Some((time.frame, part));

    let place = world_from_camera(
        places.world_from_part(part).unwrap_or_default(),
        camera.look_at.as_ref().and_then(|aim| places.point(aim)),
        camera.roll_deg,
    );
    let focus_m = focus_distance_m(camera, &place, camera.focus_on.as_ref().and_then(|aim| places.point(aim)));
    let output = &shot.shot.output;
    let frustum = frustum(camera.focal_length_mm, camera.sensor_width_mm, output);
    let projection = Projection::Perspective(PerspectiveProjection {
        fov: frustum.vertical_fov_rad,
        aspect_ratio: frustum.aspect,
        near: camera.near_m,
        far: FAR_M,
        ..default()
    });

    let drawn = existing.iter().next();
    // A preview is smaller than the shot's output.
    let height_px = drawn.and_then(|(_, bevy)| bevy.physical_target_size()).map_or(output.height, |size| size.y);
    let mut entity = match drawn {
        Some((entity, _)) => commands.entity(entity),
        None => {
            continuity.dressed = None;
            commands.spawn((ShotCamera, Camera3d::default(), BevyCamera::default()))
        }
    };
    entity.insert((place, projection));
    let look = &shot.shot.look;
    if continuity.dressed.as_ref() != Some(look) {
        dress(&mut entity, look);
        continuity.dressed = Some(look.clone());
        continuity.restarts = true;
    }
    entity.insert(Exposure { ev100: camera.ev100.unwrap_or(look.exposure_ev100) });
    match glow(look, height_px) {
        Some(bloom) => entity.insert(bloom),
        None => entity.remove::<Bloom>(),
    };
    match defocus(camera, frustum.sensor_height_m, focus_m, height_px) {
        Some(blur) => entity.insert(blur),
        None => entity.remove::<DepthOfField>(),
    };
}

/// Drops the temporal history where it does not continue.
pub fn restart_history(continuity: Res<Continuity>, mut cameras: Query<&mut TemporalAntiAliasing, With<ShotCamera>>) {
    for mut antialiasing in &mut cameras {
        if continuity.restarts && !antialiasing.reset {
            antialiasing.reset = true;
        }
    }
}

/// Across a cut the camera did not move: without this, everything would smear from the old view to the new.
pub fn hold_previous_view(
    continuity: Res<Continuity>,
    cameras: Query<(Entity, &BevyCamera, &GlobalTransform), With<ShotCamera>>,
    mut commands: Commands,
) {
    if !continuity.restarts {
        return;
    }
    for (entity, camera, place) in &cameras {
        let view_from_world = Mat4::from(place.affine().inverse());
        let clip_from_view = camera.clip_from_view();
        let view_from_clip = clip_from_view.inverse();
        commands.entity(entity).insert(PreviousViewData {
            view_from_world,
            clip_from_world: clip_from_view * view_from_world,
            clip_from_view,
            world_from_clip: Mat4::from(place.affine()) * view_from_clip,
            view_from_clip,
        });
    }
}

/// Bevy's shaders take jitter and noise from the frame counter, with periods that divide this.
const COUNTER_PERIOD: u32 = 1024;

/// Makes Bevy's frame counter agree with the shot's frame, so that jitter and noise are the frame's own, whatever was
/// drawn before. It still only grows, because Bevy compares it with the time stamps of changed meshes.
pub fn count_shot_frames(time: Option<Res<FrameTime>>, count: Option<ResMut<FrameCount>>, mut last: Local<u32>) {
    let (Some(time), Some(mut count)) = (time, count) else { return };
    let phase = time.frame.rem_euclid(i64::from(COUNTER_PERIOD)) as u32;
    let next = last.wrapping_add(1);
    *last = next.wrapping_add(phase.wrapping_sub(next) % COUNTER_PERIOD);
    count.0 = *last;
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use kinema_core::{DirectorPlugin, Format, FrameSet, PartRegistry, parse_shot, spawn_shot};

    use super::*;
    use crate::CameraPlugin;

    const SHOT: &str = r#"(
        schema: 1,
        timeline: (rate: "24/1", frames: 10),
        output: (width: 160, height: 90),
        parts: [
            (id: "a", position: (0, 1, 4), part: Camera(look_at: Some(Part(id: "b")), focus_on: Some(Part(id: "b")),
                depth_of_field: true)),
            (id: "b", part: Camera(ev100: Some(3), focal_length_mm: 85)),
        ],
        tracks: [
            (target: "a/active", keys: [(frame: 0, value: true, curve: Step), (frame: 5, value: false)]),
            (target: "b/position", keys: [(frame: 0, value: (0, 1, 0)), (frame: 4, value: (4, 1, 0))]),
        ],
    )"#;

    fn app(text: &str) -> App {
        let mut app = App::new();
        app.init_resource::<FrameCount>()
            .add_systems(Last, bevy::diagnostic::update_frame_count)
            .configure_sets(Update, (FrameSet::Direct, FrameSet::Deform).chain())
            .add_plugins((DirectorPlugin, CameraPlugin));
        let registry = app.world().resource::<PartRegistry>().clone();
        let shot = parse_shot(text.as_bytes(), Path::new("test.shot.ron"), Format::Ron, &registry).unwrap();
        spawn_shot(app.world_mut(), Arc::new(shot));
        app
    }

    fn draw(app: &mut App, frame: i64) -> (Transform, bool, u32) {
        app.world_mut().resource_mut::<FrameTime>().frame = frame;
        app.update();
        let place = *app.world_mut().query_filtered::<&Transform, With<ShotCamera>>().single(app.world()).unwrap();
        (place, app.world().resource::<Continuity>().restarts, app.world().resource::<FrameCount>().0)
    }

    #[test]
    fn camera_follows_a_part_in_the_same_frame_and_keeps_it_in_focus() {
        let mut app = app(SHOT);
        let (place, ..) = draw(&mut app, 4);
        assert!((*place.forward() - Vec3::new(4.0, 0.0, -4.0).normalize()).length() < 1e-5, "{place:?}");
        let world = app.world_mut();
        let focus = world.query::<&DepthOfField>().single(world).unwrap().focal_distance;
        assert!((focus - 32f32.sqrt()).abs() < 1e-4, "{focus}");
    }

    #[test]
    fn history_restarts_at_cuts_and_jumps_only() {
        let mut app = app(SHOT);
        let restarts: Vec<bool> = [0, 1, 2, 2, 3, 4, 5, 6, 1, 2].map(|f| draw(&mut app, f).1).to_vec();
        assert_eq!(restarts, [true, false, false, true, false, false, true, false, true, false]);
        draw(&mut app, 6);
        let world = app.world_mut();
        assert!((world.query::<&Exposure>().single(world).unwrap().ev100 - 3.0).abs() < 1e-6, "the second camera's");
        assert_eq!(world.query::<&ShotCamera>().iter(world).count(), 1);
    }

    #[test]
    fn frame_counter_has_the_frames_phase_and_only_grows() {
        let mut app = app(SHOT);
        let frames = [-8, -7, 0, 1, 1, 2, 0, 5];
        let counts = frames.map(|f| draw(&mut app, f).2);
        assert!(counts.is_sorted_by(|a, b| a < b), "{counts:?}");
        for (frame, count) in frames.iter().zip(counts) {
            assert_eq!(i64::from(count % COUNTER_PERIOD), frame.rem_euclid(i64::from(COUNTER_PERIOD)));
        }
    }

    #[test]
    fn no_active_camera_is_reported_once() {
        let mut app = app(&SHOT.replace("Camera(ev100", "Camera(active: false, ev100"));
        draw(&mut app, 0);
        assert_eq!(app.world().resource::<Faults>().iter().count(), 0);
        for frame in [6, 7] {
            draw(&mut app, frame);
        }
        let faults: Vec<String> = app.world().resource::<Faults>().iter().map(ToString::to_string).collect();
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].contains("add a part Camera"), "{faults:?}");
    }
}
