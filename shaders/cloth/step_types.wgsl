// What all kernels of the cloth are told: twins of plugins/cloth/src/device/gpu_types.rs. SI units.
#define_import_path cloth::step_types

// Constants of a cloth and its time step. Written when they change.
struct Step {
    // Gravity (m/s2); substep (s).
    gravity: vec4<f32>,
    // S_uu, S_vv, S_uv, S_ss of the fabric, m/N.
    compliance: vec4<f32>,
    // K_uu, K_vv, K_uv, N/m; Green strain where the stiffer branch begins.
    stiffness: vec4<f32>,
    // Stiffness added beyond the limit along warp and weft, N/m; damping time / substep; share by which the memory moves.
    extra: vec4<f32>,
    // rho/2 C_n and rho/2 C_t, kg/m3; bound of the rate, kg/(m2 s); velocity for a displacement, 1/s.
    air: vec4<f32>,
    // IS_DAMPED, IS_LIMITED, HAS_MEMORY, HAS_NORMAL, HAS_AIR in x; number of particles in y.
    flags: vec4<u32>,
}

// One dispatch: which elements, and in which visit. Written once.
struct Call {
    // First element, and how many.
    first: u32,
    count: u32,
    // IS_FIRST and IS_LAST of the substep's iterations.
    visit: u32,
    // Elements in the chunk: from one word of an element to its next.
    stride: u32,
}

const IS_DAMPED: u32 = 1u;
const IS_LIMITED: u32 = 2u;
const HAS_MEMORY: u32 = 4u;
// The normal of a bending patch is needed: there is memory or a rest curvature.
const HAS_NORMAL: u32 = 8u;
const HAS_AIR: u32 = 16u;

const IS_FIRST: u32 = 1u;
const IS_LAST: u32 = 2u;
