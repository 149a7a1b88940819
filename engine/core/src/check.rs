//! From a parsed tree to a shot: migration, validation, and the checks that a schema cannot express.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::check_parts::{check_ids, check_parents};
use crate::check_tracks::TrackChecks;
use crate::document::Bases;
use crate::error::Diagnostic;
use crate::findings::Findings;
use crate::migrate::migrate;
use crate::part::PartBody;
use crate::registry::PartRegistry;
use crate::report::{PartReport, ShotReport};
use crate::shot::{Key, Part, Shot, Track};
use crate::tree::de::{TreeError, from_tree};
use crate::tree::overlay::overlay;
use crate::tree::place::locate;
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
    let damage = Damage::of(&validation.errors);
    // With this many errors, more would only repeat them.
    let hopeless = validation.hidden > 0 || damage.exactly("parts") || damage.exactly("tracks");
    validation.errors.into_iter().for_each(|error| findings.add(error));
    findings.add_hidden(validation.hidden);
    if hopeless {
        return None;
    }

    let (part_nodes, track_nodes) = (take_items(&mut root, "parts"), take_items(&mut root, "tracks"));
    let views: Vec<PartView<'_>> = part_nodes.iter().map(PartView::new).collect();
    check_ids(&views, findings);
    check_parents(&views, findings);

    // Of parts with the same id, which is an error of its own, the first counts.
    let kinds: BTreeMap<&str, &str> = views.iter().rev().filter_map(|view| Some((view.id?, view.kind?))).collect();
    let mut parts = Vec::with_capacity(views.len());
    let mut bases = Bases::default();
    for (index, view) in views.iter().enumerate() {
        let at = format!("parts[{index}]");
        let mut report = PartReport { base_dir, kinds: &kinds, part_id: view.id.unwrap_or(""), found: Vec::new() };
        let body = match damage.within(&format!("{at}.part")) {
            true => None,
            false => {
                let body = read_body(view, registry, &mut bases, &mut report, findings);
                findings.keep(body, &at).flatten()
            }
        };
        if !damage.within(&at)
            && let Some(body) = body
            && let Some(part) = findings.keep(from_tree::<Part>(view.node), &at)
        {
            check_scale(&part, &mut report);
            parts.push(Part { part: body, ..part });
        }
        add_report(report, view, &at, findings);
    }

    let mut checks = TrackChecks::new(&views, registry);
    let mut tracks = Vec::with_capacity(track_nodes.len());
    for (index, node) in track_nodes.iter().enumerate() {
        let at = format!("tracks[{index}]");
        let target = node.field("target").and_then(Node::text);
        let keys = node.field("keys").and_then(Node::items).unwrap_or(&[]).iter().enumerate();
        let whole = keys.filter(|(key, _)| !damage.within(&format!("{at}.keys[{key}]")));
        let keys: Vec<(usize, Key)> =
            whole.filter_map(|(key, node)| Some((key, findings.keep(from_tree::<Key>(node), &at)?))).collect();
        checks.check(target, &keys, node, index, findings);
        if let Some(target) = target {
            let keys = keys.into_iter().map(|(_, key)| key).collect();
            tracks.push(Track { target: target.to_owned(), keys });
        }
    }

    if findings.has_errors() {
        return None;
    }
    let shot = Shot { parts, tracks, ..findings.keep(from_tree::<Shot>(&root), "")? };
    check_across(&shot, &views, registry, findings);
    (!findings.has_errors()).then_some(shot)
}

