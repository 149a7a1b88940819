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
            self.shown.push(Diagnostic { file: self.file.clone(), ..diagnostic });
        }
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
        self.shown.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
        let shown = self.shown.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
        let hidden = self.errors - shown;
        if hidden > 0 {
            let note = Diagnostic::error(format!("{hidden} {NOT_SHOWN}"));
            self.shown.push(Diagnostic { file: self.file, ..note });
        }
        Diagnostics(self.shown)
    }
}
