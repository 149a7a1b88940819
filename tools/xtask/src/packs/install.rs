//! Puts a pack into `<cache>/packs/<name>-<version>/`: all of it, or nothing.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::archive::Archive;
use super::convert::{self, convert};
use super::manifest::Pack;
use crate::error::{TaskError, TaskResult};

/// Holds the package's SHA-256; a folder without it is not a pack. The engine looks for this file too.
const RECEIPT: &str = "pack.ok";
/// Holds a digest of the unpacking rules, so that a changed rule installs the pack anew.
const RULES: &str = "pack.rules";
const INCOMING: &str = ".incoming-";

/// Whether the pack lies there whole, from the pinned package, by today's rules. Cheap: three small reads.
pub fn is_installed(pack: &Pack, packs_dir: &Path) -> bool {
    let folder = packs_dir.join(pack.folder());
    let holds =
        |file: &str, expected: &str| fs::read_to_string(folder.join(file)).is_ok_and(|text| text.trim() == expected);
    holds(RECEIPT, &pack.sha256)
        && holds(RULES, &rules_digest(pack))
        && pack.files.iter().all(|file| folder.join(file).exists())
}

/// Installs `pack` below `packs_dir`. `download` puts the package into the empty folder that it is given and returns
/// its path; `again` is the command to name in errors. The caller holds the setup lock.
pub fn install(
    pack: &Pack,
    packs_dir: &Path,
    again: &str,
    download: impl FnOnce(&Path) -> TaskResult<PathBuf>,
) -> TaskResult {
    if let Some(architecture) = foreign_architecture(pack) {
        return Err(TaskError::machine(
            format!("pack `{}` is pinned for another processor than this machine's {architecture}", pack.name),
            "Kinema runs on x86-64; for another processor pin its package in assets/packs.toml",
        ));
    }
    let incoming = packs_dir.join(format!("{INCOMING}{}", pack.folder()));
    remove(&incoming)?;
    let outcome = unpack_into(pack, &incoming, again, download)
        .and_then(|()| replace(&incoming.join("pack"), &packs_dir.join(pack.folder()), packs_dir));
    remove(&incoming)?;
    outcome
}

fn unpack_into(
    pack: &Pack,
    incoming: &Path,
    again: &str,
    download: impl FnOnce(&Path) -> TaskResult<PathBuf>,
) -> TaskResult {
    let download_dir = incoming.join("download");
    create_dir(&download_dir)?;
    let package = download(&download_dir)?;
    let bytes = fs::read(&package).map_err(|e| TaskError::io("read", &package, &e))?;
    verify(pack, &package, &bytes, again)?;
    let damaged = |problem: String| {
        TaskError::machine(
            format!("{}: {problem}", package.display()),
            "the pinned package itself cannot be used; pin another version in assets/packs.toml",
        )
    };
    let archive = Archive::open(&bytes).map_err(damaged)?;
    let folder = incoming.join("pack");
    for file in &archive.files {
        if let Some(destination) = pack.destination(&file.name) {
            write_file(&folder.join(destination), &archive.read(file).map_err(damaged)?)?;
        }
    }
    for conversion in &pack.convert {
        let from = &conversion.from;
        let converted = archive
            .files
            .iter()
            .find(|file| file.name == *from)
            .ok_or_else(|| "it is not in the package".to_owned())
            .and_then(|file| archive.read(file))
            .and_then(|bytes| convert(pack, conversion, &bytes))
            .map_err(|problem| damaged(format!("`{from}` does not become a model: {problem}")))?;
        let model = folder.join(&conversion.to);
        write_file(&model.join("model.onnx"), &converted.onnx)?;
        write_file(&model.join("model.toml"), converted.description.as_bytes())?;
    }
    let wanted = pack.licence_files.iter().filter_map(|file| pack.destination(file)).chain(pack.files.iter().cloned());
    if let Some(absent) = wanted.into_iter().find(|file| !folder.join(file).exists()) {
        return Err(damaged(format!("`{absent}` did not come out of it, though assets/packs.toml promises it")));
    }
    write_file(&folder.join(RULES), rules_digest(pack).as_bytes())?;
    write_file(&folder.join(RECEIPT), pack.sha256.as_bytes())
}

