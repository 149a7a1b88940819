// Vertex stage of the subsurface pass' first half. The same clip position as skin.vert.wgsl, from an object buffer of our
// own instead of Bevy's, because Bevy's batches are those of its own passes. Local positions in, clip space out.
#import bevy_pbr::view_transformations::position_world_to_clip
#import kinema_shaders::humanoid::skin_io::{SkinVertex, SkinVertexOutput}
#import kinema_shaders::humanoid::subsurface_types::SkinObject

// Written by `prepare_subsurface`.
@group(2) @binding(0) var<storage, read> objects: array<SkinObject>;

@vertex
fn vertex(in: SkinVertex) -> SkinVertexOutput {
    var out: SkinVertexOutput;
    out.world_position = objects[in.instance_index].world_from_local * vec4<f32>(in.position, 1.0);
    out.position = position_world_to_clip(out.world_position.xyz);
    out.world_normal = (objects[in.instance_index].world_normal_from_local * vec4<f32>(in.normal, 0.0)).xyz;
    out.instance_index = in.instance_index;
    out.template_position = in.template_position;
    out.regions_a = in.regions_a;
    out.regions_b = in.regions_b;
    return out;
}
