//! What capture and encoding cost over drawing alone.

use std::collections::BTreeMap;
use std::time::Instant;

use super::{Stage, order, scratch};
use crate::BenchError;
use crate::stats::{measured, median};

/// Adds `render.capture_overhead`, a fraction, and the seconds per frame that it compares.
pub fn measure(
    stage: &mut Stage,
    turns: usize,
    segment_frames: i64,
    metrics: &mut BTreeMap<String, f64>,
) -> Result<String, BenchError> {
    let (mut drawn, mut captured) = (Vec::new(), Vec::new());
    for turn in 0..turns {
        // What comes second finds the processor as the first left it; so the order changes.
        if turn % 2 == 0 {
            drawn.push(draw_only(stage, segment_frames)?);
            captured.push(draw_and_export(stage, segment_frames)?);
        } else {
            captured.push(draw_and_export(stage, segment_frames)?);
            drawn.push(draw_only(stage, segment_frames)?);
        }
    }
    // The machine's speed drifts over minutes; the two halves of a turn are the same frames, one right after the other.
    let ratios: Vec<f64> = captured.iter().zip(&drawn).map(|(captured, drawn)| captured / drawn).collect();
    let ratio = measured("render.capture_overhead", median(&ratios))?;
    metrics.insert("render.capture_overhead".to_owned(), ratio - 1.0);
    for (name, samples) in
        [("render.draw_secs_per_frame", &drawn), ("render.draw_and_export_secs_per_frame", &captured)]
    {
        metrics.insert(name.to_owned(), measured(name, median(samples))?);
    }
    let spread = |samples: &[f64]| {
        let low = samples.iter().copied().fold(f64::INFINITY, f64::min);
        let high = samples.iter().copied().fold(0.0, f64::max);
        format!("{low:.3}..{high:.3}")
    };
    Ok(format!(
        "capture_overhead: median of {turns} turns of {segment_frames} frames each way ({} times as long); seconds per frame {} \
         drawing, {} with capture and PNG.",
        spread(&ratios),
        spread(&drawn),
        spread(&captured)
    ))
}

fn draw_only(stage: &mut Stage, count: i64) -> Result<f64, BenchError> {
    let frames = stage.frames(count);
    let number = (frames.end - frames.start) as f64;
    let start = Instant::now();
    for frame in frames {
        stage.session.draw(frame, None)?;
    }
    stage.wait_for_device();
    Ok(start.elapsed().as_secs_f64() / number)
}

/// Until every frame is on disk.
fn draw_and_export(stage: &mut Stage, count: i64) -> Result<f64, BenchError> {
    let folder = scratch()?;
    let frames = stage.frames(count);
    let number = (frames.end - frames.start) as f64;
    let exporter = stage.exporter(folder.path().join("frames"), frames.clone())?;
    let start = Instant::now();
    for frame in frames {
        for picture in stage.session.draw(frame, Some(order()))? {
            exporter.submit(picture)?;
        }
    }
    for picture in stage.session.flush()? {
        exporter.submit(picture)?;
    }
    exporter.suspend()?;
    Ok(start.elapsed().as_secs_f64() / number)
}
