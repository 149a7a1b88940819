//! What moves: nodes below nodes, skins, animations.

use serde_json::{Value, json};

use super::binary::Binary;
use super::{GltfError, NodeContent, SceneSnapshot, SnapshotNode, geometry, value_error};

/// Joints that move the vertices of a mesh.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SnapshotSkin {
    pub name: String,
    /// Nodes; influences of vertices are indices into this list.
    pub joints: Vec<usize>,
    /// Joint from mesh where the mesh is bound, column-major; one for each joint.
    pub joint_from_mesh: Vec<[f32; 16]>,
}

/// Values over time for some nodes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SnapshotAnimation {
    pub name: String,
    /// Ascending, shared by all channels.
    pub times_secs: Vec<f32>,
    /// Node and its values, one for each time, linear between them.
    pub channels: Vec<(usize, SnapshotChannel)>,
}

/// What of a node changes.
#[derive(Clone, Debug, PartialEq)]
pub enum SnapshotChannel {
    /// Metres.
    Translation(Vec<[f32; 3]>),
    /// Unit quaternions x, y, z, w.
    Rotation(Vec<[f32; 4]>),
    /// How much of each morph of the node's mesh, one list for each time.
    Morphs(Vec<Vec<f32>>),
}

/// Gives nodes their children and returns those without a parent.
pub fn hang(nodes: &[SnapshotNode], json: &mut [Value]) -> Result<Vec<usize>, GltfError> {
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    let mut roots = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        match node.parent {
            None => roots.push(index),
            // Parents come first, so that nothing can hang below itself.
            Some(parent) if parent < index => children[parent].push(index),
            Some(parent) => {
                return Err(value_error("node", &node.name, format!("its parent {parent} does not come before it")));
            }
        }
    }
    for (json, children) in json.iter_mut().zip(children).filter(|(_, children)| !children.is_empty()) {
        json["children"] = json!(children);
    }
    Ok(roots)
}

pub fn skins(snapshot: &SceneSnapshot, binary: &mut Binary) -> Result<Vec<Value>, GltfError> {
    let mut skins = Vec::with_capacity(snapshot.skins.len());
    for (index, skin) in snapshot.skins.iter().enumerate() {
        let error = |problem: String| value_error("skin", &skin.name, problem);
        let joints = skin.joints.len();
        if joints == 0 || joints != skin.joint_from_mesh.len() {
            return Err(error(format!("{joints} joints and {} matrices", skin.joint_from_mesh.len())));
        }
        if let Some(joint) = skin.joints.iter().find(|joint| **joint >= snapshot.nodes.len()) {
            return Err(error(format!("joint {joint} of {} nodes", snapshot.nodes.len())));
        }
        if !skin.joint_from_mesh.iter().flatten().all(|value| value.is_finite()) {
            return Err(error("a matrix is not finite".to_owned()));
        }
        for node in &snapshot.nodes {
            let NodeContent::Skinned { mesh, skin: used, .. } = node.content else { continue };
            let influences = snapshot.meshes.get(mesh).and_then(|mesh| mesh.influences.as_ref());
            let beyond = influences.into_iter().flatten().flatten().find(|(joint, _)| usize::from(*joint) >= joints);
            if let Some((joint, _)) = beyond.filter(|_| used == index) {
                return Err(error(format!("node \"{}\" uses joint {joint} of {joints}", node.name)));
            }
        }
        let matrices = binary.floats(&skin.joint_from_mesh, false);
        skins.push(json!({ "name": skin.name, "joints": skin.joints, "inverseBindMatrices": matrices }));
    }
    Ok(skins)
}

pub fn animations(
    snapshot: &SceneSnapshot,
    stored: &[geometry::StoredMesh],
    binary: &mut Binary,
) -> Result<Vec<Value>, GltfError> {
    let mut animations = Vec::with_capacity(snapshot.animations.len());
    for animation in &snapshot.animations {
        let error = |problem: String| value_error("animation", &animation.name, problem);
        let times = &animation.times_secs;
        let in_order =
            times.first().is_some_and(|first| *first >= 0.0) && times.windows(2).all(|pair| pair[0] < pair[1]);
        if !in_order || !times.iter().all(|time| time.is_finite()) || animation.channels.is_empty() {
            return Err(error(format!("{} times, expected ascending ones from 0 on, and channels", times.len())));
        }
        let times: Vec<[f32; 1]> = times.iter().map(|time| [*time]).collect();
        let input = binary.floats(&times, true);
        let (mut samplers, mut channels) = (Vec::new(), Vec::new());
        for (node, channel) in &animation.channels {
            let Some(moved) = snapshot.nodes.get(*node) else {
                return Err(error(format!("node {node} of {}", snapshot.nodes.len())));
            };
            let (path, length, output) = match channel {
                SnapshotChannel::Translation(values) => {
                    finite(values.as_flattened()).map_err(error)?;
                    ("translation", values.len(), binary.floats(values, false))
                }
                SnapshotChannel::Rotation(values) => {
                    finite(values.as_flattened()).map_err(error)?;
                    let unit = |value: &[f32; 4]| {
                        let length = value.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
                        (length > 0.5).then(|| value.map(|v| (f64::from(v) / length) as f32))
                    };
                    let unit: Option<Vec<[f32; 4]>> = values.iter().map(unit).collect();
                    let unit = unit.ok_or_else(|| error(format!("a rotation of node \"{}\" is none", moved.name)))?;
                    ("rotation", unit.len(), binary.floats(&unit, false))
                }
                SnapshotChannel::Morphs(values) => {
                    let morphs = match moved.content {
                        NodeContent::Mesh { mesh, .. } | NodeContent::Skinned { mesh, .. } => {
                            stored.get(mesh).map_or(0, geometry::StoredMesh::morphs)
                        }
                        _ => 0,
                    };
                    if morphs == 0 || values.iter().any(|weights| weights.len() != morphs) {
                        return Err(error(format!("node \"{}\" has {morphs} morphs", moved.name)));
                    }
                    let flat: Vec<[f32; 1]> = values.iter().flatten().map(|weight| [*weight]).collect();
                    finite(flat.as_flattened()).map_err(error)?;
                    ("weights", values.len(), binary.floats(&flat, false))
                }
            };
            if length != times.len() {
                return Err(error(format!("{length} values of node \"{}\" for {} times", moved.name, times.len())));
            }
            channels.push(json!({ "sampler": samplers.len(), "target": { "node": node, "path": path } }));
            samplers.push(json!({ "input": input, "output": output, "interpolation": "LINEAR" }));
        }
        animations.push(json!({ "name": animation.name, "samplers": samplers, "channels": channels }));
    }
    Ok(animations)
}

fn finite(values: &[f32]) -> Result<(), String> {
    if values.iter().all(|value| value.is_finite()) { Ok(()) } else { Err("a value is not finite".to_owned()) }
}
