//! `cargo xtask demo`: from nothing to a film.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Command, setup};
use crate::arguments::Arguments;
use crate::context::{Context, run_shown};
use crate::error::{TaskError, TaskResult};

pub const COMMAND: Command = Command {
    name: "demo",
    usage: "demo [RENDER OPTIONS...]",
    summary: "sets the machine up, builds, and renders assets/shots/first_light.shot.ron into out/first_light",
    details: "Options are handed to `kinema render`, for instance `--frames 0..24` or `--size 480x270`.\n\
              Frames that are already there and whose hashes verify are not drawn again.",
    passes_arguments_on: false,
    run,
};

pub const SHOT: &str = "assets/shots/first_light.shot.ron";

fn run(context: &Context, arguments: Arguments) -> TaskResult {
    setup::ensure(context, setup::Packs::Needed)?;
    println!("building; the first time compiles Bevy, which takes some minutes");
    let mut build = context.cargo("build");
    run_shown(build.args(["--package", "kinema_cli"]), "the build")?;
    let out = context.root.join("out/first_light");
    let mut render = context.kinema();
    render.arg("render").arg(context.root.join(SHOT)).arg("--out").arg(&out).args([
        "--overwrite",
        "--format",
        "png,mp4",
    ]);
    run_shown(render.args(arguments.rest()), "the rendering")?;
    print!("{}", results(&out)?);
    Ok(())
}

/// Where the film and what belongs to it lie, as far as they were asked for.
fn results(out: &Path) -> TaskResult<String> {
    let files = files_below(out)?;
    let named = |name: &str| files.iter().find(|file| file.file_name().is_some_and(|found| found == name));
    let frames = files.iter().find(|file| {
        file.extension().is_some_and(|e| e == "png") && file.file_stem() != Some("contact_sheet".as_ref())
    });
    let rows = [
        ("film", named("first_light.mp4").map(PathBuf::as_path)),
        ("frames", frames.and_then(|frame| frame.parent())),
        ("contact sheet", named("contact_sheet.png").map(PathBuf::as_path)),
        ("manifest", named("manifest.json").map(PathBuf::as_path)),
    ];
    Ok(rows
        .into_iter()
        .filter_map(|(what, path)| path.map(|path| format!("{what:<14} {}\n", path.display())))
        .collect())
}

/// Every file below `folder`, sorted by path.
pub fn files_below(folder: &Path) -> TaskResult<Vec<PathBuf>> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).map_err(|e| TaskError::io("list", &next, &e))? {
            let path = entry.map_err(|e| TaskError::io("list", &next, &e))?.path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_ends_with_the_places_of_its_results() {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path();
        fs::create_dir(out.join("display")).expect("a folder");
        for file in
            ["first_light.mp4", "manifest.json", "contact_sheet.png", "display/000000.png", "display/000001.png"]
        {
            fs::write(out.join(file), "").expect("a file");
        }
        let shown = results(out).expect("a folder");
        let places: Vec<&str> = shown.lines().map(|line| &line[15..]).collect();
        let expected = ["first_light.mp4", "display", "contact_sheet.png", "manifest.json"]
            .map(|file| out.join(file).display().to_string());
        assert_eq!(places, expected);
    }
}
