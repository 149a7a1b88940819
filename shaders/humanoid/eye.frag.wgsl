// Fragment stage of an eyeball: the wet cornea and white reflect as a clear coat; behind the cornea lies the iris, in its
// own plane, seen by a refracted ray (refractive index of the cornea 1.376, A. Gullstrand's schematic eye). Lids darken
// what lies below them, and tears stand in a bright line along the lower one.
#import bevy_pbr::{
    forward_io::{FragmentOutput, VertexOutput},
    mesh_functions,
    pbr_fragment::pbr_input_from_standard_material,
    pbr_functions::{apply_pbr_lighting, main_pass_post_lighting_processing},
}
#import kinema_shaders::humanoid::skin::{fractal, noise}
#import kinema_shaders::humanoid::eye_io::EyeVertexOutput
#import kinema_shaders::humanoid::eye_types::Eye

// Written by `AsBindGroup` of `EyeSurface`.
@group(#{MATERIAL_BIND_GROUP}) @binding(100) var<uniform> eye: Eye;

const CORNEA_INDEX: f32 = 1.376;
// The iris' plane stands this far behind the edge of the iris on the ball, in radii.
const IRIS_SET_BACK: f32 = 0.02;

// Colour of the iris at a distance from the axis of 0 (centre) .. 1 (edge) and an angle.
fn iris_colour(radius: f32, direction: vec2<f32>) -> vec3<f32> {
    let pupil = eye.iris.a;
    let seed = eye.look.y;
    // Fibres run outwards and part near the collarette.
    let ring = vec3<f32>(direction, 0.0);
    let depth = vec3<f32>(0.0, 0.0, radius);
    let coarse = fractal(ring * 8.0 + depth * 1.6 + seed);
    let fine = fractal(ring * 26.0 + depth * 2.4 + seed * 2.0);
    let thin = noise(ring * 70.0 + depth * 5.0 - seed);
    let fibres = 0.5 * coarse + 0.38 * fine + 0.22 * thin;
    let open = clamp((radius - pupil) / max(1.0 - pupil, 0.05), 0.0, 1.0);
    let collarette = exp(-pow((open - 0.30 - 0.05 * coarse) / 0.11, 2.0));
    var colour = eye.iris.rgb * exp(1.15 * fibres) * (0.70 + 0.55 * smoothstep(0.1, 0.7, open));
    // Near the pupil irises carry more brown, whatever their colour.
    colour = mix(colour, colour * vec3<f32>(1.25, 0.95, 0.60) + vec3<f32>(0.012, 0.006, 0.0), 0.65 * (1.0 - smoothstep(0.15, 0.5, open)));
    colour *= 1.0 + 0.65 * collarette;
    // Crypts.
    colour *= 1.0 - 0.45 * smoothstep(0.25, 0.6, noise(ring * 6.0 + depth * 4.0 + 31.0 + seed)) * (1.0 - collarette);
    // The limbal ring.
    colour *= 1.0 - 0.82 * smoothstep(0.78, 1.0, radius);
    return mix(colour, vec3<f32>(0.0015), 1.0 - smoothstep(pupil - 0.025, pupil + 0.025, radius + 0.012 * fine));
}

fn white_colour(p: vec3<f32>) -> vec3<f32> {
    let seed = eye.look.y;
    let around = normalize(p.xy + vec2<f32>(1e-5, 0.0));
    let away = length(p.xy);
    let white = mix(vec3<f32>(0.66, 0.61, 0.575), vec3<f32>(0.62, 0.55, 0.42), eye.look.w);
    // Vessels run from the corners inwards and thin out before the iris.
    let bend = vec3<f32>(noise(p * 6.0 + seed), noise(p * 6.0 - seed), 0.0) * 0.35;
    let trunk = abs(fractal(vec3<f32>(p.y * 7.0, p.x * 2.2, seed) + bend));
    let twig = abs(fractal(vec3<f32>(p.y * 17.0, p.x * 5.0, seed + 9.0) + 1.6 * bend));
    let vessels = 0.75 * smoothstep(0.05, 0.0, trunk) + 0.5 * smoothstep(0.06, 0.0, twig);
    let reach = smoothstep(0.42, 0.95, away) * smoothstep(0.15, 0.6, abs(around.x));
    var colour = mix(white, vec3<f32>(0.52, 0.16, 0.12), clamp(eye.look.x * vessels * reach, 0.0, 0.8));
    colour = mix(colour, vec3<f32>(0.55, 0.30, 0.26), 0.55 * smoothstep(0.72, 1.0, away));
    return colour;
}

@fragment
fn fragment(in: EyeVertexOutput, @builtin(front_facing) is_front: bool) -> FragmentOutput {
    var plain: VertexOutput;
    plain.position = in.position;
    plain.world_position = in.world_position;
    plain.world_normal = in.world_normal;
    plain.instance_index = in.instance_index;
    var pbr_input = pbr_input_from_standard_material(plain, is_front);

    let p = in.local_position;
    let world_from_local = mesh_functions::get_world_from_local(in.instance_index);
    let axes = mat3x3<f32>(world_from_local[0].xyz, world_from_local[1].xyz, world_from_local[2].xyz);
    let to_eye = normalize(transpose(axes) * pbr_input.V);
    let wet = normalize(in.local_normal);
    let iris_angle = eye.look.z;
    let iris_radius = sin(iris_angle);

    var colour = white_colour(p);
    var matte = wet;
    let plane = cos(iris_angle) - IRIS_SET_BACK;
    let ray = refract(-to_eye, wet, 1.0 / CORNEA_INDEX);
    var share = 0.0;
    if p.z > plane && ray.z < -0.01 {
        let hit = p + ray * ((plane - p.z) / ray.z);
        let radius = length(hit.xy) / iris_radius;
        // Where the white begins, cornea and white blend over about half a millimetre.
        share = 1.0 - smoothstep(0.94, 1.06, length(p.xy) / iris_radius);
        let direction = hit.xy / max(length(hit.xy), 1e-4);
        colour = mix(colour, iris_colour(min(radius, 1.0), direction), share);
        // The cornea gathers light on the side of the iris that faces away from it: a hollow bowl does the same.
        matte = normalize(mix(wet, vec3<f32>(-0.55 * hit.xy / iris_radius, 1.0), share));
    }

    // Distance to the lids, in radii.
    let x = p.x;
    let upper = eye.upper_lid.x + eye.upper_lid.y * x + eye.upper_lid.z * x * x - p.y;
    let lower = p.y - (eye.lower_lid.x + eye.lower_lid.y * x + eye.lower_lid.z * x * x);
    let shade = mix(0.30, 1.0, smoothstep(-0.02, 0.34, upper)) * mix(0.60, 1.0, smoothstep(-0.02, 0.16, lower));
    let corner = mix(0.55, 1.0, smoothstep(0.02, 0.30, min(upper, lower) + 0.25 * (1.0 - abs(x))));
    let open = shade * corner;
    colour *= mix(vec3<f32>(0.80, 0.55, 0.48), vec3<f32>(1.0), smoothstep(0.0, 0.12, min(upper, lower)));

    // Tears climb the lower lid: the wet surface curves up to it.
    let meniscus = exp(-pow(max(lower, 0.0) / 0.035, 2.0));
    let film = normalize(wet + vec3<f32>(0.0, 0.9, 0.0) * meniscus);
    pbr_input.material.base_color = vec4<f32>(colour, 1.0);
    pbr_input.material.perceptual_roughness = 0.85;
    pbr_input.material.reflectance = vec3<f32>(0.0);
    pbr_input.diffuse_occlusion = vec3<f32>(open);
    pbr_input.specular_occlusion = open;
    pbr_input.N = normalize(axes * matte);
    pbr_input.material.base_color = vec4<f32>(colour * mix(1.0, open, 0.7), 1.0);
#ifdef STANDARD_MATERIAL_CLEARCOAT
    pbr_input.clearcoat_N = normalize(axes * film);
    // A film of index 1.376 reflects 2.5 % head on, Bevy's clear coat 4 %.
    pbr_input.material.clearcoat = 0.63 * mix(0.25, 1.0, smoothstep(-0.02, 0.10, upper));
    pbr_input.material.clearcoat_perceptual_roughness = mix(0.12, 0.06, share);
#endif
    var out: FragmentOutput;
    out.color = apply_pbr_lighting(pbr_input);
    out.color = main_pass_post_lighting_processing(pbr_input, out.color);
    return out;
}
