//! Fibres (hair, fur, threads): meshes of ribbons, two vertices a point of a strand, which `shaders/gpu/fibre.wgsl` moves
//! apart across the view. Besides position and normal such a mesh carries `Mesh::ATTRIBUTE_TANGENT` (direction of the fibre
//! and half its width in metres, with the sign of the side) and [`ATTRIBUTE_FIBRE`].

use bevy::mesh::MeshVertexAttribute;
use bevy::pbr::StandardMaterial;
use bevy::prelude::*;
use bevy::render::render_resource::{Face, VertexFormat};

/// Root to tip, light that reaches the point, a random number of the strand, and how far the point follows
/// [`AovSurface::sway_from_local`] rather than its entity; each 0..1 as 16 bits.
pub const ATTRIBUTE_FIBRE: MeshVertexAttribute =
    MeshVertexAttribute::new("Vertex_Fibre", 0x4b69_6e65_6d61_0010, VertexFormat::Unorm16x4);

/// How a mesh looks in AOVs, for materials that the AOV pass does not know.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct AovSurface {
    pub base_color: LinearRgba,
    pub cull_mode: Option<Face>,
    /// Fragments with an alpha below are dropped; 0 keeps all. Not used for fibres, which are dropped by their coverage.
    pub alpha_cutoff: f32,
    /// What the swaying share of fibres follows, in local space, in this frame and in the one before.
    pub sway_from_local: Mat4,
    pub previous_sway_from_local: Mat4,
}

/// Alpha below which blended surfaces leave no trace in AOVs, which have no transparency.
const BLEND_CUTOFF: f32 = 0.5;

impl AovSurface {
    /// An opaque surface of one colour, seen from both sides.
    pub fn plain(base_color: LinearRgba) -> Self {
        Self {
            base_color,
            cull_mode: None,
            alpha_cutoff: 0.0,
            sway_from_local: Mat4::IDENTITY,
            previous_sway_from_local: Mat4::IDENTITY,
        }
    }

    /// What a standard material looks like.
    pub fn of(material: &StandardMaterial) -> Self {
        Self {
            cull_mode: material.cull_mode,
            alpha_cutoff: match material.alpha_mode {
                AlphaMode::Opaque => 0.0,
                AlphaMode::Mask(cutoff) => cutoff,
                _ => BLEND_CUTOFF,
            },
            ..Self::plain(material.base_color.to_linear())
        }
    }
}