fn verify(pack: &Pack, package: &Path, bytes: &[u8], again: &str) -> TaskResult {
    let found = hex(&Sha256::digest(bytes));
    if found == pack.sha256 {
        return Ok(());
    }
    Err(TaskError::machine(
        format!(
            "pack `{}`: {} has SHA-256 {found}, but assets/packs.toml pins {}",
            pack.name,
            package.file_name().unwrap_or_default().to_string_lossy(),
            pack.sha256
        ),
        format!(
            "run `{again}` again; if the number stays, the registry serves another file than the pinned one: do not use it"
        ),
    ))
}

/// Renames `new` to `place`. A folder that is already there is moved aside first: rename cannot replace a full one.
fn replace(new: &Path, place: &Path, packs_dir: &Path) -> TaskResult {
    let aside = packs_dir.join(format!("{INCOMING}old"));
    remove(&aside)?;
    if place.exists() {
        fs::rename(place, &aside).map_err(|e| TaskError::io("move aside", place, &e))?;
    }
    fs::rename(new, place).map_err(|e| TaskError::io("create", place, &e))?;
    remove(&aside)
}

/// The machine's architecture when the pack's platform tag names another one.
fn foreign_architecture(pack: &Pack) -> Option<&'static str> {
    let architecture = std::env::consts::ARCH;
    (pack.wheel.platform != "any" && !pack.wheel.platform.ends_with(architecture)).then_some(architecture)
}

fn rules_digest(pack: &Pack) -> String {
    let mut rules = format!("{:?} {:?} {:?}", pack.unpack, pack.skip, pack.licence_files);
    if !pack.convert.is_empty() {
        rules += &format!(" {:?} {}", pack.convert, convert::REVISION);
    }
    hex(&Sha256::digest(rules))
}

/// Lowercase hexadecimal, two digits a byte.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn write_file(path: &Path, contents: &[u8]) -> TaskResult {
    if let Some(parent) = path.parent() {
        create_dir(parent)?;
    }
    fs::write(path, contents).map_err(|e| TaskError::io("write", path, &e))
}

fn create_dir(path: &Path) -> TaskResult {
    fs::create_dir_all(path).map_err(|e| TaskError::io("create", path, &e))
}

