//! The log on standard error.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::output::Screen;

impl<'a> MakeWriter<'a> for Screen {
    type Writer = &'a Screen;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

/// Starts to write what the crates log. Warnings are always shown; `verbosity` counts `-v`.
pub fn start(verbosity: u8, screen: &Screen) {
    // Directives match by prefix: `kinema` is every crate of the project. Libraries stay one step quieter.
    let directives = match verbosity {
        // Bevy advises against software rendering at every start. Here it is a first-class device, and named anyway.
        0 => "warn,bevy_render::renderer=error",
        1 => "warn,kinema=info",
        2 => "info,kinema=debug",
        _ => "debug,kinema=trace",
    };
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(directives))
        .with_writer(screen.clone())
        .with_ansi(stderr().is_terminal())
        .without_time()
        .with_target(verbosity > 0)
        .finish();
    if let Err(error) = tracing::subscriber::set_global_default(subscriber) {
        screen.note(&format!("warning: no log will be shown: {error}"));
    }
}
