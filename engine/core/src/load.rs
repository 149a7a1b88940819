//! From a file to a shot that is whole and checked, or to every reason why not.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bevy_transform::components::{GlobalTransform, Transform};

use crate::assets::nearest_file;
use crate::cache::sha256_hex;
use crate::check::read_shot;
use crate::error::{Blame, Diagnostic, Diagnostics};
use crate::figures::Openers;
use crate::findings::Findings;
use crate::motion::{PartMotion, Target, part_motions};
use crate::part::{Property, ShotPart};
use crate::registry::PartRegistry;
use crate::shared::Shared;
use crate::shot::{Shot, Value};
use crate::tree::parser::{MAX_TEXT_LEN, parse};
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
    pub(crate) openers: Openers,
    pub(crate) shared: Shared,
}

impl LoadedShot {
    /// Checks and resolves a shot that was built by a program. Messages name the document path but no file.
    pub fn new(shot: &Shot, base_dir: &Path, registry: &PartRegistry) -> Result<Self, Diagnostics> {
        let mut findings = Findings::new(None);
        let tree = shot_tree(shot).map_err(|error| findings.add(Diagnostic::error(error.to_string()))).ok();
        finish(tree, base_dir.to_owned(), registry, findings)
    }

    /// Where part number `part_index0` (0-based, document order) is in its parent's space at `frame`, which may lie
    /// between frames. The identity for a part that does not exist.
    pub fn local_transform_at(&self, part_index0: usize, frame: f64) -> Transform {
        match (self.shot.parts.get(part_index0), self.motions.get(part_index0)) {
            (Some(part), Some(motion)) => motion.transform_at(part, frame),
            _ => Transform::IDENTITY,
        }
    }

    /// What a track gives the property number `property` of the part's kind, counted as in
    /// [`ShotPart::properties`](crate::ShotPart::properties), at `frame`; `None` if no track drives it.
    pub fn property_at(&self, part_index0: usize, property: usize, frame: f64) -> Option<Value> {
        let channels = self.motions.get(part_index0)?.channels.iter();
        let mut driving = channels.filter(|channel| channel.target == Target::Property(property));
        driving.next().map(|channel| channel.sampler.value_at(frame))
    }

    /// The part as its tracks have it at `frame`, for simulations that run ahead of the scene; `properties` are those of
    /// its kind ([`ShotPart::properties`]). `None` for a part of another kind.
    pub fn part_at<T: ShotPart>(&self, part_index0: usize, properties: &[Property<T>], frame: f64) -> Option<T> {
        let mut part = self.shot.parts.get(part_index0)?.part.get::<T>()?.clone();
        for channel in self.motions.get(part_index0).into_iter().flat_map(|motion| &motion.channels) {
            if let Target::Property(property) = channel.target
                && let Some(property) = properties.get(property)
            {
                property.setter.set(&mut part, &channel.sampler.value_at(frame));
            }
        }
        Some(part)
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
        ancestors
            .iter()
            .rev()
            .fold(GlobalTransform::IDENTITY, |world, index| world.mul_transform(self.local_transform_at(*index, frame)))
    }
}

/// Reads, checks and resolves the shot in the file `path`.
pub fn load_shot(path: &Path, registry: &PartRegistry) -> Result<LoadedShot, Diagnostics> {
    let fail = |error: Diagnostic| Diagnostics(vec![Diagnostic { file: Some(path.to_owned()), ..error }]);
    let format = Format::of(path).ok_or_else(|| {
        fail(
            Diagnostic::error("the name does not say how the shot is written")
                .expected("a name that ends in .shot.ron or .json"),
        )
    })?;
    let text = read_bounded(path).map_err(|error| fail(unreadable(path, &error)))?;
    parse_shot(&text, path, format, registry)
}

/// Never reads much more than the parser accepts, whatever the file is.
pub(crate) fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let mut file = File::open(path)?.take(MAX_TEXT_LEN as u64 + 1);
    file.read_to_end(&mut text)?;
    Ok(text)
}

pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Diagnostic {
    match error.kind() {
        io::ErrorKind::NotFound => {
            let near = nearest_file(path).map(|near| path.with_file_name(near).display().to_string());
            Diagnostic::error("there is no such file").did_you_mean(near)
        }
        io::ErrorKind::IsADirectory => Diagnostic::error("this is a folder").help("name the file in it"),
        _ => Diagnostic::error(format!("cannot be read: {error}"))
            .help("check the permissions of the file and the disk")
            .blame(Blame::Machine),
    }
}

/// Reads, checks and resolves a shot that is already in memory. `file_name` is used in messages, and its folder as the
/// start of relative references.
pub fn parse_shot(
    text: &[u8],
    file_name: &Path,
    format: Format,
    registry: &PartRegistry,
) -> Result<LoadedShot, Diagnostics> {
    let mut findings = Findings::new(Some(file_name));
    let tree = parse(text, format, &mut findings);
    let base_dir = file_name.parent().unwrap_or(Path::new("")).to_owned();
    finish(tree, base_dir, registry, findings)
}

fn finish(
    tree: Option<Node>,
    base_dir: PathBuf,
    registry: &PartRegistry,
    mut findings: Findings,
) -> Result<LoadedShot, Diagnostics> {
    let shot = tree.and_then(|tree| read_shot(tree, &base_dir, registry, &mut findings));
    let hashed = shot.map(|shot| shot_sha256(&shot).map(|sha256| (shot, sha256)));
    let (shot, sha256) = match hashed {
        Some(Ok(hashed)) => hashed,
        Some(Err(error)) => {
            findings.add(Diagnostic::error(error.to_string()));
            return Err(findings.finish());
        }
        None => return Err(findings.finish()),
    };
    let motions = part_motions(&shot, registry);
    let (warnings, openers) = (findings.finish().0, registry.openers.clone());
    Ok(LoadedShot { shot, base_dir, sha256, warnings, motions, openers, shared: Shared::default() })
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

/// The canonical JSON has every default filled in and the fields of every group sorted by name.
fn shot_sha256(shot: &Shot) -> Result<String, WriteError> {
    let mut tree = shot_tree(shot)?;
    sort_fields(&mut tree);
    let json = serde_json::to_vec(&tree).map_err(|error| WriteError(error.to_string()))?;
    Ok(sha256_hex(&json))
}

fn sort_fields(node: &mut Node) {
    match &mut node.kind {
        Kind::List { items, .. } => items.iter_mut().for_each(sort_fields),
        Kind::Map { fields, .. } => {
            fields.sort_by(|a, b| a.name.cmp(&b.name));
            fields.iter_mut().for_each(|field| sort_fields(&mut field.value));
        }
        Kind::Tagged { inner: Some(inner), .. } => sort_fields(inner),
        _ => {}
    }
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
