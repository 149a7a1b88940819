//! Movies that are read again.

use std::fs;
use std::path::{Path, PathBuf};

use kinema_core::{Aov, Blame, Blamed, PixelFormat};
use kinema_export::{ExportError, ExportSettings, MovieFormat, MovieReader};

use crate::pictures::{HEIGHT, WIDTH, export, plane, settings};

const FRAMES: usize = 24;

/// A movie of flat colours over noise that does not compress away, so that a part of the file is a part of the frames.
fn movie_in(folder: &Path, format: MovieFormat) -> PathBuf {
    let rate = "30000/1001".parse().expect("a rate");
    let report = export(ExportSettings { movies: vec![format], rate, ..settings(folder, 0..FRAMES as i64) }, |frame| {
        let display = plane(Aov::Display, PixelFormat::Rgba8Srgb, (WIDTH, HEIGHT), |x, y| {
            let noise = (x * 37 + y * 101 + frame as u32 * 59).wrapping_mul(2_654_435_761) >> 27;
            if y < 16 { [200, 40, 90, 255] } else { [noise as u8 + 60, (8 * frame) as u8, 100, 255] }
        });
        kinema_core::Picture { frame, planes: vec![display] }
    });
    folder.join(&report.movies[0].file.path)
}

#[test]
fn a_movie_comes_back_with_its_size_rate_count_and_colours() {
    let folder = tempfile::tempdir().expect("a folder");
    for format in [MovieFormat::Mp4H264, MovieFormat::WebmAv1] {
        let path = movie_in(&folder.path().join(format.extension()), format);
        let mut reader = MovieReader::open(&path, 4096, None).expect("opened");
        assert_eq!(reader.size(), (96, 64));
        assert_eq!(reader.rate().to_string(), "30000/1001");
        let mut rgb = Vec::new();
        while reader.next_frame(&mut rgb).expect("a frame or the end") {
            assert_eq!(rgb.len(), 96 * 64 * 3);
            let at = 3 * (6 * 96 + 40);
            let off = (0..3).map(|c| rgb[at + c].abs_diff([200, 40, 90][c])).max();
            assert!(off <= Some(6), "{format:?} {}: {:?}", reader.frames_read(), &rgb[at..at + 3]);
        }
        assert_eq!((reader.frames_read(), reader.problems()), (FRAMES, &[][..]));
        assert!(!reader.next_frame(&mut rgb).expect("still at the end"));
        assert_eq!(MovieReader::count(&path, None).expect("counted"), FRAMES);
        let small = MovieReader::open(&path, 48, None).expect("opened");
        assert_eq!(small.size(), (48, 32));
    }
}

#[test]
fn a_movie_that_ends_early_is_shorter_and_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = fs::read(movie_in(&folder.path().join("whole"), MovieFormat::Mp4H264)).expect("read");
    let cut = folder.path().join("cut.mp4");
    fs::write(&cut, &whole[..whole.len() * 6 / 10]).expect("written");
    let mut reader = MovieReader::open(&cut, 4096, None).expect("its beginning is sound");
    while reader.next_frame(&mut Vec::new()).expect("a frame or the end") {}
    assert!((4..FRAMES).contains(&reader.frames_read()), "{}", reader.frames_read());
    assert!(!reader.problems().is_empty());
}

#[test]
fn what_is_no_movie_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = fs::read(movie_in(&folder.path().join("whole"), MovieFormat::MovProRes4444)).expect("read");
    for (name, bytes) in [("text.mp4", &b"no movie at all"[..]), ("empty.mp4", b""), ("begun.mov", &whole[..200])] {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("written");
        let error = MovieReader::open(&path, 4096, None).expect_err(name);
        assert!(matches!(&error, ExportError::MovieUnreadable { last_lines, .. } if !last_lines.is_empty()), "{error}");
        assert!(error.to_string().contains(name) && error.blame() == Blame::User, "{error}");
    }
    let gone = MovieReader::open(&folder.path().join("gone.mp4"), 64, None).expect_err("it is not there");
    assert!(gone.to_string().contains("gone.mp4"), "{gone}");
    let program = folder.path().join("no_ffmpeg");
    let error = MovieReader::open(&folder.path().join("text.mp4"), 64, Some(&program)).expect_err("no such program");
    assert!(matches!(error, ExportError::FfmpegMissing { .. }), "{error}");
}
