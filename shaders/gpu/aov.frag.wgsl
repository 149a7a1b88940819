// Fragment stage of the AOV pass: one target per AOV, 32 bytes a pixel (the portable limit).
// Motion is in pixels from the previous to the current position, x right, y down.
#import kinema_shaders::gpu::aov_types::{AovView, AovObject, AovVertexOutput}
#ifdef VERTEX_FIBRE
#import kinema_shaders::gpu::fibre::threshold
#endif

@group(0) @binding(0) var<uniform> view: AovView;
@group(0) @binding(1) var<storage, read> objects: array<AovObject>;
@group(1) @binding(0) var base_color_texture: texture_2d<f32>;
@group(1) @binding(1) var base_color_sampler: sampler;

struct AovTargets {
    @location(0) normal: vec4<f32>,
    @location(1) motion: vec2<f32>,
    @location(2) albedo: vec4<f32>,
    @location(3) part_index: u32,
    @location(4) depth_m: f32,
}

@fragment
fn fragment(in: AovVertexOutput, @builtin(front_facing) front_facing: bool) -> AovTargets {
    let object = objects[in.object_index];
    let base = in.color * textureSample(base_color_texture, base_color_sampler, in.uv);
#ifdef VERTEX_FIBRE
    // Not by frame: what AOVs show does not flicker.
    if in.color.a < threshold(in.clip_position.xy, in.uv.x, 0u) {
        discard;
    }
#else
    if base.a < object.alpha_cutoff {
        discard;
    }
#endif
    let current_ndc = in.current_clip.xy / in.current_clip.w;
    let previous_ndc = in.previous_clip.xy / in.previous_clip.w;
    let facing = select(-1.0, 1.0, front_facing);
    var out: AovTargets;
    out.normal = vec4<f32>(normalize(in.world_normal) * facing, 1.0);
    out.motion = (current_ndc - previous_ndc) * vec2<f32>(0.5, -0.5) * view.size_px;
    out.albedo = vec4<f32>(base.rgb, 1.0);
    out.part_index = object.part_index;
    out.depth_m = in.depth_m;
    return out;
}
