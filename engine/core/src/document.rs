//! Documents of their own besides the shot, such as `*.human.ron`: read and checked like a shot, and a start for parts.
//!
//! A part that names one in a field (see [`Base`]) is what the document says with the fields that the part itself
//! writes on top, all the way down: of a group or a map field by field, of everything else (numbers, lists, choices)
//! as a whole. The two are laid over each other as trees, before defaults are filled in, so that a field counts as
//! written exactly if it is written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{Diagnostic, Diagnostics};
use crate::findings::Findings;
use crate::load::{Format, read_bounded, unreadable};
use crate::registry::PartRegistry;
use crate::report::PartReport;
use crate::tree::de::{TreeError, from_tree};
use crate::tree::parser::parse;
use crate::tree::place::locate;
use crate::tree::ser::{WriteError, to_tree};
use crate::tree::validate::validate;
use crate::tree::{Kind, Node, print};

/// A type that has files of its own. Its serde and schema derives are the only definition of its text form; put
/// `#[serde(deny_unknown_fields)]` on it.
pub trait ShotDocument: Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static {
    /// What the names of its files have before `.ron` or `.json`: "human" for `anna.human.ron`.
    const KIND: &'static str;

    /// Reports what the schema cannot say. Fields are paths inside the document.
    fn check(&self, _report: &mut PartReport<'_>) {}
}

/// How a part starts from a document: the field with the file's name, and the document's type.
#[derive(Clone)]
pub struct Base {
    pub(crate) field: &'static str,
    pub(crate) kind: DocumentKind,
}

impl Base {
    /// The part's field `field`, an optional text, names a file with a `D`.
    pub fn new<D: ShotDocument>(field: &'static str) -> Self {
        Self { field, kind: DocumentKind::of::<D>() }
    }
}

type Check = fn(&Node, &mut PartReport<'_>) -> Result<(), TreeError>;

/// What core does with a document type it does not know.
#[derive(Clone)]
pub(crate) struct DocumentKind {
    pub(crate) name: &'static str,
    make_schema: fn() -> Value,
    schema: Arc<OnceLock<Value>>,
    check: Check,
}

impl DocumentKind {
    fn of<D: ShotDocument>() -> Self {
        let check: Check = |node, report| from_tree::<D>(node).map(|document| document.check(report));
        Self { name: D::KIND, make_schema: crate::schema::of_document::<D>, schema: Arc::default(), check }
    }

    /// Its JSON Schema.
    pub(crate) fn schema(&self) -> &Value {
        self.schema.get_or_init(self.make_schema)
    }

    /// Reads and checks the file `path`; the tree if it has no errors.
    pub(crate) fn read(&self, path: &Path, findings: &mut Findings) -> Option<Node> {
        let Some(format) = Format::of(path).filter(|_| kind_of(path) == Some(self.name)) else {
            let wanted = format!("a name that ends in .{0}.ron or .{0}.json", self.name);
            findings.add(Diagnostic::error("the name does not say that this is such a file").expected(wanted));
            return None;
        };
        match read_bounded(path) {
            Ok(text) => self.parse(&text, path, format, findings),
            Err(error) => {
                findings.add(unreadable(path, &error));
                None
            }
        }
    }

    fn parse(&self, text: &[u8], path: &Path, format: Format, findings: &mut Findings) -> Option<Node> {
        let tree = parse(text, format, findings)?;
        let validation = validate(&tree, self.schema());
        let is_whole = validation.errors.is_empty() && validation.hidden == 0;
        validation.errors.into_iter().for_each(|error| findings.add(error));
        findings.add_hidden(validation.hidden);
        if !is_whole || findings.has_errors() {
            return None;
        }
        let kinds = BTreeMap::new();
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut report = PartReport { base_dir: folder, kinds: &kinds, part_id: "", found: Vec::new() };
        if let Err(error) = (self.check)(&tree, &mut report) {
            let span = error.span.unwrap_or_default();
            findings.add(Diagnostic::error(error.message).place(span.line, span.column));
        }
        for (field, diagnostic) in report.found {
            let span = locate(&tree, &field).span;
            findings.add(diagnostic.at(field).place(span.line, span.column));
        }
        (!findings.has_errors()).then_some(tree)
    }
}

/// The word before `.ron` or `.json` in a file's name, "human" in `anna.human.ron`.
fn kind_of(path: &Path) -> Option<&str> {
    Path::new(path.file_stem()?).extension()?.to_str()
}

/// The documents that the parts of one shot start from, each read once.
#[derive(Default)]
pub(crate) struct Bases(BTreeMap<PathBuf, Option<Node>>);

impl Bases {
    /// The tree of the document in `path`, or `None` after its errors went to `findings`.
    pub(crate) fn get(&mut self, kind: &DocumentKind, path: &Path, findings: &mut Findings) -> Option<&Node> {
        let read = || {
            let mut own = Findings::new(Some(path));
            let tree = kind.read(path, &mut own);
            findings.add_all(own);
            tree
        };
        self.0.entry(path.to_owned()).or_insert_with(read).as_ref()
    }
}

/// The kind of document that the name of `path` announces, if a plugin registered it.
pub fn document_kind(path: &Path, registry: &PartRegistry) -> Option<&'static str> {
    registry.document(kind_of(path)?).map(|kind| kind.name)
}

/// The names of all kinds of documents of this build besides shots.
pub fn document_kinds(registry: &PartRegistry) -> Vec<&'static str> {
    registry.documents().map(|kind| kind.name).collect()
}

