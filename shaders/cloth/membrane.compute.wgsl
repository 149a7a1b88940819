// Stretch, shear and air of triangles: the twin of plugins/cloth/src/solver/{membrane,air}.rs and of MembraneBatch in batch.rs, which are the
// CPU oracle; formulae and sources stand there.
//
// `membrane_forces`: forces of the remembered stress and of the air at the start of a substep, one invocation a triangle, any order.
// `membrane_solve`: one Gauss-Seidel visit of the triangles of a colour, which share no particle; `membrane_solve_few` one of all colours. A constant of element e is
// `words[word * call.stride + e]`. Workgroups in a line.

#import cloth::exact::{add, sub, mul, neg, magnitude, recip, rsqrt, larger, smaller, add3, sub3, scale, add_scaled, neg3, inner, outer, length_squared, magnitude3}
#import cloth::particles::{step, call, rest, velocity, has, is_visit, Corner, corner, minus, set_offset}
#import cloth::step_types::{IS_DAMPED, IS_LIMITED, HAS_MEMORY, HAS_AIR, IS_FIRST, IS_LAST}

// Vertices (3), shape (4), mobility (3), gram (3), inverse area: the bits. Of few triangles, where each colour ends, too. By the processor, once.
@group(1) @binding(0) var<storage, read> words: array<u32>;
// Multipliers of this substep (3) and remembered (3), N m. By `membrane_solve`.
@group(1) @binding(1) var<storage, read_write> multipliers: array<f32>;
// Forces on the corners: `(axis * 3 + corner) * call.stride + e`, N. By `membrane_forces`, for `gather`.
@group(1) @binding(2) var<storage, read_write> corner_forces: array<f32>;
// Wind at each particle, m/s. By the processor.
@group(1) @binding(3) var<storage, read> wind: array<vec4<f32>>;

// Constants of a triangle.
const WORDS: u32 = 14u;

struct Shape {
    u: vec2<f32>,
    v: vec2<f32>,
}

struct Gradient {
    u: vec3<f32>,
    v: vec3<f32>,
}

fn number(word: u32, e: u32) -> f32 {
    return bitcast<f32>(words[word * call.stride + e]);
}

fn shape_of(e: u32) -> Shape {
    return Shape(vec2<f32>(number(3u, e), number(4u, e)), vec2<f32>(number(5u, e), number(6u, e)));
}

fn multiplier(first: u32, e: u32) -> vec3<f32> {
    let s = call.stride;
    return vec3<f32>(multipliers[first * s + e], multipliers[(first + 1u) * s + e], multipliers[(first + 2u) * s + e]);
}

fn set_multiplier(first: u32, e: u32, value: vec3<f32>) {
    let s = call.stride;
    multipliers[first * s + e] = value.x;
    multipliers[(first + 1u) * s + e] = value.y;
    multipliers[(first + 2u) * s + e] = value.z;
}

fn gradient(shape: Shape, e1: vec3<f32>, e2: vec3<f32>) -> Gradient {
    return Gradient(
        add3(scale(e1, shape.u.x), scale(e2, shape.u.y)),
        add3(scale(e1, shape.v.x), scale(e2, shape.v.y)),
    );
}

// Forces on corners 1 (u) and 2 (v); corner 0 has minus their sum.
fn forces(shape: Shape, f: Gradient, s: vec3<f32>) -> Gradient {
    let along_u = add3(scale(f.u, s.x), scale(f.v, s.z));
    let along_v = add3(scale(f.v, s.y), scale(f.u, s.z));
    return Gradient(
        add3(scale(along_u, shape.u.x), scale(along_v, shape.v.x)),
        add3(scale(along_u, shape.u.y), scale(along_v, shape.v.y)),
    );
}

fn force_on_triangle(relative: vec3<f32>, edges: vec3<f32>) -> vec3<f32> {
    let inverse_length = rsqrt(larger(length_squared(edges), 1e-30));
    let normal = scale(edges, inverse_length);
    let area = mul(inner(edges, normal), 0.5);
    let across = inner(relative, normal);
    let along = sub3(relative, scale(normal, across));
    let bound = step.air.z;
    let normal_rate = smaller(mul(magnitude(across), step.air.x), bound);
    let tangential_rate = smaller(mul(magnitude3(along), step.air.y), bound);
    return scale(add3(scale(normal, mul(across, normal_rate)), scale(along, tangential_rate)), area);
}

