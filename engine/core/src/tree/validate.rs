//! Checks a tree against a JSON Schema and reports everything that is wrong, with its place.
//!
//! The schema is the one that `schemars` derives from the types that decode the tree afterwards, so that there is one
//! definition. RON's spellings count as what they decode to: `Name(...)` is the object `{"Name": ...}` or, where a
//! struct of that name is wanted, the struct; `None` is null; `Some(x)` is x.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Map, Value};

use super::expect::{expectation, listed};
use super::fit::{equals, fits_type, is_nothing, newtype_content, same_type_name};
use super::schema::{Choices, SchemaRoot, Tag, type_of};
use super::{Field, Kind, Node, Span};
use crate::error::Diagnostic;
use crate::nearest::nearest;

/// Errors beyond this are counted, not kept; far more than are shown, so that damaged parts are known.
const MAX_KEPT: usize = 1000;

/// What validation found.
pub(crate) struct Validation {
    /// In the order of the text.
    pub(crate) errors: Vec<Diagnostic>,
    /// How many more there were.
    pub(crate) hidden: usize,
}

/// Checks `node` against the root of the schema.
pub(crate) fn validate(node: &Node, schema: &Value) -> Validation {
    let root = SchemaRoot::new(schema);
    let mut checker = Checker { root, choices: BTreeMap::new(), path: String::new(), found: Vec::new(), hidden: 0 };
    checker.check(node, schema);
    Validation { errors: checker.found, hidden: checker.hidden }
}

pub(super) struct Checker<'s> {
    root: SchemaRoot<'s>,
    /// By the address of the schema, which lives as long as the checker; a shot has few schemas and many values.
    choices: BTreeMap<usize, Rc<Choices<'s>>>,
    path: String,
    found: Vec<Diagnostic>,
    hidden: usize,
}

impl<'s> Checker<'s> {
    /// Adds a diagnostic about what stands at `span`.
    pub(super) fn report(&mut self, span: Span, diagnostic: Diagnostic) {
        if self.found.len() < MAX_KEPT {
            self.found.push(diagnostic.at(self.path.as_str()).place(span.line, span.column));
        } else {
            self.hidden += 1;
        }
    }

    pub(super) fn mismatch(&mut self, node: &Node, schema: &'s Value) {
        self.expected(node, format!("found {}", node.describe()), schema);
    }

    pub(super) fn expected(&mut self, node: &Node, message: String, schema: &'s Value) {
        let expected = expectation(&self.root, schema);
        self.report(node.span, Diagnostic::error(message).expected(expected));
    }

    fn within(&mut self, segment: &str, check: impl FnOnce(&mut Self)) {
        let before = self.path.len();
        if !self.path.is_empty() && !segment.starts_with('[') {
            self.path.push('.');
        }
        self.path.push_str(segment);
        check(self);
        self.path.truncate(before);
    }

    fn check(&mut self, node: &Node, schema: &'s Value) {
        let (name, resolved) = self.root.resolved(schema);
        match resolved {
            Value::Object(object) => self.check_object_schema(node, name, resolved, object),
            Value::Bool(false) => {
                self.report(node.span, Diagnostic::error("no value is allowed here"));
            }
            _ => self.check_any(node),
        }
    }

