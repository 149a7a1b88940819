//! Gives the build a name: a hash of every source that can change a pixel, so that a resumed folder notices a
//! renderer that was built from other sources.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use sha2::{Digest, Sha256};

/// Below the root. The revision of a repository would not do: it misses what is not committed, and a crate from
/// elsewhere has none.
const SOURCES: [&str; 4] = ["Cargo.lock", "engine", "plugins", "shaders"];
const EXTENSIONS: [&str; 4] = ["rs", "wgsl", "toml", "lock"];

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let mut files = Vec::new();
    for source in SOURCES {
        println!("cargo::rerun-if-changed={source}");
        gather(&root.join(source), &mut files)?;
    }
    files.sort();
    let mut hash = Sha256::new();
    for file in &files {
        let content = fs::read(file)?;
        hash.update(file.strip_prefix(&root).unwrap_or(file).as_os_str().as_encoded_bytes());
        hash.update((content.len() as u64).to_le_bytes());
        hash.update(content);
    }
    hash.update(compiler()?);
    let digest: String = hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    println!("cargo::rustc-env=KINEMA_SOURCES={digest}");
    Ok(())
}

fn gather(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            gather(&entry?.path(), files)?;
        }
    } else if path.extension().is_some_and(|found| EXTENSIONS.iter().any(|wanted| found == *wanted)) {
        files.push(path.to_owned());
    }
    Ok(())
}

/// Another compiler may round differently.
fn compiler() -> io::Result<Vec<u8>> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    Ok(Command::new(rustc).arg("--version").output()?.stdout)
}
