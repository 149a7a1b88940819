//! The checkout as the tests see it: its files, and what cargo knows about its crates.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use cargo_metadata::{Metadata, MetadataCommand};

/// The folder of the root Cargo.toml.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every crate of the build for the one platform that Kinema runs on, with what each needs.
pub fn metadata() -> &'static Metadata {
    static METADATA: OnceLock<Metadata> = OnceLock::new();
    METADATA.get_or_init(|| {
        let mut command = MetadataCommand::new();
        command.manifest_path(root().join("Cargo.toml"));
        // Without the filter cargo asks for crates of other platforms, which a build never downloads.
        let platform = ["--offline", "--filter-platform", "x86_64-unknown-linux-gnu"];
        command.other_options(platform.map(str::to_owned)).exec().expect("cargo metadata")
    })
}

/// A file of the checkout.
pub struct SourceFile {
    /// Below the root, with forward slashes.
    pub path: String,
    pub text: String,
}

/// Every file below these folders of the root whose name ends in one of `extensions`, sorted by path.
pub fn source_files(folders: &[&str], extensions: &[&str]) -> Vec<SourceFile> {
    let mut found = Vec::new();
    let mut pending: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(folder) = pending.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for path in entries.map(|entry| entry.expect("a readable folder").path()) {
            if path.is_dir() {
                pending.push(path);
            } else if extensions.iter().any(|extension| path.extension().is_some_and(|found| found == *extension)) {
                let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                let below = path.strip_prefix(root()).expect("it lies below the root");
                found.push(SourceFile { path: below.to_string_lossy().into_owned(), text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The names of the folders directly below a folder of the root, sorted.
pub fn folders_in(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let folders = entries.map(|entry| entry.expect("a readable folder")).filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> = folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Fails with all problems at once, one a line.
#[track_caller]
pub fn assert_none(what: &str, problems: &[String]) {
    assert!(problems.is_empty(), "{what}:\n  {}", problems.join("\n  "));
}
