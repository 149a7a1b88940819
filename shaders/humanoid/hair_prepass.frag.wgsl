// Fragment stage of hair for depth, motion and shadow maps: drops what the fibre does not cover, the same pixels in the
// same frame as the main pass. Motion is uv, current minus previous, without jitter, as in Bevy's prepass.
#import bevy_pbr::mesh_view_bindings::view
#import kinema_shaders::gpu::fibre::threshold
#ifdef MOTION_VECTOR_PREPASS
#import bevy_pbr::prepass_bindings
#endif

struct HairVarying {
    @builtin(position) position: vec4<f32>,
    @location(0) coverage: f32,
    @location(1) @interpolate(flat) seed: f32,
    @location(2) world_position: vec3<f32>,
    @location(3) previous_world_position: vec3<f32>,
    @location(4) unclipped_depth: f32,
}

fn is_covered(in: HairVarying) -> bool {
    return in.coverage >= threshold(in.position.xy, in.seed, view.frame_count);
}

#ifdef MOTION_VECTOR_PREPASS
struct Output {
#ifdef NORMAL_PREPASS
    @location(0) normal: vec4<f32>,
#endif
    @location(1) motion_vector: vec2<f32>,
}

@fragment
fn fragment(in: HairVarying) -> Output {
    if !is_covered(in) {
        discard;
    }
    var out: Output;
#ifdef NORMAL_PREPASS
    out.normal = vec4(normalize(view.world_position - in.world_position) * 0.5 + 0.5, 1.0);
#endif
    let now = view.unjittered_clip_from_world * vec4(in.world_position, 1.0);
    let before = prepass_bindings::previous_view_uniforms.clip_from_world * vec4(in.previous_world_position, 1.0);
    out.motion_vector = (now.xy / now.w - before.xy / before.w) * vec2(0.5, -0.5);
    return out;
}
#else
#ifdef NORMAL_PREPASS
@fragment
fn fragment(in: HairVarying) -> @location(0) vec4<f32> {
    if !is_covered(in) {
        discard;
    }
    return vec4(normalize(view.world_position - in.world_position) * 0.5 + 0.5, 1.0);
}
#else
#ifdef UNCLIPPED_DEPTH_ORTHO_EMULATION
@fragment
fn fragment(in: HairVarying) -> @builtin(frag_depth) f32 {
    if !is_covered(in) {
        discard;
    }
    return in.unclipped_depth;
}
#else
@fragment
fn fragment(in: HairVarying) {
    if !is_covered(in) {
        discard;
    }
}
#endif
#endif
#endif
