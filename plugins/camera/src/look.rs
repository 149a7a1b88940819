//! From the shot's look to Bevy's camera components.

use bevy::anti_alias::fxaa::Fxaa;
use bevy::anti_alias::taa::TemporalAntiAliasing;
use bevy::camera::Hdr;
use bevy::core_pipeline::prepass::{DepthPrepass, MotionVectorPrepass};
use bevy::core_pipeline::tonemapping::Tonemapping;
use bevy::ecs::system::EntityCommands;
use bevy::post_process::bloom::Bloom;
use bevy::post_process::dof::{DepthOfField, DepthOfFieldMode};
use bevy::post_process::motion_blur::MotionBlur;
use bevy::render::camera::{MipBias, TemporalJitter};
use bevy::render::view::{ColorGrading, ColorGradingGlobal, ColorGradingSection, Msaa};
use kinema_core::{AntiAliasing, Look, MsaaSamples, ToneMapping};

use crate::shot::{Bokeh, Camera};

/// Depth beyond which nothing gets blurrier, metres. Bevy's shader divides infinity by infinity at the sky without it.
const FARTHEST_FOCUS_M: f32 = 10_000.0;
/// Widest blur, as a share of the picture's height; beyond it the cost grows without looking better.
const WIDEST_BLUR: f32 = 0.08;

/// How many frames before a frame can change its picture. A chunk of frames is drawn that many frames early and those are
/// thrown away, so that it looks as if it had been drawn from the start.
pub fn history_frames(look: &Look) -> u32 {
    match look.anti_aliasing {
        AntiAliasing::Taa => crate::taa::HISTORY_FRAMES,
        // Motion vectors, which motion blur and the motion AOV read, compare with the frame before.
        AntiAliasing::None | AntiAliasing::Fxaa | AntiAliasing::Msaa { .. } => 1,
    }
}

/// Inserts and removes what the look asks for, all but the exposure, which a camera may override at any frame, and the glow.
pub fn dress(camera: &mut EntityCommands<'_>, look: &Look) {
    camera.insert((Hdr, tone_mapping(look.tone_mapping), grading(look), msaa(look.anti_aliasing)));
    if look.anti_aliasing == AntiAliasing::Taa {
        // Bevy sharpens textures under TAA by a whole mip level. That suits upscaling; here a pixel is averaged over its
        // own footprint only, and the finer level would flicker and, with anisotropic samplers, cost several times more.
        camera.insert((TemporalAntiAliasing { reset: true }, MipBias(0.0)));
    } else {
        camera.remove::<(TemporalAntiAliasing, TemporalJitter, MipBias)>();
    }
    if look.anti_aliasing == AntiAliasing::Fxaa {
        camera.insert(Fxaa::default());
    } else {
        camera.remove::<Fxaa>();
    }
    match look.motion_blur.as_ref().filter(|blur| blur.shutter_angle_deg > 0.0) {
        Some(blur) => {
            camera.insert(MotionBlur { shutter_angle: blur.shutter_angle_deg / 360.0, samples: blur.samples })
        }
        None => camera.remove::<MotionBlur>(),
    };
    if look.anti_aliasing == AntiAliasing::Taa || look.motion_blur.is_some() {
        camera.insert((DepthPrepass, MotionVectorPrepass));
    } else {
        camera.remove::<(DepthPrepass, MotionVectorPrepass)>();
    }
}

/// The glow around what is bright, if the look wants it. Its largest level has about half the picture's height: what it
/// spreads over is then the same share of any picture, and no level costs as much as the picture itself.
pub fn glow(look: &Look, height_px: u32) -> Option<Bloom> {
    look.bloom.as_ref().map(|bloom| Bloom {
        intensity: bloom.intensity,
        max_mip_dimension: 1 << (height_px / 2).max(8).ilog2(),
        ..Bloom::NATURAL
    })
}

/// The blur of a lens, if the camera wants it.
pub fn defocus(camera: &Camera, sensor_height_m: f32, focus_distance_m: f32, height_px: u32) -> Option<DepthOfField> {
    camera.depth_of_field.then(|| DepthOfField {
        mode: match camera.bokeh {
            Bokeh::Gaussian => DepthOfFieldMode::Gaussian,
            Bokeh::Hexagon => DepthOfFieldMode::Bokeh,
        },
        focal_distance: focus_distance_m,
        sensor_height: sensor_height_m,
        aperture_f_stops: camera.f_stop,
        max_circle_of_confusion_diameter: (WIDEST_BLUR * height_px as f32).max(1.0),
        max_depth: FARTHEST_FOCUS_M,
    })
}

fn tone_mapping(tone_mapping: ToneMapping) -> Tonemapping {
    match tone_mapping {
        ToneMapping::AgX => Tonemapping::AgX,
        ToneMapping::TonyMcMapface => Tonemapping::TonyMcMapface,
        ToneMapping::AcesFitted => Tonemapping::AcesFitted,
        ToneMapping::Reinhard => Tonemapping::Reinhard,
        ToneMapping::BlenderFilmic => Tonemapping::BlenderFilmic,
        ToneMapping::None => Tonemapping::None,
    }
}

fn msaa(anti_aliasing: AntiAliasing) -> Msaa {
    match anti_aliasing {
        AntiAliasing::None | AntiAliasing::Fxaa | AntiAliasing::Taa => Msaa::Off,
        AntiAliasing::Msaa { samples: MsaaSamples::X2 } => Msaa::Sample2,
        AntiAliasing::Msaa { samples: MsaaSamples::X4 } => Msaa::Sample4,
        AntiAliasing::Msaa { samples: MsaaSamples::X8 } => Msaa::Sample8,
    }
}

/// Scene-linear value that contrast leaves alone.
const MIDDLE_GREY: f32 = 0.18;
/// Least contrast; a power of 0 has no inverse.
const LEAST_CONTRAST: f32 = 0.05;

/// Contrast is a power around middle grey, the same factor on every stop of distance from it. Bevy's own field scales the
/// linear distance from 0.5, which turns all shadows black.
fn grading(look: &Look) -> ColorGrading {
    let power = look.contrast.max(LEAST_CONTRAST);
    // Bevy computes (gain x) ^ (1 / gamma).
    let section =
        ColorGradingSection { gamma: 1.0 / power, gain: MIDDLE_GREY.powf(1.0 / power - 1.0), ..Default::default() };
    ColorGrading {
        global: ColorGradingGlobal { post_saturation: look.saturation, ..Default::default() },
        shadows: section,
        midtones: section,
        highlights: section,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_keeps_middle_grey_and_scales_stops() {
        for contrast in [0.5, 1.0, 1.2, 2.0] {
            let section = grading(&Look { contrast, ..Look::default() }).midtones;
            let graded = |x: f32| (section.gain * x).powf(1.0 / section.gamma);
            assert!((graded(MIDDLE_GREY) - MIDDLE_GREY).abs() < 1e-5, "{contrast}");
            let stop_up = (graded(2.0 * MIDDLE_GREY) / MIDDLE_GREY).log2();
            assert!((stop_up - contrast).abs() < 1e-4, "{contrast}: {stop_up}");
            assert!(graded(0.001) > 0.0, "shadows stay");
        }
    }

    #[test]
    fn only_temporal_filters_need_more_than_one_frame() {
        let look = |anti_aliasing| Look { anti_aliasing, ..Look::default() };
        assert_eq!(history_frames(&look(AntiAliasing::None)), 1);
        assert_eq!(history_frames(&look(AntiAliasing::Msaa { samples: MsaaSamples::X4 })), 1);
        assert_eq!(history_frames(&look(AntiAliasing::Taa)), 8);
    }
}
