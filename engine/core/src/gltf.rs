//! glTF assets, read for whoever needs them (things, skeletal clips): every byte checked, every reference kept inside the
//! asset's own folder.

mod accessor;
mod source;

pub use ::gltf::json;
pub use source::{GltfError, GltfSource, MAX_FILE_BYTES};
