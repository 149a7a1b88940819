//! What can be wrong with the input of contact.

use thiserror::Error;

/// Bad input, found in preparation.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ContactError {
    /// Thickness out of range.
    #[error("thickness of {thickness_m} m: give one between 0.01 mm and 100 mm (cotton 0.3 mm, felt 3 mm)")]
    Thickness {
        /// As given.
        thickness_m: f32,
    },
    /// An index beyond the vertices.
    #[error("triangle {triangle} of the {what} names vertex {vertex}, but there are {vertices}: check the indices")]
    Vertex {
        /// Cloth or body.
        what: &'static str,
        /// Index of the triangle.
        triangle: usize,
        /// As given.
        vertex: usize,
        /// How many there are.
        vertices: usize,
    },
    /// A triangle that names a vertex twice.
    #[error("triangle {triangle} of the {what} names a vertex twice: remove it")]
    RepeatedVertex {
        /// Cloth or body.
        what: &'static str,
        /// Index of the triangle.
        triangle: usize,
    },
    /// An array of the wrong length.
    #[error("{given} {what}, but the mesh has {expected} vertices: give one for each")]
    Length {
        /// Which array.
        what: &'static str,
        /// Its length.
        given: usize,
        /// The length it should have.
        expected: usize,
    },
}
