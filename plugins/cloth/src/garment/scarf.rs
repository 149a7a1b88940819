//! What is worn about the neck: a scarf, a loop whose ends hang in front, and a cowl, a loop alone.

use super::draft::{Drafted, place, stitch};
use super::error::GarmentError;
use super::measure::Measurements;
use super::pattern::{Around, Pattern, PatternEdge};
use super::template::{AROUND_M, Cowl, Scarf};

/// How much of the loop's lower edge, on either side of the front, an end is gathered to, as a share of the end's width.
const GATHERED: f64 = 1.0;
/// The loop begins so far above the shoulders, and the ends so far below, metres.
const LOOP_UP_M: f64 = 0.012;
const ENDS_DOWN_M: f64 = 0.05;

/// The loop, closed in front, and two ends.
pub(crate) fn draft(scarf: &Scarf, body: &Measurements) -> Result<Pattern, GarmentError> {
    let around_m = body.neck_m * (1.0 + scarf.ease) + AROUND_M;
    let shoulder_m = body.shoulder_y_m - body.waist_y_m;
    let width_m = scarf.width * shoulder_m;
    let gathered_m = (GATHERED * width_m).min(0.3 * around_m);
    let (half, height_m) = (0.5 * around_m, scarf.height * shoulder_m);
    let edges = [
        ("left end", PatternEdge::Line([-half + gathered_m, 0.0])),
        ("under", PatternEdge::Line([half - gathered_m, 0.0])),
        ("right end", PatternEdge::Line([half, 0.0])),
        ("right", PatternEdge::Line([half, height_m])),
        ("top", PatternEdge::Line([-half, height_m])),
        ("left", PatternEdge::Line([-half, 0.0])),
    ];
    // Its middle is at the back; it closes in front.
    let ring = Drafted::whole("loop", [-half, 0.0], &edges, place(Around::Neck, 0.5, LOOP_UP_M));
    let mut pattern = Pattern::default();
    pattern.seams.push(stitch(ring.edges('r', "right"), ring.edges('r', "left"), 1.0));
    let top_m = shoulder_m - ENDS_DOWN_M;
    let turn = (0.5 * width_m + 0.012) / body.chest_m;
    for (id, end, turn, length) in
        [("left hanging", "left end", turn, scarf.length), ("right hanging", "right end", -turn, 0.9 * scarf.length)]
    {
        let low_m = top_m - length * shoulder_m;
        let edges = [
            ("hem", PatternEdge::Line([0.5 * width_m, low_m])),
            ("right", PatternEdge::Line([0.5 * width_m, top_m])),
            ("top", PatternEdge::Line([-0.5 * width_m, top_m])),
            ("left", PatternEdge::Line([-0.5 * width_m, low_m])),
        ];
        let hanging = Drafted::whole(id, [-0.5 * width_m, low_m], &edges, place(Around::Trunk, turn, 0.0));
        pattern.seams.push(stitch(hanging.edges('r', "top"), ring.edges('r', end), 1.0 / GATHERED * 1.5));
        pattern.pieces.push(hanging.piece);
    }
    pattern.pieces.push(ring.piece);
    Ok(pattern)
}

/// A tube that stands about the neck until it falls.
pub(crate) fn cowl(cowl: &Cowl, body: &Measurements) -> Pattern {
    let half = 0.5 * (body.neck_m * (1.0 + cowl.ease) + AROUND_M);
    let height_m = cowl.height * (body.shoulder_y_m - body.waist_y_m);
    let edges = [
        ("under", PatternEdge::Line([half, 0.0])),
        ("right", PatternEdge::Line([half, height_m])),
        ("top", PatternEdge::Line([-half, height_m])),
        ("left", PatternEdge::Line([-half, 0.0])),
    ];
    // It closes at the back.
    let tube = Drafted::whole("cowl", [-half, 0.0], &edges, place(Around::Neck, 0.0, LOOP_UP_M));
    let seam = stitch(tube.edges('r', "right"), tube.edges('r', "left"), 1.0);
    Pattern { pieces: vec![tube.piece], seams: vec![seam], ..Pattern::default() }
}
