// Burley's normalised diffusion. P. H. Christensen and B. Burley, "Approximate reflectance profiles for efficient subsurface
// scattering", Pixar TM 15-04, 2015: R(r) = (exp(-r/d) + exp(-r/3d)) / (8 pi d r), with integral one over the plane.
// Inversion of its distribution: E. Golubev, "Sampling Burley's normalized diffusion profiles", 2019.
#define_import_path kinema_shaders::humanoid::burley

// Times 2 pi r, so without the pole at 0; d and r in metres.
fn radial_profile(r_m: f32, d_m: vec3<f32>) -> vec3<f32> {
    return (exp(-r_m / d_m) + exp(-r_m / (3.0 * d_m))) / (4.0 * d_m);
}

// The radius within which a share u of the light leaves, in units of d.
fn radius_of_share(u: f32) -> f32 {
    let v = 1.0 - u;
    let g = 1.0 + 4.0 * v * (2.0 * v + sqrt(1.0 + 4.0 * v * v));
    let n = pow(g, -1.0 / 3.0);
    let p = g * n * n;
    return 3.0 * log((1.0 + p + n) / (4.0 * v));
}

// Share of the light that enters one side of a slab and leaves the other, per channel: the profile integrated over the plane
// at this depth, which is 1/4 exp(-t/d) + 3/4 exp(-t/3d).
fn slab_transmittance(thickness_m: f32, d_m: vec3<f32>) -> vec3<f32> {
    return 0.25 * exp(-thickness_m / d_m) + 0.75 * exp(-thickness_m / (3.0 * d_m));
}
