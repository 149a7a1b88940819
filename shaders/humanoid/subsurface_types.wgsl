// Types of the subsurface pass. Derived side: plugins/humanoid/src/subsurface/gpu_types.rs (tests/layout.rs compares).
#define_import_path kinema_shaders::humanoid::subsurface_types
#import kinema_shaders::humanoid::skin::Skin

struct SkinObject {
    world_from_local: mat4x4<f32>,
    // Inverse transpose of the upper 3x3, columns padded.
    world_normal_from_local: mat4x4<f32>,
    skin: Skin,
}

struct SubsurfaceView {
    // Pixels that a metre across the view covers at a distance of one metre; in a parallel projection at any distance.
    pixels_per_metre: f32,
    // 1 in a parallel projection.
    is_parallel: f32,
    // Turns the sample pattern, radians; changes along the jitter of temporal anti-aliasing, else 0.
    turn: f32,
    spare: f32,
}
