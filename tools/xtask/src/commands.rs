//! The table of commands.

mod ci;
mod demo;
mod golden;
mod kinema;
mod new_plugin;
mod peers;
mod pictures;
mod setup;
mod shader_dump;
mod test;

use crate::arguments::Arguments;
use crate::context::Context;
use crate::error::TaskResult;

pub struct Command {
    pub name: &'static str,
    /// How it is called, from the name on.
    pub usage: &'static str,
    /// One line.
    pub summary: &'static str,
    pub details: &'static str,
    /// Its words belong to another program, so that `--help` does too.
    pub passes_arguments_on: bool,
    pub run: fn(&Context, Arguments) -> TaskResult,
}

/// In the order in which a new user needs them.
pub const COMMANDS: &[Command] = &[
    setup::COMMAND,
    demo::COMMAND,
    test::COMMAND,
    ci::COMMAND,
    kinema::COMMAND,
    new_plugin::COMMAND,
    golden::COMMAND,
    pictures::COMMAND,
    shader_dump::COMMAND,
    peers::COMMAND,
];
