// Settings of the material of hair, written by `HairMaterial`. Derived side: `GpuHair` in plugins/humanoid/src/hair_material.rs
// (tests/layout.rs compares sizes and offsets).
#define_import_path kinema_shaders::humanoid::hair_settings

struct HairSettings {
    // What follows the shoulders more than the head, in local space, now and in the frame before.
    sway_from_local: mat4x4<f32>,
    previous_sway_from_local: mat4x4<f32>,
    // Per fibre radius.
    absorption: vec3<f32>,
    // Longitudinal roughness, 0.2 sleek .. 0.5 rough.
    roughness: f32,
    // Share of hairs without pigment.
    grey: f32,
}
