//! What a part type can say about its own value: errors and warnings that end up at the right place in the text.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::assets::resolve_asset;
use crate::error::{Blame, Blamed, Diagnostic};
use crate::nearest::{did_you_mean, nearest};

/// Collects what a plugin finds wrong with a shot as a whole: rules that reach across its parts. See
/// [`ShotAppExt::register_shot_check`](crate::ShotAppExt::register_shot_check).
#[derive(Default)]
pub struct ShotReport {
    /// Position of the part in the document, field and message.
    pub(crate) found: Vec<(usize, String, Diagnostic)>,
}

impl ShotReport {
    /// The shot cannot be loaded like this. `part_index` is the part's position in the document, from 0; `field` a path
    /// inside the part, such as `parent` or `part.Joint.body_a`; empty for the part itself.
    pub fn error(&mut self, part_index: usize, field: &str, message: impl Into<String>, help: impl Into<String>) {
        let diagnostic = Diagnostic::error(message).help(help);
        self.found.push((part_index, field.to_owned(), diagnostic));
    }
}

/// Collects what [`ShotPart::check`](crate::ShotPart::check) finds. Fields are paths inside the part,
/// such as `joints[2].other`.
pub struct PartReport<'a> {
    pub(crate) base_dir: &'a Path,
    /// Kinds by id, of all parts of the shot.
    pub(crate) kinds: &'a BTreeMap<&'a str, &'a str>,
    pub(crate) part_id: &'a str,
    /// Field and message, in the order of the calls; the caller knows the text.
    pub(crate) found: Vec<(String, Diagnostic)>,
}

impl PartReport<'_> {
    /// The folder that relative references start from.
    pub fn base_dir(&self) -> &Path {
        self.base_dir
    }

    /// The id of the part being checked.
    pub fn part_id(&self) -> &str {
        self.part_id
    }

    /// The shot cannot be loaded like this.
    pub fn error(&mut self, field: impl AsRef<str>, message: impl Into<String>, help: impl Into<String>) {
        self.add(field, Diagnostic::error(message), help.into());
    }

    /// The shot can be loaded, but the user should know.
    pub fn warning(&mut self, field: impl AsRef<str>, message: impl Into<String>, help: impl Into<String>) {
        self.add(field, Diagnostic::warning(message), help.into());
    }

    fn add(&mut self, field: impl AsRef<str>, diagnostic: Diagnostic, help: String) {
        let diagnostic = if help.is_empty() { diagnostic } else { diagnostic.help(help) };
        self.found.push((field.as_ref().to_owned(), diagnostic));
    }

    /// The field names another part, which must exist and be of one of `kinds` (any, if empty). True if so.
    pub fn part_reference(&mut self, field: impl AsRef<str>, id: &str, kinds: &[&str]) -> bool {
        let fits = |kind: &str| kinds.is_empty() || kinds.contains(&kind);
        let candidates = self.kinds.iter().filter(|(other, kind)| **other != self.part_id && fits(kind));
        let near = nearest(id, candidates.map(|(other, _)| *other));
        let wanted = match kinds {
            [] => "the id of a part".to_owned(),
            kinds => format!("the id of a part of kind {}", kinds.join(" or ")),
        };
        let message = match self.kinds.get(id) {
            Some(_) if id == self.part_id => format!("the part `{id}` names itself"),
            Some(kind) if fits(kind) => return true,
            Some(kind) => format!("the part `{id}` is of kind {kind}"),
            None => format!("there is no part `{id}`{}", did_you_mean(near.as_deref())),
        };
        self.found.push((field.as_ref().to_owned(), Diagnostic::error(message).expected(wanted)));
        false
    }

    /// The field names a file; returns where it is, or reports why it cannot be used.
    pub fn asset(&mut self, field: impl AsRef<str>, reference: &str) -> Option<PathBuf> {
        match resolve_asset(self.base_dir, reference) {
            Ok(path) => Some(path),
            Err(error) => {
                let blame: Blame = error.blame();
                let diagnostic = Diagnostic::error(error.to_string()).blame(blame);
                self.found.push((field.as_ref().to_owned(), diagnostic));
                None
            }
        }
    }
}
