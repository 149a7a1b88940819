//! The JSON Schema that is published is the one that loading enforces.

use kinema_core::{shot_schema, unenforced_schema_keywords};
use serde_json::{Value, json};

use crate::kinds::registry;

#[test]
fn every_kind_is_a_choice_and_every_reference_leads_somewhere() {
    let schema = shot_schema(&registry());
    assert_eq!(schema["$schema"], json!("https://json-schema.org/draft/2020-12/schema"));
    let kinds: Vec<&Value> = schema["$defs"]["PartBody"]["oneOf"]
        .as_array()
        .expect("the kinds")
        .iter()
        .map(|kind| &kind["required"][0])
        .collect();
    assert_eq!(kinds, ["Human", "Marker", "Rigid"]);
    let text = schema.to_string();
    for reference in text.split("\"$ref\":\"#/$defs/").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(schema["$defs"].get(reference).is_some(), "{reference}");
    }
}

#[test]
fn loading_enforces_every_keyword_of_the_schema() {
    let schema = shot_schema(&registry());
    assert!(unenforced_schema_keywords(&schema).is_empty(), "{:?}", unenforced_schema_keywords(&schema));
    let beyond = json!({
        "type": "object",
        "properties": { "a": { "pattern": "x", "if": true }, "pattern": { "type": "string" } },
        "items": { "contains": {} },
    });
    let found: Vec<String> = unenforced_schema_keywords(&beyond).into_iter().collect();
    assert_eq!(found, ["contains", "if", "pattern"]);
}

#[test]
fn every_object_is_closed_or_a_map() {
    fn check(schema: &Value, path: &str) {
        match schema {
            Value::Object(object) => {
                if object.get("type") == Some(&json!("object")) {
                    let said =
                        ["additionalProperties", "patternProperties"].iter().any(|key| object.contains_key(*key));
                    assert!(said, "{path}");
                }
                object.iter().for_each(|(key, value)| check(value, &format!("{path}/{key}")));
            }
            Value::Array(values) => values.iter().for_each(|value| check(value, path)),
            _ => {}
        }
    }
    check(&shot_schema(&registry()), "#");
}

#[test]
fn the_schema_follows_the_registry() {
    let mut registry = registry();
    let before = shot_schema(&registry);
    registry.register::<crate::kinds::Marker>();
    assert_eq!(shot_schema(&registry), before);
    let empty = shot_schema(&kinema_core::PartRegistry::default());
    assert_eq!(empty["$defs"]["PartBody"]["oneOf"], json!([]));
}
