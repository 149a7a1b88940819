//! Default moves show no hole and keep their promises.

use super::*;
use crate::layers::{LayerSettings, LayeredImage, build_layers};
use crate::raster::Raster;
use crate::reference::SceneRenderer;
use crate::truth::Scene;
use crate::view::View;

const FOCAL_WIDTHS: f32 = 0.9;

fn layers(number: u64) -> LayeredImage {
    let picture = Scene::numbered(number).picture(&View::of_picture(FOCAL_WIDTHS), 160, 90, 2);
    let settings = LayerSettings { patches: false, ..LayerSettings::default() };
    build_layers(&picture.colour, &picture.inverse_depth, &settings).unwrap()
}

fn presets() -> [Preset; 5] {
    let key = |at, position| CameraKey { at, position };
    let keys = vec![key(0.0, [-1.0, 0.0, 0.0]), key(0.4, [0.2, 0.4, -0.5]), key(1.0, [1.0, -0.2, 0.3])];
    [Preset::Dolly, Preset::Orbit, Preset::ZoomDolly, Preset::Handheld, Preset::Keys(keys)]
}

#[test]
fn no_preset_at_its_limit_shows_a_hole() {
    for number in 0..4 {
        let image = layers(number);
        let scene = SceneRenderer::new(&image, FOCAL_WIDTHS);
        for preset in presets() {
            let moved = CameraMove::new(preset.clone(), &image, FOCAL_WIDTHS, 1.0, None, 3, 4.0);
            assert!(moved.unit() > 0.0 && moved.zoom() <= 1.2);
            for i in 0..=6 {
                let seen = scene.render(&moved.view_at(i as f32 * 4.0 / 6.0), 160, 90);
                let holes = seen.colour.data().iter().filter(|p| !(p[3] > 0.99)).count();
                assert_eq!(holes, 0, "scene {number}, {preset:?}, sample {i}");
            }
        }
    }
}

#[test]
fn what_is_in_focus_keeps_its_place_and_in_a_zoom_dolly_its_size() {
    let image = layers(3);
    for preset in [Preset::Orbit, Preset::ZoomDolly] {
        let moved = CameraMove::new(preset.clone(), &image, FOCAL_WIDTHS, 1.0, None, 1, 2.0);
        let corner = bevy_math::Vec2::new(30.0, 20.0);
        let point = crate::view::unprojected(corner, moved.focus(), FOCAL_WIDTHS, 160, 90);
        let at = |secs: f32| moved.view_at(secs).project(point, 160, 90).unwrap().0;
        for i in 0..8 {
            assert!(
                (at(i as f32 * 0.25) - at(0.0)).length() < 0.05,
                "{preset:?} {i}: {} {}",
                at(i as f32 * 0.25),
                at(0.0)
            );
        }
    }
}

#[test]
fn an_orbit_closes_and_a_hand_is_the_same_hand_again() {
    let image = layers(1);
    let orbit = CameraMove::new(Preset::Orbit, &image, FOCAL_WIDTHS, 0.6, None, 1, 2.0);
    assert!((orbit.view_at(0.0).position - orbit.view_at(2.0).position).length() < 1e-5);
    let hand = |seed| CameraMove::new(Preset::Handheld, &image, FOCAL_WIDTHS, 0.6, None, seed, 2.0).view_at(0.7);
    assert_eq!(hand(5), hand(5));
    assert_ne!(hand(5), hand(6));
}

#[test]
fn a_flat_picture_has_layers_and_moves() {
    let colour = Raster::filled(40, 30, [0.2, 0.4, 0.6, 1.0]);
    for depth in [0.0, 1.0] {
        let image = build_layers(&colour, &Raster::filled(40, 30, depth), &LayerSettings::default()).unwrap();
        assert_eq!(image.layers.len(), 1);
        for preset in presets() {
            let moved = CameraMove::new(preset, &image, FOCAL_WIDTHS, 0.6, None, 1, 2.0);
            let seen = SceneRenderer::new(&image, FOCAL_WIDTHS).render(&moved.view_at(1.0), 40, 30);
            assert!(seen.colour.data().iter().all(|p| p[3] > 0.99 && p.iter().all(|v| v.is_finite())));
        }
    }
}
