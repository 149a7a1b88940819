// Seams of a cloth: twins of plugins/cloth/src/device/gpu_types.rs. SI units.
#define_import_path cloth::link_types

struct Seam {
    particles: vec2<u32>,
    // Bits of rest length (m), compliance (m/N) and breaking force (N).
    rest: u32,
    compliance: u32,
    break_force: u32,
    pad_a: u32,
    pad_b: u32,
    pad_c: u32,
}

struct SeamStress {
    // Multiplier of this substep and remembered one, N; w of the first is 1 once the seam is broken.
    stress: vec4<f32>,
    memory: vec4<f32>,
}
