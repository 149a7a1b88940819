//! Area `render`: the shot `first_light`.

mod capture;
mod peers;
mod stages;
mod whole;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bevy::render::render_resource::PollType;
use bevy::render::renderer::RenderDevice;
use kinema::export::{ExportSettings, Exporter, StillFormats};
use kinema::gpu::CaptureOrder;
use kinema::{Session, SessionSettings, keep_assets};
use kinema_core::{Aov, LoadedShot, load_shot};

use crate::{BenchArgs, BenchError, BenchReport, Machine};

/// How many samples are taken.
struct Samples {
    /// Turns of drawing alone and drawing with capture.
    capture_turns: usize,
    /// Frames per turn.
    segment_frames: i64,
    stage_frames: i64,
    peer_turns: i64,
}

const FULL: Samples = Samples { capture_turns: 11, segment_frames: 12, stage_frames: 12, peer_turns: 5 };
const QUICK: Samples = Samples { capture_turns: 2, segment_frames: 3, stage_frames: 3, peer_turns: 2 };

pub fn run(args: &BenchArgs, tell: &mut dyn FnMut(&str)) -> Result<BenchReport, BenchError> {
    let peer = args.peer.as_deref().map(peers::Engine::of).transpose()?;
    let samples = if args.quick { QUICK } else { FULL };
    let shot = Arc::new(first_light()?);
    let mut metrics = BTreeMap::new();
    let mut notes = Vec::new();
    let mut driver = None;
    if !args.quick {
        tell("rendering the whole shot");
        driver = Some(whole::measure(&shot, &mut metrics)?);
        notes.push("first_light_secs: from the shot file to PNG frames and MP4, with loading and shader compilation; first_light_fps: from the first frame on.".to_owned());
    }

    tell("loading the shot");
    let mut stage = Stage::open(shot)?;
    if let Some(engine) = peer {
        tell(&format!("frame by frame in turns with {}", engine.title()));
        notes.extend(engine.measure(&mut stage, samples.peer_turns, args.keep_dir.as_deref(), &mut metrics, tell)?);
    }
    tell("drawing alone and drawing with capture, in turns");
    notes.push(capture::measure(&mut stage, samples.capture_turns, samples.segment_frames, &mut metrics)?);
    tell("time of each frame set");
    notes.push(stages::measure(&mut stage, samples.stage_frames, &mut metrics)?);

    let machine = Machine::here(driver.unwrap_or_else(|| stage.session.driver()));
    Ok(BenchReport { area: args.area.clone(), machine, metrics, notes })
}

/// The shot that ships with these sources.
fn first_light() -> Result<LoadedShot, BenchError> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = root.canonicalize().unwrap_or(root).join("assets/shots/first_light.shot.ron");
    Ok(load_shot(&path, &kinema::part_registry())?)
}

/// The middle of the shot: everything is in the picture and moves.
fn middle(shot: &LoadedShot) -> i64 {
    i64::from(shot.shot.timeline.frames / 2)
}

/// Encoder threads as `kinema render` chooses them.
fn encoder_threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(8)
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> BenchError {
    let path = path.to_path_buf();
    move |source| BenchError::Io { path, source }
}

fn scratch() -> Result<tempfile::TempDir, BenchError> {
    tempfile::tempdir().map_err(io(&std::env::temp_dir()))
}

/// One session, settled in the middle of the shot, that all measurements but the whole render share.
struct Stage {
    session: Session,
    shot: Arc<LoadedShot>,
    first: i64,
}

impl Stage {
    fn open(shot: Arc<LoadedShot>) -> Result<Self, BenchError> {
        let mut session = Session::new(shot.clone(), SessionSettings::default())?;
        // For the export of the world; it costs memory, not time.
        keep_assets(&mut session);
        let first = middle(&shot);
        session.settle(first)?;
        let mut stage = Self { session, shot, first };
        // The first frames after settling fill temporal history and the read-back ring.
        for frame in first..first + 4 {
            stage.session.draw(frame, Some(order()))?;
        }
        stage.session.flush()?;
        stage.wait_for_device();
        Ok(stage)
    }

    /// `count` frames from the middle on, as many as the shot has.
    fn frames(&self, count: i64) -> Range<i64> {
        let end = i64::from(self.shot.shot.timeline.frames);
        self.first..(self.first + count.max(1)).min(end)
    }

    fn wait_for_device(&mut self) {
        if let Some(device) = self.session.world_mut().get_resource::<RenderDevice>() {
            // A lost device also ends the next draw, with an error that says so.
            let _ = device.poll(PollType::wait_indefinitely());
        }
    }

    /// An exporter of 8-bit PNG into an empty folder.
    fn exporter(&self, out_dir: PathBuf, frames: Range<i64>) -> Result<Exporter, BenchError> {
        let (width, height) = self.session.size();
        Ok(Exporter::open(ExportSettings {
            out_dir,
            base_name: "bench".to_owned(),
            still: StillFormats { png8: true, ..StillFormats::default() },
            movies: Vec::new(),
            aovs: Vec::new(),
            encoder_threads: encoder_threads(),
            rate: self.shot.shot.timeline.rate,
            width,
            height,
            frames,
            identity: self.session.identity(),
            overwrite: false,
            ffmpeg: None,
        })?)
    }
}

fn order() -> CaptureOrder {
    CaptureOrder { frame: None, aovs: vec![Aov::Display], display_half: false }
}
