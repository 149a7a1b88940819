// Narrow phase of contact: the closest points of recorded pairs, one invocation a pair, any order; the twin of `closest_of` in
// plugins/cloth/src/solver/contact/pairs.rs, which is the CPU oracle. Workgroups in a line.

#import cloth::closest::{Closest, point_triangle, segment_segment, normal_of}
#import cloth::position::between

const RESULTS: u32 = 12u;
const IS_EDGES: u32 = 0x80000000u;

// Units of 2^-24 m. By the step.
@group(0) @binding(1) var<storage, read> place: array<vec4<i32>>;
// Vertices of each pair, and IS_EDGES in the first where they are two edges; else a vertex and a triangle. By detection.
@group(0) @binding(2) var<storage, read> pairs: array<vec4<u32>>;
// Weights, difference, its square, normal, whether inside: RESULTS words a pair.
@group(0) @binding(3) var<storage, read_write> results: array<u32>;

fn put(at: u32, x: f32) {
    results[at] = bitcast<u32>(x);
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn narrow(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.x;
    if i >= arrayLength(&pairs) {
        return;
    }
    let pair = pairs[i];
    let x0 = place[pair.x & 0x7fffffffu].xyz;
    let x1 = place[pair.y].xyz;
    let x2 = place[pair.z].xyz;
    let x3 = place[pair.w].xyz;
    var found: Closest;
    if (pair.x & IS_EDGES) != 0u {
        found = segment_segment(between(x1, x0), between(x3, x2), between(x0, x2));
    } else {
        found = point_triangle(between(x0, x1), between(x2, x1), between(x3, x1));
    }
    let normal = normal_of(found);
    let o = RESULTS * i;
    put(o, found.weights.x);
    put(o + 1u, found.weights.y);
    put(o + 2u, found.weights.z);
    put(o + 3u, found.weights.w);
    put(o + 4u, found.difference.x);
    put(o + 5u, found.difference.y);
    put(o + 6u, found.difference.z);
    put(o + 7u, found.square);
    put(o + 8u, normal.x);
    put(o + 9u, normal.y);
    put(o + 10u, normal.z);
    put(o + 11u, found.is_interior);
}
