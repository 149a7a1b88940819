// Detection of contact: all pairs of primitives within the reach of their vertices; the twin of plugins/cloth/src/solver/contact/{detect,grid,patches}.rs, which are the
// CPU oracle. The pairs are the same set with the same bits; their order is any, and nothing after it depends on that.
//
// Primitives are vertices, triangles and edges, one list after the other; patches (up to 32 neighbours on the mesh) likewise. Five entry points,
// one after the other: `primitive_boxes` (over primitives), `patch_boxes` (over patches), `fill_grid` (over patches of triangles or edges),
// `patch_pairs` (over patches of vertices or edges), `primitive_pairs`. Any number of invocations share the work, and do none where `foresee` has not decided to
// detect. The grid is a table of lists, filled with atomic exchanges. What exceeds a room is counted and not written; the processor then gives more room and
// repeats the frame.
// Spaces: units of 2^-24 m, and metres. Workgroups in a line.

#import cloth::exact::{add, sub, mul, smaller, larger, root}
#import cloth::position::{between, round_half_away}
#import cloth::closest::{Closest, point_triangle, segment_segment}
#import cloth::detect_types::Detect
#import cloth::contact_types::{Pair, VERTEX_TRIANGLE, EDGE_EDGE}
#import cloth::contact_state::{place, vertices, progress, contact}

struct Box {
    lo: vec3<i32>,
    // Reach and half thickness, metres: how much it was grown.
    grown: f32,
    hi: vec3<i32>,
    half_thickness: f32,
}

struct Node {
    key: u32,
    patch_index: u32,
    // Index of the next node and one; 0 at the end.
    next: u32,
}

const PATCH: u32 = 32u;
const UNITS_PER_M: f32 = 16777216.0;

@group(0) @binding(1) var<uniform> detect: Detect;
// Vertices of each primitive, and how many. By the processor, once.
@group(0) @binding(4) var<storage, read> primitives: array<vec4<u32>>;
// First place in `order` of each patch, and the end; primitives patch by patch. By the processor, once.
@group(0) @binding(5) var<storage, read> patch_start: array<u32>;
@group(0) @binding(6) var<storage, read> order: array<u32>;
@group(0) @binding(7) var<storage, read_write> boxes: array<Box>;
@group(0) @binding(8) var<storage, read_write> patch_box: array<Box>;
// First node of each bucket and one. Cleared by `renew`, as the counts in `progress`.
@group(0) @binding(9) var<storage, read_write> heads: array<atomic<u32>>;
@group(0) @binding(10) var<storage, read_write> nodes: array<Node>;
@group(0) @binding(12) var<storage, read_write> pairs_of_patches: array<vec2<u32>>;
@group(0) @binding(13) var<storage, read_write> pairs: array<Pair>;

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn primitive_boxes(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    if atomicLoad(&progress.must_detect) == 0u {
        return;
    }
    let count = detect.vertices + detect.triangles + detect.edges;
    for (var at = id.x; at < count; at += groups.x * #{CLOTH_WORKGROUP}u) {
        box_primitive(at);
    }
}

