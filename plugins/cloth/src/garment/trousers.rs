//! Trousers of four pieces. After the few-point draft of GarmentCode (MIT), with curves of our own.

use bevy::math::DVec2;

use super::draft::{Drafted, Named, cubic, stitch};
use super::error::GarmentError;
use super::measure::Measurements;
use super::pattern::{Around, Chart, Pattern, PatternEdge, Place, Point};
use super::template::{AROUND_M, Trousers};

/// Four pieces: front and back of each leg.
pub(crate) fn draft(cut: &Trousers, body: &Measurements) -> Result<Pattern, GarmentError> {
    let seat_m = body.seat_m * (1.0 + cut.ease) + AROUND_M;
    let thigh_m = body.thigh_m * (1.0 + 0.8 * cut.ease) + AROUND_M;
    // What goes between the legs, front and back together.
    let fork_m = (thigh_m - 0.5 * seat_m + 0.02).max(0.12 * seat_m);
    let mut pattern = Pattern::default();
    let mut piece = |id: &'static str, is_front: bool, turn: f64, side: f64| {
        let drafted = leg(id, cut, body, &Shares { seat_m, fork_m, is_front }, turn, side);
        pattern.pieces.push(drafted.piece.clone());
        drafted
    };
    // A front's +x is the person's left, a back's +x their right.
    let left_front = piece("left front", true, 0.125, 1.0);
    let left_back = piece("left back", false, 0.375, -1.0);
    let right_back = piece("right back", false, 0.625, 1.0);
    let right_front = piece("right front", true, 0.875, -1.0);
    let mut sew = |a: &Drafted, b: &Drafted, name: &str| {
        // Outlines of mirrored pieces run against each other.
        pattern.seams.push(stitch(a.edges('r', name), b.edges('r', name), 1.08));
    };
    sew(&left_front, &left_back, "outseam");
    sew(&right_front, &right_back, "outseam");
    sew(&left_front, &right_front, "rise");
    sew(&left_back, &right_back, "rise");
    sew(&left_front, &left_back, "inseam");
    sew(&right_front, &right_back, "inseam");
    pattern.held = [&left_front, &left_back, &right_back, &right_front]
        .iter()
        .flat_map(|piece| piece.edges('r', "waist"))
        .collect();
    Ok(pattern)
}

struct Shares {
    seat_m: f64,
    fork_m: f64,
    is_front: bool,
}

/// One piece. Drawn with the middle of the body at x = 0 and the side at +x; `side` -1 mirrors it.
fn leg(id: &str, cut: &Trousers, body: &Measurements, shares: &Shares, turn: f64, side: f64) -> Drafted {
    let (quarter, forked, narrow) = if shares.is_front { (0.245, 0.3, 0.46) } else { (0.255, 0.7, 0.54) };
    let seat_x = quarter * shares.seat_m;
    let waist_m = quarter * (body.waist_m * 1.03 + AROUND_M);
    let fork = DVec2::new(-forked * shares.fork_m, body.crotch_y_m - body.waist_y_m - 0.03);
    let seat_y = body.seat_y_m - body.waist_y_m;
    let knee_y = body.knee_y_m - body.waist_y_m;
    let hem_y = -(body.waist_y_m - body.floor_y_m) * cut.length;
    let hem_m = narrow * (body.knee_m * cut.hem + AROUND_M);
    let knee_m = hem_m.max(narrow * (body.knee_m * 1.2 + AROUND_M));
    let crease = 0.5 * (fork.x + seat_x);
    let waist_in = 0.35 * (seat_x - waist_m).max(0.0);
    let waist_out = waist_in + waist_m;
    let low_y = hem_y.min(knee_y - 0.02);
    let has_knee = hem_y < knee_y - 0.05;
    let low_m = if has_knee { knee_m } else { hem_m.max(knee_m) };
    let low = if has_knee { knee_y } else { hem_y };
    let up = |x: f64, y: f64| DVec2::new(x, y);
    let mut edges: Vec<Named> = Vec::new();
    let (start, hem_half) = if has_knee {
        ([crease - 0.5 * hem_m, low_y], 0.5 * hem_m)
    } else {
        ([crease - 0.5 * low_m, low], 0.5 * low_m)
    };
    edges.push(("hem", PatternEdge::Line([crease + hem_half, start[1]])));
    if has_knee {
        edges.push(("outseam", PatternEdge::Line([crease + 0.5 * knee_m, knee_y])));
    }
    let rise = (seat_y - low) / 3.0;
    edges.push(("outseam", cubic(up(crease + 0.5 * low_m, low + rise), up(seat_x, seat_y - rise), up(seat_x, seat_y))));
    edges.push(("outseam", cubic(up(seat_x, seat_y * 0.6), up(waist_out, seat_y * 0.25), up(waist_out, 0.0))));
    edges.push(("waist", PatternEdge::Line([waist_in, 0.0])));
    let hip = up(0.0, 0.75 * seat_y);
    edges.push(("rise", PatternEdge::Line(hip.to_array())));
    edges.push(("rise", cubic(up(0.0, hip.y + 0.6 * (fork.y - hip.y)), up(0.45 * fork.x, fork.y + 0.004), fork)));
    let fall = (fork.y - low) / 3.0;
    edges.push((
        "inseam",
        cubic(fork - DVec2::Y * fall * 0.6, up(crease - 0.5 * low_m, low + fall), up(crease - 0.5 * low_m, low)),
    ));
    if has_knee {
        edges.push(("inseam", PatternEdge::Line(start)));
    }
    let place = Place {
        around: Around::Trunk,
        turn,
        middle_m: side * 0.5 * (seat_x + fork.x),
        raise_m: 0.0,
        chart: Chart::Straight,
    };
    if side > 0.0 {
        Drafted::whole(id, start, &edges, place)
    } else {
        let (start, edges) = mirror(start, &edges);
        Drafted::whole(id, start, &edges, place)
    }
}

/// The mirror image about x = 0, counter-clockwise again.
fn mirror(start: Point, edges: &[Named]) -> (Point, Vec<Named>) {
    let flip = |point: Point| [-point[0], point[1]];
    let from = |index: usize| if index == 0 { start } else { edges[index - 1].1.end() };
    let mirrored = edges.iter().enumerate().rev().map(|(index, (name, edge))| {
        let to = flip(from(index));
        let edge = match edge {
            PatternEdge::Line(_) => PatternEdge::Line(to),
            PatternEdge::Arc { via, .. } => PatternEdge::Arc { via: flip(*via), to },
            PatternEdge::Cubic { handles: [a, b], .. } => PatternEdge::Cubic { handles: [flip(*b), flip(*a)], to },
        };
        (*name, edge)
    });
    (flip(start), mirrored.collect())
}
