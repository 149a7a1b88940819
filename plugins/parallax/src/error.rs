//! What can go wrong with a stranger's files, each with what to do about it.

use std::path::PathBuf;

use kinema_core::{AssetError, Blame, Blamed};
use kinema_neural::NeuralError;
use thiserror::Error;

/// Errors of this crate.
#[derive(Debug, Error)]
pub enum ParallaxError {
    #[error("cannot read {path}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error(
        "{path} is not a picture that can be read here ({reason}); give a JPEG, PNG, Radiance HDR or OpenEXR file; \
         WebP, TIFF, BMP, GIF and AVIF are read where ffmpeg is installed"
    )]
    NotAPicture { path: PathBuf, reason: String },
    #[error("{path} is damaged or cut off ({reason}); save it again from the program it came from")]
    Broken { path: PathBuf, reason: String },
    #[error(
        "{path} has {width} x {height} pixels, more than {most_megapixels} million; make it smaller first, 4096 \
         pixels on the long side lose nothing here"
    )]
    TooLarge { path: PathBuf, width: u64, height: u64, most_megapixels: u64 },
    #[error(
        "{path} holds no depth: {reason}; give a grey 8- or 16-bit PNG, a PFM, or an EXR with a channel Z, depth or Y"
    )]
    NotDepth { path: PathBuf, reason: String },
    #[error(
        "the depth has {depth_width} x {depth_height} pixels and the picture {width} x {height}: their shapes differ \
         by more than 2 %; crop or turn one of them so that both show the same"
    )]
    DepthShape { depth_width: usize, depth_height: usize, width: usize, height: usize },
    #[error(
        "{bad} of {all} depth values are NaN, infinite or outside what `{convention}` allows, more than half; check \
         the convention of the file"
    )]
    DepthValues { bad: usize, all: usize, convention: &'static str },
    #[error("{setting} is {value}, expected {expected}")]
    Setting { setting: &'static str, value: String, expected: &'static str },
    #[error("the plate `{part}` cannot be used: its {what}")]
    Asset { part: String, what: &'static str, source: AssetError },
    #[error("the plate `{part}` has no depth; write `depth: (file: \"depth.png\")`, a picture in which near is white")]
    NoDepth { part: String },
    #[error(transparent)]
    Network(#[from] NeuralError),
    #[error("the layers kept for {what} cannot be {action} in the cache; check its folder and the disk")]
    Cache { what: String, action: &'static str, source: std::io::Error },
    #[error("cannot encode {what}: {reason}")]
    Encode { what: &'static str, reason: String },
}

impl Blamed for ParallaxError {
    fn blame(&self) -> Blame {
        match self {
            Self::Encode { .. } | Self::Cache { .. } => Blame::Machine,
            Self::Asset { source, .. } => source.blame(),
            Self::Network(source) => source.blame(),
            _ => Blame::User,
        }
    }
}