/// The JSON Schema (draft 2020-12) of a kind of document.
pub fn document_schema(kind: &str, registry: &PartRegistry) -> Option<Value> {
    registry.document(kind).map(|kind| kind.schema().clone())
}

/// Reads and checks a document of any registered kind; its warnings, or everything that is wrong with it.
pub fn check_document(path: &Path, registry: &PartRegistry) -> Result<Vec<Diagnostic>, Diagnostics> {
    let mut findings = Findings::new(Some(path));
    match kind_of(path).and_then(|name| registry.document(name)) {
        Some(kind) => drop(kind.read(path, &mut findings)),
        None => findings.add(Diagnostic::error("the name announces no kind of document of this build")),
    }
    outcome((), findings).map(|((), warnings)| warnings)
}

/// Reads and checks the document in the file `path`: the value and its warnings.
pub fn load_document<D: ShotDocument>(path: &Path) -> Result<(D, Vec<Diagnostic>), Diagnostics> {
    let mut findings = Findings::new(Some(path));
    let tree = DocumentKind::of::<D>().read(path, &mut findings);
    finish(tree.as_ref(), findings)
}

/// The same for a document in memory; `file_name` is used in messages, and its folder as the start of references.
pub fn parse_document<D: ShotDocument>(
    text: &[u8],
    file_name: &Path,
    format: Format,
) -> Result<(D, Vec<Diagnostic>), Diagnostics> {
    let mut findings = Findings::new(Some(file_name));
    let tree = DocumentKind::of::<D>().parse(text, file_name, format, &mut findings);
    finish(tree.as_ref(), findings)
}

fn finish<D: ShotDocument>(tree: Option<&Node>, mut findings: Findings) -> Result<(D, Vec<Diagnostic>), Diagnostics> {
    let value = tree.map(from_tree::<D>).transpose().unwrap_or_else(|error| {
        findings.add(Diagnostic::error(error.message));
        None
    });
    match value {
        Some(value) => outcome(value, findings),
        None => Err(findings.finish()),
    }
}

fn outcome<T>(value: T, findings: Findings) -> Result<(T, Vec<Diagnostic>), Diagnostics> {
    let is_whole = !findings.has_errors();
    let found = findings.finish();
    if is_whole { Ok((value, found.0)) } else { Err(found) }
}

/// The document as RON text in the project's layout, ready to be saved as `*.KIND.ron`. `name` is the type's name in the
/// text, such as `Character`.
pub fn document_to_ron<D: ShotDocument>(document: &D, name: &str) -> Result<String, WriteError> {
    let inner = Box::new(to_tree(document)?);
    Ok(print::to_ron(&Node::new(Kind::Tagged { name: name.to_owned(), inner: Some(inner) })))
}
