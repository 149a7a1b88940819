//! Layers of a video: what was invented behind things stays, and what was seen before they moved there comes back.

#[cfg(test)]
mod tests;

use super::motion::SceneMotion;
use super::steady::SteadyFrame;
use crate::error::ParallaxError;
use crate::layers::{LayerSettings, LayeredImage, Past, Rest, build_tracked};
use crate::raster::{Raster, Rgba};

/// Takes the frames of a video in order and gives the layers of each back at once. Keeps one frame, whatever the length
/// of the video.
///
/// All frames of a scene have one range of depth, so that a camera that is held to it need not jump: from infinity to the
/// nearest point of its first frame, which slowly gives way when things come nearer; until it has, they are at its near end.
#[derive(Clone, Debug, Default)]
pub struct TrackedLayers {
    settings: LayerSettings,
    before: Option<Before>,
}

#[derive(Clone, Debug)]
struct Before {
    brightness: Raster<f32>,
    rests: Vec<Rest>,
    nearest: f32,
    /// Frames of the scene until then.
    frames: usize,
}

/// How much nearer the range may reach from frame to frame.
const GIVES_WAY: f32 = 1.01;
/// One of so many pixels may be nearer than what counts as nearest: single ones are noise.
const NEAREST_OF: usize = 1000;

impl TrackedLayers {
    pub fn new(settings: LayerSettings) -> Self {
        Self { settings, before: None }
    }

    /// The next frame: `colour` linear and of the size of the frame's depth. Its layers' `nearest` and `farthest` are the
    /// range of the scene.
    ///
    /// # Errors
    /// As [`build_layers`](crate::layers::build_layers); the frame is then left out.
    pub fn push(&mut self, colour: &Raster<Rgba>, frame: &SteadyFrame) -> Result<LayeredImage, ParallaxError> {
        let light = |p: Rgba| (0.2126 * p[0] + 0.7152 * p[1] + 0.0722 * p[2]).max(0.0).sqrt();
        let brightness = colour.map(light);
        let seen_nearest = nearest(&frame.inverse_depth);
        let before = self.before.as_ref().filter(|b| !frame.is_cut && b.brightness.size() == colour.size());
        let nearest = before.map_or(seen_nearest, |b| seen_nearest.clamp(b.nearest, b.nearest * GIVES_WAY));
        let inverse_depth = frame.inverse_depth.map(|q| if q > nearest { nearest } else { q });
        let motion = match before {
            Some(before) if frame.inverse_depth.size() == colour.size() => {
                SceneMotion::between(&brightness, &before.brightness, &inverse_depth)
            }
            _ => SceneMotion::still(colour.width(), colour.height()),
        };
        let frames = before.map_or(0, |b| b.frames);
        let past = Past { rests: before.map_or(&[], |b| &b.rests), motion: &motion, frame: frames };
        let (image, rests) = build_tracked(colour, &inverse_depth, &self.settings, (0.0, nearest), &past)?;
        self.before = Some(Before { brightness, rests, nearest, frames: frames + 1 });
        Ok(image)
    }
}

/// The inverse depth that one in [`NEAREST_OF`] pixels exceeds.
fn nearest(inverse_depth: &Raster<f32>) -> f32 {
    let mut values: Vec<f32> = inverse_depth.data().iter().copied().filter(|q| q.is_finite()).collect();
    if values.is_empty() {
        return 0.0;
    }
    let place = values.len() - 1 - (values.len() - 1) / NEAREST_OF;
    *values.select_nth_unstable_by(place, f32::total_cmp).1
}
