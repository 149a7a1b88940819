//! Area `parallax`: views of pictures with exact depth against what is really behind, beside one sheet bent by the depth.

mod depthflow;
mod photographs;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Instant;

use kinema::parallax::layers::{LayerSettings, LayeredImage, build_layers};
use kinema::parallax::measure::psnr_db;
use kinema::parallax::raster::{Raster, Rgba};
use kinema::parallax::reference::SceneRenderer;
use kinema::parallax::transfer::{SrgbTable, linear_from_srgb};
use kinema::parallax::truth::{Scene, TruePicture};
use kinema::parallax::view::View;

use self::depthflow::DepthFlow;
use crate::stats::{measured, median, ratio_of_medians};
use crate::{BenchArgs, BenchError, BenchReport, Machine};

/// Of all cameras, in widths of the picture.
const FOCAL_WIDTHS: f32 = 0.9;
/// Scenes and views of each, and those of a first look.
const EXTENT: (u64, usize) = (30, 60);
const QUICK_EXTENT: (u64, usize) = (4, 6);
const SIZE: (usize, usize) = (640, 360);
/// Rays a pixel, along each side.
const SAMPLES: usize = 2;
/// How far the nearest point moves, in widths.
const WIDTHS: (f32, f32) = (0.02, 0.08);
const GOLDEN_ANGLE: f32 = 2.399_963_2;
/// What the time of a frame is measured at, and in how many turns of how many frames.
const TIMED_SIZES: [(usize, usize); 2] = [(1280, 720), (1920, 1080)];
const TIMED_TURNS: usize = 3;
const TIMED_VIEWS: usize = 5;

pub fn run(args: &BenchArgs, tell: &mut dyn FnMut(&str)) -> Result<BenchReport, BenchError> {
    if let Some(folder) = &args.photographs_dir {
        let (metrics, mut notes) = photographs::measure(folder, tell)?;
        notes.push(
            "Default moves, five frames each: pixels that nothing covers, and the longest side of a triangle against what it \
             would have without parallax."
                .to_owned(),
        );
        let machine = Machine::here("processor".to_owned());
        return Ok(BenchReport { area: args.area.clone(), machine, metrics, notes });
    }
    let mut peer = args.peer.as_ref().map(|_| DepthFlow::start()).transpose()?;
    let (scenes, views) = if args.quick { QUICK_EXTENT } else { EXTENT };
    let mut sums = Sums::default();
    for number in 0..scenes {
        tell(&format!("scene {number}, {views} views"));
        let scene = Scene::numbered(number);
        let keep = args.keep_dir.as_ref().map(|folder| folder.join(format!("scene_{number}")));
        Compared::new(&scene, views)?.compare(&scene, peer.as_mut(), keep.as_deref(), &mut sums)?;
    }
    let mut metrics = sums.metrics(peer.is_some())?;
    tell("time of layers and of frames");
    time_layers(args.quick, &mut metrics)?;
    for size in &TIMED_SIZES[..if args.quick { 1 } else { TIMED_SIZES.len() }] {
        time_frames(*size, peer.as_mut(), &mut metrics)?;
    }
    let (width, height) = SIZE;
    let notes = vec![
        format!(
            "{scenes} made-up scenes with exact depth, {views} views each, {width}x{height}; the nearest point moves by 2 to 8 % of \
             the width in all directions, the farthest stays. Band: what the picture does not show and the view does."
        ),
        "sheet: the same renderer with one bent layer. PSNR is of sRGB values, the mean over views; gains are differences of it; \
         FLIP is the authors' own evaluator's mean at 67 pixels a degree. Frames are drawn on the processor."
            .to_owned(),
        "depthflow: 1.0.1 with quality 50 and its own height, the same picture and depth, parallel rays: the same camera. \
         Frames without encoding on both sides."
            .to_owned(),
    ];
    Ok(BenchReport { area: args.area.clone(), machine: Machine::here("processor".to_owned()), metrics, notes })
}

/// What is summed over views.
#[derive(Default)]
struct Sums {
    views: f64,
    banded: f64,
    band_db: f64,
    whole_db: f64,
    sheet_band_gain_db: f64,
    sheet_whole_gain_db: f64,
    peer_band_gain_db: f64,
    peer_whole_gain_db: f64,
    band_flip: f64,
    peer_band_flip: f64,
    whole_flip: f64,
    peer_whole_flip: f64,
    worst_gain_db: Option<f64>,
}

