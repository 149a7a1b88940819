//! Pictures in, committed files out.
//!
//! [`Exporter`] takes [`Picture`](kinema_core::Picture)s from the renderer over a bounded channel, encodes them on its
//! own threads, and commits each frame atomically: every file of the frame is written beside its final name, synced and
//! renamed, and only then does one line in `journal.jsonl` say that the frame exists. Whatever stops the process, a
//! later [`Exporter::open`] on the same folder verifies what is there by SHA-256 and asks for the rest.
//!
//! Frames are the truth. Movies, the contact sheet and `manifest.json` are derived from the committed frames in
//! [`Exporter::finish`] and can always be made again.
//!
//! [`MovieReader`] is the way back: frames of a video that exists, one at a time.
//!
//! | file | what it is |
//! |---|---|
//! | `frames/<base>.NNNN.png` | 8-bit RGB, sRGB |
//! | `frames16/<base>.NNNN.png` | 16-bit RGB, sRGB |
//! | `exr/<base>.NNNN.exr` | half-float colour and AOVs, see [`channels_of`] for the channel names |
//! | `exr32/<base>.NNNN.exr` | the same in 32-bit float |
//! | `<base>.mp4`, `.webm`, `.mov`, `.gif` | H.264, AV1, ProRes 4444, GIF preview |
//! | `contact_sheet.png` | twelve evenly spaced frames |
//! | `manifest.json` | shot, build, driver, settings and the SHA-256 of every file |
//! | `journal.jsonl` | the commits so far |

mod commit;
mod contact_sheet;
mod digest;
mod error;
mod event;
mod exporter;
mod exr;
mod exr_zip;
mod ffmpeg;
mod frame;
pub mod gltf;
mod identity;
mod journal;
mod lock;
mod manifest;
mod movie;
mod movie_args;
mod movie_reader;
mod plan;
mod planes;
mod png;
mod probe;
mod settings;
mod transfer;
mod workers;

pub use error::ExportError;
pub use event::{ExportEvent, ExportReport, SuspendReport};
pub use exporter::Exporter;
pub use exr::channels_of;
pub use identity::Identity;
pub use journal::{FileRecord, FrameRecord, MovieRecord};
pub use movie_reader::MovieReader;
pub use probe::{FfmpegReport, probe_ffmpeg};
pub use settings::{ExportFormat, ExportSettings, MovieFormat, StillFormats};
