//! Bad folders, bad machines, bad pictures: a clear message, the right blame, nothing half-written.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use kinema_core::{Aov, PixelFormat};
use kinema_core::{Blame, Blamed};
use kinema_export::{ExportError, ExportSettings, Exporter, MovieFormat, StillFormats};

use crate::pictures::{complete, display, display_of_size, names, settings};

fn refusal(settings: ExportSettings) -> (String, Blame) {
    let error = Exporter::open(settings).err().expect("refused");
    (error.to_string(), error.blame())
}

#[test]
fn an_unusable_folder_is_the_users_to_change() {
    let out = tempfile::tempdir().expect("a folder");
    let file = out.path().join("file");
    fs::write(&file, b"x").expect("written");
    for path in [file.clone(), file.join("below"), PathBuf::from("/proc/kinema_cannot_be_made")] {
        let (text, blame) = refusal(settings(&path, 0..2));
        assert!(text.contains(&path.display().to_string()) && text.contains("choose an --out folder"), "{text}");
        assert_eq!(blame, Blame::User, "{text}");
    }
    let blocked = out.path().join("blocked");
    fs::create_dir(&blocked).expect("created");
    fs::write(blocked.join("frames"), b"a file where the frames go").expect("written");
    let (text, blame) = refusal(settings(&blocked, 0..2));
    assert!(text.contains("blocked/frames") && text.contains("a file stands where a folder is needed"), "{text}");
    assert_eq!(blame, Blame::User);
}

#[test]
fn a_second_writer_is_refused_and_a_dead_ones_lock_is_not_in_the_way() {
    let out = tempfile::tempdir().expect("a folder");
    let first = Exporter::open(settings(out.path(), 0..2)).expect("opened");
    let (text, blame) = refusal(settings(out.path(), 0..2));
    assert!(text.contains(&format!("process {}", std::process::id())), "{text}");
    assert!(text.contains("another export") && text.contains("--out"), "{text}");
    assert_eq!(blame, Blame::User);
    drop(first);
    assert!(out.path().join(".kinema.lock").exists(), "the file stays, the lock does not");
    Exporter::open(settings(out.path(), 0..2)).expect("opened");
}

#[test]
fn pictures_that_were_not_announced_are_refused() {
    let out = tempfile::tempdir().expect("a folder");
    let still = StillFormats { png8: true, exr_half: true, ..StillFormats::default() };
    let wanted = ExportSettings { still, aovs: vec![Aov::Depth], ..settings(out.path(), 0..3) };
    let exporter = Exporter::open(wanted).expect("opened");
    let mut short = complete(0);
    short.planes[2].data.pop();
    let mut strange = complete(0);
    strange.planes[2].format = PixelFormat::R32Uint;
    let mut dark = complete(0);
    dark.planes.remove(0);
    let cases = [
        (display(0), "no depth plane"),
        (display_of_size(0, (95, 64)), "is 95x64 pixels, expected 96x64"),
        (short, "depth plane holds 24575 bytes, expected 24576"),
        (strange, "depth plane is R32Uint"),
        (dark, "no display plane"),
        (complete(3), "outside the frame range"),
        (complete(-1), "outside the frame range"),
    ];
    for (picture, expected) in cases {
        let error = exporter.submit(picture).expect_err(expected);
        assert!(error.to_string().contains(expected), "{error}");
    }
    exporter.submit(complete(1)).expect("accepted");
    let error = exporter.submit(complete(1)).expect_err("twice");
    assert!(matches!(error, ExportError::Picture { frame: 1, .. }), "{error}");
    let error = exporter.finish().expect_err("frames are missing");
    assert!(matches!(error, ExportError::FramesMissing { count: 2, first: 0 }), "{error}");
}

#[test]
fn the_first_error_of_an_encoder_comes_out_and_stops_everything() {
    let out = tempfile::tempdir().expect("a folder");
    let exporter = Exporter::open(settings(out.path(), 0..1000)).expect("opened");
    fs::remove_dir(out.path().join("frames")).expect("removed");
    fs::write(out.path().join("frames"), b"in the way").expect("written");
    let first = (0..1000).find_map(|frame| exporter.submit(display(frame)).err()).expect("the error surfaces");
    assert!(first.to_string().contains("frames/shot."), "{first}");
    assert!(matches!(exporter.submit(display(999)), Err(ExportError::AlreadyFailed)));
    assert!(matches!(exporter.finish(), Err(ExportError::AlreadyFailed)));
}

/// An executable that no thread of this process ever held open for writing; otherwise a fork of another test might make
/// its first run fail as "text file busy".
fn script(folder: &Path, text: &str) -> PathBuf {
    let path = folder.join("ffmpeg");
    let mut child = Command::new("sh")
        .args(["-c", "cat > \"$0\" && chmod +x \"$0\""])
        .arg(&path)
        .stdin(Stdio::piped())
        .spawn()
        .expect("a shell");
    child.stdin.take().expect("piped").write_all(text.as_bytes()).expect("written");
    assert!(child.wait().expect("ended").success());
    path
}

const LISTING: &str = "#!/bin/sh\ncase \"$*\" in *-encoders*) echo ' V..... libx264 x'; exit 0;; esac\n";

