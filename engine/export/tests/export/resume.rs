//! Stopping, tampering and going on.

use std::fs;

use kinema_core::Aov;
use kinema_core::{Blame, Blamed};
use kinema_export::{ExportError, ExportEvent, ExportSettings, Exporter, MovieFormat, StillFormats};

use crate::pictures::{complete, content, display, export, names, settings};

#[test]
fn one_and_two_encoder_threads_write_the_same_bytes() {
    let (one, two) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    for (out, encoder_threads) in [(&one, 1), (&two, 2)] {
        let still = StillFormats { png8: true, png16: true, exr_half: true, exr_float: true };
        let aovs = vec![Aov::Beauty, Aov::Depth, Aov::PartId];
        let movies = vec![MovieFormat::Mp4H264];
        export(ExportSettings { still, aovs, movies, encoder_threads, ..settings(out.path(), 0..12) }, complete);
    }
    let (one, two) = (content(one.path()), content(two.path()));
    assert_eq!(one.len(), 12 * 4 + 3, "frames, movie, contact sheet, manifest");
    assert!(one == two, "{:?}", one.keys().filter(|key| one.get(*key) != two.get(*key)).collect::<Vec<_>>());
}

#[test]
fn a_suspended_export_goes_on_and_ends_like_an_uninterrupted_one() {
    let (whole, halved) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    export(settings(whole.path(), 0..8), display);

    let exporter = Exporter::open(settings(halved.path(), 0..8)).expect("opened");
    for frame in [6, 0, 3] {
        exporter.submit(display(frame)).expect("accepted");
    }
    let report = exporter.suspend().expect("suspended");
    assert_eq!((report.frames_done, report.frames_left), (3, 5));
    assert!(!halved.path().join("manifest.json").exists());

    let exporter = Exporter::open(settings(halved.path(), 0..8)).expect("opened");
    assert_eq!(exporter.remaining(), [1, 2, 4, 5, 7]);
    for frame in exporter.remaining() {
        exporter.submit(display(frame)).expect("accepted");
    }
    let report = exporter.finish().expect("finished");
    assert_eq!((report.frames_committed, report.frames_reused), (5, 3));
    assert!(content(whole.path()) == content(halved.path()));
    assert!(Exporter::open(settings(halved.path(), 0..8)).expect("opened").remaining().is_empty());
}

#[test]
fn whatever_a_kill_leaves_costs_at_most_the_frames_in_flight() {
    let out = tempfile::tempdir().expect("a folder");
    export(settings(out.path(), 0..4), display);
    let expected = content(out.path());
    let journal = out.path().join("journal.jsonl");
    let text = fs::read(&journal).expect("read");
    fs::remove_file(out.path().join("manifest.json")).expect("removed");
    // The kill came in the middle of a line, after the rename of its frame and the temporary file of the next.
    fs::write(&journal, &text[..text.len() - 9]).expect("torn");
    fs::write(out.path().join("frames/.shot.0004.png.tmp-4"), b"half a pict").expect("written");
    fs::write(out.path().join(".shot.mp4.tmp-movie"), b"half a mov").expect("written");

    let exporter = Exporter::open(settings(out.path(), 0..4)).expect("opened");
    assert_eq!(exporter.remaining().len(), 1);
    assert!(names(out.path()).iter().all(|name| !name.contains(".tmp-")), "{:?}", names(out.path()));
    for frame in exporter.remaining() {
        exporter.submit(display(frame)).expect("accepted");
    }
    exporter.finish().expect("finished");
    assert!(content(out.path()) == expected);
}

#[test]
fn a_changed_or_missing_file_is_rendered_again() {
    let out = tempfile::tempdir().expect("a folder");
    export(settings(out.path(), 0..5), display);
    let expected = content(out.path());
    let changed = out.path().join("frames/shot.0001.png");
    let mut bytes = fs::read(&changed).expect("read");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&changed, bytes).expect("tampered");
    fs::remove_file(out.path().join("frames/shot.0003.png")).expect("removed");

    let exporter = Exporter::open(settings(out.path(), 0..5)).expect("opened");
    assert_eq!(exporter.remaining(), [1, 3]);
    let events: Vec<ExportEvent> = exporter.events().try_iter().collect();
    assert!(matches!(&events[..], [ExportEvent::Warning { .. }, ExportEvent::Warning { .. }]), "{events:?}");
    for frame in exporter.remaining() {
        exporter.submit(display(frame)).expect("accepted");
    }
    exporter.finish().expect("finished");
    assert!(content(out.path()) == expected);
}

