// Second half of the subsurface pass: gathers the light that fell around each pixel of skin and adds it, times the albedo, to
// the picture (additive blending). The same as `gather` of plugins/humanoid/src/subsurface/reference.rs, which explains
// it: rings on the tangent plane, two samples each, that count by how far the surface there really is and by its normal;
// what is not skin is left out and the rest renormalised. Method after E. Golubev, "Efficient screen-space subsurface
// scattering using Burley's normalized diffusion in real time", SIGGRAPH 2018.
#import bevy_core_pipeline::fullscreen_vertex_shader::FullscreenVertexOutput
#import kinema_shaders::humanoid::subsurface_types::{RINGS, SkinObject, SubsurfaceView, anchor_m}

// All written by `prepare_subsurface`; the textures by skin_irradiance.frag.wgsl.
@group(0) @binding(0) var<uniform> view: SubsurfaceView;
@group(0) @binding(1) var<storage, read> objects: array<SkinObject>;
@group(0) @binding(2) var irradiance_texture: texture_2d<f32>;
@group(0) @binding(3) var albedo_texture: texture_2d<f32>;
@group(0) @binding(4) var normal_texture: texture_2d<f32>;

const GOLDEN_ANGLE: f32 = 2.39996323;

// J. Jimenez, "Next generation post processing in Call of Duty: Advanced Warfare", SIGGRAPH 2014.
fn interleaved_noise(pixel: vec2<f32>, frame: u32) -> f32 {
    let shifted = pixel + 5.588238 * f32(frame % 64u);
    return fract(52.982918 * fract(dot(shifted, vec2<f32>(0.06711056, 0.00583715))));
}

// The point in view space, metres, that is seen at a place of the picture.
fn point_at(place_px: vec2<f32>, depth_m: f32) -> vec3<f32> {
    let across = (place_px - view.centre_px) / view.pixels_per_metre * mix(depth_m, 1.0, view.is_parallel);
    return vec3<f32>(across.x, -across.y, -depth_m);
}

fn place_of(point: vec3<f32>) -> vec2<f32> {
    let scale = view.pixels_per_metre / mix(-point.z, 1.0, view.is_parallel);
    return view.centre_px + vec2<f32>(point.x, -point.y) * scale;
}

// All up to 70 degrees between the normals, nothing from 110 degrees on.
fn facing_weight(cosine: f32) -> f32 {
    return smoothstep(-0.34, 0.34, cosine);
}

// Under multisampling the three textures are means over a pixel's samples, of which some may show no skin; the mean of the
// last one's alpha is the share that does, and the rest is divided by it.
struct Texel {
    light: vec3<f32>,
    // Against the object's origin, metres.
    depth_m: f32,
    albedo: vec3<f32>,
    object: u32,
    normal: vec3<f32>,
    cover: f32,
}

// Less of a pixel than this counts as none.
const LEAST_COVER: f32 = 0.1;

fn texel_at(place: vec2<i32>) -> Texel {
    let normal = textureLoad(normal_texture, place, 0);
    let cover = normal.a;
    if cover < LEAST_COVER {
        return Texel(vec3<f32>(0.0), 0.0, vec3<f32>(0.0), 0u, vec3<f32>(0.0, 0.0, 1.0), 0.0);
    }
    let light = textureLoad(irradiance_texture, place, 0) / cover;
    let albedo = textureLoad(albedo_texture, place, 0) / cover;
    let object = min(u32(max(round(albedo.a) - 1.0, 0.0)), arrayLength(&objects) - 1u);
    return Texel(light.rgb, light.a, albedo.rgb, object, normal.xyz / max(length(normal.xyz), 1e-4), cover);
}

@fragment
fn fragment(in: FullscreenVertexOutput) -> @location(0) vec4<f32> {
    let pixel = vec2<i32>(in.position.xy);
    let here = texel_at(pixel);
    if here.cover == 0.0 {
        discard;
    }
    let own = here.object;
    let normal = here.normal;
    let own_anchor_m = anchor_m(view.view_from_world, objects[own].world_from_local);
    let point = point_at(in.position.xy, here.depth_m + own_anchor_m);
    let size = vec2<f32>(textureDimensions(irradiance_texture));
    let third_m = 3.0 * objects[own].scatter.distance_m.rgb;
    // Any two axes across the normal (T. Duff et al., "Building an orthonormal basis, revisited", JCGT 6(1), 2017).
    let side = select(-1.0, 1.0, normal.z >= 0.0);
    let a = -1.0 / (side + normal.z);
    let b = normal.x * normal.y * a;
    let tangent = vec3<f32>(1.0 + side * normal.x * normal.x * a, side * b, -side * normal.x);
    let bitangent = vec3<f32>(b, side + normal.y * normal.y * a, -normal.y);

    let noise = interleaved_noise(floor(in.position.xy), view.phase);
    var light = vec3<f32>(0.0);
    var weights = vec3<f32>(0.0);
    for (var i = 0u; i < RINGS; i++) {
        let ring = objects[own].scatter.ring_radii_m[i];
        let share = objects[own].scatter.ring_weights[i].rgb;
        let jitter = fract(noise * 7.0 + f32(i) * 0.7548777 + 0.5);
        let radius_m = ring.x + (ring.y - ring.x) * jitter * (ring.z + (1.0 - ring.z) * jitter);
        // Half, as the second sample lies opposite.
        let angle = 0.5 * (f32(i) * GOLDEN_ANGLE + noise * 6.2831853);
        let away = (tangent * cos(angle) + bitangent * sin(angle)) * radius_m;
        for (var sign = -1.0; sign <= 1.0; sign += 2.0) {
            let wanted = point + sign * away;
            let place = place_of(wanted);
            if any(place < vec2<f32>(0.0)) || any(place >= size) {
                continue;
            }
            let there = vec2<i32>(place);
            let found = texel_at(there);
            if found.cover == 0.0 {
                continue;
            }
            var there_anchor_m = own_anchor_m;
            if found.object != own {
                there_anchor_m = anchor_m(view.view_from_world, objects[found.object].world_from_local);
            }
            let beyond_m = max(distance(point_at(place, found.depth_m + there_anchor_m), point) - radius_m, 0.0);
            let farther = exp(-beyond_m / third_m) * (radius_m / (radius_m + beyond_m));
            let facing = facing_weight(dot(normal, found.normal));
            let weight = share * farther * facing;
            light += found.light * weight;
            weights += weight;
        }
    }
    let gathered = select(here.light, light / max(weights, vec3<f32>(1e-4)), weights > vec3<f32>(1e-4));
    return vec4<f32>(gathered * here.albedo * here.cover, 0.0);
}
