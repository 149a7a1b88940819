//! Which values could be meant for which schemas, with RON's spellings taken for what they decode to.

use serde_json::Value;

use super::{Kind, Node};

/// Whether the value is null in one of its spellings, or an empty tuple.
pub(super) fn is_nothing(node: &Node) -> bool {
    match &node.kind {
        Kind::Null => true,
        Kind::Tagged { inner: None, .. } => true,
        Kind::List { items, tuple: true } => items.is_empty(),
        _ => false,
    }
}

/// `Name(x)` where a newtype struct of that name is wanted is x.
pub(super) fn newtype_content<'n>(node: &'n Node, name: Option<&str>) -> &'n Node {
    match (&node.kind, name) {
        (Kind::Tagged { name: written, inner: Some(inner) }, Some(name)) if same_type_name(written, name) => {
            inner.unwrapped()
        }
        _ => node,
    }
}

/// Definitions of equal names get a number: `Shape2` is a struct `Shape`.
pub(super) fn same_type_name(written: &str, definition: &str) -> bool {
    written == definition
        || definition.strip_prefix(written).is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether the value could be of a schema's type, so that its errors are worth telling.
pub(super) fn fits_type(node: &Node, wanted: Option<&str>) -> bool {
    match (wanted, &node.kind) {
        (None, _) => true,
        (Some("object"), _) => node.fields().is_some(),
        (Some("array"), Kind::List { .. } | Kind::Tagged { inner: Some(_), .. }) => true,
        (Some("string"), Kind::String(_)) => true,
        (Some("integer" | "number"), Kind::Integer { .. } | Kind::Float(_) | Kind::Tagged { inner: Some(_), .. }) => {
            true
        }
        (Some("boolean"), Kind::Bool(_)) => true,
        (Some("null"), _) => is_nothing(node),
        _ => false,
    }
}

/// Whether the value is the constant of a schema.
pub(super) fn equals(node: &Node, value: &Value) -> bool {
    match value {
        Value::Number(number) => node.number().is_some() && node.number() == number.as_f64(),
        Value::Bool(value) => matches!(node.kind, Kind::Bool(written) if written == *value),
        Value::Null => is_nothing(node),
        Value::String(text) => node.tag().is_some_and(|(name, _, inner)| name == text && inner.is_none()),
        _ => serde_json::to_value(node).is_ok_and(|written| written == *value),
    }
}
