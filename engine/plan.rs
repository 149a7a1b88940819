//! Which frames are drawn, in which order, so that the pictures do not depend on how the work was cut.

/// One update of a headless run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Frame to draw; negative ones are pre-roll.
    pub frame: i64,
    /// Whether its picture is wanted, or it is drawn only for the history of later ones.
    pub capture: bool,
    /// Whether temporal history must be forgotten before this frame.
    pub reset: bool,
}

/// Plans the drawing of `wanted` (ascending frame numbers).
///
/// Temporal filters make a frame depend on those before it, without a sharp end. So history is cut on a grid of
/// `chunk_frames` that belongs to the shot: at each chunk's start it is forgotten, and `history_frames` frames before
/// the chunk are drawn to warm up. A frame's picture is then a function of the shot alone, whichever frames a worker
/// was asked for.
///
/// With `history_frames` of at most 1 a frame depends on its predecessor only (motion vectors), and frames between
/// gaps need not be drawn.
pub fn plan(wanted: &[i64], chunk_frames: u32, history_frames: u32) -> Vec<Step> {
    let chunk_frames = i64::from(chunk_frames.max(1));
    let history = i64::from(history_frames);
    let mut steps = Vec::new();
    let mut rest = wanted;
    while let Some(&first) = rest.first() {
        let chunk = first.div_euclid(chunk_frames);
        let in_chunk = rest.partition_point(|frame| frame.div_euclid(chunk_frames) == chunk);
        let (captured, after) = rest.split_at(in_chunk);
        rest = after;
        if history > 1 {
            let start = chunk * chunk_frames - history;
            let end = captured.last().copied().unwrap_or(first);
            steps.extend((start..=end).map(|frame| Step {
                frame,
                capture: captured.binary_search(&frame).is_ok(),
                reset: frame == start,
            }));
        } else {
            for &frame in captured {
                let drawn_until = steps.last().map(|step: &Step| step.frame);
                let lead_in = (frame - history).max(drawn_until.map_or(i64::MIN, |last| last + 1));
                let reset = drawn_until != Some(lead_in - 1);
                steps.extend((lead_in..frame).map(|lead| Step {
                    frame: lead,
                    capture: false,
                    reset: reset && lead == lead_in,
                }));
                steps.push(Step { frame, capture: true, reset: reset && lead_in == frame });
            }
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captured(steps: &[Step]) -> Vec<i64> {
        steps.iter().filter(|step| step.capture).map(|step| step.frame).collect()
    }

    /// Everything that a frame's picture can depend on: the frames drawn since history was forgotten.
    fn past(steps: &[Step], frame: i64) -> Vec<i64> {
        let mut past = Vec::new();
        for step in steps {
            if step.reset {
                past.clear();
            }
            past.push(step.frame);
            if step.capture && step.frame == frame {
                return past;
            }
        }
        panic!("frame {frame} was not captured");
    }

    #[test]
    fn a_frame_sees_the_same_past_however_the_work_is_cut() {
        let all: Vec<i64> = (0..96).collect();
        let whole = plan(&all, 48, 6);
        assert_eq!(captured(&whole), all);
        for cut in [&all[48..], &all[50..60], &all[95..], &[0, 47, 48, 90]] {
            let part = plan(cut, 48, 6);
            assert_eq!(captured(&part), cut);
            for &frame in cut {
                assert_eq!(past(&part, frame), past(&whole, frame), "frame {frame}");
            }
        }
    }

    #[test]
    fn warm_up_is_drawn_before_each_chunk() {
        let steps = plan(&(0..8).collect::<Vec<_>>(), 4, 2);
        let drawn: Vec<i64> = steps.iter().map(|step| step.frame).collect();
        assert_eq!(drawn, [-2, -1, 0, 1, 2, 3, 2, 3, 4, 5, 6, 7]);
        assert_eq!(steps.iter().filter(|step| step.reset).map(|step| step.frame).collect::<Vec<_>>(), [-2, 2]);
    }

    #[test]
    fn without_a_filter_only_the_frame_before_is_drawn() {
        let steps = plan(&[3, 4, 9], 48, 1);
        let drawn: Vec<i64> = steps.iter().map(|step| step.frame).collect();
        assert_eq!(drawn, [2, 3, 4, 8, 9]);
        assert_eq!(plan(&[3, 9], 48, 0).len(), 2);
        assert!(plan(&[], 48, 1).is_empty());
    }
}
