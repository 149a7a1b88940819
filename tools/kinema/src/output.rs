//! The two streams: results and events go to standard output, everything else to standard error.

use std::io::{self, Write};

use indicatif::MultiProgress;
use serde::Serialize;

use crate::exit::CliError;

/// One line on standard output.
pub fn line(text: &str) -> Result<(), CliError> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}").and_then(|()| stdout.flush()).map_err(CliError::Output)
}

/// One JSON object on a line of standard output.
pub fn json(object: &impl Serialize) -> Result<(), CliError> {
    let text = serde_json::to_string(object).map_err(|error| CliError::Output(error.into()))?;
    line(&text)
}

/// `1 frame`, `2 frames`.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// Standard error, where lines appear above whatever bar is shown.
#[derive(Clone, Debug, Default)]
pub struct Screen {
    pub(crate) bars: MultiProgress,
}

impl Screen {
    /// One message for people.
    pub fn note(&self, text: &str) {
        // Nothing can be done about a standard error that is gone.
        self.bars.suspend(|| {
            let _ = writeln!(io::stderr(), "{text}");
        });
    }
}

/// For the log: each call carries one whole line.
impl Write for &Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bars.suspend(|| io::stderr().write_all(bytes))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
