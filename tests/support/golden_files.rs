//! Where golden pictures and the results of comparing them lie, and in what form. The tests and `cargo xtask golden`
//! both compile this file, so that neither can misread the other.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// `tests/golden/golden.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoldenList {
    /// For the pictures that name none of their own.
    pub tolerance: Tolerance,
    /// By the picture's name: `tests/golden/<name>.png`.
    #[serde(default, rename = "picture")]
    pub pictures: BTreeMap<String, GoldenPicture>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoldenPicture {
    /// What a person should see in it.
    pub shows: String,
    pub tolerance: Option<Tolerance>,
    /// Why it needs a tolerance of its own.
    pub reason: Option<String>,
}

/// The largest mean FLIP error that still passes, 0..=1.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tolerance {
    /// On the software rasteriser, which made the reference.
    pub software: f32,
    /// On any other device.
    pub hardware: f32,
}

impl GoldenList {
    /// Every exception from the common tolerance has a reason, and every tolerance lies in 0..=1.
    pub fn parse(text: &str) -> Result<Self, String> {
        let list: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let exceptions = list.pictures.values().filter_map(|picture| picture.tolerance);
        for Tolerance { software, hardware } in exceptions.chain([list.tolerance]) {
            if !(0.0..=1.0).contains(&software) || !(0.0..=1.0).contains(&hardware) {
                return Err(format!("a tolerance lies in 0..=1, not {software} and {hardware}"));
            }
        }
        match list.pictures.iter().find(|(_, picture)| picture.tolerance.is_some() != picture.reason.is_some()) {
            Some((name, _)) => Err(format!("picture `{name}`: a tolerance of its own and a reason come together")),
            None => Ok(list),
        }
    }

    pub fn tolerance_of(&self, picture: &str) -> Tolerance {
        self.pictures.get(picture).and_then(|picture| picture.tolerance).unwrap_or(self.tolerance)
    }
}

/// What one comparison found: `<results>/<name>.toml`, beside the pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoldenResult {
    pub passed: bool,
    /// None when there was no reference, or one of another size.
    pub mean_flip: Option<f32>,
    pub max_flip: Option<f32>,
    /// What `mean_flip` was held against.
    pub tolerance: f32,
    /// The device's name, as the driver gives it.
    pub adapter: String,
}

/// The folder of references in a checkout.
pub fn golden_dir(workspace_root: &Path) -> PathBuf {
    workspace_root.join("tests/golden")
}

/// The folder of the last test run's pictures.
pub fn results_dir(target_dir: &Path) -> PathBuf {
    target_dir.join("golden")
}

pub fn list_file(golden_dir: &Path) -> PathBuf {
    golden_dir.join("golden.toml")
}

pub fn reference_file(golden_dir: &Path, picture: &str) -> PathBuf {
    golden_dir.join(format!("{picture}.png"))
}

/// What the test drew.
pub fn actual_file(results_dir: &Path, picture: &str) -> PathBuf {
    results_dir.join(format!("{picture}.png"))
}

/// The FLIP error of each pixel as a heat map.
pub fn heat_map_file(results_dir: &Path, picture: &str) -> PathBuf {
    results_dir.join(format!("{picture}.flip.png"))
}

pub fn result_file(results_dir: &Path, picture: &str) -> PathBuf {
    results_dir.join(format!("{picture}.toml"))
}

/// The name of the device that drew the last run's pictures.
pub fn adapter_file(results_dir: &Path) -> PathBuf {
    results_dir.join("adapter.txt")
}

/// Mesa's software rasteriser calls itself "llvmpipe (LLVM ...)", also as the Vulkan driver lavapipe.
pub fn is_software(adapter: &str) -> bool {
    let adapter = adapter.to_ascii_lowercase();
    adapter.contains("llvmpipe") || adapter.contains("lavapipe")
}
