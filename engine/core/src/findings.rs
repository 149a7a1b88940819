//! Collects diagnostics of one document, a bounded number of them.

use std::path::{Path, PathBuf};

use crate::error::{Diagnostic, Diagnostics, NOT_SHOWN, Severity};

/// A reader fixes a handful at a time; a million messages would only hide the first.
const MAX_SHOWN: usize = 100;

pub(crate) struct Findings {
    file: Option<PathBuf>,
    shown: Vec<Diagnostic>,
    errors: usize,
    warnings: usize,
}

impl Findings {
    pub(crate) fn new(file: Option<&Path>) -> Self {
        Self { file: file.map(Path::to_owned), shown: Vec::new(), errors: 0, warnings: 0 }
    }

    pub(crate) fn add(&mut self, diagnostic: Diagnostic) {
        let count = match diagnostic.severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        *count += 1;
        if *count <= MAX_SHOWN {
            let file = diagnostic.file.or_else(|| self.file.clone());
            self.shown.push(Diagnostic { file, ..diagnostic });
        }
    }

    /// Adds what was found in another document, which keeps its own file.
    pub(crate) fn add_all(&mut self, other: Findings) {
        let kept = other.shown.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
        self.add_hidden(other.errors - kept);
        other.shown.into_iter().for_each(|diagnostic| self.add(diagnostic));
    }

    /// Counts errors that were not kept.
    pub(crate) fn add_hidden(&mut self, errors: usize) {
        self.errors += errors;
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// All of them in the order of the text, with a last line for those that were not kept.
    pub(crate) fn finish(mut self) -> Diagnostics {
        // What was found in other documents comes first: it is the cause.
        let own = self.file.clone();
        let place = |d: &Diagnostic| (d.file == own, d.file.clone(), d.line, d.column);
        self.shown.sort_by_key(place);
        let shown = self.shown.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
        let hidden = self.errors - shown;
        if hidden > 0 {
            let note = Diagnostic::error(format!("{hidden} {NOT_SHOWN}"));
            self.shown.push(Diagnostic { file: self.file, ..note });
        }
        Diagnostics(self.shown)
    }
}
