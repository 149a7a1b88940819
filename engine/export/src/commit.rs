//! Files appear whole or not at all: temporary file beside the final name, sync, rename, sync of the folder.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::digest::sha256_of;
use crate::error::ExportError;
use crate::journal::FileRecord;

/// A finished file that is not on disk yet.
pub(crate) struct NewFile {
    /// Folder below the output folder; empty for the output folder itself.
    pub folder: &'static str,
    pub name: String,
    /// As in [`FileRecord`].
    pub planes: Vec<String>,
    pub bytes: Vec<u8>,
}

impl NewFile {
    /// A file in the output folder itself.
    pub fn beside_the_journal(name: &str, bytes: Vec<u8>) -> Self {
        Self { folder: "", name: name.into(), planes: Vec::new(), bytes }
    }

    /// Relative to the output folder, with `/`.
    pub fn relative_path(&self) -> String {
        if self.folder.is_empty() { self.name.clone() } else { format!("{}/{}", self.folder, self.name) }
    }
}

/// Between a name and what makes its temporary twin: `.shot.0007.png.tmp-7`.
const TEMPORARY_MARK: &str = ".tmp-";

/// A file under its temporary name. Dropping it without [`publish`](Self::publish) removes it.
pub(crate) struct TemporaryFile {
    path: PathBuf,
    final_path: PathBuf,
    published: bool,
}

impl TemporaryFile {
    /// Names the file only; `tag` tells attempts apart and must be alphanumeric.
    pub fn beside(final_path: PathBuf, tag: &str) -> Self {
        let name = final_path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let path = final_path.with_file_name(format!(".{name}{TEMPORARY_MARK}{tag}"));
        Self { path, final_path, published: false }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    fn write(&self, bytes: &[u8]) -> Result<(), ExportError> {
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(&self.path);
        file.and_then(|mut file| write_and_sync(&mut file, bytes)).map_err(ExportError::io("write", &self.final_path))
    }

    /// Gives the file its final name, replacing what was there. The folder still has to be synced.
    pub fn publish(mut self) -> Result<(), ExportError> {
        fs::rename(&self.path, &self.final_path).map_err(ExportError::io("write", &self.final_path))?;
        self.published = true;
        Ok(())
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        if !self.published {
            // The reason for being here is already on its way to the user; a leftover that cannot even be removed
            // is removed by the next `Exporter::open`.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn write_and_sync(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes renames and removals in a folder survive a power cut.
pub(crate) fn sync_folder(path: &Path) -> Result<(), ExportError> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(ExportError::io("sync the folder", path))
}

/// Publishes a group of files: all are complete and synced before the first gets its final name.
pub(crate) fn commit(out_dir: &Path, tag: &str, files: &[NewFile]) -> Result<Vec<FileRecord>, ExportError> {
    let mut written = Vec::with_capacity(files.len());
    for file in files {
        let temporary = TemporaryFile::beside(out_dir.join(file.folder).join(&file.name), tag);
        temporary.write(&file.bytes)?;
        written.push(temporary);
    }
    for temporary in written {
        temporary.publish()?;
    }
    let mut folders: Vec<&str> = files.iter().map(|file| file.folder).collect();
    folders.sort_unstable();
    folders.dedup();
    for folder in folders {
        sync_folder(&out_dir.join(folder))?;
    }
    Ok(files.iter().map(record_of).collect())
}

fn record_of(file: &NewFile) -> FileRecord {
    FileRecord {
        path: file.relative_path(),
        planes: file.planes.clone(),
        bytes: file.bytes.len() as u64,
        sha256: sha256_of(&file.bytes),
    }
}

/// Removes temporary files that a killed export left in `folder`, if it exists. Only names this module gives, and only
/// for final names that `is_ours` knows, so that nobody else's hidden files are touched.
pub(crate) fn remove_leftovers(folder: &Path, is_ours: impl Fn(&str) -> bool) -> Result<(), ExportError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(ExportError::io("list", folder))?,
    };
    for entry in entries {
        let entry = entry.map_err(ExportError::io("list", folder))?;
        let name = entry.file_name();
        if name.to_str().and_then(final_name_of).is_some_and(&is_ours) {
            fs::remove_file(entry.path()).map_err(ExportError::io("remove", entry.path()))?;
        }
    }
    Ok(())
}

fn final_name_of(temporary_name: &str) -> Option<&str> {
    let (name, tag) = temporary_name.strip_prefix('.')?.rsplit_once(TEMPORARY_MARK)?;
    let tag_is_ours = !tag.is_empty() && tag.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (tag_is_ours && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_in(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .expect("listed")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_failing_group_publishes_nothing_and_leaves_nothing() {
        let out = tempfile::tempdir().expect("a folder");
        fs::create_dir(out.path().join("frames")).expect("created");
        let files = [
            NewFile { folder: "frames", name: "a.0001.png".into(), planes: vec![], bytes: vec![1; 100] },
            NewFile { folder: "absent", name: "a.0001.exr".into(), planes: vec![], bytes: vec![2; 100] },
        ];
        let error = commit(out.path(), "1", &files).expect_err("the second folder is absent");
        assert!(error.to_string().contains("absent/a.0001.exr"), "{error}");
        assert!(names_in(&out.path().join("frames")).is_empty());
    }

    #[test]
    fn a_full_disk_is_reported_as_such() {
        let mut full = OpenOptions::new().write(true).open("/dev/full").expect("a device that is always full");
        let source = write_and_sync(&mut full, b"pixels").expect_err("no space");
        let error = ExportError::io("write", "/out/frames/a.0001.png")(source);
        let text = error.to_string();
        assert!(text.contains("/out/frames/a.0001.png") && text.contains("the disk is full"), "{text}");
        assert!(text.contains("free some space"), "{text}");
        assert_eq!(kinema_core::Blamed::blame(&error), kinema_core::Blame::Machine);
    }

    #[test]
    fn only_our_own_leftovers_are_removed() {
        let out = tempfile::tempdir().expect("a folder");
        for name in [".shot.0001.png.tmp-1", ".other.0001.png.tmp-1", ".shot.0001.png.tmp-", "shot.0001.png", ".shot.x"]
        {
            fs::write(out.path().join(name), b"x").expect("written");
        }
        remove_leftovers(out.path(), |name| name.starts_with("shot.")).expect("removed");
        let left = [".other.0001.png.tmp-1", ".shot.0001.png.tmp-", ".shot.x", "shot.0001.png"];
        assert_eq!(names_in(out.path()), left);
        remove_leftovers(&out.path().join("absent"), |_| true).expect("an absent folder has no leftovers");
    }
}
