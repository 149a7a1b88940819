//! What the kernels of completion read. `tests/layout.rs` compares it with its WGSL twin, where each field is explained.

use bevy::render::render_resource::ShaderType;
use bevy::render::render_resource::encase::{UniformBuffer, internal::WriteInto};

/// `PatchRound` in WGSL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ShaderType)]
pub struct GpuPatchRound {
    pub width: u32,
    pub height: u32,
    pub coarse_width: u32,
    pub coarse_height: u32,
    pub places: u32,
    pub salt: u32,
    pub reach_px: u32,
    pub apart: u32,
}

/// As a uniform buffer holds it.
pub(crate) fn bytes_of<T: ShaderType + WriteInto>(value: &T) -> Vec<u8> {
    let mut buffer = UniformBuffer::new(Vec::new());
    // Writing into a vector cannot fail; the device would refuse an empty one.
    let _ = buffer.write(value);
    buffer.into_inner()
}
