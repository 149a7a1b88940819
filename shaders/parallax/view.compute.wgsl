// One layer of a photograph seen from another camera, put behind what nearer layers left open: relief mapping on epipolar lines
// (Policarpo et al., "Real-time relief mapping", I3D 2005). The oracle is plugins/parallax/src/reference/warp.rs, which explains each step.
// One invocation a pixel of the view, one workgroup a square of it. Colour is linear and multiplied by opacity.

#import parallax::view_types::LayerView

// As in warp.rs.
const STEP_PX: f32 = 0.75;
const MOST_STEPS: f32 = 400.0;
const GENTLE: f32 = 0.45;
const HIDES: f32 = 0.998;
const TILE: u32 = #{VIEW_TILE}u;
// A pixel here begins without the guess of the one beside it.
const FIXED_POINT_STEPS: i32 = 16;

// By the processor.
@group(0) @binding(0) var<uniform> call: LayerView;
// By the processor: four halves a pixel.
@group(0) @binding(1) var<storage, read> colours: array<vec2<u32>>;
// By the processor: inverse depth.
@group(0) @binding(2) var<storage, read> depths: array<f32>;
// By the processor: of each square of the layer what `whole` says of all of it.
@group(0) @binding(3) var<storage, read> tiles: array<vec4<f32>>;
// By the layers before and this one.
@group(0) @binding(4) var<storage, read_write> seen: array<vec4<f32>>;
// By the layers before and this one: inverse depth of what is foremost, 0 for nothing.
@group(0) @binding(5) var<storage, read_write> seen_depth: array<f32>;

// The line of a ray in the picture: position = infinity + inverse depth x along, pixels.
struct Line {
    infinity: vec2<f32>,
    along: vec2<f32>,
    is_ahead: bool,
}

// Of the square: what `whole` says of the part of the layer that it can meet. A farthest below 0 says that it meets none.
var<workgroup> bounds: vec4<f32>;
const NOWHERE: vec4<f32> = vec4<f32>(0.0, -1.0, 0.0, 0.0);

fn line_of(x: f32, y: f32) -> Line {
    let ray = call.first.xyz + call.right.xyz * x + call.down.xyz * y;
    let slope = ray.xy / max(-ray.z, 1e-4);
    let flip = vec2<f32>(call.focal_px, -call.focal_px);
    let along = call.position.xy + slope * call.position.z;
    let middle = (vec2<f32>(call.picture_size) - 1.0) * 0.5;
    return Line(middle + slope * flip, along * flip, ray.z < -1e-4);
}

fn joined(low: vec2<f32>, high: vec2<f32>) -> vec4<f32> {
    if !(high.x >= -1.0 && high.y >= -1.0) {
        return NOWHERE;
    }
    let size = vec2<u32>(call.tiles_across, (call.picture_size.y + TILE - 1u) / TILE);
    let last = vec2<f32>(size - 1u);
    let from_tile = vec2<u32>(clamp(low / f32(TILE), vec2<f32>(0.0), last));
    let to_tile = vec2<u32>(clamp(high / f32(TILE), vec2<f32>(0.0), last));
    var all_of = tiles[from_tile.y * size.x + from_tile.x];
    for (var y = from_tile.y; y <= to_tile.y; y++) {
        for (var x = from_tile.x; x <= to_tile.x; x++) {
            let tile = tiles[y * size.x + x];
            all_of = vec4<f32>(max(all_of.x, tile.x), min(all_of.y, tile.y), max(all_of.z, tile.z), max(all_of.w, tile.w));
        }
    }
    return all_of;
}

fn bounds_of_square(corner: vec2<u32>) -> vec4<f32> {
    let low_corner = vec2<f32>(corner * TILE);
    let high_corner = vec2<f32>(min(corner * TILE + TILE, call.view_size) - 1u);
    var found = call.whole;
    for (var turn = 0; turn < 3; turn++) {
        var low = vec2<f32>(1e30);
        var high = vec2<f32>(-1e30);
        for (var i = 0u; i < 4u; i++) {
            let line = line_of(
                select(low_corner.x, high_corner.x, (i & 1u) != 0u),
                select(low_corner.y, high_corner.y, (i & 2u) != 0u),
            );
            if !line.is_ahead {
                return call.whole;
            }
            let near = line.infinity + line.along * found.x;
            let far = line.infinity + line.along * found.y;
            low = min(low, min(near, far));
            high = max(high, max(near, far));
        }
        found = joined(low - 1.0, high + 1.0);
        if found.y < 0.0 {
            return found;
        }
    }
    return found;
}

