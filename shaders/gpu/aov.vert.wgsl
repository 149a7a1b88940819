// Vertex stage of the AOV pass: world normal, view depth, current and previous clip position of every drawn mesh.
// Spaces: local positions in, clip space (reversed infinite depth) out. Group 0 written by `prepare_aov`.
#import kinema_shaders::gpu::aov_types::{AovView, AovObject, AovVertexOutput}

@group(0) @binding(0) var<uniform> view: AovView;
@group(0) @binding(1) var<storage, read> objects: array<AovObject>;

struct Vertex {
    @builtin(instance_index) instance_index: u32,
    @location(0) position: vec3<f32>,
    @location(1) normal: vec3<f32>,
#ifdef VERTEX_UVS
    @location(2) uv: vec2<f32>,
#endif
#ifdef VERTEX_COLORS
    @location(3) color: vec4<f32>,
#endif
#ifdef VERTEX_PREVIOUS_POSITION
    @location(4) previous_position: vec3<f32>,
#endif
}

@vertex
fn vertex(in: Vertex) -> AovVertexOutput {
    let object = objects[in.instance_index];
    let position_world = object.world_from_local * vec4<f32>(in.position, 1.0);
    var previous_position = in.position;
#ifdef VERTEX_PREVIOUS_POSITION
    previous_position = in.previous_position;
#endif
    var out: AovVertexOutput;
    out.current_clip = view.clip_from_world * position_world;
    out.clip_position = out.current_clip;
    out.previous_clip = view.previous_clip_from_world
        * (object.previous_world_from_local * vec4<f32>(previous_position, 1.0));
    out.world_normal = (object.world_normal_from_local * vec4<f32>(in.normal, 0.0)).xyz;
    out.depth_m = dot(view.depth_from_world, position_world);
    out.uv = vec2<f32>(0.0);
#ifdef VERTEX_UVS
    out.uv = in.uv;
#endif
    out.color = object.base_color;
#ifdef VERTEX_COLORS
    out.color = object.base_color * in.color;
#endif
    out.object_index = in.instance_index;
    return out;
}
