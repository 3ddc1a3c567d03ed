//! The documented examples: valid, decoded, encoded again, nothing lost and nothing added.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use mobproc_api::for_schema;
use mobproc_api::types::{OrderAnswer, OrderRequestEnvelope};
use mobproc_tests::{example, root};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Errors of a value against a component schema of the document.
fn violations(schema: &str, value: &Value) -> Vec<String> {
    let document: Value = serde_json::from_str(mobproc_api::document()).unwrap();
    let root = json!({
        "$ref": format!("#/components/schemas/{schema}"),
        "components": document["components"],
    });
    let validator = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .should_validate_formats(true)
        .build(&root)
        .unwrap();
    validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

fn check<T: DeserializeOwned + Serialize + std::fmt::Debug>(name: &str, document: &Value) {
    let typed: T = serde_json::from_value(document.clone()).unwrap_or_else(|error| panic!("{name}: {error}"));
    let again = serde_json::to_value(&typed).unwrap();
    assert_eq!(
        &again, document,
        "{name} is not the same after decoding and encoding"
    );
    let snapshot = name.replace('/', "-");
    insta::assert_debug_snapshot!(format!("{snapshot}-typed"), typed);
    insta::assert_json_snapshot!(format!("{snapshot}-encoded"), typed);
}

/// Every document under `openapi/examples`, as its type and as it is sent again: what a change of the
/// OpenAPI document does to any of them is seen in review.
#[test]
fn every_example_is_what_its_type_makes_of_it() {
    let path = root().join("openapi/mobproc.yaml");
    let folder = root().join("openapi/examples");
    let document = mobproc_codegen::Document::read(&path).unwrap();
    let mut seen = BTreeSet::new();
    for example in mobproc_codegen::documented_examples(&document).unwrap() {
        let name = example.path.strip_prefix(&folder).unwrap().with_extension("");
        let name = name.to_str().unwrap().to_owned();
        if !seen.insert(name.clone()) {
            continue;
        }
        // A body of an error may be either of two; the example is of the first.
        let schema = example
            .schema
            .pointer("/anyOf/0")
            .unwrap_or(&example.schema)
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|reference| reference.rsplit('/').next())
            .unwrap_or_else(|| panic!("{name} is an example of no named schema: {}", example.schema));
        assert_eq!(violations(schema, &example.value), Vec::<String>::new(), "{name}");
        for_schema!(schema, check, &name, &example.value).unwrap();
    }
    // None is left out because nothing refers to it.
    let mut files = BTreeSet::new();
    names(&folder, &folder, &mut files);
    assert_eq!(seen, files);
    assert!(files.len() > 60, "{}", files.len());
}

/// The examples below a folder, by their paths without `.json`.
fn names(base: &Path, folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            names(base, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            let name = path.strip_prefix(base).unwrap().with_extension("");
            found.insert(name.to_str().unwrap().to_owned());
        }
    }
}

/// The texts of every string that a schema marks as personal, wherever it stands in a value.
#[test]
fn debug_shows_no_personal_data() {
    for name in ["upgrade", "xfer_service_in"] {
        for part in ["request", "confirmation", "order"] {
            let document = example(&format!("orders/{name}/{part}"));
            let printed = if part == "request" {
                let typed: OrderRequestEnvelope = serde_json::from_value(document.clone()).unwrap();
                format!("{typed:?} {typed:#?}")
            } else {
                let typed: OrderAnswer = serde_json::from_value(document.clone()).unwrap();
                format!("{typed:?} {typed:#?}")
            };
            let mut secrets = Vec::new();
            personal(&document, &mut secrets);
            assert!(secrets.len() >= 8, "{name}/{part}: {secrets:?}");
            for secret in secrets {
                // With its quotes, as `Debug` would print it: bare digits may be part of some id.
                assert!(
                    !printed.contains(&format!("{secret:?}")),
                    "{name}/{part} prints {secret:?}"
                );
            }
        }
    }
}

/// Collects what is personal in the seed documents, by the members that hold it: spelled here on
/// purpose, so that a forgotten annotation in the document is found.
fn personal(value: &Value, found: &mut Vec<String>) {
    const MEMBERS: [&str; 13] = [
        "firstName",
        "lastName",
        "email",
        "officePhone",
        "companyEmployeeId",
        "serviceNumber",
        "simId",
        "macAddress",
        "companyAssetId",
        "postalCode",
        "text",
        "date",
        "otherText",
    ];
    match value {
        Value::Object(members) => {
            let is_serial = members.contains_key("type") && members.contains_key("value");
            let is_address = members.contains_key("id") && members.contains_key("value");
            for (name, member) in members {
                let personal_value = name == "value" && (is_serial || is_address);
                let recipient = name == "name" && members.contains_key("expedite");
                match member {
                    Value::String(text)
                        if MEMBERS.contains(&name.as_str()) || personal_value || recipient =>
                    {
                        found.push(text.clone());
                    }
                    _ => personal(member, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| personal(item, found)),
        _ => {}
    }
    // Two letters of a state stand in many a word.
    found.retain(|text| text.len() > 2);
}
