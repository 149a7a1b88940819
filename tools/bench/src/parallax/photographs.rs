//! A stranger's photographs through every default move: holes, and triangles that are drawn out.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use kinema::parallax::layers::{LayerSettings, build_layers};
use kinema::parallax::network::shipped_model;
use kinema::parallax::soundness::{default_presets, soundness};
use kinema::parallax::{DepthSource, PlateSource};

use super::FOCAL_WIDTHS;
use crate::BenchError;
use crate::stats::{measured, median};

/// Longest side that they are taken in with: what holds or tears depends little on more.
const LONGEST_SIDE_PX: usize = 960;
const ENDINGS: [&str; 3] = ["png", "jpg", "jpeg"];

/// Figures of all pictures of a folder and a line for each. A depth beside a picture, `NAME_depth.png`, is taken instead of
/// the project's network.
pub fn measure(folder: &Path, tell: &mut dyn FnMut(&str)) -> Result<(BTreeMap<String, f64>, Vec<String>), BenchError> {
    let pictures = pictures(folder)?;
    let (mut holes, mut holed, mut stretches) = (0, 0, Vec::new());
    let mut lines = Vec::new();
    for path in &pictures {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        tell(&name);
        let beside = depth_beside(path);
        let depth = match (beside.is_file(), shipped_model()) {
            (true, _) => DepthSource::File { path: beside, convention: None },
            (false, Some(model)) => DepthSource::guessed(model),
            (false, None) => return Err(missing(&beside)),
        };
        let source = PlateSource {
            photograph: path.clone(),
            depth,
            inpainting: None,
            layers: LayerSettings::default(),
            longest_side_px: LONGEST_SIDE_PX,
        };
        let (photograph, depth) = source.read()?;
        let image = build_layers(&photograph.colour, &depth.values, &source.layers)?;
        let (mut line, mut all, mut most) = (name, 0, 1.0f32);
        for (preset, kind) in default_presets() {
            let got = soundness(&image, kind, FOCAL_WIDTHS);
            line.push_str(&format!("; {preset} {} holes, stretch {:.2}", got.holes_px, got.most_stretch));
            all += got.holes_px;
            most = most.max(got.most_stretch);
        }
        holes += all;
        holed += usize::from(all > 0);
        stretches.push(f64::from(most));
        lines.push(line);
    }
    let mut metrics = BTreeMap::new();
    let mut put = |name: &str, value: Option<f64>| {
        let name = format!("parallax.photographs_{name}");
        let value = measured(&name, value)?;
        metrics.insert(name, value);
        Ok::<(), BenchError>(())
    };
    put("count", Some(pictures.len() as f64))?;
    put("holes_px", Some(holes as f64))?;
    put("with_holes", Some(holed as f64))?;
    put("most_stretch", stretches.iter().copied().reduce(f64::max))?;
    put("median_stretch", median(&stretches))?;
    Ok((metrics, lines))
}

fn depth_beside(picture: &Path) -> PathBuf {
    let stem = picture.file_stem().unwrap_or_default().to_string_lossy();
    picture.with_file_name(format!("{stem}{DEPTH}.png"))
}

const DEPTH: &str = "_depth";

/// In the order of their names, without depths.
fn pictures(folder: &Path) -> Result<Vec<PathBuf>, BenchError> {
    let io = |source| BenchError::Io { path: folder.to_owned(), source };
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
        let is_depth = path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with(DEPTH));
        if ENDINGS.contains(&ending.as_str()) && !is_depth {
            all.push(path);
        }
    }
    all.sort();
    if all.is_empty() {
        return Err(missing(&folder.join("*.png")));
    }
    Ok(all)
}

fn missing(path: &Path) -> BenchError {
    BenchError::Io { path: path.to_owned(), source: std::io::ErrorKind::NotFound.into() }
}
