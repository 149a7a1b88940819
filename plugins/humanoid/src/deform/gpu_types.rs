//! What the kernels of a person read. `tests/layout.rs` compares it with its WGSL twin.

use bevy::render::render_resource::ShaderType;

/// Where a float is not written.
pub const NOWHERE: u32 = u32::MAX;

/// `BodyCall` in WGSL, where each field is explained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ShaderType)]
pub struct GpuBodyCall {
    pub rows: u32,
    pub stencils: u32,
    pub vertices: u32,
    pub first: u32,
    pub stride: u32,
    pub position: u32,
    pub normal: u32,
    pub previous: u32,
}
