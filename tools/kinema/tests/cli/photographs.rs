//! Commands that begin with a photograph.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{folder, kinema, run};

const SIZE: (usize, usize) = (64, 40);

/// A ball before a striped wall as Radiance HDR without compression, and its depth as PFM in metres.
fn photograph_in(folder: &Path) -> (PathBuf, PathBuf) {
    let (width, height) = SIZE;
    let is_ball = |x: usize, y: usize| (x as f32 - 30.0).hypot(y as f32 - 20.0) < 10.0;
    let mut photo = format!("#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y {height} +X {width}\n").into_bytes();
    let mut depth = format!("Pf\n{width} {height}\n-1.0\n").into_bytes();
    for y in 0..height {
        for x in 0..width {
            photo.extend(if is_ball(x, y) { [200, 60, 30, 128] } else { [90 + 8 * (x % 8) as u8, 120, 110, 128] });
            // Rows from below.
            let metres: f32 = if is_ball(x, height - 1 - y) { 1.5 } else { 4.0 };
            depth.extend(metres.to_le_bytes());
        }
    }
    let (photo_path, depth_path) = (folder.join("photo.hdr"), folder.join("depth.pfm"));
    fs::write(&photo_path, photo).expect("a photograph");
    fs::write(&depth_path, depth).expect("its depth");
    (photo_path, depth_path)
}

#[test]
fn a_photograph_becomes_a_film_a_mesh_and_points() {
    let folder = folder();
    let (photo, depth) = photograph_in(folder.path());
    let cache = folder.path().join("cache");
    let film = folder.path().join("clip.mp4");
    let (mesh, points) = (folder.path().join("a.glb"), folder.path().join("a.ply"));
    let command = || {
        let mut command = kinema(["parallax"]);
        command.env("XDG_CACHE_HOME", &cache).arg(&photo).arg("--depth").arg(&depth).arg("--out").arg(&film);
        command.args(["--secs", "0.2", "--preset", "orbit", "--json"]);
        command
    };
    let ran = run(command().arg("--mesh").arg(&mesh).arg("--points").arg(&points));
    ran.must(0, "");
    assert_eq!(ran.events_of("frame_drawn").len(), 6);
    assert_eq!(ran.events_of("complete")[0]["layers"], 2, "{ran:#?}");
    assert!(fs::read(&film).expect("a film").windows(4).any(|bytes| bytes == b"ftyp"));
    assert!(fs::read(&mesh).expect("a mesh").starts_with(b"glTF"));
    assert!(fs::read(&points).expect("points").starts_with(b"ply"));
    let left = fs::read_dir(folder.path()).expect("listed").flatten().map(|entry| entry.file_name());
    assert!(left.into_iter().all(|name| !name.to_string_lossy().starts_with('.')), "nothing temporary stays");
    run(&mut command()).must(2, "--force");
    let first = fs::read(&film).expect("a film");
    run(command().arg("--force")).must(0, "");
    assert_eq!(fs::read(&film).expect("a film"), first, "the same film again, from kept layers");
}

#[test]
fn focus_keys_and_a_network_for_what_is_hidden_are_taken_or_refused_by_name() {
    let folder = folder();
    let (photo, depth) = photograph_in(folder.path());
    let with = |name: &str, more: &[&str]| {
        let mut command = kinema(["parallax"]);
        // In the user's own cache, where ONNX Runtime is.
        command.arg(&photo).arg("--depth").arg(&depth);
        command.arg("--out").arg(folder.path().join(name)).args(["--secs", "0.1", "--quiet"]).args(more);
        run(&mut command)
    };
    with("pull.mp4", &["--focus-blur", "0.05", "--focus", "1:0"]).must(0, "");
    with("keys.mp4", &["--keys", "0:-1,0,0", "0.5:0,0.3,-1", "1:1,0,0"]).must(0, "");
    with("no.mp4", &["--focus-blur", "0.05", "--focus", "2"]).must(2, "two such as 1:0");
    with("no.mp4", &["--keys", "0:1,0", "1:0,0,0"]).must(2, "AT:RIGHT,UP,BACK");
    with("no.mp4", &["--keys", "1:1,0,0", "0:0,0,0"]).must(2, "each later than the one before");
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../engine/neural/fixtures");
    let network = |name: &str| fixtures.join(name).display().to_string();
    with("made_up.mp4", &["--inpaint-model", &network("inpaint_mean.onnx")]).must(0, "");
    let other = with("no.mp4", &["--inpaint-model", &network("depth_anything_tiny.onnx")]);
    other.must(2, "an inpainting model has a picture, a mask and one output");
    assert!(!folder.path().join("no.mp4").exists());
}