impl Sums {
    fn metrics(&self, has_peer: bool) -> Result<BTreeMap<String, f64>, BenchError> {
        let mut metrics = BTreeMap::new();
        let mut put = |name: &str, value: f64| {
            let name = format!("parallax.{name}");
            let value = measured(&name, Some(value))?;
            metrics.insert(name, value);
            Ok::<(), BenchError>(())
        };
        put("band_psnr_db", self.band_db / self.banded)?;
        put("whole_psnr_db", self.whole_db / self.views)?;
        put("sheet_band_psnr_gain_db", self.sheet_band_gain_db / self.banded)?;
        put("sheet_whole_psnr_gain_db", self.sheet_whole_gain_db / self.views)?;
        if has_peer {
            put("band_psnr_gain_db", self.peer_band_gain_db / self.banded)?;
            put("worst_view_band_psnr_gain_db", self.worst_gain_db.unwrap_or(f64::NAN))?;
            put("whole_psnr_gain_db", self.peer_whole_gain_db / self.views)?;
            put("band_flip", self.band_flip / self.banded)?;
            put("band_flip_ratio", self.band_flip / self.peer_band_flip)?;
            put("whole_flip_ratio", self.whole_flip / self.peer_whole_flip)?;
        }
        Ok(metrics)
    }
}

/// A scene's picture as layers and as one sheet, and where to look from.
struct Compared {
    picture: TruePicture,
    layered: LayeredImage,
    sheet: LayeredImage,
    /// How far the nearest point moves against the farthest, pixels right and down.
    shifts: Vec<[f32; 2]>,
}

impl Compared {
    fn new(scene: &Scene, views: usize) -> Result<Self, BenchError> {
        let (width, height) = SIZE;
        let mut picture = scene.picture(&View::of_picture(FOCAL_WIDTHS), width, height, SAMPLES);
        picture.colour = from_bytes(&to_bytes(&picture.colour), width, height);
        let layered = build_layers(&picture.colour, &picture.inverse_depth, &LayerSettings::default())?;
        let bent = kinema::parallax::layers::Layer {
            colour: picture.colour.clone(),
            inverse_depth: picture.inverse_depth.clone(),
        };
        let sheet = LayeredImage { layers: vec![bent], ..layered.clone() };
        let range = 1.0 - layered.farthest / layered.nearest;
        let shifts = (0..views).map(|i| {
            let share = i as f32 / (views.max(2) - 1) as f32;
            let px = (WIDTHS.0 + (WIDTHS.1 - WIDTHS.0) * share) * width as f32 * range;
            let (sin, cos) = (GOLDEN_ANGLE * i as f32).sin_cos();
            [px * cos, px * sin]
        });
        Ok(Self { shifts: shifts.collect(), picture, layered, sheet })
    }

    /// The camera that moves the nearest point so, with a lens shifted such that the farthest stays.
    fn view(&self, [x, y]: [f32; 2]) -> View {
        let (width, _) = SIZE;
        let (nearest, farthest) = (self.layered.nearest, self.layered.farthest);
        // Things move against the camera.
        let unit = 1.0 / ((nearest - farthest) * FOCAL_WIDTHS * width as f32);
        let mut view = View::of_picture(FOCAL_WIDTHS);
        view.position.x = -x * unit;
        view.position.y = y * unit;
        view.lens_shift_widths.x = view.position.x * farthest * FOCAL_WIDTHS;
        view.lens_shift_widths.y = -view.position.y * farthest * FOCAL_WIDTHS;
        view
    }

