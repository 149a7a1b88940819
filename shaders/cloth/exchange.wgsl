// What cloth gives to the bodies it touches: the twin of `react` in plugins/cloth/src/solver/contact/exchange.rs, which is the CPU oracle.
// Spaces: the solver's own, metres, kg/s, N s.
#define_import_path cloth::exchange

#import cloth::exact::{mul, neg3}
#import cloth::wide::{product_units, negated, sum_of}
#import cloth::position::metres_of_units
#import cloth::contact_state::{place, vertices, progress}

// Words of a body in `given`.
const BODY_WORDS: u32 = 12u;

// In any order the sums are the same.
fn give(at: u32, units: vec2<u32>) {
    if units.x != 0u {
        let before = atomicAdd(&progress.given[at], units.x);
        let carry = select(0u, 1u, before + units.x < before);
        atomicAdd(&progress.given[at + 1u], units.y + carry);
    } else if units.y != 0u {
        atomicAdd(&progress.given[at + 1u], units.y);
    }
}

// The reaction of a body to a change of a vertex' displacement, m; `arm` is the vertex as seen from the body's centre, m.
fn react(body: u32, vertex: u32, change: vec3<f32>, arm: vec3<f32>) {
    let back = neg3(change);
    let high = vertices[vertex].mass_high;
    let given = vec3<f32>(mul(back.x, high), mul(back.y, high), mul(back.z, high));
    for (var axis = 0u; axis < 3u; axis++) {
        let next = (axis + 1u) % 3u;
        let last = (axis + 2u) % 3u;
        let at = BODY_WORDS * body + 2u * axis;
        give(at, sum_of(product_units(back[axis], high), product_units(back[axis], vertices[vertex].mass_low)));
        let turn = sum_of(product_units(arm[next], given[last]), negated(product_units(arm[last], given[next])));
        give(at + 6u, turn);
    }
}

// A vertex at the start of the substep, as seen from the solver's zero, m: the arm for bodies of triangles.
fn arm_of(vertex: u32) -> vec3<f32> {
    let q = place[vertex].xyz;
    return vec3<f32>(metres_of_units(q.x), metres_of_units(q.y), metres_of_units(q.z));
}
