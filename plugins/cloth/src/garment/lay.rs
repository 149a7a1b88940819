//! Pieces laid about the body on tubes, ready to be sewn.

use std::collections::BTreeMap;

use bevy::math::{DVec2, DVec3};

use super::curve::Outline;
use super::cut::Cut;
use super::error::GarmentError;
use super::form::DressForm;
use super::measure::Measurements;
use super::pattern::{Around, Chart, Pattern};
use super::tube::Tube;

/// How finely widths of pieces are told apart by height, metres.
const BAND_M: f64 = 0.01;

/// Where every point of the cut is before it is sewn, in the space of the body.
///
/// # Errors
/// What the pattern is refused for.
pub fn lay(
    pattern: &Pattern,
    cut: &Cut,
    form: &DressForm,
    body: &Measurements,
    clearance_m: f64,
) -> Result<Vec<DVec3>, GarmentError> {
    let outlines = pattern.outlines()?;
    let charts: Vec<Vec<[f64; 2]>> =
        pattern.pieces.iter().zip(&outlines).map(|(piece, outline)| charted(piece, outline)).collect();
    let mut tubes: BTreeMap<Around, Tube> = BTreeMap::new();
    for piece in &pattern.pieces {
        let around = piece.place.around;
        if tubes.contains_key(&around) {
            continue;
        }
        let on_tube =
            || pattern.pieces.iter().zip(&charts).filter(|(piece, _)| piece.place.around == around).map(|(_, c)| c);
        let heights = on_tube().flatten().map(|[_, height]| *height);
        let range_m = heights.fold([f64::MAX, f64::MIN], |[low, high], at| [low.min(at), high.max(at)]);
        // By band of height and by where the middle is: pieces above each other share their place.
        let mut bands: BTreeMap<i64, BTreeMap<i64, f64>> = BTreeMap::new();
        for (piece, chart) in pattern.pieces.iter().zip(&charts).filter(|(piece, _)| piece.place.around == around) {
            for (band, [left, right]) in extents(chart) {
                let widths = bands.entry(band).or_default();
                let width = widths.entry((piece.place.turn * 1e6) as i64).or_default();
                // About its middle, so that neighbours keep apart on both sides.
                *width = width.max(2.0 * right.max(-left));
            }
        }
        let width_m = |level: f64| {
            let widths = bands.get(&((level / BAND_M).floor() as i64));
            // Places are equal shares of the curve, so that the widest piece decides.
            widths.map_or(0.0, |widths| {
                widths.len() as f64 * widths.values().fold(0.0, |most: f64, width| most.max(*width))
            })
        };
        let mut sectors = pattern.pieces.iter().filter(|piece| matches!(piece.place.chart, Chart::Fan { .. }));
        let is_collar = around == Around::Neck && sectors.any(|piece| piece.place.around == around);
        tubes.insert(around, Tube::new(form, body, around, range_m, clearance_m, is_collar, width_m));
    }
    let place = |(index, (point, piece)): (usize, (&DVec2, &usize))| {
        let piece = &pattern.pieces[*piece];
        let [around_m, height] = piece.place.chart.read(point.to_array(), piece.place.middle_m);
        let tube = tubes.get(&piece.place.around);
        let at = tube.map_or(DVec3::ZERO, |tube| tube.place(piece.place.turn, around_m, height + piece.place.raise_m));
        at + roughness(index)
    };
    Ok(cut.points.iter().zip(&cut.piece_of).enumerate().map(place).collect())
}

/// A hundredth of a millimetre of unevenness: in triangles that lie in exactly one plane nobody can tell a crossing from none, and
/// cloth that is exactly flat does not know which way to fold.
fn roughness(index: usize) -> DVec3 {
    let part =
        |shift: u32| f64::from((index as u32).wrapping_mul(0x9E37_79B1).rotate_left(shift) >> 16) / 65_536.0 - 0.5;
    DVec3::new(part(0), part(11), part(22)) * 2e-5
}

/// The outline in the chart: around and height, metres.
fn charted(piece: &super::pattern::Piece, outline: &Outline) -> Vec<[f64; 2]> {
    let points = outline.edges.iter().flat_map(|edge| {
        let steps = (edge.length_m / (0.5 * BAND_M)).ceil().max(1.0) as usize;
        edge.spread(steps).collect::<Vec<_>>()
    });
    let read = |point: DVec2| {
        let [around, height] = piece.place.chart.read(point.to_array(), piece.place.middle_m);
        [around, height + piece.place.raise_m]
    };
    points.map(read).collect()
}

/// How far an outline reaches to both sides in each band of height.
fn extents(chart: &[[f64; 2]]) -> BTreeMap<i64, [f64; 2]> {
    let mut bands: BTreeMap<i64, [f64; 2]> = BTreeMap::new();
    for [around, height] in chart {
        let band = bands.entry((height / BAND_M).floor() as i64).or_insert([f64::MAX, f64::MIN]);
        *band = [band[0].min(*around), band[1].max(*around)];
    }
    bands
}
