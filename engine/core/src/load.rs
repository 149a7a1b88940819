//! From a file to a shot that is whole and checked, or to every reason why not.

use std::path::{Path, PathBuf};

use bevy_transform::components::{GlobalTransform, Transform};

use crate::cache::sha256_hex;
use crate::error::{Diagnostic, Diagnostics};
use crate::motion::{PartMotion, part_motions};
use crate::registry::PartRegistry;
use crate::shot::Shot;
use crate::tree::ser::{WriteError, to_tree};
use crate::tree::{Kind, Node, print};

/// The notation of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Rusty Object Notation, `*.shot.ron` or `*.ron`.
    Ron,
    /// `*.json`.
    Json,
}

impl Format {
    /// The notation that a file's extension names.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "ron" => Some(Format::Ron),
            "json" => Some(Format::Json),
            _ => None,
        }
    }
}

/// A shot without errors.
#[derive(Clone, Debug)]
pub struct LoadedShot {
    /// The document.
    pub shot: Shot,
    /// The folder that relative references start from.
    pub base_dir: PathBuf,
    /// The sha256 of the canonical JSON: independent of notation, layout, comments and omitted defaults.
    pub sha256: String,
    /// What deserves a look.
    pub warnings: Vec<Diagnostic>,
    pub(crate) motions: Vec<PartMotion>,
}

impl LoadedShot {
    /// Where part number `part_index0` (0-based, document order) is in its parent's space at `frame`, which may lie
    /// between frames. The identity for a part that does not exist.
    pub fn local_transform_at(&self, part_index0: usize, frame: f64) -> Transform {
        match (self.shot.parts.get(part_index0), self.motions.get(part_index0)) {
            (Some(part), Some(motion)) => motion.transform_at(part, frame),
            _ => Transform::IDENTITY,
        }
    }

    /// Where the part is in the world at `frame`, exactly as Bevy's transform propagation would place it.
    pub fn world_transform_at(&self, part_index0: usize, frame: f64) -> GlobalTransform {
        let mut ancestors = vec![part_index0];
        let parent_of = |index: usize| self.motions.get(index).and_then(|motion| motion.parent);
        let mut index = part_index0;
        // The bound holds for a shot built by a program that skipped the checks.
        while let Some(parent) = parent_of(index).filter(|_| ancestors.len() <= self.motions.len()) {
            ancestors.push(parent);
            index = parent;
        }
        ancestors.iter().rev().fold(GlobalTransform::IDENTITY, |world, index| {
            world.mul_transform(self.local_transform_at(*index, frame))
        })
    }
}

/// Reads, checks and resolves the shot in the file `path`.
pub fn load_shot(path: &Path, registry: &PartRegistry) -> Result<LoadedShot, Diagnostics> {
    let fail = |message: String| Diagnostics(vec![Diagnostic { file: Some(path.to_owned()), ..Diagnostic::error(message) }]);
    let format = Format::of(path).ok_or_else(|| fail("the name must end in .shot.ron or .json".to_owned()))?;
    let text = std::fs::read(path).map_err(|error| fail(error.to_string()))?;
    parse_shot(&text, path, format, registry)
}

/// Reads, checks and resolves a shot that is already in memory. `file_name` is used in messages, and its folder as the
/// start of relative references.
pub fn parse_shot(
    text: &[u8],
    file_name: &Path,
    format: Format,
    registry: &PartRegistry,
) -> Result<LoadedShot, Diagnostics> {
    let fail = |message: String| Diagnostics(vec![Diagnostic { file: Some(file_name.to_owned()), ..Diagnostic::error(message) }]);
    let mut shot: Shot = match format {
        Format::Ron => ron::Options::default()
            .with_default_extension(ron::extensions::Extensions::all())
            .from_bytes(text)
            .map_err(|error| fail(error.to_string()))?,
        Format::Json => serde_json::from_slice(text).map_err(|error| fail(error.to_string()))?,
    };
    for part in &mut shot.parts {
        let kind = registry.get(part.part.kind()).ok_or_else(|| fail(format!("no kind {}", part.part.kind())))?;
        let content = part.part.content_tree().map_err(|error| fail(error.to_string()))?;
        part.part = kind.decode(&content).map_err(|error| fail(error.to_string()))?;
    }
    let motions = part_motions(&shot, |kind| registry.properties(kind).to_vec());
    let sha256 = shot_sha256(&shot).map_err(|error| fail(error.to_string()))?;
    let base_dir = file_name.parent().unwrap_or(Path::new("")).to_owned();
    Ok(LoadedShot { shot, base_dir, sha256, warnings: Vec::new(), motions })
}

pub(crate) fn shot_tree(shot: &Shot) -> Result<Node, WriteError> {
    let mut tree = to_tree(shot)?;
    let parts = tree.fields_mut().and_then(|fields| fields.iter_mut().find(|field| field.name == "parts"));
    if let Some(Kind::List { items, .. }) = parts.map(|field| &mut field.value.kind) {
        for (item, part) in items.iter_mut().zip(&shot.parts) {
            let body = item.fields_mut().and_then(|fields| fields.iter_mut().find(|field| field.name == "part"));
            if let Some(body) = body {
                body.value = part.part.tagged_tree()?;
            }
        }
    }
    Ok(tree)
}

fn shot_sha256(shot: &Shot) -> Result<String, WriteError> {
    let json = serde_json::to_vec(&shot_tree(shot)?).map_err(|error| WriteError(error.to_string()))?;
    Ok(sha256_hex(&json))
}

/// The shot as RON text in the project's layout, ready to be saved as `*.shot.ron`.
pub fn shot_to_ron(shot: &Shot) -> Result<String, WriteError> {
    Ok(print::to_ron(&shot_tree(shot)?))
}

/// The shot as indented JSON text.
pub fn shot_to_json(shot: &Shot) -> Result<String, WriteError> {
    let tree = shot_tree(shot)?;
    serde_json::to_string_pretty(&tree).map(|text| text + "\n").map_err(|error| WriteError(error.to_string()))
}

/// The JSON Schema of a shot with every registered kind of part.
pub fn shot_schema(registry: &PartRegistry) -> serde_json::Value {
    let mut generator = schemars::generate::SchemaSettings::draft2020_12().into_generator();
    for kind in registry.kinds() {
        if let Some(kind) = registry.get(kind) {
            let _ = kind.schema(&mut generator);
        }
    }
    generator.into_root_schema_for::<Shot>().to_value()
}
