// Hair in the main pass: lights, shadows and the environment through the scattering of hair_bsdf.wgsl. World space;
// out: scene-linear colour times exposure.
//
// Shadow maps are read at a point moved towards the light by a random, exponentially distributed length: the mean over
// frames is the light that comes through so much hair before it reaches the first surface of it (Beer and Lambert).
#import bevy_pbr::{
    ambient,
    clustered_forward as clustering,
    lighting,
    mesh_view_bindings as bindings,
    mesh_view_bindings::view,
    mesh_view_types,
    shadows,
}
#ifdef ENVIRONMENT_MAP
#import bevy_pbr::environment_map
#endif
#ifdef TONEMAP_IN_SHADER
#import bevy_core_pipeline::tonemapping::tone_mapping
#endif
#import kinema_shaders::gpu::fibre::threshold
#import kinema_shaders::humanoid::hair_bsdf
#import kinema_shaders::humanoid::hair_settings::HairSettings

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> settings: HairSettings;

struct HairVarying {
    @builtin(position) position: vec4<f32>,
    @location(0) world_position: vec3<f32>,
    @location(1) world_normal: vec3<f32>,
    @location(2) tangent: vec3<f32>,
    @location(3) along_light_coverage: vec3<f32>,
    @location(4) @interpolate(flat) seed: f32,
}

// Length of hair, along a ray of light, that lets a third of it through, metres.
const MEAN_DEPTH_M: f32 = 0.007;
// Absorption of a hair without pigment: the medulla and the scales still scatter and absorb a little.
const GREY_ABSORPTION: vec3<f32> = vec3<f32>(0.028, 0.030, 0.036);

struct Fibre {
    position: vec3<f32>,
    normal: vec3<f32>,
    tangent: vec3<f32>,
    to_eye: vec3<f32>,
    absorption: vec3<f32>,
    roughness: f32,
    // Share of the sky that the point sees.
    light: f32,
    // How much of the transmitted lobe is seen: the thin outside of the mass.
    through: f32,
}

fn scattered(fibre: Fibre, to_light: vec3<f32>) -> vec3<f32> {
    let g = hair_bsdf::geometry(fibre.tangent, to_light, fibre.to_eye);
    return hair_bsdf::single(g, fibre.absorption, fibre.roughness, fibre.through)
        + hair_bsdf::multiple(g, dot(fibre.normal, to_light), fibre.absorption, fibre.through);
}

// Light without a shadow map still does not shine through a head.
fn without_map(fibre: Fibre, to_light: vec3<f32>) -> f32 {
    let facing = smoothstep(-0.45, 0.30, dot(fibre.normal, to_light));
    return facing * mix(fibre.light, 1.0, 0.35 * facing);
}

fn with_map(fibre: Fibre, visible: f32) -> f32 {
    return visible * mix(fibre.light, 1.0, 0.6);
}

