//! The API may add members and values at any time. Whatever it adds, wherever it adds it,
//! everything still decodes.

use mobproc_api::for_schema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

const UNKNOWN_MEMBER: &str = "addedInALaterVersion";
const UNKNOWN_VALUE: &str = "ADDED_IN_A_LATER_VERSION";

pub(crate) fn document() -> Value {
    serde_json::from_str(mobproc_api::document()).unwrap()
}

fn name_of(schema: &Value) -> Option<&str> {
    let reference = schema
        .get("$ref")
        .or_else(|| schema.get("allOf")?.get(0)?.get("$ref"))?;
    reference.as_str()?.rsplit('/').next()
}

/// A value with every member a schema has. Schemas that hold themselves are cut at the second
/// round.
pub(crate) fn sample(document: &Value, schema: &Value, above: &mut Vec<String>) -> Option<Value> {
    if let Some(name) = name_of(schema) {
        if above.iter().filter(|known| *known == name).count() > 1 {
            return None;
        }
        above.push(name.to_owned());
        let value = sample(document, &document["components"]["schemas"][name], above);
        above.pop();
        return value;
    }
    for alternatives in ["oneOf", "anyOf"] {
        if let Some(options) = schema.get(alternatives).and_then(Value::as_array) {
            return sample(document, options.last().unwrap(), above);
        }
    }
    Some(match schema.get("type").and_then(Value::as_str) {
        Some("string") => schema
            .get("x-extensible-enum")
            .and_then(|known| known.get(0))
            .cloned()
            .unwrap_or(json!("2030-01-31T00:00:00Z")),
        Some("integer") => json!(7),
        Some("number") => json!(19.99),
        Some("boolean") => json!(true),
        Some("array") => Value::Array(sample(document, &schema["items"], above).into_iter().collect()),
        Some("object") => {
            let mut members = Map::new();
            for (name, property) in schema
                .get("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
            {
                if let Some(value) = sample(document, property, above) {
                    members.insert(name.clone(), value);
                }
            }
            Value::Object(members)
        }
        _ => json!("anything"),
    })
}

/// JSON pointers to every object, and to every string whose schema has known values.
fn places(
    document: &Value,
    schema: &Value,
    value: &Value,
    pointer: &str,
    objects: &mut Vec<String>,
    values: &mut Vec<String>,
) {
    let schema = match name_of(schema) {
        Some(name) => &document["components"]["schemas"][name],
        None => schema,
    };
    if let Some(options) = schema
        .get("oneOf")
        .or(schema.get("anyOf"))
        .and_then(Value::as_array)
    {
        return places(document, options.last().unwrap(), value, pointer, objects, values);
    }
    match value {
        Value::Object(members) => {
            objects.push(pointer.to_owned());
            for (name, member) in members {
                if let Some(property) = schema.get("properties").and_then(|all| all.get(name)) {
                    places(
                        document,
                        property,
                        member,
                        &format!("{pointer}/{name}"),
                        objects,
                        values,
                    );
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                places(
                    document,
                    &schema["items"],
                    item,
                    &format!("{pointer}/{index}"),
                    objects,
                    values,
                );
            }
        }
        Value::String(_) if schema.get("x-extensible-enum").is_some() => values.push(pointer.to_owned()),
        _ => {}
    }
}

fn again<T: DeserializeOwned + Serialize>(value: &Value) -> Result<Value, String> {
    let typed: T = serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
    serde_json::to_value(typed).map_err(|error| error.to_string())
}

fn through(name: &str, value: &Value) -> Value {
    for_schema!(name, again, value)
        .unwrap_or_else(|| panic!("no type for {name}"))
        .unwrap_or_else(|error| panic!("{name} does not decode: {error}\n{value:#}"))
}

#[test]
fn anything_added_anywhere_still_decodes() {
    let document = document();
    let (mut added_members, mut added_values) = (0, 0);
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let whole = sample(&document, schema, &mut vec![name.clone()]).unwrap();
        assert_eq!(through(name, &whole), whole, "{name} does not survive as it is");
        let (mut objects, mut values) = (Vec::new(), Vec::new());
        places(&document, schema, &whole, "", &mut objects, &mut values);
        for pointer in objects {
            for news in [
                json!("new"),
                json!(1),
                json!(null),
                json!({ "a": [1] }),
                json!([{ "b": 2 }]),
            ] {
                let mut changed = whole.clone();
                let object = changed.pointer_mut(&pointer).unwrap().as_object_mut().unwrap();
                object.insert(UNKNOWN_MEMBER.to_owned(), news);
                let mut kept = through(name, &changed);
                // A free-form object keeps what a type ignores.
                if let Some(object) = kept.pointer_mut(&pointer).and_then(Value::as_object_mut) {
                    object.remove(UNKNOWN_MEMBER);
                }
                assert_eq!(kept, whole, "{name}, new member at {pointer}");
                added_members += 1;
            }
        }
        for pointer in values {
            let mut changed = whole.clone();
            *changed.pointer_mut(&pointer).unwrap() = json!(UNKNOWN_VALUE);
            assert_eq!(through(name, &changed), changed, "{name}, new value at {pointer}");
            added_values += 1;
        }
    }
    assert!(
        added_members > 3000 && added_values > 250,
        "{added_members} members, {added_values} values"
    );
}

/// Code that matches an open enum keeps meaning the same when a value becomes known: the payload of
/// the unknown cannot be named, so nobody can have matched on it.
#[test]
fn an_unknown_value_can_only_be_read() {
    use mobproc_api::types::OrderStatus;

    let status: OrderStatus = serde_json::from_value(json!("BACK_ORDERED")).unwrap();
    let meaning = match &status {
        OrderStatus::OrderSubmitted => "submitted",
        other if other.as_str() == "BACK_ORDERED" => "back ordered",
        _ => "something else",
    };
    assert_eq!(meaning, "back ordered");
}
