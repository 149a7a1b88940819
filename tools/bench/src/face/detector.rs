//! From the face detector's raw numbers to the region in which landmarks are looked for. All constants are those of
//! mediapipe/tasks/cc/vision/face_detector/face_detector_graph.cc.

use super::crop::Region;

/// Side of the detector's picture, pixels.
pub const SIDE: usize = 128;
/// Numbers for each place that the detector looks at: box and six points.
const NUMBERS: usize = 16;
const MIN_SCORE: f32 = 0.5;
/// Overlap, intersection over union, from which on two boxes are of one face.
const SAME_FACE: f32 = 0.3;
const EXPANSION: f32 = 1.5;

/// A found face in shares of the detector's picture: centre, size, then the points right eye, left eye, nose, mouth,
/// right ear, left ear (the person's sides), each x, y.
#[derive(Clone, Copy, Debug)]
pub struct Detection {
    pub score: f32,
    numbers: [f32; NUMBERS],
}

/// The most certain face, averaged with the detections that overlap it, weighted by their scores
/// (NonMaxSuppressionCalculator, WEIGHTED).
pub fn best(boxes: &[f32], logits: &[f32]) -> Option<Detection> {
    let candidates: Vec<Detection> = boxes
        .chunks_exact(NUMBERS)
        .zip(logits)
        .zip(anchors())
        .map(|((numbers, logit), anchor)| decode(numbers, *logit, anchor))
        .filter(|candidate| candidate.score >= MIN_SCORE)
        .collect();
    let top = candidates.iter().copied().max_by(|a, b| a.score.total_cmp(&b.score))?;
    let (mut sum, mut weight) = ([0.0; NUMBERS], 0.0);
    for candidate in candidates.iter().filter(|candidate| overlap(candidate, &top) > SAME_FACE) {
        weight += candidate.score;
        sum.iter_mut().zip(candidate.numbers).for_each(|(sum, number)| *sum += number * candidate.score);
    }
    Some(Detection { score: top.score, numbers: sum.map(|sum| sum / weight) })
}

/// Centres of the places, 0..1: 16 x 16 with two each, then 8 x 8 with six each (SsdAnchorsCalculator).
fn anchors() -> impl Iterator<Item = [f32; 2]> {
    [(16, 2), (8, 6)].into_iter().flat_map(|(cells, each)| {
        (0..cells * cells * each).map(move |n| {
            let cell = n / each;
            [cell % cells, cell / cells].map(|place| (place as f32 + 0.5) / cells as f32)
        })
    })
}

fn decode(raw: &[f32], logit: f32, anchor: [f32; 2]) -> Detection {
    let mut numbers = [0.0; NUMBERS];
    for (place, (number, raw)) in numbers.iter_mut().zip(raw).enumerate() {
        // The third and fourth are a size, everything else is a place relative to the anchor.
        let origin = if matches!(place, 2 | 3) { 0.0 } else { anchor[place % 2] };
        *number = raw / SIDE as f32 + origin;
    }
    let logit = logit.clamp(-100.0, 100.0);
    Detection { score: 1.0 / (1.0 + (-logit).exp()), numbers }
}

fn overlap(a: &Detection, b: &Detection) -> f32 {
    let edges = |d: &Detection, axis: usize| {
        let (centre, half) = (d.numbers[axis], 0.5 * d.numbers[axis + 2]);
        (centre - half, centre + half)
    };
    let shared = (0..2).map(|axis| {
        let ((a_from, a_to), (b_from, b_to)) = (edges(a, axis), edges(b, axis));
        (a_to.min(b_to) - a_from.max(b_from)).max(0.0)
    });
    let (shared, area) = (shared.product::<f32>(), |d: &Detection| d.numbers[2] * d.numbers[3]);
    shared / (area(a) + area(b) - shared)
}

/// The whole picture, made square: what the detector is shown.
pub fn whole(width: usize, height: usize) -> Region {
    let side = width.max(height) as f32;
    Region { centre: [0.5 * width as f32, 0.5 * height as f32], size: [side, side], rotation: 0.0 }
}

impl Detection {
    /// The face with a margin, turned so that the eyes are level (DetectionsToRects, RectTransformation).
    pub fn region(&self, shown: Region) -> Region {
        let [x, y, width, height, right_x, right_y, left_x, left_y, ..] = self.numbers;
        let ([right_x, right_y], [left_x, left_y]) =
            (shown.to_picture([right_x, right_y]), shown.to_picture([left_x, left_y]));
        Region {
            centre: shown.to_picture([x, y]),
            size: [width * shown.size[0] * EXPANSION, height * shown.size[1] * EXPANSION],
            rotation: (left_y - right_y).atan2(left_x - right_x),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Raw numbers of a face 0.4 wide and 0.5 high at the picture's middle, as seen from one anchor, in pixels of 128.
    fn raw(anchor: [f32; 2], offset: f32) -> Vec<f32> {
        let mut numbers = [0.5 + offset, 0.5, 0.4, 0.5, 0.4, 0.45, 0.6, 0.45, 0.5, 0.5, 0.5, 0.6, 0.3, 0.5, 0.7, 0.5];
        for (place, number) in numbers.iter_mut().enumerate() {
            *number = (*number - if matches!(place, 2 | 3) { 0.0 } else { anchor[place % 2] }) * 128.0;
        }
        numbers.to_vec()
    }

    #[test]
    fn detections_of_one_face_are_averaged_by_their_scores() {
        assert_eq!(anchors().count(), 896);
        let (mut boxes, mut logits) = (Vec::new(), Vec::new());
        for (place, anchor) in anchors().enumerate() {
            boxes.extend(raw(anchor, if place == 300 { 0.04 } else { 0.0 }));
            logits.push(if matches!(place, 200 | 300) { 3.0 } else { -9.0 });
        }
        let found = best(&boxes, &logits).expect("a face");
        let region = found.region(whole(200, 100));
        assert!((found.score - 0.9526).abs() < 1e-4);
        assert!((region.centre[0] - 104.0).abs() < 0.01 && (region.centre[1] - 50.0).abs() < 0.01, "{region:?}");
        assert!((region.size[0] - 120.0).abs() < 0.01 && (region.size[1] - 150.0).abs() < 0.01, "{region:?}");
        assert!(region.rotation.abs() < 1e-4);
        assert!(best(&boxes, &[-9.0; 896]).is_none());
    }

    #[test]
    fn a_head_that_leans_turns_its_region() {
        let mut numbers = [0.5; NUMBERS];
        numbers[4..8].copy_from_slice(&[0.4, 0.4, 0.6, 0.6]);
        let region = Detection { score: 1.0, numbers }.region(whole(100, 100));
        assert!((region.rotation - std::f32::consts::FRAC_PI_4).abs() < 1e-5, "{region:?}");
    }
}
