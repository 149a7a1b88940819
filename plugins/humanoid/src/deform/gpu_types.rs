//! What the kernels of a person read. `tests/layout.rs` compares it with its WGSL twin.

use bevy::math::{Affine3A, Vec4};
use bevy::render::render_resource::ShaderType;

use crate::skinning::DualQuaternion;

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
    pub tangent: u32,
    pub previous: u32,
}

/// `Bone` in WGSL, where each field is explained.
#[derive(Clone, Copy, Debug, Default, PartialEq, ShaderType)]
pub struct GpuBone {
    pub rows: [Vec4; 3],
    pub real: Vec4,
    pub dual: Vec4,
    pub is_dual: f32,
}

impl GpuBone {
    /// A bone that takes rest vertices to their places by `skin_from_rest` (rigid).
    pub fn new(skin_from_rest: &Affine3A, is_dual: bool) -> Self {
        let (turn, shift) = (skin_from_rest.matrix3, skin_from_rest.translation);
        let row = |axis: usize| turn.row(axis).extend(shift[axis]);
        let motion = DualQuaternion::from_affine(skin_from_rest);
        let [real, dual] = [motion.real, motion.dual].map(|part| part.as_quat().into());
        Self { rows: [row(0), row(1), row(2)], real, dual, is_dual: f32::from(u8::from(is_dual)) }
    }
}