// The pixel at or before a position, and how far the position is past it.
struct Between {
    at: vec2<u32>,
    next: vec2<u32>,
    share: vec2<f32>,
}

fn between(place: vec2<f32>) -> Between {
    let last = vec2<f32>(call.picture_size - 1u);
    let inside = clamp(place, vec2<f32>(0.0), last);
    let whole = floor(inside);
    let at = vec2<u32>(whole);
    return Between(at, min(at + 1u, call.picture_size - 1u), inside - whole);
}

fn depth_at(place: vec2<f32>) -> f32 {
    let b = between(place);
    let width = call.picture_size.x;
    let upper = mix(depths[b.at.y * width + b.at.x], depths[b.at.y * width + b.next.x], b.share.x);
    let lower = mix(depths[b.next.y * width + b.at.x], depths[b.next.y * width + b.next.x], b.share.x);
    return mix(upper, lower, b.share.y);
}

fn steepness(place: vec2<f32>) -> f32 {
    let last = vec2<i32>(call.picture_size) - 1;
    let low = vec2<i32>(floor(place));
    let a_at = vec2<u32>(clamp(low, vec2<i32>(0), last));
    let d_at = vec2<u32>(clamp(low + 1, vec2<i32>(0), last));
    let width = call.picture_size.x;
    let a = depths[a_at.y * width + a_at.x];
    let b = depths[a_at.y * width + d_at.x];
    let c = depths[d_at.y * width + a_at.x];
    let d = depths[d_at.y * width + d_at.x];
    return max(max(abs(a - b), abs(c - d)), max(abs(a - c), abs(b - d)));
}

fn pixel(x: u32, y: u32) -> vec4<f32> {
    let packed = colours[y * call.picture_size.x + x];
    let halves = vec4<u32>(packed.x & 0xffffu, packed.x >> 16u, packed.y & 0xffffu, packed.y >> 16u);
    // `unpack2x16float` is no part of the portable tier: exponent and digits in their places, times 2^112.
    let bits = ((halves & vec4<u32>(0x8000u)) << vec4<u32>(16u)) | ((halves & vec4<u32>(0x7fffu)) << vec4<u32>(13u));
    return bitcast<vec4<f32>>(bits) * 5.192296858534828e33;
}

fn bilinear_colour(place: vec2<f32>) -> vec4<f32> {
    let b = between(place);
    let upper = mix(pixel(b.at.x, b.at.y), pixel(b.next.x, b.at.y), b.share.x);
    let lower = mix(pixel(b.at.x, b.next.y), pixel(b.next.x, b.next.y), b.share.x);
    return mix(upper, lower, b.share.y);
}

fn cubic_weights(t: f32) -> vec4<f32> {
    let t2 = t * t;
    let t3 = t2 * t;
    return vec4<f32>(-0.5 * t + t2 - 0.5 * t3, 1.0 - 2.5 * t2 + 1.5 * t3, 0.5 * t + 2.0 * t2 - 1.5 * t3, -0.5 * t2 + 0.5 * t3);
}

// Catmull and Rom's cubic where all sixteen pixels are opaque, else linear: reference/sample.rs.
fn colour_at(place: vec2<f32>) -> vec4<f32> {
    let low = floor(place);
    let size = vec2<f32>(call.picture_size);
    if !(low.x >= 1.0 && low.y >= 1.0 && low.x + 2.0 < size.x && low.y + 2.0 < size.y) {
        return bilinear_colour(place);
    }
    let at = vec2<u32>(low) - 1u;
    let across = cubic_weights(place.x - low.x);
    let downward = cubic_weights(place.y - low.y);
    var sum = vec4<f32>(0.0);
    for (var j = 0u; j < 4u; j++) {
        var row = vec4<f32>(0.0);
        for (var i = 0u; i < 4u; i++) {
            let value = pixel(at.x + i, at.y + j);
            // Middle ones and corners: if they are opaque, the others agree closely enough.
            let is_asked = (i == 0u || i == 3u) == (j == 0u || j == 3u);
            if is_asked && value.w < 1.0 {
                return bilinear_colour(place);
            }
            row += value * across[i];
        }
        sum += row * downward[j];
    }
    return vec4<f32>(max(sum.xyz, vec3<f32>(0.0)), clamp(sum.w, 0.0, 1.0));
}

