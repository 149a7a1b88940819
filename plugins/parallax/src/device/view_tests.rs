//! Contract of the kernel of views: what the processor draws, up to the rounding of floats.

use bevy_math::{Quat, Vec2, Vec3};

use super::views::ViewRenderer;
use super::{ComputeOn, ParallaxDevice};
use crate::cameras::Preset;
use crate::clip::{Clip, ClipSettings};
use crate::layers::{LayerSettings, LayeredImage, build_layers};
use crate::reference::SceneRenderer;
use crate::truth::Scene;
use crate::view::View;

const FOCAL_WIDTHS: f32 = 0.9;

fn layered(scene: u64, width: usize, height: usize) -> LayeredImage {
    let picture = Scene::numbered(scene).picture(&View::of_picture(FOCAL_WIDTHS), width, height, 1);
    let mut image = build_layers(&picture.colour, &picture.inverse_depth, &LayerSettings::default()).unwrap();
    for layer in &mut image.layers {
        // As bakes keep them, and devices.
        layer.colour = layer.colour.map(|p| p.map(|v| half::f16::from_f32(v).to_f32()));
    }
    image
}

#[test]
fn the_device_draws_what_the_processor_draws() {
    let device = ParallaxDevice::open().unwrap();
    for (scene, (width, height), size) in
        [(0, (160, 90), (160, 90)), (2, (150, 100), (201, 77)), (5, (90, 130), (64, 96))]
    {
        let image = layered(scene, width, height);
        let reference = SceneRenderer::new(&image, FOCAL_WIDTHS);
        let views = ViewRenderer::new(&device, &image, FOCAL_WIDTHS, size).unwrap();
        let baseline = 0.06 / (FOCAL_WIDTHS * image.nearest);
        for (x, y, z, turn) in
            [(0.0, 0.0, 0.0, 0.0), (1.0, 0.3, 0.0, 0.0), (-0.6, -0.6, -1.5, 0.03), (0.4, -0.8, 2.0, -0.02)]
        {
            let view = View {
                position: Vec3::new(x, y, z) * baseline,
                rotation: Quat::from_euler(bevy_math::EulerRot::YXZ, turn, -turn, 0.5 * turn),
                focal_widths: 1.0,
                lens_shift_widths: Vec2::new(0.01, -0.02),
            };
            for range in [0..image.layers.len(), 1..image.layers.len()] {
                let here = reference.render_layers(&view, size.0, size.1, range.clone());
                let there = views.render_layers(&view, range).unwrap();
                let apart = here
                    .colour
                    .data()
                    .iter()
                    .zip(there.colour.data())
                    .map(|(a, b)| (0..4).map(|c| (a[c] - b[c]).abs()).fold(0.0, f32::max));
                let apart: Vec<f32> = apart.collect();
                let all = apart.len() as f32;
                let mean = apart.iter().sum::<f32>() / all;
                let off = apart.iter().filter(|d| !(**d < 0.01)).count() as f32 / all;
                let depth = here.inverse_depth.data().iter().zip(there.inverse_depth.data());
                let deep = depth.filter(|(a, b)| !((**a - **b).abs() < 0.01 * image.nearest)).count() as f32 / all;
                println!("scene {scene} at {:?}: mean {mean:.6}, off {off:.5}, depth off {deep:.5}", view.position);
                // A hair decides whether a line meets the rim of a thing, so single pixels may differ.
                assert!(mean < 5e-4 && off < 0.005 && deep < 0.005, "{mean} {off} {deep}");
            }
        }
    }
}

#[test]
fn a_view_that_does_not_fit_is_refused() {
    let device = ParallaxDevice::new(64, 1 << 16).unwrap();
    let image = layered(0, 64, 48);
    assert!(ViewRenderer::new(&device, &image, FOCAL_WIDTHS, (64, 48)).is_ok());
    let refused = ViewRenderer::new(&device, &image, FOCAL_WIDTHS, (640, 480)).err().unwrap().to_string();
    assert!(refused.contains("640 x 480"), "{refused}");
}

#[test]
fn a_film_is_the_same_on_the_device_up_to_rounding_with_focus_too() {
    let image = layered(1, 96, 54);
    for aperture_widths in [0.0, 0.02] {
        let settings = ClipSettings {
            preset: Preset::Orbit,
            amount: 0.6,
            focal_widths: FOCAL_WIDTHS,
            size: (96, 54),
            duration_secs: 4.0,
            aperture_widths,
            stereo: None,
            seed: 1,
        };
        let here = Clip::new(&image, settings.clone()).frame(1.0);
        let there = Clip::new(&image, settings).drawn_on(ComputeOn::Device).frame(1.0);
        let apart = here.data().iter().zip(there.data()).map(|(a, b)| (0..4).map(|c| (a[c] - b[c]).abs()).sum::<f32>());
        let mean = apart.sum::<f32>() / (96.0 * 54.0);
        println!("aperture {aperture_widths}: mean {mean:.6}");
        assert!(mean < 1e-3, "{mean}");
        assert!(there.data().iter().all(|p| p[3] > 0.99));
    }
}
