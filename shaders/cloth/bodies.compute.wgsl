// Bodies of triangles: where they are, and what is inside of them; the twin of `set_bodies` in plugins/cloth/src/solver/contact/dents.rs and of
// inside.rs, which are the CPU oracle; the method stands there.
//
// | entry point | one invocation | does |
// |---|---|---|
// | `send_bodies` | a vertex of a body | its place and displacement in this substep; whether it has jumped; the sums of the common motion |
// | `box_bodies`, `find_inside` | a patch of bodies, a vertex of cloth | who is inside, where nothing is known (at the start, after a jump) |
// | `note_inside` | a vertex of cloth | who has got inside, from the near triangles |
// | `drop_inside` | a near pair, a patch of bodies | pairs with bodies of what is inside do not count; boxes |
// | `bring_out` | a vertex of cloth | the way out, as one more near pair |
//
// Any number of invocations share the work. Spaces: units of 2^-24 m, and metres. Workgroups in a line.

#import cloth::exact::{add, mul, div, add_scaled, neg, neg3, smaller, root, inner, magnitude3}
#import cloth::position::{between, round_half_away, UNITS_PER_M}
#import cloth::closest::normal_of
#import cloth::contact_types::{Near, PUSHES, HAS_BODY, DROPPED, NO_TRIANGLE, MAY_BE_INSIDE, HAS_PASSED}
#import cloth::contact_state::{place, vertices, progress, contact, displacement, is_of_cloth, friction_of, add_common}
#import cloth::surface::{Nearest, nearest_triangle, outward, box_patch_of_bodies, is_in_box}

@group(0) @binding(16) var<storage, read_write> near: array<Near>;
// Units of all vertices of bodies at the start of the first substep, then of the second, ..., and at the end of the last. By the processor.
@group(0) @binding(25) var<storage, read> paths: array<vec4<i32>>;

// What is farther from where it was to be has jumped, m: a few units of rounding are no jump.
const JUMP_M: f32 = 1e-5;
// What was held back and is no farther from where it should be, on each axis, is there.
const NO_DENT_UNITS: i32 = 2;

