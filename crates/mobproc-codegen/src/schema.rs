//! Looking at the parts of an OpenAPI document.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::document::join;

/// The methods a path item may have.
const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Where component schemas stand.
pub(crate) const SCHEMAS: &str = "/components/schemas";

const SCHEMA_REFERENCE: &str = "#/components/schemas/";

/// How well a part is supported, strongest first: by traffic of a tenant, then by the
/// documentation.
pub(crate) const EVIDENCE: &[&str] = &[
    "observed", "example", "partial", "prose", "link", "history", "inferred",
];

/// Schemas whose Rust type is written by hand in `mobproc-api`, with that type.
///
/// They are the ones the generator cannot express without losing something: exact decimals, dates
/// as they were written, and values of more than one shape.
pub(crate) const HAND_WRITTEN: [(&str, &str); 7] = [
    ("AccessMethods", "crate::types::AccessMethods"),
    ("Amount", "crate::types::Amount"),
    ("BooleanText", "crate::types::BooleanText"),
    ("ModelRef", "crate::types::ModelRef"),
    ("OrderListItem", "crate::types::OrderListItem"),
    ("PropertyDate", "crate::types::Timestamp"),
    ("Timestamp", "crate::types::Timestamp"),
];

/// One operation and its place.
#[derive(Debug, Clone)]
pub(crate) struct Operation<'a> {
    pub(crate) pointer: String,
    pub(crate) path: &'a str,
    pub(crate) method: &'a str,
    pub(crate) path_item: &'a Map<String, Value>,
    pub(crate) value: &'a Map<String, Value>,
}

impl<'a> Operation<'a> {
    pub(crate) fn id(&self) -> Option<&'a str> {
        self.value.get("operationId")?.as_str()
    }

    /// Parameters of the path item and of the operation, references resolved, with their places.
    pub(crate) fn parameters(&self, document: &'a Value) -> Vec<(String, &'a Value)> {
        let own = self.value.get("parameters");
        let shared = self.path_item.get("parameters");
        let item_pointer = self.pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
        [(item_pointer, shared), (&self.pointer, own)]
            .into_iter()
            .filter_map(|(pointer, list)| Some((pointer, list?.as_array()?)))
            .flat_map(|(pointer, list)| {
                list.iter().enumerate().map(move |(index, parameter)| {
                    (
                        format!("{pointer}/parameters/{index}"),
                        resolve(document, parameter),
                    )
                })
            })
            .collect()
    }
}

/// All operations, by path and method.
pub(crate) fn operations(document: &Value) -> Vec<Operation<'_>> {
    let Some(paths) = document.get("paths").and_then(Value::as_object) else {
        return Vec::new();
    };
    let mut operations = Vec::new();
    for (path, item) in paths {
        let Some(path_item) = item.as_object() else {
            continue;
        };
        for method in METHODS {
            if let Some(value) = path_item.get(method).and_then(Value::as_object) {
                operations.push(Operation {
                    pointer: join(&join("/paths", path), method),
                    path,
                    method,
                    path_item,
                    value,
                });
            }
        }
    }
    operations
}

/// All component schemas by name.
pub(crate) fn schemas(document: &Value) -> impl Iterator<Item = (&str, &Value)> {
    document
        .pointer(SCHEMAS)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, schema)| (name.as_str(), schema))
}

/// What a value refers to, if it is a reference into the document; the value itself otherwise.
pub(crate) fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    value
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| document.pointer(reference.strip_prefix('#')?))
        .unwrap_or(value)
}

/// The name of the component schema a schema stands for: a reference, or one wrapped in `allOf`.
pub(crate) fn referenced(schema: &Value) -> Option<&str> {
    let reference = match schema.get("$ref") {
        Some(reference) => reference,
        None => match schema.get("allOf")?.as_array()?.as_slice() {
            [one] => one.get("$ref")?,
            _ => return None,
        },
    };
    reference.as_str()?.strip_prefix(SCHEMA_REFERENCE)
}

/// The known values of an open enum.
pub(crate) fn known_values(schema: &Value) -> Option<Vec<&str>> {
    schema
        .get("x-extensible-enum")?
        .as_array()?
        .iter()
        .map(Value::as_str)
        .collect()
}

/// Item schema, member and paging of a list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CollectionSchema<'a> {
    pub(crate) item: &'a str,
    pub(crate) member: &'a str,
    pub(crate) paged: bool,
    /// Whether the member holds `{_meta, items}` rather than the array itself.
    pub(crate) wrapped: bool,
}

/// What `x-collection` says of a schema.
pub(crate) fn collection(schema: &Value) -> Option<CollectionSchema<'_>> {
    let annotation = schema.get("x-collection")?;
    let member = annotation.get("member")?.as_str()?;
    Some(CollectionSchema {
        item: annotation.get("item")?.as_str()?,
        member,
        paged: annotation.get("paged")?.as_bool()?,
        wrapped: schema
            .get("properties")?
            .get(member)?
            .get("type")
            .is_some_and(|kind| kind == "object"),
    })
}

/// Names of the component schemas reachable from request bodies: people build these.
pub(crate) fn request_schemas(document: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for operation in operations(document) {
        if let Some(body) = operation.value.get("requestBody") {
            collect_references(document, body, &mut found);
        }
    }
    found
}

fn collect_references(document: &Value, value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(name) = members
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|reference| reference.strip_prefix(SCHEMA_REFERENCE))
                && found.insert(name.to_owned())
                && let Some(schema) = document.pointer(&join(SCHEMAS, name))
            {
                collect_references(document, schema, found);
            }
            for member in members.values() {
                collect_references(document, member, found);
            }
        }
        Value::Array(items) => {
            for item in items {
                collect_references(document, item, found);
            }
        }
        _ => {}
    }
}
