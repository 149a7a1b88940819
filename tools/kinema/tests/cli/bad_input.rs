//! Wrong shots and wrong arguments: status 2, the file, the place and a remedy, no panic, nothing left behind.

use std::fs;
use std::path::Path;

use crate::shots;
use crate::support::{Ran, folder, kinema, render, run, shot_in};

fn check(shot: &Path) -> Ran {
    run(kinema(["check"]).arg(shot))
}

/// Each must be refused by `check` with this in the message.
#[test]
fn wrong_shots_are_refused_with_file_and_place() {
    let good = shots::moving();
    let with = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replacen(from, to, 1).into_bytes()
    };
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("empty", Vec::new(), "tiny.shot.ron:1:1: error"),
        ("malformed", with("schema: 1,", "schema: 1,,"), "tiny.shot.ron:2:"),
        ("truncated", good.as_bytes()[..good.len() / 2].to_vec(), "tiny.shot.ron:"),
        (
            "not UTF-8",
            with("\"ball\"", "\"b\u{fffd}ll\"").iter().map(|b| if *b == 0xef { 0xff } else { *b }).collect(),
            "UTF-8",
        ),
        ("binary", (0..=255).cycle().take(100_000).collect(), "tiny.shot.ron:"),
        ("deeply nested lists", "[".repeat(200_000).into_bytes(), "tiny.shot.ron:1:"),
        ("deeply nested parts", with("parts: [", &format!("parts: [{}", "(part: ".repeat(50_000))), "tiny.shot.ron:"),
        ("a newer schema", with("schema: 1", "schema: 99"), "schema"),
        ("an unknown field", with("look:", "lok:"), "did you mean `look`"),
        ("an unknown kind", with("part: Rigid", "part: Rigit"), "did you mean `Rigid`"),
        ("zero frames", with("frames: 24", "frames: 0"), "timeline.frames"),
        ("too many frames", with("frames: 24", "frames: 1000001"), "timeline.frames"),
        ("a rate of zero", with("24/1", "0/1"), "above zero"),
        ("zero width", with("width: 64", "width: 0"), "output.width"),
        ("zero height", with("height: 36", "height: 0"), "output.height"),
        ("too wide", with("width: 64", "width: 16385"), "16384"),
        ("too high", with("height: 36", "height: 4294967296"), "16384"),
        ("NaN", with("position: (-1.0, 0.5, 0.0)", "position: (NaN, 0.5, 0.0)"), "position"),
        ("infinity", with("radius_m: 0.5", "radius_m: inf"), "radius_m"),
        ("NaN in a key", with("value: -1.0", "value: NaN"), "keys[0].value"),
        (
            "a dangling parent",
            with("id: \"ball\",", "id: \"ball\", parent: Some(\"bowl\"),"),
            "there is no part `bowl`",
        ),
        ("its own parent", with("id: \"ball\",", "id: \"ball\", parent: Some(\"ball\"),"), "a circle: ball -> ball"),
        (
            "cyclic parents",
            with(
                "(id: \"ball\",",
                "(id: \"a\", parent: Some(\"b\"), part: Ground()), (id: \"b\", parent: Some(\"a\"), part: Ground()), (id: \"ball\",",
            ),
            "a circle: a -> b -> a",
        ),
        ("an id twice", with("id: \"light\"", "id: \"ball\""), "`ball`"),
        ("a track of no part", with("ball/position/x", "boll/position/x"), "did you mean `ball`"),
        ("a track of no property", with("ball/position/x", "ball/positon/x"), "did you mean `position"),
        ("keys out of order", with("frame: 0, value", "frame: 90, value"), "keys["),
    ];
    for (name, text, part) in cases {
        let folder = folder();
        let shot = shot_in(folder.path(), text);
        let ran = check(&shot);
        println!("--- {name}\n{}", ran.stderr.chars().take(600).collect::<String>());
        ran.must(2, part);
        ran.must(2, &shot.display().to_string());
        ran.must(2, "errors in 1 of 1 file");
    }
}