fn units_of(metres: f32) -> i32 {
    return round_half_away(mul(metres, UNITS_PER_M));
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn send_bodies(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let substep = atomicLoad(&progress.substep) - 1u;
    let is_led = substep < atomicLoad(&progress.path_substeps);
    for (var i = id.x; i < contact.body_vertices; i += groups.x * #{CLOTH_WORKGROUP}u) {
        if is_led {
            send(i, substep);
        }
        add_common(displacement[contact.first_body + i].xyz);
    }
}

fn send(i: u32, substep: u32) {
    let v = contact.first_body + i;
    let now = paths[substep * contact.body_vertices + i].xyz;
    let next = paths[(substep + 1u) * contact.body_vertices + i].xyz;
    // Where it has come, to the unit.
    let d = displacement[v].xyz;
    let came = place[v].xyz + vec3<i32>(units_of(d.x), units_of(d.y), units_of(d.z));
    let back = between(now, came);
    let depth = magnitude3(back);
    let way = between(next, now);
    place[v] = vec4<i32>(now, 0);
    displacement[v] = vec4<f32>(way, 0.0);
    if vertices[v].is_inside == 0u {
        if !(depth < JUMP_M) {
            atomicStore(&progress.is_detected, 0u);
        }
        return;
    }
    vertices[v].is_inside = 0u;
    if all(abs(now - came) <= vec3<i32>(NO_DENT_UNITS)) {
        return;
    }
    if depth <= contact.deepest_dent {
        vertices[v].is_inside = 1u;
        var share = 1.0;
        if depth > contact.catch_up {
            share = div(contact.catch_up, depth);
        }
        place[v] = vec4<i32>(came, 0);
        displacement[v] = vec4<f32>(add_scaled(way, back, share), 0.0);
    } else {
        atomicStore(&progress.is_detected, 0u);
    }
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn box_bodies(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    if atomicLoad(&progress.is_detected) != 0u {
        return;
    }
    if id.x == 0u {
        atomicOr(&progress.judging, MAY_BE_INSIDE);
    }
    for (var p = id.x; p < contact.body_patches; p += groups.x * #{CLOTH_WORKGROUP}u) {
        box_patch_of_bodies(p);
    }
}

fn is_behind(at: Nearest) -> bool {
    return at.vertices.x != at.vertices.y && inner(outward(at.vertices, at.found), at.found.difference) < 0.0;
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn find_inside(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    if atomicLoad(&progress.is_detected) != 0u {
        return;
    }
    for (var v = id.x; v < contact.first_body; v += groups.x * #{CLOTH_WORKGROUP}u) {
        if is_of_cloth(v) {
            var is_inside = is_in_box(v);
            if is_inside {
                is_inside = is_behind(nearest_triangle(v));
            }
            vertices[v].is_inside = select(0u, 1u, is_inside);
        }
    }
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn note_inside(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    if atomicLoad(&progress.is_due) == 0u {
        return;
    }
    for (var v = id.x; v < contact.first_body; v += groups.x * #{CLOTH_WORKGROUP}u) {
        if !is_of_cloth(v) {
            continue;
        }
        let nearest = atomicLoad(&vertices[v].nearest);
        if nearest != NO_TRIANGLE && (nearest & 1u) == 1u {
            vertices[v].is_inside = 1u;
        }
        if vertices[v].is_inside != 0u {
            atomicAdd(&progress.inside, 1u);
        }
    }
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn drop_inside(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    if atomicLoad(&progress.is_due) == 0u {
        return;
    }
    if atomicLoad(&progress.inside) == 0u {
        // Whatever is inside at the next detection has jumped there.
        let has_passed = (atomicLoad(&progress.judging) & HAS_PASSED) != 0u;
        if id.x == 0u {
            atomicStore(&progress.judging, select(0u, MAY_BE_INSIDE, has_passed || contact.deepest_dent <= 0.0));
        }
        return;
    }
    let stride = groups.x * #{CLOTH_WORKGROUP}u;
    let count = min(atomicLoad(&progress.near), contact.near_room);
    for (var at = id.x; at < count; at += stride) {
        if (near[at].flags & HAS_BODY) == 0u {
            continue;
        }
        var is_inside = false;
        for (var k = 0u; k < 4u; k++) {
            let v = near[at].vertices[k];
            is_inside = is_inside || (v < contact.first_body && vertices[v].is_inside != 0u);
        }
        if is_inside {
            near[at].flags = DROPPED;
            near[at].heights.w = -1.0;
            atomicSub(&progress.near_bodies, 1u);
            atomicAdd(&progress.dropped, 1u);
        }
    }
    for (var p = id.x; p < contact.body_patches; p += stride) {
        box_patch_of_bodies(p);
    }
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn bring_out(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    // It does not become zero before all that are inside have been looked at.
    if atomicLoad(&progress.is_due) == 0u || atomicLoad(&progress.inside) == 0u {
        return;
    }
    for (var v = id.x; v < contact.first_body; v += groups.x * #{CLOTH_WORKGROUP}u) {
        if vertices[v].is_inside == 0u {
            continue;
        }
        let at = nearest_triangle(v);
        if is_behind(at) {
            lead_out(at);
        } else {
            vertices[v].is_inside = 0u;
            atomicSub(&progress.inside, 1u);
        }
    }
}

// The pair of a vertex inside with its nearest triangle, seen from outside.
fn lead_out(at: Nearest) {
    let normal = normal_of(at.found);
    if all(normal == vec3<f32>()) {
        return;
    }
    atomicAdd(&progress.near_bodies, 1u);
    let to = atomicAdd(&progress.near, 1u);
    if to >= contact.near_room {
        return;
    }
    let v = at.vertices;
    let gap = neg(root(at.found.square));
    let thickness = add(vertices[v.x].half_thickness, vertices[v.y].half_thickness);
    near[to] = Near(
        v,
        at.found.weights,
        vec4<f32>(neg3(normal), gap),
        smaller(thickness, add(gap, contact.exit)),
        friction_of(v.x, v.w, true),
        PUSHES | HAS_BODY,
        0.0,
        vec4<f32>(),
        // No plane parts it.
        vec4<f32>(0.0, 0.0, 0.0, -1.0),
    );
}
