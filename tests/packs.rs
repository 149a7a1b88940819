//! The packs that this build was made for: their licences, and that what was installed is what was promised.

use kinema::core::{pack_dir, pack_manifest};

use crate::licences::is_allowed;
use crate::support::workspace::{assert_none, root};

#[test]
fn every_pack_is_permissively_licensed_and_brings_its_licence() {
    let mut problems = Vec::new();
    for pack in &pack_manifest().packs {
        if is_allowed(&pack.licence) != Ok(true) {
            problems.push(format!("{}: licence `{}`", pack.name, pack.licence));
        }
        if pack.licence_files.is_empty() {
            problems.push(format!("{}: no licence text is unpacked", pack.name));
        }
    }
    assert_none("packs", &problems);
}

#[test]
fn every_pack_is_installed_whole() {
    let mut problems = Vec::new();
    for pack in &pack_manifest().packs {
        let folder = match pack_dir(&pack.name) {
            Ok(folder) => folder,
            Err(error) => {
                problems.push(error.to_string());
                continue;
            }
        };
        let licences = std::fs::read_dir(folder.join("licences")).map_or(0, Iterator::count);
        if licences != pack.licence_files.len() {
            problems.push(format!("{}: {licences} licence texts instead of {}", pack.name, pack.licence_files.len()));
        }
        let absent = pack.files.iter().filter(|file| !folder.join(file).exists());
        problems.extend(absent.map(|file| format!("{}: {file} is absent", pack.name)));
    }
    assert_none("installed packs", &problems);
}

#[test]
fn nothing_third_party_is_committed() {
    for folder in ["assets/packs", "packs", "third_party", "vendor"] {
        assert!(!root().join(folder).exists(), "{folder} exists; packs belong in the cache");
    }
}