#[test]
fn without_ffmpeg_nothing_is_created() {
    let out = tempfile::tempdir().expect("a folder");
    let below = out.path().join("below");
    let ffmpeg = Some(out.path().join("no_such_ffmpeg"));
    let movies = vec![MovieFormat::Mp4H264];
    let (text, blame) = refusal(ExportSettings { movies: movies.clone(), ffmpeg, ..settings(&below, 0..2) });
    assert!(text.contains("no_such_ffmpeg") && text.contains("package `ffmpeg`"), "{text}");
    assert_eq!(blame, Blame::Machine);

    let ffmpeg = Some(script(out.path(), "#!/bin/sh\nexit 0\n"));
    let (text, blame) = refusal(ExportSettings { movies, ffmpeg, ..settings(&below, 0..2) });
    assert!(text.contains("no encoder libx264 for mp4"), "{text}");
    assert_eq!(blame, Blame::Machine);
    assert!(!below.exists());
}

#[test]
fn a_dying_ffmpeg_is_quoted_and_leaves_no_movie() {
    let endings = [
        ("head -c 1000 > /dev/null; echo 'no heap left' >&2; exit 7", "exit status: 7"),
        ("for a; do :; done; echo half > \"${a#file:}\"; echo 'no heap left' >&2; kill -9 $$", "signal: 9"),
        ("cat > /dev/null; echo 'no heap left' >&2; exit 1", "exit status: 1"),
    ];
    for (ending, status) in endings {
        let out = tempfile::tempdir().expect("a folder");
        let ffmpeg = Some(script(out.path(), &format!("{LISTING}{ending}\n")));
        let below = out.path().join("below");
        let wanted = ExportSettings { movies: vec![MovieFormat::Mp4H264], ffmpeg, ..settings(&below, 0..40) };
        let exporter = Exporter::open(wanted.clone()).expect("opened");
        for frame in exporter.remaining() {
            exporter.submit(display(frame)).expect("accepted");
        }
        let error = exporter.finish().expect_err("ffmpeg died");
        let text = error.to_string();
        assert!(text.contains("shot.mp4") && text.contains(status) && text.contains("no heap left"), "{text}");
        assert_eq!(error.blame(), Blame::Machine);
        assert!(
            names(&below).iter().all(|name| !name.contains("mp4") && name != "manifest.json"),
            "{:?}",
            names(&below)
        );
        // The frames are safe: with a sound ffmpeg only the movie is left to do.
        let exporter = Exporter::open(ExportSettings { ffmpeg: None, ..wanted }).expect("opened");
        assert!(exporter.remaining().is_empty());
        exporter.finish().expect("finished");
        assert!(below.join("shot.mp4").exists());
    }
}

#[test]
fn an_ffmpeg_that_loses_frames_is_not_believed() {
    let out = tempfile::tempdir().expect("a folder");
    let lossy = "cat > /dev/null; for a; do :; done; echo film > \"${a#file:}\"; echo frame=1; exit 0";
    let ffmpeg = Some(script(out.path(), &format!("{LISTING}{lossy}\n")));
    let below = out.path().join("below");
    let wanted = ExportSettings { movies: vec![MovieFormat::Mp4H264], ffmpeg, ..settings(&below, 0..3) };
    let exporter = Exporter::open(wanted).expect("opened");
    for frame in exporter.remaining() {
        exporter.submit(display(frame)).expect("accepted");
    }
    let error = exporter.finish().expect_err("frames were lost");
    assert!(error.to_string().contains("it wrote 1 frames of 3"), "{error}");
    assert!(!below.join("shot.mp4").exists());
}

/// Needs the right to mount; a machine without it still has the unit test on `/dev/full`.
#[test]
fn a_full_disk_leaves_whole_frames_only() {
    let out = tempfile::tempdir().expect("a folder");
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"])
        .arg(out.path())
        .stderr(Stdio::null())
        .status();
    if !mounted.is_ok_and(|status| status.success()) {
        return;
    }
    let noise = |frame: i64| {
        let mut picture = display(frame);
        let mut state = frame as u32 + 1;
        for byte in &mut picture.planes[0].data {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *byte = (state >> 24) as u8;
        }
        picture
    };
    let exporter = Exporter::open(settings(out.path(), 0..200)).expect("opened");
    let error = (0..200).find_map(|frame| exporter.submit(noise(frame)).err()).expect("18 kB a frame do not fit");
    drop(exporter);
    let reopened = Exporter::open(settings(out.path(), 0..200)).map(|exporter| exporter.remaining().len());
    let left = names(out.path());
    let unmounted = Command::new("umount").arg(out.path()).status().expect("umount");
    assert!(unmounted.success());
    let text = error.to_string();
    assert!(text.contains("the disk is full") && text.contains("free some space"), "{text}");
    assert_eq!(error.blame(), Blame::Machine);
    assert!(left.iter().all(|name| !name.contains(".tmp-")), "{left:?}");
    let remaining = reopened.expect("opened");
    assert!(remaining < 200 && remaining >= 200 - left.len(), "{remaining} remain, {left:?}");
}
