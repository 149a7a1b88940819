//! Reads skeletal animations of glTF 2.0 files. Morphs, meshes and materials are not looked at.

use std::{collections::BTreeMap, path::Path};

use bevy::math::{DQuat, DVec3, Mat4};
use kinema_core::gltf::{
    GltfError, GltfSource,
    json::{
        self,
        animation::{Interpolation, Property},
        validation::Checked,
    },
};

use super::{
    clip::{Clip, Loaded, Skeleton, mix},
    error::ClipError,
};

const MOST_NODES: usize = 4_000;
/// Joints times frames, as for BVH.
const MOST_ROTATIONS: f64 = 16e6;
/// Frames a second that keys are sampled at: what they have, within these.
const RATES_HZ: std::ops::RangeInclusive<f64> = 24.0..=120.0;

impl From<GltfError> for ClipError {
    fn from(error: GltfError) -> Self {
        Self::Gltf(error)
    }
}

/// Reads one animation of a file: that called `animation`, or the first that turns joints.
pub fn read(file: &Path, animation: Option<&str>) -> Result<Loaded, ClipError> {
    from_source(&GltfSource::open(file)?, animation)
}

/// The same from an asset that is already open.
pub fn from_source(source: &GltfSource, animation: Option<&str>) -> Result<Loaded, ClipError> {
    let tree = Tree::read(source)?;
    let mut warnings = tree.warnings.clone();
    let root = source.root();
    let turns_joints = |animation: &&json::Animation| {
        animation.channels.iter().any(|channel| {
            channel.target.path == Checked::Valid(Property::Rotation)
                && tree.joint_of(channel.target.node.value()).is_some()
        })
    };
    let name = |animation: &json::Animation| animation.name.clone().unwrap_or_default();
    let found = match animation {
        Some(wanted) => root.animations.iter().find(|animation| name(animation) == wanted),
        None => root.animations.iter().find(turns_joints),
    };
    let Some(found) = found else {
        let names: Vec<String> =
            root.animations.iter().take(8).map(|animation| format!("`{}`", name(animation))).collect();
        let message = match animation {
            Some(wanted) => format!("there is no animation `{wanted}`"),
            None => "no animation turns joints of a skeleton".to_owned(),
        };
        let remedy = if names.is_empty() {
            "export the asset with its animation".to_owned()
        } else {
            format!("it has {}", names.join(", "))
        };
        return Err(source.error("animations", message, remedy).into());
    };
    if animation.is_none() && root.animations.len() > 1 {
        warnings.push(format!("the file has {} animations; `{}` is used", root.animations.len(), name(found)));
    }
    let tracks = tracks(source, &tree, found, &mut warnings)?;
    let first = tracks.iter().filter_map(|track| track.times.first()).fold(f64::INFINITY, |a, &b| a.min(b));
    let last = tracks.iter().filter_map(|track| track.times.last()).fold(f64::NEG_INFINITY, |a, &b| a.max(b));
    if !(last >= first) {
        return Err(source.error("animations", "the animation has no keys", "export it again").into());
    }
    let rate_hz = rate(&tracks);
    let frames = ((last - first) * rate_hz).round() + 1.0;
    let joints = tree.skeleton.len();
    if !(frames * joints as f64 <= MOST_ROTATIONS) {
        let message = format!("{frames} frames of {joints} joints are more than can be used");
        return Err(source.error("animations", message, "cut the animation").into());
    }
    let frames = frames as usize;
    let mut clip = Clip { rest: tree.skeleton.clone(), rate_hz, ..Clip::default() };
    for _ in 0..frames {
        clip.rotations.extend(&tree.skeleton.rotations);
    }
    for track in &tracks {
        let at = |frame: usize| track.at(first + frame as f64 / rate_hz);
        if track.turns {
            for frame in 0..frames {
                if let Some(slot) = clip.rotations.get_mut(frame * joints + track.joint) {
                    *slot = at(frame);
                }
            }
        } else {
            let scale = tree.scales.get(track.joint).copied().unwrap_or(1.0);
            clip.moves.push((track.joint, (0..frames).map(|frame| at(frame).xyz() * scale).collect()));
        }
    }
    Ok(Loaded { clip, warnings })
}

/// The nodes that matter: joints and what carries them.
struct Tree {
    skeleton: Skeleton,
    joints: BTreeMap<usize, usize>,
    /// The size of what lies above a joint: lengths below it are in that measure.
    scales: Vec<f64>,
    warnings: Vec<String>,
}

impl Tree {
    fn joint_of(&self, node: usize) -> Option<usize> {
        self.joints.get(&node).copied()
    }

