//! `cargo xtask golden`: looks at the golden pictures of the last test run, and blesses new ones.

mod report;

use std::fs;
use std::path::{Path, PathBuf};

use report::Row;

use super::Command;
use crate::arguments::Arguments;
use crate::context::Context;
use crate::error::{TaskError, TaskResult};
use crate::golden_files::{
    GoldenList, GoldenResult, actual_file, adapter_file, golden_dir, is_software, list_file, reference_file,
    result_file, results_dir,
};

pub const COMMAND: Command = Command {
    name: "golden",
    usage: "golden report|accept|dead [NAME...]",
    summary: "golden pictures: compare the last test run's, accept new ones, find dead ones",
    details: "report        prints a table and writes an HTML page with reference, picture and FLIP error side by side\n\
              accept NAME   makes the last run's picture the reference; software Vulkan (llvmpipe, lavapipe) only\n\
              dead          lists references and entries that no test names; the status is 1 when there are any",
    passes_arguments_on: false,
    run,
};

fn run(context: &Context, mut arguments: Arguments) -> TaskResult {
    let golden = Golden {
        root: context.root.clone(),
        references: golden_dir(&context.root),
        results: results_dir(&context.target),
    };
    match arguments.next_word().as_deref() {
        Some("report") => {
            arguments.finish()?;
            golden.report()
        }
        Some("accept") => {
            let none = arguments.misuse("`accept` needs the names of pictures; look at each before".to_owned());
            let names = arguments.words()?;
            if names.is_empty() { Err(none) } else { golden.accept(&names) }
        }
        Some("dead") => {
            arguments.finish()?;
            golden.dead()
        }
        _ => Err(arguments.misuse("say report, accept or dead".to_owned())),
    }
}

struct Golden {
    root: PathBuf,
    references: PathBuf,
    results: PathBuf,
}

impl Golden {
    fn report(&self) -> TaskResult {
        let list = self.list()?;
        let mut rows = Vec::new();
        for (name, picture) in &list.pictures {
            let path = result_file(&self.results, name);
            let result = match fs::read_to_string(&path) {
                Ok(text) => Some(toml::from_str::<GoldenResult>(&text).map_err(|error| {
                    TaskError::machine(
                        format!("{}: {error}", path.display()),
                        "run the tests again, which writes it anew",
                    )
                })?),
                Err(_) => None,
            };
            rows.push(Row { name, shows: &picture.shows, tolerance: list.tolerance_of(name), result });
        }
        print!("{}", report::table(&rows));
        let page = self.results.join("report.html");
        fs::create_dir_all(&self.results).map_err(|e| TaskError::io("create", &self.results, &e))?;
        fs::write(&page, report::html(&rows, &self.references, &self.results))
            .map_err(|e| TaskError::io("write", &page, &e))?;
        println!("side by side: {}", page.display());
        Ok(())
    }

    fn accept(&self, names: &[String]) -> TaskResult {
        let list = self.list()?;
        let adapter_path = adapter_file(&self.results);
        let adapter = fs::read_to_string(&adapter_path).map_err(|_| {
            TaskError::user("no test run has left pictures".to_owned(), "run `cargo xtask test golden` first")
        })?;
        if !is_software(&adapter) {
            return Err(TaskError::user(
                format!("the last pictures were drawn by {adapter}; references are made on software Vulkan only"),
                "run the tests on a machine without a GPU, or with VK_DRIVER_FILES naming lavapipe's lvp_icd.*.json",
            ));
        }
        for name in names {
            if !list.pictures.contains_key(name) {
                return Err(TaskError::user(
                    format!("{} has no entry [picture.{name}]", list_file(&self.references).display()),
                    "add the entry, or correct the name",
                ));
            }
            let (actual, reference) = (actual_file(&self.results, name), reference_file(&self.references, name));
            fs::copy(&actual, &reference).map_err(|e| TaskError::io("copy", &actual, &e))?;
            println!("{} is now the reference; commit it", reference.display());
        }
        Ok(())
    }

