// What the eye's vertex stage hands to its fragment stage. Locations 0 to 7 are those of Bevy's own `VertexOutput`.
#define_import_path kinema_shaders::humanoid::eye_io

struct EyeVertexOutput {
    @builtin(position) position: vec4<f32>,
    @location(0) world_position: vec4<f32>,
    @location(1) world_normal: vec3<f32>,
    @location(6) @interpolate(flat) instance_index: u32,
    // Of the unit ball.
    @location(8) local_position: vec3<f32>,
    @location(9) local_normal: vec3<f32>,
}
