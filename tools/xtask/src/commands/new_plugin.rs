//! `cargo xtask new-plugin NAME`: a new crate with the house's rooms, real code and tests, joined to the workspace.
//!
//! Two lines of existing files change: the dependency in the root Cargo.toml, which also makes the folder a member of
//! the workspace, as a path dependency inside it does; and the `.add(...)` in the plugin group of `engine/lib.rs`.

use std::fs;
use std::path::PathBuf;

use super::Command;
use crate::arguments::Arguments;
use crate::context::Context;
use crate::error::{TaskError, TaskResult};

pub const COMMAND: Command = Command {
    name: "new-plugin",
    usage: "new-plugin NAME",
    summary: "scaffolds plugins/NAME with a working part, system and tests, and joins it to the engine",
    details: "NAME is lowercase letters, digits and underscores, as in `cloth` or `soft_body`.\n\
              `cargo xtask test --package kinema_NAME` runs its tests.",
    passes_arguments_on: false,
    run,
};

/// Where each template goes, `{{name}}` filled in.
const TEMPLATES: &[(&str, &str)] = &[
    ("plugins/{{name}}/Cargo.toml", include_str!("../../templates/plugin/Cargo.toml.template")),
    ("plugins/{{name}}/README.md", include_str!("../../templates/plugin/README.md.template")),
    ("plugins/{{name}}/src/lib.rs", include_str!("../../templates/plugin/lib.rs.template")),
    ("plugins/{{name}}/src/reference.rs", include_str!("../../templates/plugin/reference.rs.template")),
    ("plugins/{{name}}/src/settings.rs", include_str!("../../templates/plugin/settings.rs.template")),
    ("plugins/{{name}}/src/shot.rs", include_str!("../../templates/plugin/shot.rs.template")),
    ("shaders/{{name}}/README.md", include_str!("../../templates/plugin/shaders.README.md.template")),
];

fn run(context: &Context, mut arguments: Arguments) -> TaskResult {
    let Some(name) = arguments.next_word() else {
        return Err(arguments.misuse("it needs a name".to_owned()));
    };
    arguments.finish()?;
    for file in scaffold(context, &name)? {
        println!("{}", file.display());
    }
    println!("next: cargo xtask test --package kinema_{name}");
    Ok(())
}

/// Everything is checked and made in memory before the first file is written.
fn scaffold(context: &Context, name: &str) -> TaskResult<Vec<PathBuf>> {
    let names = Names::of(name)?;
    for folder in [context.root.join("plugins").join(name), context.root.join("shaders").join(name)] {
        if folder.exists() {
            return Err(TaskError::user(format!("{} exists already", folder.display()), "choose another name"));
        }
    }
    let (manifest, facade) = (context.root.join("Cargo.toml"), context.root.join("engine/lib.rs"));
    let edited = [
        (manifest.clone(), add_dependency(&read(&manifest)?, name)),
        (facade.clone(), add_to_group(&read(&facade)?, &names)),
    ];
    let mut files = Vec::new();
    for (path, text) in edited {
        let text = text.ok_or_else(|| {
            TaskError::user(
                format!("{} has no line of another plugin to put the new one after", path.display()),
                format!(
                    "add `{}` and `{}` by hand, or mend tools/xtask/src/commands/new_plugin.rs",
                    dependency(name),
                    group_line(&names)
                ),
            )
        })?;
        files.push((path, text));
    }
    files.extend(TEMPLATES.iter().map(|(path, text)| (context.root.join(names.fill(path)), names.fill(text))));
    for (path, text) in &files {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|e| TaskError::io("create", parent, &e))?;
        }
        fs::write(path, text).map_err(|e| TaskError::io("write", path, &e))?;
    }
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

struct Names {
    /// `soft_body`
    name: String,
    /// `SoftBody`
    type_name: String,
    /// `Soft body`
    title: String,
}

impl Names {
    fn of(name: &str) -> TaskResult<Self> {
        let good = name.starts_with(|c: char| c.is_ascii_lowercase())
            && !name.ends_with('_')
            && !name.contains("__")
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !good {
            return Err(TaskError::user(
                format!("`{name}` is no name for a plugin"),
                "use lowercase letters, digits and single underscores, beginning with a letter, as in `soft_body`",
            ));
        }
        Ok(Self {
            name: name.to_owned(),
            type_name: name.split('_').map(capitalised).collect(),
            title: capitalised(&name.replace('_', " ")),
        })
    }

