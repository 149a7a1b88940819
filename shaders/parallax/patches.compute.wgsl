// Patches for what is hidden behind things: nearest neighbour fields by propagation and random search (Barnes et al., "PatchMatch",
// SIGGRAPH 2009) on one level of a pyramid, and the vote of all patches around a pixel. Integers only, so that the oracle
// (plugins/parallax/src/layers/patches/search.rs, which explains each step) has the same bits.
// One invocation a wanted pixel. Workgroups in rows of at most 65535.

#import parallax::patch_types::PatchRound

struct Target {
    x: i32,
    y: i32,
    depth: u32,
    // An eighth of the sum of trust.
    area: u32,
}

const NONE: u32 = 0u;
const HALF: i32 = #{PATCH_HALF};

// By the processor.
@group(0) @binding(0) var<uniform> call: PatchRound;
// By the processor: square roots of colour, four in 16 bits each.
@group(0) @binding(1) var<storage, read> colours: array<vec2<u32>>;
// By the processor: depth, root of trust, whether a whole patch of background lies around.
@group(0) @binding(2) var<storage, read> words: array<u32>;
// By the processor: indices of wanted pixels.
@group(0) @binding(3) var<storage, read> places: array<u32>;
// By the round before, or of the coarser level: for each pixel one more than the index of its patch, 0 for none.
@group(0) @binding(4) var<storage, read> before: array<u32>;
// By this call.
@group(0) @binding(5) var<storage, read_write> after: array<u32>;
// By the last round: how much a pixel's patch says.
@group(0) @binding(6) var<storage, read_write> weights: array<u32>;
// For the processor: roots of colour of wanted pixels; all bits set where no patch says anything.
@group(0) @binding(7) var<storage, read_write> voted: array<vec4<u32>>;

fn hash(value: u32) -> u32 {
    let state = value * 747796405u + 2891336453u;
    let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
    return (word >> 22u) ^ word;
}

fn within(stream: ptr<function, u32>, radius: u32) -> i32 {
    *stream += 0x9e3779b9u;
    return i32(((hash(*stream) >> 16u) * (2u * radius + 1u)) >> 16u) - i32(radius);
}

fn position(i: u32) -> vec2<i32> {
    return vec2<i32>(i32(i % call.width), i32(i / call.width));
}

fn index(x: i32, y: i32) -> u32 {
    return u32(y) * call.width + u32(x);
}

