//! `cargo xtask ci`: what must be green before a change lands.

use std::time::Instant;

use super::{Command, test};
use crate::arguments::Arguments;
use crate::context::{Context, run_shown};
use crate::error::TaskResult;

pub const COMMAND: Command = Command {
    name: "ci",
    usage: "ci",
    summary: "formatting, then `test`, then clippy with warnings as errors",
    details: "Clippy checks Bevy's metadata once per machine and is kept out of `test` for that reason.",
    passes_arguments_on: false,
    run,
};

fn run(context: &Context, arguments: Arguments) -> TaskResult {
    arguments.finish()?;
    // The quickest first: a misplaced brace should not cost a build.
    run_shown(context.cargo("fmt").args(["--all", "--check"]), "cargo fmt --check (mend it with `cargo fmt --all`)")?;
    test::run_all(context, &[])?;
    let begun = Instant::now();
    run_shown(
        context.cargo("clippy").args(["--workspace", "--all-targets", "--", "--deny", "warnings"]),
        "cargo clippy",
    )?;
    println!("formatting and clippy are clean (clippy took {:.0} s)", begun.elapsed().as_secs_f32());
    Ok(())
}
