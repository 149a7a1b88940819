//! `kinema parallax`: a camera moves through a photograph, or, in `parallax_video`, through a video.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use kinema::core::{BuildIdentity, FrameRate};
use kinema::export::MovieFormat;
use kinema::export::gltf::write_glb;
use kinema::parallax::cameras::Preset;
use kinema::parallax::clip::movie_size;
use kinema::parallax::device::ComputeOn;
use kinema::parallax::layers::LayerSettings;
use kinema::parallax::shot::focal_widths;
use kinema::parallax::stereo::{Anaglyph, StereoLayout, point_cloud_ply, scene_of_layers};
use kinema::parallax::{Clip, ClipSettings, ClipStereo, ParallaxError, ParallaxSettings, PlateBake};
use serde_json::json;

use super::film::{Film, movie_format};
use super::{depth, parallax_video, publish, video};
use crate::args::{ComputeWhere, Move, ParallaxArgs, Stereo};
use crate::exit::CliError;
use crate::interrupt;
use crate::output::{self, Screen};

/// Longest side of films, and of the photograph they are made from, unless more is asked for.
const LONGEST_SIDE_PX: usize = 1920;
/// Longest side that a photograph is ever kept at; above it, layers take more than 4 GiB of memory.
const MOST_SIDE_PX: usize = 4096;
/// Length of a film, unless another is asked for.
const SECS: f32 = 4.0;
/// Distance of mesh vertices in pixels of a photograph of [`LONGEST_SIDE_PX`].
const MESH_STEP_PX: usize = 3;

pub fn run(args: &ParallaxArgs, screen: &Screen) -> Result<(), CliError> {
    check(args)?;
    let compute_on = match args.compute_on {
        ComputeWhere::Fastest => ComputeOn::Fastest,
        ComputeWhere::Processor => ComputeOn::Processor,
        ComputeWhere::Device => ComputeOn::Device,
    };
    compute_on.choose();
    let settings = LayerSettings {
        most_shift_widths: args.reach,
        most_layers: usize::from(args.layers),
        ..LayerSettings::default()
    };
    if video::is_video(&args.photograph.photo) {
        return parallax_video::run(args, settings, screen);
    }
    let format = args.out.as_deref().map(film_format).transpose()?;
    for path in [&args.out, &args.mesh, &args.points].into_iter().flatten() {
        publish::check(path, args.force)?;
    }
    let cancel = interrupt::flag(screen, "stopping after the frame that is being drawn")?;
    let wanted = args.size.map_or(LONGEST_SIDE_PX, |size| size.width.max(size.height) as usize);
    let longest_side_px = wanted.clamp(LONGEST_SIDE_PX, MOST_SIDE_PX);
    let mut source = depth::source(&args.photograph, settings, longest_side_px)?;
    source.inpainting.clone_from(&args.inpaint_model);
    let shows = !args.json && !args.quiet;
    if shows {
        screen.note("cutting the photograph into layers");
    }
    let store = ParallaxSettings::default().store();
    let bake = PlateBake::open(&source, &store, &BuildIdentity(kinema::build_identity()))?;
    for note in &bake.notes {
        screen.note(&format!("warning: {}: {note}", args.photograph.photo.display()));
    }
    let mut written = Vec::new();
    if let Some(path) = &args.mesh {
        let step = bake.image.width().max(bake.image.height()).div_ceil(LONGEST_SIDE_PX / MESH_STEP_PX);
        let glb = write_glb(&scene_of_layers(&bake.image, focal_widths(args.fov), step));
        let encode = |error: kinema::export::gltf::GltfError| ParallaxError::Encode {
            what: "the mesh as glTF",
            reason: error.to_string(),
        };
        publish::save(path, &glb.map_err(encode)?, args.force)?;
        written.push(path);
    }
    if let Some(path) = &args.points {
        publish::save(path, &point_cloud_ply(&bake.image, focal_widths(args.fov)), args.force)?;
        written.push(path);
    }
    if let (Some(path), Some(format)) = (&args.out, format) {
        Moved { args, screen, bake: &bake, shows }.film(path, format, &cancel)?;
        written.push(path);
    }
    if args.json {
        let files: Vec<&PathBuf> = written;
        return output::json(&json!({
            "kind": "complete", "files": files, "layers": bake.image.layers.len(), "tears_left": bake.image.tears_left,
        }));
    }
    let names = written.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
    if args.quiet { Ok(()) } else { output::line(&format!("wrote {names}")) }
}

