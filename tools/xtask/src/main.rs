//! `cargo xtask COMMAND`: the project's chores. Each command is one file in `commands/`.

mod arguments;
mod commands;
mod context;
mod debian;
mod error;
#[path = "../../../tests/support/golden_files.rs"]
mod golden_files;
mod packs;
mod pip;
mod suites;
mod tiles;

use std::process::ExitCode;

use arguments::Arguments;
use commands::{COMMANDS, Command};
use context::Context;
use error::{TaskError, TaskResult};

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let outcome = match words.next() {
        None => {
            println!("{}", overview());
            Ok(())
        }
        Some(word) if word == "--help" || word == "-h" || word == "help" => {
            println!("{}", overview());
            Ok(())
        }
        Some(name) => dispatch(&name, words.collect()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(error.exit_code)
        }
    }
}

fn dispatch(name: &str, words: Vec<String>) -> TaskResult {
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        let names: Vec<&str> = COMMANDS.iter().map(|command| command.name).collect();
        return Err(TaskError::user(
            format!("there is no command `{name}`"),
            format!("choose one of {}", names.join(", ")),
        ));
    };
    // What follows `kinema` is for kinema, `--help` included.
    if !command.passes_arguments_on && words.iter().any(|word| word == "--help" || word == "-h") {
        println!("{}", help(command));
        return Ok(());
    }
    let arguments = Arguments::new(command.name, words);
    (command.run)(&Context::from_environment()?, arguments)
}

fn overview() -> String {
    let mut text = String::from("cargo xtask COMMAND [--help]\n");
    for command in COMMANDS {
        text.push_str(&format!("\n  {:<12} {}", command.name, command.summary));
    }
    text
}

fn help(command: &Command) -> String {
    format!("cargo xtask {}\n\n{}\n\n{}", command.usage, command.summary, command.details)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_in_the_contributors_guide() {
        let guide = include_str!("../../../CONTRIBUTING.md");
        for command in COMMANDS {
            let line = format!("cargo xtask {}", command.usage);
            assert!(guide.contains(&line), "CONTRIBUTING.md does not list `{line}`");
        }
    }

    #[test]
    fn an_unknown_command_names_the_known_ones() {
        let error = dispatch("sutep", Vec::new()).expect_err("no such command");
        assert_eq!(error.exit_code, 2);
        assert!(error.remedy.contains("setup") && error.remedy.contains("golden"), "{error}");
    }

    #[test]
    fn help_says_how_a_command_is_called() {
        for command in COMMANDS {
            assert!(command.usage.starts_with(command.name), "{}", command.name);
            assert!(help(command).contains(command.summary));
            assert!(overview().contains(command.name));
        }
    }
}
