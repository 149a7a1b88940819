//! What layers, one bent sheet and DepthFlow make of a picture, against what the engine draws from there.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use bevy::math::Vec3;
use kinema::parallax::layers::{Layer, LayerSettings, LayeredImage, build_layers};
use kinema::parallax::raster::{Raster, Rgba};
use kinema::parallax::reference::SceneRenderer;
use kinema::parallax::transfer::SrgbTable;
use kinema::parallax::truth::Scene;
use kinema::parallax::view::View;

use super::depthflow::DepthFlow;
use super::drawn::Drawn;
use super::flip::{Evaluators, Pair};
use super::sets::{Lens, Set};
use super::{Extent, FOCAL_WIDTHS, GOLDEN_ANGLE};
use crate::BenchError;

const LENS: Lens = Lens { width: 640, height: 360, focal_widths: FOCAL_WIDTHS };
/// How far the nearest point moves, in widths.
const WIDTHS: (f32, f32) = (0.02, 0.08);
/// A band of fewer pixels says nothing.
const LEAST_BAND_PX: usize = 50;

/// What was found in one view.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    pub band_px: usize,
    pub whole: Against,
    /// `None` where nothing is uncovered.
    pub band: Option<Against>,
    /// Indices of the answers about FLIP: ours, and DepthFlow's.
    pub flips: Option<[usize; 2]>,
}

/// PSNR over some pixels, dB.
#[derive(Clone, Copy, Debug)]
pub struct Against {
    pub ours_db: f64,
    /// The same renderer with one bent layer, where no peer is asked.
    pub sheet_db: Option<f64>,
    pub depthflow_db: Option<f64>,
}

/// The peer, where it is asked.
pub struct Peers {
    pub depthflow: DepthFlow,
    pub evaluators: Evaluators,
}

/// Views of the set with a number, and the driver that drew it.
///
/// # Errors
/// A shot that cannot be drawn, a peer that fails, the disk.
pub fn compare(
    number: u64,
    extent: &Extent,
    peers: Option<&mut Peers>,
    keep: Option<&Path>,
) -> Result<(Vec<Found>, String), BenchError> {
    let mut positions = vec![Vec3::ZERO];
    let (_, nearest) =
        Scene::numbered(number).picture(&View::of_picture(FOCAL_WIDTHS), 160, 90, 1).inverse_depth.range();
    positions.extend((0..extent.views).map(|i| position(nearest, i, extent.views)));
    let set = Set::numbered(number, LENS, &positions)?;
    let (drawn, driver) = Drawn::all(set.shot.clone())?;
    let Some((picture, truths)) = drawn.split_first() else {
        return Err(BenchError::NothingMeasured(format!("set {number} has no frame")));
    };
    let colour = picture.colour();
    let layered = build_layers(&colour, &picture.inverse_depth, &LayerSettings::default())?;
    // A bent sheet is slow to draw, and DepthFlow is one.
    let sheet = peers.is_none().then(|| {
        let bent = Layer { colour: colour.clone(), inverse_depth: picture.inverse_depth.clone() };
        LayeredImage { layers: vec![bent], ..layered.clone() }
    });
    let scene = Compared {
        picture,
        layers: SceneRenderer::new(&layered, FOCAL_WIDTHS),
        sheet: sheet.as_ref().map(|sheet| SceneRenderer::new(sheet, FOCAL_WIDTHS)),
        views_per_flip: extent.views_per_flip,
        keep,
    };
    let found = scene.views(&positions[1..], truths, layered.nearest, peers)?;
    Ok((found, driver))
}

/// Where the camera of a view stands: the nearest point moves by [`WIDTHS`] of the picture, in all directions.
fn position(nearest: f32, i: usize, views: usize) -> Vec3 {
    let share = i as f32 / (views.max(2) - 1) as f32;
    let length = (WIDTHS.0 + (WIDTHS.1 - WIDTHS.0) * share) / (nearest * FOCAL_WIDTHS);
    let (sin, cos) = (GOLDEN_ANGLE * i as f32).sin_cos();
    Vec3::new(-length * cos, length * sin, 0.0)
}

struct Compared<'a> {
    picture: &'a Drawn,
    layers: SceneRenderer<'a>,
    sheet: Option<SceneRenderer<'a>>,
    views_per_flip: usize,
    keep: Option<&'a Path>,
}

