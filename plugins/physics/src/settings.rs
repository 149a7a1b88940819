//! Settings of the plugin that belong to the machine, not to the shot.

use std::path::PathBuf;

use bevy::prelude::Resource;
use kinema_core::{BakeStore, cache_dir};

/// Where bakes are kept. Insert it before `PhysicsPlugin` to choose another folder.
#[derive(Resource, Debug, Clone, PartialEq, Eq)]
pub struct PhysicsSettings {
    /// Folder of the bake store; it is created when needed and may be deleted at any time.
    pub bake_dir: PathBuf,
}

impl Default for PhysicsSettings {
    fn default() -> Self {
        Self { bake_dir: default_bake_dir() }
    }
}

impl PhysicsSettings {
    /// The store in [`PhysicsSettings::bake_dir`].
    pub fn store(&self) -> BakeStore {
        BakeStore::new(&self.bake_dir)
    }
}

/// `bakes` in the user's cache.
pub fn default_bake_dir() -> PathBuf {
    cache_dir().join("bakes")
}
