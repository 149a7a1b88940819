// The surfaces of bodies of triangles: the twin of `outward`, `vertex_normal` and `nearest_triangle` in plugins/cloth/src/solver/contact/inside.rs, which is the
// CPU oracle. Spaces: units of 2^-24 m, and metres.
#define_import_path cloth::surface

#import cloth::exact::{add, mul, neg, add3, scale, add_scaled, outer, root, length_squared, normalised_or}
#import cloth::position::{between, metres_of_units}
#import cloth::closest::{Closest, point_triangle}
#import cloth::contact_state::{place, contact}

// The box of a patch of triangles; nothing in w.
struct SurfaceBox {
    lo: vec4<i32>,
    hi: vec4<i32>,
}

// Of all bodies together: vertices of each triangle (slots); where the triangles about each vertex begin, and the end; those; where the triangles of each
// patch begin, and the end; those. By the processor, once.
@group(0) @binding(23) var<storage, read> surface: array<u32>;
// By `box_bodies` and `drop_inside`.
@group(0) @binding(24) var<storage, read_write> surface_boxes: array<SurfaceBox>;

fn corners(triangle: u32) -> vec3<u32> {
    return vec3<u32>(surface[3u * triangle], surface[3u * triangle + 1u], surface[3u * triangle + 2u]);
}

// The mean direction of the triangles about a vertex of a body, of unit length.
fn vertex_normal(vertex: u32) -> vec3<f32> {
    let starts = 3u * contact.body_triangles;
    let fans = starts + contact.body_vertices + 1u;
    let i = starts + vertex - contact.first_body;
    var sum = vec3<f32>();
    for (var k = surface[i]; k < surface[i + 1u]; k++) {
        let t = corners(surface[fans + k]);
        let a = place[t.x].xyz;
        // Scaled by 2^8, so that the squares of small triangles stay normal numbers.
        let normal = outer(scale(between(place[t.y].xyz, a), 256.0), scale(between(place[t.z].xyz, a), 256.0));
        sum = add3(sum, normalised_or(normal, vec3<f32>()));
    }
    return normalised_or(sum, vec3<f32>());
}

// Outward direction (of any length) at the closest point on a body's triangle, whose corners are the last three vertices.
fn outward(vertices: vec4<u32>, found: Closest) -> vec3<f32> {
    if found.is_interior > 0.0 {
        return found.common_normal;
    }
    var sum = vec3<f32>();
    for (var k = 1u; k < 4u; k++) {
        if found.weights[k] < 0.0 {
            sum = add_scaled(sum, vertex_normal(vertices[k]), neg(found.weights[k]));
        }
    }
    return sum;
}

fn patch_starts() -> u32 {
    return 6u * contact.body_triangles + contact.body_vertices + 1u;
}

fn box_patch_of_bodies(p: u32) {
    let starts = patch_starts();
    let triangles = starts + contact.body_patches + 1u;
    var lo = vec3<i32>(0x7fffffff);
    var hi = vec3<i32>(-0x7fffffff);
    for (var k = surface[starts + p]; k < surface[starts + p + 1u]; k++) {
        let t = corners(surface[triangles + k]);
        for (var c = 0u; c < 3u; c++) {
            lo = min(lo, place[t[c]].xyz);
            hi = max(hi, place[t[c]].xyz);
        }
    }
    surface_boxes[p] = SurfaceBox(vec4<i32>(lo, 0), vec4<i32>(hi, 0));
}

// Whether a vertex is in the box of all bodies.
fn is_in_box(vertex: u32) -> bool {
    let q = place[vertex].xyz;
    var lo = vec3<i32>(0x7fffffff);
    var hi = vec3<i32>(-0x7fffffff);
    for (var p = 0u; p < contact.body_patches; p++) {
        lo = min(lo, surface_boxes[p].lo.xyz);
        hi = max(hi, surface_boxes[p].hi.xyz);
    }
    return all(lo <= q) && all(q <= hi);
}

// A vertex and the nearest triangle of any body; the vertex four times where there is none.
struct Nearest {
    vertices: vec4<u32>,
    found: Closest,
}

fn nearest_triangle(vertex: u32) -> Nearest {
    let starts = patch_starts();
    let triangles = starts + contact.body_patches + 1u;
    let q = place[vertex].xyz;
    var best: Nearest;
    best.vertices = vec4<u32>(vertex);
    var has_best = false;
    for (var p = 0u; p < contact.body_patches; p++) {
        let own = surface_boxes[p];
        let beyond = max(max(own.lo.xyz - q, q - own.hi.xyz), vec3<i32>());
        // A little less than the distance from the box, for rounding.
        let from_box = vec3<f32>(metres_of_units(beyond.x), metres_of_units(beyond.y), metres_of_units(beyond.z));
        let least = mul(0.9999, root(length_squared(from_box)));
        if has_best && mul(least, least) > best.found.square {
            continue;
        }
        for (var k = surface[starts + p]; k < surface[starts + p + 1u]; k++) {
            let t = corners(surface[triangles + k]);
            let a = place[t.x].xyz;
            let found = point_triangle(between(q, a), between(place[t.y].xyz, a), between(place[t.z].xyz, a));
            if !has_best || found.square < best.found.square {
                best = Nearest(vec4<u32>(vertex, t), found);
                has_best = true;
            }
        }
    }
    return best;
}
