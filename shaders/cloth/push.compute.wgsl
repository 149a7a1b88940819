// Thickness and friction of near pairs: the twin of plugins/cloth/src/solver/contact/push.rs, which is the CPU oracle; the method stands there.
//
// One iteration is three entry points: `push_weights` and `push_impulses` (one invocation a pair, any order: the sums are of integers) and `push_apply`
// (one a vertex; it also clears the sums). Spaces: metres, and metres times kg. Workgroups in a line.

#import cloth::exact::{add, sub, mul, neg, magnitude, is_nan, recip, rsqrt, add3, sub3, scale, add_scaled, inner, length_squared}
#import cloth::position::round_half_away

const SUM_UNITS_PER_M: f32 = 1073741824.0;
const LARGEST_CORRECTION_M: f32 = 0.015625;
const WEIGHT_UNITS: f32 = 65536.0;
const LEAST_NORMAL: f32 = 1.17549435e-38;

struct Near {
    vertices: vec4<u32>,
    weights: vec4<f32>,
    // Unit normal from the second to the first primitive, and the gap, m.
    normal_gap: vec4<f32>,
    // Distance to keep, m; friction; 1 if it pushes; normal push so far.
    wanted: f32,
    friction: f32,
    is_pushing: f32,
    pushed: f32,
    // Friction so far in this substep.
    rubbed: vec4<f32>,
}

struct Sum {
    x: atomic<i32>,
    y: atomic<i32>,
    z: atomic<i32>,
    weight: atomic<i32>,
}

// By the narrow phase; pushes by `push_impulses`.
@group(0) @binding(1) var<storage, read_write> near: array<Near>;
// Displacement of each vertex, bodies' after the cloths', m. By `push_apply`.
@group(0) @binding(2) var<storage, read_write> displacement: array<vec4<f32>>;
// 1/kg, zero for bodies. By the processor.
@group(0) @binding(3) var<storage, read> inverse_mass: array<f32>;
@group(0) @binding(4) var<storage, read_write> sums: array<Sum>;

// As a float, rounded once, whatever the device's own conversion does.
fn number(x: i32) -> f32 {
    return add(mul(f32(x >> 12u), 4096.0), f32(x & 4095));
}

fn slip_of(one: Near) -> vec3<f32> {
    var slip = vec3<f32>();
    for (var k = 0u; k < 4u; k++) {
        slip = add_scaled(slip, displacement[one.vertices[k]].xyz, one.weights[k]);
    }
    return slip;
}

fn is_active(one: Near, slip: vec3<f32>) -> bool {
    let gap = add(one.normal_gap.w, inner(one.normal_gap.xyz, slip));
    return one.is_pushing > 0.0 && (one.pushed > 0.0 || gap < one.wanted);
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn push_weights(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= arrayLength(&near) {
        return;
    }
    let one = near[id.x];
    if !is_active(one, slip_of(one)) {
        return;
    }
    for (var k = 0u; k < 4u; k++) {
        let units = max(round_half_away(mul(magnitude(one.weights[k]), WEIGHT_UNITS)), 1);
        atomicAdd(&sums[one.vertices[k]].weight, units);
    }
}

fn limited(v: vec3<f32>, limit: f32) -> vec3<f32> {
    let square = length_squared(v);
    if square <= mul(limit, limit) || square < LEAST_NORMAL {
        return v;
    }
    return scale(v, mul(limit, rsqrt(square)));
}

fn correction(x: f32) -> i32 {
    var bounded = select(x, LARGEST_CORRECTION_M, x > LARGEST_CORRECTION_M);
    bounded = select(bounded, -LARGEST_CORRECTION_M, x < -LARGEST_CORRECTION_M);
    return round_half_away(mul(bounded, SUM_UNITS_PER_M));
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn push_impulses(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= arrayLength(&near) {
        return;
    }
    let one = near[id.x];
    let slip = slip_of(one);
    if !is_active(one, slip) {
        return;
    }
    var mobility = 0.0;
    for (var k = 0u; k < 4u; k++) {
        let v = one.vertices[k];
        let copies = mul(number(atomicLoad(&sums[v].weight)), 1.0 / WEIGHT_UNITS);
        mobility = add(mobility, mul(inverse_mass[v], mul(magnitude(one.weights[k]), copies)));
    }
    if mobility <= 1e-20 {
        return;
    }
    let mass = recip(mobility);
    let normal = one.normal_gap.xyz;
    let along = inner(normal, slip);
    let missing = sub(one.wanted, add(one.normal_gap.w, along));
    let sum = add(one.pushed, mul(missing, mass));
    let pushed = select(0.0, sum, sum > 0.0);
    let tangential = add_scaled(slip, normal, neg(along));
    let rubbed = limited(add_scaled(one.rubbed.xyz, tangential, neg(mass)), mul(one.friction, pushed));
    let impulse = add3(scale(normal, sub(pushed, one.pushed)), sub3(rubbed, one.rubbed.xyz));
    near[id.x].pushed = pushed;
    near[id.x].rubbed = vec4<f32>(rubbed, 0.0);
    for (var k = 0u; k < 4u; k++) {
        let v = one.vertices[k];
        let moved = scale(impulse, mul(inverse_mass[v], one.weights[k]));
        atomicAdd(&sums[v].x, correction(moved.x));
        atomicAdd(&sums[v].y, correction(moved.y));
        atomicAdd(&sums[v].z, correction(moved.z));
    }
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn push_apply(@builtin(global_invocation_id) id: vec3<u32>) {
    let v = id.x;
    if v >= arrayLength(&sums) {
        return;
    }
    let sum = vec3<i32>(atomicLoad(&sums[v].x), atomicLoad(&sums[v].y), atomicLoad(&sums[v].z));
    // What nothing touched stays as it is; a body's sums are nought.
    if atomicLoad(&sums[v].weight) > 0 {
        let metres = scale(vec3<f32>(number(sum.x), number(sum.y), number(sum.z)), 1.0 / SUM_UNITS_PER_M);
        displacement[v] = vec4<f32>(add3(displacement[v].xyz, metres), 0.0);
    }
    atomicStore(&sums[v].x, 0);
    atomicStore(&sums[v].y, 0);
    atomicStore(&sums[v].z, 0);
    atomicStore(&sums[v].weight, 0);
}
