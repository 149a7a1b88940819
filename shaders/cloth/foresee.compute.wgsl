// What a substep foresees of contact: the twin of `predicted` in plugins/cloth/src/solver/contact/hook.rs and of `foresee` in solver.rs, which are the CPU oracle.
//
// | entry point | one invocation | does |
// |---|---|---|
// | `begin_substep` | in all | clears what belongs to a substep |
// | `approach` | a vertex | push by bodies of simple shape; sums of the common motion |
// | `foresee` | a vertex | margins; the decision to detect |
// | `renew` | a vertex or a bucket | reaches, and everything cleared, before detection |
// | `mark`, `sum_recorded`, `foresee_again` | a pair, a vertex, a vertex | who is recorded, the base motion, margins anew, after detection |
// | `sum_carried`, `look_again`, `write_carried` | a vertex, in all, a vertex | how far bodies of triangles carried; whether all from `foresee` is done a second time; the cloth's offsets |
//
// `renew` to `foresee_again` do nothing where no detection is due. Any number of invocations share the work. Spaces: metres. Workgroups in a line.

#import cloth::exact::{add, sub, mul, smaller, larger, add3, sub3, magnitude3, is_nan}
#import cloth::contact_types::{Pair, Body, NOTHING, NO_TRIANGLE, MAY_BE_INSIDE, MORE_PUSHES}
#import cloth::contact_state::{place, vertices, progress, contact, displacement, is_of_cloth, inverse_mass, common_motion, base_motion, add_common, add_recorded, is_changed}
#import cloth::exchange::react
#import cloth::shapes::{from_body, sagitta, push_off, Pushed}
#import cloth::detect_types::Detect

@group(0) @binding(1) var<uniform> detect: Detect;
// First node of each bucket of the grid and one. Filled by `fill_grid`.
@group(0) @binding(9) var<storage, read_write> heads: array<atomic<u32>>;
// By `primitive_pairs`.
@group(0) @binding(13) var<storage, read_write> pairs: array<Pair>;
// Of the cloth, m.
@group(0) @binding(18) var<storage, read_write> offset: array<vec4<f32>>;
@group(0) @binding(19) var<storage, read_write> rest: array<vec4<f32>>;
// All bodies at the end of the first substep, then of the second, ... By the processor.
@group(0) @binding(20) var<storage, read> bodies: array<Body>;
// What each vertex has got from the first body in this substep, then from the second, ...: rubbed, and pushed in w.
@group(0) @binding(21) var<storage, read_write> touches: array<vec4<f32>>;

const ROUNDS: u32 = 16u;

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn begin_substep(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x != 0u {
        return;
    }
    atomicMax(&progress.most_near, atomicExchange(&progress.near, 0u));
    atomicStore(&progress.must_detect, 0u);
    atomicStore(&progress.is_supported, 0u);
    atomicStore(&progress.lightest, 0u);
    atomicStore(&progress.thrown, 0u);
    atomicStore(&progress.is_due, 1u);
    atomicStore(&progress.carried, 0u);
    atomicStore(&progress.inside, 0u);
    atomicAnd(&progress.judging, MAY_BE_INSIDE);
    atomicStore(&progress.near_bodies, 0u);
    atomicStore(&progress.dropped, 0u);
    atomicStore(&progress.common_x, 0);
    atomicStore(&progress.common_y, 0);
    atomicStore(&progress.common_z, 0);
    atomicStore(&progress.common_count, 0u);
    atomicStore(&progress.recorded_x, 0);
    atomicStore(&progress.recorded_y, 0);
    atomicStore(&progress.recorded_z, 0);
    atomicStore(&progress.recorded_count, 0u);
    atomicStore(&progress.has_pins, 0u);
    atomicAdd(&progress.substep, 1u);
    for (var k = 0u; k < ROUNDS; k++) {
        atomicStore(&progress.failing[k], 0u);
    }
    for (var k = 0u; k < MORE_PUSHES; k++) {
        atomicStore(&progress.handing[k], 0u);
    }
}

fn body_of(index: u32) -> Body {
    return bodies[(atomicLoad(&progress.substep) - 1u) * contact.bodies + index];
}

// Whether it may touch a body within this or the next substep.
fn is_near_body(vertex: u32, d: vec3<f32>) -> bool {
    for (var b = 0u; b < contact.bodies; b++) {
        let distance = from_body(body_of(b), place[vertex].xyz, offset[vertex].xyz).distance;
        if distance < 0.001 || distance < mul(2.0, magnitude3(d)) {
            return true;
        }
    }
    return false;
}

