// Fragment stage of fabric in the main pass: threads of warp and weft, each with its mirror lobe along it, stray fibres above them,
// and light that comes through. World space; out: scene-linear colour times exposure. Models: fabric_weave.wgsl and
// fabric_bsdf.wgsl. One read of the shadow map serves both sides: what faces away from a light gets only what comes through.
#import bevy_pbr::{
    ambient,
    clustered_forward as clustering,
    forward_io::{FragmentOutput, VertexOutput},
    lighting,
    mesh_bindings::mesh,
    mesh_types::MESH_FLAGS_SHADOW_RECEIVER_BIT,
    mesh_view_bindings as bindings,
    mesh_view_bindings::view,
    mesh_view_types,
    pbr_fragment::pbr_input_from_standard_material,
    pbr_functions::main_pass_post_lighting_processing,
    shadows,
}
#ifdef ENVIRONMENT_MAP
#import bevy_pbr::environment_map
#endif
#import kinema_shaders::cloth::fabric_bsdf
#import kinema_shaders::cloth::fabric_types::Fabric
#import kinema_shaders::cloth::fabric_weave

// Written by `AsBindGroup` of `FabricSurface`.
@group(#{MATERIAL_BIND_GROUP}) @binding(100) var<uniform> fabric: Fabric;

// One system of threads: its axes in world space and its share of what is seen.
struct Lobe {
    along: vec3<f32>,
    across: vec3<f32>,
    alpha: vec2<f32>,
    share: f32,
}

struct Surface {
    position: vec4<f32>,
    to_eye: vec3<f32>,
    // Of the mesh and of the threads, both on the side of the eye.
    mesh_normal: vec3<f32>,
    normal: vec3<f32>,
    warp: Lobe,
    weft: Lobe,
    reflected: vec3<f32>,
    transmitted: vec3<f32>,
    open: f32,
    cos_eye: f32,
    cos_eye_mesh: f32,
    // Dye of what threads mirror: part of it has gone through them.
    sheen: vec3<f32>,
    // Shares of light towards the eye that are not mirrored, and that stray fibres let through.
    left: f32,
    down: vec3<f32>,
}

fn lobe(along_uv: vec2<f32>, u: vec3<f32>, v: vec3<f32>, normal: vec3<f32>, hidden: vec2<f32>, share: f32) -> Lobe {
    let flat_along = u * along_uv.x + v * along_uv.y;
    let along = normalize(flat_along - normal * dot(flat_along, normal));
    let alpha = vec2(fabric.warp.a, fabric.weft.a);
    return Lobe(along, cross(normal, along), min(sqrt(alpha * alpha + 2.0 * hidden), vec2(1.0)), share);
}

fn mirrored(lobe: Lobe, surface: Surface, to_light: vec3<f32>, cos_light: f32) -> f32 {
    let light = vec3(dot(to_light, lobe.along), dot(to_light, lobe.across), cos_light);
    let eye = vec3(dot(surface.to_eye, lobe.along), dot(surface.to_eye, lobe.across), surface.cos_eye);
    return lobe.share * fabric_bsdf::mirrored(light, eye, lobe.alpha, fabric.light.x);
}

// Light from a direction, with its cosine.
fn scattered(surface: Surface, to_light: vec3<f32>) -> vec3<f32> {
    let cos_mesh = dot(surface.mesh_normal, to_light);
    if cos_mesh <= 0.0 {
        return surface.transmitted * (-cos_mesh / fabric_bsdf::PI);
    }
    let f0 = fabric.light.x;
    let depth = fabric.fuzz.a;
    let stray = fabric.fuzz.rgb * (fabric_bsdf::strayed(cos_mesh, surface.cos_eye_mesh, depth) * cos_mesh);
    // A thread's far side may face a light that its cloth faces away from.
    let cos_light = dot(surface.normal, to_light);
    if cos_light <= 0.0 {
        return stray;
    }
    var mirror = mirrored(surface.warp, surface, to_light, cos_light);
    if surface.weft.share > 0.0 {
        mirror += mirrored(surface.weft, surface, to_light, cos_light);
    }
    let left = (1.0 - fabric_bsdf::mirrored_share(cos_light, surface.warp.alpha, f0)) * surface.left;
    let below = (surface.reflected * (left / fabric_bsdf::PI) + surface.sheen * mirror) * (cos_light * surface.open * smoothstep(0.0, 0.12, cos_mesh));
    let down = fabric_bsdf::let_down(cos_mesh, depth, fabric.fuzz.rgb) * surface.down;
    return below * down + stray;
}

fn lit_normal(surface: Surface, to_light: vec3<f32>) -> vec3<f32> {
    return surface.mesh_normal * select(-1.0, 1.0, dot(surface.mesh_normal, to_light) > 0.0);
}

fn lamps(surface: Surface, pixel: vec2<f32>, view_z: f32, ranges: clustering::ClusterableObjectIndexRanges, takes_shadows: bool) -> vec3<f32> {
    var sum = vec3(0.0);
    for (var i = ranges.first_point_light_index_offset; i < ranges.first_reflection_probe_index_offset; i++) {
        let id = clustering::get_clusterable_object_id(i);
        let light = &bindings::clustered_lights.data[id];
        let is_spot = i >= ranges.first_spot_light_index_offset;
        let between = (*light).position_radius.xyz - surface.position.xyz;
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
        if takes_shadows && ((*light).flags & mesh_view_types::POINT_LIGHT_FLAGS_SHADOWS_ENABLED_BIT) != 0u {
            let normal = lit_normal(surface, to_light);
            if is_spot {
                strength *= shadows::fetch_spot_shadow(id, surface.position, normal, (*light).shadow_map_near_z, pixel);
            } else {
                strength *= shadows::fetch_point_shadow(id, surface.position, normal, pixel);
            }
        }
        sum += scattered(surface, to_light) * (*light).color_inverse_square_range.rgb * strength;
    }
    for (var i = 0u; i < bindings::lights.n_directional_lights; i++) {
        let light = &bindings::lights.directional_lights[i];
        let to_light = (*light).direction_to_light;
        var strength = 1.0;
        if takes_shadows && ((*light).flags & mesh_view_types::DIRECTIONAL_LIGHT_FLAGS_SHADOWS_ENABLED_BIT) != 0u {
            strength = shadows::fetch_directional_shadow(i, surface.position, lit_normal(surface, to_light), view_z, pixel);
        }
        sum += scattered(surface, to_light) * (*light).color.rgb * strength;
    }
    // A rectangle is four smaller ones, each seen as a point.
    for (var i = 0u; i < bindings::lights.n_rect_lights; i++) {
        let light = &bindings::lights.rect_lights[i];
        let front = cross((*light).up, (*light).right);
        let area = 0.25 * (*light).width * (*light).height;
        for (var part = 0u; part < 4u; part++) {
            let at = vec2(f32(part & 1u), f32(part >> 1u)) * 0.5 - 0.25;
            let place = (*light).position + (*light).right * ((*light).width * at.x) + (*light).up * ((*light).height * at.y);
            let between = place - surface.position.xyz;
            let square = max(dot(between, between), 1e-4);
            let to_light = between * inverseSqrt(square);
            let angle = area * max(dot(front, -to_light), 0.0) / square;
            let fade = lighting::getRangeFalloff(square, 1.0 / max((*light).range * (*light).range, 1e-4));
            sum += scattered(surface, to_light) * (*light).color.rgb * (angle * fade);
        }
    }
    return sum;
}

#ifdef ENVIRONMENT_MAP
fn radiances(surface: Surface, normal: vec3<f32>, mirrored_to: vec3<f32>, perceptual_roughness: f32, ranges: ptr<function, clustering::ClusterableObjectIndexRanges>) -> environment_map::EnvironmentMapRadiances {
    var layer: lighting::LayerLightingInput;
    layer.N = normal;
    layer.R = mirrored_to;
    layer.NdotV = surface.cos_eye;
    layer.perceptual_roughness = perceptual_roughness;
    layer.roughness = perceptual_roughness * perceptual_roughness;
    return environment_map::compute_radiances(layer, ranges, surface.position.xyz, false);
}

// Where the middle of a thread's lobe mirrors the eye to: facets turn about the thread towards the eye as far as they are spread.
fn mirrored_eye(lobe: Lobe, surface: Surface) -> vec3<f32> {
    let facet = normalize(surface.normal * surface.cos_eye + lobe.across * (0.5 * lobe.alpha.y * dot(surface.to_eye, lobe.across)));
    return reflect(-surface.to_eye, facet);
}

fn environment(surface: Surface, ranges: ptr<function, clustering::ClusterableObjectIndexRanges>) -> vec3<f32> {
    let f0 = fabric.light.x;
    let depth = fabric.fuzz.a;
    let share = 1.0 - surface.left;
    // The mean over all directions of light is near that of 60 degrees.
    let left = surface.left * (1.0 - fabric_bsdf::mirrored_share(0.5, surface.warp.alpha, f0));
    let blur = vec2(max(sqrt(mix(surface.warp.alpha.x, surface.warp.alpha.y, 0.4)), 0.1), max(sqrt(mix(surface.weft.alpha.x, surface.weft.alpha.y, 0.4)), 0.1));
    let warp = radiances(surface, surface.normal, mirrored_eye(surface.warp, surface), blur.x, ranges);
    var mirror = warp.radiance * surface.warp.share;
    if surface.weft.share > 0.0 {
        mirror += radiances(surface, surface.normal, mirrored_eye(surface.weft, surface), blur.y, ranges).radiance * surface.weft.share;
    }
    let caught = 1.0 - exp(-depth / surface.cos_eye_mesh);
    let down = surface.down * fabric_bsdf::let_down(0.5, depth, fabric.fuzz.rgb);
    var sum = (surface.reflected * warp.irradiance * left + surface.sheen * mirror * share) * surface.open * down;
    sum += fabric.fuzz.rgb * warp.irradiance * (0.4 * caught);
    if fabric.light.y > 0.0 {
        sum += surface.transmitted * radiances(surface, -surface.mesh_normal, -surface.mesh_normal, 1.0, ranges).irradiance;
    }
    return sum;
}
#endif

@fragment
fn fragment(in: VertexOutput, @builtin(front_facing) is_front: bool) -> FragmentOutput {
    let pbr_input = pbr_input_from_standard_material(in, is_front);
    let dx = dpdx(in.uv);
    let dy = dpdy(in.uv);

    var surface: Surface;
    surface.position = in.world_position;
    surface.to_eye = pbr_input.V;
    let outside = normalize(in.world_normal);
    var mesh_normal = outside * select(-1.0, 1.0, is_front);
    // At an outline the smooth normal may turn away from the eye.
    mesh_normal = normalize(mesh_normal + surface.to_eye * max(0.04 - dot(mesh_normal, surface.to_eye), 0.0));
    let u = normalize(in.world_tangent.xyz - mesh_normal * dot(in.world_tangent.xyz, mesh_normal));
    let v = cross(outside, u) * in.world_tangent.w;
    let threads = fabric_weave::threads_at(in.uv, dx, dy, fabric, is_front);
    var normal = normalize(mesh_normal - u * threads.slope.x - v * threads.slope.y);
    normal = normalize(normal + surface.to_eye * max(0.04 - dot(normal, surface.to_eye), 0.0));
    surface.mesh_normal = mesh_normal;
    surface.normal = normal;
    surface.cos_eye = dot(normal, surface.to_eye);
    surface.cos_eye_mesh = dot(mesh_normal, surface.to_eye);
    surface.warp = lobe(threads.warp_along, u, v, normal, threads.hidden, threads.warp);
    surface.weft = lobe(threads.weft_along, u, v, normal, threads.hidden, 1.0 - threads.warp);
    surface.open = threads.open;
    let colour = min(mix(fabric.weft.rgb * threads.shade.y, fabric.warp.rgb * threads.shade.x, threads.warp), vec3(1.0));
    let through = fabric.light.y;
    surface.reflected = colour * (1.0 - through);
    // Both systems of threads colour what comes through, and it meets more fibres than what is reflected.
    let dye = mix(fabric.weft.rgb, fabric.warp.rgb, 0.5);
    surface.down = fabric_bsdf::let_down(surface.cos_eye_mesh, fabric.fuzz.a, fabric.fuzz.rgb);
    surface.transmitted = dye * sqrt(dye) * surface.down * (through * mix(1.0, threads.open, 0.5));
    surface.left = 1.0 - fabric_bsdf::mirrored_share(surface.cos_eye, surface.warp.alpha, fabric.light.x);
    // Leather and plain sheets mirror at a coat without dye.
    let is_threads = fabric.weave.x < 1.5;
    surface.sheen = select(vec3(1.0), mix(vec3(1.0), colour / max(max(colour.r, colour.g), max(colour.b, 1e-3)), 0.7), is_threads);

    let view_z = dot(vec4(view.view_from_world[0].z, view.view_from_world[1].z, view.view_from_world[2].z,
        view.view_from_world[3].z), surface.position);
    let cluster = clustering::view_fragment_cluster_index(in.position.xy, view_z, pbr_input.is_orthographic);
    var ranges = clustering::unpack_clusterable_object_index_ranges(cluster);
    let takes_shadows = (mesh[in.instance_index].flags & MESH_FLAGS_SHADOW_RECEIVER_BIT) != 0u;
    var sum = lamps(surface, in.position.xy, view_z, ranges, takes_shadows);
#ifdef ENVIRONMENT_MAP
    sum += environment(surface, &ranges);
#endif
    sum += ambient::ambient_light(surface.position, normal, surface.to_eye, surface.cos_eye, surface.reflected + surface.transmitted,
        vec3(0.0), 1.0, vec3(min(surface.open, 1.0)));

    var out: FragmentOutput;
    out.color = main_pass_post_lighting_processing(pbr_input, vec4(sum * view.exposure, 1.0));
    return out;
}
