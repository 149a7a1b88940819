//! Messages for people: every error says where, what was expected and what to do.

use std::fmt;
use std::path::PathBuf;

/// Whose mistake an error is. Tools turn it into their exit code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Blame {
    /// The input is wrong: a document, an argument, a path. Exit code 2.
    #[default]
    User,
    /// The input is fine; the machine lacks something or failed. Exit code 3.
    Machine,
}

impl Blame {
    /// The process exit code of this kind of failure.
    pub fn exit_code(self) -> u8 {
        match self {
            Blame::User => 2,
            Blame::Machine => 3,
        }
    }
}

/// Implemented by the error type of every Kinema crate.
pub trait Blamed {
    /// Whose mistake this error is.
    fn blame(&self) -> Blame;
}

/// Whether a diagnostic stops a shot from loading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Severity {
    /// The shot is not loaded.
    #[default]
    Error,
    /// The shot is loaded; something in it deserves a look.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        })
    }
}

/// One message about one place of one document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// Whose mistake it is; a missing asset pack is the machine's.
    pub blame: Blame,
    /// The document, as the user named it.
    pub file: Option<PathBuf>,
    /// 1-based line; 0 when the place has no text, as in a shot built by a program.
    pub line: u32,
    /// 1-based column in characters; 0 when the place has no text.
    pub column: u32,
    /// Path inside the document, such as `parts[3].part.Human.age`; empty for the whole document.
    pub at: String,
    /// What is wrong.
    pub message: String,
    /// What would have been right.
    pub expected: Option<String>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error without a place.
    pub fn error(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// A warning without a place.
    pub fn warning(message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, message: message.into(), ..Self::default() }
    }

    /// Names the document path.
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.at = path.into();
        self
    }

    /// Names the place in the text, both 1-based.
    pub fn place(mut self, line: u32, column: u32) -> Self {
        self.line = line;
        self.column = column;
        self
    }

    /// Says what would have been right.
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// Says what to do.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Suggests a name, if there is one.
    pub(crate) fn did_you_mean(self, near: Option<String>) -> Self {
        match near {
            Some(near) => self.help(format!("did you mean `{near}`?")),
            None => self,
        }
    }

    /// Says whose mistake it is.
    pub fn blame(mut self, blame: Blame) -> Self {
        self.blame = blame;
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}:", file.display())?;
            if self.line > 0 {
                write!(f, "{}:{}:", self.line, self.column)?;
            }
            f.write_str(" ")?;
        }
        write!(f, "{}: ", self.severity)?;
        if !self.at.is_empty() {
            write!(f, "{}: ", self.at)?;
        }
        f.write_str(&self.message)?;
        if let Some(expected) = &self.expected {
            write!(f, "\n  expected {expected}")?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

/// How the last diagnostic of a list that had to be cut ends; its number counts the others.
pub(crate) const NOT_SHOWN: &str = "more errors are not shown";

/// Everything that was found in one go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// Whether any of them is an error.
    pub fn has_errors(&self) -> bool {
        self.errors().next().is_some()
    }

    /// The errors alone.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.0.iter().filter(|d| d.severity == Severity::Error)
    }

    /// The warnings alone.
    pub fn warnings(&self) -> impl Iterator<Item = &Diagnostic> {
        self.0.iter().filter(|d| d.severity == Severity::Warning)
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for diagnostic in &self.0 {
            writeln!(f, "{diagnostic}")?;
        }
        let plural = |count: usize, noun: &str| match count {
            1 => format!("1 {noun}"),
            _ => format!("{count} {noun}s"),
        };
        let (mut errors, warnings) = (self.errors().count(), self.warnings().count());
        let hidden = self.0.last().and_then(|last| last.message.strip_suffix(NOT_SHOWN)?.trim_end().parse().ok());
        errors = hidden.map_or(errors, |hidden: usize| errors - 1 + hidden);
        f.write_str(&plural(errors, "error"))?;
        if warnings > 0 {
            write!(f, ", {}", plural(warnings, "warning"))?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}

impl Blamed for Diagnostics {
    /// The machine's only when every error is; one mistake in the document is enough to blame the user.
    fn blame(&self) -> Blame {
        let machine = self.has_errors() && self.errors().all(|d| d.blame == Blame::Machine);
        if machine { Blame::Machine } else { Blame::User }
    }
}
