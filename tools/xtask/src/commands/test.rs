//! `cargo xtask test`: every check in one go, and a table of what it cost.

use std::io::{BufRead, BufReader, pipe};
use std::time::Instant;

use super::{Command, setup};
use crate::arguments::Arguments;
use crate::context::{Context, cannot_start, run_shown};
use crate::error::{TaskError, TaskResult};
use crate::suites::Suites;

pub const COMMAND: Command = Command {
    name: "test",
    usage: "test [FILTER] [--package NAME]",
    summary: "sets the machine up, builds and runs every test: units, whole-system, examples, documentation",
    details: "FILTER runs only the tests whose names hold it; --package builds and runs those of one package.\n\
              Formatting and clippy are left to `cargo xtask ci`.",
    passes_arguments_on: false,
    run,
};

fn run(context: &Context, mut arguments: Arguments) -> TaskResult {
    let mut selection = match arguments.option("--package")? {
        Some(package) => vec!["--package".to_owned(), package],
        None => Vec::new(),
    };
    selection.extend(arguments.next_word());
    arguments.finish()?;
    run_all(context, &selection)
}

/// `selection`: `--package NAME` and a filter, or nothing for all.
pub fn run_all(context: &Context, selection: &[String]) -> TaskResult {
    setup::ensure(context, setup::Packs::All)?;
    let begun = Instant::now();
    run_shown(cargo_test(context, selection).arg("--no-run"), "building the tests")?;
    let build_secs = begun.elapsed().as_secs_f32();

    let begun = Instant::now();
    // One pipe for both: the line that names a suite goes to standard error, its result to standard output.
    let mut tests = cargo_test(context, selection);
    tests.arg("--no-fail-fast");
    let piped = |error: std::io::Error| {
        TaskError::machine(format!("cannot make a pipe: {error}"), "close other programs and run it again")
    };
    let (reader, writer) = pipe().map_err(piped)?;
    tests.stdout(writer.try_clone().map_err(piped)?).stderr(writer);
    let mut child = tests.spawn().map_err(|error| cannot_start(&tests, &error))?;
    // Its copies of the writing ends must close, or else the reading never ends.
    drop(tests);
    let mut suites = Suites::default();
    for line in BufReader::new(reader).split(b'\n') {
        let line = line.map_err(|error| {
            TaskError::machine(format!("reading the tests' output failed: {error}"), "run it again")
        })?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        suites.read(&line);
    }
    let status = child
        .wait()
        .map_err(|error| TaskError::machine(format!("waiting for cargo failed: {error}"), "run it again"))?;
    println!("\n{}", suites.table(build_secs, begun.elapsed().as_secs_f32()));
    if status.success() && suites.failed() == 0 {
        return Ok(());
    }
    Err(TaskError::check(
        format!("the tests failed ({status})"),
        "the reasons are above, under `failures:`; run one again with `cargo xtask test NAME`",
    ))
}

fn cargo_test(context: &Context, selection: &[String]) -> std::process::Command {
    let mut cargo = context.cargo("test");
    if !selection.iter().any(|word| word == "--package") {
        cargo.arg("--workspace");
    }
    cargo.args(selection);
    cargo
}
