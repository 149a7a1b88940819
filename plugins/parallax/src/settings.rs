//! Settings of the plugin that belong to the machine, not to the shot.

use std::path::PathBuf;

use bevy::prelude::Resource;
use kinema_core::{BakeStore, cache_dir};

use crate::device::ComputeOn;

/// Where layers are made and kept. Insert it before `ParallaxPlugin` to choose.
#[derive(Resource, Debug, Clone, PartialEq, Eq)]
pub struct ParallaxSettings {
    /// Folder of the bake store; it is created when needed and may be deleted at any time.
    pub bake_dir: PathBuf,
    /// Of the whole process, from when the plugin is added. Layers do not depend on it.
    pub compute_on: ComputeOn,
}

impl Default for ParallaxSettings {
    fn default() -> Self {
        Self { bake_dir: cache_dir().join("bakes"), compute_on: ComputeOn::default() }
    }
}

impl ParallaxSettings {
    /// The store in [`ParallaxSettings::bake_dir`].
    pub fn store(&self) -> BakeStore {
        BakeStore::new(&self.bake_dir)
    }
}
