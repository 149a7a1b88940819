// Types of the AOV pass. Derived side: `GpuAovView`, `GpuAovObject` in engine/gpu/src/aov/gpu_types.rs
// (tests/layout.rs compares sizes and offsets).
#define_import_path kinema_shaders::gpu::aov_types

struct AovView {
    // Without the temporal jitter: AOVs describe the scene, not one sample of it.
    clip_from_world: mat4x4<f32>,
    previous_clip_from_world: mat4x4<f32>,
    // Dot with (position_world, 1) gives the distance along the view axis, metres.
    depth_from_world: vec4<f32>,
    // Where the camera is.
    eye_world: vec4<f32>,
    size_px: vec2<f32>,
}

struct AovObject {
    world_from_local: mat4x4<f32>,
    previous_world_from_local: mat4x4<f32>,
    // Inverse transpose of the upper 3x3, columns padded.
    world_normal_from_local: mat4x4<f32>,
    // What the swaying share of fibres follows, and did in the frame before.
    sway_from_local: mat4x4<f32>,
    previous_sway_from_local: mat4x4<f32>,
    // Linear Rec.709 base colour, alpha.
    base_color: vec4<f32>,
    part_index: u32,
    // Fragments whose alpha is below this are discarded; 0 keeps all.
    alpha_cutoff: f32,
}

struct AovVertexOutput {
    @builtin(position) clip_position: vec4<f32>,
    @location(0) world_normal: vec3<f32>,
    @location(1) depth_m: f32,
    @location(2) current_clip: vec4<f32>,
    @location(3) previous_clip: vec4<f32>,
    @location(4) uv: vec2<f32>,
    @location(5) color: vec4<f32>,
    @location(6) @interpolate(flat) object_index: u32,
}
