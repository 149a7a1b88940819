//! From the shot's look to Bevy's filters.

use bevy::anti_alias::taa::TemporalAntiAliasing;
use bevy::camera::Exposure;
use bevy::core_pipeline::prepass::{DepthPrepass, MotionVectorPrepass};
use bevy::core_pipeline::tonemapping::{DebandDither, Tonemapping};
use bevy::ecs::system::EntityCommands;
use bevy::post_process::bloom::Bloom;
use bevy::post_process::dof::{DepthOfField, DepthOfFieldMode};
use bevy::post_process::motion_blur::MotionBlur;
use bevy::render::view::{ColorGrading, ColorGradingGlobal, ColorGradingSection, Msaa};
use kinema_core::{AntiAliasing, Look, ToneMapping};

use crate::CameraPart;
use crate::lens::sensor_height_mm;

/// Frames that must be drawn before a chunk so that temporal filters have their history.
///
/// Motion vectors need one. Bevy's TAA keeps an exponential average whose weight of the past is 0.9 per frame where
/// the picture moves and up to 0.985 where it stands still: after 16 frames 19 % of what the first frame put where
/// things move is left, below the eye's threshold for sub-pixel differences. That a frame is the same whoever draws it
/// does not depend on this number (see `kinema::plan`), only how little a chunk's first frames differ in sharpness from the rest.
pub fn history_frames(look: &Look) -> u32 {
    match look.anti_aliasing {
        AntiAliasing::Taa => 16,
        AntiAliasing::None | AntiAliasing::Msaa { .. } => 1,
    }
}

/// Puts everything that does not change from frame to frame onto the camera.
pub(crate) fn insert_look(camera: &mut EntityCommands<'_>, look: &Look) {
    camera.insert((tone_mapping(look.tone_mapping), DebandDither::Disabled, color_grading(look)));
    match look.anti_aliasing {
        AntiAliasing::None => camera.insert(Msaa::Off),
        AntiAliasing::Msaa { samples } => camera.insert(Msaa::from_samples(samples.into())),
        AntiAliasing::Taa => {
            camera.insert((Msaa::Off, DepthPrepass, MotionVectorPrepass, TemporalAntiAliasing::default()))
        }
    };
    if let Some(bloom) = &look.bloom {
        camera.insert(Bloom { intensity: bloom.intensity, ..Bloom::NATURAL });
    }
    if let Some(blur) = &look.motion_blur {
        camera.insert(MotionBlur { shutter_angle: blur.shutter_angle_deg / 360.0, samples: blur.samples });
    }
}

/// Exposure of this frame.
pub(crate) fn exposure(part: &CameraPart, look: &Look) -> Exposure {
    Exposure { ev100: part.exposure_ev100.unwrap_or(look.exposure_ev100) }
}

/// Blur of what is not `focus_distance_m` away. `aspect` is width over height.
pub(crate) fn depth_of_field(part: &CameraPart, focus_distance_m: f32, aspect: f32) -> DepthOfField {
    DepthOfField {
        mode: DepthOfFieldMode::Gaussian,
        focal_distance: focus_distance_m,
        sensor_height: sensor_height_mm(part.sensor_width_mm, aspect) / 1000.0,
        aperture_f_stops: part.f_stop,
        max_circle_of_confusion_diameter: 32.0,
        // Skies are infinitely far: a finite depth keeps their blur finite.
        max_depth: 1000.0,
    }
}

fn tone_mapping(kind: ToneMapping) -> Tonemapping {
    match kind {
        ToneMapping::AgX => Tonemapping::AgX,
        ToneMapping::TonyMcMapface => Tonemapping::TonyMcMapface,
        ToneMapping::AcesFitted => Tonemapping::AcesFitted,
        ToneMapping::Reinhard => Tonemapping::ReinhardLuminance,
        ToneMapping::BlenderFilmic => Tonemapping::BlenderFilmic,
        ToneMapping::None => Tonemapping::None,
    }
}

fn color_grading(look: &Look) -> ColorGrading {
    ColorGrading::with_identical_sections(
        ColorGradingGlobal { post_saturation: look.saturation, ..ColorGradingGlobal::default() },
        ColorGradingSection { contrast: look.contrast, ..ColorGradingSection::default() },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_temporal_filter_declares_history_and_the_others_one_frame() {
        let taa = Look { anti_aliasing: AntiAliasing::Taa, ..Look::default() };
        assert_eq!(history_frames(&taa), 16);
        let none = Look { anti_aliasing: AntiAliasing::None, ..Look::default() };
        assert_eq!(history_frames(&none), 1);
    }

    #[test]
    fn the_camera_overrides_the_exposure_of_the_look() {
        let look = Look { exposure_ev100: 9.0, ..Look::default() };
        let mut part = CameraPart::default();
        assert_eq!(exposure(&part, &look).ev100, 9.0);
        part.exposure_ev100 = Some(12.0);
        assert_eq!(exposure(&part, &look).ev100, 12.0);
    }
}
