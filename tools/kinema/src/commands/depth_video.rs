//! `kinema depth VIDEO`: depth of every frame in one scale, as a film or as files.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use kinema::export::MovieFormat;
use kinema::parallax::ParallaxError;
use kinema::parallax::raster::{Raster, Rgba};
use kinema::parallax::stereo::{DepthScale, depth_exr, depth_png16_to_white};
use kinema::parallax::transfer::linear_from_srgb;
use kinema::parallax::video::SteadyFrame;

use super::film::{Film, movie_format};
use super::video::Video;
use super::{publish, video};
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
    match &error {
        ParallaxError::NotAPicture { .. } if video::is_video(photo) => CliError::Refused(format!(
            "`{}` is a video and no photograph; `kinema depth` reads one when --out ends in .mp4, .webm, .mov or \
             .gif or is a folder",
            photo.display()
        )),
        _ => error.into(),
    }
}

pub fn run(args: &DepthArgs, target: Target, screen: &Screen) -> Result<(), CliError> {
    video::refuse_depth_file(&args.photograph)?;
    match target {
        Target::Film(_) if args.exr => {
            return Err(CliError::Refused("--exr is for frames in a folder; pass the name of one".to_owned()));
        }
        Target::Film(_) => publish::check(&args.out, args.force)?,
        Target::Frames { .. } => check_folder(&args.out, args.force)?,
    }
    let cancel = interrupt::flag(screen, "stopping after the frame that is being worked on")?;
    let mut video = Video::open(&args.photograph, LONGEST_SIDE_PX)?;
    let frames = video.frames;
    let mut whites = Whites::default();
    match target {
        Target::Film(format) => {
            let film = Film {
                path: &args.out,
                format,
                size: video.size(),
                rate: video.rate(),
                frames,
                doing: "depth",
                screen,
                shows: !args.quiet,
                json: false,
            };
            film.make(&cancel, |_| Ok(grey(whites.of(&video.next()?.1))))?;
        }
        Target::Frames { exr } => write_frames(args, exr, &mut video, &mut whites, screen, &cancel)?,
    }
    video.warn(screen)?;
    whites.warn(&args.photograph.photo, screen);
    if args.quiet {
        return Ok(());
    }
    let (width, height) = video.size();
    let (frames, scenes) = (count(frames, "frame"), count(video.scenes, "scene"));
    output::line(&format!("wrote {}: {frames} of {width}x{height}, {scenes}", args.out.display()))
}

fn check_folder(folder: &Path, force: bool) -> Result<(), CliError> {
    let is_used = folder.read_dir().is_ok_and(|mut entries| entries.next().is_some());
    if is_used && !force {
        return Err(publish::named(folder, io::ErrorKind::AlreadyExists.into()));
    }
    if folder.is_dir() { Ok(()) } else { publish::check(folder, false) }
}

fn write_frames(
    args: &DepthArgs,
    exr: bool,
    video: &mut Video,
    whites: &mut Whites,
    screen: &Screen,
    cancel: &AtomicBool,
) -> Result<(), CliError> {
    std::fs::create_dir_all(&args.out).map_err(|source| publish::named(&args.out, source))?;
    let total = video.frames;
    let mut progress = (!args.quiet).then(|| Progress::start(screen, "depth", total, 0));
    for number in 0..total {
        if cancel.load(Ordering::Relaxed) {
            let kept = args.out.display();
            return Err(CliError::Interrupted(format!(
                "stopped after {number} of {total} frames; `{kept}` keeps them"
            )));
        }
        let (_, frame) = video.next()?;
        let frame = whites.of(&frame);
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

/// What is nearer than white.
#[derive(Default)]
struct Whites {
    /// The largest share of a frame.
    share: f32,
}

impl Whites {
    fn of<'a>(&mut self, frame: &'a SteadyFrame) -> &'a SteadyFrame {
        let nearer = frame.inverse_depth.data().iter().filter(|q| **q > frame.white).count();
        self.share = self.share.max(nearer as f32 / frame.inverse_depth.data().len() as f32);
        frame
    }

    fn warn(&self, path: &Path, screen: &Screen) {
        const WORTH_SAYING: f32 = 0.01;
        if self.share > WORTH_SAYING {
            screen.note(&format!(
                "warning: {}: up to {:.0} % of a frame comes so near that it is white; --exr frames hold every value",
                path.display(),
                100.0 * self.share
            ));
        }
    }
}

/// Near is white, evenly in 1 / distance.
fn grey(frame: &SteadyFrame) -> Raster<Rgba> {
    frame.inverse_depth.map(|q| {
        let v = linear_from_srgb((q / frame.white).clamp(0.0, 1.0));
        [v, v, v, 1.0]
    })
}
