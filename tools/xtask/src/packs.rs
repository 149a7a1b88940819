//! Third-party packs: `assets/packs.toml` says which, this installs them into the user's cache.

mod archive;
mod convert;
pub mod install;
pub mod manifest;
