//! The whole shot, as a user renders it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use kinema::export::{MovieFormat, StillFormats};
use kinema::{RenderEvent, RenderJob, RenderSettings};
use kinema_core::LoadedShot;

use super::{encoder_threads, scratch};
use crate::BenchError;
use crate::stats::measured;

/// Adds `render.first_light_secs` and `render.first_light_fps`; returns the driver.
pub fn measure(shot: &Arc<LoadedShot>, metrics: &mut BTreeMap<String, f64>) -> Result<String, BenchError> {
    let folder = scratch()?;
    let job = RenderJob {
        shot: shot.clone(),
        settings: RenderSettings {
            out_dir: folder.path().join("first_light"),
            base_name: "first_light".to_owned(),
            frames: None,
            size: None,
            still: StillFormats { png8: true, ..StillFormats::default() },
            movies: vec![MovieFormat::Mp4H264],
            aovs: Vec::new(),
            encoder_threads: encoder_threads(),
            overwrite: false,
            pass_times: false,
            ffmpeg: None,
        },
    };
    let mut driver = String::new();
    let mut ready = None;
    let start = Instant::now();
    job.run(&AtomicBool::new(false), |event| match event {
        RenderEvent::Opened { driver: opened, .. } => driver = opened,
        RenderEvent::Ready => ready = Some(start.elapsed().as_secs_f64()),
        _ => {}
    })?;
    let secs = start.elapsed().as_secs_f64();
    let frames = f64::from(shot.shot.timeline.frames);
    metrics.insert("render.first_light_secs".to_owned(), secs);
    let fps = ready.map(|ready| frames / (secs - ready));
    metrics.insert("render.first_light_fps".to_owned(), measured("render.first_light_fps", fps)?);
    Ok(driver)
}
