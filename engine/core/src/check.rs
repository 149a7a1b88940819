//! From a parsed tree to a shot: migration, validation, and the checks that a schema cannot express.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::check_parts::{check_ids, check_parents};
use crate::check_tracks::TrackChecks;
use crate::error::Diagnostic;
use crate::findings::Findings;
use crate::migrate::migrate;
use crate::registry::PartRegistry;
use crate::report::PartReport;
use crate::shot::{Part, Shot, Track};
use crate::tree::de::{TreeError, from_tree};
use crate::tree::validate::validate;
use crate::tree::{Kind, Node, Span};

/// A part as far as it can be read, also where it has errors.
pub(crate) struct PartView<'n> {
    pub(crate) node: &'n Node,
    pub(crate) id: Option<&'n str>,
    pub(crate) kind: Option<&'n str>,
    pub(crate) parent: Option<&'n Node>,
}

impl<'n> PartView<'n> {
    fn new(node: &'n Node) -> Self {
        let kind = node.field("part").and_then(Node::tag).map(|(kind, ..)| kind);
        let parent = node.field("parent").map(Node::some_content);
        Self { node, id: node.field("id").and_then(Node::text), kind, parent }
    }

    /// Where a field is, or the part itself if it has none of that name.
    pub(crate) fn span_of(&self, field: &str) -> Span {
        self.node.field(field).map_or(self.node.span, |node| node.span)
    }
}

/// Reads a whole shot from a tree; `None` if there is any error, all of which are then in `findings`.
pub(crate) fn read_shot(
    mut root: Node,
    base_dir: &Path,
    registry: &PartRegistry,
    findings: &mut Findings,
) -> Option<Shot> {
    migrate(&mut root, findings);
    if findings.has_errors() {
        return None;
    }
    let validation = validate(&root, registry.shot_schema());
    let damaged: BTreeSet<String> = validation.errors.iter().map(|error| place_of(&error.at)).collect();
    // With this many errors, more would only repeat them.
    let hopeless = validation.hidden > 0;
    validation.errors.into_iter().for_each(|error| findings.add(error));
    findings.add_hidden(validation.hidden);
    if hopeless || damaged.contains("parts") || damaged.contains("tracks") {
        return None;
    }

    let (part_nodes, track_nodes) = (take_items(&mut root, "parts"), take_items(&mut root, "tracks"));
    let views: Vec<PartView<'_>> = part_nodes.iter().map(PartView::new).collect();
    check_ids(&views, findings);
    check_parents(&views, findings);

    let kinds: BTreeMap<&str, &str> = views.iter().filter_map(|view| Some((view.id?, view.kind?))).collect();
    let mut parts = Vec::with_capacity(views.len());
    for (index, view) in views.iter().enumerate() {
        let at = format!("parts[{index}]");
        if damaged.contains(&at) {
            continue;
        }
        let mut report = PartReport { base_dir, kinds: &kinds, part_id: view.id.unwrap_or(""), found: Vec::new() };
        match decode_part(view, registry, &mut report) {
            Ok(part) => parts.push(part),
            Err(error) => findings.add(decode_error(error, &at)),
        }
        add_report(report, view, &at, findings);
    }

    let mut checks = TrackChecks::new(&views, registry);
    let mut tracks = Vec::with_capacity(track_nodes.len());
    for (index, node) in track_nodes.iter().enumerate() {
        let at = format!("tracks[{index}]");
        if damaged.contains(&at) {
            continue;
        }
        match from_tree::<Track>(node) {
            Ok(track) => {
                checks.check(&track, node, index, findings);
                tracks.push(track);
            }
            Err(error) => findings.add(decode_error(error, &at)),
        }
    }

    if findings.has_errors() {
        return None;
    }
    match from_tree::<Shot>(&root) {
        Ok(shot) => Some(Shot { parts, tracks, ..shot }),
        Err(error) => {
            findings.add(decode_error(error, ""));
            None
        }
    }
}

/// The top-level list item, or the top-level field, that a document path lies in.
fn place_of(path: &str) -> String {
    let end = path.find('.').unwrap_or(path.len());
    path.get(..end).unwrap_or(path).to_owned()
}

fn take_items(root: &mut Node, name: &str) -> Vec<Node> {
    let field = root.fields_mut().and_then(|fields| fields.iter_mut().find(|field| field.name == name));
    match field.map(|field| &mut field.value.kind) {
        Some(Kind::List { items, .. }) => std::mem::take(items),
        _ => Vec::new(),
    }
}

fn decode_error(error: TreeError, at: &str) -> Diagnostic {
    let span = error.span.unwrap_or_default();
    Diagnostic::error(error.message).at(at).place(span.line, span.column)
}

fn decode_part(view: &PartView<'_>, registry: &PartRegistry, report: &mut PartReport<'_>) -> Result<Part, TreeError> {
    let mut part: Part = from_tree(view.node)?;
    for (axis, factor) in ["x", "y", "z"].into_iter().zip(part.scale) {
        if factor == 0.0 {
            let message = format!("the scale along {axis} is 0, which leaves nothing to light");
            let error = Diagnostic::error(message).expected("a factor other than 0");
            report.found.push(("scale".to_owned(), error.help("write `visible: false` to hide the part")));
        }
    }
    let content = view.node.field("part").and_then(Node::tag).and_then(|(_, _, content)| content);
    if let (Some(kind), Some(content)) = (registry.get(part.part.kind()), content) {
        part.part = kind.decode(content.unwrapped())?;
        let before = report.found.len();
        kind.check(&part.part, report);
        for (field, _) in report.found.iter_mut().skip(before) {
            let separator = if field.is_empty() { "" } else { "." };
            *field = format!("part.{}{separator}{field}", part.part.kind());
        }
    }
    Ok(part)
}

fn add_report(report: PartReport<'_>, view: &PartView<'_>, at: &str, findings: &mut Findings) {
    for (field, diagnostic) in report.found {
        let span = locate(view.node, &field).span;
        findings.add(diagnostic.at(format!("{at}.{field}")).place(span.line, span.column));
    }
}

/// The node that a path such as `part.Rigid.joints[2].other` leads to, as far as it leads.
fn locate<'n>(root: &'n Node, path: &str) -> &'n Node {
    let mut node = root;
    for segment in path.split(['.', '[']).filter(|segment| !segment.is_empty()) {
        let content = node.some_content();
        let next = match segment.strip_suffix(']').map(str::parse::<usize>) {
            Some(Ok(index)) => content.items().and_then(|items| items.get(index)),
            _ => match content.tag() {
                Some((name, _, Some(inner))) if name == segment => Some(inner.unwrapped()),
                _ => content.field(segment),
            },
        };
        match next {
            Some(next) => node = next,
            None => break,
        }
    }
    node
}
