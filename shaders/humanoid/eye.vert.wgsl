// Vertex stage of an eyeball in the main pass: as Bevy's, and the local position besides. The mesh is a unit ball that looks
// along +z, with a cornea; local positions in, clip space out.
#import bevy_pbr::{mesh_functions, view_transformations::position_world_to_clip}
#import kinema_shaders::humanoid::eye_io::EyeVertexOutput

struct Vertex {
    @builtin(instance_index) instance_index: u32,
    @location(0) position: vec3<f32>,
    @location(1) normal: vec3<f32>,
}

@vertex
fn vertex(in: Vertex) -> EyeVertexOutput {
    var out: EyeVertexOutput;
    let world_from_local = mesh_functions::get_world_from_local(in.instance_index);
    out.world_position = mesh_functions::mesh_position_local_to_world(world_from_local, vec4<f32>(in.position, 1.0));
    out.position = position_world_to_clip(out.world_position.xyz);
    out.world_normal = mesh_functions::mesh_normal_local_to_world(in.normal, in.instance_index);
    out.instance_index = in.instance_index;
    out.local_position = in.position;
    out.local_normal = in.normal;
    return out;
}