#[test]
fn another_identity_is_refused_and_overwrite_discards_only_what_was_recorded() {
    let out = tempfile::tempdir().expect("a folder");
    export(settings(out.path(), 0..4), display);
    let own = out.path().join("frames/notes.txt");
    fs::write(&own, b"mine").expect("written");

    let mut other = settings(out.path(), 0..2);
    other.identity.driver = "another driver".into();
    let error = Exporter::open(other.clone()).err().expect("refused");
    let text = error.to_string();
    assert!(matches!(error, ExportError::IdentityDiffers { .. }) && error.blame() == Blame::User, "{text}");
    assert!(text.contains("driver was `a driver` and is now `another driver`"), "{text}");
    assert!(text.contains("--out") && text.contains("--overwrite"), "{text}");
    assert_eq!(names(out.path()).len(), 7, "nothing was touched");

    other.overwrite = true;
    export(other.clone(), display);
    let left =
        ["contact_sheet.png", "frames/notes.txt", "frames/shot.0000.png", "frames/shot.0001.png", "manifest.json"];
    assert_eq!(names(out.path()), left);
    // The same identity again: overwriting has nothing to discard.
    assert!(Exporter::open(other).expect("opened").remaining().is_empty());
}

#[test]
fn files_of_unknown_origin_are_not_replaced() {
    let out = tempfile::tempdir().expect("a folder");
    fs::create_dir(out.path().join("frames")).expect("created");
    fs::write(out.path().join("frames/shot.0001.png"), b"a photograph").expect("written");
    let error = Exporter::open(settings(out.path(), 0..4)).err().expect("refused");
    assert!(matches!(&error, ExportError::ForeignFile { path } if path.ends_with("frames/shot.0001.png")), "{error}");
    assert_eq!(error.blame(), Blame::User);
    export(ExportSettings { overwrite: true, ..settings(out.path(), 0..4) }, display);
}

#[test]
fn more_formats_later_draw_again_and_keep_what_was_there() {
    let out = tempfile::tempdir().expect("a folder");
    export(settings(out.path(), 0..2), complete);
    let exr_only = StillFormats { exr_half: true, ..StillFormats::default() };
    export(ExportSettings { still: exr_only, ..settings(out.path(), 0..2) }, complete);
    let deeper = ExportSettings { still: exr_only, aovs: vec![Aov::Depth], ..settings(out.path(), 0..2) };
    assert_eq!(Exporter::open(deeper).expect("opened").remaining(), [0, 1], "other planes, other files");
    // The PNG frames are still there and still recorded, also for a longer range.
    assert_eq!(Exporter::open(settings(out.path(), 0..3)).expect("opened").remaining(), [2]);
    let manifest = fs::read_to_string(out.path().join("manifest.json")).expect("written");
    assert!(manifest.contains("exr/shot.0001.exr") && manifest.contains("frames/shot.0001.png"));
}

#[test]
fn the_manifest_describes_every_file_and_says_synthetic() {
    let out = tempfile::tempdir().expect("a folder");
    export(settings(out.path(), 5..8), display);
    let text = fs::read_to_string(out.path().join("manifest.json")).expect("written");
    let manifest: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(manifest["synthetic"], true);
    assert_eq!(manifest["shot"]["name"], "A shot");
    assert_eq!(manifest["build"], "0.1.0");
    assert_eq!(manifest["driver"], "a driver");
    assert_eq!(manifest["settings"]["quality"], "final");
    assert_eq!(manifest["rate"], "24/1");
    assert_eq!(manifest["size"], serde_json::json!([96, 64]));
    assert_eq!(manifest["frames"].as_array().expect("frames").len(), 3);
    let file = &manifest["frames"][2]["files"][0];
    assert_eq!(file["path"], "frames/shot.0007.png");
    let bytes = fs::read(out.path().join("frames/shot.0007.png")).expect("written");
    assert_eq!(file["bytes"], bytes.len());
    assert_eq!(file["sha256"].as_str().expect("a hash").len(), 64);
    let order = [
        "\"manifest\"",
        "\"kinema\"",
        "\"shot\"",
        "\"build\"",
        "\"driver\"",
        "\"settings\"",
        "\"synthetic\"",
        "\"rate\"",
        "\"size\"",
        "\"frames\"",
        "\"movies\"",
    ];
    let places: Vec<usize> = order.iter().map(|key| text.find(&format!("\n  {key}")).expect(key)).collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn the_contact_sheet_shows_up_to_twelve_frames() {
    let out = tempfile::tempdir().expect("a folder");
    let report = export(settings(out.path(), 0..30), display);
    let bytes = fs::read(report.contact_sheet.expect("written")).expect("read");
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("a PNG");
    assert_eq!(reader.info().size(), (4 * 96 + 5 * 8, 3 * 64 + 4 * 8), "small frames are not enlarged");
    let mut rgb = vec![0; reader.output_buffer_size().expect("a size")];
    reader.next_frame(&mut rgb).expect("pixels");
    // The last thumbnail is the last frame, pixel for pixel.
    let picture = display(29);
    let row = (3 * 8 + 2 * 64) * (4 * 96 + 5 * 8) * 3;
    let left = (4 * 8 + 3 * 96) * 3;
    let expected: Vec<u8> =
        picture.planes[0].data.as_chunks::<4>().0[..96].iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect();
    assert_eq!(rgb[row + left..row + left + 96 * 3], expected);
}