// The displacement after all bodies have pushed; keeps what each of them did.
fn off_bodies(vertex: u32, d: vec3<f32>, is_first: bool) -> vec3<f32> {
    var moved = d;
    for (var b = 0u; b < contact.bodies; b++) {
        let at = b * contact.first_body + vertex;
        var touch = vec4<f32>();
        if !is_first {
            touch = touches[at];
        }
        if inverse_mass(vertex) > 0.0 {
            let body = body_of(b);
            let clearance = add(vertices[vertex].half_thickness, sagitta(body, vertices[vertex].chord));
            let own = mul(0.5, add(vertices[vertex].friction, body.axis_u.w));
            let friction = select(body.axis_u.w, own, contact.has_own_friction > 0.0);
            let before = Pushed(moved, touch);
            let after = push_off(body, place[vertex].xyz, rest[vertex].xyz, before, clearance, friction, contact.substep_secs);
            if is_changed(moved, after.displacement) {
                let arm = from_body(body, place[vertex].xyz, add3(rest[vertex].xyz, after.displacement)).relative;
                react(b, vertex, sub3(after.displacement, moved), arm);
            }
            moved = after.displacement;
            touch = after.touch;
        }
        touches[at] = touch;
    }
    return moved;
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn approach(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    for (var v = id.x; v < contact.first_body; v += groups.x * #{CLOTH_WORKGROUP}u) {
        if !is_of_cloth(v) {
            continue;
        }
        let predicted = sub3(offset[v].xyz, rest[v].xyz);
        if is_near_body(v, predicted) {
            atomicStore(&progress.is_supported, 1u);
        }
        let d = off_bodies(v, predicted, true);
        // Lengths are not below zero, so their bits have their order.
        let thrown = magnitude3(sub3(predicted, d));
        if !is_nan(thrown) {
            atomicMax(&progress.thrown, bitcast<u32>(thrown));
        }
        displacement[v] = vec4<f32>(d, 0.0);
        if atomicLoad(&vertices[v].is_recorded) != 0u {
            add_recorded(v, d);
        }
        if contact.body_vertices > 0u {
            // They may carry it yet; then `write_carried` writes. Theirs is the common motion.
            atomicMax(&progress.lightest, bitcast<u32>(inverse_mass(v)));
            vertices[v].before_x = d.x;
            vertices[v].before_y = d.y;
            vertices[v].before_z = d.z;
            continue;
        }
        if is_changed(predicted, d) {
            offset[v] = vec4<f32>(add3(rest[v].xyz, d), 0.0);
        }
        if inverse_mass(v) > 0.0 {
            add_common(d);
        }
    }
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn push_off_bodies(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    for (var v = id.x; v < contact.first_body; v += groups.x * #{CLOTH_WORKGROUP}u) {
        let before = sub3(offset[v].xyz, rest[v].xyz);
        let d = off_bodies(v, displacement[v].xyz, false);
        if is_changed(before, d) {
            offset[v] = vec4<f32>(add3(rest[v].xyz, d), 0.0);
        }
    }
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn read_offsets(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    for (var v = id.x; v < contact.first_body; v += groups.x * #{CLOTH_WORKGROUP}u) {
        displacement[v] = vec4<f32>(sub3(offset[v].xyz, rest[v].xyz), 0.0);
    }
}

// Margin of a vertex, and the path with it.
fn set_margin(v: u32) {
    let overall = common_motion();
    let slop = add(mul(8.0, contact.floor), mul(0.5, bitcast<f32>(atomicLoad(&progress.thrown))));
    let to_base = add(mul(1.00001, magnitude3(sub3(overall, base_motion(overall)))), 1e-7);
    let predicted = magnitude3(sub3(displacement[v].xyz, overall));
    // Written so that a NaN gives the slop.
    let ahead = select(0.0, predicted, predicted < 1.0 && !is_nan(predicted));
    var margin = add(mul(1.1, ahead), slop);
    if v < contact.first_body {
        margin = smaller(margin, contact.largest_margin);
    }
    if atomicLoad(&vertices[v].is_recorded) != 0u {
        margin = larger(margin, to_base);
    }
    vertices[v].margin = margin;
    vertices[v].path_ahead = add(vertices[v].path, margin);
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn foresee(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    if atomicLoad(&progress.is_due) == 0u {
        return;
    }
    let is_detected = atomicLoad(&progress.is_detected) != 0u;
    for (var v = id.x; v < contact.vertices; v += groups.x * #{CLOTH_WORKGROUP}u) {
        if vertices[v].kind == NOTHING {
            continue;
        }
        set_margin(v);
        if !is_detected || vertices[v].path_ahead > vertices[v].reach {
            atomicStore(&progress.must_detect, 1u);
        }
        atomicStore(&vertices[v].nearest, NO_TRIANGLE);
    }
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn renew(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    if atomicLoad(&progress.must_detect) == 0u {
        return;
    }
    if id.x == 0u {
        atomicMax(&progress.most_nodes, atomicExchange(&progress.nodes, 0u));
        atomicMax(&progress.most_patch_pairs, atomicExchange(&progress.patch_pairs, 0u));
        atomicMax(&progress.most_pairs, atomicExchange(&progress.pairs, 0u));
        atomicStore(&progress.shift, 0u);
        atomicStore(&progress.recorded_x, 0);
        atomicStore(&progress.recorded_y, 0);
        atomicStore(&progress.recorded_z, 0);
        atomicStore(&progress.recorded_count, 0u);
        atomicStore(&progress.has_pins, 0u);
        atomicAdd(&progress.detections, 1u);
        atomicStore(&progress.is_detected, 1u);
    }
    let stride = groups.x * #{CLOTH_WORKGROUP}u;
    for (var bucket = id.x; bucket < detect.table; bucket += stride) {
        atomicStore(&heads[bucket], 0u);
    }
    // It must also cover whatever share of the common motion the planes will have.
    let to_rest = add(mul(1.00002, magnitude3(common_motion())), 2e-7);
    let least = larger(contact.least_reach, to_rest);
    for (var v = id.x; v < contact.vertices; v += stride) {
        let margin = vertices[v].margin;
        let reach = larger(smaller(mul(contact.horizon, margin), contact.most_reach), least);
        vertices[v].reach = larger(reach, margin);
        vertices[v].path = 0.0;
        atomicStore(&vertices[v].is_recorded, 0u);
    }
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn mark(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    if atomicLoad(&progress.must_detect) == 0u {
        return;
    }
    let count = min(atomicLoad(&progress.pairs), detect.pair_room);
    for (var at = id.x; at < count; at += groups.x * #{CLOTH_WORKGROUP}u) {
        for (var k = 0u; k < 4u; k++) {
            atomicStore(&vertices[pairs[at].vertices[k]].is_recorded, 1u);
        }
    }
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn sum_recorded(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    if atomicLoad(&progress.must_detect) == 0u {
        return;
    }
    for (var v = id.x; v < contact.first_body; v += groups.x * #{CLOTH_WORKGROUP}u) {
        if atomicLoad(&vertices[v].is_recorded) != 0u {
            add_recorded(v, displacement[v].xyz);
        }
    }
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn foresee_again(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    if atomicLoad(&progress.must_detect) == 0u {
        return;
    }
    for (var v = id.x; v < contact.vertices; v += groups.x * #{CLOTH_WORKGROUP}u) {
        set_margin(v);
    }
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn sum_carried(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    if atomicLoad(&progress.near_bodies) == 0u {
        return;
    }
    for (var v = id.x; v < contact.first_body; v += groups.x * #{CLOTH_WORKGROUP}u) {
        if !is_of_cloth(v) {
            continue;
        }
        let before = vec3<f32>(vertices[v].before_x, vertices[v].before_y, vertices[v].before_z);
        let carried = magnitude3(sub3(before, displacement[v].xyz));
        if !is_nan(carried) {
            atomicMax(&progress.carried, bitcast<u32>(carried));
        }
    }
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn look_again(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x != 0u {
        return;
    }
    let carried = atomicLoad(&progress.carried);
    let slop = add(mul(8.0, contact.floor), mul(0.5, bitcast<f32>(atomicLoad(&progress.thrown))));
    let is_again = bitcast<f32>(carried) > slop;
    atomicStore(&progress.must_detect, 0u);
    atomicStore(&progress.is_due, select(0u, 1u, is_again));
    if is_again {
        atomicMax(&progress.thrown, carried);
        atomicMax(&progress.most_near, atomicExchange(&progress.near, 0u));
        atomicStore(&progress.inside, 0u);
        atomicAnd(&progress.judging, MAY_BE_INSIDE);
        atomicStore(&progress.near_bodies, 0u);
        atomicStore(&progress.dropped, 0u);
    }
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn write_carried(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    for (var v = id.x; v < contact.first_body; v += groups.x * #{CLOTH_WORKGROUP}u) {
        let d = displacement[v].xyz;
        if is_of_cloth(v) && is_changed(sub3(offset[v].xyz, rest[v].xyz), d) {
            offset[v] = vec4<f32>(add3(rest[v].xyz, d), 0.0);
        }
    }
}
