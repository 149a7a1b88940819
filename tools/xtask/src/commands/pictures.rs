//! `cargo xtask pictures`: draws the pictures that the README shows.

use std::fs;

use super::demo::{SHOT, files_below};
use super::{Command, setup};
use crate::arguments::Arguments;
use crate::context::{Context, run_shown};
use crate::error::{TaskError, TaskResult};

pub const COMMAND: Command = Command {
    name: "pictures",
    usage: "pictures",
    summary: "draws the README's picture, one frame of first_light, into assets/pictures/",
    details: "Run it after a change that is meant to look different, look at the picture, and commit it.",
    passes_arguments_on: false,
    run,
};

/// The frame of first_light in which the person smiles at the camera.
const README_FRAME: u32 = 80;

fn run(context: &Context, arguments: Arguments) -> TaskResult {
    arguments.finish()?;
    setup::ensure(context, setup::Packs::Needed)?;
    let scratch = context.target.join("pictures/first_light");
    match fs::remove_dir_all(&scratch) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(TaskError::io("remove", &scratch, &error));
        }
        _ => {}
    }
    let mut render = context.kinema();
    render.arg("render").arg(context.root.join(SHOT)).arg("--out").arg(&scratch).args(["--format", "png"]);
    render.arg("--frames").arg(format!("{README_FRAME}..{}", README_FRAME + 1));
    run_shown(&mut render, "the rendering")?;
    let drawn = files_below(&scratch)?;
    let is_frame = |name: &str| name.ends_with(".png") && name != "contact_sheet.png";
    let frame = drawn.iter().find(|file| file.file_name().is_some_and(|name| is_frame(&name.to_string_lossy())));
    let frame = frame.ok_or_else(|| {
        TaskError::machine(
            format!("kinema left no frame in {}", scratch.display()),
            "run `cargo xtask demo` and see what it says",
        )
    })?;
    let picture = context.root.join("assets/pictures/first_light.png");
    if let Some(folder) = picture.parent() {
        fs::create_dir_all(folder).map_err(|e| TaskError::io("create", folder, &e))?;
    }
    fs::copy(frame, &picture).map_err(|e| TaskError::io("write", &picture, &e))?;
    println!("{} is frame {README_FRAME}; look at it, then commit it", picture.display());
    Ok(())
}
