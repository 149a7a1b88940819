//! The frame as one chain of sets, and the two clocks that can drive it.

use bevy::core_pipeline::schedule::{Core3d, Core3dSystems};
use bevy::core_pipeline::tonemapping::tonemapping;
use bevy::prelude::*;
use bevy::render::RenderApp;
use kinema_core::{ActiveShot, BuildIdentity, Faults, FrameSet, FrameTime, PartRegistry, PartVisible};

/// What moves [`FrameTime`] on.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlayClock {
    /// The program sets [`FrameTime`] itself before each update. Headless runs do.
    #[default]
    Stepped,
    /// Real time at the shot's rate, starting over at the end. For apps with a window.
    RealTime,
}

/// Registers the frame table of the crate's documentation.
pub struct FramePlugin;

impl Plugin for FramePlugin {
    fn build(&self, app: &mut App) {
        let [clock, direct, perceive, simulate, deform, draw, neural, deliver] = FrameSet::ORDER;
        let build = BuildIdentity(crate::build_identity());
        app.init_resource::<PartRegistry>();
        app.world_mut().resource_mut::<PartRegistry>().set_build(build.clone());
        app.insert_resource(build)
            .init_resource::<PlayClock>()
            .init_resource::<Faults>()
            .configure_sets(Update, (clock, direct, perceive, simulate, deform).chain())
            .add_systems(
                Update,
                (
                    play_in_real_time
                        .run_if(resource_exists::<Time>.and_then(resource_equals(PlayClock::RealTime)))
                        .in_set(clock),
                    show_parts.in_set(direct).after(kinema_core::direct),
                ),
            );
        // Plugins add meshes, images and materials, and report failures, in any order: what is drawn depends on what
        // was added, not on which came first.
        app.allow_ambiguous_resource::<Faults>()
            .allow_ambiguous_resource::<Assets<Mesh>>()
            .allow_ambiguous_resource::<Assets<Image>>()
            .allow_ambiguous_resource::<Assets<StandardMaterial>>();
        let Some(render_app) = app.get_sub_app_mut(RenderApp) else {
            return;
        };
        render_app.configure_sets(
            Core3d,
            (
                (draw, neural, deliver).chain(),
                draw.after(Core3dSystems::Prepass).before(Core3dSystems::EarlyPostProcess),
                neural.after(Core3dSystems::EarlyPostProcess).before(tonemapping),
            ),
        );
    }
}

fn play_in_real_time(time: Res<Time>, shot: Option<Res<ActiveShot>>, frame: Option<ResMut<FrameTime>>) {
    let (Some(shot), Some(mut frame)) = (shot, frame) else { return };
    let elapsed = (time.elapsed_secs_f64() / frame.rate.frame_secs()).floor() as i64;
    frame.frame = elapsed.rem_euclid(i64::from(shot.shot.timeline.frames.max(1)));
}

/// Gives parts Bevy's visibility as their tracks want it.
fn show_parts(parts: Query<(Entity, &PartVisible), Changed<PartVisible>>, mut commands: Commands) {
    for (entity, visible) in &parts {
        let visibility = if visible.0 { Visibility::Inherited } else { Visibility::Hidden };
        commands.entity(entity).insert(visibility);
    }
}