fn check(args: &ParallaxArgs) -> Result<(), CliError> {
    let within = |name: &str, value: f32, low: f32, high: f32| match (low..=high).contains(&value) {
        true => Ok(()),
        false => Err(CliError::Refused(format!("--{name} is {value}; use {low} to {high}"))),
    };
    within("amount", args.amount, 0.0, 1.0)?;
    within("secs", args.secs.unwrap_or(SECS), 0.1, 600.0)?;
    within("fov", args.fov, 5.0, 150.0)?;
    within("reach", args.reach, 0.005, 0.3)?;
    if !args.keys.is_sorted_by(|a, b| a.at < b.at) {
        return Err(CliError::Refused("--keys go from 0 to 1 in time, each later than the one before".to_owned()));
    }
    within("focus-blur", args.focus_blur, 0.0, 0.1)
}

pub fn film_format(path: &Path) -> Result<MovieFormat, CliError> {
    movie_format(path).ok_or_else(|| {
        CliError::Refused(format!(
            "`{}` is no name for a film; write one that ends in .mp4, .webm, .mov or .gif",
            path.display()
        ))
    })
}

struct Moved<'a> {
    args: &'a ParallaxArgs,
    screen: &'a Screen,
    bake: &'a PlateBake,
    shows: bool,
}

impl Moved<'_> {
    fn film(&self, path: &Path, format: MovieFormat, cancel: &AtomicBool) -> Result<(), CliError> {
        let args = self.args;
        let image = &self.bake.image;
        let size = args.size.map_or_else(
            || movie_size((image.width(), image.height()), LONGEST_SIDE_PX),
            |size| (size.width as usize, size.height as usize),
        );
        let secs = args.secs.unwrap_or(SECS);
        let standard = || FrameRate::new(30, 1).map_err(|error| CliError::Refused(error.to_string()));
        let rate = args.rate.map_or_else(standard, Ok)?;
        let clip = Clip::new(image, clip_settings(args, size, secs));
        let film = Film {
            path,
            format,
            size: clip.size(),
            rate,
            frames: (f64::from(secs) * rate.fps()).round().max(1.0) as usize,
            doing: "drawing",
            screen: self.screen,
            shows: self.shows,
            json: args.json,
        };
        film.make(cancel, |frame| Ok(clip.frame(rate.secs_at(frame as f64) as f32)))
    }
}

/// What was asked for, for a film of a length.
pub fn clip_settings(args: &ParallaxArgs, size: (usize, usize), duration_secs: f32) -> ClipSettings {
    ClipSettings {
        preset: match args.preset {
            _ if !args.keys.is_empty() => Preset::Keys(args.keys.clone()),
            Move::Dolly => Preset::Dolly,
            Move::Orbit => Preset::Orbit,
            Move::ZoomDolly => Preset::ZoomDolly,
            Move::Handheld => Preset::Handheld,
        },
        amount: args.amount,
        focal_widths: focal_widths(args.fov),
        size,
        duration_secs,
        aperture_widths: args.focus_blur,
        focus: args.focus,
        stereo: args.stereo.map(|stereo| match stereo {
            Stereo::SideBySide => ClipStereo::Packed(StereoLayout::SideBySide),
            Stereo::TopBottom => ClipStereo::Packed(StereoLayout::TopBottom),
            Stereo::Anaglyph => ClipStereo::Glasses(Anaglyph::Dubois),
            Stereo::RedCyan => ClipStereo::Glasses(Anaglyph::RedCyan),
        }),
        seed: 1,
    }
}
