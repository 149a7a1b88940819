//! What the kernels of cloth read. `tests/layout.rs` compares it with its WGSL twin, where each field is explained.

use bevy::math::{UVec2, UVec4, Vec4};
use bevy::render::render_resource::ShaderType;
use bevy::render::render_resource::encase::{StorageBuffer, UniformBuffer, internal::WriteInto};

use crate::solver::air::Air;
use crate::solver::cloth::Cloth;
use crate::solver::exact::{mul, recip};

/// `IS_DAMPED` and its fellows in `step_types.wgsl`.
pub const IS_DAMPED: u32 = 1;
pub const IS_LIMITED: u32 = 2;
pub const HAS_MEMORY: u32 = 4;
pub const HAS_NORMAL: u32 = 8;
pub const HAS_AIR: u32 = 16;

/// `IS_FIRST` and `IS_LAST` in `step_types.wgsl`.
pub const IS_FIRST: u32 = 1;
pub const IS_LAST: u32 = 2;

/// `Step` in WGSL.
#[derive(Clone, Copy, Debug, Default, PartialEq, ShaderType)]
pub struct GpuStep {
    pub gravity: Vec4,
    pub compliance: Vec4,
    pub stiffness: Vec4,
    pub extra: Vec4,
    pub air: Vec4,
    pub flags: UVec4,
}

/// `Call` in WGSL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ShaderType)]
pub struct GpuCall {
    pub first: u32,
    pub count: u32,
    pub visit: u32,
    pub stride: u32,
}

/// `Seam` in WGSL; floats are bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ShaderType)]
pub struct GpuSeam {
    pub particles: UVec2,
    pub rest: u32,
    pub compliance: u32,
    pub break_force: u32,
    pub pad_a: u32,
    pub pad_b: u32,
    pub pad_c: u32,
}

/// `SeamStress` in WGSL.
#[derive(Clone, Copy, Debug, Default, PartialEq, ShaderType)]
pub struct GpuSeamStress {
    pub stress: Vec4,
    pub memory: Vec4,
}

/// `Detect` in WGSL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ShaderType)]
pub struct GpuDetect {
    pub cloth_vertices: u32,
    pub vertices: u32,
    pub cloth_triangles: u32,
    pub triangles: u32,
    pub cloth_edges: u32,
    pub edges: u32,
    pub vertex_patches: u32,
    pub triangle_patches: u32,
    pub edge_patches: u32,
    pub shift: u32,
    pub table: u32,
    pub node_room: u32,
    pub patch_pair_room: u32,
    pub pair_room: u32,
    pub pad_a: u32,
    pub pad_b: u32,
}

impl GpuStep {
    /// What the oracle's step uses of a cloth.
    pub fn new(cloth: &Cloth) -> GpuStep {
        let (settings, material) = (&cloth.settings, &cloth.material);
        let memory_rate = settings.memory_rate();
        let flag = |is_set: bool, bit: u32| if is_set { bit } else { 0 };
        let [normal, tangential, bound] = Air::rates(&cloth.air);
        let [k_uu, k_vv, k_uv] = material.stiffness;
        let [extra_u, extra_v] = material.extra;
        GpuStep {
            gravity: Vec4::from_array([
                settings.gravity_m_s2.x,
                settings.gravity_m_s2.y,
                settings.gravity_m_s2.z,
                settings.substep_secs,
            ]),
            compliance: Vec4::from_array(material.compliance),
            stiffness: Vec4::new(k_uu, k_vv, k_uv, material.limit),
            extra: Vec4::new(extra_u, extra_v, material.damping, memory_rate),
            air: Vec4::new(normal, tangential, bound, mul(recip(settings.substep_secs), cloth.kept_velocity())),
            flags: UVec4::new(
                flag(material.damping > 0.0, IS_DAMPED)
                    | flag(cloth.fabric.limit_stiffening > 0.0, IS_LIMITED)
                    | flag(memory_rate > 0.0, HAS_MEMORY)
                    | flag(cloth.fastenings.is_rest_curved || memory_rate > 0.0, HAS_NORMAL)
                    | flag(settings.air.density_kg_m3 > 0.0, HAS_AIR),
                cloth.state.len() as u32,
                0,
                0,
            ),
        }
    }
}

/// The bytes of a value in a uniform buffer. Writing to memory does not fail.
pub fn uniform_bytes<T: ShaderType + WriteInto>(value: &T) -> Vec<u8> {
    let mut buffer = UniformBuffer::new(Vec::new());
    let _ = buffer.write(value);
    buffer.into_inner()
}

/// The bytes of values in a storage buffer.
pub fn storage_bytes<T: ShaderType + WriteInto>(value: &T) -> Vec<u8> {
    let mut buffer = StorageBuffer::new(Vec::new());
    let _ = buffer.write(value);
    buffer.into_inner()
}