impl Compared<'_> {
    fn views(
        &self,
        positions: &[Vec3],
        truths: &[Drawn],
        nearest: f32,
        mut peers: Option<&mut Peers>,
    ) -> Result<Vec<Found>, BenchError> {
        let theirs = match peers.as_deref_mut() {
            Some(peers) => {
                // Things move against the camera.
                let px = nearest * FOCAL_WIDTHS * LENS.width as f32;
                let shifts: Vec<[f32; 2]> = positions.iter().map(|p| [-p.x * px, p.y * px]).collect();
                let depth = self.picture.inverse_depth.map(|q| q / nearest);
                Some(peers.depthflow.views(&self.picture.rgb8, &depth, (LENS.width, LENS.height), &shifts)?.0)
            }
            None => None,
        };
        let mut all = Vec::new();
        for (i, (position, truth)) in positions.iter().zip(truths).enumerate() {
            let other = theirs.as_ref().map(|theirs| theirs[i].as_slice());
            let keep = self.keep.filter(|_| i + 1 == truths.len());
            let (mut found, pairs) = self.view(*position, truth, other, keep)?;
            let is_flipped = i % self.views_per_flip == 0;
            if let (Some(peers), Some(pairs), true) = (peers.as_deref_mut(), pairs, is_flipped) {
                found.flips = Some(pairs.map(|pair| peers.evaluators.send(pair)));
            }
            all.push(found);
        }
        Ok(all)
    }

    fn view(
        &self,
        position: Vec3,
        truth: &Drawn,
        theirs: Option<&[u8]>,
        keep: Option<&Path>,
    ) -> Result<(Found, Option<[Pair; 2]>), BenchError> {
        let Lens { width, height, .. } = LENS;
        let view = View { position, ..View::of_picture(FOCAL_WIDTHS) };
        let ours = self.layers.render(&view, width, height).colour;
        // Outside of the picture nobody knows anything.
        let inside = ours.map(|p| p[3] > 0.5);
        let ours = to_bytes(&ours);
        let sheet = self.sheet.as_ref().map(|sheet| to_bytes(&sheet.render(&view, width, height).colour));
        let seen = truth.disoccluded(self.picture, &view);
        let band = Raster::from_fn(width, height, |x, y| seen.at(x, y) && inside.at(x, y));
        if let Some(folder) = keep {
            let kept = [
                ("picture", Some(&self.picture.rgb8[..])),
                ("truth", Some(&truth.rgb8)),
                ("layers", Some(&ours)),
                ("sheet", sheet.as_deref()),
                ("depthflow", theirs),
            ];
            for (name, rgb8) in kept {
                rgb8.map_or(Ok(()), |rgb8| write_ppm(&folder.join(name).with_extension("ppm"), rgb8))?;
            }
        }
        let against = |over: &Raster<bool>| Against {
            ours_db: psnr_db(&ours, &truth.rgb8, over),
            sheet_db: sheet.as_ref().map(|sheet| psnr_db(sheet, &truth.rgb8, over)),
            depthflow_db: theirs.map(|theirs| psnr_db(theirs, &truth.rgb8, over)),
        };
        let band_px = band.data().iter().filter(|b| **b).count();
        let found = Found {
            band_px,
            whole: against(&inside),
            band: (band_px > LEAST_BAND_PX).then(|| against(&band)),
            flips: None,
        };
        let reference = Arc::new(truth.rgb8.clone());
        let mask = Arc::new(band.data().iter().map(|over| u8::from(*over)).collect::<Vec<u8>>());
        let pairs = theirs.map(|theirs| {
            [&ours[..], theirs].map(|picture| Pair {
                reference: reference.clone(),
                test: inside_only(picture, &reference, &inside),
                mask: mask.clone(),
                size: (width, height),
            })
        });
        Ok((found, pairs))
    }
}

fn inside_only(picture: &[u8], truth: &[u8], inside: &Raster<bool>) -> Vec<u8> {
    let both = picture.iter().zip(truth).enumerate();
    both.map(|(i, (own, right))| if inside.data()[i / 3] { *own } else { *right }).collect()
}

pub fn to_bytes(picture: &Raster<Rgba>) -> Vec<u8> {
    let table = SrgbTable::default();
    picture.data().iter().flat_map(|p| [table.byte(p[0]), table.byte(p[1]), table.byte(p[2])]).collect()
}

/// Peak signal to noise ratio in dB of bytes over the pixels where `over` is true.
fn psnr_db(a: &[u8], b: &[u8], over: &Raster<bool>) -> f64 {
    let (mut sum, mut count) = (0u64, 0u64);
    for ((a, b), _) in a.chunks_exact(3).zip(b.chunks_exact(3)).zip(over.data()).filter(|(_, over)| **over) {
        sum += a.iter().zip(b).map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2)).sum::<u64>();
        count += 3;
    }
    -10.0 * (sum as f64 / (count as f64 * 255.0 * 255.0)).log10()
}

/// Portable pixmap.
fn write_ppm(path: &Path, rgb8: &[u8]) -> Result<(), BenchError> {
    let Lens { width, height, .. } = LENS;
    let bytes = [format!("P6\n{width} {height}\n255\n").as_bytes(), rgb8].concat();
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, bytes))
        .map_err(|source| BenchError::Io { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_point_moves_as_asked() {
        for i in [0, 7, 59] {
            let view = View { position: position(0.7, i, 60), ..View::of_picture(FOCAL_WIDTHS) };
            let from = bevy::math::Vec2::new(200.0, 150.0);
            let point = kinema::parallax::view::unprojected(from, 0.7, FOCAL_WIDTHS, LENS.width, LENS.height);
            let (pixel, _) = view.project(point, LENS.width, LENS.height).expect("in front");
            let widths = (pixel - from).length() / LENS.width as f32;
            let asked = WIDTHS.0 + (WIDTHS.1 - WIDTHS.0) * i as f32 / 59.0;
            assert!((widths - asked).abs() < 1e-4, "view {i}: {widths} {asked}");
        }
    }
}
