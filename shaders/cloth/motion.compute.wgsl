// Start and end of a substep, one invocation a particle: the twin of `predict` and `commit` in plugins/cloth/src/solver/step.rs and of
// `Particle::commit` in state.rs, which are the CPU oracle.
//
// `gather`: sums the forces of a chunk of elements at each particle, in the order of their colours, which is the oracle's order.
// `predict`: velocity and forces become a displacement. `commit`: the displacement becomes velocity and position.
// `commit_predict`: both for the same particle, between two substeps without forces. Workgroups in a line.

#import cloth::exact::{add, sub, mul, add3, sub3, scale, add_scaled, length_squared}
#import cloth::particles::{step, call, place, offset, rest, velocity, inverse_mass}
#import cloth::position::split
#import cloth::step_types::{HAS_MEMORY, HAS_AIR}

// Force on each particle, N. By `gather`; `predict` uses it up.
@group(1) @binding(0) var<storage, read_write> force: array<vec4<f32>>;
// `gather`: bounds of each particle's list, then slot * stride + element. By the processor, once.
@group(1) @binding(1) var<storage, read> entry_start: array<u32>;
@group(1) @binding(2) var<storage, read> entries: array<u32>;
// By `membrane_forces`, `bending_forces` or `seam_forces`.
@group(1) @binding(3) var<storage, read_write> corner_forces: array<f32>;

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn gather(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= call.count {
        return;
    }
    let i = call.first + id.x;
    var sum = force[i].xyz;
    let end = entry_start[i + 1u];
    // From one axis to the next: slots of an element times elements.
    let axis = call.stride;
    for (var k = entry_start[i]; k < end; k++) {
        let at = entries[k];
        sum = add3(sum, vec3<f32>(corner_forces[at], corner_forces[axis + at], corner_forces[2u * axis + at]));
    }
    force[i] = vec4<f32>(sum, 0.0);
}

fn predict_one(i: u32) {
    let w = inverse_mass(i);
    let dt = step.gravity.w;
    var v = velocity[i].xyz;
    if w > 0.0 {
        v = add_scaled(add_scaled(v, step.gravity.xyz, dt), force[i].xyz, mul(w, dt));
    }
    force[i] = vec4<f32>();
    offset[i] = vec4<f32>(add3(rest[i].xyz, scale(v, dt)), 0.0);
}

fn commit_one(i: u32) {
    let began = rest[i].xyz;
    var d = sub3(offset[i].xyz, began);
    var end = offset[i].xyz;
    if length_squared(d) < 1.0 {
        if inverse_mass(i) > 0.0 {
            velocity[i] = vec4<f32>(scale(d, step.air.w), 0.0);
        }
    } else {
        end = add3(began, vec3<f32>());
        velocity[i] = vec4<f32>();
    }
    let x = split(end.x);
    let y = split(end.y);
    let z = split(end.z);
    let was = place[i];
    let q = clamp(was.xyz + vec3<i32>(x.units, y.units, z.units), vec3<i32>(-0x40000000), vec3<i32>(0x40000000));
    place[i] = vec4<i32>(q, was.w);
    let stays = vec4<f32>(x.rest, y.rest, z.rest, 0.0);
    rest[i] = stays;
    offset[i] = stays;
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn predict(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x < call.count {
        predict_one(call.first + id.x);
    }
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn commit(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x < call.count {
        commit_one(call.first + id.x);
    }
}

@compute @workgroup_size(#{CLOTH_WORKGROUP})
fn commit_predict(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x < call.count {
        commit_one(call.first + id.x);
        predict_one(call.first + id.x);
    }
}
