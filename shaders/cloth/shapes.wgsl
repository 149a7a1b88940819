// Bodies of simple shape: the twin of plugins/cloth/src/solver/contact/shapes.rs, which is the CPU oracle; sources stand there.
// Spaces: the cloth's own, metres; a body's own axes in `core_distance`.
#define_import_path cloth::shapes

#import cloth::exact::{add, sub, mul, neg, recip, rsqrt, magnitude, smaller, larger, add3, sub3, scale, add_scaled, neg3, inner, outer, length_squared, magnitude3, normalised_or}
#import cloth::position::difference
#import cloth::contact_types::{Body, POINT, SEGMENT, HALF_SPACE, BOX}

const JUMP_M: f32 = 0.1;
const LEAST_NORMAL: f32 = 1.17549435e-38;

// Signed distance in w, and the outward direction.
fn core_distance(body: Body, p: vec3<f32>) -> vec4<f32> {
    let up = vec3<f32>(0.0, 1.0, 0.0);
    let half_length = body.velocity.w;
    if body.place.w == POINT {
        return vec4<f32>(normalised_or(p, up), magnitude3(p));
    }
    if body.place.w == SEGMENT {
        let along = smaller(larger(p.y, neg(half_length)), half_length);
        let d = sub3(p, vec3<f32>(0.0, along, 0.0));
        return vec4<f32>(normalised_or(d, vec3<f32>(1.0, 0.0, 0.0)), magnitude3(d));
    }
    if body.place.w == HALF_SPACE {
        return vec4<f32>(up, p.y);
    }
    if body.place.w == BOX {
        let beyond = sub3(vec3<f32>(magnitude(p.x), magnitude(p.y), magnitude(p.z)), body.half_size.xyz);
        let outside = vec3<f32>(larger(beyond.x, 0.0), larger(beyond.y, 0.0), larger(beyond.z, 0.0));
        if length_squared(outside) > 0.0 {
            return vec4<f32>(with_signs(normalised_or(outside, up), p), magnitude3(outside));
        }
        if beyond.x >= beyond.y && beyond.x >= beyond.z {
            return vec4<f32>(with_signs(vec3<f32>(1.0, 0.0, 0.0), p), beyond.x);
        }
        if beyond.y >= beyond.z {
            return vec4<f32>(with_signs(up, p), beyond.y);
        }
        return vec4<f32>(with_signs(vec3<f32>(0.0, 0.0, 1.0), p), beyond.z);
    }
    let radial = vec3<f32>(p.x, 0.0, p.z);
    let outward = normalised_or(radial, vec3<f32>(1.0, 0.0, 0.0));
    let axial = select(up, neg3(up), p.y < 0.0);
    let beside = sub(magnitude3(radial), body.spin.w);
    let above = sub(magnitude(p.y), half_length);
    if beside > 0.0 && above > 0.0 {
        let d = add3(scale(outward, beside), scale(axial, above));
        return vec4<f32>(normalised_or(d, outward), magnitude3(d));
    }
    if beside > above {
        return vec4<f32>(outward, beside);
    }
    return vec4<f32>(axial, above);
}

fn with_signs(v: vec3<f32>, p: vec3<f32>) -> vec3<f32> {
    return select(v, neg3(v), p < vec3<f32>());
}

struct FromBody {
    distance: f32,
    normal: vec3<f32>,
    // From its centre.
    relative: vec3<f32>,
}

fn from_body(body: Body, q: vec3<i32>, offset: vec3<f32>) -> FromBody {
    let relative = difference(q, offset, body.place.xyz, body.offset.xyz);
    let x = body.axis_u.xyz;
    let y = body.axis_v.xyz;
    let z = body.axis_w.xyz;
    let own = core_distance(body, vec3<f32>(inner(relative, x), inner(relative, y), inner(relative, z)));
    let normal = add3(add3(scale(x, own.x), scale(y, own.y)), scale(z, own.z));
    return FromBody(sub(own.w, body.offset.w), normal, relative);
}

// Kept free besides the thickness, because the middle of a triangle sinks into a round body by as much.
fn sagitta(body: Body, chord: f32) -> f32 {
    if body.place.w == POINT || body.place.w == SEGMENT {
        return smaller(mul(mul(chord, chord), recip(larger(mul(2.0, body.offset.w), chord))), chord);
    }
    return 0.0;
}

fn surface_motion(body: Body, relative: vec3<f32>, dt: f32) -> vec3<f32> {
    let motion = scale(add3(body.velocity.xyz, outer(body.spin.xyz, relative)), dt);
    return select(vec3<f32>(), motion, magnitude3(motion) < JUMP_M);
}

fn limited(v: vec3<f32>, limit: f32) -> vec3<f32> {
    let square = length_squared(v);
    if square <= mul(limit, limit) || square < LEAST_NORMAL {
        return v;
    }
    return scale(v, mul(limit, rsqrt(square)));
}

// A vertex in a substep, and what it has got from the body: rubbed, and pushed in w.
struct Pushed {
    displacement: vec3<f32>,
    touch: vec4<f32>,
}

fn push_off(body: Body, q: vec3<i32>, rest: vec3<f32>, before: Pushed, clearance: f32, friction: f32, dt: f32) -> Pushed {
    let d = before.displacement;
    let here = from_body(body, q, add3(rest, d));
    if sub(clearance, here.distance) <= 0.0 && before.touch.w <= 0.0 {
        return before;
    }
    let motion = surface_motion(body, here.relative, dt);
    let stuck = from_body(body, q, add3(rest, motion)).distance;
    let wanted = smaller(clearance, add(stuck, body.axis_v.w));
    let pushed = larger(add(before.touch.w, sub(wanted, here.distance)), 0.0);
    let slip = sub3(d, motion);
    let along = sub3(slip, scale(here.normal, inner(here.normal, slip)));
    let rubbed = limited(sub3(before.touch.xyz, along), mul(friction, pushed));
    let change = add3(scale(here.normal, sub(pushed, before.touch.w)), sub3(rubbed, before.touch.xyz));
    return Pushed(add3(d, change), vec4<f32>(rubbed, pushed));
}
