//! `kinema parallax`: a camera moves through a photograph.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use kinema::core::{Aov, BuildIdentity, Picture, PixelFormat, Plane};
use kinema::export::gltf::write_glb;
use kinema::export::{ExportEvent, ExportSettings, Exporter, Identity, MovieFormat, StillFormats};
use kinema::parallax::cameras::Preset;
use kinema::parallax::clip::movie_size;
use kinema::parallax::layers::LayerSettings;
use kinema::parallax::raster::{Raster, Rgba};
use kinema::parallax::shot::focal_widths;
use kinema::parallax::stereo::{Anaglyph, StereoLayout, point_cloud_ply, scene_of_layers};
use kinema::parallax::transfer::SrgbTable;
use kinema::parallax::{Clip, ClipSettings, ClipStereo, ParallaxError, ParallaxSettings, PlateBake};
use serde_json::json;

use super::{depth, publish};
use crate::args::{Move, ParallaxArgs, Stereo};
use crate::exit::CliError;
use crate::interrupt;
use crate::output::{self, Screen};
use crate::progress::Progress;

/// Longest side of films, and of the photograph they are made from, unless more is asked for.
const LONGEST_SIDE_PX: usize = 1920;
/// Longest side that a photograph is ever kept at; above it, layers take more than 4 GiB of memory.
const MOST_SIDE_PX: usize = 4096;
/// Distance of mesh vertices in pixels of a photograph of [`LONGEST_SIDE_PX`].
const MESH_STEP_PX: usize = 3;

pub fn run(args: &ParallaxArgs, screen: &Screen) -> Result<(), CliError> {
    check(args)?;
    let format = args.out.as_deref().map(movie_format).transpose()?;
    for path in [&args.out, &args.mesh, &args.points].into_iter().flatten() {
        publish::check(path, args.force)?;
    }
    let cancel = interrupt::flag(screen, "stopping after the frame that is being drawn")?;
    let wanted = args.size.map_or(LONGEST_SIDE_PX, |size| size.width.max(size.height) as usize);
    let longest_side_px = wanted.clamp(LONGEST_SIDE_PX, MOST_SIDE_PX);
    let settings = LayerSettings {
        most_shift_widths: args.reach,
        most_layers: usize::from(args.layers),
        ..LayerSettings::default()
    };
    let source = depth::source(&args.photograph, settings, longest_side_px)?;
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
        Film { args, screen, bake: &bake, shows }.make(path, format, &cancel)?;
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
    within("secs", args.secs, 0.1, 600.0)?;
    within("fov", args.fov, 5.0, 150.0)?;
    within("reach", args.reach, 0.005, 0.3)?;
    within("focus-blur", args.focus_blur, 0.0, 0.1)
}

fn movie_format(path: &Path) -> Result<MovieFormat, CliError> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let all = [MovieFormat::Mp4H264, MovieFormat::WebmAv1, MovieFormat::MovProRes4444, MovieFormat::Gif];
    all.into_iter().find(|format| ending.as_deref() == Some(format.extension())).ok_or_else(|| {
        CliError::Refused(format!(
            "`{}` is no name for a film; write one that ends in .mp4, .webm, .mov or .gif",
            path.display()
        ))
    })
}

struct Film<'a> {
    args: &'a ParallaxArgs,
    screen: &'a Screen,
    bake: &'a PlateBake,
    shows: bool,
}

impl Film<'_> {
    /// Frames and film are made in a folder beside the film, which then gets its name.
    fn make(&self, path: &Path, format: MovieFormat, cancel: &AtomicBool) -> Result<(), CliError> {
        let args = self.args;
        let image = &self.bake.image;
        let size = args.size.map_or_else(
            || movie_size((image.width(), image.height()), LONGEST_SIDE_PX),
            |size| (size.width as usize, size.height as usize),
        );
        let clip = Clip::new(image, self.clip_settings(size));
        let (width, height) = clip.size();
        let folder = tempfile::Builder::new().prefix(".kinema-parallax-").tempdir_in(publish::folder_of(path));
        let folder = folder.map_err(|source| publish::named(path, source))?;
        let frames = i64::from((f64::from(args.secs) * args.rate.fps()).round().max(1.0) as u32);
        let exporter = Exporter::open(ExportSettings {
            out_dir: folder.path().to_owned(),
            base_name: "clip".to_owned(),
            still: StillFormats { png8: true, ..StillFormats::default() },
            movies: vec![format],
            aovs: Vec::new(),
            encoder_threads: std::thread::available_parallelism().map_or(1, usize::from).min(4),
            rate: args.rate,
            width: width as u32,
            height: height as u32,
            frames: 0..frames,
            identity: Identity {
                shot_sha256: String::new(),
                shot_name: "parallax".to_owned(),
                build: kinema::build_identity(),
                driver: "processor".to_owned(),
                settings: json!({}),
            },
            overwrite: true,
            ffmpeg: None,
        })?;
        let events = exporter.events();
        let total = frames as usize;
        let mut progress = self.shows.then(|| Progress::start(self.screen, "drawing", total, 0));
        let table = SrgbTable::default();
        for frame in 0..frames {
            if cancel.load(Ordering::Relaxed) {
                drop(progress);
                return Err(CliError::Interrupted(format!(
                    "stopped after {frame} of {frames} frames; nothing is kept"
                )));
            }
            let seen = clip.frame(args.rate.secs_at(frame as f64) as f32);
            exporter.submit(picture(frame, &seen, &table))?;
            if let Some(progress) = &mut progress {
                progress.advance_to(frame as usize + 1);
            }
            if args.json {
                output::json(&json!({ "kind": "frame_drawn", "frames_done": frame + 1, "total": frames }))?;
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
        publish::rename(&film.unwrap_or_default(), path)
    }

    fn clip_settings(&self, size: (usize, usize)) -> ClipSettings {
        let args = self.args;
        ClipSettings {
            preset: match args.preset {
                Move::Dolly => Preset::Dolly,
                Move::Orbit => Preset::Orbit,
                Move::ZoomDolly => Preset::ZoomDolly,
                Move::Handheld => Preset::Handheld,
            },
            amount: args.amount,
            focal_widths: focal_widths(args.fov),
            size,
            duration_secs: args.secs,
            aperture_widths: args.focus_blur,
            stereo: args.stereo.map(|stereo| match stereo {
                Stereo::SideBySide => ClipStereo::Packed(StereoLayout::SideBySide),
                Stereo::TopBottom => ClipStereo::Packed(StereoLayout::TopBottom),
                Stereo::Anaglyph => ClipStereo::Glasses(Anaglyph::Dubois),
                Stereo::RedCyan => ClipStereo::Glasses(Anaglyph::RedCyan),
            }),
            seed: 1,
        }
    }
}

/// What is seen, over black.
fn picture(frame: i64, seen: &Raster<Rgba>, table: &SrgbTable) -> Picture {
    let bytes = |p: &Rgba| [table.byte(p[0]), table.byte(p[1]), table.byte(p[2]), 255];
    let (width, height) = seen.size();
    let plane = Plane {
        aov: Aov::Display,
        format: PixelFormat::Rgba8Srgb,
        width: width as u32,
        height: height as u32,
        data: seen.data().iter().flat_map(bytes).collect(),
    };
    Picture { frame, planes: vec![plane] }
}
