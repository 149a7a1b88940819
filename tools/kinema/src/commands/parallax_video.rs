//! `kinema parallax VIDEO`: a camera moves while a video plays.

use std::path::Path;

use kinema::parallax::clip::movie_size;
use kinema::parallax::layers::LayerSettings;
use kinema::parallax::video::{MovedVideo, TrackedLayers};
use serde_json::json;

use super::film::Film;
use super::parallax::{clip_settings, film_format};
use super::video::Video;
use super::{publish, video};
use crate::args::ParallaxArgs;
use crate::exit::CliError;
use crate::interrupt;
use crate::output::{self, Screen, count};

/// Longest side of frames unless more is asked for; each takes some seconds.
const LONGEST_SIDE_PX: u32 = 960;
/// Longest side that frames are ever worked on; above it, layers and those of the frame before take more than 4 GiB.
const MOST_SIDE_PX: u32 = 2560;

pub fn run(args: &ParallaxArgs, settings: LayerSettings, screen: &Screen) -> Result<(), CliError> {
    let refuse = |what: &str| Err(CliError::Refused(what.to_owned()));
    video::refuse_depth_file(&args.photograph)?;
    if args.secs.is_some() {
        return refuse("--secs is for photographs; the film of a video is as long as the video");
    }
    if args.rate.is_some() {
        return refuse("--rate is for photographs; the film of a video has the rate of the video");
    }
    if args.mesh.is_some() || args.points.is_some() {
        return refuse("--mesh and --points are for photographs; those of a video would be others in every frame");
    }
    if args.inpaint_model.is_some() {
        return refuse("--inpaint-model is for photographs; what a network makes up for a frame would flicker");
    }
    let Some(out) = &args.out else { return refuse("a video becomes a film; pass --out clip.mp4") };
    let format = film_format(out)?;
    publish::check(out, args.force)?;
    let cancel = interrupt::flag(screen, "stopping after the frame that is being worked on")?;
    let wanted = args.size.map_or(LONGEST_SIDE_PX, |size| size.width.max(size.height));
    let mut video = Video::open(&args.photograph, wanted.min(MOST_SIDE_PX))?;
    let (frames, rate) = (video.frames, video.rate());
    let size = args.size.map_or_else(
        || movie_size(video.size(), LONGEST_SIDE_PX as usize),
        |size| (size.width as usize, size.height as usize),
    );
    let mut tracked = TrackedLayers::new(settings);
    let mut moved = MovedVideo::new(clip_settings(args, size, rate.secs_at(frames as f64) as f32));
    let film = Film {
        path: out,
        format,
        size: moved.size(),
        rate,
        frames,
        doing: "moving the camera",
        screen,
        shows: !args.json && !args.quiet,
        json: args.json,
    };
    film.make(&cancel, |number| {
        let (colour, frame) = video.next()?;
        let image = tracked.push(&colour, &frame)?;
        Ok(moved.frame(&image, frame.is_cut, rate.secs_at(number as f64) as f32))
    })?;
    video.warn(screen)?;
    finish(args, out, &video)
}

fn finish(args: &ParallaxArgs, out: &Path, video: &Video) -> Result<(), CliError> {
    if args.json {
        let (frames, scenes) = (video.frames, video.scenes);
        return output::json(&json!({ "kind": "complete", "files": [out], "frames": frames, "scenes": scenes }));
    }
    let (frames, scenes) = (count(video.frames, "frame"), count(video.scenes, "scene"));
    if args.quiet { Ok(()) } else { output::line(&format!("wrote {}: {frames}, {scenes}", out.display())) }
}
