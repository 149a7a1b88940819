use super::*;
use crate::garment::pattern::{Around, Chart, EdgeName, PatternEdge, Piece, Place};

fn sheet(id: &str, width: f64, height: f64) -> Piece {
    use PatternEdge::Line;
    let place = Place { around: Around::Trunk, turn: 0.0, middle_m: 0.0, raise_m: 0.0, chart: Chart::Straight };
    let edges = vec![Line([width, 0.0]), Line([width, height]), Line([0.0, height]), Line([0.0, 0.0])];
    Piece { id: id.to_owned(), start: [0.0, 0.0], edges, place }
}

fn name(piece: &str, edge: usize) -> EdgeName {
    EdgeName(piece.to_owned(), edge)
}

fn area(cut: &Cut) -> f64 {
    let of = |corners: &[u32; 3]| {
        let [a, b, c] = corners.map(|corner| cut.points[corner as usize]);
        (b - a).perp_dot(c - a) / 2.0
    };
    cut.triangles.iter().map(of).sum()
}

#[test]
fn a_piece_is_cut_whole_into_good_triangles() {
    let pattern = Pattern { pieces: vec![sheet("a", 0.4, 0.3)], ..Pattern::default() };
    let cut = cut(&pattern, 0.02).unwrap();
    assert!((area(&cut) - 0.12).abs() < 1e-12, "{}", area(&cut));
    let angle = least_angle_deg(&cut.points, &cut.triangles);
    assert!(angle > 25.0, "{angle}");
}

#[test]
fn both_sides_of_a_seam_have_equal_counts_even_when_several_edges_meet_one() {
    // Two short pieces, one after the other, on the long side of a third.
    let pieces = vec![sheet("long", 0.2, 0.50), sheet("low", 0.2, 0.31), sheet("high", 0.2, 0.19)];
    let seam = Stitch { a: vec![name("low", 3)], b: vec![name("long", 1)], gathers: 1.0 };
    let uneven = Pattern { pieces: pieces.clone(), seams: vec![seam.clone()], ..Pattern::default() };
    assert!(matches!(cut(&uneven, 0.02), Err(GarmentError::SeamLengths { .. })));

    // `high` above `low`: their left edges run down, first `high`, then `low`.
    let seam = Stitch { a: vec![name("high", 3), name("low", 3)], ..seam };
    let pattern = Pattern { pieces, seams: vec![seam], held: vec![name("long", 0)], ..Pattern::default() };
    let cut = cut(&pattern, 0.02).unwrap();
    assert_eq!(cut.held.len(), 11);
    // 0.5 m in steps of about 2 cm: 26 points, and one more where two pieces meet.
    let counts = cut.sewn.len();
    assert!((26..=28).contains(&counts), "{counts}");
    for ([a, b], _) in &cut.sewn {
        let [a, b] = [a, b].map(|point| (cut.piece_of[*point as usize], cut.points[*point as usize]));
        assert!(a.0 != b.0);
        let height = |(piece, point): (usize, DVec2)| if piece == 2 { point.y + 0.31 } else { point.y };
        assert!((height(a) - height(b)).abs() < 1e-9, "{a:?} {b:?}");
    }
}

#[test]
fn gathers_are_declared_and_bounded() {
    let pieces = vec![sheet("a", 0.2, 0.2), sheet("b", 0.4, 0.2)];
    let seam = |gathers| Stitch { a: vec![name("a", 0)], b: vec![name("b", 2)], gathers };
    let outcome =
        |gathers| cut(&Pattern { pieces: pieces.clone(), seams: vec![seam(gathers)], ..Pattern::default() }, 0.02);
    assert!(matches!(outcome(1.0), Err(GarmentError::SeamLengths { .. })));
    let cut = outcome(2.0).unwrap();
    assert_eq!(cut.sewn.len(), 21);
}

#[test]
fn names_that_mean_nothing_and_edges_sewn_twice_are_told() {
    let pieces = vec![sheet("front", 0.2, 0.2), sheet("back", 0.2, 0.2)];
    let seam = |a: EdgeName, b: EdgeName| Stitch { a: vec![a], b: vec![b], gathers: 1.0 };
    let outcome =
        |seams| cut(&Pattern { pieces: pieces.clone(), seams, ..Pattern::default() }, 0.05).unwrap_err().to_string();
    assert!(outcome(vec![seam(name("frnt", 0), name("back", 0))]).contains("did you mean `front`"));
    assert!(outcome(vec![seam(name("front", 9), name("back", 0))]).contains("it has 4 edges"));
    let twice = vec![seam(name("front", 1), name("back", 3)), seam(name("front", 1), name("back", 1))];
    assert!(outcome(twice).contains("sewn twice"));
}