    fn fill(&self, template: &str) -> String {
        template.replace("{{name}}", &self.name).replace("{{type}}", &self.type_name).replace("{{title}}", &self.title)
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

fn dependency(name: &str) -> String {
    format!("kinema_{name} = {{ path = \"plugins/{name}\" }}")
}

fn group_line(names: &Names) -> String {
    format!(".add(kinema_{}::{}Plugin)", names.name, names.type_name)
}

/// After the last of Kinema's own crates in the root package's `[dependencies]`.
fn add_dependency(manifest: &str, name: &str) -> Option<String> {
    let section = manifest.find("\n[dependencies]\n")? + 1;
    let end = manifest[section + 1..].find("\n[").map_or(manifest.len(), |at| section + 1 + at);
    insert_after_last(manifest, section..end, &dependency(name), |line| line.starts_with("kinema_"))
}

/// After the last `.add(` of the plugin group. The frame table orders what plugins do; their order here means nothing.
fn add_to_group(facade: &str, names: &Names) -> Option<String> {
    insert_after_last(facade, 0..facade.len(), &group_line(names), |line| line.starts_with(".add("))
}

/// Inserts `line` with the same indentation after the last line of `range` that `is_place` holds for.
fn insert_after_last(
    text: &str,
    range: std::ops::Range<usize>,
    line: &str,
    is_place: impl Fn(&str) -> bool,
) -> Option<String> {
    let mut at = range.start;
    let mut place = None;
    for existing in text.get(range)?.split_inclusive('\n') {
        at += existing.len();
        if is_place(existing.trim_start()) {
            place = Some((at, existing.len() - existing.trim_start().len()));
        }
    }
    let (at, indentation) = place?;
    let (before, after) = text.split_at(at);
    let end_of_line = if before.ends_with('\n') { "" } else { "\n" };
    Some(format!("{before}{end_of_line}{}{line}\n{after}", " ".repeat(indentation)))
}

fn read(path: &std::path::Path) -> TaskResult<String> {
    fs::read_to_string(path).map_err(|e| TaskError::io("read", path, &e))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "[workspace.dependencies]\nkinema_x = { path = \"plugins/x\" }\n\n[dependencies]\nbevy.workspace = true\n\
                            kinema_core.workspace = true\nserde.workspace = true\n\n[dev-dependencies]\nkinema_test = \"1\"\n";
    const FACADE: &str = "impl PluginGroup for KinemaPlugins {\n    fn build(self) -> PluginGroupBuilder {\n        \
                          PluginGroupBuilder::start::<Self>()\n            .add(kinema_camera::CameraPlugin)\n    }\n}\n";

    fn checkout() -> (tempfile::TempDir, Context) {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().to_path_buf();
        fs::create_dir(root.join("engine")).expect("a folder");
        fs::write(root.join("Cargo.toml"), MANIFEST).expect("a file");
        fs::write(root.join("engine/lib.rs"), FACADE).expect("a file");
        let context = Context { cache: root.join("cache"), target: root.join("target"), root };
        (folder, context)
    }

    /// The lines of `new` that are not in `old`.
    fn added<'a>(old: &str, new: &'a str) -> Vec<&'a str> {
        new.lines().filter(|line| !old.lines().any(|known| known == *line)).collect()
    }

    #[test]
    fn exactly_two_existing_lines_grow() {
        let (_folder, context) = checkout();
        scaffold(&context, "soft_body").expect("a good name");
        let manifest = fs::read_to_string(context.root.join("Cargo.toml")).expect("a file");
        let facade = fs::read_to_string(context.root.join("engine/lib.rs")).expect("a file");
        assert_eq!(added(MANIFEST, &manifest), ["kinema_soft_body = { path = \"plugins/soft_body\" }"]);
        assert_eq!(added(FACADE, &facade), ["            .add(kinema_soft_body::SoftBodyPlugin)"]);
        assert!(manifest.contains("kinema_core.workspace = true\nkinema_soft_body = "), "{manifest}");
        assert_eq!(manifest.lines().count(), MANIFEST.lines().count() + 1);
        assert_eq!(facade.lines().count(), FACADE.lines().count() + 1);
    }

    #[test]
    fn every_room_is_made_and_no_gap_is_left_unfilled() {
        let (_folder, context) = checkout();
        let files = scaffold(&context, "soft_body").expect("a good name");
        for room in ["Cargo.toml", "README.md", "src/lib.rs", "src/settings.rs", "src/shot.rs", "src/reference.rs"] {
            assert!(files.contains(&context.root.join("plugins/soft_body").join(room)), "{room}");
        }
        assert!(context.root.join("shaders/soft_body").is_dir());
        for file in files {
            let text = fs::read_to_string(&file).expect("a file");
            assert!(
                !text.contains("{{name}}") && !text.contains("{{type}}") && !text.contains("{{title}}"),
                "{}",
                file.display()
            );
        }
        let lib = fs::read_to_string(context.root.join("plugins/soft_body/src/lib.rs")).expect("a file");
        assert!(lib.contains("pub struct SoftBodyPlugin;") && lib.contains("//! Soft body:"), "{lib}");
    }

    #[test]
    fn a_taken_or_a_bad_name_changes_nothing() {
        let (_folder, context) = checkout();
        for name in ["Cloth", "2d", "a-b", "a__b", "a_", "", "../x"] {
            assert_eq!(scaffold(&context, name).expect_err(name).exit_code, 2);
        }
        scaffold(&context, "cloth").expect("a good name");
        let error = scaffold(&context, "cloth").expect_err("it is taken");
        assert!(error.message.contains("exists already"), "{error}");
        let manifest = fs::read_to_string(context.root.join("Cargo.toml")).expect("a file");
        assert_eq!(manifest.matches("kinema_cloth").count(), 1);
    }

    #[test]
    fn the_projects_own_files_have_the_places() {
        let names = Names::of("soft_body").expect("a good name");
        assert!(add_dependency(include_str!("../../../../Cargo.toml"), "soft_body").is_some());
        assert!(add_to_group(include_str!("../../../../engine/lib.rs"), &names).is_some());
    }
}
