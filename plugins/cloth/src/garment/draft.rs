//! Help for drafting: outlines whose edges have names, mirrored halves, seams by name.

use bevy::math::DVec2;

use super::pattern::{Around, Chart, EdgeName, PatternEdge, Piece, Place, Point, Stitch};

/// A named edge of half a piece, from where the one before ends.
pub(crate) type Named = (&'static str, PatternEdge);

/// A piece with names for its edges.
pub(crate) struct Drafted {
    pub piece: Piece,
    names: Vec<(char, &'static str)>,
}

impl Drafted {
    /// A piece that is its own mirror image about x = 0, from its right half: from the foot of the middle line, which is `start`,
    /// counter-clockwise to its head. Edges of the right half are asked for with 'r', of the left with 'l'.
    pub fn mirrored(id: &str, start: Point, half: &[Named], place: Place) -> Self {
        let mut edges: Vec<PatternEdge> = half.iter().map(|(_, edge)| *edge).collect();
        let mut names: Vec<(char, &'static str)> = half.iter().map(|(name, _)| ('r', *name)).collect();
        let flip = |point: Point| [-point[0], point[1]];
        for (index, (name, edge)) in half.iter().enumerate().rev() {
            let to = flip(if index == 0 { start } else { half[index - 1].1.end() });
            edges.push(match edge {
                PatternEdge::Line(_) => PatternEdge::Line(to),
                PatternEdge::Arc { via, .. } => PatternEdge::Arc { via: flip(*via), to },
                PatternEdge::Cubic { handles: [a, b], .. } => PatternEdge::Cubic { handles: [flip(*b), flip(*a)], to },
            });
            names.push(('l', name));
        }
        Self { piece: Piece { id: id.to_owned(), start, edges, place }, names }
    }

    /// A piece whose edges are all asked for with 'r'.
    pub fn whole(id: &str, start: Point, edges: &[Named], place: Place) -> Self {
        let names = edges.iter().map(|(name, _)| ('r', *name)).collect();
        let edges = edges.iter().map(|(_, edge)| *edge).collect();
        Self { piece: Piece { id: id.to_owned(), start, edges, place }, names }
    }

    /// The edges of a name on a side, in the direction of the outline.
    pub fn edges(&self, side: char, name: &str) -> Vec<EdgeName> {
        let named = self.names.iter().enumerate().filter(|(_, known)| **known == (side, name));
        named.map(|(index, _)| EdgeName::new(&self.piece.id, index)).collect()
    }
}

/// A seam between runs of edges.
pub(crate) fn stitch(a: Vec<EdgeName>, b: Vec<EdgeName>, gathers: f64) -> Stitch {
    Stitch { a, b, gathers }
}

/// A place about a part of the body.
pub(crate) fn place(around: Around, turn: f64, raise_m: f64) -> Place {
    Place { around, turn, middle_m: 0.0, raise_m, chart: Chart::Straight }
}

/// A cubic by vectors.
pub(crate) fn cubic(first: DVec2, second: DVec2, to: DVec2) -> PatternEdge {
    PatternEdge::Cubic { handles: [first.to_array(), second.to_array()], to: to.to_array() }
}

/// A sector of a ring: its inner arc is `inner_m` long and lies at height 0 about x = 0, its sides are `length_m` long.
pub(crate) fn fan(
    id: &str,
    inner_m: f64,
    angle: f64,
    length_m: f64,
    around: Around,
    turn: f64,
    raise_m: f64,
) -> Drafted {
    let radius_m = inner_m / angle;
    let at = |angle: f64, radius: f64| DVec2::new(radius * angle.sin(), radius_m - radius * angle.cos()).to_array();
    let (half, outer) = (0.5 * angle, radius_m + length_m);
    let edges = [
        ("hem", PatternEdge::Arc { via: at(0.0, outer), to: at(half, outer) }),
        ("right", PatternEdge::Line(at(half, radius_m))),
        ("top", PatternEdge::Arc { via: at(0.0, radius_m), to: at(-half, radius_m) }),
        ("left", PatternEdge::Line(at(-half, outer))),
    ];
    let place = Place { chart: Chart::Fan { centre: [0.0, radius_m], radius_m }, ..place(around, turn, raise_m) };
    Drafted::whole(id, at(-half, outer), &edges, place)
}
