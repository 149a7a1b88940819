// Seams, buttons and long-range attachments: the twin of plugins/cloth/src/solver/links.rs, which is the CPU oracle.
//
// `seam_forces`: remembered forces for `gather`, one invocation a seam. `seams`: one visit of the seams of a colour, which share no particle.
// `attachments`: draws particles back into reach of their pins, one invocation a particle; pins are not moved. Workgroups in a line.

#import cloth::exact::{add, sub, mul, neg, recip, div, root, add3, sub3, scale, add_scaled, neg3, length_squared, magnitude3, normalised_or}
#import cloth::particles::{step, call, offset, inverse_mass, is_visit, has, corner, minus, set_offset}
#import cloth::step_types::{HAS_MEMORY, IS_FIRST, IS_LAST}
#import cloth::link_types::{Seam, SeamStress}

// By the processor, once.
@group(1) @binding(0) var<storage, read> seam: array<Seam>;
// By `seams`.
@group(1) @binding(1) var<storage, read_write> seam_stress: array<SeamStress>;
// Forces on both ends: `(axis * 2 + end) * call.stride + seam`, N. By `seam_forces`, for `gather`.
@group(1) @binding(2) var<storage, read_write> corner_forces: array<f32>;
// Anchor of each particle (or NONE) and bits of the length, m. By the processor, once.
@group(1) @binding(3) var<storage, read> attachment: array<vec2<u32>>;

const NONE: u32 = 0xffffffffu;

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn seam_forces(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= call.count {
        return;
    }
    let i = call.first + id.x;
    let own = seam_stress[i];
    var force = own.memory.xyz;
    if own.stress.w > 0.0 {
        force = vec3<f32>();
    }
    let s = call.stride;
    let other = neg3(force);
    corner_forces[i] = force.x;
    corner_forces[s + i] = other.x;
    corner_forces[2u * s + i] = force.y;
    corner_forces[3u * s + i] = other.y;
    corner_forces[4u * s + i] = force.z;
    corner_forces[5u * s + i] = other.z;
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn seams(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= call.count {
        return;
    }
    let i = call.first + id.x;
    let own = seam[i];
    let state = seam_stress[i];
    if state.stress.w > 0.0 {
        return;
    }
    let dt_squared = mul(step.gravity.w, step.gravity.w);
    let mobility_a = mul(inverse_mass(own.particles.x), dt_squared);
    let mobility_b = mul(inverse_mass(own.particles.y), dt_squared);
    let compliance = bitcast<f32>(own.compliance);
    let sum = add(add(mobility_a, mobility_b), compliance);
    if !(sum > 1e-30) {
        return;
    }
    var before = state.stress.xyz;
    if is_visit(IS_FIRST) {
        before = state.memory.xyz;
    }
    let a = corner(own.particles.x);
    let b = corner(own.particles.y);
    let gap = minus(a, b);
    let goal = scale(normalised_or(gap, vec3<f32>()), bitcast<f32>(own.rest));
    let error = add_scaled(sub3(gap, goal), before, compliance);
    let change = scale(error, neg(recip(sum)));
    let stress = add3(before, change);
    set_offset(own.particles.x, add_scaled(a.offset, change, mobility_a));
    set_offset(own.particles.y, add_scaled(b.offset, change, neg(mobility_b)));
    var memory = state.memory.xyz;
    var is_broken = 0.0;
    if is_visit(IS_LAST) {
        if has(HAS_MEMORY) {
            memory = add_scaled(memory, sub3(stress, memory), step.extra.w);
        }
        is_broken = select(0.0, 1.0, magnitude3(stress) > bitcast<f32>(own.break_force));
    }
    seam_stress[i] = SeamStress(vec4<f32>(stress, is_broken), vec4<f32>(memory, 0.0));
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn attachments(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= call.count {
        return;
    }
    let i = call.first + id.x;
    let anchor = attachment[i].x;
    if anchor == NONE || inverse_mass(i) == 0.0 || inverse_mass(anchor) > 0.0 {
        return;
    }
    let length = bitcast<f32>(attachment[i].y);
    let here = corner(i);
    let away = minus(here, corner(anchor));
    let square = length_squared(away);
    if square > mul(length, length) {
        let distance = root(square);
        set_offset(i, add_scaled(here.offset, away, neg(div(sub(distance, length), distance))));
    }
}
