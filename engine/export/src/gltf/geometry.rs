//! Triangles.

use serde_json::{Value, json};

use super::binary::Binary;
use super::{GltfError, value_error};

/// Triangles with what their corners carry; every list that is there has one entry per position.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SnapshotMesh {
    pub name: String,
    /// Local space, metres.
    pub positions: Vec<[f32; 3]>,
    /// Any length but 0; written with length 1.
    pub normals: Option<Vec<[f32; 3]>>,
    /// Unit length in xyz, handedness +1 or -1 in w, in the sense of MikkTSpace.
    pub tangents: Option<Vec<[f32; 4]>>,
    /// v runs down.
    pub uvs: Option<Vec<[f32; 2]>>,
    /// Linear, multiplied onto the base colour.
    pub colors: Option<Vec<[f32; 4]>>,
    /// For a skinned mesh, per vertex joints of the skin and their weights, which sum to 1.
    pub influences: Option<Vec<Vec<(u16, f32)>>>,
    pub morphs: Vec<SnapshotMorph>,
    /// Three per triangle, counter-clockwise seen from the front; consecutive positions if absent.
    pub indices: Option<Vec<u32>>,
}

/// A shape that a mesh can take on, from 0 to 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SnapshotMorph {
    pub name: String,
    /// Vertices that it moves, in ascending order, and by how much, metres.
    pub offsets: Vec<(u32, [f32; 3])>,
}

/// A mesh in the binary chunk: its accessors.
pub struct StoredMesh {
    attributes: Value,
    targets: Vec<Value>,
    target_names: Vec<String>,
    indices: Option<usize>,
}

impl StoredMesh {
    /// A glTF primitive. Meshes that differ only in material share their accessors.
    pub fn primitive(&self, material: Option<usize>) -> Value {
        let mut primitive = json!({ "attributes": self.attributes });
        if let Some(indices) = self.indices {
            primitive["indices"] = json!(indices);
        }
        if let Some(material) = material {
            primitive["material"] = json!(material);
        }
        if !self.targets.is_empty() {
            primitive["targets"] = json!(self.targets);
        }
        primitive
    }

    /// A glTF mesh of one primitive. The names of morphs lie where most programs look for them.
    pub fn mesh(&self, name: Option<&str>, material: Option<usize>) -> Value {
        let mut mesh = json!({ "name": name, "primitives": [self.primitive(material)] });
        if !self.targets.is_empty() {
            mesh["weights"] = json!(vec![0.0; self.targets.len()]);
            mesh["extras"] = json!({ "targetNames": self.target_names });
        }
        mesh
    }

    pub fn is_skinned(&self) -> bool {
        self.attributes.get("JOINTS_0").is_some()
    }

    pub fn morphs(&self) -> usize {
        self.targets.len()
    }
}

