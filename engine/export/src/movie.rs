//! Movies from committed frames.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use crate::commit::{TemporaryFile, sync_folder};
use crate::digest::{Hasher, sha256_of, sha256_of_file};
use crate::error::ExportError;
use crate::event::ExportEvent;
use crate::ffmpeg::{Ffmpeg, file_url};
use crate::journal::{FileRecord, FrameRecord, MovieRecord};
use crate::movie_args::Recipe;
use crate::plan::Plan;
use crate::settings::MovieFormat;
use crate::workers::{Shared, hold};

/// ffmpeg and a recipe for every movie of the plan, so that nothing can be missing after the last frame is drawn.
pub(crate) struct MovieMaker {
    ffmpeg: Ffmpeg,
    recipes: BTreeMap<MovieFormat, Recipe>,
}

impl MovieMaker {
    pub fn new(plan: &Plan, ffmpeg: Ffmpeg) -> Result<Self, ExportError> {
        let settings = &plan.settings;
        let recipe = |&format| {
            let recipe = Recipe::of(format, settings.width, settings.height, settings.rate, &ffmpeg)?;
            Ok((format, recipe))
        };
        let recipes = plan.movies.iter().map(recipe).collect::<Result<_, ExportError>>()?;
        Ok(Self { ffmpeg, recipes })
    }

    /// Makes one movie of the whole range, or keeps the earlier one if it was made from the same frames in the same
    /// way.
    pub fn make(
        &self,
        shared: &Shared,
        format: MovieFormat,
        committed: &BTreeMap<i64, FrameRecord>,
        earlier: Option<&MovieRecord>,
        stop: &AtomicBool,
    ) -> Result<MovieRecord, ExportError> {
        let plan = &shared.plan;
        let settings = &plan.settings;
        let name = plan.movie_name(format);
        let Some(recipe) = self.recipes.get(&format) else { return Err(ExportError::AlreadyFailed) };
        let frames = sources(plan, recipe, committed)?;
        let inputs_sha256 = self.inputs_sha256(plan, recipe, &frames);
        if let Some(same) =
            earlier.filter(|old| old.inputs_sha256 == inputs_sha256 && old.file.verifies(&settings.out_dir))
        {
            shared.tell(ExportEvent::MovieFinished { path: name, bytes: same.file.bytes, reused: true });
            return Ok(same.clone());
        }
        shared.tell(ExportEvent::MovieStarted { path: name.clone(), frames: frames.len() });
        let path = settings.out_dir.join(&name);
        let job = Job { shared, ffmpeg: &self.ffmpeg, recipe, frames: &frames, name: &name, path: &path, stop };
        let (bytes, sha256) = job.run()?;
        let record = MovieRecord {
            format,
            file: FileRecord { path: name.clone(), planes: Vec::new(), bytes, sha256 },
            encoder: format!("{} (ffmpeg {})", recipe.encoder, self.ffmpeg.version),
            frames: [settings.frames.start, settings.frames.end - 1],
            size: recipe.size,
            notes: recipe.notes.clone(),
            inputs_sha256,
        };
        hold(&shared.journal).add_movie(&record)?;
        shared.tell(ExportEvent::MovieFinished { path: name, bytes, reused: false });
        Ok(record)
    }

    fn inputs_sha256(&self, plan: &Plan, recipe: &Recipe, frames: &[&FileRecord]) -> String {
        let mut hasher = Hasher::default();
        let start = plan.settings.frames.start;
        hasher.update(format!("{recipe:?} {} {} {start}", plan.settings.rate, self.ffmpeg.version).as_bytes());
        for frame in frames {
            hasher.update(frame.sha256.as_bytes());
        }
        hasher.hex()
    }
}

/// The PNG of every frame of the range, ascending.
fn sources<'a>(
    plan: &Plan,
    recipe: &Recipe,
    committed: &'a BTreeMap<i64, FrameRecord>,
) -> Result<Vec<&'a FileRecord>, ExportError> {
    // A plan with movies has PNG frames, and `finish` has checked that all are committed.
    let source = plan.settings.frames.clone().map(|frame| {
        let path = plan.still_path(plan.png_source(recipe.prefers_16_bit)?, frame);
        committed.get(&frame)?.files.iter().find(|file| file.path == path).ok_or(frame).ok()
    });
    source.collect::<Option<_>>().ok_or(ExportError::FramesMissing { count: 1, first: plan.settings.frames.start })
}

