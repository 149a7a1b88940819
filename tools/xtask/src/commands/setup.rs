//! `cargo xtask setup`: makes the machine ready. Quick when there is nothing to do.

use std::fs::{self, File};

use super::Command;
use crate::arguments::Arguments;
use crate::context::Context;
use crate::error::{TaskError, TaskResult};
use crate::packs::install::{install, is_installed};
use crate::packs::manifest::{Manifest, Pack, Source};
use crate::{debian, pip};

pub const COMMAND: Command = Command {
    name: "setup",
    usage: "setup",
    summary: "installs what this machine lacks: Debian packages, asset packs, ONNX Runtime",
    details: "Debian packages are installed when you are root; otherwise the line to type is printed and the status is 3.\n\
              Packs (assets/packs.toml) go to $XDG_CACHE_HOME/kinema/packs or $HOME/.cache/kinema/packs; a second run\n\
              finds them there. The other commands run this first.",
    passes_arguments_on: false,
    run,
};

const AGAIN: &str = "cargo xtask setup";

/// What drawing and encoding need at run time.
const DEBIAN_PACKAGES: &[&str] = &[
    // Software Vulkan (lavapipe), and drivers for GPUs that Mesa knows.
    "mesa-vulkan-drivers",
    "libvulkan1",
    // MP4, WebM, MOV and GIF are encoded by an ffmpeg child process.
    "ffmpeg",
];

fn run(context: &Context, arguments: Arguments) -> TaskResult {
    arguments.finish()?;
    ensure(context, Packs::All)?;
    println!("this machine is ready; packs lie in {}", context.cache.join("packs").display());
    Ok(())
}

/// Which packs a command needs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Packs {
    /// Those without which nothing is drawn.
    Needed,
    /// Those for tests and measurements too.
    All,
}

/// Prints only what it does, so that commands can begin with it.
pub fn ensure(context: &Context, packs: Packs) -> TaskResult {
    let manifest = Manifest::read(&context.root.join("assets/packs.toml"))?;
    let packs_dir = context.cache.join("packs");
    let mut packages = DEBIAN_PACKAGES.to_vec();
    let wanted = |pack: &&Pack| packs == Packs::All || !pack.optional;
    let lacks = |packs_dir| {
        manifest.packs.iter().filter(wanted).filter(|pack| !is_installed(pack, packs_dir)).collect::<Vec<&Pack>>()
    };
    if !lacks(&packs_dir).is_empty() && !pip::is_there() {
        packages.push("python3-pip");
    }
    debian::ensure(&packages, AGAIN)?;
    if lacks(&packs_dir).is_empty() {
        return Ok(());
    }
    fs::create_dir_all(&packs_dir).map_err(|e| TaskError::io("create", &packs_dir, &e))?;
    // Two setups at once (a demo and a test, say) take turns; the second then finds the work done.
    let lock_path = packs_dir.join(".lock");
    let lock = File::create(&lock_path).map_err(|e| TaskError::io("create", &lock_path, &e))?;
    lock.lock().map_err(|e| TaskError::io("lock", &lock_path, &e))?;
    for pack in lacks(&packs_dir) {
        println!("installing pack {} {} ({}, {})", pack.name, pack.version, pack.purpose, pack.licence);
        install(pack, &packs_dir, AGAIN, |into| match pack.source {
            Source::Pypi => pip::download(pack, into, AGAIN),
        })?;
    }
    Ok(())
}