/// The plugins' rules that reach across parts.
fn check_across(shot: &Shot, views: &[PartView<'_>], registry: &PartRegistry, findings: &mut Findings) {
    let mut report = ShotReport::default();
    registry.checks().iter().for_each(|check| check(shot, &mut report));
    for (index, field, diagnostic) in report.found {
        let span = views.get(index).map(|view| locate(view.node, &field).span).unwrap_or_default();
        let separator = if field.is_empty() { "" } else { "." };
        findings.add(diagnostic.at(format!("parts[{index}]{separator}{field}")).place(span.line, span.column));
    }
}

/// Where a document has errors.
struct Damage {
    places: BTreeSet<String>,
    /// The places and everything around them.
    around: BTreeSet<String>,
}

impl Damage {
    fn of(errors: &[Diagnostic]) -> Self {
        let places: BTreeSet<String> = errors.iter().map(|error| error.at.clone()).collect();
        let ends =
            |path: &str| path.match_indices(['.', '[']).map(|(end, _)| end).chain([path.len()]).collect::<Vec<_>>();
        let around = places
            .iter()
            .flat_map(|path| ends(path).into_iter().filter_map(|end| path.get(..end)).map(str::to_owned))
            .collect();
        Self { places, around }
    }

    /// Whether there is an error at this place itself.
    fn exactly(&self, path: &str) -> bool {
        self.places.contains(path)
    }

    /// Whether there is an error at this place or anywhere inside it.
    fn within(&self, path: &str) -> bool {
        self.around.contains(path)
    }
}

fn take_items(root: &mut Node, name: &str) -> Vec<Node> {
    let field = root.fields_mut().and_then(|fields| fields.iter_mut().find(|field| field.name == name));
    match field.map(|field| &mut field.value.kind) {
        Some(Kind::List { items, .. }) => std::mem::take(items),
        _ => Vec::new(),
    }
}

impl Findings {
    /// The value, or `None` after reporting why it does not decode.
    fn keep<T>(&mut self, decoded: Result<T, TreeError>, at: &str) -> Option<T> {
        decoded
            .map_err(|error| {
                let span = error.span.unwrap_or_default();
                self.add(Diagnostic::error(error.message).at(at).place(span.line, span.column));
            })
            .ok()
    }
}

/// Decodes what a part is, as its registered type, and lets the type check itself. `None` if what it starts from has
/// errors, which are then in `findings`.
fn read_body(
    view: &PartView<'_>,
    registry: &PartRegistry,
    bases: &mut Bases,
    report: &mut PartReport<'_>,
    findings: &mut Findings,
) -> Result<Option<PartBody>, TreeError> {
    let body = view.node.field("part").ok_or_else(|| TreeError::missing("part"))?;
    let (kind, _, content) = body.tag().ok_or_else(|| TreeError::missing("part"))?;
    let registered = registry.get(kind).ok_or_else(|| TreeError::missing(kind))?;
    let content = content.unwrap_or(body).unwrapped();
    let body = match based(content, kind, registry, bases, report, findings) {
        Based::Alone => Some(registered.decode(content)?),
        Based::On(whole) => Some(registered.decode(&whole)?),
        Based::OnErrors => None,
    };
    if let Some(body) = &body {
        registered.check(body, report);
    }
    for (field, _) in &mut report.found {
        let separator = if field.is_empty() { "" } else { "." };
        *field = format!("part.{kind}{separator}{field}");
    }
    Ok(body)
}

/// What a part starts from.
enum Based {
    /// Nothing: its own fields and defaults.
    Alone,
    /// A document, with the part's own fields laid on top.
    On(Node),
    /// A document that cannot be used, which has been reported.
    OnErrors,
}

fn based(
    content: &Node,
    kind: &str,
    registry: &PartRegistry,
    bases: &mut Bases,
    report: &mut PartReport<'_>,
    findings: &mut Findings,
) -> Based {
    let base = registry.get(kind).and_then(|registered| registered.base());
    let Some((base, file)) = base.and_then(|base| Some((base, content.field(base.field)?.some_content().text()?)))
    else {
        return Based::Alone;
    };
    // Messages name the file as the shot does; only in a pack is there no such name.
    let path = report.asset(base.field, file);
    let path = path.map(|found| if file.starts_with("pack:") { found } else { report.base_dir().join(file) });
    let document = path.and_then(|path| bases.get(&base.kind, &path, findings));
    match (document, registry.part_schema(kind)) {
        (Some(document), Some((schema, root))) => Based::On(overlay(document, content, schema, root)),
        _ => Based::OnErrors,
    }
}

fn check_scale(part: &Part, report: &mut PartReport<'_>) {
    for (axis, factor) in ["x", "y", "z"].into_iter().zip(part.scale) {
        if factor == 0.0 {
            let message = format!("the scale along {axis} is 0, which leaves nothing to light");
            let error = Diagnostic::error(message).expected("a factor other than 0");
            report.found.push(("scale".to_owned(), error.help("write `visible: false` to hide the part")));
        }
    }
}

fn add_report(report: PartReport<'_>, view: &PartView<'_>, at: &str, findings: &mut Findings) {
    for (field, diagnostic) in report.found {
        let span = locate(view.node, &field).span;
        findings.add(diagnostic.at(format!("{at}.{field}")).place(span.line, span.column));
    }
}
