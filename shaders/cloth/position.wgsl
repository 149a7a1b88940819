// Positions in integers (units of 2^-24 m) and offsets: the twin of plugins/cloth/src/solver/position.rs.
// Spaces: the cloth's own, metres. Conversions between integers and floats are exact by construction (at most 24 bits each).
#define_import_path cloth::position

#import cloth::exact::{add, mul, sub, add3, sub3, is_nan}

const UNITS_PER_M: f32 = 16777216.0;
const UNIT_M: f32 = 5.9604644775390625e-8;
const MAX_STEP_M: f32 = 1.0;

fn round_half_away(x: f32) -> i32 {
    var clamped = select(x, 0.0, is_nan(x));
    clamped = select(clamped, 1073741824.0, x > 1073741824.0);
    clamped = select(clamped, -1073741824.0, x < -1073741824.0);
    return i32(add(clamped, select(0.5, -0.5, clamped < 0.0)));
}

fn metres_of_units(units: i32) -> f32 {
    let high = mul(f32(units >> 12u), 1.0 / 4096.0);
    let low = mul(f32(units & 4095), UNIT_M);
    return add(high, low);
}

// (a - b) in metres, for units alone.
fn between(q_a: vec3<i32>, q_b: vec3<i32>) -> vec3<f32> {
    let d = q_a - q_b;
    return vec3<f32>(metres_of_units(d.x), metres_of_units(d.y), metres_of_units(d.z));
}

fn difference(q_a: vec3<i32>, offset_a: vec3<f32>, q_b: vec3<i32>, offset_b: vec3<f32>) -> vec3<f32> {
    return add3(between(q_a, q_b), sub3(offset_a, offset_b));
}

struct Split {
    units: i32,
    rest: f32,
}

fn split(offset: f32) -> Split {
    var bounded = select(offset, MAX_STEP_M, offset > MAX_STEP_M);
    bounded = select(bounded, -MAX_STEP_M, offset < -MAX_STEP_M);
    let units = round_half_away(mul(bounded, UNITS_PER_M));
    let rest = sub(bounded, mul(f32(units), UNIT_M));
    return Split(units, select(rest, 0.0, is_nan(bounded)));
}
