//! Debian packages: which are missing, and getting them.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::context::{cannot_start, run_quietly};
use crate::error::{TaskError, TaskResult};

/// Installs what is missing of `packages`; as an ordinary user, says how instead. `again` is the command to repeat.
pub fn ensure(packages: &[&str], again: &str) -> TaskResult {
    let missing = missing(packages)?;
    if missing.is_empty() {
        return Ok(());
    }
    if !is_root() {
        return Err(TaskError::machine(
            format!("these Debian packages are missing: {}", missing.join(" ")),
            format!("{}\n  then run `{again}` again", install_line(&missing)),
        ));
    }
    println!("installing Debian packages: {}", missing.join(" "));
    let had_lists = has_package_lists();
    if !had_lists {
        update(again)?;
    }
    if apt_install(&missing).is_ok() {
        return Ok(());
    }
    // Old lists name files that the mirrors no longer hold.
    if had_lists {
        update(again)?;
    }
    apt_install(&missing).map_err(|error| {
        TaskError::machine(
            format!("apt-get could not install {}: {}", missing.join(" "), error.message),
            format!("mend what apt-get says above, run `{}`, then `{again}` again", install_line(&missing)),
        )
    })
}

/// The packages that are not fully installed, in the order given.
pub fn missing<'a>(packages: &[&'a str]) -> TaskResult<Vec<&'a str>> {
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat=${Package} ${db:Status-Status}\n"]).args(packages);
    // It complains about unknown packages and fails; what it prints is complete all the same.
    let output = query.stderr(Stdio::null()).output().map_err(|error| {
        TaskError::machine(
            format!("{}; this is not a Debian machine", cannot_start(&query, &error).message),
            format!("Kinema is made for Debian 12; elsewhere install what these packages hold: {}", packages.join(" ")),
        )
    })?;
    let installed = String::from_utf8_lossy(&output.stdout);
    Ok(not_installed(packages, &installed))
}

/// `listing`: lines of "package status"; a package of several architectures has several lines.
fn not_installed<'a>(packages: &[&'a str], listing: &str) -> Vec<&'a str> {
    let installed: Vec<&str> = listing.lines().filter_map(|line| line.strip_suffix(" installed")).collect();
    packages.iter().copied().filter(|package| !installed.contains(package)).collect()
}

pub fn install_line(packages: &[&str]) -> String {
    format!("sudo apt-get install --yes --no-install-recommends {}", packages.join(" "))
}

fn apt_install(packages: &[&str]) -> TaskResult {
    let mut install = apt_get();
    install.args(["install", "--yes", "--no-install-recommends"]).args(packages);
    run_quietly(&mut install, "apt-get install")
}

fn update(again: &str) -> TaskResult {
    run_quietly(apt_get().arg("update"), "apt-get update").map_err(|error| {
        TaskError::machine(
            error.message,
            format!("check the network and /etc/apt/sources.list*, then run `{again}` again"),
        )
    })
}

fn apt_get() -> Command {
    let mut apt_get = Command::new("apt-get");
    apt_get.env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null()).arg("--quiet");
    apt_get
}

fn has_package_lists() -> bool {
    fs::read_dir("/var/lib/apt/lists")
        .is_ok_and(|entries| entries.flatten().any(|entry| entry.file_name().to_string_lossy().contains("_Packages")))
}

fn is_root() -> bool {
    fs::metadata(Path::new("/proc/self")).is_ok_and(|process| process.uid() == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_counts_only_when_it_is_wholly_installed() {
        let listing = "ffmpeg installed\nlibvulkan1 installed\nmesa-vulkan-drivers config-files\n";
        assert_eq!(
            not_installed(&["mesa-vulkan-drivers", "libvulkan1", "ffmpeg", "xvfb"], listing),
            ["mesa-vulkan-drivers", "xvfb"]
        );
        assert_eq!(not_installed(&["vulkan"], listing), ["vulkan"], "a part of a name is not the name");
    }

    #[test]
    fn the_line_to_type_names_every_package() {
        assert_eq!(install_line(&["ffmpeg", "xvfb"]), "sudo apt-get install --yes --no-install-recommends ffmpeg xvfb");
    }
}
