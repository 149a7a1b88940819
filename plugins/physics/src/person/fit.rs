//! From the skin of a figure to a hull for each of its segments.

use std::collections::BTreeMap;

use bevy::math::{Isometry3d, Vec3};
use kinema_core::{Figure, Segment};
use rapier3d::parry::query::contact;
use rapier3d::prelude::{Pose, SharedShape};

use super::anatomy::{SEGMENTS, parent};
use super::frames::engine_pose;
use crate::colliders::{ShapeError, hull_shape};

/// Corners of a hull at most: skin seen from so many directions. More follow the skin by less than it gives way.
const DIRECTIONS: u32 = 64;
/// How far hulls that do not hang together stay apart in the bind pose, metres.
const GAP_M: f32 = 0.004;
/// Rounds of parting hulls; each moves less than the one before.
const ROUNDS: usize = 12;

/// A stretch of a body as one solid.
#[derive(Clone)]
pub struct FittedSegment {
    /// Which.
    pub segment: Segment,
    /// The joint that it hangs by and whose frame it has.
    pub joint: usize,
    /// Its hull about that joint.
    pub shape: SharedShape,
    /// Kilograms.
    pub mass_kg: f32,
}

/// The segments of a figure, those that others hang from first.
///
/// A hull is that of the skin which the segment's joints move the most, in the bind pose. Hulls that do not hang together are
/// parted by planes where they overlap there. A segment weighs the volume of its hull times `density_kg_m3`: what hulls fill too
/// much at hollows and below clothes is about what is missing between them at joints.
///
/// # Errors
/// [`ShapeError`] when the skin of a segment has no volume.
pub fn fitted_segments(figure: &Figure, density_kg_m3: f32) -> Result<Vec<FittedSegment>, ShapeError> {
    let mut points: BTreeMap<Segment, Vec<Vec3>> = BTreeMap::new();
    for (place, joint) in figure.vertices_m.iter().zip(&figure.strongest_joint) {
        if let Some(joint) = figure.joints.get(usize::from(*joint)) {
            points.entry(joint.segment).or_default().push(*place);
        }
    }
    for cloud in points.values_mut() {
        *cloud = outermost(cloud);
    }
    part(&mut points)?;
    let mut fitted = Vec::new();
    for segment in SEGMENTS {
        let (Some(joint), Some(cloud)) = (figure.first_joint(segment), points.get(&segment)) else { continue };
        let joint_from_figure = figure.bind.joints.get(joint).copied().unwrap_or(Isometry3d::IDENTITY).inverse();
        let about: Vec<[f32; 3]> = cloud.iter().map(|place| (joint_from_figure * *place).to_array()).collect();
        let shape = hull_shape(&about, [1.0; 3])?;
        fitted.push(FittedSegment { segment, joint, mass_kg: shape.mass_properties(density_kg_m3).mass(), shape });
    }
    Ok(fitted)
}

/// The points that lie farthest in each of many directions, spread evenly (Fibonacci's lattice on the sphere).
fn outermost(points: &[Vec3]) -> Vec<Vec3> {
    let golden = std::f32::consts::PI * (3.0 - 5.0_f32.sqrt());
    let mut kept: Vec<usize> = Vec::new();
    for step in 0..DIRECTIONS {
        let y = 1.0 - (step as f32 + 0.5) * 2.0 / DIRECTIONS as f32;
        let (sin, cos) = (golden * step as f32).sin_cos();
        let direction = Vec3::new(cos, 0.0, sin) * (1.0 - y * y).sqrt() + Vec3::Y * y;
        let farthest = points.iter().enumerate().max_by(|a, b| a.1.dot(direction).total_cmp(&b.1.dot(direction)));
        kept.extend(farthest.map(|(index, _)| index));
    }
    kept.sort_unstable();
    kept.dedup();
    kept.into_iter().filter_map(|index| points.get(index).copied()).collect()
}

/// Whether one segment hangs from the other.
pub fn joined(a: Segment, b: Segment) -> bool {
    parent(a) == Some(b) || parent(b) == Some(a)
}

/// How deep two segments of a figure are in each other in the bind pose, metres; none for those that are apart.
pub fn overlap_m(figure: &Figure, a: &FittedSegment, b: &FittedSegment) -> Option<f32> {
    let place = |of: &FittedSegment| engine_pose(figure.bind.joints.get(of.joint).copied().unwrap_or_default());
    let touch = contact(&place(a), &*a.shape, &place(b), &*b.shape, 0.0).ok().flatten()?;
    Some(-touch.dist)
}

/// Moves the points of hulls that overlap and do not hang together behind a plane between them.
fn part(points: &mut BTreeMap<Segment, Vec<Vec3>>) -> Result<(), ShapeError> {
    let segments: Vec<Segment> = points.keys().copied().collect();
    for _ in 0..ROUNDS {
        let mut parted = true;
        for (at, first) in segments.iter().enumerate() {
            for second in segments.iter().skip(at + 1).filter(|second| !joined(*first, **second)) {
                let [Some(a), Some(b)] = [first, second].map(|segment| points.get(segment)) else { continue };
                let hull = |cloud: &[Vec3]| {
                    hull_shape(&cloud.iter().map(|place| place.to_array()).collect::<Vec<_>>(), [1.0; 3])
                };
                let (hull_a, hull_b) = (hull(a)?, hull(b)?);
                let Ok(Some(touch)) = contact(&Pose::IDENTITY, &*hull_a, &Pose::IDENTITY, &*hull_b, GAP_M) else {
                    continue;
                };
                if touch.dist >= GAP_M * 0.5 {
                    continue;
                }
                parted = false;
                let normal = Vec3::from_array(touch.normal1.to_array());
                let middle =
                    (Vec3::from_array(touch.point1.to_array()) + Vec3::from_array(touch.point2.to_array())) / 2.0;
                for (segment, away) in [(first, -normal), (second, normal)] {
                    for place in points.get_mut(segment).into_iter().flatten() {
                        let short = GAP_M * 0.5 - (*place - middle).dot(away);
                        *place += away * short.max(0.0);
                    }
                }
            }
        }
        if parted {
            break;
        }
    }
    Ok(())
}
