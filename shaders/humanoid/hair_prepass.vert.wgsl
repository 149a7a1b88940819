// Vertex stage of hair for depth, motion and shadow maps. Local positions in, clip space out. A ribbon faces whoever looks:
// in a shadow map that is the light.
#import bevy_pbr::{mesh_functions, mesh_view_bindings::view, view_transformations::position_world_to_clip}
#import kinema_shaders::humanoid::{hair_settings::HairSettings, hair_types::{HairVertex, place, swayed}}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> settings: HairSettings;

struct HairVarying {
    @invariant @builtin(position) position: vec4<f32>,
    @location(0) coverage: f32,
    @location(1) @interpolate(flat) seed: f32,
    @location(2) world_position: vec3<f32>,
    @location(3) previous_world_position: vec3<f32>,
    @location(4) unclipped_depth: f32,
}

@vertex
fn vertex(in: HairVertex) -> HairVarying {
    let placed = place(in, settings, view);
    var out: HairVarying;
    out.position = position_world_to_clip(placed.position);
    out.unclipped_depth = out.position.z;
#ifdef UNCLIPPED_DEPTH_ORTHO_EMULATION
    out.position.z = min(out.position.z, 1.0);
#endif
    out.coverage = placed.coverage;
    out.seed = in.fibre.z;
    out.world_position = placed.position;
    out.previous_world_position = placed.position;
#ifdef MOTION_VECTOR_PREPASS
    let previous_world_from_local = mesh_functions::get_previous_world_from_local(in.instance_index);
    let previous = swayed(in.previous_position, settings.previous_sway_from_local, in.fibre.w);
    // The corner moves as its fibre does.
    out.previous_world_position =
        (previous_world_from_local * vec4(previous, 1.0)).xyz + (placed.position - placed.centre);
#endif
    return out;
}
