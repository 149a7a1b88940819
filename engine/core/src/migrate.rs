//! Older documents become current ones: a list of functions, each from one version of the format to the next.
//!
//! | from | change |
//! |---|---|
//! | 0, the early draft | `timeline.fps`, a whole number, became `timeline.rate`, a fraction: 24 is "24/1" |
//! | | `timeline.length` became `timeline.frames` |

use crate::error::Diagnostic;
use crate::findings::Findings;
use crate::shot::SCHEMA_VERSION;
use crate::tree::{Kind, Node};

/// Rewrites a document of one version as one of the next. What it cannot read it leaves, for validation to report.
type Migration = fn(&mut Node);

/// `MIGRATIONS[n]` leads from version n to n + 1.
const MIGRATIONS: [Migration; SCHEMA_VERSION as usize] = [from_draft];

/// Brings `root` to [`SCHEMA_VERSION`]. A document without a version is left to validation, which misses the field.
pub(crate) fn migrate(root: &mut Node, findings: &mut Findings) {
    let Some(node) = root.field("schema") else { return };
    let span = node.span;
    let Some(version) = node.integer().and_then(|version| u32::try_from(version).ok()) else { return };
    if version > SCHEMA_VERSION {
        let message = format!("the shot is of schema {version}, which this build of Kinema does not know");
        let newer = Diagnostic::error(message).at("schema").place(span.line, span.column);
        let expected = format!("schema {SCHEMA_VERSION} or older");
        findings.add(newer.expected(expected).help("install a newer Kinema, or save the shot with an older one"));
        return;
    }
    let steps = MIGRATIONS.iter().skip(version as usize);
    for step in steps {
        step(root);
    }
    if version < SCHEMA_VERSION {
        set_version(root);
        let message = format!("schema {version} is out of date; the shot was read as schema {SCHEMA_VERSION}");
        let stale = Diagnostic::warning(message).at("schema").place(span.line, span.column);
        findings.add(stale.help(format!("change it to `schema: {SCHEMA_VERSION}` and use the fields of that version")));
    }
}

fn set_version(root: &mut Node) {
    let field = root.fields_mut().and_then(|fields| fields.iter_mut().find(|field| field.name == "schema"));
    if let Some(field) = field {
        field.value.kind = Kind::Integer { negative: false, magnitude: SCHEMA_VERSION.into() };
    }
}

fn from_draft(root: &mut Node) {
    let timeline = root.fields_mut().and_then(|fields| fields.iter_mut().find(|field| field.name == "timeline"));
    let Some(fields) = timeline.and_then(|field| field.value.fields_mut()) else { return };
    for field in fields {
        match field.name.as_str() {
            "fps" => {
                if let Kind::Integer { negative: false, magnitude } = field.value.kind {
                    field.name = "rate".to_owned();
                    field.value.kind = Kind::String(format!("{magnitude}/1"));
                }
            }
            "length" => field.name = "frames".to_owned(),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Field, Keys, Span};

    fn field(name: &str, value: Node) -> Field {
        Field { name: name.to_owned(), span: Span { line: 1, column: 2 }, value }
    }

    fn whole(magnitude: u64) -> Node {
        Node { span: Span { line: 3, column: 4 }, kind: Kind::Integer { negative: false, magnitude } }
    }

    fn map(fields: Vec<Field>) -> Node {
        Node::new(Kind::Map { fields, keys: Keys::Names })
    }

    #[test]
    fn the_draft_becomes_current_and_keeps_its_places() {
        let timeline = map(vec![field("fps", whole(25)), field("length", whole(9))]);
        let mut root = map(vec![field("schema", whole(0)), field("timeline", timeline)]);
        let mut findings = Findings::new(None);
        migrate(&mut root, &mut findings);
        assert_eq!(root.field("schema").and_then(Node::integer), Some(1));
        let timeline = root.field("timeline").expect("the timeline");
        let rate = timeline.field("rate").expect("the rate");
        assert_eq!((rate.text(), rate.span), (Some("25/1"), Span { line: 3, column: 4 }));
        assert_eq!(timeline.field("frames").and_then(Node::integer), Some(9));
        assert_eq!(
            findings.finish().0.first().map(ToString::to_string).as_deref(),
            Some(
                "warning: schema: schema 0 is out of date; the shot was read as schema 1\n  \
                 help: change it to `schema: 1` and use the fields of that version"
            )
        );
    }
}
