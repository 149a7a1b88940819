//! Where a frame's time goes.

use std::collections::BTreeMap;

use kinema_core::FrameSet;

use super::{Stage, order, scratch};
use crate::BenchError;
use crate::stats::measured;

/// Adds `render.stage_share.<set>` for the eight sets; they sum to 1. Waits for the device after each frame from here
/// on, so it comes last.
pub fn measure(stage: &mut Stage, count: i64, metrics: &mut BTreeMap<String, f64>) -> Result<String, BenchError> {
    let folder = scratch()?;
    let frames = stage.frames(count);
    let exporter = stage.exporter(folder.path().join("frames"), frames.clone())?;
    stage.session.measure_stages();
    for frame in frames {
        for picture in stage.session.draw(frame, Some(order()))? {
            exporter.submit(picture)?;
        }
        stage.session.charge(FrameSet::Deliver);
    }
    for picture in stage.session.flush()? {
        exporter.submit(picture)?;
    }
    stage.session.charge(FrameSet::Deliver);
    exporter.suspend()?;
    stage.session.charge(FrameSet::Deliver);

    let times = stage.session.stage_times().cloned().unwrap_or_default();
    let total: f64 = times.secs.iter().sum();
    for (set, secs) in FrameSet::ORDER.into_iter().zip(times.secs) {
        let name = format!("render.stage_share.{}", set.name().to_lowercase());
        let share = measured(&name, (total > 0.0).then(|| secs / total))?;
        metrics.insert(name, share);
    }
    Ok(format!("stage_share: {count} frames one after the other; Deliver is what capture and PNG add to a serial run."))
}
