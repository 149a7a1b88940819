//! What the ffmpeg of this machine can do, for a diagnosis before anything is rendered.

use std::path::{Path, PathBuf};

use kinema_core::FrameRate;

use crate::error::ExportError;
use crate::ffmpeg::Ffmpeg;
use crate::movie_args::Recipe;
use crate::settings::MovieFormat;

/// An ffmpeg that starts.
#[derive(Clone, Debug)]
pub struct FfmpegReport {
    /// As it was asked for: `ffmpeg`, or the path given.
    pub program: PathBuf,
    /// As it calls itself, for instance `5.1.9-0+deb12u1`.
    pub version: String,
    /// Each movie format with the encoder that makes it; `None` where ffmpeg has none.
    pub encoders: Vec<(MovieFormat, Option<&'static str>)>,
}

/// Asks the given program, or `ffmpeg` on the search path, what movies it can make.
///
/// # Errors
/// [`ExportError::FfmpegMissing`] when it cannot be started.
pub fn probe_ffmpeg(program: Option<&Path>) -> Result<FfmpegReport, ExportError> {
    let ffmpeg = Ffmpeg::find(program)?;
    // An ordinary picture: tiny ones need another AV1 encoder.
    let encoder = |format| Recipe::of(format, 1920, 1080, FrameRate::FILM, &ffmpeg).ok().map(|recipe| recipe.encoder);
    let formats = [MovieFormat::Mp4H264, MovieFormat::WebmAv1, MovieFormat::MovProRes4444, MovieFormat::Gif];
    let encoders = formats.into_iter().map(|format| (format, encoder(format))).collect();
    Ok(FfmpegReport { version: ffmpeg.version.clone(), program: ffmpeg.program, encoders })
}
