//! What to export, and where to.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::str::FromStr;

use kinema_core::Aov;
use kinema_core::FrameRate;
use serde::{Deserialize, Serialize};

use crate::error::ExportError;
use crate::identity::Identity;

/// Which still pictures are written for every frame. None at all is allowed when movies are asked for: movies are made
/// from 8-bit PNG frames, which are then written too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StillFormats {
    /// 8-bit PNG.
    pub png8: bool,
    /// 16-bit PNG; the display plane must then come as `Rgba16Float`.
    pub png16: bool,
    /// OpenEXR with half-float colour. Implied by any AOV besides `display`, unless `exr_float` is on.
    pub exr_half: bool,
    /// OpenEXR with 32-bit float colour.
    pub exr_float: bool,
}

/// A movie made from the committed frames by ffmpeg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MovieFormat {
    /// H.264 High 4:2:0 8 bit in MP4: plays everywhere.
    Mp4H264,
    /// AV1 4:2:0 10 bit in WebM: smaller, plays in browsers.
    WebmAv1,
    /// ProRes 4444 10 bit in QuickTime: for editing.
    MovProRes4444,
    /// Looping preview, at most 640 pixels wide or high.
    Gif,
}

impl MovieFormat {
    pub fn extension(self) -> &'static str {
        match self {
            Self::Mp4H264 => "mp4",
            Self::WebmAv1 => "webm",
            Self::MovProRes4444 => "mov",
            Self::Gif => "gif",
        }
    }
}

/// One word of a `--format` list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    Png8,
    Png16,
    ExrHalf,
    ExrFloat,
    Movie(MovieFormat),
}

impl ExportFormat {
    /// Every format, in the order of documentation.
    pub const ALL: [Self; 8] = [
        Self::Png8,
        Self::Png16,
        Self::ExrHalf,
        Self::ExrFloat,
        Self::Movie(MovieFormat::Mp4H264),
        Self::Movie(MovieFormat::WebmAv1),
        Self::Movie(MovieFormat::MovProRes4444),
        Self::Movie(MovieFormat::Gif),
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Png8 => "png",
            Self::Png16 => "png16",
            Self::ExrHalf => "exr",
            Self::ExrFloat => "exr32",
            Self::Movie(movie) => movie.extension(),
        }
    }

    /// Adds this format to what is written.
    pub fn add_to(self, still: &mut StillFormats, movies: &mut Vec<MovieFormat>) {
        match self {
            Self::Png8 => still.png8 = true,
            Self::Png16 => still.png16 = true,
            Self::ExrHalf => still.exr_half = true,
            Self::ExrFloat => still.exr_float = true,
            Self::Movie(movie) if movies.contains(&movie) => {}
            Self::Movie(movie) => movies.push(movie),
        }
    }
}

impl fmt::Display for ExportFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for ExportFormat {
    type Err = ExportError;

    fn from_str(word: &str) -> Result<Self, ExportError> {
        Self::ALL.into_iter().find(|format| format.name() == word).ok_or_else(|| ExportError::Settings {
            field: "format",
            problem: format!("does not know `{word}`"),
            remedy: format!("use {}", Self::ALL.map(Self::name).join(", ")),
        })
    }
}

/// One export: a range of frames of one shot into one folder.
#[derive(Clone, Debug)]
pub struct ExportSettings {
    /// Folder that receives everything. Created if absent.
    pub out_dir: PathBuf,
    /// Start of every file name, without folders; at most 120 bytes.
    pub base_name: String,
    /// Still pictures per frame.
    pub still: StillFormats,
    /// Movies to make in [`Exporter::finish`](crate::Exporter::finish).
    pub movies: Vec<MovieFormat>,
    /// Planes to write into the EXR files. `display` needs no mention. If EXR is asked for and nothing is named here,
    /// `beauty` is written.
    pub aovs: Vec<Aov>,
    /// Encoder threads, 1..=64. More threads also mean more pictures in memory: at most twice as many as threads.
    pub encoder_threads: usize,
    /// Frame rate of the movies, exact.
    pub rate: FrameRate,
    /// Pixels, 1..=16384.
    pub width: u32,
    /// Pixels, 1..=16384.
    pub height: u32,
    /// Frames to deliver. Pre-roll frames, which are negative, are never exported.
    pub frames: Range<i64>,
    /// What the frames belong to.
    pub identity: Identity,
    /// Discard frames with another identity instead of refusing. Frames with the same identity are kept even so: they
    /// would come out the same.
    pub overwrite: bool,
    /// The ffmpeg to use; `ffmpeg` on the search path if absent.
    pub ffmpeg: Option<PathBuf>,
}

impl ExportSettings {
    /// The planes every submitted picture must hold, in the order of [`Aov::ALL`]: `display` for PNG and movies,
    /// the rest for EXR. Errors as [`Exporter::open`](crate::Exporter::open) would for bad settings.
    pub fn required_planes(&self) -> Result<Vec<Aov>, ExportError> {
        Ok(crate::plan::Plan::resolve(self.clone())?.required_planes())
    }

    /// Whether the display plane must come as `Rgba16Float` (display-linear) because 16-bit PNG is asked for.
    pub fn needs_float_display(&self) -> bool {
        self.still.png16
    }
}
