//! kill -9 at any moment.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use kinema_export::{ExportSettings, MovieFormat};

use crate::pictures::{content, display, export, settings};

/// Tells the victim where to work; without it, it has nothing to do.
const VICTIM_DIR: &str = "KINEMA_EXPORT_VICTIM_DIR";

fn wanted(out_dir: &Path) -> ExportSettings {
    ExportSettings { movies: vec![MovieFormat::Mp4H264], ..settings(out_dir, 0..96) }
}

/// The process that `twenty_kills_lose_nothing` starts and kills.
#[test]
fn victim() {
    if let Some(out_dir) = env::var_os(VICTIM_DIR) {
        export(wanted(&PathBuf::from(out_dir)), display);
    }
}

/// What a folder holds under final names.
fn finals(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = content(folder);
    files.retain(|name, _| !name.to_string_lossy().contains(".tmp-"));
    files
}

#[test]
fn twenty_kills_lose_nothing() {
    let (control, out) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    export(wanted(control.path()), display);
    let control = content(control.path());
    let mut state = 20_u32;
    let mut kills = 0;
    let mut most_committed = 0;
    while kills < 20 {
        let mut victim = Command::new(env::current_exe().expect("this test"))
            .args(["--exact", "kill::victim"])
            .env(VICTIM_DIR, out.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("started");
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        thread::sleep(Duration::from_millis(u64::from(state >> 24) / 3));
        if let Some(status) = victim.try_wait().expect("asked") {
            // Faster than the kill: from the beginning again.
            assert!(status.success());
            assert!(finals(out.path()) == control);
            fs::remove_dir_all(out.path()).expect("cleared");
            most_committed = 0;
            continue;
        }
        victim.kill().expect("killed");
        victim.wait().expect("ended");
        kills += 1;
        if !out.path().exists() {
            continue;
        }
        // Under its final name, a file is whole or absent.
        let finals = finals(out.path());
        for (name, bytes) in &finals {
            assert!(control.get(name) == Some(bytes), "{} is not what it should be", name.display());
        }
        assert!(finals.len() >= most_committed, "something was lost");
        most_committed = finals.len();
    }
    // The ffmpeg of the last victim may still be ending; what it leaves is cleared by whoever comes next.
    let mut before = None;
    for _ in 0..60 {
        let now = content(out.path());
        if before.as_ref() == Some(&now) {
            break;
        }
        before = Some(now);
        thread::sleep(Duration::from_millis(500));
    }
    export(wanted(out.path()), display);
    let finished = content(out.path());
    let differ: Vec<_> = finished
        .keys()
        .chain(control.keys())
        .filter(|name| finished.get(*name) != control.get(*name))
        .map(|name| name.display().to_string())
        .collect();
    assert!(differ.is_empty(), "not as in an undisturbed run: {differ:?}");
}
