// Room between two primitives along a normal: the twin of `room_m` and its fellows in plugins/cloth/src/solver/contact/pairs.rs.
// Spaces: metres.
#define_import_path cloth::planes

#import cloth::exact::{add, sub, mul, smaller, larger, add3, sub3, inner}
#import cloth::position::between
#import cloth::closest::{Closest, point_triangle, segment_segment, normal_of}
#import cloth::contact_types::{Near, EDGES}

const LEAST_COSINE: f32 = 0.5;

// From the highest vertex of the second primitive to the lowest of the first.
fn room_of(is_edges: bool, heights: vec4<f32>) -> f32 {
    var low = heights.x;
    var high = larger(heights.z, heights.w);
    if is_edges {
        low = smaller(heights.x, heights.y);
    } else {
        high = larger(heights.y, high);
    }
    return sub(low, high);
}

// The room along the same normal after the vertices have moved.
fn room_after(one: Near, moves: array<vec3<f32>, 4>) -> f32 {
    let normal = one.normal_gap.xyz;
    let heights = vec4<f32>(
        add(one.heights.x, inner(normal, moves[0])),
        add(one.heights.y, inner(normal, moves[1])),
        add(one.heights.z, inner(normal, moves[2])),
        add(0.0, inner(normal, moves[3])),
    );
    return room_of((one.flags & EDGES) != 0u, heights);
}

fn apart(q_a: vec3<i32>, q_b: vec3<i32>, move_a: vec3<f32>, move_b: vec3<f32>) -> vec3<f32> {
    return add3(between(q_a, q_b), sub3(move_a, move_b));
}

// The same along the normal of the closest points then; less than nothing if that one looks another way.
fn room_after_turning(one: Near, q: array<vec3<i32>, 4>, moves: array<vec3<f32>, 4>) -> f32 {
    var found: Closest;
    if (one.flags & EDGES) != 0u {
        found = segment_segment(
            apart(q[1], q[0], moves[1], moves[0]),
            apart(q[3], q[2], moves[3], moves[2]),
            apart(q[0], q[2], moves[0], moves[2]),
        );
    } else {
        found = point_triangle(
            apart(q[0], q[1], moves[0], moves[1]),
            apart(q[2], q[1], moves[2], moves[1]),
            apart(q[3], q[1], moves[3], moves[1]),
        );
    }
    let normal = normal_of(found);
    if inner(normal, one.normal_gap.xyz) < LEAST_COSINE {
        return -1.0;
    }
    let heights = vec4<f32>(
        inner(normal, apart(q[0], q[3], moves[0], moves[3])),
        inner(normal, apart(q[1], q[3], moves[1], moves[3])),
        inner(normal, apart(q[2], q[3], moves[2], moves[3])),
        0.0,
    );
    return room_of((one.flags & EDGES) != 0u, heights);
}

// What must be left of a room: twin of `kept_m` in truncate.rs.
fn kept(room: f32, slab: f32) -> f32 {
    return larger(smaller(mul(2.0, slab), mul(0.9, room)), smaller(slab, room));
}
