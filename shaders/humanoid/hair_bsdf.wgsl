// Scattering of light by hair: the WGSL twin of plugins/humanoid/src/reference.rs, where the sources of the formulae stand.
// All directions in one space, length 1; absorption per fibre radius.
#define_import_path kinema_shaders::humanoid::hair_bsdf

const PI: f32 = 3.14159265;
const IOR: f32 = 1.55;
const TILT: f32 = 0.035;
const TRANSMITTED: f32 = 0.82;
// Chiang's polynomial at an azimuthal roughness of 0.3; see pigment.rs.
const SLOPE: f32 = 5.888415;

struct Geometry {
    sin_light: f32,
    sin_view: f32,
    cos_phi: f32,
    view_dot_light: f32,
}

fn geometry(tangent: vec3<f32>, light: vec3<f32>, view: vec3<f32>) -> Geometry {
    var g: Geometry;
    g.sin_light = dot(tangent, light);
    g.sin_view = dot(tangent, view);
    let a = light - tangent * g.sin_light;
    let b = view - tangent * g.sin_view;
    g.cos_phi = clamp(dot(a, b) * inverseSqrt(dot(a, a) * dot(b, b) + 1e-8), -1.0, 1.0);
    g.view_dot_light = dot(view, light);
    return g;
}

fn gauss(width: f32, x: f32) -> f32 {
    return exp(-0.5 * x * x / (width * width)) / (2.50662827 * width);
}

fn fresnel(cosine: f32) -> f32 {
    let ratio = (1.0 - IOR) / (1.0 + IOR);
    let f0 = ratio * ratio;
    let x = 1.0 - saturate(cosine);
    let x2 = x * x;
    return f0 + (1.0 - f0) * x2 * x2 * x;
}

// Light scattered once, with the cosine of the incident ray in it.
fn single(g: Geometry, absorption: vec3<f32>, roughness: f32, through: f32) -> vec3<f32> {
    let half_angle = 0.5 * (asin(clamp(g.sin_view, -1.0, 1.0)) - asin(clamp(g.sin_light, -1.0, 1.0)));
    let cos_d = max(cos(half_angle), 0.05);
    let sum = g.sin_light + g.sin_view;
    let cos_half = sqrt(max(0.5 + 0.5 * g.cos_phi, 0.0));
    let width = roughness * roughness;

    let r = gauss(width * 1.41421356 * max(cos_half, 0.1), sum + 2.0 * TILT) * 0.25 * cos_half
        * fresnel(sqrt(max(0.5 + 0.5 * g.view_dot_light, 0.0))) * mix(1.0, through, saturate(-g.view_dot_light));

    let bent = 1.0 / (1.19 / cos_d + 0.36 * cos_d);
    let h = min(cos_half * (1.0 + bent * (0.6 - 0.8 * g.cos_phi)), 1.0);
    let f_tt = 1.0 - fresnel(cos_d * sqrt(max(1.0 - h * h, 0.0)));
    let hb = h * bent;
    let tt = exp(absorption * (-2.0 * sqrt(max(1.0 - hb * hb, 0.0)) / cos_d))
        * (gauss(0.5 * width, sum - TILT) * f_tt * f_tt * exp(-3.65 * g.cos_phi - 4.04) * through);

    let f_trt = fresnel(0.5 * cos_d);
    let trt = exp(absorption * (-3.2 / cos_d))
        * (gauss(2.0 * width, sum - 4.0 * TILT) * (1.0 - f_trt) * (1.0 - f_trt) * f_trt
            * exp(17.0 * g.cos_phi - 16.78));
    return vec3(r) + tt + trt;
}

// Colour of a mass of hair.
fn mass_colour(absorption: vec3<f32>) -> vec3<f32> {
    return exp(-SLOPE * sqrt(max(absorption, vec3(0.0))));
}

// Light scattered many times, with the cosine of the incident ray in it.
fn multiple(g: Geometry, normal_dot_light: f32, absorption: vec3<f32>, through: f32) -> vec3<f32> {
    let wrap = max(0.5 * normal_dot_light + 0.5, 0.0);
    let across = 1.0 - g.sin_light * g.sin_light;
    let behind = saturate(-g.view_dot_light);
    let lobe = wrap * wrap * 0.75 * (0.6 + 0.4 * across) / PI;
    return mass_colour(absorption) * (lobe * TRANSMITTED * (1.0 - through * behind));
}
