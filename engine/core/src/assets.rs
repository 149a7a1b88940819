//! From the references in a shot to files: in a pack, or beside the shot, and nowhere else.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::error::{Blame, Blamed};
use crate::nearest::{did_you_mean, nearest};
use crate::packs::{PackError, pack_dir};

/// Why a reference in a shot leads to no file.
#[derive(Debug, thiserror::Error)]
pub enum AssetError {
    /// The pack is unknown or not installed.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// Nothing is written.
    #[error("the reference is empty; write a path relative to the shot, or `pack:NAME/PATH`")]
    Empty,
    /// Absolute paths and drive letters make a shot useless on another machine.
    #[error("`{0}` is an absolute path; write a path relative to the shot, or `pack:NAME/PATH`")]
    Absolute(String),
    /// The path, or a link in it, leads out of the folder it must stay in.
    #[error("`{reference}` leads out of {}; move the file into that folder", .root.display())]
    Escapes {
        /// As written in the shot.
        reference: String,
        /// The folder it must stay in.
        root: PathBuf,
    },
    /// There is no such file.
    #[error("there is no file `{reference}` in {}{}", .root.display(), did_you_mean(.nearest.as_deref()))]
    Missing {
        /// As written in the shot.
        reference: String,
        /// The folder in which it was looked for.
        root: PathBuf,
        /// The file in the same folder whose name is nearest.
        nearest: Option<String>,
    },
    /// The reference names a folder.
    #[error("`{reference}` in {} is a folder; name a file in it", .root.display())]
    Folder {
        /// As written in the shot.
        reference: String,
        /// The folder in which it was looked for.
        root: PathBuf,
    },
    /// The system refused to look.
    #[error("`{reference}` in {} cannot be read: {source}", .root.display())]
    Unreadable {
        /// As written in the shot.
        reference: String,
        /// The folder in which it was looked for.
        root: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Blamed for AssetError {
    fn blame(&self) -> Blame {
        match self {
            AssetError::Pack(error) => error.blame(),
            AssetError::Unreadable { .. } => Blame::Machine,
            _ => Blame::User,
        }
    }
}

/// The file a shot means by `reference`: `pack:NAME/PATH` in a pack, else a path relative to `base_dir`,
/// the shot's folder. The file exists and lies, with all links followed, inside the pack or `base_dir`.
pub fn resolve_asset(base_dir: &Path, reference: &str) -> Result<PathBuf, AssetError> {
    match reference.strip_prefix("pack:") {
        Some(rest) => {
            let (name, path) = rest.split_once('/').unwrap_or((rest, ""));
            resolve_inside(&pack_dir(name)?, path, reference)
        }
        None => resolve_inside(base_dir, reference, reference),
    }
}

fn resolve_inside(root: &Path, path: &str, reference: &str) -> Result<PathBuf, AssetError> {
    if path.is_empty() {
        return Err(AssetError::Empty);
    }
    let relative = Path::new(path);
    let windows_drive = path.as_bytes().get(1) == Some(&b':');
    if relative.is_absolute() || windows_drive || path.starts_with('\\') {
        return Err(AssetError::Absolute(reference.to_owned()));
    }
    let escapes = || AssetError::Escapes { reference: reference.to_owned(), root: root.to_owned() };
    // `..` is counted on the text first, so that the message is the same whether or not folders exist.
    let mut depth = 0_i64;
    for component in relative.components() {
        depth += match component {
            Component::ParentDir => -1,
            Component::Normal(_) => 1,
            _ => 0,
        };
        if depth < 0 {
            return Err(escapes());
        }
    }
    let unreadable =
        |source: io::Error| AssetError::Unreadable { reference: reference.to_owned(), root: root.to_owned(), source };
    let full = root.join(relative);
    let found = match full.canonicalize() {
        Ok(found) => found,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            let nearest = nearest_file(&full);
            return Err(AssetError::Missing { reference: reference.to_owned(), root: root.to_owned(), nearest });
        }
        // A NUL inside the text or a name too long is the writer's mistake, and no such file can exist.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidFilename) => {
            let reference = reference.escape_debug().to_string();
            return Err(AssetError::Missing { reference, root: root.to_owned(), nearest: None });
        }
        Err(error) => return Err(unreadable(error)),
    };
    let real_root = match root.as_os_str().is_empty() {
        true => Path::new(".").canonicalize(),
        false => root.canonicalize(),
    };
    if !found.starts_with(real_root.map_err(unreadable)?) {
        return Err(escapes());
    }
    if found.is_dir() {
        return Err(AssetError::Folder { reference: reference.to_owned(), root: root.to_owned() });
    }
    Ok(found)
}

