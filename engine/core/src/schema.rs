//! The JSON Schema of a shot: what `kinema schema` prints and what loading validates against.

use std::collections::BTreeSet;

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use crate::document::ShotDocument;
use crate::registry::PartRegistry;
use crate::shot::Shot;

/// The JSON Schema (draft 2020-12) of a shot in its JSON form, with every registered kind of part.
pub fn shot_schema(registry: &PartRegistry) -> Value {
    registry.shot_schema().as_ref().clone()
}

pub(crate) fn generate(registry: &PartRegistry) -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    // The document's own types get their names first; a plugin's type of the same name gets a number.
    generator.subschema_for::<Shot>();
    let mut kinds = Vec::new();
    for name in registry.kinds() {
        if let Some(kind) = registry.get(name) {
            let content = kind.schema(&mut generator);
            kinds.push(json!({
                "type": "object",
                "properties": { name: content },
                "required": [name],
                "additionalProperties": false,
            }));
        }
    }
    let mut schema = generator.into_root_schema_for::<Shot>().to_value();
    let body = json!({ "description": "A kind of part with its settings.", "oneOf": kinds });
    if let Some(definitions) = schema.get_mut("$defs").and_then(Value::as_object_mut) {
        definitions.insert("PartBody".to_owned(), body);
        definitions.remove("Shot");
    }
    close(&mut schema);
    schema
}

/// The JSON Schema of a document of its own.
pub(crate) fn of_document<D: ShotDocument>() -> Value {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<D>().to_value();
    close(&mut schema);
    schema
}

/// Objects that do not mention other fields refuse them, also in types whose author forgot `deny_unknown_fields`.
fn close(schema: &mut Value) {
    if let Value::Object(object) = schema {
        let open =
            ["additionalProperties", "patternProperties", "unevaluatedProperties", "allOf", "oneOf", "anyOf", "$ref"];
        if object.get("type").is_some_and(|kind| kind == "object") && !open.iter().any(|key| object.contains_key(*key))
        {
            object.insert("additionalProperties".to_owned(), Value::Bool(false));
        }
    }
    for_each_subschema(schema, &mut close);
}

/// Calls `visit` with each schema directly inside `schema`.
fn for_each_subschema(schema: &mut Value, visit: &mut dyn FnMut(&mut Value)) {
    let Value::Object(object) = schema else { return };
    for (key, value) in object {
        match (key.as_str(), value) {
            ("properties" | "patternProperties" | "$defs", Value::Object(schemas)) => {
                schemas.values_mut().for_each(&mut *visit);
            }
            ("allOf" | "anyOf" | "oneOf" | "prefixItems", Value::Array(schemas)) => {
                schemas.iter_mut().for_each(&mut *visit);
            }
            ("items" | "additionalProperties" | "not", schema) => visit(schema),
            _ => {}
        }
    }
}

/// The keywords in a schema that loading does not enforce. Part types must not use them: their documents would be
/// accepted here and refused by other validators.
pub fn unenforced_schema_keywords(schema: &Value) -> BTreeSet<String> {
    let mut unknown = BTreeSet::new();
    collect_keywords(&mut schema.clone(), &mut unknown);
    for known in ENFORCED.iter().chain(&NOTES) {
        unknown.remove(*known);
    }
    unknown
}

fn collect_keywords(schema: &mut Value, keywords: &mut BTreeSet<String>) {
    if let Value::Object(object) = schema {
        keywords.extend(object.keys().cloned());
    }
    for_each_subschema(schema, &mut |inner| collect_keywords(inner, keywords));
}

/// What the validator in `tree/validate.rs` understands.
const ENFORCED: [&str; 28] = [
    "$defs",
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "oneOf",
    "patternProperties",
    "prefixItems",
    "properties",
    "required",
    "type",
    "uniqueItems",
];

/// What says nothing about validity.
const NOTES: [&str; 6] = ["$schema", "default", "deprecated", "description", "examples", "title"];
