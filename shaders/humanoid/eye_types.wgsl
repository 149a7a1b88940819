// What the shader of an eye reads. Derived side: `GpuEye` in plugins/humanoid/src/materials/gpu_types.rs.
#define_import_path kinema_shaders::humanoid::eye_types

struct Eye {
    // Colour of the iris, linear Rec.709; a: diameter of the pupil over that of the iris.
    iris: vec4<f32>,
    // Margins of the upper and the lower lid in units of the ball's radius: height a + b x + c x^2 over the local x.
    upper_lid: vec4<f32>,
    lower_lid: vec4<f32>,
    // Redness of the veins 0..1, seed, angle from the axis where the iris ends (radians), yellowness of the white 0..1.
    look: vec4<f32>,
}
