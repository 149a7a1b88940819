//! `kinema schema`: what editors complete and check shots with.

use crate::exit::CliError;
use crate::output;

pub fn run() -> Result<(), CliError> {
    let schema = kinema::core::shot_schema(&kinema::part_registry());
    output::line(&format!("{schema:#}"))
}
