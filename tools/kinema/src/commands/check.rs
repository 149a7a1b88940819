//! `kinema check`: every error of every file, with its place.

use std::path::Path;

use kinema::core::{Blame, Blamed, Diagnostic, Diagnostics, LoadedShot, Severity, load_shot};
use serde_json::json;

use crate::args::CheckArgs;
use crate::exit::CliError;
use crate::output::{self, Screen};

pub fn run(args: &CheckArgs, screen: &Screen) -> Result<(), CliError> {
    let registry = kinema::part_registry();
    let mut failed = 0;
    // One mistake of the user is enough to blame the user.
    let mut blame = Blame::Machine;
    for file in &args.files {
        let outcome = load_shot(file, &registry);
        if args.json {
            print_json(file, &outcome)?;
        } else {
            print(file, &outcome, screen)?;
        }
        if let Err(diagnostics) = outcome {
            failed += 1;
            if diagnostics.blame() == Blame::User {
                blame = Blame::User;
            }
        }
    }
    match failed {
        0 => Ok(()),
        _ => Err(CliError::ChecksFailed { failed, total: args.files.len(), blame }),
    }
}

fn found(outcome: &Result<LoadedShot, Diagnostics>) -> &[Diagnostic] {
    match outcome {
        Ok(shot) => &shot.warnings,
        Err(diagnostics) => &diagnostics.0,
    }
}

fn print(file: &Path, outcome: &Result<LoadedShot, Diagnostics>, screen: &Screen) -> Result<(), CliError> {
    for diagnostic in found(outcome) {
        screen.note(&diagnostic.to_string());
    }
    let Ok(shot) = outcome else { return Ok(()) };
    let timeline = &shot.shot.timeline;
    let (frames, parts) = (timeline.frames as usize, shot.shot.parts.len());
    let (frames, parts) = (output::count(frames, "frame"), output::count(parts, "part"));
    output::line(&format!("{}: ok, {frames} at {} a second, {parts}", file.display(), timeline.rate))
}

fn print_json(file: &Path, outcome: &Result<LoadedShot, Diagnostics>) -> Result<(), CliError> {
    let count = |severity| found(outcome).iter().filter(|diagnostic| diagnostic.severity == severity).count();
    for diagnostic in found(outcome) {
        output::json(&json!({
            "kind": diagnostic.severity.to_string(),
            "file": diagnostic.file,
            "line": diagnostic.line,
            "column": diagnostic.column,
            "at": diagnostic.at,
            "message": diagnostic.message,
            "expected": diagnostic.expected,
            "help": diagnostic.help,
        }))?;
    }
    output::json(&json!({
        "kind": "checked",
        "file": file,
        "ok": outcome.is_ok(),
        "errors": count(Severity::Error),
        "warnings": count(Severity::Warning),
        "sha256": outcome.as_ref().ok().map(|shot| &shot.sha256),
    }))
}
