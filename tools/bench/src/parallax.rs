//! Area `parallax`: views of pictures that the engine draws with exact depth, against what it draws from there, beside one
//! sheet bent by the depth and DepthFlow.

mod compared;
mod depthflow;
mod drawn;
mod flip;
mod patch;
mod photographs;
mod sets;

use std::collections::BTreeMap;
use std::time::Instant;

use kinema::parallax::layers::{LayerSettings, build_layers};
use kinema::parallax::raster::Raster;
use kinema::parallax::reference::SceneRenderer;
use kinema::parallax::truth::Scene;
use kinema::parallax::view::View;

use self::compared::{Against, Found, Peers, to_bytes};
use self::depthflow::DepthFlow;
use self::flip::{Evaluators, Flip};
use crate::stats::{measured, median, ratio_of_medians};
use crate::{BenchArgs, BenchError, BenchReport, Machine};

/// Of all cameras, in widths of the picture.
const FOCAL_WIDTHS: f32 = 0.9;
/// How much is looked at.
struct Extent {
    sets: u64,
    views: usize,
    /// Of so many views one is given to FLIP, which takes longer than drawing, peers and all.
    views_per_flip: usize,
}

/// In full.
const SETS: u64 = 30;
const VIEWS: usize = 60;
const QUICK: Extent = Extent { sets: 4, views: 6, views_per_flip: 1 };
const GOLDEN_ANGLE: f32 = 2.399_963_2;
/// What the time of a frame is measured at, and in how many turns of how many frames.
const TIMED_SIZES: [(usize, usize); 2] = [(1280, 720), (1920, 1080)];
const TIMED_TURNS: usize = 3;
const TIMED_VIEWS: usize = 5;

impl Extent {
    fn full(views: usize) -> Self {
        let views_per_flip = match views {
            ..12 => 1,
            12..30 => 2,
            _ => 4,
        };
        Self { sets: SETS, views, views_per_flip }
    }
}

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
    let start = || Ok::<_, BenchError>(Peers { depthflow: DepthFlow::start()?, evaluators: Evaluators::start()? });
    let mut peers = args.peer.as_ref().map(|_| start()).transpose()?;
    // Times first, while no evaluator works.
    tell("time of layers and of frames");
    let mut metrics = BTreeMap::new();
    time_layers(args.quick, &mut metrics)?;
    for size in &TIMED_SIZES[..if args.quick { 1 } else { TIMED_SIZES.len() }] {
        time_frames(*size, peers.as_mut().map(|peers| &mut peers.depthflow), &mut metrics)?;
    }
    let extent = if args.quick { QUICK } else { Extent::full(args.views.unwrap_or(VIEWS)) };
    let (mut found, mut driver) = (Vec::new(), String::new());
    for number in 0..extent.sets {
        tell(&format!("set {number}, {} views", extent.views));
        let keep = args.keep_dir.as_ref().map(|folder| folder.join(format!("set_{number}")));
        let (of_set, drawn_by) = compared::compare(number, &extent, peers.as_mut(), keep.as_deref())?;
        found.push(of_set);
        driver = drawn_by;
    }
    let flips = peers.map(|peers| peers.evaluators.finish()).transpose()?;
    let lines = found.iter().enumerate().map(|(number, of_set)| line(number, of_set, flips.as_deref())).collect();
    let all: Vec<Found> = found.into_iter().flatten().collect();
    summed(&all, flips.as_deref(), &mut metrics)?;
    let notes = [notes(&extent), lines].concat();
    Ok(BenchReport { area: args.area.clone(), machine: Machine::here(driver), metrics, notes })
}

fn notes(extent: &Extent) -> Vec<String> {
    let Extent { sets, views, views_per_flip } = extent;
    vec![
        format!(
            "{sets} sets drawn by the engine with exact depth, {views} views each, 640x360; the nearest point moves by 2 to 8 % of \
             the width in all directions. Band: what the picture does not show and the view does."
        ),
        format!(
            "sheet: the same renderer with one bent layer, where no peer is asked. PSNR is of sRGB values, the mean over views; gains are differences of it; \
             FLIP is the authors' own evaluator's mean at 67 pixels a degree, of one view in {views_per_flip}. Frames are drawn on the \
             processor."
        ),
        "depthflow: 1.0.1 with quality 50 and its own height, the same picture and depth, parallel rays: the same camera. \
         Frames without encoding on both sides."
            .to_owned(),
    ]
}

/// The figures of one set.
fn line(number: usize, found: &[Found], flips: Option<&[Flip]>) -> String {
    let banded: Vec<(Against, Option<[usize; 2]>)> =
        found.iter().filter_map(|found| Some((found.band?, found.flips))).collect();
    let gain =
        mean(banded.iter().map(|(band, _)| band.ours_db - band.depthflow_db.or(band.sheet_db).unwrap_or(f64::NAN)));
    let of = |which: usize| mean(banded.iter().filter_map(|(_, indices)| Some(flips?.get((*indices)?[which])?.masked)));
    let band_px = mean(found.iter().map(|found| found.band_px as f64));
    let ratio = flips.map(|_| format!(", FLIP {:.2} times", of(0) / of(1))).unwrap_or_default();
    format!("set {number}: band of {band_px:.0} pixels, {gain:+.2} dB{ratio}")
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

fn summed(found: &[Found], flips: Option<&[Flip]>, metrics: &mut BTreeMap<String, f64>) -> Result<(), BenchError> {
    let mut put = |name: &str, value: f64| {
        let name = format!("parallax.{name}");
        let value = measured(&name, Some(value))?;
        metrics.insert(name, value);
        Ok::<(), BenchError>(())
    };
    let whole = || found.iter().map(|found| found.whole);
    let band = || found.iter().filter_map(|found| found.band);
    put("band_psnr_db", mean(band().map(|band| band.ours_db)))?;
    put("whole_psnr_db", mean(whole().map(|whole| whole.ours_db)))?;
    let Some(flips) = flips else {
        let gain = |against: Against| Some(against.ours_db - against.sheet_db?);
        put("sheet_band_psnr_gain_db", mean(band().filter_map(gain)))?;
        return put("sheet_whole_psnr_gain_db", mean(whole().filter_map(gain)));
    };
    let gain = |against: Against| Some(against.ours_db - against.depthflow_db?);
    put("band_psnr_gain_db", mean(band().filter_map(gain)))?;
    put("worst_view_band_psnr_gain_db", band().filter_map(gain).fold(f64::INFINITY, f64::min))?;
    put("whole_psnr_gain_db", mean(whole().filter_map(gain)))?;
    let of = |which: usize| {
        let all = found.iter().filter_map(move |found| Some((found.band.is_some(), *flips.get(found.flips?[which])?)));
        let masked = mean(all.clone().filter(|(has_band, _)| *has_band).map(|(_, flip)| flip.masked));
        (masked, mean(all.map(|(_, flip)| flip.whole)))
    };
    let (ours, theirs) = (of(0), of(1));
    put("band_flip", ours.0)?;
    put("band_flip_ratio", ours.0 / theirs.0)?;
    put("whole_flip_ratio", ours.1 / theirs.1)
}

/// Inverse depth from 0 (farthest) to 1 (nearest).
fn relative(inverse_depth: &Raster<f32>) -> Raster<f32> {
    let (low, high) = inverse_depth.range();
    inverse_depth.map(|q| (q - low) / (high - low).max(1e-12))
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
