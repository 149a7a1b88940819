//! `kinema depth VIDEO`: depth of every frame in one scale, as a film or as files.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use kinema::export::{ExportError, MovieFormat, MovieReader};
use kinema::parallax::ParallaxError;
use kinema::parallax::network::{DepthNetwork, shipped_model};
use kinema::parallax::raster::{Raster, Rgba};
use kinema::parallax::stereo::{DepthScale, depth_exr, depth_png16_to_white};
use kinema::parallax::transfer::linear_from_srgb;
use kinema::parallax::video::{SteadyDepth, SteadyFrame};

use super::film::{Film, movie_format};
use super::{depth, publish};
use crate::args::DepthArgs;
use crate::exit::CliError;
use crate::interrupt;
use crate::output::{self, Screen, count};
use crate::progress::Progress;

/// Longest side of frames; a network's map is far coarser, and its edges are found in the frame.
const LONGEST_SIDE_PX: u32 = 1920;

/// What is made of a video.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Film(MovieFormat),
    Frames { exr: bool },
}

impl Target {
    /// By the name: that of a film, or one without an ending, which is a folder's.
    pub fn of(out: &Path, exr: bool) -> Option<Self> {
        let film = movie_format(out).map(Self::Film);
        film.or_else(|| (out.extension().is_none() || out.is_dir()).then_some(Self::Frames { exr }))
    }
}

/// The error of a photograph that is none, with what to do if it is a video.
pub fn hinted(error: ParallaxError, photo: &Path) -> CliError {
    const VIDEOS: [&str; 8] = ["mp4", "mov", "webm", "mkv", "avi", "m4v", "mpg", "mts"];
    let ending = photo.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    match (&error, ending) {
        (ParallaxError::NotAPicture { .. }, Some(ending)) if VIDEOS.contains(&ending.as_str()) => {
            CliError::Refused(format!(
                "`{}` is a video and no photograph; `kinema depth` reads one when --out ends in .mp4, .webm, .mov or \
                 .gif or is a folder",
                photo.display()
            ))
        }
        _ => error.into(),
    }
}

pub fn run(args: &DepthArgs, target: Target, screen: &Screen) -> Result<(), CliError> {
    let video = &args.photograph.photo;
    if args.photograph.depth.is_some() {
        return Err(CliError::Refused(
            "--depth goes with a photograph; a video's is guessed frame by frame".to_owned(),
        ));
    }
    match target {
        Target::Film(_) if args.exr => {
            return Err(CliError::Refused("--exr is for frames in a folder; pass the name of one".to_owned()));
        }
        Target::Film(_) => publish::check(&args.out, args.force)?,
        Target::Frames { .. } => check_folder(&args.out, args.force)?,
    }
    let model = args.photograph.depth_model.clone().or_else(shipped_model);
    let model = model.ok_or_else(|| depth::no_network(video))?;
    let cancel = interrupt::flag(screen, "stopping after the frame that is being worked on")?;
    let frames = MovieReader::count(video, None)?;
    let mut frames_of = Frames {
        reader: MovieReader::open(video, LONGEST_SIDE_PX, None)?,
        network: DepthNetwork::load(&model)?,
        steady: SteadyDepth::default(),
        linear: (0..=255u8).map(|v| linear_from_srgb(f32::from(v) / 255.0)).collect(),
        rgb: Vec::new(),
        video,
        scenes: 1,
        clipped_share: 0.0,
    };
    match target {
        Target::Film(format) => {
            let film = Film {
                path: &args.out,
                format,
                size: frames_of.reader.size(),
                rate: frames_of.reader.rate(),
                frames,
                doing: "depth",
                screen,
                shows: !args.quiet,
                json: false,
            };
            film.make(&cancel, |_| Ok(grey(&frames_of.next()?)))?;
        }
        Target::Frames { exr } => write_frames(args, exr, frames, &mut frames_of, screen, &cancel)?,
    }
    frames_of.warn(screen)?;
    if args.quiet {
        return Ok(());
    }
    let (width, height) = frames_of.reader.size();
    let (frames, scenes) = (count(frames, "frame"), count(frames_of.scenes, "scene"));
    output::line(&format!("wrote {}: {frames} of {width}x{height}, {scenes}", args.out.display()))
}

