// Bending of a vertex with its ring: the twin of plugins/cloth/src/solver/bending.rs and of BendingBatch in batch.rs, which are the CPU oracle;
// formulae and sources stand there.
//
// `bending_forces`: forces of the remembered moments at the start of a substep, one invocation a patch, any order.
// `bending_solve`: one Gauss-Seidel visit of the patches of a colour, which share no particle; `bending_solve_few` one of all colours. A constant of element e is
// `words[word * call.stride + e]`. Workgroups in a line.

#import cloth::exact::{mul, add, add3, sub3, scale, add_scaled, neg3, inner, outer}
#import cloth::particles::{step, call, rest, has, is_visit, Corner, corner, minus, set_offset}
#import cloth::step_types::{IS_DAMPED, HAS_MEMORY, HAS_NORMAL, IS_FIRST, IS_LAST}

// Most neighbours, as RING of the oracle.
const RING: u32 = 8u;
const SLOTS: u32 = 9u;
const ROWS: u32 = 10u;
const REST: u32 = 34u;
const INVERSE: u32 = 37u;
const MOBILITY: u32 = 43u;
const INVERSE_CROSS: u32 = 52u;
const MEMORY: u32 = 9u;
// Constants of a patch.
const WORDS: u32 = 53u;

// Vertices (9), slots in use, rows (3 x 8), rest (3), inverse (6), mobility (9), inverse cross: the bits. Of few patches, where each colour ends, too. By the
// processor, once.
@group(1) @binding(0) var<storage, read> words: array<u32>;
// Multipliers of this substep (3 x 3) and remembered along the normal (3), sqrt(J). By `bending_solve`.
@group(1) @binding(1) var<storage, read_write> multipliers: array<f32>;
// Forces on vertex and ring: `(axis * 9 + slot) * call.stride + e`, N. By `bending_forces`, for `gather`.
@group(1) @binding(2) var<storage, read_write> corner_forces: array<f32>;

fn vertex(slot: u32, e: u32) -> u32 {
    return words[slot * call.stride + e];
}

fn number(word: u32, e: u32) -> f32 {
    return bitcast<f32>(words[word * call.stride + e]);
}

fn multiplier(word: u32, e: u32) -> f32 {
    return multipliers[word * call.stride + e];
}

fn normal_of(first: vec3<f32>, second: vec3<f32>, e: u32) -> vec3<f32> {
    return scale(outer(first, second), number(INVERSE_CROSS, e));
}

fn remembered(normal: vec3<f32>, e: u32) -> array<vec3<f32>, 3> {
    return array<vec3<f32>, 3>(
        scale(normal, multiplier(MEMORY, e)),
        scale(normal, multiplier(MEMORY + 1u, e)),
        scale(normal, multiplier(MEMORY + 2u, e)),
    );
}

// Force of the multipliers on ring vertex j; the vertex itself bears minus the sum.
fn force_on(s0: vec3<f32>, s1: vec3<f32>, s2: vec3<f32>, j: u32, e: u32) -> vec3<f32> {
    let rows = vec3<f32>(number(ROWS + j, e), number(ROWS + RING + j, e), number(ROWS + 2u * RING + j, e));
    return add3(add3(scale(s0, rows.x), scale(s1, rows.y)), scale(s2, rows.z));
}

