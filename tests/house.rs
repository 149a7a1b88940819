//! The rules of the house that a machine can check: sizes, rooms, words, and tables that must say the same.

use std::fs;

use kinema::core::FrameSet;

use crate::support::workspace::{SourceFile, assert_none, folders_in, root, source_files};

const CODE_FOLDERS: &[&str] = &["engine", "shaders", "plugins", "tools", "examples", "tests"];
/// Above it a file says why: a line that begins with `// size:`.
const LINES_THAT_NEED_A_REASON: usize = 400;
const MOST_LINES: usize = 800;

fn code() -> Vec<SourceFile> {
    let files = source_files(CODE_FOLDERS, &["rs", "wgsl"]);
    assert!(files.len() > 50, "only {} files were found", files.len());
    files
}

fn size_problem(text: &str) -> Option<&'static str> {
    let lines = text.lines().count();
    if lines > MOST_LINES {
        Some("is too long; split it")
    } else if lines > LINES_THAT_NEED_A_REASON && !text.lines().any(|line| line.trim_start().starts_with("// size:")) {
        Some("is long; split it, or say why not in a line `// size: ...`")
    } else {
        None
    }
}

#[test]
fn files_are_small() {
    let problem = |file: &SourceFile| {
        size_problem(&file.text).map(|problem| format!("{} ({} lines) {problem}", file.path, file.text.lines().count()))
    };
    assert_none("file sizes", &code().iter().filter_map(problem).collect::<Vec<_>>());
}

#[test]
fn a_long_file_needs_a_reason_and_a_longer_one_has_none() {
    assert_eq!(size_problem(&"x\n".repeat(400)), None);
    assert!(
        size_problem(&"x\n".repeat(401))
            .is_some_and(|problem| problem.contains("reason") || problem.contains("say why"))
    );
    assert_eq!(size_problem(&("x\n".repeat(401) + "// size: one table\n")), None);
    assert!(size_problem(&("// size: one table\n".to_owned() + &"x\n".repeat(800))).is_some());
}

/// Marks of unfinished work, in halves so that this file does not hold them.
const DEBRIS: &[&str] = &[
    concat!("to", "do!("),
    concat!("unimple", "mented!("),
    concat!("db", "g!("),
    concat!("#[ig", "nore"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("HA", "CK"),
];

/// Whether `mark` stands in the line by itself, not inside of a longer word such as a hexadecimal `\u` pattern.
fn holds_mark(line: &str, mark: &str) -> bool {
    line.match_indices(mark).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + mark.len()..].chars().next();
        let is_wordy = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !is_wordy(before) && (mark.ends_with(|c: char| !c.is_alphanumeric()) || !is_wordy(after))
    })
}

fn debris_in(file: &SourceFile) -> Vec<String> {
    let lines = file.text.lines().enumerate();
    let marked = lines.filter(|(_, line)| DEBRIS.iter().any(|mark| holds_mark(line, mark)));
    marked.map(|(number, line)| format!("{}:{}: {}", file.path, number + 1, line.trim())).collect()
}

#[test]
fn nothing_is_left_unfinished() {
    assert_none("debris", &code().iter().flat_map(debris_in).collect::<Vec<_>>());
    let marked = SourceFile { path: "x.rs".to_owned(), text: format!("fn f() {{\n    {}x)\n}}\n", DEBRIS[2]) };
    assert_eq!(debris_in(&marked).len(), 1, "a mark is noticed");
    assert!(DEBRIS.iter().all(|mark| holds_mark(&format!("    // {mark} = later)"), mark)), "each of them is");
    assert!(!holds_mark(concat!("/// `", r"\u", "XX", "XX`"), DEBRIS[5]), "a part of a word is none");
}