    fn dead(&self) -> TaskResult {
        let list = self.list()?;
        let sources = test_sources(&self.root)?;
        let mut dead = Vec::new();
        for name in list.pictures.keys() {
            if !sources.contains(&format!("\"{name}\"")) {
                dead.push(format!("[picture.{name}] in golden.toml: no test names it"));
            }
            if !reference_file(&self.references, name).exists() {
                dead.push(format!("[picture.{name}] in golden.toml: there is no {name}.png"));
            }
        }
        for entry in fs::read_dir(&self.references).map_err(|e| TaskError::io("list", &self.references, &e))?.flatten()
        {
            let file = entry.file_name().to_string_lossy().into_owned();
            if file.strip_suffix(".png").is_some_and(|name| !list.pictures.contains_key(name)) {
                dead.push(format!("{file}: it has no entry in golden.toml"));
            }
        }
        dead.sort();
        if dead.is_empty() {
            println!("every golden picture has an entry and a test");
            return Ok(());
        }
        Err(TaskError::check(
            format!("dead golden pictures:\n  {}", dead.join("\n  ")),
            "remove them, or name them in a test",
        ))
    }

    fn list(&self) -> TaskResult<GoldenList> {
        let path = list_file(&self.references);
        let text = fs::read_to_string(&path).map_err(|e| TaskError::io("read", &path, &e))?;
        GoldenList::parse(&text).map_err(|problem| {
            TaskError::user(format!("{}: {problem}", path.display()), "correct that entry and run it again")
        })
    }
}

/// The text of every Rust file in which a golden test can stand.
fn test_sources(root: &Path) -> TaskResult<String> {
    let mut text = String::new();
    let mut folders: Vec<PathBuf> =
        ["engine", "plugins", "examples", "tests"].iter().map(|name| root.join(name)).collect();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                text.push_str(&fs::read_to_string(&path).map_err(|e| TaskError::io("read", &path, &e))?);
            }
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "[tolerance]\nsoftware = 0.01\nhardware = 0.1\n[picture.hall]\nshows = \"a hall\"\n";

    /// A checkout with one listed picture, a test that names it, and what a test run leaves.
    fn checkout(adapter: &str) -> (tempfile::TempDir, Golden) {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().to_path_buf();
        let golden = Golden { references: golden_dir(&root), results: results_dir(&root.join("target")), root };
        fs::create_dir_all(&golden.references).expect("a folder");
        fs::create_dir_all(&golden.results).expect("a folder");
        fs::write(list_file(&golden.references), LIST).expect("a file");
        fs::write(golden.root.join("tests/hall.rs"), "assert_golden(\"hall\", &picture, adapter);").expect("a file");
        fs::write(adapter_file(&golden.results), adapter).expect("a file");
        fs::write(actual_file(&golden.results, "hall"), "new").expect("a file");
        (folder, golden)
    }

    #[test]
    fn accept_copies_what_software_vulkan_drew() {
        let (_folder, golden) = checkout("llvmpipe (LLVM 15.0.6, 256 bits)");
        golden.accept(&["hall".to_owned()]).expect("software");
        assert_eq!(fs::read_to_string(reference_file(&golden.references, "hall")).expect("a reference"), "new");
        let error = golden.accept(&["wall".to_owned()]).expect_err("not listed");
        assert!(error.message.contains("[picture.wall]"), "{error}");
    }

    #[test]
    fn accept_refuses_what_another_device_drew() {
        let (_folder, golden) = checkout("Radeon RX 7600");
        let error = golden.accept(&["hall".to_owned()]).expect_err("a GPU drew it");
        assert!(error.exit_code == 2 && error.message.contains("Radeon"), "{error}");
        assert!(!reference_file(&golden.references, "hall").exists());
    }

    #[test]
    fn dead_finds_what_nothing_uses() {
        let (_folder, golden) = checkout("llvmpipe");
        golden.accept(&["hall".to_owned()]).expect("software");
        golden.dead().expect("all are used");
        fs::write(golden.references.join("old.png"), "").expect("a file");
        fs::remove_file(golden.root.join("tests/hall.rs")).expect("it is there");
        let error = golden.dead().expect_err("two dead ones");
        assert!(
            error.exit_code == 1 && error.message.contains("old.png") && error.message.contains("no test names it"),
            "{error}"
        );
    }

    #[test]
    fn a_report_is_written_for_pictures_with_and_without_results() {
        let (_folder, golden) = checkout("llvmpipe");
        golden.report().expect("no result yet");
        let result = GoldenResult {
            passed: false,
            mean_flip: Some(0.25),
            max_flip: Some(0.5),
            tolerance: 0.01,
            adapter: "llvmpipe".to_owned(),
        };
        let text = toml::to_string(&result).expect("a table");
        fs::write(result_file(&golden.results, "hall"), text).expect("a file");
        golden.report().expect("one result");
        let page = fs::read_to_string(golden.results.join("report.html")).expect("a page");
        assert!(page.contains("hall") && page.contains("0.25000") && page.contains("hall.flip.png"), "{page}");
    }
}
