//! Settings of the plugin that belong to the machine, not to the shot.

use std::path::PathBuf;

use bevy::prelude::Resource;
use kinema_core::{BakeStore, cache_dir};

/// Where bakes are kept and how many threads make them. Insert it before `ClothPlugin` to choose.
#[derive(Resource, Debug, Clone, PartialEq, Eq)]
pub struct ClothSettings {
    /// Folder of the bake store; it is created when needed and may be deleted at any time.
    pub bake_dir: PathBuf,
    /// Threads of the simulation, at least 1; the result does not depend on them.
    pub threads: usize,
}

impl Default for ClothSettings {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, |count| count.get().min(8));
        Self { bake_dir: cache_dir().join("bakes"), threads }
    }
}

impl ClothSettings {
    /// The store in [`ClothSettings::bake_dir`].
    pub fn store(&self) -> BakeStore {
        BakeStore::new(&self.bake_dir)
    }
}
