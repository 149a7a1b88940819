//! Guide strands: grown from the scalp step by step, turned by combing and gravity, kept out of head and shoulders.

use std::f32::consts::TAU;

use bevy::math::{IVec3, Vec3};

use super::super::noise;
use super::{
    Head,
    settings::{Hair, HairStyle},
    style::{Cut, at_parting, combed, hem, length_at},
};

/// Hair gains its distance from the head over so much of its length, metres: sooner, and a parting is a trench.
const VOLUME_OVER_M: f32 = 0.055;
/// Length of one step, metres.
const STEP_M: f32 = 0.004;

/// Where a strand starts, in the person's space and on the template.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Root {
    pub at: Vec3,
    pub normal: Vec3,
    pub place: Vec3,
}

/// A grown strand of [`Cut::points`] points at equal distances along it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Guide {
    pub root: Root,
    /// Where it was combed to at the root.
    pub combed: Vec3,
    pub points: Vec<Vec3>,
    pub length_m: f32,
}

/// Height of a place over the nape against the top of the head, 0..1: hair from above lies over hair from below.
pub fn rank(place: Vec3) -> f32 {
    ((place.y - 0.665) / 0.18).clamp(0.0, 1.0)
}

/// Grows one guide; `number` makes it individual.
pub fn grow(root: Root, hair: &Hair, cut: &Cut, head: &Head, number: u32) -> Guide {
    let random = |stream: u32| noise::hash(IVec3::new(number as i32, 7, 3), stream);
    let scale = head.scale();
    let target = combed(hair, cut, root.place, root.normal);
    let wanted_m = length_at(hair, root.place) * (0.90 + 0.10 * random(1)) * shrinkage(hair);
    let hem_y = head.from_template(Vec3::Y * (hem(hair, root.place) + 0.010 * (random(2) - 0.5))).y;
    // Beside a parting hair rises before it falls aside.
    let rise = 0.18 * at_parting(hair, root.place, 0.009);
    let lift = (cut.lift + rise + 0.12 * (random(3) - 0.5)).clamp(0.02, 1.0);
    let loose = Vec3::new(random(4) - 0.5, random(5) - 0.5, random(6) - 0.5);
    let mut direction = (root.normal * lift + target * (1.0 - lift) + loose * 0.10).normalize_or(root.normal);
    let mut path = vec![root.at];
    let mut at = root.at;
    let mut arc = 0.0;
    let clearance = cut.volume_m * scale * rank(root.place) * (0.35 + 0.65 * random(7));
    let mut tied = None;
    while arc < wanted_m && path.len() < 320 {
        let step = STEP_M.min(wanted_m - arc).max(2e-4);
        let outward = head.skull.outward(at);
        if let (None, Some(tie)) = (tied, cut.tie) {
            let tie = head.from_template(tie);
            if at.distance(tie) < 0.020 * scale {
                tied = Some(arc);
            } else {
                let to = tie - at;
                let along = (to - outward * to.dot(outward).min(0.0)).normalize_or(target);
                direction = direction.lerp(along, 0.5).normalize_or(along);
            }
        }
        if tied.is_none() && cut.tie.is_none() {
            let pull = step / cut.bend_m;
            let hold = (1.0 - arc / cut.comb_m).clamp(0.0, 1.0);
            let along = target - outward * target.dot(outward);
            direction += along.normalize_or_zero() * cut.comb * hold * pull;
            direction += Vec3::NEG_Y * cut.gravity * pull * (0.15 + 0.85 * (arc / (arc + 0.03)));
            direction = direction.normalize_or(target);
        }
        if let Some(since) = tied {
            direction = bound(hair, head, cut, at, direction, arc - since, step, number);
        }
        let mut next = at + direction * step;
        let clear = (0.0012 + clearance * (arc / VOLUME_OVER_M).min(1.0)).min(0.022);
        let columns = cut.parts_at_face && arc > 0.012;
        if tied.is_none() || hair.style != HairStyle::Bun {
            next = head.skull.push_out(next, clear, columns);
        }
        let moved = (next - at).normalize_or(direction);
        // What collision turned away stays turned away.
        direction = (direction * 0.35 + moved * 0.65).normalize_or(moved);
        at += moved * step;
        arc += step;
        path.push(at);
        if at.y < hem_y && arc > 0.04 {
            break;
        }
    }
    Guide { root, combed: target, points: resample(&path, cut.points), length_m: arc }
}