fn box_primitive(i: u32) {
    let own = primitives[i];
    var lo = vec3<i32>(0x7fffffff);
    var hi = vec3<i32>(-0x7fffffff);
    var most_reach = 0.0;
    var least_half = 3.4028234e38;
    for (var k = 0u; k < own.w; k++) {
        let v = own[k];
        let q = place[v].xyz;
        lo = min(lo, q);
        hi = max(hi, q);
        most_reach = larger(most_reach, vertices[v].reach);
        least_half = smaller(least_half, vertices[v].half_thickness);
    }
    let grown = add(most_reach, least_half);
    // Two units more than rounded, so that the box is never too small.
    let by = vec3<i32>(round_half_away(mul(grown, UNITS_PER_M)) + 2);
    boxes[i] = Box(lo - by, grown, hi + by, least_half);
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn patch_boxes(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    if atomicLoad(&progress.must_detect) == 0u {
        return;
    }
    let count = detect.vertex_patches + detect.triangle_patches + detect.edge_patches;
    for (var at = id.x; at < count; at += groups.x * #{CLOTH_WORKGROUP}u) {
        box_patch(at);
    }
}

fn box_patch(p: u32) {
    var lo = vec3<i32>(0x7fffffff);
    var hi = vec3<i32>(-0x7fffffff);
    for (var k = patch_start[p]; k < patch_start[p + 1u]; k++) {
        let member = boxes[order[k]];
        lo = min(lo, member.lo);
        hi = max(hi, member.hi);
    }
    // Cells are as large as boxes at the start, and larger where a box has grown: none covers more than nine along an axis.
    let size = bitcast<vec3<u32>>(hi - lo);
    let most = max(size.x, max(size.y, size.z));
    atomicMax(&progress.shift, max(32u - countLeadingZeros(most), 3u) - 3u);
    // In place of what it was grown by: whether it belongs to bodies, which do not touch each other.
    let is_of_bodies = primitives[order[patch_start[p]]].x >= contact.first_body;
    patch_box[p] = Box(lo, select(0.0, 1.0, is_of_bodies), hi, 0.0);
}

// Packed cell, ten bits each; cells 1024 apart share one, which does no harm.
fn key_of(cell: vec3<i32>) -> u32 {
    let low = bitcast<vec3<u32>>(cell) & vec3<u32>(1023u);
    return low.x | (low.y << 10u) | (low.z << 20u);
}

fn bucket_of(key: u32, kind: u32) -> u32 {
    let mixed = (key ^ (kind * 0x85ebca6bu)) * 0x9e3779b1u;
    return (mixed ^ (mixed >> 15u)) % detect.table;
}

fn shift() -> vec3<u32> {
    return vec3<u32>(max(detect.shift, atomicLoad(&progress.shift)));
}

fn overlap(a: Box, b: Box) -> bool {
    return all(a.lo <= b.hi) && all(b.lo <= a.hi);
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn fill_grid(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    if atomicLoad(&progress.must_detect) == 0u {
        return;
    }
    let count = detect.triangle_patches + detect.edge_patches;
    for (var at = id.x; at < count; at += groups.x * #{CLOTH_WORKGROUP}u) {
        fill_cells(at);
    }
}

fn fill_cells(index: u32) {
    let p = detect.vertex_patches + index;
    let kind = select(VERTEX_TRIANGLE, EDGE_EDGE, index >= detect.triangle_patches);
    let first = patch_box[p].lo >> shift();
    let last = patch_box[p].hi >> shift();
    for (var z = first.z; z <= last.z; z++) {
        for (var y = first.y; y <= last.y; y++) {
            for (var x = first.x; x <= last.x; x++) {
                let at = atomicAdd(&progress.nodes, 1u);
                if at < detect.node_room {
                    let key = key_of(vec3<i32>(x, y, z));
                    let next = atomicExchange(&heads[bucket_of(key, kind)], at + 1u);
                    nodes[at] = Node(key, p, next);
                }
            }
        }
    }
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn patch_pairs(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    if atomicLoad(&progress.must_detect) == 0u {
        return;
    }
    let count = detect.vertex_patches + detect.edge_patches;
    for (var at = id.x; at < count; at += groups.x * #{CLOTH_WORKGROUP}u) {
        pair_patches(at);
    }
}

fn pair_patches(index: u32) {
    let is_edges = index >= detect.vertex_patches;
    let kind = select(VERTEX_TRIANGLE, EDGE_EDGE, is_edges);
    let p = select(index, index + detect.triangle_patches, is_edges);
    let own = patch_box[p];
    let first = own.lo >> shift();
    let last = own.hi >> shift();
    for (var z = first.z; z <= last.z; z++) {
        for (var y = first.y; y <= last.y; y++) {
            for (var x = first.x; x <= last.x; x++) {
                let key = key_of(vec3<i32>(x, y, z));
                var at = atomicLoad(&heads[bucket_of(key, kind)]);
                while at != 0u {
                    let node = nodes[at - 1u];
                    at = node.next;
                    let is_of_kind = (node.patch_index >= detect.vertex_patches + detect.triangle_patches) == is_edges;
                    // Edges stand on both sides: each pair of patches is compared once.
                    let is_due = is_of_kind && (!is_edges || node.patch_index >= p);
                    if !is_due || node.key != key {
                        continue;
                    }
                    let other = patch_box[node.patch_index];
                    // Reported in one cell only, that of the lower corner of the common part.
                    let corner = max(own.lo, other.lo) >> shift();
                    let are_bodies = own.grown > 0.0 && other.grown > 0.0;
                    if !are_bodies && overlap(own, other) && key_of(corner) == key {
                        let to = atomicAdd(&progress.patch_pairs, 1u);
                        if to < detect.patch_pair_room {
                            pairs_of_patches[to] = vec2<u32>(p, node.patch_index);
                        }
                    }
                }
            }
        }
    }
}

fn take(kind: u32, v: vec4<u32>, a: Box, b: Box) {
    let q0 = place[v.x].xyz;
    let q1 = place[v.y].xyz;
    let q2 = place[v.z].xyz;
    let q3 = place[v.w].xyz;
    var found: Closest;
    if kind == EDGE_EDGE {
        found = segment_segment(between(q1, q0), between(q3, q2), between(q0, q2));
    } else {
        found = point_triangle(between(q0, q1), between(q2, q1), between(q3, q1));
    }
    let radius = add(a.grown, b.grown);
    if found.square <= mul(radius, radius) {
        let to = atomicAdd(&progress.pairs, 1u);
        if to < detect.pair_room {
            pairs[to] = Pair(v, kind, add(a.half_thickness, b.half_thickness), root(found.square), 0u);
        }
    }
}

fn compare(a: u32, b: u32) {
    let box_a = boxes[a];
    let box_b = boxes[b];
    if !overlap(box_a, box_b) {
        return;
    }
    if a < detect.vertices {
        let v = primitives[a].x;
        let t = primitives[b];
        let is_of_bodies = a >= detect.cloth_vertices && b - detect.vertices >= detect.cloth_triangles;
        if !is_of_bodies && all(t.xyz != vec3<u32>(v)) {
            take(VERTEX_TRIANGLE, vec4<u32>(v, t.xyz), box_a, box_b);
        }
    } else {
        let e = primitives[min(a, b)].xy;
        let f = primitives[max(a, b)].xy;
        let is_of_bodies = min(a, b) - detect.vertices - detect.triangles >= detect.cloth_edges;
        if !is_of_bodies && all(e != f.xx) && all(e != f.yy) {
            take(EDGE_EDGE, vec4<u32>(e, f), box_a, box_b);
        }
    }
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn primitive_pairs(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    if atomicLoad(&progress.must_detect) == 0u {
        return;
    }
    let work = min(atomicLoad(&progress.patch_pairs), detect.patch_pair_room) * PATCH;
    for (var at = id.x; at < work; at += groups.x * #{CLOTH_WORKGROUP}u) {
        let both = pairs_of_patches[at / PATCH];
        let i = patch_start[both.x] + at % PATCH;
        if i >= patch_start[both.x + 1u] {
            continue;
        }
        // Within a patch: later ones only.
        let first = select(patch_start[both.y], i + 1u, both.x == both.y);
        for (var j = first; j < patch_start[both.y + 1u]; j++) {
            compare(order[i], order[j]);
        }
    }
}