fn check_folder(folder: &Path, force: bool) -> Result<(), CliError> {
    let is_used = folder.read_dir().is_ok_and(|mut entries| entries.next().is_some());
    if is_used && !force {
        return Err(publish::named(folder, io::ErrorKind::AlreadyExists.into()));
    }
    if folder.is_dir() { Ok(()) } else { publish::check(folder, false) }
}

/// The frames of a video with their depth, one after the other.
struct Frames<'a> {
    reader: MovieReader,
    network: DepthNetwork,
    steady: SteadyDepth,
    linear: Vec<f32>,
    rgb: Vec<u8>,
    video: &'a Path,
    scenes: usize,
    /// The largest share of a frame that is nearer than white.
    clipped_share: f32,
}

impl Frames<'_> {
    fn next(&mut self) -> Result<SteadyFrame, CliError> {
        if !self.reader.next_frame(&mut self.rgb)? {
            // It had more frames when they were counted.
            let (path, last_lines) = (self.video.to_owned(), self.reader.problems().to_vec());
            return Err(ExportError::MovieUnreadable { path, last_lines }.into());
        }
        let (width, height) = self.reader.size();
        let pixels = self.rgb.as_chunks::<3>().0.iter();
        let pixels = pixels.map(|p| p.map(|v| self.linear[usize::from(v)])).map(|[r, g, b]| [r, g, b, 1.0]);
        let colour = Raster::from_data(width, height, pixels.collect());
        // As many as its size says, by its own promise.
        let colour = colour.unwrap_or_else(|| Raster::filled(width, height, [0.0; 4]));
        let (raw, convention) = self.network.depth(&colour)?;
        let frame = self.steady.push(&colour, &raw, convention)?;
        self.scenes += usize::from(frame.is_cut);
        let nearer = frame.inverse_depth.data().iter().filter(|q| **q > frame.white).count();
        self.clipped_share = self.clipped_share.max(nearer as f32 / (width * height) as f32);
        Ok(frame)
    }

    /// What is worth knowing once the last frame is read.
    fn warn(&mut self, screen: &Screen) -> Result<(), CliError> {
        // Reads the end of the stream, with which complaints come.
        while self.reader.next_frame(&mut self.rgb)? {}
        let (path, frames) = (self.video.display(), self.reader.frames_read());
        if let [first, ..] = self.reader.problems() {
            screen.note(&format!(
                "warning: {path} ends early or is damaged: {} could be read; ffmpeg said: {first}",
                count(frames, "frame")
            ));
        }
        const WORTH_SAYING: f32 = 0.01;
        if self.clipped_share > WORTH_SAYING {
            screen.note(&format!(
                "warning: {path}: up to {:.0} % of a frame comes so near that it is white; --exr frames hold every value",
                100.0 * self.clipped_share
            ));
        }
        Ok(())
    }
}

fn write_frames(
    args: &DepthArgs,
    exr: bool,
    total: usize,
    frames: &mut Frames<'_>,
    screen: &Screen,
    cancel: &AtomicBool,
) -> Result<(), CliError> {
    std::fs::create_dir_all(&args.out).map_err(|source| publish::named(&args.out, source))?;
    let mut progress = (!args.quiet).then(|| Progress::start(screen, "depth", total, 0));
    for number in 0..total {
        if cancel.load(Ordering::Relaxed) {
            let kept = args.out.display();
            return Err(CliError::Interrupted(format!(
                "stopped after {number} of {total} frames; `{kept}` keeps them"
            )));
        }
        let frame = frames.next()?;
        let bytes = match (exr, frame.is_metric) {
            (false, _) => depth_png16_to_white(&frame.inverse_depth, frame.white)?,
            (true, true) => depth_exr(&frame.inverse_depth, DepthScale::Distance)?,
            (true, false) => depth_exr(&frame.inverse_depth, DepthScale::Inverse)?,
        };
        let ending = if exr { "exr" } else { "png" };
        let path: PathBuf = args.out.join(format!("depth.{number:04}.{ending}"));
        publish::save(&path, &bytes, args.force)?;
        if let Some(progress) = &mut progress {
            progress.advance_to(number + 1);
        }
    }
    Ok(())
}

/// Near is white, evenly in 1 / distance.
fn grey(frame: &SteadyFrame) -> Raster<Rgba> {
    frame.inverse_depth.map(|q| {
        let v = linear_from_srgb((q / frame.white).clamp(0.0, 1.0));
        [v, v, v, 1.0]
    })
}
