// Vertex stage of skin in the main pass. Local positions in, clip space out. Positions and normals are written every frame
// by the humanoid plugin, the rest when the mesh is made.
#import bevy_pbr::{mesh_functions, view_transformations::position_world_to_clip}
#import kinema_shaders::humanoid::skin_io::{SkinVertex, SkinVertexOutput}

@vertex
fn vertex(in: SkinVertex) -> SkinVertexOutput {
    var out: SkinVertexOutput;
    let world_from_local = mesh_functions::get_world_from_local(in.instance_index);
    out.world_position = mesh_functions::mesh_position_local_to_world(world_from_local, vec4<f32>(in.position, 1.0));
    out.position = position_world_to_clip(out.world_position.xyz);
    out.world_normal = mesh_functions::mesh_normal_local_to_world(in.normal, in.instance_index);
    out.instance_index = in.instance_index;
    out.template_position = in.template_position;
    out.regions_a = in.regions_a;
    out.regions_b = in.regions_b;
    return out;
}
