//! `cargo kinema ...` is an alias of this: the CLI from the build folder that `demo` and `test` share. A plain
//! `cargo run` would build all of Bevy once more, into the checkout's own `target`.

use std::os::unix::process::CommandExt;

use super::Command;
use crate::arguments::Arguments;
use crate::context::{Context, cannot_start};
use crate::error::TaskResult;

pub const COMMAND: Command = Command {
    name: "kinema",
    usage: "kinema ARGUMENTS...",
    summary: "builds the CLI when needed and runs it; `cargo kinema ...` is short for it",
    details: "",
    passes_arguments_on: true,
    run,
};

fn run(context: &Context, arguments: Arguments) -> TaskResult {
    let mut kinema = context.kinema();
    kinema.args(arguments.rest());
    // This process becomes the CLI: Ctrl-C and the exit status are then the CLI's own.
    let error = kinema.exec();
    Err(cannot_start(&kinema, &error))
}