#[test]
fn depth_is_written_as_png_and_exr() {
    let folder = folder();
    let (photo, depth) = photograph_in(folder.path());
    for (name, magic) in [("out.png", &b"\x89PNG"[..]), ("out.exr", &[0x76, 0x2f, 0x31, 0x01][..])] {
        let out = folder.path().join(name);
        let ran = run(kinema(["depth"]).arg(&photo).arg("--depth").arg(&depth).arg("--out").arg(&out));
        ran.must(0, "");
        assert!(ran.stdout.contains("64x40, depth in metres"), "{ran:#?}");
        assert!(fs::read(&out).expect("depth").starts_with(magic));
        // It is depth again, with what it says taken from the file.
        let again = folder.path().join(format!("again_{name}"));
        run(kinema(["depth"]).arg(&photo).arg("--depth").arg(&out).arg("--out").arg(&again)).must(0, "");
    }
}

/// Twelve frames around the ball.
fn video_in(folder: &Path) -> PathBuf {
    let (photo, depth) = photograph_in(folder);
    let clip = folder.join("clip.mp4");
    let mut command = kinema(["parallax"]);
    command.env("XDG_CACHE_HOME", folder.join("cache")).arg(&photo).arg("--depth").arg(&depth);
    run(command.arg("--out").arg(&clip).args(["--secs", "0.4", "--preset", "orbit", "--quiet"])).must(0, "");
    clip
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("listed").flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn the_depth_of_a_video_is_a_film_or_frames() {
    let folder = folder();
    let clip = video_in(folder.path());
    let of = |video: &Path, out: &str, more: &[&str]| {
        run(kinema(["depth"]).arg(video).arg("--out").arg(folder.path().join(out)).args(more))
    };
    let ran = of(&clip, "depth.mp4", &[]);
    ran.must(0, "");
    assert!(ran.stdout.contains("12 frames of 64x40, 1 scene"), "{ran:#?}");
    of(&clip, "depth.mp4", &[]).must(2, "--force");
    of(&clip, "frames", &["-q"]).must(0, "");
    let names = names_in(&folder.path().join("frames"));
    assert!(names.len() == 12 && names[0] == "depth.0000.png" && names[11] == "depth.0011.png", "{names:?}");
    let first = fs::read(folder.path().join("frames/depth.0000.png")).expect("a frame");
    // Width, height, 16 bits of grey.
    assert_eq!(first[16..26], [0, 0, 0, 64, 0, 0, 0, 40, 16, 0]);
    of(&clip, "frames", &[]).must(2, "--force");
    of(&clip, "exact", &["--exr", "-q"]).must(0, "");
    assert_eq!(names_in(&folder.path().join("exact")).len(), 12);
    let left = names_in(folder.path());
    assert!(left.iter().all(|name| !name.starts_with('.')), "nothing temporary stays: {left:?}");

    // A part of a video, and what is none.
    let whole = fs::read(&clip).expect("a film");
    let cut = folder.path().join("cut.mp4");
    fs::write(&cut, &whole[..whole.len() * 93 / 100]).expect("a part");
    let ran = of(&cut, "cut_depth.mp4", &[]);
    ran.must(0, "ends early or is damaged");
    assert!(!ran.stdout.contains("12 frames"), "{ran:#?}");
    let text = folder.path().join("text.mp4");
    fs::write(&text, "no video at all").expect("a file");
    of(&text, "x.mp4", &[]).must(2, "text.mp4` is no video");
    of(&clip, "x.png", &[]).must(2, "is a video and no photograph");
    of(&clip, "x.tiff", &[]).must(2, ".mp4, .webm, .mov or .gif");
    of(&clip, "x.mp4", &["--exr"]).must(2, "the name of one");
    of(&clip, "x.mp4", &["--depth", "depth.pfm"]).must(2, "goes with a photograph");
    assert!(!folder.path().join("x.mp4").exists());
}

#[test]
fn a_camera_moves_while_a_video_plays() {
    let folder = folder();
    let clip = video_in(folder.path());
    let moved = |video: &Path, out: &str, more: &[&str]| {
        run(kinema(["parallax"]).arg(video).arg("--out").arg(folder.path().join(out)).args(more))
    };
    let ran = moved(&clip, "moved.mp4", &[]);
    ran.must(0, "");
    assert!(ran.stdout.contains("12 frames, 1 scene"), "{ran:#?}");
    let first = fs::read(folder.path().join("moved.mp4")).expect("a film");
    assert!(first.windows(4).any(|bytes| bytes == b"ftyp"));
    moved(&clip, "moved.mp4", &[]).must(2, "--force");
    moved(&clip, "moved.mp4", &["--force", "-q"]).must(0, "");
    assert!(fs::read(folder.path().join("moved.mp4")).expect("a film") == first, "the same film again");
    // Two eyes, at the video's rate and length.
    moved(&clip, "eyes.mp4", &["--stereo", "side-by-side", "--preset", "orbit", "-q"]).must(0, "");
    let eyes = folder.path().join("eyes.mp4");
    let ran = run(kinema(["depth"]).arg(&eyes).arg("--out").arg(folder.path().join("eyes_depth.mp4")));
    assert!(ran.stdout.contains("12 frames of 128x40"), "{ran:#?}");

    // A part of a video.
    let whole = fs::read(&clip).expect("a film");
    let cut = folder.path().join("cut.mp4");
    fs::write(&cut, &whole[..whole.len() * 93 / 100]).expect("a part");
    let ran = moved(&cut, "cut_moved.mp4", &[]);
    ran.must(0, "ends early or is damaged");
    assert!(!ran.stdout.contains("12 frames"), "{ran:#?}");
    let text = folder.path().join("text.mp4");
    fs::write(&text, "no video at all").expect("a file");
    moved(&text, "x.mp4", &[]).must(2, "text.mp4` is no video");
    for (option, value, part) in [
        ("--secs", "3", "as long as the video"),
        ("--rate", "24/1", "the rate of the video"),
        ("--mesh", "x.glb", "others in every frame"),
        ("--points", "x.ply", "others in every frame"),
        ("--depth", "depth.pfm", "goes with a photograph"),
    ] {
        moved(&clip, "x.mp4", &[option, value]).must(2, part);
    }
    assert!(!folder.path().join("x.mp4").exists());
    let left = names_in(folder.path());
    assert!(left.iter().all(|name| !name.starts_with('.')), "nothing temporary stays: {left:?}");
}

#[test]
fn what_cannot_be_used_is_named_with_a_remedy() {
    let folder = folder();
    let (photo, depth) = photograph_in(folder.path());
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("a file");
        path
    };
    let out = folder.path().join("x.mp4");
    let refused = |photo: &Path, depth: &Path, part: &str| {
        let cache = folder.path().join("cache");
        let mut command = kinema(["parallax"]);
        command.env("XDG_CACHE_HOME", cache).arg(photo).arg("--depth").arg(depth).arg("--out").arg(&out);
        run(&mut command).must(2, part);
        assert!(!out.exists());
    };
    let text = file("text.jpg", b"no picture at all");
    refused(&text, &depth, "text.jpg is not a picture");
    refused(&file("empty.png", b""), &depth, "the file is empty");
    refused(&file("cut.hdr", &fs::read(&photo).expect("read")[..400]), &depth, "damaged or cut off");
    refused(&folder.path().join("gone.jpg"), &depth, "cannot read");
    refused(&photo, &text, "grey 8- or 16-bit PNG");
    let nan: Vec<u8> = f32::NAN.to_le_bytes().repeat(64 * 40);
    refused(&photo, &file("nan.pfm", &[b"Pf\n64 40\n-1.0\n", &nan[..]].concat()), "2560 of 2560 depth values");
    let tall: Vec<u8> = 1f32.to_le_bytes().repeat(40 * 64);
    refused(&photo, &file("tall.pfm", &[b"Pf\n40 64\n-1.0\n", &tall[..]].concat()), "crop or turn one of them");
    let no_model = folder.path().join("no_model");
    run(kinema(["parallax"]).arg(&photo).arg("--depth-model").arg(&no_model).arg("--out").arg(&out))
        .must(2, "no_model");
    let with = |option: &str, value: &str, part: &str| {
        let mut command = kinema(["parallax"]);
        command.arg(&photo).arg("--depth").arg(&depth).args([option, value]);
        if option != "--out" {
            command.arg("--out").arg(&out);
        }
        run(&mut command).must(2, part);
    };
    with("--amount", "2", "--amount is 2; use 0 to 1");
    with("--amount", "NaN", "--amount is NaN");
    with("--out", "film.avi", ".mp4, .webm, .mov or .gif");
    with("--mesh", "no/such/folder.glb", "make its folder first");
}
