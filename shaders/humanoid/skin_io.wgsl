// What the skin's vertex stages hand to its fragment stages. Locations 0 to 7 are those of Bevy's own `VertexOutput`.
#define_import_path kinema_shaders::humanoid::skin_io

struct SkinVertexOutput {
    @builtin(position) position: vec4<f32>,
    @location(0) world_position: vec4<f32>,
    @location(1) world_normal: vec3<f32>,
    @location(6) @interpolate(flat) instance_index: u32,
    // Metres, on the template; w: share of the sky that the point sees there, 0..1.
    @location(8) template_position: vec4<f32>,
    @location(9) regions_a: vec4<f32>,
    @location(10) regions_b: vec3<f32>,
}
