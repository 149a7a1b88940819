//! A camera moves while a video plays.

use crate::clip::{ClipPath, ClipSettings};
use crate::layers::LayeredImage;
use crate::raster::{Raster, Rgba};
use crate::reference::SceneRenderer;

/// A move through the layers of a video, which [`TrackedLayers`](super::TrackedLayers) gives. Path, focus and crop are those
/// that the first frame of a scene allows; while the scene's range of depth gives way, the path becomes shorter with it.
#[derive(Clone, Debug)]
pub struct MovedVideo {
    settings: ClipSettings,
    scene: Option<Scene>,
}

#[derive(Clone, Debug)]
struct Scene {
    path: ClipPath,
    nearest: f32,
}

impl MovedVideo {
    /// `duration_secs` of the settings is the length of the video.
    pub fn new(settings: ClipSettings) -> Self {
        Self { settings, scene: None }
    }

    /// Pixels of a frame, both eyes' pictures included.
    pub fn size(&self) -> (usize, usize) {
        self.settings.size()
    }

    /// The next frame: what is seen of its layers at `time_secs`, linear and multiplied by opacity. `begins_scene` is said
    /// of the first frame after a cut.
    pub fn frame(&mut self, image: &LayeredImage, begins_scene: bool, time_secs: f32) -> Raster<Rgba> {
        let scene = match self.scene.take() {
            Some(scene) if !begins_scene => scene,
            _ => Scene { path: ClipPath::new(image, self.settings.clone()), nearest: image.nearest },
        };
        // What is nearest may move by so many pixels, whatever its depth.
        let share = (scene.nearest / image.nearest.max(1e-12)).min(1.0);
        let frame =
            scene.path.shortened(share).frame(&SceneRenderer::new(image, self.settings.focal_widths), time_secs);
        self.scene = Some(scene);
        frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cameras::Preset;
    use crate::clip::ClipStereo;
    use crate::layers::LayerSettings;
    use crate::stereo::StereoLayout;
    use crate::truth::{Scene, Shape};
    use crate::video::{SteadyFrame, TrackedLayers};
    use crate::view::View;

    /// A ball comes at the camera, from beyond what was nearest to well before it.
    fn frame(number: usize) -> (Raster<Rgba>, SteadyFrame) {
        let mut scene = Scene::numbered(0);
        for thing in &mut scene.things {
            if let Shape::Sphere { middle, .. } = &mut thing.shape {
                middle.z = -2.5 + 0.25 * number as f32;
            }
        }
        let picture = scene.picture(&View::of_picture(0.9), 128, 72, 1);
        let confidence = picture.inverse_depth.map(|_| 1.0);
        let steady = SteadyFrame {
            inverse_depth: picture.inverse_depth,
            confidence,
            is_metric: true,
            white: 1.0,
            is_cut: false,
        };
        (picture.colour, steady)
    }

    #[test]
    fn no_frame_has_a_hole_and_the_path_does_not_jump_when_something_comes_near() {
        let stereo = [None, Some(ClipStereo::Packed(StereoLayout::SideBySide)), None, None];
        let presets = [Preset::Dolly, Preset::Orbit, Preset::ZoomDolly, Preset::Handheld];
        for (preset, stereo) in presets.into_iter().zip(stereo) {
            let mut tracked = TrackedLayers::new(LayerSettings { patches: false, ..LayerSettings::default() });
            let mut moved = MovedVideo::new(ClipSettings {
                preset: preset.clone(),
                amount: 1.0,
                focal_widths: 0.9,
                size: (128, 72),
                duration_secs: 0.25,
                aperture_widths: 0.0,
                focus: None,
                stereo,
                seed: 1,
            });
            let mut nearest = None;
            for number in 0..7 {
                let (colour, steady) = frame(number);
                let image = tracked.push(&colour, &steady).unwrap();
                let gives_way = image.nearest / nearest.unwrap_or(image.nearest);
                assert!((1.0..1.0101).contains(&gives_way), "{gives_way}");
                nearest = Some(image.nearest);
                let seen = moved.frame(&image, false, number as f32 / 24.0);
                assert_eq!(seen.size(), moved.size());
                let holes = seen.data().iter().filter(|p| !(p[3] >= 0.99)).count();
                assert_eq!(holes, 0, "{preset:?} frame {number}");
            }
        }
    }
}
