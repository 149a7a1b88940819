//! `cargo xtask shader-dump`: the shaders as the device gets them, for reading and for a debugger.

use super::Command;
use super::demo::files_below;
use crate::arguments::Arguments;
use crate::context::{Context, run_shown};
use crate::error::TaskResult;

pub const COMMAND: Command = Command {
    name: "shader-dump",
    usage: "shader-dump",
    summary: "writes every shader of shaders/ with its imports composed, as plain WGSL, and lists them",
    details: "They lie in <build folder>/tmp/shaders. Composing is the work of a test, which this runs.",
    passes_arguments_on: false,
    run,
};

/// Of `tests/shaders.rs`. It writes below cargo's folder for integration tests.
const WRITER: &str = "composed_shaders_are_written_out";

fn run(context: &Context, arguments: Arguments) -> TaskResult {
    arguments.finish()?;
    let mut cargo = context.cargo("test");
    run_shown(cargo.args(["--package", "kinema", "--test", "whole", WRITER]), "composing the shaders")?;
    for file in files_below(&context.target.join("tmp/shaders"))? {
        println!("{}", file.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_that_writes_them_exists() {
        let tests = include_str!("../../../../tests/shaders.rs");
        assert!(
            tests.contains(&format!("fn {WRITER}()"))
                && tests.contains("\"CARGO_TARGET_TMPDIR\"")
                && tests.contains("join(\"shaders\")")
        );
    }
}