/// One movie in the making.
struct Job<'a> {
    shared: &'a Shared,
    ffmpeg: &'a Ffmpeg,
    recipe: &'a Recipe,
    frames: &'a [&'a FileRecord],
    name: &'a str,
    path: &'a Path,
    stop: &'a AtomicBool,
}

impl Job<'_> {
    /// Encodes beside the final name and publishes. Returns length and SHA-256.
    fn run(&self) -> Result<(u64, String), ExportError> {
        // The process in the name: an ffmpeg that outlives a killed export for a moment must not write into this one's.
        let process = std::process::id();
        let movie = TemporaryFile::beside(self.path.to_path_buf(), &format!("movie{process}"));
        let palette = TemporaryFile::beside(self.path.to_path_buf(), &format!("palette{process}"));
        if self.recipe.needs_palette {
            let filter = format!("{},palettegen=stats_mode=diff", self.recipe.filter);
            let output = ["-vf", &filter, "-c:v", "png", "-f", "image2pipe"].map(OsString::from);
            self.encode(&[], &output, &palette, 0)?;
        }
        let shown = if self.recipe.needs_palette {
            let filter = format!(
                "[0:v]{}[v];[v][1:v]paletteuse=dither=bayer:bayer_scale=3:diff_mode=rectangle",
                self.recipe.filter
            );
            let extra = [OsString::from("-i"), file_url(palette.path())];
            self.encode(&extra, &self.output_with("-filter_complex", &filter), &movie, self.frames.len())?
        } else {
            self.encode(&[], &self.output_with("-vf", &self.recipe.filter), &movie, 0)?
        };
        let expected = self.frames.len() as u64;
        if self.recipe.keeps_every_frame && shown != expected {
            let line = format!("it wrote {shown} frames of {expected}");
            return Err(ExportError::FfmpegFailed { path: self.path.into(), status: None, last_lines: vec![line] });
        }
        let synced = File::open(movie.path()).and_then(|file| file.sync_all());
        synced.map_err(ExportError::io("sync", self.path))?;
        movie.publish()?;
        sync_folder(&self.shared.plan.settings.out_dir)?;
        sha256_of_file(self.path).map_err(ExportError::io("read", self.path))
    }

    fn output_with(&self, flag: &str, filter: &str) -> Vec<OsString> {
        [flag, filter].into_iter().chain(self.recipe.output.iter().map(String::as_str)).map(OsString::from).collect()
    }

    /// One pass over all frames. `frames_before`: how many earlier passes have read, for the progress.
    fn encode(
        &self,
        extra_inputs: &[OsString],
        output: &[OsString],
        target: &TemporaryFile,
        frames_before: usize,
    ) -> Result<u64, ExportError> {
        let settings = &self.shared.plan.settings;
        let mut arguments: Vec<OsString> = Recipe::input(settings.rate).into_iter().map(OsString::from).collect();
        arguments.extend_from_slice(extra_inputs);
        arguments.extend_from_slice(output);
        arguments.extend(["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact"].map(OsString::from));
        arguments.push(file_url(target.path()));
        let mut frames = self.frames.iter().enumerate();
        self.ffmpeg.encode(&arguments, self.path, self.stop, |buffer| {
            let Some((index, frame)) = frames.next() else { return Ok(false) };
            *buffer = read_verified(&settings.out_dir, frame)?;
            let frames_read = frames_before + index + 1;
            self.shared.tell(ExportEvent::MovieProgress { path: self.name.into(), frames_read });
            Ok(true)
        })
    }
}

/// A committed file that still is what was committed: the movie shows the frames of the manifest or does not exist.
fn read_verified(out_dir: &Path, file: &FileRecord) -> Result<Vec<u8>, ExportError> {
    let path: PathBuf = out_dir.join(&file.path);
    let bytes = fs::read(&path).map_err(ExportError::io("read", &path))?;
    if sha256_of(&bytes) != file.sha256 {
        return Err(ExportError::FrameChanged { path, problem: "its SHA-256 is another".into() });
    }
    Ok(bytes)
}
