// Which recorded pairs could come within their thickness in this substep, and their closest points, normals and room: the twin of `measure_near` in
// plugins/cloth/src/solver/contact/solver.rs and of `Near::of` in pairs.rs, which are the CPU oracle. The list's order is any; nothing after it depends on that.
// Any number of invocations share the pairs. Spaces: units of 2^-24 m, and metres. Workgroups in a line.

#import cloth::exact::{add, sub, mul, smaller, larger, root, inner}
#import cloth::position::between
#import cloth::closest::{Closest, point_triangle, segment_segment, normal_of}
#import cloth::contact_types::{Pair, Near, VERTEX_TRIANGLE, EDGE_EDGE}
#import cloth::contact_state::{place, vertices, progress, contact}
#import cloth::detect_types::Detect
#import cloth::planes::room_of

@group(0) @binding(1) var<uniform> detect: Detect;
// By `primitive_pairs`; budgets here.
@group(0) @binding(13) var<storage, read_write> pairs: array<Pair>;
@group(0) @binding(16) var<storage, read_write> near: array<Near>;

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn measure(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
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
    let own = mul(0.5, add(vertices[pair.vertices.x].friction, vertices[pair.vertices.w].friction));
    let friction = select(contact.friction, own, contact.has_own_friction > 0.0);
    let wanted = smaller(pair.thickness, add(gap, contact.recovery));
    let is_pushing = pair.kind == VERTEX_TRIANGLE || found.is_interior > 0.0;
    let is_edges = pair.kind == EDGE_EDGE;
    near[to] = Near(
        pair.vertices,
        found.weights,
        vec4<f32>(normal, gap),
        wanted,
        friction,
        select(0.0, 1.0, is_pushing),
        0.0,
        vec4<f32>(0.0, 0.0, 0.0, select(0.0, 1.0, is_edges)),
        vec4<f32>(heights, room_of(is_edges, vec4<f32>(heights, 0.0))),
    );
}
