//! Outlines of pieces: lines, arcs and cubics as polylines with their lengths.

use bevy::math::DVec2;

use super::error::GarmentError;
use super::pattern::{PatternEdge, Piece, Point};

/// Points of a polyline for an edge that is bent.
const STEPS: usize = 48;
/// How far the end of an outline may be from its start, metres.
const CLOSED_M: f64 = 1e-4;

/// An edge as a polyline.
#[derive(Debug, Clone, PartialEq)]
pub struct Polyline {
    /// From its start to its end.
    pub points: Vec<DVec2>,
    /// Its length, metres.
    pub length_m: f64,
}

/// The outline of a piece.
#[derive(Debug, Clone, PartialEq)]
pub struct Outline {
    /// Edge by edge.
    pub edges: Vec<Polyline>,
}

impl Polyline {
    /// A polyline through points.
    pub fn new(points: Vec<DVec2>) -> Self {
        let length_m = points.windows(2).map(|ends| ends[0].distance(ends[1])).sum();
        Self { points, length_m }
    }

    /// The point that is `share` of the length from the start.
    pub fn at(&self, share: f64) -> DVec2 {
        let mut left = share.clamp(0.0, 1.0) * self.length_m;
        for ends in self.points.windows(2) {
            let length = ends[0].distance(ends[1]);
            if left <= length && length > 0.0 {
                return ends[0].lerp(ends[1], left / length);
            }
            left -= length;
        }
        self.points.last().copied().unwrap_or_default()
    }

    /// `count + 1` points at equal distances, the last one left out.
    pub fn spread(&self, count: usize) -> impl Iterator<Item = DVec2> + '_ {
        (0..count).map(move |step| self.at(step as f64 / count as f64))
    }
}

/// The polyline of one edge.
pub fn polyline(from: Point, edge: &PatternEdge) -> Polyline {
    let start = DVec2::from_array(from);
    let shares = || (0..=STEPS).map(|step| step as f64 / STEPS as f64);
    Polyline::new(match edge {
        PatternEdge::Line(to) => vec![start, DVec2::from_array(*to)],
        PatternEdge::Cubic { handles, to } => {
            let [a, b, c] = [handles[0], handles[1], *to].map(DVec2::from_array);
            let point = |t: f64| {
                let s = 1.0 - t;
                start * (s * s * s) + a * (3.0 * s * s * t) + b * (3.0 * s * t * t) + c * (t * t * t)
            };
            shares().map(point).collect()
        }
        PatternEdge::Arc { via, to } => {
            let [via, to] = [*via, *to].map(DVec2::from_array);
            match circle(start, via, to) {
                Some((centre, first, turn)) => {
                    let radius = start.distance(centre);
                    let mut points: Vec<DVec2> =
                        shares().map(|share| centre + DVec2::from_angle(first + turn * share) * radius).collect();
                    (points[0], points[STEPS]) = (start, to);
                    points
                }
                None => vec![start, via, to],
            }
        }
    })
}

/// Centre, first angle and signed turn of the arc through three points; none for points on a line.
fn circle(a: DVec2, b: DVec2, c: DVec2) -> Option<(DVec2, f64, f64)> {
    let (ab, ac) = (b - a, c - a);
    let twice = 2.0 * ab.perp_dot(ac);
    if twice.abs() < 1e-9 {
        return None;
    }
    let centre = a + (ab.perp() * ac.length_squared() - ac.perp() * ab.length_squared()) / twice;
    let angle = |point: DVec2| (point - centre).to_angle();
    let way = |from: f64, to: f64| (to - from).rem_euclid(std::f64::consts::TAU);
    let (first, middle, last) = (angle(a), angle(b), angle(c));
    let turn = way(first, last);
    let turn = if way(first, middle) <= turn { turn } else { turn - std::f64::consts::TAU };
    Some((centre, first, turn))
}

