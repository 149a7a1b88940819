// Light through a slab of skin. The same as `through_slab` of plugins/humanoid/src/subsurface/transmission.rs, which says
// where it comes from.
#define_import_path kinema_shaders::humanoid::slab
#import kinema_shaders::humanoid::subsurface_types::Scatter

const FIRST_DECAY: f32 = 4.5;

fn deep(thickness_m: f32, scatter: Scatter) -> vec3<f32> {
    return scatter.gain.rgb / sinh(scatter.decay_per_m.rgb * (thickness_m + scatter.offset_m.rgb));
}

// Exitance of one side over the irradiance of the other.
fn slab_transmittance(thickness_m: f32, scatter: Scatter) -> vec3<f32> {
    let first = exp(-FIRST_DECAY * thickness_m / scatter.free_path_m.rgb);
    return deep(thickness_m, scatter) + (1.0 - deep(0.0, scatter)) * first;
}
