//! Motion files: each is read once, when a person first moves by it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use bevy::ecs::resource::Resource;
use kinema_core::{Faults, resolve_asset};

use super::{bvh, error::ClipError, gltf, settings::ClipLayer, source::Source};

type Key = (PathBuf, String, Option<String>);

/// The motion files so far, by folder, reference and animation; none for a file that cannot be used.
#[derive(Resource, Default)]
pub struct Clips(BTreeMap<Key, Option<Arc<Source>>>);

impl Clips {
    /// The recordings of `layers`, one for each. A file that cannot be used is reported once and moves nobody. What is odd
    /// about a file goes to the log, unless it `was_checked` with the shot, which has told it already.
    pub fn of(
        &mut self,
        layers: &[ClipLayer],
        base_dir: &Path,
        was_checked: bool,
        faults: &mut Faults,
    ) -> Vec<Option<Arc<Source>>> {
        let mut one = |layer: &ClipLayer| {
            let key = (base_dir.to_owned(), layer.file.clone(), layer.animation.clone());
            let read = || {
                let source = read(base_dir, layer).map_err(|error| faults.report(&error)).ok()?;
                for warning in source.warnings.iter().filter(|_| !was_checked) {
                    tracing::warn!("{}: {warning}", layer.file);
                }
                Some(Arc::new(source))
            };
            self.0.entry(key).or_insert_with(read).clone()
        };
        layers.iter().map(&mut one).collect()
    }
}

/// Reads the file of a layer, whichever kind its content is.
pub fn read(base_dir: &Path, layer: &ClipLayer) -> Result<Source, ClipError> {
    let file = resolve_asset(base_dir, &layer.file)?;
    read_file(&file, layer.animation.as_deref())
}

/// Reads a file, whichever kind its content is.
pub fn read_file(file: &Path, animation: Option<&str>) -> Result<Source, ClipError> {
    let is_bvh = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("bvh"));
    let loaded = if is_bvh { bvh::read(file)? } else { gltf::read(file, animation)? };
    Source::new(loaded, file)
}
