// Temporal anti-aliasing, in place of Bevy's `bevy_anti_alias/taa/taa.wgsl`, whose bindings and Rust side it keeps.
//
// In: the frame (scene-linear, jittered), the history and its sample count, motion vectors (uv, current minus previous,
// without jitter), depth (reversed). Out: the frame and the new history.
//
// Karis, "High-Quality Temporal Supersampling", SIGGRAPH 2014; Salvi, "An Excursion in Temporal Supersampling", GDC 2016
// (variance clipping); Jimenez, "Filmic SMAA", SIGGRAPH 2016 (five-tap Catmull-Rom). The difference to Bevy is how samples
// are weighted: see `weight_of_current`.

// Jitter offsets in a cycle. kinema_camera's `JITTER_PHASES` is tested against this line.
const JITTER_PHASES: f32 = 8.0;
// Weight of a new sample where nothing moves, after the first cycle.
const STILL_RATE: f32 = 1.0 / 64.0;
// Least weight of a new sample where something moves: resampling blurs the history, so it must not live long.
const MOVING_RATE: f32 = 0.1;
// Motion below this is rest, pixels.
const REST_PX: f32 = 0.01;

// Written by the main pass.
@group(0) @binding(0) var view_target: texture_2d<f32>;
// Written by this pass in the frame before; alpha counts the samples since the pixel's history began.
@group(0) @binding(1) var history: texture_2d<f32>;
// Written by the prepass.
@group(0) @binding(2) var motion_vectors: texture_2d<f32>;
@group(0) @binding(3) var depth: texture_depth_2d;
@group(0) @binding(4) var nearest_sampler: sampler;
@group(0) @binding(5) var linear_sampler: sampler;

struct Output {
    @location(0) view_target: vec4<f32>,
    @location(1) history: vec4<f32>,
};

fn max3(v: vec3<f32>) -> f32 {
    return max(v.r, max(v.g, v.b));
}

// A reversible curve, so that one bright sample does not outweigh its neighbours.
fn compress(color: vec3<f32>) -> vec3<f32> {
    return color / (max3(color) + 1.0);
}

fn expand(color: vec3<f32>) -> vec3<f32> {
    // Half floats end at 65504; so must what is expanded.
    return color / max(1.0 - max3(color), 1.0 / 60000.0);
}

fn ycocg_from_rgb(rgb: vec3<f32>) -> vec3<f32> {
    return vec3(
        0.25 * rgb.r + 0.5 * rgb.g + 0.25 * rgb.b,
        0.5 * rgb.r - 0.5 * rgb.b,
        -0.25 * rgb.r + 0.5 * rgb.g - 0.25 * rgb.b,
    );
}

fn rgb_from_ycocg(c: vec3<f32>) -> vec3<f32> {
    return saturate(vec3(c.x + c.y - c.z, c.x + c.z, c.x - c.y - c.z));
}

fn frame_color(uv: vec2<f32>) -> vec3<f32> {
    var color = max(textureSampleLevel(view_target, nearest_sampler, uv, 0.0).rgb, vec3(0.0));
#ifdef TONEMAP
    color = compress(color);
#endif
    return color;
}

// Motion of the nearest surface around a pixel, so that edges move with what is in front.
fn nearest_motion(uv: vec2<f32>, texel: vec2<f32>) -> vec2<f32> {
    var nearest_uv = uv;
    var nearest_depth = textureSampleLevel(depth, nearest_sampler, uv, 0u);
    for (var i = 0u; i < 4u; i++) {
        let corner = vec2(f32(i & 1u), f32(i >> 1u)) * 4.0 - 2.0;
        let other_uv = uv + corner * texel;
        let other_depth = textureSampleLevel(depth, nearest_sampler, other_uv, 0u);
        if other_depth > nearest_depth {
            nearest_uv = other_uv;
            nearest_depth = other_depth;
        }
    }
    return textureSampleLevel(motion_vectors, nearest_sampler, nearest_uv, 0.0).rg;
}

