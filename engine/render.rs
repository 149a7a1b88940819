//! A range of a shot's frames, from the document to committed files.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::Receiver;
use kinema_core::{Aov, LoadedShot, Picture};
use kinema_export::{ExportEvent, ExportReport, ExportSettings, Exporter, MovieFormat, StillFormats, SuspendReport};
use kinema_gpu::{CaptureOrder, PassWork};
use serde::Serialize;

use crate::session::{Session, SessionSettings};
use crate::{KinemaError, plan};

/// What to render and where to.
#[derive(Clone, Debug)]
pub struct RenderSettings {
    /// Folder that receives everything.
    pub out_dir: PathBuf,
    /// Start of every file name.
    pub base_name: String,
    /// Frames of the shot; all if absent.
    pub frames: Option<Range<i64>>,
    /// Width and height in pixels instead of the shot's own.
    pub size: Option<(u32, u32)>,
    pub still: StillFormats,
    pub movies: Vec<MovieFormat>,
    pub aovs: Vec<Aov>,
    pub encoder_threads: usize,
    /// Discard frames of another shot, build or device that lie in `out_dir`.
    pub overwrite: bool,
    /// Measure what each pass of a frame takes on the device, told as [`RenderEvent::Passes`] at the end. Changes no
    /// byte of the pictures; drawing becomes a little slower.
    pub pass_times: bool,
    /// The ffmpeg to use instead of the one on the search path.
    pub ffmpeg: Option<PathBuf>,
}

/// News of a running job. Serialises as one flat JSON object with a `kind`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RenderEvent {
    /// Before the first frame: how many are there already and how many are to be drawn.
    Opened { driver: String, width: u32, height: u32, total: usize, remaining: usize },
    /// Shaders are compiled and assets loaded.
    Ready,
    /// A frame was drawn only for the history of later ones.
    WarmedUp { frame: i64 },
    /// Where the device's time went, by the pass's name: see [`RenderSettings::pass_times`].
    Passes { passes: BTreeMap<String, PassWork> },
    /// From the exporter.
    #[serde(untagged)]
    Export(ExportEvent),
}

/// How a job ended without an error. Serialises as one flat JSON object with a `kind`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RenderOutcome {
    Complete(ExportReport),
    /// Cancelled; the same job goes on where it stopped.
    Suspended(SuspendReport),
}

/// A shot and what is to become of it.
pub struct RenderJob {
    pub shot: Arc<LoadedShot>,
    pub settings: RenderSettings,
}

impl RenderJob {
    /// Renders until done, failed or `cancel` is set. Frames are committed one by one; whatever stops the job, running
    /// it again draws only what is missing.
    ///
    /// # Errors
    /// Everything a [`KinemaError`] can be. Nothing half-written is left.
    pub fn run(
        &self,
        cancel: &AtomicBool,
        mut on_event: impl FnMut(RenderEvent),
    ) -> Result<RenderOutcome, KinemaError> {
        let frames = self.frames()?;
        let settings = SessionSettings { size: self.settings.size, pass_times: self.settings.pass_times };
        let mut session = Session::new(self.shot.clone(), settings)?;
        let export_settings = self.export_settings(&session, frames.clone());
        let order = CaptureOrder {
            frame: None,
            aovs: export_settings.required_planes()?,
            display_half: export_settings.needs_float_display(),
        };
        let exporter = Exporter::open(export_settings)?;
        let remaining = exporter.remaining();
        let (width, height) = session.size();
        let total = usize::try_from(frames.end - frames.start).unwrap_or(usize::MAX);
        on_event(RenderEvent::Opened { driver: session.driver(), width, height, total, remaining: remaining.len() });

        let look = &self.shot.shot.look;
        let steps = plan(&remaining, self.shot.shot.timeline.chunk_frames, kinema_camera::history_frames(look));
        if let Some(first) = steps.first() {
            session.settle(first.frame)?;
            on_event(RenderEvent::Ready);
        }
        let events = exporter.events();
        let tell = |exporter_events: &Receiver<ExportEvent>, on_event: &mut dyn FnMut(RenderEvent)| {
            for event in exporter_events.try_iter() {
                on_event(RenderEvent::Export(event));
            }
        };
        let submit = |pictures: Vec<Picture>| -> Result<(), KinemaError> {
            pictures.into_iter().try_for_each(|picture| exporter.submit(picture)).map_err(KinemaError::from)
        };
        let mut cancelled = false;
        for step in steps {
            if cancel.load(Ordering::Relaxed) {
                cancelled = true;
                break;
            }
            if step.reset {
                session.reset_history();
            }
            let pictures = session.draw(step.frame, step.capture.then(|| order.clone()))?;
            submit(pictures)?;
            if !step.capture {
                on_event(RenderEvent::WarmedUp { frame: step.frame });
            }
            tell(&events, &mut on_event);
        }
        submit(session.flush()?)?;
        if self.settings.pass_times {
            on_event(RenderEvent::Passes { passes: session.pass_work() });
        }
        if cancelled {
            let report = exporter.suspend()?;
            tell(&events, &mut on_event);
            return Ok(RenderOutcome::Suspended(report));
        }
        let report = self.finish(exporter, cancel, &events, &mut on_event)?;
        Ok(RenderOutcome::Complete(report))
    }

    /// Movies take a while: events are told while the exporter works on another thread.
    fn finish(
        &self,
        exporter: Exporter,
        cancel: &AtomicBool,
        events: &Receiver<ExportEvent>,
        on_event: &mut dyn FnMut(RenderEvent),
    ) -> Result<ExportReport, KinemaError> {
        let stop = exporter.stop_flag();
        std::thread::scope(|scope| {
            let finishing = scope.spawn(move || exporter.finish());
            while !finishing.is_finished() {
                if let Ok(event) = events.recv_timeout(std::time::Duration::from_millis(50)) {
                    on_event(RenderEvent::Export(event));
                }
                if cancel.load(Ordering::Relaxed) {
                    stop.store(true, Ordering::Relaxed);
                }
            }
            for event in events.try_iter() {
                on_event(RenderEvent::Export(event));
            }
            match finishing.join() {
                Ok(report) => Ok(report?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })
    }

    fn frames(&self) -> Result<Range<i64>, KinemaError> {
        let count = self.shot.shot.timeline.frames;
        let whole = 0..i64::from(count);
        let frames = self.settings.frames.clone().unwrap_or_else(|| whole.clone());
        if frames.is_empty() || frames.start < whole.start || frames.end > whole.end {
            return Err(KinemaError::FrameRange { start: frames.start, end: frames.end, frames: count });
        }
        Ok(frames)
    }

    fn export_settings(&self, session: &Session, frames: Range<i64>) -> ExportSettings {
        let (width, height) = session.size();
        let settings = &self.settings;
        ExportSettings {
            out_dir: settings.out_dir.clone(),
            base_name: settings.base_name.clone(),
            still: settings.still,
            movies: settings.movies.clone(),
            aovs: settings.aovs.clone(),
            encoder_threads: settings.encoder_threads,
            rate: self.shot.shot.timeline.rate,
            width,
            height,
            frames,
            identity: session.identity(),
            overwrite: settings.overwrite,
            ffmpeg: settings.ffmpeg.clone(),
        }
    }
}
