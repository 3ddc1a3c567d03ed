//! Looking at the document's schemas.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

const REFERENCE: &str = "#/components/schemas/";

/// The OpenAPI document.
pub(crate) struct Schemas {
    document: Value,
    bodies: BTreeSet<String>,
}

impl Schemas {
    pub(crate) fn load() -> Self {
        let document: Value = serde_json::from_str(mobproc_api::document())
            .expect("the document is written by `cargo xtask regen` as JSON");
        let mut bodies = BTreeSet::new();
        collect_bodies(&document, &mut bodies);
        Self { document, bodies }
    }

    pub(crate) fn document(&self) -> &Value {
        &self.document
    }

    /// Every component schema.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &Value)> {
        let schemas = self
            .document
            .pointer("/components/schemas")
            .and_then(Value::as_object);
        schemas
            .into_iter()
            .flatten()
            .map(|(name, schema)| (name.as_str(), schema))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.document.get("components")?.get("schemas")?.get(name)
    }

    /// Whether requests or answers consist of it.
    pub(crate) fn is_body(&self, name: &str) -> bool {
        self.bodies.contains(name)
    }

    /// The schema behind references.
    pub(crate) fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match reference(schema).and_then(|name| self.get(name)) {
            Some(target) => self.resolve(target),
            None => schema,
        }
    }

    /// The schema of a request or answer body of an operation.
    pub(crate) fn of_operation(&self, id: &str, request: bool) -> Option<&str> {
        let paths = self.document.get("paths")?.as_object()?;
        let operation = paths
            .values()
            .filter_map(Value::as_object)
            .flat_map(Map::values)
            .find(|operation| operation.get("operationId").is_some_and(|known| known == id))?;
        let body = if request {
            operation.get("requestBody")?
        } else {
            operation.get("responses")?.get("200")?
        };
        let media = body.get("content")?.as_object()?.values().next()?;
        reference(media.get("schema")?)
    }
}

/// The members an object schema knows: its properties, or the names known of a free-form one.
pub(crate) fn members(schema: &Value) -> BTreeSet<&str> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let known = schema.get("x-known-members").and_then(Value::as_array);
    properties
        .into_iter()
        .flat_map(|properties| properties.keys().map(String::as_str))
        .chain(known.into_iter().flatten().filter_map(Value::as_str))
        .collect()
}

/// The members an object schema requires.
pub(crate) fn required(schema: &Value) -> impl Iterator<Item = &str> {
    let list = schema.get("required").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str)
}

/// The name of the component a schema refers to, directly or wrapped in `allOf`.
pub(crate) fn reference(schema: &Value) -> Option<&str> {
    let reference = match schema.get("$ref") {
        Some(reference) => reference,
        None => schema.get("allOf")?.get(0)?.get("$ref")?,
    };
    reference.as_str()?.strip_prefix(REFERENCE)
}

fn collect_bodies(value: &Value, bodies: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if name == "content" {
                    for media in member.as_object().into_iter().flat_map(Map::values) {
                        bodies.extend(media.get("schema").and_then(reference).map(str::to_owned));
                    }
                }
                collect_bodies(member, bodies);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_bodies(item, bodies)),
        _ => {}
    }
}