/// The outline of a piece, checked.
pub fn outline(piece: &Piece) -> Result<Outline, GarmentError> {
    let refuse = |problem: &'static str| Err(GarmentError::Outline { piece: piece.id.clone(), problem });
    let mut from = piece.start;
    let mut edges = Vec::with_capacity(piece.edges.len());
    for edge in &piece.edges {
        edges.push(polyline(from, edge));
        from = edge.end();
    }
    let all: Vec<DVec2> =
        edges.iter().flat_map(|edge: &Polyline| edge.points[..edge.points.len() - 1].iter().copied()).collect();
    if !all.iter().all(|point| point.is_finite() && point.abs().max_element() <= 20.0) {
        return refuse("has a point that is not a number within 20 m");
    }
    if !(DVec2::from_array(from).distance(DVec2::from_array(piece.start)) <= CLOSED_M) {
        return refuse("does not end where it starts");
    }
    if edges.len() < 2 || all.len() < 3 || edges.iter().any(|edge| edge.length_m < 1e-3) {
        return refuse("has an edge shorter than a millimetre, or too few of them");
    }
    if crosses_itself(&all) {
        return refuse("crosses itself");
    }
    let area: f64 = (0..all.len()).map(|i| all[i].perp_dot(all[(i + 1) % all.len()])).sum();
    if !(area > 2e-6) {
        return refuse("runs clockwise or has no area; its edges must go counter-clockwise");
    }
    Ok(Outline { edges })
}

fn crosses_itself(points: &[DVec2]) -> bool {
    let count = points.len();
    let segment = |i: usize| (points[i], points[(i + 1) % count]);
    let side = |a: DVec2, b: DVec2, p: DVec2| (b - a).perp_dot(p - a);
    (0..count).any(|i| {
        (i + 2..count).any(|j| {
            if i == 0 && j == count - 1 {
                return false;
            }
            let ((a, b), (c, d)) = (segment(i), segment(j));
            side(a, b, c) * side(a, b, d) < 0.0 && side(c, d, a) * side(c, d, b) < 0.0
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::garment::pattern::{Around, Chart, Place};

    fn piece(start: Point, edges: Vec<PatternEdge>) -> Piece {
        let place = Place { around: Around::Trunk, turn: 0.0, middle_m: 0.0, raise_m: 0.0, chart: Chart::Straight };
        Piece { id: "p".to_owned(), start, edges, place }
    }

    #[test]
    fn a_half_circle_is_as_long_as_it_should_be_and_bulges_where_it_should() {
        for (via, sign) in [([0.0, 1.0], 1.0), ([0.0, -1.0], -1.0)] {
            let arc = polyline([1.0, 0.0], &PatternEdge::Arc { via, to: [-1.0, 0.0] });
            assert!((arc.length_m - std::f64::consts::PI).abs() < 1e-3, "{}", arc.length_m);
            assert!(arc.at(0.5).distance(DVec2::new(0.0, sign)) < 1e-3, "{}", arc.at(0.5));
        }
    }

    #[test]
    fn outlines_that_cannot_be_cut_are_named() {
        use PatternEdge::Line;
        let problem = |edges: Vec<PatternEdge>| match outline(&piece([0.0, 0.0], edges)) {
            Err(GarmentError::Outline { problem, .. }) => problem,
            other => panic!("{other:?}"),
        };
        let bow = vec![Line([1.0, 1.0]), Line([1.0, 0.0]), Line([0.0, 1.0]), Line([0.0, 0.0])];
        assert!(problem(bow).contains("crosses"));
        assert!(problem(vec![Line([1.0, 0.0]), Line([1.0, 1.0])]).contains("does not end"));
        let clockwise = vec![Line([0.0, 1.0]), Line([1.0, 1.0]), Line([1.0, 0.0]), Line([0.0, 0.0])];
        assert!(problem(clockwise).contains("clockwise"));
        assert!(problem(vec![Line([f64::NAN, 0.0]), Line([1.0, 1.0]), Line([0.0, 0.0])]).contains("not a number"));
        assert!(outline(&piece([0.0, 0.0], vec![Line([1.0, 0.0]), Line([1.0, 1.0]), Line([0.0, 0.0])])).is_ok());
    }
}
