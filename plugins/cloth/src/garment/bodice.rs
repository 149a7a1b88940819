//! Bodices and sleeves: what covers the trunk from the shoulders down.

use bevy::math::DVec2;

use super::curve::{outline, polyline};
use super::draft::{Drafted, Named, cubic, place, stitch};
use super::error::GarmentError;
use super::measure::Measurements;
use super::pattern::{Around, EdgeName, Pattern, PatternEdge, Piece};
use super::template::{AROUND_M, Sleeve};

/// How much deeper than the armpit an armhole is, metres per metre of shoulder to waist.
const ARMHOLE_EASE: f64 = 0.055;
/// The neck point is moved outwards by this share of the shoulder.
const NECK_OPENING: f64 = 0.3;

/// How a bodice is cut.
pub(crate) struct Cut {
    pub ease: f64,
    pub neckline: f64,
    pub sleeve: Sleeve,
    /// Length below the waist, metres.
    pub below_waist_m: f64,
    /// Girth of the body at the hem and how much wider the hem is.
    pub low_girth_m: f64,
    pub low_ease: f64,
}

/// The pieces, and the hems of front and back in the direction of their outlines.
pub(crate) fn draft(cut: &Cut, body: &Measurements) -> Result<(Pattern, Vec<Vec<EdgeName>>), GarmentError> {
    let back = panel("back", cut, body, false);
    let front = panel("front", cut, body, true);
    let mut pattern = Pattern::default();
    // The front's right is the person's left, which is the back's left.
    for (front_side, back_side) in [('r', 'l'), ('l', 'r')] {
        let [front_seams, back_seams] = [(&front, front_side), (&back, back_side)]
            .map(|(piece, side)| ["side", "shoulder"].map(|name| piece.edges(side, name)));
        for (a, b) in front_seams.into_iter().zip(back_seams) {
            pattern.seams.push(stitch(a, b, 1.0));
        }
    }
    if cut.sleeve != Sleeve::None {
        // Around each arm in the direction of the outlines: up one piece, down the other.
        let left = [front.edges('r', "armhole"), back.edges('l', "armhole")].concat();
        let right = [back.edges('r', "armhole"), front.edges('l', "armhole")].concat();
        let length =
            |edges: &[EdgeName]| edges.iter().map(|edge| edge_length(&[&front.piece, &back.piece], edge)).sum::<f64>();
        let armhole_m = length(&left);
        for (side, around, holes) in [(1.0, Around::LeftArm, left), (-1.0, Around::RightArm, right)] {
            let sleeve = sleeve(cut.sleeve, body, armhole_m, around, side);
            pattern.seams.push(stitch(sleeve.edges('r', "under right"), sleeve.edges('r', "under left"), 1.0));
            pattern.seams.push(stitch(holes, sleeve.edges('r', "cap"), 1.1));
            pattern.pieces.push(sleeve.piece);
        }
    }
    let hems = [&front, &back].map(|piece| [piece.edges('l', "hem"), piece.edges('r', "hem")].concat());
    pattern.pieces.extend([front.piece, back.piece]);
    Ok((pattern, hems.to_vec()))
}

fn edge_length(pieces: &[&Piece], edge: &EdgeName) -> f64 {
    let Some(piece) = pieces.iter().find(|piece| piece.id == edge.0) else { return 0.0 };
    outline(piece).ok().and_then(|outline| outline.edges.get(edge.1).map(|edge| edge.length_m)).unwrap_or(0.0)
}

/// Front or back: y = 0 at the waist.
fn panel(id: &str, cut: &Cut, body: &Measurements, is_front: bool) -> Drafted {
    let whole_m = 0.5 * (body.shoulder_to_waist_m[0] + body.shoulder_to_waist_m[1]);
    let (sin, cos) = body.shoulder_slope.sin_cos();
    let inner = DVec2::new(body.neck_m * 1.05 / 4.8, whole_m);
    let tip_x = 0.5 * body.shoulder_to_shoulder_m;
    let tip = DVec2::new(tip_x, whole_m - (tip_x - inner.x) * sin / cos);
    let neck = inner.lerp(tip, NECK_OPENING);
    let chest_x = 0.25 * (body.chest_m * (1.0 + cut.ease) + AROUND_M);
    let pit = DVec2::new(chest_x, body.waist_to_armpit_m - ARMHOLE_EASE * whole_m);
    let hollow_m = if is_front { 0.02 } else { 0.008 } * whole_m;
    let pitch = DVec2::new((0.98 * tip_x - hollow_m).min(pit.x - 0.03 * whole_m), 0.5 * (tip.y + pit.y));
    // The deepest point of the armhole lies half way to its chord.
    let corner = DVec2::new(pitch.x, pit.y);
    let chord = pitch - pit;
    let reach = chord.perp_dot(pit - corner) / chord.perp_dot(DVec2::ONE);
    let hollow = corner + DVec2::ONE * (0.5 * reach);
    let down_in = DVec2::new(-sin, -cos);
    let low_x = (0.25 * (cut.low_girth_m * (1.0 + cut.low_ease) + AROUND_M)).max(0.5 * tip_x);
    let middle = if is_front { whole_m * (1.0 - cut.neckline) } else { whole_m - 0.08 * body.neck_m };
    let depth = neck.y - middle;
    let flat = if is_front { 0.6 } else { 0.7 } * neck.x;
    let hem_y = -cut.below_waist_m;
    let mut half: Vec<Named> =
        vec![("hem", PatternEdge::Line([low_x, hem_y])), ("side", PatternEdge::Line(pit.to_array()))];
    half.extend([
        (
            "armhole",
            cubic(
                pit - DVec2::X * (0.25 * (pit.x - pitch.x)),
                hollow + DVec2::new(1.0, -1.0) * (0.5 * (hollow.y - pit.y)),
                hollow,
            ),
        ),
        (
            "armhole",
            cubic(
                hollow + DVec2::new(-1.0, 1.0) * (hollow.x - pitch.x),
                tip + down_in * ((tip.y - pitch.y) / cos * 0.9),
                tip,
            ),
        ),
        ("shoulder", PatternEdge::Line(neck.to_array())),
        ("neck", cubic(neck + down_in * (0.5 * depth), DVec2::new(flat, middle), DVec2::new(0.0, middle))),
    ]);
    Drafted::mirrored(id, [0.0, hem_y], &half, place(Around::Trunk, if is_front { 0.0 } else { 0.5 }, 0.0))
}