    fn compare(
        &self,
        scene: &Scene,
        mut peer: Option<&mut DepthFlow>,
        keep: Option<&Path>,
        sums: &mut Sums,
    ) -> Result<(), BenchError> {
        let (width, height) = SIZE;
        let depth = relative(&self.picture.inverse_depth);
        let theirs = peer.as_deref_mut().map(|peer| {
            peer.views(&to_bytes(&self.picture.colour), &depth, SIZE, &self.shifts).map(|(pictures, _)| pictures)
        });
        let theirs = theirs.transpose()?;
        let (layered, sheet) =
            (SceneRenderer::new(&self.layered, FOCAL_WIDTHS), SceneRenderer::new(&self.sheet, FOCAL_WIDTHS));
        for (i, shift) in self.shifts.iter().enumerate() {
            let view = self.view(*shift);
            let truth = scene.picture(&view, width, height, SAMPLES).colour;
            let ours = layered.render(&view, width, height).colour;
            let bent = sheet.render(&view, width, height).colour;
            let inside = ours.map(|p| p[3] > 0.5);
            let seen = scene.disoccluded(&view, FOCAL_WIDTHS, width, height);
            let band = Raster::from_fn(width, height, |x, y| seen.at(x, y) && inside.at(x, y));
            let has_band = band.data().iter().filter(|b| **b).count() > 50;
            let ours = from_bytes(&to_bytes(&ours), width, height);
            if let Some(folder) = keep.filter(|_| i + 1 == self.shifts.len()) {
                let other = theirs.as_ref().map(|theirs| from_bytes(&theirs[i], width, height));
                let kept = [
                    ("picture", Some(&self.picture.colour)),
                    ("truth", Some(&truth)),
                    ("layers", Some(&ours)),
                    ("sheet", Some(&bent)),
                    ("depthflow", other.as_ref()),
                ];
                for (name, picture) in kept {
                    picture.map_or(Ok(()), |picture| write_ppm(&folder.join(name).with_extension("ppm"), picture))?;
                }
            }
            let db = |picture: &Raster<Rgba>, over: &Raster<bool>| psnr_db(picture, &truth, over);
            let (band_db, whole_db) = (db(&ours, &band), db(&ours, &inside));
            sums.views += 1.0;
            sums.whole_db += whole_db;
            sums.sheet_whole_gain_db += whole_db - db(&bent, &inside);
            if has_band {
                sums.banded += 1.0;
                sums.band_db += band_db;
                sums.sheet_band_gain_db += band_db - db(&bent, &band);
            }
            let (Some(peer), Some(theirs)) = (peer.as_deref_mut(), &theirs) else { continue };
            let other = from_bytes(&theirs[i], width, height);
            sums.peer_whole_gain_db += whole_db - db(&other, &inside);
            let truth_bytes = to_bytes(&truth);
            // Outside of the picture nobody knows anything.
            let masked = |picture: &Raster<Rgba>| -> Vec<u8> {
                let bytes = to_bytes(picture);
                let is_inside = |i: usize| inside.data()[i / 3];
                bytes
                    .iter()
                    .zip(&truth_bytes)
                    .enumerate()
                    .map(|(i, (a, t))| if is_inside(i) { *a } else { *t })
                    .collect()
            };
            let our_flip = peer.flip(&truth_bytes, &masked(&ours), &band)?;
            let their_flip = peer.flip(&truth_bytes, &masked(&other), &band)?;
            sums.whole_flip += our_flip.1;
            sums.peer_whole_flip += their_flip.1;
            if has_band {
                let gain_db = band_db - db(&other, &band);
                sums.peer_band_gain_db += gain_db;
                sums.worst_gain_db = Some(sums.worst_gain_db.map_or(gain_db, |worst| worst.min(gain_db)));
                sums.band_flip += our_flip.0;
                sums.peer_band_flip += their_flip.0;
            }
        }
        Ok(())
    }
}

/// Inverse depth from 0 (farthest) to 1 (nearest).
fn relative(inverse_depth: &Raster<f32>) -> Raster<f32> {
    let (low, high) = inverse_depth.range();
    inverse_depth.map(|q| (q - low) / (high - low).max(1e-12))
}

fn to_bytes(picture: &Raster<Rgba>) -> Vec<u8> {
    let table = SrgbTable::default();
    picture.data().iter().flat_map(|p| [table.byte(p[0]), table.byte(p[1]), table.byte(p[2])]).collect()
}

/// Portable pixmap.
fn write_ppm(path: &Path, picture: &Raster<Rgba>) -> Result<(), BenchError> {
    let (width, height) = picture.size();
    let bytes = [format!("P6\n{width} {height}\n255\n").into_bytes(), to_bytes(picture)].concat();
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, bytes))
        .map_err(|source| BenchError::Io { path: path.to_owned(), source })
}

