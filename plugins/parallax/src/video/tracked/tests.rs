//! What is behind things, over time, in scenes whose hidden parts are known.

use bevy_math::{Vec2, Vec3};

use super::*;
use crate::layers::build_layers;
use crate::measure::psnr_db;
use crate::reference::SceneRenderer;
use crate::truth::{Pattern, Scene, Shape, Skin, Thing, TruePicture};
use crate::view::View;

const SIZE: (usize, usize) = (320, 180);
const FOCAL_WIDTHS: f32 = 0.9;
/// Of the view that looks behind things, widths that the nearest point moves.
const LOOK_WIDTHS: f32 = 0.05;

/// A scene whose things move; the camera stands at the origin, so its own motion is that of all things.
struct Film {
    scene: Scene,
    /// Where each thing is in each frame, from where the scene has it.
    places: Vec<Vec<Vec3>>,
}

impl Film {
    /// A camera that goes sideways and forward, and `own` motion of some thing on top of it.
    fn new(scene: Scene, frames: usize, camera: Vec3, own: impl Fn(usize, usize) -> Vec3) -> Self {
        let places = (0..frames)
            .map(|i| (0..scene.things.len()).map(|thing| own(i, thing) - camera * i as f32).collect())
            .collect();
        Self { scene, places }
    }

    fn at(&self, frame: usize) -> Scene {
        let mut scene = self.scene.clone();
        for (thing, &by) in scene.things.iter_mut().zip(&self.places[frame]) {
            match &mut thing.shape {
                Shape::Card { middle, .. } | Shape::Sphere { middle, .. } | Shape::Box { middle, .. } => *middle += by,
                Shape::Pole { foot, .. } => *foot += by,
            }
        }
        scene
    }

    fn picture(&self, frame: usize) -> TruePicture {
        self.at(frame).picture(&View::of_picture(FOCAL_WIDTHS), SIZE.0, SIZE.1, 3)
    }
}

fn steady(picture: &TruePicture, is_cut: bool) -> SteadyFrame {
    let (_, nearest) = picture.inverse_depth.range();
    SteadyFrame {
        inverse_depth: picture.inverse_depth.clone(),
        confidence: picture.inverse_depth.map(|_| 1.0),
        is_metric: true,
        white: 1.25 * nearest,
        is_cut,
    }
}

fn look(nearest: f32) -> View {
    let baseline = LOOK_WIDTHS / (FOCAL_WIDTHS * nearest);
    View { position: Vec3::new(baseline, baseline / 3.0, 0.0), ..View::of_picture(FOCAL_WIDTHS) }
}

/// What a view behind things shows of a film.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    /// Mean change of what is hidden in both of two frames, along its own motion, beyond that of the truth; root of the
    /// mean square of linear light.
    flicker: f64,
    /// Of the band, over all frames.
    band_db: f64,
}