fn centre(x: i32, y: i32) -> u32 {
    if x < 0 || y < 0 || x >= i32(call.width) || y >= i32(call.height) {
        return NONE;
    }
    let i = index(x, y);
    return select(NONE, i + 1u, (words[i] & #{PATCH_IS_CENTRE}u) != 0u);
}

fn root_of(i: u32) -> u32 {
    return (words[i] >> #{PATCH_ROOT_SHIFT}u) & 15u;
}

fn compared(i: u32) -> vec4<i32> {
    let packed = colours[i];
    let roots = vec4<u32>(packed.x & 0xffffu, packed.x >> 16u, packed.y & 0xffffu, packed.y >> 16u);
    return vec4<i32>(min(roots >> vec4<u32>(#{PATCH_COMPARED_SHIFT}u), vec4<u32>(#{PATCH_COMPARED_MOST}u)));
}

fn beside(target_x: i32, target_y: i32) -> u32 {
    return index(clamp(target_x, 0, i32(call.width) - 1), clamp(target_y, 0, i32(call.height) - 1));
}

fn target_at(i: u32) -> Target {
    let at = position(i);
    var area = 0u;
    for (var dy = -HALF; dy <= HALF; dy++) {
        for (var dx = -HALF; dx <= HALF; dx++) {
            let root = root_of(beside(at.x + dx, at.y + dy));
            area += root * root;
        }
    }
    return Target(at.x, at.y, words[i] & 0xffffu, area / 8u);
}

fn cost(aim: Target, source: u32, limit: u32) -> u32 {
    let at = position(source);
    let source_depth = words[source] & 0xffffu;
    let depth = min(max(aim.depth, source_depth) - min(aim.depth, source_depth), #{PATCH_MOST_DEPTH}u);
    let way = vec2<u32>(abs(at - vec2<i32>(aim.x, aim.y)));
    let apart = ((way.x * way.x + way.y * way.y) * call.apart) >> 16u;
    var sum = (depth * depth + apart) * aim.area;
    for (var dy = -HALF; dy <= HALF; dy++) {
        var row = 0u;
        let start = index(at.x - HALF, at.y + dy);
        for (var dx = -HALF; dx <= HALF; dx++) {
            let here = beside(aim.x + dx, aim.y + dy);
            let difference = (compared(here) - compared(start + u32(dx + HALF))) * i32(root_of(here));
            row += u32(dot(difference, difference));
        }
        sum += row >> 3u;
        if sum > limit {
            break;
        }
    }
    return sum;
}

fn number(workgroup: vec3<u32>, workgroups: vec3<u32>, local: u32) -> u32 {
    return (workgroup.y * workgroups.x + workgroup.x) * #{PATCH_WORKGROUP}u + local;
}

@compute @workgroup_size(#{PATCH_WORKGROUP})
fn start(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let n = number(workgroup, workgroups, local);
    if n >= call.places {
        return;
    }
    let i = places[n];
    let at = position(i);
    if call.coarse_width > 0u {
        let parent_at = min(vec2<u32>(at) / 2u, vec2<u32>(call.coarse_width, call.coarse_height) - 1u);
        let parent = before[parent_at.y * call.coarse_width + parent_at.x];
        if parent != NONE {
            let parent_x = i32((parent - 1u) % call.coarse_width);
            let parent_y = i32((parent - 1u) / call.coarse_width);
            let child = centre(2 * parent_x + at.x % 2, 2 * parent_y + at.y % 2);
            if child != NONE {
                after[i] = child;
                return;
            }
        }
    }
    var stream = hash(call.salt ^ hash(i));
    var found = NONE;
    for (var attempt = 0u; attempt < #{PATCH_ATTEMPTS}u; attempt++) {
        let radius = max(call.reach_px * (attempt + 4u) / 24u, 8u);
        let dx = within(&stream, radius);
        let dy = within(&stream, radius);
        found = centre(at.x + dx, at.y + dy);
        if found != NONE {
            break;
        }
    }
    after[i] = found;
}

// A place and how bad it is.
struct Best {
    place: u32,
    cost: u32,
}

fn better(aim: Target, best: Best, place: u32) -> Best {
    if place == NONE || place == best.place {
        return best;
    }
    let other = cost(aim, place - 1u, best.cost);
    if other < best.cost {
        return Best(place, other);
    }
    return best;
}

@compute @workgroup_size(#{PATCH_WORKGROUP})
fn improve(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let n = number(workgroup, workgroups, local);
    if n >= call.places {
        return;
    }
    let i = places[n];
    let aim = target_at(i);
    var best = Best(before[i], 0xffffffffu);
    if best.place != NONE {
        best.cost = cost(aim, best.place - 1u, 0xffffffffu);
    }
    var stride = 1;
    for (var tried = 0u; tried < 12u; tried++) {
        let side = select(stride, -stride, (tried & 1u) == 0u);
        let way = select(vec2<i32>(0, side), vec2<i32>(side, 0), (tried & 2u) == 0u);
        let near = before[beside(aim.x + way.x, aim.y + way.y)];
        if near != NONE {
            let at = position(near - 1u);
            best = better(aim, best, centre(at.x - way.x, at.y - way.y));
        }
        if (tried & 3u) == 3u {
            stride *= 3;
        }
    }
    var stream = hash(call.salt ^ hash(i));
    var radius = call.reach_px;
    while radius > 0u {
        var at = vec2<i32>(aim.x, aim.y);
        if best.place != NONE {
            at = position(best.place - 1u);
        }
        let dx = within(&stream, radius);
        let dy = within(&stream, radius);
        best = better(aim, best, centre(at.x + dx, at.y + dy));
        radius /= 2u;
    }
    after[i] = best.place;
    if best.place != NONE {
        let root = root_of(i);
        weights[i] = #{PATCH_GOOD}u / (#{PATCH_LEAST_DIFFERENCE}u + best.cost / aim.area) * root * root;
    }
}

@compute @workgroup_size(#{PATCH_WORKGROUP})
fn vote(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let n = number(workgroup, workgroups, local);
    if n >= call.places {
        return;
    }
    let at = position(places[n]);
    var high = vec4<u32>(0u);
    var low = vec4<u32>(0u);
    var total = 0u;
    for (var dy = -HALF; dy <= HALF; dy++) {
        for (var dx = -HALF; dx <= HALF; dx++) {
            let x = at.x + dx;
            let y = at.y + dy;
            if x < 0 || y < 0 || x >= i32(call.width) || y >= i32(call.height) {
                continue;
            }
            let middle = index(x, y);
            if before[middle] == NONE {
                continue;
            }
            let near = #{PATCH_NEAR}u / u32(1 + dx * dx + dy * dy);
            let weight = max((weights[middle] * near) >> 5u, 1u);
            let source = position(before[middle] - 1u);
            let packed = colours[index(source.x - dx, source.y - dy)];
            let value = vec4<u32>(packed.x & 0xffffu, packed.x >> 16u, packed.y & 0xffffu, packed.y >> 16u);
            high += (value >> vec4<u32>(8u)) * weight;
            low += (value & vec4<u32>(255u)) * weight;
            total += weight;
        }
    }
    if total == 0u {
        voted[n] = vec4<u32>(0xffffffffu);
        return;
    }
    let whole = high / total;
    let rest = ((high % total) << vec4<u32>(8u)) + low;
    let middle = rest / total;
    let last = (rest % total) << vec4<u32>(6u);
    voted[n] = (whole << vec4<u32>(14u)) + (middle << vec4<u32>(6u)) + last / total;
}
