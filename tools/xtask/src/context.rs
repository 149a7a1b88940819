//! Where things lie, and how child processes are started.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use crate::error::{TaskError, TaskResult};

/// The folders that tasks work in; found once, at start.
#[derive(Debug, Clone)]
pub struct Context {
    /// The workspace: the folder of the root Cargo.toml.
    pub root: PathBuf,
    /// `$XDG_CACHE_HOME/kinema` or `$HOME/.cache/kinema`: packs, bench peers, the build.
    pub cache: PathBuf,
    /// `$CARGO_TARGET_DIR`, or `<cache>/target`: one build for every checkout, `demo`, `test` and daily work.
    pub target: PathBuf,
}

impl Context {
    pub fn from_environment() -> TaskResult<Self> {
        let root = workspace_root()?;
        let cache = match (absolute_variable("XDG_CACHE_HOME"), absolute_variable("HOME")) {
            (Some(cache_home), _) => cache_home.join("kinema"),
            (None, Some(home)) => home.join(".cache/kinema"),
            (None, None) => {
                return Err(TaskError::machine(
                    "neither XDG_CACHE_HOME nor HOME names a folder for packs and builds",
                    "export HOME=/path/to/your/home and run the command again",
                ));
            }
        };
        let target = match env::var_os("CARGO_TARGET_DIR").filter(|value| !value.is_empty()) {
            Some(chosen) => env::current_dir().map_err(|e| TaskError::io("find", Path::new("."), &e))?.join(chosen),
            None => cache.join("target"),
        };
        Ok(Self { root, cache, target })
    }

    /// `cargo` on this workspace, in the caller's current folder, with the shared build folder.
    ///
    /// The variables by which an outer `cargo run` describes the package xtask are taken away: a build script that
    /// watches one would otherwise run again each time, and all that depends on it.
    pub fn cargo(&self, subcommand: &str) -> Command {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        for (name, _) in env::vars_os() {
            if name.to_str().is_some_and(describes_outer_package) {
                cargo.env_remove(name);
            }
        }
        cargo.env("CARGO_TARGET_DIR", &self.target).arg(subcommand);
        cargo.arg("--manifest-path").arg(self.root.join("Cargo.toml"));
        cargo
    }

    /// The CLI, built when needed: `cargo run ... -- `, ready for `kinema`'s own arguments.
    pub fn kinema(&self) -> Command {
        let mut cargo = self.cargo("run");
        cargo.args(["--package", "kinema_cli", "--bin", "kinema", "--"]);
        cargo
    }
}

fn describes_outer_package(name: &str) -> bool {
    name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") || name == "CARGO_PRIMARY_PACKAGE"
}

fn absolute_variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// `cargo run` says where this package lies at run time; that holds where a binary is shared between checkouts.
fn workspace_root() -> TaskResult<PathBuf> {
    let package = env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    match package.ancestors().nth(2) {
        Some(root) if root.join("Cargo.toml").is_file() => Ok(root.to_path_buf()),
        _ => Err(TaskError::user(
            format!("{} is not tools/xtask of a Kinema checkout", package.display()),
            "run `cargo xtask` inside the checkout",
        )),
    }
}

/// Runs `command` with its output shown; an unsuccessful end is an error with the child's own exit status.
pub fn run_shown(command: &mut Command, what: &str) -> TaskResult {
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    outcome(status, what)
}

/// Like [`run_shown`], for a child whose hundreds of lines matter only when it fails.
pub fn run_quietly(command: &mut Command, what: &str) -> TaskResult {
    let output = command.output().map_err(|error| cannot_start(command, &error))?;
    let ended = outcome(output.status, what);
    if ended.is_err() {
        eprint!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    }
    ended
}

fn outcome(status: ExitStatus, what: &str) -> TaskResult {
    if status.success() {
        return Ok(());
    }
    let exit_code = status.code().and_then(|code| u8::try_from(code).ok()).filter(|code| *code != 0).unwrap_or(3);
    Err(TaskError { exit_code, message: format!("{what} failed ({status})"), remedy: String::new() })
}

pub fn cannot_start(command: &Command, error: &std::io::Error) -> TaskError {
    let program = command.get_program().to_string_lossy();
    TaskError::machine(
        format!("cannot start `{program}`: {error}"),
        format!("install `{program}` and run the command again"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context() -> Context {
        Context { root: "/checkout".into(), cache: "/cache".into(), target: "/cache/target".into() }
    }

    #[test]
    fn cargo_children_share_one_build_folder() {
        let cargo = context().cargo("test");
        let shared =
            cargo.get_envs().any(|(name, value)| name == "CARGO_TARGET_DIR" && value == Some("/cache/target".as_ref()));
        assert!(shared, "{cargo:?}");
    }

    #[test]
    fn variables_of_the_outer_package_do_not_reach_children() {
        assert!(describes_outer_package("CARGO_PKG_VERSION"));
        assert!(describes_outer_package("CARGO_MANIFEST_DIR"));
        assert!(!describes_outer_package("CARGO_HOME"));
    }

    #[test]
    fn a_child_that_fails_hands_its_status_on() {
        let error = run_shown(Command::new("sh").args(["-c", "exit 7"]), "the child").expect_err("status 7");
        assert_eq!(error.exit_code, 7);
        let error =
            run_quietly(Command::new("sh").args(["-c", "echo noise; exit 9"]), "the child").expect_err("status 9");
        assert_eq!(error.exit_code, 9);
    }

    #[test]
    fn a_program_that_is_missing_is_named() {
        let error = run_shown(&mut Command::new("kinema-no-such-program"), "it").expect_err("no such program");
        assert_eq!(error.exit_code, 3);
        assert!(error.to_string().contains("kinema-no-such-program"), "{error}");
    }
}
