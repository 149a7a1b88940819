// Scattering by fabric: what its threads mirror, what they scatter diffusely to both sides, and stray fibres above them.
// A library, in the frame of a thread or of the surface; every function is symmetric in the two directions.
//
// Threads mirror as a surface whose normals have an SGGX distribution of fibres (E. Heitz et al., "The SGGX microflake
// distribution", SIGGRAPH 2015), which W. Jin et al., "Woven fabric capture from a single photo", SIGGRAPH Asia 2022, use for
// yarns; with height-correlated masking that is GGX with an own roughness along and across the thread, where 1 across stands for
// a round bundle. Variances of slopes too fine to be drawn add to it (M. Olano and D. Baker, "LEAN mapping", I3D 2010).
// Stray fibres scatter once, evenly, in a thin layer (S. Chandrasekhar, "Radiative transfer", 1960, section 47), and take that
// light from what lies below. Oracle: plugins/cloth/src/look/reference.rs, which must say the same.
#define_import_path kinema_shaders::cloth::fabric_bsdf

const PI: f32 = 3.14159265;

// A thread's mirror lobe. `light`, `view`: unit vectors as (along, across, up) of the thread; `alpha`: along, across; `f0`:
// reflectance at right angles. Per steradian, without the cosine.
fn mirrored(light: vec3<f32>, view: vec3<f32>, alpha: vec2<f32>, f0: f32) -> f32 {
    let h = normalize(light + view);
    let stretched = vec3(h.xy / alpha, h.z);
    let q = dot(stretched, stretched);
    let d = 1.0 / (PI * alpha.x * alpha.y * q * q);
    let masked = 0.5 / max(light.z * length(vec3(alpha * view.xy, view.z)) + view.z * length(vec3(alpha * light.xy, light.z)), 1e-5);
    let away = 1.0 - saturate(dot(h, view));
    let away2 = away * away;
    return d * masked * mix(f0, f90(f0), away2 * away2 * away);
}

// Reflectance at grazing angles: a thread that hardly mirrors is rough enough to shade itself there.
fn f90(f0: f32) -> f32 {
    return min(8.0 * f0, 1.0);
}

// Share of light at this cosine that `mirrored` takes, at any azimuth: a fit, within 0.06 or too much.
fn mirrored_share(cosine: f32, alpha: vec2<f32>, f0: f32) -> f32 {
    let away = 1.0 - cosine;
    let away2 = away * away;
    let upright = 1.0 - 0.08 * alpha.x - 0.46 * alpha.y;
    return f0 * (upright + (0.95 - upright) * away2) + 0.25 * f90(f0) * away2 * away2;
}

// Light scattered once by stray fibres of this optical depth, for an albedo of 1. Per steradian, without the cosine.
fn strayed(cos_light: f32, cos_view: f32, depth: f32) -> f32 {
    let path = 1.0 / max(cos_light, 1e-3) + 1.0 / max(cos_view, 1e-3);
    return (1.0 - exp(-depth * path)) / (4.0 * PI * max(cos_light + cos_view, 2e-3));
}

// Share of light at this cosine that stray fibres let down to the threads: half of what they scatter goes on.
fn let_down(cosine: f32, depth: f32, albedo: vec3<f32>) -> vec3<f32> {
    return 1.0 - (1.0 - 0.5 * albedo) * (1.0 - exp(-depth / max(cosine, 1e-3)));
}
