// Second half of the subsurface pass: gathers the light that fell around each pixel of skin by Burley's profile and adds it,
// times the albedo, to the picture. Samples are weighed by the distance along the surface that depth tells, which
// keeps light from leaking over silhouettes; what is not skin is left out and the rest renormalised.
// Method: E. Golubev, "Efficient screen-space subsurface scattering using Burley's normalized diffusion in real time",
// SIGGRAPH 2018 (Advances in Real-Time Rendering). Additive blending.
#import bevy_core_pipeline::fullscreen_vertex_shader::FullscreenVertexOutput
#import kinema_shaders::humanoid::subsurface_types::{SkinObject, SubsurfaceView}
#import kinema_shaders::humanoid::burley::{radial_profile, radius_of_share}

// All written by `prepare_subsurface`; the textures by skin_irradiance.frag.wgsl.
@group(0) @binding(0) var<uniform> view: SubsurfaceView;
@group(0) @binding(1) var<storage, read> objects: array<SkinObject>;
@group(0) @binding(2) var irradiance_texture: texture_2d<f32>;
@group(0) @binding(3) var albedo_texture: texture_2d<f32>;

const SAMPLES: u32 = 24u;
const GOLDEN_ANGLE: f32 = 2.39996323;

fn interleaved_noise(pixel: vec2<f32>) -> f32 {
    // J. Jimenez, "Next generation post processing in Call of Duty: Advanced Warfare", SIGGRAPH 2014.
    return fract(52.9829189 * fract(dot(pixel, vec2<f32>(0.06711056, 0.00583715))));
}

@fragment
fn fragment(in: FullscreenVertexOutput) -> @location(0) vec4<f32> {
    let pixel = vec2<i32>(in.position.xy);
    let here = textureLoad(irradiance_texture, pixel, 0);
    if here.a <= 0.0 {
        discard;
    }
    let albedo = textureLoad(albedo_texture, pixel, 0);
    let index = u32(max(round(albedo.a) - 1.0, 0.0));
    let d_m = objects[index].skin.scatter_m.rgb;
    let widest_m = max(d_m.r, max(d_m.g, d_m.b));
    let pixels_per_metre = view.pixels_per_metre / mix(here.a, 1.0, view.is_parallel);
    let size = vec2<i32>(textureDimensions(irradiance_texture));

    var sum = vec3<f32>(0.0);
    var weight_sum = vec3<f32>(0.0);
    let turn = 6.2831853 * interleaved_noise(in.position.xy) + view.turn;
    for (var i = 0u; i < SAMPLES; i++) {
        let share = (f32(i) + 0.5) / f32(SAMPLES);
        let radius_m = radius_of_share(share) * widest_m;
        let angle = turn + f32(i) * GOLDEN_ANGLE;
        let offset = vec2<f32>(cos(angle), sin(angle)) * radius_m * pixels_per_metre;
        let at = clamp(vec2<i32>(floor(in.position.xy + offset)), vec2<i32>(0), size - 1);
        let light = textureLoad(irradiance_texture, at, 0);
        if light.a <= 0.0 {
            continue;
        }
        let rise_m = light.a - here.a;
        let distance_m = sqrt(radius_m * radius_m + rise_m * rise_m);
        // The density of samples is that of the widest channel's profile.
        let weight = radial_profile(distance_m, d_m) / radial_profile(radius_m, vec3<f32>(widest_m));
        sum += light.rgb * weight;
        weight_sum += weight;
    }
    let gathered = select(here.rgb, sum / max(weight_sum, vec3<f32>(1e-6)), weight_sum > vec3<f32>(1e-6));
    return vec4<f32>(gathered * albedo.rgb, 0.0);
}
