// What all kernels of contact bind, and the common motion of a substep: twin of `common_motion` and `base_motion` in
// plugins/cloth/src/solver/contact/common.rs, which is the CPU oracle. Numbers of bindings are the same in all files of contact.
// Spaces: the cloth's own, metres; units of 2^-24 m.
#define_import_path cloth::contact_state

#import cloth::exact::{add, mul, recip, neg, smaller, larger, scale, sub3, inner, length_squared, magnitude3, is_nan}
#import cloth::position::round_half_away
#import cloth::contact_types::{Contact, ContactVertex, Progress, Near, OF_CLOTH}

// Units, and the bits of the inverse mass in w (1/kg). By `commit`; of bodies of triangles, which have none, by `send_bodies`.
@group(0) @binding(2) var<storage, read_write> place: array<vec4<i32>>;
@group(0) @binding(3) var<storage, read_write> vertices: array<ContactVertex>;
@group(0) @binding(11) var<storage, read_write> progress: Progress;
// By the processor.
@group(0) @binding(14) var<uniform> contact: Contact;
// Displacement of each vertex in this substep, m. By `send_bodies`, `approach`, `read_offsets`, `push_apply`, `limit` and `shorten`.
@group(0) @binding(15) var<storage, read_write> displacement: array<vec4<f32>>;

const COMMON_UNITS_PER_M: f32 = 16384.0;

fn inverse_mass(vertex: u32) -> f32 {
    return bitcast<f32>(place[vertex].w);
}

fn is_of_cloth(vertex: u32) -> bool {
    return vertices[vertex].kind == OF_CLOTH;
}

// The body of triangles that a near pair is with, from 1; 0 for cloth with cloth.
fn body_of_pair(one: Near) -> u32 {
    return max(vertices[one.vertices.x].kind, vertices[one.vertices.w].kind) - OF_CLOTH;
}

// Of a pair with a vertex of either side: the mean of both sides'; where they have none of their own, the settings'.
fn friction_of(first: u32, last: u32, has_body: bool) -> f32 {
    if contact.has_own_friction > 0.0 {
        return mul(0.5, add(vertices[first].friction, vertices[last].friction));
    }
    return select(contact.friction, contact.body_friction, has_body);
}

// As a float, rounded once, whatever the device's own conversion does.
fn number(x: i32) -> f32 {
    return add(mul(f32(x >> 12u), 4096.0), f32(x & 4095));
}

// What a displacement adds to the sums.
fn common_units(d: vec3<f32>) -> vec3<i32> {
    return vec3<i32>(common_unit(d.x), common_unit(d.y), common_unit(d.z));
}

fn common_unit(x: f32) -> i32 {
    return round_half_away(mul(smaller(larger(x, -0.5), 0.5), COMMON_UNITS_PER_M));
}

fn mean(sum: vec3<i32>, count: u32) -> vec3<f32> {
    if count == 0u {
        return vec3<f32>();
    }
    let factor = mul(recip(number(bitcast<i32>(count))), 1.0 / COMMON_UNITS_PER_M);
    return scale(vec3<f32>(number(sum.x), number(sum.y), number(sum.z)), factor);
}

// Mean displacement of the bodies of triangles, without them of what is free; null where a body of simple shape is near, because it does not take part in it.
fn common_motion() -> vec3<f32> {
    if atomicLoad(&progress.is_supported) != 0u {
        return vec3<f32>();
    }
    let sum = vec3<i32>(
        atomicLoad(&progress.common_x),
        atomicLoad(&progress.common_y),
        atomicLoad(&progress.common_z),
    );
    return mean(sum, atomicLoad(&progress.common_count));
}

// With bodies of triangles the common motion, otherwise the share of it that the recorded vertices have; none where pins are among them.
fn base_motion(overall: vec3<f32>) -> vec3<f32> {
    let square = length_squared(overall);
    if square < 1e-14 || atomicLoad(&progress.has_pins) != 0u {
        return vec3<f32>();
    }
    if contact.body_vertices > 0u {
        return overall;
    }
    let sum = vec3<i32>(
        atomicLoad(&progress.recorded_x),
        atomicLoad(&progress.recorded_y),
        atomicLoad(&progress.recorded_z),
    );
    let share = mul(inner(mean(sum, atomicLoad(&progress.recorded_count)), overall), recip(square));
    return scale(overall, smaller(larger(share, 0.0), 1.0));
}

// Adds a vertex to the sums for `common_motion`.
fn add_common(d: vec3<f32>) {
    let units = common_units(d);
    atomicAdd(&progress.common_x, units.x);
    atomicAdd(&progress.common_y, units.y);
    atomicAdd(&progress.common_z, units.z);
    atomicAdd(&progress.common_count, 1u);
}

// Adds a recorded vertex to the sums for `base_motion`.
fn add_recorded(vertex: u32, d: vec3<f32>) {
    if inverse_mass(vertex) > 0.0 {
        let units = common_units(d);
        atomicAdd(&progress.recorded_x, units.x);
        atomicAdd(&progress.recorded_y, units.y);
        atomicAdd(&progress.recorded_z, units.z);
        atomicAdd(&progress.recorded_count, 1u);
    } else {
        atomicStore(&progress.has_pins, 1u);
    }
}

// Whether what was `before` must be written anew: also where it is no number.
fn is_changed(before: vec3<f32>, after: vec3<f32>) -> bool {
    return any(before != after) || is_nan(before.x) || is_nan(before.y) || is_nan(before.z);
}