/// Puts a mesh into the binary chunk.
pub fn store(mesh: &SnapshotMesh, binary: &mut Binary) -> Result<StoredMesh, GltfError> {
    let error = |problem: String| value_error("mesh", &mesh.name, problem);
    let count = mesh.positions.len();
    let corners = mesh.indices.as_ref().map_or(count, Vec::len);
    if count == 0 || corners == 0 || !corners.is_multiple_of(3) {
        return Err(error(format!(
            "{count} positions and {corners} corners, expected three corners for each triangle"
        )));
    }
    if let Some(index) = mesh.indices.iter().flatten().find(|index| **index as usize >= count) {
        return Err(error(format!("corner {index} of {count} positions")));
    }
    let check = |what: &str, length: usize, finite: bool| match (length == count, finite) {
        (true, true) => Ok(()),
        (false, _) => Err(error(format!("{length} {what} for {count} positions"))),
        (_, false) => Err(error(format!("a value among its {what} is not finite"))),
    };
    check("positions", count, is_finite(&mesh.positions))?;

    let mut attributes = json!({ "POSITION": binary.vertices(&mesh.positions, true) });
    if let Some(normals) = &mesh.normals {
        check("normals", normals.len(), is_finite(normals))?;
        let unit: Vec<[f32; 3]> = normals.iter().map(|normal| unit_length(*normal)).collect();
        attributes["NORMAL"] = json!(binary.vertices(&unit, false));
    }
    if let Some(tangents) = &mesh.tangents {
        check("tangents", tangents.len(), is_finite(tangents))?;
        let unit = |[x, y, z, w]: [f32; 4]| {
            let [x, y, z] = unit_length([x, y, z]);
            [x, y, z, if w < 0.0 { -1.0 } else { 1.0 }]
        };
        let unit: Vec<[f32; 4]> = tangents.iter().copied().map(unit).collect();
        attributes["TANGENT"] = json!(binary.vertices(&unit, false));
    }
    if let Some(uvs) = &mesh.uvs {
        check("uvs", uvs.len(), is_finite(uvs))?;
        attributes["TEXCOORD_0"] = json!(binary.vertices(uvs, false));
    }
    if let Some(colors) = &mesh.colors {
        check("colors", colors.len(), is_finite(colors))?;
        let clamped: Vec<[f32; 4]> = colors.iter().map(|color| color.map(|c| c.clamp(0.0, 1.0))).collect();
        attributes["COLOR_0"] = json!(binary.vertices(&clamped, false));
    }
    if let Some(influences) = &mesh.influences {
        check("influences", influences.len(), influences.iter().flatten().all(|(_, weight)| weight.is_finite()))?;
        store_influences(influences, &mut attributes, binary).map_err(error)?;
    }
    let mut targets = Vec::with_capacity(mesh.morphs.len());
    for morph in &mesh.morphs {
        let in_order = morph.offsets.windows(2).all(|pair| pair[0].0 < pair[1].0);
        if !in_order || morph.offsets.last().is_some_and(|(vertex, _)| *vertex as usize >= count) {
            return Err(error(format!("morph \"{}\" moves vertices out of order or beyond the {count}", morph.name)));
        }
        if !morph.offsets.iter().flat_map(|(_, offset)| offset).all(|value| value.is_finite()) {
            return Err(error(format!("a value of morph \"{}\" is not finite", morph.name)));
        }
        targets.push(json!({ "POSITION": binary.sparse(count, &morph.offsets) }));
    }
    let target_names = mesh.morphs.iter().map(|morph| morph.name.clone()).collect();
    let indices = mesh.indices.as_ref().map(|indices| binary.indices(indices));
    Ok(StoredMesh { attributes, targets, target_names, indices })
}

/// Joints and weights in sets of four, as many as the vertex with most of them needs.
fn store_influences(influences: &[Vec<(u16, f32)>], attributes: &mut Value, binary: &mut Binary) -> Result<(), String> {
    let sets = influences.iter().map(Vec::len).max().unwrap_or(0).div_ceil(4).max(1);
    let mut shares = Vec::with_capacity(influences.len());
    for (vertex, list) in influences.iter().enumerate() {
        let sum: f64 = list.iter().map(|(_, weight)| f64::from(*weight)).sum();
        if !(sum > 0.0) || list.iter().any(|(_, weight)| *weight < 0.0) {
            return Err(format!("no joint moves vertex {vertex}, or one with less than nothing"));
        }
        let share = |&(joint, weight): &(u16, f32)| (joint, (f64::from(weight) / sum) as f32);
        shares.push(list.iter().map(share).filter(|(_, weight)| *weight > 0.0).collect::<Vec<_>>());
    }
    for set in 0..sets {
        let pick = |list: &Vec<(u16, f32)>| [0, 1, 2, 3].map(|i| list.get(set * 4 + i).copied().unwrap_or((0, 0.0)));
        let picked: Vec<[(u16, f32); 4]> = shares.iter().map(pick).collect();
        let joints: Vec<[u16; 4]> = picked.iter().map(|four| four.map(|(joint, _)| joint)).collect();
        let weights: Vec<[f32; 4]> = picked.iter().map(|four| four.map(|(_, weight)| weight)).collect();
        attributes[format!("JOINTS_{set}")] = json!(binary.joints(&joints));
        attributes[format!("WEIGHTS_{set}")] = json!(binary.vertices(&weights, false));
    }
    Ok(())
}

fn is_finite<const N: usize>(values: &[[f32; N]]) -> bool {
    values.iter().flatten().all(|value| value.is_finite())
}

/// In double precision, so that the length is 1 to the last bit that glTF's validator looks at.
fn unit_length(vector: [f32; 3]) -> [f32; 3] {
    let wide = vector.map(f64::from);
    let length = wide.iter().map(|v| v * v).sum::<f64>().sqrt();
    // A corner without a normal lies in triangles without an area; any direction is as good.
    if length > 0.0 { wide.map(|v| (v / length) as f32) } else { [0.0, 1.0, 0.0] }
}
