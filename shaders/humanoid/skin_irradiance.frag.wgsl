// First half of the subsurface pass: the diffuse light that falls on skin, and through its thin parts, and its albedo.
// Runs after the main opaque pass with its depth buffer, so that only visible skin is drawn.
// Target 0: light leaving white skin, exposed; a: distance along the view axis against the object's origin, metres.
// Target 1: albedo; a: index of the object plus one, 0 where there is no skin.
// Target 2: normal in view space; a: 1, so that its mean under multisampling is the share of a pixel with skin.
//
// Light through thin parts: thickness from the sun's shadow map (J. Jimenez et al., "Real-time realistic skin
// translucency", IEEE CG&A 30(4), 2010), with the transmission of slab.wgsl.
#import bevy_pbr::{
    mesh_types::MESH_FLAGS_SHADOW_RECEIVER_BIT,
    mesh_view_bindings as view_bindings,
    mesh_view_types::DIRECTIONAL_LIGHT_FLAGS_SHADOWS_ENABLED_BIT,
    pbr_functions::{apply_pbr_lighting, calculate_view},
    pbr_types::pbr_input_new,
}
#import kinema_shaders::humanoid::skin::{skin_regions, skin_albedo, folds, bent_normal}
#import kinema_shaders::humanoid::skin_io::SkinVertexOutput
#import kinema_shaders::humanoid::subsurface_types::{SkinObject, anchor_m}
#import kinema_shaders::humanoid::slab::slab_transmittance

// Written by `prepare_subsurface`.
@group(2) @binding(0) var<storage, read> objects: array<SkinObject>;

struct SkinTargets {
    @location(0) irradiance: vec4<f32>,
    @location(1) albedo: vec4<f32>,
    @location(2) normal: vec4<f32>,
}

// How far a point is moved inwards before its thickness is measured, so that silhouettes do not measure the air beside them.
const INSET_M: f32 = 0.0012;
// The body's ears are five to eight millimetres thick; ears have two to three, skin and cartilage together.
const EAR_THICKNESS: f32 = 0.4;

// Path of sunlight through the body to a point, metres, and how far to trust it, 0..1.
fn sun_path(light_id: u32, point: vec3<f32>, view_z: f32) -> vec2<f32> {
    let light = &view_bindings::lights.directional_lights[light_id];
    var cascade = 0u;
    while cascade < (*light).num_cascades && -view_z >= (*light).cascades[cascade].far_bound {
        cascade += 1u;
    }
    if cascade >= (*light).num_cascades {
        return vec2<f32>(0.0);
    }
    let clip_from_world = (*light).cascades[cascade].clip_from_world;
    let clip = clip_from_world * vec4<f32>(point, 1.0);
    let uv = clip.xy * vec2<f32>(0.5, -0.5) + 0.5;
    if any(uv < vec2<f32>(0.0)) || any(uv > vec2<f32>(1.0)) {
        return vec2<f32>(0.0);
    }
    // One unit of depth is this many metres; depth is reversed, so what is nearer to the sun has more.
    let depth_per_metre = length(vec3<f32>(clip_from_world[0].z, clip_from_world[1].z, clip_from_world[2].z));
    let size = vec2<f32>(textureDimensions(view_bindings::directional_shadow_textures));
    let layer = i32((*light).depth_texture_base_index + cascade);
    var path_m = 0.0;
    for (var i = 0; i < 4; i++) {
        let at = uv * size + vec2<f32>(f32(i & 1), f32(i >> 1u)) - 0.5;
        let texel = vec2<i32>(clamp(at, vec2<f32>(0.0), size - 1.0));
        let first = textureLoad(view_bindings::directional_shadow_textures, texel, layer, 0);
        path_m += 0.25 * max(first - clip.z, 0.0) / depth_per_metre;
    }
    // A map with coarse texels cannot tell an ear from the air beside it.
    return vec2<f32>(path_m, 1.0 - smoothstep(0.0015, 0.0040, (*light).cascades[cascade].texel_size));
}

