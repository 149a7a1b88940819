//! A camera move through a photograph, frame by frame, on the processor.

use crate::cameras::{CameraMove, Preset};
use crate::layers::LayeredImage;
use crate::raster::{Raster, Rgba};
use crate::reference::{Focus, SceneRenderer, render_focused};
use crate::stereo::{Anaglyph, StereoLayout, StereoSettings, anaglyph, packed, stereo_views};
use crate::view::View;

/// What each frame shows.
#[derive(Clone, Debug, PartialEq)]
pub struct ClipSettings {
    pub preset: Preset,
    /// Share of what the layers allow, 0..=1; larger moves show more of what was invented.
    pub amount: f32,
    /// Focal length that the photograph was taken with, in its widths.
    pub focal_widths: f32,
    /// Pixels of one eye's picture. Of another shape than the photograph's, the middle is shown.
    pub size: (usize, usize),
    pub duration_secs: f32,
    /// Diameter of the blur of what is infinitely far, in widths, where focus is nearest; 0 keeps everything sharp.
    pub aperture_widths: f32,
    /// What is sharp at the beginning and at the end, 0 (the farthest point) to 1 (the nearest), evenly in inverse depth; what
    /// is sharp at the beginning keeps its place. The median of the picture, if `None`.
    pub focus: Option<[f32; 2]>,
    pub stereo: Option<ClipStereo>,
    /// Of handheld moves.
    pub seed: u64,
}

/// How two eyes' pictures become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClipStereo {
    Packed(StereoLayout),
    Glasses(Anaglyph),
}

/// The nearest point lies this far apart in both eyes, in widths: comfortable on any screen (about a degree).
const STEREO_WIDTHS: f32 = 0.02;
/// Both eyes look past the borders of what one would; this crop keeps those outside.
const STEREO_ZOOM: f32 = 1.0 + 2.0 * STEREO_WIDTHS;

/// A move through layers.
#[derive(Clone, Debug)]
pub struct Clip<'a> {
    renderer: SceneRenderer<'a>,
    path: ClipPath,
}

/// The move without the layers: all that holds for every frame of it.
#[derive(Clone, Debug)]
pub(crate) struct ClipPath {
    camera: CameraMove,
    settings: ClipSettings,
    stereo: StereoSettings,
    zoom: f32,
    /// Inverse depth that is sharp at the beginning and at the end.
    sharp: [f32; 2],
}

impl<'a> Clip<'a> {
    /// Plans the move; limits hold for every frame of it.
    pub fn new(image: &'a LayeredImage, settings: ClipSettings) -> Self {
        let renderer = SceneRenderer::new(image, settings.focal_widths);
        Self { renderer, path: ClipPath::new(image, settings) }
    }

    /// Pixels of a frame, both eyes' pictures included.
    pub fn size(&self) -> (usize, usize) {
        self.path.settings.size()
    }

    /// What is seen at `time_secs`: linear, multiplied by opacity, which is 1 wherever the photograph is opaque.
    pub fn frame(&self, time_secs: f32) -> Raster<Rgba> {
        self.path.frame(&self.renderer, time_secs)
    }
}

impl ClipSettings {
    /// Pixels of a frame, both eyes' pictures included.
    pub fn size(&self) -> (usize, usize) {
        let (width, height) = self.size;
        match self.stereo {
            Some(ClipStereo::Packed(StereoLayout::SideBySide)) => (2 * width, height),
            Some(ClipStereo::Packed(StereoLayout::TopBottom)) => (width, 2 * height),
            Some(ClipStereo::Glasses(_)) | None => (width, height),
        }
    }
}

impl ClipPath {
    pub(crate) fn new(image: &LayeredImage, settings: ClipSettings) -> Self {
        let ClipSettings { focal_widths, amount, duration_secs, seed, .. } = settings;
        // Both eyes together may not go farther than one would.
        let room = if settings.stereo.is_some() { 1.0 - STEREO_WIDTHS / image.most_shift_widths } else { 1.0 };
        let amount = amount * room.max(0.0);
        let inverse_depth = |share: f32| image.farthest + (image.nearest - image.farthest) * share.clamp(0.0, 1.0);
        let sharp = settings.focus.map(|ends| ends.map(inverse_depth));
        let held = sharp.map(|[begin, _]| begin);
        let camera = CameraMove::new(settings.preset.clone(), image, focal_widths, amount, held, seed, duration_secs);
        let stereo = StereoSettings {
            baseline: STEREO_WIDTHS.min(image.most_shift_widths) / (focal_widths * image.nearest.max(1e-12)),
            convergence_inverse_depth: camera.focus(),
        };
        let (width, height) = settings.size;
        let shape = (height as f32 / width as f32) / (image.height() as f32 / image.width() as f32);
        let zoom = shape.max(1.0) * if settings.stereo.is_some() { STEREO_ZOOM } else { 1.0 };
        let sharp = sharp.unwrap_or([camera.focus(); 2]);
        Self { camera, settings, stereo, zoom, sharp }
    }

    /// The same path, all of it this share as far.
    pub(crate) fn shortened(&self, share: f32) -> Self {
        let stereo = StereoSettings { baseline: self.stereo.baseline * share, ..self.stereo };
        Self { camera: self.camera.shortened(share), stereo, ..self.clone() }
    }

