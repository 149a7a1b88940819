//! Which track drives what, resolved once when a shot is loaded.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use bevy_math::{EulerRot, Quat, Vec3};
use bevy_transform::components::Transform;

use crate::part::{PropertyInfo, PropertyShape};
use crate::registry::PartRegistry;
use crate::shot::{Part, Shot};
use crate::track::{Sample, Sampler};

/// What every part has, besides the properties of its kind.
pub(crate) const COMMON_PROPERTIES: [&str; 5] = ["position", "rotation_deg", "rotation_quat", "scale", "visible"];

/// The largest coordinate, factor or angle a track may give, so that no transform overflows.
const COMMON_RANGE: RangeInclusive<f32> = -1.0e9..=1.0e9;

/// Where a track writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    Position(Option<Axis>),
    RotationDeg(Option<Axis>),
    RotationQuat,
    Scale(Option<Axis>),
    Visible,
    /// Index into the properties of the part's kind.
    Property(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Axis {
    X,
    Y,
    Z,
}

impl Target {
    /// Finds `path`, the part of a track's target after `part-id/`.
    pub(crate) fn find(
        path: &str,
        properties: &[PropertyInfo],
    ) -> Option<(Target, PropertyShape, RangeInclusive<f32>)> {
        if let Some(index) = properties.iter().position(|property| property.name == path) {
            let property = properties.get(index)?;
            return Some((Target::Property(index), property.shape, property.range.clone()));
        }
        let (name, axis) = match path.split_once('/') {
            None => (path, None),
            Some((name, "x")) => (name, Some(Axis::X)),
            Some((name, "y")) => (name, Some(Axis::Y)),
            Some((name, "z")) => (name, Some(Axis::Z)),
            Some(_) => return None,
        };
        let shape = if axis.is_some() { PropertyShape::Scalar } else { PropertyShape::Vec3 };
        match (name, axis) {
            ("position", _) => Some((Target::Position(axis), shape, COMMON_RANGE)),
            ("rotation_deg", _) => Some((Target::RotationDeg(axis), shape, COMMON_RANGE)),
            ("scale", _) => Some((Target::Scale(axis), shape, COMMON_RANGE)),
            ("rotation_quat", None) => Some((Target::RotationQuat, PropertyShape::Quat, COMMON_RANGE)),
            ("visible", None) => Some((Target::Visible, PropertyShape::Flag, 0.0..=1.0)),
            _ => None,
        }
    }

    /// Whether two tracks with these targets would write the same number.
    pub(crate) fn overlaps(self, other: Target) -> bool {
        let axes = |a: Option<Axis>, b: Option<Axis>| a.is_none() || b.is_none() || a == b;
        match (self, other) {
            (Target::Position(a), Target::Position(b)) | (Target::Scale(a), Target::Scale(b)) => axes(a, b),
            (Target::RotationDeg(a), Target::RotationDeg(b)) => axes(a, b),
            (Target::RotationDeg(_), Target::RotationQuat) | (Target::RotationQuat, Target::RotationDeg(_)) => true,
            _ => self == other,
        }
    }
}

/// A rotation given as in documents: degrees about the parent's x, then y, then z axis (Blender's mode XYZ).
pub fn rotation_from_deg(rotation_deg: [f32; 3]) -> Quat {
    let [x, y, z] = rotation_deg.map(f32::to_radians);
    // Blender's "XYZ" turns about fixed axes; glam's `XYZ` would turn about the axes of the turned body.
    Quat::from_euler(EulerRot::XYZEx, x, y, z)
}

#[derive(Clone, Debug)]
pub(crate) struct Channel {
    pub(crate) target: Target,
    pub(crate) sampler: Sampler,
}

/// Everything that moves one part.
#[derive(Clone, Debug, Default)]
pub(crate) struct PartMotion {
    pub(crate) parent: Option<usize>,
    pub(crate) channels: Vec<Channel>,
}

impl PartMotion {
    /// Whether any track moves, turns or scales the part.
    pub(crate) fn moves(&self) -> bool {
        self.channels.iter().any(|channel| !matches!(channel.target, Target::Visible | Target::Property(_)))
    }

    pub(crate) fn transform_at(&self, part: &Part, frame: f64) -> Transform {
        let (mut position, mut euler_deg, mut scale) = (part.position, part.rotation_deg, part.scale);
        let mut quat = None;
        for channel in &self.channels {
            let write = |vector: &mut [f32; 3], axis| set_axis(vector, axis, channel.sampler.sample(frame));
            match channel.target {
                Target::Position(axis) => write(&mut position, axis),
                Target::RotationDeg(axis) => write(&mut euler_deg, axis),
                Target::Scale(axis) => write(&mut scale, axis),
                Target::RotationQuat => {
                    let [x, y, z, w] = channel.sampler.sample(frame).map(|number| number as f32);
                    quat = Some(Quat::from_xyzw(x, y, z, w));
                }
                Target::Visible | Target::Property(_) => {}
            }
        }
        Transform {
            translation: Vec3::from_array(position),
            rotation: quat.unwrap_or_else(|| rotation_from_deg(euler_deg)),
            scale: Vec3::from_array(scale),
        }
    }
}

fn set_axis(vector: &mut [f32; 3], axis: Option<Axis>, [a, b, c, _]: Sample) {
    let [x, y, z] = vector;
    match axis {
        None => (*x, *y, *z) = (a as f32, b as f32, c as f32),
        Some(Axis::X) => *x = a as f32,
        Some(Axis::Y) => *y = a as f32,
        Some(Axis::Z) => *z = a as f32,
    }
}

/// Resolves parents and tracks of a shot that passed its checks; what does not resolve is left out.
pub(crate) fn part_motions(shot: &Shot, registry: &PartRegistry) -> Vec<PartMotion> {
    let by_id: BTreeMap<&str, usize> =
        shot.parts.iter().enumerate().map(|(index, part)| (part.id.as_str(), index)).collect();
    let parent = |part: &Part| part.parent.as_deref().and_then(|id| by_id.get(id)).copied();
    let mut motions: Vec<PartMotion> =
        shot.parts.iter().map(|part| PartMotion { parent: parent(part), channels: Vec::new() }).collect();
    for track in &shot.tracks {
        let resolve = || {
            let (id, path) = track.target.split_once('/')?;
            let index = *by_id.get(id)?;
            let properties = registry.properties(shot.parts.get(index)?.part.kind());
            let (target, shape, range) = Target::find(path, properties)?;
            let sampler = Sampler::new(track, shape, range, shot.timeline.rate)?;
            Some((index, Channel { target, sampler }))
        };
        if let Some((index, channel)) = resolve()
            && let Some(motion) = motions.get_mut(index)
        {
            motion.channels.push(channel);
        }
    }
    motions
}
