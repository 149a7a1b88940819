//! What the shaders of people read. The WGSL twins are in `shaders/humanoid`; `tests/layout.rs` compares them.

use bevy::math::{Mat4, Vec2, Vec4};
use bevy::render::render_resource::ShaderType;

/// `Skin` in WGSL, where each field is explained.
#[derive(Clone, Copy, Debug, Default, PartialEq, ShaderType)]
pub struct GpuSkin {
    pub albedo: Vec4,
    pub per_pigment: Vec4,
    pub per_blood: Vec4,
    pub hair: Vec4,
    pub surface: Vec4,
    pub marks: Vec4,
    pub flow: Vec4,
    pub brows: Vec4,
    pub eyes: Vec4,
    pub mouth: Vec4,
}

/// Rings of the gather, two samples each. As many as the oracle's comparison with the path tracer.
pub const RINGS: usize = 12;

/// `Scatter` in WGSL, where each field is explained.
#[derive(Clone, Copy, Debug, Default, PartialEq, ShaderType)]
pub struct GpuScatter {
    pub distance_m: Vec4,
    pub dermis: Vec4,
    pub decay_per_m: Vec4,
    pub gain: Vec4,
    pub offset_m: Vec4,
    pub free_path_m: Vec4,
    pub ring_radii_m: [Vec4; RINGS],
    pub ring_weights: [Vec4; RINGS],
}

/// `SkinObject` in WGSL: one mesh with skin.
#[derive(Clone, Copy, Debug, Default, ShaderType)]
pub struct GpuSkinObject {
    pub world_from_local: Mat4,
    /// Inverse transpose of the upper 3x3, columns padded.
    pub world_normal_from_local: Mat4,
    pub skin: GpuSkin,
    pub scatter: GpuScatter,
}

/// `SubsurfaceView` in WGSL.
#[derive(Clone, Copy, Debug, Default, PartialEq, ShaderType)]
pub struct GpuSubsurfaceView {
    pub view_from_world: Mat4,
    /// The pixel that the view's axis meets.
    pub centre_px: Vec2,
    /// At a distance of one metre; in a parallel projection at any distance.
    pub pixels_per_metre: f32,
    /// 1 in a parallel projection, else 0.
    pub is_parallel: f32,
    /// Changes the pattern of samples along the jitter of temporal anti-aliasing, else 0.
    pub phase: u32,
    pub spare_a: u32,
    pub spare_b: u32,
    pub spare_c: u32,
}

/// `Eye` in WGSL, where each field is explained.
#[derive(Clone, Copy, Debug, Default, PartialEq, ShaderType)]
pub struct GpuEye {
    pub iris: Vec4,
    pub upper_lid: Vec4,
    pub lower_lid: Vec4,
    pub look: Vec4,
}