#[test]
fn a_million_parts_are_refused_in_reasonable_time() {
    let folder = folder();
    let parts: String = (0..1_000_000).map(|n| format!("(id: \"p{n}\", part: Ground()),\n")).collect();
    let ran = check(&shot_in(folder.path(), shots::shot(1, &parts)));
    ran.must(2, "65536");
}

/// Files that a shot refers to.
#[test]
fn wrong_assets_are_refused_with_file_and_place() {
    let folder = folder();
    let base = folder.path().join("shots");
    fs::create_dir(&base).expect("a folder");
    fs::write(folder.path().join("secret.bin"), [0; 64]).expect("a file");
    let gltf = |uri: &str| {
        format!(
            r#"{{"asset":{{"version":"2.0"}},"scene":0,"scenes":[{{"nodes":[0]}}],"nodes":[{{"mesh":0}}],
            "buffers":[{{"uri":"{uri}","byteLength":36}}],"bufferViews":[{{"buffer":0,"byteLength":36}}],
            "accessors":[{{"bufferView":0,"componentType":5126,"count":3,"type":"VEC3","min":[0,0,0],"max":[1,1,1]}}],
            "meshes":[{{"primitives":[{{"attributes":{{"POSITION":0}}}}]}}]}}"#
        )
    };
    let mut truncated_hdr = b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 64 +X 128\n".to_vec();
    truncated_hdr.extend([2, 2, 0, 128, 0x90]);
    let files: [(&str, Vec<u8>); 7] = [
        ("text.hdr", b"this is no picture".to_vec()),
        ("truncated.hdr", truncated_hdr),
        ("text.glb", b"this is no mesh".to_vec()),
        ("truncated.glb", b"glTF\x02\0\0\0\xff\xff\0\0".to_vec()),
        ("climbs.gltf", gltf("../secret.bin").into_bytes()),
        ("absolute.gltf", gltf("/etc/passwd").into_bytes()),
        ("encoded.gltf", gltf("%2e%2e/secret.bin").into_bytes()),
    ];
    for (name, bytes) in files {
        fs::write(base.join(name), bytes).expect("a file");
    }
    let cases = [
        (shots::picture_light("text.hdr"), "text.hdr"),
        (shots::picture_light("truncated.hdr"), "truncated.hdr"),
        (shots::picture_light("nothing.hdr"), "there is no file `nothing.hdr`"),
        (shots::picture_light("../secret.bin"), "leads out of"),
        (shots::mesh("text.glb"), "text.glb"),
        (shots::mesh("truncated.glb"), "truncated.glb"),
        (shots::mesh("climbs.gltf"), "../secret.bin"),
        (shots::mesh("absolute.gltf"), "/etc/passwd"),
        (shots::mesh("encoded.gltf"), "secret.bin"),
        (shots::mesh("../secret.bin"), "leads out of"),
        (shots::mesh("/etc/passwd"), "is an absolute path"),
        (shots::mesh("pack:anyn/x.glb"), "did you mean `anny`"),
    ];
    for (part, message) in cases {
        let shot = shot_in(&base, shots::shot(2, &part));
        let ran = check(&shot);
        println!("--- {part}\n{}", ran.stderr);
        ran.must(2, message);
        ran.must(2, "tiny.shot.ron:9:");
    }
}

