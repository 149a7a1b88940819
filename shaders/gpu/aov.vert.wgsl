// Vertex stage of the AOV pass: world normal, view depth, current and previous clip position of every drawn mesh.
// Spaces: local positions in, clip space (reversed infinite depth) out. Group 0 written by `prepare_aov`.
#import kinema_shaders::gpu::aov_types::{AovView, AovObject, AovVertexOutput}
#ifdef VERTEX_FIBRE
#import kinema_shaders::gpu::fibre::ribbon
#endif

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
#ifdef VERTEX_FIBRE
    // Direction of the fibre and half its width with the side's sign; root to tip, light, seed, sway.
    @location(5) tangent: vec4<f32>,
    @location(6) fibre: vec4<f32>,
#endif
}

fn swayed(position: vec3<f32>, sway_from_local: mat4x4<f32>, share: f32) -> vec3<f32> {
    return mix(position, (sway_from_local * vec4(position, 1.0)).xyz, share);
}

@vertex
fn vertex(in: Vertex) -> AovVertexOutput {
    let object = objects[in.instance_index];
    var previous_position = in.position;
#ifdef VERTEX_PREVIOUS_POSITION
    previous_position = in.previous_position;
#endif
    var position = in.position;
    // From the middle of a fibre to its edge.
    var aside = vec3<f32>(0.0);
    var coverage = 1.0;
#ifdef VERTEX_FIBRE
    position = swayed(in.position, object.sway_from_local, in.fibre.w);
    previous_position = swayed(previous_position, object.previous_sway_from_local, in.fibre.w);
    let centre = (object.world_from_local * vec4<f32>(position, 1.0)).xyz;
    let along = normalize((object.world_from_local * vec4<f32>(in.tangent.xyz, 0.0)).xyz);
    let rows = vec3<f32>(view.clip_from_world[0].y, view.clip_from_world[1].y, view.clip_from_world[2].y);
    let depth_m = max(dot(view.depth_from_world, vec4<f32>(centre, 1.0)), 1e-4);
    let pixel_m = 2.0 * depth_m / (length(rows) * view.size_px.y);
    let half_m = in.tangent.w * length(object.world_from_local[0].xyz);
    let corner = ribbon(centre, along, half_m, normalize(view.eye_world.xyz - centre), pixel_m);
    aside = corner.position - centre;
    coverage = corner.coverage;
#endif
    let position_world = object.world_from_local * vec4<f32>(position, 1.0) + vec4<f32>(aside, 0.0);
    var out: AovVertexOutput;
    out.current_clip = view.clip_from_world * position_world;
    out.clip_position = out.current_clip;
    out.previous_clip = view.previous_clip_from_world
        * (object.previous_world_from_local * vec4<f32>(previous_position, 1.0) + vec4<f32>(aside, 0.0));
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
#ifdef VERTEX_FIBRE
    out.color.a = coverage;
    // The texture of fibres is plain white: its coordinates carry the seed.
    out.uv = vec2<f32>(in.fibre.z, 0.0);
#endif
    out.object_index = in.instance_index;
    return out;
}
