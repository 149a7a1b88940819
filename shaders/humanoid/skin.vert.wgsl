// Vertex stage of skin in the main pass. Local positions in, clip space out. Positions and normals are written every frame
// by the humanoid plugin, the rest when the mesh is made.
#import bevy_pbr::{mesh_functions, view_transformations::position_world_to_clip}
#import kinema_shaders::humanoid::skin_io::SkinVertexOutput

struct Vertex {
    @builtin(instance_index) instance_index: u32,
    @location(0) position: vec3<f32>,
    @location(1) normal: vec3<f32>,
    @location(11) template_position: vec4<f32>,
    @location(12) regions_a: vec4<f32>,
    @location(13) regions_b: vec3<f32>,
}

@vertex
fn vertex(in: Vertex) -> SkinVertexOutput {
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
