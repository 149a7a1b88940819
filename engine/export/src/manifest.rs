//! `manifest.json`: what the pictures are, where they come from and what their bytes must be.

use std::collections::BTreeMap;

use kinema_core::FrameRate;
use serde::Serialize;

use crate::commit::{NewFile, commit};
use crate::error::ExportError;
use crate::journal::{FileRecord, FrameRecord, MovieRecord};
use crate::plan::Plan;

pub(crate) const MANIFEST_NAME: &str = "manifest.json";

/// Fields in the order they are written. No clock, no host, no absolute path: equal exports have equal manifests.
#[derive(Serialize)]
struct Manifest<'a> {
    /// Version of this file's format.
    manifest: u32,
    /// Version of Kinema.
    kinema: &'static str,
    shot: Shot<'a>,
    build: &'a str,
    driver: &'a str,
    settings: &'a serde_json::Value,
    /// Every picture Kinema makes is, and says so.
    synthetic: bool,
    rate: FrameRate,
    size: [u32; 2],
    frames: Vec<&'a FrameRecord>,
    movies: &'a [MovieRecord],
    contact_sheet: Option<&'a FileRecord>,
}

#[derive(Serialize)]
struct Shot<'a> {
    name: &'a str,
    sha256: &'a str,
}

/// Writes the manifest of everything that is committed in the folder, also by earlier runs with other ranges.
pub(crate) fn write_manifest(
    plan: &Plan,
    committed: &BTreeMap<i64, FrameRecord>,
    movies: &[MovieRecord],
    contact_sheet: Option<&FileRecord>,
) -> Result<(), ExportError> {
    let settings = &plan.settings;
    let identity = &settings.identity;
    let manifest = Manifest {
        manifest: 1,
        kinema: env!("CARGO_PKG_VERSION"),
        shot: Shot { name: &identity.shot_name, sha256: &identity.shot_sha256 },
        build: &identity.build,
        driver: &identity.driver,
        settings: &identity.settings,
        synthetic: true,
        rate: settings.rate,
        size: [settings.width, settings.height],
        frames: committed.values().collect(),
        movies,
        contact_sheet,
    };
    let path = settings.out_dir.join(MANIFEST_NAME);
    let mut bytes =
        serde_json::to_vec_pretty(&manifest).map_err(|error| ExportError::io("write", &path)(error.into()))?;
    bytes.push(b'\n');
    commit(&settings.out_dir, "manifest", &[NewFile::beside_the_journal(MANIFEST_NAME, bytes)])?;
    Ok(())
}
