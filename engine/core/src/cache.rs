//! Where derived data lives, and a store that never returns bytes it did not verify.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// The user's cache folder for Kinema: `$XDG_CACHE_HOME/kinema`, else `$HOME/.cache/kinema`, else a
/// folder beside the system's temporary files. An `XDG_CACHE_HOME` that is not absolute is ignored, as
/// the XDG base directory specification demands.
pub fn cache_dir() -> PathBuf {
    let folder = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    match (folder("XDG_CACHE_HOME"), folder("HOME")) {
        (Some(cache), _) => cache.join("kinema"),
        (None, Some(home)) => home.join(".cache").join("kinema"),
        (None, None) => std::env::temp_dir().join("kinema-cache"),
    }
}

/// The sha256 of `bytes` in lowercase hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Which build makes bakes: part of the keys of simulations whose code changes from day to day. The facade sets it; without it
/// a bake outlives a change of code.
#[derive(bevy_ecs::resource::Resource, Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildIdentity(pub String);

const MAGIC: &[u8; 8] = b"KINEMA01";
const HEADER_LEN: usize = MAGIC.len() + 32;

/// A folder of values addressed by key. Every value carries its sha256; a damaged one is
/// removed and reported as absent, so that it is made again.
#[derive(Clone, Debug)]
pub struct BakeStore {
    dir: PathBuf,
}

impl BakeStore {
    /// A store in `dir`, which is created by the first [`put`](Self::put).
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Keys of any text become file names by hashing, fanned out over 256 folders.
    fn path_of(&self, key: &str) -> PathBuf {
        let name = sha256_hex(key.as_bytes());
        let (fan, rest) = name.split_at(2);
        self.dir.join(fan).join(rest)
    }

    /// The value of `key`, or `None` when there is none or it is damaged.
    pub fn get(&self, key: &str) -> io::Result<Option<Vec<u8>>> {
        let path = self.path_of(key);
        let mut bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(named(error, "reading", &path)),
        };
        if let Some((header, value)) = bytes.split_at_checked(HEADER_LEN)
            && let Some(stored) = header.strip_prefix(MAGIC)
            && Sha256::digest(value).as_slice() == stored
        {
            bytes.drain(..HEADER_LEN);
            return Ok(Some(bytes));
        }
        tracing::warn!("the cached value {} is damaged; it will be made again", path.display());
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(named(error, "removing", &path)),
            _ => Ok(None),
        }
    }

    /// Stores `value` under `key`. Readers see the old value or the new one, never a part of it, even
    /// after a crash.
    pub fn put(&self, key: &str, value: &[u8]) -> io::Result<()> {
        let path = self.path_of(key);
        let folder = path.parent().unwrap_or(&self.dir);
        fs::create_dir_all(folder).map_err(|error| named(error, "creating", folder))?;
        let write = || -> io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(MAGIC)?;
            file.write_all(&Sha256::digest(value))?;
            file.write_all(value)?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|error| error.error)?;
            // The rename is durable once its folder is.
            fs::File::open(folder)?.sync_all()
        };
        write().map_err(|error| named(error, "writing", &path))
    }
}

fn named(error: io::Error, doing: &str, path: &Path) -> io::Error {
    io::Error::new(error.kind(), format!("{doing} {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, BakeStore) {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let store = BakeStore::new(dir.path().join("bakes"));
        (dir, store)
    }

    #[test]
    fn values_round_trip_and_are_replaced() -> io::Result<()> {
        let (_dir, store) = store();
        assert_eq!(store.get("a/../../key \u{1F600}")?, None);
        store.put("a/../../key \u{1F600}", b"one")?;
        store.put("other", b"")?;
        store.put("a/../../key \u{1F600}", b"two")?;
        assert_eq!(store.get("a/../../key \u{1F600}")?.as_deref(), Some(&b"two"[..]));
        assert_eq!(store.get("other")?.as_deref(), Some(&b""[..]));
        Ok(())
    }

    #[test]
    fn every_flipped_or_missing_byte_is_noticed() -> io::Result<()> {
        let (_dir, store) = store();
        store.put("k", b"value")?;
        let path = store.path_of("k");
        let whole = fs::read(&path)?;
        for index in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[index] ^= 1;
            for damaged in [&flipped[..], &whole[..index]] {
                fs::write(&path, damaged)?;
                assert_eq!(store.get("k")?, None, "byte {index}");
                assert!(!path.exists());
            }
        }
        Ok(())
    }

    #[test]
    fn an_unwritable_folder_is_named() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        let error = BakeStore::new(file.path().join("sub")).put("k", b"v").expect_err("not a folder");
        assert!(error.to_string().contains(&file.path().display().to_string()), "{error}");
    }

    #[test]
    fn sha256_matches_the_published_vector() {
        assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
