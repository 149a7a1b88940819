//! How long layers and views take on this machine: `cargo test -p kinema_parallax --test speed -- --ignored --nocapture`.

use std::time::Instant;

use kinema_parallax::cameras::{CameraMove, Preset};
use kinema_parallax::layers::{LayerSettings, build_layers};
use kinema_parallax::reference::SceneRenderer;
use kinema_parallax::refine::{RefineSettings, refine};
use kinema_parallax::transfer::SrgbTable;
use kinema_parallax::truth::Scene;
use kinema_parallax::view::View;

const FOCAL_WIDTHS: f32 = 0.9;

#[test]
#[ignore = "measures; wants a machine that does nothing else"]
fn layers_of_1080p_within_five_seconds_and_views_within_a_third_of_depthflow() {
    for scene in [0, 1] {
        for (width, height) in [(1280, 720), (1920, 1080)] {
            let picture = Scene::numbered(scene).picture(&View::of_picture(FOCAL_WIDTHS), width, height, 1);
            let coarse = picture.inverse_depth.resized(width / 4, height / 4);
            let start = Instant::now();
            let depth = refine(&coarse, &picture.colour, &RefineSettings::default());
            let refined_secs = start.elapsed().as_secs_f64();
            let start = Instant::now();
            let image = build_layers(&picture.colour, &depth, &LayerSettings::default()).unwrap();
            let built_secs = start.elapsed().as_secs_f64();
            let renderer = SceneRenderer::new(&image, FOCAL_WIDTHS);
            let clip = CameraMove::new(Preset::Orbit, &image, FOCAL_WIDTHS, 0.6, None, 1, 2.0);
            let table = SrgbTable::default();
            let mut frame_secs: Vec<f64> = (0..9)
                .map(|i| {
                    let start = Instant::now();
                    let seen = renderer.render(&clip.view_at(i as f32 * 0.25), width, height);
                    let bytes: Vec<[u8; 3]> =
                        seen.colour.data().iter().map(|p| [0, 1, 2].map(|c| table.byte(p[c]))).collect();
                    assert_eq!(bytes.len(), width * height);
                    start.elapsed().as_secs_f64()
                })
                .collect();
            frame_secs.sort_by(f64::total_cmp);
            println!(
                "scene {scene}, {width} x {height}: {} layers; refined in {refined_secs:.2} s, built in {built_secs:.2} s, \
                 a view in {:.0} ms",
                image.layers.len(),
                frame_secs[4] * 1000.0
            );
            assert!(refined_secs + built_secs < 5.0 || height < 1080, "{refined_secs} + {built_secs} s");
        }
    }
}
