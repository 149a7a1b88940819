// Iterations of the push: entry points over push.wgsl, and those that hand on what a body of triangles would run over: the twin of `carry` in
// plugins/cloth/src/solver/contact/solver.rs and of `hand_on` in truncate.rs, which are the CPU oracle.
//
// One iteration is three entry points: `push_weights` and `push_impulses` (over pairs, any order: the sums are of integers) and `push_apply`
// (over vertices; it also clears the sums), for all pairs and then for those with bodies; or all iterations are `push_all`, one workgroup. `look_ahead` (over pairs)
// counts what would have to be shortened; iterations that follow end at once where that is nothing; or all of it is `hand_on_all`. Any number of invocations share
// the work. Spaces: metres, and metres times kg. Workgroups in a line.

#import cloth::exact::sub3
#import cloth::contact_types::{Round, WITH_BODIES, HANDING, MORE_PUSHES}
#import cloth::contact_state::{place, progress, contact, displacement, common_motion, base_motion}
#import cloth::planes::{room_after, room_after_turning, kept}
#import cloth::push::{near, near_count, weigh, impel, correct}

// By the processor, once for each dispatch.
@group(0) @binding(22) var<uniform> this_round: Round;

// Whether bodies give way in iterations that hand on. Then there is one of all pairs only.
fn gives_way() -> bool {
    return contact.deepest_dent > 0.0;
}

// The same in this dispatch.
fn gives_way_now() -> bool {
    return this_round.when == HANDING && gives_way();
}

// Whether this dispatch has anything to do.
fn is_on() -> bool {
    if this_round.only_bodies != 0u && gives_way_now() {
        return false;
    }
    if this_round.when == WITH_BODIES {
        return atomicLoad(&progress.near_bodies) > 0u;
    }
    return this_round.when != HANDING || atomicLoad(&progress.handing[this_round.index - 1u]) > 0u;
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn push_weights(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    if !is_on() {
        return;
    }
    let count = near_count();
    for (var at = id.x; at < count; at += groups.x * #{CLOTH_WORKGROUP}u) {
        weigh(at, this_round.only_bodies != 0u, gives_way_now());
    }
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn push_impulses(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    if !is_on() {
        return;
    }
    let count = near_count();
    for (var at = id.x; at < count; at += groups.x * #{CLOTH_WORKGROUP}u) {
        impel(at, this_round.only_bodies != 0u, gives_way_now());
    }
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn push_apply(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    if !is_on() {
        return;
    }
    let count = select(contact.first_body, contact.vertices, gives_way_now());
    for (var v = id.x; v < count; v += groups.x * #{CLOTH_WORKGROUP}u) {
        correct(v);
    }
}

// One iteration by one workgroup. All of its invocations come here.
fn push_once(index: u32, only_bodies: bool, gives_way: bool) {
    let count = near_count();
    for (var at = index; at < count; at += #{CLOTH_WORKGROUP}u) {
        weigh(at, only_bodies, gives_way);
    }
    storageBarrier();
    for (var at = index; at < count; at += #{CLOTH_WORKGROUP}u) {
        impel(at, only_bodies, gives_way);
    }
    storageBarrier();
    let touchable = select(contact.first_body, contact.vertices, gives_way);
    for (var v = index; v < touchable; v += #{CLOTH_WORKGROUP}u) {
        correct(v);
    }
    storageBarrier();
}

var<workgroup> count_now: u32;

// All iterations by one workgroup, for few pairs: barriers cost less than dispatches.
@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn push_all(@builtin(local_invocation_index) index: u32) {
    if index == 0u {
        count_now = atomicLoad(&progress.near_bodies);
    }
    let bodies = workgroupUniformLoad(&count_now);
    if this_round.when == WITH_BODIES && bodies == 0u {
        return;
    }
    let iterations = select(contact.iterations, this_round.iterations, this_round.iterations > 0u);
    for (var iteration = 0u; iteration < iterations; iteration++) {
        push_once(index, false, false);
        if bodies > 0u {
            push_once(index, true, false);
        }
    }
}

// Whether no plane parts a near pair at the end.
fn fails(at: u32, base: vec3<f32>) -> bool {
    let one = near[at];
    if one.heights.w <= 0.0 {
        return false;
    }
    var moves: array<vec3<f32>, 4>;
    var q: array<vec3<i32>, 4>;
    for (var k = 0u; k < 4u; k++) {
        let v = one.vertices[k];
        moves[k] = sub3(displacement[v].xyz, base);
        q[k] = place[v].xyz;
    }
    let keep = kept(one.heights.w, contact.floor);
    return room_after(one, moves) < keep && room_after_turning(one, q, moves) < keep;
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn look_ahead(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let iteration = this_round.index;
    if atomicLoad(&progress.near_bodies) == 0u {
        return;
    }
    if iteration > 1u && atomicLoad(&progress.handing[iteration - 2u]) == 0u {
        return;
    }
    let base = base_motion(common_motion());
    let count = near_count();
    for (var at = id.x; at < count; at += groups.x * #{CLOTH_WORKGROUP}u) {
        if fails(at, base) {
            atomicAdd(&progress.handing[iteration - 1u], 1u);
        }
    }
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn hand_on_all(@builtin(local_invocation_index) index: u32) {
    if index == 0u {
        count_now = atomicLoad(&progress.near_bodies);
    }
    if workgroupUniformLoad(&count_now) == 0u {
        return;
    }
    let base = base_motion(common_motion());
    for (var iteration = 0u; iteration < MORE_PUSHES; iteration++) {
        let count = near_count();
        for (var at = index; at < count; at += #{CLOTH_WORKGROUP}u) {
            if fails(at, base) {
                atomicAdd(&progress.handing[iteration], 1u);
            }
        }
        storageBarrier();
        if index == 0u {
            count_now = atomicLoad(&progress.handing[iteration]);
        }
        if workgroupUniformLoad(&count_now) == 0u {
            break;
        }
        push_once(index, false, gives_way());
        if !gives_way() {
            push_once(index, true, false);
        }
    }
}
