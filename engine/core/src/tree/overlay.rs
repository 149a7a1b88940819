//! One tree on top of another, guided by the schema that both keep.

use serde_json::{Map, Value};

use super::schema::{Choices, SchemaRoot, type_of};
use super::{Field, Keys, Kind, Node, Span};

/// What `over` writes on top of what `base` writes. Groups of named fields and maps are joined field by field, all the
/// way down; everything else is `over`'s alone. Fields of `base` that the schema of a group does not know are left out:
/// they belong to `base`'s own document. Nodes from `base` have no place, as their text is another file.
pub(crate) fn overlay(base: &Node, over: &Node, schema: &Value, root: &Value) -> Node {
    overlaid(base, over, &SchemaRoot::new(root), schema)
}

fn overlaid<'s>(base: &Node, over: &Node, root: &SchemaRoot<'s>, schema: &'s Value) -> Node {
    let (_, resolved) = root.resolved(schema);
    let group = resolved.as_object().and_then(|object| Group::of(root, object));
    let (Some(group), Some(base_fields), Some(over_fields)) = (group, base.fields(), over.fields()) else {
        return over.clone();
    };
    let mut fields = Vec::with_capacity(base_fields.len() + over_fields.len());
    for field in base_fields {
        let Some(schema) = group.field(&field.name) else { continue };
        let written = over_fields.iter().find(|written| written.name == field.name);
        let joined = match written {
            Some(written) => Field { value: overlaid(&field.value, &written.value, root, schema), ..written.clone() },
            None => Field { name: field.name.clone(), span: Span::default(), value: without_places(&field.value) },
        };
        fields.push(joined);
    }
    let is_new = |field: &&Field| !base_fields.iter().any(|known| known.name == field.name);
    fields.extend(over_fields.iter().filter(is_new).cloned());
    Node { span: over.span, kind: Kind::Map { fields, keys: Keys::Names } }
}

/// A schema of something with named values.
enum Group<'s> {
    Struct(&'s Map<String, Value>),
    Map(&'s Value),
}

impl<'s> Group<'s> {
    fn of(root: &SchemaRoot<'s>, schema: &'s Map<String, Value>) -> Option<Self> {
        if type_of(schema) != Some("object") || !Choices::of(root, schema).is_empty() {
            return None;
        }
        match (schema.get("properties").and_then(Value::as_object), schema.get("additionalProperties")) {
            (Some(fields), _) => Some(Group::Struct(fields)),
            (None, Some(values)) if values.is_object() => Some(Group::Map(values)),
            _ => None,
        }
    }

    /// The schema of the field `name`, if there may be one.
    fn field(&self, name: &str) -> Option<&'s Value> {
        match self {
            Group::Struct(fields) => fields.get(name),
            Group::Map(values) => Some(values),
        }
    }
}

fn without_places(node: &Node) -> Node {
    let boxed = |inner: &Node| Box::new(without_places(inner));
    Node::new(match &node.kind {
        Kind::List { items, tuple } => Kind::List { items: items.iter().map(without_places).collect(), tuple: *tuple },
        Kind::Map { fields, keys } => {
            let bare = |field: &Field| Field {
                name: field.name.clone(),
                span: Span::default(),
                value: without_places(&field.value),
            };
            Kind::Map { fields: fields.iter().map(bare).collect(), keys: *keys }
        }
        Kind::Tagged { name, inner } => Kind::Tagged { name: name.clone(), inner: inner.as_deref().map(boxed) },
        other => other.clone(),
    })
}
