// Types of the subsurface pass. Derived side: plugins/humanoid/src/materials/gpu_types.rs (tests/layout.rs compares).
#define_import_path kinema_shaders::humanoid::subsurface_types
#import kinema_shaders::humanoid::skin::Skin

const RINGS: u32 = 12u;

// How one person's skin scatters, red, green and blue.
struct Scatter {
    // Distance d of Burley's profile, metres.
    distance_m: vec4<f32>,
    // Albedo of the dermis.
    dermis: vec4<f32>,
    // Transmission of a slab, see subsurface/transmission.rs: decay, gain, extrapolation, mean free path.
    decay_per_m: vec4<f32>,
    gain: vec4<f32>,
    offset_m: vec4<f32>,
    free_path_m: vec4<f32>,
    // Rings of the gather: inner and outer radius, metres, and bend (see subsurface/kernel.rs).
    ring_radii_m: array<vec4<f32>, 12>,
    // Share of the profile of each channel in the ring.
    ring_weights: array<vec4<f32>, 12>,
}

struct SkinObject {
    world_from_local: mat4x4<f32>,
    // Inverse transpose of the upper 3x3, columns padded.
    world_normal_from_local: mat4x4<f32>,
    skin: Skin,
    scatter: Scatter,
}

struct SubsurfaceView {
    view_from_world: mat4x4<f32>,
    // The pixel that the view's axis meets.
    centre_px: vec2<f32>,
    // Pixels that a metre across the view covers at a distance of one metre; in a parallel projection at any distance.
    pixels_per_metre: f32,
    // 1 in a parallel projection.
    is_parallel: f32,
    // Changes the pattern of samples along the jitter of temporal anti-aliasing, else 0.
    phase: u32,
    spare_a: u32,
    spare_b: u32,
    spare_c: u32,
}

// Distance of the object's origin along the view axis, metres. Depths are kept against it: half precision would not hold
// them otherwise.
fn anchor_m(view_from_world: mat4x4<f32>, world_from_local: mat4x4<f32>) -> f32 {
    return -(view_from_world * world_from_local[3]).z;
}
