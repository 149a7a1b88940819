//! `cargo xtask pictures`: draws the pictures that the READMEs show.

use std::fs;
use std::path::{Path, PathBuf};

use super::demo::{SHOT, files_below};
use super::{Command, setup};
use crate::arguments::Arguments;
use crate::context::{Context, run_shown};
use crate::error::{TaskError, TaskResult};
use crate::tiles;

pub const COMMAND: Command = Command {
    name: "pictures",
    usage: "pictures [NAME...]",
    summary: "draws the READMEs' pictures into assets/pictures/: first_light, humans, expressions, portrait, ear, walk, crowd, fabrics, weaves, drape, flag, twist, tablecloth, trampoline, dress, ragdoll; all, if none is named",
    details: "Run it after a change that is meant to look different, look at the pictures, and commit them.",
    passes_arguments_on: false,
    run,
};

/// A picture and where it comes from.
struct Product {
    name: &'static str,
    shot: &'static str,
    what: What,
}

enum What {
    /// One frame of the shot.
    Frame(u32),
    /// One of `every` frames, the last of each, in rows of so many.
    Sheet { columns: usize, every: usize },
}

const PRODUCTS: [Product; 17] = [
    // The frame in which the person smiles at the camera.
    Product { name: "first_light", shot: SHOT, what: What::Frame(80) },
    // The twelve presets.
    Product { name: "humans", shot: "assets/humans/sheet.shot.ron", what: What::Sheet { columns: 6, every: 9 } },
    // Seven emotions in three intensities.
    Product {
        name: "expressions",
        shot: "assets/humans/expressions.shot.ron",
        what: What::Sheet { columns: 7, every: 9 },
    },
    Product { name: "portrait", shot: "assets/shots/portrait.shot.ron", what: What::Frame(11) },
    Product { name: "ear", shot: "assets/shots/ear.shot.ron", what: What::Frame(11) },
    Product { name: "walk", shot: "assets/shots/walk.shot.ron", what: What::Frame(32) },
    Product { name: "crowd", shot: "assets/shots/crowd.shot.ron", what: What::Frame(11) },
    // Six fabrics.
    Product { name: "fabrics", shot: "assets/shots/fabrics.shot.ron", what: What::Frame(20) },
    Product { name: "weaves", shot: "assets/shots/weaves.shot.ron", what: What::Frame(8) },
    Product { name: "drape", shot: "assets/shots/drape.shot.ron", what: What::Frame(45) },
    Product { name: "flag", shot: "assets/shots/flag.shot.ron", what: What::Frame(52) },
    Product { name: "twist", shot: "assets/shots/twist.shot.ron", what: What::Frame(52) },
    Product { name: "tablecloth", shot: "assets/shots/tablecloth.shot.ron", what: What::Frame(46) },
    Product { name: "trampoline", shot: "assets/shots/trampoline.shot.ron", what: What::Frame(19) },
    Product { name: "dress", shot: "assets/shots/dress.shot.ron", what: What::Frame(20) },
    Product { name: "plate", shot: "assets/shots/plate.shot.ron", what: What::Frame(20) },
    // A fall in four pictures.
    Product { name: "ragdoll", shot: "assets/shots/ragdoll.shot.ron", what: What::Sheet { columns: 2, every: 24 } },
];

fn run(context: &Context, arguments: Arguments) -> TaskResult {
    let names = arguments.words()?;
    if let Some(unknown) = names.iter().find(|name| !PRODUCTS.iter().any(|product| product.name == **name)) {
        let known = PRODUCTS.map(|product| product.name).join(", ");
        return Err(TaskError::user(format!("there is no picture `{unknown}`"), format!("the pictures are {known}")));
    }
    setup::ensure(context, setup::Packs::Needed)?;
    for product in PRODUCTS.iter().filter(|product| names.is_empty() || names.iter().any(|name| name == product.name)) {
        draw(context, product)?;
    }
    Ok(())
}

fn draw(context: &Context, product: &Product) -> TaskResult {
    let frames = rendered(context, product)?;
    let picture = context.root.join(format!("assets/pictures/{}.png", product.name));
    if let Some(folder) = picture.parent() {
        fs::create_dir_all(folder).map_err(|e| TaskError::io("create", folder, &e))?;
    }
    match (&product.what, frames.first()) {
        (What::Sheet { columns, every }, Some(_)) => {
            let last_of_each = frames.iter().skip(every.saturating_sub(1)).step_by((*every).max(1));
            tile(last_of_each, *columns, &picture)?;
        }
        (What::Frame(_), Some(frame)) => {
            fs::copy(frame, &picture).map(|_| ()).map_err(|e| TaskError::io("write", &picture, &e))?;
        }
        (_, None) => {
            return Err(TaskError::machine(
                format!("kinema left no frame of {}", product.shot),
                "run `cargo xtask demo` and see what it says",
            ));
        }
    }
    println!("{} shows {}; look at it, then commit it", picture.display(), product.shot);
    Ok(())
}

/// The frames of the product's shot, in order.
fn rendered(context: &Context, product: &Product) -> TaskResult<Vec<PathBuf>> {
    let scratch = context.target.join("pictures").join(product.name);
    match fs::remove_dir_all(&scratch) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(TaskError::io("remove", &scratch, &error));
        }
        _ => {}
    }
    let mut render = context.kinema();
    render.arg("render").arg(context.root.join(product.shot)).arg("--out").arg(&scratch).args(["--format", "png"]);
    if let What::Frame(frame) = product.what {
        render.arg("--frames").arg(format!("{frame}..{}", frame + 1));
    }
    run_shown(&mut render, "the rendering")?;
    let is_frame = |file: &PathBuf| {
        file.extension().is_some_and(|e| e == "png") && file.file_stem() != Some("contact_sheet".as_ref())
    };
    Ok(files_below(&scratch)?.into_iter().filter(is_frame).collect())
}

fn tile<'a>(frames: impl Iterator<Item = &'a PathBuf>, columns: usize, to: &Path) -> TaskResult {
    let read = |frame: &PathBuf| {
        let bytes = fs::read(frame).map_err(|e| TaskError::io("read", frame, &e))?;
        tiles::read(&bytes).map_err(|problem| damaged(frame, &problem))
    };
    let pictures = frames.map(read).collect::<TaskResult<Vec<_>>>()?;
    let sheet = tiles::sheet(&pictures, columns).map_err(|problem| damaged(to, &problem))?;
    let bytes = tiles::write(&sheet).map_err(|e| TaskError::io("write", to, &e))?;
    fs::write(to, bytes).map_err(|e| TaskError::io("write", to, &e))
}

fn damaged(file: &Path, problem: &str) -> TaskError {
    TaskError::machine(format!("{}: {problem}", file.display()), "run the command again")
}
