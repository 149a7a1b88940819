// Vertex stage of hair in the main pass. Local positions in, clip space out.
#import bevy_pbr::{mesh_functions, mesh_view_bindings::view, view_transformations::position_world_to_clip}
#import kinema_shaders::humanoid::{hair_settings::HairSettings, hair_types::{HairVertex, place}}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> settings: HairSettings;

struct HairVarying {
    @invariant @builtin(position) position: vec4<f32>,
    @location(0) world_position: vec3<f32>,
    @location(1) world_normal: vec3<f32>,
    @location(2) tangent: vec3<f32>,
    // Root to tip, light, coverage.
    @location(3) along_light_coverage: vec3<f32>,
    @location(4) @interpolate(flat) seed: f32,
}

@vertex
fn vertex(in: HairVertex) -> HairVarying {
    let placed = place(in, settings, view);
    var out: HairVarying;
    out.position = position_world_to_clip(placed.position);
    out.world_position = placed.position;
    out.world_normal = mesh_functions::mesh_normal_local_to_world(in.normal, in.instance_index);
    out.tangent = placed.tangent;
    out.along_light_coverage = vec3(in.fibre.xy, placed.coverage);
    out.seed = in.fibre.z;
    return out;
}