#[test]
fn every_error_of_every_file_is_reported() {
    let folder = folder();
    let bad = shots::moving().replace("width: 64", "width: 0").replace("ball/position/x", "boll/position/x");
    let bad = shot_in(folder.path(), bad);
    let good = folder.path().join("good.shot.ron");
    fs::write(&good, shots::moving()).expect("a file");
    let missing = folder.path().join("missing.shot.ron");
    let ran = run(kinema(["check"]).args([&bad, &good, &missing]));
    ran.must(2, "output.width");
    ran.must(2, "boll");
    ran.must(2, "missing.shot.ron");
    ran.must(2, "errors in 2 of 3 files");
    assert_eq!(ran.stdout, format!("{}: ok, 24 frames at 24/1 a second, 3 parts\n", good.display()));

    let ran = run(kinema(["check", "--json"]).args([&bad, &good]));
    let errors = ran.events_of("error");
    assert!(errors.len() >= 2, "{ran:#?}");
    assert!(
        errors.iter().all(|error| error["line"].as_u64() > Some(0) && error["column"].as_u64() > Some(0)),
        "{ran:#?}"
    );
    let ok: Vec<_> = ran.events_of("checked").iter().map(|summary| summary["ok"].as_bool()).collect();
    assert_eq!(ok, [Some(false), Some(true)]);
    assert_eq!(ran.events_of("failed")[0]["exit_code"], 2);
}

#[test]
fn wrong_arguments_are_refused_with_the_remedy() {
    let folder = folder();
    let shot = shot_in(folder.path(), shots::shot(2, ""));
    let out = folder.path().join("out");
    let cases: &[(&[&str], &str)] = &[
        (&["--frames", "5..5"], "write 5..6 or 5 for one frame"),
        (&["--frames", "all"], "is not a frame number"),
        (&["--size", "0x540"], "use 1 to 16384 pixels"),
        (&["--size", "16385x1"], "use 1 to 16384 pixels"),
        (&["--size", "big"], "is not a size"),
        (&["--aov", "colour"], "there is no AOV `colour`"),
        (&["--format", "jpeg"], "png, png16, exr"),
        (&["--threads", "0"], "0"),
        (&["--fromat", "png"], "--format"),
    ];
    for (arguments, message) in cases {
        let ran = run(render(&shot, &out).args(*arguments));
        ran.must(2, message);
        assert!(!out.exists(), "{arguments:?} left something behind");
    }
    run(&mut kinema::<&str>([])).must(2, "Usage:");
    run(&mut kinema(["rendre"])).must(2, "render");
    run(kinema(["render"]).arg(&shot)).must(2, "--out");
    run(kinema(["render", "nothing.shot.ron", "--out"]).arg(&out)).must(2, "nothing.shot.ron");
    run(kinema(["render", "movie.mp4", "--out"]).arg(&out)).must(2, "movie.mp4");
    run(kinema(["check"]).arg(folder.path())).must(2, &folder.path().display().to_string());
    assert!(!out.exists());
}

/// What only shows once the device is there.
#[test]
fn frames_outside_of_the_shot_and_folders_of_others_are_refused() {
    let folder = folder();
    let shot = shot_in(folder.path(), shots::shot(2, ""));
    let out = folder.path().join("out");
    run(render(&shot, &out).args(["--frames", "1..3"]))
        .must(2, "frames 1..3 lie outside the shot, which has frames 0..2");
    run(render(&shot, &out).args(["--name", "../escape"])).must(2, "base_name");
    assert!(!out.exists());

    let ran = run(render(&shot, &out).args(["--frames", "0"]));
    ran.must(0, "");
    fs::write(&shot, shots::shot(2, "").replace("0.5, 4.0", "0.5, 5.0")).expect("another shot");
    run(&mut render(&shot, &out)).must(2, "holds frames of a different export");
    let ran = run(render(&shot, &out).arg("--overwrite"));
    ran.must(0, "");
    assert_eq!(ran.events_of("frame_committed").len(), 2);
}

#[test]
fn a_shot_without_a_camera_says_what_to_add() {
    let folder = folder();
    let text = shots::shot(2, "").replace("(id: \"camera\", position: (0.0, 0.5, 4.0), part: Camera()),", "");
    let ran = run(&mut render(&shot_in(folder.path(), text), &folder.path().join("out")));
    ran.must(2, "error: frame -1: no camera is active; add a part Camera");
}
