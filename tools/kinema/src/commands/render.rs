//! `kinema render`: from a shot to committed pictures.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use kinema::export::{ExportError, ExportEvent, ExportReport, MovieFormat, StillFormats, SuspendReport};
use kinema::gpu::PassWork;
use kinema::{KinemaError, RenderEvent, RenderJob, RenderOutcome, RenderSettings};

use super::{load, stem};
use crate::args::RenderArgs;
use crate::exit::CliError;
use crate::interrupt;
use crate::output::{self, Screen};
use crate::progress::{Progress, duration_text};

/// More encoders than this wait for the renderer, and each holds pictures in memory.
const DEFAULT_ENCODERS: usize = 8;

pub fn run(args: &RenderArgs, screen: &Screen) -> Result<(), CliError> {
    let cancel = interrupt::flag(screen, "stopping after the frame that is being drawn")?;
    let shot = load(&args.shot, screen)?;
    let job = RenderJob { shot, settings: settings(args) };
    let mut reporter = Reporter { args, screen, progress: None, frames_per_sec: None, broken: None };
    let outcome = job.run(&cancel, |event| {
        if let Err(error) = reporter.tell(&event) {
            // Nobody hears us any more: put the job aside rather than work unwatched.
            reporter.broken.get_or_insert(error);
            cancel.store(true, Ordering::Relaxed);
        }
    });
    reporter.conclude(outcome, &cancel)
}

fn settings(args: &RenderArgs) -> RenderSettings {
    let mut still = StillFormats::default();
    let mut movies: Vec<MovieFormat> = Vec::new();
    for format in &args.format {
        format.add_to(&mut still, &mut movies);
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    RenderSettings {
        out_dir: args.out.clone(),
        base_name: args.name.clone().unwrap_or_else(|| stem(&args.shot)),
        frames: args.frames.clone().map(|frames| frames.0),
        size: args.size.map(|size| (size.width, size.height)),
        still,
        movies,
        aovs: args.aov.clone(),
        encoder_threads: args.threads.map_or(cores.min(DEFAULT_ENCODERS), usize::from),
        overwrite: args.overwrite,
        pass_times: args.pass_times,
        ffmpeg: None,
    }
}

/// Tells people or machines how the job goes.
struct Reporter<'a> {
    args: &'a RenderArgs,
    screen: &'a Screen,
    progress: Option<Progress>,
    frames_per_sec: Option<f64>,
    broken: Option<CliError>,
}

