//! Files that appear whole or not at all.

use std::fs::Permissions;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::exit::CliError;

/// The folder that a file lies in.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Refuses a file that exists, unless it is to be replaced, and one whose folder does not: before the work, not after it.
pub fn check(path: &Path, force: bool) -> Result<(), CliError> {
    let refused = |kind: io::ErrorKind| Err(named(path, io::Error::from(kind)));
    match path.metadata() {
        Ok(found) if found.is_dir() => return refused(io::ErrorKind::IsADirectory),
        Ok(_) if !force => return refused(io::ErrorKind::AlreadyExists),
        _ => {}
    }
    if folder_of(path).is_dir() { Ok(()) } else { refused(io::ErrorKind::NotFound) }
}

/// Writes beside the name first: the file is there whole, or as it was before.
pub fn save(path: &Path, bytes: &[u8], force: bool) -> Result<(), CliError> {
    write(path, bytes, force).map_err(|source| named(path, source))
}

/// Gives a finished file its name; both lie in one folder.
pub fn rename(from: &Path, to: &Path) -> Result<(), CliError> {
    std::fs::rename(from, to).map_err(|source| named(to, source))
}

/// The error of a file that was to be written.
pub fn named(path: &Path, source: io::Error) -> CliError {
    CliError::File {
        action: if source.kind() == io::ErrorKind::AlreadyExists { "replace" } else { "write" },
        path: path.to_owned(),
        remedy: match source.kind() {
            io::ErrorKind::AlreadyExists => "choose another name, or pass --force",
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => "make its folder first",
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                "choose a folder that you may write to"
            }
            io::ErrorKind::IsADirectory => "choose the name of a file",
            _ => "check the disk",
        },
        source,
    }
}

fn write(path: &Path, bytes: &[u8], replace: bool) -> io::Result<()> {
    // As any new file of this user, not for the owner's eyes only.
    let mut file = tempfile::Builder::new().permissions(Permissions::from_mode(0o666)).tempfile_in(folder_of(path))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    let published = if replace { file.persist(path) } else { file.persist_noclobber(path) };
    published.map(drop).map_err(|error| error.error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_existing_file_is_replaced_only_when_asked_for() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.shot.ron");
        save(&path, b"one", false).expect("written");
        let error = save(&path, b"two", false).expect_err("it exists").to_string();
        assert!(error.contains("replace") && error.contains("--force"), "{error}");
        assert!(check(&path, false).is_err() && check(&path, true).is_ok());
        assert!(check(folder.path(), true).is_err() && check(&folder.path().join("no/file"), true).is_err());
        assert_eq!(std::fs::read_to_string(&path).expect("read"), "one");
        save(&path, b"two", true).expect("written");
        assert_eq!(std::fs::read_to_string(&path).expect("read"), "two");
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 1, "no temporary file stays");
    }
}
