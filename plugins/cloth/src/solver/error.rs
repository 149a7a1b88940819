//! What can be wrong with a cloth, named so that the author can mend it.

use thiserror::Error;

use super::contact::error::ContactError;

/// A refusal to prepare a cloth.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ClothError {
    /// No triangles.
    #[error("the cloth has no triangles")]
    Empty,
    /// More vertices or triangles than 2^24.
    #[error("the cloth has {count} {what}, more than 16777216; split it into several cloths")]
    TooLarge { what: &'static str, count: usize },
    /// Arrays whose lengths do not fit together.
    #[error("{what} has {given} entries, but {expected} are needed")]
    Length { what: &'static str, given: usize, expected: usize },
    /// A position that is not a number, or too far away.
    #[error("vertex {vertex} is at {position:?} m: coordinates must be numbers within 63 m of the cloth's origin")]
    Position { vertex: usize, position: [f64; 3] },
    /// A pattern coordinate that is not a number, or huge.
    #[error(
        "corner {corner} of triangle {triangle} has pattern coordinates {uv:?}: they must be numbers, in metres, below 1000"
    )]
    Pattern { triangle: usize, corner: usize, uv: [f64; 2] },
    /// A vertex index beyond the vertices.
    #[error("triangle {triangle} uses vertex {vertex}, but there are only {vertices} vertices")]
    VertexOutOfRange { triangle: usize, vertex: u32, vertices: usize },
    /// A triangle with the same vertex twice.
    #[error("triangle {triangle} uses vertex {vertex} twice; remove the triangle or weld the mesh properly")]
    Degenerate { triangle: usize, vertex: u32 },
    /// A triangle without area in the pattern.
    #[error(
        "triangle {triangle} has pattern area {area_m2:e} m2; a triangle needs at least 1e-10 m2 and height over 1/1000 of its longest side"
    )]
    ZeroArea { triangle: usize, area_m2: f64 },
    /// A triangle whose pattern is mirrored against its neighbours.
    #[error(
        "triangle {triangle} is mirrored in the pattern (negative area {area_m2:e} m2); reverse its vertex order or its pattern piece"
    )]
    Mirrored { triangle: usize, area_m2: f64 },
    /// Two triangles over the same three vertices.
    #[error("triangles {first} and {second} have the same three vertices; remove one")]
    Duplicate { first: usize, second: usize },
    /// An edge with more than two triangles.
    #[error(
        "edge {edge:?} belongs to triangles {triangles:?}; an edge may have two at most: split the vertices of the extra sheet"
    )]
    NonManifold { edge: [u32; 2], triangles: [usize; 3] },
    /// Two triangles that run through their common edge in the same direction.
    #[error("triangles {first} and {second} disagree on which side of edge {edge:?} is up; reverse one of them")]
    Orientation { edge: [u32; 2], first: usize, second: usize },
    /// A vertex of no triangle: it would have no mass.
    #[error("vertex {vertex} belongs to no triangle and would have no mass; remove it")]
    UnusedVertex { vertex: usize },
    /// A particle that does not exist.
    #[error("{what} {index} names particle {particle}, but there are only {particles}")]
    Particle { what: &'static str, index: usize, particle: usize, particles: usize },
    /// A seam or button with a senseless number.
    #[error("seam {index}: {problem}")]
    Seam { index: usize, problem: &'static str },
    /// A material constant out of range.
    #[error("fabric: {field} = {value:e} is outside {low:e}..{high:e}")]
    FabricField { field: &'static str, value: f32, low: f32, high: f32 },
    /// A setting out of range.
    #[error("settings: {field} = {value:e} is outside {low:e}..{high:e}")]
    Setting { field: &'static str, value: f32, low: f32, high: f32 },
    /// It cannot collide.
    #[error(transparent)]
    Contact(#[from] ContactError),
}
