// The arithmetic of the cloth on given bits: for the contract test and the self-test at start, against plugins/cloth/src/solver/{exact,vec3,position}.rs.
// One invocation a case of two numbers and two vectors, which are six words; RESULTS words come out. Workgroups in a line.

#import cloth::exact::{add, sub, mul, recip, div, rsqrt, root, neg, smaller, larger, add3, sub3, add_scaled, inner, outer, magnitude3, normalised_or}
#import cloth::wide::product_units
#import cloth::position::{round_half_away, metres_of_units, split}

const RESULTS: u32 = 30u;

// By the processor.
@group(0) @binding(1) var<storage, read> cases: array<u32>;
// For the processor.
@group(0) @binding(2) var<storage, read_write> results: array<u32>;

fn put(at: u32, x: f32) {
    results[at] = bitcast<u32>(x);
}

fn put3(at: u32, v: vec3<f32>) {
    put(at, v.x);
    put(at + 1u, v.y);
    put(at + 2u, v.z);
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn arithmetic(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.x;
    if i >= arrayLength(&cases) / 6u {
        return;
    }
    let a = vec3<f32>(bitcast<f32>(cases[6u * i]), bitcast<f32>(cases[6u * i + 1u]), bitcast<f32>(cases[6u * i + 2u]));
    let b = vec3<f32>(bitcast<f32>(cases[6u * i + 3u]), bitcast<f32>(cases[6u * i + 4u]), bitcast<f32>(cases[6u * i + 5u]));
    let o = RESULTS * i;
    put(o, add(a.x, b.x));
    put(o + 1u, sub(a.x, b.x));
    put(o + 2u, mul(a.x, b.x));
    put(o + 3u, recip(a.x));
    put(o + 4u, div(a.x, b.x));
    put(o + 5u, rsqrt(a.x));
    put(o + 6u, root(a.x));
    put(o + 7u, neg(a.x));
    put(o + 8u, smaller(a.x, b.x));
    put(o + 9u, larger(a.x, b.x));
    // What a compiler would contract or rearrange.
    put(o + 10u, add(mul(a.x, b.x), a.y));
    put(o + 11u, sub(add(a.x, b.x), b.x));
    put(o + 12u, inner(a, b));
    put(o + 13u, magnitude3(a));
    put3(o + 14u, outer(a, b));
    put3(o + 17u, add_scaled(a, b, a.x));
    put3(o + 20u, normalised_or(a, b));
    results[o + 23u] = bitcast<u32>(round_half_away(a.x));
    put(o + 24u, metres_of_units(bitcast<i32>(cases[6u * i])));
    let parts = split(a.x);
    results[o + 25u] = bitcast<u32>(parts.units);
    put(o + 26u, parts.rest);
    let product = product_units(a.x, b.x);
    results[o + 27u] = product.x;
    results[o + 28u] = product.y;
    put(o + 29u, larger(smaller(a.x, 1.0), 0.0));
}
