//! Layers of scenes whose hidden parts are known.

use bevy_math::Vec3;

use super::*;
use crate::measure::psnr_db;
use crate::raster::Raster;
use crate::reference::SceneRenderer;
use crate::truth::Scene;
use crate::view::View;

const FOCAL_WIDTHS: f32 = 0.9;

/// A view whose nearest points move by `widths` of the picture to the side and a third of that up.
pub fn shifted(image_nearest: f32, widths: f32) -> View {
    let baseline = widths / (FOCAL_WIDTHS * image_nearest);
    View { position: Vec3::new(baseline, baseline / 3.0, 0.0), ..View::of_picture(FOCAL_WIDTHS) }
}

struct Compared {
    band_px: usize,
    band_gain_db: f64,
    whole_gain_db: f64,
    same_view_db: f64,
}

fn compared(number: u64, width: usize, height: usize, widths: f32) -> Compared {
    let scene = Scene::numbered(number);
    let picture = scene.picture(&View::of_picture(FOCAL_WIDTHS), width, height, 3);
    let image = build_layers(&picture.colour, &picture.inverse_depth, &LayerSettings::default()).unwrap();
    // One bent sheet with all its tears: what a relief does.
    let sheet = Layer { colour: picture.colour.clone(), inverse_depth: picture.inverse_depth.clone() };
    let relief = LayeredImage { layers: vec![sheet], ..image.clone() };
    let view = shifted(image.nearest, widths);
    let truth = scene.picture(&view, width, height, 3).colour;
    let layered = SceneRenderer::new(&image, FOCAL_WIDTHS).render(&view, width, height).colour;
    let bent = SceneRenderer::new(&relief, FOCAL_WIDTHS).render(&view, width, height).colour;
    let band = scene.disoccluded(&view, FOCAL_WIDTHS, width, height);
    let inside = layered.map(|p| p[3] > 0.5);
    let same = SceneRenderer::new(&image, FOCAL_WIDTHS).render(&View::of_picture(FOCAL_WIDTHS), width, height).colour;
    if let Some(folder) = std::env::var_os("PARALLAX_LAB") {
        let folder = std::path::PathBuf::from(folder);
        let save = |name: &str, of: &Raster<crate::raster::Rgba>| {
            crate::lab::save(&folder.join(format!("{number}_{name}.png")), of);
        };
        save("picture", &picture.colour);
        save("truth", &truth);
        save("layered", &layered);
        save("relief", &bent);
        for (i, layer) in image.layers.iter().enumerate() {
            save(&format!("layer{i}"), &layer.colour);
            let nearest = image.nearest;
            save(&format!("depth{i}"), &layer.inverse_depth.map(|q| [q / nearest, q / nearest, q / nearest, 1.0]));
        }
    }
    let layered_db = psnr_db(&layered, &truth, &band);
    let bent_db = psnr_db(&bent, &truth, &band);
    println!(
        "scene {number}: layers {} tears left {} band {layered_db:.2} dB, relief {bent_db:.2} dB",
        image.layers.len(),
        image.tears_left
    );
    let whole = (psnr_db(&layered, &truth, &inside), psnr_db(&bent, &truth, &inside));
    println!("   whole {:.2} dB, relief {:.2} dB", whole.0, whole.1);
    Compared {
        band_px: band.data().iter().filter(|&&b| b).count(),
        band_gain_db: layered_db - bent_db,
        whole_gain_db: whole.0 - whole.1,
        same_view_db: psnr_db(&same, &picture.colour, &picture.colour.map(|_| true)),
    }
}

#[test]
fn disoccluded_background_is_nearer_to_the_truth_than_a_bent_sheet() {
    let (mut band, mut whole) = (0.0, 0.0);
    for number in 0..8 {
        let got = compared(number, 320, 180, 0.05);
        println!("   {} px, same view {:.1} dB", got.band_px, got.same_view_db);
        assert!(got.same_view_db > 30.0, "scene {number}: {}", got.same_view_db);
        band += got.band_gain_db / 8.0;
        whole += got.whole_gain_db / 8.0;
    }
    println!("mean gain: band {band:.2} dB, whole {whole:.2} dB");
    assert!(band > 4.0 && whole > 2.0, "band {band} dB, whole {whole} dB");
}

#[test]
fn layers_do_not_depend_on_the_number_of_threads() {
    let picture = Scene::numbered(0).picture(&View::of_picture(FOCAL_WIDTHS), 200, 120, 1);
    let bits = |most: usize| {
        crate::workers::limit_threads(most);
        let image = build_layers(&picture.colour, &picture.inverse_depth, &LayerSettings::default()).unwrap();
        crate::workers::limit_threads(usize::MAX);
        let of = |layer: &Layer| {
            let colours = layer.colour.data().iter().flatten().map(|v| v.to_bits());
            colours.chain(layer.inverse_depth.data().iter().map(|v| v.to_bits())).collect::<Vec<u32>>()
        };
        image.layers.iter().map(of).collect::<Vec<_>>()
    };
    let one = bits(1);
    assert!(one.len() > 1);
    assert!(one == bits(2) && one == bits(7));
}
