//! `kinema bench`: figures, measured here and now.

use crate::args::BenchArgs;
use crate::exit::CliError;
use crate::output::{self, Screen};

pub fn run(args: BenchArgs, screen: &Screen) -> Result<(), CliError> {
    let BenchArgs { area, peer, quick, keep, photographs, views, json } = args;
    let (photographs_dir, views) = (photographs, views.map(usize::from));
    let measure = kinema_bench::BenchArgs { area, peer, quick, keep_dir: keep, photographs_dir, views };
    // To standard error: what is measured takes minutes, and standard output belongs to the figures.
    let report = kinema_bench::run(&measure, &mut |doing| screen.note(doing))?;
    if json { output::json(&report) } else { output::line(&report.to_string()) }
}
