// The particles of a cloth, as all kernels bind them (group 0), the last one being the spare one, which nothing writes.
// Spaces: the cloth's own, metres; see plugins/cloth/src/solver/position.rs.
#define_import_path cloth::particles

#import cloth::step_types::{Step, Call}
#import cloth::position::difference

// By the processor when settings change.
@group(0) @binding(1) var<uniform> step: Step;
// By the processor, once.
@group(0) @binding(2) var<uniform> call: Call;
// Units of 2^-24 m, and the bits of the inverse mass in w (1/kg). Units by `commit`.
@group(0) @binding(3) var<storage, read_write> place: array<vec4<i32>>;
// Offset, rest (m) and velocity (m/s) of each particle, one vector after the other. By every kernel that moves particles.
@group(0) @binding(4) var<storage, read_write> offset: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> rest: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> velocity: array<vec4<f32>>;

fn has(flag: u32) -> bool {
    return (step.flags.x & flag) != 0u;
}

fn is_visit(flag: u32) -> bool {
    return (call.visit & flag) != 0u;
}

fn inverse_mass(particle: u32) -> f32 {
    return bitcast<f32>(place[particle].w);
}

// A particle's units and offset.
struct Corner {
    q: vec3<i32>,
    offset: vec3<f32>,
}

fn corner(particle: u32) -> Corner {
    return Corner(place[particle].xyz, offset[particle].xyz);
}

// a - b in metres, at this moment of the substep.
fn minus(a: Corner, b: Corner) -> vec3<f32> {
    return difference(a.q, a.offset, b.q, b.offset);
}

// Moves a particle within the substep, unless it is the spare one.
fn set_offset(particle: u32, value: vec3<f32>) {
    if particle < step.flags.y {
        offset[particle] = vec4<f32>(value, 0.0);
    }
}
