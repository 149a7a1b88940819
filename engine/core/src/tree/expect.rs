//! What a JSON Schema asks for, in words for people.

use serde_json::{Map, Value};

use super::schema::{Choices, SchemaRoot};

/// Names beyond this many are counted, not listed.
const MAX_LISTED: usize = 16;

/// "`a`, `b` and 3 more".
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    let (shown, hidden) = names.split_at(names.len().min(MAX_LISTED));
    let mut text = shown.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if !hidden.is_empty() {
        text += &format!(" and {} more", hidden.len());
    }
    text
}

/// What a value must be to satisfy `schema`.
pub(crate) fn expectation(root: &SchemaRoot, schema: &Value) -> String {
    let (_, schema) = root.resolved(schema);
    let Some(object) = schema.as_object() else { return "any value".to_owned() };
    let choices = Choices::of(root, object);
    if !choices.is_empty() {
        let mut parts = Vec::new();
        let tags: Vec<&str> = choices.tags.iter().map(|tag| tag.name).collect();
        match tags.as_slice() {
            [] => {}
            [only] => parts.push(format!("`{only}`")),
            _ => parts.push(format!("one of {}", listed(tags))),
        }
        parts.extend(choices.others.iter().map(|other| plain(root, other)));
        if choices.optional {
            parts.push("nothing (leave the field out)".to_owned());
        }
        return parts.join(", or ");
    }
    plain(root, object)
}

fn plain(root: &SchemaRoot, schema: &Map<String, Value>) -> String {
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return format!("one of {}", values.iter().map(Value::to_string).collect::<Vec<_>>().join(", "));
    }
    if let Some(value) = schema.get("const") {
        return value.to_string();
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("boolean") => "true or false".to_owned(),
        Some("integer") => format!("a whole number{}", limits(schema)),
        Some("number") => format!("a number{}", limits(schema)),
        Some("string") if schema.get("format").is_some_and(|format| format == "frame-rate") => {
            "a frame rate such as \"24/1\" or \"30000/1001\"".to_owned()
        }
        Some("string") => "a text in double quotes".to_owned(),
        Some("array") => list(root, schema),
        Some("object") => match schema.get("properties").and_then(Value::as_object) {
            Some(properties) if !properties.is_empty() => {
                format!("the fields {}", listed(properties.keys().map(String::as_str)))
            }
            _ => "a group of fields".to_owned(),
        },
        Some("null") => "nothing".to_owned(),
        _ => "any value".to_owned(),
    }
}

fn list(root: &SchemaRoot, schema: &Map<String, Value>) -> String {
    let count = |key| schema.get(key).and_then(Value::as_u64);
    let of = match (schema.get("prefixItems").and_then(Value::as_array), schema.get("items")) {
        (Some(items), _) => {
            let each: Vec<String> = items.iter().map(|item| expectation(root, item)).collect();
            return format!("a list of {}: {}", each.len(), each.join("; "));
        }
        (None, Some(item)) if item.is_object() => match expectation(root, item).as_str() {
            "a number" => "numbers".to_owned(),
            "a whole number" => "whole numbers".to_owned(),
            _ => "values".to_owned(),
        },
        _ => "values".to_owned(),
    };
    match (count("minItems"), count("maxItems")) {
        (Some(min), Some(max)) if min == max => format!("a list of {min} {of}"),
        (Some(min), Some(max)) => format!("a list of {min} to {max} {of}"),
        (Some(1), None) => "a list that is not empty".to_owned(),
        (Some(min), None) => format!("a list of at least {min} {of}"),
        (None, Some(max)) => format!("a list of at most {max} {of}"),
        (None, None) => format!("a list of {of}"),
    }
}

/// " from 0 to 1", " above 0", from the four limit keywords.
fn limits(schema: &Map<String, Value>) -> String {
    let limit = |key| schema.get(key).and_then(Value::as_f64);
    // 16384.0 reads better as 16384.
    let text = |value: f64| value.to_string();
    let low = match (limit("minimum"), limit("exclusiveMinimum")) {
        (Some(min), _) => Some((text(min), false)),
        (None, Some(min)) => Some((text(min), true)),
        _ => None,
    };
    let high = match (limit("maximum"), limit("exclusiveMaximum")) {
        (Some(max), _) => Some((text(max), false)),
        (None, Some(max)) => Some((text(max), true)),
        _ => None,
    };
    match (low, high) {
        (Some((min, false)), Some((max, false))) => format!(" from {min} to {max}"),
        (Some((min, true)), Some((max, false))) => format!(" above {min} and at most {max}"),
        (Some((min, false)), Some((max, true))) => format!(" of at least {min} and below {max}"),
        (Some((min, true)), Some((max, true))) => format!(" above {min} and below {max}"),
        (Some((min, false)), None) => format!(" of at least {min}"),
        (Some((min, true)), None) => format!(" above {min}"),
        (None, Some((max, false))) => format!(" of at most {max}"),
        (None, Some((max, true))) => format!(" below {max}"),
        (None, None) => String::new(),
    }
}
