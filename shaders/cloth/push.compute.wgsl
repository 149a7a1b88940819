// Thickness and friction of near pairs: the twin of plugins/cloth/src/solver/contact/push.rs, which is the CPU oracle; the method stands there.
//
// One iteration is three entry points: `push_weights` and `push_impulses` (over pairs, any order: the sums are of integers) and `push_apply`
// (over vertices; it also clears the sums); or all of them are `push_all`, one workgroup. Any number of invocations share the work. Spaces: metres, and metres times kg. Workgroups in a line.

#import cloth::exact::{add, sub, mul, neg, magnitude, is_nan, recip, rsqrt, add3, sub3, scale, add_scaled, inner, length_squared}
#import cloth::position::round_half_away
#import cloth::contact_types::Near
#import cloth::contact_state::{place, progress, contact, displacement, inverse_mass, number}
#import cloth::shapes::limited

const SUM_UNITS_PER_M: f32 = 1073741824.0;
const LARGEST_CORRECTION_M: f32 = 0.015625;
const WEIGHT_UNITS: f32 = 65536.0;

struct Sum {
    x: atomic<i32>,
    y: atomic<i32>,
    z: atomic<i32>,
    weight: atomic<i32>,
}

// By `measure`; pushes by `push_impulses`.
@group(0) @binding(16) var<storage, read_write> near: array<Near>;
@group(0) @binding(17) var<storage, read_write> sums: array<Sum>;

fn near_count() -> u32 {
    return min(atomicLoad(&progress.near), contact.near_room);
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
fn push_weights(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let count = near_count();
    for (var at = id.x; at < count; at += groups.x * #{CLOTH_WORKGROUP}u) {
        weigh(at);
    }
}

fn weigh(at: u32) {
    let one = near[at];
    if !is_active(one, slip_of(one)) {
        return;
    }
    for (var k = 0u; k < 4u; k++) {
        let units = max(round_half_away(mul(magnitude(one.weights[k]), WEIGHT_UNITS)), 1);
        atomicAdd(&sums[one.vertices[k]].weight, units);
    }
}

fn correction(x: f32) -> i32 {
    var bounded = select(x, LARGEST_CORRECTION_M, x > LARGEST_CORRECTION_M);
    bounded = select(bounded, -LARGEST_CORRECTION_M, x < -LARGEST_CORRECTION_M);
    return round_half_away(mul(bounded, SUM_UNITS_PER_M));
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn push_impulses(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let count = near_count();
    for (var at = id.x; at < count; at += groups.x * #{CLOTH_WORKGROUP}u) {
        impel(at);
    }
}

fn impel(at: u32) {
    let one = near[at];
    let slip = slip_of(one);
    if !is_active(one, slip) {
        return;
    }
    var mobility = 0.0;
    for (var k = 0u; k < 4u; k++) {
        let v = one.vertices[k];
        let copies = mul(number(atomicLoad(&sums[v].weight)), 1.0 / WEIGHT_UNITS);
        mobility = add(mobility, mul(inverse_mass(v), mul(magnitude(one.weights[k]), copies)));
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
    near[at].pushed = pushed;
    near[at].rubbed = vec4<f32>(rubbed, one.rubbed.w);
    for (var k = 0u; k < 4u; k++) {
        let v = one.vertices[k];
        let moved = scale(impulse, mul(inverse_mass(v), one.weights[k]));
        atomicAdd(&sums[v].x, correction(moved.x));
        atomicAdd(&sums[v].y, correction(moved.y));
        atomicAdd(&sums[v].z, correction(moved.z));
    }
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn push_apply(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    for (var v = id.x; v < contact.vertices; v += groups.x * #{CLOTH_WORKGROUP}u) {
        correct(v);
    }
}

fn correct(v: u32) {
    // What nothing touched stays as it is.
    if atomicExchange(&sums[v].weight, 0) <= 0 {
        return;
    }
    let sum = vec3<i32>(
        atomicExchange(&sums[v].x, 0),
        atomicExchange(&sums[v].y, 0),
        atomicExchange(&sums[v].z, 0),
    );
    let metres = scale(vec3<f32>(number(sum.x), number(sum.y), number(sum.z)), 1.0 / SUM_UNITS_PER_M);
    displacement[v] = vec4<f32>(add3(displacement[v].xyz, metres), 0.0);
}

// All iterations by one workgroup, for few pairs: barriers cost less than dispatches.
@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn push_all(@builtin(local_invocation_index) index: u32) {
    let count = near_count();
    for (var iteration = 0u; iteration < contact.iterations; iteration++) {
        for (var at = index; at < count; at += #{CLOTH_WORKGROUP}u) {
            weigh(at);
        }
        storageBarrier();
        for (var at = index; at < count; at += #{CLOTH_WORKGROUP}u) {
            impel(at);
        }
        storageBarrier();
        for (var v = index; v < contact.vertices; v += #{CLOTH_WORKGROUP}u) {
            correct(v);
        }
        storageBarrier();
    }
}
