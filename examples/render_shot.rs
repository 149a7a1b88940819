//! Renders a shot with the library instead of the command line.
//!
//! `cargo run --example render_shot -- assets/shots/first_light.shot.ron out/example`

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use kinema::core::load_shot;
use kinema::export::StillFormats;
use kinema::{KinemaError, RenderEvent, RenderJob, RenderOutcome, RenderSettings, part_registry};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(shot), Some(out)) = (arguments.next(), arguments.next()) else {
        return Err("usage: render_shot SHOT OUT_DIR [FIRST_FRAME [FRAME_COUNT]]".into());
    };
    let first: i64 = arguments.next().map_or(Ok(0), |text| text.parse())?;
    let count: i64 = arguments.next().map_or(Ok(1), |text| text.parse())?;
    render(Path::new(&shot), Path::new(&out), first..first + count)?;
    Ok(())
}

/// Renders the frames as 8-bit PNG files and prints what happens.
pub fn render(shot: &Path, out: &Path, frames: std::ops::Range<i64>) -> Result<(), KinemaError> {
    let shot = Arc::new(load_shot(shot, &part_registry())?);
    let settings = RenderSettings {
        out_dir: out.to_owned(),
        base_name: "example".to_owned(),
        frames: Some(frames),
        size: None,
        still: StillFormats { png8: true, ..StillFormats::default() },
        movies: Vec::new(),
        aovs: Vec::new(),
        encoder_threads: 1,
        overwrite: true,
        pass_times: false,
        ffmpeg: None,
    };
    let job = RenderJob { shot, settings };
    let outcome = job.run(&AtomicBool::new(false), |event| match event {
        RenderEvent::Opened { driver, remaining, .. } => println!("{remaining} frames to draw on {driver}"),
        RenderEvent::Ready => println!("ready"),
        RenderEvent::WarmedUp { .. } => {}
        RenderEvent::Passes { passes } => println!("{passes:?}"),
        RenderEvent::Export(event) => println!("{event:?}"),
    })?;
    if let RenderOutcome::Complete(report) = outcome {
        println!("{} frames in {}", report.frames_committed, report.out_dir.display());
    }
    Ok(())
}