fn remove(folder: &Path) -> TaskResult {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(TaskError::io("remove", folder, &error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::archive::tests::zip;
    use super::super::manifest::tests::sample_pack;
    use super::*;

    const FILES: &[(&str, &[u8])] = &[
        ("sample/LICENSE", b"MIT"),
        ("info/licenses/LICENSE", b"also MIT"),
        ("sample/data/one.txt", b"one"),
        ("sample/data/private/key", b"secret"),
        ("sample/lib.so.1", b"\x7fELF"),
        ("sample/code.py", b"pass"),
    ];

    fn pack_of(bytes: &[u8]) -> Pack {
        Pack { sha256: hex(&Sha256::digest(bytes)), ..sample_pack() }
    }

    fn try_install(pack: &Pack, packs_dir: &Path, bytes: &[u8]) -> TaskResult {
        install(pack, packs_dir, "cargo xtask setup", |into| {
            let file = into.join("sample-1.0.whl");
            fs::write(&file, bytes).map_err(|e| TaskError::io("write", &file, &e))?;
            Ok(file)
        })
    }

    /// Every file below `folder`, sorted, with forward slashes.
    fn listing(folder: &Path) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![folder.to_path_buf()];
        while let Some(next) = folders.pop() {
            for entry in fs::read_dir(&next).expect("a folder").flatten() {
                if entry.path().is_dir() {
                    folders.push(entry.path());
                } else {
                    found.push(entry.path().strip_prefix(folder).expect("below it").display().to_string());
                }
            }
        }
        found.sort();
        found
    }

    #[test]
    fn a_pack_is_what_its_rules_say_and_nothing_else() {
        let dir = tempfile::tempdir().expect("a folder");
        let bytes = zip(FILES);
        let pack = pack_of(&bytes);
        assert!(!is_installed(&pack, dir.path()));
        try_install(&pack, dir.path(), &bytes).expect("a good package");
        assert!(is_installed(&pack, dir.path()));
        let expected = [
            "sample-1.0/data/one.txt",
            "sample-1.0/lib/lib.so",
            "sample-1.0/licences/info-licenses-LICENSE",
            "sample-1.0/licences/sample-LICENSE",
            "sample-1.0/pack.ok",
            "sample-1.0/pack.rules",
        ];
        assert_eq!(listing(dir.path()), expected);
        assert_eq!(fs::read_to_string(dir.path().join("sample-1.0/pack.ok")).expect("the receipt"), pack.sha256);
    }

    #[test]
    fn another_file_than_the_pinned_one_leaves_nothing_behind() {
        let dir = tempfile::tempdir().expect("a folder");
        let pack = pack_of(b"something else");
        let error = try_install(&pack, dir.path(), &zip(FILES)).expect_err("a wrong hash");
        assert_eq!(error.exit_code, 3);
        assert!(error.message.contains(&pack.sha256) && error.remedy.contains("cargo xtask setup"), "{error}");
        assert_eq!(listing(dir.path()), [""; 0]);
    }

    #[test]
    fn an_archive_that_reaches_outside_leaves_nothing_behind() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut files = FILES.to_vec();
        files.push(("sample/data/../../../evil", b"x"));
        let bytes = zip(&files);
        let error = try_install(&pack_of(&bytes), dir.path(), &bytes).expect_err("path traversal");
        assert!(error.message.contains("outside"), "{error}");
        assert_eq!(listing(dir.path()), [""; 0]);
    }

    #[test]
    fn a_promised_file_that_is_absent_is_an_error() {
        let dir = tempfile::tempdir().expect("a folder");
        let bytes = zip(&FILES[..2]);
        let error = try_install(&pack_of(&bytes), dir.path(), &bytes).expect_err("no data/one.txt");
        assert!(error.message.contains("data/one.txt"), "{error}");
    }

    #[test]
    fn changed_rules_a_lost_file_or_a_spoilt_receipt_ask_for_a_new_installation() {
        let dir = tempfile::tempdir().expect("a folder");
        let bytes = zip(FILES);
        let mut pack = pack_of(&bytes);
        try_install(&pack, dir.path(), &bytes).expect("a good package");
        fs::remove_file(dir.path().join("sample-1.0/data/one.txt")).expect("it is there");
        assert!(!is_installed(&pack, dir.path()), "a file is lost");
        try_install(&pack, dir.path(), &bytes).expect("over the old one");
        assert!(is_installed(&pack, dir.path()));
        fs::write(dir.path().join("sample-1.0/pack.ok"), "0").expect("it is there");
        assert!(!is_installed(&pack, dir.path()), "the receipt is spoilt");
        try_install(&pack, dir.path(), &bytes).expect("over the old one");
        pack.skip.clear();
        assert!(!is_installed(&pack, dir.path()), "the rules have changed");
        try_install(&pack, dir.path(), &bytes).expect("over the old one");
        assert!(dir.path().join("sample-1.0/data/private/key").exists());
    }

    #[test]
    fn a_library_for_another_processor_is_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        let bytes = zip(FILES);
        let mut pack = pack_of(&bytes);
        pack.wheel.platform = "manylinux_2_28_s390x".to_owned();
        let error = try_install(&pack, dir.path(), &bytes).expect_err("another processor");
        assert!(error.message.contains("processor"), "{error}");
    }
}