struct Seen {
    colour: vec4<f32>,
    depth: f32,
    // Whether the last place that was added was not clear.
    met: bool,
}

fn added(before: Seen, place: vec2<f32>, inverse_depth: f32) -> Seen {
    var after = before;
    after.met = false;
    let most = vec2<f32>(call.picture_size) - 0.5;
    if !(place.x >= -0.5 && place.y >= -0.5 && place.x <= most.x && place.y <= most.y) {
        return after;
    }
    let colour = colour_at(place);
    if colour.w <= 0.0 {
        if before.colour.w <= 0.0 && before.depth <= 0.0 {
            after.depth = inverse_depth;
        }
        return after;
    }
    after.met = true;
    after.colour = before.colour + colour * (1.0 - before.colour.w);
    if before.colour.w < 0.5 && after.colour.w >= 0.5 {
        after.depth = inverse_depth;
    }
    return after;
}

fn gap(line: Line, q: f32) -> f32 {
    return q - depth_at(line.infinity + line.along * q);
}

fn met(line: Line, found: vec4<f32>, before: Seen) -> Seen {
    var after = before;
    let most = call.position.w;
    let length = max(max(abs(line.along.x), abs(line.along.y)), 1e-9);
    if found.w * length * 1.5 < GENTLE {
        var q = (found.x + found.y) * 0.5;
        for (var i = 0; i < FIXED_POINT_STEPS; i++) {
            let next = depth_at(line.infinity + line.along * q);
            let moved = abs(next - q) * length;
            q = next;
            if moved < 0.01 {
                break;
            }
        }
        if q < most {
            after = added(after, line.infinity + line.along * q, q);
        }
        return after;
    }
    let nearest = min(found.x * 1.0001 + 1e-9, most);
    let span = nearest - found.y * 0.9999;
    let steps = clamp(ceil(span * length / STEP_PX), 2.0, MOST_STEPS);
    var before_q = nearest;
    var before_gap = gap(line, nearest);
    var has_met = false;
    for (var i = 1.0; i <= steps; i += 1.0) {
        let here = nearest - span * i / steps;
        let here_gap = gap(line, here);
        if (before_gap >= 0.0 && here_gap < 0.0) || (before_gap > 0.0 && here_gap <= 0.0) {
            var near = before_q;
            var near_gap = before_gap;
            var far = here;
            var far_gap = here_gap;
            for (var turn = 0; turn < 6; turn++) {
                let middle = near + (far - near) * clamp(near_gap / (near_gap - far_gap), 0.1, 0.9);
                let middle_gap = gap(line, middle);
                if middle_gap > 0.0 {
                    near = middle;
                    near_gap = middle_gap;
                } else {
                    far = middle;
                    far_gap = middle_gap;
                }
            }
            let q = near + (far - near) * clamp(near_gap / max(near_gap - far_gap, 1e-20), 0.0, 1.0);
            let place = line.infinity + line.along * q;
            if steepness(place) <= call.steepest {
                after = added(after, place, q);
                has_met = has_met || after.met;
            }
            if after.colour.w >= HIDES {
                return after;
            }
        }
        before_q = here;
        before_gap = here_gap;
    }
    if !has_met && before_gap >= 0.0 {
        let place = line.infinity + line.along * found.y;
        if abs(depth_at(place) - found.y) * length < 1.0 {
            after = added(after, place, found.y);
        }
    }
    return after;
}

@compute @workgroup_size(#{VIEW_TILE}, #{VIEW_TILE})
fn view(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(workgroup_id) square: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    if local == 0u {
        bounds = bounds_of_square(square.xy);
    }
    workgroupBarrier();
    let found = bounds;
    if id.x >= call.view_size.x || id.y >= call.view_size.y || found.y < 0.0 || found.z <= 0.0 {
        return;
    }
    let at = id.y * call.view_size.x + id.x;
    let before = Seen(seen[at], seen_depth[at], false);
    let line = line_of(f32(id.x), f32(id.y));
    if before.colour.w >= HIDES || !line.is_ahead {
        return;
    }
    let after = met(line, found, before);
    seen[at] = after.colour;
    seen_depth[at] = after.depth;
}
