// Displacements cut so that a plane parts every near pair at the end: the twin of plugins/cloth/src/solver/contact/truncate.rs, which is the CPU oracle; the
// method stands there.
//
// `limit` (a vertex): what departs from the common motion by more than its margin. Then rounds of `hold_apart` (a pair: the least share that any
// pair leaves to a vertex, an integer minimum) and `shorten` (a vertex), which do nothing once no pair fails; or `hold_all_apart`, one workgroup for all rounds. `stop` (a pair): the emergency after the last
// round. `finish` (a vertex): paths, and the offsets of the cloth. Any number of invocations share the work. Spaces: metres. Workgroups in a line.

#import cloth::exact::{add, sub, mul, div, smaller, larger, add3, sub3, scale, add_scaled, magnitude3, is_finite}
#import cloth::position::round_half_away
#import cloth::contact_types::{Near, Round, HAS_BODY, DROPPED}
#import cloth::contact_state::{place, vertices, progress, contact, displacement, inverse_mass, number, common_motion, base_motion, is_of_cloth, is_changed, body_of_pair}
#import cloth::exchange::{react, arm_of}
#import cloth::planes::{room_after, room_after_turning, kept}

@group(0) @binding(16) var<storage, read_write> near: array<Near>;
@group(0) @binding(18) var<storage, read_write> offset: array<vec4<f32>>;
@group(0) @binding(19) var<storage, read_write> rest: array<vec4<f32>>;
// By the processor, once for each round.
@group(0) @binding(22) var<uniform> this_round: Round;

// Of `fraction`: not shortened.
const WHOLE: u32 = 0xffffffffu;
const ROUNDS: u32 = 16u;
const LAST_ROUNDS: u32 = 8u;
const SHARE: f32 = 0.9;
const LEAST_NORMAL: f32 = 1.17549435e-38;

fn fraction_of(x: f32) -> u32 {
    // Down by more than the rounding of the division.
    return bitcast<u32>(max(round_half_away(mul(x, 16777216.0)) - 4, 0));
}

