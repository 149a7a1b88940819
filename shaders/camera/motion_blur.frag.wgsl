// Motion blur: takes the place of Bevy's own shader, whose bindings it keeps. Reads the picture, motion (uv, current minus
// previous) and reversed depth.
//
// A pixel is the mean over the shutter's time of what passes it. Along its own motion it meets its surroundings; what lies
// before it and is fast enough to reach it covers it for a share of the time, also past that thing's outline; the rest of
// the time is its own. After M. McGuire et al., "A reconstruction filter for plausible motion blur", I3D 2012, and
// J.-P. Guertin et al., "A fast and stable feature-aware motion blur filter", HPG 2014; their tiles of greatest motion are
// replaced by taps around the pixel, and their weights by shares of time that sum to one.
#import bevy_pbr::utils
#import bevy_core_pipeline::fullscreen_vertex_shader::FullscreenVertexOutput
#import bevy_render::globals::Globals

@group(0) @binding(0) var screen_texture: texture_2d<f32>;
#ifdef MULTISAMPLED
@group(0) @binding(1) var motion_vectors: texture_multisampled_2d<f32>;
@group(0) @binding(2) var depth: texture_multisampled_2d<f32>;
#else
@group(0) @binding(1) var motion_vectors: texture_2d<f32>;
@group(0) @binding(2) var depth: texture_2d<f32>;
#endif
@group(0) @binding(3) var texture_sampler: sampler;
struct MotionBlur {
    shutter_angle: f32,
    samples: u32,
#ifdef SIXTEEN_BYTE_ALIGNMENT
    _webgl2_padding: vec2<f32>
#endif
}
@group(0) @binding(4) var<uniform> settings: MotionBlur;
@group(0) @binding(5) var<uniform> globals: Globals;

// Taps that look for something fast around a pixel, and how far, as a share of the picture's height.
const TAPS: u32 = 12u;
const REACH: f32 = 0.035;
const GOLDEN_ANGLE: f32 = 2.39996323;
// Motion below this, pixels, is none.
const STILL_PX: f32 = 0.5;

// Half of the way during the shutter's time, pixels.
fn half_way(pixel: vec2<i32>, size: vec2<f32>) -> vec2<f32> {
    return textureLoad(motion_vectors, pixel, 0).rg * size * (0.5 * settings.shutter_angle);
}

fn nearness(pixel: vec2<i32>) -> f32 {
    return textureLoad(depth, pixel, 0).r;
}

// How far `a` lies before `b`, 0..1: all from three hundredths of its distance on.
fn before(a: f32, b: f32) -> f32 {
    return saturate((a - b) / max(0.03 * max(a, b), 1e-9));
}

// Share of the time in which what moves so far each way passes a place so far away.
fn passes(away_px: f32, way_px: f32) -> f32 {
    return saturate(way_px - away_px + 0.5);
}

// The colour at a place, and how long it is seen at a pixel.
struct Glimpse {
    colour: vec3<f32>,
    share: f32,
}

fn glimpse(at: vec2<f32>, way: vec2<f32>, t: f32, own: f32, own_px: f32, only_before: bool, size: vec2<f32>) -> Glimpse {
    let place = at + way * t;
    if any(place < vec2<f32>(0.0)) || any(place >= size) {
        return Glimpse(vec3<f32>(0.0), 0.0);
    }
    let pixel = vec2<i32>(place);
    let length_px = length(way);
    let away_px = length_px * abs(t);
    let in_front = before(nearness(pixel), own);
    let reaches = passes(away_px, abs(dot(half_way(pixel, size), way)) / length_px);
    let share = select(mix(passes(away_px, own_px), reaches, in_front), in_front * reaches, only_before);
    return Glimpse(textureSampleLevel(screen_texture, texture_sampler, place / size, 0.0).rgb, share);
}

// The colour of a pixel over the shutter's time: what is seen along `way`, and for the rest of the time what was there.
fn exposed(rest: vec3<f32>, at: vec2<f32>, way: vec2<f32>, own: f32, own_px: f32, only_before: bool, noise: f32, size: vec2<f32>) -> vec3<f32> {
    let count = f32(2u * settings.samples);
    var sum = vec3<f32>(0.0);
    var seen = 0.0;
    for (var i = 0.0; i < count; i += 1.0) {
        let found = glimpse(at, way, 2.0 * (i + noise) / count - 1.0, own, own_px, only_before, size);
        sum += found.colour * found.share;
        seen += found.share;
    }
    return (sum + rest * (count - seen)) / count;
}

@fragment
fn fragment(in: FullscreenVertexOutput) -> @location(0) vec4<f32> {
    let size = vec2<f32>(textureDimensions(screen_texture));
    let at = in.position.xy;
    let pixel = vec2<i32>(at);
    var colour = textureLoad(screen_texture, pixel, 0);
    // Colours of an outline are mixed by anti-aliasing, depth and motion are not: the nearest of the neighbours speaks for it.
    var own = nearness(pixel);
    var speaker = pixel;
    for (var i = 0; i < 4; i++) {
        let side = select(vec2<i32>(0, 2 * (i & 1) - 1), vec2<i32>(2 * (i & 1) - 1, 0), i < 2);
        let beside = clamp(pixel + side, vec2<i32>(0), vec2<i32>(size) - 1);
        let its = nearness(beside);
        if its > own {
            own = its;
            speaker = beside;
        }
    }
    let way = half_way(speaker, size);
    let own_px = length(way);
    let noise = utils::interleaved_gradient_noise(floor(at), globals.frame_count);

    if own_px > STILL_PX {
        colour = vec4<f32>(exposed(colour.rgb, at, way, own, own_px, false, noise, size), colour.a);
    }

    // The fastest thing before this pixel that reaches it.
    let reach_px = REACH * size.y;
    var fast = vec2<f32>(0.0);
    var fast_px = STILL_PX;
    for (var i = 0u; i < TAPS; i++) {
        let radius_px = 1.0 + reach_px * f32(i) / f32(TAPS);
        let angle = GOLDEN_ANGLE * f32(i) + 6.2831853 * noise;
        let away = vec2<f32>(cos(angle), sin(angle)) * radius_px;
        let there = vec2<i32>(clamp(at + away, vec2<f32>(0.0), size - 1.0));
        let its_way = half_way(there, size);
        let its_px = length(its_way);
        // A tap may meet the inside of what reaches the pixel with its edge.
        if its_px > fast_px && 3.0 * its_px + 2.0 > radius_px && before(nearness(there), own) > 0.0 {
            fast = its_way;
            fast_px = its_px;
        }
    }
    if fast_px > STILL_PX && distance(fast, way) > 1.0 {
        colour = vec4<f32>(exposed(colour.rgb, at, fast, own, own_px, true, noise, size), colour.a);
    }
    return colour;
}
