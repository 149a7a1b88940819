//! What can be wrong with a pattern, a fit or a draping.

use super::pattern::EdgeName;
use crate::solver::contact::error::ContactError;
use crate::solver::error::ClothError;

/// Why a garment cannot be worn.
#[derive(Debug, thiserror::Error)]
pub enum GarmentError {
    /// A name in a seam.
    #[error("there is no piece `{name}`{hint}")]
    NoPiece { name: String, hint: String },
    /// A number in a seam.
    #[error("there is no {edge}: it has {edges} edges, counted from 0")]
    NoEdge { edge: EdgeName, edges: usize },
    /// Nothing to sew.
    #[error("the pattern has no pieces")]
    NoPieces,
    /// A piece that cannot be cut.
    #[error("the outline of piece `{piece}` {problem}")]
    Outline { piece: String, problem: &'static str },
    /// An edge in two seams.
    #[error("{edge} is sewn twice; split the edge where one seam ends and the other begins")]
    SewnTwice { edge: EdgeName },
    /// Sides that do not fit.
    #[error(
        "{} is {:.1} cm long and {} is {:.1} cm, which a seam with gathers {gathers} does not take; lengthen the shorter or \
         raise `gathers` (up to 3)", names[0], lengths_m[0] * 100.0, names[1], lengths_m[1] * 100.0
    )]
    SeamLengths { names: [String; 2], lengths_m: [f64; 2], gathers: f64 },
    /// A piece that has no triangles.
    #[error("piece `{piece}` cannot be cut into triangles of {spacing_mm:.0} mm: {problem}")]
    Triangles { piece: String, spacing_mm: f64, problem: &'static str },
    /// A body without the part that is measured.
    #[error("the body cannot be measured: {what} was not found")]
    Measure { what: &'static str },
    /// A garment that is smaller than the body.
    #[error(
        "the garment is {:.1} cm around at the {place} and the body {:.1} cm; raise the ease there or choose a fabric that stretches",
        garment_m * 100.0, body_m * 100.0
    )]
    TooTight { place: &'static str, garment_m: f64, body_m: f64 },
    /// Pieces that could not be laid about the body.
    #[error(
        "{crossings} places where `{first}` and {second} cross when the pieces are laid about the body; raise the ease or move the pieces"
    )]
    Laid { first: String, second: String, crossings: usize },
    /// Seams that stay open.
    #[error("the seam of {seam} stays {:.1} cm open: the garment is too small there, or something is in its way", gap_m * 100.0)]
    Open { seam: String, gap_m: f64 },
    /// Cloth that came to cross.
    #[error("{crossings} places where the sewn garment crosses {what} {when}")]
    Crossing { crossings: usize, what: &'static str, when: &'static str },
    /// Somebody who is not there, or is no figure.
    #[error("`{wearer}` cannot be dressed: no plugin shows them as a figure")]
    NoWearer { wearer: String },
    /// The body cannot be posed.
    #[error("the wearer cannot be posed: {0}")]
    Body(kinema_core::Fault),
    /// What the solver refuses.
    #[error(transparent)]
    Cloth(#[from] ClothError),
    /// What contact refuses.
    #[error(transparent)]
    Contact(#[from] ContactError),
}
