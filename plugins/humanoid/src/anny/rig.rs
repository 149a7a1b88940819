//! MPFB's rig and weight files (JSON), reduced to the bones a body keeps.

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;

use crate::error::{HumanoidError, read_file};

const LIMIT_BYTES: u64 = 64 << 20;

/// Which bones move which vertex: one row per vertex of the base mesh, weights of a row sum to 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VertexWeights {
    pub rows: Vec<Vec<(u16, f32)>>,
}

/// The parent of every bone of the rig file, by name; the root's is empty.
pub type Parents = BTreeMap<String, String>;

#[derive(Deserialize)]
struct RigBone {
    #[serde(default)]
    parent: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RigFile {
    Wrapped { bones: BTreeMap<String, RigBone> },
    Bare(BTreeMap<String, RigBone>),
}

#[derive(Deserialize)]
struct WeightFile {
    weights: BTreeMap<String, Vec<(u32, f64)>>,
}

/// Reads the parents of all bones from a rig file.
pub fn read_parents(file: &Path) -> Result<Parents, HumanoidError> {
    let rig: RigFile = read_json(file)?;
    let (RigFile::Wrapped { bones } | RigFile::Bare(bones)) = rig;
    Ok(bones.into_iter().map(|(name, bone)| (name, bone.parent)).collect())
}

/// The nearest kept bone at or above `bone`, as an index into `kept`.
///
/// # Errors
/// When the chain leaves the rig or runs in a circle.
pub fn nearest_kept(
    bone: &str,
    parents: &Parents,
    kept: &BTreeMap<&str, u16>,
    file: &Path,
) -> Result<Option<u16>, HumanoidError> {
    let mut current = bone;
    for _ in 0..=parents.len() {
        if let Some(&index) = kept.get(current) {
            return Ok(Some(index));
        }
        match parents.get(current) {
            Some(parent) if parent.is_empty() => return Ok(None),
            Some(parent) => current = parent,
            None => return Err(HumanoidError::damaged(file, 0, format!("has no bone `{current}`"))),
        }
    }
    Err(HumanoidError::damaged(file, 0, format!("the parents of bone `{bone}` run in a circle")))
}

/// Reads the weights of `vertex_count` vertices. Bones that the body does not keep give their weight to their nearest
/// kept ancestor.
pub fn read_weights(
    file: &Path,
    rig_file: &Path,
    parents: &Parents,
    kept_names: &[String],
    vertex_count: usize,
) -> Result<VertexWeights, HumanoidError> {
    let kept: BTreeMap<&str, u16> = kept_names.iter().map(String::as_str).zip(0..).collect();
    let weights: WeightFile = read_json(file)?;
    let mut rows: Vec<Vec<(u16, f64)>> = vec![Vec::new(); vertex_count];
    for (bone, entries) in &weights.weights {
        if entries.is_empty() {
            continue;
        }
        let target = nearest_kept(bone, parents, &kept, rig_file)?.unwrap_or(0);
        for &(vertex, weight) in entries {
            let row = rows.get_mut(vertex as usize).filter(|_| weight.is_finite() && weight >= 0.0);
            let Some(row) = row else {
                let message = format!("bone `{bone}` has the impossible entry [{vertex}, {weight}]");
                return Err(HumanoidError::damaged(file, 0, message));
            };
            match row.iter_mut().find(|(index, _)| *index == target) {
                Some((_, sum)) => *sum += weight,
                None => row.push((target, weight)),
            }
        }
    }
    let mut finished = Vec::with_capacity(vertex_count);
    for (vertex, mut row) in rows.into_iter().enumerate() {
        let sum: f64 = row.iter().map(|(_, weight)| weight).sum();
        if !(sum > 0.0) {
            return Err(HumanoidError::damaged(file, 0, format!("vertex {vertex} has no weight")));
        }
        row.retain(|(_, weight)| *weight > 0.0);
        row.sort_by_key(|(index, _)| *index);
        finished.push(row.into_iter().map(|(index, weight)| (index, (weight / sum) as f32)).collect());
    }
    Ok(VertexWeights { rows: finished })
}

/// Decodes a JSON file of the pack; a syntax error names its line.
pub fn read_json<T: serde::de::DeserializeOwned>(file: &Path) -> Result<T, HumanoidError> {
    let bytes = read_file(file, LIMIT_BYTES)?;
    serde_json::from_slice(&bytes).map_err(|error| HumanoidError::damaged(file, error.line(), error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, name: &str, text: &str) -> std::path::PathBuf {
        let file = folder.join(name);
        std::fs::write(&file, text).expect("writes");
        file
    }

    const RIG: &str = r#"{"root": {"parent": ""}, "arm": {"parent": "root"}, "hand": {"parent": "arm"}}"#;

    #[test]
    fn removed_bones_give_their_weight_to_the_nearest_kept_ancestor() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let rig = write(folder.path(), "rig.json", RIG);
        let weights = write(
            folder.path(),
            "w.json",
            r#"{"weights": {"hand": [[0, 1.0]], "arm": [[0, 1.0], [1, 3]], "root": [[0, 2]]}}"#,
        );
        let parents = read_parents(&rig).expect("a valid rig");
        let kept = ["root".to_owned(), "arm".to_owned()];
        let read = read_weights(&weights, &rig, &parents, &kept, 2).expect("valid weights");
        assert_eq!(read.rows, [vec![(0, 0.5), (1, 0.5)], vec![(1, 1.0)]]);
    }

    #[test]
    fn damage_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let rig = write(folder.path(), "rig.json", RIG);
        let parents = read_parents(&rig).expect("a valid rig");
        let kept = ["root".to_owned()];
        for (text, expected) in [
            ("{\"weights\": {\n\"arm\": [[0", "w.json:2: "),
            (r#"{"weights": {"arm": [[7, 1]]}}"#, "impossible entry [7, 1]"),
            (r#"{"weights": {"arm": [[0, -1]]}}"#, "impossible entry [0, -1]"),
            (r#"{"weights": {"tail": [[0, 1]]}}"#, "no bone `tail`"),
            (r#"{"weights": {}}"#, "vertex 0 has no weight"),
        ] {
            let file = write(folder.path(), "w.json", text);
            let error = read_weights(&file, &rig, &parents, &kept, 1).expect_err(text).to_string();
            assert!(error.contains(expected), "{error}");
        }
        let circle =
            write(folder.path(), "c.json", r#"{"root": {"parent": ""}, "a": {"parent": "b"}, "b": {"parent": "a"}}"#);
        let parents = read_parents(&circle).expect("well-formed");
        let error =
            nearest_kept("a", &parents, &BTreeMap::from([("root", 0)]), &circle).expect_err("a circle").to_string();
        assert!(error.contains("run in a circle"), "{error}");
    }
}