/// A sleeve whose cap is as long as the armhole; y = 0 at the line under the arm. `side` 1 is the left arm, whose back is at +x.
fn sleeve(kind: Sleeve, body: &Measurements, armhole_m: f64, around: Around, side: f64) -> Drafted {
    let biceps = body.biceps_m * 1.15 + AROUND_M;
    let cap = |fit: f64| cap(biceps, fit, side);
    let length = |fit: f64| {
        let (half, edges) = cap(fit);
        let mut from = [half, 0.0];
        let mut sum = 0.0;
        for edge in &edges {
            sum += polyline(from, edge).length_m;
            from = edge.end();
        }
        sum
    };
    let (mut low, mut high) = (0.4_f64, 3.0_f64);
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if length(middle) < armhole_m { low = middle } else { high = middle }
    }
    let (half, edges) = cap(low);
    let top = edges.iter().map(|edge| edge.end()[1]).fold(0.0, f64::max) + 0.01;
    let (under_m, hem_m) = match kind {
        Sleeve::Long => ((body.shoulder_to_wrist_m - top).max(0.1), (body.wrist_m * 1.35 + AROUND_M).min(2.0 * half)),
        Sleeve::None | Sleeve::Short => (0.35 * half, (biceps * 1.05).min(2.0 * half)),
    };
    let mut outline: Vec<Named> =
        vec![("hem", PatternEdge::Line([0.5 * hem_m, -under_m])), ("under right", PatternEdge::Line([half, 0.0]))];
    outline.extend(edges.map(|edge| ("cap", edge)));
    outline.push(("under left", PatternEdge::Line([-0.5 * hem_m, -under_m])));
    // The top of the cap begins beside the tip of the shoulder.
    let tip_m = 0.5 * body.shoulder_to_shoulder_m - body.shoulder_joint_m;
    let place = place(around, 0.0, -(top + tip_m + 0.02));
    Drafted::whole(if side > 0.0 { "left sleeve" } else { "right sleeve" }, [-0.5 * hem_m, -under_m], &outline, place)
}

/// Half the width under the arm, and the cap from +x to -x (FreeSewing's Brian: anchors off the chords of four quarters).
fn cap(biceps: f64, fit: f64, side: f64) -> (f64, [PatternEdge; 5]) {
    let half = 0.5 * biceps * (0.85 + 0.15 * fit);
    let height = 0.45 * 0.55 * biceps * fit;
    // Drawn with the front at +x.
    let ends = [[half, 0.0], [0.55 * half, 0.33 * height], [0.0, height], [-0.6 * half, 0.33 * height], [-half, 0.0]]
        .map(DVec2::from_array);
    let bulges = [-0.017, 0.035, 0.025, -0.010];
    let quarters = [0, 1, 2, 3].map(|i: usize| {
        let along = (ends[i + 1] - ends[i]).normalize_or(DVec2::NEG_X);
        // To the right of a way from +x to -x is above it.
        (0.5 * (ends[i] + ends[i + 1]) - along.perp() * (bulges[i] * biceps), along)
    });
    let at = |i: usize, share: f64| quarters[i].0 + quarters[i].1 * (share * biceps);
    let flat = |end: DVec2, near: DVec2| end + DVec2::X * (0.3 * (near.x - end.x));
    let mut curves = [
        [ends[0], flat(ends[0], quarters[0].0), at(0, -0.10), quarters[0].0],
        [quarters[0].0, at(0, 0.15), at(1, -0.15), quarters[1].0],
        [quarters[1].0, at(1, 0.10), at(2, -0.10), quarters[2].0],
        [quarters[2].0, at(2, 0.08), at(3, -0.07), quarters[3].0],
        [quarters[3].0, at(3, 0.063), flat(ends[4], quarters[3].0), ends[4]],
    ];
    if side > 0.0 {
        let flip = |point: DVec2| DVec2::new(-point.x, point.y);
        curves = [4, 3, 2, 1, 0].map(|i: usize| [3, 2, 1, 0].map(|corner: usize| flip(curves[i][corner])));
    }
    (half, curves.map(|[_, first, second, to]| cubic(first, second, to)))
}