    fn check_object_schema(
        &mut self,
        node: &Node,
        name: Option<&'s str>,
        schema: &'s Value,
        object: &'s Map<String, Value>,
    ) {
        let address = std::ptr::from_ref(object).addr();
        let choices = self.choices.entry(address).or_insert_with(|| Rc::new(Choices::of(&self.root, object))).clone();
        if choices.is_empty() {
            self.check_plain(node, name, schema, object);
        } else {
            self.check_choice(node, schema, &choices);
        }
        for part in object.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.check(node, part);
        }
        if let Some(refused) = object.get("not")
            && self.errors_of(|checker| checker.check(node, refused)).is_empty()
        {
            self.report(node.span, Diagnostic::error(format!("{} is not allowed here", node.describe())));
        }
    }

    /// The errors that `check` would report.
    fn errors_of(&mut self, check: impl FnOnce(&mut Self)) -> Vec<Diagnostic> {
        let kept = std::mem::take(&mut self.found);
        check(self);
        std::mem::replace(&mut self.found, kept)
    }

    fn check_choice(&mut self, node: &Node, schema: &'s Value, choices: &Choices<'s>) {
        let mut node = node;
        if choices.optional {
            match &node.kind {
                Kind::Null => return,
                Kind::Tagged { name, inner: None } if name == "None" => return,
                Kind::Tagged { name, inner: Some(inner) } if name == "Some" => node = inner.unwrapped(),
                _ => {}
            }
        }
        if let Some((written, span, inner)) = node.tag() {
            if let Some(tag) = choices.tags.iter().find(|tag| tag.name == written) {
                return self.check_tag(tag, span, inner);
            }
            let names_a_variant = !choices.tags.is_empty() && !self.fits_another(node, choices);
            if names_a_variant {
                return self.unknown_variant(written, span, choices);
            }
        }
        self.check_others(node, schema, choices);
    }

    fn fits_another(&self, node: &Node, choices: &Choices<'s>) -> bool {
        choices.others.iter().any(|other| fits_type(node, type_of(other)))
    }

    fn unknown_variant(&mut self, written: &str, span: Span, choices: &Choices<'s>) {
        let names = || choices.tags.iter().map(|tag| tag.name);
        let near = nearest(written, names());
        let expected = format!("one of {}", listed(names()));
        let message = format!("there is no choice `{}`", super::lexer::shortened(written));
        self.report(span, Diagnostic::error(message).expected(expected).did_you_mean(near));
    }

    fn check_tag(&mut self, tag: &Tag<'s>, span: Span, inner: Option<&Node>) {
        match (tag.content, inner) {
            (None, None) => {}
            (None, Some(inner)) if is_nothing(inner) => {}
            (None, Some(inner)) => {
                let message = format!("`{}` takes no settings", tag.name);
                self.report(inner.span, Diagnostic::error(message).expected(format!("`{}` alone", tag.name)));
            }
            (Some(content), None) => {
                let expected = expectation(&self.root, content);
                let help = format!("write `{0}(...)`, in JSON {{\"{0}\": ...}}", tag.name);
                let message = format!("`{}` needs settings", tag.name);
                self.report(span, Diagnostic::error(message).expected(expected).help(help));
            }
            (Some(content), Some(inner)) => {
                // `Name((1, 2))` and `Name(1, 2)` are both a list of two.
                self.within(tag.name, |checker| checker.check(inner.unwrapped(), content));
            }
        }
    }

    fn check_others(&mut self, node: &Node, schema: &'s Value, choices: &Choices<'s>) {
        let mut best: Option<Vec<Diagnostic>> = None;
        for (other, name) in choices.others.iter().zip(&choices.other_names) {
            if !fits_type(node, type_of(other)) {
                continue;
            }
            let errors = self.errors_of(|checker| checker.check_plain(node, *name, schema, other));
            if errors.is_empty() {
                return;
            }
            if best.as_ref().is_none_or(|best| errors.len() < best.len()) {
                best = Some(errors);
            }
        }
        match best {
            Some(errors) => self.found.extend(errors),
            None => self.mismatch(node, schema),
        }
    }

    /// `schema` names what was expected; `object` is checked, without its choices.
    fn check_plain(&mut self, node: &Node, name: Option<&str>, schema: &'s Value, object: &'s Map<String, Value>) {
        let before = self.found.len();
        match type_of(object) {
            Some("object") => self.check_fields(node, name, schema, object),
            Some("array") => self.check_list(node, name, schema, object),
            Some("boolean") if !matches!(node.kind, Kind::Bool(_)) => self.mismatch(node, schema),
            Some("null") if !is_nothing(node) => self.mismatch(node, schema),
            Some("string") => match (&node.kind, object.get("format").and_then(Value::as_str)) {
                (Kind::String(text), Some("frame-rate")) => {
                    if let Err(error) = text.parse::<crate::FrameRate>() {
                        self.report(node.span, Diagnostic::error(error.to_string()));
                    }
                }
                (Kind::String(text), _) => self.check_text_length(node, text, schema, object),
                _ => self.mismatch(node, schema),
            },
            Some("integer" | "number") => match newtype_content(node, name).kind {
                Kind::Integer { .. } | Kind::Float(_) => {
                    super::numbers::check(self, newtype_content(node, name), schema, object);
                }
                _ => self.mismatch(node, schema),
            },
            None if !object.contains_key("enum") && !object.contains_key("const") => self.check_any(node),
            _ => {}
        }
        let allowed = object.get("enum").and_then(Value::as_array).map(Vec::as_slice);
        let allowed = allowed.or_else(|| object.get("const").map(std::slice::from_ref));
        let wrong = allowed.is_some_and(|allowed| !allowed.iter().any(|value| equals(node, value)));
        if wrong && self.found.len() == before {
            self.mismatch(node, schema);
        }
    }

    fn check_text_length(&mut self, node: &Node, text: &str, schema: &'s Value, object: &'s Map<String, Value>) {
        let limit = |key| object.get(key).and_then(Value::as_u64);
        let count = text.chars().count() as u64;
        if limit("minLength").is_some_and(|min| count < min) {
            self.expected(node, format!("the text has only {count} characters"), schema);
        }
        if limit("maxLength").is_some_and(|max| count > max) {
            self.expected(node, format!("the text has {count} characters"), schema);
        }
    }

    fn check_fields(&mut self, node: &Node, name: Option<&str>, schema: &'s Value, object: &'s Map<String, Value>) {
        let Some(fields) = node.fields() else { return self.mismatch(node, schema) };
        if let (Kind::Tagged { name: written, .. }, Some(name)) = (&node.kind, name)
            && !same_type_name(written, name)
        {
            let message = format!("`{}` is not what stands here", super::lexer::shortened(written));
            let expected = format!("`{name}(...)`, or the fields alone");
            self.report(node.span, Diagnostic::error(message).expected(expected));
        }
        let properties = object.get("properties").and_then(Value::as_object);
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        for field in fields {
            if let Some(first) = seen.get(field.name.as_str()) {
                let message = format!("the field `{}` is written twice, first at {first}", field.name);
                self.report(field.span, Diagnostic::error(message).help("keep one of them"));
                continue;
            }
            seen.insert(&field.name, field.span);
            let property = properties.and_then(|properties| properties.get(&field.name));
            match property.or_else(|| other_property(object, &field.name)) {
                Some(Value::Bool(false)) | None => self.unknown_field(field, properties),
                Some(property) => self.within(&field.name, |checker| checker.check(&field.value, property)),
            }
        }
        for required in object.get("required").and_then(Value::as_array).into_iter().flatten() {
            if let Some(required) = required.as_str()
                && !seen.contains_key(required)
            {
                let expected = properties.and_then(|properties| properties.get(required));
                let expected = expected.map_or_else(String::new, |schema| expectation(&self.root, schema));
                let missing = Diagnostic::error(format!("the field `{required}` is missing"));
                self.report(node.span, missing.expected(format!("`{required}`: {expected}")));
            }
        }
        let limit = |key| object.get(key).and_then(Value::as_u64);
        let count = seen.len() as u64;
        if limit("minProperties").is_some_and(|min| count < min)
            || limit("maxProperties").is_some_and(|max| count > max)
        {
            self.expected(node, format!("found {count} fields"), schema);
        }
    }

    fn unknown_field(&mut self, field: &Field, properties: Option<&'s Map<String, Value>>) {
        let names = || properties.into_iter().flat_map(Map::keys).map(String::as_str);
        let near = nearest(&field.name, names());
        let expected = match names().next() {
            Some(_) => format!("one of {}", listed(names())),
            None => "no fields".to_owned(),
        };
        let message = format!("there is no field `{}` here", super::lexer::shortened(&field.name));
        self.report(field.span, Diagnostic::error(message).expected(expected).did_you_mean(near));
    }

    fn check_list(&mut self, node: &Node, name: Option<&str>, schema: &'s Value, object: &'s Map<String, Value>) {
        // `Name(1, 2)` for a tuple struct.
        let node = match (&node.kind, name) {
            (Kind::Tagged { name: written, inner: Some(inner) }, Some(name)) if same_type_name(written, name) => inner,
            _ => node,
        };
        let Some(items) = node.items() else { return self.mismatch(node, schema) };
        let limit = |key| object.get(key).and_then(Value::as_u64);
        let count = items.len() as u64;
        if limit("minItems").is_some_and(|min| count < min) {
            self.expected(node, format!("found {}", node.describe()), schema);
        }
        if let Some(max) = limit("maxItems")
            && let Some(extra) = usize::try_from(max).ok().and_then(|max| items.get(max))
        {
            // A list that is far too long is one error, not one for each of its values.
            return self.expected(extra, format!("found {}", node.describe()), schema);
        }
        let prefix = object.get("prefixItems").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let rest = object.get("items");
        for (index, item) in items.iter().enumerate() {
            match prefix.get(index).or(rest) {
                Some(schema) => self.within(&format!("[{index}]"), |checker| checker.check(item, schema)),
                None => self.check_any(item),
            }
        }
        if object.get("uniqueItems") == Some(&Value::Bool(true)) {
            let mut seen: BTreeMap<String, Span> = BTreeMap::new();
            for item in items {
                let key = serde_json::to_string(item).unwrap_or_default();
                match seen.get(&key) {
                    Some(first) => {
                        let message = format!("{} is written twice, first at {first}", item.describe());
                        self.report(item.span, Diagnostic::error(message).help("keep one of them"));
                    }
                    None => {
                        seen.insert(key, item.span);
                    }
                }
            }
        }
    }

    /// Where anything is allowed, numbers must still be finite and fields unique.
    fn check_any(&mut self, node: &Node) {
        match &node.kind {
            Kind::Float(value) if !value.is_finite() => super::numbers::not_finite(self, node),
            Kind::List { items, .. } => items.iter().for_each(|item| self.check_any(item)),
            Kind::Map { fields, .. } => fields.iter().for_each(|field| self.check_any(&field.value)),
            Kind::Tagged { inner: Some(inner), .. } => self.check_any(inner),
            _ => {}
        }
    }
}

/// The schema of a field that is not among `properties`. Objects without a word on others are closed.
fn other_property<'s>(object: &'s Map<String, Value>, name: &str) -> Option<&'s Value> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    // The two patterns that `schemars` writes, for maps whose keys are numbers.
    let patterns = object.get("patternProperties").and_then(Value::as_object);
    let by_pattern = patterns.and_then(|patterns| {
        let unsigned = patterns.get(r"^\d+$").filter(|_| digits(name));
        unsigned.or_else(|| patterns.get(r"^-?\d+$").filter(|_| digits(name.strip_prefix('-').unwrap_or(name))))
    });
    by_pattern.or_else(|| object.get("additionalProperties"))
}
