//! A sewing pattern: flat pieces, the seams between their edges, where each is laid about the body. What templates draft and
//! what a `*.garment.ron` gives piece by piece are the same data.
//!
//! Pattern space: metres, x along the weft, y along the warp and up the body when worn, seen from the outside of the cloth.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::curve::{self, Outline};
use super::error::GarmentError;

/// A point of a piece, metres.
pub type Point = [f64; 2];

/// Everything that is cut and sewn.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// What is cut.
    pub pieces: Vec<Piece>,
    /// What is sewn.
    #[serde(default)]
    pub seams: Vec<Stitch>,
    /// Points that are fastened to each other: where two edges start.
    #[serde(default)]
    pub buttons: Vec<[EdgeName; 2]>,
    /// Edges that stay where they are on the body, as a waistband's elastic does.
    #[serde(default)]
    pub held: Vec<EdgeName>,
}

/// A flat piece of cloth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    /// What seams call it.
    pub id: String,
    /// Where the outline starts.
    pub start: Point,
    /// The outline, counter-clockwise; the last edge ends where the first starts.
    pub edges: Vec<PatternEdge>,
    /// Where it is laid before it is sewn.
    pub place: Place,
}

/// A piece of an outline, from where the one before ends.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum PatternEdge {
    /// A straight line.
    Line(Point),
    /// A circular arc through a point to a point.
    Arc {
        /// A point on the way.
        via: Point,
        /// Its end.
        to: Point,
    },
    /// A cubic Bézier curve.
    Cubic {
        /// The control points.
        handles: [Point; 2],
        /// Its end.
        to: Point,
    },
}

impl PatternEdge {
    /// Where it ends.
    pub fn end(&self) -> Point {
        match self {
            Self::Line(to) | Self::Arc { to, .. } | Self::Cubic { to, .. } => *to,
        }
    }
}

/// An edge of a piece, counted from 0.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct EdgeName(pub String, pub usize);

impl EdgeName {
    pub(crate) fn new(piece: &str, edge: usize) -> Self {
        Self(piece.to_owned(), edge)
    }
}

impl std::fmt::Display for EdgeName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "edge {} of `{}`", self.1, self.0)
    }
}

/// Two runs of edges that are sewn together. Several edges of a side follow each other along the seam.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stitch {
    /// One side, in the direction of its outlines.
    pub a: Vec<EdgeName>,
    /// The other side, in the direction of its own outlines: its end is sewn to the start of `a`, as outlines of pieces that lie side
    /// by side run against each other.
    pub b: Vec<EdgeName>,
    /// How many times as long the longer side may be: 1 is an even seam (3 % are allowed), more gathers cloth. Up to 3.
    #[serde(default = "even")]
    #[schemars(range(min = 1.0, max = 3.0))]
    pub gathers: f64,
}

fn even() -> f64 {
    1.0
}

/// What part of the body a piece is laid about. Each has its own height 0 for patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Around {
    /// Trunk and legs together; 0 is the waist.
    Trunk,
    /// The left arm; 0 is the joint of the shoulder, the hand is below.
    LeftArm,
    /// The right arm.
    RightArm,
    /// The neck; 0 is the top of the shoulders beside it.
    Neck,
}

/// Where a piece is laid before it is sewn.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The part of the body.
    pub around: Around,
    /// Where its middle is: 0 in front (of an arm: above), a quarter to the left of the person, half at the back.
    pub turn: f64,
    /// The line of the piece that is its middle, x.
    #[serde(default)]
    pub middle_m: f64,
    /// Added to the height of the piece.
    #[serde(default)]
    pub raise_m: f64,
    /// How its height and its width are read off the pattern.
    #[serde(default)]
    pub chart: Chart,
}

/// How a piece lies about the body.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Chart {
    /// y is the height, x goes around.
    #[default]
    Straight,
    /// A sector about a centre above it: the distance from the centre goes down, the angle around. The height is 0 at `radius_m`.
    Fan {
        /// The centre.
        centre: Point,
        /// The distance from it that lies at height 0.
        radius_m: f64,
    },
}

impl Chart {
    /// Height and distance around from the middle, metres.
    pub fn read(&self, point: Point, middle_m: f64) -> Point {
        match self {
            Self::Straight => [point[0] - middle_m, point[1]],
            Self::Fan { centre, radius_m } => {
                let [x, y] = [point[0] - centre[0], centre[1] - point[1]];
                let radius = x.hypot(y);
                [x.atan2(y) * radius, radius_m - radius]
            }
        }
    }
}

impl Pattern {
    /// The piece of a name, with its position.
    ///
    /// # Errors
    /// [`GarmentError::NoPiece`] with the nearest name.
    pub fn piece(&self, id: &str) -> Result<(usize, &Piece), GarmentError> {
        let found = self.pieces.iter().enumerate().find(|(_, piece)| piece.id == id);
        found.ok_or_else(|| {
            let nearest = kinema_core::nearest(id, self.pieces.iter().map(|piece| piece.id.as_str()));
            let hint = nearest.map_or_else(String::new, |name| format!(" (did you mean `{name}`?)"));
            GarmentError::NoPiece { name: id.to_owned(), hint }
        })
    }

    /// Piece and edge of a name, as positions.
    ///
    /// # Errors
    /// A piece or an edge that is not there.
    pub fn edge(&self, name: &EdgeName) -> Result<(usize, usize), GarmentError> {
        let (index, piece) = self.piece(&name.0)?;
        if name.1 < piece.edges.len() {
            Ok((index, name.1))
        } else {
            Err(GarmentError::NoEdge { edge: name.clone(), edges: piece.edges.len() })
        }
    }

    /// The outline of every piece, and everything that can be wrong with a pattern before it is cut.
    ///
    /// # Errors
    /// An outline that is open, crosses itself or runs clockwise; a name that means nothing; an edge that is sewn twice; a seam of
    /// sides that do not fit.
    pub fn outlines(&self) -> Result<Vec<Outline>, GarmentError> {
        if self.pieces.is_empty() {
            return Err(GarmentError::NoPieces);
        }
        let outlines = self.pieces.iter().map(curve::outline).collect::<Result<Vec<_>, _>>()?;
        let mut sewn = std::collections::BTreeSet::new();
        for seam in &self.seams {
            let mut lengths = [0.0, 0.0];
            for (side, length) in [&seam.a, &seam.b].into_iter().zip(&mut lengths) {
                for name in side {
                    let (piece, edge) = self.edge(name)?;
                    if !sewn.insert((piece, edge)) {
                        return Err(GarmentError::SewnTwice { edge: name.clone() });
                    }
                    *length += outlines[piece].edges[edge].length_m;
                }
            }
            let [long, short] = [lengths[0].max(lengths[1]), lengths[0].min(lengths[1])];
            // Positively, so that a seam of nothing fails.
            if !(short > 0.0 && long <= short * seam.gathers.clamp(1.0, 3.0) * 1.03 + 0.002) {
                let names = [&seam.a, &seam.b]
                    .map(|side| side.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and "));
                return Err(GarmentError::SeamLengths { names, lengths_m: lengths, gathers: seam.gathers });
            }
        }
        self.held.iter().chain(self.buttons.iter().flatten()).try_for_each(|name| self.edge(name).map(|_| ()))?;
        Ok(outlines)
    }
}
