//! Depth of a photograph that has none, by a network.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use kinema_core::sha256_hex;
use kinema_neural::{DepthKind, DepthModel, InpaintModel, Picture, Pixels};

use crate::error::ParallaxError;
use crate::input::DepthConvention;
use crate::raster::{Raster, Rgba};
use crate::refine::RefineSettings;
use crate::transfer::linear_from_srgb;

/// Edges of a network's maps are softer than those of depth that was only made smaller.
pub const NETWORK_REFINE: RefineSettings = RefineSettings { ramp_px: 2.0, smallest_jump: 0.05 };

/// The network that the project trained: in the checkout that this program was built from, or below a folder that the program
/// lies in. `None` where it is not.
pub fn shipped_model() -> Option<PathBuf> {
    let program = std::env::current_exe().and_then(std::fs::canonicalize).unwrap_or_default();
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::iter::once(built_in.as_path()).chain(program.ancestors()).find_map(model_below)
}

fn model_below(folder: &Path) -> Option<PathBuf> {
    let folder = folder.join("assets/models/depth").canonicalize().ok()?;
    folder.join("model.toml").is_file().then_some(folder)
}

/// A network that guesses depth, loaded.
#[derive(Debug)]
pub struct DepthNetwork(DepthModel);

impl DepthNetwork {
    /// `model` is a folder with `model.toml`, or a bare `.onnx` file of the Depth Anything V2 family.
    ///
    /// # Errors
    /// [`ParallaxError::Network`]: no such network, one with other tensors, ONNX Runtime that is not installed.
    pub fn load(model: &Path) -> Result<Self, ParallaxError> {
        Ok(Self(DepthModel::load(model)?))
    }

    /// Values and their meaning for a picture (linear, multiplied by opacity), as fine as the network gives them.
    ///
    /// # Errors
    /// [`ParallaxError::Network`]: it gives what is no depth, or its executor fails.
    pub fn depth(&mut self, colour: &Raster<Rgba>) -> Result<(Raster<f32>, DepthConvention), ParallaxError> {
        let (width, height) = colour.size();
        // Where nothing is, white shows: that is how networks have seen cut-out pictures.
        let linear: Vec<f32> =
            colour.data().iter().flat_map(|p| [0, 1, 2].map(|c| (p[c] + 1.0 - p[3]).min(1.0))).collect();
        let map = self.0.depth(&Picture { width, height, pixels: Pixels::Linear(&linear) })?;
        let convention = match map.kind {
            DepthKind::RelativeInverse => DepthConvention::RelativeNearWhite,
            DepthKind::MetricInverse => DepthConvention::MetricInverse,
            DepthKind::Relative => DepthConvention::RelativeDepth,
            DepthKind::Metric => DepthConvention::MetricDepth,
        };
        let (width, height) = (map.width, map.height);
        let values = Raster::from_data(width, height, map.values);
        // As many as its size says, by its own promise.
        Ok((values.unwrap_or_else(|| Raster::filled(1, 1, 0.0)), convention))
    }
}

/// A network that makes up what pictures lack, loaded.
#[derive(Debug)]
pub struct InpaintNetwork(Mutex<InpaintModel>);

impl InpaintNetwork {
    /// `model` is a folder with `model.toml`, or a bare `.onnx` file of the LaMa family.
    ///
    /// # Errors
    /// [`ParallaxError::Network`]: no such network, one with other tensors, ONNX Runtime that is not installed.
    pub fn load(model: &Path) -> Result<Self, ParallaxError> {
        Ok(Self(Mutex::new(InpaintModel::load(model)?)))
    }

    /// An [`Inpaint`](crate::layers::Inpaint): opaque, as sharp as the network gives it.
    ///
    /// # Errors
    /// [`ParallaxError::Network`]: it gives what is no picture, or its executor fails.
    pub fn inpaint(&self, colour: &Raster<Rgba>, known: &Raster<bool>) -> Result<Raster<Rgba>, ParallaxError> {
        let (width, height) = colour.size();
        let linear: Vec<f32> = colour.data().iter().flat_map(|p| [p[0], p[1], p[2]]).collect();
        let is_missing: Vec<bool> = known.data().iter().map(|known| !known).collect();
        let picture = Picture { width, height, pixels: Pixels::Linear(&linear) };
        let mut model = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let made = model.inpaint(&picture, &is_missing)?;
        let coarse = Raster::from_fn(made.width, made.height, |x, y| {
            let at = 3 * (y * made.width + x);
            let [r, g, b] = [0, 1, 2].map(|c| linear_from_srgb(made.srgb[at + c]));
            [r, g, b, 1.0]
        });
        Ok(coarse.resized_colour(width, height))
    }
}

/// Changes with every byte that a network consists of.
///
/// # Errors
/// [`ParallaxError::Read`].
pub fn identity(model: &Path) -> Result<String, ParallaxError> {
    let read = |path: &Path| std::fs::read(path).map_err(|source| ParallaxError::Read { path: path.into(), source });
    if !model.is_dir() {
        return Ok(sha256_hex(&read(model)?));
    }
    // It names the network's own hash.
    Ok(sha256_hex(&read(&model.join("model.toml"))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_is_found_below_a_folder_that_holds_the_program() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(model_below(folder.path()), None);
        let model = folder.path().join("assets/models/depth");
        std::fs::create_dir_all(&model).unwrap();
        assert_eq!(model_below(folder.path()), None, "an empty folder is no network");
        std::fs::write(model.join("model.toml"), "").unwrap();
        let found = folder.path().join("bin").ancestors().find_map(model_below);
        assert_eq!(found, Some(model.canonicalize().unwrap()));
    }
}
