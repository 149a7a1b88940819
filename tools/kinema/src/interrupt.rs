//! Ctrl-C: once to stop in order, twice to stop at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::{Signal, getpid, kill_process};

use crate::exit::CliError;
use crate::output::Screen;

/// A flag that the first Ctrl-C (or SIGTERM, SIGHUP) sets. The second kills this process: every file is published
/// atomically, so nothing half-written stays under its name.
pub fn flag(screen: &Screen, stopping: &'static str) -> Result<Arc<AtomicBool>, CliError> {
    let flag = Arc::new(AtomicBool::new(false));
    let (set, screen) = (Arc::clone(&flag), screen.clone());
    ctrlc::set_handler(move || {
        if set.swap(true, Ordering::Relaxed) {
            // Not an ordinary exit: that runs the clean-up of a driver whose threads are at work.
            let _ = kill_process(getpid(), Signal::KILL);
        }
        screen.note(&format!("{stopping}; press Ctrl-C again to stop at once"));
    })
    .map_err(CliError::Signals)?;
    Ok(flag)
}