@fragment
fn fragment(in: SkinVertexOutput) -> SkinTargets {
    let object = &objects[in.instance_index];
    let skin = (*object).skin;
    let p = in.template_position.xyz;
    let dx = dpdx(p);
    let dy = dpdy(p);
    let regions = skin_regions(in.regions_a, in.regions_b);
    let footprint_m = max(length(dx), length(dy));
    let albedo = skin_albedo(p, footprint_m, regions, skin);
    let fold_height = folds(p, footprint_m, skin);
    let fold = vec2<f32>(dot(fold_height.slope, dx), dot(fold_height.slope, dy));
    // Light in hollows is no less red for being less: colour bleeds (after J. Jimenez et al., GTAO, 2016).
    let open = saturate(in.template_position.w) * (1.0 - clamp(-fold_height.value * 900.0, 0.0, 0.4));
    let open_rgb = pow(vec3<f32>(open), mix(vec3<f32>(1.0), vec3<f32>(0.62, 0.85, 0.95), albedo.r));
    let normal = normalize(in.world_normal);

    var pbr_input = pbr_input_new();
    pbr_input.flags = MESH_FLAGS_SHADOW_RECEIVER_BIT;
    pbr_input.frag_coord = in.position;
    pbr_input.world_position = in.world_position;
    pbr_input.world_normal = normal;
    // Pores are below the scale of scattering; folds are not.
    pbr_input.N = bent_normal(normal, dpdx(in.world_position.xyz), dpdy(in.world_position.xyz), fold.x, fold.y);
    pbr_input.is_orthographic = view_bindings::view.clip_from_view[3].w == 1.0;
    pbr_input.V = calculate_view(in.world_position, pbr_input.is_orthographic);
    pbr_input.material.base_color = vec4<f32>(1.0);
    pbr_input.material.perceptual_roughness = 0.6;
    // No specular part: the main pass draws it.
    pbr_input.material.reflectance = vec3<f32>(0.0);
    pbr_input.diffuse_occlusion = open_rgb;
    var light = apply_pbr_lighting(pbr_input).rgb;
    // Lamps without shadow maps do not know of hollows; what sees little of the sky sees little of them.
    light *= mix(vec3<f32>(1.0), open_rgb, smoothstep(0.75, 0.15, open));

    let view_z = dot(
        vec4<f32>(
            view_bindings::view.view_from_world[0].z,
            view_bindings::view.view_from_world[1].z,
            view_bindings::view.view_from_world[2].z,
            view_bindings::view.view_from_world[3].z,
        ),
        in.world_position,
    );
    let thin = 1.0 - regions.shade;
    if thin > 0.0 {
        for (var i = 0u; i < view_bindings::lights.n_directional_lights; i++) {
            let sun = &view_bindings::lights.directional_lights[i];
            if ((*sun).flags & DIRECTIONAL_LIGHT_FLAGS_SHADOWS_ENABLED_BIT) == 0u {
                continue;
            }
            // Only what faces away from the sun is lit through.
            let facing = clamp(dot(-normal, (*sun).direction_to_light), 0.0, 1.0);
            if facing > 0.0 {
                let path = sun_path(i, in.world_position.xyz - normal * INSET_M, view_z);
                // The slab stands across the normal; its other side takes the sun at the same angle.
                let thick_m = (path.x + INSET_M) * facing * mix(1.0, EAR_THICKNESS, regions.ears);
                let passed = slab_transmittance(thick_m, (*object).scatter) * path.y;
                let back = facing * (*sun).color.rgb * view_bindings::view.exposure / 3.14159265;
                light += thin * back * passed / (*object).scatter.clear_albedo.rgb;
            }
        }
    }

    var out: SkinTargets;
    let view_from_world = view_bindings::view.view_from_world;
    out.irradiance = vec4<f32>(light, -view_z - anchor_m(view_from_world, (*object).world_from_local));
    out.albedo = vec4<f32>(albedo, f32(in.instance_index) + 1.0);
    out.normal = vec4<f32>((view_from_world * vec4<f32>(normal, 0.0)).xyz, 1.0);
    return out;
}
