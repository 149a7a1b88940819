//! How the validator reads a JSON Schema: references, and the choices of `oneOf`, `anyOf`, `enum` and `null`.

use serde_json::{Map, Value};

/// References to references beyond this are a loop.
const MAX_REFERENCES: usize = 32;

/// A schema document with its definitions.
pub(crate) struct SchemaRoot<'s> {
    definitions: Option<&'s Map<String, Value>>,
}

impl<'s> SchemaRoot<'s> {
    pub(crate) fn new(root: &'s Value) -> Self {
        Self { definitions: root.get("$defs").and_then(Value::as_object) }
    }

    /// Follows `$ref`; the name is the last definition's, which for a struct is its Rust name.
    pub(crate) fn resolved(&self, schema: &'s Value) -> (Option<&'s str>, &'s Value) {
        let (mut name, mut schema) = (None, schema);
        for _ in 0..MAX_REFERENCES {
            let target = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix("#/$defs/"));
            match target.and_then(|target| self.definitions?.get_key_value(target)) {
                Some((key, found)) => (name, schema) = (Some(key.as_str()), found),
                None => break,
            }
        }
        (name, schema)
    }
}

/// One variant of an externally tagged enum.
pub(crate) struct Tag<'s> {
    pub(crate) name: &'s str,
    /// The schema of the content, if it has any.
    pub(crate) content: Option<&'s Value>,
}

/// What a value may be, where a schema offers several things.
#[derive(Default)]
pub(crate) struct Choices<'s> {
    /// `null` is allowed.
    pub(crate) optional: bool,
    /// Variants of externally tagged enums.
    pub(crate) tags: Vec<Tag<'s>>,
    /// Everything else.
    pub(crate) others: Vec<&'s Map<String, Value>>,
    /// `others`, each with the name of its definition.
    pub(crate) other_names: Vec<Option<&'s str>>,
}

impl<'s> Choices<'s> {
    /// The choices of `schema`; empty if it offers none.
    pub(crate) fn of(root: &SchemaRoot<'s>, schema: &'s Map<String, Value>) -> Self {
        let mut choices = Self::default();
        if is_choice(schema) {
            choices.add(root, schema, None, 0);
        }
        choices
    }

    pub(crate) fn is_empty(&self) -> bool {
        !self.optional && self.tags.is_empty() && self.others.is_empty()
    }

    fn add(&mut self, root: &SchemaRoot<'s>, schema: &'s Map<String, Value>, name: Option<&'s str>, depth: usize) {
        if depth > MAX_REFERENCES {
            return;
        }
        for key in ["oneOf", "anyOf"] {
            for option in schema.get(key).and_then(Value::as_array).into_iter().flatten() {
                let (name, option) = root.resolved(option);
                if let Some(option) = option.as_object() {
                    self.add(root, option, name, depth + 1);
                }
            }
        }
        if schema.contains_key("oneOf") || schema.contains_key("anyOf") {
            return;
        }
        if let Some(names) = text_values(schema) {
            self.tags.extend(names.into_iter().map(|name| Tag { name, content: None }));
            self.optional |= allows_null(schema);
        } else if schema.get("type").is_some_and(|kind| kind == "null") || schema.get("const") == Some(&Value::Null) {
            self.optional = true;
        } else if let Some(tag) = external_tag(schema) {
            self.tags.push(tag);
        } else {
            self.optional |= allows_null(schema);
            self.others.push(schema);
            self.other_names.push(name);
        }
    }
}

fn is_choice(schema: &Map<String, Value>) -> bool {
    schema.contains_key("oneOf")
        || schema.contains_key("anyOf")
        || text_values(schema).is_some()
        || allows_null(schema)
        || external_tag(schema).is_some()
}

fn allows_null(schema: &Map<String, Value>) -> bool {
    schema.get("type").and_then(Value::as_array).is_some_and(|kinds| kinds.iter().any(|kind| kind == "null"))
}

/// The names of a set of unit variants.
fn text_values(schema: &Map<String, Value>) -> Option<Vec<&str>> {
    if let Some(name) = schema.get("const").and_then(Value::as_str) {
        return Some(vec![name]);
    }
    let values = schema.get("enum")?.as_array()?;
    let names = values.iter().filter(|value| !value.is_null()).map(Value::as_str).collect::<Option<Vec<_>>>()?;
    (!names.is_empty()).then_some(names)
}

/// `{"Name": content}`, an object that has exactly one property, which is not a tag inside (`{"type": "name"}`).
fn external_tag(schema: &Map<String, Value>) -> Option<Tag<'_>> {
    let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
    let required = schema.get("required")?.as_array()?;
    let properties = schema.get("properties")?.as_object()?;
    let mut entries = properties.iter();
    let (name, content) = entries.next()?;
    let only = entries.next().is_none() && matches!(required.as_slice(), [one] if one == name);
    let capital = name.starts_with(|c: char| c.is_uppercase());
    (closed && only && capital && content.get("const").is_none()).then_some(Tag { name, content: Some(content) })
}

/// The type a schema asks for, null aside.
pub(crate) fn type_of(schema: &Map<String, Value>) -> Option<&str> {
    match schema.get("type")? {
        Value::String(kind) => Some(kind),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        _ => None,
    }
}
