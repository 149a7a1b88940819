//! What an export tells while it runs and when it ends.

use std::path::PathBuf;

use serde::Serialize;

use crate::journal::MovieRecord;

/// News for progress bars and machines. Serialises as one flat JSON object with a `kind`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExportEvent {
    /// A frame is on disk for good. `committed` of `total` frames of the range are there now.
    FrameCommitted { frame: i64, bytes: u64, committed: usize, total: usize },
    /// Something odd that does not stop the export.
    Warning { message: String },
    /// ffmpeg starts to make a movie. `path` is relative to the output folder, as in all events.
    MovieStarted { path: String, frames: usize },
    /// This many frames went to ffmpeg. GIF reads every frame twice.
    MovieProgress { path: String, frames_read: usize },
    /// The movie is complete. `reused`: it was there already, made from the same frames.
    MovieFinished { path: String, bytes: u64, reused: bool },
    /// The contact sheet is on disk.
    ContactSheetWritten { path: String },
    /// The manifest, the last file of an export, is on disk.
    ManifestWritten { path: String },
}

/// A complete export.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExportReport {
    pub out_dir: PathBuf,
    /// Frames committed by this run.
    pub frames_committed: usize,
    /// Frames of the range that an earlier run had committed.
    pub frames_reused: usize,
    /// Bytes this run wrote for frames.
    pub frame_bytes: u64,
    pub movies: Vec<MovieRecord>,
    /// Absent if the export writes no PNG.
    pub contact_sheet: Option<PathBuf>,
    pub manifest: PathBuf,
    pub warnings: Vec<String>,
}

/// An export that was put aside and can go on later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SuspendReport {
    pub out_dir: PathBuf,
    /// Frames of the range that are on disk.
    pub frames_done: usize,
    /// Frames of the range that are still to be drawn.
    pub frames_left: usize,
    pub warnings: Vec<String>,
}
