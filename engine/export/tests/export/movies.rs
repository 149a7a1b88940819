//! Movies, as ffprobe and a decoder see them.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::Ordering;

use kinema_core::{Aov, Picture, PixelFormat};
use kinema_export::{ExportError, ExportEvent, ExportSettings, Exporter, MovieFormat, StillFormats};
use serde_json::Value;

use crate::pictures::{complete, content, display, display_of_size, export, names, plane, settings};

fn probe(path: &Path) -> Value {
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-count_frames", "-show_streams", "-show_format", "-of", "json"])
        .arg(path)
        .output()
        .expect("ffprobe is part of the package ffmpeg");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(document["streams"].as_array().expect("streams").len(), 1);
    document["streams"][0].clone()
}

#[test]
fn every_format_has_the_right_codec_count_rate_and_colour_tags() {
    let out = tempfile::tempdir().expect("a folder");
    let movies = vec![MovieFormat::Gif, MovieFormat::MovProRes4444, MovieFormat::WebmAv1, MovieFormat::Mp4H264];
    let rate = "30000/1001".parse().expect("a rate");
    let report = export(ExportSettings { movies, rate, ..settings(out.path(), 10..27) }, display);
    let expected = [
        ("mp4", "h264", "High", "yuv420p", "iec61966-2-1"),
        ("webm", "av1", "Main", "yuv420p10le", "iec61966-2-1"),
        ("mov", "prores", "4444", "", "bt709"),
    ];
    for (extension, codec, profile, pixels, transfer) in expected {
        let stream = probe(&out.path().join(format!("shot.{extension}")));
        assert_eq!(stream["codec_name"], codec);
        assert_eq!(stream["profile"], profile);
        // ffmpeg decodes ProRes 4444 to 12 bits whatever it was made from.
        assert!(
            stream["pix_fmt"] == pixels
                || stream["pix_fmt"].as_str().is_some_and(|f| codec == "prores" && f.starts_with("yuv444p"))
        );
        assert_eq!(stream["nb_read_frames"], "17", "{extension}");
        assert_eq!(stream["r_frame_rate"], "30000/1001", "{extension}");
        assert_eq!(stream["avg_frame_rate"], "30000/1001", "{extension}");
        assert_eq!((&stream["width"], &stream["height"]), (&96.into(), &64.into()));
        assert_eq!(stream["color_range"], "tv", "{extension}");
        assert_eq!(stream["color_space"], "bt709", "{extension}");
        assert_eq!(stream["color_primaries"], "bt709", "{extension}");
        assert_eq!(stream["color_transfer"], transfer, "{extension}");
    }
    let gif = probe(&out.path().join("shot.gif"));
    assert_eq!((&gif["codec_name"], &gif["nb_read_frames"]), (&"gif".into(), &"17".into()));
    assert_eq!(report.movies.len(), 4);
    assert!(
        report.movies.iter().all(|movie| movie.frames == [10, 26] && movie.notes.is_empty()),
        "{:?}",
        report.movies
    );
    assert!(names(out.path()).iter().all(|name| !name.contains(".tmp-")));
}

