//! From a network's map of each frame to depth of every pixel in one scale: what `kinema depth VIDEO` writes.

use super::stabiliser::{DepthStabiliser, StabiliserSettings};
use crate::error::ParallaxError;
use crate::input::{DepthConvention, DepthRange, inverse_depth_in};
use crate::network::NETWORK_REFINE;
use crate::raster::{Raster, Rgba};
use crate::refine::refine;

/// How much nearer than the nearest point of a scene's first frame is still told apart in pictures of it.
const HEADROOM: f32 = 1.25;

/// One frame of a video.
#[derive(Clone, Debug)]
pub struct SteadyFrame {
    /// Of every pixel: 1/m when `is_metric`, else in units of the nearest distance of the first frame of the scene.
    pub inverse_depth: Raster<f32>,
    /// As [`Stable::confidence`](super::Stable::confidence), as fine as the network's map.
    pub confidence: Raster<f32>,
    pub is_metric: bool,
    /// Inverse depth that pictures show as white, the same in all frames of a scene.
    pub white: f32,
    /// This frame begins a new scene.
    pub is_cut: bool,
}

/// Takes the frames of a video in order and gives each back at once. Keeps one frame, whatever the length of the video.
#[derive(Clone, Debug, Default)]
pub struct SteadyDepth {
    settings: StabiliserSettings,
    stabiliser: DepthStabiliser,
    scene: Option<(DepthRange, f32)>,
}

impl SteadyDepth {
    pub fn new(settings: StabiliserSettings) -> Self {
        Self { settings, stabiliser: DepthStabiliser::new(settings), scene: None }
    }

    /// The next frame: `colour` linear, `raw` what a network said of it, of any size of the same shape.
    ///
    /// # Errors
    /// [`ParallaxError::DepthValues`] when more than half of the values are unusable, and what
    /// [`DepthStabiliser::push`] refuses.
    pub fn push(
        &mut self,
        colour: &Raster<Rgba>,
        raw: &Raster<f32>,
        convention: DepthConvention,
    ) -> Result<SteadyFrame, ParallaxError> {
        let (depth, range) = inverse_depth_in(raw, convention, self.scene.map(|(range, _)| range))?;
        let mut stable = self.stabiliser.push(colour, &depth.values)?;
        let is_cut = stable.is_cut;
        let white = match self.scene {
            Some((_, white)) if !is_cut => white,
            _ => {
                // A new scene is measured by itself, not by the first frame of another.
                let (depth, range) = if is_cut { inverse_depth_in(raw, convention, None)? } else { (depth, range) };
                if is_cut {
                    self.stabiliser = DepthStabiliser::new(self.settings);
                    stable = self.stabiliser.push(colour, &depth.values)?;
                }
                let (_, nearest) = depth.values.range();
                let white = HEADROOM * nearest.max(f32::MIN_POSITIVE);
                self.scene = Some((range, white));
                white
            }
        };
        Ok(SteadyFrame {
            inverse_depth: refine(&stable.inverse_depth, colour, &NETWORK_REFINE),
            confidence: stable.confidence,
            is_metric: convention.is_metric(),
            white,
            is_cut,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::truth::Scene;
    use crate::view::View;

    #[test]
    fn frames_keep_the_scale_of_their_scene_and_a_cut_begins_another() {
        let picture = |scene: u64, x: f32| {
            let mut view = View::of_picture(0.9);
            view.position.x = x;
            Scene::numbered(scene).picture(&view, 128, 72, 2)
        };
        let mut steady = SteadyDepth::default();
        let mut first = None;
        for i in 0..10 {
            let scene = if i < 6 { 0 } else { 1 };
            let seen = picture(scene, 0.004 * i as f32);
            // Every frame in a unit of its own, as networks have them.
            let (scale, offset) = (1.0 + 0.2 * (i % 3) as f32, 0.04 * (i % 2) as f32);
            let raw = seen.inverse_depth.resized(64, 36).map(|q| scale * q + offset);
            let frame = steady.push(&seen.colour, &raw, DepthConvention::RelativeNearWhite).unwrap();
            assert_eq!(frame.is_cut, i == 6, "frame {i}");
            assert_eq!(frame.inverse_depth.size(), (128, 72));
            assert!((frame.white - HEADROOM).abs() < 1e-4 && !frame.is_metric);
            let mean = frame.inverse_depth.data().iter().sum::<f32>() / (128.0 * 72.0);
            if i == 0 || i == 6 {
                first = Some(mean);
            }
            let share = mean / first.unwrap();
            // Raw, it would be up to 0.5 off; a share of each frame's own offset is believed.
            assert!((share - 1.0).abs() < 0.08, "frame {i}: {share}");
        }
    }
}