@fragment
fn fragment(in: HairVarying) -> @location(0) vec4<f32> {
    let pixel = in.position.xy;
    if in.along_light_coverage.z < threshold(pixel, in.seed, view.frame_count) {
        discard;
    }
    let is_orthographic = view.clip_from_view[3].w == 1.0;
    var fibre: Fibre;
    fibre.position = in.world_position;
    fibre.normal = normalize(in.world_normal);
    fibre.tangent = normalize(in.tangent);
    fibre.to_eye = select(normalize(view.world_position - in.world_position), view.world_from_view[2].xyz, is_orthographic);
    fibre.roughness = settings.roughness * (0.9 + 0.2 * fract(in.seed * 57.0));
    fibre.light = in.along_light_coverage.y;
    fibre.through = 0.42 * fibre.light * fibre.light;
    // No two hairs have the same pigment; tips are bleached.
    let own = (0.72 + 0.56 * fract(in.seed * 91.7)) * (1.0 - 0.22 * in.along_light_coverage.x);
    fibre.absorption = select(settings.absorption * own, GREY_ABSORPTION, fract(in.seed * 31.3) < settings.grey);

    let view_z = dot(vec4(view.view_from_world[0].z, view.view_from_world[1].z, view.view_from_world[2].z,
        view.view_from_world[3].z), vec4(in.world_position, 1.0));
    let cluster = clustering::view_fragment_cluster_index(pixel, view_z, is_orthographic);
    var ranges = clustering::unpack_clusterable_object_index_ranges(cluster);
    let random = threshold(pixel.yx, fract(in.seed * 7.3 + 0.37), view.frame_count);
    let depth_m = min(-log(max(1.0 - random, 1e-3)), 4.0) * MEAN_DEPTH_M;

    var sum = vec3(0.0);
    for (var i = ranges.first_point_light_index_offset; i < ranges.first_reflection_probe_index_offset; i++) {
        let id = clustering::get_clusterable_object_id(i);
        let light = &bindings::clustered_lights.data[id];
        let is_spot = i >= ranges.first_spot_light_index_offset;
        let between = (*light).position_radius.xyz - fibre.position;
        let square = dot(between, between);
        let to_light = between * inverseSqrt(max(square, 1e-8));
        var strength = lighting::getDistanceAttenuation(square, (*light).color_inverse_square_range.w);
        if is_spot {
            var axis = vec3((*light).light_custom_data.x, 0.0, (*light).light_custom_data.y);
            axis.y = sqrt(max(0.0, 1.0 - axis.x * axis.x - axis.z * axis.z));
            if ((*light).flags & mesh_view_types::POINT_LIGHT_FLAGS_SPOT_LIGHT_Y_NEGATIVE) != 0u {
                axis.y = -axis.y;
            }
            let cone = saturate(dot(-axis, to_light) * (*light).light_custom_data.z + (*light).light_custom_data.w);
            strength *= cone * cone;
        }
        if strength <= 0.0 {
            continue;
        }
        if ((*light).flags & mesh_view_types::POINT_LIGHT_FLAGS_SHADOWS_ENABLED_BIT) != 0u {
            let moved = vec4(fibre.position + to_light * depth_m, 1.0);
            var visible = 1.0;
            if is_spot {
                visible = shadows::fetch_spot_shadow(id, moved, fibre.normal, (*light).shadow_map_near_z, pixel);
            } else {
                visible = shadows::fetch_point_shadow(id, moved, fibre.normal, pixel);
            }
            strength *= with_map(fibre, visible);
        } else {
            strength *= without_map(fibre, to_light);
        }
        sum += scattered(fibre, to_light) * (*light).color_inverse_square_range.rgb * strength;
    }

    for (var i = 0u; i < bindings::lights.n_directional_lights; i++) {
        let light = &bindings::lights.directional_lights[i];
        let to_light = (*light).direction_to_light;
        var strength = 1.0;
        if ((*light).flags & mesh_view_types::DIRECTIONAL_LIGHT_FLAGS_SHADOWS_ENABLED_BIT) != 0u {
            let moved = vec4(fibre.position + to_light * depth_m, 1.0);
            strength = with_map(fibre, shadows::fetch_directional_shadow(i, moved, fibre.normal, view_z, pixel));
        } else {
            strength = without_map(fibre, to_light);
        }
        sum += scattered(fibre, to_light) * (*light).color.rgb * strength;
    }

    // A rectangle is four smaller ones, each seen as a point.
    for (var i = 0u; i < bindings::lights.n_rect_lights; i++) {
        let light = &bindings::lights.rect_lights[i];
        let front = cross((*light).up, (*light).right);
        let area = 0.25 * (*light).width * (*light).height;
        for (var part = 0u; part < 4u; part++) {
            let at = vec2(f32(part & 1u), f32(part >> 1u)) * 0.5 - 0.25;
            let place = (*light).position + (*light).right * ((*light).width * at.x) + (*light).up * ((*light).height * at.y);
            let between = place - fibre.position;
            let square = max(dot(between, between), 1e-4);
            let to_light = between * inverseSqrt(square);
            let angle = area * max(dot(front, -to_light), 0.0) / square;
            let fade = lighting::getRangeFalloff(square, 1.0 / max((*light).range * (*light).range, 1e-4));
            sum += scattered(fibre, to_light) * (*light).color.rgb * (angle * fade * without_map(fibre, to_light));
        }
    }

    // Light from everywhere: the mass takes most of it, the surface of the fibres reflects a little.
    let mass = hair_bsdf::mass_colour(fibre.absorption);
    let occlusion = fibre.light * fibre.light;
    let facing = normalize(fibre.to_eye - fibre.tangent * dot(fibre.to_eye, fibre.tangent) + fibre.normal * 0.3);
#ifdef ENVIRONMENT_MAP
    var input: lighting::LightingInput;
    input.P = fibre.position;
    input.V = fibre.to_eye;
    input.diffuse_color = mass;
    input.metallic = 0.0;
    input.F0_dielectric = vec3(0.046);
    input.F0_metallic = vec3(0.046);
    input.F_ab = lighting::F_AB(0.6, 0.7);
    input.layers[0].N = fibre.normal;
    input.layers[0].R = reflect(-fibre.to_eye, facing);
    input.layers[0].NdotV = 0.7;
    input.layers[0].perceptual_roughness = 0.6;
    input.layers[0].roughness = 0.36;
    let environment = environment_map::environment_map_light(&input, &ranges, false);
    sum += environment.diffuse * (occlusion * hair_bsdf::TRANSMITTED) + environment.specular * (0.7 * occlusion);
#endif
    sum += ambient::ambient_light(vec4(fibre.position, 1.0), fibre.normal, fibre.to_eye, 0.7, mass, vec3(0.046), 0.6,
        vec3(occlusion));

    var colour = vec4(sum * view.exposure, 1.0);
#ifdef TONEMAP_IN_SHADER
    colour = tone_mapping(colour, view.color_grading);
#endif
    return colour;
}