/// The limited-range BT.709 code values of sRGB-encoded pure colours, from the standard's matrix.
#[test]
fn h264_colours_are_converted_with_the_bt709_matrix() {
    let solid = |colour: [u8; 4]| {
        move |frame| Picture {
            frame,
            planes: vec![plane(Aov::Display, PixelFormat::Rgba8Srgb, (96, 64), |_, _| colour)],
        }
    };
    let cases = [
        ([255, 0, 0, 255], [63, 102, 240]),
        ([0, 255, 0, 255], [173, 42, 26]),
        ([0, 0, 255, 255], [32, 240, 118]),
        ([255, 255, 255, 255], [235, 128, 128]),
        ([0, 0, 0, 255], [16, 128, 128]),
    ];
    for (colour, expected) in cases {
        let out = tempfile::tempdir().expect("a folder");
        let movies = vec![MovieFormat::Mp4H264];
        export(ExportSettings { movies, ..settings(out.path(), 0..2) }, solid(colour));
        let raw = Command::new("ffmpeg")
            .args(["-v", "error", "-i"])
            .arg(out.path().join("shot.mp4"))
            .args(["-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "yuv420p", "pipe:1"])
            .output()
            .expect("decoded")
            .stdout;
        let luma_len = 96 * 64;
        assert_eq!(raw.len(), luma_len * 3 / 2);
        let centre =
            [raw[luma_len / 2 + 48], raw[luma_len + luma_len / 8 + 24], raw[luma_len * 5 / 4 + luma_len / 8 + 24]];
        for (value, wanted) in centre.iter().zip(expected) {
            assert!(value.abs_diff(wanted) <= 1, "{colour:?}: {centre:?}, expected {expected:?}");
        }
    }
}

#[test]
fn odd_sizes_repeat_the_edge_and_say_so() {
    let out = tempfile::tempdir().expect("a folder");
    let movies = vec![MovieFormat::Mp4H264, MovieFormat::WebmAv1, MovieFormat::MovProRes4444, MovieFormat::Gif];
    let odd = ExportSettings { movies, width: 97, height: 65, ..settings(out.path(), 0..3) };
    let report = export(odd, |frame| display_of_size(frame, (97, 65)));
    for (extension, width, height) in [("mp4", 98, 66), ("webm", 98, 66), ("mov", 97, 65), ("gif", 97, 65)] {
        let stream = probe(&out.path().join(format!("shot.{extension}")));
        assert_eq!((&stream["width"], &stream["height"]), (&width.into(), &height.into()), "{extension}");
    }
    assert!(report.movies[0].notes[0].contains("97x65 has an odd side"), "{:?}", report.movies[0].notes);
    assert!(report.movies[2].notes.is_empty());
}

#[test]
fn tiny_pictures_and_single_frames_make_movies_too() {
    let out = tempfile::tempdir().expect("a folder");
    let movies = vec![MovieFormat::Mp4H264, MovieFormat::WebmAv1, MovieFormat::MovProRes4444, MovieFormat::Gif];
    let tiny = ExportSettings { movies, width: 17, height: 1, ..settings(out.path(), 0..1) };
    let report = export(tiny, |frame| display_of_size(frame, (17, 1)));
    assert_eq!(report.movies.len(), 4);
    assert_eq!(probe(&out.path().join("shot.webm"))["nb_read_frames"], "1");
}

#[test]
fn a_gif_is_small_and_not_faster_than_browsers_play() {
    let out = tempfile::tempdir().expect("a folder");
    let rate = "60/1".parse().expect("a rate");
    let movies = vec![MovieFormat::Gif];
    let wide = ExportSettings { movies, rate, width: 1280, height: 2, ..settings(out.path(), 0..12) };
    let report = export(wide, |frame| display_of_size(frame, (1280, 2)));
    let stream = probe(&out.path().join("shot.gif"));
    assert_eq!((&stream["width"], &stream["height"]), (&640.into(), &1.into()));
    assert_eq!(stream["nb_read_frames"], "6");
    assert_eq!(report.movies[0].notes.len(), 2, "{:?}", report.movies[0].notes);
}

#[test]
fn prores_is_made_from_16_bit_frames_when_there_are_any() {
    let out = tempfile::tempdir().expect("a folder");
    let still = StillFormats { png16: true, ..StillFormats::default() };
    let movies = vec![MovieFormat::MovProRes4444, MovieFormat::WebmAv1, MovieFormat::Mp4H264];
    export(ExportSettings { still, movies, ..settings(out.path(), 0..3) }, complete);
    assert!(!out.path().join("frames").exists(), "no 8-bit frames were asked for");
    for extension in ["mov", "webm", "mp4"] {
        assert_eq!(probe(&out.path().join(format!("shot.{extension}")))["nb_read_frames"], "3", "{extension}");
    }
}

#[test]
fn movies_are_made_again_only_when_their_frames_change() {
    let out = tempfile::tempdir().expect("a folder");
    let wanted = || ExportSettings { movies: vec![MovieFormat::Mp4H264], ..settings(out.path(), 0..6) };
    export(wanted(), display);
    let first = content(out.path());

    let finish = |settings| {
        let exporter = Exporter::open(settings).expect("opened");
        let events = exporter.events();
        for frame in exporter.remaining() {
            exporter.submit(display(frame)).expect("accepted");
        }
        exporter.finish().expect("finished");
        events.iter().any(|event| matches!(event, ExportEvent::MovieFinished { reused: true, .. }))
    };
    assert!(finish(wanted()), "nothing changed");
    assert!(content(out.path()) == first);
    assert!(!finish(ExportSettings { frames: 0..7, ..wanted() }), "one frame more");
    assert_eq!(probe(&out.path().join("shot.mp4"))["nb_read_frames"], "7");
    std::fs::write(out.path().join("shot.mp4"), b"not a movie").expect("tampered");
    assert!(!finish(ExportSettings { frames: 0..7, ..wanted() }), "the movie was damaged");
}

#[test]
fn a_raised_stop_flag_ends_the_movie_and_keeps_the_frames() {
    let out = tempfile::tempdir().expect("a folder");
    let wanted = || ExportSettings { movies: vec![MovieFormat::Mp4H264], ..settings(out.path(), 0..6) };
    let exporter = Exporter::open(wanted()).expect("opened");
    for frame in exporter.remaining() {
        exporter.submit(display(frame)).expect("accepted");
    }
    exporter.stop_flag().store(true, Ordering::Release);
    assert!(matches!(exporter.finish(), Err(ExportError::Stopped)));
    assert!(
        names(out.path()).iter().all(|name| !name.contains("mp4") && name != "manifest.json"),
        "{:?}",
        names(out.path())
    );
    let exporter = Exporter::open(wanted()).expect("opened");
    assert!(exporter.remaining().is_empty());
    exporter.finish().expect("finished");
}
