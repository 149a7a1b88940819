//! Places on the surface of a body that hands and seats have to know, so that hands rest on a heavy body as well as on a
//! slim one.

use bevy::math::{DVec3, Vec3};

use super::{build::to_reference, limbs::Limb};
use crate::{
    anny::{basis::BodyBasis, topology::Region},
    skeleton::RestBones,
};

/// A place that travels with a bone.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mark {
    pub bone: usize,
    /// From the bone's head, reference pose, metres.
    pub offset: DVec3,
}

/// The places.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Marks {
    /// Tip of the chin.
    pub chin: Mark,
    /// Front of the chest in the middle.
    pub sternum: Mark,
    /// Outside of the pelvis, left and right.
    pub hips: [Mark; 2],
}

impl Marks {
    /// Finds the places on the resting body.
    pub fn measure(basis: &BodyBasis, bones: &RestBones, shape: &[Vec3]) -> Self {
        let bone = |name: &str| basis.bone(name).unwrap_or(0);
        let head_of = |bone: usize| bones.heads.get(bone).copied().unwrap_or(DVec3::ZERO);
        let (root, waist, chest) = (bone("spine05"), bone("spine04"), bone("spine01"));
        let mark = |bone: usize, point: Option<DVec3>| {
            let point = point.unwrap_or_else(|| head_of(bone));
            Mark { bone, offset: to_reference(basis, bones, bone, point) }
        };
        let face = rows_of(basis, shape, Region::Head);
        let body = rows_of(basis, shape, Region::Torso);
        let farthest = |rows: &[DVec3], keep: &dyn Fn(DVec3) -> bool, way: DVec3| {
            rows.iter().copied().filter(|&p| keep(p)).max_by(|a, b| a.dot(way).total_cmp(&b.dot(way)))
        };
        let chin = farthest(&face, &|p| p.x.abs() < 0.012, DVec3::new(0.0, -1.0, 1.0));
        let chest_m = head_of(chest);
        let sternum = farthest(&body, &|p| p.x.abs() < 0.02 && (p.y - chest_m.y).abs() < 0.05, DVec3::Z);
        let waist_m = head_of(waist);
        let hips = [1.0, -1.0].map(|x| {
            let near = |p: DVec3| p.x * x > 0.0 && p.x.abs() < 0.3 && (p.y - waist_m.y - 0.015).abs() < 0.03;
            mark(root, farthest(&body, &near, DVec3::X * x))
        });
        Self { chin: mark(bone("head"), chin), sternum: mark(chest, sternum), hips }
    }
}

/// Mean distance of the skin from the axis in the middle of the thighs, metres.
pub fn thigh_radius_m(basis: &BodyBasis, bones: &RestBones, shape: &[Vec3], legs: &[Limb; 2]) -> f64 {
    let [left, _] = legs;
    let at = |bone: usize| bones.heads.get(bone).copied().unwrap_or(DVec3::ZERO);
    let (hip, knee) = (at(left.upper), at(left.lower));
    let axis = (knee - hip).normalize_or(DVec3::NEG_Y);
    let (mut sum, mut count) = (0.0, 0.0);
    for point in rows_of(basis, shape, Region::Torso).into_iter().filter(|p| p.x > 0.0) {
        let from = point - hip;
        let share = from.dot(axis) / hip.distance(knee).max(1e-6);
        let away = (from - axis * from.dot(axis)).length();
        if (0.42..0.58).contains(&share) && away < 0.25 {
            (sum, count) = (sum + away, count + 1.0);
        }
    }
    if count > 0.0 { sum / count } else { 0.07 }
}

fn rows_of(basis: &BodyBasis, shape: &[Vec3], wanted: Region) -> Vec<DVec3> {
    let quads = basis.topology.quads.iter().zip(&basis.topology.regions);
    let rows = quads.filter(|(_, region)| **region == wanted).flat_map(|(quad, _)| quad);
    rows.filter_map(|&row| shape.get(row as usize)).map(|p| p.as_dvec3()).collect()
}
