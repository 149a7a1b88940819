//! One file per command, each with a `run`.

pub mod assets;
pub mod bake;
pub mod bench;
pub mod check;
pub mod depth;
mod depth_video;
pub mod doctor;
mod film;
pub mod new;
pub mod parallax;
mod parallax_video;
mod publish;
pub mod render;
pub mod schema;
mod video;

use std::path::Path;
use std::sync::Arc;

use kinema::core::{LoadedShot, load_shot};

use crate::exit::CliError;
use crate::output::Screen;

/// Reads a shot for a command that needs one; its warnings are shown at once.
fn load(path: &Path, screen: &Screen) -> Result<Arc<LoadedShot>, CliError> {
    let shot = load_shot(path, &kinema::part_registry())?;
    for warning in &shot.warnings {
        screen.note(&warning.to_string());
    }
    Ok(Arc::new(shot))
}

/// The file's name without `.shot.ron`, `.ron` or `.json`.
fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let endings = [".shot.ron", ".shot.json", ".ron", ".json"];
    let stem = endings.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(&name);
    stem.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems_lose_the_whole_ending() {
        let stems =
            ["a/b/first_light.shot.ron", "x.y.ron", "x.shot.json", "x.json", "plain"].map(|p| stem(Path::new(p)));
        assert_eq!(stems, ["first_light", "x.y", "x", "x", "plain"]);
    }
}