impl Reporter<'_> {
    fn tell(&mut self, event: &RenderEvent) -> Result<(), CliError> {
        if self.args.json {
            return output::json(event);
        }
        if let RenderEvent::Export(ExportEvent::Warning { message }) = event {
            self.screen.note(&format!("warning: {message}"));
        }
        if !self.args.quiet {
            self.show(event);
        }
        Ok(())
    }

    fn show(&mut self, event: &RenderEvent) {
        match event {
            RenderEvent::Opened { driver, width, height, total, remaining } => {
                let kept = total.saturating_sub(*remaining);
                let frames = match *remaining {
                    0 => format!("nothing to render of {}", output::count(*total, "frame")),
                    _ if kept == 0 => format!("{} to render", output::count(*total, "frame")),
                    _ => format!("{remaining} of {total} frames to render"),
                };
                self.screen.note(&format!("{frames}, {width}x{height} on {driver}"));
                if *remaining > 0 {
                    let progress = Progress::start(self.screen, "rendering", *total, kept);
                    progress.phase("compiling shaders and loading assets");
                    self.progress = Some(progress);
                }
            }
            RenderEvent::Ready => {
                if let Some(progress) = &mut self.progress {
                    progress.phase("");
                    progress.restart_clock();
                }
            }
            RenderEvent::WarmedUp { .. } => {}
            RenderEvent::Passes { passes } => {
                self.progress = None;
                self.screen.note(&pass_table(passes));
            }
            RenderEvent::Export(event) => self.show_export(event),
        }
    }

    fn show_export(&mut self, event: &ExportEvent) {
        match event {
            ExportEvent::FrameCommitted { committed, total, .. } => {
                if let Some(progress) = &mut self.progress {
                    progress.advance_to(*committed);
                    self.frames_per_sec = progress.frames_per_sec();
                }
                if committed == total {
                    self.progress = None;
                }
            }
            ExportEvent::MovieStarted { path, frames } => {
                self.progress = Some(Progress::start(self.screen, format!("encoding {path}"), *frames, 0));
            }
            ExportEvent::MovieProgress { frames_read, .. } => {
                if let Some(progress) = &mut self.progress {
                    progress.advance_to(*frames_read);
                }
            }
            ExportEvent::MovieFinished { .. } => self.progress = None,
            _ => {}
        }
    }

    fn conclude(mut self, outcome: Result<RenderOutcome, KinemaError>, cancel: &AtomicBool) -> Result<(), CliError> {
        self.progress = None;
        if let Some(error) = self.broken {
            return Err(error);
        }
        match outcome {
            Ok(outcome) => {
                if self.args.json {
                    output::json(&outcome)?;
                }
                match outcome {
                    RenderOutcome::Complete(report) => self.complete(&report),
                    RenderOutcome::Suspended(report) => Err(suspended(&report)),
                }
            }
            Err(KinemaError::Export(ExportError::Stopped)) if cancel.load(Ordering::Relaxed) => {
                Err(CliError::Interrupted(
                    "stopped: every frame is on disk; run the same command again for the rest".into(),
                ))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn complete(&self, report: &ExportReport) -> Result<(), CliError> {
        if self.args.json || self.args.quiet {
            return Ok(());
        }
        let mut lines = vec![made(report, self.frames_per_sec)];
        let movies = report.movies.iter().map(|movie| ("movie", report.out_dir.join(&movie.file.path)));
        let sheet = report.contact_sheet.iter().map(|path| ("contact sheet", path.clone()));
        let manifest = [("manifest", report.manifest.clone())];
        let rows = movies.chain(sheet).chain(manifest);
        lines.extend(rows.map(|(what, path)| format!("{what:<14} {}", path.display())));
        output::line(&lines.join("\n"))
    }
}

/// One line a pass, the costliest first.
fn pass_table(passes: &BTreeMap<String, PassWork>) -> String {
    if passes.is_empty() {
        return "no pass times: this device has no timestamp queries".to_owned();
    }
    let mut rows: Vec<_> = passes.iter().collect();
    rows.sort_by(|(_, a), (_, b)| b.device_ms.total_cmp(&a.device_ms));
    let head = format!("{:<36} {:>10} {:>12} {:>12}", "pass, means per frame", "device ms", "vertices", "fragments");
    let body = rows.into_iter().map(|(name, work)| {
        format!("{name:<36} {:>10.2} {:>12.0} {:>12.0}", work.device_ms, work.vertices, work.fragments)
    });
    std::iter::once(head).chain(body).collect::<Vec<_>>().join("\n")
}

/// `96 frames rendered, 1.35 frames/s (71 s)`, or what was kept of an earlier run.
fn made(report: &ExportReport, frames_per_sec: Option<f64>) -> String {
    let frames = report.frames_committed;
    let mut text = format!("{} rendered", output::count(frames, "frame"));
    if let Some(rate) = frames_per_sec {
        text += &format!(", {rate:.2} frames/s ({})", duration_text(frames as f64 / rate));
    }
    if report.frames_reused > 0 {
        text += &format!(", {} kept from an earlier run", report.frames_reused);
    }
    text
}

fn suspended(report: &SuspendReport) -> CliError {
    let total = report.frames_done + report.frames_left;
    CliError::Interrupted(format!(
        "stopped: {} of {total} frames are on disk in `{}`; run the same command again for the rest",
        report.frames_done,
        report.out_dir.display()
    ))
}
