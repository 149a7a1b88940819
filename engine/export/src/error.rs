//! What can go wrong while exporting, whose fault it is, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use kinema_core::{Blame, Blamed};

/// Every failure of this crate. `Display` names the file, the place and the remedy; the operating system's own words
/// are the [`source`](std::error::Error::source).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The settings ask for something impossible.
    #[error("export setting `{field}` {problem}; {remedy}")]
    Settings { field: &'static str, problem: String, remedy: String },

    /// The operating system refused to read or write.
    #[error("cannot {action} `{}`: {}; {}", path.display(), io_reason(source), io_remedy(source))]
    Io { action: &'static str, path: PathBuf, source: io::Error },

    /// Another process writes into the same folder.
    #[error(
        "`{}` is being written by another export{}; wait for it, or choose another --out",
        out_dir.display(), holder.map(|pid| format!(" (process {pid})")).unwrap_or_default()
    )]
    Locked { out_dir: PathBuf, holder: Option<u32> },

    /// The folder holds frames of something else.
    #[error(
        "`{}` holds frames of a different export: {}; choose another --out, or pass --overwrite to discard them",
        out_dir.display(), differences.join(", ")
    )]
    IdentityDiffers { out_dir: PathBuf, differences: Vec<String> },

    /// The folder holds a file this export would replace, and no journal says that Kinema made it.
    #[error(
        "`{}` exists, but no journal says where it comes from; choose another --out, or pass --overwrite to replace it",
        path.display()
    )]
    ForeignFile { path: PathBuf },

    /// The first line of the journal, which says what the frames belong to, cannot be read.
    #[error(
        "`{}` is damaged: {problem}; choose another --out, or pass --overwrite to start anew", path.display()
    )]
    JournalDamaged { path: PathBuf, problem: String },

    /// A picture is not what the settings announced.
    #[error("picture of frame {frame}: {problem}; this is a fault in the renderer, please report it")]
    Picture { frame: i64, problem: String },

    /// An encoder refused a picture.
    #[error("cannot encode `{path}`: {problem}; this is a fault in Kinema, please report it")]
    Encode { path: String, problem: String },

    /// A committed frame cannot be decoded, or is not the one in the journal any more.
    #[error(
        "`{}` changed after it was committed: {problem}; run the same command again to render it anew", path.display()
    )]
    FrameChanged { path: PathBuf, problem: String },

    /// No ffmpeg.
    #[error(
        "movies need ffmpeg, and `{}` could not be started; install the package `ffmpeg` (`apt-get install ffmpeg`) or \
         ask for stills only", program.display()
    )]
    FfmpegMissing { program: PathBuf, source: io::Error },

    /// An ffmpeg without the encoder that a format needs.
    #[error(
        "`{}` has no encoder {wanted} for {format}; install the package `ffmpeg` with it, or leave {format} out",
        program.display()
    )]
    FfmpegLacksEncoder { program: PathBuf, wanted: &'static str, format: &'static str },

    /// ffmpeg ended with an error. The frames are safe.
    #[error(
        "ffmpeg failed on `{}` ({}); all frames are kept, run the same command again to make the movie.{}",
        path.display(), status_text(status), quoted(last_lines)
    )]
    FfmpegFailed { path: PathBuf, status: Option<ExitStatus>, last_lines: Vec<String> },

    /// A video of which not one frame can be read.
    #[error("`{}` is no video that can be read; give one that plays, such as an .mp4, .mov or .webm.{}", path.display(), quoted(last_lines))]
    MovieUnreadable { path: PathBuf, last_lines: Vec<String> },

    /// `finish` was called before every frame was there.
    #[error("{count} frames are missing, first {first}; run the same command again to render them")]
    FramesMissing { count: usize, first: i64 },

    /// An encoder thread ended without saying why.
    #[error("an encoder thread ended unexpectedly; run the same command again, committed frames are kept")]
    EncoderLost,

    /// An earlier call already reported why this export failed.
    #[error("this export failed before; its first error says why")]
    AlreadyFailed,

    /// Somebody asked [`Exporter::finish`](crate::Exporter::finish) to stop.
    #[error("stopped on request; run the same command again to go on")]
    Stopped,
}

impl ExportError {
    pub(crate) fn io(action: &'static str, path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_path_buf();
        move |source| Self::Io { action, path, source }
    }
}

impl Blamed for ExportError {
    fn blame(&self) -> Blame {
        match self {
            Self::Settings { .. }
            | Self::Locked { .. }
            | Self::IdentityDiffers { .. }
            | Self::ForeignFile { .. }
            | Self::JournalDamaged { .. }
            | Self::MovieUnreadable { .. }
            | Self::Stopped => Blame::User,
            Self::Io { source, .. } if chosen_path_is_wrong(source.kind()) => Blame::User,
            _ => Blame::Machine,
        }
    }
}

/// Kinds that say "this path", not "this machine".
fn chosen_path_is_wrong(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::*;
    matches!(
        kind,
        PermissionDenied
            | NotFound
            | AlreadyExists
            | NotADirectory
            | IsADirectory
            | ReadOnlyFilesystem
            | InvalidFilename
    )
}

fn io_reason(error: &io::Error) -> String {
    use io::ErrorKind::*;
    match error.kind() {
        StorageFull => "the disk is full".into(),
        QuotaExceeded => "the disk quota is used up".into(),
        FileTooLarge => "the file system does not allow a file of this size".into(),
        AlreadyExists | NotADirectory => "a file stands where a folder is needed".into(),
        IsADirectory => "a folder stands where a file is needed".into(),
        ReadOnlyFilesystem => "the file system is read-only".into(),
        kind => kind.to_string(),
    }
}

fn io_remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free some space and run the same command again (committed frames are kept), or choose another --out"
        }
        kind if chosen_path_is_wrong(kind) => "choose an --out folder that can be created and written",
        _ => "check the disk and run the same command again; committed frames are kept",
    }
}

fn status_text(status: &Option<ExitStatus>) -> String {
    status.map_or_else(|| "no exit status".into(), |status| status.to_string())
}

fn quoted(lines: &[String]) -> String {
    if lines.is_empty() {
        return " It said nothing.".into();
    }
    lines.iter().fold(String::from(" It said:"), |text, line| text + "\n  " + line)
}
