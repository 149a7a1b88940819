//! Hair of the face below the eyes, and the fine hair of the hands.

use bevy::math::{IVec3, Vec3};

use super::super::{noise, skin::LEFT_EYE};
use super::{
    ScalpMesh,
    rooted::{Ground, POINTS, Rooted},
    settings::{BeardStyle, Hair},
};

/// Hairs of a whole beard that are drawn; each stands for several of about 25,000.
const HAIRS: f32 = 9_000.0;
const WIDTH_M: f32 = 150e-6;
/// Longest stubble, metres.
const STUBBLE_M: f32 = 0.0015;
const HAND_HAIRS: f32 = 500.0;

/// A step from 0 to 1 between two numbers.
fn ramp(from: f32, to: f32, x: f32) -> f32 {
    let t = ((x - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// How densely a beard grows at a place of the template, 0..1, without the lips.
pub fn density(p: Vec3, style: BeardStyle) -> f32 {
    let (x, y, z) = (p.x.abs(), p.y - LEFT_EYE.y, p.z);
    let fray = 0.003 * noise::value(p * 120.0, 91);
    // The line over the cheek: from the ear down to the corner of the mouth.
    let cheek = -0.012 - 0.062 * ramp(0.072, 0.128, z) + 0.014 * ramp(0.128, 0.146, z) + fray;
    let below = ramp(0.004, -0.012, y - cheek);
    // Down to the throat, not behind the ear.
    let neck = ramp(-0.145, -0.128, y - 0.020 * ramp(0.12, 0.07, z)) * ramp(0.066, 0.078, z);
    let jaw = below * neck;
    let lip =
        ramp(0.034, 0.026, x + 0.3 * (y + 0.062).abs()) * ramp(-0.044, -0.050, y + fray) * ramp(-0.084, -0.074, y);
    let moustache = lip * ramp(0.128, 0.136, z) * (0.55 + 0.45 * ramp(0.002, 0.006, x));
    let chin = ramp(0.030, 0.020, x + fray) * ramp(-0.082, -0.090, y) * neck;
    let corner = ramp(0.010, 0.004, (x - 0.030).abs()) * ramp(-0.062, -0.070, y) * ramp(-0.125, -0.110, y) * neck;
    match style {
        BeardStyle::None => 0.0,
        BeardStyle::Moustache => moustache,
        BeardStyle::Goatee => moustache.max(chin).max(0.7 * corner),
        BeardStyle::Stubble | BeardStyle::Full => jaw.max(moustache).max(chin),
    }
}

/// How far the skin takes on the colour of the roots below it, 0..1.
pub fn shadow(p: Vec3, hair: &Hair) -> f32 {
    0.24 * density(p, hair.beard.style) * f32::from(p.z > 0.06)
}

/// A root, its normal and its place in `mesh` for the `number`-th of evenly spread hairs; random triangle by area.
fn scatter(
    mesh: &ScalpMesh<'_>,
    weights: impl Fn(Vec3, [u32; 3]) -> f32,
    wanted: f32,
    mut each: impl FnMut(i32, Vec3, Vec3, &dyn Fn(u32) -> f32),
) {
    let get = |index: u32| mesh.template.get(index as usize).copied().unwrap_or(Vec3::ZERO);
    let triangles = mesh.indices.as_chunks::<3>().0;
    let areas: Vec<f32> = triangles
        .iter()
        .map(|&t| {
            let [a, b, c] = t.map(get);
            0.5 * (b - a).cross(c - a).length() * weights((a + b + c) / 3.0, t)
        })
        .collect();
    let total: f32 = areas.iter().sum();
    if !(total > 0.0) {
        return;
    }
    for ((number, triangle), area) in (0..).zip(triangles).zip(areas) {
        let share = area / total * wanted;
        let count = (share + noise::hash(IVec3::new(number, 0, 6), 1)) as i32;
        let [a, b, c] = triangle.map(get);
        let normal = (b - a).cross(c - a).normalize_or(Vec3::Z);
        for hair in 0..count {
            let random = |stream: u32| noise::hash(IVec3::new(number, hair, 7), stream);
            let edge = random(1).sqrt();
            let (u, v) = (1.0 - edge, edge * (1.0 - random(2)));
            each(number, a * u + b * v + c * (1.0 - u - v), normal, &random);
        }
    }
}

/// Adds the beard.
pub fn grow(out: &mut Rooted, ground: &Ground, head: &ScalpMesh<'_>, lips: &[f32], hair: &Hair) {
    let style = hair.beard.style;
    let longest = if style == BeardStyle::Stubble { STUBBLE_M } else { 0.06 };
    let length = hair.beard.length_m.clamp(0.0, longest);
    if style == BeardStyle::None || !(length > 0.0) {
        return;
    }
    let lip = |t: [u32; 3]| t.map(|i| lips.get(i as usize).copied().unwrap_or(0.0)).into_iter().fold(0.0, f32::max);
    let weight = |p: Vec3, t: [u32; 3]| {
        let inside = p.z < 0.06 || lip(t) > 0.25;
        if inside { 0.0 } else { density(p, style) }
    };
    let share = match style {
        BeardStyle::Moustache => 0.16,
        BeardStyle::Goatee => 0.35,
        _ => 1.0,
    };
    let short = style == BeardStyle::Stubble;
    scatter(head, weight, HAIRS * share, |_, root, normal, random| {
        let Some(anchor) = ground.nearest(root) else { return };
        let (x, y) = (root.x, root.y - LEFT_EYE.y);
        let moustache = ramp(-0.086, -0.078, y) * ramp(0.036, 0.028, x.abs());
        let side = if x < 0.0 { -1.0 } else { 1.0 };
        let flat = |v: Vec3| (v - normal * v.dot(normal)).normalize_or(Vec3::NEG_Y);
        let down = Vec3::new(side * 0.15, -1.0, 0.12);
        let aside = Vec3::new(side * (0.35 + 0.8 * ramp(0.002, 0.02, x.abs())), -0.9, 0.0);
        let wander = Vec3::new(noise::value(root * 60.0, 92), 0.4 * noise::value(root * 60.0, 93), 0.0);
        let way = flat(down.lerp(aside, moustache) + wander * 0.45);
        let edge = ramp(0.0, 0.5, density(root, style));
        let own = length * (0.65 + 0.45 * random(3)) * (0.45 + 0.55 * edge) * (1.0 - 0.3 * moustache);
        let step = own / (POINTS - 1) as f32;
        let curl = Vec3::new(random(4) - 0.5, random(5) - 0.5, random(6) - 0.5) * 0.8;
        let mut points = [root - normal * 0.0004; POINTS];
        let mut at = root;
        let mut direction = (way * 0.75 + normal * (0.55 + 0.3 * random(7))).normalize_or(way);
        for point in points.iter_mut().skip(1) {
            at += direction * step;
            // Long hair turns down; all of it bends at random.
            let pull = step / 0.012;
            direction =
                (direction + (Vec3::NEG_Y * 0.5 + way * 0.35) * pull + curl * (step / 0.005).min(0.4)).normalize();
            if (at - root).dot(normal) < 0.0003 {
                direction = (direction + normal * 0.5).normalize_or(way);
            }
            *point = at;
        }
        let width = WIDTH_M * if short { 0.7 } else { 1.0 } * (0.75 + 0.5 * random(8));
        out.add(anchor, &ground.rows, &points, width, random(9), if short { 0.85 } else { 0.42 });
    });
}

/// Adds the hair on the backs of the hands.
pub fn hands(out: &mut Rooted, ground: &Ground, hands: &ScalpMesh<'_>, hair: &Hair) {
    let amount = hair.body.clamp(0.0, 1.0);
    let tip = hands.template.iter().map(|p| p.x.abs()).fold(0.0, f32::max);
    let wrist = hands.template.iter().map(|p| p.x.abs()).fold(f32::MAX, f32::min);
    let weight = |p: Vec3, t: [u32; 3]| {
        let [a, b, c] = t.map(|i| hands.template.get(i as usize).copied().unwrap_or(Vec3::ZERO));
        let back = (b - a).cross(c - a).normalize_or(Vec3::ZERO).y;
        // From the wrist over the back of the hand, hardly on the fingers.
        let along = (p.x.abs() - wrist) / (tip - wrist).max(1e-4);
        ramp(0.3, 0.8, back) * ramp(0.62, 0.40, along)
    };
    scatter(hands, weight, HAND_HAIRS * amount, |_, root, normal, random| {
        let Some(anchor) = ground.nearest(root) else { return };
        let side = if root.x < 0.0 { -1.0 } else { 1.0 };
        let away = Vec3::new(side * 0.8, -0.2, -0.7 + 0.6 * (random(3) - 0.5));
        let way = (away - normal * away.dot(normal)).normalize_or(Vec3::X);
        let length = 0.0055 * (0.5 + 0.7 * random(4));
        let mut points = [root - normal * 0.0003; POINTS];
        for (index, point) in points.iter_mut().enumerate().skip(1) {
            let s = index as f32 / (POINTS - 1) as f32;
            *point = root + (way * s + normal * (0.42 * s - 0.30 * s * s)) * length;
        }
        out.add(anchor, &ground.rows, &points, 40e-6 * (0.7 + 0.5 * random(5)), random(6), 0.9);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beard_leaves_forehead_nose_and_eyes_free() {
        for p in [LEFT_EYE, Vec3::new(0.0, 0.80, 0.148), Vec3::new(0.0, 0.69, 0.166), Vec3::new(0.045, 0.70, 0.13)] {
            assert_eq!(density(p, BeardStyle::Full), 0.0, "{p}");
        }
        let chin = Vec3::new(0.004, LEFT_EYE.y - 0.105, 0.150);
        assert!(density(chin, BeardStyle::Full) > 0.8 && density(chin, BeardStyle::Goatee) > 0.8);
        assert_eq!(density(chin, BeardStyle::Moustache), 0.0);
        assert_eq!(density(chin, BeardStyle::None), 0.0);
        let lip = Vec3::new(0.012, LEFT_EYE.y - 0.060, 0.155);
        assert!(density(lip, BeardStyle::Moustache) > 0.8);
    }
}