fn share_of(fraction: u32) -> f32 {
    return mul(number(bitcast<i32>(fraction)), 1.0 / 16777216.0);
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn limit(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let overall = common_motion();
    for (var v = id.x; v < contact.vertices; v += groups.x * #{CLOTH_WORKGROUP}u) {
        vertices[v].shortened = 0u;
        atomicStore(&vertices[v].fraction, WHOLE);
        if v >= contact.first_body {
            continue;
        }
        var d = displacement[v].xyz;
        if contact.body_vertices == 0u {
            d = sub3(offset[v].xyz, rest[v].xyz);
        }
        let relative = sub3(d, overall);
        let moved = magnitude3(relative);
        let margin = vertices[v].margin;
        // What is in no recorded pair is only bound by its reach: shortening takes momentum.
        let room = mul(0.999, sub(vertices[v].reach, add(vertices[v].path, 1e-6)));
        let most = select(larger(margin, room), margin, atomicLoad(&vertices[v].is_recorded) != 0u);
        if !(is_finite(d.x) && is_finite(d.y) && is_finite(d.z)) {
            d = overall;
        } else if moved > most {
            d = add_scaled(overall, relative, share_of(fraction_of(div(most, moved))));
        }
        displacement[v] = vec4<f32>(d, 0.0);
    }
}

fn near_count() -> u32 {
    return min(atomicLoad(&progress.near), contact.near_room);
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn hold_apart(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let round_index = this_round.index;
    if round_index > 1u && atomicLoad(&progress.failing[round_index - 2u]) == 0u {
        return;
    }
    let base = base_motion(common_motion());
    let count = near_count();
    for (var at = id.x; at < count; at += groups.x * #{CLOTH_WORKGROUP}u) {
        hold(at, round_index, base);
    }
}

fn hold(at: u32, round_index: u32, base: vec3<f32>) {
    let one = near[at];
    let room = one.heights.w;
    var is_due = round_index == 1u;
    for (var k = 0u; k < 4u; k++) {
        is_due = is_due || vertices[one.vertices[k]].shortened == round_index - 1u;
    }
    if !is_due || room <= 0.0 {
        return;
    }
    // Against `base`, so that what is shortened to nothing has moved by exactly nothing. In `driven` all that is free stands still.
    var moves: array<vec3<f32>, 4>;
    var driven: array<vec3<f32>, 4>;
    var q: array<vec3<i32>, 4>;
    var is_driven: array<bool, 4>;
    var has_driven = false;
    for (var k = 0u; k < 4u; k++) {
        let v = one.vertices[k];
        moves[k] = sub3(displacement[v].xyz, base);
        q[k] = place[v].xyz;
        is_driven[k] = inverse_mass(v) <= 0.0;
        has_driven = has_driven || is_driven[k];
        driven[k] = select(vec3<f32>(), moves[k], is_driven[k]);
    }
    let keep = kept(room, contact.floor);
    let end = room_after(one, moves);
    if end >= keep {
        return;
    }
    if room_after_turning(one, q, moves) >= keep {
        return;
    }
    var still = room;
    if has_driven {
        still = room_after(one, driven);
    }
    // Pins, and bodies that give way.
    let takes_driven = still < keep && ((one.flags & HAS_BODY) == 0u || contact.deepest_dent > 0.0);
    if takes_driven {
        still = room;
    }
    if still < keep {
        return;
    }
    atomicAdd(&progress.failing[round_index - 1u], 1u);
    let way = larger(sub(still, end), LEAST_NORMAL);
    var share = 0.0;
    if round_index <= ROUNDS - LAST_ROUNDS {
        share = mul(SHARE, div(sub(still, keep), way));
    }
    // Of those that leave as little the first body, whatever the order of pairs.
    let fraction = (fraction_of(smaller(larger(share, 0.0), 1.0)) << 8u) | body_of_pair(one);
    for (var k = 0u; k < 4u; k++) {
        if takes_driven || !is_driven[k] {
            atomicMin(&vertices[one.vertices[k]].fraction, fraction);
        }
    }
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn shorten(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let round_index = this_round.index;
    if atomicLoad(&progress.failing[round_index - 1u]) == 0u {
        return;
    }
    let base = base_motion(common_motion());
    for (var v = id.x; v < contact.vertices; v += groups.x * #{CLOTH_WORKGROUP}u) {
        shorten_vertex(v, round_index, base);
    }
}

fn shorten_vertex(v: u32, round_index: u32, base: vec3<f32>) {
    let fraction = atomicExchange(&vertices[v].fraction, WHOLE);
    if fraction != WHOLE {
        let before = displacement[v].xyz;
        let d = add_scaled(base, sub3(before, base), share_of(fraction >> 8u));
        let body = fraction & 255u;
        if body > 0u && inverse_mass(v) > 0.0 {
            react(contact.bodies + body - 1u, v, sub3(d, before), arm_of(v));
        }
        displacement[v] = vec4<f32>(d, 0.0);
        vertices[v].shortened = round_index;
        if v >= contact.first_body {
            vertices[v].is_inside = 1u;
        }
    }
}

var<workgroup> failing_now: u32;

// All rounds by one workgroup, for few pairs: barriers cost less than dispatches.
@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn hold_all_apart(@builtin(local_invocation_index) index: u32) {
    let base = base_motion(common_motion());
    let count = near_count();
    for (var round_index = 1u; round_index <= ROUNDS; round_index++) {
        for (var at = index; at < count; at += #{CLOTH_WORKGROUP}u) {
            hold(at, round_index, base);
        }
        storageBarrier();
        if index == 0u {
            failing_now = atomicLoad(&progress.failing[round_index - 1u]);
        }
        if workgroupUniformLoad(&failing_now) == 0u {
            break;
        }
        for (var v = index; v < contact.vertices; v += #{CLOTH_WORKGROUP}u) {
            shorten_vertex(v, round_index, base);
        }
        storageBarrier();
    }
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn stop(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    if atomicLoad(&progress.failing[ROUNDS - 1u]) == 0u {
        return;
    }
    let count = near_count();
    for (var at = id.x; at < count; at += groups.x * #{CLOTH_WORKGROUP}u) {
        if (near[at].flags & DROPPED) != 0u {
            continue;
        }
        for (var k = 0u; k < 4u; k++) {
            atomicStore(&vertices[near[at].vertices[k]].fraction, 0u);
        }
    }
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn finish(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let overall = common_motion();
    let base = base_motion(overall);
    let is_stopped = atomicLoad(&progress.failing[ROUNDS - 1u]) != 0u;
    if id.x == 0u && is_stopped {
        atomicAdd(&progress.stopped, 1u);
    }
    for (var v = id.x; v < contact.vertices; v += groups.x * #{CLOTH_WORKGROUP}u) {
        var d = displacement[v].xyz;
        let belongs_to_cloth = is_of_cloth(v);
        // Everything near something makes the same motion, which is always safe.
        let gives_way = belongs_to_cloth || contact.deepest_dent > 0.0;
        if is_stopped && gives_way && atomicLoad(&vertices[v].fraction) == 0u {
            // A body is held back: `base` and a share of nothing of what is beyond.
            d = base;
            if !belongs_to_cloth {
                displacement[v] = vec4<f32>(base, 0.0);
                vertices[v].is_inside = 1u;
            }
        }
        // A little more than the length, for its rounding and that of positions.
        let moved = magnitude3(sub3(d, overall));
        vertices[v].path = add(vertices[v].path, add(mul(moved, 1.000001), 1e-7));
        if belongs_to_cloth && is_changed(sub3(offset[v].xyz, rest[v].xyz), d) {
            offset[v] = vec4<f32>(add3(rest[v].xyz, d), 0.0);
        }
    }
}