    pub(crate) fn frame(&self, renderer: &SceneRenderer, time_secs: f32) -> Raster<Rgba> {
        let mut view = self.camera.view_at(time_secs);
        view.focal_widths *= self.zoom;
        view.lens_shift_widths *= self.zoom;
        let Some(stereo) = self.settings.stereo else { return self.seen(renderer, &view, time_secs) };
        let [left, right] = stereo_views(&view, &self.stereo).map(|eye| self.seen(renderer, &eye, time_secs));
        match stereo {
            ClipStereo::Packed(layout) => packed(&left, &right, layout),
            ClipStereo::Glasses(kind) => anaglyph(&left, &right, kind),
        }
    }

    /// Inverse depth that is sharp: from the beginning's to the end's, starting and stopping gently.
    fn sharp_at(&self, time_secs: f32) -> f32 {
        let share = (time_secs / self.settings.duration_secs.max(1e-6)).clamp(0.0, 1.0);
        let [begin, end] = self.sharp;
        begin + (end - begin) * share * share * (3.0 - 2.0 * share)
    }

    fn seen(&self, renderer: &SceneRenderer, view: &View, time_secs: f32) -> Raster<Rgba> {
        let (width, height) = self.settings.size;
        if self.settings.aperture_widths <= 0.0 {
            return renderer.render(view, width, height).colour;
        }
        // The same aperture for the whole pull: it blurs infinity as asked from the nearest of both ends.
        let aperture_widths = self.settings.aperture_widths / self.sharp[0].max(self.sharp[1]).max(1e-9);
        let focus = self.sharp_at(time_secs);
        render_focused(renderer, view, width, height, &Focus { inverse_depth: focus, aperture_widths }).colour
    }
}

/// The largest size of a picture's shape within a box, both sides even, as movies want them.
pub fn movie_size(picture: (usize, usize), longest_side_px: usize) -> (usize, usize) {
    let (width, height) = (picture.0 as f64, picture.1 as f64);
    let scale = (longest_side_px as f64 / width.max(height)).min(1.0);
    let even = |side: f64| (((side * scale) / 2.0).round() as usize * 2).max(2);
    (even(width), even(height))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::{LayerSettings, build_layers};
    use crate::truth::Scene;

    #[test]
    fn no_frame_of_a_default_move_has_a_hole_with_one_eye_or_two() {
        let (width, height) = (160, 90);
        let picture = Scene::numbered(1).picture(&View::of_picture(0.9), width, height, 1);
        let settings = LayerSettings { patches: false, ..LayerSettings::default() };
        let image = build_layers(&picture.colour, &picture.inverse_depth, &settings).unwrap();
        let stereo = [
            None,
            Some(ClipStereo::Packed(StereoLayout::SideBySide)),
            Some(ClipStereo::Packed(StereoLayout::TopBottom)),
            Some(ClipStereo::Glasses(Anaglyph::Dubois)),
        ];
        for (preset, stereo) in
            [Preset::Dolly, Preset::Orbit, Preset::ZoomDolly, Preset::Handheld].into_iter().zip(stereo)
        {
            // Wide, square and tall.
            for size in [(160, 90), (90, 90), (50, 90)] {
                let settings = ClipSettings {
                    preset: preset.clone(),
                    amount: 0.6,
                    focal_widths: 0.9,
                    size,
                    duration_secs: 4.0,
                    aperture_widths: 0.0,
                    focus: None,
                    stereo,
                    seed: 1,
                };
                let clip = Clip::new(&image, settings);
                for time_secs in [0.0, 1.0, 2.3, 4.0] {
                    let frame = clip.frame(time_secs);
                    assert_eq!(frame.size(), clip.size());
                    let holes = frame.data().iter().filter(|p| p[3] < 0.99).count();
                    assert_eq!(holes, 0, "{preset:?} {stereo:?} {size:?} at {time_secs} s");
                }
            }
        }
    }

    #[test]
    fn focus_is_pulled_from_the_nearest_to_the_farthest() {
        // Fine stripes, near on the left, far on the right.
        let (width, height) = (160, 90);
        let stripe = |x: usize| if x % 4 < 2 { 0.9 } else { 0.1 };
        let colour = Raster::from_fn(width, height, |x, _| [stripe(x), stripe(x), stripe(x), 1.0]);
        let depth = Raster::from_fn(width, height, |x, _| if x < width / 2 { 1.0 } else { 0.2 });
        let image = build_layers(&colour, &depth, &LayerSettings::default()).unwrap();
        let settings = ClipSettings {
            preset: Preset::Keys(Vec::new()),
            amount: 0.0,
            focal_widths: 0.9,
            size: (width, height),
            duration_secs: 2.0,
            aperture_widths: 0.05,
            focus: Some([1.0, 0.0]),
            stereo: None,
            seed: 1,
        };
        let clip = Clip::new(&image, settings);
        let contrast = |time_secs: f32, columns: std::ops::Range<usize>| {
            let frame = clip.frame(time_secs);
            columns.map(|x| (frame.at(x, 45)[0] - frame.at(x + 2, 45)[0]).abs()).fold(0.0, f32::max)
        };
        let (left, right) = (20..50, 110..140);
        assert!(contrast(0.0, left.clone()) > 0.7 && contrast(0.0, right.clone()) < 0.3);
        assert!(contrast(2.0, left) < 0.3 && contrast(2.0, right) > 0.7);
    }

    #[test]
    fn movies_have_even_sides_within_their_box() {
        assert_eq!(movie_size((4000, 3001), 1920), (1920, 1440));
        assert_eq!(movie_size((301, 201), 1920), (302, 202));
        assert_eq!(movie_size((1, 1), 1920), (2, 2));
    }
}
