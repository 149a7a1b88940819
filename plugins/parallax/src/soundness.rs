//! Whether a move through layers stays whole: pixels that nothing covers, triangles that are drawn out.

use bevy_math::{Vec2, Vec3};

use crate::cameras::{CameraMove, Preset};
use crate::layers::{LayerMesh, LayeredImage, layer_mesh};
use crate::reference::SceneRenderer;
use crate::view::View;

/// What a move shows at its worst.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Soundness {
    /// Pixels of all looked-at frames that are not covered, for an opaque picture.
    pub holes_px: usize,
    /// Longest side of a triangle against what the same side would have at its depth without parallax; 1 is not drawn out.
    pub most_stretch: f32,
}

/// Opacity of a pixel that is no hole.
const COVERED: f32 = 0.99;
/// Default moves: amount, seed and length as `kinema parallax` has them.
const AMOUNT: f32 = 0.6;
const DURATION_SECS: f32 = 4.0;
const FRAMES: usize = 5;
/// Frames are drawn so wide at most; a hole of the full size is one here as well, because filters meet it.
const MOST_WIDTH_PX: usize = 640;

/// Presets without settings of their own.
pub fn default_presets() -> [(&'static str, Preset); 4] {
    [
        ("dolly", Preset::Dolly),
        ("orbit", Preset::Orbit),
        ("zoom-dolly", Preset::ZoomDolly),
        ("handheld", Preset::Handheld),
    ]
}

/// A default move of a preset through layers, at evenly spaced times from its first frame to its last.
pub fn soundness(image: &LayeredImage, preset: Preset, focal_widths: f32) -> Soundness {
    let (width, height) = (image.width(), image.height());
    let camera = CameraMove::new(preset, image, focal_widths, AMOUNT, None, 1, DURATION_SECS);
    let renderer = SceneRenderer::new(image, focal_widths);
    let drawn = (width.min(MOST_WIDTH_PX), (height * width.min(MOST_WIDTH_PX) / width).max(1));
    let farthest = image.nearest / 1000.0;
    let meshes: Vec<LayerMesh> =
        image.layers.iter().map(|layer| layer_mesh(layer, focal_widths, 1, image.steepest(), farthest)).collect();
    let mut worst = Soundness { holes_px: 0, most_stretch: 1.0 };
    for frame in 0..FRAMES {
        let view = camera.view_at(DURATION_SECS * frame as f32 / (FRAMES - 1) as f32);
        let seen = renderer.render(&view, drawn.0, drawn.1).colour;
        worst.holes_px += seen.data().iter().filter(|p| !(p[3] >= COVERED)).count();
        for mesh in &meshes {
            worst.most_stretch = worst.most_stretch.max(stretch(mesh, &view, focal_widths, (width, height)));
        }
    }
    worst
}

/// The worst side of all triangles in front of the camera.
fn stretch(mesh: &LayerMesh, view: &View, focal_widths: f32, (width, height): (usize, usize)) -> f32 {
    let picture = View::of_picture(focal_widths);
    let zoom = view.focal_widths / focal_widths;
    let places: Vec<Option<(Vec2, Vec2, f32)>> = mesh
        .positions
        .iter()
        .map(|&point| {
            let point = Vec3::from_array(point);
            let (now, inverse) = view.project(point, width, height)?;
            let (before, inverse_before) = picture.project(point, width, height)?;
            Some((now, before, zoom * inverse / inverse_before))
        })
        .collect();
    let mut worst = 1.0f32;
    for triangle in mesh.indices.chunks_exact(3) {
        for (a, b) in [(0, 1), (1, 2), (2, 0)] {
            let (Some(a), Some(b)) = (places[triangle[a] as usize], places[triangle[b] as usize]) else { continue };
            // What comes nearer grows as a whole, which is no stretch.
            let grows = a.2.max(b.2);
            worst = worst.max((a.0 - b.0).length() / ((a.1 - b.1).length() * grows));
        }
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::{Layer, LayerSettings, build_layers};
    use crate::truth::Scene;

    #[test]
    fn default_moves_are_whole_and_one_bent_sheet_is_not() {
        let picture = Scene::numbered(3).picture(&View::of_picture(0.9), 240, 135, 1);
        let settings = LayerSettings { patches: false, ..LayerSettings::default() };
        let image = build_layers(&picture.colour, &picture.inverse_depth, &settings).unwrap();
        for (name, preset) in default_presets() {
            let got = soundness(&image, preset, 0.9);
            assert!(got.holes_px == 0 && got.most_stretch <= 4.0, "{name}: {got:?}");
        }
        let layer = Layer { colour: picture.colour.clone(), inverse_depth: picture.inverse_depth.clone() };
        // As if it were cut nowhere: neighbours may part without limit.
        let sheet = LayeredImage { layers: vec![layer], most_shift_widths: 1e-6, ..image.clone() };
        let mesh = layer_mesh(&sheet.layers[0], 0.9, 1, sheet.steepest(), sheet.nearest / 1000.0);
        let camera = CameraMove::new(Preset::Orbit, &image, 0.9, AMOUNT, None, 1, DURATION_SECS);
        assert!(stretch(&mesh, &camera.view_at(1.0), 0.9, (240, 135)) > 4.0);
    }
}
