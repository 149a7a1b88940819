// Closest points of a point and a triangle, and of two segments: the twin of plugins/cloth/src/solver/contact/closest.rs, where the method stands.
// Spaces: the cloth's own, metres; only differences of positions come in.
#define_import_path cloth::closest

#import cloth::exact::{add, sub, mul, neg, recip, smaller, larger, add3, sub3, scale, add_scaled, neg3, inner, outer, length_squared, normalised_or}

const TINY_M2: f32 = 1e-16;
const LEAST_NORMAL: f32 = 1.17549435e-38;

struct Closest {
    // Weights of the four vertices; their sum with the positions is `difference`.
    weights: vec4<f32>,
    // From the closest point of the second primitive to that of the first, and its square.
    difference: vec3<f32>,
    square: f32,
    // Perpendicular to both, not normalised; 1 where both points lie inside their primitives, else 0.
    common_normal: vec3<f32>,
    is_interior: f32,
}

struct Best {
    parameters: vec2<f32>,
    difference: vec3<f32>,
    square: f32,
    is_taken: f32,
}

fn recip_or_zero(x: f32) -> f32 {
    let is_safe = x > TINY_M2;
    return select(0.0, recip(select(1.0, x, is_safe)), is_safe);
}

fn clamp01(x: f32) -> f32 {
    return smaller(larger(x, 0.0), 1.0);
}

fn first_of(parameters: vec2<f32>, difference: vec3<f32>) -> Best {
    return Best(parameters, difference, length_squared(difference), 0.0);
}

fn offer_if(best: Best, valid: f32, parameters: vec2<f32>, difference: vec3<f32>) -> Best {
    let square = length_squared(difference);
    let gain = sub(best.square, square);
    if valid > 0.0 && gain > 0.0 {
        return Best(parameters, difference, square, 1.0);
    }
    return Best(best.parameters, best.difference, best.square, 0.0);
}

fn inverse_of(square: f32) -> f32 {
    let is_normal = square > LEAST_NORMAL;
    return mul(select(0.0, 1.0, is_normal), recip(select(1.0, square, is_normal)));
}

fn point_triangle(ap: vec3<f32>, ab: vec3<f32>, ac: vec3<f32>) -> Closest {
    let along_ab = clamp01(mul(inner(ap, ab), recip_or_zero(length_squared(ab))));
    var best = first_of(vec2<f32>(along_ab, 0.0), add_scaled(ap, ab, neg(along_ab)));
    let along_ac = clamp01(mul(inner(ap, ac), recip_or_zero(length_squared(ac))));
    best = offer_if(best, 1.0, vec2<f32>(0.0, along_ac), add_scaled(ap, ac, neg(along_ac)));
    let bc = sub3(ac, ab);
    let bp = sub3(ap, ab);
    let along_bc = clamp01(mul(inner(bp, bc), recip_or_zero(length_squared(bc))));
    best = offer_if(best, 1.0, vec2<f32>(sub(1.0, along_bc), along_bc), add_scaled(bp, bc, neg(along_bc)));

    let normal = outer(ab, ac);
    let inverse = inverse_of(length_squared(normal));
    let u = mul(inner(outer(ap, ac), normal), inverse);
    let v = mul(inner(outer(ab, ap), normal), inverse);
    let inside = smaller(smaller(u, v), sub(sub(1.0, u), v));
    best = offer_if(best, inside, vec2<f32>(u, v), add_scaled(add_scaled(ap, ab, neg(u)), ac, neg(v)));
    let p = best.parameters;
    return Closest(
        vec4<f32>(1.0, sub(add(p.x, p.y), 1.0), neg(p.x), neg(p.y)),
        best.difference,
        best.square,
        normal,
        best.is_taken,
    );
}

fn segment_segment(u: vec3<f32>, v: vec3<f32>, w: vec3<f32>) -> Closest {
    let inverse_uu = recip_or_zero(length_squared(u));
    let inverse_vv = recip_or_zero(length_squared(v));
    var t = clamp01(mul(inner(w, v), inverse_vv));
    var best = first_of(vec2<f32>(0.0, t), add_scaled(w, v, neg(t)));
    let from_a1 = add3(w, u);
    t = clamp01(mul(inner(from_a1, v), inverse_vv));
    best = offer_if(best, 1.0, vec2<f32>(1.0, t), add_scaled(from_a1, v, neg(t)));
    var s = clamp01(neg(mul(inner(w, u), inverse_uu)));
    best = offer_if(best, 1.0, vec2<f32>(s, 0.0), add_scaled(w, u, s));
    let to_b1 = sub3(w, v);
    s = clamp01(neg(mul(inner(to_b1, u), inverse_uu)));
    best = offer_if(best, 1.0, vec2<f32>(s, 1.0), add_scaled(to_b1, u, s));

    let n = outer(u, v);
    let inverse = inverse_of(length_squared(n));
    s = neg(mul(inner(outer(w, v), n), inverse));
    t = neg(mul(inner(outer(w, u), n), inverse));
    let inside = smaller(smaller(smaller(s, t), sub(1.0, s)), sub(1.0, t));
    best = offer_if(best, inside, vec2<f32>(s, t), add_scaled(add_scaled(w, u, s), v, neg(t)));
    let p = best.parameters;
    return Closest(
        vec4<f32>(sub(1.0, p.x), p.x, sub(p.y, 1.0), neg(p.y)),
        best.difference,
        best.square,
        n,
        best.is_taken,
    );
}

// Unit normal from the second primitive to the first; null where there is no direction.
fn normal_of(found: Closest) -> vec3<f32> {
    if found.is_interior > 0.0 {
        let unit = normalised_or(found.common_normal, vec3<f32>());
        let side = inner(unit, found.difference);
        let turned = select(vec3<f32>(), neg3(unit), side < 0.0);
        return select(turned, unit, side > 0.0);
    }
    // Scaled by 2^20 so that squares of distances in nanometres stay normal numbers.
    return normalised_or(scale(found.difference, 1048576.0), vec3<f32>());
}
