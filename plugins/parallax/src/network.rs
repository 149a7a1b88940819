//! Depth of a photograph that has none, by a network.

use std::path::{Path, PathBuf};

use kinema_core::sha256_hex;
use kinema_neural::{DepthKind, DepthModel, Picture, Pixels};

use crate::error::ParallaxError;
use crate::input::{DepthConvention, Photograph};
use crate::raster::Raster;
use crate::refine::RefineSettings;

/// Edges of a network's maps are softer than those of depth that was only made smaller.
pub const NETWORK_REFINE: RefineSettings = RefineSettings { ramp_px: 2.0, smallest_jump: 0.05 };

/// The network that the project trained, in its checkout; `None` where it is not.
pub fn shipped_model() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models/depth");
    let folder = folder.canonicalize().ok()?;
    folder.join("model.toml").is_file().then_some(folder)
}

/// Values and their meaning for a photograph, as fine as the network gives them. `model` is a folder with `model.toml`, or a
/// bare `.onnx` file of the Depth Anything V2 family.
///
/// # Errors
/// [`ParallaxError::Network`]: no such network, one with other tensors, ONNX Runtime that is not installed.
pub fn depth_of(model: &Path, photograph: &Photograph) -> Result<(Raster<f32>, DepthConvention), ParallaxError> {
    let mut network = DepthModel::load(model)?;
    let (width, height) = photograph.colour.size();
    // Where nothing is, white shows: that is how networks have seen cut-out pictures.
    let linear: Vec<f32> =
        photograph.colour.data().iter().flat_map(|p| [0, 1, 2].map(|c| (p[c] + 1.0 - p[3]).min(1.0))).collect();
    let map = network.depth(&Picture { width, height, pixels: Pixels::Linear(&linear) })?;
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
