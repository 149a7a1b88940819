//! Passes of Bevy that run with a shader of ours: the pass and its bindings are Bevy's, what it computes is not.

use std::path::{Path, PathBuf};

use bevy::app::App;
use bevy::asset::io::embedded::EmbeddedAssetRegistry;
use kinema_shaders::{MOTION_BLUR_FRAG, TEMPORAL_AA_FRAG, WgslFile};

/// Where Bevy's own shaders are embedded, and what takes their places.
const REPLACED: [(&str, &WgslFile); 2] = [
    ("bevy_anti_alias/taa/taa.wgsl", &TEMPORAL_AA_FRAG),
    ("bevy_post_process/motion_blur/motion_blur.wgsl", &MOTION_BLUR_FRAG),
];

/// Puts them there. To be called after Bevy's plugins were built and before the first frame is drawn.
pub fn install(app: &mut App) {
    let Some(embedded) = app.world().get_resource::<EmbeddedAssetRegistry>() else { return };
    for (path, file) in REPLACED {
        embedded.insert_asset(PathBuf::from(path), Path::new(path), file.source.as_bytes());
    }
}
