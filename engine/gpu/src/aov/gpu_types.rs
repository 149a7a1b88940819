//! What the AOV shaders read. The WGSL twins are in `shaders/gpu/aov_types.wgsl`; `tests/layout.rs` compares them.

use bevy::math::{Mat4, Vec2, Vec4};
use bevy::render::render_resource::ShaderType;

/// `AovView` in WGSL.
#[derive(Clone, Copy, Debug, Default, ShaderType)]
pub struct GpuAovView {
    pub clip_from_world: Mat4,
    pub previous_clip_from_world: Mat4,
    /// Dot with (position_world, 1): distance along the view axis, metres.
    pub depth_from_world: Vec4,
    /// Where the camera is; w is 1.
    pub eye_world: Vec4,
    pub size_px: Vec2,
}

/// `AovObject` in WGSL.
#[derive(Clone, Copy, Debug, Default, ShaderType)]
pub struct GpuAovObject {
    pub world_from_local: Mat4,
    pub previous_world_from_local: Mat4,
    pub world_normal_from_local: Mat4,
    /// What the swaying share of fibres follows, and did in the frame before.
    pub sway_from_local: Mat4,
    pub previous_sway_from_local: Mat4,
    /// Linear Rec.709 base colour and alpha.
    pub base_color: Vec4,
    /// 1-based document order of the part; 0 for what belongs to none.
    pub part_index: u32,
    /// Fragments with an alpha below are discarded; 0 keeps all.
    pub alpha_cutoff: f32,
}