/// Curls take up length.
fn shrinkage(hair: &Hair) -> f32 {
    match hair.style {
        HairStyle::Coils => 0.62,
        HairStyle::Curly => 0.80,
        _ => 1.0,
    }
}

/// The direction of hair behind its tie: out and down for a tail, round and round for a bun.
fn bound(hair: &Hair, head: &Head, cut: &Cut, at: Vec3, direction: Vec3, since_m: f32, step: f32, number: u32) -> Vec3 {
    let random = |stream: u32| noise::hash(IVec3::new(number as i32, 11, 5), stream);
    let tie = head.from_template(cut.tie.unwrap_or(Vec3::ZERO));
    let scale = head.scale();
    if hair.style == HairStyle::Bun {
        // A ring around an axis that points up and back, its section filled strand by strand.
        let axis = Vec3::new(0.0, 0.45, -0.9).normalize();
        let centre = tie + axis * 0.018 * scale;
        let (major, minor) = (0.026 * scale, 0.019 * scale * random(20).sqrt());
        let turn = since_m / major + random(21) * TAU;
        let (u, v) = axis.any_orthonormal_pair();
        let ring = u * turn.cos() + v * turn.sin();
        let wind = turn * 1.7 + random(22) * TAU;
        let wanted = centre + ring * (major + minor * wind.cos()) + axis * minor * wind.sin();
        let along = axis.cross(ring);
        return (along + (wanted - at) / (6.0 * step)).normalize_or(direction);
    }
    let out = Vec3::new((random(20) - 0.5) * 0.35, 0.10 + 0.25 * (random(21) - 0.5), -1.0).normalize();
    let early = (1.0 - since_m / 0.035).clamp(0.0, 1.0);
    let pull = step / 0.035;
    (direction + out * 1.6 * early * pull + Vec3::NEG_Y * 1.0 * pull).normalize_or(direction)
}

/// `count` points at equal distances along a path.
pub fn resample(path: &[Vec3], count: usize) -> Vec<Vec3> {
    let total: f32 = path.array_windows().map(|[a, b]| a.distance(*b)).sum();
    let first = path.first().copied().unwrap_or(Vec3::ZERO);
    let mut out = Vec::with_capacity(count);
    let (mut segment, mut passed) = (0, 0.0);
    for index in 0..count {
        let wanted = total * index as f32 / (count.max(2) - 1) as f32;
        loop {
            let (Some(&a), Some(&b)) = (path.get(segment), path.get(segment + 1)) else {
                out.push(path.last().copied().unwrap_or(first));
                break;
            };
            let length = a.distance(b);
            if wanted <= passed + length || segment + 2 == path.len() {
                out.push(a.lerp(b, ((wanted - passed) / length.max(1e-9)).clamp(0.0, 1.0)));
                break;
            }
            passed += length;
            segment += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resampling_keeps_ends_and_spacing() {
        let path: Vec<Vec3> = (0..30).map(|i| Vec3::new((i * i) as f32 * 0.01, i as f32 * 0.1, 0.0)).collect();
        let out = resample(&path, 9);
        assert_eq!((out.len(), out[0]), (9, path[0]));
        assert!(out[8].distance(path[29]) < 1e-4);
        let steps: Vec<f32> = out.array_windows().map(|[a, b]| a.distance(*b)).collect();
        assert!(steps.iter().all(|step| (step / steps[0] - 1.0).abs() < 0.05), "{steps:?}");
        assert_eq!(resample(&[Vec3::X], 3), vec![Vec3::X; 3]);
    }
}
