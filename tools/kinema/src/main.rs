//! The command line of Kinema. `kinema --help` shows the commands and the exit statuses; [`exit`] defines them.

mod args;
mod commands;
mod exit;
mod frame_range;
mod headless;
mod interrupt;
mod log;
mod output;
mod picture_size;
mod progress;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use output::Screen;

fn main() -> ExitCode {
    exit::report_panics();
    headless::leave_out_the_display();
    let cli = Cli::parse();
    let screen = Screen::default();
    log::start(cli.verbose, &screen);
    let json = cli.command.speaks_json();
    let outcome = match cli.command {
        Command::Render(args) => commands::render::run(&args, &screen),
        Command::Check(args) => commands::check::run(&args, &screen),
        Command::Schema(args) => commands::schema::run(&args),
        Command::Bake(args) => commands::bake::run(&args, &screen),
        Command::New(args) => commands::new::run(&args),
        Command::Assets(args) => commands::assets::run(&args),
        Command::Doctor(args) => commands::doctor::run(&args),
        Command::Bench(args) => commands::bench::run(args, &screen),
        Command::Parallax(args) => commands::parallax::run(&args, &screen),
        Command::Depth(args) => commands::depth::run(&args, &screen),
    };
    exit::conclude(outcome, json, &screen)
}