fn history_color(uv: vec2<f32>, size: vec2<f32>) -> vec3<f32> {
    let texel = 1.0 / size;
    let position = uv * size;
    let centre = floor(position - 0.5) + 0.5;
    let f = position - centre;
    let w0 = f * (-0.5 + f * (1.0 - 0.5 * f));
    let w1 = 1.0 + f * f * (-2.5 + 1.5 * f);
    let w2 = f * (0.5 + f * (2.0 - 1.5 * f));
    let w3 = f * f * (-0.5 + 0.5 * f);
    let w12 = w1 + w2;
    let at0 = (centre - 1.0) * texel;
    let at3 = (centre + 2.0) * texel;
    let at12 = (centre + w2 / w12) * texel;
    // Four corners carry next to nothing and are left out; the weights are made whole again.
    let weights = vec3(w12.x * w0.y, w0.x * w12.y, w12.x * w12.y);
    let more = vec2(w3.x * w12.y, w12.x * w3.y);
    var color = textureSampleLevel(history, linear_sampler, vec2(at12.x, at0.y), 0.0).rgb * weights.x;
    color += textureSampleLevel(history, linear_sampler, vec2(at0.x, at12.y), 0.0).rgb * weights.y;
    color += textureSampleLevel(history, linear_sampler, vec2(at12.x, at12.y), 0.0).rgb * weights.z;
    color += textureSampleLevel(history, linear_sampler, vec2(at3.x, at12.y), 0.0).rgb * more.x;
    color += textureSampleLevel(history, linear_sampler, vec2(at12.x, at3.y), 0.0).rgb * more.y;
    return color / (weights.x + weights.y + weights.z + more.x + more.y);
}

// Pulls the history into the colours that surround the pixel now.
fn clipped(history_color: vec3<f32>, mean: vec3<f32>, deviation: vec3<f32>) -> vec3<f32> {
    let offset = history_color - mean;
    let reach = max3(abs(offset / max(deviation, vec3(1e-7))));
    return select(history_color, mean + offset / reach, reach > 1.0);
}

// One cycle of the jitter is averaged evenly; then rates are constant. A still pixel thus reaches the mean over the jitter
// exactly after `JITTER_PHASES` frames.
fn weight_of_current(count: f32, at_rest: bool) -> f32 {
    let steady = select(MOVING_RATE, STILL_RATE, at_rest && count > JITTER_PHASES);
    return select(steady, 1.0 / count, count <= JITTER_PHASES);
}

@fragment
fn taa(@location(0) uv: vec2<f32>) -> Output {
    let alpha = textureSampleLevel(view_target, nearest_sampler, uv, 0.0).a;
    let current = frame_color(uv);
    var color = current;
    var count = 1.0;

#ifndef RESET
    let size = vec2<f32>(textureDimensions(view_target));
    let texel = 1.0 / size;
    let motion = nearest_motion(uv, texel);
    let history_uv = uv - motion;

    if all(saturate(history_uv) == history_uv) {
        var sum = vec3(0.0);
        var squares = vec3(0.0);
        for (var y = -1; y <= 1; y++) {
            for (var x = -1; x <= 1; x++) {
                let neighbour = ycocg_from_rgb(frame_color(uv + vec2(f32(x), f32(y)) * texel));
                sum += neighbour;
                squares += neighbour * neighbour;
            }
        }
        let mean = sum / 9.0;
        let deviation = sqrt(max(squares / 9.0 - mean * mean, vec3(0.0)));
        let past = rgb_from_ycocg(clipped(ycocg_from_rgb(history_color(history_uv, size)), mean, deviation));

        count = min(textureSampleLevel(history, nearest_sampler, history_uv, 0.0).a, 2.0 * JITTER_PHASES) + 1.0;
        let moved_px = abs(motion) * size;
        color = mix(past, current, weight_of_current(count, max(moved_px.x, moved_px.y) < REST_PX));
    }
#endif

    var out: Output;
    out.history = vec4(color, count);
#ifdef TONEMAP
    color = expand(color);
#endif
    out.view_target = vec4(color, alpha);
    return out;
}
