//! What README.md shows is true: the map of folders, and the shot.

use std::fs;
use std::path::Path;

use kinema::core::{Format, parse_shot};

use crate::support::workspace::{assert_none, folders_in, root};

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).expect("README.md")
}

/// The folders and files that the map in README.md names: the first word of each line of its first fenced block
/// after "## The map".
fn mapped_paths(readme: &str) -> Vec<String> {
    let map = readme.split_once("## The map").map_or("", |(_, rest)| rest);
    let block = map.split("```").nth(1).unwrap_or_default();
    let mut folders: Vec<(usize, &str)> = Vec::new();
    let mut paths = Vec::new();
    for line in block.lines().skip(1).filter(|line| !line.trim().is_empty()) {
        let indentation = line.len() - line.trim_start().len();
        let name = line.split_whitespace().next().unwrap_or_default();
        folders.retain(|(outer, _)| *outer < indentation);
        paths.push(folders.iter().map(|(_, folder)| *folder).chain([name]).collect());
        folders.push((indentation, name));
    }
    paths
}

#[test]
fn the_readmes_map_shows_what_is_there() {
    let paths = mapped_paths(&readme());
    assert!(paths.contains(&"engine/core/".to_owned()), "the map was read: {paths:?}");
    let missing: Vec<String> = paths.iter().filter(|path| !root().join(path).exists()).cloned().collect();
    assert_none("paths in README.md's map that do not exist", &missing);
    for folder in ["engine", "plugins", "tools"] {
        let crates =
            folders_in(folder).into_iter().filter(|name| root().join(folder).join(name).join("Cargo.toml").exists());
        for name in crates {
            assert!(paths.contains(&format!("{folder}/{name}/")), "README.md's map lacks {folder}/{name}/");
        }
    }
}

/// The indented block after "## A shot".
fn shown_shot(readme: &str) -> String {
    let section = readme.split_once("## A shot").map_or("", |(_, rest)| rest);
    let lines = section.lines().skip_while(|line| !line.starts_with("    "));
    lines.take_while(|line| line.is_empty() || line.starts_with("    ")).map(|line| format!("{line}\n")).collect()
}

#[test]
fn the_readmes_shot_loads() {
    let text = shown_shot(&readme());
    assert!(text.contains("parts:"), "the shot was found: {text}");
    let loaded = parse_shot(text.as_bytes(), Path::new("README.shot.ron"), Format::Ron, &kinema::part_registry());
    let shot = loaded.unwrap_or_else(|errors| panic!("{errors}"));
    assert!(shot.warnings.is_empty(), "{:?}", shot.warnings);
}
