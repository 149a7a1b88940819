//! `cargo xtask shader-dump`: the shaders as the device gets them, for reading and for a debugger.

use super::Command;
use crate::arguments::Arguments;
use crate::context::{Context, run_shown};
use crate::error::TaskResult;

pub const COMMAND: Command = Command {
    name: "shader-dump",
    usage: "shader-dump [--out DIR]",
    summary: "writes every shader of shaders/ with its imports composed, as plain WGSL",
    details: "DIR is <build folder>/shaders unless given. Composing is the engine's work: this builds the CLI and calls it.",
    passes_arguments_on: false,
    run,
};

fn run(context: &Context, mut arguments: Arguments) -> TaskResult {
    let out = arguments.option("--out")?.map_or_else(|| context.target.join("shaders"), Into::into);
    arguments.finish()?;
    let mut kinema = context.kinema();
    kinema.arg("shader-dump").arg("--out").arg(&out);
    run_shown(&mut kinema, "composing the shaders")?;
    println!("composed shaders: {}", out.display());
    Ok(())
}