fn set_force(slot: u32, e: u32, force: vec3<f32>) {
    corner_forces[slot * call.stride + e] = force.x;
    corner_forces[(9u + slot) * call.stride + e] = force.y;
    corner_forces[(18u + slot) * call.stride + e] = force.z;
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn bending_forces(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= call.count {
        return;
    }
    let e = call.first + id.x;
    let x0 = corner(vertex(0u, e));
    let normal = normal_of(minus(corner(vertex(1u, e)), x0), minus(corner(vertex(2u, e)), x0), e);
    let s = remembered(normal, e);
    var centre = vec3<f32>();
    let slots = vertex(SLOTS, e);
    for (var j = 0u; j < slots; j++) {
        let force = force_on(s[0], s[1], s[2], j, e);
        centre = sub3(centre, force);
        set_force(j + 1u, e, force);
    }
    set_force(0u, e, centre);
}

fn moved(slot: u32, x: vec3<f32>, e: u32) -> vec3<f32> {
    return sub3(x, rest[vertex(slot, e)].xyz);
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn bending_solve(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= call.count {
        return;
    }
    solve_patch(call.first + id.x);
}

// All colours by one workgroup, for few patches: barriers cost less than dispatches. Where each colour ends stands behind the constants.
@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn bending_solve_few(@builtin(local_invocation_index) index: u32) {
    var first = 0u;
    for (var colour = 0u; colour < call.count; colour++) {
        let end = words[WORDS * call.stride + colour];
        for (var e = first + index; e < end; e += #{CLOTH_WORKGROUP}u) {
            solve_patch(e);
        }
        storageBarrier();
        first = end;
    }
}

fn solve_patch(e: u32) {
    let slots = vertex(SLOTS, e);
    let x0 = corner(vertex(0u, e));
    var d0 = vec3<f32>();
    if has(IS_DAMPED) {
        d0 = moved(0u, x0.offset, e);
    }
    var first = vec3<f32>();
    var second = vec3<f32>();
    var y0 = vec3<f32>();
    var y1 = vec3<f32>();
    var y2 = vec3<f32>();
    var rate0 = vec3<f32>();
    var rate1 = vec3<f32>();
    var rate2 = vec3<f32>();
    for (var j = 0u; j < slots; j++) {
        let x = corner(vertex(j + 1u, e));
        let away = minus(x, x0);
        let rows = vec3<f32>(number(ROWS + j, e), number(ROWS + RING + j, e), number(ROWS + 2u * RING + j, e));
        y0 = add_scaled(y0, away, rows.x);
        y1 = add_scaled(y1, away, rows.y);
        y2 = add_scaled(y2, away, rows.z);
        if j == 0u {
            first = away;
        }
        if j == 1u {
            second = away;
        }
        if has(IS_DAMPED) {
            let change = sub3(moved(j + 1u, x.offset, e), d0);
            rate0 = add_scaled(rate0, change, rows.x);
            rate1 = add_scaled(rate1, change, rows.y);
            rate2 = add_scaled(rate2, change, rows.z);
        }
    }
    var normal = vec3<f32>();
    var before = array<vec3<f32>, 3>(vec3<f32>(), vec3<f32>(), vec3<f32>());
    if has(HAS_NORMAL) {
        normal = normal_of(first, second, e);
        y0 = sub3(y0, scale(normal, number(REST, e)));
        y1 = sub3(y1, scale(normal, number(REST + 1u, e)));
        y2 = sub3(y2, scale(normal, number(REST + 2u, e)));
    }
    if !is_visit(IS_FIRST) {
        for (var k = 0u; k < 3u; k++) {
            before[k] = vec3<f32>(multiplier(3u * k, e), multiplier(3u * k + 1u, e), multiplier(3u * k + 2u, e));
        }
    } else if has(HAS_MEMORY) {
        before = remembered(normal, e);
    }
    if has(IS_DAMPED) {
        y0 = add3(y0, scale(rate0, step.extra.z));
        y1 = add3(y1, scale(rate1, step.extra.z));
        y2 = add3(y2, scale(rate2, step.extra.z));
    }

    let r0 = neg3(add3(y0, before[0]));
    let r1 = neg3(add3(y1, before[1]));
    let r2 = neg3(add3(y2, before[2]));
    let m = array<f32, 6>(
        number(INVERSE, e),
        number(INVERSE + 1u, e),
        number(INVERSE + 2u, e),
        number(INVERSE + 3u, e),
        number(INVERSE + 4u, e),
        number(INVERSE + 5u, e),
    );
    let c0 = add3(add3(scale(r0, m[0]), scale(r1, m[1])), scale(r2, m[2]));
    let c1 = add3(add3(scale(r0, m[1]), scale(r1, m[3])), scale(r2, m[4]));
    let c2 = add3(add3(scale(r0, m[2]), scale(r1, m[4])), scale(r2, m[5]));

    if !is_visit(IS_LAST) || has(HAS_MEMORY) {
        let stress = array<vec3<f32>, 3>(add3(before[0], c0), add3(before[1], c1), add3(before[2], c2));
        for (var k = 0u; k < 3u; k++) {
            let word = 3u * k * call.stride + e;
            multipliers[word] = stress[k].x;
            multipliers[word + call.stride] = stress[k].y;
            multipliers[word + 2u * call.stride] = stress[k].z;
            if is_visit(IS_LAST) {
                let memory = multiplier(MEMORY + k, e);
                let drift = inner(sub3(stress[k], scale(normal, memory)), normal);
                multipliers[(MEMORY + k) * call.stride + e] = add(memory, mul(step.extra.w, drift));
            }
        }
    }

    var centre = vec3<f32>();
    for (var j = 0u; j < slots; j++) {
        let force = force_on(c0, c1, c2, j, e);
        centre = sub3(centre, force);
        let v = vertex(j + 1u, e);
        set_offset(v, add_scaled(corner(v).offset, force, number(MOBILITY + 1u + j, e)));
    }
    set_offset(vertex(0u, e), add_scaled(x0.offset, centre, number(MOBILITY, e)));
}