fn relative_wind(particle: u32) -> vec3<f32> {
    return sub3(wind[particle].xyz, velocity[particle].xyz);
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn membrane_forces(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= call.count {
        return;
    }
    let e = call.first + id.x;
    let s = call.stride;
    let v = vec3<u32>(words[e], words[s + e], words[2u * s + e]);
    let x0 = corner(v.x);
    let e1 = minus(corner(v.y), x0);
    let e2 = minus(corner(v.z), x0);
    var force = array<vec3<f32>, 3>(vec3<f32>(), vec3<f32>(), vec3<f32>());
    if has(HAS_MEMORY) {
        let shape = shape_of(e);
        let on = forces(shape, gradient(shape, e1, e2), multiplier(3u, e));
        force = array<vec3<f32>, 3>(neg3(add3(on.u, on.v)), on.u, on.v);
    }
    if has(HAS_AIR) {
        let sum = add3(add3(relative_wind(v.x), relative_wind(v.y)), relative_wind(v.z));
        let third = scale(force_on_triangle(scale(sum, 1.0 / 3.0), outer(e1, e2)), 1.0 / 3.0);
        force = array<vec3<f32>, 3>(add3(force[0], third), add3(force[1], third), add3(force[2], third));
    }
    for (var i = 0u; i < 3u; i++) {
        corner_forces[i * s + e] = force[i].x;
        corner_forces[(3u + i) * s + e] = force[i].y;
        corner_forces[(6u + i) * s + e] = force[i].z;
    }
}

struct Branch {
    // S_uu, S_vv, S_uv.
    compliance: vec3<f32>,
    // Shifted strains along warp and weft.
    target_u: f32,
    target_v: f32,
}

fn limited(strain: vec3<f32>) -> Branch {
    let limit = step.stiffness.w;
    let extra_u = select(0.0, step.extra.x, strain.x > limit);
    let extra_v = select(0.0, step.extra.y, strain.y > limit);
    let k_uu = add(step.stiffness.x, extra_u);
    let k_vv = add(step.stiffness.y, extra_v);
    let k_uv = step.stiffness.z;
    let inverse = recip(sub(mul(k_uu, k_vv), mul(k_uv, k_uv)));
    let s_uu = mul(k_vv, inverse);
    let s_vv = mul(k_uu, inverse);
    let s_uv = neg(mul(k_uv, inverse));
    let push_u = mul(extra_u, limit);
    let push_v = mul(extra_v, limit);
    return Branch(
        vec3<f32>(s_uu, s_vv, s_uv),
        sub(strain.x, add(mul(s_uu, push_u), mul(s_uv, push_v))),
        sub(strain.y, add(mul(s_uv, push_u), mul(s_vv, push_v))),
    );
}

fn solve_symmetric(a: array<f32, 6>, b: vec3<f32>) -> vec3<f32> {
    let tiny = 1e-6;
    let i0 = recip(a[0]);
    let l10 = mul(a[1], i0);
    let l20 = mul(a[2], i0);
    let i1 = recip(larger(sub(a[3], mul(l10, a[1])), mul(a[3], tiny)));
    let a4 = sub(a[4], mul(l20, a[1]));
    let l21 = mul(a4, i1);
    let i2 = recip(larger(sub(sub(a[5], mul(l20, a[2])), mul(l21, a4)), mul(a[5], tiny)));
    let y1 = sub(b.y, mul(l10, b.x));
    let y2 = sub(sub(b.z, mul(l20, b.x)), mul(l21, y1));
    let x2 = mul(y2, i2);
    let x1 = sub(mul(y1, i1), mul(l21, x2));
    let x0 = sub(sub(mul(b.x, i0), mul(l10, x1)), mul(l20, x2));
    return vec3<f32>(x0, x1, x2);
}

// The change of the multipliers `s`, from the deformation gradient and its change in this substep.
fn solve(e: u32, f: Gradient, rate: Gradient, s: vec3<f32>) -> vec3<f32> {
    var uu = inner(f.u, f.u);
    var vv = inner(f.v, f.v);
    let uv = inner(f.u, f.v);
    var aim = vec3<f32>(mul(0.5, sub(uu, 1.0)), mul(0.5, sub(vv, 1.0)), uv);
    var c = step.compliance;
    if has(IS_LIMITED) {
        let branch = limited(aim);
        c = vec4<f32>(branch.compliance, c.w);
        aim = vec3<f32>(branch.target_u, branch.target_v, aim.z);
    }
    let inverse_area = number(13u, e);
    c = vec4<f32>(mul(c.x, inverse_area), mul(c.y, inverse_area), mul(c.z, inverse_area), mul(c.w, inverse_area));

    uu = larger(uu, 0.5);
    vv = larger(vv, 0.5);
    let p = number(10u, e);
    let q = number(11u, e);
    let r = number(12u, e);
    var block = array<f32, 6>(
        mul(p, uu),
        mul(r, uv),
        add(mul(r, uu), mul(p, uv)),
        mul(q, vv),
        add(mul(q, uv), mul(r, vv)),
        add(add(mul(q, uu), mul(p, vv)), mul(r, add(uv, uv))),
    );
    var right = vec3<f32>(
        add(add(aim.x, mul(c.x, s.x)), mul(c.z, s.y)),
        add(add(aim.y, mul(c.y, s.y)), mul(c.z, s.x)),
        add(aim.z, mul(c.w, s.z)),
    );
    if has(IS_DAMPED) {
        let damping = step.extra.z;
        let more = add(1.0, damping);
        for (var k = 0u; k < 6u; k++) {
            block[k] = mul(block[k], more);
        }
        let speed = vec3<f32>(inner(f.u, rate.u), inner(f.v, rate.v), add(inner(f.u, rate.v), inner(f.v, rate.u)));
        right = add3(right, scale(speed, damping));
    }
    block[0] = add(block[0], c.x);
    block[1] = add(block[1], c.z);
    block[3] = add(block[3], c.y);
    block[5] = add(block[5], c.w);
    return solve_symmetric(block, neg3(right));
}

fn moved(particle: u32, x: Corner) -> vec3<f32> {
    return sub3(x.offset, rest[particle].xyz);
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn membrane_solve(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= call.count {
        return;
    }
    solve_triangle(call.first + id.x);
}

// All colours by one workgroup, for few triangles: barriers cost less than dispatches. Where each colour ends stands behind the constants.
@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn membrane_solve_few(@builtin(local_invocation_index) index: u32) {
    var first = 0u;
    for (var colour = 0u; colour < call.count; colour++) {
        let end = words[WORDS * call.stride + colour];
        for (var e = first + index; e < end; e += #{CLOTH_WORKGROUP}u) {
            solve_triangle(e);
        }
        storageBarrier();
        first = end;
    }
}

fn solve_triangle(e: u32) {
    let v = vec3<u32>(words[e], words[call.stride + e], words[2u * call.stride + e]);
    let x0 = corner(v.x);
    let x1 = corner(v.y);
    let x2 = corner(v.z);
    let shape = shape_of(e);
    let f = gradient(shape, minus(x1, x0), minus(x2, x0));
    var rate = f;
    if has(IS_DAMPED) {
        let d0 = moved(v.x, x0);
        rate = gradient(shape, sub3(moved(v.y, x1), d0), sub3(moved(v.z, x2), d0));
    }
    var before = vec3<f32>();
    if !is_visit(IS_FIRST) {
        before = multiplier(0u, e);
    } else if has(HAS_MEMORY) {
        before = multiplier(3u, e);
    }
    let change = solve(e, f, rate, before);
    let stress = add3(before, change);
    if !is_visit(IS_LAST) {
        set_multiplier(0u, e, stress);
    } else if has(HAS_MEMORY) {
        let memory = multiplier(3u, e);
        set_multiplier(3u, e, add_scaled(memory, sub3(stress, memory), step.extra.w));
    }
    let on = forces(shape, f, change);
    set_offset(v.x, add_scaled(x0.offset, neg3(add3(on.u, on.v)), number(7u, e)));
    set_offset(v.y, add_scaled(x1.offset, on.u, number(8u, e)));
    set_offset(v.z, add_scaled(x2.offset, on.v, number(9u, e)));
}