fn seen(film: &Film, images: &[LayeredImage], name: &str) -> Seen {
    let (width, height) = SIZE;
    let view = look(images[0].nearest);
    let (mut sum, mut count, mut error, mut bands) = (0.0f64, 0.0f64, 0.0f64, 0.0f64);
    let mut last: Option<(Raster<Rgba>, Raster<Rgba>, Raster<bool>)> = None;
    for (frame, image) in images.iter().enumerate() {
        let scene = film.at(frame);
        let truth = scene.picture(&view, width, height, 3).colour;
        let band = scene.disoccluded(&view, FOCAL_WIDTHS, width, height);
        let shown = SceneRenderer::new(image, FOCAL_WIDTHS).render(&view, width, height).colour;
        if let Some(folder) = std::env::var_os("PARALLAX_LAB") {
            let folder = std::path::PathBuf::from(folder);
            crate::lab::save(&folder.join(format!("{name}_{frame:02}.png")), &shown);
            crate::lab::save(&folder.join(format!("truth_{name}_{frame:02}.png")), &truth);
        }
        let db = psnr_db(&shown, &truth, &band);
        if db.is_finite() {
            let px = band.data().iter().filter(|&&b| b).count() as f64;
            if std::env::var_os("PARALLAX_LAB").is_some() {
                println!("   {name} {frame}: {db:.2} dB, {} layers, {px} px", image.layers.len());
            }
            error += px * 10f64.powf(-db / 10.0);
            bands += px;
        }
        if let Some((shown_before, truth_before, band_before)) = &last {
            for y in 1..height - 1 {
                for x in (1..width - 1).filter(|&x| band.at(x, y)) {
                    let (origin, direction) = view.ray(Vec2::new(x as f32, y as f32), width, height);
                    let Some(hit) = scene.trace(origin, direction) else { continue };
                    let thing = usize::from(hit.thing);
                    let point =
                        origin + direction * hit.distance + film.places[frame - 1][thing] - film.places[frame][thing];
                    let Some((at, _)) = view.project(point, width, height) else { continue };
                    let inside = at.x >= 1.0 && at.y >= 1.0 && at.x < width as f32 - 2.0 && at.y < height as f32 - 2.0;
                    if !inside || !band_before.at(at.x.round() as usize, at.y.round() as usize) {
                        continue;
                    }
                    for c in 0..3 {
                        let of = |now: &Raster<Rgba>, then: &Raster<Rgba>| {
                            f64::from(now.at(x, y)[c] - then.bilinear_colour(at.x, at.y)[c])
                        };
                        let own = of(&truth, truth_before);
                        // Grain between pixels is no flicker.
                        let excess = (of(&shown, shown_before).abs() - own.abs()).max(0.0);
                        sum += excess * excess;
                        count += 1.0;
                    }
                }
            }
        }
        last = Some((shown, truth, band));
    }
    Seen { flicker: (sum / count.max(1.0)).sqrt(), band_db: -10.0 * (error / bands).log10() }
}

/// Layers of a film tracked, and made anew for every frame.
fn both(film: &Film, name: &str) -> (Seen, Seen) {
    let settings = LayerSettings::default();
    let mut tracker = TrackedLayers::new(settings);
    let (mut tracked, mut anew) = (Vec::new(), Vec::new());
    for frame in 0..film.places.len() {
        let picture = film.picture(frame);
        tracked.push(tracker.push(&picture.colour, &steady(&picture, false)).unwrap());
        anew.push(build_layers(&picture.colour, &picture.inverse_depth, &settings).unwrap());
    }
    let got = (seen(film, &tracked, &format!("{name}_tracked")), seen(film, &anew, &format!("{name}_anew")));
    println!(
        "{name}: flicker {:.4} -> {:.4} ({:.0} %), band {:.2} -> {:.2} dB",
        got.1.flicker,
        got.0.flicker,
        100.0 * (got.0.flicker / got.1.flicker - 1.0),
        got.1.band_db,
        got.0.band_db
    );
    got
}

#[test]
fn what_is_behind_things_hardly_flickers_while_the_camera_moves() {
    let all = [0, 1, 2, 3].map(|number| {
        let film = Film::new(Scene::numbered(number), 10, Vec3::new(0.008, 0.0, -0.01), |_, _| Vec3::ZERO);
        both(&film, &format!("camera{number}"))
    });
    let (mut left, mut gain_db) = (0.0, 0.0);
    for (number, (tracked, anew)) in all.iter().enumerate() {
        assert!(tracked.flicker < 0.55 * anew.flicker, "scene {number}: {tracked:?} {anew:?}");
        left += tracked.flicker / anew.flicker / all.len() as f64;
        gain_db += (tracked.band_db - anew.band_db) / all.len() as f64;
    }
    // What was invented once is kept, right or wrong: holding still costs a little of the likeness to what is hidden.
    assert!(left < 0.42 && gain_db > -1.0, "{left} {gain_db} dB");
}