/// The file in the same folder whose name is nearest to that of one that does not exist.
pub(crate) fn nearest_file(missing: &Path) -> Option<String> {
    let name = missing.file_name()?.to_str()?;
    let folder = missing.parent()?;
    let mut names: Vec<String> =
        fs::read_dir(folder).ok()?.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    nearest(name, names.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shot_folder() -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir_all(dir.path().join("shot/models")).expect("a folder");
        for file in ["secret.txt", "shot/models/box.glb", "shot/sky.hdr"] {
            fs::write(dir.path().join(file), "x").expect("a file");
        }
        dir
    }

    #[test]
    fn files_beside_the_shot_are_found() {
        let dir = shot_folder();
        let base = dir.path().join("shot");
        for reference in ["sky.hdr", "./sky.hdr", "models/../sky.hdr", "models//box.glb"] {
            assert!(resolve_asset(&base, reference).is_ok(), "{reference}");
        }
    }

    #[test]
    fn nothing_outside_is_reachable() {
        let dir = shot_folder();
        let base = dir.path().join("shot");
        let refused = |reference: &str| resolve_asset(&base, reference).expect_err(reference).to_string();
        let shown = base.display();
        for reference in ["../secret.txt", "models/../../secret.txt", "nothing/../../x", ".."] {
            assert_eq!(
                refused(reference),
                format!("`{reference}` leads out of {shown}; move the file into that folder")
            );
        }
        for reference in ["/etc/passwd", "C:/x", "\\\\server\\share"] {
            assert_eq!(
                refused(reference),
                format!("`{reference}` is an absolute path; write a path relative to the shot, or `pack:NAME/PATH`")
            );
        }
        assert_eq!(refused(""), "the reference is empty; write a path relative to the shot, or `pack:NAME/PATH`");
        assert_eq!(
            refused("pack:anyn/x"),
            "there is no pack `anyn` (did you mean `anny`?); `kinema assets` lists the packs"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_folder_is_refused() {
        let dir = shot_folder();
        let base = dir.path().join("shot");
        std::os::unix::fs::symlink(dir.path().join("secret.txt"), base.join("link")).expect("a link");
        std::os::unix::fs::symlink(base.join("sky.hdr"), base.join("inside")).expect("a link");
        assert!(matches!(resolve_asset(&base, "link"), Err(AssetError::Escapes { .. })));
        assert!(resolve_asset(&base, "inside").is_ok());
    }

    #[test]
    fn missing_files_are_named_with_the_nearest() {
        let dir = shot_folder();
        let base = dir.path().join("shot");
        let error = resolve_asset(&base, "models/bocks.glb").expect_err("no such file");
        assert_eq!(
            error.to_string(),
            format!("there is no file `models/bocks.glb` in {} (did you mean `box.glb`?)", base.display())
        );
        assert_eq!(error.blame(), Blame::User);
        assert!(matches!(resolve_asset(&base, "sky.hdr/x"), Err(AssetError::Missing { .. })));
        assert!(matches!(resolve_asset(&base, "a\0b"), Err(AssetError::Missing { .. })));
        assert!(matches!(resolve_asset(&base, &"x".repeat(10_000)), Err(AssetError::Missing { .. })));
        let folder = resolve_asset(&base, "models").expect_err("a folder").to_string();
        assert_eq!(folder, format!("`models` in {} is a folder; name a file in it", base.display()));
    }
}
