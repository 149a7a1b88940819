//! Brows: hairs that rise beside the nose, sweep together to a ridge along the arch and lie down to the tail.

use bevy::math::{IVec3, Vec3};

use super::super::{
    noise,
    skin::{LEFT_EYE, brow_height},
};
use super::{
    ScalpMesh,
    rooted::{Front, Ground, POINTS, Rooted},
    settings::Hair,
};

/// Hairs per brow of natural thickness (250 to 500 are counted; fine ones are drawn between them).
const HAIRS: f32 = 760.0;
const WIDTH_M: f32 = 85e-6;

/// Half of the height of a brow, metres, from beside the nose (0) to its tail (1).
fn half_height(along: f32) -> f32 {
    let head = (0.62 + 0.38 * (along / 0.22).min(1.0)) * 0.0050;
    let tail = ((1.0 - along) / 0.62).clamp(0.0, 1.0);
    head * (0.16 + 0.84 * tail)
}

/// Adds both brows.
pub fn grow(out: &mut Rooted, ground: &Ground, head: &ScalpMesh<'_>, hair: &Hair) {
    let amount = hair.brows.clamp(0.0, 2.0);
    if !(amount > 0.0) {
        return;
    }
    let front = Front::new(head, |p| p.z > 0.06 && (p.y - LEFT_EYE.y - 0.024).abs() < 0.035);
    let count = (HAIRS * amount.powf(0.7)) as i32;
    for side in [1.0_f32, -1.0] {
        for number in 0..count {
            let random = |stream: u32| noise::hash(IVec3::new(number, side as i32, 2), stream);
            let along = random(1).powf(0.92);
            // Sparse and soft at both ends and along the edges.
            let across = (random(2) + random(3)) - 1.0;
            if random(4) > (along / 0.10 + 0.25).min(1.0) {
                continue;
            }
            let half = half_height(along) * amount.powf(0.4);
            let x = side * (0.0125 + 0.0445 * along);
            let y = LEFT_EYE.y + brow_height(along) + across * half * 1.15;
            let Some((root, normal)) = front.at(x, y) else { continue };
            let Some(anchor) = ground.nearest(root) else { continue };
            // Upright beside the nose, then along the arch; upper hairs point down to the ridge, lower ones up to it.
            let rise = 1.35 - 1.75 * along.powf(0.6) - 0.55 * across * (along / 0.25).min(1.0);
            let rise = rise + 0.30 * (random(5) - 0.5);
            let length =
                0.0088 * (0.75 + 0.4 * random(6)) * (1.0 - 0.42 * along) * (1.0 - 0.25 * (1.0 - along).powi(6));
            let flat = |v: Vec3| (v - normal * v.dot(normal)).normalize_or(Vec3::X);
            let way = flat(Vec3::new(side * rise.cos(), rise.sin(), 0.0));
            // Later the hair bends outward along the brow.
            let slope = flat(Vec3::new(side, if along < 0.62 { 0.18 } else { -0.55 }, 0.0));
            let mut points = [root - normal * 0.0005; POINTS];
            let step = length / (POINTS - 1) as f32;
            let mut at = root;
            for (index, point) in points.iter_mut().enumerate().skip(1) {
                let s = index as f32 / (POINTS - 1) as f32;
                let up = 0.34 * (1.0 - 1.35 * s);
                at += (way.lerp(slope, 0.55 * s) + normal * up).normalize_or(way) * step;
                // The skin curves away below long hairs and towards them at the nose: lie on it.
                if let Some((skin, n)) = front.at(at.x, at.y) {
                    let height = (at - skin).dot(n);
                    at += n * (0.00025 - height).max(0.0) - n * (height - 0.0016).max(0.0);
                }
                *point = at;
            }
            out.add(anchor, &ground.rows, &points, WIDTH_M * (0.7 + 0.6 * random(7)), random(8), 0.75);
        }
    }
}