#[test]
fn there_is_no_room_for_odds_and_ends() {
    let is_one = |name: &str| matches!(name, "utils" | "util" | "helpers" | "misc");
    let odd = |file: &SourceFile| {
        let names = file.path.split('/').map(|part| part.split('.').next().unwrap_or_default());
        names.into_iter().any(is_one)
            || file.text.lines().any(|line| {
                let line = line.trim().trim_start_matches("pub ").trim_start_matches("pub(crate) ");
                line.strip_prefix("mod ").is_some_and(|rest| is_one(rest.trim_end_matches([';', '{', ' '])))
            })
    };
    let problems: Vec<String> = code().into_iter().filter(odd).map(|file| file.path).collect();
    assert_none("modules named after nothing in particular", &problems);
}

/// A room of many parts is a folder.
fn has_room(plugin: &str, room: &str) -> bool {
    let path = root().join("plugins").join(plugin).join(room);
    path.is_file() || (room.ends_with(".rs") && path.with_extension("").is_dir())
}

#[test]
fn every_plugin_has_the_same_rooms() {
    let kernels = source_files(&["shaders"], &["wgsl"]);
    let mut problems = Vec::new();
    for plugin in folders_in("plugins") {
        let mut rooms = vec!["Cargo.toml", "README.md", "src/lib.rs", "src/shot.rs"];
        let owns_kernel = |file: &SourceFile| {
            file.path.starts_with(&format!("shaders/{plugin}/")) && file.path.ends_with(".compute.wgsl")
        };
        if kernels.iter().any(owns_kernel) {
            // The CPU oracle that the kernel's contract test needs.
            rooms.push("src/reference.rs");
        }
        let missing = rooms.into_iter().filter(|room| !has_room(&plugin, room));
        problems.extend(missing.map(|room| format!("plugins/{plugin}/{room} is missing")));
    }
    assert_none("rooms of plugins", &problems);
    assert!(has_room("physics", "src/shot.rs") && !has_room("physics", "src/no_such_room.rs"));
}

#[test]
fn every_shader_folder_has_an_owner_of_the_same_name() {
    let plugins = folders_in("plugins");
    let engine = folders_in("engine");
    let has_owner =
        |folder: &String| folder == "src" || folder == "common" || plugins.contains(folder) || engine.contains(folder);
    let problems: Vec<String> = folders_in("shaders").into_iter().filter(|folder| !has_owner(folder)).collect();
    assert_none("folders of shaders/ without an owner", &problems);
}

#[test]
fn entry_points_are_in_files_named_for_their_stage() {
    let mut problems = Vec::new();
    for file in source_files(&["shaders"], &["wgsl"]) {
        for (attribute, ending) in
            [("@compute", ".compute.wgsl"), ("@fragment", ".frag.wgsl"), ("@vertex", ".vert.wgsl")]
        {
            let has_entry = file.text.lines().any(|line| line.trim_start().starts_with(attribute));
            if has_entry && !file.path.ends_with(ending) {
                problems.push(format!("{} has a {attribute} entry point, so its name ends in {ending}", file.path));
            }
        }
        if !file.text.trim_start().starts_with("//") {
            problems.push(format!("{} has no header", file.path));
        }
    }
    assert_none("WGSL files", &problems);
}

/// The first column of the table that opens `engine/lib.rs`.
fn frame_table(facade: &str) -> Vec<String> {
    let rows = facade.lines().filter_map(|line| line.strip_prefix("//! |"));
    let first_cells = rows.filter_map(|row| row.split('|').next()).map(|cell| cell.trim().to_owned());
    first_cells.skip_while(|cell| cell != "set").skip(1).filter(|cell| !cell.starts_with("---")).collect()
}

#[test]
fn the_frame_table_is_the_frames_order() {
    let facade = fs::read_to_string(root().join("engine/lib.rs")).expect("engine/lib.rs");
    assert_eq!(frame_table(&facade), FrameSet::ORDER.map(FrameSet::name));
    assert_eq!(
        frame_table("//! | set | does |\n//! |---|---|\n//! | Draw | x |\n//! | Clock | y |\n"),
        ["Draw", "Clock"]
    );
}
