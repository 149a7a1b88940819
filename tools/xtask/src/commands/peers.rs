//! `cargo xtask peers`: the programs that Kinema is measured against. Each is one list in `tools/bench/peers/`:
//!
//! ```text
//! # about: one line
//! # debian: packages, separated by spaces
//! name==version        (and so on: what pip calls a requirements file)
//! ```
//!
//! Python packages go into a virtual environment of the peer's own, `<cache>/peers/<name>`.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::Command;
use crate::arguments::Arguments;
use crate::context::{Context, run_shown};
use crate::debian;
use crate::error::{TaskError, TaskResult};
use crate::packs::install::hex;

pub const COMMAND: Command = Command {
    name: "peers",
    usage: "peers [all|NAME...]",
    summary: "installs the programs that `kinema bench --peer` runs beside Kinema; without a name, lists them",
    details: "Debian packages are installed when you are root, otherwise the line to type is printed. Python packages go\n\
              to <cache>/peers/NAME, outside of the checkout. The lists are in tools/bench/peers/.",
    passes_arguments_on: false,
    run,
};

/// Holds the digest of the list that the environment was made from.
const RECEIPT: &str = "peer.ok";

fn run(context: &Context, arguments: Arguments) -> TaskResult {
    let peers = read_lists(&context.root.join("tools/bench/peers"))?;
    let names = arguments.words()?;
    if names.is_empty() {
        for peer in &peers {
            let state = if peer.is_installed(&context.cache)? { "installed" } else { "-" };
            println!("{:<12} {state:<10} {}", peer.name, peer.about);
        }
        return Ok(());
    }
    let known = peers.iter().map(|peer| peer.name.as_str()).collect::<Vec<_>>().join(", ");
    for name in &names {
        if name != "all" && !peers.iter().any(|peer| peer.name == *name) {
            return Err(TaskError::user(
                format!("there is no peer `{name}`"),
                format!("choose all, or some of {known}"),
            ));
        }
    }
    for peer in peers.iter().filter(|peer| names.iter().any(|name| name == "all" || *name == peer.name)) {
        peer.install(&context.cache)?;
        println!("{} is installed", peer.name);
    }
    Ok(())
}

#[derive(Debug, PartialEq)]
struct Peer {
    name: String,
    about: String,
    debian: Vec<String>,
    /// Lines of a requirements file.
    python: Vec<String>,
}

impl Peer {
    fn parse(name: &str, text: &str) -> Self {
        let field = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default().trim();
        let python = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self {
            name: name.to_owned(),
            about: field("# about:").to_owned(),
            debian: field("# debian:").split_whitespace().map(str::to_owned).collect(),
            python: python.map(str::to_owned).collect(),
        }
    }

    fn debian(&self) -> Vec<&str> {
        self.debian.iter().map(String::as_str).collect()
    }

    fn digest(&self) -> String {
        hex(&Sha256::digest(self.python.join("\n")))
    }

    fn has_environment(&self, cache: &Path) -> bool {
        let receipt = cache.join("peers").join(&self.name).join(RECEIPT);
        self.python.is_empty() || fs::read_to_string(receipt).is_ok_and(|digest| digest == self.digest())
    }

    fn is_installed(&self, cache: &Path) -> TaskResult<bool> {
        Ok(debian::missing(&self.debian())?.is_empty() && self.has_environment(cache))
    }

    fn install(&self, cache: &Path) -> TaskResult {
        let again = format!("cargo xtask peers {}", self.name);
        let mut packages = self.debian();
        if !self.python.is_empty() && !can_make_environments() {
            packages.push("python3-venv");
        }
        debian::ensure(&packages, &again)?;
        if self.has_environment(cache) {
            return Ok(());
        }
        let environment = cache.join("peers").join(&self.name);
        let mut make = std::process::Command::new("python3");
        run_shown(make.args(["-m", "venv", "--clear"]).arg(&environment), "making a virtual environment")?;
        let mut pip = std::process::Command::new(environment.join("bin/python"));
        pip.args(["-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--quiet"]).args(&self.python);
        run_shown(&mut pip, "pip").map_err(|error| {
            TaskError::machine(
                format!("{}: {}", self.name, error.message),
                format!("check the network, then run `{again}` again"),
            )
        })?;
        let receipt = environment.join(RECEIPT);
        fs::write(&receipt, self.digest()).map_err(|e| TaskError::io("write", &receipt, &e))
    }
}

/// Debian ships Python without what `venv` puts into an environment.
fn can_make_environments() -> bool {
    let mut python = std::process::Command::new("python3");
    python.args(["-c", "import venv, ensurepip"]).output().is_ok_and(|output| output.status.success())
}

/// Sorted by name.
fn read_lists(folder: &Path) -> TaskResult<Vec<Peer>> {
    let mut peers = Vec::new();
    for entry in fs::read_dir(folder).map_err(|e| TaskError::io("list", folder, &e))?.flatten() {
        let path = entry.path();
        if let (Some("txt"), Some(name)) =
            (path.extension().and_then(|e| e.to_str()), path.file_stem().and_then(|s| s.to_str()))
        {
            let text = fs::read_to_string(&path).map_err(|e| TaskError::io("read", &path, &e))?;
            peers.push(Peer::parse(name, &text));
        }
    }
    peers.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(peers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_projects_own_lists_pin_every_version() {
        let peers = read_lists(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../bench/peers")).expect("the lists");
        assert!(peers.iter().any(|peer| peer.name == "blender"), "{peers:?}");
        for peer in peers {
            assert!(!peer.about.is_empty(), "{}: no `# about:` line", peer.name);
            assert!(!peer.debian.is_empty() || !peer.python.is_empty(), "{} installs nothing", peer.name);
            for line in &peer.python {
                assert!(line.contains("=="), "{}: `{line}` is not pinned", peer.name);
            }
        }
    }

    #[test]
    fn a_list_has_three_kinds_of_lines() {
        let peer = Peer::parse("x", "# about: a thing\n# debian: one two\n\n# a remark\nnumpy==2.4.6\n");
        let expected = Peer {
            name: "x".to_owned(),
            about: "a thing".to_owned(),
            debian: vec!["one".to_owned(), "two".to_owned()],
            python: vec!["numpy==2.4.6".to_owned()],
        };
        assert_eq!(peer, expected);
    }

    #[test]
    fn an_environment_of_another_list_does_not_count() {
        let cache = tempfile::tempdir().expect("a folder");
        let peer = Peer::parse("x", "numpy==2.4.6\n");
        assert!(!peer.has_environment(cache.path()));
        fs::create_dir_all(cache.path().join("peers/x")).expect("a folder");
        fs::write(cache.path().join("peers/x").join(RECEIPT), peer.digest()).expect("a file");
        assert!(peer.has_environment(cache.path()));
        assert!(!Peer::parse("x", "numpy==2.4.7\n").has_environment(cache.path()));
    }
}
