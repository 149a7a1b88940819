//! `kinema check`: every error of every file, with its place.

use std::path::Path;

use kinema::core::{
    Blame, Blamed, Diagnostic, Diagnostics, LoadedShot, PartRegistry, Severity, check_document, document_kind,
    load_shot,
};
use serde_json::json;

use crate::args::CheckArgs;
use crate::exit::CliError;
use crate::output::{self, Screen};

/// A file without errors.
enum Checked {
    Shot(Box<LoadedShot>),
    /// Another kind of document, with its warnings.
    Document(&'static str, Vec<Diagnostic>),
}

pub fn run(args: &CheckArgs, screen: &Screen) -> Result<(), CliError> {
    let registry = kinema::part_registry();
    let mut failed = 0;
    // One mistake of the user is enough to blame the user.
    let mut blame = Blame::Machine;
    for file in &args.files {
        let outcome = check(file, &registry);
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

/// By its name a file is a kind of document that a plugin registered, else a shot.
fn check(file: &Path, registry: &PartRegistry) -> Result<Checked, Diagnostics> {
    match document_kind(file, registry) {
        Some(kind) => check_document(file, registry).map(|warnings| Checked::Document(kind, warnings)),
        None => load_shot(file, registry).map(|shot| Checked::Shot(Box::new(shot))),
    }
}

fn found(outcome: &Result<Checked, Diagnostics>) -> &[Diagnostic] {
    match outcome {
        Ok(Checked::Shot(shot)) => &shot.warnings,
        Ok(Checked::Document(_, warnings)) => warnings,
        Err(diagnostics) => &diagnostics.0,
    }
}

fn print(file: &Path, outcome: &Result<Checked, Diagnostics>, screen: &Screen) -> Result<(), CliError> {
    for diagnostic in found(outcome) {
        screen.note(&diagnostic.to_string());
    }
    let shown = file.display();
    match outcome {
        Ok(Checked::Shot(shot)) => {
            let timeline = &shot.shot.timeline;
            let (frames, parts) = (timeline.frames as usize, shot.shot.parts.len());
            let (frames, parts) = (output::count(frames, "frame"), output::count(parts, "part"));
            output::line(&format!("{shown}: ok, {frames} at {} a second, {parts}", timeline.rate))
        }
        Ok(Checked::Document(kind, _)) => output::line(&format!("{shown}: ok, {kind}")),
        Err(_) => Ok(()),
    }
}

fn print_json(file: &Path, outcome: &Result<Checked, Diagnostics>) -> Result<(), CliError> {
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
    let sha256 = match outcome {
        Ok(Checked::Shot(shot)) => Some(&shot.sha256),
        _ => None,
    };
    output::json(&json!({
        "kind": "checked",
        "file": file,
        "ok": outcome.is_ok(),
        "errors": count(Severity::Error),
        "warnings": count(Severity::Warning),
        "sha256": sha256,
    }))
}
