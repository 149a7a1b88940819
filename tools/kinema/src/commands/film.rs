//! Frames that become a film.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use half::f16;
use kinema::core::{Aov, FrameRate, Picture, PixelFormat, Plane};
use kinema::export::{ExportEvent, ExportSettings, Exporter, Identity, MovieFormat, StillFormats};
use kinema::parallax::raster::{Raster, Rgba};
use kinema::parallax::transfer::SrgbTable;
use serde_json::json;

use super::publish;
use crate::exit::CliError;
use crate::output::{self, Screen};
use crate::progress::Progress;

/// A film that is to be made.
pub struct Film<'a> {
    pub path: &'a Path,
    pub format: MovieFormat,
    /// Pixels.
    pub size: (usize, usize),
    pub rate: FrameRate,
    pub frames: usize,
    /// What is being done, for the progress.
    pub doing: &'static str,
    pub screen: &'a Screen,
    /// Whether progress is shown.
    pub shows: bool,
    /// Whether every frame is one JSON object on standard output.
    pub json: bool,
}

/// The format that a name asks for.
pub fn movie_format(path: &Path) -> Option<MovieFormat> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let all = [MovieFormat::Mp4H264, MovieFormat::WebmAv1, MovieFormat::MovProRes4444, MovieFormat::Gif];
    all.into_iter().find(|format| ending.as_deref() == Some(format.extension()))
}

impl Film<'_> {
    /// Frames and film are made in a folder beside the film, which then gets its name. `draw` gives each frame, linear and
    /// multiplied by opacity; it is seen over black.
    pub fn make(
        &self,
        cancel: &AtomicBool,
        mut draw: impl FnMut(usize) -> Result<Raster<Rgba>, CliError>,
    ) -> Result<(), CliError> {
        let (width, height) = (self.size.0 as u32, self.size.1 as u32);
        let folder = tempfile::Builder::new().prefix(".kinema-film-").tempdir_in(publish::folder_of(self.path));
        let folder = folder.map_err(|source| publish::named(self.path, source))?;
        // Encoders of ten bits get more than 8.
        let png16 = matches!(self.format, MovieFormat::WebmAv1 | MovieFormat::MovProRes4444);
        let exporter = Exporter::open(ExportSettings {
            out_dir: folder.path().to_owned(),
            base_name: "clip".to_owned(),
            still: StillFormats { png8: !png16, png16, ..StillFormats::default() },
            movies: vec![self.format],
            aovs: Vec::new(),
            encoder_threads: std::thread::available_parallelism().map_or(1, usize::from).min(4),
            rate: self.rate,
            width,
            height,
            frames: 0..self.frames as i64,
            identity: Identity {
                shot_sha256: String::new(),
                shot_name: self.doing.to_owned(),
                build: kinema::build_identity(),
                driver: "processor".to_owned(),
                settings: json!({}),
            },
            overwrite: true,
            ffmpeg: None,
        })?;
        let events = exporter.events();
        let table = SrgbTable::default();
        let mut progress = self.shows.then(|| Progress::start(self.screen, self.doing, self.frames, 0));
        for frame in 0..self.frames {
            if cancel.load(Ordering::Relaxed) {
                drop(progress);
                let total = self.frames;
                return Err(CliError::Interrupted(format!("stopped after {frame} of {total} frames; nothing is kept")));
            }
            let seen = draw(frame)?;
            let (format, data) = if png16 {
                (PixelFormat::Rgba16Float, halves(&seen))
            } else {
                (PixelFormat::Rgba8Srgb, bytes(&seen, &table))
            };
            let plane = Plane { aov: Aov::Display, format, width, height, data };
            exporter.submit(Picture { frame: frame as i64, planes: vec![plane] })?;
            if let Some(progress) = &mut progress {
                progress.advance_to(frame + 1);
            }
            if self.json {
                output::json(&json!({ "kind": "frame_drawn", "frames_done": frame + 1, "total": self.frames }))?;
            }
        }
        drop(progress);
        if self.shows {
            self.screen.note("encoding");
        }
        let stop = exporter.stop_flag();
        let report = std::thread::scope(|scope| {
            let finishing = scope.spawn(move || exporter.finish());
            while !finishing.is_finished() {
                std::thread::sleep(std::time::Duration::from_millis(50));
                if cancel.load(Ordering::Relaxed) {
                    stop.store(true, Ordering::Relaxed);
                }
            }
            finishing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })?;
        for event in events.try_iter() {
            if let ExportEvent::Warning { message } = event {
                self.screen.note(&format!("warning: {message}"));
            }
        }
        let film = report.movies.first().map(|movie| folder.path().join(&movie.file.path));
        publish::rename(&film.unwrap_or_default(), self.path)
    }
}

fn bytes(seen: &Raster<Rgba>, table: &SrgbTable) -> Vec<u8> {
    seen.data().iter().flat_map(|p| [table.byte(p[0]), table.byte(p[1]), table.byte(p[2]), 255]).collect()
}

fn halves(seen: &Raster<Rgba>) -> Vec<u8> {
    seen.data().iter().flat_map(|p| [p[0], p[1], p[2], 1.0]).flat_map(|v| f16::from_f32(v).to_le_bytes()).collect()
}