    fn read(source: &GltfSource) -> Result<Self, ClipError> {
        let root = source.root();
        let count = root.nodes.len();
        if count > MOST_NODES {
            return Err(source
                .error("nodes", format!("{count} nodes are more than a person has"), "export the skeleton alone")
                .into());
        }
        let mut parents: Vec<Option<usize>> = vec![None; count];
        for (node, children) in
            root.nodes.iter().enumerate().filter_map(|(node, of)| Some((node, of.children.as_ref()?)))
        {
            for child in children {
                match parents.get_mut(child.value()) {
                    Some(slot @ None) if child.value() != node => *slot = Some(node),
                    _ => {
                        let message = format!("node {} hangs below two nodes or below itself", child.value());
                        return Err(source
                            .error(format!("nodes[{node}].children"), message, "export the asset again")
                            .into());
                    }
                }
            }
        }
        let order = order(&parents)
            .ok_or_else(|| source.error("nodes", "the nodes run in a circle", "export the asset again"))?;
        let skin = root.skins.iter().max_by_key(|skin| skin.joints.len());
        let mut wanted = vec![skin.is_none(); count];
        for joint in skin.into_iter().flat_map(|skin| &skin.joints) {
            let mut at = Some(joint.value());
            while let Some(node) = at {
                match wanted.get_mut(node) {
                    Some(slot @ false) => *slot = true,
                    _ => break,
                }
                at = parents.get(node).copied().flatten();
            }
        }
        let mut tree =
            Self { skeleton: Skeleton::default(), joints: BTreeMap::new(), scales: Vec::new(), warnings: Vec::new() };
        let mut sizes: Vec<f64> = Vec::new();
        for node in order.into_iter().filter(|&node| wanted.get(node).is_some_and(|wanted| *wanted)) {
            let Some(of) = root.nodes.get(node) else { continue };
            let parent = parents.get(node).copied().flatten().and_then(|parent| tree.joint_of(parent));
            let above = parent.and_then(|parent| sizes.get(parent)).copied().unwrap_or(1.0);
            let (scale, rotation, translation) = transform(of);
            if !(scale.is_finite() && rotation.is_finite() && translation.is_finite()) {
                return Err(source
                    .error(format!("nodes[{node}]"), "its transform is not finite", "export the asset again")
                    .into());
            }
            let size = scale.abs().element_sum() / 3.0;
            if (scale.abs() - size).abs().max_element() > 0.01 * size {
                tree.warnings.push(format!("node {node} is scaled unevenly; its mean is used"));
            }
            let name = of.name.clone().filter(|name| !name.is_empty()).unwrap_or_else(|| format!("node {node}"));
            tree.joints.insert(node, tree.skeleton.len());
            tree.skeleton.names.push(name.chars().take(80).collect());
            tree.skeleton.parents.push(parent);
            tree.skeleton.rotations.push(rotation);
            tree.skeleton.offsets.push(translation * above);
            tree.scales.push(above);
            sizes.push(above * size);
        }
        if tree.skeleton.is_empty() {
            return Err(source.error("nodes", "there is no skeleton", "export the asset with its skeleton").into());
        }
        Ok(tree)
    }
}

/// Parents before children; `None` for a circle.
fn order(parents: &[Option<usize>]) -> Option<Vec<usize>> {
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); parents.len()];
    for (node, parent) in parents.iter().enumerate() {
        if let Some(list) = parent.and_then(|parent| children.get_mut(parent)) {
            list.push(node);
        }
    }
    let mut open: Vec<usize> =
        (0..parents.len()).rev().filter(|&node| parents.get(node).is_some_and(Option::is_none)).collect();
    let mut order = Vec::with_capacity(parents.len());
    while let Some(node) = open.pop() {
        order.push(node);
        open.extend(children.get(node).into_iter().flatten().rev());
    }
    (order.len() == parents.len()).then_some(order)
}

fn transform(node: &json::Node) -> (DVec3, DQuat, DVec3) {
    if let Some(matrix) = node.matrix {
        return Mat4::from_cols_array(&matrix).as_dmat4().to_scale_rotation_translation();
    }
    let vector = |value: Option<[f32; 3]>, usual: DVec3| value.map_or(usual, |v| DVec3::from_array(v.map(f64::from)));
    let rotation = node.rotation.map_or(DQuat::IDENTITY, |rotation| unit(DQuat::from_array(rotation.0.map(f64::from))));
    (vector(node.scale, DVec3::ONE), rotation, vector(node.translation, DVec3::ZERO))
}

fn unit(rotation: DQuat) -> DQuat {
    if rotation.length_squared() > 1e-12 { rotation.normalize() } else { DQuat::IDENTITY }
}

