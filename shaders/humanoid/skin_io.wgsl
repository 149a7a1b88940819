// What the skin's vertex stages read of a mesh, and what they hand to its fragment stages; there, locations 0 to 7 are those
// of Bevy's own `VertexOutput`.
#define_import_path kinema_shaders::humanoid::skin_io

// Locations 11 to 13: `SKIN_LOCATIONS` in plugins/humanoid/src/materials/skin.rs.
struct SkinVertex {
    @builtin(instance_index) instance_index: u32,
    @location(0) position: vec3<f32>,
    @location(1) normal: vec3<f32>,
    @location(11) template_position: vec4<f32>,
    @location(12) regions_a: vec4<f32>,
    @location(13) regions_b: vec3<f32>,
}

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
