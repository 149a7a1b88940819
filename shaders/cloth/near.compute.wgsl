// Which recorded pairs could come within their thickness in this substep, and their closest points, normals and room: the twin of `measure_near` in
// plugins/cloth/src/solver/contact/solver.rs, of `Near::of` in pairs.rs and of `judge` in inside.rs, which are the CPU oracle. The list's order is any; nothing after it depends on that.
// Any number of invocations share the pairs. Spaces: units of 2^-24 m, and metres. Workgroups in a line.

#import cloth::exact::{add, sub, mul, neg, neg3, add3, smaller, larger, root, inner, magnitude3}
#import cloth::position::{between, round_half_away, UNITS_PER_M}
#import cloth::closest::{Closest, point_triangle, segment_segment, normal_of}
#import cloth::contact_types::{Pair, Near, VERTEX_TRIANGLE, EDGE_EDGE, PUSHES, EDGES, HAS_BODY, MAY_BE_INSIDE, HAS_PASSED}
#import cloth::contact_state::{place, vertices, progress, contact, friction_of}
#import cloth::detect_types::Detect
#import cloth::planes::room_of
#import cloth::surface::{outward, vertex_normal}

@group(0) @binding(1) var<uniform> detect: Detect;
// By `primitive_pairs`; budgets here.
@group(0) @binding(13) var<storage, read_write> pairs: array<Pair>;
@group(0) @binding(16) var<storage, read_write> near: array<Near>;

// What passed an edge or a corner of a body by more is not recognised, m; how much against the outward normal the difference must look.
const DEEPEST_PASS_M: f32 = 0.002;
const PASSED_COSINE: f32 = -0.75;

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn measure(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    if atomicLoad(&progress.is_due) == 0u {
        return;
    }
    let count = min(atomicLoad(&progress.pairs), detect.pair_room);
    for (var at = id.x; at < count; at += groups.x * #{CLOTH_WORKGROUP}u) {
        measure_pair(at);
    }
}

fn measure_pair(at: u32) {
    let pair = pairs[at];
    let split = select(1u, 2u, pair.kind == EDGE_EDGE);
    // Of the first primitive and of the second: the longest path ahead and the shortest until now.
    var ahead = vec2<f32>();
    var least = vec2<f32>(3.4028234e38);
    for (var k = 0u; k < 4u; k++) {
        let v = pair.vertices[k];
        let side = select(0u, 1u, k >= split);
        ahead[side] = larger(ahead[side], vertices[v].path_ahead);
        least[side] = smaller(least[side], vertices[v].path);
    }
    if sub(pair.budget, add(ahead.x, ahead.y)) > pair.thickness {
        return;
    }
    let q0 = place[pair.vertices.x].xyz;
    let q1 = place[pair.vertices.y].xyz;
    let q2 = place[pair.vertices.z].xyz;
    let q3 = place[pair.vertices.w].xyz;
    var found: Closest;
    if pair.kind == EDGE_EDGE {
        found = segment_segment(between(q1, q0), between(q3, q2), between(q0, q2));
    } else {
        found = point_triangle(between(q0, q1), between(q2, q1), between(q3, q1));
    }
    let gap = root(found.square);
    // Later paths, less the least ones of now, are at least what each vertex will have moved from here.
    pairs[at].budget = add(gap, add(least.x, least.y));
    let normal = normal_of(found);
    if all(normal == vec3<f32>()) {
        return;
    }
    let to = atomicAdd(&progress.near, 1u);
    if to >= contact.near_room {
        return;
    }
    let heights = vec3<f32>(
        inner(normal, between(q0, q3)),
        inner(normal, between(q1, q3)),
        inner(normal, between(q2, q3)),
    );
    let is_edges = pair.kind == EDGE_EDGE;
    let has_body = pair.vertices.x >= contact.first_body || pair.vertices.w >= contact.first_body;
    var flags = select(0u, EDGES, is_edges);
    if !is_edges || found.is_interior > 0.0 {
        flags |= PUSHES;
    }
    let recovery = select(contact.recovery, contact.body_recovery, has_body);
    var one = Near(
        pair.vertices,
        found.weights,
        vec4<f32>(normal, gap),
        smaller(pair.thickness, add(gap, recovery)),
        friction_of(pair.vertices.x, pair.vertices.w, has_body),
        flags,
        0.0,
        vec4<f32>(),
        vec4<f32>(heights, room_of(is_edges, vec4<f32>(heights, 0.0))),
    );
    if has_body {
        one.flags |= HAS_BODY;
        atomicAdd(&progress.near_bodies, 1u);
        let is_judged = (atomicLoad(&progress.judging) & MAY_BE_INSIDE) != 0u;
        if is_judged && judge(one, found) {
            atomicOr(&progress.judging, HAS_PASSED);
            one.normal_gap = vec4<f32>(neg3(normal), neg(gap));
            one.wanted = smaller(pair.thickness, add(neg(gap), contact.exit));
            one.heights.w = -1.0;
        }
    }
    near[to] = one;
}

// Notes which side a vertex sees of a body's triangle; whether cloth has passed a body's edge or corner, so that the pair must be turned round.
fn judge(one: Near, found: Closest) -> bool {
    let v = one.vertices;
    let is_edges = (one.flags & EDGES) != 0u;
    let is_first_body = v.x >= contact.first_body;
    let gap = one.normal_gap.w;
    if !is_edges && !is_first_body {
        let is_behind = inner(outward(v, found), found.difference) < 0.0;
        let units = round_half_away(mul(smaller(gap, 60.0), UNITS_PER_M));
        atomicMin(&vertices[v.x].nearest, (bitcast<u32>(units) << 1u) | select(0u, 1u, is_behind));
        return false;
    }
    if found.is_interior <= 0.0 || gap > DEEPEST_PASS_M {
        return false;
    }
    var direction: vec3<f32>;
    if !is_edges {
        direction = vertex_normal(v.x);
    } else if is_first_body {
        direction = add3(vertex_normal(v.x), vertex_normal(v.y));
    } else {
        direction = add3(vertex_normal(v.z), vertex_normal(v.w));
    }
    // From the body to the cloth.
    let normal = one.normal_gap.xyz;
    var towards_cloth = normal;
    if is_first_body {
        towards_cloth = neg3(normal);
    }
    return inner(towards_cloth, direction) < mul(PASSED_COSINE, magnitude3(direction));
}