/// The keys of one joint. Positions use x, y and z of a quaternion's room.
struct Track {
    joint: usize,
    turns: bool,
    interpolation: Interpolation,
    times: Vec<f64>,
    /// One value for each time; for splines three: tangent in, value, tangent out.
    values: Vec<DQuat>,
}

fn tracks(
    source: &GltfSource,
    tree: &Tree,
    animation: &json::Animation,
    warnings: &mut Vec<String>,
) -> Result<Vec<Track>, ClipError> {
    let mut tracks = Vec::new();
    let mut scales = false;
    for (index, channel) in animation.channels.iter().enumerate() {
        let place = format!("channels[{index}]");
        let Some(joint) = tree.joint_of(channel.target.node.value()) else { continue };
        let turns = match channel.target.path {
            Checked::Valid(Property::Rotation) => true,
            Checked::Valid(Property::Translation) => false,
            Checked::Valid(Property::Scale) => {
                scales = true;
                continue;
            }
            _ => continue,
        };
        let wrong = |message: &str| source.error(&place, message, "export the animation again");
        let sampler =
            animation.samplers.get(channel.sampler.value()).ok_or_else(|| wrong("there is no such sampler"))?;
        let Checked::Valid(interpolation) = sampler.interpolation else {
            return Err(wrong("its interpolation is unknown").into());
        };
        let times: Vec<f64> =
            source.read_floats::<1>(sampler.input, &place)?.into_iter().map(|[time]| f64::from(time)).collect();
        let values: Vec<DQuat> = if turns {
            let values = source.read_floats::<4>(sampler.output, &place)?;
            values.into_iter().map(|value| DQuat::from_array(value.map(f64::from))).collect()
        } else {
            let values = source.read_floats::<3>(sampler.output, &place)?;
            values.into_iter().map(|[x, y, z]| DQuat::from_xyzw(x.into(), y.into(), z.into(), 0.0)).collect()
        };
        let each = if interpolation == Interpolation::CubicSpline { 3 } else { 1 };
        if values.len() != times.len() * each {
            return Err(wrong(&format!("{} values for {} keys", values.len(), times.len())).into());
        }
        if !times.windows(2).all(|pair| pair[0] < pair[1]) {
            return Err(wrong("its keys are not in order of time").into());
        }
        if !times.is_empty() {
            tracks.push(Track { joint, turns, interpolation, times, values });
        }
    }
    if scales {
        warnings.push("joints that change their size keep it".to_owned());
    }
    Ok(tracks)
}

/// The median spacing of the busiest track, as a rate.
fn rate(tracks: &[Track]) -> f64 {
    let busiest = tracks.iter().max_by_key(|track| track.times.len());
    let mut steps: Vec<f64> =
        busiest.map(|track| track.times.windows(2).map(|pair| pair[1] - pair[0]).collect()).unwrap_or_default();
    steps.sort_by(f64::total_cmp);
    let step = steps.get(steps.len() / 2).copied().unwrap_or(1.0);
    (1.0 / step).round().clamp(*RATES_HZ.start(), *RATES_HZ.end())
}

impl Track {
    fn value(&self, key: usize, part: usize) -> DQuat {
        let place = if self.interpolation == Interpolation::CubicSpline { key * 3 + part } else { key };
        self.values.get(place).copied().unwrap_or(DQuat::IDENTITY)
    }

    fn own(&self, value: DQuat) -> DQuat {
        if self.turns { unit(value) } else { value }
    }

    /// glTF 2.0, appendix C.
    fn at(&self, secs: f64) -> DQuat {
        let after = self.times.partition_point(|&time| time <= secs);
        let last = self.times.len().saturating_sub(1);
        let Some(before) = after.checked_sub(1) else { return self.own(self.value(0, 1)) };
        let (Some(&from), Some(&to)) = (self.times.get(before), self.times.get(after)) else {
            return self.own(self.value(last, 1));
        };
        let step = to - from;
        let t = (secs - from) / step;
        match self.interpolation {
            Interpolation::Step => self.own(self.value(before, 1)),
            Interpolation::Linear if self.turns => mix(unit(self.value(before, 1)), unit(self.value(after, 1)), t),
            Interpolation::Linear => self.value(before, 1) * (1.0 - t) + self.value(after, 1) * t,
            Interpolation::CubicSpline => {
                let (t2, t3) = (t * t, t * t * t);
                let sum = self.value(before, 1) * (2.0 * t3 - 3.0 * t2 + 1.0)
                    + self.value(before, 2) * (step * (t3 - 2.0 * t2 + t))
                    + self.value(after, 1) * (3.0 * t2 - 2.0 * t3)
                    + self.value(after, 0) * (step * (t3 - t2));
                self.own(sum)
            }
        }
    }
}