/// A ball that passes in front of a wall of noise and bricks, over and back, and a post that stands still.
fn passing(frames: usize) -> Film {
    let skin = |pattern, per_length, seed| Skin {
        first: Vec3::new(0.5, 0.3, 0.15),
        second: Vec3::new(0.1, 0.25, 0.4),
        pattern,
        per_length,
        holes: 0.0,
        seed,
    };
    let card = |z: f32, half: f32| Shape::Card {
        middle: Vec3::new(0.0, 0.0, z),
        half_x: Vec3::X * half,
        half_y: Vec3::Y * half,
    };
    let things = vec![
        Thing { shape: card(-6.0, 20.0), skin: skin(Pattern::Noise, 2.5, 3) },
        Thing {
            shape: Shape::Sphere { middle: Vec3::new(-0.3, 0.05, -1.6), radius: 0.25 },
            skin: skin(Pattern::Noise, 9.0, 4),
        },
        Thing {
            shape: Shape::Pole { foot: Vec3::new(0.45, -3.0, -2.5), radius: 0.06, height: 9.0 },
            skin: skin(Pattern::Stripes, 2.0, 5),
        },
    ];
    let last = frames as f32 - 1.0;
    Film::new(Scene { things }, frames, Vec3::new(0.002, 0.0, 0.0), move |frame, thing| {
        let there = 1.0 - (2.0 * frame as f32 / last - 1.0).abs();
        if thing == 1 { Vec3::X * 0.5 * there } else { Vec3::ZERO }
    })
}

#[test]
fn what_something_uncovered_stays_right_when_it_is_covered_again() {
    let (tracked, anew) = both(&passing(16), "passing");
    assert!(tracked.flicker < 0.5 * anew.flicker && tracked.band_db > anew.band_db + 1.5, "{tracked:?} {anew:?}");
}

#[test]
fn a_cut_forgets() {
    let film = |number| Film::new(Scene::numbered(number), 2, Vec3::new(0.01, 0.0, 0.0), |_, _| Vec3::ZERO);
    let (first, second) = (film(0), film(1));
    let mut tracker = TrackedLayers::default();
    tracker.push(&first.picture(0).colour, &steady(&first.picture(0), false)).unwrap();
    let picture = second.picture(0);
    let after_cut = tracker.push(&picture.colour, &steady(&picture, true)).unwrap();
    let alone = TrackedLayers::default().push(&picture.colour, &steady(&picture, false)).unwrap();
    assert_eq!(bits(&after_cut), bits(&alone));
    // Without the cut it would remember.
    let mut tracker = TrackedLayers::default();
    tracker.push(&first.picture(0).colour, &steady(&first.picture(0), false)).unwrap();
    assert_ne!(bits(&tracker.push(&picture.colour, &steady(&picture, false)).unwrap()), bits(&alone));
}

fn bits(image: &LayeredImage) -> Vec<u32> {
    let of = |layer: &crate::layers::Layer| {
        let colours = layer.colour.data().iter().flatten().map(|v| v.to_bits());
        colours.chain(layer.inverse_depth.data().iter().map(|v| v.to_bits())).collect::<Vec<u32>>()
    };
    image.layers.iter().flat_map(of).collect()
}

#[test]
fn tracked_layers_do_not_depend_on_the_number_of_threads() {
    let film = Film::new(Scene::numbered(2), 3, Vec3::new(0.01, 0.0, -0.01), |_, _| Vec3::ZERO);
    let pictures: Vec<_> = (0..3).map(|frame| film.picture(frame)).collect();
    let made = |most: usize| {
        crate::workers::limit_threads(most);
        let mut tracker = TrackedLayers::default();
        let images = pictures.iter().map(|p| bits(&tracker.push(&p.colour, &steady(p, false)).unwrap()));
        let all: Vec<_> = images.collect();
        crate::workers::limit_threads(usize::MAX);
        all
    };
    let one = made(1);
    assert!(one == made(2) && one == made(5));
}