fn from_bytes(bytes: &[u8], width: usize, height: usize) -> Raster<Rgba> {
    Raster::from_fn(width, height, |x, y| {
        let at = (y * width + x) * 3;
        let [r, g, b] = [0, 1, 2].map(|c| linear_from_srgb(f32::from(bytes[at + c]) / 255.0));
        [r, g, b, 1.0]
    })
}

/// Seconds until a picture of 1920x1080 with exact depth is layers.
fn time_layers(is_quick: bool, metrics: &mut BTreeMap<String, f64>) -> Result<(), BenchError> {
    let mut secs = Vec::new();
    for number in 0..if is_quick { 1 } else { 4 } {
        let picture = Scene::numbered(number).picture(&View::of_picture(FOCAL_WIDTHS), 1920, 1080, 1);
        let start = Instant::now();
        build_layers(&picture.colour, &picture.inverse_depth, &LayerSettings::default())?;
        secs.push(start.elapsed().as_secs_f64());
    }
    let name = "parallax.layers_1080p_secs";
    metrics.insert(name.to_owned(), measured(name, median(&secs))?);
    Ok(())
}

fn time_frames(
    (width, height): (usize, usize),
    mut peer: Option<&mut DepthFlow>,
    metrics: &mut BTreeMap<String, f64>,
) -> Result<(), BenchError> {
    let picture = Scene::numbered(1).picture(&View::of_picture(FOCAL_WIDTHS), width, height, 1);
    let image = build_layers(&picture.colour, &picture.inverse_depth, &LayerSettings::default())?;
    let renderer = SceneRenderer::new(&image, FOCAL_WIDTHS);
    let limit = image.most_shift_widths / (FOCAL_WIDTHS * image.nearest);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for turn in 0..TIMED_TURNS {
        let angles = (0..TIMED_VIEWS).map(|i| GOLDEN_ANGLE * (turn * TIMED_VIEWS + i) as f32);
        let mut shifts = Vec::new();
        for angle in angles {
            let mut view = View::of_picture(FOCAL_WIDTHS);
            (view.position.x, view.position.y) = (0.5 * limit * angle.cos(), 0.5 * limit * angle.sin());
            let start = Instant::now();
            let bytes = to_bytes(&renderer.render(&view, width, height).colour);
            ours.push(start.elapsed().as_secs_f64());
            let px = 0.5 * image.most_shift_widths * width as f32 * f32::from(u8::from(!bytes.is_empty()));
            shifts.push([-px * angle.cos(), px * angle.sin()]);
        }
        if let Some(peer) = peer.as_deref_mut() {
            let depth = relative(&picture.inverse_depth);
            let (_, secs) = peer.views(&to_bytes(&picture.colour), &depth, (width, height), &shifts)?;
            theirs.push(secs);
        }
    }
    let mut put = |name: &str, value: Option<f64>| {
        let name = format!("parallax.{name}_{height}p");
        let value = measured(&name, value)?;
        metrics.insert(name, value);
        Ok::<(), BenchError>(())
    };
    put("frame_ms", median(&ours).map(|secs| secs * 1e3))?;
    if peer.is_some() {
        put("depthflow_frame_ms", median(&theirs).map(|secs| secs * 1e3))?;
        put("time_ratio", ratio_of_medians(&ours, &theirs))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_farthest_stays_and_the_nearest_moves_as_asked() {
        let compared = Compared::new(&Scene::numbered(0), 3).expect("layers");
        let (width, height) = SIZE;
        let [x, y] = compared.shifts[1];
        let view = compared.view([x, y]);
        for (q, share) in [(compared.layered.farthest, 0.0), (compared.layered.nearest, 1.0)] {
            let point = kinema::parallax::view::unprojected([200.0, 150.0].into(), q, FOCAL_WIDTHS, width, height);
            let (pixel, _) = view.project(point, width, height).expect("in front");
            assert!(
                (pixel.x - 200.0 - share * x).abs() < 0.01 && (pixel.y - 150.0 - share * y).abs() < 0.01,
                "{pixel}"
            );
        }
    }
}
