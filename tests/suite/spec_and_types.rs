//! The types, asked for their JSON Schema, say what the document says: neither can change without
//! the other.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// Document and types write the same thing differently in these ways, and in no other:
///
/// * descriptions, titles, annotations other than known values, and formats say nothing about the
///   shape;
/// * a reference may be wrapped in `allOf` to carry a description;
/// * an optional member of a Rust type may be null, in the document it may only be absent;
/// * `oneOf` of values that exclude each other is `anyOf`;
/// * a schema without any constraint is `true`;
/// * the form of a date in a property is free, so it has the type of a timestamp.
fn normal(value: &Value) -> Value {
    let Some(members) = value.as_object() else {
        return match value {
            Value::Array(items) => items.iter().map(normal).collect(),
            other => other.clone(),
        };
    };
    if let Some(name) = reference(members) {
        return json!({ "$ref": name });
    }
    for alternative in ["anyOf", "oneOf"] {
        if let Some(options) = members.get(alternative).and_then(Value::as_array) {
            let mut kept: Vec<Value> = options
                .iter()
                .filter(|option| !is_null(option))
                .map(normal)
                .collect();
            kept.sort_by_key(Value::to_string);
            return match kept.as_slice() {
                [only] => only.clone(),
                _ => json!({ "anyOf": kept }),
            };
        }
    }
    let mut result = Map::new();
    for (name, member) in members {
        match name.as_str() {
            "properties" => {
                let properties: Map<String, Value> = member
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(name, property)| (name.clone(), normal(property)))
                    .collect();
                result.insert(name.clone(), Value::Object(properties));
            }
            "items" => {
                result.insert(name.clone(), normal(member));
            }
            "required" => {
                let mut required: Vec<String> = member
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(ToString::to_string)
                    .collect();
                required.sort();
                result.insert(name.clone(), json!(required));
            }
            "type" => {
                let kinds = member.as_array().cloned().unwrap_or_else(|| vec![member.clone()]);
                let kinds: Vec<Value> = kinds.into_iter().filter(|kind| kind != "null").collect();
                result.insert(
                    name.clone(),
                    if kinds.len() == 1 {
                        kinds[0].clone()
                    } else {
                        json!(kinds)
                    },
                );
            }
            "additionalProperties" | "x-extensible-enum" => {
                result.insert(name.clone(), member.clone());
            }
            "title" | "description" | "example" | "format" | "default" | "$schema" | "$defs"
            | "x-evidence" | "x-source" | "x-personal" | "x-guess" | "x-keeps-unknown"
            | "x-value-evidence" | "x-rust-name" | "x-rust-boxed" | "x-collection" | "x-known-members"
            | "x-order-rules" | "x-code" | "x-observed" => {}
            other => panic!("no rule how to compare `{other}`"),
        }
    }
    if result.is_empty() {
        Value::Bool(true)
    } else {
        Value::Object(result)
    }
}

fn reference(members: &Map<String, Value>) -> Option<String> {
    let reference = match members.get("$ref") {
        Some(reference) => reference,
        None => members.get("allOf")?.get(0)?.get("$ref")?,
    };
    let name = reference.as_str()?.rsplit('/').next()?;
    Some(match name {
        "PropertyDate" => "Timestamp".to_owned(),
        other => other.to_owned(),
    })
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").is_some_and(|kind| kind == "null")
}

#[test]
fn types_and_document_say_the_same() {
    let document: Value = serde_json::from_str(mobproc_api::document()).unwrap();
    let of_document: BTreeMap<String, Value> = document["components"]["schemas"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, schema)| (name.clone(), normal(schema)))
        .collect();
    let mut generator = schemars::SchemaGenerator::default();
    let of_types: BTreeMap<String, Value> = mobproc_api::json_schemas(&mut generator)
        .into_iter()
        .map(|(name, schema)| (name.to_owned(), normal(schema.as_value())))
        .collect();
    assert_eq!(of_document.len(), of_types.len());
    for (name, schema) in &of_document {
        assert_eq!(
            schema, &of_types[name],
            "the document (left) and the type (right) of {name} differ"
        );
    }
}

/// The test above can fail: a type with one member less, or one that is required more, is told
/// apart from the document.
#[test]
fn a_type_that_differs_is_noticed() {
    let document: Value = serde_json::from_str(mobproc_api::document()).unwrap();
    let of_document = normal(&document["components"]["schemas"]["Employee"]);
    let mut generator = schemars::SchemaGenerator::default();
    let of_type = mobproc_api::json_schemas(&mut generator)
        .into_iter()
        .find_map(|(name, schema)| (name == "Employee").then(|| schema.as_value().clone()))
        .unwrap();
    assert_eq!(normal(&of_type), of_document);
    let mut smaller = of_type.clone();
    let email = smaller["properties"].as_object_mut().unwrap().remove("email");
    assert!(email.is_some());
    assert_ne!(normal(&smaller), of_document);
    let mut stricter = of_type;
    stricter["required"] = json!(["id", "email"]);
    assert_ne!(normal(&stricter), of_document);
}
