// Thickness and friction of near pairs: the twin of plugins/cloth/src/solver/contact/push.rs, which is the CPU oracle; the method stands there.
// Spaces: metres, and metres times kg.
#define_import_path cloth::push

#import cloth::exact::{add, sub, mul, div, neg, magnitude, magnitude3, recip, add3, sub3, scale, add_scaled, inner}
#import cloth::position::round_half_away
#import cloth::contact_types::{Near, PUSHES, HAS_BODY}
#import cloth::contact_state::{vertices, progress, contact, displacement, inverse_mass, number, body_of_pair, common_motion}
#import cloth::exchange::{react, arm_of}
#import cloth::shapes::limited

const SUM_UNITS_PER_M: f32 = 1073741824.0;
const LARGEST_CORRECTION_M: f32 = 0.015625;
const WEIGHT_UNITS: f32 = 65536.0;
// A little less than the margin, for rounding.
const WITHIN: f32 = 0.999;

struct Sum {
    x: atomic<i32>,
    y: atomic<i32>,
    z: atomic<i32>,
    weight: atomic<i32>,
}

// By `measure` and `bring_out`; pushes by `push_impulses`.
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
    return (one.flags & PUSHES) != 0u && (one.pushed > 0.0 || gap < one.wanted);
}

// Pairs with bodies of triangles only, or all of them.
fn counts(one: Near, only_bodies: bool) -> bool {
    return !only_bodies || (one.flags & HAS_BODY) != 0u;
}

// Here and below: pairs with bodies of triangles only, or all; whether bodies are pushed too.
fn weigh(at: u32, only_bodies: bool, gives_way: bool) {
    let one = near[at];
    if !counts(one, only_bodies) || !is_active(one, slip_of(one)) {
        return;
    }
    for (var k = 0u; k < 4u; k++) {
        // What a body that does not give way would take of the sum counts for nothing.
        if one.vertices[k] >= contact.first_body && !gives_way {
            continue;
        }
        let units = max(round_half_away(mul(magnitude(one.weights[k]), WEIGHT_UNITS)), 1);
        atomicAdd(&sums[one.vertices[k]].weight, units);
    }
}

fn correction(x: f32) -> i32 {
    var bounded = select(x, LARGEST_CORRECTION_M, x > LARGEST_CORRECTION_M);
    bounded = select(bounded, -LARGEST_CORRECTION_M, x < -LARGEST_CORRECTION_M);
    return round_half_away(mul(bounded, SUM_UNITS_PER_M));
}

// Of a vertex of a body that gives way as of the lightest of the cloths', 1/kg.
fn mobility_of(v: u32, gives_way: bool) -> f32 {
    return select(inverse_mass(v), bitcast<f32>(atomicLoad(&progress.lightest)), gives_way && v >= contact.first_body);
}

fn impel(at: u32, only_bodies: bool, gives_way: bool) {
    let one = near[at];
    let slip = slip_of(one);
    if !counts(one, only_bodies) || !is_active(one, slip) {
        return;
    }
    var mobility = 0.0;
    for (var k = 0u; k < 4u; k++) {
        let v = one.vertices[k];
        let copies = mul(number(atomicLoad(&sums[v].weight)), 1.0 / WEIGHT_UNITS);
        mobility = add(mobility, mul(mobility_of(v, gives_way), mul(magnitude(one.weights[k]), copies)));
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
    let along_normal = scale(normal, sub(pushed, one.pushed));
    let impulse = add3(along_normal, sub3(rubbed, one.rubbed.xyz));
    near[at].pushed = pushed;
    near[at].rubbed = vec4<f32>(rubbed, 0.0);
    let body = body_of_pair(one);
    for (var k = 0u; k < 4u; k++) {
        let v = one.vertices[k];
        let is_flesh = v >= contact.first_body;
        if is_flesh && !gives_way {
            continue;
        }
        // Flesh is not rubbed along.
        let own = select(impulse, along_normal, is_flesh);
        let moved = scale(own, mul(mobility_of(v, gives_way), one.weights[k]));
        let units = vec3<i32>(correction(moved.x), correction(moved.y), correction(moved.z));
        atomicAdd(&sums[v].x, units.x);
        atomicAdd(&sums[v].y, units.y);
        atomicAdd(&sums[v].z, units.z);
        if body > 0u && !is_flesh && inverse_mass(v) > 0.0 {
            let change = scale(vec3<f32>(number(units.x), number(units.y), number(units.z)), 1.0 / SUM_UNITS_PER_M);
            react(contact.bodies + body - 1u, v, change, arm_of(v));
        }
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
    let pushed = add3(displacement[v].xyz, metres);
    displacement[v] = vec4<f32>(pushed, 0.0);
    if v < contact.first_body || all(sum == vec3<i32>()) {
        return;
    }
    // A body gives way, as far as its margin lets it.
    let overall = common_motion();
    let relative = sub3(pushed, overall);
    let moved = magnitude3(relative);
    let most = vertices[v].margin;
    if moved > most {
        displacement[v] = vec4<f32>(add_scaled(overall, relative, mul(WITHIN, div(most, moved))), 0.0);
    }
    vertices[v].is_inside = 1u;
}
