//! The camera: where it stands and looks, its lens, and how the look of the shot becomes Bevy's camera components.
//!
//! In the frame: [`FrameSet::Deform`], after everything that a camera may follow has moved; then `PostUpdate` and `Last` for
//! what Bevy must know before it draws. Reads the parts `Camera`, transforms, `ActiveShot` and `FrameTime`; writes the one
//! entity with [`ShotCamera`] and Bevy's `FrameCount`. Bevy's `Time` plays no role.

mod aim;
mod drive;
mod look;
mod optics;
mod own_shaders;
pub mod shot;
mod taa;

use bevy::camera::CameraUpdateSystems;
use bevy::diagnostic::update_frame_count;
use bevy::prelude::*;
use bevy::transform::TransformSystems;
use kinema_core::{Faults, FrameSet, ShotAppExt, ViewPlaced};

pub use drive::{NoActiveCamera, ShotCamera};
pub use look::history_frames;
pub use optics::{Frustum, frustum};

/// Registers the part Camera and drives the [`ShotCamera`].
pub struct CameraPlugin;

impl Plugin for CameraPlugin {
    fn build(&self, app: &mut App) {
        app.register_shot_part::<shot::Camera>()
            .init_resource::<drive::Continuity>()
            .init_resource::<Faults>()
            .add_systems(
                Update,
                (drive::drive_camera.in_set(ViewPlaced), drive::restart_history).chain().in_set(FrameSet::Deform),
            )
            .add_systems(
                PostUpdate,
                drive::hold_previous_view.after(CameraUpdateSystems).after(TransformSystems::Propagate),
            )
            .add_systems(Last, drive::count_shot_frames.after(update_frame_count));
    }

    fn finish(&self, app: &mut App) {
        own_shaders::install(app);
    }
}
