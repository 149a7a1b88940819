// Fibres (hair, fur, threads) as ribbons: two vertices a point of a strand are moved apart across the view, so that a fibre
// thinner than a pixel keeps a width that the rasteriser finds, and what it should cover of that width is a probability.
// E. Enderton et al., "Stochastic Transparency", 2010: kept or dropped per pixel, strand and frame; temporal anti-aliasing
// averages. World space in and out, metres. Imported by the AOV pass and by the materials of fibres.
#define_import_path kinema_shaders::gpu::fibre

// Least width of a ribbon, pixels.
const LEAST_PX: f32 = 0.8;

struct Ribbon {
    position: vec3<f32>,
    // Share of the ribbon's width that the fibre covers.
    coverage: f32,
}

// `to_eye` has length 1; `signed_half_m` is half the width of the fibre, its sign the side; `pixel_m` a pixel's size there.
fn ribbon(centre: vec3<f32>, tangent: vec3<f32>, signed_half_m: f32, to_eye: vec3<f32>, pixel_m: f32) -> Ribbon {
    let across = cross(tangent, to_eye);
    let size = length(across);
    // A fibre that points at the eye has no side; any will do.
    let side = select(vec3(1.0, 0.0, 0.0), across / max(size, 1e-6), size > 1e-4);
    let half_m = abs(signed_half_m);
    let drawn_m = max(half_m, 0.5 * LEAST_PX * pixel_m);
    var out: Ribbon;
    out.position = centre + side * (sign(signed_half_m) * drawn_m);
    out.coverage = clamp(half_m / max(drawn_m, 1e-9), 0.0, 1.0);
    return out;
}

fn mixed(value: u32) -> u32 {
    // PCG's output permutation: M. Jarzynski and M. Olano, "Hash Functions for GPU Rendering", 2020.
    let state = value * 747796405u + 2891336453u;
    let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
    return (word >> 22u) ^ word;
}

// A number 0..1, even over frames for each pixel and strand: eight frames in a row, one cycle of the temporal
// anti-aliasing, fall into eight different eighths.
fn threshold(pixel: vec2<f32>, seed: f32, frame: u32) -> f32 {
    let strand = u32(seed * 65535.0 + 0.5);
    let base = mixed(u32(pixel.x) + mixed(u32(pixel.y) + mixed(strand)));
    // Bit-reversed counting visits the eighths in an order that is even in every part of it.
    let turn = (frame + (base >> 29u)) & 7u;
    let eighth = ((turn & 1u) << 2u) | (turn & 2u) | (turn >> 2u);
    return (f32(eighth) + f32(base & 0xffffu) / 65536.0) / 8.0;
}
